"""Whoever writes what is told has the expected network: for each mistake, alone and with another one.

Keras builds the program in which the steps are followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import Any

import keras
import pytest

from grader.authoring.mutation_table import Mutant, mutations
from grader.domain import ModelGraph, Tensor
from grader.execution.student.describe import config_of
from grader.graph import LayerNames, generated, parse
from grader.graph.differences.expected_as_typed import as_typed
from grader.graph.differences.explain import Diff, compared, in_their_order, words_for
from grader.graph.differences.program_edits import rewritten
from grader.graph.edits import reading, sorted_calls, unshaped, with_call
from tests.graph.references import NETWORKS, Network, mistakes, resized

FEW = (  # which have what the others have, too
    "three_inputs", "two_outputs", "branching_network", "shared_autoencoder", "small_images", "small_transformer",
    "words_and_numbers",
)  # fmt: skip
SOME_OR_ALL = (
    *((name, False) for name in FEW),
    *(pytest.param(name, True, marks=pytest.mark.slow) for name in NETWORKS),
)


def diff(student: ModelGraph, network: Network) -> Diff:
    return compared(student, *network)[0]


def written(student: ModelGraph, network: Network) -> tuple[ModelGraph, str]:
    """The network of the program after its steps, and this program."""
    comparison, own = compared(student, *network)
    words = words_for(comparison, own, LayerNames(prefix="layers.", generated=generated(student.layers)))
    words, reference = in_their_order(words, student, network[0]), network[0]
    changed = rewritten(words, student, as_typed(words, reference), words.student)
    parts = changed.part(0, len(changed.statements) - 1)
    lines = [line for old, above, new in parts for line in (*above, *([old.code] if new is None else new))]
    program = "\n".join(["import keras", "from keras import layers", *lines])
    scope: dict[str, Any] = {}
    try:
        exec(program, scope)
    except Exception as error:
        raise AssertionError(program) from error
    graph = parse(config_of(keras, scope["model"]))
    assert isinstance(graph, ModelGraph), (program, graph)
    return graph, program


def one_of_each_subject(name: str) -> list[Mutant]:
    """Some mistakes of a network, at different layers."""
    random, mutants = Random(name), mistakes(name)
    subjects = dict.fromkeys(mutant.subject for mutant in mutants)
    return [random.choice([mutant for mutant in mutants if mutant.subject == subject]) for subject in subjects]


@pytest.mark.parametrize(("name", "all_of_them"), SOME_OR_ALL)
def test_what_is_written_for_a_mistake_builds_the_expected_network(name: str, all_of_them: bool) -> None:
    network = NETWORKS[name]
    for mutant in mistakes(name) if all_of_them else one_of_each_subject(name):
        graph, program = written(mutant.graph, network)
        assert diff(graph, network).equal, (mutant.words, program)


@pytest.mark.parametrize(("name", "all_of_them"), SOME_OR_ALL)
def test_what_is_written_for_two_mistakes_builds_the_expected_network(name: str, all_of_them: bool) -> None:
    network, random = NETWORKS[name], Random(name)
    for first in mistakes(name)[:: 2 if all_of_them else 16]:
        second = random.choice(list(mutations(first.graph, network[2], lambda graph: graph)))
        graph, program = written(resized(unshaped(second.graph)), network)
        assert diff(graph, network).equal, (first.words, second.words, program)


@pytest.mark.parametrize(("name", "all_of_them"), SOME_OR_ALL)
def test_whatever_is_built_and_not_used_is_used_by_one_change(name: str, all_of_them: bool) -> None:
    """A layer, a chain, a merge, an output: all is there, and one call or one output is of another tensor."""
    network = NETWORKS[name]
    for student in islice(misread(network[0]), 0, None, 1 if all_of_them else 8):
        comparison = diff(student, network)
        assert comparison.equal or [change.kind for change in comparison.changes] in (["wiring"], ["outputs"]), (
            comparison.changes
        )
        graph, program = written(student, network)
        assert diff(graph, network).equal, program


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
