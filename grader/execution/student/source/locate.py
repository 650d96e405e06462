"""Where in the student's source something happens: file or cell, line, mark, and the name it is assigned to.

So where layers and models were created, and to which variable or function of the student's a model belongs.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import os
import re
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Any

from .. import describe
from .statements import Span, tree_of

COMMENT = re.compile(r"(?<!#)#+\s*exercise\s*:\s*(?P<what>[^\n]*)", re.IGNORECASE)
HEADING = re.compile(r"^(#{1,6})\s+(.*)")
MOST_LOCATIONS = 2_000
MOST_NAMES = 500
MOST_UNUSED = 32
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_VARIABLES = 2_000
MOST_CALLERS = 4
MOST_ENTRIES = 100


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
    targets: dict[Span, list[str]] | None = None

    def mark_at(self, line: int) -> str:
        """The comment's reach beats the mark of the whole cell."""
        above = [mark for number, mark in self.comments if number <= line]
        return above[-1] if above else self.mark

    def is_tried(self, line: int) -> bool:
        """Whether a line stands within a `try`, which goes on otherwise where it fails."""
        tries = [node for node in ast.walk(tree_of(self.text)) if isinstance(node, ast.Try)]
        return any(one.body[0].lineno <= line <= (one.body[-1].end_lineno or 0) for one in tries)

    def targets_of(self, span: Span) -> list[str]:
        if self.targets is None:
            self.targets = assignment_targets(self.text)
        return self.targets.get(span, [])

    def function_of(self, code: CodeType) -> str:
        """The name of a function; of a `lambda`, the one that it is assigned to."""
        if code.co_name == "<lambda>":
            return next(iter(self.targets_of((code.co_firstlineno, None, None, None))), "")
        return "" if code.co_name.startswith("<") else code.co_name


def assignment_targets(text: str) -> dict[Span, list[str]]:
    """For each call that is a whole assigned value: the names it is assigned to; for a `lambda`, by its line alone."""
    try:
        tree = tree_of(text)
    except (ValueError, RecursionError):
        return {}
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


def calls_of_error(error: BaseException) -> set[Span]:
    """Where the calls stand, in whatever file, that an error has ended."""
    spans, trace = set(), error.__traceback__
    while trace is not None:
        spans.add(call_span(trace.tb_frame, trace.tb_lasti))
        trace = trace.tb_next
    return spans


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


