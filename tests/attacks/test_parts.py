"""Parts of a class that come from other machines: a submission cannot forge any, and a forged one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.domain import Submission
from grader.errors import GraderFault
from grader.grading.overrides import load_overrides
from grader.pipeline import grade_part
from grader.runs.dask import accept, pack, part_of
from grader.runs.folder import RunFolder
from grader.runs.grading_process import Task
from grader.runs.journal import digest_of
from grader.runs.options import RunOptions, basis_of
from grader.sandbox import resolve_isolation
from grader.submissions import discover
from tests.runs.programs import hand_in, one_input

COURSE = load_course(["one_input"])
Files = dict[str, bytes]
FORGER = """
import os
places = {"/tmp", "/var/tmp", os.getcwd(), "/dev/shm", os.path.expanduser("~")}
places |= {os.path.realpath(f"/proc/{number}/cwd") for number in os.listdir("/proc") if number.isdigit()}
of_a_part = {"overrides.toml", "honest.py", "honest.json"}
for top in [folder for place in places for folder, _, names in os.walk(place) if of_a_part & set(names)]:
    for name in ("journal/honest.json", "out/journal/honest.json", "results/honest.one_input.json", "out/overrides.toml"):
        try:
            os.makedirs(os.path.dirname(f"{top}/{name}"), exist_ok=True)
            open(f"{top}/{name}", "w").write('{"forged": true}')
            print("for" + "ged", f"{top}/{name}")  # the page shows this line, too
        except OSError as error:
            print("refused", type(error).__name__)
print("looked", len(places))
"""


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Files]:
    """A part in which one submission looks for the part itself, and what came back of it."""
    place = hand_in(tmp_path_factory.mktemp("part"), honest=one_input(), mallory=FORGER)
    source, options = place / "class", RunOptions(isolation=resolve_isolation("auto"))
    folder = RunFolder(place / "out", basis_of(COURSE, options), load_overrides(place / "none.toml", set()))
    return folder, grade_part(pack(part_of(discover(source), Task(COURSE, options, folder, {}))))


def submissions_of(folder: RunFolder) -> tuple[Submission, ...]:
    return discover(folder.path.parent / "class")


def test_a_submission_of_a_part_finds_nothing_of_the_part(part: tuple[RunFolder, Files]) -> None:
    """It looked, it wrote nowhere, and its neighbour in the part has what is due."""
    folder, files = part
    accept(files, submissions_of(folder), folder)
    page = files["feedback/mallory/index.html"].decode()
    assert json.loads(files["results/honest.one_input.json"])["score"] == 10
    assert "looked" in page
    assert "forged /" not in page
    assert all(map(folder.kept, submissions_of(folder)))


def as_somebody_else(files: Files) -> Files:
    """The good result of another, with a journal that vouches for it."""
    good = files["results/honest.one_input.json"]
    name = next(path for path in files if path.startswith("results/mallory"))
    entry = json.loads(files["journal/mallory.json"])
    entry["results"] = ["results/mallory.one_input.json"]
    page = files["feedback/mallory/index.html"].decode()
    entry["files"] = {
        "results/mallory.one_input.json": digest_of(good.decode()),
        "feedback/mallory/index.html": digest_of(page),
    }
    rest = {path: content for path, content in files.items() if path != name}
    return {**rest, "results/mallory.one_input.json": good, "journal/mallory.json": json.dumps(entry).encode()}


def of_other_specs(files: Files) -> Files:
    entry = json.loads(files["journal/mallory.json"])
    return {**files, "journal/mallory.json": json.dumps({**entry, "key": "0" * 64}).encode()}


FORGED: dict[str, Callable[[Files], object]] = {
    "no files at all": lambda files: [files],
    "what is no content": lambda files: {**files, "results/mallory.one_input.json": "10"},
    "another's result": as_somebody_else,
    "graded by other specs": of_other_specs,
    "a file that nobody sent for": lambda files: {**files, "grades.csv": b"mallory,10"},
    "a name that climbs": lambda files: {**files, "results/../../grades.csv": b"mallory,10"},
    "a result of who was not sent": lambda files: {**files, "results/eve.one_input.json": b"{}"},
    "one file that grows": lambda files: {**files, "feedback/mallory/index.html": bytes(65 * 2**20)},
    "half of it": lambda files: {name: files[name] for name in list(files)[:1]},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_a_worker_forged_is_not_written_down(
    part: tuple[RunFolder, Files], tmp_path: Path, forge: Callable[[Files], object]
) -> None:
    folder, files = part
    target = replace(folder, path=tmp_path / "out")
    with pytest.raises(GraderFault, match="a worker"):
        accept(forge(files), submissions_of(folder), target)
    assert not list(tmp_path.rglob("*mallory*"))
    assert not list(tmp_path.rglob("grades.csv"))
