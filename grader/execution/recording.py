"""The recording of a run: these models read it and publish its schema; the docstring of `student` says what it means.

Student code can write any recording. So the words of notes are ours (`grader.hints`), and the sentences that say why a
file cannot be run are those of `student/`. What is left of free text is quoted from the program (its own lines, names
and error messages), and reports show it as a quotation.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, ValidationError, WithJsonSchema, WrapValidator

from grader.domain import (
    CompileCall,
    Failure,
    FitCall,
    Location,
    Note,
    Output,
    RecordedModel,
    Setting,
    Settings,
    WrittenValue,
)
from grader.execution import strict_json
from grader.execution.strict_json import (
    Count,
    Cut,
    Entries,
    Items,
    Made,
    Object,
    Part,
    Size,
    Whole,
    first_problem,
    shown,
)
from grader.hints import Said, advice

PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
MOST_SIDE = 16_384
MOST_PIXELS = 2**24
MOST_PICTURES = 50
PROBLEMS = (
    "the file is not a notebook that can be read",
    "the file is empty",
    "the file holds no list of cells",
    "the file holds the markers of a merge conflict: keep one version, and delete the markers",
    "the file is cut off before its end: save or download it again",
    "the file is a web page",
    "the file is no notebook; if it is Python code, give it a name that ends in .py",
    "the file is a notebook: give it a name that ends in .ipynb",
)
UNKNOWN_PROBLEM = "the grader cannot run this file"
WATCHING = re.compile(r"cannot watch Keras [\w.?+-]{1,40}: [^\n]{0,300}")
ENDED = "exit() or sys.exit() ends the program here, before its last line"
MISSING_PACKAGE, ABSENT_PACKAGE = "missing-package", "package-absent"  # with and without consequences for the run
RECORDING = "recording.json"
PACKAGES = frozenset({"python", "keras", "tensorflow", "numpy"})
VERSION = re.compile(r"[\w.+!-]{1,50}")
PLAIN_VALUE = re.compile(r"""-?[\w.]{1,40}|'\w{0,40}'|"\w{0,40}\"""")
MOST_MODELS = 129  # one more than an assignment can allow
MOST_CALLS = 20  # compiles and fits of one model; the first ones and the last
MOST_FAILURES = 100
MOST_LAYERS = 1_000
MOST_NOTES = 200


def identifier(said: str) -> str:
    """A name as Python has them, with dots; of anything else, what such a name can hold."""
    return re.sub(r"[^\w.]+", "_", said)[:200]


Text: TypeAlias = Annotated[str, Cut(500)]
Name: TypeAlias = Annotated[str, Cut(200)]
Identifier: TypeAlias = Annotated[str, Cut(500), AfterValidator(identifier)]
LayerName: TypeAlias = Annotated[str, AfterValidator(lambda name: name[:80])]  # as it is: configs are searched for it
FromOne: TypeAlias = Annotated[Whole | None, AfterValidator(lambda number: number if number and number > 0 else None)]
Shapes: TypeAlias = Annotated[tuple[Annotated[tuple[Size | None, ...], Items(16)], ...], Items(4_096)]


class LocationPart(Part):
    """Where something is."""

    cell: FromOne = None
    line: FromOne = None
    file: Annotated[str, Cut(300)]


Place: TypeAlias = Annotated[Location, Made(LocationPart, Location)]


class CreatedPart(LocationPart):
    """Where a layer was created, and which call of a helper created it."""

    caller: Place | None = None


class WrittenPart(Part):
    """A value as it is written in the source."""

    text: Annotated[str, Cut(80), AfterValidator(lambda text: text if PLAIN_VALUE.fullmatch(text) else "")]
    location: Place


Written: TypeAlias = Annotated[WrittenValue, Made(WrittenPart, WrittenValue)]
Values: TypeAlias = Annotated[dict[Name, Written], Entries(MOST_CALLS)]
Creation: TypeAlias = Annotated[Location, Made(CreatedPart, Location)]


