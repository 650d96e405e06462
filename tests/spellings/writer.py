"""Writes one network as a program in many equal ways, as a module or as the cells of a notebook.

Equal spellings get equal points: that is a property of the grader, which no rubric can break, and which is tested here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.assignments.course import load_course
from grader.domain import Argument, Assignment, Call, Configured, Layer, ModelGraph, Recipe, Tensor, tensors
from grader.graph.keras_code import UnwritableError, arguments, value
from grader.graph.reading.catalogue import ELEMENTWISE, LOSSES, OPTIMIZERS
from grader.graph.reading.layers import operation_name, snake_case
from grader.graph.reading.parameters import RECURRENT, takes_activation

FORMULAS = {"x": "x", "sin": "np.sin(2 * np.pi * x)", "exp": "np.exp(x)"}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "imports": ("keras", "names", "tf.keras", "from tensorflow", "Keras 2"),
    "inputs": ("shape=", "positional", "list", "batch_shape", "layers.Input", "dtype", "named"),
    "activation": ("name", "function", "Activation", "activations.…()", "ops.…()"),
    "head": ("bare", "linear", "None", "Activation('linear')"),
    "initializer": ("short name", "long name", "class name", "object", "object with range", "object with seed"),
    "merge": ("function", "layer", "ops", "axis=1"),
    "sharing": ("layer", "Sequential", "Model", "two towers", "outside and inside", "three deep"),
    "names": ("automatic", "given", "with spaces and umlauts"),
    "ends": ("plain", "lists", "tuples", "dict of inputs", "dict of outputs", "positional"),
    "optimizer": ("name", "class name", "object", "object with its rate", "upper case"),
    "loss": ("name", "long name", "object", "function", "one for all", "dict", "tuple"),
    "loss_weights": ("as needed", "always", "dict", "tuple"),
    "metrics": ("none", "list", "list of lists", "Keras 2"),
    "layout": ("script", "function", "function called", "build_model", "main guard", "overwritten"),
    "fit": ("none", "column"),
}
"""The ways to spell each part of a program; the first is the usual one. All choices mean the same network."""
PER_CALL = ("inputs", "activation", "head", "initializer", "merge", "names")
UNIFORM = {
    "short name": '"uniform"', "long name": '"random_uniform"', "class name": '"RandomUniform"',
    "object": "keras.initializers.RandomUniform()", "object with seed": "keras.initializers.RandomUniform(seed=7)",
    "object with range": "keras.initializers.RandomUniform(minval=-0.05, maxval=0.05)",
}  # fmt: skip
"""The one initializer that references ask for by its name."""
AROUND = """\
def around(layer, shape, depth=1):
    for _ in range(depth):
        inner = keras.Input(shape=shape)
        layer = keras.Model(inner, layer(inner))
    return layer
"""
"""A layer, or a model, in so many models around each other."""


@dataclass(frozen=True)
class Style:
    """A choice for each part, the first where none is made. With `seed`, each call has choices of its own."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None

    def of(self, part: str, call: int | None = None) -> str:
        """The choice for a part of the program, or of the statement that writes call number `call`."""
        if self.seed is None or call is None:
            return self.chosen.get(part, CHOICES[part][0])
        choices = CHOICES[part]
        if part == "names" and self.of("fit") != "none":
            choices = choices[:2]  # TensorFlow trains no layers whose names have spaces
        return random.Random(f"{self.seed} {part} {call}").choice(choices)


@dataclass(frozen=True)
class Program:
    """A network as `recipe` asks to compile it; `nested` says which calls are in models of their own, and in which."""

    assignment: Assignment
    graph: ModelGraph
    recipe: Recipe
    style: Style = Style()
    nested: Mapping[int, str] = field(default_factory=dict)
    is_inside: bool = False  # of another model, with nothing else in it
    epochs: int = 400

    def styled(self, **choices: str) -> Program:
        return replace(self, style=replace(self.style, chosen={**self.style.chosen, **choices}))


def program_of(name: str) -> Program:
    """The reference of an exercise of the tutorial."""
    course = load_course([name])
    graph = course.calibrations[name].reference
    assert graph is not None
    return Program(course.assignments[0], graph, course.assignments[0].recipe)


def write(program: Program) -> str:
    """The source of a program; raises `UnwritableError` if it cannot be written."""
    return "\n\n\n".join(sections(program)) + "\n"


def sections(program: Program) -> list[str]:
    """The source in parts that make sense as the cells of a notebook: imports, network, data and training."""
    body, fits = _network(program), fit_lines(program)
    laid_out = _laid_out(program, body, _compile_lines(program))
    text = f"{AROUND}\n\n{laid_out}" if "around(" in laid_out else laid_out
    head, text = _imported(text, program.style.of("imports"))
    return ["\n".join([*head, *(["import numpy as np"] if fits else [])]), text, *(["\n".join(fits)] if fits else [])]


