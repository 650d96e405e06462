"""What a run left is kept, and answers for it as long as nothing that it depends on has changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Execution, Limits, Outcome, Step, Submission
from grader.execution import once
from grader.execution.recordings import MOST_RUNS, RECORDINGS, Recordings, Replaying, kept_checks
from grader.execution.supervisor import RunEnd

KEY = "0" * 64
ANNA = Submission("anna", "anna", Path("anna.py"), None, "abc", content="abc")
JOB = {"functions": ("build_model",), "marks": {}, "full_fit": False, "steps": (), "goes_on": False}
DONE = RunEnd(0, 1.5, "", "printed\n", nonce="n", recording=b'{"nonce": "n"}')


class Executes:
    """Stands for a supervisor: counts what it executes, and ends as it is told."""

    isolation, python = "none", Path("python")

    def __init__(self, end: RunEnd = DONE) -> None:
        self.end, self.runs = end, 0

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        self.runs += 1
        return self.end


def replaying(tmp_path: Path, runs: Executes, environment: str = "here", **settings: Any) -> Replaying:
    return Replaying(runs, Recordings(tmp_path / "kept", environment, **settings))


@pytest.mark.parametrize(
    "changed",
    [
        {"submission": replace(ANNA, content="other")},
        {"submission": replace(ANNA, entry=Path("renamed.py"))},
        {"job": {**JOB, "full_fit": True}},
        {"job": {**JOB, "functions": ()}},
        {"limits": Limits(memory_mb=1)},
        {"seconds": 61.0},
        {"environment": "other versions"},
        {"again": [ANNA.id]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_a_run_depends_on_is_in_its_key(tmp_path: Path, changed: dict[str, Any]) -> None:
    runs = Executes()
    replaying(tmp_path, runs).run(ANNA, JOB, Limits(), 60.0)
    options = {"submission": ANNA, "job": JOB, "limits": Limits(), "seconds": 60.0, **changed}
    place = {"environment": options.pop("environment", "here"), "again": options.pop("again", ())}
    replaying(tmp_path, runs, **place).run(**options)
    assert runs.runs == 2


@pytest.mark.parametrize("content", [b"", b"null", b"\x1f\x8b\x08", b"\x1f\x8b" + bytes(60), b"of another run"])
def test_a_spoilt_recording_is_absent(tmp_path: Path, content: bytes) -> None:
    runs = Executes()
    replaying(tmp_path, runs).run(ANNA, JOB, Limits(), 60.0)
    (file,) = (tmp_path / "kept" / "anna").iterdir()
    right = file.read_bytes()
    replaying(tmp_path, runs).run(ANNA, JOB, Limits(), 61.0)
    (newer,) = set((tmp_path / "kept" / "anna").iterdir()) - {file}
    file.write_bytes(newer.read_bytes() if content == b"of another run" else content or right[:-9])
    replaying(tmp_path, runs).run(ANNA, JOB, Limits(), 60.0)
    assert (runs.runs, file.read_bytes()) == (3, right)


BUSY = replace(DONE, exit_code=None, stopped="timeout", waited=40.0)


@pytest.mark.parametrize(
    ("end", "settings", "executed"),
    [
        (replace(BUSY, waited=1.0), {}, 1),
        (BUSY, {}, 2),
        (BUSY, {"decided": {ANNA.id}}, 1),
        (replace(DONE, exit_code=-24, waited=40.0), {}, 2),
        (replace(DONE, waited=40.0), {}, 1),
        (replace(DONE, exit_code=None, stopped="abandoned"), {}, 2),
        (replace(DONE, refused="a link"), {}, 2),
        (replace(DONE, exit_code=None, stopped="memory"), {}, 1),
        (DONE, {}, 1),
    ],
)
def test_a_run_that_might_end_otherwise_is_executed_again(
    tmp_path: Path, end: RunEnd, settings: dict[str, Any], executed: int
) -> None:
    """A limit met on a busy machine is no fact about the submission, unless a person has decided about it."""
    runs = Executes(end)
    ends = [replaying(tmp_path, runs, **settings).run(ANNA, JOB, Limits(), 60.0) for _ in range(2)]
    assert (ends, runs.runs) == ([end, end], executed)


def test_a_run_that_another_might_end_otherwise_is_not_announced_as_kept(tmp_path: Path) -> None:
    """What is said to be graded from recordings is not executed, and the other way round."""
    recordings = Recordings(tmp_path / "kept", "here")
    replaying(tmp_path, Executes(BUSY)).run(ANNA, JOB, Limits(), 60.0)
    key = recordings.key(ANNA, JOB, Limits(), 60.0)
    assert recordings.load(ANNA, key, 60.0) is None
    assert replace(recordings, decided={ANNA.id}).load(ANNA, key, 60.0)


def test_the_oldest_of_one_submission_goes_whatever_it_is_called(tmp_path: Path) -> None:
    """A name is no pattern, and the runs of another submission are left alone."""
    recordings = Recordings(tmp_path / "kept", "here")
    for name in ("a", "[a-z]"):
        for number in range(MOST_RUNS + 2):
            recordings.store(replace(ANNA, id=name), f"{number:064x}"[::-1], DONE)
    assert [len(list((tmp_path / "kept" / name).iterdir())) for name in ("a", "[a-z]")] == [MOST_RUNS] * 2


def test_the_oldest_of_all_goes_where_all_together_are_bounded(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "kept", "here", most=2)
    for name in ("anna", "ben", "cleo"):
        recordings.store(replace(ANNA, id=name), KEY, DONE)
    assert recordings.files.contents()[0] == 2
    assert not list((tmp_path / "kept" / "anna").iterdir())
    (tmp_path / "kept" / "cleo" / "letters.gz").touch()
    recordings.files.clear()
    assert recordings.files.contents() == (0, 0)
    assert [path.name for path in tmp_path.rglob("*.gz")] == ["letters.gz"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such owners")
def test_what_others_could_have_put_into_the_cache_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that others can write, and one of another owner: not even root takes either."""
    recordings = kept_checks(tmp_path / "cache")
    assert recordings is not None
    recordings.store(ANNA, KEY, DONE)
    assert recordings.load(ANNA, KEY, 60.0)
    (path,) = tmp_path.rglob("*.gz")
    assert [place.stat().st_mode & 0o077 for place in (path, *path.parents[:3])] == [0] * 4
    path.chmod(0o620)
    assert recordings.load(ANNA, KEY, 60.0) is None
    path.chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert recordings.load(ANNA, KEY, 60.0) is None
    assert kept_checks(tmp_path / "cache") is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such owners")
