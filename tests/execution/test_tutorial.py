"""The tutorial's own programs, as they stand; read from beside the repository where it lies there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.domain import Outcome, Setting

TUTORIAL = Path(__file__).parents[3] / "shared" / "tutorial.md"
pytestmark = pytest.mark.skipif(not TUTORIAL.exists(), reason="the tutorial is not beside this repository")


def test_sequential_program_runs_as_a_module(executions: Any) -> None:
    """The Sequential program runs, and its model is recorded with its compile settings."""
    execution = executions["program 0"]
    (model,) = execution.models
    assert execution.outcome is Outcome.OK
    assert model.kind == "sequential"
    assert model.variables == ("model",)
    assert [call.loss for call in model.compiles] == [Setting("mean_squared_error", {})]
    assert [(fit.epochs, fit.batch_size, fit.cut, fit.finished) for fit in model.fits] == [(400, 32, True, True)]


def test_two_output_program_runs_through_the_shim(executions: Any) -> None:
    """The last program needs two kindnesses of Keras 2, each of which is noted at its line."""
    execution = executions["program 3"]
    notes = {(note.code, note.location.line) for note in execution.notes}
    assert execution.outcome is Outcome.OK
    assert notes >= {("keras2-spelling", 6), ("keras2-spelling", 38), ("numpy-seed", 11)}


def test_all_programs_run_as_cells_of_one_notebook(executions: Any) -> None:
    """Every overwritten `model` is recorded, in its cell."""
    execution = executions["programs"]
    assert execution.outcome is Outcome.OK
    assert [(model.location.cell, model.kind) for model in execution.models] == [
        (1, "sequential"),
        (2, "functional"),
        (3, "functional"),
        (4, "functional"),
    ]
    assert all(model.variables == ("model",) for model in execution.models)
    assert {note.location.cell for note in execution.notes if note.code == "keras2-spelling"} == {3, 4}


def test_all_blocks_in_order_crash_nothing(executions: Any) -> None:
    """Cells that are output listings or fragments are named, and what was built is recorded."""
    execution = executions["all blocks"]
    failing = {failure.location.cell for failure in execution.failures}
    assert execution.outcome is Outcome.ERROR
    assert {3, 16, 19} <= failing
    assert {1, 5, 14, 18} <= {model.location.cell for model in execution.models}


def test_failures_that_no_training_explains_do_not_train(executions: Any) -> None:
    """Syntax errors and unknown names would be there after any training, so the notebook runs once."""
    assert not executions["all blocks"].full_fit
