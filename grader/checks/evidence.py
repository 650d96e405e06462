"""What a check may look at.

Beside all that a run recorded, it sees the student's network as a rubric does, see `network_view.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import chain
from typing import TypeVar

from pydantic import Field

from grader.checks.asked_ends import with_ends
from grader.checks.network_view import View, is_of, view
from grader.checks.spec_values import Table
from grader.domain import (
    Assignment,
    Difference,
    Edit,
    Execution,
    Layer,
    Location,
    ModelGraph,
    RecordedModel,
    Statement,
    Step,
    Subject,
    Training,
    WrittenValue,
    ancestors,
    steps,
)
from grader.domain.words import listed
from grader.errors import GraderError
from grader.graph import (
    Freedom,
    LayerNames,
    Rejection,
    correction,
    differences,
    generated,
    is_result,
    located,
    parse,
    serialise,
    with_unused,
)
from grader.graph.differences.changes import KINDS_OF_CHANGE
from grader.graph.edits import pruned
from grader.graph.reading.parameters import WIDTHS, inner

GAP = "Gap"  # what `execution/student/running_on` calls the class of what stands in for a layer
Told = TypeVar("Told")
MOST_NAMED = 4
KINDS_OF_VALUES = ("width", "activation", "parameter")  # of differences about one layer
MOST_TOLD = 8
SUBJECTS_OF_LAYERS: tuple[Subject, ...] = (
    "depth", "layer count", "layer class", "intruder", "merge", "dropout", "activation",
)  # fmt: skip
"""Subjects of what a network is made of, by which a check of some class explains that there are too few or too many."""


@dataclass(frozen=True)
class Evidence:
    """One submission's model for one assignment. `graph` is the student's with its outputs in the order of the heads.

    `reference` is `None` if the calibration has none. `learn` trains the network at its first call; `moves`
    says by output whether each input has an effect on it. `problem` is why the trainer has not confirmed the network.
    """

    assignment: Assignment
    execution: Execution
    model: RecordedModel
    graph: ModelGraph
    reference: ModelGraph | None
    learn: Callable[[], Training]
    moves: Callable[[], tuple[tuple[bool, ...], ...]]
    problem: GraderError | None = None

    @cached_property
    def built(self) -> ModelGraph:
        """The student's network with all that was built beside it, and leads to no output of it."""
        return with_unused(self.graph, self.model.unused, len(self.assignment.data.inputs), self.model.results)

    @cached_property
    def compared(self) -> tuple[Difference, ...]:
        """Why the network differs from the reference; empty if it does not, or if the reference is not known.

        With all that they say, whatever the assignment reveals: to choose one, never to be shown.
        """
        return self._told(differences, self.reference) if self.reference is not None else ()

    def _told(self, tell: Callable[..., Told], expected: ModelGraph) -> Told:
        """What is said of the student's network beside one that is expected."""
        return tell(
            self.built,
            expected,
            self.assignment.data.inputs,
            free=freedoms(self.assignment),
            names=self.names,
            initializers=asked_initializers(self.assignment),
            targets=self.assignment.data.targets,
        )

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """`compared`, with as much detail as the assignment reveals."""
        return tuple(map(veiled, self.compared)) if self.assignment.reveal == "hint" else self.compared

    @cached_property
    def superfluous(self) -> frozenset[str]:
        """Layers that a difference tells to remove: any other advice on them would contradict it."""
        return frozenset(
            name for difference in self.compared if difference.kind == "extra" for name in difference.layers
        )

    @cached_property
    def whole_steps(self) -> tuple[Step, ...]:
        """What corrects the whole network, settings of layers included, where no single value is wrong."""
        return next((difference.steps for difference in self.differences if difference.corrects_all), ())

    @cached_property
    def is_broken(self) -> bool:
        """Whether something stands in for statements that build the network, in a run that went on after errors."""
        return self.execution.went_on and self.model.has_failed

    @cached_property
    def correction(self) -> tuple[Step, ...]:
        """The steps for statements that failed, or that make a `Sequential` where the task asks for something else:
        what builds the expected network, or else this one, with the ends that are asked for; none where it is unknown.
        """
        if not self.names.rewritten:
            return ()
        if self.reference is not None and self.assignment.reveal != "hint":
            return self.steps_to_expected
        return self.steps_to(self.graph if self.reference is not None else self.with_ends)

    @cached_property
    def steps_to_expected(self) -> tuple[Step, ...]:
        """What makes the program build the expected network; nothing where that is not known, or not to be told."""
        is_told = self.reference is not None and self.assignment.reveal != "hint"
        return self._told(correction, self.reference) if is_told and self.reference is not None else ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What makes the program build the expected network, or its own with the ends that are asked for."""
        told = self.steps_to_expected or self.steps_to_ends
        return tuple(dict.fromkeys(edit for step in told for edit in step.edits))

    @property
    def is_open(self) -> bool:
        """Whether no network is expected, and lines to write may be told."""
        return self.reference is None and self.assignment.reveal != "hint"

    @cached_property
    def with_ends(self) -> ModelGraph:
        """The student's network with the inputs and outputs that are asked for."""
        return with_ends(self.built, self.assignment, self.names.called)

    @cached_property
    def steps_to_ends(self) -> tuple[Step, ...]:
        """What gives the network these ends, where none is expected; nothing where it has them."""
        return self.steps_to(self.with_ends) if self.is_open else ()

    def steps_to(self, network: ModelGraph, *, in_lines: bool = False) -> tuple[Step, ...]:
        """What turns the student's network into an edited form of it, perhaps only as lines of the program; nothing
        where there is nothing to write, or where what stands in the network is not known."""
        is_known = not any(layer.opaque == GAP for layer in network.layers)
        is_new = self.names.rewritten or network != pruned(self.built)
        return self._told(partial(correction, edited=True, in_lines=in_lines), network) if is_known and is_new else ()

    @cached_property
    def view(self) -> View:
        """The student's network as a rubric sees it."""
        return view(self.graph, self.reference)

    @property
    def awaited(self) -> Sequence[Layer]:
        """Layers that were called on what the network computes, and lead to no output, which a next step needs."""
        graph, names = self.built, {name for difference in self.compared for name in difference.layers}
        used = {graph.calls[call].layer for call in ancestors(graph.calls, (tensor.call for tensor in graph.outputs))}
        return [layer for number, layer in enumerate(graph.layers) if number not in used and layer.name in names]

    @cached_property
    def opaque(self) -> Layer | None:
        """A layer on the way to an output that may contain hidden layers, such as the ones that seem to be missing."""
        graph = self.graph
        calls = ancestors(graph.calls, (tensor.call for tensor in graph.outputs))
        gap = GAP if self.is_broken else ""
        return next((layer for layer in map(graph.layer_of, calls) if layer.opaque not in ("", gap)), None)

    def cause(
        self, subjects: Collection[Subject], layers: Collection[str] = (), classes: Collection[str] = ()
    ) -> Difference | None:
        """Why a check that owns these subjects fails: all differences about them as one, if there are any.

        Those about some `layers` of the student's go before others; with `classes`, only those count that are about
        expected layers of these. A hint is about another difference, if need be: what the check itself found would say
        more than a hint may.
        """
        pool = view(self.reference).graph.layers if classes and self.reference is not None else ()
        names = {layer.name for layer in pool if any(is_of(layer, kind) or inner(layer)[0] == kind for kind in classes)}
        near = self._near(layers, names)
        owned = [
            difference for difference in self.compared if difference.subject in subjects or is_result(difference.layer)
        ]
        causes = [difference for difference in near if difference in owned] or ([] if classes else owned)
        if self.assignment.reveal == "hint":
            return next((veiled(difference) for difference in (*causes, *near, *self.compared)), None)
        if not causes:
            return None
        joined = _as_one(causes, self.at)
        return replace(joined, steps=self.steps_to_expected) if len(joined.steps) > MOST_NAMED else joined

    def root(self, subjects: Collection[Subject], layers: Collection[str] = ()) -> Difference | None:
        """Like `cause`, for a check of what the whole network leads to: if it owns none, the nearest difference."""
        if (own := self.cause(subjects, layers)) is not None or not self.compared:
            return own
        nearest = (*self._near(layers), *self.compared)[0]
        return veiled(nearest) if self.assignment.reveal == "hint" else nearest

    def _near(self, layers: Collection[str], expected: Collection[str] = ()) -> list[Difference]:
        """The differences about some layers of the student's, or about some expected ones."""
        return [
            difference for difference in self.compared
            if not {difference.layer, *difference.layers}.isdisjoint(layers)
            or not {*expected}.isdisjoint(difference.expected_layers)
        ]  # fmt: skip

    def at(self, name: str) -> str:
        """The name of a student's layer with its location, for a message."""
        return self.names.at(name)

    @cached_property
    def names(self) -> LayerNames:
        """What the student calls the layers, and where they were created."""
        model, here, kinds = self.model, self._here, {check.kind for check in self.assignment.checks}
        rivals = _rivals(model, self.execution)
        taken, taken_reads = _values_of(rivals), {read.written for rival in rivals for read in rival.reads}
        values = {
            layer: {
                name: [
                    replace(entry, location=here(entry.location), instead={} if entry in taken else entry.instead)
                    for entry in entries
                    if entry.text and entry.location.line and not (entry in taken and name in WIDTHS)
                ]
                for name, entries in values.items()
            }
            for layer, values in model.layer_values.items()
        }
        return LayerNames(
            {name: here(location) for name, location in model.layer_locations.items()},
            model.layer_variables,
            generated(self.built.layers),
            values,
            {name: [*map(here, places)] for name, places in model.layer_calls.items()},
            model.layers_prefix,
            frozenset(model.reused_variables),
            model.layer_results,
            imported=model.layers_imported,
            model=model.variable,
            keys=self.graph.output_names if model.gives_dict else (),
            rewritten=self.is_broken or (model.kind == "sequential" and "functional" in kinds),
            clones=frozenset(model.results),
            statements=[replace(entry, location=here(entry.location)) for entry in self._statements],
            reads=[
                replace(read, written=replace(read.written, location=here(read.written.location)))
                for read in model.reads
                if read.written.text and read.written not in taken_reads
            ],
        )

    @property
    def _statements(self) -> Sequence[Statement]:
        """Those that build the model, if another network can be given to its `Model(…)`: one with lists, that makes no
        other network for something else."""
        in_lists = self.graph.inputs_ordered and self.graph.outputs_ordered
        return statements_of(self.model, self.execution) if in_lists else ()

    def _here(self, location: Location) -> Location:
        """A place without the file if it is the one in which the model is built."""
        caller = self._here(location.caller) if location.caller else None
        return replace(location.beside(self.model.location), caller=caller)


