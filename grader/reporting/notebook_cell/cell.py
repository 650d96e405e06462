"""A report in a notebook's cell: the blocks of the student's page, or the same as Markdown.

HTML has its styles written into it, since notebooks strip the rest. Markdown is for front ends that show no HTML;
there, networks are tables, since none of them draws SVG safely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from grader.reporting import wording
from grader.reporting.html import fragment, markdown_fragment, source
from grader.reporting.student_view import Exercise

# Of the page's own markup only: what a student chose is escaped, and has neither `<`, `>` nor `"`.
_TAGS = re.compile(r"<([^<>]+)>")
_CLASS = re.compile(r' class="([^"]*)"')
_OF_A_PAGE = re.compile(r' (?:id|class|headers|aria-labelledby|tabindex)="[^"]*"')
_HEADINGS = frozenset({"h2", "h3"})  # the outline of a notebook is its author's
_RULES = re.compile(r"^([^{}/*\n]+)\{([^{}]+)\}$", re.MULTILINE)


def cell_html(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "", hint: str = "") -> str:
    """Readable on any background: text has the colour of its surroundings, and marks have a background of their own."""
    named = {"exercises": exercises, "not_found": wording.not_found(not_found), "problem": problem, "hint": hint}
    return _TAGS.sub(_inlined, fragment("cell.html", **named))


def _inlined(match: re.Match[str]) -> str:
    """A tag with a style in place of its classes, and without addresses, which a notebook has already."""
    tag, _, attributes = match[1].removeprefix("/").partition(" ")
    shown = "div" if tag in _HEADINGS else tag
    if match[1].startswith("/"):
        return f"</{shown}>"
    classes = found[1].split() if (found := _CLASS.search(f" {attributes}")) else []
    names = {tag, *(f".{name}" for name in classes)}
    style = ";".join(style for selector, style in _rules() if selector <= names)
    kept = _OF_A_PAGE.sub("", f" {attributes}") if attributes else ""
    return f'<{shown} style="{style}"{kept}>' if style else f"<{shown}{kept}>"


@cache
def _rules() -> tuple[tuple[frozenset[str], str], ...]:
    """The style sheet: the tag and the classes that an element must have, and its style."""
    rules = [(one, style) for selectors, style in _RULES.findall(source("cell.css")) for one in selectors.split(",")]
    return tuple((frozenset(re.findall(r"\.?[\w-]+", selector)), style) for selector, style in rules)


def cell_markdown(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "") -> str:
    """The same words as in HTML."""
    named = {"exercises": exercises, "not_found": wording.not_found(not_found), "problem": problem}
    return markdown_fragment("cell.md", **named).strip()