class FailurePart(Part):
    """An exception of the student's code."""

    type: Annotated[str, Cut(200), AfterValidator(identifier)]
    message: Annotated[str, Cut(2_000)]
    location: Place
    traceback: Annotated[str, Cut(8_000)]
    settled: bool = False


Raised: TypeAlias = Annotated[Failure, Made(FailurePart, Failure)]


# What compile and fit were given


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
GivenSettings: TypeAlias = Annotated[Any, PlainValidator(settings), WithJsonSchema(SETTINGS)]


class CompilePart(Part):
    """One `compile`."""

    order: Count
    location: Place
    optimizer: GivenSettings = None
    loss: GivenSettings = None
    loss_weights: GivenSettings = None
    metrics: GivenSettings = None


def compile_call(entry: object) -> CompileCall:
    return CompileCall(**dict(CompilePart.model_validate(entry)))


class FitPart(Part):
    """One `fit`."""

    order: Count
    location: Place
    epochs: Count
    batch_size: Whole | None = None
    inputs: Shapes
    targets: Shapes
    cut: bool
    finished: bool
    ranges: Annotated[tuple[Annotated[tuple[float, float], Field(strict=False)], ...], Items(64)]


# Models


_VARIABLE = re.compile(r"[^\W\d]\w*(\[\d{1,3}\]|\['[\w -]{1,40}'\])?")


def _variables(said: Mapping[str, str]) -> dict[str, str]:
    """Only what can be a variable, or an entry of one."""
    return {name: variable for name, variable in said.items() if _VARIABLE.fullmatch(variable)}


class ModelPart(Part):
    """One model that the code built."""

    kind: Literal["functional", "sequential", "subclass"]
    class_name: Identifier
    variables: Annotated[tuple[Name, ...], Items(100)]
    function: Text
    returned: bool
    location: Place
    marks: Annotated[tuple[Name, ...], Items(100)]
    config: Object | None = None
    config_error: Text
    compiles: Annotated[tuple[Annotated[CompileCall, Made(CompilePart, CompileCall)], ...], Items(MOST_CALLS)]
    fits: Annotated[tuple[Annotated[FitCall, Made(FitPart, FitCall)], ...], Items(MOST_CALLS)]
    layer_locations: Annotated[dict[LayerName, Creation], Entries(MOST_LAYERS)]
    unused: Annotated[tuple[Object, ...], Items(100)]
    layer_variables: Annotated[
        dict[LayerName, Annotated[str, Cut(80)]], Entries(MOST_LAYERS), AfterValidator(_variables)
    ] = Field({})
    layer_values: Annotated[dict[LayerName, Values], Entries(MOST_LAYERS)] = Field({})
    layer_calls: Annotated[dict[LayerName, Annotated[tuple[Place, ...], Items(MOST_CALLS)]], Entries(MOST_LAYERS)] = (
        Field({})
    )


def _or_unreadable(value: Any, read: Callable[[Any], RecordedModel]) -> RecordedModel:
    """One model; if anything in it is malformed, it is marked as unreadable and the others are kept."""
    try:
        return read(value)
    except ValidationError as error:
        reason = f"the recording of this model cannot be used: {first_problem(error)}"
        return RecordedModel(0, "subclass", "", (), "", False, Location(), (), None, reason)


Model: TypeAlias = Annotated[
    RecordedModel,
    Made(ModelPart, partial(RecordedModel, 0)),
    WrapValidator(_or_unreadable),
]


def _numbered(models: Sequence[RecordedModel]) -> tuple[RecordedModel, ...]:
    return tuple(replace(model, index=index) for index, model in enumerate(models))


# Notes


def _or_nothing(value: Any, read: Callable[[Any], Said]) -> Said | None:
    with suppress(ValidationError):
        return read(value)
    return None


class NotePart(Part):
    """A note: a code, and the values that its words name."""

    code: Annotated[str, Cut(100)]
    location: Place
    said: Annotated[
        dict[str, Text | Annotated[tuple[Text, ...], Items(64)] | Whole | None] | None,
        Entries(24),
        WrapValidator(_or_nothing),
    ] = None


# Outputs


