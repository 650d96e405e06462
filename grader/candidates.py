"""What was recorded, read: the models that may be an exercise's, and whose the submission's own words say they are."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from grader.domain import Execution, ModelGraph, RecordedModel
from grader.graph import Rejection, parse


@dataclass(frozen=True)
class Candidate:
    """A recorded model with what could be read of it."""

    model: RecordedModel
    graph: ModelGraph | None
    problem: str
    mark: str = ""

    @property
    def claims(self) -> frozenset[str]:
        """Whose it may be: a mark settles that, whatever the names."""
        return frozenset({self.mark} if self.mark else {*self.model.variables, self.model.function})

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.model.variables, self.model.function, self.graph.name if self.graph else ""}) - {""}

    @property
    def shown(self) -> str:
        name = next(iter(self.model.variables), "") or self.model.function or self.model.class_name
        place = replace(self.model.place, file="")
        return f"`{name}` ({str(place) or 'an unknown place'})"


def read_models(execution: Execution, other_names: frozenset[str] = frozenset()) -> tuple[Candidate, ...]:
    """Every model that the submission built, except parts of others and models of exercises that nobody asked for."""
    marks = {mark for model in execution.models for mark in model.marks if len(model.marks) == 1}
    found = [replace(_read(model), mark=_mark(model, marks)) for model in execution.models]
    parts = {name for candidate in found for name in _nested_names(candidate.model)}
    whole = [c for c in found if c.model.compiles or _label(c.model) not in parts] or found
    return tuple(c for c in whole if not other_names & c.claims)


def _mark(model: RecordedModel, settled: Set[str]) -> str:
    """The exercise that a model is marked for; `settled` are those with a model that bears no other mark.

    The running cell decides over the functions that it calls, which may be an earlier exercise's. But one that calls
    the functions of all exercises at the end stands in the reach of the last: it has its model, and they have none.
    """
    if not model.marks:
        return ""
    first, *others = model.marks
    lacking = [mark for mark in others if mark not in settled]
    return lacking[-1] if lacking and (not first or first in settled) else first


def _read(model: RecordedModel) -> Candidate:
    if model.config_error and model.config is None:
        return Candidate(model, None, f"The model could not be described: {model.config_error}.")
    if model.kind == "subclass":
        reason = (
            f"`{model.class_name}` is a subclass of `keras.Model`: its layers are hidden in `call`, out of sight. "
            "Build the network with `Model(inputs=…, outputs=…)`."
        )
        return Candidate(model, None, reason)
    if model.config is None:
        return Candidate(model, None, model.config_error or "The model could not be described.")
    parsed = parse(model.config)
    if isinstance(parsed, Rejection):
        return Candidate(model, None, f"The model cannot be read: {parsed.reason}.")
    return Candidate(model, parsed, "")


def _label(model: RecordedModel) -> str:
    return str(model.config.get("name", "")) if model.config else ""


def _nested_names(model: RecordedModel) -> set[str]:
    """Names of models that are layers of this one."""
    layers = model.config.get("layers") if model.config else None
    names = set()
    for entry in layers if isinstance(layers, list) else ():
        inner = entry.get("config") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("layers"), list):
            names.add(str(inner.get("name", "")))
    return names
