"""What tests of authors share: an exercise, and what runs and trains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.assignments.course import Course, load_course
from grader.execution import Supervisor
from grader.training.trainer import Trainer
from tests.conftest import Authors


@pytest.fixture(scope="session")
def shared_layer() -> Course:
    return load_course(["shared_layer"])


@pytest.fixture
def trainer(authors: Authors) -> Iterator[Trainer]:
    with authors.trainer() as shared:
        yield shared


@pytest.fixture
def author(authors: Authors) -> Iterator[Supervisor]:
    with authors.code() as shared:
        yield shared
