"""The reference of an exercise, as a program."""

from __future__ import annotations

import pytest

from grader.assignments.course import Course, load_course
from tests.spellings.program import Program, program_of


@pytest.fixture(scope="session")
def shared_layer() -> Course:
    return load_course(["shared_layer"])


@pytest.fixture(scope="session")
def reference() -> Program:
    return program_of("shared_layer")
