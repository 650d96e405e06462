"""The recording of a run as typed values; the protocol is in the docstring of `student/`.

Student code can write any recording. So the words of notes are ours (`grader.hints`), and the sentences that say why a
file cannot be run are those of `student/`. What is left of free text is quoted from the program (its own lines, names
and error messages), and reports show it as a quotation.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from grader.domain import CompileCall, Failure, FitCall, Location, Note, Output, RecordedModel, Setting, Settings
from grader.execution import strict_json
from grader.execution.strict_json import (
    ProtocolError,
    count,
    items,
    location,
    members,
    optional_int,
    shown,
    text,
    texts,
    truth,
)
from grader.hints import MOST_SOURCE, Said, advised

NOT_A_NOTEBOOK = "the file is not a notebook that can be read"
PROBLEMS = re.compile(rf"the file is empty|the file holds no list of cells|{NOT_A_NOTEBOOK} \(\w{{1,80}}\)")
UNWATCHED = "Keras could not be watched"
WATCHING = re.compile(r"cannot watch Keras [\w.?+-]{1,40}: [^\n]{0,300}")
PACKAGES = frozenset({"python", "keras", "tensorflow", "numpy"})
VERSION = re.compile(r"[\w.+!-]{1,50}")
MOST_MODELS = 129  # one more than an assignment can allow
MOST_CALLS = 200
MOST_SAMPLES = 2**50
MOST_FAILURES = 1_000
MOST_LOCATIONS = 1_000
MOST_UNUSED = 100
MOST_NOTES = 500
MOST_SAID = 24
MOST_NAMES = 64
PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
MOST_SIDE = 16_384
MOST_PIXELS = 2**24
MOST_PICTURES = 50
T = TypeVar("T")


@dataclass(frozen=True)
class RunFile:
    """What the driver says, in run.json."""

    finished: bool
    needs_training: bool
    running: int | None
    cut: int | None
    problem: str
    missing: str
    kernel_exit: int | None
    failures: tuple[Failure, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class ModelsFile:
    """What the process with Keras in it says, in models.json. `settled` are failures that no cut `fit` explains."""

    models: tuple[RecordedModel, ...] = ()
    notes: tuple[Note, ...] = ()
    failures: tuple[Failure, ...] = ()
    settled: frozenset[Failure] = frozenset()
    function_failures: Mapping[str, Failure] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    calling: str = ""


@dataclass(frozen=True)
class Recording:
    """Both files. `unreadable` says why one of them cannot be used."""

    run: RunFile | None
    models: ModelsFile
    unreadable: str = ""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """One for each failing cell: the process with Keras knows the line, the driver knows every cell."""
        told = _first_of_each_cell(self.run.failures) if self.run else {}
        told |= _first_of_each_cell(self.models.failures)
        return tuple(_in_words(told[cell]) for cell in sorted(told, key=lambda cell: cell or 0))


def _first_of_each_cell(failures: Sequence[Failure]) -> dict[int | None, Failure]:
    """Later failures in the same cell, or in the same module, may follow from the first."""
    return {failure.location.cell: failure for failure in reversed(failures)}


def _in_words(failure: Failure) -> Failure:
    """Python explains little about a program that exits, and Jupyter little about one that waits for input."""
    said = {
        "SystemExit": "exit() or sys.exit() ends the program here, before its last line",
        "StdinNotImplementedError": "input() waits for the keyboard, and nobody types while the grader runs",
    }
    return replace(failure, message=said.get(failure.type, failure.message))


def run_problem(said: str) -> str:
    """Why a file cannot be run, in the words that the driver has for it."""
    return said if not said or PROBLEMS.fullmatch(said) else NOT_A_NOTEBOOK


def _watch_problem(said: str) -> str:
    return said if not said or WATCHING.fullmatch(said) else UNWATCHED


def identifier(said: str) -> str:
    """A name as Python has them, with dots; of anything else, what such a name can hold."""
    return re.sub(r"[^\w.]+", "_", said)[:200]


def _known_versions(said: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in said.items() if name in PACKAGES and VERSION.fullmatch(version)}


def read_recording(out: Path, nonce: str) -> Recording:
    """What the run with this nonce left. A file that is missing or malformed is a reason, never an exception."""
    run, problem = attempt(out / "run.json", _run_file, nonce)
    models, models_problem = attempt(out / "models.json", _models_file, nonce)
    return Recording(run, models or ModelsFile(), problem or models_problem)


def attempt(path: Path, parse: Callable[[dict[str, Any]], T], nonce: str) -> tuple[T | None, str]:
    # The driver makes no models.json for a file that it cannot run, and a killed one may have made neither.
    if not path.is_symlink() and (not path.exists() or path.stat().st_size == 0):
        return None, ""
    try:
        content = members(strict_json.load(path))
        if content.get("nonce") != nonce:
            raise ProtocolError("it is not of this run")
        return parse(content), ""
    except (strict_json.Unreadable, ProtocolError) as error:
        return None, f"the recording `{path.name}` cannot be used: {error}"


def _run_file(content: dict[str, Any]) -> RunFile:
    failures = [failure(members(entry)) for entry in items(content, "failures", MOST_FAILURES)]
    return RunFile(
        finished=truth(content, "finished"),
        needs_training=content.get("needs_training") is True,
        running=optional_int(content, "running"),
        cut=optional_int(content, "cut"),
        problem=run_problem(text(content, "problem")),
        missing=text(content, "missing"),
        kernel_exit=optional_int(content, "kernel_exit"),
        failures=tuple(failures),
        outputs=joined(_without_floods([output(members(entry)) for entry in items(content, "outputs", 5_000)])),
    )


def _models_file(content: dict[str, Any]) -> ModelsFile:
    failures = [members(entry) for entry in items(content, "failures", MOST_FAILURES)]
    functions = members(content.get("function_failures"), "`function_failures`")
    versions = members(content.get("versions"), "`versions`")
    settled = [
        failure(entry) for entry in [*failures, *map(members, functions.values())] if entry.get("settled") is True
    ]
    return ModelsFile(
        models=tuple(model(entry, index) for index, entry in enumerate(items(content, "models", MOST_MODELS))),
        notes=tuple(one for entry in items(content, "notes", MOST_NOTES) for one in notes(members(entry)))[:MOST_NOTES],
        failures=tuple(failure(entry) for entry in failures),
        settled=frozenset(settled),
        function_failures={shown(name[:200]): failure(members(entry)) for name, entry in functions.items()},
        versions=_known_versions({name: text(versions, name, 50) for name in versions}),
        problem=_watch_problem(text(content, "problem")),
        calling=identifier(text(content, "calling")),
    )


def model(entry: object, index: int) -> RecordedModel:
    """One model; if anything in it is malformed, it is marked as unreadable and the others are kept."""
    try:
        return _whole_model(members(entry, "a model"), index)
    except ProtocolError as error:
        reason = f"the recording of this model cannot be used: {error}"
        return RecordedModel(index, "subclass", "", (), "", False, Location(), (), None, reason)


def _whole_model(entry: dict[str, Any], index: int) -> RecordedModel:
    kind = text(entry, "kind")
    if kind not in ("functional", "sequential", "subclass"):
        raise ProtocolError("`kind` is unknown")
    config = entry.get("config")
    return RecordedModel(
        index=index,
        kind=kind,
        class_name=identifier(text(entry, "class_name")),
        variables=texts(entry, "variables"),
        function=text(entry, "function"),
        returned=truth(entry, "returned"),
        location=location(entry),
        marks=texts(entry, "marks"),
        config=None if config is None else members(config, "`config`"),
        config_error=text(entry, "config_error"),
        layer_locations=layer_locations(entry),
        layer_variables=layer_variables(entry),
        unused=tuple(members(layer) for layer in items(entry, "unused", MOST_UNUSED)),
        compiles=tuple(compile_call(members(call)) for call in items(entry, "compiles", MOST_CALLS)),
        fits=tuple(_fit_call(members(call)) for call in items(entry, "fits", MOST_CALLS)),
    )


def layer_locations(entry: dict[str, Any]) -> dict[str, Location]:
    named = members(entry.get("layer_locations"), "`layer_locations`")
    if len(named) > MOST_LOCATIONS:
        raise ProtocolError("`layer_locations` is too long")
    return {name[:80]: location(named, name) for name in named}


def layer_variables(entry: dict[str, Any]) -> dict[str, str]:
    """Variables by the names of layers; only what can be a variable."""
    named = members(entry.get("layer_variables", {}), "`layer_variables`")
    if len(named) > MOST_LOCATIONS:
        raise ProtocolError("`layer_variables` is too long")
    found = {name[:80]: text(named, name, 80) for name in named}
    return {name: variable for name, variable in found.items() if variable.isidentifier()}


def compile_call(entry: dict[str, Any]) -> CompileCall:
    optimizer, loss, weights, metrics = (
        settings(entry.get(name)) for name in ("optimizer", "loss", "loss_weights", "metrics")
    )
    return CompileCall(count(entry, "order"), location(entry), optimizer, loss, weights, metrics)


def settings(value: object, depth: int = 0) -> Settings:
    if depth > 5:
        raise ProtocolError("a setting is nested too deeply")
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if isinstance(value, list) and len(value) <= 64:
        return tuple(settings(item, depth + 1) for item in value)
    holder = members(value, "a setting")
    if "by_name" in holder:
        named = members(holder["by_name"], "`by_name`")
        return {shown(name[:200]): settings(item, depth + 1) for name, item in named.items()}
    return Setting(text(holder, "setting", 200), members(holder.get("config"), "`config`"))


def _fit_call(entry: dict[str, Any]) -> FitCall:
    return FitCall(
        order=count(entry, "order"),
        location=location(entry),
        epochs=count(entry, "epochs"),
        batch_size=optional_int(entry, "batch_size"),
        inputs=shapes(entry, "inputs"),
        targets=shapes(entry, "targets"),
        cut=truth(entry, "cut"),
        finished=truth(entry, "finished"),
        ranges=ranges(entry),
        validation=validation(entry.get("validation", "")),
        callbacks=tuple(callback(members(one)) for one in items({"callbacks": [], **entry}, "callbacks", 32)),
    )


def validation(said: object) -> str | float:
    if said in ("", "data") or (type(said) is float and 0.0 < said < 1.0):
        return said
    raise ProtocolError("`validation` is neither a word of the protocol nor a part")


def callback(entry: dict[str, Any]) -> Setting:
    """A callback by its class; `custom` in its config says that the class is the student's own."""
    said = members(entry.get("settings"), "`settings`")
    plain = {shown(name[:40]): value for name, value in said.items() if type(value) in (bool, int, float)}
    plain |= {shown(name[:40]): shown(value[:80]) for name, value in said.items() if isinstance(value, str)}
    own = {} if truth(entry, "keras") else {"custom": True}
    return Setting(text(entry, "class", 80), plain | own)