class Created:
    """Locations of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.locations: dict[int, tuple[weakref.ref[Any], list[dict[str, Any]]]] = {}
        self.beyond = 0
        self.variables: dict[int, tuple[weakref.ref[Any], str]] = {}

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        if len(self.locations) >= MOST_LOCATIONS:
            self.beyond += 1
            if self.beyond % MOST_LOCATIONS != 1:
                return
            self.locations = {key: known for key, known in self.locations.items() if known[0]() is not None}
            if len(self.locations) >= MOST_LOCATIONS:
                return
        found = self.sources.callers(outside(layer, frame))
        if found:
            self.locations[id(layer)] = (weakref.ref(layer), found)

    def locations_of(self, layer: Any) -> list[dict[str, Any]]:
        """The line that created a layer, and those whose calls led there."""
        known = self.locations.get(id(layer))
        return known[1] if known is not None and known[0]() is layer else []

    def name(self, keras: Any, namespace: dict[str, Any]) -> None:
        """Which variables hold the layers, or what a layer returned, if it is one tensor of all that it returned."""
        named = [item for item in list(namespace.items())[:MOST_VARIABLES] if not str(item[0]).startswith("_")]
        held = [(label, value) for label, value in named if isinstance(value, keras.layers.Layer)]
        tensors = [(label, value) for label, value in named if isinstance(value, keras.KerasTensor)]
        made = [(label, getattr(getattr(value, "_keras_history", None), "operation", None)) for label, value in tensors]
        of_one = [(label, layer) for label, layer in made if len(getattr(layer, "_inbound_nodes", ())) == 1]
        self.variables = {}
        for label, layer in [*held, *of_one]:
            with contextlib.suppress(TypeError):
                self.variables.setdefault(id(layer), (weakref.ref(layer), label))

    def around(self, keras: Any, model: Any, models: Iterable[Any]) -> dict[str, Any]:
        """What models.json says of a model's layers beside its config."""
        unused = _unused_layers(keras, model, models)
        layers = [*describe.nested_layers(model), *unused]
        locations, variables = self.locations_in(layers), self.variables_in(layers)
        return {"layer_locations": locations, "layer_variables": variables, "unused": described(keras, unused)}

    def variables_in(self, layers: Iterable[Any]) -> dict[str, str]:
        """The variables of layers by name; of two layers with one name, none."""
        names: dict[str, list[Any]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(layer)
        known = {name: self.variables.get(id(same[0])) for name, same in names.items() if len(same) == 1}
        found = {name: one[1][:80] for name, one in known.items() if one is not None and one[0]() is names[name][0]}
        return dict(list(found.items())[:MOST_NAMES])

    def locations_in(self, layers: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """The locations of layers by name; a name that two nested models both have says nothing."""
        names: dict[str, list[list[dict[str, Any]]]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(self.locations_of(layer))
        known = {name: same[0] for name, same in names.items() if len(same) == 1 and same[0]}
        lines: dict[str, list[list[dict[str, Any]]]] = {}
        for locations in known.values():
            lines.setdefault(str(locations[0]), []).append(locations)
        found = {name: _called(locations, lines[str(locations[0])]) for name, locations in known.items()}
        return dict(list(found.items())[:MOST_NAMES])


def _called(locations: list[dict[str, Any]], same_line: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Where a layer was created; where a helper's line creates several, also the nearest call that tells them apart."""
    for depth in range(1, len(locations)):
        if len({str(other[depth : depth + 1]) for other in same_line}) > 1:
            return {**locations[0], "caller": locations[depth]}
    return locations[0]


def outside(layer: Any, frame: FrameType | None) -> FrameType | None:
    """The frame that creates a layer, and not the `__init__` of its own class, which calls that of its base."""
    start, one = frame, frame
    for _ in range(MOST_FRAMES):
        if one is None:
            break
        if one.f_code.co_name == "__init__" and one.f_locals.get("self") is layer:
            start = one.f_back
        one = one.f_back
    return start


def watched(note: Callable[[Any, FrameType | None], None]) -> Callable[[Any], Any]:
    """A wrapper for the constructor that all layers and operations have in common."""

    def wrap(original: Any) -> Any:
        def construct(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            original(*args, **kwargs)
            note(args[0], sys._getframe(1))

        return construct

    return wrap


def _unused_layers(keras: Any, model: Any, models: Iterable[Any]) -> list[Any]:
    """Layers that were called on what this model computes, and what else these read; in none of the models."""
    held = {id(one) for other in models for one in (other, *describe.nested_layers(other))}
    found: dict[int, Any] = {}
    waiting = list(describe.nested_layers(model))
    while waiting and len(found) < MOST_UNUSED:
        one = waiting.pop()
        for layer in (*readers(one), *(sources(one) if id(one) in found else ())):
            if id(layer) not in held and id(layer) not in found:
                found[id(layer)] = layer
                waiting.append(layer)
    return [layer for layer in found.values() if not isinstance(layer, keras.Model)]


def readers(layer: Any) -> Iterator[Any]:
    for node in getattr(layer, "_outbound_nodes", ()):
        reader = getattr(node, "operation", None)
        if reader is not None:
            yield reader


def sources(layer: Any) -> Iterator[Any]:
    for node in getattr(layer, "_inbound_nodes", ()):
        yield from (tensor._keras_history.operation for tensor in node.input_tensors)


def described(keras: Any, layers: Iterable[Any]) -> list[dict[str, Any]]:
    """The calls of layers, each as a model's config has the layer, with the shapes of its results, and what it reads:
    the layer and which of its calls. A layer that cannot say its config is left out."""
    entries = []
    for layer in layers:
        for node in layer._inbound_nodes[:MOST_CALLERS]:
            with contextlib.suppress(Exception):
                entry = describe.plain(keras.saving.serialize_keras_object(layer))
                histories = [tensor._keras_history for tensor in node.input_tensors]
                reads = [[str(one.operation.name)[:80], one.node_index] for one in histories[:MOST_UNUSED]]
                shapes = describe.shapes(node.output_tensors)
                entries.append({**entry, "name": str(layer.name)[:80], "reads": reads, "shapes": shapes})
    return entries[:MOST_ENTRIES]
