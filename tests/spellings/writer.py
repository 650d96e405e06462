"""Writes a program as source code that runs, as a module or as a notebook.

A functional program has a statement for each call of a layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from grader.domain import Argument, Call, Configured, Layer, ModelGraph, Tensor, tensors
from grader.graph import equal
from grader.graph.reading.layers import operation_name
from grader.graph.reading.roles import RECURRENT, takes_activation
from grader.graph.source import UnwritableError, value
from tests.spellings.program import Names, Program, TrainingCode, constructor, initializer, merge_function

_INDENT = "    "


def write(program: Program) -> str:
    """The source of a program; raises `UnwritableError` if it cannot be written."""
    return "\n\n\n".join(sections(program)) + "\n"


def sections(program: Program) -> list[str]:
    """The source in parts that make sense as the cells of a notebook: imports, data, network, what follows."""
    names = Names(program.style.imports)
    ending = TrainingCode(program, names)
    body = {"functional": _functional, "sequential": _sequential}[program.form](program, names)
    network = _laid_out(program, body, ending.compile_lines())
    rest = [part for part in ("\n".join(ending.fit_lines()), program.tail) if part]
    return ["\n".join([*names.lines(), *ending.imports()]), network, *rest]


def _laid_out(program: Program, body: Sequence[str], compiling: Sequence[str]) -> str:
    """The statements that build and compile, as a script or in functions."""
    names = [name for name in program.assignment.names if name.startswith("build_")]
    layout = program.style.layout
    function = "build_model" if layout == "build_model" or not names else names[0]
    inner = [*body, *compiling]
    match layout:
        case "function" | "build_model":
            return f"def {function}():\n" + _indented([*inner, "return model"])
        case "function called":
            return (
                f"def {function}():\n"
                + _indented([*body, "return model"])
                + "\n\n\n"
                + "\n".join([f"model = {function}()", *compiling])
            )
        case "main guard":
            return 'if __name__ == "__main__":\n' + _indented(inner)
        case "overwritten":
            return "\n".join([*inner, "", *inner])
        case _:
            return "\n".join(inner)


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(_INDENT + line if line else line for text in lines for line in text.split("\n"))


def _functional(program: Program, names: Names) -> list[str]:
    writer = Statements(program, names)
    lines = list(writer.all())
    ends = program.style.ends
    graph = program.graph
    inputs = [writer.name(tensor) for tensor in graph.inputs]
    if program.style.input_order == "reversed":
        inputs = _exchanged(inputs, program.assignment.data.inputs)
    outputs = [writer.name(tensor) for tensor in graph.outputs]
    left = _listed_ends(inputs, ends if ends != "dict of outputs" else "plain", "in")
    right = _listed_ends(outputs, ends if ends != "dict of inputs" else "plain", "out")
    if ends == "positional":
        return [*lines, f"model = {names.keras}.Model({left}, {right})"]
    return [*lines, f"model = {names.keras}.Model(inputs={left}, outputs={right})"]


def _exchanged(inputs: list[str], labels: Sequence[str]) -> list[str]:
    """The inputs in another order: those that are fed with the same data exchange their places, and no others."""
    if len(labels) != len(inputs):
        return inputs
    found = list(inputs)
    for label in set(labels):
        places = [place for place, other in enumerate(labels) if other == label]
        for place, other in zip(places, reversed(places), strict=True):
            found[place] = inputs[other]
    return found


def _chain(graph: ModelGraph) -> list[Layer]:
    """The layers of a network that is one chain."""
    calls = graph.calls[1:]
    single = all([tensor.call for tensor in call.sources] == [number] for number, call in enumerate(calls))
    plain = all(len(call.shapes) < 2 and not call.kwargs and len(call.args) == 1 for call in calls)
    if len(graph.inputs) != 1 or not single or not plain:
        raise UnwritableError("a network that branches is no chain")
    return [graph.layers[call.layer] for call in graph.calls]


def _sequential(program: Program, names: Names) -> list[str]:
    source, *rest = _chain(program.graph)
    statements = Statements(replace(program, form="functional"), names)
    made = [statements.constructed(number, layer) for number, layer in enumerate(rest, start=1)]
    parts = [statements.input(0, source), *made]
    inner = ",\n    ".join(parts)
    return [f"model = {names.keras}.Sequential([\n    {inner},\n])"]


class Statements:
    """The statements of a functional program, one for each call."""

    def __init__(self, program: Program, names: Names) -> None:
        self._program = program
        self._graph = program.graph
        self._names = names
        self._called = Counter(call.layer for call in self._graph.calls)
        self._made: set[int] = set()
        self._free_orders: dict[int, bool] = {}

    def _chosen(self, part: str, number: int) -> str:
        """How to spell a part of one call; all calls of a layer are spelled alike."""
        layer = self._graph.calls[number].layer
        first = next(call for call, one in enumerate(self._graph.calls) if one.layer == layer)
        return self._program.style.of(part, first)

    def name(self, tensor: Tensor) -> str:
        layer = self._graph.layers[self._graph.calls[tensor.call].layer]
        base = f"input_{tensor.call}" if layer.kind == "InputLayer" else f"x{tensor.call}"
        several = len(self._graph.calls[tensor.call].shapes) > 1
        return f"{base}[{tensor.output}]" if several or tensor.output else base

    def target(self, number: int) -> str:
        """The variable for what a call returns, all of it if that is several tensors."""
        return self.name(Tensor(number)).partition("[")[0]

    def arguments(self, call: Call, inner: Mapping[Tensor, str]) -> str:
        """What a call is given: tensors, lists of tensors, and plain values."""

        def text(part: Argument) -> str:
            if isinstance(part, Tensor):
                return inner.get(part) or self.name(part)
            if isinstance(part, tuple) and any(True for _ in tensors(part)):
                return f"[{', '.join(map(text, part))}]"
            return value(part)

        return ", ".join([*map(text, call.args), *(f"{name}={text(part)}" for name, part in call.kwargs)])

    def all(self) -> Iterator[str]:
        nest = self._program.nest
        for number in self._order():
            if nest is None or number not in nest.calls:
                yield from self._statement(number, {})
            elif number == max(nest.calls):
                yield from self._nested(sorted(nest.calls))

    def _order(self) -> list[int]:
        """Numbers of the calls, in an order in which each follows what it reads."""
        count = len(self._graph.calls)
        if self._program.style.statements == "as given":
            return list(range(count))
        order: list[int] = []
        while len(order) < count:  # always the last of those that are ready
            order.append(max(
                n for n in range(count)
                if n not in order and all(t.call in order for t in self._graph.calls[n].sources)
            ))  # fmt: skip
        return order

    def _statement(self, number: int, inner: dict[Tensor, str]) -> Iterator[str]:
        call = self._graph.calls[number]
        layer = self._graph.layers[call.layer]
        target = self.target(number)
        if layer.kind == "InputLayer":
            yield f"{target} = {self.input(number, layer)}"
            return
        if self._called[call.layer] > 1 and call.layer not in self._made:
            self._made.add(call.layer)
            yield from self._shared(number, call, layer)
        if depth := self._depth(number, call):
            yield f"tower_{number} = shared_{call.layer}"
            yield from self._wrapped(f"tower_{number}", call.sources[0], depth)
        yield f"{target} = {self._called_on(number, call, layer, inner)}"

    def _shared(self, number: int, call: Call, layer: Layer) -> Iterator[str]:
        """What is called several times: the layer, or a model with nothing but the layer in it."""
        target, text, keras = f"shared_{call.layer}", self.constructed(number, layer), self._names.keras
        match self._program.style.sharing if self._is_simple(call) else "layer":
            case "Sequential":
                yield f"{target} = {keras}.Sequential([{text}])"
            case "Model":
                yield f"inner = {self._inner_input(call.sources[0])}"
                yield f"{target} = {keras}.Model(inner, {text}(inner))"
            case _:
                yield f"{target} = {text}"

    def _depth(self, number: int, call: Call) -> int:
        """How many nested models are around one call of a shared layer: none if it is called directly."""
        if self._called[call.layer] < 2 or not self._is_simple(call):
            return 0
        first = all(other.layer != call.layer for other in self._graph.calls[:number])
        return {"two towers": 1, "outside and inside": int(not first), "three deep": 3 if first else 1}.get(
            self._program.style.sharing, 0
        )

    @staticmethod
    def _is_simple(call: Call) -> bool:
        """Whether a call is of one tensor, and returns one: then a model may be around the layer."""
        return len(call.sources) == 1 == len(call.args) and not call.kwargs and len(call.shapes) < 2

    def _inner_input(self, tensor: Tensor) -> str:
        """The input of a nested model that is called on a tensor."""
        layer = self._graph.layers[self._graph.calls[tensor.call].layer]
        dtype = layer.param("dtype", "float32") if layer.kind == "InputLayer" else "float32"
        own = f', dtype="{dtype}"' if dtype != "float32" else ""
        return f"{self._names.keras}.Input(shape={value(self._graph.shape(tensor)[1:])}{own})"

    def _wrapped(self, name: str, source: Tensor, depth: int) -> Iterator[str]:
        """The variable `name`, wrapped in so many nested models, which take its name."""
        for _ in range(depth):
            yield f"{name}_input = {self._inner_input(source)}"
            yield f"{name} = {self._names.keras}.Model({name}_input, {name}({name}_input))"

    def _nested(self, calls: Sequence[int]) -> Iterator[str]:
        """A separate model for these calls, and its call."""
        outer = list(dict.fromkeys(
            t for n in calls for t in self._graph.calls[n].sources if t.call not in calls
        ))  # fmt: skip
        end = self.name(Tensor(calls[-1]))
        if self._program.nest and self._program.nest.kind == "Sequential":
            layers = ", ".join(self.constructed(n, self._graph.layers[self._graph.calls[n].layer]) for n in calls)
            yield f"part = {self._names.keras}.Sequential([{layers}])"
        else:
            inner = {tensor: f"part_input_{i}" for i, tensor in enumerate(outer)}
            for tensor, name in inner.items():
                yield f"{name} = {self._inner_input(tensor)}"
            for number in calls:
                yield from self._statement(number, inner)
            yield f"part = {self._names.keras}.Model({_listed_ends(list(inner.values()), 'plain', '')}, {end})"
        if self._program.nest and len(outer) == 1:
            yield from self._wrapped("part", outer[0], self._program.nest.depth - 1)
        yield f"{end} = part({_listed_ends([self.name(tensor) for tensor in outer], 'plain', '')})"

    def input(self, number: int, layer: Layer) -> str:
        shape = layer.param("batch_shape")
        sample = shape[1:] if isinstance(shape, tuple) else (1,)
        shown = value(sample)
        name, own = self._label(number), f', name="the_input_{number}"'
        keras, dtype = self._names.keras, layer.param("dtype", "float32")
        spelling = self._chosen("inputs", number)
        if dtype != "float32" and spelling != "dtype":  # it belongs to the network, however that is spelled
            name, own = f'{name}, dtype="{dtype}"', f'{own}, dtype="{dtype}"'
        return {
            "shape=": f"{keras}.Input(shape={shown}{name})",
            "positional": f"{keras}.Input({shown}{name})",
            "list": f"{keras}.Input(shape={list(sample)}{name})",
            "batch_shape": f"{keras}.Input(batch_shape={value((None, *sample))}{name})",
            "layers.Input": f"{self._names.layer('Input')}(shape={shown}{name})",
            "dtype": f'{keras}.Input(shape={shown}, dtype="{dtype}"{name})',
            "named": f"{keras}.Input(shape={shown}{name if 'name=' in name else own})",
        }[spelling]

    def _called_on(self, number: int, call: Call, layer: Layer, inner: dict[Tensor, str]) -> str:
        sources = [inner.get(tensor) or self.name(tensor) for tensor in call.sources]
        if self._called[call.layer] > 1:
            called = f"tower_{number}" if self._depth(number, call) else f"shared_{call.layer}"
            return self._activated(number, layer, f"{called}({self.arguments(call, inner)})")
        if layer.kind.startswith("ops."):
            return self._operation(call, layer, sources)
        if len(call.args) == 1 and isinstance(call.args[0], tuple) and not call.kwargs:
            return self._merged(number, layer, sources)
        return self._activated(number, layer, f"{self.constructed(number, layer)}({self.arguments(call, inner)})")

    def _operation(self, call: Call, layer: Layer, sources: Sequence[str]) -> str:
        """A function of `keras.ops`, whose arguments may be numbers as well as tensors."""
        waiting = iter(sources)
        args = [next(waiting) if isinstance(arg, Tensor) else value(arg) for arg in call.args]
        more = [f"{name}={value(item, self._names.keras)}" for name, item in layer.params]
        return f"{self._names.keras}.ops.{operation_name(layer.kind)}({', '.join([*args, *more])})"

    def _merged(self, number: int, layer: Layer, sources: list[str]) -> str:
        if self._program.style.operands == "reversed" and self._has_free_order(number):
            sources = sources[::-1]
        tensors = f"[{', '.join(sources)}]"
        spelling = self._chosen("merge", number)
        function = merge_function(layer.kind)
        last = len(self._graph.calls[number].shapes[0]) - 1 if self._graph.calls[number].shapes else 1
        if layer.kind == "Concatenate" and not layer.params and spelling in ("ops", "axis=1"):
            if spelling == "ops":
                return f"{self._names.keras}.ops.concatenate({tensors}, axis=-1)"
            return f"{self._names.layer('Concatenate')}(axis={last})({tensors})"
        if spelling == "function" and function and not layer.params:
            return f"{self._names.layer(function)}({tensors})"
        if spelling == "ops" and layer.kind in ("Add", "Subtract", "Multiply") and len(sources) == 2:
            return f"{self._names.keras}.ops.{layer.kind.lower()}({sources[0]}, {sources[1]})"
        return f"{self.constructed(number, layer)}({tensors})"

    def _has_free_order(self, number: int) -> bool:
        """Whether the network is the same with the tensors of this call in the other order."""
        if number not in self._free_orders:
            call = self._graph.calls[number]
            turned = replace(call, args=(tuple(reversed(call.sources)),))
            calls = (*self._graph.calls[:number], turned, *self._graph.calls[number + 1 :])
            assignment = self._program.assignment
            labels = assignment.data.inputs
            labels = labels if len(labels) == len(self._graph.inputs) else ()
            self._free_orders[number] = equal(replace(self._graph, calls=calls), self._graph, labels)
        return self._free_orders[number]

    def constructed(self, number: int, layer: Layer) -> str:
        """A layer, as its constructor gives it; a separate activation may follow, see `_activated`."""
        if layer.kind.startswith("ops."):
            raise UnwritableError("an operation is no layer")
        keras, replaced = self._names.keras, {}
        for key, item in layer.params:
            if key.endswith(("kernel_initializer", "embeddings_initializer")) and isinstance(item, Configured):
                spelling = self._chosen("initializer", number)
                replaced[key] = initializer(item, spelling, keras)
        activation, spelling = self._activation(layer), self._chosen("activation", number)
        if activation and spelling == "function":
            replaced["activation"] = f"{keras}.activations.{activation}"
        elif activation and spelling != "name":
            replaced["activation"] = ""
        elif layer.kind == "Dense" and not activation and self._chosen("head", number) in ("linear", "None"):
            replaced["activation"] = {"linear": '"linear"', "None": "None"}[self._chosen("head", number)]
        label = self._label(number)
        text = constructor(layer, keras, replaced)
        return f"{self._names.layer(layer.kind)}({text}{label if text else label.removeprefix(', ')})"

    def _activated(self, number: int, layer: Layer, text: str) -> str:
        """A call with the activation that its layer's constructor left out."""
        activation, spelling = self._activation(layer), self._chosen("activation", number)
        if activation:
            name = "silu" if activation == "swish" else activation
            match spelling:
                case "Activation":
                    return f'{self._names.layer("Activation")}("{activation}")({text})'
                case "activations.…()":
                    return f"{self._names.keras}.activations.{name}({text})"
                case "ops.…()":
                    return f"{self._names.keras}.ops.{name}({text})"
        elif layer.kind == "Dense" and self._chosen("head", number) == "Activation('linear')":
            return f'{self._names.layer("Activation")}("linear")({text})'
        return text

    def _activation(self, layer: Layer) -> str:
        """An activation that can be spelled in every way."""
        found, known = layer.param("activation"), ("sigmoid", "tanh", "relu", "silu", "softplus", "softmax")
        follows = takes_activation(layer.kind) and layer.kind not in (*RECURRENT, "Activation")
        return found if isinstance(found, str) and follows and found in known else ""

    def _label(self, number: int) -> str:
        names = {"given": f"my_layer_{number}", "with spaces and umlauts": f"Größe {number} für x"}
        given = names.get(self._chosen("names", number), "")
        style = self._program.style
        if Tensor(number) in self._graph.inputs and style.ends == "dict of inputs":
            given = f"in_{self._graph.inputs.index(Tensor(number)) + 1}"  # the key that the dict has for it
        return f', name="{given}"' if given else ""


def _listed_ends(tensors: Sequence[str], ends: str, prefix: str) -> str:
    """The inputs or outputs of a model: alone, as a list or tuple, or as a dict."""
    if ends.startswith("dict"):
        return "{" + ", ".join(f'"{prefix}_{i}": {name}' for i, name in enumerate(tensors, start=1)) + "}"
    if len(tensors) == 1 and ends in ("plain", "positional"):
        return tensors[0]
    inner = ", ".join(tensors)
    if ends == "tuples":
        return f"({inner},)" if len(tensors) == 1 else f"({inner})"
    return f"[{inner}]"
