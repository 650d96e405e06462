"""A story as Markdown, for step summaries and for front ends of notebooks that show no HTML. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.reporting.display import code_parts, one_line
from grader.reporting.story import CheckBlock, Story

MAX_TEXT = 600  # of one sentence
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:$^=]|\.(?=\w)|(?<=^\d)\.|^-)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: object, limit: int = MAX_TEXT) -> str:
    """One line without markup, links or table borders; what is `backquoted` becomes code."""
    parts = code_parts(one_line(text, limit))
    return "".join(f"<code>{_plain(part)}</code>" if is_code else _plain(part) for part, is_code in parts)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub("[&<>]", lambda match: _ENTITIES[match.group()], text))


def head_markdown(story: Story) -> str:
    """Title, points and how it ended."""
    points = f" {story.points}," if story.points else ""
    return f"**{escaped(story.title)}**:{points} {story.mark.symbol} {story.mark.word}"


def story_markdown(story: Story) -> Iterator[str]:
    """Its blocks but for the head, each to be followed by an empty line."""
    next_step = f" **Next step.** {escaped(story.next_step)}" if story.next_step else ""
    yield f"> {escaped(story.verdict)}{next_step}"
    if story.review:
        yield f"> **Needs review.** {' '.join(map(escaped, story.review))}"
    for comment in story.comments:
        yield f"> Comment by {escaped(comment)}"
    if story.checks:
        yield "\n".join(line for check in story.checks for line in _check(check))
    for sentence in filter(None, (story.found, story.ran, story.learned)):
        yield escaped(sentence)
    if notes := [f"- {escaped(note)}" for note in story.remarks]:
        yield "\n".join(notes)


def _check(check: CheckBlock) -> Iterator[str]:
    yield f"- {check.mark.symbol} **{escaped(check.about.title)}** ({check.mark.word}, {check.points})"
    for line in check.lines:
        yield f"  - {line.label}: {escaped(line.text)}" if line.label else f"  {escaped(line.text)}"
