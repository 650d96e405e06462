"""The benchmark of the compiled loop runs on what the trainer itself would train."""

import runpy

from benchmarks.trainer import CASES, REFERENCES, seconds_of_loop
from tests.graph.networks import confirmed, read


def test_the_benchmark_times_a_reference() -> None:
    spec, _ = CASES["one_input"]
    graph = confirmed(read(runpy.run_path(str(REFERENCES / "one_input.py"))["build_model"]()))
    assert min(seconds_of_loop(graph, spec, epochs=25)) > 0