def _imported(text: str, style: str) -> tuple[list[str], str]:
    """The import lines that a program needs, and the program with the names that they give it."""
    if style == "tf.keras":
        text = re.sub(r"(?<!\.)\blayers\.", "keras.layers.", text)
        return ["import tensorflow as tf"], re.sub(r"(?<!\.)\bkeras\.", "tf.keras.", text)
    if style == "keras":
        return ["import keras", "from keras import layers"], text
    if style == "from tensorflow":
        return ["from tensorflow import keras", "from tensorflow.keras import layers"], text
    used = sorted({*re.findall(r"(?<!\.)\blayers\.(\w+)", text)})
    parts = {"": used}
    if style == "Keras 2":
        parts = {".core": [n for n in used if n[0].isupper()], ".merge": [n for n in used if n[0].islower()]}
    lines = [f"from keras.layers{module} import {', '.join(names)}" for module, names in parts.items() if names]
    return ["import keras", *lines], re.sub(r"(?<!\.)\blayers\.", "", text)


def _laid_out(program: Program, body: Sequence[str], compiling: Sequence[str]) -> str:
    """The statements that build and compile, as a script or in functions."""
    layout, inner = program.style.of("layout"), [*body, *compiling]
    names = [name for name in program.assignment.names if name.startswith("build_") and layout != "build_model"]
    head = f"def {names[0] if names else 'build_model'}():"
    match layout:
        case "function" | "build_model":
            return "\n    ".join([head, *inner, "return model"])
        case "function called":
            function = "\n    ".join([head, *body, "return model"])
            return "\n".join([function, "", "", f"model = {head[4:-1]}", *compiling])
        case "main guard":
            return "\n    ".join(['if __name__ == "__main__":', *inner])
        case "overwritten":
            return "\n".join([*inner, "", *inner])
    return "\n".join(inner)


def _network(program: Program) -> list[str]:
    graph, style = program.graph, program.style
    lines = [line for number, _ in enumerate(graph.calls) for line in Statement(program, number).lines()]
    ends, starts = style.of("ends"), [_variable(graph, tensor) for tensor in graph.inputs]
    if program.is_inside:
        outer = {f"{name}_outside": value(graph.shape(t)[1:]) for name, t in zip(starts, graph.inputs, strict=True)}
        inner, outside = _listed(starts, "plain", ""), _listed([*outer], "plain", "")
        lines += [f"model = keras.Model({inner}, {_variable(graph, graph.outputs[0])})"]
        lines += [f"{name} = keras.Input(shape={shape})" for name, shape in outer.items()]
        return [*lines, f"model = keras.Model({outside}, model({outside}))"]
    inputs = _listed(starts, ends if ends != "dict of outputs" else "plain", "in")
    last = [_variable(graph, tensor) for tensor in graph.outputs]
    outputs = _listed(last, ends if ends != "dict of inputs" else "plain", "out")
    names = ("", "") if ends == "positional" else ("inputs=", "outputs=")
    return [*lines, f"model = keras.Model({names[0]}{inputs}, {names[1]}{outputs})"]


def _listed(texts: Sequence[str], ends: str, prefix: str) -> str:
    """The inputs or outputs of a model: alone, as a list or tuple, or as a dict."""
    if ends.startswith("dict"):
        return "{" + ", ".join(f'"{prefix}_{i}": {name}' for i, name in enumerate(texts, start=1)) + "}"
    if len(texts) == 1 and ends in ("plain", "positional"):
        return texts[0]
    inner = ", ".join(texts)
    return f"({inner},)" if ends == "tuples" else f"[{inner}]"


def _variable(graph: ModelGraph, tensor: Tensor) -> str:
    several = len(graph.calls[tensor.call].shapes) > 1 or tensor.output
    return f"x{tensor.call}[{tensor.output}]" if several else f"x{tensor.call}"


