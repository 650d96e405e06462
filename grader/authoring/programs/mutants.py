"""Mutants of a reference: programs with one thing wrong, each with what it changed and what that may affect."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from grader.authoring.programs import mutations
from grader.authoring.programs.program import Compiled, Program, reference_program
from grader.authoring.programs.writer import write
from grader.checks import KINDS, freedoms, kinds_of
from grader.checks.registry import BROAD
from grader.domain import Assignment, Check, ModelGraph, Subject
from grader.graph import align
from grader.graph.reading.roles import RECURRENT
from grader.graph.source import UnwritableError

FORMS = ("notebook", "module")
FAILING = (
    ("a name that does not exist", "print(no_such_name)"),
    ("a plot of something that does not exist", "print(no_such_history.history['loss'][-1])"),
    ("a file that is not there", "open('no_such_points.csv')"),
    (
        "a download that fails",
        "from urllib.request import urlretrieve\nurlretrieve('https://example.org/points.csv', 'points.csv')",
    ),
    ("a data set that does not fit", "[1.0, 2.0] / 2"),
)
"""Statements that fail wherever they are, and that nothing else needs."""
OTHER_OPTIMIZERS = ("adam", "sgd")
OTHER_LOSSES = {"mse": "mae", "mae": "mse"}


@dataclass(frozen=True)
class Mutant:
    """A program with one change. `subject` is what was changed, see `OWNERS`; `name` says it in words.

    `form` is how it is submitted: a run may treat a notebook and a module differently. `kind` is the class of the layer
    that was changed, if it was one.
    """

    subject: Subject
    name: str
    program: Program
    touches: frozenset[str] = frozenset()
    form: str = "notebook"
    kind: str = ""


def mutants(assignment: Assignment, graph: ModelGraph) -> tuple[Mutant, ...]:
    """Every kind of change wherever it applies, except for subjects that the spec leaves free.

    A change that the spec's freedoms allow, or that gives an equal network, is not a mutant.
    """
    reference = reference_program(assignment, graph)
    found: list[Mutant] = []
    seen = {(write(reference), "notebook")}
    changed = (*_networks(reference), *_forms(reference), *_compiles(reference))
    for mutant in (*changed, *_endings(reference)):
        if mutant.subject in assignment.free:
            continue
        try:
            text = write(mutant.program), mutant.form
        except UnwritableError:
            continue
        if text not in seen:
            seen.add(text)
            found.append(mutant)
    return tuple(found)


def _networks(reference: Program) -> Iterator[Mutant]:
    assignment, graph = reference.assignment, reference.graph
    free = freedoms(assignment)
    for mutation in mutations.of(graph, free):
        labels = assignment.data.inputs
        same_ends = len(mutation.graph.inputs) == len(labels) and len(mutation.graph.outputs) == len(graph.outputs)
        if mutation.subject != "initializer" and same_ends and align(mutation.graph, graph, free, labels) is not None:
            continue
        changed = replace(reference, graph=mutation.graph, compiled=_fitting(reference, len(mutation.graph.outputs)))
        yield Mutant(mutation.subject, mutation.name, changed, mutation.touches, kind=mutation.kind)


def _fitting(reference: Program, heads: int) -> Compiled | None:
    """The arguments of `compile` for so many heads, as a student with a network of that shape would write them."""
    compiled = reference.compiled
    if compiled is None or heads == len(compiled.losses):
        return compiled
    losses = (*compiled.losses, *compiled.losses[-1:] * heads)[:heads]
    weights = (*compiled.weights, *compiled.weights[-1:] * heads)[:heads]
    return replace(compiled, losses=losses, weights=weights)


def _forms(reference: Program) -> Iterator[Mutant]:
    yield Mutant("api", "writing it as a `Sequential` model", replace(reference, form="sequential"))
    yield Mutant("unreadable", "writing it as a subclass of `keras.Model`", replace(reference, form="subclass"))


def _compiles(reference: Program) -> Iterator[Mutant]:
    compiled = reference.compiled
    if compiled is None:
        return

    def mutant(subject: Subject, name: str, changed: Compiled | None) -> Mutant:
        return Mutant(subject, name, replace(reference, compiled=changed))

    for optimizer in OTHER_OPTIMIZERS:
        if optimizer != compiled.optimizer:
            yield mutant("optimizer", f"compiling with {optimizer}", replace(compiled, optimizer=optimizer))
    yield mutant("optimizer", "compiling with a learning rate of 1", replace(compiled, rate=1.0))
    for head, name in enumerate(compiled.losses):
        losses = (*compiled.losses[:head], OTHER_LOSSES.get(name, "mse"), *compiled.losses[head + 1 :])
        yield mutant("losses", f"compiling output {head + 1} with {losses[head]}", replace(compiled, losses=losses))
    if len(compiled.losses) > 1:
        if not reference.assignment.recipe.any_loss_order and len(set(compiled.losses)) > 1:
            turned = replace(compiled, losses=compiled.losses[::-1])
            yield mutant("losses", "giving the losses in the wrong order", turned)
        yield mutant("losses", "giving a loss for the first output only", replace(compiled, losses=compiled.losses[:1]))
    yield from _weights(reference, compiled)
    yield mutant("compile", "never compiling it", None)


def _weights(reference: Program, compiled: Compiled) -> Iterator[Mutant]:
    weights = compiled.weights
    if len(weights) < 2:
        return
    if len(set(weights)) > 1:
        turned = replace(compiled, weights=weights[::-1])
        yield Mutant("weight order", "swapping the loss weights", replace(reference, compiled=turned))
        equal = replace(compiled, weights=(1.0,) * len(weights))
        yield Mutant("loss weights", "giving no loss weights", replace(reference, compiled=equal))
    other = replace(compiled, weights=(weights[0] / 2, *weights[1:]))
    yield Mutant("loss weights", "halving the first loss weight", replace(reference, compiled=other))


def _endings(reference: Program) -> Iterator[Mutant]:
    tail = "model.predict(no_such_data)"
    yield Mutant("runs", "an error in the last line", replace(reference, tail=tail))
    yield from _errors(reference)


def _errors(reference: Program) -> Iterator[Mutant]:
    """A statement that fails before, among and after those that build the network, in a module and in a notebook.

    Each place in each form gets one of the statements in turn, so that over as many assignments as there are
    statements each occurs once in each place of each form.
    """
    places = ("lead", "between", "tail")
    for number, (form, place) in enumerate(itertools.product(FORMS, places)):
        words, statement = FAILING[(reference.assignment.position + number) % len(FAILING)]
        where = {"lead": "before the network", "between": "among its layers", "tail": "after the network"}[place]
        name = f"{words} {where}, as a {form}"
        yield Mutant("runs", name, replace(reference, **{place: statement}), form=form)  # type: ignore[arg-type]


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
    "unreadable": ("functional",),  # else any: nothing in it can be checked
    "optimizer": ("compiled.optimizer",),
    "losses": ("compiled.losses",),
    "loss weights": ("compiled.weights",),
    "weight order": ("compiled.larger", "compiled.weights"),
    "compile": ("compiled",),
    "runs": ("runs",),
    "input type": ("inputs.dtypes", "graph"),
    "input order": ("inputs.shapes", "graph"),
    "layer class": ("graph",),
    "layer count": ("graph",),
    "layer order": ("order", "graph"),
    "regularisation": ("regularisation", "graph"),
    "dropout": ("dropout", "graph"),
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
_OF_A_PLACE: frozenset[Subject] = frozenset({"dropout", "layer order", "regularisation"})
"""Subjects that several checks may be about, each in its place: any of them may see a change, or `graph`."""


@dataclass(frozen=True)
class Ownership:
    """The id of the owning check, empty if the rubric has none, and ids of the checks that may lose points too.

    `others` may see the change in its place: a `dropout` check may be about another dropout than the one that changed.
    """

    owner: str
    touched: frozenset[str]
    others: frozenset[str] = frozenset()

    def is_met_by(self, losing: Collection[str]) -> bool:
        """Whether these checks include the owner, or one that may stand for it."""
        return self.owner in losing or bool(self.others.intersection(losing))


def ownership(mutant: Mutant, assignment: Assignment) -> Ownership:
    """Who owns a mutant by this rubric."""
    scored = [check for check in assignment.checks if check.points]
    own = {check.id: kinds_of(assignment.folder)[check.kind] for check in scored if check.kind not in KINDS}
    if mutant.subject == "unreadable":
        seen = next((check for check in scored if check.kind == "functional"), scored[-1])
        return Ownership(seen.id, frozenset(check.id for check in scored))
    owners = [
        check for kind in OWNERS[mutant.subject] for check in scored if _is(check, kind) and _covers(check, mutant)
    ]
    owners = [check for check in scored if check.id in own and mutant.subject in own[check.id].subjects] + owners
    owner = next(iter(owners), None)
    others = frozenset(check.id for check in owners if mutant.subject in _OF_A_PLACE)
    kinds = mutant.touches | _ALSO.get(mutant.subject, BROAD)
    touched = {check.id for check in scored if check.kind in kinds}
    touched |= {name for name, kind in own.items() if not kind.subjects or mutant.subject in kind.subjects}
    for check in scored:  # checks that require one that loses points are skipped
        if touched.union({owner.id} if owner else ()).intersection(check.requires):
            touched.add(check.id)
    return Ownership(owner.id if owner else "", frozenset(touched), others)


def _covers(check: Check, mutant: Mutant) -> bool:
    """Whether a check is about layers of the class that was changed."""
    of = check.options.get("of")
    if not of and check.kind == "activations":
        return mutant.kind not in RECURRENT
    return not of or not mutant.kind or mutant.kind in of


def _is(check: Check, kind: str) -> bool:
    """Whether a check is of a kind, written `kind`, or `kind.option` if it must have that option."""
    name, _, option = kind.partition(".")
    return check.kind == name and (not option or check.options.get(option) is not None)
