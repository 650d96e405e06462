"""What the text of a program mentions: the modules that it imports, and the strings in it. Nothing is parsed or run.

Each pattern goes through a text once, whatever is in it: possessive quantifiers try nothing twice. Code that Python
would not accept is read as far as it looks like Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 300  # letters of a string that may be a path
MOST_STRINGS = 50_000
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
    """Names of modules as they are written: `a.b`, `.c`. Whatever is imported from one may be a module too."""
    found = {match["module"] for match in IMPORT_BY_NAME.finditer(text)}
    for match in IMPORT.finditer(STRING_OR_COMMENT.sub(" ", text)):
        if start := match["start"]:
            inside = start if start.endswith(".") else f"{start}."
            found |= {start, *(f"{inside}{name}" for name in _first_words(match["names"].strip("(")))}
        else:
            found.update(_first_words(match["modules"]))
    return frozenset(found)


def _first_words(listed: str) -> Iterator[str]:
    """`a`, `c` of `a as b, c`."""
    return (part.split()[0] for part in listed.split(",") if part.strip())


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
