"""The networks among which results of training decide: where all are the same network, nothing is decided."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from .recorder import Record, Recorder

CHANCE = ("seed", "name", "object")  # what differs between two builds of one network


def are_equal(recorder: Recorder) -> bool:
    """Whether the candidates are one network, compiled in one way, up to names and seeds.

    Candidates are the networks of those names, and those that have none. Where some are made in a loop, others that
    bear such a name by themselves are of another exercise.
    """
    kept = recorder.trained.kept
    candidates = [one for one in recorder.records if not one.data["variables"] or kept & {*one.data["variables"]}]
    places = Counter(one.place for one in candidates)
    candidates = [one for one in candidates if places[one.place] > 1] or candidates
    return len({described(one) for one in candidates}) <= 1 and all(one.config != "null" for one in candidates)


def described(record: Record) -> str:
    """Config and settings of `compile` as one text; each name is the number of its first mention."""
    config = json.loads(record.config)
    names = {name: f"\0{number}" for number, name in enumerate(_names_in(config))}
    settings = ("optimizer", "loss", "loss_weights", "metrics")
    compiled = [{name: call[name] for name in settings} for call in record.data["compiles"][-1:]]
    return json.dumps(_without([config, compiled], names), sort_keys=True)


def _names_in(part: Any) -> list[str]:
    """Of layers and models, in order."""
    if isinstance(part, list):
        return [name for one in part for name in _names_in(one)]
    if not isinstance(part, dict):
        return []
    own = [part["name"]] if isinstance(part.get("name"), str) else []
    return list(dict.fromkeys([*own, *(name for one in part.values() for name in _names_in(one))]))


def _without(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_without(one, names) for one in part]
    if isinstance(part, dict):
        return {key: _without(one, names) for key, one in part.items() if key not in CHANCE}
    return names.get(part, part) if isinstance(part, str) else part
