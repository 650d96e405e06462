"""Which recorded model belongs to which exercise: by mark, name, elimination, structure; a person decides ties.

In this order, over all exercises at once, and one model serves one exercise, but for the third:

1. a cell tag, `# exercise: two_inputs` comment or heading in whose reach the running cell or line built the model;
2. a name that is the exercise's own: variable, function, the model's `name=`, or the file's name;
3. the network of another exercise, compiled again in the reach of the mark of one that asks for the same network;
4. a name that is everybody's (`model`, `build_model`), where one exercise is requested or one model is left;
5. structure together with compile settings; exact, or else the nearest, which a person must confirm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from grader.checks import freedoms
from grader.domain import Assignment, Execution, ModelGraph, ModelMatch, RecordedModel, Submission
from grader.domain.words import listed
from grader.graph import Rejection, align, losses_by_head, parse, weights_by_head
from grader.graph.reading.parameters import width_of
from grader.hints import failing_to_fit

_QUOTED = re.compile(r"`([^`]+)`")
SAID = ("mark", "name")  # how a file says what a network is for
MUCH_ALIKE = 0.5
OPEN_LIKENESS = 0.4  # of a task that any network may solve: enough only if it is the one requested
GENERIC_NAMES = frozenset({"model", "build_model"})


def match(
    submission: Submission,
    candidates: Sequence[Candidate],
    assignments: Sequence[Assignment],
    references: Mapping[str, ModelGraph],
    *,
    asked: bool,
    lost: Set[str] = frozenset(),
) -> dict[str, ModelMatch]:
    """The model of each exercise; exercises without one are left out. `asked`: these were requested by name.

    `lost` are names of networks that were not built: whatever was meant to be a part of one is no answer in its place.
    """
    case = _Matching(submission.entry.stem, candidates, assignments, references, asked, lost)
    case.settle(
        "mark",
        lambda assignment, candidate: assignment.id == candidate.mark and not case.is_part(assignment, candidate),
    )
    case.settle("name", lambda assignment, candidate: bool(assignment.called & candidate.names))
    case.settle_compiled_again()
    case.settle_generic()
    case.settle_exact()
    case.settle_generic()
    case.settle_nearest()
    return case.found


@dataclass(frozen=True)
class _Matching:
    """Models and exercises, and which of both are settled already; `stem` is the name of the file."""

    stem: str
    candidates: Sequence[Candidate]
    assignments: Sequence[Assignment]
    references: Mapping[str, ModelGraph]
    asked: bool
    lost: Set[str] = frozenset()
    taken: set[int] = field(default_factory=set)
    found: dict[str, ModelMatch] = field(default_factory=dict)

    @property
    def left(self) -> list[Candidate]:
        built = [candidate for candidate in self.candidates if not candidate.model.is_again]
        return [candidate for candidate in built if candidate.model.index not in self.taken]

    @property
    def unsettled(self) -> list[Assignment]:
        return [assignment for assignment in self.assignments if assignment.id not in self.found]

    def is_part(self, assignment: Assignment, candidate: Candidate, names: Set[str] = frozenset()) -> bool:
        """Whether a model was never compiled, while the network of the exercise was lost, or one of these names."""
        return not candidate.model.compiles and not self.lost.isdisjoint(assignment.called | names)

    def take(self, assignment: Assignment, model_match: ModelMatch, *models: Candidate) -> None:
        """A model for an exercise; `models` are it and earlier builds of the same exercise."""
        self.found[assignment.id] = model_match
        self.taken.update(candidate.model.index for candidate in models)

    def settle(self, how: str, fits: Callable[[Assignment, Candidate], bool]) -> None:
        for assignment in self.unsettled:
            if fitting := [candidate for candidate in self.left if fits(assignment, candidate)]:
                own = [candidate for candidate in fitting if not self._is_of_another(candidate, assignment)] or fitting
                self.take(assignment, _match_of(_last_built(own), how, names=assignment.called), *own)

    def settle_compiled_again(self) -> None:
        """By models that a `compile` in the reach of a mark has made one more of."""
        for assignment in self.unsettled:
            again = [c for c in self.candidates if c.model.is_again and c.mark == assignment.id]
            if fitting := [c for c in again if self._asks_for_the_same(assignment, c)]:
                self.take(assignment, _match_of(_last_built(fitting), "mark", names=assignment.called), *fitting)

    def _asks_for_the_same(self, assignment: Assignment, candidate: Candidate) -> bool:
        """Whether an exercise asks for another `compile` of the network of the one that a model was built for."""
        config, found = candidate.model.config, [(name, entry.model) for name, entry in self.found.items()]
        owner = next((name for name, model in found if model and config and model.config == config), "")
        networks = (candidate.graph, self.references.get(owner))
        is_the_same = any(self._is(replace(candidate, graph=network), assignment) for network in networks)
        return is_the_same and any(check.kind == "compiled" for check in assignment.checks)

    def settle_generic(self) -> None:
        unsettled, candidates = self.unsettled, self.left
        named = [assignment for assignment in unsettled if self.stem in assignment.called]
        only = named or (unsettled if self.asked else [])
        generic = [candidate for candidate in candidates if GENERIC_NAMES & candidate.names]
        pool = generic or (candidates if len(candidates) == 1 else [])
        pool = [
            candidate for candidate in pool if len(only) == 1 and not self.is_part(only[0], candidate, GENERIC_NAMES)
        ]
        if pool:
            # Beside the exact network, others are its drafts or experiments.
            exact = [candidate for candidate in pool if self._is(candidate, only[0])]
            how = "generic" if generic else "only model"
            self.take(only[0], _match_of(_last_built(exact or pool), how, names=GENERIC_NAMES), *pool)

    def settle_exact(self) -> None:
        exact = {assignment.id: [c for c in self.left if self._is(c, assignment)] for assignment in self.unsettled}
        for assignment in self.unsettled:
            fitting = [c for c in exact[assignment.id] if c.model.index not in self.taken]
            rivals = [rival for rival in self.unsettled if any(c in exact[rival.id] for c in fitting)]
            if fitting := [c for c in fitting if _prefers(c, assignment, rivals)]:
                self.take(assignment, _match_of(_last_built(fitting), "structure"), *fitting)

    def settle_nearest(self) -> None:
        settled = [assignment for assignment in self.assignments if assignment.id in self.found]
        if not self.asked and any(self.found[assignment.id].matched_by in SAID for assignment in settled):
            return  # a file that says what its networks are for has drafts and experiments beside them
        alone = self.asked and len(self.unsettled) == 1
        for candidate in [candidate for candidate in self.left if candidate.graph is not None]:
            if any(self._is_one_more(candidate, assignment) for assignment in settled):
                continue
            names = GENERIC_NAMES if alone else frozenset[str]()
            whole = [assignment for assignment in self.unsettled if not self.is_part(assignment, candidate, names)]
            ranked = [(self._likeness(candidate, assignment), assignment) for assignment in whole]
            ranked.sort(key=lambda entry: -entry[0])
            drafts = [self._likeness(candidate, assignment) for assignment in settled]
            if not ranked or max(drafts, default=0.0) > ranked[0][0]:
                continue  # it is rather a draft of an exercise that has its network
            likeness, nearest = ranked[0]
            if likeness >= MUCH_ALIKE or alone:
                ties = [assignment.id for share, assignment in ranked[1:] if share == likeness]
                rest = [entry.shown for entry in self.left if entry.graph is not None and entry is not candidate]
                review = _uncertain(candidate.shown, nearest.id, ties, rest, alike=likeness >= MUCH_ALIKE)
                self.take(nearest, _match_of(candidate, "structure", review), candidate)

    def _is(self, candidate: Candidate, assignment: Assignment) -> bool:
        graph, reference, labels = candidate.graph, self.references.get(assignment.id), assignment.data.inputs
        if graph is None or reference is None or len(graph.inputs) != len(labels):
            return False
        return align(graph, reference, freedoms(assignment), labels) is not None

    def _is_of_another(self, candidate: Candidate, assignment: Assignment) -> bool:
        """Whether a model is the network of an exercise that no mark is about, and not of this one: the reach of the
        last mark has no end. Of an open task that is one with its inputs and outputs, if this one has others."""
        marked = {other.mark for other in self.candidates}
        others = [other for other in self.unsettled if other.id not in marked]
        if any(self._is(candidate, other) for other in others):
            return not self._is(candidate, assignment)
        open_tasks = [other for other in others if other.id not in self.references]
        is_alike = self._likeness(candidate, assignment) > 0
        return not is_alike and any(self._likeness(candidate, other) > 0 for other in open_tasks)

    def _is_one_more(self, candidate: Candidate, assignment: Assignment) -> bool:
        """Whether a model is another try at an exercise that has its model: by mark or name, or the same network."""
        named = assignment.called & {candidate.mark, *candidate.names}
        return bool(named) or self._is(candidate, assignment)

    def _likeness(self, candidate: Candidate, assignment: Assignment) -> float:
        """How similar two networks are, from 0 to 1: layers by kind and width, if inputs and outputs are as many."""
        graph, data, reference = candidate.graph, assignment.data, self.references.get(assignment.id)
        if graph is None or len(graph.inputs) != len(data.inputs) or len(graph.outputs) != len(data.targets):
            return 0.0
        if reference is None:
            return OPEN_LIKENESS
        left, right = (Counter((layer.kind, width_of(layer)) for layer in side.layers) for side in (graph, reference))
        return (left & right).total() / max(left.total(), right.total())


def left_over(
    candidates: Sequence[Candidate], matches: Mapping[str, ModelMatch], assignments: Sequence[Assignment]
) -> list[str]:
    """Networks that were compiled, and that nothing says the exercise of, in a file that says so of others."""
    if not any(found.matched_by in SAID for found in matches.values()):
        return []
    used = {found.model.index for found in matches.values() if found.model}
    names = frozenset[str]().union(*(assignment.called for assignment in assignments))
    alone = [c for c in candidates if c.model.compiles and not c.mark and names.isdisjoint(c.names)]
    return [*dict.fromkeys(candidate.shown for candidate in alone if candidate.model.index not in used)]


def _last_built(candidates: Sequence[Candidate]) -> Candidate:
    """Of several builds, the last fitted, else the last compiled, else the last built."""

    def rank(candidate: Candidate) -> tuple[int, int]:
        model = candidate.model
        if model.fits:
            return (2, max(fit.order for fit in model.fits))
        if model.compiles:
            return (1, max(call.order for call in model.compiles))
        return (0, model.index)

    return max(candidates, key=rank)


def _uncertain(model: str, chosen: str, ties: Sequence[str], rest: Sequence[str], *, alike: bool) -> str:
    """Why a person must confirm the nearest: `ties` are exercises that fit as well, `rest` models that are left."""
    why = f"it is not certain that {model} is the answer to `{chosen}`: no name or comment says so, and it was chosen"
    why += " only because of its structure" if alike else " only because no other network is left for this exercise"
    why += f", which fits {listed([f'`{name}`' for name in ties])} equally well" if ties else ""
    return f"{why}; other models in the file: {listed(rest)}" if rest else why


def _prefers(candidate: Candidate, assignment: Assignment, rivals: Sequence[Assignment]) -> bool:
    """Where several exercises have exactly this network, whether its compile settings point to this one."""
    if len(rivals) < 2:
        return True
    scores = {rival.id: _compiled_like(candidate, rival) for rival in rivals}
    return scores[assignment.id] == max(scores.values()) and list(scores.values()).count(max(scores.values())) == 1


def _compiled_like(candidate: Candidate, assignment: Assignment) -> int:
    call = candidate.model.compiled
    if call is None or candidate.graph is None:
        return 0
    names = candidate.graph.output_names
    losses = sorted(map(str, losses_by_head(call, names))) == sorted(assignment.recipe.loss)
    weights = weights_by_head(call, names)
    equal_weights = len(set(weights)) == 1
    wanted_equal = len(set(assignment.recipe.loss_weights)) == 1
    return 2 * losses + (equal_weights == wanted_equal)


def _match_of(candidate: Candidate, how: str, review: str = "", names: Set[str] = frozenset()) -> ModelMatch:
    """The match, under one of these names if the model has one."""
    model = candidate.model
    own = [*model.variables, model.function]
    name = next((label for label in own if label in names), next(filter(None, own), ""))
    if candidate.graph is None:
        return ModelMatch("unreadable", how, name, candidate.model, None, candidate.problem, review)
    return ModelMatch("found", how, name, candidate.model, candidate.graph, "", review)


@dataclass(frozen=True)
class Candidate:
    """A recorded model with what could be read of it."""

    model: RecordedModel
    graph: ModelGraph | None
    problem: str
    mark: str = ""

    @property
    def claims(self) -> frozenset[str]:
        """Which exercises it may belong to: a mark decides that, whatever the names."""
        return frozenset({self.mark} if self.mark else {*self.model.variables, self.model.function})

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.model.variables, self.model.function, self.graph.name if self.graph else ""}) - {""}

    @property
    def shown(self) -> str:
        name = next(iter(self.model.variables), "") or self.model.function or self.model.class_name
        location = replace(self.model.location, file="")
        return f"`{name}` ({location})" if str(location) else f"`{name}`"


def lost_names(execution: Execution) -> frozenset[str]:
    """Names of networks that an error kept from being built, and of functions that raised."""
    notes = (note.detail for note in execution.notes if note.code == "never-built")
    return frozenset(execution.function_failures).union(*map(_QUOTED.findall, notes))


def read_models(
    execution: Execution, exercises: Sequence[Assignment] = (), others: Sequence[Assignment] = ()
) -> tuple[Candidate, ...]:
    """Every model that the submission built, except parts of others and models of `others`, the exercises that were not
    requested, if none of their names is of one that was."""
    compiled = {mark for model in execution.models for mark in model.marks if model.compiles and not model.is_again}
    own = [model for model in execution.models if len(model.marks) == 1 and not model.is_again]
    marks = {mark for model in own for mark in model.marks if model.compiles or mark not in compiled}
    lost = {exercise.id for exercise in (*exercises, *others) if exercise.called & lost_names(execution)}
    failures = [entry for entry in execution.failures if len(entry.marks) == 1 and not failing_to_fit(entry, execution)]
    lost |= {failure.marks[0] for failure in failures}
    candidates = [replace(_read(model), mark=_mark(model, marks | lost)) for model in execution.models]
    parts = {name for candidate in candidates for name in _nested_names(candidate.model)}
    whole = [c for c in candidates if c.model.compiles or _label(c.model) not in parts] or candidates
    own_names, other_names = ({name for entry in given for name in entry.called} for given in (exercises, others))
    return tuple(c for c in whole if not other_names & c.claims or own_names & c.claims)


def _mark(model: RecordedModel, settled: Set[str]) -> str:
    """The exercise that a model is marked for; `settled` are those that an error has kept from it, or that have a model
    without another mark, and that is compiled if any is: one may be built only to look at it.

    The running cell takes precedence over the functions that it calls, and they over those that they call, which may
    belong to an earlier exercise. But a cell that calls the functions of all exercises at the end is in the reach of
    the last one, which already has its model.
    """
    if not model.marks:
        return ""
    first, *rest = model.marks
    lacking = [mark for mark in rest if mark not in settled]
    return lacking[0] if lacking and (not first or first in settled) else first


def _read(model: RecordedModel) -> Candidate:
    if model.config_error and model.config is None:
        return Candidate(model, None, f"The model could not be read: {model.config_error}.")
    if model.kind == "subclass":
        reason = (
            f"`{model.class_name}` is a subclass of `keras.Model`: the grader cannot see the layers inside it. "
            "Build the network with `Model(inputs=…, outputs=…)`."
        )
        return Candidate(model, None, reason)
    if model.config is None:
        return Candidate(model, None, "The model could not be read.")
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