class Statement:
    """What writes one call of a layer."""

    def __init__(self, program: Program, number: int) -> None:
        self.graph, self.style, self.number = program.graph, program.style, number
        self.nested, self.call = program.nested.get(number, ""), program.graph.calls[number]
        self.layer: Layer = self.graph.layers[self.call.layer]
        self.same = [n for n, call in enumerate(self.graph.calls) if call.layer == self.call.layer]

    def chosen(self, part: str) -> str:
        """How to spell a part; all calls of a layer are spelled alike."""
        return self.style.of(part, self.same[0])

    def lines(self) -> Iterator[str]:
        target = f"x{self.number}"
        if self.layer.kind == "InputLayer":
            yield f"{target} = {self._input()}"
        elif self.layer.kind.startswith("ops."):
            settings = [f"{name}={value(item, 'keras')}" for name, item in self.layer.params]
            yield f"{target} = keras.ops.{operation_name(self.layer.kind)}({', '.join([self._given(), *settings])})"
        elif len(self.same) > 1:
            shared, sharing = f"shared_{self.call.layer}", self.style.of("sharing") if is_simple(self.call) else "layer"
            first = self.number == self.same[0]
            if first:
                yield f"{shared} = {self._nested(sharing)}"
            depths = {"two towers": 1, "outside and inside": int(not first), "three deep": 3 if first else 1}
            called = self._around(shared, depth) if (depth := depths.get(sharing)) else shared
            yield f"{target} = {self._activated(f'{called}({self._given()})')}"
        elif len(self.call.args) == 1 and isinstance(self.call.args[0], tuple) and not self.call.kwargs:
            yield f"{target} = {self._merged()}"
        else:
            yield f"{target} = {self._activated(f'{self._nested(self.nested)}({self._given()})')}"

    def _nested(self, kind: str) -> str:
        """The layer, perhaps in a model of its own."""
        code, depths = self._constructed(), {"Model": 1, "three models": 3}
        if kind == "Sequential":
            return f"keras.Sequential([{code}])"
        return self._around(code, depths[kind]) if kind in depths else code

    def _around(self, code: str, depth: int) -> str:
        return f"around({code}, {value(self.graph.shape(self.call.sources[0])[1:])}, {depth})"

    def _given(self) -> str:
        """What the call is given: tensors, lists of tensors, and plain values."""

        def text(part: Argument) -> str:
            if isinstance(part, Tensor):
                return _variable(self.graph, part)
            is_list = isinstance(part, tuple) and any(True for _ in tensors(part))
            return f"[{', '.join(map(text, part))}]" if is_list and isinstance(part, tuple) else value(part)

        return ", ".join([*map(text, self.call.args), *(f"{name}={text(part)}" for name, part in self.call.kwargs)])

    def _input(self) -> str:
        shape, dtype = self.layer.param("batch_shape"), self.layer.param("dtype", "float32")
        sample = shape[1:] if isinstance(shape, tuple) else (1,)
        spelling = self.chosen("inputs")
        name = self._label() or (f', name="the_input_{self.number}"' if spelling == "named" else "")
        name += f', dtype="{dtype}"' if dtype != "float32" or spelling == "dtype" else ""
        argument = {
            "positional": value(sample), "list": f"shape={list(sample)}", "batch_shape": f"batch_shape={value((None, *sample))}",
        }.get(spelling, f"shape={value(sample)}")  # fmt: skip
        return f"{'layers' if spelling == 'layers.Input' else 'keras'}.Input({argument}{name})"

    def _merged(self) -> str:
        kind, operands, spelling = self.layer.kind, self._given(), self.chosen("merge")
        if kind == "Concatenate" and not self.layer.params and spelling in ("ops", "axis=1"):
            if spelling == "ops":
                return f"keras.ops.concatenate({operands}, axis=-1)"
            return f"layers.Concatenate(axis={len(self.call.shapes[0]) - 1 if self.call.shapes else 1})({operands})"
        if spelling == "function" and kind in ("Concatenate", *ELEMENTWISE) and not self.layer.params:
            return f"layers.{kind.lower()}({operands})"
        if spelling == "ops" and kind in ("Add", "Subtract", "Multiply") and len(self.call.sources) == 2:
            return f"keras.ops.{kind.lower()}({operands[1:-1]})"
        return f"{self._constructed()}({operands})"

    def _constructed(self) -> str:
        """A layer, as its constructor gives it; a separate activation may follow, see `_activated`."""
        texts = {name: value(item, "keras") for name, item in self.layer.params}
        for key, item in self.layer.params:
            if key.endswith("_initializer") and item == Configured("RandomUniform", ()):
                texts[key] = UNIFORM[self.chosen("initializer")]
        activation, spelling, head = self._activation(), self.chosen("activation"), self.chosen("head")
        if activation and spelling != "name":
            texts["activation"] = f"keras.activations.{activation}" if spelling == "function" else ""
        elif self.layer.kind == "Dense" and not activation and head in ("linear", "None"):
            texts["activation"] = {"linear": '"linear"', "None": "None"}[head]
        if self.layer.frozen:
            texts["trainable"] = "False"
        text, label = arguments(texts, self.layer.kind), self._label()
        return f"layers.{self.layer.kind}({text}{label if text else label.removeprefix(', ')})"

    def _activated(self, text: str) -> str:
        """A call with the activation that its layer's constructor left out."""
        activation, spelling = self._activation(), self.chosen("activation")
        name = "silu" if activation == "swish" else activation
        if activation and spelling in ("Activation", "activations.…()", "ops.…()"):
            return {
                "Activation": f'layers.Activation("{activation}")({text})', "ops.…()": f"keras.ops.{name}({text})",
            }.get(spelling, f"keras.activations.{name}({text})")  # fmt: skip
        linear = not activation and self.layer.kind == "Dense" and self.chosen("head") == "Activation('linear')"
        return f'layers.Activation("linear")({text})' if linear else text

    def _activation(self) -> str:
        """An activation that can be spelled in every way."""
        activation, names = self.layer.param("activation"), ("sigmoid", "tanh", "relu", "silu", "softplus", "softmax")
        follows = takes_activation(self.layer.kind) and self.layer.kind not in (*RECURRENT, "Activation")
        return activation if isinstance(activation, str) and follows and activation in names else ""

    def _label(self) -> str:
        names = {"given": f"my_layer_{self.number}", "with spaces and umlauts": f"Größe {self.number} für x"}
        name = names.get(self.chosen("names"), "")
        if Tensor(self.number) in self.graph.inputs and self.style.of("ends") == "dict of inputs":
            name = f"in_{self.graph.inputs.index(Tensor(self.number)) + 1}"  # the key that the dict has for it
        return f', name="{name}"' if name else ""


