"""Recordings that no honest run leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from grader.execution import strict_json
from grader.execution.recording import read_recording

RUN = {"nonce": "n", "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "cut": None}
MODELS = {"nonce": "n", "versions": {}, "problem": "", "calling": "", "models": [], "notes": [], "failures": [], "omitted": 0}
NOWHERE = {"cell": None, "line": None, "file": ""}
MODEL = {
    "index": 0,
    "kind": "functional",
    "class_name": "Functional",
    "variables": ["model"],
    "function": "",
    "returned": False,
    "location": NOWHERE,
    "marks": [],
    "config": {},
    "config_error": "",
    "compiles": [],
    "fits": [],
    "layer_locations": {"dense": NOWHERE},
    "unused": [],
}


def write(folder: Path, models: object) -> None:
    (folder / "run.json").write_text(json.dumps({**RUN, "failures": [], "outputs": []}))
    (folder / "models.json").write_text(json.dumps(models))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 100 + b"}",
        b"[" * 100 + b"]" * 100,
        b"[" * 2_000_000,
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": "' + b'\\"' * 500_000,
        b"[" + b"0," * 1_600_000 + b"0]",
        b"",
    ],
    ids=[
        "duplicate key",
        "nan",
        "infinity",
        "overflow",
        "digits",
        "deep",
        "very deep",
        "not utf-8",
        "surrogate",
        "endless string",
        "many nodes",
        "empty",
    ],
)
def test_loose_json_is_refused(tmp_path: Path, content: bytes) -> None:
    """Everything that a lenient parser would let through is a reason."""
    path = tmp_path / "models.json"
    path.write_bytes(content)
    with pytest.raises(strict_json.Unreadable):
        strict_json.load(path)


def test_files_that_are_not_plain_are_refused(tmp_path: Path) -> None:
    """A link, a second name, a pipe and a huge sparse file are not read."""
    (tmp_path / "real").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "other").write_text("{}")
    os.link(tmp_path / "other", tmp_path / "second")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**12)
    for name in ("link", "second", "pipe", "sparse", "absent"):
        with pytest.raises(strict_json.Unreadable):
            strict_json.load(tmp_path / name)


def test_odd_model_is_dropped_alone(tmp_path: Path) -> None:
    """One model that breaks the protocol does not cost the others."""
    odd = {**MODEL, "kind": "imaginary"}
    write(tmp_path, {**MODELS, "function_failures": {}, "models": [odd, MODEL]})
    first, second = read_recording(tmp_path, "n").models.models
    assert "cannot be used" in first.config_error
    assert (first.index, second.index, second.variables) == (0, 1, ("model",))


@pytest.mark.parametrize("key", ["index", "location", "marks", "compiles", "returned"])
def test_every_field_of_a_model_is_checked(tmp_path: Path, key: str) -> None:
    """A wrong type anywhere makes the model unusable and nothing else."""
    write(tmp_path, {**MODELS, "function_failures": {}, "models": [{**MODEL, key: {"a": [1e300]}}]})
    (model,) = read_recording(tmp_path, "n").models.models
    assert bool(model.config_error) is (key != "index")


def test_odd_recording_is_a_reason(tmp_path: Path) -> None:
    """A recording that is not what the protocol says is unreadable, and raises nothing."""
    write(tmp_path, {**MODELS, "function_failures": []})
    assert "models.json" in read_recording(tmp_path, "n").unreadable
    write(tmp_path, [])
    assert "models.json" in read_recording(tmp_path, "n").unreadable


def test_terminal_escapes_are_gone(tmp_path: Path) -> None:
    """Colours, control characters and overwritten progress do not reach a terminal or a page."""
    note = {"code": "tensor-called", "said": {"name": "\u001b[31mred\u001b[0m\u0007"}, "location": NOWHERE}
    write(tmp_path, {**MODELS, "function_failures": {}, "notes": [note]})
    output = {"kind": "text", "content": "1/9\r2/9\r9/9\n\b\bdone", "cell": 1}
    (tmp_path / "run.json").write_text(json.dumps({**RUN, "failures": [], "outputs": [output]}))
    recording = read_recording(tmp_path, "n")
    assert recording.models.notes[0].detail.startswith("`red` is ")
    assert recording.run is not None
    assert recording.run.outputs[0].content == "9/9\ndone"


@pytest.mark.parametrize("printed", [json.dumps("\U0001f600"), "\\\\ud800", "\\ud800 is no character"])
def test_text_about_surrogates_is_text(tmp_path: Path, printed: str) -> None:
    """A program may print the escape of an emoji, as `json.dumps` does; its recording is read all the same."""
    write(tmp_path, {**MODELS, "function_failures": {}})
    content = {**RUN, "failures": [], "outputs": [{"kind": "text", "content": printed, "cell": 1}]}
    (tmp_path / "run.json").write_text(json.dumps(content))
    recording = read_recording(tmp_path, "n")
    assert recording.run is not None
    assert [output.content for output in recording.run.outputs] == [printed]


def test_very_many_outputs_are_joined_at_once(tmp_path: Path) -> None:
    """A long text, and thousands of short ones after it: copied anew for each, they would take gigabytes of copying."""
    write(tmp_path, {**MODELS, "function_failures": {}})
    texts = ["x" * 10_000_000, *["y"] * 4_000]
    picture = {"kind": "png", "content": "", "cell": 1}
    outputs = [*({"kind": "text", "content": text, "cell": 1} for text in texts), picture]
    content = {**RUN, "failures": [], "outputs": [*outputs, {"kind": "text", "content": "z", "cell": 1}]}
    (tmp_path / "run.json").write_text(json.dumps(content))
    recording = read_recording(tmp_path, "n")
    assert recording.run is not None
    assert [output.content for output in recording.run.outputs] == ["".join(texts), "z"]
