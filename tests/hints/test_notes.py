"""The catalogue of notes, the command that explains them, and how they explain a failure."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from grader.domain import (
    Check,
    CheckResult,
    CompileCall,
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
from tests.terminal import grader

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


def test_the_catalogue_has_the_codes_that_are_used() -> None:
    side = constants(PACKAGE / "execution" / "student")
    used = constants(PACKAGE) | {"override"}
    assert (side - EXPLANATIONS.keys(), EXPLANATIONS.keys() - used) == (set(), set())


@pytest.mark.parametrize(("code", "explanation"), EXPLANATIONS.items(), ids=EXPLANATIONS)
def test_explanations_are_whole_sentences(code: str, explanation: Explanation) -> None:
    """A sentence ends as one, so that a correction can follow it; a story says more than the sentence."""
    assert explanation.sentence[-1] in ".:"
    assert explanation.stops in ("", "here", "fit")
    assert explanation.story.strip() not in ("", explanation.sentence)


def test_explain_tells_the_story_of_a_code_and_lists_all_without_one() -> None:
    told = grader("explain", "numpy-seed").stdout
    assert told.startswith("numpy-seed\n")
    assert "keras.utils.set_random_seed(7)" in told
    assert [line.split()[0] for line in grader("explain").stdout.splitlines()] == list(EXPLANATIONS)
    missed = grader("explain", "numpy-sed")
    assert (missed.returncode, "did you mean `numpy-seed`?" in missed.stderr) == (2, True)


def ran(notes: list[Note], failed: Location, fit: Location | None = None) -> Execution:
    fits = (FitCall(1, fit, 1, 32, (), (), False, False),) if fit else ()
    calls = tuple(CompileCall(line, Location(line, 4), None, None, None, None) for line in (2, 3, 9))
    model = RecordedModel(0, "functional", "Functional", ("model",), "", False, Location(1, 1), (), None, "", calls, fits)
    return Execution(
        Outcome.ERROR, 1.0, "none", models=(model,), failures=(Failure("ValueError", "…", failed),), notes=tuple(notes)
    )


def explained(*arguments: Any) -> str:
    execution = ran(*arguments)
    found = cause(execution.failures[0], execution)
    return found.code if found else ""


def test_note_in_the_failing_line_explains_the_failure() -> None:
    """Only a note of something that ends programs, and only in its line."""
    notes = [Note("numpy-seed", "", Location(2, 4)), Note("keras2-removed", "", Location(2, 4))]
    assert explained(notes, Location(2, 4)) == "keras2-removed"
    assert explained(notes, Location(2, 5)) == ""


def test_of_two_unknown_names_the_one_in_the_error_explains_it() -> None:
    """Keras reads the optimizer of a `compile` first, and the loss only in `fit`."""
    notes = [Note("unknown-name", f"Keras has nothing like `'{name}'`.", Location(2, 4)) for name in ("mse_los", "adem")]
    execution = ran(notes, Location(2, 4))
    failure = Failure("ValueError", "Could not interpret optimizer identifier: adem", Location(2, 4))
    assert cause(failure, execution) == notes[1]


def test_note_at_compile_explains_the_fit_that_fails() -> None:
    """The nearest before it that is about its model; and no other error."""
    places = [("metrics-count", 2, 4), ("loss-count", 3, 4), ("output-names", 4, 4), ("loss-count", 9, 4)]
    notes = [Note(code, "", Location(cell, line)) for code, cell, line in places]
    assert explained(notes, Location(5, 1), Location(5, 1)) == "loss-count"
    assert explained(notes, Location(5, 1)) == ""


@pytest.mark.parametrize(("message", "code"), [("invalid literal for int() with base 10: ''", "input-answered"), ("no", "")])
def test_a_number_that_nobody_typed_is_explained_where_it_is_needed(message: str, code: str) -> None:
    """`input()` stands in another line than the `int()` that fails."""
    execution = ran([Note("input-answered", "", Location(1, 1))], Location(2, 4))
    found = cause(Failure("ValueError", message, Location(2, 4)), execution)
    assert (found.code if found else "") == code


def test_the_cause_of_each_failure_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many notes ask for it: each looks at all trainings."""
    asked: list[Failure] = []
    monkeypatch.setattr(notes, "cause", lambda failure, execution: asked.append(failure))
    failures = tuple(Failure("ValueError", "x", Location(line=line)) for line in range(30))
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=failures)
    runs = CheckResult(Check("runs", "runs", "It runs", 1), Status.FAILED, 0, "it does not")
    remarks = [Note("unknown-name", f"name{line}", Location(line=line)) for line in range(50)]
    assert len(list(notes.with_costs(remarks, [runs], execution))) == 50
    assert asked == list(failures)
