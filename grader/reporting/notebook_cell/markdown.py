"""A report as Markdown, for front ends that show no HTML; networks are tables, since none of them draws SVG safely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.student_view import Exercise, Network
from grader.reporting.wording import Document

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")  # `$` because notebooks take it for mathematics
MAX_TEXT = 600


def cell_markdown(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "") -> str:
    """The same words as in HTML."""
    parts = [_coded(problem)] if problem else []
    parts += ["\n\n".join(_exercise(exercise)) for exercise in exercises]
    parts += [escaped(wording.not_found(not_found))] if not_found else []
    return "\n\n".join(parts)


def escaped(text: object) -> str:
    """One line in which nothing is markup."""
    return _escape(one_line(text, MAX_TEXT))


def _coded(text: object) -> str:
    """The same with what stands between backticks as code; a `|` in it would end the cell of a table."""
    parts = one_line(text, MAX_TEXT).split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join(
        f"`{part}`" if index % 2 and part.strip() and "|" not in part else _escape(part)
        for index, part in enumerate(parts)
    )


def _escape(line: str) -> str:
    return _SPECIAL.sub(r"\\\1", line)


def _exercise(exercise: Exercise) -> Iterator[str]:
    document = exercise.document
    score = "" if document["status"] == "not_graded" else f" {document['score']} / {document['max_score']},"
    title = escaped(document["title"] or "This file was not graded")
    yield f"**{title}**:{score} {exercise.mark.symbol} {exercise.mark.word}"
    next_step = f" **Next step.** {_coded(exercise.next_step)}" if exercise.next_step else ""
    yield f"> {_coded(exercise.verdict)}{next_step}"
    if document["status"] == "needs_review":
        yield f"> **Needs review.** {' '.join(map(_coded, document['reasons']))}"
    if document["checks"]:
        rows = [_row(check, exercise) for check in document["checks"]]
        yield "\n".join(["| Check | Result | Points | Why |", "|:--|:--|--:|:--|", *rows])
    for network in exercise.networks:
        yield _network(network)
    if exercise.differs:
        yield "Rows marked ≠ show where your network differs from the expected one."
    for sentence in filter(None, (exercise.found, exercise.learned)):
        yield _coded(sentence)
    for note in wording.other_notes(document):
        where = wording.location(note["cell"], note["line"])
        yield f"Note `{note['code']}`{f' ({where})' if where else ''}: {_coded(note['message'])}"


def _row(check: Document, exercise: Exercise) -> str:
    mark = wording.CHECK_MARKS[check["status"]]
    cells = [escaped(check["title"]), f"{mark.symbol} {mark.word}", wording.points(check), _why(check, exercise)]
    return f"| {' | '.join(cells)} |"


def _why(check: Document, exercise: Exercise) -> str:
    if check["status"] == "passed" and not check["review"]:
        return ""
    if check["id"] in exercise.told_before:
        return "For the same reason as above."
    if check["status"] == "errored":
        return wording.GRADER_FAULT
    parts = [_coded(check["message"])]
    if check["status"] == "failed":
        named = (("Expected", check["expected"]), ("Found", check["actual"]), ("Next step", check["hint"]))
        parts += [f"{name}: {_coded(text)}" for name, text in named if text]
    return "<br>".join(filter(None, parts))


def _network(network: Network) -> str:
    """The rows that the page shows below its drawing."""
    rows = [
        f"| {'≠' if row.differs else ''} | {_layer(row.kind, row.details, row.shared, row.role)} "
        f"| {escaped(row.name)} | {escaped(row.reads or '(an input)')} |"
        for row in network.rows
    ]
    title = f"**{network.title}**: {escaped(network.summary)}"
    return "\n".join([title, "", "| | Layer | Name | Reads from |", "|:--|:--|:--|:--|", *rows])


def _layer(kind: str, details: str, shared: str, role: str) -> str:
    shared = f"shared, call {shared}" if shared else ""
    return escaped(", ".join(filter(None, (f"{kind} {details}".strip(), shared, role))))
