"""Where in the student's source something happens: file or cell, line, mark, and the name it is assigned to.

So where models were created, and to which variable or function of the student's a model belongs.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FrameType, TracebackType
from typing import Any

from .statements import Span, assignments, span_of, tree_of

COMMENT = re.compile(r"(?<!#)#+\s*exercise\s*:\s*(?P<what>[^\n]*)", re.IGNORECASE)
HEADING = re.compile(r"^(#{1,6})\s+(.*)")
MOST_CALLERS = 4


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def mark_of_heading(text: str, marks: tuple[str, ...]) -> str:
    """The exercise that a heading names: by its id, or by a title that spells the id out."""
    words = re.findall(r"\w+", text.lower())
    named = [mark for mark in marks if mark in words]
    title = re.sub(r"^(exercise)?[\s\d.:)_-]*", "", text.strip().strip("*_`"), flags=re.IGNORECASE)
    named += [mark for mark in marks if mark == slug(title)]
    return max(named, key=len, default="")


def mark_comments(text: str, marks: tuple[str, ...]) -> list[tuple[int, str]]:
    """Lines of `# exercise: ID` comments with their marks; one that names no known exercise ends the last."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = COMMENT.search(line)
        if not match:
            continue
        what = match["what"].strip().strip("\"'`.,;:-=*# ")
        first = re.split(r"[\s,;(]", what, maxsplit=1)[0]
        known = next((mark for mark in (slug(what), slug(first)) if mark in marks), "")
        if known or re.fullmatch(r"[\w-]+", what):
            found.append((number, known))
    return found


@dataclass
class Source:
    """The text of one module or cell. `offset` is how many of its lines a magic took away from the compiler."""

    name: str
    text: str
    cell: int | None = None
    mark: str = ""
    offset: int = 0
    comments: list[tuple[int, str]] = field(default_factory=list)

    @cached_property
    def tree(self) -> ast.Module:
        """Its statements; none of a text that is nested too deeply."""
        with contextlib.suppress(ValueError, RecursionError):
            return tree_of(self.text)
        return ast.Module([], [])

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """By part of the tree, what it is in."""
        return {inner: node for node in ast.walk(self.tree) for inner in ast.iter_child_nodes(node)}

    @cached_property
    def calls(self) -> dict[Span, ast.Call]:
        return {span_of(node): node for node in ast.walk(self.tree) if isinstance(node, ast.Call)}

    @cached_property
    def constants(self) -> dict[int, list[ast.Constant]]:
        """Those of each line."""
        found: dict[int, list[ast.Constant]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant):
                found.setdefault(node.lineno, []).append(node)
        return found

    @cached_property
    def assigned(self) -> dict[str, list[ast.AST]]:
        return assignments(self.tree)

    @cached_property
    def targets(self) -> dict[Span, list[str]]:
        return assignment_targets(self.tree)

    def mark_at(self, line: int) -> str:
        """The comment's reach beats the mark of the whole cell."""
        above = [mark for number, mark in self.comments if number <= line]
        return above[-1] if above else self.mark

    def is_tried(self, line: int) -> bool:
        """Whether a line stands within a `try`, which goes on otherwise where it fails."""
        tries = [node for node in ast.walk(self.tree) if isinstance(node, ast.Try)]
        return any(one.body[0].lineno <= line <= (one.body[-1].end_lineno or 0) for one in tries)

    def targets_of(self, span: Span) -> list[str]:
        return self.targets.get(span, [])

    def function_of(self, code: CodeType) -> str:
        """The name of a function; of a `lambda`, the one that it is assigned to."""
        if code.co_name == "<lambda>":
            return next(iter(self.targets_of((code.co_firstlineno, None, None, None))), "")
        return "" if code.co_name.startswith("<") else code.co_name


