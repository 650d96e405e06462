"""What a submission is, and what its run recorded: claims of the student's side, read within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, WrapValidator

from grader.domain.bounds import (
    MOST_CALLS,
    MOST_CODE,
    MOST_HELD,
    MOST_LAYERS,
    MOST_READS,
    MOST_STATEMENTS,
    Count,
    Cut,
    Entries,
    Expression,
    Flag,
    FromOne,
    Identifier,
    Items,
    LayerName,
    Name,
    Names,
    Object,
    Prefix,
    Ranges,
    Text,
    Whole,
    shown,
)
from grader.domain.people import Origin
from grader.domain.steps import Edit, Step


@dataclass(frozen=True)
class Submission:
    """One student's submission: the entry file, the folder that belongs to it (or none), a hash over all of it.

    `files` are those of the folder that are copied with the entry, by their names in it; `None` means all of them.
    `left_behind` are neighbours that the entry imports but that look like somebody else's. `content` is a hash over all
    that matters to a run: if the entry comes alone, its name does not. `others` are further files of the same
    student to run, each by itself. `origin` is what the LMS says: whose it is, when it came, what was decided.
    """

    id: str
    who: str
    entry: Path
    folder: Path | None
    sha256: str
    problem: str = ""  # why it cannot be executed at all, in words for the student
    content: str = ""
    files: tuple[str, ...] | None = None
    left_behind: tuple[str, ...] = ()
    others: tuple[Path, ...] = ()
    origin: Origin = field(default_factory=Origin)

    @property
    def parts(self) -> tuple[Submission, ...]:
        """One for each file to run."""
        if not self.others:
            return (self,)
        return tuple(self._part(number, path) for number, path in enumerate((self.entry, *self.others)))

    def _part(self, number: int, entry: Path) -> Submission:
        """Attempts may have one name in several folders."""
        name = entry.name if self.folder is None else entry.relative_to(self.folder).as_posix()
        origin = replace(self.origin, paths=self.origin.paths[number : number + 1])
        return replace(self, entry=entry, others=(), content=f"{self.content} {name}", origin=origin)


@dataclass(frozen=True)
class SourceCell:
    """The code of one cell; `number` counts code cells from 1, and is `None` for a module, which is one piece."""

    number: int | None
    text: str


@dataclass(frozen=True)
class SourceFile:
    """The code of one file, as its author wrote it; `name` is the file's."""

    name: str
    cells: tuple[SourceCell, ...]


@dataclass(frozen=True)
class Location:
    """Where in a submission something is: file for modules, code cell (from 1) for notebooks, line from 1.

    `caller` is the call that led there, where it tells more: of the layers that one line of a helper creates. `column`,
    from 1, tells the calls of one line apart, where that was recorded.
    """

    cell: FromOne = None
    line: FromOne = None
    file: Annotated[str, Cut(300)] = ""
    caller: Location | None = None
    column: FromOne = field(default=None, compare=False)

    @property
    def place(self) -> tuple[str, int | None, int | None]:
        return self.file, self.cell, self.line

    def beside(self, other: Location) -> Location:
        """The same without the file, if it is the other's."""
        return replace(self, file="") if self.file == other.file else self

    def __str__(self) -> str:
        """`cell 3, line 7`, or `helpers.py, line 7`; empty where nothing is known."""
        parts = [self.file] if self.file and self.cell is None else []
        parts += [f"cell {self.cell}"] if self.cell is not None else []
        return ", ".join([*parts, f"line {self.line}"] if self.line is not None else parts)


Instead: TypeAlias = Annotated[Mapping[Identifier, Expression], Entries(MOST_CALLS)]


@dataclass(frozen=True)
class WrittenValue:
    """What gives a layer a value: a literal, in the call that creates it or elsewhere, or an expression in that call.

    `ordinal` counts from 1 where the line has several equal ones. All layers that have their value from there share it.
    `instead` are variables that may stand there, with their values when this layer was created, as code.
    """

    text: Expression
    location: Location
    ordinal: Count = 0
    instead: Instead = field(default_factory=dict, compare=False)


