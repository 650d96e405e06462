"""A program that builds a network: what it builds, how it compiles and fits it, and in which of many equal ways.

Equal spellings get equal points: that is a property of the grader, which no rubric can break, and which is tested here.

`Names` and the functions at the end spell what it calls: parts of Keras, layers, losses and optimizers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.assignments.course import load_course
from grader.authoring.mutations import Mutant
from grader.domain import Assignment, Configured, Layer, ModelGraph, Setting, Tensor
from grader.graph.reading.catalogue import LOSSES, MERGES
from grader.graph.reading.layers import snake_case
from grader.graph.source import OPTIMIZERS, UnwritableError, arguments, value

SAMPLES, FREE_SIZE = 64, 5
_FORMULAS = {"x": "x", "sin": "np.sin(2 * np.pi * x)", "exp": "np.exp(x)"}


class TrainingCode:
    """The statements after the network is built."""

    def __init__(self, program: Program, names: Names) -> None:
        self._program = program
        self._names = names
        self._heads = len(program.graph.outputs)

    def imports(self) -> list[str]:
        return ["import numpy as np"] if self._program.style.fit != "none" else []

    def compile_lines(self) -> list[str]:
        """The call of `compile`, if there is one."""
        compiled, style = self._program.compiled, self._program.style
        if compiled is None:
            return []
        keras = self._names.keras
        parts = [f"optimizer={optimizer(compiled.optimizer, compiled.rate, style.optimizer, keras)}"]
        losses = [loss(name, style.loss, keras) for name in compiled.losses]
        parts.append(f"loss={self._losses(losses)}")
        if set(compiled.weights) != {1.0} or style.loss_weights != "as needed":
            parts.append(f"loss_weights={self._by_head([f'{w:g}' for w in compiled.weights], style.loss_weights)}")
        if style.metrics != "none":
            # Classes by number have no error that can be subtracted.
            name = "accuracy" if any(loss.startswith("sparse") for loss in compiled.losses) else "mse"
            single = {"list": f'["{name}"]', "list of lists": f'[["{name}"]]', "Keras 2": f'"{name}"'}[style.metrics]
            several = style.metrics != "Keras 2" and self._heads > 1
            parts.append(f"metrics={[[name]] * self._heads if several else single}")
        return [f"model.compile({', '.join(parts)})"]

    def _losses(self, losses: Sequence[str]) -> str:
        style = self._program.style.loss
        if self._heads == 1 and style != "dict":
            return losses[0] if style != "tuple" else f"[{losses[0]}]"
        if style == "one for all":
            if len(set(losses)) > 1 or self._program.style.loss_weights != "as needed":
                raise UnwritableError("different losses, or weights, need a list")
            return losses[0]
        return self._by_head(losses, style)

    def _by_head(self, items: Sequence[str], style: str) -> str:
        if style == "dict" and len(items) == self._heads:
            return "dict(zip(model.output_names, [" + ", ".join(items) + "]))"
        inner = ", ".join(items)
        if style == "tuple" and len(items) > 1:
            return f"({inner})"
        return f"[{inner}]"

    def fit_lines(self) -> Iterator[str]:
        """Data as in the task, and a short fit."""
        data, style = self._program.assignment.data, self._program.style
        if style.fit == "none":
            return
        if self._program.style.layout in ("function", "build_model"):
            raise UnwritableError("a model that only the grader builds")
        if style.seed is None and style.names == "with spaces and umlauts":
            raise UnwritableError("TensorFlow trains no layers with such names")
        if data.file is None:
            yield "x = np.linspace(0, 1, 1000).reshape(-1, 1)"
            inputs = [_FORMULAS[name] for name in data.inputs]
            targets = [_FORMULAS[name] for name in data.targets]
        else:
            inputs, targets = self._zeros()
        fed = ", ".join(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]" for texts in (inputs, targets))
        yield f"history = model.fit({fed}, epochs={self._program.epochs}, batch_size=32, verbose=0)"

    def _zeros(self) -> tuple[list[str], list[str]]:
        """Arrays of the right shapes, in place of a file that is not there while the program runs."""
        graph, losses = self._program.graph, self._program.compiled.losses if self._program.compiled else ()

        def zeros(tensor: Tensor, dtype: object, sparse: bool = False) -> str:
            shape = [size or FREE_SIZE for size in graph.shape(tensor)[1:]]
            sizes = ", ".join(map(str, (SAMPLES, *(shape[:-1] if sparse else shape))))
            return f'np.zeros(({sizes},), dtype="{dtype}")'

        inputs = [
            zeros(tensor, graph.layers[graph.calls[tensor.call].layer].param("dtype", "float32"))
            for tensor in graph.inputs
        ]
        outputs = [
            zeros(tensor, "float32", number < len(losses) and losses[number].startswith("sparse"))
            for number, tensor in enumerate(graph.outputs)
        ]
        return inputs, outputs


CHOICES: Mapping[str, tuple[str, ...]] = {
    "imports": ("keras", "names", "tf.keras", "from tensorflow", "Keras 2"),
    "inputs": ("shape=", "positional", "list", "batch_shape", "layers.Input", "dtype", "named"),
    "activation": ("name", "function", "Activation", "activations.…()", "ops.…()"),
    "head": ("bare", "linear", "None", "Activation('linear')"),
    "initializer": ("short name", "long name", "class name", "object", "object with range", "object with seed"),
    "merge": ("function", "layer", "ops", "axis=1"),
    "operands": ("as given", "reversed"),
    "sharing": ("layer", "Sequential", "Model", "two towers", "outside and inside", "three deep"),
    "statements": ("as given", "branches the other way round"),
    "names": ("automatic", "given", "with spaces and umlauts"),
    "ends": ("plain", "lists", "tuples", "dict of inputs", "dict of outputs", "positional"),
    "input_order": ("as given", "reversed"),
    "optimizer": ("name", "class name", "object", "object with its rate", "upper case"),
    "loss": ("name", "long name", "object", "function", "one for all", "dict", "tuple"),
    "loss_weights": ("as needed", "always", "dict", "tuple"),
    "metrics": ("none", "list", "list of lists", "Keras 2"),
    "layout": ("script", "function", "function called", "build_model", "main guard", "overwritten"),
    "fit": ("none", "column"),
}
"""The ways to spell each part of a program; the first is the usual one. All choices mean the same network."""


@dataclass(frozen=True)
class Style:
    """One choice for each part. With `seed`, the choices for each layer are made separately."""

    imports: str = "keras"
    inputs: str = "shape="
    activation: str = "name"
    head: str = "bare"
    initializer: str = "short name"
    merge: str = "function"
    operands: str = "as given"
    sharing: str = "layer"
    statements: str = "as given"
    names: str = "automatic"
    ends: str = "plain"
    input_order: str = "as given"
    optimizer: str = "name"
    loss: str = "name"
    loss_weights: str = "as needed"
    metrics: str = "none"
    layout: str = "script"
    fit: str = "none"
    seed: int | None = None

    def of(self, part: str, call: int) -> str:
        """The choice for a part of the statement that writes call number `call`."""
        if self.seed is None:
            return str(getattr(self, part))
        choices = CHOICES[part]
        if part == "names" and self.fit != "none":
            choices = choices[:2]  # TensorFlow trains no layers whose names have spaces
        return random.Random(f"{self.seed} {part} {call}").choice(choices)


PER_CALL = ("inputs", "activation", "head", "initializer", "merge", "names")


def random_style(seed: int) -> Style:
    """Choices for all parts at once, reproducible from the seed."""
    pick = random.Random(seed)
    whole = {name: pick.choice(choices) for name, choices in CHOICES.items() if name not in PER_CALL}
    return Style(**whole, seed=seed)


@dataclass(frozen=True)
class Compiled:
    """The arguments of `compile`, by head; `rate` is a learning rate that is not the optimizer's own."""

    optimizer: str
    losses: tuple[str, ...]
    weights: tuple[float, ...]
    rate: float | None = None


