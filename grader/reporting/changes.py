"""What has changed since an earlier grading, in words: for a terminal and the class's page, from a `grader.diff/1`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.domain.words import counted

CAUSES: Mapping[str, str] = {
    "override": "an override",
    "file": "another version of the file",
    "rubric": "the rubric",
    "task": "the task, its data or its recipe",
    "calibration": "the calibration",
    "versions": "versions of Python, Keras or TensorFlow",
    "options": "options of the run",
    "isolation": "the level of isolation",
    "grader": "a change in the grader",
    "run": "another run of the same file",
    "unknown": "an unknown cause: the earlier grading kept no record of what it depended on",
}
"""In the order in which they explain a change best."""
VERBS = {"fell": "went down", "rose": "went up", "same": "changed in a check or in status, not in points"}


@dataclass(frozen=True)
class ChangeGroup:
    """Grades that changed alike, by the same checks and causes."""

    direction: str
    assignment: str
    what: str
    why: str
    who: tuple[tuple[str, str], ...]  # submission, and what it shows

    @property
    def title(self) -> str:
        return f"{counted(len(self.who), 'score')} {VERBS[self.direction]}"


@dataclass(frozen=True)
class Changes:
    """What a terminal and a page tell; all of it is empty where nothing is known of an earlier grading."""

    headline: str = ""
    groups: tuple[ChangeGroup, ...] = ()
    flags: tuple[str, ...] = ()


def changes_of(provenance: Mapping[str, Any]) -> Changes:
    flags = tuple(map(str, provenance.get("flags") or ()))
    changes = provenance.get("changes")
    if not changes:
        return Changes(flags=flags)
    return Changes(_headline(changes), _groups(changes), flags)


def _groups(changes: Mapping[str, Any]) -> tuple[ChangeGroup, ...]:
    """First the scores that went down, then those that went up, the most common change first."""
    people: dict[tuple[str, str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for change in changes["changes"]:
        alike = all(check["causes"] == change["causes"] for check in change["checks"])
        why = _why(change["causes"]) if alike else ""  # else each check has its own
        key = (change["direction"], change["assignment"], _what(change, each=not alike), why)
        people[key].append((change["submission"], f"{change['who']} {_arrow(change['old'], change['new'])}".strip()))
    order = list(VERBS)
    ranked = sorted(people.items(), key=lambda item: (order.index(item[0][0]), -len(item[1]), item[0]))
    return tuple(ChangeGroup(*key, tuple(who)) for key, who in ranked)


def _headline(changes: Mapping[str, Any]) -> str:
    """`12 scores went up, 3 went down, 285 unchanged, since 2026-11-24T10:00:00`."""
    parts = [f"{counted(changes['rose'], 'score')} went up", f"{changes['fell']} went down"]
    parts += [f"{changes['same']} changed in a check or in status"] if changes["same"] else []
    parts += [f"{changes['unchanged']} unchanged"]
    parts += [f"{len(changes['added'])} new"] if changes["added"] else []
    parts += [f"{len(changes['removed'])} no longer there"] if changes["removed"] else []
    since = changes["old"]["started"] or changes["old"]["where"]
    return f"{', '.join(parts)}, since {since}"


def _what(change: Mapping[str, Any], *, each: bool) -> str:
    parts = []
    for check in change["checks"]:
        why = f" (because of {_why(check['causes'])})" if each else ""
        parts.append(f"{check['title']} {_points(check['old'], check['new'])}{why}")
    old, new = change["old"]["status"], change["new"]["status"]
    return "; ".join([*parts, f"status {old} → {new}".replace("_", " ")] if old != new else parts)


def _points(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        return "is new in the rubric" if old is None else "is no longer in the rubric"
    return _arrow(old, new)


def _arrow(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The maximum is named twice only where it differs; the status where the points do not tell."""
    if old["score"] == new["score"] and old["max_score"] == new["max_score"]:
        return f"{old['status']} → {new['status']}".replace("_", " ") if old["status"] != new["status"] else ""
    is_equal = old["max_score"] == new["max_score"]
    return f"{old['score']}{'' if is_equal else ' of ' + str(old['max_score'])} → {new['score']} of {new['max_score']}"


def _why(causes: Sequence[str]) -> str:
    words = [CAUSES.get(name, name) for name in causes]
    return words[0] if len(words) == 1 else "one of these: " + ", ".join(words) if words else ""
