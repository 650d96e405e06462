"""The benchmark of the compiled loop runs on what the trainer itself would train."""

import runpy

from benchmarks.trainer import CASES, REFERENCES, graph_of, seconds_of_loop


def test_the_benchmark_times_a_network_whose_shapes_keras_has_confirmed() -> None:
    spec, _ = CASES["one_input"]
    graph = graph_of(runpy.run_path(str(REFERENCES / "one_input.py"))["build_model"]())
    assert all(graph.shape(graph.calls[number].sources[0]) for number in range(1, len(graph.calls)))
    assert min(seconds_of_loop(graph, spec, epochs=25)) > 0