def ranges(entry: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    found = []
    for ends in items(entry, "ranges", 64):
        if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is float for end in ends):
            raise ProtocolError("`ranges` is not a list of pairs of numbers")
        found.append((ends[0], ends[1]))
    return tuple(found)


def shapes(entry: dict[str, Any], key: str) -> tuple[tuple[int | None, ...], ...]:
    found = []
    for shape in items(entry, key, 4_096):
        if not isinstance(shape, list) or not all(map(_is_size, shape[:16])):
            raise ProtocolError(f"`{key}` is not a list of shapes")
        found.append(tuple(shape[:16]))
    return tuple(found)


def _is_size(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_SAMPLES)


def failure(entry: dict[str, Any]) -> Failure:
    return Failure(
        identifier(text(entry, "type", 200)),
        text(entry, "message", 2_000),
        location(entry),
        text(entry, "traceback", 8_000),
    )


def notes(entry: dict[str, Any]) -> list[Note]:
    """What comes of a note or a fact, in our words; what only the grader knows, or is said oddly, is dropped."""
    code, where = text(entry, "code", 100), location(entry)
    try:
        return [Note(found, told.words, where) for found, told in advised(code, said(members(entry.get("said"))))]
    except ProtocolError:
        return []


def said(values: dict[str, Any]) -> Said:
    """What the words of a note name: texts, numbers and short lists of texts."""
    if len(values) > MOST_SAID:
        raise ProtocolError("`said` is too long")
    found: dict[str, str | int | tuple[str, ...]] = {}
    for name, value in values.items():
        if isinstance(value, list):
            found[name] = tuple(text({name: one}, name) for one in items(values, name, MOST_NAMES))
        elif isinstance(value, str):
            found[name] = text(values, name, MOST_SOURCE)
        else:
            found[name] = optional_int(values, name) or 0
    return found


