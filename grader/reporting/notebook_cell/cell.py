"""A report in a notebook's cell: the blocks of the student's page, or the same as Markdown.

HTML has its styles written into it, since notebooks strip the rest. Text and lines have the colour of the text around
them, whatever the theme; colours that mean something have a contrast of at least three to one on white and on black.
Markdown is for front ends that show no HTML; there, networks are tables, since none of them draws SVG safely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.reporting import wording
from grader.reporting.formats.markdown import escaped, head_markdown, story_markdown
from grader.reporting.html import fragment
from grader.reporting.network.svg import LayerRow
from grader.reporting.student_view import Exercise, Network

# White on each of these has a contrast of at least 4.5 to one, and so has each on any background but its own.
_TONES = {
    "good": "#1a7f37",
    "bad": "#c62828",
    "review": "#8a5a00",
    "ours": "#6f42c1",
    "quiet": "#5b6470",
    "plain": "#1c5d8c",
}
_DIFFERS = "#d73a49"
_CELL = "text-align:left;vertical-align:top;white-space:normal;border:0;background:none;padding:.35em .9em .35em 0"
_TITLE = "font-weight:600;margin:1em 0 .3em"
_OF_TAG = {
    "table": "border-collapse:collapse;border:0;margin:.4em 0;width:auto;font-size:1em;table-layout:auto",
    "tr": "background:none",
    "th": f"{_CELL};font-weight:600",
    "td": _CELL,
    "p": "margin:.25em 0",
    "figure": "flex:1 1 20rem;min-width:0;max-width:min(100%,30rem);margin:0",
    "h2": "font-size:1.2em;font-weight:600",
    "h3": _TITLE,
    "dl": "margin:0",
    "dt": "opacity:.8;flex:0 0 5.5em;font-weight:400;margin:0",
    "dd": "margin:0;white-space:pre-line",
    "summary": "cursor:pointer;opacity:.8",
    "ul": "margin:.3em 0;padding-left:1.2em",
}
_OF_CLASS = {
    "notebook": "max-width:58rem;line-height:1.5;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    "font-size:14px;overflow-wrap:anywhere",
    "card": "margin:.3em 0 1.2em",
    "head": "display:flex;flex-wrap:wrap;gap:.3em 1em;align-items:baseline",
    "muted": "opacity:.8;font-weight:400",
    "small": "font-size:.9em",
    "lead": "font-weight:600",
    "num": "text-align:right;white-space:nowrap",
    "score": "font-size:1.1em;margin:0",
    "labelled": "display:flex;gap:.6em",
    "below": "display:block;font-size:.9em",
    "lines": "padding:0 0 .6em 1.1em",
    "pair": "display:flex;flex-wrap:wrap;gap:.5em 1.5em;align-items:flex-start",
    "drawing": "overflow-x:auto;padding:.4em;border-radius:8px;background:rgba(128,128,128,.08)",
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
    "differs": f"fill:{_DIFFERS};fill-opacity:.18;stroke:{_DIFFERS};stroke-opacity:1;stroke-width:2.4",
    "edge": "fill:none;stroke:currentColor;stroke-opacity:.6;stroke-width:1.4",
    "tip": "fill:currentColor;fill-opacity:.7",
    "kind": "font-weight:650;font-size:13px",
    "detail": "font-size:12px",
    "name": "font-size:10.5px;fill-opacity:.8",
    "output": "fill:currentColor;font-weight:600;fill-opacity:.85",
    "flag": f"fill:{_DIFFERS};font-size:16px;font-weight:700",
}
_WITH_TONE = {
    "chip": "display:inline-block;white-space:nowrap;padding:.05em .6em;border-radius:1em;font-size:.85em;"
    "font-weight:600;color:#fff;background:{}",
    "verdict": "margin:.6em 0;padding:.5em .9em;border-radius:6px;background:rgba(128,128,128,.13);"
    "border-left:4px solid {}",
}
_IN_A_BOX = frozenset({"kind", "detail", "name", "flag"})  # they would inherit the looks of the box
_BOX_TEXT = "stroke:none;fill:currentColor;fill-opacity:1"
# Of the page's own markup only: what a student chose is escaped, and has neither `<`, `>` nor `"`.
_TAGS = re.compile(r"<([^<>]+)>")
_CLASS = re.compile(r' class="([^"]*)"')
_OF_A_PAGE = re.compile(r' (?:id|class|headers|aria-labelledby|tabindex)="[^"]*"')
_HEADINGS = frozenset({"h2", "h3"})  # the outline of a notebook is its author's


def cell_html(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "", hint: str = "") -> str:
    """Readable on any background: text has the colour of its surroundings, and marks have a background of their own."""
    named = {"exercises": exercises, "not_found": wording.not_found(not_found), "problem": problem, "hint": hint}
    return inlined(fragment("cell.html", **named))


def inlined(html: str) -> str:
    """The blocks of a page with a style in place of each class, and without addresses, which a notebook has already."""
    return _TAGS.sub(_inlined, html)


def _inlined(match: re.Match[str]) -> str:
    tag, _, attributes = match[1].removeprefix("/").partition(" ")
    shown = "div" if tag in _HEADINGS else tag
    if match[1].startswith("/"):
        return f"</{shown}>"
    classes = found[1].split() if (found := _CLASS.search(f" {attributes}")) else []
    style = ";".join(_styles(tag, classes))
    kept = _OF_A_PAGE.sub("", f" {attributes}") if attributes else ""
    return f'<{shown} style="{style}"{kept}>' if style else f"<{shown}{kept}>"


def _styles(tag: str, classes: Sequence[str]) -> list[str]:
    tone = next((_TONES[name] for name in classes if name in _TONES), _TONES["quiet"])
    toned = [_WITH_TONE[name].format(tone) for name in classes if name in _WITH_TONE]
    tag_styles = [_OF_TAG[tag]] if tag in _OF_TAG else []
    text = [_BOX_TEXT] if _IN_A_BOX.intersection(classes) else []
    differs = [f"color:{_DIFFERS}"] if classes == ["bad"] else []
    return [*tag_styles, *text, *(_OF_CLASS[name] for name in classes if name in _OF_CLASS), *toned, *differs]


def cell_markdown(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "") -> str:
    """The same words as in HTML."""
    parts = [escaped(problem)] if problem else []
    for exercise in exercises:
        parts += [head_markdown(exercise.story), *story_markdown(exercise.story), *map(_network, exercise.networks)]
        if exercise.differs:
            parts.append("Rows marked ≠ show where your network differs from the expected one.")
    parts += [escaped(wording.not_found(not_found))] if not_found else []
    return "\n\n".join(parts)


def _network(network: Network) -> str:
    """The rows that the page shows below its drawing."""
    title = f"**{network.title}**: {escaped(network.summary)}"
    return "\n".join([title, "", "| | Layer | Name | Reads from |", "|:--|:--|:--|:--|", *map(_row, network.rows)])


def _row(row: LayerRow) -> str:
    shared = f"shared, call {row.shared}" if row.shared else ""
    layer = ", ".join(filter(None, (f"{row.kind} {row.details}".strip(), shared, row.role)))
    cells = ("≠" if row.differs else "", escaped(layer), escaped(row.name), escaped(row.reads or "(an input)"))
    return f"| {' | '.join(cells)} |"
