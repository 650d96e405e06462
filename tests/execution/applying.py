"""Does to a program what a hint says, letter by letter, as a student would who trusts it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

IN_PLACE = r"`[^`]+` in place of `[^`]+`"
REPLACE = re.compile(
    rf"[Ww]rite (?P<pairs>{IN_PLACE}(?:, and {IN_PLACE})*)(?P<same>, and the same)?(?: on lines? (?P<lines>[\d, and]+))?"
)
ABOVE = re.compile(r"Write `(?P<line>[^`]+)` above it")
RETURN = re.compile(r"Write `(?P<line>return [^`]+)` as the last line of `(?P<function>\w+)`")
IMPORT = re.compile(r"Write `(?P<new>(?:from \S+ )?import [^`]+)`\.")


class NotLiteral(Exception):
    """The hint quotes nothing that stands in the program."""


def applied(program: str, line: int, hint: str, above: int = 0) -> str:
    """The program after the first thing that the hint says; `line` is where the hint stands, from 1.

    Lines that a hint names are those of a file in which so many stand above the program; other parts stay as they are.
    """
    lines = program.splitlines()
    if found := REPLACE.search(hint):
        pairs = re.findall("`([^`]+)` in place of `([^`]+)`", found["pairs"])
        named = [int(number) - above for number in re.findall(r"\d+", found["lines"] or "")]
        elsewhere = [number for number in named if 0 < number <= len(lines)]
        there = pairs if found["same"] else pairs[1:] if named else []
        here = pairs[:1] if named else pairs
        for number, (new, old) in [*((line, pair) for pair in here), *((n, pair) for n in elsewhere for pair in there)]:
            program = replaced(program, number, old, new)
        return program
    if found := ABOVE.search(hint):
        depth = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        return "\n".join([*lines[: line - 1], depth + found["line"], *lines[line - 1 :]])
    if found := RETURN.search(hint):
        return with_last_line(program, found["function"], found["line"])
    if found := IMPORT.search(hint):
        return "\n".join([*lines[: line - 1], found["new"], *lines[line:]])
    raise NotLiteral(hint)


def with_last_line(program: str, function: str, line: str) -> str:
    lines = program.splitlines()
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            last = node.body[-1]
            end = last.end_lineno or 0
            return "\n".join([*lines[:end], " " * last.col_offset + line, *lines[end:]])
    raise NotLiteral(f"no function {function}")


def replaced(program: str, line: int, old: str, new: str) -> str:
    """What is quoted replaced: in the line of the hint where it stands there, else where it stands at all."""
    for start, end, _ in sorted(
        locations(program, old), key=lambda location: (not covers(program, location, line), location)
    ):
        return program[:start] + new + program[end:]
    raise NotLiteral(f"{old!r} is nowhere in {program!r}")


def covers(program: str, location: tuple[int, int, str], line: int) -> bool:
    first = program.count("\n", 0, location[0]) + 1
    return first <= line <= first + location[2].count("\n")


def locations(program: str, old: str) -> Iterator[tuple[int, int, str]]:
    """Where it stands as it is quoted, and where the same code stands in other spaces and quotes."""
    yield from ((m.start(), m.end(), m[0]) for m in re.finditer(rf"(?<![\w.]){re.escape(old)}(?!\w)", program))
    tree = ast.parse("")
    with suppress(SyntaxError):
        tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt, ast.keyword)) and spelled(plain(node)) == spelled(old):
            source = ast.get_source_segment(program, node) or ""
            start = offset(program, node.lineno, node.col_offset)
            yield start, start + len(source), source


def plain(node: ast.AST) -> str:
    return f"{node.arg}={ast.unparse(node.value)}" if isinstance(node, ast.keyword) else ast.unparse(node)


def spelled(text: str) -> str:
    """In Python's own spaces and quotes."""
    with suppress(SyntaxError):
        text = ast.unparse(ast.parse(text))
    name, equals, value = text.partition("=")
    return "".join([name.strip(), equals, value.strip()]) if name.strip().isidentifier() else text


def offset(program: str, line: int, column: int) -> int:
    """Where a node starts in the text; columns count bytes."""
    lines = program.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())