@dataclass(frozen=True)
class Nest:
    """Calls that are written as a separate model: a "Model", or a "Sequential" if they are a chain.

    `depth` is how many models are nested, with nothing else in them.
    """

    calls: frozenset[int]
    kind: str = "Model"
    depth: int = 1


@dataclass(frozen=True)
class Program:
    """A program. `form` is "functional" or "sequential", and `tail` code after everything."""

    assignment: Assignment
    graph: ModelGraph
    compiled: Compiled | None
    style: Style = Style()
    nest: Nest | None = None
    form: str = "functional"
    epochs: int = 400
    tail: str = ""

    def styled(self, **choices: str) -> Program:
        return replace(self, style=replace(self.style, **choices))  # type: ignore[arg-type]


def reference_program(assignment: Assignment, graph: ModelGraph) -> Program:
    """The reference's network, compiled by the recipe."""
    recipe = assignment.recipe
    return Program(assignment, graph, Compiled(recipe.optimizer, recipe.loss, recipe.loss_weights))


def program_of(name: str) -> Program:
    """The reference of an exercise of the tutorial."""
    course = load_course([name])
    graph = course.calibrations[name].reference
    assert graph is not None
    return reference_program(course.assignments[0], graph)


def mutant_program(assignment: Assignment, mutant: Mutant) -> Program:
    """A mutant as somebody would have written it."""
    call, compiled = mutant.compiled, None
    if call is not None:
        assert isinstance(call.optimizer, Setting)
        assert isinstance(call.loss, tuple)
        assert isinstance(call.loss_weights, tuple)
        losses = tuple(one.name for one in call.loss if isinstance(one, Setting))
        weights = tuple(float(one) for one in call.loss_weights if isinstance(one, int | float))
        name, rate = call.optimizer.name.lower(), call.optimizer.config.get("learning_rate")
        compiled = Compiled(name, losses, weights, rate)
    form = "sequential" if mutant.flaw == "sequential" else "functional"
    tail = "print(no_such_name)" if mutant.flaw == "fails" else ""
    return Program(assignment, mutant.graph, compiled, form=form, tail=tail)



