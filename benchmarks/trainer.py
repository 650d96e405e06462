"""How much faster the compiled loop trains than `model.fit`: `python -m benchmarks.trainer`.

Both train the same network with the same batches in one process and on one thread. `fit` is timed over a few epochs
and extrapolated to the length of the recipe, since its time grows with the number of epochs and little else; the
loop is timed at full length. Figures depend on the machine and its load, the ratio much less.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import time
from pathlib import Path

from benchmarks.measure import write_json
from grader.domain import DataSpec, ModelGraph, Recipe
from grader.training.host import ENVIRONMENT

os.environ.update(ENVIRONMENT)

import keras
import numpy as np

from grader.domain.assignment import CHECKPOINT_EPOCHS
from grader.graph import Rejection, parse
from grader.training.engine.build import describe
from grader.training.engine.data import Data, Floats, make_data
from grader.training.engine.loop import Program
from grader.training.engine.widening import widened
from grader.training.messages import training_form
from grader.training.trainer import described

REFERENCES = Path(__file__).parent.parent / "reference_solutions"
FIT_EPOCHS = 10
CASES = {
    "one_input": (DataSpec(("x",), ("sin",)), 400),
    "two_inputs": (DataSpec(("x", "x"), ("sin",)), 400),
    "two_outputs": (DataSpec(("x",), ("sin", "exp")), 300),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    print(f"keras {keras.__version__}; fit is extrapolated from {FIT_EPOCHS} epochs")
    print(
        f"{'network':<12} {'epochs':>6} {'fit, s':>8} {'compile':>8} {'loop, s':>8} {'ratio':>6} {'with compile':>13}"
    )
    for name, (spec, epochs) in CASES.items():
        model, data = runpy.run_path(str(REFERENCES / f"{name}.py"))["build_model"](), make_data(spec)
        fit = _seconds_of_fit(model, data) * epochs / FIT_EPOCHS
        compiling, loop = seconds_of_loop(graph_of(model), spec, data, epochs)
        ratios = f"{fit / loop:>6.0f} {fit / (compiling + loop):>13.0f}"
        print(f"{name:<12} {epochs:>6} {fit:>8.1f} {compiling:>8.2f} {loop:>8.2f} {ratios}", flush=True)
        rows.append({"network": name, "epochs": epochs, "fit": fit, "compiling": compiling, "loop": loop})
    write_json(arguments.json, rows)


def graph_of(model: keras.Model) -> ModelGraph:
    graph = parse(json.loads(model.to_json())["config"])
    assert not isinstance(graph, Rejection)
    return described(graph, describe(graph))


def _seconds_of_fit(model: keras.Model, data: Data) -> float:
    """The tutorial's own `fit`, validation included, after a first epoch that compiles."""
    x_train, y_train, x_val, y_val = map(_alone, (data.x_train, data.y_train, data.x_val, data.y_val))

    def fit(epochs: int) -> None:
        model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_data=(x_val, y_val), verbose=0)

    fit(1)
    start = time.perf_counter()
    fit(FIT_EPOCHS)
    return time.perf_counter() - start


def _alone(arrays: list[Floats]) -> list[Floats] | Floats:
    return arrays if len(arrays) > 1 else arrays[0]


def seconds_of_loop(graph: ModelGraph, spec: DataSpec, data: Data, epochs: int) -> tuple[float, float]:
    """Compiling once, and one training of full length, weights and shuffles included."""
    losses = ("mse",) * len(spec.targets)
    recipe = Recipe("rmsprop", losses, (1.0,) * len(losses), epochs, 32, "uniform")
    samples = len(data.x_train[0])
    start = time.perf_counter()
    network = widened(training_form(graph, recipe, spec), spec.inputs, recipe.optimizer)
    program = Program(network, recipe, data)
    program.run(np.zeros((0, samples), np.int32))
    compiled = time.perf_counter()
    program.start(network, 1)
    shuffles = np.random.default_rng(1)
    for _ in range(0, epochs, CHECKPOINT_EPOCHS):
        order = [shuffles.permutation(samples) for _ in range(CHECKPOINT_EPOCHS)]
        program.run(np.stack(order).astype(np.int32))
    return compiled - start, time.perf_counter() - compiled


if __name__ == "__main__":
    main()
