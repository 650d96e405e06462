"""Recordings as honest runs leave them, and with whatever somebody changes in them."""

from __future__ import annotations

import json
from typing import Any

from grader.execution.recording import Recording, read_recording

NOWHERE = {"cell": None, "line": None, "file": ""}
MODEL: dict[str, Any] = {
    "index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
    "returned": False, "location": {"cell": 1, "line": 9, "file": ""}, "marks": [], "config": {}, "config_error": "",
    "compiles": [], "fits": [], "layer_locations": {"dense": {"cell": 1, "line": 4, "file": ""}},
    "unused": [{"class_name": "Dense", "name": "lost", "config": {"units": 3}}],
}  # fmt: skip
RECORDING: dict[str, Any] = {
    "nonce": "n", "versions": {}, "problem": "", "finished": True, "running": None, "calling": "",
    "models": [], "notes": [], "failures": [], "function_failures": {}, "cut": None, "outputs": [],
}  # fmt: skip


def recorded(**changed: Any) -> Recording:
    """What is read of a recording with these changes."""
    recording, unusable = read_recording(written(**changed), "n")
    assert not unusable
    return recording


def written(**changed: Any) -> bytes:
    return json.dumps({**RECORDING, **changed}).encode()
