"""What the text of a program mentions: the modules that it imports, and the strings in it. Nothing is parsed or run.

Each pattern goes through a text once, whatever is in it: possessive quantifiers try nothing twice. Code that Python
would not accept is read as far as it looks like Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

LONGEST = 300  # letters of a string that may be a path, and of a module's name
MOST_STRINGS = 50_000
MOST_MODULES = 5_000
STRING_OR_COMMENT = re.compile(
    r"""
    \#[^\n]*+
    | (?P<quotes>\"{3}|'{3})(?P<long>(?:(?!(?P=quotes))[^\\]|\\.)*+)(?P=quotes)?
    | "(?P<double>(?:[^"\\\n]|\\.)*+)"?
    | '(?P<single>(?:[^'\\\n]|\\.)*+)'?
    """,
    re.VERBOSE | re.DOTALL,
)
IMPORT = re.compile(
    r"\bfrom[ \t]++(?P<start>[\w.]++)[ \t]++import\b[ \t]*+(?P<names>\([^()]*+|[\w \t,]*+)"
    r"|\bimport[ \t]++(?P<modules>[\w., \t]++)"
)
IMPORT_BY_NAME = re.compile(r"""(?:import_module|__import__|run_module)\s*+\(\s*+["'](?P<module>[\w.]++)["']""")
MAGIC = re.compile(r"^[ \t]*+[%!](?P<words>[^\n]++)", re.MULTILINE)


def imported(text: str) -> frozenset[str]:
    """What of a module's name finds it: `a` for `a.b.c`, `.c` for `.c.d`, and for `from . import c`."""
    found = {match["module"] for match in IMPORT_BY_NAME.finditer(text)}
    for match in IMPORT.finditer(STRING_OR_COMMENT.sub(" ", text)):
        start = match["start"] or ""
        if start.strip("."):
            found.add(start)
        elif len(start) <= LONGEST:
            listed = match["names"].strip("(") if start else match["modules"]
            found |= {start + name for name in _first_words(listed)}
        if len(found) > MOST_MODULES:
            break
    return frozenset(map(_found_by, islice(found, MOST_MODULES))) - {""}


def _found_by(module: str) -> str:
    """The dots before it, and its first part; nothing if no file can have that name."""
    bare = module.lstrip(".")
    first = bare.partition(".")[0]
    dots = len(module) - len(bare)
    return "." * dots + first if len(first) + dots <= LONGEST else ""


def _first_words(listed: str) -> Iterator[str]:
    """`a`, `c` of `a as b, c`."""
    return (part.split(None, 1)[0] for part in listed.split(",") if part.strip())


def strings(text: str) -> tuple[str, ...]:
    """Strings that may be paths, as they are written, and the words of commands such as `%run plots.py`."""
    found: dict[str, None] = {}
    for match in STRING_OR_COMMENT.finditer(text):
        string = match["double"] or match["single"] or match["long"] or ""
        if 0 < len(string) <= LONGEST and string.isprintable():
            found[string] = None
            if len(found) >= MOST_STRINGS:
                break
    for match in MAGIC.finditer(text):
        command, *words = match["words"].split() or [""]
        modules = (f"{word}.py" for word in words if command in ("run", "load"))
        found |= dict.fromkeys(word for word in (*words, *modules) if len(word) <= LONGEST and word.isprintable())
    return tuple(found)
