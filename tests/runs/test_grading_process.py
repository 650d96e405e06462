"""What grading one submission may cost: a process with limits reads what a student made, and can be killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader import pipeline
from grader.assignments.course import Course, load_course
from grader.assignments.folder import read_course
from grader.domain import ClassReport, Submission
from grader.errors import SubmissionLimit, TrainerLimit
from grader.pipeline import check_path, grade_class
from grader.runs.grading_process import Allowance, GradingProcess
from grader.runs.options import ClassOptions, RunOptions
from grader.runs.workers import Processes
from grader.sandbox.dialogue import Dialogue
from tests.runs.programs import command_of, course_in, hand_in, one_input

pytestmark = pytest.mark.long
TRAPS = '''
import os, signal, time
from typing import Literal
from grader.checks import CheckOptions, Evidence, Finding, Kind, passed

class Spec(CheckOptions):
    """Stands for whatever in the grader a hostile recording keeps busy; a layer's name says how."""
    kind: Literal["trap"]

def check(spec: Spec, evidence: Evidence) -> Finding:
    names = {layer.name for layer in evidence.graph.layers}
    while "endless" in names:
        time.sleep(1)
    if "greedy" in names:
        bytearray(2**40)
    if "deadly" in names:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "raising" in names:
        raise RuntimeError("as a mistake of ours does")
    return passed("nothing happened")

KINDS = {"trap": Kind("A trap", Spec, check)}
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    place = tmp_path_factory.mktemp("traps")
    course_in(place)
    (place / "assignments" / "checks.py").write_text(TRAPS, "utf-8")
    spec = place / "assignments" / "one_input" / "assignment.toml"
    spec.write_text(spec.read_text("utf-8") + '\n[[checks]]\nkind = "trap"\npoints = 0\n', "utf-8")
    return load_course(["one_input"], read_course(place))


@pytest.fixture(scope="module")
def own(processes: Processes) -> type[Processes]:
    """Grading processes of a class's own, with what executes and trains for all."""
    return type("Own", (Processes,), {"supervisor": processes.supervisor, "trainer": processes.trainer})


def with_layer(name: str) -> str:
    return one_input().replace("Dense(32, activation", f"Dense(32, name='{name}', activation", 1)


def grade(place: Path, course: Course, **more: Any) -> ClassReport:
    return grade_class(place / "class", place / "out", course, RunOptions("none"), ClassOptions(jobs=1, **more))


def by_name(report: ClassReport) -> dict[str, dict[str, Any]]:
    return {grade["submission"]["id"]: dict(grade) for grade in report.grades}


HOSTILE = ("endless", "endless-again", "greedy", "deadly")
HONEST = ("honest", "other")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of which some keep busy, or end, what grades them; two files of it are equal."""
    works = {name: with_layer(name.removesuffix("-again")) for name in HOSTILE}
    return hand_in(tmp_path_factory.mktemp("hostile"), **works, **{name: f"{one_input()}# {name}\n" for name in HONEST})


@pytest.fixture(scope="module")
def tried() -> list[str]:
    """Whom a process has begun to grade."""
    return []


@pytest.fixture(scope="module")
def stopped(
    hostile: Path, course: Course, own: type[Processes], tried: list[str]
) -> Iterator[dict[str, dict[str, Any]]]:
    """Their grades, where grading stops after five seconds instead of sixty."""
    before = grading_processes()  # of other tests, which share theirs
    converse = GradingProcess._converse

    def counted(self: GradingProcess, dialogue: Dialogue, submission: Submission, *rest: Any) -> str:
        tried.append(submission.id)
        return converse(self, dialogue, submission, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "Processes", own)
        patch.setattr(pipeline, "GradingProcess", partial(GradingProcess, seconds=5.0, memory_mb=1024))
        patch.setattr(GradingProcess, "_converse", counted)
        grades = by_name(grade(hostile, course))
        assert grading_processes() <= before
        yield grades


def grading_processes() -> set[psutil.Process]:
    return {process for process in psutil.Process().children(recursive=True) if "grading_main" in command_of(process)}


def test_each_costs_only_itself(stopped: dict[str, dict[str, Any]]) -> None:
    """Whatever goes wrong with one, its neighbours have their grades, and it waits for a person with the reason."""
    assert {name: (stopped[name]["status"], stopped[name]["score"]) for name in HONEST} == dict.fromkeys(
        HONEST, ("graded", 10)
    )
    assert {stopped[name]["status"] for name in HOSTILE} == {"needs_review"}
    assert "grading it took longer than 5 s" in stopped["endless"]["reasons"][0]
    assert "1024 MB of memory" in stopped["greedy"]["reasons"][0]
    assert "exit code -11" in stopped["deadly"]["reasons"][0]
    assert not any(check["status"] == "errored" for grade in stopped.values() for check in grade["checks"])


def test_equal_files_are_stopped_once(stopped: dict[str, dict[str, Any]], tried: list[str]) -> None:
    assert len([name for name in tried if name.startswith("endless")]) == 1


def test_what_was_stopped_is_not_tried_again_until_it_changes(
    stopped: dict[str, dict[str, Any]], hostile: Path, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also under another rubric; with `--rerun timeout` it is, and so is another file of the same student."""
    ids: list[str] = []
    monkeypatch.setattr(GradingProcess, "_converse", lambda self, dialogue, submission, *_: ids.append(submission.id))
    journal = hostile / "out" / "journal" / "endless.json"
    journal.write_text(json.dumps({**json.loads(journal.read_text("utf-8")), "key": "of another rubric"}), "utf-8")
    assert by_name(grade(hostile, course))["endless"]["status"] == "needs_review"
    assert ids == []
    grade(hostile, course, rerun=("timeout",), only=("endless",))
    assert ids == ["endless"]
    (hostile / "class" / "endless.py").write_text(with_layer("endless") + "# again\n", "utf-8")
    grade(hostile, course)
    assert ids == ["endless", "endless"]


