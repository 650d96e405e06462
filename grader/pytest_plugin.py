"""`pytest --grader work.ipynb`: each check of a submission is a test, with its points.

Notebooks anywhere, and modules that are named on the command line, are graded when they are collected, in a sandbox
as always: pytest imports nothing of them. Nothing but pytest is imported until `--grader` is given.

A check that failed is a failure, a skipped one is skipped. What the grader could not do, and what a person must
decide, is an error, never a failure. A failed check without points is expected to fail (`x`) if the exercise
has full marks all the same, so that pytest's exit code is 0 exactly where that of `grader check` is.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.reporting.document import CheckPart, GradeDocument

SUFFIXES = (".ipynb", ".py")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("grader", "grade Keras exercises")
    group.addoption(
        "--grader", action="store_true", help="Grade notebooks, and modules that are named, check by check."
    )
    group.addoption(
        "--grader-assignment", action="append", default=[], metavar="ID",
        help="An exercise that must be present; repeatable.",
    )  # fmt: skip
    group.addoption("--grader-course", default=None, metavar="DIR", help="The course; by default the built-in course.")
    group.addoption(
        "--grader-isolation", default="auto", metavar="LEVEL", help="auto, full, partial, container or none."
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--grader"):
        config.pluginmanager.register(Grading(config), "grader-grading")


class Grading:
    """The part that works once `--grader` is given. `totals` are the points of each exercise, of all its checks."""

    def __init__(self, config: pytest.Config) -> None:
        from grader.runs.workers import Processes

        self.config = config
        self.totals: dict[str, str] = {}
        self.processes = Processes()  # one import of Keras for all files, once one of them has to be executed

    def pytest_unconfigure(self) -> None:
        self.processes.close()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """A submission is collected by nobody else: as a test module, it would be imported here."""
        collectors = yield
        named = parent.session.isinitpath(file_path)
        if file_path.suffix.lower() in SUFFIXES and (named or file_path.suffix.lower() == ".ipynb"):
            submission = SubmissionFile.from_parent(parent, path=file_path)
            submission.grading = self
            return [submission]
        return collectors

    def grades(self, path: Path) -> list[GradeDocument]:
        """The GRADE documents of one file: what `grader check` finds, and raises."""
        from grader.assignments.course import load_course
        from grader.assignments.folder import find_course
        from grader.pipeline import check_path
        from grader.reporting.document import grades_of
        from grader.runs.options import RunOptions

        course = self.config.getoption("--grader-course")
        folder = find_course(Path(course) if course else None, graded=path)
        against = load_course(self.config.getoption("--grader-assignment"), folder)
        options = RunOptions(self.config.getoption("--grader-isolation"))
        return list(grades_of(check_path(path, against, options, processes=self.processes).report))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.totals:
            terminalreporter.section("grades", sep="-")
        for name, value in sorted(self.totals.items()):
            terminalreporter.line(f"{name}: {value}")


class SubmissionFile(pytest.File):
    """One notebook or module; it is graded when it is collected, since only then its exercises are known."""

    grading: Grading

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each check, and one more if nothing else shows that a person must decide."""
        from grader.errors import GraderError
        from grader.reporting.formats.as_tests import stand_in

        try:
            grades = self.grading.grades(self.path)
        except GraderError as error:  # a message, not a traceback
            raise self.CollectError(f"grader: {error}") from None
        for grade in grades:
            exercise, is_settled = grade.assignment or "file", grade.status == "graded"
            total = f"{grade.score} of {grade.max_score} points{'' if is_settled else ', needs review'}"
            self.grading.totals[f"{self.nodeid}::{exercise}"] = total
            shown = is_settled or any(map(_is_error, grade.checks))
            for check in grade.checks if shown else (*grade.checks, stand_in(grade)):
                item = CheckItem.from_parent(self, name=f"{exercise}::{check.id}", check=check)
                item.title = f"{grade.name}: {check.title}"
                item.is_full = is_settled and grade.score == grade.max_score > 0
                yield item


class CheckItem(pytest.Item):
    """One check that has been made; running it says what it found."""

    title = ""
    is_full = False

    def __init__(self, *, check: CheckPart, **options: Any) -> None:
        super().__init__(**options)
        self.check = check
        self.extra_keyword_matches.add(check.kind)
        self.user_properties += [("points", check.score), ("max_points", check.max_score)]

    def setup(self) -> None:
        """Before the call, so that it counts as an error."""
        if _is_error(self.check):
            pytest.fail(explanation(self.check), pytrace=False)

    def runtest(self) -> None:
        if self.check.status == "skipped":
            pytest.skip(self.check.message)
        if self.check.status == "failed":
            if self.is_full and not self.check.max_score:
                pytest.xfail(f"not scored: {self.check.message}")
            pytest.fail(explanation(self.check), pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        return self.path, None, self.title


def _is_error(check: CheckPart) -> bool:
    """Whether it is the grader's fault, or for a person to decide."""
    return check.status == "errored" or bool(check.review and check.status != "passed")


def explanation(check: CheckPart) -> str:
    from grader.reporting.story import lines_of

    lines = [] if check.message == check.review else map(str, lines_of(check))
    return "\n".join([*lines, f"Needs review: {check.review}"] if check.review else lines)
