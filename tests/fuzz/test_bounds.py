"""Recordings that are forged as large as the protocol admits, each for one place that once took minutes or for ever.

Honest ones take a tenth of a second. The limits are far above what these take, and far below what they took.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from grader.domain.bounds import MOST_CALLS
from grader.execution.recording import MOST_FAILURES, MOST_MODELS, MOST_NOTES
from grader.graph.reading.builder import MAX_ENDS
from grader.hints.explanations import EXPLANATIONS, PLACEHOLDER
from tests.fuzz import bombs
from tests.fuzz.cases import Case, recording_of
from tests.fuzz.journey import travel

Json = dict[str, Any]
MOST_SECONDS = 30.0
HERE: Json = {"cell": 1, "line": 1, "file": ""}


def dense(name: str, source: str, units: int = 1, **config: Any) -> Json:
    return bombs.layer("Dense", name, [bombs.node(bombs.tensor(source))], units=units, **config)


def model(config: Json, name: str = "one_input", calls: int = 1) -> Json:
    fit = {
        "location": HERE, "epochs": 1, "batch_size": 1, "cut": True,
        "finished": False, "ranges": [],
    }  # fmt: skip
    (entry,) = recording_of(config)["models"]
    compiles = [{"order": number, "location": HERE, "loss": None} for number in range(calls)]
    fits = [{**fit, "order": calls + number} for number in range(calls)]
    return {**entry, "variables": [name], "compiles": compiles, "fits": fits}


def small() -> Json:
    return bombs.model([bombs.start(), dense("d", "x")], "d")


def note(code: str, line: int, **said: Any) -> Json:
    edits = [{"line": line, "new": "a", "old": "b"}]
    return {"code": code, "location": {**HERE, "line": line}, "said": said, "edits": edits}


def failures(message: str) -> list[Json]:
    place = {"type": "ValueError", "message": message, "traceback": ""}
    return [{**place, "location": {**HERE, "cell": n, "line": n}} for n in range(MOST_FAILURES)]


def shapes() -> Json:
    """A pattern tried every way to split a row of digits."""
    shape = f"({'1' * 64}x"
    said = {"text": "x", "found_shape": shape, "wanted_shape": shape}
    return {"models": [model(small())], "notes": [note("input-shape", n, **said) for n in range(MOST_NOTES)]}


def causes() -> Json:
    """Each note asked for the cause of each failure, and that for each fit."""
    said = {"targets_shape": "(1,)", "output_shape": "(1,)"}
    models = [model(small(), f"m{n}" if n else "one_input", MOST_CALLS) for n in range(MOST_MODELS - 1)]
    notes = [note("target-shape-broadcast", n, **said) for n in range(MOST_NOTES)]
    return {"models": models, "notes": notes, "failures": failures("")}


def ends() -> Json:
    """Each output was followed to each input, through the whole network each time."""
    layers = [bombs.start(), dense("d", "x")]
    return {"models": [model(bombs.model(layers, [["d", 0, 0]] * MAX_ENDS, (("x", 0, 0),) * MAX_ENDS))]}


def constant_ends() -> Json:
    """Each output was searched for what makes it the same for every input."""
    layers = [bombs.start(f"x{n}") for n in range(MAX_ENDS)]
    layers += [dense(f"d{n}", f"x{n}", activation="softmax") for n in range(MAX_ENDS)]
    outputs, inputs = ([[f"{stem}{n}", 0, 0] for n in range(MAX_ENDS)] for stem in "dx")
    return {"models": [model(bombs.model(layers, outputs, inputs))]}


def chain() -> Json:
    """Each change was compared with each other one."""
    return {"models": [model(bombs.chain("Dense", 390, lambda last: [bombs.tensor(last)], units=1))]}


def links() -> Json:
    """Each line of a drawing was compared with each other one between the same rows."""
    layers, before = [bombs.start()], ["x", "x"]
    for number in range(28):
        layers += [
            bombs.layer("Concatenate", f"c{number}", [bombs.node([bombs.tensor(name) for name in before])], axis=-1),
            dense(f"d{number}", f"c{number}"),
        ]
        before.append(f"d{number}")
    return {"models": [model(bombs.model(layers, "d27"))]}


@pytest.mark.parametrize("forged", [shapes, causes, ends, constant_ends, chain, links], ids=lambda make: make.__name__)
def test_a_recording_at_its_bounds_takes_seconds(tmp_path: Path, forged: Any) -> None:
    takes_seconds(tmp_path, forged())


def takes_seconds(place: Path, forged: Json) -> None:
    Case(json.dumps({**recording_of(), **forged}).encode(), "forged").write(place)
    started = process_time()
    far = travel(place, graded=True, rendered=True)
    assert process_time() - started < MOST_SECONDS
    assert far != "unreadable"


SAID = (
    "(" + "1, " * 600, f"f({', '.join(f'k{number}={number}' for number in range(120))})", "f(" * 900, "`" * 1_900,
    "a." * 900, "a" * 1_990, " " * 1_990, '"' + "a" * 1_900,
)  # fmt: skip
FIELDS = sorted({
    name for entry in EXPLANATIONS.values() for text in (entry.detail, *entry.cases.values()) for name in PLACEHOLDER.findall(text)
})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("code", EXPLANATIONS)
def test_a_note_of_any_kind_at_its_bounds_takes_seconds(tmp_path: Path, code: str) -> None:
    """Whatever its fields are, each is as long as it may be, in turn of another kind of text."""
    case = ["", *EXPLANATIONS[code].cases][-1]
    for turn in (1, 6):
        fields = FIELDS[turn :: len(SAID)][:18]
        said: Json = {name: SAID[(number + turn) % len(SAID)] for number, name in enumerate(fields)}
        said |= {"case": case, "names": [SAID[5][:190]] * 64}
        edits = [{"line": n, **dict.fromkeys(("new", "old", "within"), SAID[turn])} for n in range(64)]
        entry = {"code": code, "said": said, "edits": edits}
        notes = [{**entry, "location": {**HERE, "line": n}} for n in range(MOST_NOTES)]
        takes_seconds(tmp_path, {"models": [model(small())], "notes": notes, "failures": failures("x" * 1_000)})
