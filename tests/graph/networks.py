"""Real Keras models, read the way a submission's are: through plain JSON."""

from __future__ import annotations

import json
from typing import Any

from grader.domain import ModelGraph
from grader.graph import Rejection, parse


def read(model: Any) -> ModelGraph:
    """The graph of a Keras model; fails the test if it is rejected."""
    graph = parse(plain(model.get_config()))
    assert not isinstance(graph, Rejection), graph.reason
    return graph


def plain(config: Any) -> Any:
    return json.loads(json.dumps(config))
