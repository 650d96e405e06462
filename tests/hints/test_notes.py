"""The catalogue of notes, the command that explains them, and how they explain a failure."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import (
    CompileCall,
    Edit,
    Execution,
    Failure,
    FitCall,
    Location,
    Note,
    Outcome,
    RecordedModel,
    Step,
)
from grader.hints import EXPLANATIONS, Explanation, cause, notes, remedy

PACKAGE = Path(__file__).parents[2] / "grader"
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
# Constants that look like codes and are none.
OTHERS = {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "site-packages", "fashion-mnist"}
TREES = [ast.parse(path.read_text("utf-8")) for path in (PACKAGE / "execution" / "student").rglob("*.py")]
NODES = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Constant)]
TEXTS = {node.value for node in NODES if isinstance(node.value, str)}
OF_RUNS = {code for code, explanation in EXPLANATIONS.items() if not explanation.by_grader}


def test_only_codes_that_a_run_can_emit_are_taken_of_one() -> None:
    """They are exactly what the student's side can say of all that there is to say."""
    assert {text for text in TEXTS if CODE.fullmatch(text)} - OTHERS == OF_RUNS


def test_every_case_of_a_code_is_one_that_a_run_can_tell() -> None:
    """As the value of a key, or of the variable, that is called so; two of them are names of parameters."""
    dicts = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    values = [value for node in dicts for key, value in zip(node.keys, node.values, strict=True)
              if isinstance(key, ast.Constant) and key.value == "case"]  # fmt: skip
    lines = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    values += [line.value for line in lines if "case" in ast.unparse(line.targets[0])]
    told = {part.value for value in values for part in ast.walk(value) if isinstance(part, ast.Constant)}
    assert {case for code in OF_RUNS for case in EXPLANATIONS[code].cases} - told <= {"x", "y"}


def test_every_other_explanation_is_of_a_code_in_use() -> None:
    source = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    assert [code for code in EXPLANATIONS.keys() - OF_RUNS if f'"{code}"' not in source] == []


@pytest.mark.parametrize(("code", "explanation"), EXPLANATIONS.items(), ids=EXPLANATIONS)
def test_explanations_are_whole_sentences(code: str, explanation: Explanation) -> None:
    """A sentence ends as one, so that a correction can follow it; a story says more than the sentence."""
    assert explanation.sentence[-1] in ".:"
    assert explanation.stops in ("", "here", "fit")
    assert explanation.story.strip() not in ("", explanation.sentence)


def ran(notes: tuple[Note, ...], fit: Location | None) -> Execution:
    fits = (FitCall(1, fit, 1, 32, False, False),) if fit else ()
    calls = tuple(CompileCall(line, Location(line, 4), None, None, None, None) for line in (2, 3, 9))
    model = RecordedModel(0, "functional", "", ("model",), "", False, Location(1, 1), (), None, "", calls, fits)
    return Execution(Outcome.ERROR, 1.0, "none", models=(model,), notes=notes)


HERE, FIT = Location(2, 4), Location(5, 1)
SEVERAL = (Note("keras2-spelling", "", HERE), Note("keras2-removed", "", HERE))
NAMES = tuple(Note("unknown-name", f"Keras has nothing like `'{name}'`.", HERE) for name in ("mse_los", "adem"))
PLACES = (("metrics-count", 2), ("loss-count", 3), ("output-names", 4), ("loss-count", 9))
COMPILES = tuple(Note(code, "", Location(cell, 4)) for code, cell in PLACES)


@pytest.mark.parametrize(
    ("notes", "message", "failed", "fit", "expected"),
    [
        # Only a note of something that ends programs, and only in its line.
        (SEVERAL, "…", HERE, None, SEVERAL[1]),
        (SEVERAL, "…", Location(2, 5), None, None),
        # Keras reads the optimizer of a `compile` first, and the loss only in `fit`.
        (NAMES, "Could not interpret optimizer identifier: adem", HERE, None, NAMES[1]),
        ((Note("output-names", "", HERE), NAMES[1]), "identifier: adem", HERE, None, NAMES[1]),
        # The nearest `compile` before a `fit` that is about its model; and no other error.
        (COMPILES, "…", FIT, FIT, COMPILES[1]),
        (COMPILES, "…", FIT, None, None),
    ],
)
def test_which_note_explains_a_failure(
    notes: tuple[Note, ...], message: str, failed: Location, fit: Location | None, expected: Note | None
) -> None:
    assert cause(Failure("ValueError", message, failed), ran(notes, fit)) == expected


CHANGE = (Edit(2, "x = Dense(3)(i)", "x = Dense(3)"),)
CALLED = tuple(Note("misspelt-name", "`x` is a tensor.", Location(2, line)) for line in (4, 6, 9))
CORRECTED = tuple(Note("layer-not-called", "The layer.", Location(None, line), edits=CHANGE) for line in (3, 4))


ALSO_THERE = tuple(
    Note("argument-unknown", f"`init`, also on line {other}", Location(2, line), edits=(call, Edit(other, "k", "i")))
    for line, other, call in ((4, 6, Edit(4, "f(k=1)", "f(i=1)")), (6, 4, Edit(6, "f(k=2)", "f(i=2)")))
)


@pytest.mark.parametrize(
    ("notes", "failed", "followed", "lines"),
    [
        ((Note("output-names", "Names of the outputs: `a`.", HERE), NAMES[1], SEVERAL[0]), [HERE], (), ["`'adem'`.", "`a`."]),
        ((Note("arrays-count", "Write `[x, x]`.", HERE), Note("metrics-count", "", Location(2, 3)), Note("metrics-count", "", Location(9, 3))),
         [HERE], (), ["Write `[x, x]`.", "Cell 2, line 3: `metrics`"]),
        (CALLED, [note.location for note in CALLED], (),
         ["`x` is a tensor. The same holds in cell 2, line 6 and in cell 2, line 9."]),
        (ALSO_THERE, [note.location for note in ALSO_THERE], (), ["`init`, also on line 6"]),
        (CORRECTED, [note.location for note in CORRECTED], (), ["The layer."]),
        ((SEVERAL[1],), [HERE], (Step("Another."),), ["Cell 2, line 4: "]),
    ],
    ids=["all that ends the program in the line", "what the next fit would end with", "what holds in several lines",
         "what another note says too",
         "what one change corrects", "what follows other steps, beside the error of the first run"],
)  # fmt: skip
def test_what_is_told_of_errors(
    notes: tuple[Note, ...], failed: list[Location], followed: tuple[Step, ...], lines: list[str]
) -> None:
    failures = tuple(Failure("ValueError", "Could not interpret optimizer identifier: adem", place) for place in failed)
    execution = replace(ran(notes, None), failures=failures, followed=followed)
    told = [step.text for step in remedy(failures, execution)]
    assert [words in line for words, line in zip(lines, told, strict=True)] == [True] * len(lines)
    assert "same holds" in "".join(lines) or "same holds" not in "".join(told)


def test_what_one_change_corrects_is_done_once() -> None:
    failures = tuple(Failure("ValueError", "…", note.location) for note in CORRECTED)
    (step,) = remedy(failures, replace(ran(CORRECTED, None), failures=failures))
    assert step.edits == CHANGE


def test_an_error_that_a_program_catches_itself_is_no_remark() -> None:
    caught = Note("not-compiled", "Compile it first.", HERE)
    execution = ran((caught,), None)
    (model,) = execution.models
    assert notes.relevant_notes((caught,), model, execution) == ()
    failed = replace(execution, failures=(Failure("ValueError", "…", HERE),))
    assert notes.relevant_notes((caught,), model, failed) == (caught,)