class Names:
    """Names for the parts of Keras, and the import lines that make those known which were asked for."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._layers: set[str] = set()
        self.keras = "tf.keras" if style == "tf.keras" else "keras"

    def layer(self, name: str) -> str:
        """A class or function of `keras.layers`."""
        self._layers.add(name)
        direct = self._style in ("names", "Keras 2")
        return name if direct else f"{'tf.keras.' if self._style == 'tf.keras' else ''}layers.{name}"

    def lines(self) -> list[str]:
        used = sorted(self._layers)
        match self._style:
            case "names":
                return ["import keras", f"from keras.layers import {', '.join(used)}"]
            case "tf.keras":
                return ["import tensorflow as tf"]
            case "from tensorflow":
                return ["from tensorflow import keras", "from tensorflow.keras import layers"]
            case "Keras 2":
                merges = [name for name in used if merge_function(name.capitalize()) == name]
                others = [name for name in used if name not in merges]
                lines = ["import keras", f"from keras.layers.core import {', '.join(others)}"] if others else []
                return [*lines, *([f"from keras.layers.merge import {', '.join(merges)}"] if merges else [])]
            case _:
                return ["import keras", "from keras import layers"]


SHORT_INITIALIZERS: Mapping[str, str] = {
    "RandomUniform": "uniform", "RandomNormal": "normal", "GlorotUniform": "glorot_uniform", "Zeros": "zeros",
    "Ones": "ones", "HeNormal": "he_normal", "HeUniform": "he_uniform", "GlorotNormal": "glorot_normal",
}  # fmt: skip


def constructor(layer: Layer, keras: str, replaced: Mapping[str, str]) -> str:
    """The arguments of a layer's constructor; `replaced` gives the text of some, empty to leave one out."""
    texts = {name: value(item, keras) for name, item in layer.params} | dict(replaced)
    return arguments(texts | ({"trainable": "False"} if layer.frozen else {}), layer.kind)


def initializer(item: Configured, spelling: str, keras: str) -> str:
    """An initializer in one of its spellings; with parameters of its own it is an object in each."""
    name = SHORT_INITIALIZERS.get(item.kind)
    if item.params or name is None:
        return value(item, keras)
    call = f"{keras}.initializers.{item.kind}"
    ranges = {"RandomUniform": "minval=-0.05, maxval=0.05", "RandomNormal": "mean=0.0, stddev=0.05"}
    texts = {
        "short name": repr(name),
        "long name": repr(snake_case(item.kind)),
        "class name": repr(item.kind),
        "object": f"{call}()",
        "object with range": f"{call}({ranges.get(item.kind, '')})",
        "object with seed": f"{call}({'seed=7' if item.kind in ranges else ''})",
    }
    return texts[spelling]


def loss(name: str, spelling: str, keras: str) -> str:
    if name not in LOSSES or spelling in ("name", "one for all", "dict", "tuple"):
        return repr(name)
    function = snake_case(LOSSES[name])
    return {
        "long name": repr(function),
        "object": f"{keras}.losses.{LOSSES[name]}()",
        "function": f"{keras}.losses.{function}",
    }[spelling]


def optimizer(name: str, rate: float | None, spelling: str, keras: str) -> str:
    if name not in OPTIMIZERS:
        return repr(name)
    camel, usual = OPTIMIZERS[name], 0.01 if name == "sgd" else 0.001
    if rate is not None:
        return f"{keras}.optimizers.{camel}(learning_rate={rate})"
    return {
        "name": repr(name),
        "class name": repr(camel),
        "upper case": repr(name.upper()),
        "object": f"{keras}.optimizers.{camel}()",
        "object with its rate": f"{keras}.optimizers.{camel}(learning_rate={usual})",
    }[spelling]


def merge_function(kind: str) -> str | None:
    """`concatenate` for `Concatenate`, where `keras.layers` has such a function."""
    return kind.lower() if kind in ("Concatenate", *MERGES) else None