class Outcome(StrEnum):
    """How an execution ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Setting:
    """A loss, an optimizer or a metric as the student wrote it: its Keras class or function name, and its config."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)


Settings: TypeAlias = "float | Setting | tuple[Settings, ...] | Mapping[str, Settings] | None"


def settings(value: object, depth: int = 0) -> Settings:
    """A setting, or several in the shape that the student gave them. Raises `ValueError`."""
    if depth > 5:
        raise ValueError("is nested too deeply")
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if isinstance(value, list) and len(value) <= 64:
        return tuple(settings(item, depth + 1) for item in value)
    match value:
        case {"by_name": dict(named)}:
            return {shown(name[:200]): settings(item, depth + 1) for name, item in named.items()}
        case {"setting": str(name), "config": dict(config)}:
            return Setting(shown(name[:200]), config)
    raise ValueError("is neither a number, nor `setting` and `config`, nor at most 64 of these")


SETTINGS = {"anyOf": [{"type": "number"}, {"type": "object"}, {"type": "array", "maxItems": 64}, {"type": "null"}]}
if TYPE_CHECKING:
    GivenSettings: TypeAlias = Settings
else:  # pydantic cannot follow a type that holds itself
    GivenSettings = Annotated[Any, PlainValidator(settings), WithJsonSchema(SETTINGS)]


def _or_nothing(value: Any, read: Any) -> Any:
    """What only helps to say what to write; where it cannot be read, the model can."""
    try:
        return read(value)
    except ValueError:
        return {} if isinstance(value, dict) else ()


@dataclass(frozen=True)
class CompileCall:
    """One `compile`, untyped parts kept in the shape the student gave them (single, list or dict).

    `model` is what the code calls the model there; empty if that is uncertain. `edits` are those of the settings, by
    name, where the program gives them or leaves them out; they lack the value that is new.
    """

    order: Count
    location: Location
    optimizer: GivenSettings = None
    loss: GivenSettings = None
    loss_weights: GivenSettings = None
    metrics: GivenSettings = None
    model: Expression = ""
    edits: Annotated[Mapping[Identifier, Edit], Entries(8), WrapValidator(_or_nothing)] = field(default_factory=dict)


@dataclass(frozen=True)
class FitCall:
    """One `fit`: its arguments, and whether the grader cut it short.

    `ranges` are the least and the greatest number of each target, where they are known for all of them, and `exchange`
    is what to write for two of them the other way round.
    """

    order: Count
    location: Location
    epochs: Count
    batch_size: Whole | None
    cut: Flag
    finished: Flag
    ranges: Ranges = ()
    exchange: Annotated[tuple[Edit, ...], Items(8), WrapValidator(_or_nothing)] = ()


_VARIABLE = re.compile(r"(self\.)?[^\W\d]\w*(\[\w{1,40}\]|\['[\w -]{1,40}'\])?(\.layers\[\d{1,3}\])?")


def _is_variable(text: str) -> bool:
    """Whether it can be a variable, or an entry of one."""
    return len(text) <= 80 and _VARIABLE.fullmatch(text) is not None


def _variables(variables: Mapping[str, str]) -> Mapping[str, str]:
    return {name: variable for name, variable in variables.items() if _is_variable(variable)}


Variables: TypeAlias = Annotated[
    Mapping[LayerName, Annotated[str, Cut(80)]], Entries(MOST_LAYERS), AfterValidator(_variables)
]
Code: TypeAlias = Annotated[str, Field(max_length=MOST_CODE), AfterValidator(shown)]
Callee: TypeAlias = Annotated[str, Field(max_length=500), AfterValidator(lambda text: "" if "\n" in text else text)]


def _paths(held: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in held.items() if _is_variable(name)}


