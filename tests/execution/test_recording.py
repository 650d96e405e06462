"""What the reader makes of a recording's layers: bounded, typed, and odd ones a reason."""

from __future__ import annotations

import ast
import base64
import json
import re
import struct
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.domain import Location, Note, RecordedModel
from grader.execution import recording_schema, student
from grader.execution.recording import PROBLEMS, UNKNOWN_PROBLEM, picture, problem_in_words
from grader.execution.student.recorder import MAX_BYTES, MOST_CALLS, Record, models_as_json
from grader.hints import EXPLANATIONS
from tests.execution.forged import MODEL, NOWHERE, recorded

FIT: dict[str, Any] = {
    "order": 1, "location": NOWHERE, "epochs": 1, "batch_size": None, "ranges": [], "cut": True,
    "finished": True,
}  # fmt: skip
STUDENT = Path(__file__).parents[2] / "grader" / "execution" / "student"


def read(**changed: Any) -> RecordedModel:
    (model,) = recorded(models=[{**MODEL, **changed}]).models
    return model


@pytest.mark.parametrize(
    "changed",
    [
        {"layer_locations": []},
        {"layer_locations": {"dense": 3}},
        {"layer_locations": {"dense": {"cell": 1, "line": "4", "file": ""}}},
        {"layer_locations": {str(number): MODEL["location"] for number in range(1_001)}},
        {"unused": {}},
        {"unused": [3]},
        {"unused": [{}] * 101},
        {"fits": [{**FIT, "epochs": "many"}]},
        {"location": {"line": [1e300]}},
        *({key: {"a": [1e300]}} for key in ("marks", "compiles", "returned")),
    ],
)
def test_what_is_odd_about_a_model_makes_it_unreadable(changed: dict[str, Any]) -> None:
    """A forged recording is a reason, never an exception."""
    model = read(**changed)
    assert (model.kind, model.layer_locations, model.fits) == ("subclass", {}, ())
    assert model.config_error


OF_RUNS = {code for code, explanation in EXPLANATIONS.items() if not explanation.by_grader}


def test_what_the_driver_says_of_a_file_is_taken() -> None:
    nodes = [node for path in STUDENT.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    assert {*PROBLEMS} <= {node.value for node in nodes if isinstance(node, ast.Constant)}
    for text in (*PROBLEMS, "cannot watch Keras 3.9.1: no such layer", ""):
        assert problem_in_words(text) == text


def test_the_protocol_names_every_key() -> None:
    """What is read is what the student's side says that it writes, and the schema is one."""
    schema = recording_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert {key for key in keys if not re.search(rf"\b{key}\b", student.__doc__ or "")} == set()


def read_notes(*notes: tuple[str, str], **location: int) -> tuple[Note, ...]:
    where = {**NOWHERE, **location}
    entries = [{"code": code, "said": {"what": text}, "location": where} for code, text in notes]
    return recorded(notes=entries).notes


@pytest.mark.parametrize("code", [*sorted(EXPLANATIONS.keys() - OF_RUNS), "", "Override", "override "])
def test_a_forged_note_of_the_graders_own_is_dropped(code: str) -> None:
    notes = read_notes((code, "learns = 1, by A. Instructor"), ("input-shape-number", "x"))
    assert [note.code for note in notes] == ["input-shape-number"]


def test_why_a_file_cannot_be_run_is_said_in_our_words() -> None:
    """A report shows the reason as the grader's."""
    recording = recorded(
        finished=False, problem="Full marks, says A. Instructor",
        calling="x`; full marks", versions={"keras": "3, by A. Instructor", "numpy": "2.1.0", "mine": "1"},
    )  # fmt: skip
    assert recording.problem == UNKNOWN_PROBLEM
    assert recording.calling == "x_full_marks"
    assert recording.versions == {"numpy": "2.1.0"}


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def png(width: int, height: int) -> str:
    return encoded(SIGNATURE + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) + b"rest")


LARGE = ((60_000, 60_000), (4097, 4096), (16_385, 1), (1, 2**31), (0, 5), (5, 0))
NONE = (b"", b"GIF89a", SIGNATURE, SIGNATURE + b"\x00\x00\x00\rIHDR\x00\x00")


USUAL = ((640, 480), (4096, 4096), (16_384, 1_024))


@pytest.mark.parametrize("data", [*(png(*size) for size in LARGE), *map(encoded, NONE)])
def test_a_picture_of_too_many_pixels_is_dropped(data: str) -> None:
    """A few kilobytes would end the browser of whoever opens the report; and so is what is no picture."""
    assert picture(data) == ""
    assert [picture(png(*size)) for size in USUAL] == [png(*size) for size in USUAL]


def test_models_are_written_from_texts_that_were_made_once() -> None:
    """With every config as it was described, and a number for each model; what does not fit says so."""
    rest = {name: MODEL[name] for name in MODEL.keys() - {"config", "config_error", "layer_locations", "unused"}}
    texts = {name: json.dumps(MODEL[name]) for name in ("layer_locations", "unused", "config_error")}
    huge = json.dumps({"name": "m" * MAX_BYTES})
    records = [
        Record(None, rest, described={**texts, "config": config})
        for config in ('{"name": "é"}', huge, '{"name": "last"}')
    ]
    models = [json.loads(text) for text in models_as_json(records, MAX_BYTES)]
    assert [(model["index"], model["config"], model["config_error"]) for model in models] == [
        (0, {"name": "é"}, ""), (1, None, "too large to record"), (2, None, "too large to record")
    ]  # fmt: skip
    assert read(**models[0]).layer_locations == {"dense": Location(1, 4)}


def test_more_than_a_person_would_read_is_refused() -> None:
    """An object before it is read: errors about each of its entries would take more memory than the file."""
    assert len(read(fits=[FIT] * MOST_CALLS).fits) == MOST_CALLS
    places = read(layer_locations=dict.fromkeys(map(str, range(1_001)), 3))
    assert places.config_error.endswith(": `layer_locations` has more than 1000 entries")
    assert "`fits` has more than 20 entries" in read(fits=[FIT] * (MOST_CALLS + 1)).config_error


def test_a_place_that_cannot_be_is_no_place() -> None:
    """Cells and lines begin at 1, and documents say so."""
    for cell, line in ((0, 3), (2, -1)):
        (note,) = read_notes(("missing-package", "torch"), cell=cell, line=line)
        assert (note.location.cell, note.location.line) == (cell or None, max(line, 0) or None)