@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777])
def test_a_cache_in_which_others_can_make_a_name_is_not_used(tmp_path: Path, mode: int) -> None:
    """They could put a link to a folder of somebody's there, in which old runs would be deleted."""
    folder = tmp_path / RECORDINGS
    assert kept_checks(tmp_path) is not None
    folder.chmod(mode)
    assert kept_checks(tmp_path) is None
    folder.rmdir()
    folder.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    assert kept_checks(tmp_path) is None


def test_equal_submissions_in_a_row_run_once() -> None:
    """A different one runs, one of another name, which messages quote, and one whose content is not known; and each with
    other steps done to it."""
    ran: list[str] = []

    def run(submission: Submission, within: float, done: Sequence[Step] = (), goes_on: bool = False) -> Execution:
        ran.append(f"{submission.id}{''.join(step.text for step in done)}")
        return Execution(Outcome.OK, 1.0, "none")

    shared = once(run)
    for name, entry, content in (
        ("a", "work.py", "x"), ("b", "work.py", "x"), ("c", "other.py", "x"), ("d", "other.py", "y"),
        ("e", "other.py", ""), ("f", "other.py", ""),
    ):  # fmt: skip
        shared(Submission(name, name, Path(entry), None, name, "", content), 60)
        shared(Submission(name, name, Path(entry), None, name, "", content), 60, [Step("!")])
    assert ran == ["a", "a!", "c", "c!", "d", "d!", "e", "e!", "f", "f!"]
