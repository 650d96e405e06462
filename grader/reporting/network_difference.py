"""Which boxes of two drawings the checks speak of: a help for the eye beside their words."""

from __future__ import annotations

from collections.abc import Iterable

from grader.domain import CheckResult, Difference, ModelGraph


def differing_layers(graph: ModelGraph, results: Iterable[CheckResult]) -> frozenset[int]:
    """Numbers of the student's layers that a difference names."""
    return _numbers(graph, (name for one in _told(results) for name in one.layers))


def expected_layers(graph: ModelGraph, results: Iterable[CheckResult]) -> frozenset[int]:
    """Numbers of the layers of the expected network that a difference names."""
    return _numbers(graph, (name for one in _told(results) for name in one.expected_layers))


def _told(results: Iterable[CheckResult]) -> Iterable[Difference]:
    return (difference for result in results for difference in result.differences)


def _numbers(graph: ModelGraph, names: Iterable[str]) -> frozenset[int]:
    wanted = set(names)
    return frozenset(number for number, layer in enumerate(graph.layers) if layer.name in wanted)
