"""What a person settles stays settled, as long as the file is the one that was looked at."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import AnswerGroup, Grade, GradeStatus, Origin, Status, Student
from grader.errors import UsageError
from grader.grading.overrides import append, apply_overrides, entry_text, flags, load_overrides
from tests.reporting.grades import grade_of

ENTRY = """
[[overrides]]
submission = "anna"
sha256 = "{sha256}"
assignment = "two_inputs"
check = "{check}"
score = {score}
reason = "trained by hand, learns well"
who = "A. Instructor"
when = 2026-11-24
"""

COMMENT = """
[[comments]]
assignment = "two_inputs"
{about}
text = "Draw the figure first."
who = "A. Instructor"
when = 2026-11-24
"""


def grade() -> Grade:
    good = grade_of("good", "anna", "anna")
    result = replace(good.results[-1], status=Status.FAILED, score=0, review="borderline")
    submission = replace(good.submission, sha256="abc")
    changes = {"submission": submission, "results": (result,), "reasons": ("borderline",), "notes": ()}
    return replace(good, status=GradeStatus.NEEDS_REVIEW, **changes)


def settled_by(tmp_path: Path, text: str, graded: Grade) -> Grade:
    (tmp_path / "overrides.toml").write_text(text, encoding="utf-8")
    return apply_overrides(graded, load_overrides(tmp_path / "overrides.toml"))


def entry(sha256: str = "abc", check: str = "learns", score: int = 1) -> str:
    return ENTRY.format(sha256=sha256, check=check, score=score)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("reason", "raeson", r"overrides\.toml: entry 1 of \[\[overrides\]\]: `reason`: field required"),
        ("[[overrides]]", COMMENT.format(about="") + "[[overrides]]", "either a `submission` or a `group`"),
        ('"two_inputs"', '"two_input"', "there is no assignment `two_input`; did you mean `two_inputs`"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text(entry(), encoding="utf-8")
    assert load_overrides(path, assignments=["two_inputs", "one_input"]).overrides
    path.write_text(path.read_text().replace(right, wrong), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        load_overrides(path, assignments=["two_inputs", "one_input"])


GROUP = "3f2a90c1d4be"
FOR_ALL = """
[[group_overrides]]
assignment = "two_inputs"
group = "3f2a90c1d4be"
check = "learns"
score = 1
reason = "the data were wrong"
who = "A. Instructor"
when = 2026-11-24
members = ["anna", "ben"]
"""


def in_group(digest: str = GROUP) -> Grade:
    return replace(grade(), group=AnswerGroup(digest, "It does not learn.", ("It does not learn.",), "learning"))


GRADE = grade()
ERRORED = replace(GRADE, results=(replace(GRADE.results[0], status=Status.ERRORED),))
BUSY = replace(GRADE, execution=replace(GRADE.execution, undecided="the machine was busy"))
OPEN, SETTLED = GradeStatus.NEEDS_REVIEW, GradeStatus.GRADED


@pytest.mark.parametrize(
    ("text", "graded", "score", "status", "reason"),
    [
        ("", GRADE, 0, OPEN, "borderline"),
        (entry(), GRADE, 1, SETTLED, ""),
        (entry(check="review"), BUSY, 0, SETTLED, ""),
        (entry(check="total"), GRADE, 1, SETTLED, ""),
        (entry(check="total"), ERRORED, 1, SETTLED, ""),
        (FOR_ALL, in_group(), 1, SETTLED, ""),
        (FOR_ALL, in_group("0" * 12), 0, OPEN, "borderline"),
        (FOR_ALL, GRADE, 0, OPEN, "borderline"),
        (FOR_ALL + entry(score=0), in_group(), 0, SETTLED, ""),
        (entry(sha256="other"), GRADE, 0, OPEN, "override"),
        (entry(check="nothing"), GRADE, 0, OPEN, "override"),
        (entry(score=9), GRADE, 0, OPEN, "gives `learns` 9 points, but it has at most 1"),
        (entry(check="total", score=11), GRADE, 0, OPEN, "it has at most 10"),
    ],
    ids=["none", "a check", "a grade as it stands", "a total", "a total of an error", "a group", "another group",
         "no group", "one before its group", "another file", "no such check", "too much", "too much in all"],
)  # fmt: skip
def test_an_override_settles_what_it_is_about_or_is_flagged(
    tmp_path: Path, text: str, graded: Grade, score: int, status: GradeStatus, reason: str
) -> None:
    """A review that is over has no reasons, and a note that says so; no override changes a group."""
    settled = settled_by(tmp_path, text, graded)
    assert (settled.score, settled.status, settled.group) == (score, status, graded.group)
    assert reason in " ".join(settled.reasons)
    if status is SETTLED:
        assert settled.reasons == ()
        assert [note.code for note in settled.notes] == ["override"]
        assert "A. Instructor" in settled.notes[0].detail


def test_what_a_person_has_decided_is_no_promise_of_full_marks(tmp_path: Path) -> None:
    """The grader has tried the steps by its own points."""
    leading = replace(grade(), leads_to_full_marks=True)
    assert not settled_by(tmp_path, entry(), leading).leads_to_full_marks
    assert settled_by(tmp_path, "", leading).leads_to_full_marks


@pytest.mark.parametrize(
    ("about", "told", "flagged"),
    [
        ('group = "3f2a90c1d4be"', True, False),
        ('submission = "anna"\nsha256 = "abc"', True, False),
        ('submission = "ben"\nsha256 = "abc"', False, False),
        ('submission = "anna"\nsha256 = "older"', False, True),
        ('submission = "anna"', False, True),
    ],
    ids=["a group", "this file", "another file", "another version", "no version"],
)
def test_a_comment_becomes_a_note_or_is_flagged_to_staff_alone(
    tmp_path: Path, about: str, *, told: bool, flagged: bool
) -> None:
    """It may be about somebody else, who had this id; it changes no score, so no grade waits for a person."""
    settled = settled_by(tmp_path, COMMENT.format(about=about), in_group())
    assert [note.detail for note in settled.notes] == ["A. Instructor: Draw the figure first."] * told
    assert (settled.score, settled.status, settled.reasons) == (0, GradeStatus.NEEDS_REVIEW, grade().reasons)
    overrides = load_overrides(tmp_path / "overrides.toml")
    words = 'the comment by A. Instructor is not about this version of the file: if it is meant, write sha256 = "abc"'
    seen = {("two_inputs", "anna"): GROUP}
    assert [*flags(overrides, seen, {"anna": "abc", "ben": "abc"})] == [f"anna, two_inputs: {words}"] * flagged


@pytest.mark.parametrize("text", [entry(), COMMENT.format(about='submission = "anna"')])
def test_what_is_about_a_submission_that_is_gone_is_flagged(tmp_path: Path, text: str) -> None:
    """Whoever gives a file another name stops nobody; an id that never was is a mistake in the file."""
    path = tmp_path / "overrides.toml"
    path.write_text(text, encoding="utf-8")
    (flag,) = flags(load_overrides(path, {"anna", "anna-v2"}), {}, {"anna-v2": "abc"})
    assert flag.startswith("anna, two_inputs: the ")
    assert "no such submission now" in flag
    assert list(flags(load_overrides(path), {}, {"anna": None})) == []
    with pytest.raises(UsageError, match="there is no submission `anna`; did you mean `ann`"):
        load_overrides(path, {"ann"})


EXCUSED = '[[excused]]\nsubmission = "{who}"\nassignment = "two_inputs"\n{hashed}\n'
ANNA = Student("Anna Bo", "4711", "anna@example.edu")


@pytest.mark.parametrize(
    ("who", "hashed", "students", "excused"),
    [
        ("anna", 'sha256 = "abc"', (), ("anna",)),
        ("anna", 'sha256 = "older"', (), ()),
        ("anna", "", (), ()),
        ("anna", "", (Student(id="Anna"),), ("anna",)),
        ("4711", "", (ANNA,), ("anna",)),
        ("ANNA@example.edu", "", (ANNA,), ("anna",)),
        ("anna bo", "", (ANNA,), ("anna",)),
        ("4711", 'sha256 = "older"', (ANNA,), ()),
        ("ben", "", (ANNA,), ("ben",)),
    ],
)
def test_an_excuse_holds_for_a_file_or_for_a_person(
    tmp_path: Path, who: str, hashed: str, students: tuple[Student, ...], excused: tuple[str, ...]
) -> None:
    """Never for whoever has got the id of another; an excuse that does not hold is flagged."""
    (tmp_path / "overrides.toml").write_text(EXCUSED.format(who=who, hashed=hashed), encoding="utf-8")
    overrides = load_overrides(tmp_path / "overrides.toml")
    graded = replace(grade(), submission=replace(grade().submission, origin=Origin(students=students)))
    assert overrides.excuses([graded.submission]) == tuple((student, "two_inputs") for student in excused)
    flagged = any(reason.startswith("the excuse") for reason in apply_overrides(graded, overrides).reasons)
    assert flagged == (who == "anna" and not excused)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"anna": GROUP, "cleo": GROUP}, []),
        ({"anna": GROUP, "ben": None}, ["does not apply any more to ben, no longer in the group"]),
        ({"anna": None}, ["the group no longer exists"]),
    ],
    ids=["joined or withdrawn", "left", "gone"],
)
def test_a_group_that_has_changed_is_flagged(tmp_path: Path, groups: dict[str, str | None], words: list[str]) -> None:
    (tmp_path / "overrides.toml").write_text(FOR_ALL, encoding="utf-8")
    seen = {("two_inputs", who): group for who, group in groups.items()}
    flagged = list(flags(load_overrides(tmp_path / "overrides.toml"), seen, {}))
    assert len(flagged) == len(words)
    assert all(word in flag for word, flag in zip(words, flagged, strict=True))


def test_a_decision_is_added_and_nothing_else_changes(tmp_path: Path) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text("# ours\n" + FOR_ALL, encoding="utf-8")
    reason = 'a "quoted" \\ reason\nin two lines\x7f'
    values = {"submission": "anna", "sha256": "abc", "assignment": "two_inputs", "check": "learns", "score": 0,
              "reason": reason, "who": "A", "when": datetime.date(2026, 11, 24)}  # fmt: skip
    append(path, entry_text("overrides", values))
    assert path.read_text("utf-8").startswith("# ours\n" + FOR_ALL.rstrip())
    assert [override.reason for override in load_overrides(path).overrides] == [reason]


def test_a_decision_that_does_not_fit_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text(FOR_ALL, encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be added"):
        append(path, entry_text("overrides", {"submission": "anna"}))
    assert path.read_text("utf-8") == FOR_ALL
