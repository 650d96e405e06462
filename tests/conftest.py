"""Settings that every test needs before Keras is imported."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from grader import pipeline
from grader.assignments.course import Course
from grader.authoring import draft, lint, validate
from grader.execution import Supervisor
from grader.runs.options import RunOptions
from grader.runs.workers import Processes
from grader.training.host import TrainerHost
from grader.training.memo import Memo
from grader.training.trainer import Trainer
from tests.levels import missing
from tests.pythons import new_python

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


STARTS_KERAS = {  # fixtures
    "executions", "pair", "parts", "right", "run", "running", "supervisor", "supervisors", "trainer", "trials"
}  # fmt: skip

SUMMARY_SECONDS, SUMMARY_FOLDERS = 60, 12

LEVELS = {"full", "partial", "container", "none"}

LONGEST = (  # by measurement: whoever has one of them left at the end keeps the other worker waiting
    "checks", "execution", "sandbox", "test_tutorial_grades.py", "test_submissions.py", "test_sample_class.py",
    "test_same_verdict.py", "runs", "training", "attacks", "graph", "authoring", "cli", "spellings", "packaging", "fuzz",
    "notebook", "examples",
)  # fmt: skip


SHARING = {  # folders and files that need the servers or the trainer that others have started, and whose worker takes them
    "sandbox": "execution",
    **dict.fromkeys(("cli", "examples", "spellings"), "authoring"),
    **dict.fromkeys(
        ("test_submissions.py", "test_sample_class.py", "test_same_verdict.py", "test_tutorial_grades.py", "attacks/test_parts.py"),
        "verdicts",
    ),
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a process with Keras in it takes long, whatever it goes on to do; the longest folders come first."""
    for item in items:
        if STARTS_KERAS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.long)
        if LEVELS.intersection(levels_of(item)):
            item.add_marker(pytest.mark.at_a_level)
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(folder_of(item.nodeid), len(LONGEST)))


def levels_of(item: pytest.Item) -> list[object]:
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return [
        level
        for value in values
        for level in (value if isinstance(value, tuple) else (value,))
        if isinstance(level, str)
    ]


def folder_of(nodeid: str) -> str:
    """The folder of a test; a file at the top stands for itself."""
    return nodeid.partition("::")[0].removeprefix("tests/").partition("/")[0]


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of a folder share what is expensive to set up, so that one worker has all of them; see also `SHARING`.

    `--dist loadgroup` would do, but marks no group with pytest 9.2 and pytest-xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = folder_of(nodeid)
        return SHARING.get(nodeid.partition("::")[0].removeprefix("tests/"), SHARING.get(folder, folder))


NO_COURSE = Course((), {}, asked=False)


class Patient(Processes):
    """Starts a trainer for a network that nobody has trained before, and not while the first submission runs."""

    def trainer(self, course: Course, options: RunOptions, *, lazy: bool = True) -> Trainer:
        """One for all courses where no sandbox has to be told which data it may read."""
        return super().trainer(NO_COURSE if options.isolation == "none" else course, options, lazy=True)


@pytest.fixture(scope="session", autouse=True)
def processes() -> Iterator[Processes]:
    """Those of all that a test process runs, trains and grades itself: Keras is imported once for each level."""
    with Patient() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "Processes", lambda: nullcontext(shared))
        yield shared


@dataclass(frozen=True)
class Authors:
    """What runs the files of authors, and what trains their networks and those of tests."""

    code: Callable[..., AbstractContextManager[Supervisor]]
    host: TrainerHost

    def trainer(self, memo: Memo | None = None) -> AbstractContextManager[Trainer]:
        return nullcontext(Trainer(memo, ask=self.host.ask))


@pytest.fixture(scope="session", autouse=True)
def authors(processes: Processes) -> Iterator[Authors]:
    """The same for authors' commands: they start nothing of their own."""

    def code(beside: Mapping[str, Path] | None = None) -> AbstractContextManager[Supervisor]:
        course = replace(NO_COURSE, companions=dict(beside or {}))
        return nullcontext(processes.supervisor(course, RunOptions("none")))

    commands = Authors(code, processes.kept(("none", ()), TrainerHost))
    with pytest.MonkeyPatch.context() as patch:
        for module in (draft, lint, validate):
            patch.setattr(module, "author_code", code)
        for module in (lint, validate):
            patch.setattr(module, "local_trainer", commands.trainer)
        yield commands


Supervisors = Callable[[str], Supervisor]


@pytest.fixture(scope="session")
def supervisors(processes: Processes) -> Supervisors:
    """One for each level, started when first needed: its server imports Keras, which costs more than most runs."""

    def get(level: str) -> Supervisor:
        if reason := missing(level):
            pytest.skip(reason)
        return processes.supervisor(NO_COURSE, RunOptions(level))

    return get


@pytest.fixture(scope="session")
def bare_python() -> Iterator[Path]:
    """A Python without Keras, in which a server starts at once: for what is not about networks."""
    with tempfile.TemporaryDirectory(prefix="python-") as folder:
        Path(folder).chmod(0o755)
        yield new_python(Path(folder))[0]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The folders of tests that take longest: where the minutes of `make test` go."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[folder_of(report.nodeid)] += report.duration
    if sum(seconds.values()) > SUMMARY_SECONDS:
        terminalreporter.section("seconds by folder")
        totals = [f"{folder} {spent:.0f}" for folder, spent in seconds.most_common(SUMMARY_FOLDERS)]
        terminalreporter.line(", ".join(totals))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    config.option.loadscopereorder = False  # it would put folders of few tests last, however long these take
    return ByFolder(config, log)