def assignment_targets(tree: ast.Module) -> dict[Span, list[str]]:
    """For each call that is a whole assigned value: the names it is assigned to; for a `lambda`, by its line alone."""
    targets: dict[Span, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            aims: list[ast.expr] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            aims = [node.target]
        else:
            continue
        value = node.value
        if isinstance(value, (ast.Call, ast.Lambda)):
            call = isinstance(value, ast.Call)
            span = (value.end_lineno, value.col_offset, value.end_col_offset) if call else (None, None, None)
            targets[(value.lineno, *span)] = [name for aim in aims if (name := name_of(aim))]
    return targets


def name_of(node: ast.expr) -> str:
    """`model`, `self.model` and `models["model"]` are all called model."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value if isinstance(node.slice.value, str) else ""
    return ""


@dataclass(frozen=True)
class Spot:
    """One student frame on the stack: where it is, and what the call that it is in is assigned to."""

    location: dict[str, Any]
    mark: str
    function: str
    targets: tuple[str, ...]


class Sources:
    """All sources of a submission, by the file name that the compiler gave them."""

    def __init__(self, root: str, marks: tuple[str, ...]) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.marks = marks
        self.known: dict[str, Source] = {}
        self.foreign: set[str] = set()

    def add(self, filename: str, source: Source) -> None:
        found = mark_comments(source.text, self.marks)
        source.comments = [(line + source.offset, mark) for line, mark in found]
        self.known[filename] = source

    def find(self, filename: str) -> Source | None:
        """The source of that file name, if it is the student's; helper modules are read when first met."""
        if filename in self.known:
            return self.known[filename]
        if filename in self.foreign:
            return None
        path = os.path.realpath(filename)
        if not path.startswith(self.root) or "site-packages" in path or not path.endswith(".py"):
            self.foreign.add(filename)
            return None
        try:
            with open(path, encoding="utf-8-sig", errors="replace") as file:
                text = file.read(1_000_000)
        except OSError:
            return None
        self.add(filename, Source(os.path.relpath(path, self.root).replace(os.sep, "/"), text))
        return self.known[filename]

    def spots(self, frame: FrameType | None) -> Iterator[Spot]:
        """The student's frames from `frame` outwards, innermost first."""
        while frame is not None:
            source = self.find(frame.f_code.co_filename)
            if source is not None:
                line = frame.f_lineno + source.offset
                yield Spot(
                    location(source, line),
                    source.mark_at(line),
                    source.function_of(frame.f_code),
                    tuple(source.targets_of(call_span(frame))),
                )
            frame = frame.f_back

    def callers(self, frame: FrameType | None) -> list[dict[str, Any]]:
        """The locations of the student's frames, innermost first; those of one line in a row count once."""
        found: list[dict[str, Any]] = []
        while frame is not None and len(found) <= MOST_CALLERS:
            source = self.find(frame.f_code.co_filename)
            here = location(source, frame.f_lineno + source.offset) if source else None
            if here and here not in found[-1:]:
                found.append(here)
            frame = frame.f_back
        return found

    def is_students(self, frame: FrameType | None) -> bool:
        return frame is not None and self.find(frame.f_code.co_filename) is not None

    def location_of_error(self, error: BaseException, cell: int | None = None) -> dict[str, Any]:
        """The innermost student line of a traceback; of that cell where one is given."""
        found = {"cell": cell, "line": None, "file": ""}
        for source, line in self.lines_of_error(error):
            if cell is None or source.cell == cell:
                found = location(source, line + source.offset)
        return found

    def trace_of_error(self, error: BaseException) -> TracebackType | None:
        """The innermost of the student's frames in a traceback, with the instruction that it was at."""
        found, trace = None, error.__traceback__
        while trace is not None:
            found = trace if self.is_students(trace.tb_frame) else found
            trace = trace.tb_next
        return found

    def lines_of_error(self, error: BaseException) -> Iterator[tuple[Source, int]]:
        """The student's lines of a traceback, outermost first, as the compiler counts them."""
        for filename, line in lines_of_error(error):
            source = self.find(filename)
            if source is not None:
                yield source, line


def location(source: Source, line: int) -> dict[str, Any]:
    return {"cell": source.cell, "line": line, "file": "" if source.cell else source.name}


def lines_of_error(error: BaseException) -> list[tuple[str, int]]:
    """File names and lines of a traceback, outermost first; a syntax error's own line comes last."""
    lines = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        lines.append((error.filename, error.lineno))
    return lines


def call_span(frame: FrameType, instruction: int | None = None) -> Span:
    """The source positions of the call that the frame is executing, or of one of its instructions."""
    index = (frame.f_lasti if instruction is None else instruction) // 2
    return next(itertools.islice(frame.f_code.co_positions(), index, None), (None, None, None, None))


def enclosing_function(spots: list[Spot], listed: list[str]) -> str:
    """The function that an assignment lists, if it is on the stack; else the innermost."""
    functions = [spot.function for spot in spots if spot.function and not spot.function.startswith("__")]
    known = [name for name in functions if name in listed]
    return (known or functions or [""])[0][:200]


def location_of_model(spots: list[Spot]) -> dict[str, Any]:
    """The line that built the model; where a helper of another cell did, the line of the running cell."""
    inner, running = spots[0].location, spots[-1].location["cell"]
    if not running or not inner["cell"]:
        return inner
    return next(spot.location for spot in spots if spot.location["cell"] == running)


def marks_of(spots: list[Spot]) -> list[str]:
    """The marks of the frames, the running cell or line first; that one stays empty where only a helper has one."""
    first, *others = dict.fromkeys(spot.mark for spot in reversed(spots))
    return [first, *filter(None, others)] if first or any(others) else []


def most_repeated(records: Sequence[Any]) -> Any:
    """The oldest model of the line that built most of them: a loop must not crowd out an exercise.

    A helper builds those of several exercises in one line, which names and marks then tell apart.
    """
    lines = Counter(_line_of(record) for record in records)
    crowded = max(lines, key=lambda line: lines[line])
    return next(record for record in records if _line_of(record) == crowded)


def _line_of(record: Any) -> str:
    return str([record.data[key] for key in ("location", "marks", "variables")])