def is_simple(call: Call) -> bool:
    """Whether a call is of one tensor, and returns one: then a model may be around the layer."""
    return len(call.sources) == 1 == len(call.args) and not call.kwargs and len(call.shapes) < 2


def _compile_lines(program: Program) -> list[str]:
    """The call of `compile`."""
    recipe, style, heads = program.recipe, program.style, len(program.graph.outputs)
    in_dict = style.of("ends") == "dict of outputs" and not program.is_inside
    keys = repr([f"out_{number}" for number in range(1, heads + 1)]) if in_dict else "model.output_names"
    camel, rate = OPTIMIZERS[recipe.optimizer], 0.01 if recipe.optimizer == "sgd" else 0.001
    optimizer = {
        "name": repr(recipe.optimizer), "class name": repr(camel), "upper case": repr(recipe.optimizer.upper()),
        "object": f"keras.optimizers.{camel}()", "object with its rate": f"keras.optimizers.{camel}(learning_rate={rate})",
    }[style.of("optimizer")]  # fmt: skip
    parts = [f"optimizer={optimizer}", f"loss={_losses(recipe, style, heads, keys)}"]
    if set(recipe.loss_weights) != {1.0} or style.of("loss_weights") != "as needed":
        weights = [f"{weight:g}" for weight in recipe.loss_weights]
        parts.append(f"loss_weights={_by_head(weights, style.of('loss_weights'), heads, keys)}")
    if (metrics := style.of("metrics")) != "none":
        single = {"list": '["mse"]', "list of lists": '[["mse"]]', "Keras 2": '"mse"'}[metrics]
        parts.append(f"metrics={[['mse']] * heads if metrics != 'Keras 2' and heads > 1 else single}")
    return [f"model.compile({', '.join(parts)})"]


def _losses(recipe: Recipe, style: Style, heads: int, keys: str) -> str:
    spelling, names = style.of("loss"), recipe.loss
    texts = [{
        "long name": repr(snake_case(LOSSES[name])), "object": f"keras.losses.{LOSSES[name]}()",
        "function": f"keras.losses.{snake_case(LOSSES[name])}",
    }.get(spelling, repr(name)) for name in names]  # fmt: skip
    if heads == 1 and spelling != "dict":
        return texts[0] if spelling != "tuple" else f"[{texts[0]}]"
    if spelling == "one for all":
        if len(set(names)) > 1 or style.of("loss_weights") != "as needed":
            raise UnwritableError("different losses, or weights, need a list")
        return texts[0]
    return _by_head(texts, spelling, heads, keys)


def _by_head(items: Sequence[str], spelling: str, heads: int, keys: str) -> str:
    """A list, or another form of it; the keys of a dict are those that Keras knows the outputs by."""
    inner = ", ".join(items)
    if spelling == "dict" and len(items) == heads:
        return f"dict(zip({keys}, [{inner}]))"
    return f"({inner})" if spelling == "tuple" and len(items) > 1 else f"[{inner}]"


def fit_lines(program: Program) -> list[str]:
    """Data as in the task, and a short fit, if there is one."""
    data, style = program.assignment.data, program.style
    if style.of("fit") == "none":
        return []
    if style.of("layout") in ("function", "build_model"):
        raise UnwritableError("a model that only the grader builds")
    if (style.seed is None and style.of("names") == "with spaces and umlauts") or data.file:
        raise UnwritableError("TensorFlow trains no layers with such names, and a file of data is not there")
    fed = (_listed([FORMULAS[name] for name in names], "plain", "") for names in (data.inputs, data.targets))
    fit = f"history = model.fit({', '.join(fed)}, epochs={program.epochs}, batch_size=32, verbose=0)"
    return ["x = np.linspace(0, 1, 1000).reshape(-1, 1)", fit]
