"""How much faster the compiled loop trains than `model.fit`: `python -m benchmarks.trainer`.

Both train the same network with the same batches in one process and on one thread. `fit` is timed over a few epochs
and extrapolated to the length of the recipe, since its time grows with the number of epochs and little else; the
loop is timed at full length. Figures depend on the machine and its load, the ratio much less.
"""

from __future__ import annotations

import argparse
import os
import runpy
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import write_json
from grader.domain import DataSpec, ModelGraph, Recipe
from grader.training.host import ENVIRONMENT

os.environ.update(ENVIRONMENT)

import keras

from grader.training.engine.data import Data, Floats, make_data
from grader.training.engine.loop import Programs
from grader.training.messages import TrainingJob, training_form
from tests.graph.networks import confirmed, read

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
        compiling, loop = seconds_of_loop(confirmed(read(model)), spec, epochs)
        ratios = f"{fit / loop:>6.0f} {fit / (compiling + loop):>13.0f}"
        print(f"{name:<12} {epochs:>6} {fit:>8.1f} {compiling:>8.2f} {loop:>8.2f} {ratios}", flush=True)
        rows.append({"network": name, "epochs": epochs, "fit": fit, "compiling": compiling, "loop": loop})
    write_json(arguments.json, rows)


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


def seconds_of_loop(graph: ModelGraph, spec: DataSpec, epochs: int) -> tuple[float, float]:
    """Compiling once, and one training of full length, weights and shuffles included."""
    losses = ("mse",) * len(spec.targets)
    recipe = Recipe("rmsprop", losses, (1.0,) * len(losses), epochs, 32, "uniform")
    programs, job = Programs(), TrainingJob(training_form(graph, recipe, spec), recipe, spec, 1, epochs)

    def seconds(seed: int) -> float:
        start = time.perf_counter()
        programs.train(replace(job, seed=seed))
        return time.perf_counter() - start

    first, again = seconds(1), seconds(2)
    return first - again, again


if __name__ == "__main__":
    main()
