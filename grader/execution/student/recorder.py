"""What the code built, compiled and fitted, and the errors that it raised, kept in memory and on disk."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from . import describe
from .source import sources
from .source.depends_on_training import Trained
from .source.layer_origins import Created
from .source.model_statements import calling
from .source.sources import MOST_CALLERS, Source, Sources
from .source.statements import Place
from .source.written_calls import Conclusion, NoteValues, also_on, in_own_place, with_pass

INSTALLED = re.compile(r" \(/[^()]*\)$")  # where a package lies is nobody's business
HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = re.compile(r"\[[-+\d.,eEnaif\s\[\]]{40,}")  # an array, or a list of many
NOWHERE: Place = {"cell": None, "line": None, "file": ""}
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)  # of our own: programs patch `json.dumps`
MAX_BYTES = 12 * 1024 * 1024
MOST_CALLS = 20  # compiles and fits of one model
MOST_FAILURES = 100
SPARE_BYTES = 48 * 2**20  # never written to, so that nothing but the limit of memory counts it
MOST_NAMES = 64
MOST_SAID = 500
MOST_NUMBER = 10**12
MOST_NOTES = 200
SHORTEST_PLACE = 4
EVERYWHERE = ("misspelt-name", "not-imported", "unknown-name")  # what is wrong on each line alike
SEVERAL = ("keras2-removed", "missing-package", "unknown-name")  # of which one line may make several


def message_of(error: BaseException) -> str:
    try:
        text = error.msg if isinstance(error, SyntaxError) and error.msg else str(error)
        if isinstance(error, ImportError):
            text = INSTALLED.sub("", text)
        return NUMBERS.sub(_left_out, text[:20_000])[:2_000].encode("utf-8", "replace").decode("utf-8")
    except Exception:
        return ""


def _left_out(numbers: re.Match[str]) -> str:
    _, closed, rest = numbers[0].rpartition("]")
    return "[…]" + (rest if closed else "")


def without_places(text: str, places: Iterable[tuple[str, str]]) -> str:
    """Without the folders of the machine, which are not those of whoever reads."""
    for place, short in places:
        if len(place) > SHORTEST_PLACE:
            text = text.replace(place, short)
    return text


def missing_package(error: BaseException, root: str) -> str:
    """The third-party package whose absence raised this, or nothing."""
    if not isinstance(error, ModuleNotFoundError) or not isinstance(error.name, str):
        return ""
    package = error.name.split(".")[0]
    ours = package in sys.stdlib_module_names or package == "grader" or package in sys.modules
    return "" if ours or (Path(root) / package).exists() else package[:100]


def _student_traceback(error: BaseException, sources: Sources) -> str:
    """The traceback from the student's first line on, in the student's file names, without this package."""
    try:
        trace = traceback.TracebackException.from_exception(error, limit=-40)
        part: traceback.TracebackException | None = trace
        while part is not None:
            part.stack = traceback.StackSummary.from_list(_frames_of_interest(part.stack, sources))
            if isinstance(error, SyntaxError) and part.filename:
                part.filename = display_name(part.filename, sources)
            part = part.__cause__ or part.__context__
        text = "".join(trace.format())
    except Exception:
        text = message_of(error)
    return text[-8_000:].encode("utf-8", "replace").decode("utf-8")


def _frames_of_interest(stack: traceback.StackSummary, sources: Sources) -> list[traceback.FrameSummary]:
    frames = [frame for frame in stack if not frame.filename.startswith((HERE, "<frozen"))]
    first = next((number for number, frame in enumerate(frames) if sources.find(frame.filename)), 0)
    return [
        traceback.FrameSummary(display_name(frame.filename, sources), frame.lineno, frame.name, line=frame.line)
        for frame in frames[first:]
    ]


def display_name(filename: str, sources: Sources) -> str:
    source = sources.find(filename)
    if source is None:
        return filename
    return f"cell {source.cell}" if source.cell else source.name


@dataclass
class Record:
    """One model; `data` is its entry in the recording, without what describes the model itself.

    That is `described`, as JSON, so that each is written once. `plain`: compiled, and Keras's own throughout.
    """

    model: Any
    data: dict[str, Any]
    stale: bool = True
    size: int = 0
    described: dict[str, str] = field(default_factory=lambda: {"config": "null"})
    plain: bool = False


@dataclass
class Recorder:
    """The recording of a run. `keras` is set when the code imports it; `cells` are a notebook's, by number."""

    job: dict[str, Any]
    keras: Any = None
    problem: str = ""
    finished: bool = False
    running: int | None = None
    calling: str = ""
    cut: int | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    muted: bool = False
    is_silent: bool = False  # nothing more is noted
    instead_of_data: Callable[..., Any] | None = None  # calls a layer, see `running_on`
    records: list[Record] = field(default_factory=list)
    strangers: dict[int, tuple[weakref.ref[Any], dict[str, Any]]] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    concluded: list[dict[str, Any]] = field(default_factory=list)  # those that come of values
    failures: list[dict[str, Any]] = field(default_factory=list)
    decisive: list[int] = field(default_factory=list)  # of these, what kept a network from being built
    function_failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[int, Source] = field(default_factory=dict)
    settled_errors: list[BaseException] = field(default_factory=list)
    building: set[int] = field(default_factory=set)
    built: int = 0
    calls: int = 0
    trained: Trained = field(default_factory=Trained)
    needs_training: str = ""
    pid: int = field(default_factory=os.getpid)
    spare: bytearray | None = field(default_factory=lambda: bytearray(SPARE_BYTES))
    sources: Sources = field(init=False)
    created: Created = field(init=False)

    def __post_init__(self) -> None:
        self.sources = Sources(self.job["work"], self.job["marks"])
        self.created = Created(self.sources)

    @property
    def entry(self) -> Path:
        return Path(self.job["work"], self.job["entry"])

    def make_room(self, error: BaseException | None) -> None:
        """When nothing is left to allocate, there is still enough to say so."""
        if isinstance(error, MemoryError):
            self.spare = None

    # Models

    @contextlib.contextmanager
    def construction(self, model: Any, caller: FrameType | None) -> Iterator[None]:
        """Around the outermost `__init__` of a model; one that fails leaves nothing behind."""
        if self.muted or id(model) in self.building:
            yield
            return
        self.building.add(id(model))
        self.created.building.muted = True
        try:
            yield
        finally:
            self.building.discard(id(model))
            self.created.building.muted = bool(self.building)
        data = self.birth(model, caller)
        self.created.building.note_model(model, caller)
        self._name_layers_in_functions(caller)
        if self.sources.is_students(caller):
            self.adopt(model, data)
        else:
            # Keras builds models of its own; one becomes the student's when the student uses it.
            self.strangers[id(model)] = (weakref.ref(model), data)

    def _name_layers_in_functions(self, caller: FrameType | None) -> None:
        """Which variables of the functions that build a model hold its layers: they are gone at the end."""
        spots = [spot for spot in self.sources.spots(caller) if isinstance(spot.owner, CodeType)]
        for spot in reversed(spots):
            with contextlib.suppress(Exception):
                self.created.name(self.keras, spot.variables)

    def birth(self, model: Any, caller: FrameType | None) -> dict[str, Any]:
        spots = list(self.sources.spots(caller))
        makers = [spot for spot in spots if spot.variables.get("self") is not model]  # outside of its own `__init__`
        self.built += 1
        targets = [name for spot in spots for name in spot.targets]
        return {
            "index": self.built,
            "variables": list(dict.fromkeys(targets)),
            "function": sources.enclosing_function(spots, self.job["functions"]),
            "returned": False,
            "location": sources.location_of_model(makers or spots) if spots else NOWHERE,
            "called": [*filter(None, map(calling, spots[1:MOST_CALLERS]))],
            "marks": sources.marks_of(spots) if spots else [],
            "compiles": [],
            "fits": [],
        }

    def adopt(self, model: Any, data: dict[str, Any]) -> Record:
        record = Record(model, {**data, "class_name": type(model).__name__[:200]})
        self.records.append(record)
        if len(self.records) > self.job["limits"]["models"]:
            self.note("limit-models", str(self.job["limits"]["models"]), NOWHERE)
            self.records.remove(sources.most_repeated(self.records))
        self.flush()
        return record

    def find(self, model: Any) -> Record | None:
        return next((record for record in reversed(self.records) if record.model is model), None)

    def claim(self, model: Any) -> Record | None:
        """The record of a model that the student uses, wherever it came from."""
        record = self.find(model)
        stranger = self.strangers.get(id(model))
        if record is None and stranger is not None and stranger[0]() is model:
            record = self.adopt(model, stranger[1])
            self.records.sort(key=lambda record: int(record.data["index"]))
        return record

    def compiled_again(self, record: Record) -> Record:
        """The record of a model that is being compiled: one more where that is for another exercise."""
        mark, *_ = (*sources.marks_of([*self.sources.spots(sys._getframe(1))]), "")
        own = [other for other in self.records if other.model is record.model and mark in other.data["marks"]]
        if mark == "" or own or not record.data["compiles"]:
            return [record, *own][-1]
        self.built += 1
        again = {"marks": [mark], "compiles": [], "fits": [], "is_again": True}
        data = {**record.data, "index": self.built, "variables": [*record.data["variables"]], **again}
        return self.adopt(record.model, data)

    @property
    def program(self) -> list[Source]:
        """Every source, whether it has run or not, once."""
        return list({id(source): source for source in (*self.sources.known.values(), *self.cells.values())}.values())

    def name_variables(self, namespace: dict[str, Any]) -> None:
        """Which names the models have at the end, also as entries of a dict; and which ones the layers have."""
        with contextlib.suppress(Exception):
            self.created.name(self.keras, namespace)
        for name, value in list(namespace.items()):
            entries = value.items() if type(value) is dict else ()
            for label, item in [(name, value), *list(entries)[:100]]:
                if not isinstance(label, str) or label.startswith("_") or not self.is_model(item):
                    continue
                self.claim(item)
                for record in (record for record in self.records if record.model is item):
                    if label not in record.data["variables"]:
                        record.data["variables"].append(label[:200])

    def is_model(self, value: Any) -> bool:
        return self.keras is not None and issubclass(type(value), self.keras.Model)  # which asks nothing of the value

    # Calls, notes and failures

    def next_call(self) -> dict[str, Any]:
        """Order and place of a compile or a fit that is being called now."""
        self.calls += 1
        return {"order": self.calls, "location": self.here()}

    def here(self) -> Place:
        return next(iter(self.sources.callers(sys._getframe(1))), NOWHERE)

    def note(
        self, code: str, said: NoteValues | str = "", location: Place | None = None, *, concluded: bool = False
    ) -> None:
        """`said` are the values that the note's words name; a text is its `what`. One line makes one note of a code."""
        values: NoteValues = said if isinstance(said, dict) else {"what": said} if said else {}
        where = location or self.here()
        edits = [in_own_place(edit, self.program, self.sources.at(where)) for edit in values.get("edits", ())]
        edits += self._elsewhere(edits, where) if code in EVERYWHERE else []
        entry = {
            "code": code,
            "said": dict(short(item) for item in values.items() if item[0] != "edits"),
            "edits": [with_pass(self.sources, edit) for edit in placed(edits, where)],
            "location": where,
        }
        notes = [note for note in self.notes if note["code"] == code and note["location"] == entry["location"]]
        is_known = entry in notes if concluded or code in SEVERAL else bool(notes)
        if not is_known and not self.is_silent and len(self.notes) < MOST_NOTES:
            self.notes.append(entry)
            self.concluded += [entry] * concluded

    def _elsewhere(self, edits: Sequence[Mapping[str, Any]], where: Place) -> list[Any]:
        """What is wrong in the same way in other lines of the same source."""
        with contextlib.suppress(Exception):
            spot = self.sources.at(where)
            return also_on(spot, edits)["edits"] if spot else []
        return []

    def explain(
        self, findings: Iterable[Conclusion], location: Place | None = None, *, concluded: bool = False
    ) -> None:
        """Note what is found. `concluded` of the values of a call: then one call may deserve several of a code."""
        where = location or self.here()
        with contextlib.suppress(Exception):  # one that fails must not stand in for the student's own error
            for code, values in findings:
                self.note(code, values, where, concluded=concluded)

    def retract(self, location: Place) -> None:
        """Take back what was concluded from values that are not what they would be elsewhere."""
        self.notes = [note for note in self.notes if note["location"] != location or note not in self.concluded]

    def failure(self, error: BaseException, cell: int | None, settled: bool) -> dict[str, Any]:
        where, spots = self.sources.location_of_error(error, cell), self.sources.traced(error)[::-1]
        package = missing_package(error, self.sources.root)
        if package and all((note["code"], note["location"]) != ("misspelt-name", where) for note in self.notes):
            self.note("missing-package", package, where)
        root = self.sources.root
        folders = ((root, ""), (root.rstrip("/"), "."), (os.path.expanduser("~"), "~"))
        installed = [(os.path.join(place, ""), "") for place in (sys.prefix, sys.base_prefix)]
        return {
            "type": type(error).__name__[:200],
            "message": without_places(message_of(error), folders),
            "location": where,
            "traceback": without_places(_student_traceback(error, self.sources), (*folders, *installed)),
            "settled": settled or any(error is earlier for earlier in self.settled_errors),
            "marks": sources.marks_of(spots) if spots else [],
            "function": sources.enclosing_function(spots, self.job["functions"]),
        }

    def told_failures(self) -> list[dict[str, Any]]:
        """The decisive ones first."""
        first = [number for number in dict.fromkeys(self.decisive) if 0 <= number < len(self.failures)]
        return [self.failures[n] for n in first] + [entry for n, entry in enumerate(self.failures) if n not in first]

    # The file

    def refresh(self, record: Record) -> None:
        """Describe a model again; what cannot be described keeps its name and says why."""
        self.muted, muted = True, self.muted
        record.described = {"config": "null", "config_error": '""', "layer_locations": "{}", "unused": "[]"}
        try:
            kind = describe.kind_of(self.keras, record.model)
            record.described["kind"] = as_json(kind)
            if kind != "subclass":
                record.described["config"] = as_json(describe.config_of(self.keras, record.model))
            models = [entry.model for entry in self.records]
            facts = self.created.around(self.keras, record.model, models)
            record.described |= {name: as_json(value) for name, value in facts.items()}
        except Exception as error:
            record.described["config_error"] = as_json(f"{type(error).__name__}: {error}"[:500])
        finally:
            self.muted = muted
        record.stale, record.size = False, _layer_count(record.model)

    def flush(self, everything: bool = False) -> None:
        """Write the recording, describing again the models that may have changed; a forked child has nothing to say."""
        if os.getpid() != self.pid:
            return
        for record in self.records:
            if everything or record.stale or record.size != _layer_count(record.model):
                self.refresh(record)
        content = {
            "nonce": self.job["nonce"],
            "versions": self.versions(),
            "problem": self.problem,
            "finished": self.finished,
            "running": self.running,
            "calling": self.calling,
            "needs_training": self.needs_training,
            "notes": self.notes,
            "failures": self.told_failures()[:MOST_FAILURES],
            "function_failures": self.function_failures,
            "cut": self.cut,
            "outputs": self.outputs,
        }
        parts = {name: as_json(value) for name, value in content.items()}
        models = models_as_json(self.records, MAX_BYTES - len(parts["outputs"]))
        write_text(Path(self.job["out"]) / "recording.json", as_object({**parts, "models": f"[{', '.join(models)}]"}))

    def versions(self) -> dict[str, str]:
        versions = {"python": sys.version.split()[0]}
        for name in ("keras", "tensorflow", "numpy"):
            version = getattr(sys.modules.get(name), "__version__", None)
            if isinstance(version, str):
                versions[name] = version
        return versions


