"""A class with planted mistakes, every file of it written differently: `python -m tests.planted FOLDER --count 300`.

Each mistake is made in many names, spellings, notebooks and modules; what is equal is the mistake alone.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

NAMES = (
    ("x0_left", "x0_right", "h_left", "h_right", "joined", "top", "y"),
    ("in1", "in2", "a", "b", "c", "d", "out"),
    ("left", "right", "left_hidden", "right_hidden", "merged", "hidden", "sine"),
    ("u", "v", "u1", "v1", "uv", "uv1", "result"),
    ("anna", "berta", "anna_1", "berta_1", "both", "both_1", "last"),
)
INITIALIZERS = ("'uniform'", "'random_uniform'", "keras.initializers.RandomUniform()", "'RandomUniform'")
DATA = """\
import numpy as np
N = 1000
X = np.linspace(0.0, 1.0, N)
Y = np.sin(2 * np.pi * X)
X_val = np.sort(np.random.rand(100))
Y_val = np.sin(2 * np.pi * X_val)
"""


@dataclass(frozen=True)
class Network:
    """What is built; the first two layers are the branches."""

    widths: tuple[int, int, int] = (32, 20, 32)
    activations: tuple[str, str, str, str] = ("sigmoid", "sigmoid", "sigmoid", "")
    initializer: bool = True
    inputs: int = 2
    crossed: bool = False  # both branches are called on the first input
    top: bool = True
    extra: int = 0
    join: str = "list"  # "row": `concatenate(a, b)`
    imports: bool = True
    model: bool = True
    arrays: int = 2


@dataclass(frozen=True)
class Style:
    """How it is written."""

    names: Sequence[str]
    notebook: bool
    initializer: str
    keras: str
    separate: bool  # activations as layers of their own
    nested: bool  # a branch as a `Sequential` model
    function: bool
    turned: bool  # the right branch is written first
    named: bool
    random: random.Random = field(repr=False, default_factory=random.Random)


MISTAKES: Mapping[str, Callable[[Network], Network]] = {
    "right branch too wide": lambda n: replace(n, widths=(32, 32, 32)),
    "no layer after the join": lambda n: replace(n, top=False),
    "both branches on one input": lambda n: replace(n, crossed=True),
    "relu in the left branch": lambda n: replace(n, activations=("relu", "sigmoid", "sigmoid", "")),
    "no initializers": lambda n: replace(n, initializer=False),
    "sigmoid at the output": lambda n: replace(n, activations=("sigmoid", "sigmoid", "sigmoid", "sigmoid")),
    "one layer too many": lambda n: replace(n, extra=16),
    "one input only": lambda n: replace(n, inputs=1, arrays=1),
    "concatenate without a list": lambda n: replace(n, join="row"),
    "Dense not imported": lambda n: replace(n, imports=False),
    "too wide and sigmoid": lambda n: replace(
        n, widths=(32, 32, 32), activations=("sigmoid", "sigmoid", "sigmoid", "sigmoid")
    ),
    "fit with one array": lambda n: replace(n, arrays=1),
}
RIGHT = "right"


def style(seed: int) -> Style:
    chance = random.Random(seed)
    return Style(
        chance.choice(NAMES), chance.random() < 0.5, chance.choice(INITIALIZERS),
        chance.choice(("import keras", "from tensorflow import keras")), *(chance.random() < 0.4 for _ in range(5)),
        chance,
    )  # fmt: skip


def program(network: Network, how: Style) -> list[str]:
    """The program in cells: imports and data, the network, its training."""
    left, right, a, b, joined, top, out = how.names
    right_in = left if network.inputs == 1 or network.crossed else right
    head = ["inputs_of = keras.Input", f"{left} = keras.Input((1,))"]
    head += [f"{right} = inputs_of(shape=(1,))"] if network.inputs == 2 else []
    branches = [_layer(a, network.widths[0], network.activations[0], left, network, how, nested=how.nested),
                _layer(b, network.widths[1], network.activations[1], right_in, network, how, nested=False)]  # fmt: skip
    body = head + [line for branch in (branches[::-1] if how.turned else branches) for line in branch]
    pair = [a, b] if not how.turned else [b, a]
    merge = "keras.layers.concatenate" if how.separate else "keras.layers.Concatenate()"
    merge = "keras.layers.concatenate" if network.join == "row" else merge
    body += [f"{joined} = {merge}({', '.join(pair)})" if network.join == "row" else f"{joined} = {merge}([{a}, {b}])"]
    source = joined
    if network.top:
        body += _layer(top, network.widths[2], network.activations[2], joined, network, how)
        source = top
    if network.extra:
        body += _layer("more", network.extra, "sigmoid", source, network, how)
        source = "more"
    body += _layer(out, 1, network.activations[3], source, network, how)
    given = f"[{left}, {right}]" if network.inputs == 2 else left
    end = f"keras.Model(inputs={given}, outputs={out})"
    if how.function:
        built = ["def make():", *(f"    {line}" for line in [*body, f"return {end}"]), "two_inputs = make()"]
    else:
        built = [*body, f"two_inputs = {end}"]
    arrays = "[X, X]" if network.arrays == 2 else "X"
    trained = ["two_inputs.compile(optimizer='rmsprop', loss='mse', metrics=['mse'])",
               f"two_inputs.fit({arrays}, Y, epochs=400, batch_size=32, verbose=0)"]  # fmt: skip
    imports = [how.keras]
    imports += ["Dense = keras.layers.Dense"] if network.imports else []
    noise = [f"# {how.random.choice(('Anna', 'Berta', 'homework', 'version 3'))}"] * how.random.randint(0, 3)
    return ["\n".join([*noise, *imports]) + "\n" + DATA, "\n".join([*noise, *built]), "\n".join(trained)]


def _layer(
    name: str, units: int, activation: str, source: str, network: Network, how: Style, *, nested: bool = False
) -> list[str]:
    given = [str(units)]
    given += [f"kernel_initializer={how.initializer}"] if network.initializer else []
    given += [f"name='{name}_layer'"] if how.named else []
    layer = f"Dense({', '.join(given)})"
    if not activation:
        return [f"{name} = {layer}({source})"]
    if nested:
        inner = [layer, f"keras.layers.Activation('{activation}')"]
        return [f"{name} = keras.Sequential([{', '.join(inner)}])({source})"]
    if how.separate:
        return [f"{name} = {layer}({source})", f"{name} = keras.layers.Activation('{activation}')({name})"]
    given.insert(1, f"activation='{activation}'")
    return [f"{name} = Dense({', '.join(given)})({source})"]


def notebook(cells: Sequence[str]) -> str:
    found = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": found, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def planted(count: int) -> list[tuple[str, str, str]]:
    """Name of the file, its mistake, and its text: every third student is right, the others share the mistakes."""
    found = []
    names = list(MISTAKES)
    for number in range(count):
        wrong = number % 3 != 2
        mistake = names[(number - number // 3) % len(names)] if wrong else RIGHT
        network = MISTAKES[mistake](Network()) if wrong else Network()
        how = style(number)
        cells = program(network, how)
        text = notebook(cells) if how.notebook else "\n".join(cells) + "\n"
        found.append((f"student-{number:03}.{'ipynb' if how.notebook else 'py'}", mistake, text))
    return found


def write(folder: Path, count: int) -> dict[str, str]:
    """Write the class; the mistake of each file, by its name without suffix."""
    folder.mkdir(parents=True)
    mistakes = {}
    for name, mistake, text in planted(count):
        (folder / name).write_text(text, encoding="utf-8")
        mistakes[name.partition(".")[0]] = mistake
    return mistakes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=300)
    asked = parser.parse_args()
    mistakes = write(asked.folder, asked.count)
    (asked.folder.parent / "mistakes.json").write_text(json.dumps(mistakes, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
