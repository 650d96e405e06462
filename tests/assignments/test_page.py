"""A page is not given to students while it is unfinished, contradicts the spec, or shows what they are to find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import pytest

from grader.assignments.page import page_findings
from grader.assignments.spec import load_assignments
from grader.domain import Assignment, ModelGraph
from tests.graph.networks import dense, read


def task(folder: Path, text: str, name: str = "two_inputs") -> Assignment:
    """An assignment of the tutorial, which trains for 400 epochs, with another page."""
    (folder / "README.md").write_text(text, encoding="utf-8")
    return replace(load_assignments([name])[0], folder=folder)


def told(assignment: Assignment, reference: ModelGraph | None = None) -> list[str]:
    return [f"{one.key}: {one.what}" for one in page_findings(assignment, reference)]


@pytest.mark.parametrize("line", ["TODO: Say why.", "- TODO: Say why.", "> TODO: Say why."])
def test_a_part_that_is_still_to_be_written_is_found(tmp_path: Path, line: str) -> None:
    assert told(task(tmp_path, f"# Two inputs\n\n{line}\n")) == [f"line 3: This is still to be written: {line}"]


def test_a_page_may_mention_the_marks_of_the_starter(tmp_path: Path) -> None:
    assert told(task(tmp_path, "Fill in what is marked TODO: the layers, then `compile`.\n")) == []


@pytest.mark.parametrize("text", ["Train for 300 epochs.", "Write `epochs=300`.", "Train it for 1,000 epochs."])
def test_another_number_of_epochs_than_the_recipes_is_found(tmp_path: Path, text: str) -> None:
    (what,) = told(task(tmp_path, text))
    assert what.endswith("epochs; `training.epochs` is 400.")


@pytest.mark.parametrize("text", ["Train for 400 epochs.", "After 50 epochs the curve bends; train for 400 epochs.", ""])
def test_the_right_number_may_stand_beside_others(tmp_path: Path, text: str) -> None:
    assert told(task(tmp_path, text)) == []


def answer() -> ModelGraph:
    x = keras.Input((1,))
    return read(keras.Model(x, [dense(1)(dense(24)(dense(32)(x))), dense(1)(x)]))


@pytest.mark.parametrize(
    "text", ["first  Dense, units 32\nsecond  Dense, units 24\n", "x = Dense(32)(x)\nx = Dense(24)(x)\n"]
)
def test_the_answer_to_an_open_task_is_found_on_its_page(tmp_path: Path, text: str) -> None:
    (what,) = told(task(tmp_path, text, "better_two_outputs"), answer())
    assert "the page lists the layers of the reference" in what
    assert told(task(tmp_path, text), answer()) == []  # this one is asked for


def test_an_open_task_may_name_some_of_the_layers(tmp_path: Path) -> None:
    assert told(task(tmp_path, "Begin with a `Dense(32)`.\n", "better_two_outputs"), answer()) == []