Held: TypeAlias = Annotated[Mapping[str, tuple[LayerName, Count]], Entries(MOST_HELD), AfterValidator(_paths)]
HeldLayers: TypeAlias = Annotated[Mapping[str, LayerName], Entries(MOST_HELD), AfterValidator(_paths)]


@dataclass(frozen=True)
class Statement:
    """One of those that build a model, by whole lines: its `code`, and the lines `above` it from the one before.

    It `binds` and `reads` names. `calls` are those of the network's layers that it makes, each the layer, which of its
    calls, and the code of what is called, if the statement has that. `held` is what variables hold before it, and
    `layers` the layers that they hold; `None` where it calls none. `model` is what stands before, between and after the
    inputs and outputs that its `Model(…)` is given, or a function of the program that calls this; nothing where that is
    unclear, and `None` for every statement but the last. `below` are names that these statements bind, and what comes
    after reads. For one that `failed` something else stands in.
    """

    location: Location
    code: Code
    above: Annotated[tuple[Code, ...], Items(MOST_LAYERS)] = ()
    binds: Names = ()
    reads: Names = ()
    calls: Annotated[tuple[tuple[LayerName, Count, Callee], ...], Items(MOST_LAYERS)] = ()
    held: Held | None = None
    layers: HeldLayers = field(default_factory=dict)
    model: Annotated[tuple[Code, ...], Items(3)] | None = None
    below: Names = ()
    failed: Flag = False


@dataclass(frozen=True)
class WrittenRead:
    """One tensor that a call reads, by its place among those, and where the code says so: in the call, or in one of a
    function around it. `instead` are the variables that may stand there, with the tensors that they hold."""

    call: tuple[LayerName, Count, Count]
    tensor: tuple[LayerName, Count]
    written: WrittenValue
    instead: Held


def _in_order(value: Any, read: Any) -> Any:
    """Statements of which none but the last makes the model, and no more of them than can be of use."""
    entries = _or_nothing(value, read)
    length = sum(len(line) for entry in entries for line in (*entry.above, entry.code, *(entry.model or ())))
    in_order = all(entry.model is None for entry in entries[:-1])
    return entries if in_order and length <= MOST_CODE else ()


Statements: TypeAlias = Annotated[tuple[Statement, ...], Items(MOST_STATEMENTS), WrapValidator(_in_order)]
Reads: TypeAlias = Annotated[tuple[WrittenRead, ...], Items(MOST_READS), WrapValidator(_or_nothing)]


Imported: TypeAlias = Annotated[Mapping[Name, Identifier], Entries(MOST_LAYERS)]
WrittenValues: TypeAlias = Annotated[Mapping[Name, Annotated[tuple[WrittenValue, ...], Items(2)]], Entries(MOST_CALLS)]
Places: TypeAlias = Annotated[tuple[Location, ...], Items(MOST_CALLS)]


