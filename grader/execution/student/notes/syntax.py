"""Text that Python cannot read: what its message means, and the line to write where one sign more or less is enough.

Rare messages are Python's own. A line is told only if Python reads the whole text with it.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator

from ..source.rewrite import Conclusion, NoteValues, instead
from .failed_calls import Failed

MOST_TEXT = 100_000  # which is read again for each place that is tried
CLOSING = {"(": ")", "[": "]", "{": "}"}
MOST_TRIED = 4
GAP = re.compile(r"\s(?=\w+ ?=)")  # before a keyword; elsewhere an operator, or a colon, may be missing
CALLED_TEXT = re.compile(r"(['\"])\(")  # `Dense(20, 'sigmoid'(x)`
SEVERAL = re.compile(r"\b(inputs|outputs|loss|loss_weights)=((?:[\w.]+, *)+[\w.]+)(?=, *\w+ *=|\))")
# A part of Python's message, how the words for it are called, and the sign that is missing, or that is too many.
TABLE = (
    ("expected ':'", "colon", ":"),
    ("was never closed", "brackets", ""),
    ("does not match opening", "brackets", ""),
    ("unmatched '", "brackets", ""),
    ("forgot a comma", "comma", ","),
    ("unterminated ", "quote", ""),
    ("invalid character", "straight", ""),
    ("Maybe you meant '=='", "compare", ""),
    ("Missing parentheses in call to 'print'", "print", ""),
    ("positional argument follows keyword", "named", ""),
    ("expected an indented block", "block", ""),
    ("unexpected indent", "deeper", ""),
    ("unindent does not match", "between", ""),
    ("inconsistent use of tabs", "tabs", ""),
)


def unreadable(failed: Failed) -> Iterator[Conclusion]:
    """Why Python cannot read a source, by the first row that knows its message."""
    error = failed.error
    source = failed.recorder.sources.find(error.filename or "") if isinstance(error, SyntaxError) else None
    if source is None or len(source.text) > MOST_TEXT:
        return
    try:
        ast.parse(source.text)
    except SyntaxError as problem:
        row = next((row for row in TABLE if row[0] in problem.msg), None)
        if row and problem.lineno and problem.offset:
            match = re.search(r" on line (\d+)$", problem.msg)
            details: NoteValues = {
                "case": row[1],
                "of": source.location(int(match[1]) if match else problem.lineno)["line"],
            }
            yield "syntax-error", {**details, **_with_one_sign(source.text.split("\n"), problem, row[2])}
        elif _is_stray(lines := source.text.split("\n"), number := (problem.lineno or 1) - 1):
            yield "syntax-error", {"case": "stray", "gone": lines[number].strip()}


def _is_stray(lines: list[str], number: int) -> bool:
    """Whether a line holds nothing but signs, and Python reads the rest without it."""
    if number >= len(lines) or not lines[number].strip() or any(map(str.isalnum, lines[number])):
        return False
    with contextlib.suppress(SyntaxError):
        ast.parse("\n".join([*lines[:number], *lines[number + 1 :]]))
        return True
    return False


def _with_one_sign(lines: list[str], error: SyntaxError, sign: str) -> NoteValues:
    """The line with a sign more, where Python stops or at its end, with several values of an argument as a list, or
    without the sign at which it stops."""
    number, column = (error.lineno or 1) - 1, (error.offset or 1) - 1
    here, bracket = lines[number], re.findall(r"'([(\[{])'", error.msg)
    code = here.partition("#")[0].rstrip()
    sign = CLOSING[bracket[0]] if bracket else sign
    gaps = [gap.start() for gap in GAP.finditer(here) if column <= gap.start() <= (error.end_offset or 0)]
    places = gaps[:MOST_TRIED] if sign == "," else (column, column + 1, len(code)) if sign else ()
    candidates = [here[:place] + sign + here[place:] for place in places]
    candidates += [CALLED_TEXT.sub(r"\1)(", here)] if "never closed" in error.msg else []
    candidates += [SEVERAL.sub(r"\1=[\2]", here)] if "follows keyword" in error.msg else []
    for line in (*candidates, here[:column] + here[column + 1 :] if "unmatched" in error.msg else here):
        with contextlib.suppress(SyntaxError):
            tree = ast.parse("\n".join([*lines[:number], line, *lines[number + 1 :]]))
            if not any(isinstance(node, ast.Call) and isinstance(node.func, ast.Constant) for node in ast.walk(tree)):
                return instead(line.strip(), here.strip())
    return {}
