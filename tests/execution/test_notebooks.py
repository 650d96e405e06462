"""Notebooks as students leave them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from grader.domain import Execution, Outcome
from grader.execution.student import kernel
from tests.execution.conftest import Executions


@pytest.fixture
def execution(executions: Executions) -> Execution:
    return executions("term_notebook/work.ipynb")


def failures(execution: Execution) -> dict[int | None, str]:
    return {failure.location.cell: failure.type for failure in execution.failures}


def test_goes_on_after_failing_cells_and_names_them(execution: Execution) -> None:
    """Each by its number among all code cells, empty ones included; the first failure is the message."""
    assert failures(execution) == {
        5: "ZeroDivisionError",
        8: "SystemExit",
        9: "SystemExit",
        11: "ModuleNotFoundError",
        15: "FileNotFoundError",
        18: "SyntaxError",
    }
    assert (execution.outcome, execution.message) == (Outcome.ERROR, "ZeroDivisionError: division by zero")
    assert execution.failures[0].location.line == 2


def test_helper_module_and_data_file_travel_along(execution: Execution) -> None:
    assert 1 not in failures(execution)
    assert {model.location.file for model in execution.models} >= {"helpers.py"}


@pytest.mark.parametrize(
    ("units", "mark"),
    [(1, "one_input"), (2, "one_input"), (3, "two_inputs"), (4, "three_inputs"), (5, "shared_layer"), (6, "")],
)
def test_model_has_the_mark_in_whose_reach_it_was_built(execution: Execution, units: int, mark: str) -> None:
    """Headings reach over their sub-headings, tags beat headings, comments beat tags."""
    marks = [model.marks for model in execution.models if model.config and units_of(model.config) == units]
    assert marks == [(mark,) if mark else ()]


def units_of(config: Any) -> int:
    return int(config["layers"][-1]["config"]["units"])


def test_model_in_a_timed_cell_is_found_at_its_line(execution: Execution) -> None:
    """`%%time` takes the first line away from the compiler, not from the student."""
    (model,) = [model for model in execution.models if model.config and units_of(model.config) == 2]
    assert (model.location.cell, model.location.line, model.variables) == (4, 3, ("model",))


def test_installers_do_nothing_and_hurt_nothing(execution: Execution) -> None:
    """`!pip uninstall keras` in one notebook must not reach the environment that grades the others."""
    contents = [output.content for output in execution.outputs if output.cell == 6]
    assert 6 not in failures(execution)
    assert contents[0].count("installed while the grader runs") == 3


def test_stand_in_gives_no_verdict(execution: Execution) -> None:
    """`check(model)` is truthy, shows a neutral sentence, and the rest of the package is not there."""
    contents = [output.content for output in execution.outputs if output.cell == 10]
    assert contents == ["The grader checks this model after the whole submission has run; see its report."]
    assert failures(execution)[11] == "ModuleNotFoundError"


def test_outputs_are_bounded_and_pictures_kept(execution: Execution) -> None:
    """Three million characters are cut; a later figure is kept all the same."""
    text = sum(len(output.content) for output in execution.outputs if output.kind != "png")
    assert text <= 512 * 1024
    assert [output.cell for output in execution.outputs if output.kind == "png"] == [19]


def test_figures_plotted_against_the_epochs_asked_for_are_drawn(executions: Executions) -> None:
    """A history of a cut fit has the length of a full one, validation included."""
    execution = executions("plots_history.ipynb")
    assert execution.outcome is Outcome.OK, execution.message
    assert not execution.full_fit
    # Matplotlib may say that it builds its font cache where a home is new.
    assert [output.kind for output in execution.outputs if output.kind != "text"] == ["png"]


@pytest.mark.parametrize(
    ("limit", "shown", "kept"),
    [(10, ["é" * 7], ["é" * 5]), (10, ["abc"], ["abc"]), (10**6, ["a"] * 2_100, ["a"] * 2_000)],
)
def test_what_is_shown_beyond_the_limit_is_said_to_be_cut(limit: int, shown: list[str], kept: list[str]) -> None:
    """Counted in bytes of UTF-8; and in outputs, of which each is about another cell here."""
    recorder = SimpleNamespace(job={"limits": {"output_bytes": limit}}, outputs=[], cut=None)
    outputs = kernel.Outputs(recorder)
    for cell, text in enumerate(shown, start=1):
        outputs.keep(cell, "text", text)
    assert [output["content"] for output in recorder.outputs] == kept
    assert (recorder.cut is not None) == (shown != kept)