def test_a_process_that_ended_between_two_gradings_is_replaced(
    tmp_path: Path, course: Course, own: type[Processes]
) -> None:
    """`check` has one too, and the second check finds its grades all the same."""
    hand_in(tmp_path, anna=one_input())
    with own() as processes:
        for name in ("first", "second"):
            checked = check_path(tmp_path / "class" / "anna.py", course, RunOptions("none"), processes=processes)
            assert [grade["status"] for grade in checked.report.grades] == ["graded"], name
            (grading,) = [process for process in processes._made.values() if isinstance(process, GradingProcess)]
            grading._dialogue._end()  # type: ignore[union-attr]


class Slow:
    """Stands for a worker whose trainer needs so many seconds for each request, or to refuse it."""

    def __init__(self, seconds: float, refusal: str = "") -> None:
        self.seconds, self.refusal, self.trainer = seconds, refusal, self
        self.given: list[float] = []

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self.given.append(seconds)
        if self.refusal or self.seconds > seconds:
            limit = TrainerLimit(self.refusal or f"takes longer than {seconds:.0f} s")
            limit.seconds = min(self.seconds, seconds)
            raise limit
        return {"seconds": self.seconds}


def test_all_networks_of_a_submission_share_the_time_of_one(course: Course) -> None:
    """Many that just stay below the limit of each, or are stopped by it, do not cost others more than one does."""
    for seconds in (50.0, 1_000.0):
        here, allowance = Slow(seconds), Allowance(course)
        answers = [allowance.trained({"do": "train"}, 60.0, here) for _ in range(20)]
        assert sum(here.given[:1]) == 60.0
        assert sum(here.given) <= 60.0 + allowance.seconds
        assert isinstance(answers[-1], SubmissionLimit)
        assert f"longer than {allowance.seconds:.0f} s" in str(answers[-1])
        assert allowance.trained({"do": "survey", "data": {}}, 2_000.0, here) == {"seconds": seconds}


def test_a_network_that_fails_at_once_takes_nothing_from_others(course: Course) -> None:
    allowance, failing = Allowance(course), Slow(0.1, "fails: ValueError")
    answers = [allowance.trained({"do": "train"}, 60.0, failing) for _ in range(20)]
    assert [str(answer) for answer in answers] == ["fails: ValueError"] * 20
    assert not any(isinstance(answer, SubmissionLimit) for answer in answers)


def test_a_mistake_of_ours_is_ours(tmp_path: Path, course: Course) -> None:
    """It is retried, told as such, and tried again by the next run."""
    hand_in(tmp_path, anna=with_layer("raising"), ben="x = 1\n")
    checks = by_name(grade(tmp_path, course))["anna"]["checks"]
    assert [check["status"] for check in checks if check["kind"] == "trap"] == ["errored"]
    assert json.loads((tmp_path / "out" / "journal" / "anna.json").read_text("utf-8"))["settled"] is False
