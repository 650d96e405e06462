"""Markdown for a step summary: a table of grades, then what to fix. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.wording import Document

MAX_BYTES = 900_000  # GitHub refuses a step summary of more than 1 MiB
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:$^=]|\.(?=\w)|(?<=^\d)\.|^-)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def summary_markdown(report: Report) -> str:
    """The whole report, cut at the size limit of a step summary, with a note if it was cut."""
    lines: list[str] = []
    size = 0
    for line in _lines(report):
        size += len(line.encode()) + 1
        if size > MAX_BYTES:
            lines.append("\n*The rest is left out, because the size of a step summary is limited.*")
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def escaped(text: object, limit: int = 400) -> str:
    """One line without markup, links or table borders; what is `backquoted` becomes code."""
    parts = one_line(text, limit).split("`")
    if len(parts) % 2 == 0:
        return _escape("`".join(parts))
    return "".join(f"<code>{_escape(part)}</code>" if index % 2 else _escape(part) for index, part in enumerate(parts))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub("[&<>]", lambda match: _ENTITIES[match.group()], text))


def _lines(report: Report) -> Iterator[str]:
    yield "## Keras Functional API: grades"
    yield ""
    if report.grades:
        yield "| | Submission | Exercise | Score | Status |"
        yield "| --- | --- | --- | ---: | --- |"
    for grade in report.grades:
        mark = wording.grade_mark(grade)
        score = "" if grade["status"] == "not_graded" else f"{grade['score']} / {grade['max_score']}"
        name = escaped(grade.get("title") or grade["assignment"] or "")
        who = escaped(grade["submission"].get("who") or grade["submission"]["id"])
        yield f"| {mark.symbol} | {who} | {name} | {score} | {mark.word} |"
    for identity, name in report.not_found:
        mark = wording.GRADE_MARKS["not_found"]
        yield f"| {mark.symbol} | {escaped(identity)} | {escaped(name)} | | {mark.word} |"
    if report.missing:
        people = ", ".join(escaped(name) for name in report.missing)
        yield f"\nNot submitted ({len(report.missing)}): {people}"
    for grade in report.grades:
        if wording.has_unearned(grade) or grade["reasons"] or grade["notes"]:
            yield from _details(grade)


def _details(grade: Document) -> Iterator[str]:
    who = escaped(grade["submission"].get("who") or grade["submission"]["id"])
    yield f"\n### {who}: {escaped(grade.get('title') or grade['assignment'] or grade['submission']['path'])}"
    yield f"\n{escaped(wording.verdict(grade))}\n"
    for reason in grade["reasons"]:
        yield f"- {wording.GRADE_MARKS['needs_review'].symbol} {escaped(reason)}"
    for check in grade["checks"]:
        if check["status"] != "passed":
            yield from _check(check)
    learned = wording.how_it_learned(grade)
    if learned:
        yield f"- {escaped(learned)}"
    for note in wording.other_notes(grade):
        where = wording.location(note["cell"], note["line"])
        yield f"- note{f' ({where})' if where else ''}: {escaped(note['message'])}"


def _check(check: Document) -> Iterator[str]:
    mark = wording.CHECK_MARKS[check["status"]]
    yield f"- {mark.symbol} **{escaped(check['title'])}** ({mark.word}, {wording.points(check)})"
    message = wording.GRADER_FAULT if check["status"] == "errored" else check["message"]
    if message:
        yield f"  {escaped(message)}"
    if check["status"] == "failed":
        for label, key in (("Expected", "expected"), ("Found", "actual"), ("Next step", "hint")):
            if check[key]:
                yield f"  - {label}: {escaped(check[key])}"
