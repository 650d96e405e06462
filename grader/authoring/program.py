"""A program that builds a network: what it builds, how it compiles it, and which of many equal ways it says so in."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.domain import Assignment, ModelGraph

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
    "fit": ("none", "column", "flat", "data by name", "with validation"),
    "callbacks": ("none", "TensorBoard"),
}
"""The ways to spell each part of a program; the first is the usual one. All choices mean the same network."""


@dataclass(frozen=True)
class Style:
    """One choice for each part. With `seed`, what is said of each layer is chosen anew for each."""

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
    callbacks: str = "none"
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
    """Calls that are written as a model of their own: a "Model", or a "Sequential" where they are a chain.

    `depth` is how many models are around each other, with nothing else in them.
    """

    calls: frozenset[int]
    kind: str = "Model"
    depth: int = 1


@dataclass(frozen=True)
class Program:
    """A program. `form` is "functional", "sequential" or "subclass".

    `lead` is code before everything else, `between` stands among the layers, and `tail` after everything.
    """

    assignment: Assignment
    graph: ModelGraph
    compiled: Compiled | None
    style: Style = Style()
    nest: Nest | None = None
    form: str = "functional"
    lead: str = ""
    between: str = ""
    tail: str = ""

    @property
    def is_disturbed(self) -> bool:
        """Whether there is code that has nothing to do with the network."""
        return bool(self.lead or self.between or self.tail)

    def styled(self, **choices: str) -> Program:
        return replace(self, style=replace(self.style, **choices))  # type: ignore[arg-type]


def reference_program(assignment: Assignment, graph: ModelGraph) -> Program:
    """The reference's network, compiled by the recipe."""
    recipe = assignment.recipe
    return Program(assignment, graph, Compiled(recipe.optimizer, recipe.loss, recipe.loss_weights))