@dataclass(frozen=True)
class RecordedModel:
    """One model that the code built, in order of construction. `config` is untrusted: `graph.parse` reads it.

    `kind` is "functional", "sequential" or "subclass". `marks` are the exercise tags, comments and headings in
    whose reach it was built: the running cell's or line's first, then those of functions that it called. `function`
    is the student's function that built it, `returned` whether the grader called that function itself.
    `layer_locations` says where layers were created, by name, `layer_values` what gives them their
    values, by name and parameter, the literal first, and `layer_calls` the lines that call a layer, where these
    are others; `layer_variables` hold the layers, or else what these returned, and `layer_results` hold the latter;
    `reused_variables` are those of layers that are given a value again; `layers_prefix` is what the code writes before
    the classes of layers, and `layers_imported` has those that it writes otherwise; `statements` are those that build
    the model, the one with its `Model(…)` last, `called` those that call the functions around them, the innermost
    first, and `reads` say what calls read; `unused` are entries, as a config has
    them, of layers that were called on what the model computes and that no model holds; both untrusted. `results` are
    what `Model(…)` was given in place of inputs, the layer and which of its calls, by the input that Keras made of it.
    One that `is_again` is the model of another entry, compiled again in reach of another mark.
    """

    index: Count
    kind: Annotated[str, Field(pattern="^(functional|sequential|subclass)$")]
    class_name: Identifier
    variables: Names
    function: Text
    returned: Flag
    location: Location
    marks: Names
    config: Mapping[str, Any] | None
    config_error: Text
    compiles: Annotated[tuple[CompileCall, ...], Items(MOST_CALLS)] = ()
    fits: Annotated[tuple[FitCall, ...], Items(MOST_CALLS)] = ()
    layer_locations: Annotated[Mapping[LayerName, Location], Entries(MOST_LAYERS)] = field(default_factory=dict)
    unused: Annotated[tuple[Object, ...], Items(100)] = ()
    results: Annotated[Mapping[LayerName, tuple[LayerName, Count]], Entries(MOST_LAYERS)] = field(default_factory=dict)
    layer_variables: Variables = field(default_factory=dict)
    layer_values: Annotated[Mapping[LayerName, WrittenValues], Entries(MOST_LAYERS)] = field(default_factory=dict)
    layer_results: Variables = field(default_factory=dict)
    reused_variables: Names = ()
    layers_prefix: Prefix = ""
    layers_imported: Imported = field(default_factory=dict)
    layer_calls: Annotated[Mapping[LayerName, Places], Entries(MOST_LAYERS)] = field(default_factory=dict)
    statements: Statements = ()
    called: Statements = ()
    is_again: Flag = False
    reads: Reads = ()

    @property
    def has_failed(self) -> bool:
        """Whether something else stands in for statements that build it: to be believed of a run that went on only."""
        return any(statement.failed for statement in self.statements)

    @property
    def variable(self) -> str:
        """What the code calls the model, as far as it can be written."""
        return next(filter(str.isidentifier, self.variables), "model")

    @property
    def gives_dict(self) -> bool:
        """Whether its outputs have names in place of an order."""
        return self.config is not None and isinstance(self.config.get("output_layers"), dict)

    @property
    def compiled(self) -> CompileCall | None:
        """The compile that counts: the last before the first fit, else the last."""
        first_fit = min((fit.order for fit in self.fits), default=None)
        before = [call for call in self.compiles if first_fit is None or call.order < first_fit]
        calls = before or list(self.compiles)
        return calls[-1] if calls else None


@dataclass(frozen=True)
class Failure:
    """An exception of the student's code; `settled` if no `fit` that was cut short can have caused it. `marks` and
    `function` are those of a model that its line would have built."""

    type: Identifier
    message: Annotated[str, Cut(2_000)]
    location: Location
    traceback: Annotated[str, Cut(8_000)] = ""
    settled: Flag = False
    marks: Names = ()
    function: Text = ""


@dataclass(frozen=True)
class Output:
    """Something the code showed: `kind` is "text", "error" or "png" (then `content` is base64)."""

    kind: Annotated[str, Field(pattern="^(text|error|png)$")]
    content: str
    cell: FromOne = None


@dataclass(frozen=True)
class Note:
    """A remark for the student; `grader explain CODE` says more. `costs` says that a check lost points for it.

    `edits` are what it says to write, as far as that leaves nothing open.
    """

    code: str
    detail: str
    location: Location
    costs: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Execution:
    """The record of one run: claims of the student's side, but for `seconds` and for what ended the process.

    `undecided` says why a person has to review the result, or nothing. No grade depends on a run in which steps were
    `followed`, or that `went_on` after errors: it shows what comes next.
    """

    outcome: Outcome
    seconds: float
    isolation: str
    message: str = ""
    limit: str | None = None
    models: tuple[RecordedModel, ...] = ()
    failures: tuple[Failure, ...] = ()
    function_failures: Mapping[str, Failure] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    notes: tuple[Note, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    full_fit: bool = False
    undecided: str = ""
    followed: tuple[Step, ...] = ()
    went_on: bool = False
