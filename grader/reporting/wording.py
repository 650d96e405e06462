"""What a GRADE document says, in words: the same sentences in every format."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeAlias

from grader.domain import METRICS, MSE, Location, Metric
from grader.domain.words import counted, ended, in_location, listed
from grader.reporting.display import number

_ENDS = re.compile(r"[.;,]?(?:\s|$)")
_NAMED = re.compile(r"`[^`]+`(?: \([^()]*\))?")  # a layer, with its location

Document: TypeAlias = "Mapping[str, Any]"


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
    "not_submitted": Mark("∅", "-", "not submitted", "quiet"),
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
    "argument": "because you passed it to `check`",
}

_RAN = {
    "ok": "The code ran from top to bottom.",
    "error": "The code raised an error",
    "timeout": "The code did not end within the time limit",
    "memory": "The code used more memory than allowed",
    "crashed": "The process ended before the code was finished",
    "unreadable": "The file could not be read",
}


GRADER_FAULT = "The grader could not finish this check. This is not your fault; a person will look at it."


def grade_mark(document: Document) -> Mark:
    """How a grade is shown; the sign says how much is right."""
    if document["status"] != "graded":
        return GRADE_MARKS[document["status"]]
    if document["score"] == document["max_score"] > 0:
        return GRADE_MARKS["full"]
    share = document["score"] / document["max_score"] if document["max_score"] else 0.0
    _, symbol, plain = next(one for one in _SHARES if share >= one[0])
    return replace(GRADE_MARKS["graded"], symbol=symbol, ascii=plain)


def title_of(document: Document) -> str:
    """What a grade is about: its exercise, or its file where none was recognised."""
    return str(document.get("title") or document["assignment"] or document["submission"]["path"])


def verdict(document: Document) -> str:
    """The cause that comes first, in a sentence; the next step is `next_step`."""
    failed = _first(document, "failed")
    if document["status"] == "not_graded":
        return " ".join(document["reasons"]) or how_it_ran(document)
    if absent := _absent_package(document):
        return absent
    if failed and document["score"] == document["max_score"] and (decided := overridden(document)):
        return decided[-1]
    if failed:
        return str(failed["message"]) or f"{failed['title']}: not correct yet."
    if _first(document, "errored"):
        return "The grader could not finish its work. This is not your fault."
    skipped = _first(document, "skipped")
    if skipped:
        return str(skipped["message"]) or f"{skipped['title']}: skipped."
    if document["status"] == "needs_review":
        return "Everything that could be checked is correct; a person will review the rest."
    return "Your work meets all requirements of the exercise."


def next_step(document: Document) -> str:
    """What to do about the verdict, where there is something to do."""
    told = _first(document, "failed") or (None if _first(document, "errored") else _first(document, "skipped"))
    ours = document["status"] == "not_graded" or _absent_package(document)
    return str(told["hint"]) if told and not ours else ""


def _absent_package(document: Document) -> str:
    """What a grade says that needs review because a package is not installed: no other cause is certain."""
    notes = document["notes"] if document["status"] == "needs_review" else ()
    return next((str(note["message"]) for note in notes if note["code"] == "missing-package"), "")


def location(cell: int | None, line: int | None, file: str = "") -> str:
    """`cell 3, line 7`; empty where nothing is known."""
    return str(Location(cell, line, file))


def how_found(document: Document, file: str = "") -> str:
    """Which model was graded, where it was built and how it was recognised; in which file, where there are several."""
    model = document["model"]
    if model["outcome"] != "found":
        return str(model["reason"]) or "No model was found for this exercise."
    where = in_location(Location(model["cell"], model["line"]))
    how = _MATCHED_BY.get(model["matched_by"], "").format(name=model["name"])
    name = f"the model `{model['name']}`" if model["name"] else "a model without a name"
    name += f" in {file}" if file else ""
    facts = [name, f"built{where}" if where else "", f"chosen {how}" if how else ""]
    sentence = f"Graded: {', '.join(fact for fact in facts if fact)}."
    return f"{sentence} {model['reason']}" if model["reason"] else sentence


def how_it_ran(document: Document) -> str:
    """How the execution ended, with location and message if there are any."""
    execution = document["execution"]
    if execution["outcome"] == "ok":
        return _RAN["ok"]
    where = in_location(Location(execution["cell"], execution["line"]))
    limit = execution["limit"] or ""
    limit = f" ({limit})" if limit and limit not in execution["message"] else ""
    sentence = _RAN[execution["outcome"]] + limit + where
    return ended(f"{sentence}: {execution['message']}" if execution["message"] else sentence)


def how_it_learned(document: Document) -> str:
    """`Learned in 2 of 3 runs, at about epoch 425.`, and what was seen where that is not enough; empty without runs."""
    training = document["training"]
    if not training or not training["runs"]:
        return str(training.get("message") or "") if training else ""
    runs = training["runs"]
    hits = [run["hit_epoch"] for run in runs if run.get("hit_epoch")]
    often = f"Learned in {len(hits)} of {counted(len(runs), 'run')}"
    if hits:
        enough = "" if training.get("outcome") != "missed" else ", which is too few"
        return f"{often}, at about epoch {round(median(hits))}{enough}."
    metrics = [METRICS.get(name, MSE) for name in training.get("metric") or ["mse"] * len(training["threshold"])]
    best = " and ".join(
        f"{metric.best} {metric.noun} {number(_best(runs, head, metric))}" for head, metric in enumerate(metrics)
    )
    if len(set(metrics)) == 1:
        figures = " and ".join(number(_best(runs, head, metrics[0])) for head in range(len(metrics)))
        best = f"{metrics[0].best} {metrics[0].noun} {figures}"
    goals = " and ".join(number(goal) for goal in training["threshold"])
    near = " This is too close to the threshold to decide." if training.get("outcome") == "borderline" else ""
    return f"{often}: {best}, threshold {goals}.{near}{diagnosis(document)}"


def diagnosis(document: Document) -> str:
    """The diagnosis of the training, as a sentence that begins with its name; empty if there is none."""
    training = document["training"]
    seen = [training.get("diagnosis"), *(run["diagnosis"] for run in training["runs"])]
    found = next((str(words) for words in seen if words), "").rstrip(".")
    return f" {found[:1].upper()}{found[1:]}." if found else ""


def sentence(reason: str) -> str:
    """A reason with a capital and a full stop."""
    return ended(f"{reason[:1].upper()}{reason[1:]}") if reason else ""


def points(check: Document, between: str = " / ") -> str:
    """What a check gave of what it can give; one of 0 points is only reported."""
    return f"{check['score']}{between}{check['max_score']}" if check["max_score"] else "not scored"


def explained(check: Document) -> str:
    """What a check found: a line for each of message, expected, found and next step, or that the fault is ours."""
    if check["status"] == "errored":
        return GRADER_FAULT
    lines = [check["message"]]
    if check["status"] == "failed":
        labelled = (("Expected", "expected"), ("Found", "actual"), ("Next step", "hint"))
        lines += [f"{label}: {check[key]}" for label, key in labelled if check[key]]
    return "\n".join(line for line in lines if line)


def blamed(document: Document, check: Document) -> Document:
    """Where a failed check points to: its first difference whose place is known, else the model."""
    found: Document = next((one for one in check.get("differences", ()) if one["line"] is not None), document["model"])
    return found


def told_before(checks: Sequence[Document]) -> dict[str, str]:
    """By id, the checks that failed for reasons that earlier checks already gave, and a sentence that names these.

    The first of the reasons comes with the same next step.
    """
    told: list[Document] = []
    repeated: dict[str, str] = {}
    for check in checks:
        first = next((one for one in told if _tells_all_of(one, check)), None)
        if check["status"] in ("failed", "skipped") and first is not None and _is_told(check, told):
            others = [one for one in told if _tells_of(one, check)]
            titles = list(dict.fromkeys(f'"{one["title"]}"' for one in (first, *others)))
            repeated[str(check["id"])] = f"For the same reason{'s' if len(titles) > 1 else ''} as {listed(titles)}."
        else:
            told.append(check)
    return repeated


def _tells_all_of(earlier: Document, check: Document) -> bool:
    """Whether an earlier check says and advises the same, perhaps with more after it."""
    pairs = [(str(earlier[key]), str(check[key])) for key in ("message", "hint")]
    same = earlier["status"] == check["status"]
    return same and all(said == text or _begins_with(said, text) for said, text in pairs)


def _is_told(check: Document, told: Sequence[Document]) -> bool:
    """Whether each difference that a check found is one that an earlier check gave, so that a page may leave it out."""
    found = [one for one in check.get("differences", ()) if one["message"]]
    if len(found) < 2 or check.get("actual") == "":  # its message names the layers of all of them
        return True
    return all(any(_tells_of(one, {"differences": [each]}) for one in told) for each in found)


def _begins_with(said: str, text: str) -> bool:
    """Whether a text begins with another one, as a whole."""
    start = text.removesuffix(".")
    return bool(start) and said.startswith(start) and _ENDS.match(said, len(start)) is not None


def _tells_of(earlier: Document, check: Document) -> bool:
    """Whether a failed check gave one of the differences of another one, perhaps with more layers named."""
    said = str(earlier["message"])
    found = [str(one["message"]) for one in check.get("differences", ()) if one["message"]]
    # The heads have words of their own for what is wrong with the layer of an output.
    heads = [one[0] for one in map(_NAMED.search, found) if one] if earlier["kind"] == "heads" else []
    tells = any(_begins_with(said, one) for one in found) or any(name in said for name in heads)
    return earlier["status"] == "failed" and tells


def other_notes(document: Document) -> list[Document]:
    """The notes that no check shows as its next step; what a person wrote stands apart."""
    hints = {check["hint"] for check in document["checks"]}
    return [note for note in document["notes"] if note["message"] not in hints and note["code"] != "comment"]


def comments(document: Document) -> list[str]:
    """What persons wrote to the student, each with their name."""
    return [str(note["message"]) for note in document["notes"] if note["code"] == "comment"]


def notes_shown(document: Document) -> list[Document]:
    """All notes of `note_groups`, in their order."""
    return [note for _, _, notes in note_groups(document) for note in notes]


def note_groups(document: Document) -> list[tuple[str, str, list[Document]]]:
    """The notes with a heading and a line below it: those that points were lost for, and mere remarks."""
    notes = other_notes(document)
    lost = [note for note in notes if note.get("costs")]
    rest = [note for note in notes if not note.get("costs")]
    free = "" if document["status"] == "not_graded" else "These do not cost points."
    cost = "You lost points above because of these."
    groups = [("More about what went wrong", cost, lost), ("Worth knowing", free, rest)]
    return [group for group in groups if group[2]]


def overridden(document: Document) -> list[str]:
    """What a person decided in `overrides.toml`, each with who, when and why."""
    return [str(note["message"]) for note in document["notes"] if note["code"] == "override"]


def has_unearned(document: Document) -> bool:
    """Whether some check is not passed."""
    return any(check["status"] != "passed" for check in document["checks"])


def _best(runs: list[Document], head: int, metric: Metric) -> float | None:
    """The best figure of a head; documents of before there was a choice have the mean squared error alone."""
    reached = [run.get("values") or run["mse"] for run in runs]
    finite = [values[head] for values in reached if head < len(values) and values[head] is not None]
    return (max if metric.rises else min)(finite, default=None)


def files_graded(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Each file that grades come from, once, with the start of its SHA-256."""
    files = {(one["submission"]["path"], one["submission"]["sha256"][:12]): None for one in documents}
    return list(files)