def statements_of(model: RecordedModel, execution: Execution) -> Sequence[Statement]:
    """Those that build a model, if they build nothing that something else may need as it is; or else the one that calls
    the functions around them, as far as it calls them for this model alone."""
    here = [rival for rival in _rivals(model, execution) if _maker_of(rival) == _maker_of(model)]
    if not here:
        return model.statements
    taken = {entry.location for rival in here for entry in rival.called}
    free = [entry for entry in model.called if entry.location not in taken][:1]
    if free and model.statements and free[0].location == model.statements[-1].location:
        return model.statements[-1:]  # which says where inputs and outputs stand
    return free


def _maker_of(model: RecordedModel) -> Location:
    """The statement that makes a model, or at least the line of its `Model(…)`."""
    return next((entry.location for entry in model.statements[-1:]), model.location)


def _rivals(model: RecordedModel, execution: Execution) -> Sequence[RecordedModel]:
    """The models that may need otherwise what the code says for this one: those of another place, and those of its own
    that are other networks, or for something else."""
    own = cache(partial(_read, model))

    def is_alike(other: RecordedModel) -> bool:
        is_one = not (model.variables and other.variables) or not {*model.variables}.isdisjoint(other.variables)
        if model.called and other.called:  # whatever the functions call it
            (first, *_), (second, *_) = model.called, other.called
            is_one = first.location == second.location or not {*first.binds}.isdisjoint(second.binds)
        is_same = other.function == model.function or (not other.returned and _read(other) == own() is not None)
        is_elsewhere = other.marks[-1:] != model.marks[-1:] and not (other.is_again or model.is_again)
        return is_one and is_same and not is_elsewhere

    others = [other for other in execution.models if other.index != model.index]
    return [other for other in others if other.location != model.location or not is_alike(other)]


