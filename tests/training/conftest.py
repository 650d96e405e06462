"""One trainer process for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.training.trainer import Trainer
from tests.nurseries import Nurseries


@pytest.fixture(scope="session")
def trainer(nurseries: Nurseries) -> Iterator[Trainer]:
    with nurseries("none") as nursery, Trainer(nursery=nursery) as shared:
        yield shared
