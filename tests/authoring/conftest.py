"""What tests of authors share: an exercise, and what runs and trains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.assignments.course import Course, load_course
from grader.authoring.references import author_code
from grader.execution import Supervisor
from grader.training.host import local_trainer
from grader.training.trainer import Trainer


@pytest.fixture(scope="session")
def shared_layer() -> Course:
    return load_course(["shared_layer"])


@pytest.fixture(scope="session")
def trainer() -> Iterator[Trainer]:
    with local_trainer() as shared:
        yield shared


@pytest.fixture(scope="session")
def author() -> Iterator[Supervisor]:
    with author_code() as shared:
        yield shared
