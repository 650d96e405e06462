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
FILE = "recording.json"
NONCE = "of-this-run"


@dataclass(frozen=True)
class Case:
    """One recording, and how it came about."""

    content: bytes
    origin: str

    def write(self, folder: Path) -> None:
        (folder / FILE).write_bytes(self.content)


def read_case(folder: Path) -> Case:
    """A case that was written before, to be replayed."""
    return Case((folder / FILE).read_bytes(), f"replay of {folder}")


@cache
def seeds() -> tuple[Case, ...]:
    """What running sample submissions recorded."""
    cases = []
    for path in sorted(CORPUS.glob("*.json")):
        content = {**json.loads(path.read_text("utf-8")), "nonce": NONCE}
        cases.append(Case(json.dumps(content).encode(), path.stem))
    return tuple(cases)


def recording_of(*configs: Any) -> dict[str, Any]:
    """What a run that went well records that built one model for each config."""
    location = {"cell": 1, "line": 2, "file": ""}
    models = [
        {"index": index, "kind": "functional", "class_name": "Functional", "variables": ["one_input"], "function": "",
         "returned": False, "location": location, "marks": [], "config": config, "config_error": "", "compiles": [],
         "fits": [], "layer_locations": {}, "unused": []}
        for index, config in enumerate(configs)
    ]  # fmt: skip
    return {
        "nonce": NONCE, "versions": {}, "problem": "", "finished": True, "running": None, "calling": "",
        "models": models, "notes": [], "failures": [], "function_failures": {}, "outputs": [],
    }  # fmt: skip


def cases(make: Callable[[Random], Case], count: int, seed: int) -> Iterator[Case]:
    """So many cases of one kind, each from a seed of its own, so that any can be made again by itself."""
    for number in range(count):
        yield make(Random(f"{seed}/{number}"))
