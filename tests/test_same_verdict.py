"""One and the same verdict everywhere: status, score, checks and words are equal, whichever way a file is graded.

So they are at every level of isolation, and on a machine that has other things to do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.execution.execute import BUSY
from grader.notebook.live_check import WHOLE_FILE
from grader.sandbox import resolve_isolation
from grader.submissions.identity import slug
from tests.levels import missing
from tests.runs.programs import course_in, hand_in, one_input
from tests.terminal import grader as command

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parent / "submissions"
LEVEL = resolve_isolation("auto")
LEVELS = ("none", "full", "partial", "container")  # the last one is `partial`, as far as its container allows that
Works = Mapping[str, Path]
"""A file or a folder for each student, by a name that is also an id."""
Verdict = tuple[str, int, tuple[tuple[str, str, str, int, str], ...]]
"""Status, score, and of each check its id, kind, status, score and message, without the places of layers: a model of a
notebook does not know them."""
Verdicts = Mapping[str, Mapping[str | None, Verdict]]
"""By the name of the work, and the exercise."""


def verdict(document: Mapping[str, Any]) -> Verdict:
    lines = (
        (c["id"], c["kind"], c["status"], c["score"], re.sub(r" \([^()]*\bline \d+\)", "", c["message"]))
        for c in document["checks"]
    )
    busy = document["reasons"] == [BUSY]  # which is of the machine: it need not be so in every way
    return "graded" if busy else document["status"], document["score"], tuple(lines)


def verdicts(documents: Mapping[str, Sequence[Mapping[str, Any]]]) -> Verdicts:
    return {
        name: {document["assignment"]: verdict(document) for document in grades} for name, grades in documents.items()
    }


def run(*arguments: object) -> str:
    done = command(*arguments)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def options(assignments: Sequence[str], level: str = LEVEL) -> list[str]:
    return ["--isolation", level, *(part for name in assignments for part in ("--assignment", name))]


def terminal(works: Works, assignments: Sequence[str], folder: Path) -> Verdicts:
    """`grader check PATH --json`."""
    printed = {name: run("check", path, "--json", *options(assignments)) for name, path in works.items()}
    return verdicts({name: json.loads(text)["grades"] for name, text in printed.items()})


def a_class(works: Works, assignments: Sequence[str], folder: Path, level: str = LEVEL) -> Verdicts:
    """`grader grade DIR`, in which each student has a folder."""
    folder = folder / level
    for name, path in works.items():
        target = folder / "class" / name
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            target.mkdir(parents=True)
            shutil.copy(path, target)
    out = folder / "out"
    run("grade", folder / "class", "--out", out, "--quiet", "--jobs", 1, *options(assignments, level))
    documents: dict[str, list[dict[str, Any]]] = {name: [] for name in works}
    for result in sorted((out / "results").glob("*.json")):
        document = json.loads(result.read_text(encoding="utf-8"))
        documents[document["submission"]["id"]].append(document)
    return verdicts(documents)


def api(works: Works, assignments: Sequence[str], folder: Path) -> Verdicts:
    """`grader.grade(path)`; the typed grades say the same as the documents."""
    reports = {name: grader.grade(path, assignments, isolation=LEVEL) for name, path in works.items()}
    for report in reports.values():
        typed = [
            (grade.assignment, grade.status, grade.score, [c.status for c in grade.checks]) for grade in report.grades
        ]
        plain = [
            (d["assignment"], d["status"], d["score"], [c["status"] for c in d["checks"]])
            for d in report.document["grades"]
        ]
        assert typed == plain
    return verdicts({name: report.document["grades"] for name, report in reports.items()})


Way = Callable[[Works, Sequence[str], Path], Verdicts]
WAYS: Mapping[str, Way] = {"terminal": terminal, "class": a_class, "api": api}
OTHER_LEVELS = {level: partial(a_class, level=level) for level in LEVELS if level != LEVEL and not missing(level)}


def without_words(verdicts: Verdicts) -> Any:
    """What a sandbox takes away is nothing that a network needs; only which limit ended a run may have other words."""
    return {
        name: {
            exercise: (status, score, [line[:-1] for line in lines]) for exercise, (status, score, lines) in of.items()
        }
        for name, of in verdicts.items()
    }


def notebook(works: Mapping[str, Sequence[tuple[Path, str]]]) -> Verdicts:
    """`check(model)`, without a sandbox: for files that are known to do no harm."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_models"], input=json.dumps(works, default=str), capture_output=True, text=True,
        cwd=Path(__file__).parents[1], env={**os.environ, "MPLBACKEND": "agg"}, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return verdicts(json.loads(done.stdout))