def short(item: tuple[str, Any]) -> tuple[str, Any]:
    """A value of a note, no longer than a report shows."""
    name, value = item
    if isinstance(value, (list, tuple)):
        return name, [str(entry)[:MOST_SAID] for entry in value[:MOST_NAMES]]
    return name, value if type(value) is int and abs(value) < MOST_NUMBER else str(value)[:MOST_SAID]


def _layer_count(model: Any) -> int:
    """A Sequential model grows and shrinks after it was built."""
    return len(getattr(model, "_layers", ()))


def keep_call(calls: list[dict[str, Any]], call: dict[str, Any]) -> None:
    """Of very many calls, the first ones and the last."""
    del calls[MOST_CALLS - 1 :]
    calls.append(call)


def models_as_json(records: list[Record], left: int) -> Iterator[str]:
    """The models, without the configs that no longer fit into the file, and without gaps between their indices."""
    for index, record in enumerate(records):
        left -= len(record.described["config"])
        unfit = {} if left > 0 else {"config": "null", "config_error": '"too large to record"'}
        parts = {name: as_json(value) for name, value in {**record.data, "index": index}.items()}
        yield as_object({**parts, **record.described, **unfit})


def as_object(parts: dict[str, str]) -> str:
    """An object of values that are JSON already."""
    return f"{{{', '.join(f'{as_json(name)}: {value}' for name, value in parts.items())}}}"


def as_json(value: Any) -> str:
    return _ENCODER.encode(value)


def write_text(path: Path, text: str) -> None:
    """Atomically, so that a kill leaves the file before or the file after."""
    fresh = path.with_suffix(".tmp")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, path)


def placed(edits: Sequence[Mapping[str, Any]], where: Place) -> list[dict[str, Any]]:
    """Edits as they are recorded: those without a place are about this one. Cut off, they would be wrong."""
    here = {name: where[name] for name in NOWHERE}
    is_whole = all(len(str(text)) <= MOST_SAID for edit in edits for text in edit.values())
    return [{**here, **edit} for edit in edits if is_whole and ("old" not in edit or edit["new"] != edit["old"])]