def output(entry: dict[str, Any]) -> Output:
    kind, cell = text(entry, "kind"), optional_int(entry, "cell")
    content = entry.get("content")
    if kind not in ("text", "error", "png") or not isinstance(content, str):
        raise ProtocolError("an output is neither text nor a picture")
    return Output(kind, picture(content) if kind == "png" else content, cell)


def picture(content: str) -> str:
    """Base64 of a PNG, encoded again; empty if it is anything else, or would need too much memory to be shown.

    A few kilobytes can hold a picture of billions of pixels, and crash the browser of a reader of the report.
    """
    try:
        data = base64.b64decode(content, validate=False)
    except (binascii.Error, ValueError):
        return ""
    if not data.startswith(PNG_START) or len(data) < len(PNG_START) + 8:
        return ""
    width, height = struct.unpack_from(">II", data, len(PNG_START))
    fits = 0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and width * height <= MOST_PIXELS
    return base64.b64encode(data).decode("ascii") if fits else ""


def _without_floods(outputs: list[Output]) -> list[Output]:
    """At most as many pictures as somebody would look at."""
    beyond = [one for one in outputs if one.kind == "png"][MOST_PICTURES:]
    left_out = set(map(id, beyond))
    return [one for one in outputs if id(one) not in left_out]


def joined(outputs: list[Output]) -> tuple[Output, ...]:
    """Neighbouring texts of one cell as one, so that a progress bar ends as its last line."""
    together: list[Output] = []
    for (kind, cell), group in groupby(outputs, lambda one: (one.kind, one.cell)):
        found = list(group)
        together += [Output(kind, "".join(one.content for one in found), cell)] if kind == "text" else found
    cleaned = [one if one.kind == "png" else Output(one.kind, shown(one.content), one.cell) for one in together]
    return tuple(one for one in cleaned if one.content)