class OutputPart(Part):
    """Something that a cell showed."""

    kind: Literal["text", "error", "png"]
    content: str
    cell: FromOne = None


def tidied(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """At most as many pictures as somebody would look at, and neighbouring texts as one."""
    beyond = {id(one) for one in [one for one in outputs if one.kind == "png"][MOST_PICTURES:]}
    return _joined([one for one in outputs if id(one) not in beyond])


def _joined(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Neighbouring texts of one cell as one, so that a progress bar ends as its last line."""
    together: list[Output] = []
    for (kind, cell), group in groupby(outputs, lambda one: (one.kind, one.cell)):
        found = [one.content for one in group]
        together += [Output(kind, content, cell) for content in (["".join(found)] if kind == "text" else found)]
    cleaned = (replace(one, content=(picture if one.kind == "png" else shown)(one.content)) for one in together)
    return tuple(one for one in cleaned if one.content)


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


# The file


def problem_in_words(said: str) -> str:
    """Why a file cannot be run, in the words that the student's side has for it."""
    return said if not said or said in PROBLEMS or WATCHING.fullmatch(said) else UNKNOWN_PROBLEM


def _known_versions(said: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in said.items() if name in PACKAGES and VERSION.fullmatch(version)}


class Recording(Part):
    """What a run leaves. Texts that are longer are cut, and keys that are not known ignored."""

    nonce: str = ""
    versions: Annotated[dict[str, Annotated[str, Cut(50)]], Entries(64), AfterValidator(_known_versions)]
    problem: Annotated[str, Cut(500), AfterValidator(problem_in_words)]
    finished: bool
    running: Whole | None = None
    calling: Identifier
    needs_training: Literal["", "loop", "network"] = ""
    models: Annotated[tuple[Model, ...], Items(MOST_MODELS), AfterValidator(_numbered)]
    noted: Annotated[tuple[NotePart, ...], Items(MOST_NOTES)] = Field(alias="notes")
    raised: Annotated[tuple[Raised, ...], Items(MOST_FAILURES)] = Field(alias="failures")
    function_failures: Annotated[dict[Name, Raised], Entries(MOST_FAILURES)]
    cut: Whole | None = None
    outputs: Annotated[tuple[Annotated[Output, Made(OutputPart, Output)], ...], Items(5_000), AfterValidator(tidied)]

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The decisive ones first. Python explains little about a program that exits."""
        return tuple(replace(one, message=ENDED) if one.type == "SystemExit" else one for one in self.raised)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """In our words; what only the grader knows, or is said oddly, is dropped."""
        said = [
            (note, {name: 0 if one is None else one for name, one in note.said.items()})
            for note in self.noted
            if note.said is not None
        ]
        found = [(note, advice(note.code, values)) for note, values in said]
        return tuple(Note(note.code, told.words, note.location) for note, told in found if told is not None)


NOTHING = Recording(versions={}, problem="", finished=False, calling="", models=(), notes=(), failures=(),
                    function_failures={}, outputs=())  # fmt: skip


def packages_missing(notes: Iterable[Note]) -> frozenset[str]:
    """What the code imported and did not find."""
    return frozenset(note.detail for note in notes if note.code in (MISSING_PACKAGE, ABSENT_PACKAGE))


def read_recording(out: Path, nonce: str) -> tuple[Recording, str]:
    """What the run with this nonce left; and why it cannot be used, if so. A killed one may have left nothing."""
    path = out / RECORDING
    if not path.is_symlink() and (not path.exists() or path.stat().st_size == 0):
        return NOTHING, ""
    try:
        content = strict_json.load(path)
        if not isinstance(content, dict) or content.get("nonce") != nonce:
            return NOTHING, "it is not of this run"
        return Recording.model_validate(content), ""
    except strict_json.Unreadable as error:
        return NOTHING, str(error)
    except ValidationError as error:
        return NOTHING, first_problem(error)


def recording_schema() -> dict[str, Any]:
    """JSON schema of what a run leaves, for whoever reviews the sandbox."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Recording.model_json_schema()}
