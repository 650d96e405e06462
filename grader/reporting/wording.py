"""What a GRADE document says, in words: the same sentences in every format."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from grader.domain.words import capital, ended, in_location
from grader.reporting.document import CheckPart, GradeDocument, SubmissionPart

TRIED = "The grader has tried all of it: your program then gets {0} of {0} points."
ALL_TRIED = "The grader has tried all of it: every exercise below then has full marks."
SOME_TRIED = "The grader has tried it: {} then {} full marks."
CELLS = "Only cells of code are counted."
COUNTED = "Line numbers are those of the file before any change, so keep to this order."


@dataclass(frozen=True)
class Mark:
    """A status as it is shown: never a colour alone, always a symbol and a word."""

    symbol: str
    ascii: str
    word: str
    tone: str


CHECK_MARKS = {
    "passed": Mark("✓", "+", "passed", "good"),
    "failed": Mark("✗", "x", "failed", "bad"),
    "skipped": Mark("–", "-", "skipped", "quiet"),
    "errored": Mark("!", "!", "grader error", "ours"),
}

GRADE_MARKS = {
    "full": Mark("✓", "+", "full marks", "good"),
    "graded": Mark("◐", "o", "graded", "plain"),
    "needs_review": Mark("?", "?", "needs review", "review"),
    "not_graded": Mark("○", "-", "not graded", "quiet"),
    "not_found": Mark("–", "-", "not found", "quiet"),
    "excused": Mark("◇", "e", "excused", "quiet"),
}

# How much of a grade is right: the least share, and its signs. What is nothing is not nearly everything.
_SHARES = ((2 / 3, "◕", "O"), (1 / 3, "◑", "o"), (1e-9, "◔", "."), (0.0, "✗", "x"))

_MATCHED_BY = {
    "mark": "by the tag, comment or heading that names its exercise",
    "name": "by its name",
    "generic": "because it is called `{name}`",
    "only model": "as the only model",
    "structure": "by its structure and compile settings",
}

RAN = {
    "ok": "The code ran from top to bottom.",
    "error": "The code raised an error",
    "timeout": "The code did not end within the time limit",
    "memory": "The code used more memory than allowed",
    "crashed": "The process ended before the code was finished",
    "unreadable": "The file could not be read",
}


def grade_mark(document: GradeDocument) -> Mark:
    """How a grade is shown; the sign says how much is right."""
    if document.status != "graded":
        return GRADE_MARKS[document.status]
    if document.score == document.max_score > 0:
        return GRADE_MARKS["full"]
    share = document.score / document.max_score if document.max_score else 0.0
    _, symbol, plain = next(entry for entry in _SHARES if share >= entry[0])
    return replace(GRADE_MARKS["graded"], symbol=symbol, ascii=plain)


def verdict(document: GradeDocument) -> str:
    """The cause that comes first, in a sentence."""
    failed = _first(document, "failed")
    if document.status == "not_graded":
        return " ".join(document.reasons)
    if not document.checks:
        return "Nothing could be checked; a person will look at this work."
    if absent := _absent_package(document):
        return absent
    if failed and document.score == document.max_score and (decided := overridden(document)):
        return decided[-1]
    if failed:
        return failed.message or f"{failed.title}: not correct yet."
    if _first(document, "errored"):
        return "The grader could not finish its work. This is not your fault."
    skipped = _first(document, "skipped")
    if skipped:
        return skipped.message or f"{skipped.title}: skipped."
    if document.status == "needs_review":
        return "Everything that could be checked is correct; a person will review the rest."
    return "Your work meets all requirements of the exercise."


def _absent_package(document: GradeDocument) -> str:
    """What a grade says that needs review because a package is not installed: no other cause is certain."""
    notes = document.notes if document.status == "needs_review" else ()
    return next((note.message for note in notes if note.code == "missing-package"), "")


def how_found(document: GradeDocument, file: str = "") -> str:
    """Which model was graded, where it was built and how it was recognised; in which file, where there are several."""
    model = document.model
    if model.outcome != "found":
        return model.reason
    where = in_location(model.location)
    how = _MATCHED_BY[model.matched_by].format(name=model.name)
    name = f"the model `{model.name}`" if model.name else "a model without a name"
    name += f" in {file}" if file else ""
    where += " (counting code cells)" if model.location.cell else ""
    facts = [name, f"built{where}" if where else "", f"chosen {how}"]
    return f"Graded: {', '.join(filter(None, facts))}."


def how_it_ran(document: GradeDocument) -> str:
    """How the execution ended, with location and message if there are any."""
    execution = document.execution
    if execution.outcome == "ok":
        return RAN["ok"]
    where = in_location(execution.location)
    limit = execution.limit or ""
    limit = f" ({limit})" if limit and limit not in execution.message else ""
    sentence = RAN[execution.outcome] + limit + where
    return ended(f"{sentence}: {execution.message}" if execution.message else sentence)


def sentence(reason: str) -> str:
    """A reason with a capital and a full stop."""
    return ended(capital(reason)) if reason else ""


def points(check: CheckPart, between: str = " / ") -> str:
    """What a check gave of what it can give; one of 0 points is only reported."""
    return f"{check.score}{between}{check.max_score}" if check.max_score else "not scored"


def overridden(document: GradeDocument) -> list[str]:
    """What a person decided in `overrides.toml`, each with who, when and why."""
    return [note.message for note in document.notes if note.code == "override"]


def not_found(names: Collection[str]) -> str:
    """Exercises that were not requested and are not there: reported, never scored."""
    return f"Not found in this submission: {', '.join(names)}. {to_be_found(names)}" if names else ""


def to_be_found(names: Iterable[str]) -> str:
    """What to write where a file has one of these all the same."""
    comments = (f"If your file builds one of them, write `# exercise: {name}` above it." for name in names)
    return next(comments, "")


def _first(document: GradeDocument, status: str) -> CheckPart | None:
    """The first check of that status; those that carry points come before those that carry none."""
    checks = [check for check in document.checks if check.status == status]
    return next((check for check in checks if check.max_score), checks[0] if checks else None)


def attempt(submission: SubmissionPart) -> str:
    """`2 of 3`; empty if there was one."""
    return f"{submission.attempt} of {submission.attempts}" if submission.attempts > 1 else ""


def about_submission(submission: SubmissionPart) -> list[str]:
    """What an LMS says about a submission, in a few words, and each decision about its files."""
    late, submitted = "late" if submission.late else "", submission.submitted and f"submitted {submission.submitted}"
    short = ", ".join(filter(None, (late, submitted, attempt(submission) and f"attempt {attempt(submission)}")))
    return [*filter(None, [short]), *submission.decisions]
