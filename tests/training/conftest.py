"""One trainer process for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.training.host import TrainerHost
from grader.training.trainer import Trainer


@pytest.fixture(scope="session")
def host() -> Iterator[TrainerHost]:
    with TrainerHost() as shared:
        yield shared


@pytest.fixture(scope="session")
def trainer(host: TrainerHost) -> Trainer:
    return Trainer(ask=host.ask)
