"""Invented classes for benchmarks, in which more or less differs.

`distinct`: notebooks for `two_inputs`, most of them right, as in real classes; `repeated`: some of these handed on;
`networks`: notebooks for `two_inputs` in which every network differs in its widths; `designs`: notebooks for the open
task `better_two_outputs`, in which no two networks are alike; `whole_course`: notebooks for all exercises in turn.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.authoring.mutants import mutants
from grader.authoring.validate import reference_graph
from grader.graph.keras_code import UnwritableError, program
from grader.training.host import local_trainer
from grader.training.memo import Memo, default_folder
from tests.spellings.variants import variants
from tests.spellings.writer import Program, fit_lines, sections

START = """\
# {who}: two inputs, one output
import numpy as np
from keras import Input, Model
from keras.layers import Dense, concatenate

N = 1000
X_train = np.linspace(0.0, 1.0, N)
y_train = np.sin(2 * np.pi * X_train)
X_val = np.sort(np.random.rand(100))
y_val = np.sin(2 * np.pi * X_val)
"""
NETWORK = """\
{left}, {right} = Input(shape=(1,)), Input(shape=(1,))
a = Dense({first}, kernel_initializer='uniform', activation='{activation}')({left})
b = Dense({second}, kernel_initializer='uniform', activation='{activation}')({right})
c = concatenate([{joined}])
d = Dense({last}, kernel_initializer='uniform', activation='{activation}')(c)
two_inputs = Model(inputs=[{left}, {right}], outputs=Dense(1, kernel_initializer='uniform')(d))
"""
TRAINING = """\
two_inputs.compile(optimizer='rmsprop', loss='mse', metrics=['mse'])
two_inputs.fit([X_train, X_train], y_train, epochs={epochs}, batch_size=32,
               validation_data=([X_val, X_val], y_val), verbose=0)
"""
RIGHT = {"first": 32, "second": 20, "last": 32, "activation": "sigmoid", "joined": "a, b"}
MISTAKES = (
    {"first": 20}, {"second": 32}, {"last": 16}, {"activation": "relu"}, {"activation": "tanh"}, {"joined": "b, a"},
    {"first": 64, "second": 64}, {"last": 64},
)  # fmt: skip
NAMES = (("x0_left", "x0_right"), ("left", "right"), ("in1", "in2"), ("x1", "x2"), ("u", "v"))
RIGHT_OF_TEN = 6


def cells(number: int, epochs: int) -> list[str]:
    """The code of one student: right in six of ten, else with one common mistake; every one is spelled differently."""
    left, right = NAMES[number % len(NAMES)]
    is_right = number % 10 < RIGHT_OF_TEN
    network = RIGHT | ({} if is_right else MISTAKES[number // 10 * 4 % len(MISTAKES) + number % 10 - RIGHT_OF_TEN])
    return [
        START.format(who=f"student {number}"),
        NETWORK.format(left=left, right=right, **network),
        TRAINING.format(epochs=epochs),
    ]


DESIGN = """\
from keras import Input, Model
from keras.layers import Dense

inputs = Input(shape=(1,))
{layers}
better_two_outputs = Model(inputs, [Dense(1)(sine), Dense(1)(exponential)])
better_two_outputs.compile(optimizer='rmsprop', loss=['mse', 'mse'])
better_two_outputs.fit(X_train, [y_train, np.exp(X_train)], epochs={epochs}, batch_size=32, verbose=0)
"""


def networks(count: int, epochs: int) -> Iterator[str]:
    for number in range(count):
        widths = {"first": 16 + number, "second": 12 + number * 7 % 40, "last": 10 + number * 11 % 50}
        network = NETWORK.format(left="left", right="right", **{**RIGHT, **widths})
        yield notebook([START.format(who=f"student {number}"), network, TRAINING.format(epochs=epochs)])


def designs(count: int, epochs: int) -> Iterator[str]:
    """One to three layers in each branch, of widths and activations of their own."""
    for number in range(count):
        layers = []
        for branch, (name, depth) in enumerate((("sine", 1 + number % 3), ("exponential", 1 + number // 3 % 2))):
            layers.append(f"{name} = inputs")
            for step in range(depth):
                width, activation = 12 + (number * 5 + branch * 17 + step * 9) % 50, ("tanh", "relu", "elu")[number % 3]
                layers.append(f"{name} = Dense({width}, activation='{activation}')({name})")
        design = DESIGN.format(layers="\n".join(layers), epochs=epochs)
        yield notebook([START.format(who=f"student {number}"), design])


def whole_course(count: int, epochs: int) -> Iterator[str]:
    """Exercises of the tutorial in turn, six of ten right in a spelling of their own, the others with one mistake."""
    folder = tutorial()
    course = load_course((), folder)
    programs = []
    with local_trainer(Memo(default_folder())) as trainer:
        for assignment in course.assignments:
            graph = reference_graph(assignment, course, folder)
            right = (variant.program for variant in variants(assignment, graph))
            fit = fit_lines(Program(assignment, graph, assignment.recipe, epochs=epochs).styled(fit="column"))
            mistakes = mutants(assignment, graph, trainer.described)
            wrong = (
                [program(mutant.graph, mutant.compiled), "\n".join(["import numpy as np", *fit])] for mutant in mistakes
            )
            programs.append((_fitting(right, epochs), wrong))
    for number in range(count):
        right, wrong = programs[number % len(programs)]
        assignment = course.assignments[number % len(programs)]
        cells = next(right if number % 10 < RIGHT_OF_TEN else wrong)
        yield notebook([f"# exercise: {assignment.id}, student {number}", *cells])


def _fitting(programs: Iterator[Program], epochs: int) -> Iterator[list[str]]:
    """The cells of those programs that can call `fit` for so many epochs."""
    for variant in programs:
        with suppress(UnwritableError):
            yield sections(replace(variant.styled(fit="column"), epochs=epochs))


def notebook(sources: list[str]) -> str:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def distinct(count: int, epochs: int) -> Iterator[str]:
    """Notebooks that all differ."""
    return (notebook(cells(number, epochs)) for number in range(count))


def repeated(count: int, kinds: int, epochs: int, seed: int = 1) -> Iterator[str]:
    """A class in which files are handed on: `kinds` notebooks, the first ones far more often than the last."""
    texts = list(distinct(kinds, epochs))
    weights = [1 / (rank + 1) for rank in range(kinds)]
    return iter(random.Random(seed).choices(texts, weights, k=count))


def write_class(folder: Path, notebooks: Iterator[str]) -> int:
    folder.mkdir(parents=True)
    number = 0
    for number, text in enumerate(notebooks, start=1):
        (folder / f"student-{number:05}.ipynb").write_text(text, encoding="utf-8")
    return number
