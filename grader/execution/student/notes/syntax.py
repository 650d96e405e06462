"""Text that Python cannot read, and says why: the lines to write, where a sign or other spaces in each are enough.

Errors are mended one after another, from the top. Lines are told only if Python reads the whole text with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ..source.statements import syntax_error
from ..source.written_calls import Conclusion, elsewhere, spaced, together
from .failed_calls import Failed

MOST_TEXT = 20_000  # which is read again for each change that is tried
MOST_MENDED = 6
MOST_MOVED = 20  # lines at once
MOST_TRIED = 24
INDENT = 4
CLOSING = {"(": ")", "[": "]", "{": "}"}
STRING = re.compile(r"'[^']*'|\"[^\"]*\"|#.*")
# Before a keyword, or in a list between two names; elsewhere an operator, or a colon, may be missing.
GAP = re.compile(r"\s(?=\w+ ?=)|(?<=\w)\s(?=[^\W\d][^[]*\])")
CALLED_TEXT = re.compile(r"(['\"])\(")  # `Dense(20, 'sigmoid'(x)`
# Where a quotation mark may be missing: behind a word, or before one.
ENDS_OF_TEXT = tuple(map(re.compile, (r"(?<=\w)(?=[,)\]]|$)", r"(?<==)(?=\w)", r"(?<=[(\[])(?=\w)|(?<=, )(?=\w)")))
SEVERAL = re.compile(r"\b(inputs|outputs|loss|loss_weights)=((?:[\w.'\"]+, *)+[\w.'\"]+)(?=, *\w+ *=|\))")
UNNAMED = re.compile(r"(inputs=(?:\[[^]]*\]|\w+), *)(\w+|\[[^]]*\])\)")
Lines = list[str]


def unreadable(failed: Failed) -> Iterator[Conclusion]:
    """The lines in place of those at which Python stops reading a source."""
    error = failed.error
    source = failed.recorder.sources.find(error.filename or "") if isinstance(error, SyntaxError) else None
    if source is None or len(source.text) > MOST_TEXT:
        return
    lines = source.text.split("\n")
    changes = [(n, new, old) for n, (new, old) in enumerate(zip(_mended(lines), lines, strict=True)) if new != old]
    texts = [(source, n + 1, new.strip(), old.strip()) for n, new, old in changes if new.strip() != old.strip()]
    spaces = {n + 1: len(_indent(new)) for n, new, old in changes if new and _indent(new) != _indent(old)}
    if changes:
        yield "syntax-error", together(elsewhere(texts), spaced(source, spaces))


def _mended(lines: Lines) -> Lines:
    """The lines with small changes with which Python reads them; as they are where these are not enough."""
    changed, error = lines, syntax_error("\n".join(lines))
    for _ in range(MOST_MENDED):
        if error is None:
            return changed
        tried = [(new, syntax_error("\n".join(new))) for new in islice(_candidates(changed, error), MOST_TRIED)]
        best = max(tried, key=lambda entry: _reach(*entry), default=(changed, error))
        if _reach(*best) <= _reach(changed, error):
            return lines
        changed, error = best
    return lines if error else changed


def _reach(lines: Lines, error: SyntaxError | None) -> tuple[float, int]:
    """How far Python reads; where it finds no end of brackets, to the last line, the further the fewer are open."""
    if error is None:
        return float("inf"), 0
    if "never closed" not in error.msg:
        return error.lineno or 0, 0 if isinstance(error, IndentationError) else error.offset or 0
    code = "".join(STRING.sub("", line) for line in lines)
    return len(lines), sum(map(code.count, CLOSING.values())) - sum(map(code.count, CLOSING))


def _candidates(lines: Lines, error: SyntaxError) -> Iterator[Lines]:
    """The lines with one of them changed, or with several in another column."""
    number = min(error.lineno or 1, len(lines)) - 1
    above = [n for n in range(number) if lines[n].strip()]
    if error.msg == "'return' outside function":
        yield from _moved_in(lines, number)
    elif isinstance(error, IndentationError):
        columns = [len(_indent(lines[n])) for n in reversed(above)]
        columns = [columns[0] + INDENT] if columns and "expected an indented block" in error.msg else columns
        yield from (
            [*lines[:number], " " * n + lines[number].lstrip(), *lines[number + 1 :]] for n in dict.fromkeys(columns)
        )
    else:
        places = [*((number, line) for line in _in_place_of(lines[number], error))]
        places += [(n, line) for n in (number, *above[:-3:-1]) for line in _closed(lines[n])]
        for n, line in places:
            if not CALLED_TEXT.search(line):  # `Dense(20, 'sigmoid'(x))` is not what was meant
                yield [*lines[:n], line, *lines[n + 1 :]]


def _in_place_of(here: str, error: SyntaxError) -> Iterator[str]:
    """The line with a sign more, where Python stops or at its end, with several values of an argument as a list, or
    without the sign at which it stops; nothing in place of one that holds nothing but signs."""
    column, code = (error.offset or 1) - 1, here.partition("#")[0].rstrip()
    bracket = re.findall(r"'([(\[{])'", error.msg)
    sign = CLOSING[bracket[0]] if bracket else ":" if "expected ':'" in error.msg else ""
    yield from (here[:place] + sign + here[place:] for place in (len(code), column, column + 1) if sign)
    if "forgot a comma" in error.msg:
        gaps = [gap.start() for gap in GAP.finditer(here) if column <= gap.start() <= (error.end_offset or 0)]
        yield from (f"{here[:place]},{here[place:]}" for place in gaps)
    if "unterminated string" in error.msg:  # `Dense(20, 'sigmoid)(x)`, `loss=mse', optimizer='adam'`
        ends = [end.start() for pattern in ENDS_OF_TEXT for end in pattern.finditer(code)]
        yield from (here[:end] + here[column] + here[end:] for end in ends)
    if "follows keyword" in error.msg:
        yield (
            SEVERAL.sub(r"\1=[\2]", here)
            if "outputs=" in here or "loss" in here
            else UNNAMED.sub(r"\1outputs=\2)", here)
        )
    if "unmatched" in error.msg:
        yield here[:column] + here[column + 1 :]
    if here.lstrip().startswith("%"):  # as comments begin elsewhere
        yield here.replace("%", "#", 1)
    if code and not any(map(str.isalnum, code)):
        yield ""


def _closed(line: str) -> Iterator[str]:
    """The line with the brackets that it leaves open, at its end or, of a text that would be called, behind that."""
    code, waiting = line.partition("#")[0].rstrip(), list[str]()
    for sign in STRING.sub("", code):
        if sign in CLOSING:
            waiting.append(CLOSING[sign])
        elif waiting and sign == waiting[-1]:
            waiting.pop()
    if waiting:
        yield code + "".join(reversed(waiting)) + line[len(code) :]
        yield CALLED_TEXT.sub(r"\1)(", code) + "".join(reversed(waiting[:-1])) + line[len(code) :]


def _moved_in(lines: Lines, number: int) -> Iterator[Lines]:
    """The lines from the end of the function above in its column, if it gives nothing, and they do not call it; or
    without the last of them."""
    heads = [n for n in range(number) if lines[n].startswith(("def ", "async def "))]
    inside = [n for n in range(heads[-1] + 1, number) if lines[n][:1].isspace()] if heads else []
    rest = lines[inside[-1] + 1 : number + 1] if inside else []
    name = re.split(r"\W+", lines[heads[-1]].partition("def ")[2])[0] if heads else ""
    gives = any(re.match(r"\s+return\b", lines[n]) for n in inside)
    if rest and len(rest) <= MOST_MOVED and not gives and name not in re.findall(r"\w+", "\n".join(rest)):
        moved = [" " * INDENT + line if line.strip() else line for line in rest]
        yield [*lines[: inside[-1] + 1], *moved, *lines[number + 1 :]]
    yield [*lines[:number], "", *lines[number + 1 :]]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
