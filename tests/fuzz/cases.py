"""Inputs of the fuzzing: what a recording's files could hold, and the real recordings that mutation begins with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
FILES = ("models.json", "run.json")
NONCE = "of-this-run"


@dataclass(frozen=True)
class Case:
    """The two files of one recording, and how they came about."""

    models: bytes
    run: bytes
    origin: str

    def write(self, folder: Path) -> None:
        for name, content in zip(FILES, (self.models, self.run), strict=True):
            (folder / name).write_bytes(content)


def read_case(folder: Path) -> Case:
    """A case that was written before, to be replayed."""
    models, run = ((folder / name).read_bytes() for name in FILES)
    return Case(models, run, f"replay of {folder}")


@cache
def seeds() -> tuple[Case, ...]:
    """What running sample submissions recorded."""
    found = []
    for path in sorted(CORPUS.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        models, run = (json.dumps({**content[name], "nonce": NONCE}).encode() for name in ("models", "run"))
        found.append(Case(models, run, path.stem))
    return tuple(found)


def usual_run() -> bytes:
    """A run.json that says that all went well."""
    content = {
        "nonce": NONCE, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [],
        "outputs": [],
    }  # fmt: skip
    return json.dumps(content).encode()


def recording_of(*configs: Any) -> dict[str, Any]:
    """A models.json with one model for each config."""
    location = {"cell": 1, "line": 2, "file": ""}
    models = [
        {"index": index, "kind": "functional", "class_name": "Functional", "variables": ["one_input"], "function": "",
         "returned": False, "location": location, "marks": [], "config": config, "config_error": "", "compiles": [],
         "fits": [], "layer_locations": {}, "unused": []}
        for index, config in enumerate(configs)
    ]  # fmt: skip
    return {
        "nonce": NONCE, "versions": {}, "problem": "", "calling": "", "models": models, "notes": [], "failures": [],
        "function_failures": {}, "omitted": 0,
    }  # fmt: skip


def cases(make: Callable[[Random], Case], count: int, seed: int) -> Iterator[Case]:
    """So many cases of one kind, each from a seed of its own, so that any can be made again by itself."""
    for number in range(count):
        yield make(Random(f"{seed}/{number}"))
