"""One trainer process for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.training.trainer import Trainer


@pytest.fixture(scope="session")
def trainer() -> Iterator[Trainer]:
    with Trainer() as shared:
        yield shared
