"""The trainer process as its protocol describes it."""

from __future__ import annotations

import io
import json

import keras

from grader.domain import ModelGraph
from grader.graph import parse
from grader.training.engine.__main__ import serve
from grader.training.messages import TrainingJob, encode_job
from tests.graph.networks import confirmed, recorded
from tests.training.networks import SINE, recipe


def answers(*lines: str) -> list[dict[str, object]]:
    return list(serve(io.BytesIO("\n".join(lines).encode())))


def test_one_bad_request_does_not_end_the_process() -> None:
    bad, constant, unknown, good = answers(
        "not json",
        '{"do": NaN}',
        '{"do": "dance"}',
        '{"do": "survey", "data": {"inputs": ["x"], "targets": ["sin"], "file": null},'
        ' "recipe": {"optimizer": "sgd", "loss": ["mse"], "loss_weights": [1.0], "epochs": 1, "batch_size": 32}}',
    )
    assert "fault" in bad
    assert "NaN is not JSON" in str(constant["fault"])
    assert unknown == {"fault": "nothing is called 'dance'"}
    assert "floors" in good


def test_a_network_that_keras_cannot_train_is_no_fault_of_the_grader() -> None:
    """Its description has the shapes of the graph, but no batch fits; the next request is answered."""
    x = keras.Input((1,))
    graph = parse(recorded(keras.Model(x, keras.layers.Dense(1)(keras.ops.reshape(x, (7, 1))))))
    assert isinstance(graph, ModelGraph)
    job = TrainingJob(confirmed(graph), recipe(), SINE, 1, 25, (0.01,))
    refused, last = answers(json.dumps({"do": "train", "job": encode_job(job)}), '{"do": "nothing"}')
    assert str(refused["refused"]).startswith("fails: ValueError: ")
    assert last == {}
