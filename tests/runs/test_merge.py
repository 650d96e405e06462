"""A class in parts is graded as the class: parts cover it, fit together, and merge to the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import UsageError
from grader.runs.options import Shard, equal_ones_together, parse_shard
from grader.sandbox import resolve_isolation
from tests.runs.programs import one_input
from tests.terminal import grader


def submissions(*contents: str) -> list[Submission]:
    return [Submission(f"s{n}", f"s{n}", Path(f"s{n}.py"), None, f"h{n}", "", c) for n, c in enumerate(contents)]


def test_parts_cover_a_class_once() -> None:
    """Each submission is in one part, and equal ones are in the same."""
    everybody = submissions(*[f"content {n % 40}" for n in range(100)])
    parts = [[one for one in everybody if Shard(number, 4).holds(one)] for number in (1, 2, 3, 4)]
    assert sorted(one.id for part in parts for one in part) == sorted(one.id for one in everybody)
    contents = [{one.content for one in part} for part in parts]
    assert sum(map(len, contents)) == 40
    assert all(contents)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/4/2", "-1/4"])
def test_a_part_that_does_not_exist_is_a_usage_error(text: str) -> None:
    """It says how to write one."""
    with pytest.raises(UsageError, match="1/4 to 4/4"):
        parse_shard(text)


def test_equal_submissions_are_worked_on_together() -> None:
    """What cannot run is alone."""
    groups = equal_ones_together(submissions("x", "y", "x", "", ""))
    assert [[one.id for one in group] for group in groups] == [["s0", "s2"], ["s1"], ["s3"], ["s4"]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of six, two of which are equal, graded as a whole and in two parts."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "class").mkdir()
    for number, width in enumerate((32, 32, 16, 8, 4, 2)):
        (folder / "class" / f"student-{number}.py").write_text(one_input(width))
    (folder / "roster.csv").write_text("name\n" + "".join(f"student-{number}\n" for number in (0, 1, 2, 9)))
    usual = ["grade", folder / "class", "-a", "one_input", "--isolation", resolve_isolation("auto"), "--quiet", "--jobs", "1"]
    usual += ["--roster", folder / "roster.csv"]
    for name, shard in (("whole", []), ("one", ["--shard", "1/2"]), ("two", ["--shard", "2/2"])):
        done = grader(*usual, "--out", folder / name, *shard)
        assert done.returncode == 0, done.stderr
    return folder


def results(folder: Path) -> dict[str, object]:
    """What was found, without how long it took."""
    found = {}
    for path in sorted((folder / "results").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        document["execution"].pop("seconds")
        found[path.name] = document
    return found


def test_merged_parts_are_the_whole(parts: Path) -> None:
    """The same results, rows and missing names, and a page that shows all."""
    done = grader("merge", parts / "one", parts / "two", "--out", parts / "merged")
    assert done.returncode == 0, done.stderr
    assert results(parts / "merged") == results(parts / "whole")
    assert (parts / "merged" / "grades.csv").read_text("utf-8") == (parts / "whole" / "grades.csv").read_text("utf-8")
    page = (parts / "merged" / "index.html").read_text("utf-8")
    assert all(f"student-{number}" in page for number in range(6))


def test_a_missing_part_is_named(parts: Path) -> None:
    """Half a class is not passed off as the whole."""
    done = grader("merge", parts / "one", "--out", parts / "half")
    assert done.returncode == 2
    assert "missing: 2/2" in done.stderr


def test_runs_that_differ_do_not_merge(parts: Path) -> None:
    """Of another seed, for instance."""
    run = json.loads((parts / "two" / "run.json").read_text("utf-8"))
    other = parts / "other"
    other.mkdir()
    (other / "run.json").write_text(json.dumps({**run, "seed": 7}))
    done = grader("merge", parts / "one", other, "--out", parts / "mixed")
    assert done.returncode == 2
    assert "expected seed 1, found " in done.stderr


def test_a_folder_without_a_run_does_not_merge(tmp_path: Path) -> None:
    """It is named."""
    done = grader("merge", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "this is not a finished run" in done.stderr
