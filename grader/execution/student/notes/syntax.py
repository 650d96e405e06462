"""Text that Python cannot read: what its message means, and the line to write, where the whole text is Python with it.

Each kind of message has its guesses, which are tried one after the other; that Python reads the result is the proof.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..source.rewrite import Finding, Said
from .failed_calls import Failed

Guess = tuple[int, str]  # a line, from 1, and what to write there
MOST_TRIED = 300
MOST_READ = 3_000_000  # characters, of all guesses together
LINES_BELOW = 8  # in which a bracket may have to be closed
CLOSING = {"(": ")", "[": "]", "{": "}"}
CLOSERS = (")", "]", "}", "])", "))", ")]", "})", ")))")
STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
KEYWORD = re.compile(r"\b([A-Za-z_]\w*)\s*=(?!=)")
TAKE_LISTS = ("inputs", "outputs", "loss", "loss_weights", "metrics", "x", "y")
OPENING = re.compile(r"'([(\[{])'")
MAY_END = re.compile(r"(?=[,)\]}:(])|$")
MAY_BEGIN = re.compile(r"(?<=[=(\[,])\s*(?=[\w'\"\[(])|(?<=\))(?=\w)")
BEFORE_TEXT = re.compile(r"[a-z](?=['\"])")
MAY_OPEN = {"(": re.compile(r"(?<==)|(?<=\))(?=\w)"), "[": MAY_BEGIN, "{": MAY_BEGIN}
UNLIKE_TEXT = re.compile(r"[^\w ]")
NUMBER = re.compile(r"[\d.]+")
ON_LINE = re.compile(r" on line (\d+)$")


@dataclass(frozen=True)
class Unread:
    """A text with an error of syntax, and the columns, from 0, between which Python sees it."""

    text: str
    message: str
    line: int
    column: int
    end: int

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def here(self) -> str:
        return self.lines[self.line - 1]

    @property
    def other_line(self) -> int:
        """The line that the message names."""
        named = ON_LINE.search(self.message)
        return int(named[1]) if named else self.line

    def at(self, start: int, end: int, new: str) -> Guess:
        """The line with other text between two columns."""
        return self.line, self.here[:start] + new + self.here[end:]

    def with_line(self, guess: Guess) -> str:
        return "\n".join([*self.lines[: guess[0] - 1], guess[1], *self.lines[guess[0] :]])


def unread(text: str) -> Unread | None:
    """Nothing of what can be read, or where Python does not say which line it cannot."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        if error.lineno and error.offset and error.lineno <= text.count("\n") + 1:
            end = error.end_offset if error.end_lineno == error.lineno else None
            return Unread(text, error.msg, error.lineno, error.offset - 1, max(end or 0, error.offset) - 1)
    return None