def _values_of(models: Iterable[RecordedModel]) -> set[WrittenValue]:
    """The places that give layers of some models values; what varies in one may vary otherwise in another."""
    rows = [row for model in models for values in model.layer_values.values() for row in values.values()]
    return {entry for row in rows for entry in row}


def _read(model: RecordedModel) -> str | None:
    graph = parse(model.config or {})
    return None if isinstance(graph, Rejection) else serialise(graph)


def _as_one(causes: Sequence[Difference], at: Callable[[str], str]) -> Difference:
    """Several differences as one, with each next step once, and no more said of them than can be read."""
    told, excess = causes[:MOST_TOLD], len(causes) - MOST_TOLD
    groups: dict[object, list[Difference]] = {}
    for cause in told:
        is_value = cause.kind in KINDS_OF_VALUES and cause.expected
        groups.setdefault((cause.kind, cause.expected, cause.actual) if is_value else cause.message, []).append(cause)
    named = [(first.message, [other.layer for other in others if other.layer]) for first, *others in groups.values()]
    message = [with_others(sentence, [*map(at, names)]) for sentence, names in named]
    message += [f"And {excess} more."] if excess > 0 else []
    layers = dict.fromkeys(name for cause in told for name in cause.layers)
    expected = dict.fromkeys(name for cause in told for name in cause.expected_layers)
    return replace(
        told[0],
        message=" ".join(message),
        steps=steps([*chain.from_iterable(cause.steps for cause in causes)]),
        layers=tuple(layers),
        expected_layers=tuple(expected),
    )


