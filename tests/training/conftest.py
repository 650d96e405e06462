"""One trainer process for all tests of this folder, and for all others that train in the same test process."""

from __future__ import annotations

import pytest

from grader.training.host import TrainerHost
from grader.training.trainer import Trainer
from tests.conftest import Authors


@pytest.fixture(scope="session")
def host(authors: Authors) -> TrainerHost:
    return authors.host


@pytest.fixture(scope="session")
def trainer(host: TrainerHost) -> Trainer:
    return Trainer(ask=host.ask)
