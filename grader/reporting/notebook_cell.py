"""A verdict in a notebook's cell: HTML with inline styles only, since notebooks strip the rest; and plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from grader.reporting.display import one_line

_WORDS = {"passed": "passed", "failed": "failed", "skipped": "skipped", "errored": "grader error"}
_SYMBOLS = {"passed": "✓", "failed": "✗", "skipped": "–", "errored": "!"}
_COLOURS = {"passed": "#1a7f37", "failed": "#cf222e", "skipped": "#6e7781", "errored": "#8250df"}


def cell_html(documents: Sequence[Mapping[str, Any]], problem: str = "") -> str:
    """One table for each exercise; status by symbol and word, never by colour alone."""
    if problem:
        return f"<p><strong>{escape(one_line(problem, 600))}</strong></p>"
    return "".join(map(_exercise, documents))


def _exercise(document: Mapping[str, Any]) -> str:
    title = document.get("title") or document["assignment"]
    if not title:
        return f"<p><strong>{escape(one_line('; '.join(document['reasons']), 600))}</strong></p>"
    rows = "".join(map(_row, document["checks"]))
    score = f"{document['score']} of {document['max_score']} points so far"
    return (
        f"<div style='margin:0.5em 0'><strong>{escape(one_line(title))}</strong>: {score}"
        f"<table style='border-collapse:collapse;margin-top:0.3em'>{rows}</table></div>"
    )


def _row(check: Mapping[str, Any]) -> str:
    status = check["status"]
    text = _coded(check["message"])
    if status == "failed" and check["hint"]:
        text += f"<br><em>Next: {_coded(check['hint'])}</em>"
    cell = "style='padding:0.2em 0.8em 0.2em 0;text-align:left;vertical-align:top'"
    mark = f"<span style='color:{_COLOURS[status]}'>{_SYMBOLS[status]} {_WORDS[status]}</span>"
    return f"<tr><td {cell}>{mark}</td><td {cell}>{escape(one_line(check['title']))}</td><td {cell}>{text}</td></tr>"


def _coded(text: str) -> str:
    """Escaped text, with what stands between backticks as code."""
    parts = escape(one_line(text, 600)).split("`")
    return "".join(
        f"<code>{part}</code>" if number % 2 and number < len(parts) - 1 else part for number, part in enumerate(parts)
    )


def cell_text(document: Mapping[str, Any]) -> str:
    """The same for a terminal."""
    title = document.get("title") or document["assignment"]
    if not title:
        return one_line("; ".join(document["reasons"]), 600)
    lines = [f"{one_line(title)}: {document['score']} of {document['max_score']} points so far"]
    for check in document["checks"]:
        mark = f"{_SYMBOLS[check['status']]} {_WORDS[check['status']]:<14}"
        lines.append(f"  {mark} {one_line(check['title'])}: {one_line(check['message'], 300)}")
        if check["status"] == "failed" and check["hint"]:
            lines.append(f"      next: {one_line(check['hint'], 300)}")
    return "\n".join(lines)
