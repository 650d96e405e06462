"""What the reader makes of a recording's layers: bounded, typed, and odd ones a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Place, RecordedModel
from grader.execution.reader import read_recording

MODEL: dict[str, Any] = {
    "index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
    "returned": False, "place": {"cell": 1, "line": 9, "file": ""}, "marks": [], "config": {}, "config_error": "",
    "compiles": [], "fits": [], "layer_places": {"dense": {"cell": 1, "line": 4, "file": ""}},
    "unused": [{"class_name": "Dense", "name": "lost", "config": {"units": 3}}],
}  # fmt: skip


def read(folder: Path, **changed: Any) -> RecordedModel:
    content = {
        "nonce": "n", "versions": {}, "problem": "", "calling": "", "models": [{**MODEL, **changed}], "notes": [], "failures": [],
        "function_failures": {}, "omitted": 0,
    }  # fmt: skip
    (folder / "models.json").write_text(json.dumps(content), "utf-8")
    recording = read_recording(folder, "n")
    assert not recording.unreadable
    (model,) = recording.models.models
    return model


def test_places_and_unused_layers_are_read(tmp_path: Path) -> None:
    """A place for each named layer, and the entries of layers that no model holds."""
    model = read(tmp_path)
    assert model.layer_places == {"dense": Place(1, 4)}
    assert [entry["name"] for entry in model.unused] == ["lost"]


@pytest.mark.parametrize(
    "changed",
    [
        {"layer_places": []},
        {"layer_places": {"dense": 3}},
        {"layer_places": {"dense": {"cell": 1, "line": "4", "file": ""}}},
        {"layer_places": {str(number): MODEL["place"] for number in range(1_001)}},
        {"unused": {}},
        {"unused": [3]},
        {"unused": [{}] * 101},
    ],
    ids=["no object", "no place", "no line", "too many places", "no list", "no entry", "too many entries"],
)
def test_what_is_odd_about_layers_makes_the_model_unreadable(tmp_path: Path, changed: dict[str, Any]) -> None:
    """A forged recording is a reason, never an exception."""
    model = read(tmp_path, **changed)
    assert (model.kind, model.layer_places) == ("subclass", {})
    assert model.config_error