def not_found(names: Collection[str]) -> str:
    """Exercises that were not requested and are not there: reported, never scored."""
    return f"Not found in this submission: {', '.join(names)}." if names else ""


def _first(document: Document, status: str) -> Document | None:
    """The first check of that status; those that carry points come before those that carry none."""
    found = [check for check in document["checks"] if check["status"] == status]
    return next((check for check in found if check["max_score"]), found[0] if found else None)


def attempt(submission: Document) -> str:
    """`2 of 3`, or that each attempt was graded; empty if there was one."""
    attempts = submission.get("attempts", 1)
    if attempts < 2:
        return ""
    return f"{submission['attempt']} of {attempts}" if submission.get("attempt") else f"best of {attempts}"


def group_title(title: str, causes: Sequence[str]) -> str:
    """What an answer group is about, where its other causes are not listed: two groups may have the first in common."""
    return f"{title} (and {len(causes) - 1} more)" if len(causes) > 1 else title


def about_submission(submission: Document) -> list[str]:
    """What an LMS says about a submission, in a few words, and each decision about its files."""
    times = f"submitted {submission['submitted']}" if submission.get("submitted") else ""
    late = "late" if submission.get("late") else ""
    said = remarks(submission)
    attempts = said[:1] if attempt(submission) else []
    short = ", ".join(part for part in (late, times, *attempts) if part)
    return [*([short] if short else []), *said[len(attempts) :]]


def remarks(submission: Document) -> list[str]:
    """Which attempt was graded, and each decision about the files: what is not alike for everybody."""
    graded = [f"attempt {attempt(submission)}"] if attempt(submission) else []
    return [*graded, *submission.get("decisions", ())]
