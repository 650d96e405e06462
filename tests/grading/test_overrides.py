"""What a person settles stays settled, as long as the file is the one that was looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.spec import load_assignments
from grader.domain import CheckResult, Execution, Grade, GradeStatus, ModelMatch, Outcome, Status, Submission
from grader.errors import UsageError
from grader.grading.overrides import apply_overrides, load_overrides

ENTRY = """
[[overrides]]
submission = "anna"
sha256 = "{sha256}"
assignment = "two_inputs"
check = "{check}"
score = 1
reason = "trained by hand, learns well"
who = "A. Instructor"
when = 2026-11-24
"""


def grade() -> Grade:
    (assignment,) = load_assignments(["two_inputs"])
    learns = next(check for check in assignment.checks if check.id == "learns")
    result = CheckResult(learns, Status.FAILED, 0, "The network does not learn.", review="borderline")
    submission = Submission("anna", "anna", Path("anna.py"), None, "abc")
    execution = Execution(Outcome.OK, 1.0, "none")
    return Grade(
        submission,
        assignment,
        execution,
        ModelMatch("found"),
        (result,),
        None,
        ("borderline",),
        GradeStatus.NEEDS_REVIEW,
    )


def overridden(tmp_path: Path, sha256: str = "abc", check: str = "learns") -> Grade:
    path = tmp_path / "overrides.toml"
    path.write_text(ENTRY.format(sha256=sha256, check=check), encoding="utf-8")
    return apply_overrides(grade(), load_overrides(path))


def test_an_override_settles_a_check(tmp_path: Path) -> None:
    """The score is the person's, the review is over, and the report says who did it and why."""
    settled = overridden(tmp_path)
    assert (settled.score, settled.status, settled.reasons) == (1, GradeStatus.GRADED, ())
    assert "A. Instructor" in settled.results[0].message
    assert [note.code for note in settled.notes] == ["override"]


@pytest.mark.parametrize(("sha256", "check"), [("other", "learns"), ("abc", "nothing")])
def test_an_override_of_something_else_is_flagged(tmp_path: Path, sha256: str, check: str) -> None:
    """A changed submission, or a check that is not there, is for a person again."""
    flagged = overridden(tmp_path, sha256, check)
    assert (flagged.score, flagged.status) == (0, GradeStatus.NEEDS_REVIEW)
    assert any("override" in reason for reason in flagged.reasons)


def test_an_override_that_gives_more_than_the_check_has_is_flagged(tmp_path: Path) -> None:
    """A typing mistake gives no points away."""
    path = tmp_path / "overrides.toml"
    path.write_text(ENTRY.format(sha256="abc", check="learns").replace("score = 1", "score = 9"), encoding="utf-8")
    settled = apply_overrides(grade(), load_overrides(path))
    assert settled.score == 0
    assert "gives `learns` 9 points, but it has at most 1" in settled.reasons[-1]


def test_a_mistake_names_file_and_key(tmp_path: Path) -> None:
    """Unknown keys are refused."""
    path = tmp_path / "overrides.toml"
    path.write_text(ENTRY.format(sha256="abc", check="learns").replace("reason", "raeson"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"overrides\.toml: entry 1 of \[\[overrides\]\]: `reason`: field required"):
        load_overrides(path)


def test_an_assignment_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """It is named with the one that was meant, and never passed over."""
    path = tmp_path / "overrides.toml"
    path.write_text(ENTRY.format(sha256="abc", check="learns"), encoding="utf-8")
    assert load_overrides(path, assignments=["two_inputs", "one_input"]).overrides
    path.write_text(path.read_text().replace('"two_inputs"', '"two_input"'), encoding="utf-8")
    with pytest.raises(UsageError, match="there is no assignment `two_input`; did you mean `two_inputs`"):
        load_overrides(path, assignments=["two_inputs", "one_input"])


def test_no_file_is_no_override(tmp_path: Path) -> None:
    """Most runs have none."""
    assert apply_overrides(replace(grade()), load_overrides(tmp_path / "overrides.toml")) == grade()