def with_others(sentence: str, names: Sequence[str]) -> str:
    """What is wrong about one layer, with others of which the same is true."""
    return f"{sentence.removesuffix('.')}; also wrong in {listed(names)}." if names else sentence


def asked_initializers(assignment: Assignment) -> Mapping[str, str]:
    """What the assignment's `initializers` check asks of every layer with a kernel, by parameter."""
    asked = (
        check.options for check in assignment.checks if check.kind == "initializers" and not check.options.get("of")
    )
    return next(({"kernel_initializer": options["kernel"]} for options in asked), {})


def freedoms(assignment: Assignment) -> Mapping[str, Freedom]:
    """The freedoms that the assignment's `graph` check names."""
    free: dict[str, Freedom] = {}
    for check in assignment.checks:
        for name, layer in check.options.get("free", {}).items() if check.kind == "graph" else ():
            units = layer.get("units")
            free[name] = Freedom((units[0], units[1]) if units else None, layer.get("activation", False))
    return free


def veiled(difference: Difference) -> Difference:
    """Where to look, without what is expected there, or changed."""
    where = f"`{difference.layer}`{located(difference.location)}" if difference.layer else ""
    _, noun = KINDS_OF_CHANGE.get(difference.kind, ("", "the network"))
    message = (
        f"Look at {where}: {noun} does not match the task."
        if where
        else f"{noun.capitalize()} does not match the task."
    )
    told = steps("Compare it with the task.")
    return replace(difference, message=message, steps=told, expected="", expected_layers=())


class CheckOptions(Table):
    """Base of all kinds: what any check may say."""

    id: str = Field(
        "", description="name of the check in reports; by default its kind", pattern=r"^[a-z][a-z0-9_]*$|^$"
    )
    title: str = Field("", description="what the student reads; by default the kind's own title", max_length=120)
    points: int = Field(ge=0, le=100, description="0 reports without scoring")
    partial: bool = Field(False, description="award a share of the points, rounded down")
    requires: list[str] = Field([], description="ids of checks without which this one cannot be evaluated")
