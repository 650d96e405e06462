"""Recordings that no honest run leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.execution import strict_json
from grader.execution.recording import NOTHING, read_recording
from tests.execution.forged import MODEL, NOWHERE, recorded, written

LOOSE = {
    "duplicate key": b'{"a": 1, "a": 2}',
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "overflow": b'{"a": 1e999}',
    "digits": b'{"a": ' + b"9" * 100 + b"}",
    "deep": b"[" * 100 + b"]" * 100,
    "very deep": b"[" * 2_000_000,
    "not utf-8": b'{"a": "\xff"}',
    "surrogate": b'{"a": "\\ud800"}',
    "endless string": b'{"a": "' + b'\\"' * 500_000,
    "many nodes": b"[" + b"0," * 1_600_000 + b"0]",
    "empty": b"",
}


@pytest.mark.parametrize("content", LOOSE.values(), ids=LOOSE)
def test_loose_json_is_refused(content: bytes) -> None:
    with pytest.raises(strict_json.Unreadable):
        strict_json.loads(content)


def test_odd_model_is_dropped_alone() -> None:
    first, second = recorded(models=[{**MODEL, "kind": "imaginary"}, MODEL]).models
    assert "cannot be used" in first.config_error
    assert (first.index, second.index, second.variables) == (0, 1, ("model",))


READ: dict[str, Any] = {
    "call": ["dense", 0, 0], "tensor": ["a", 0], "instead": {"b": ["b", 0]},
    "written": {"text": "a", "location": {"cell": 1, "line": 4, "file": ""}, "ordinal": 0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, ["b"]),
        ({"instead": {"b": ["b", 0], "b)\nimport os  #": ["b", 0], "b" * 81: ["b", 0]}}, ["b"]),
        ({"instead": {"b": "b"}}, None),
        ({"call": ["dense", -1, 0]}, None),
        ({"written": {**READ["written"], "ordinal": "1"}}, None),
    ],
    ids=["as recorded", "what is no variable", "no tensor", "no call", "no number"],
)
def test_only_what_can_be_a_variable_may_stand_in_a_call(changed: dict[str, Any], names: list[str] | None) -> None:
    """A forged read is dropped, and costs the model nothing."""
    (model,) = recorded(models=[{**MODEL, "reads": [{**READ, **changed}]}]).models
    assert model.config_error == ""
    assert [[*read.instead] for read in model.reads] == ([] if names is None else [names])


def test_odd_recording_is_a_reason() -> None:
    assert read_recording(written(function_failures=[]), "n")[1] == "`function_failures` is not an object"


@pytest.mark.parametrize(
    "content", [b"[]", *(written(nonce=nonce) for nonce in ("of another run", "", None, ["n"], "nn"))]
)
def test_a_recording_of_another_run_is_refused(content: bytes) -> None:
    assert read_recording(content, "n") == (NOTHING, "it is not of this run")


def shown(*outputs: dict[str, Any], **changed: Any) -> list[str]:
    """The contents of outputs as they are read."""
    recording = recorded(outputs=[{"cell": 1, **output} for output in outputs], **changed)
    return [output.content for output in recording.outputs]


def test_terminal_escapes_are_gone() -> None:
    note = {"code": "missing-file", "said": {"name": "\u001b[31mred\u001b[0m\u0007"}, "location": NOWHERE}
    assert shown({"kind": "text", "content": "1/9\r2/9\r9/9\n\b\bdone"}) == ["9/9\ndone"]
    assert recorded(notes=[note]).notes[0].detail.startswith("Submit `red` together ")


@pytest.mark.parametrize("printed", [json.dumps("\U0001f600"), "\\\\ud800", "\\ud800 is no character"])
def test_text_about_surrogates_is_text(printed: str) -> None:
    """A program may print the escape of an emoji, as `json.dumps` does; its recording is read all the same."""
    assert shown({"kind": "text", "content": printed}) == [printed]
