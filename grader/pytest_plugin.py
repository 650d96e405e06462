"""`pytest --grader work.ipynb`: each check of a submission is a test, with its points.

Notebooks anywhere, and modules that are named on the command line, are graded when they are collected, in a sandbox
as always: pytest imports nothing of them. Among the workers of pytest-xdist, the first one grades and the others read
what it found. Nothing but pytest is imported until `--grader` is given.

A check that failed is a failure, a skipped one is skipped. What the grader could not do, and what a person must
decide, is an error, never a failure. A failed check without points is expected to fail (`x`) if the exercise
has full marks all the same, so that pytest's exit code is 0 exactly where that of `grader check` is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from grader.runs.workers import Processes

Document: TypeAlias = Mapping[str, Any]
SUFFIXES = (".ipynb", ".py")
FOLDER = "grader_folder"  # under this name, workers learn where results are shared


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
    """The part that works once `--grader` is given. `folder` is where the workers of one run share what they found."""

    def __init__(self, config: pytest.Config) -> None:
        workers: dict[str, str] = getattr(config, "workerinput", {})
        self.config = config
        self.own = FOLDER not in workers
        self.folder = Path(tempfile.mkdtemp(prefix="grader-pytest-") if self.own else workers[FOLDER])
        self.until_the_end = ExitStack()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[FOLDER] = str(self.folder)

    def pytest_unconfigure(self) -> None:
        self.until_the_end.close()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """A submission is collected by nobody else: as a test module, it would be imported here."""
        found = yield
        named = parent.session.isinitpath(file_path)
        if file_path.suffix.lower() in SUFFIXES and (named or file_path.suffix.lower() == ".ipynb"):
            return [SubmissionFile.from_parent(parent, path=file_path, grading=self)]
        return found

    def grades(self, path: Path) -> list[Document]:
        """The GRADE documents of one file, graded by the first worker that comes to it. Raises what `check` raises."""
        from filelock import FileLock

        kept = self.folder / f"{hashlib.sha256(str(path).encode()).hexdigest()}.json"
        with FileLock(kept.with_suffix(".lock")):
            if not kept.is_file():
                part = kept.with_suffix(".part")
                part.write_text(json.dumps(self._checked(path), allow_nan=False), encoding="utf-8")
                part.replace(kept)
        found: list[Document] = json.loads(kept.read_text(encoding="utf-8"))
        return found

    def _checked(self, path: Path) -> list[Document]:
        """What `grader check` finds."""
        from grader.assignments.course import load_course
        from grader.assignments.folder import find_course
        from grader.pipeline import check_path
        from grader.runs.options import RunOptions

        course = self.config.getoption("--grader-course")
        folder = find_course(Path(course) if course else None, graded=path)
        against = load_course(self.config.getoption("--grader-assignment"), folder)
        options = RunOptions(self.config.getoption("--grader-isolation"))
        return list(check_path(path, against, options, processes=self._processes).report.grades)

    @cached_property
    def _processes(self) -> Processes:
        """One import of Keras for all files, made once one of them has to be executed."""
        from grader.runs.workers import Processes

        return self.until_the_end.enter_context(Processes())

    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """With `-v`, the points are next to the verdict."""
        points = dict(report.user_properties) if report.when == "call" else {}
        if "points" not in points or hasattr(report, "wasxfail"):
            return None
        letter, colour = (".", "green") if report.passed else ("F", "red")
        word = f"{report.outcome.upper()} ({points['points']}/{points['max_points']})"
        return report.outcome, letter, (word, {colour: True})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The points of each exercise that was graded, of all its checks."""
        reports = [one for found in terminalreporter.stats.values() for one in found]
        totals = {
            name: value
            for one in reports
            for name, value in getattr(one, "user_properties", ())
            if isinstance(name, str) and name.startswith("grade ")
        }
        if totals:
            terminalreporter.section("grades", sep="-")
        for name, value in sorted(totals.items()):
            terminalreporter.line(f"{name.removeprefix('grade ')}: {value}")


class SubmissionFile(pytest.File):
    """One notebook or module; it is graded when it is collected, since only then its exercises are known."""

    def __init__(self, *, grading: Grading, **others: Any) -> None:
        super().__init__(**others)
        self.grading = grading

    def collect(self) -> Iterator[pytest.Collector]:
        for grade in self.grading.grades(self.path):
            yield Exercise.from_parent(self, name=grade["assignment"] or "file", grade=grade)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What cannot be graded at all is a message, not a traceback."""
        from grader.errors import GraderError

        if isinstance(excinfo.value, GraderError):
            return f"grader: {excinfo.value}"
        return super().repr_failure(excinfo)


class Exercise(pytest.Collector):
    """One grade, with an item for each check, and one more if nothing else shows that a person must decide."""

    def __init__(self, *, grade: Document, **others: Any) -> None:
        super().__init__(**others)
        self.grade = grade

    def collect(self) -> Iterator[pytest.Item]:
        for check in self.grade["checks"]:
            yield CheckItem.from_parent(self, name=check["id"], check=check, grade=self.grade)
        if self.grade["status"] != "graded" and not any(map(_is_error, self.grade["checks"])):
            from grader.reporting.document import typed
            from grader.reporting.formats.platforms import stand_in

            check = stand_in(typed(self.grade)).model_dump()
            yield CheckItem.from_parent(self, name=check["id"], check=check, grade=self.grade)


class CheckItem(pytest.Item):
    """One check that has been made; running it says what it found."""

    def __init__(self, *, check: Document, grade: Document, **others: Any) -> None:
        super().__init__(**others)
        self.check = check
        self.extra_keyword_matches.add(check["kind"])
        self.title = f"{grade['title'] or grade['assignment'] or self.path.name}: {check['title']}"
        settled = grade["status"] == "graded"
        self.is_full = settled and grade["score"] == grade["max_score"] > 0
        total = f"{grade['score']} of {grade['max_score']} points" + ("" if settled else ", needs review")
        self.user_properties += [
            ("points", check["score"]),
            ("max_points", check["max_score"]),
            (f"grade {self.nodeid.rpartition('::')[0]}", total),
        ]

    def setup(self) -> None:
        """Before the call, so that it counts as an error."""
        if _is_error(self.check):
            pytest.fail(explanation(self.check), pytrace=False)

    def runtest(self) -> None:
        if self.check["status"] == "skipped":
            pytest.skip(self.check["message"])
        if self.check["status"] == "failed":
            if self.is_full and not self.check["max_score"]:
                pytest.xfail(f"not scored: {self.check['message']}")
            pytest.fail(explanation(self.check), pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        return self.path, None, self.title


def _is_error(check: Document) -> bool:
    """Whether it is the grader's fault, or for a person to decide."""
    return check["status"] == "errored" or bool(check.get("review") and check["status"] != "passed")


def explanation(check: Document) -> str:
    from grader.reporting.document import CheckPart
    from grader.reporting.story import lines_of

    review = f"Needs review: {check['review']}" if check.get("review") else ""
    lines = [] if check["message"] == check.get("review") else map(str, lines_of(CheckPart.model_validate(check)))
    return "\n".join(filter(None, (*lines, review)))