def of_the_model(verdict: Verdict) -> list[tuple[str, str, str, int, str]]:
    """What one model can show of a verdict: nothing of the student's own training, and neither lines nor variables of
    functions."""
    own = re.compile(r" The grader trains with the settings of the exercise\. Your own training .*")
    layer = re.compile(r"`\w+`|the \w+ layer on line \d+")
    return [(*line, layer.sub("…", own.sub("", message))) for *line, message in verdict[-1] if line[1] != WHOLE_FILE]  # type: ignore[misc]


HANDFUL = {
    "one_input": SUBMISSIONS / "wrong" / "one_input" / "wrong_width.py",
    "two_inputs": SUBMISSIONS / "wrong" / "two_inputs" / "one_input_twice.py",
    "two_outputs": SUBMISSIONS / "good" / "two_outputs" / "trunk_model.py",
}


@pytest.fixture(scope="module")
def handful(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdicts]:
    """The work of one student in three files, in every way."""
    folder = tmp_path_factory.mktemp("same")
    work = folder / "work"
    work.mkdir()
    for exercise, path in HANDFUL.items():
        shutil.copy(path, work / f"{exercise}.py")
    ways = WAYS | {level: way for level, way in OTHER_LEVELS.items() if level != "container"}
    by_way = {name: way({"work": work}, (), folder) for name, way in ways.items()}
    return {**by_way, "notebook": notebook({"work": [(work / f"{name}.py", name) for name in HANDFUL]})}


def test_a_handful_has_one_verdict_in_every_way(handful: dict[str, Verdicts]) -> None:
    expected = handful["terminal"]["work"]
    assert set(expected) == set(HANDFUL)
    assert [expected["two_outputs"][1], expected["one_input"][1] < 10] == [10, True]
    for name in handful.keys() - {"notebook"}:
        assert handful[name]["work"] == expected, name


def test_a_notebook_has_that_verdict_on_what_a_model_shows(handful: dict[str, Verdicts]) -> None:
    """All but whether the file runs, and how the student trained."""
    for exercise, verdict in handful["notebook"]["work"].items():
        assert of_the_model(verdict) == of_the_model(handful["terminal"]["work"][exercise]), exercise
    assert set(handful["notebook"]["work"]) == set(HANDFUL)


def works_in(folder: Path) -> dict[str, Path]:
    """Every file or folder that a student could have submitted."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".py", ".ipynb") or path.is_dir())
    return {slug(path.name): path for path in paths if path.name != "__pycache__"}  # as a class calls its folder


GROUPS = [
    *((path.parent.name, path.name) for kind in ("good", "review", "wrong") for path in (SUBMISSIONS / kind).iterdir()),
    *((name, "") for name in ("class", "messy", "teaching")),
]  # those of `hostile` are not here: tests.attacks runs them at each level, and what one gets is that it got nothing


@pytest.mark.slow
@pytest.mark.parametrize("group", sorted(GROUPS), ids="/".join)
def test_every_file_has_one_verdict_in_every_way(group: tuple[str, str], tmp_path: Path) -> None:
    """By the exercise that its folder names, or without one."""
    kind, exercise = group
    works = works_in(SUBMISSIONS / kind / exercise)
    assignments = (exercise,) if exercise else ()
    by_way = {name: way(works, assignments, tmp_path) for name, way in WAYS.items()}
    for name in WAYS:
        assert by_way[name] == by_way["terminal"], name
    for level, way in OTHER_LEVELS.items():
        assert without_words(way(works, assignments, tmp_path)) == without_words(by_way["terminal"]), level
    if not exercise:
        return
    live = notebook({name: [(path, exercise)] for name, path in works.items() if path.is_file()})
    checked = {name: of_the_model(grades[exercise]) for name, grades in live.items() if grades}
    assert checked == {name: of_the_model(by_way["terminal"][name][exercise]) for name in checked}
    assert len(checked) >= len(works) / 2


BUSY_WORK = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end:\n    pass\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long a process waited for a processor")
def test_a_busy_machine_gives_the_same_verdict(tmp_path: Path) -> None:
    """A program that needs most of its time gets it, however many others want the processors."""
    settings = course_in(tmp_path / "course") / "grader.toml"
    settings.write_text("[limits]\nseconds = 4\n", "utf-8")
    hand_in(tmp_path, student=BUSY_WORK + one_input())
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        run("grade", tmp_path / "class", "--out", tmp_path / "out", "--course", settings.parent, "--isolation", "none")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    (result,) = (tmp_path / "out" / "results").iterdir()
    document = json.loads(result.read_text(encoding="utf-8"))
    assert (document["status"], document["score"]) == ("graded", 10)
