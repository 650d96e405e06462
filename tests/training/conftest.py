"""One trainer process for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.training.host import TrainerHost
from grader.training.trainer import Trainer
from tests.nurseries import Nurseries


@pytest.fixture(scope="session")
def host(nurseries: Nurseries) -> Iterator[TrainerHost]:
    with nurseries("none") as nursery, TrainerHost(nursery=nursery) as shared:
        yield shared


@pytest.fixture(scope="session")
def trainer(host: TrainerHost) -> Trainer:
    return Trainer(ask=host.ask)
