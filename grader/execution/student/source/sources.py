"""Where in the student's source something happens: file or cell, line, mark, and the name it is assigned to.

So where models were created, and to which variable or function of the student's a model belongs.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeVar

from .data_flow import (
    COMPREHENSIONS,
    FUNCTIONS,
    HANDING_ON,
    MUTATORS,
    defaults,
    given,
    given_within,
    parts,
    plain,
    tell_apart,
)
from .marks import Marks, mark_comments
from .statements import Place, bound_by, decoded, given_to, last_name, names_in, own_parts, parsed

MOST_CALLERS = 4
MOST_TEXT = 1_000_000
Span = tuple[int | None, int | None, int | None, int | None]
Node = TypeVar("Node", bound=ast.expr)


@dataclass
class Source:
    """The text of one module or cell, read once. `offset` is how many of its lines a magic took from the compiler."""

    name: str
    text: str
    cell: int | None = None
    mark: str = ""
    offset: int = 0
    comments: list[tuple[int, str]] = field(default_factory=list)

    @cached_property
    def tree(self) -> ast.Module:
        """The statements that can be run; none of a text that is nested too deeply."""
        with contextlib.suppress(ValueError, RecursionError, MemoryError):
            return ast.Module(parsed(self.text, "").body, [])
        return ast.Module([], [])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def statements(self) -> list[ast.stmt]:
        return [node for node in self.nodes if isinstance(node, ast.stmt)]

    @cached_property
    def loops(self) -> list[Any]:
        return [node for node in self.nodes if isinstance(node, (ast.For, *COMPREHENSIONS))]

    @cached_property
    def expressions(self) -> dict[Span, list[ast.expr]]:
        """By where they stand."""
        expressions: dict[Span, list[ast.expr]] = {}
        for node in self.nodes:
            if isinstance(node, ast.expr):
                expressions.setdefault(span_of(node), []).append(node)
        return expressions

    @cached_property
    def by_line(self) -> dict[int, list[ast.expr]]:
        """Expressions by the line in which they begin, from left to right."""
        lines: dict[int, list[ast.expr]] = {}
        for node in sorted(self.nodes, key=lambda node: getattr(node, "col_offset", 0)):
            if isinstance(node, ast.expr):
                lines.setdefault(node.lineno, []).append(node)
        return lines

    @cached_property
    def bound(self) -> set[str]:
        """Every name that it may bind, wherever in it; a `*` import may bind any."""
        return bound_by(self.nodes)

    @cached_property
    def loads(self) -> list[ast.Name]:
        """Every name that it reads, wherever in it."""
        return [node for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]

    @property
    def used(self) -> set[str]:
        return {node.id for node in self.loads}

    @cached_property
    def targets(self) -> dict[Span, list[str]]:
        """For each call that is a whole assigned value: the names that it gets; for a `lambda`, by its line alone."""
        names: dict[Span, list[str]] = {}
        for node in self.nodes:
            value = getattr(node, "value", None)
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and isinstance(
                value, (ast.Call, ast.Lambda)
            ):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                span = span_of(value) if isinstance(value, ast.Call) else (value.lineno, None, None, None)
                names[span] = [name for target in targets if (name := name_of(target))]
        return names

    @cached_property
    def returned(self) -> set[ast.expr | None]:
        """What functions return."""
        return {node.value for node in self.nodes if isinstance(node, ast.Return)} - {None}

    @cached_property
    def functions(self) -> dict[str, Any]:
        """Of several of one name, the last."""
        return {node.name: node for node in self.nodes if isinstance(node, FUNCTIONS)}

    @cached_property
    def lines(self) -> list[str]:
        """As the compiler counts them."""
        return self.text.split("\n")

    def code_of(self, node: Any) -> str:
        """What stands there, brackets and spaces included."""
        lines = [line.encode() for line in self.lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"\n".join(lines).decode()

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """By the name that is called."""
        calls: dict[str, list[ast.Call]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Call):
                calls.setdefault(last_name(node.func), []).append(node)
        return calls

    @cached_property
    def given_away(self) -> set[str]:
        """Names that functions of packages and methods are given, as in `np.linspace(0, 1, n)` and `fit(…, epochs=n)`:
        what they hold is about more than the network."""
        calls = [node for node in self.nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        calls = [call for call in calls if not isinstance(call.func.value, ast.Constant)]  # type: ignore[attr-defined]
        others = [call for call in calls if not (_is_of_layers(call) or last_name(call.func) in self.functions)]
        values = [value for call in others for value in given_to(call)]
        return {node.id for value in values for node in parts(value) if isinstance(node, ast.Name)}

    @cached_property
    def reused(self) -> set[str]:
        """Variables that are given a value more than once, in one function or in a loop."""
        nodes = self.told_apart.nodes
        loops = [node for node in nodes if isinstance(node, (ast.For, ast.While))]
        every = itertools.chain(nodes, *map(ast.walk, loops))
        names = Counter(node.id for node in every if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        return {plain(name) for name, count in names.items() if count > 1}

    @cached_property
    def told_apart(self) -> Source:
        return self.apart()

    def apart(self) -> Source:
        """The same, read once more, with a name of its own for each variable."""
        apart = Source(self.name, self.text, self.cell, offset=self.offset)
        tell_apart(apart.tree)
        return apart

    @cached_property
    def given(self) -> dict[str, list[tuple[Any, ast.expr]]]:
        """By name, what gives it a value, calls of functions apart, and the value."""
        bindings: dict[str, list[tuple[Any, ast.expr]]] = {}
        for node in self.nodes:
            for value, names in (*given(node), *given_within(node), *defaults(node)):
                for name in names:
                    bindings.setdefault(name, []).append((node, value))
        return bindings

    def assigning(self, name: str) -> list[ast.Assign]:
        """The lines that give this name a value."""
        statements = [node for node in self.nodes if isinstance(node, ast.Assign)]
        return [statement for statement in statements if name in map(ast.unparse, statement.targets)]

    def at(self, span: Span, kind: type[Node]) -> Node | None:
        """The expression of a kind at a place."""
        return next((node for node in self.expressions.get(span, ()) if isinstance(node, kind)), None)

    def mark_at(self, line: int) -> str:
        """The comment's reach beats the mark of the whole cell."""
        above = [mark for number, mark in self.comments if number <= line]
        return above[-1] if above else self.mark

    def statements_at(self, line: int, column: int | None = None) -> list[Any]:
        """The statements that a line is in, the outermost first; of several in one line that of the column."""
        around = [node for node in self.statements if node.lineno <= line <= (node.end_lineno or node.lineno)]
        if column is not None:
            around = [node for node in around if (node.lineno, node.col_offset) <= (line, column)]
        return sorted(around, key=lambda node: (node.lineno, node.col_offset, -(node.end_lineno or 0)))

    def function_at(self, line: int) -> Any:
        """The definition that a line is in."""
        return next((node for node in self.statements_at(line)[::-1] if isinstance(node, FUNCTIONS)), None)

    def is_method(self, function: Any) -> bool:
        """Whether a call gives its first parameter by what stands before the dot."""
        is_own = any(isinstance(node, ast.ClassDef) and function in node.body for node in self.statements)
        return is_own and "staticmethod" not in map(ast.unparse, function.decorator_list)

    def is_tried(self, line: int) -> bool:
        """Whether a line stands within a `try`, which goes on otherwise where it fails."""
        tries = [node for node in self.statements_at(line) if isinstance(node, ast.Try)]
        return any(line <= (node.body[-1].end_lineno or 0) for node in tries)

    def location(self, line: int) -> Place:
        """Of a line as the compiler counts them."""
        return {"cell": self.cell, "line": line + self.offset, "file": "" if self.cell else self.name}

    def function_of(self, code: CodeType) -> str:
        """The name of a function; of a `lambda`, the one that it is assigned to."""
        if code.co_name == "<lambda>":
            return next(iter(self.targets.get((code.co_firstlineno, None, None, None), ())), "")
        return "" if code.co_name.startswith("<") else code.co_name


