"""The catalogue of notes, the command that explains them, and how they explain a failure."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import (
    Check,
    CheckResult,
    CompileCall,
    Edit,
    Execution,
    Failure,
    FitCall,
    Location,
    Note,
    Outcome,
    RecordedModel,
    Status,
)
from grader.hints import EXPLANATIONS, Explanation, cause, notes

PACKAGE = Path(__file__).parents[2] / "grader"
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
# Constants that look like codes and are none.
OTHERS = {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "site-packages", "fashion-mnist"}


def constants(folder: Path) -> set[str]:
    """Every text in the sources that has the form of a code."""
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if CODE.fullmatch(text)} - OTHERS


def test_every_code_is_explained_and_every_explanation_is_of_a_code_in_use() -> None:
    assert constants(PACKAGE / "execution" / "student") - EXPLANATIONS.keys() == set()
    assert EXPLANATIONS.keys() - constants(PACKAGE) == {"override"}


@pytest.mark.parametrize(("code", "explanation"), EXPLANATIONS.items(), ids=EXPLANATIONS)
def test_explanations_are_whole_sentences(code: str, explanation: Explanation) -> None:
    """A sentence ends as one, so that a correction can follow it; a story says more than the sentence."""
    assert explanation.sentence[-1] in ".:"
    assert explanation.stops in ("", "here", "fit", "below")
    assert explanation.story.strip() not in ("", explanation.sentence)


def ran(notes: tuple[Note, ...], fit: Location | None) -> Execution:
    fits = (FitCall(1, fit, 1, 32, False, False),) if fit else ()
    calls = tuple(CompileCall(line, Location(line, 4), None, None, None, None) for line in (2, 3, 9))
    model = RecordedModel(
        0, "functional", "Functional", ("model",), "", False, Location(1, 1), (), None, "", calls, fits
    )
    return Execution(Outcome.ERROR, 1.0, "none", models=(model,), notes=notes)


HERE, FIT = Location(2, 4), Location(5, 1)
SEVERAL = (Note("keras2-spelling", "", HERE), Note("keras2-removed", "", HERE))
NAMES = tuple(Note("unknown-name", f"Keras has nothing like `'{name}'`.", HERE) for name in ("mse_los", "adem"))
PLACES = (("metrics-count", 2), ("loss-count", 3), ("output-names", 4), ("loss-count", 9))
COMPILES = tuple(Note(code, "", Location(cell, 4)) for code, cell in PLACES)
ANSWERED = (Note("input-answered", "", Location(1, 1)),)


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
        # `input()` stands in another line than the `int()` that fails.
        (ANSWERED, "invalid literal for int() with base 10: ''", HERE, None, ANSWERED[0]),
        (ANSWERED, "no", HERE, None, None),
    ],
)
def test_which_note_explains_a_failure(
    notes: tuple[Note, ...], message: str, failed: Location, fit: Location | None, expected: Note | None
) -> None:
    assert cause(Failure("ValueError", message, failed), ran(notes, fit)) == expected


def test_all_that_ends_a_program_in_the_line_of_a_failure_is_told() -> None:
    """Else the next run would show it."""
    keys = Note("output-names", "Names of the outputs: `a`.", HERE)
    failure = Failure("ValueError", "Could not interpret optimizer identifier: adem", HERE)
    lines = notes.remedy([failure], ran((keys, NAMES[1], SEVERAL[0]), None)).splitlines()
    assert [line.endswith(end) for line, end in zip(lines, ("`'adem'`.", "`a`."), strict=True)] == [True, True]


def test_what_the_next_fit_would_end_with_is_told_with_its_line() -> None:
    fed = Note("arrays-count", "Write `[x, x]` in place of `x`.", HERE)
    metrics = Note("metrics-count", "", Location(2, 3))
    elsewhere = Note("metrics-count", "", Location(9, 3))
    failure = Failure("ValueError", "…", HERE)
    lines = notes.remedy([failure], ran((fed, metrics, elsewhere), None)).splitlines()
    assert [line.partition(" need")[0] for line in lines][1:] == ["Cell 2, line 3: `metrics`"]


def test_what_holds_in_several_lines_is_told_once() -> None:
    called = [Note("tensor-called", "`x` is a tensor.", Location(2, line)) for line in (4, 6, 9)]
    failures = [Failure("TypeError", "…", note.location) for note in called]
    (text,) = notes.remedy(failures, replace(ran(tuple(called), None), failures=tuple(failures))).splitlines()
    assert text.endswith("`x` is a tensor. The same holds in cell 2, line 6 and in cell 2, line 9.")


def test_what_one_change_corrects_in_several_lines_is_told_without_these() -> None:
    change = (Edit(2, "x = Dense(3)(i)", "x = Dense(3)"),)
    called = [Note("layer-not-called", "The layer.", Location(None, line), edits=change) for line in (3, 4)]
    failures = [Failure("ValueError", "…", note.location) for note in called]
    execution = replace(ran(tuple(called), None), failures=tuple(failures))
    assert notes.remedy([failures[0]], execution).endswith("The layer.")
    assert notes.next_to_follow(execution) == called[:1]


def test_a_step_that_follows_others_has_its_place() -> None:
    """The error that a page shows is that of the first run."""
    failure = Failure("ValueError", "Could not interpret optimizer identifier: adem", HERE)
    later = replace(ran((SEVERAL[1],), None), failures=(failure,), followed=(NAMES[1],))
    assert notes.remedy([failure], later).startswith("Cell 2, line 4: ")


def test_the_cause_of_each_failure_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many notes ask for it: each looks at all trainings."""
    calls: list[Failure] = []
    monkeypatch.setattr(notes, "cause", lambda failure, execution: calls.append(failure))
    failures = tuple(Failure("ValueError", "x", Location(line=line)) for line in range(30))
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=failures)
    runs = CheckResult(Check("runs", "runs", "It runs", 1), Status.FAILED, 0, "it does not")
    remarks = [Note("unknown-name", f"name{line}", Location(line=line)) for line in range(50)]
    assert len(list(notes.with_costs(remarks, [runs], execution))) == 50
    assert calls == list(failures)


def test_an_error_that_a_program_catches_itself_is_no_remark() -> None:
    caught = Note("merge-widths", "These are 32 and 20 wide.", HERE)
    model = RecordedModel(0, "functional", "", (), "", False, Location(), (), None, "")
    execution = ran((caught,), None)
    assert notes.relevant_notes((caught,), model, execution) == ()
    failed = replace(execution, failures=(Failure("ValueError", "…", HERE),))
    assert notes.relevant_notes((caught,), model, failed) == (caught,)
