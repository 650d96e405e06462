"""What a submission is, and what its run recorded: claims of the student's side, typed and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from grader.domain.graph import Shape
from grader.domain.people import Origin


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
        return tuple(self._part(number, one) for number, one in enumerate((self.entry, *self.others)))

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
class Source:
    """The code of one file, as its author wrote it; `name` is the file's."""

    name: str
    cells: tuple[SourceCell, ...]


@dataclass(frozen=True)
class Location:
    """Where in a submission something is: file for modules, code cell (from 1) for notebooks, line from 1.

    `caller` is the call that led there, where it tells more: of the layers that one line of a helper creates.
    """

    cell: int | None = None
    line: int | None = None
    file: str = ""
    caller: Location | None = None

    def __str__(self) -> str:
        """`cell 3, line 7`, or `helpers.py, line 7`; empty where nothing is known."""
        parts = [self.file] if self.file and self.cell is None else []
        parts += [f"cell {self.cell}"] if self.cell is not None else []
        return ", ".join([*parts, f"line {self.line}"] if self.line is not None else parts)


@dataclass(frozen=True)
class WrittenValue:
    """A value as it is written in a submission, and where."""

    text: str
    location: Location


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


@dataclass(frozen=True)
class CompileCall:
    """One `compile`, untyped parts kept in the shape the student gave them (single, list or dict)."""

    order: int
    location: Location
    optimizer: Settings
    loss: Settings
    loss_weights: Settings
    metrics: Settings


@dataclass(frozen=True)
class FitCall:
    """One `fit`: its arguments, and whether the grader cut it short.

    Shapes are those of each array, in order; `ranges` are the least and the greatest number of each target, where they
    are known for all of them.
    """

    order: int
    location: Location
    epochs: int
    batch_size: int | None
    inputs: tuple[Shape, ...]
    targets: tuple[Shape, ...]
    cut: bool
    finished: bool
    ranges: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class RecordedModel:
    """One model that the code built, in order of construction. `config` is untrusted: `graph.parse` reads it.

    `kind` is "functional", "sequential" or "subclass". `marks` are the exercise tags, comments and headings in
    whose reach it was built: the running cell's or line's first, then those of functions that it called. `function`
    is the student's function that built it, `returned` whether the grader called that function itself.
    `layer_locations` says where layers were created, by name, `layer_values` where values are written that are not in
    the call that creates the layer, by name and parameter, and `layer_calls` the lines that call a layer, where these
    are others; `unused` are entries, as a config has them, of layers
    that were called on what the model computes and that no model holds; both untrusted.
    """

    index: int
    kind: str
    class_name: str
    variables: tuple[str, ...]
    function: str
    returned: bool
    location: Location
    marks: tuple[str, ...]
    config: Mapping[str, Any] | None
    config_error: str
    compiles: tuple[CompileCall, ...] = ()
    fits: tuple[FitCall, ...] = ()
    layer_locations: Mapping[str, Location] = field(default_factory=dict)
    unused: tuple[Mapping[str, Any], ...] = ()
    layer_variables: Mapping[str, str] = field(default_factory=dict)
    layer_values: Mapping[str, Mapping[str, WrittenValue]] = field(default_factory=dict)
    layer_calls: Mapping[str, tuple[Location, ...]] = field(default_factory=dict)

    @property
    def compiled(self) -> CompileCall | None:
        """The compile that counts: the last before the first fit, else the last."""
        first_fit = min((fit.order for fit in self.fits), default=None)
        before = [call for call in self.compiles if first_fit is None or call.order < first_fit]
        found = before or list(self.compiles)
        return found[-1] if found else None


@dataclass(frozen=True)
class Failure:
    """An exception of the student's code; `settled` if no `fit` that was cut short can have caused it."""

    type: str
    message: str
    location: Location
    traceback: str = ""
    settled: bool = False


@dataclass(frozen=True)
class Output:
    """Something the code showed: `kind` is "text", "error" or "png" (then `content` is base64)."""

    kind: str
    content: str
    cell: int | None = None


@dataclass(frozen=True)
class Note:
    """A remark for the student; `grader explain CODE` says more. `costs` says that a check lost points for it."""

    code: str
    detail: str
    location: Location
    costs: bool = False


@dataclass(frozen=True)
class Execution:
    """The record of one run; all except `outcome`, `seconds` and `limit` are claims of the student's side.

    `undecided` says why a person has to review the result, or nothing.
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
