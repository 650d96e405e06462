"""Does to a program what a next step says, letter by letter, as a student would who trusts it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Any

from .statements import is_written_out, stands_at_the_top

IMPORTS = ("import ", "from ")
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Import, ast.ImportFrom)


class NotThere(Exception):
    """The program does not have what an edit changes."""


def followed(program: str, steps: Iterable[Mapping[str, Any]], file: str, cell: int | None = None) -> str:
    """The program after those steps that are about it; what cannot be followed to the letter changes nothing."""
    for step in steps:
        if (step["file"], step["cell"]) == (file, cell):
            with suppress(Exception):  # a mistake of ours must not end the program
                if any(not 0 < edit["line"] <= program.count("\n") + 1 for edit in step["edits"]):
                    continue
                parts = [edit for edit in step["edits"] if edit["last"] is None and (edit["old"] or edit["call"])]
                changed = _replaced(program, parts)
                for edit in (edit for edit in step["edits"] if edit not in parts):
                    changed = applied(changed, **edit)
                if _is_python(changed) or not _is_python(program):
                    program = changed
    return program


def applied(
    program: str,
    line: int,
    new: str = "",
    within: str = "",
    above: int | None = None,
    spaces: int | None = None,
    last: int | None = None,
    below: bool = False,
    **_: Any,
) -> str:
    """The program after an edit that moves, adds or replaces whole lines, see `grader.domain.Edit`. Raises `NotThere`.

    What is added takes an empty line or a part of one, and what is replaced as many lines as before, so that all other
    lines keep their numbers.
    """
    if above is not None:
        return _moved(program, line, above)
    if spaces is not None:
        lines = program.split("\n")
        return "\n".join([*lines[: line - 1], " " * spaces + lines[line - 1].lstrip(), *lines[line:]])
    if last is not None:
        return _with_lines(program, line, last, new)
    if below:
        return _below(program, line, new)
    if new.startswith(IMPORTS):
        with suppress(NotThere):
            return _at_the_top(program, new)
    return _with_last_line(program, within, new) if within else _above(program, line, new)


def _is_python(program: str) -> bool:
    try:
        ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _above(program: str, line: int, new: str) -> str:
    """In an empty line above, or before or behind a statement: no line gets another number. Raises `NotThere`."""
    lines, statements = program.split("\n"), _simple(program)
    indent = _indent(lines[line - 1])
    blank = line - 1
    is_text = any(statement.lineno < blank <= (statement.end_lineno or 0) for statement in statements)
    if blank and not lines[blank - 1].strip() and not is_text:
        lines[blank - 1] = indent + new
    elif any((statement.lineno, statement.col_offset) == (line, len(indent)) for statement in statements):
        lines[line - 1] = f"{indent}{new}; {lines[line - 1].lstrip()}"
    else:
        ends = [statement.end_lineno or 0 for statement in statements if statement.col_offset == len(indent.encode())]
        return _below(program, max((end for end in ends if end < line), default=0), new)
    return "\n".join(lines)


def _at_the_top(program: str, new: str) -> str:
    """Before the first statement, but for a docstring and what is about the future. Raises `NotThere`."""
    body = ast.parse(program).body
    ahead = [*takewhile(stands_at_the_top, body)]
    if ahead:
        end = offset(program, ahead[-1].end_lineno or 0, ahead[-1].end_col_offset or 0)
        return f"{program[:end]}; {new}{program[end:]}"
    if body and isinstance(body[0], SIMPLE):
        start = offset(program, body[0].lineno, body[0].col_offset)
        return f"{program[:start]}{new}; {program[start:]}"
    lines = program.split("\n")
    above = lines[: body[0].lineno - 1] if body else lines[:1]
    blank = next((number for number, line in enumerate(above) if not line.strip()), None)
    if blank is None:
        raise NotThere("no room above the first statement")
    return "\n".join([*lines[:blank], new, *lines[blank + 1 :]])


def _simple(program: str) -> list[ast.stmt]:
    """The statements that hold no others."""
    return [node for node in ast.walk(ast.parse(program)) if isinstance(node, SIMPLE)]


def _below(program: str, line: int, new: str) -> str:
    """In the line in which a statement ends."""
    lines = program.split("\n")
    for node in _simple(program):
        if (node.end_lineno, node.end_col_offset) == (line, len(lines[line - 1].encode())):
            return "\n".join([*lines[: line - 1], f"{lines[line - 1]}; {new}", *lines[line:]])
    raise NotThere(f"no statement that ends line {line}")


def _with_lines(program: str, first: int, last: int, new: str) -> str:
    """Whole lines replaced, which those in their place are indented like."""
    lines = program.split("\n")
    indent, fitted = _indent(lines[first - 1]), _fitted(new.split("\n") if new else ["pass"], last - first + 1)
    return "\n".join([*lines[: first - 1], *(f"{indent}{line}".rstrip() for line in fitted), *lines[last:]])


def _fitted(lines: list[str], room: int) -> list[str]:
    """The same code on so many lines: simple statements beside each other, and one that a loop has beside its head.
    Raises `NotThere`."""
    nodes = _simple("\n".join(lines))
    starts, ends = ({getattr(node, name): node for node in nodes} for name in ("lineno", "end_lineno"))
    loops = [node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, (ast.For, ast.While))]
    alone = {loop.body[0].lineno for loop in loops if len(loop.body) == 1}
    fitted, excess = list[str](), len(lines) - room
    for number, line in enumerate(lines, start=1):
        before, node = ends.get(number - 1), starts.get(number)
        is_next = before and node and before.col_offset == node.col_offset
        if excess > 0 and is_next and before and before.end_col_offset == len(lines[number - 2].encode()):
            fitted[-1] += f"; {line.lstrip()}"
            excess -= 1
        elif excess > 0 and node and number in alone and lines[number - 2].endswith(":"):
            fitted[-1] += f" {line.lstrip()}"
            excess -= 1
        elif excess > 0 and not line.strip():
            excess -= 1
        else:
            fitted.append(line)
    if excess > 0:
        raise NotThere(f"{len(lines)} lines in place of {room}")
    return fitted + [""] * (room - len(fitted))


def _call(program: str, line: int, name: str) -> ast.Call:
    """The one call of a function of this name that begins on a line."""
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call) and node.lineno == line]
    calls = [node for node in calls if ast.unparse(node.func).rpartition(".")[2] == name]
    if len(calls) != 1:
        raise NotThere(f"{len(calls)} calls of {name}")
    return calls[0]


def _with_last_line(program: str, function: str, new: str) -> str:
    lines = program.split("\n")
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            last = node.body[-1]
            end, line = last.end_lineno or 0, _indent(lines[last.lineno - 1]) + new
            is_free = end < len(lines) and not lines[end].strip()
            if isinstance(last, SIMPLE) and not is_free and len(lines[end - 1].encode()) == last.end_col_offset:
                return "\n".join([*lines[: end - 1], f"{lines[end - 1]}; {new}", *lines[end:]])
            if is_free or end == len(lines):
                return "\n".join([*lines[:end], line, *lines[end + is_free :]])
    raise NotThere(f"no function {function}, or no empty line below it")


def _moved(program: str, line: int, target: int) -> str:
    """A statement of a line, moved up above another, in the column of that one; its own lines are empty then."""
    lines = program.split("\n")
    for node in _simple(program):
        if node.lineno == line > target:
            end, rest = node.end_lineno or line, f"{_indent(lines[line - 1])}pass"
            emptied = [*lines[: line - 1], rest, *[""] * (end - line), *lines[end:]]
            return _above("\n".join(emptied), target, ast.unparse(node))
    raise NotThere(f"no statement on line {line}")


def _replaced(program: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """The program with what takes the place of something, all at once: one could move another. Raises `NotThere`."""
    calls: dict[tuple[int, str], dict[str, str]] = {}
    for edit in (edit for edit in edits if edit["argument"]):
        calls.setdefault((edit["line"], edit["call"]), {})[edit["argument"]] = edit["new"]
    places = {place for key, values in calls.items() for place in _places_of_words(program, *key, values)}
    for edit in (edit for edit in edits if not edit["argument"]):
        places.add(_place_of_edit(program, edit))
    end = len(program)
    for start, text, new in sorted(places, reverse=True):
        if start + len(text) > end:
            raise NotThere("two edits of one place")
        newlines = "\n" * (text.count("\n") - new.count("\n")) if new[-1] in ")]}" else ""
        program, end = program[:start] + new[:-1] + newlines + new[-1] + program[start + len(text) :], start
    return program


def _places_of_words(program: str, line: int, name: str, values: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """The values of those keywords that a call has, and the end of the call, where the others are added. Raises
    `NotThere` where what it gives is not known."""
    call = _call(program, line, name)
    if not is_written_out(call):
        raise NotThere("unpacked arguments")
    given = {word.arg: word.value for word in call.keywords}
    yield from ((*_place(program, given[key]), code) for key, code in values.items() if key in given)
    if added := ", ".join(f"{key}={code}" for key, code in values.items() if key not in given):
        ends = [extent(program, node)[1] for node in (*call.args, *call.keywords)]
        start = program.index("(", extent(program, call.func)[1]) + 1
        yield max(ends, default=start), "", f"{', ' if ends else ''}{added}"


def _place_of_edit(program: str, edit: Mapping[str, Any]) -> tuple[int, str, str]:
    """Where something is, the text that goes, and what stands there then."""
    line, new = edit["line"], edit["new"] or "pass"
    if edit["call"]:
        return (*_place(program, _call(program, line, edit["call"])), new)
    return (*_place_of(program, line, edit["old"], edit["nth"]), new)


def _place(program: str, node: Any) -> tuple[int, str]:
    return offset(program, node.lineno, node.col_offset), ast.get_source_segment(program, node) or ""


def _place_of(program: str, line: int, old: str, nth: int) -> tuple[int, str]:
    """Where something is quoted from: in the line of the step, as code or as a part of some, else where alone it stands
    at all. A name is read there, as far as it is."""
    quoted = [*_as_quoted(program, old)]
    read = [] if nth else sorted({*_as_code(program, old, line, ast.Load)})
    places = (
        read or sorted({*_as_code(program, old, line)}) or [place for place in quoted if _covers(program, place, line)]
    )
    if not places:
        places = [*dict.fromkeys(_as_code(program, old) if _is_python(program) else quoted)]
        if len(places) != 1:
            raise NotThere(f"{old!r} stands in {len(places)} places")
    if len(places) < nth:
        raise NotThere(f"{old!r} stands there {len(places)} times")
    return places[max(nth, 1) - 1]


def _covers(program: str, place: tuple[int, str], line: int) -> bool:
    first = program.count("\n", 0, place[0]) + 1
    return first <= line <= first + place[1].count("\n")


def _as_quoted(program: str, old: str) -> Iterator[tuple[int, str]]:
    """Where it stands letter by letter, and not as a part of a longer name."""
    start = program.find(old)
    while start >= 0:
        before, after = program[:start][-1:], program[start + len(old) :][:1]
        if not (before.isalnum() or after.isalnum() or before in ("_", ".") or after == "_"):
            yield start, old
        start = program.find(old, start + 1)


def _as_code(program: str, old: str, line: int | None = None, way: type = object) -> Iterator[tuple[int, str]]:
    """Where the same code stands in other spaces and quotes, perhaps only what covers a line, and is used in a way."""
    wanted, tree = _spelled(old), ast.parse(program if _is_python(program) else "")
    for node in (node for node in ast.walk(tree) if isinstance(node, (ast.expr, ast.stmt, ast.keyword))):
        is_there = line is None or node.lineno <= line <= (node.end_lineno or 0)
        if is_there and isinstance(getattr(node, "ctx", None), way) and _plain(node) == wanted:
            yield offset(program, node.lineno, node.col_offset), ast.get_source_segment(program, node) or ""


def _plain(node: ast.AST) -> str:
    text = f"{node.arg}={ast.unparse(node.value)}" if isinstance(node, ast.keyword) else ast.unparse(node)
    return _spelled(text) if isinstance(node, (ast.keyword, ast.Assign)) else text


def _spelled(text: str) -> str:
    """In Python's own spaces and quotes."""
    with suppress(SyntaxError):  # one by one, since a string that begins a program is a docstring
        text = "\n".join(map(ast.unparse, ast.parse(text).body))
    name, equals, value = text.partition("=")
    return "".join([name.strip(), equals, value.strip()]) if name.strip().isidentifier() else text


def offset(program: str, line: int, column: int) -> int:
    """Where a node starts in the text; columns count bytes."""
    lines = program.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + len(lines[line - 1].encode()[:column].decode())


def extent(program: str, node: Any) -> tuple[int, int]:
    """Where a node starts in the text, and where it ends."""
    end = offset(program, node.end_lineno, node.end_col_offset)
    return offset(program, node.lineno, node.col_offset), end