def unreadable(failed: Failed) -> Iterator[Finding]:
    """Why Python cannot read a source, by the first row that knows its message."""
    error = failed.error
    source = failed.recorder.sources.find(error.filename or "") if isinstance(error, SyntaxError) else None
    found = unread(source.text) if source else None
    if source and found and (row := row_of(found)):
        repairs = dict(repaired(found, iter(range(min(MOST_TRIED, MOST_READ // len(found.text))))))
        new, old = [one.strip() for one in repairs.values()], [found.lines[one - 1].strip() for one in repairs]
        if repairs or row.case not in PROVEN_ONLY:
            said: Said = {"case": row.case, "of": source.location(found.other_line)["line"]}
            yield "syntax-error", {**said, **({"new": new, "old": old} if repairs else {})}


def repaired(found: Unread, tries: Iterator[int]) -> list[Guess]:
    """What to write on which lines, so that the whole text can be read; nothing where that is not known."""
    row = row_of(found)
    for guess, _ in zip(row.guesses(found) if row else (), tries, strict=False):
        text = found.with_line(guess)
        rest = unread(text)
        if rest is None and is_read(text):
            return [guess]
        if rest and rest.line > max(guess[0], found.line) and (further := repaired(rest, tries)):
            return [guess, *further]
    return []


def is_read(text: str) -> bool:
    """Whether Python reads a text in a sense that somebody may have meant."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    return not any(map(_makes_no_sense, ast.walk(tree)))


def _makes_no_sense(node: ast.AST) -> bool:
    """`'sigmoid'(x)`, `['a']['b']` and `a = b, c = d`, where a bracket or a comma is missing."""
    if isinstance(node, ast.Assign):
        return len(node.targets) > 1 and any(isinstance(one, ast.Tuple) for one in node.targets)
    owner = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Subscript) else None
    return isinstance(owner, (ast.Constant, ast.List, ast.Tuple, ast.JoinedStr))


# The guesses


def _none(found: Unread) -> Iterator[Guess]:
    yield from ()


def _colon(found: Unread) -> Iterator[Guess]:
    yield found.at(found.column, found.column, ":")
    yield found.line, re.sub(r"\belse\s+if\b", "elif", found.here)


def _closed(found: Unread) -> Iterator[Guess]:
    """A bracket closed: where another one is, at the end of a line, or before that; or one that was not opened."""
    closing = CLOSING[OPENING.search(found.message)[1]]  # type: ignore[index]
    wrong = found.here[found.column]
    if wrong in CLOSERS:
        yield from (found.at(found.column, end, closing) for end in (found.column, found.column + 1))
        yield from _inserted(found, closing, MAY_END)
        yield from _opened(found)
    for number in range(found.other_line, min(found.other_line + LINES_BELOW, len(found.lines)) + 1):
        line = found.lines[number - 1]
        code = line.partition("#")[0].rstrip()
        yield from ((number, f"{code.removesuffix(',')}{closers}{line[len(code) :]}") for closers in CLOSERS)
        if number == found.line and wrong not in CLOSERS:
            yield from _inserted(found, closing, MAY_END, len(line))


def _inserted(found: Unread, text: str, places: re.Pattern[str], before: int = 0) -> Iterator[Guess]:
    """A text at each of these places, the nearest one to the left of a column first."""
    ends = [one.end() for one in places.finditer(found.here)]
    yield from (found.at(end, end, text) for end in reversed(ends) if end < (before or found.column))


def _one_less(found: Unread) -> Iterator[Guess]:
    """A bracket too many, or one that was not opened."""
    yield found.at(found.column, found.column + 1, "")
    yield from _opened(found)


def _opened(found: Unread) -> Iterator[Guess]:
    opening = next(one for one in CLOSING if CLOSING[one] == found.here[found.column])
    yield from _inserted(found, opening, MAY_OPEN[opening])


def _comma(found: Unread) -> Iterator[Guess]:
    """Between two values; not beside a number, where an operator may be missing."""
    for gap in re.finditer(r"\s+|(?<=[)\]}'\"])(?=\w)", found.here):
        before, after = found.here[: gap.start()], found.here[gap.end() :]
        beside = NUMBER.fullmatch(re.split(r"[\s(\[,=]", before)[-1]) or NUMBER.match(after)
        if found.column <= gap.start() <= found.end and (KEYWORD.match(after) or not beside):
            yield found.at(gap.start(), gap.end(), ", ")


def _quote(found: Unread) -> Iterator[Guess]:
    """A quotation mark of another kind than its partner, or one that is missing: where texts look least like code."""
    here, mark = found.here, found.here[found.column]
    other = {"'": '"', '"': "'"}.get(mark, mark)
    if mark * 2 in here:
        return  # perhaps one of three
    yield from (found.at(place, place + 1, mark) for place, one in enumerate(here) if one == other != mark)
    places = {one.end() for pattern in (MAY_END, MAY_BEGIN) for one in pattern.finditer(here)}
    guesses = [found.at(place, place, mark) for place in sorted(places)]
    yield from sorted(guesses, key=lambda guess: len(UNLIKE_TEXT.findall("".join(guess[1].split(mark)[1::2]))))


def _gap(found: Unread) -> Iterator[Guess]:
    """What is missing, or twice there, where Python cannot say what."""
    yield found.line, re.sub(r",(\s*,)+", ",", found.here)
    if re.match(r"\s*(from|import)\b", found.here):
        yield found.line, re.sub(r"(?<=\w) (?=\w+$)", ", ", found.here.rstrip())
    yield found.line, re.sub(r"^(\s*[A-Za-z_]\w*)\s+(?=[A-Za-z_])", r"\1 = ", found.here)
    yield from _inserted(found, "=", BEFORE_TEXT, len(found.here))


def _straight(found: Unread) -> Iterator[Guess]:
    yield found.line, found.here.translate(STRAIGHT)


def _compared(found: Unread) -> Iterator[Guess]:
    if re.match(r"\s*(if|elif|while|assert|return)\b", found.here):
        yield from (found.at(one.start(1), one.end(1), "==") for one in re.finditer(r"[^=!<>](=)(?!=)", found.here))


def _printed(found: Unread) -> Iterator[Guess]:
    yield found.line, re.sub(r"\bprint (.*)", r"print(\1)", found.here.rstrip())


def _in_lists(found: Unread) -> Iterator[Guess]:
    """`outputs=[a, b]` for `outputs=a, b`, and for `outputs[a, b]`."""
    yield found.line, re.sub(rf"\b({'|'.join(TAKE_LISTS)})\[", r"\1=[", found.here)
    yield from _inserted(found, "=", BEFORE_TEXT)
    names = [one for one in KEYWORD.finditer(found.here) if one.end() <= found.column]
    ends = [*(one.start() for one in names[1:]), found.column]
    new = found.here
    for name, end in reversed(list(zip(names, ends, strict=True))):
        value = found.here[name.end() : end].rstrip(" ,")
        if name[1] in TAKE_LISTS and is_in_a_row(value):
            new = f"{new[: name.end()]}[{value}]{new[name.end() + len(value) :]}"
    yield found.line, new


def is_in_a_row(value: str) -> bool:
    """Whether it is several values, as in `a, b`."""
    return is_read(f"[{value}]") and len(ast.parse(f"[{value}]", mode="eval").body.elts) > 1  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Row:
    """A part of a message, how the words for it are called, and what may have been meant."""

    part: str
    case: str
    guesses: Callable[[Unread], Iterator[Guess]] = _none


TABLE = (
    Row("expected ':'", "colon", _colon),
    Row("was never closed", "brackets", _closed),
    Row("does not match opening", "brackets", _closed),
    Row("unmatched '", "brackets", _one_less),
    Row("forgot a comma", "comma", _comma),
    Row("unterminated ", "quote", _quote),
    Row("invalid character", "straight", _straight),
    Row("Maybe you meant '=='", "compare", _compared),
    Row("Missing parentheses in call to 'print'", "print", _printed),
    Row("positional argument follows keyword", "named", _in_lists),
    Row("invalid syntax", "gap", _gap),
    Row("expected an indented block", "block"),
    Row("unexpected indent", "deeper"),
    Row("unindent does not match", "between"),
    Row("inconsistent use of tabs", "tabs"),
)
PROVEN_ONLY = ("gap", "colon", "straight", "compare", "print")


def row_of(found: Unread) -> Row | None:
    return next((row for row in TABLE if row.part in found.message), None)
