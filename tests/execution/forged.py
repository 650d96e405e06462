"""Recordings as honest runs leave them, and with whatever somebody changes in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.execution.recording import Recording, read_recording

NOWHERE = {"cell": None, "line": None, "file": ""}
MODEL: dict[str, Any] = {
    "index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
    "returned": False, "location": {"cell": 1, "line": 9, "file": ""}, "marks": [], "config": {}, "config_error": "",
    "compiles": [], "fits": [], "layer_locations": {"dense": {"cell": 1, "line": 4, "file": ""}},
    "unused": [{"class_name": "Dense", "name": "lost", "config": {"units": 3}}],
}  # fmt: skip
RUN: dict[str, Any] = {
    "nonce": "n", "finished": True, "running": None, "cut": None, "problem": "", "missing": "", "kernel_exit": None,
    "outputs": [],
}  # fmt: skip
MODELS: dict[str, Any] = {
    "nonce": "n", "versions": {}, "problem": "", "calling": "", "models": [], "notes": [], "failures": [],
    "function_failures": {}, "omitted": 0,
}  # fmt: skip


def recorded(folder: Path, run: dict[str, Any] | None = None, **models: Any) -> Recording:
    """What is read of a recording with these changes in `run.json`, and these in `models.json`."""
    (folder / "run.json").write_text(json.dumps({**RUN, **(run or {})}), "utf-8")
    (folder / "models.json").write_text(json.dumps({**MODELS, **models}), "utf-8")
    return read_recording(folder, "n")
