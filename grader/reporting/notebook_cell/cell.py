"""A report in a notebook's cell, in the words and the order of the student's page.

HTML has its styles written into it, since notebooks strip the rest. Text and lines have the colour of the text around
them, whatever the theme; colours that mean something have a contrast of at least three to one on white and on black.
Markdown is for front ends that show no HTML; there, networks are tables, since none of them draws SVG safely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.html import fragment
from grader.reporting.student_view import Exercise, Network
from grader.reporting.wording import Document

# White on each of these has a contrast of at least 4.5 to one, and so has each on any background but its own.
_CHIPS = {
    "good": "#1a7f37",
    "bad": "#c62828",
    "review": "#8a5a00",
    "ours": "#6f42c1",
    "quiet": "#5b6470",
    "plain": "#1c5d8c",
}
DIFFERS = "#d73a49"
_STYLES = {
    "network": "display:block;margin:0 auto;max-width:100%;height:auto;"
    "font:12px system-ui,sans-serif;text-anchor:middle",
    "wide": "min-width:26rem",
    "box": "fill:#808080;fill-opacity:.12;stroke:currentColor;stroke-opacity:.6;stroke-width:1.2",
    "input": "stroke-dasharray:4 3",
    "shared": "stroke-opacity:1;stroke-width:3",
    "shared-0": "stroke:#3b82c4",
    "shared-1": "stroke:#b7791f",
    "shared-2": "stroke:#8b6fd6",
    "shared-3": "stroke:#2f9e5b",
    "differs": f"fill:{DIFFERS};fill-opacity:.18;stroke:{DIFFERS};stroke-opacity:1;stroke-width:2.4",
    "edge": "fill:none;stroke:currentColor;stroke-opacity:.6;stroke-width:1.4",
    "tip": "fill:currentColor;fill-opacity:.7",
    "kind": "font-weight:650;font-size:13px",
    "detail": "font-size:12px",
    "name": "font-size:10.5px;fill-opacity:.8",
    "output": "fill:currentColor;font-weight:600;fill-opacity:.85",
    "flag": f"fill:{DIFFERS};font-size:16px;font-weight:700",
}
_TEXT = "stroke:none;fill:currentColor;fill-opacity:1"
_IN_A_BOX = frozenset({"kind", "detail", "name", "flag"})  # they would inherit the looks of the box
_CLASSES = re.compile(r'class="([^"<>]*)"')  # no text of a student has a quotation mark in it: it is escaped
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")  # `$` because notebooks take it for mathematics
MAX_TEXT = 600


def cell_html(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "", hint: str = "") -> str:
    """Readable on any background: text has the colour of its surroundings, and marks have a background of their own."""
    return fragment(
        "cell.html",
        exercises=exercises,
        not_found=wording.not_found(not_found),
        problem=problem,
        hint=hint,
        chips=_CHIPS,
        differs=DIFFERS,
        with_styles=with_styles,
        other_notes=wording.other_notes,
    )


def with_styles(svg: str) -> str:
    """The drawing of `draw_network` with a style in place of each class."""
    return _CLASSES.sub(lambda match: f'style="{_style(match[1].split())}"', svg)


def _style(classes: list[str]) -> str:
    inherited = [_TEXT] if _IN_A_BOX.intersection(classes) else []
    return ";".join([*inherited, *(_STYLES[name] for name in classes)])


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
        yield f"> **Needs review.** {' '.join(_coded(wording.sentence(reason)) for reason in document['reasons'])}"
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
        return escaped(exercise.told_before[check["id"]])
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