def _is_of_layers(call: ast.Call) -> bool:
    """Whether a call creates an object, as of a layer, or puts its arguments into one."""
    name = last_name(call.func)
    return name[:1].isupper() or name in MUTATORS or name in HANDING_ON or name == "partial"


def span_of(node: ast.expr) -> Span:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def name_of(node: ast.expr) -> str:
    """`model`, `self.model` and `models["model"]` are all called model."""
    key = getattr(node.slice, "value", None) if isinstance(node, ast.Subscript) else None
    return key if isinstance(key, str) else last_name(node)


@dataclass(frozen=True)
class Spot:
    """A line of the student's, and the frame that is in it, if one is: on the stack, or in a traceback."""

    source: Source
    line: int
    frame: FrameType | None = None
    instruction: int = 0

    @property
    def place(self) -> Place:
        return self.source.location(self.line)

    @property
    def call_place(self) -> Place:
        """The same, with the column in which the call begins that the frame is making."""
        column = self.span[2]
        return self.place if column is None else {**self.place, "column": column + 1}

    @property
    def mark(self) -> str:
        return self.source.mark_at(self.line + self.source.offset)

    @property
    def function(self) -> str:
        """The name of the one that the frame runs."""
        return self.source.function_of(self.frame.f_code) if self.frame else ""

    @property
    def own_nodes(self) -> list[ast.AST]:
        """What is in the function or module that the frame runs, and in no function within it."""
        return [*own_parts(self.source.functions.get(self.function, self.source.tree))]

    @property
    def span(self) -> Span:
        """Of the expression that the frame is evaluating."""
        positions = self.frame.f_code.co_positions() if self.frame else ()
        return next(itertools.islice(positions, self.instruction // 2, None), (None, None, None, None))

    @property
    def targets(self) -> list[str]:
        """What the call that the frame is making is assigned to."""
        return self.source.targets.get(self.span, [])

    @property
    def scope(self) -> dict[str, Any]:
        """What all names stand for in the frame."""
        return names_in(self.frame)

    @property
    def variables(self) -> Mapping[str, Any]:
        """Those of the function or module that the frame runs."""
        return self.frame.f_locals if self.frame else {}

    @property
    def owner(self) -> Any:
        """Whose variables these are: a function's, by its code, or a module's, by its names."""
        is_module = self.frame and self.frame.f_locals is self.frame.f_globals
        return self.frame and (self.frame.f_globals if is_module else self.frame.f_code)

    def node(self, kind: type[Node]) -> Node | None:
        """The expression of that kind that the frame is evaluating."""
        return self.source.at(self.span, kind)

    def value(self, node: ast.expr | None) -> Any:
        """What a name, an attribute or an entry of one stands for in the frame; `None` for anything else."""
        if isinstance(node, ast.Name) and self.frame is not None:
            scopes = (self.frame.f_locals, self.frame.f_globals, self.frame.f_builtins)
            return next((scope[node.id] for scope in scopes if node.id in scope), None)
        if isinstance(node, ast.Subscript) and type(owner := self.value(node.value)) in (dict, list, tuple):
            with contextlib.suppress(LookupError, TypeError):
                return owner[node.slice.value if isinstance(node.slice, ast.Constant) else self.value(node.slice)]
        return getattr(self.value(node.value), node.attr, None) if isinstance(node, ast.Attribute) else None


class Sources:
    """All sources of a submission, by the file name that the compiler gave them."""

    def __init__(self, root: str, marks: Marks) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.marks = marks
        self.known: dict[str, Source] = {}
        self.foreign: set[str] = set()

    def add(self, filename: str, source: Source) -> None:
        comments = mark_comments(source.text, self.marks)
        source.comments = [(line + source.offset, mark) for line, mark in comments]
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
        with contextlib.suppress(OSError):
            self.add(filename, read(Path(path), os.path.relpath(path, self.root).replace(os.sep, "/")))
        return self.known.get(filename)

    def at(self, place: Place) -> Spot | None:
        """The line that is recorded as this place."""
        spots = (Spot(source, (place["line"] or 0) - source.offset) for source in self.known.values())
        return next((spot for spot in spots if spot.place.items() <= place.items()), None)

    def spots(self, frame: FrameType | None) -> Iterator[Spot]:
        """The student's frames from `frame` outwards, innermost first."""
        while frame is not None:
            source = self.find(frame.f_code.co_filename)
            if source is not None:
                yield Spot(source, frame.f_lineno, frame, frame.f_lasti)
            frame = frame.f_back

    def callers(self, frame: FrameType | None) -> list[Place]:
        """The locations of the student's frames, innermost first; those of one line in a row count once."""
        places = (spot.place for spot in self.spots(frame))
        return list(itertools.islice((place for place, _ in itertools.groupby(places)), MOST_CALLERS + 1))

    def is_students(self, frame: FrameType | None) -> bool:
        return frame is not None and self.find(frame.f_code.co_filename) is not None

    def traced(self, error: BaseException) -> list[Spot]:
        """The student's frames in a traceback, outermost first. A syntax error's own line, without one, comes last."""
        spots, trace = list[Spot](), error.__traceback__
        while trace is not None:
            source = self.find(trace.tb_frame.f_code.co_filename)
            spots += [Spot(source, trace.tb_lineno, trace.tb_frame, trace.tb_lasti)] if source else []
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            source = self.find(error.filename)
            spots += [Spot(source, error.lineno)] if source else []
        return spots

    def location_of_error(self, error: BaseException, cell: int | None = None) -> Place:
        """The innermost student line of a traceback; of that cell where one is given."""
        places = [spot.place for spot in self.traced(error) if cell is None or spot.source.cell == cell]
        return places[-1] if places else {"cell": cell, "line": None, "file": ""}


def read(path: Path, name: str) -> Source:
    """A module beside the entry."""
    with path.open("rb") as file:
        return Source(name, decoded(file.read(MOST_TEXT), name)[0])


def enclosing_function(spots: list[Spot], listed: list[str]) -> str:
    """The outermost function that an assignment lists, which may call that of another; else the innermost of all."""
    functions = [spot.function for spot in spots if spot.function and not spot.function.startswith("__")]
    names = [name for name in functions if name in listed]
    return (names[-1:] or functions or [""])[0][:200]


def location_of_model(spots: list[Spot]) -> Place:
    """The line that built the model; where a helper of another cell did, the line of the running cell."""
    inner, running = spots[0], spots[-1].source.cell
    if not running or not inner.source.cell:
        return inner.place
    return next(spot.place for spot in spots if spot.source.cell == running)


def marks_of(spots: list[Spot]) -> list[str]:
    """The marks of the frames, the running cell or line first; that one stays empty where only a helper has one."""
    first, *rest = dict.fromkeys(spot.mark for spot in reversed(spots))
    return [first, *filter(None, rest)] if first or any(rest) else []


def most_repeated(records: Sequence[Any]) -> Any:
    """The oldest model of the line that built most of them: a loop must not crowd out an exercise.

    A helper builds those of several exercises in one line, which names and marks then tell apart.
    """
    lines = [str([record.data[key] for key in ("location", "marks", "variables")]) for record in records]
    crowded = max(lines, key=Counter(lines).__getitem__)
    return records[lines.index(crowded)]
