"""Which exercise the code is for, as its comments and headings say: by an id, or by the title of the exercise."""

from __future__ import annotations

import re
from collections.abc import Mapping

Marks = Mapping[str, str]  # what may be said, and the id of the exercise; first ids, then titles
DRAWN = r"#=*~_+-"  # what lines are drawn with, as in `# === exercise: two_inputs ===`
COMMENT = re.compile(rf"(?<![{DRAWN}])#[{DRAWN}]*(?:\s+[{DRAWN}]+)?\s*exercise\s*:\s*(?P<what>[^\n]*)", re.IGNORECASE)
NUMBER = re.compile(r"^(exercise_)?(\d+_)*")
ARTICLE = re.compile(r"^(a|an|the)_")
HEADING = re.compile(r"^(#{1,6})\s+(.*)")


def mark_comments(text: str, marks: Marks) -> list[tuple[int, str]]:
    """Lines of `# exercise: ID` comments with their marks; one that names no known exercise ends the last."""
    comments = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = COMMENT.search(line)
        if not match:
            continue
        title = match["what"].strip(f"\"'`.,;:{DRAWN} ")
        word = re.split(r"[\s,;(]", title, maxsplit=1)[0]
        mark = _named(title, marks) or _named(word, marks)
        if mark or re.fullmatch(r"[\w-]+", title):
            comments.append((number, mark))
    return comments


def heading_after(text: str, marks: Marks, mark: str, depth: int) -> tuple[str, int]:
    """The mark in force after a markdown cell. A heading under the marked one does not end it."""
    for line in text.splitlines():
        match = HEADING.match(line)
        if not match:
            continue
        level, new_mark = len(match[1]), mark_of_heading(match[2], marks)
        if new_mark:
            mark, depth = new_mark, level
        elif level <= depth:
            mark, depth = "", 7
    return mark, depth


def mark_of_heading(text: str, marks: Marks) -> str:
    """The exercise that a heading names: by its id as a word, or by a whole title, the exercise's own or its id's."""
    ids = {*marks.values()}.intersection(re.findall(r"\w+", text.lower()))
    return max([*sorted(ids), _named(text, marks)], key=len)


def _named(title: str, marks: Marks) -> str:
    """The exercise of this id or title, perhaps with a number before it; of several, the first."""
    whole = key_of(title)
    keys = filter(None, (whole, key_of(NUMBER.sub("", whole))))
    return next((mark for key in keys for words, mark in marks.items() if key_of(words) == key), "")


def key_of(title: str) -> str:
    """The words of a title, in any script, whatever joins them, without an article before them."""
    return ARTICLE.sub("", "_".join(re.findall(r"[^\W_]+", title.casefold())))
