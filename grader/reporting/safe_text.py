"""Text from a submission, made safe to show: no control characters, terminal codes or hidden reordering.

Whoever writes a submission chooses its layer names, its output and its error messages. Everything that is
shown goes through here once, whatever the format; escaping for the format itself comes after it. Templates clean and
escape whatever they print.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.domain import Output
from grader.domain.words import counted

# Joiners (U+200C, U+200D) stay: Indic and Arabic names need them, and they reorder nothing.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_STACKED_MARKS = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
_SPACES = re.compile(r"\s+")
# Commands to GitHub's runner: `::name ...::` at the start of a line of its log, and `##[name]` anywhere.
_WORKFLOW_COMMANDS = re.compile(r"(:)(:(?=[A-Za-z-]+(?:\s.*?)?::))|(#)(#\[)", re.DOTALL)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~@:$^=]|\.(?=\w)|(?<=^\d)\.|^-)")
_TEMPLATES = Path(__file__).parent / "templates"
MAX_OUTPUTS = 30
MAX_PICTURES = 6
MAX_PICTURE = 400_000  # characters of base64
MAX_TEXT_LINES, MAX_TEXT = 40, 4000


def clean(text: str) -> str:
    """Show what is hidden, or commands a terminal, as `<U+202E>`; lines and tabs stay. Idempotent."""
    if text.isascii() and text.isprintable():  # as most texts are, and a class has very many
        return text
    visible = _HIDDEN.sub(lambda match: f"<U+{ord(match.group()):04X}>", text.replace("\r\n", "\n"))
    return _STACKED_MARKS.sub(r"\1", visible)


def one_line(text: object, limit: int = 200) -> str:
    """Clean text on a single line of at most `limit` characters."""
    return shorten(_SPACES.sub(" ", clean(str(text)[: limit * 8])).strip(), limit)


def without_commands(text: str) -> str:
    """Text for a log without any workflow command, wherever lines may be broken."""
    return _WORKFLOW_COMMANDS.sub(lambda match: " ".join(filter(None, match.groups())), text)


def code_parts(text: str) -> list[tuple[str, bool]]:
    """The parts of a text, and which of them are code because they are `backquoted`."""
    parts = text.split("`")
    return [(text, False)] if len(parts) % 2 == 0 else [(part, place % 2 == 1) for place, part in enumerate(parts)]


LONGEST = 1_500  # characters of what a check says: a next step must not be cut


def markdown(text: object) -> str:
    """One line without markup, links or table borders; what is `backquoted` becomes code."""
    parts = code_parts(one_line(text, LONGEST))
    return "".join(f"<code>{_unmarked(part)}</code>" if is_code else _unmarked(part) for part, is_code in parts)


def _unmarked(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, an ellipsis showing where it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def first_lines(text: str, lines: int, limit: int) -> str:
    """The beginning of a longer text, saying how much was left out."""
    cleaned = clean(text[: limit * 8])
    kept = "\n".join(cleaned.split("\n")[:lines])[:limit].rstrip()
    return kept if len(kept) >= len(cleaned.rstrip()) and len(text) <= limit * 8 else f"{kept}\n…"


def last_lines(text: str, lines: int, limit: int) -> str:
    """The end of a longer text, where a traceback says what went wrong."""
    cleaned = clean(text[-limit * 8 :]).strip("\n")
    kept = "\n".join(cleaned.split("\n")[-lines:])[-limit:]
    return kept if len(kept) == len(cleaned) else f"…\n{kept}"


def shown_outputs(outputs: Sequence[Output]) -> Iterator[tuple[int | None, str, str]]:
    """The first outputs, made safe to show: a cell, and its text or a picture as a data address.

    A picture is one that `execution.recording` has let through; there is a placeholder for those that are too large.
    """
    visible = [output for output in outputs if output.kind == "png" or output.content.strip()]
    pictures = 0
    for output in visible[:MAX_OUTPUTS]:
        if output.kind != "png":
            yield output.cell, first_lines(output.content, MAX_TEXT_LINES, MAX_TEXT), ""
        elif pictures < MAX_PICTURES and len(output.content) <= MAX_PICTURE:
            pictures += 1
            yield output.cell, "", f"data:image/png;base64,{output.content}"
        else:
            yield output.cell, "(picture left out)", ""
    if len(visible) > MAX_OUTPUTS:
        yield None, "The rest of the output is left out.", ""


def fragment(template: str, **context: Any) -> str:
    """What a template makes: a page, or a part of one for a place that has a style and a policy of its own."""
    return _environment().get_template(template).render(**context)


@cache
def source(name: str) -> str:
    """A style sheet or a script, as it is in `templates`."""
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else clean(str(value)),
    )
    environment.filters.update(counted=counted, code=_code, clean=clean, md=lambda text: Markup(markdown(text)))
    return environment


def _code(text: str, lines: Any = None) -> Markup:
    """Text in which `backquoted` parts become code, and those `lines` that the page shows links; all of it escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if is_code else _linked(part, lines)
        for part, is_code in code_parts(clean(text))
    )


def _linked(text: str, lines: Any) -> Markup:
    pieces, done = [], 0
    for start, end, place in lines.named_in(text) if lines else ():
        pieces += [escape(text[done:start]), Markup('<a href="#{}">{}</a>').format(lines.at(place), text[start:end])]
        done = end
    return Markup("").join([*pieces, escape(text[done:])])
