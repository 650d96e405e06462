"""Whoever makes every change that is told has the expected network: for each mistake, alone and with another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random

import pytest

from grader.authoring.mutation_table import mutations
from grader.domain import ModelGraph, Tensor
from grader.graph.differences.explain import Diff, compared
from grader.graph.edits import reading, sorted_calls, unshaped, with_call
from tests.graph.applied import applied, resized
from tests.graph.references import NETWORKS, Network, mistakes

FEW_OR_ALL = (3, pytest.param(1, marks=pytest.mark.slow))


def diff(student: ModelGraph, network: Network) -> Diff:
    return compared(student, *network)[0]


@pytest.mark.parametrize("every", FEW_OR_ALL)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_changes_of_a_mistake_lead_to_the_expected_network(name: str, every: int) -> None:
    network = NETWORKS[name]
    for mutant in mistakes(name)[::every]:
        comparison = diff(mutant.graph, network)
        assert not diff(applied(comparison), network).changes, (mutant.words, comparison.changes)
        assert not {"missing", "extra"} <= {change.kind for change in comparison.changes}, (
            mutant.words,
            comparison.changes,
        )


@pytest.mark.parametrize("every", FEW_OR_ALL)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_changes_of_two_mistakes_lead_to_the_expected_network(name: str, every: int) -> None:
    """At once, but for a layer that is copied."""
    network, random = NETWORKS[name], Random(name)
    for first in mistakes(name)[:: 2 * every]:
        second = random.choice(list(mutations(first.graph, network[2], list)))
        comparison = diff(resized(unshaped(second.graph)), network)
        changes = diff(applied(comparison), network).changes
        hiding = any(change.parameter == "apart" for change in comparison.changes)
        assert not changes or hiding, (first.words, second.words, comparison.changes, changes)


@pytest.mark.parametrize("every", FEW_OR_ALL)
@pytest.mark.parametrize("name", NETWORKS)
def test_whatever_is_built_and_not_used_is_used_by_one_change(name: str, every: int) -> None:
    """A layer, a chain, a merge, an output: all is there, and one call or one output is of another tensor."""
    network = NETWORKS[name]
    for student in islice(misread(network[0]), 0, None, every):
        comparison = diff(student, network)
        assert comparison.equal or [change.kind for change in comparison.changes] in (["wiring"], ["outputs"]), (
            comparison.changes
        )
        assert not diff(applied(comparison), network).changes, comparison.changes


def with_argument(graph: ModelGraph, reader: int, slot: int, new: Tensor) -> ModelGraph:
    """The network in which one call reads another tensor as one of its arguments."""
    slots = count()
    changed = reading(graph, lambda call, tensor: new if call == reader and next(slots) == slot else tensor)
    return sorted_calls(changed)


def misread(graph: ModelGraph) -> Iterator[ModelGraph]:
    """Each call on another tensor, each merge without one of its tensors, each output another tensor or not listed."""
    for number, call in enumerate(graph.calls):
        for slot, old in enumerate(call.sources):
            yield from (with_argument(graph, number, slot, Tensor(new)) for new in range(number) if new != old.call)
        for old in call.sources if len(call.args) == 1 and len(call.sources) > 2 else ():
            rest = tuple(tensor for tensor in call.sources if tensor != old)
            yield with_call(graph, number, replace(call, args=(rest,)))
        for place, _ in enumerate(graph.outputs if call.sources else ()):
            if Tensor(number) not in graph.outputs:
                ends = (*graph.outputs[:place], Tensor(number), *graph.outputs[place + 1 :])
                yield replace(graph, outputs=ends)
    for ends in ((graph.outputs[0],) * len(graph.outputs), graph.outputs[:1]) if len(graph.outputs) > 1 else ():
        yield replace(graph, outputs=ends, output_names=graph.output_names[: len(ends)])
