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
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WrapValidator

from grader.domain import CompileCall, Edit, Failure, Location, Note, Output, RecordedModel
from grader.domain.bounds import Cut, Entries, Flag, Identifier, Items, Name, Text, Whole, shown
from grader.execution import strict_json
from grader.execution.strict_json import first_problem
from grader.hints import NoteValues, note_of

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
MOST_MODELS = 129  # one more than an assignment can allow
MOST_FAILURES = 100
MOST_NOTES = 200


def _or_unreadable(value: Any, read: Callable[[Any], RecordedModel]) -> RecordedModel:
    """One model; if anything in it is malformed, it is marked as unreadable and the others are kept."""
    try:
        return read(value)
    except ValidationError as error:
        reason = f"the recording of this model cannot be used: {first_problem(error)}"
        return RecordedModel(0, "subclass", "", (), "", False, Location(), (), None, reason)


def compile_call(entry: object) -> CompileCall:
    return TypeAdapter(CompileCall).validate_python(entry)


def _numbered(models: Sequence[RecordedModel]) -> tuple[RecordedModel, ...]:
    return tuple(replace(model, index=index) for index, model in enumerate(models))


# Notes


def _or_nothing(value: Any, read: Callable[[Any], NoteValues]) -> NoteValues | None:
    with suppress(ValidationError):
        return read(value)
    return None


class RecordedNote(BaseModel):
    """A note: a code, and the values that its words name."""

    code: Annotated[str, Cut(100)]
    location: Location
    said: Annotated[
        dict[str, Text | Annotated[tuple[Text, ...], Items(64)] | Whole] | None,
        Entries(24),
        WrapValidator(_or_nothing),
    ] = None
    edits: Annotated[tuple[Edit, ...], Items(64), WrapValidator(_or_nothing)] = ()


# Outputs


def tidied(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """At most as many pictures as somebody would look at, and neighbouring texts as one."""
    beyond = {id(output) for output in [output for output in outputs if output.kind == "png"][MOST_PICTURES:]}
    return _joined([output for output in outputs if id(output) not in beyond])


def _joined(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Neighbouring texts of one cell as one, so that a progress bar ends as its last line."""
    joined: list[Output] = []
    for (kind, cell), group in groupby(outputs, lambda output: (output.kind, output.cell)):
        contents = [output.content for output in group]
        joined += [Output(kind, content, cell) for content in (["".join(contents)] if kind == "text" else contents)]
    clean = (replace(output, content=(picture if output.kind == "png" else shown)(output.content)) for output in joined)
    return tuple(output for output in clean if output.content)


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


def _known_versions(versions: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in versions.items() if name in PACKAGES and VERSION.fullmatch(version)}


def _in_words(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    """Python explains little about a program that exits."""
    return tuple(replace(failure, message=ENDED) if failure.type == "SystemExit" else failure for failure in failures)


class Recording(BaseModel):
    """What a run leaves. Texts that are longer are cut, and keys that are not known ignored."""

    model_config = ConfigDict(frozen=True)

    nonce: str = ""
    versions: Annotated[dict[str, Annotated[str, Cut(50)]], Entries(64), AfterValidator(_known_versions)]
    problem: Annotated[str, Cut(500), AfterValidator(problem_in_words)]
    finished: Flag
    running: Whole | None = None
    calling: Identifier
    needs_training: Literal["", "loop", "network"] = ""
    models: Annotated[
        tuple[Annotated[RecordedModel, WrapValidator(_or_unreadable)], ...],
        Items(MOST_MODELS),
        AfterValidator(_numbered),
    ]
    noted: Annotated[tuple[RecordedNote, ...], Items(MOST_NOTES)] = Field(alias="notes")
    failures: Annotated[tuple[Failure, ...], Items(MOST_FAILURES), AfterValidator(_in_words)]  # the decisive ones first
    function_failures: Annotated[dict[Name, Failure], Entries(MOST_FAILURES)]
    cut: Whole | None = None
    outputs: Annotated[tuple[Output, ...], Items(5_000), AfterValidator(tidied)]

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """In our words; what only the grader knows, or is said oddly, is dropped."""
        known = [part for part in self.noted if part.said is not None and part.edits is not None]
        notes = (note_of(part.code, part.said or {}, part.location, part.edits) for part in known)
        return tuple(filter(None, notes))


NOTHING = Recording(versions={}, problem="", finished=False, calling="", models=(), notes=(), failures=(),
                    function_failures={}, outputs=())  # fmt: skip


def packages_missing(notes: Iterable[Note]) -> frozenset[str]:
    """What the code imported and did not find."""
    return frozenset(note.detail for note in notes if note.code in (MISSING_PACKAGE, ABSENT_PACKAGE))


def read_recording(left: bytes, nonce: str) -> tuple[Recording, str]:
    """What the run with this nonce left; and why it cannot be used, if so. A killed one may have left nothing."""
    if not left:
        return NOTHING, ""
    try:
        content = strict_json.loads(left)
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
