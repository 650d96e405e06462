"""Which check of a rubric owns a change, and which others it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.authoring.mutants import Mutant
from grader.domain import Assignment, Check, Subject

OWNERS: Mapping[Subject, tuple[str, ...]] = {
    "input count": ("inputs", "graph"),
    "input shape": ("inputs", "graph"),
    "input use": ("inputs", "graph"),
    "width": ("widths", "graph"),
    "depth": ("widths", "graph"),
    "activation": ("activations", "graph", "learns"),
    "initializer": ("initializers",),
    "layer setting": ("graph",),
    "intruder": ("graph",),
    "merge": ("merge", "graph"),
    "wiring": ("graph",),
    "sharing": ("shared", "graph"),
    "head count": ("heads", "graph"),
    "head width": ("heads", "graph"),
    "head activation": ("heads", "graph", "learns"),
    "output order": ("graph",),
    "api": ("functional",),
    "unreadable": ("functional",),  # else any: nothing of it can be looked at
    "optimizer": ("compiled.optimizer",),
    "losses": ("compiled.losses",),
    "loss weights": ("compiled.weights",),
    "weight order": ("compiled.larger", "compiled.weights"),
    "compile": ("compiled",),
    "runs": ("runs",),
}
"""By subject of a change, the kinds of checks that may own it, with the option that makes them; the first one does."""

_ALSO: Mapping[Subject, frozenset[str]] = {
    "compile": frozenset({"compiled"}),
    "losses": frozenset({"compiled", "learns"}),
    "loss weights": frozenset({"compiled"}),
    "runs": frozenset(),
    "initializer": frozenset(),
    "optimizer": frozenset(),
    "weight order": frozenset({"compiled"}),
    "api": frozenset(),
}
_OF_STRUCTURE = frozenset({"graph", "learns", "parameters"})
"""Kinds that look at the whole network, and so at every change of it."""


@dataclass(frozen=True)
class Ownership:
    """The id of the owning check, empty where the rubric has none, and ids of the checks that may lose points too."""

    owner: str
    touched: frozenset[str]


def ownership(mutant: Mutant, assignment: Assignment) -> Ownership:
    """Who owns a mutant by this rubric."""
    scored = [check for check in assignment.checks if check.points]
    if mutant.subject == "unreadable":
        seen = next((check for check in scored if check.kind == "functional"), scored[-1])
        return Ownership(seen.id, frozenset(check.id for check in scored))
    owner = next((check for kind in OWNERS[mutant.subject] for check in scored if _is(check, kind)), None)
    kinds = mutant.touches | _ALSO.get(mutant.subject, _OF_STRUCTURE)
    touched = {check.id for check in scored if check.kind in kinds}
    for check in scored:  # what waits for a check that loses points is skipped
        if touched.union({owner.id} if owner else ()).intersection(check.requires):
            touched.add(check.id)
    return Ownership(owner.id if owner else "", frozenset(touched))


def _is(check: Check, kind: str) -> bool:
    """Whether a check is of a kind, written `kind` or `kind.option` where it must ask for something."""
    name, _, option = kind.partition(".")
    return check.kind == name and (not option or check.options.get(option) is not None)
