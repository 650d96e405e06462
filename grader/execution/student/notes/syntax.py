"""Text that Python cannot read, and says why: the line to write, where one sign more or less is enough.

A line is told only if Python reads the whole text with it.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator

from ..source.rewrite import Conclusion, instead
from .failed_calls import Failed

MOST_TEXT = 100_000  # which is read again for each place that is tried
CLOSING = {"(": ")", "[": "]", "{": "}"}
MOST_TRIED = 4
GAP = re.compile(r"\s(?=\w+ ?=)")  # before a keyword; elsewhere an operator, or a colon, may be missing
CALLED_TEXT = re.compile(r"(['\"])\(")  # `Dense(20, 'sigmoid'(x)`
SEVERAL = re.compile(r"\b(inputs|outputs|loss|loss_weights)=((?:[\w.]+, *)+[\w.]+)(?=, *\w+ *=|\))")


def unreadable(failed: Failed) -> Iterator[Conclusion]:
    """The line in place of the one at which Python stops reading a source."""
    error = failed.error
    source = failed.recorder.sources.find(error.filename or "") if isinstance(error, SyntaxError) else None
    if source is None or len(source.text) > MOST_TEXT:
        return
    try:
        ast.parse(source.text)
    except SyntaxError as problem:
        lines, number = source.text.split("\n"), (problem.lineno or 1) - 1
        for line in _candidates(lines[number], problem) if number < len(lines) else ():
            if _is_read("\n".join([*lines[:number], line, *lines[number + 1 :]])):
                yield "syntax-error", instead(line.strip(), lines[number].strip())


def _candidates(here: str, error: SyntaxError) -> Iterator[str]:
    """The line with a sign more, where Python stops or at its end, with several values of an argument as a list, or
    without the sign at which it stops; none in place of one that holds nothing but signs."""
    column, code = (error.offset or 1) - 1, here.partition("#")[0].rstrip()
    bracket = re.findall(r"'([(\[{])'", error.msg)
    sign = CLOSING[bracket[0]] if bracket else ":" if "expected ':'" in error.msg else ""
    yield from (here[:place] + sign + here[place:] for place in (column, column + 1, len(code)) if sign)
    if "forgot a comma" in error.msg:
        gaps = [gap.start() for gap in GAP.finditer(here) if column <= gap.start() <= (error.end_offset or 0)]
        yield from (f"{here[:place]},{here[place:]}" for place in gaps[:MOST_TRIED])
    if "never closed" in error.msg:
        yield CALLED_TEXT.sub(r"\1)(", here)
    if "follows keyword" in error.msg:
        yield SEVERAL.sub(r"\1=[\2]", here)
    if "unmatched" in error.msg:
        yield here[:column] + here[column + 1 :]
    if code and not any(map(str.isalnum, code)):
        yield ""


def _is_read(text: str) -> bool:
    """Whether Python reads it, as code that calls no text: `Dense(20, 'sigmoid'(x))` is not what was meant."""
    with contextlib.suppress(SyntaxError):
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        return not any(isinstance(call.func, ast.Constant) for call in calls)
    return False
