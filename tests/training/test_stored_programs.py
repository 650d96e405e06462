"""Compiled programs serve the next process too, and a spoilt one costs only time."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.sandbox import resolve_isolation
from grader.training.host import TrainerHost
from grader.training.messages import TrainingJob
from grader.training.stored_programs import VARIABLE, kept_programs, make_room, open_folder
from grader.training.trainer import Trainer
from tests.levels import missing
from tests.training.networks import SINE, chain, recipe

JOB = TrainingJob(chain(6), recipe(), SINE, 1, 25)
VERSIONS = {"tensorflow": "2.21.0"}

needs_processor = pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="the processor is not known here")


def programs(folder: Path) -> dict[Path, int]:
    """Those that are stored, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.pb")}


@needs_processor
@pytest.mark.long
@pytest.mark.parametrize(
    "level", ["auto", *(pytest.param(level, marks=pytest.mark.slow) for level in ("partial", "none"))]
)
def test_what_one_process_compiles_the_next_one_loads(
    level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it has compiled before, for networks of other widths too, to the same digits; a spoilt one is compiled again."""
    if reason := missing(level):
        pytest.skip(reason)
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path))
    job = replace(JOB, graph=chain(6, 6))
    with TrainerHost(isolation=resolve_isolation(level)) as host:
        trainer = Trainer(ask=host.ask)
        first = trainer.train(JOB)
        (spoilt,) = programs(tmp_path)
        second = trainer.train(job)
        os.truncate(spoilt, spoilt.stat().st_size // 2)
        stored = programs(tmp_path)
        assert len(stored) == 2
        host._end_all()  # who asks next is answered by a new fork, which has compiled nothing
        trainer.train(replace(job, graph=chain(20, 3)))
        assert trainer.train(job) == second
        assert programs(tmp_path) == stored
        assert trainer.train(JOB) == first
    assert not spoilt.exists()


@pytest.mark.long
def test_a_network_that_cannot_be_compiled_takes_no_program_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.training.engine import loop

    class Refused:
        def __init__(self, *_: object, jit: bool = True) -> None:
            self.jit = jit

        def run(self, _: object) -> None:
            raise NotImplementedError

    monkeypatch.setattr(loop, "Program", Refused)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "stored.pb").touch()
    nothing: Any = None
    program = loop._compiled("", nothing, nothing, SimpleNamespace(x_train=[[0.0]]))  # type: ignore[arg-type]
    assert (program.jit, [path.name for path in tmp_path.iterdir()]) == (False, ["stored.pb"])  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "programs").touch()
    for name, value in kept_programs(tmp_path, VERSIONS).items():
        monkeypatch.setenv(name, value)
    open_folder()
    assert not {VARIABLE, "TF_XLA_FLAGS"} & os.environ.keys()


@needs_processor
def test_other_versions_have_other_programs(tmp_path: Path) -> None:
    """Machine code is good for one processor and one compiler."""
    folders = [kept_programs(tmp_path, {"tensorflow": version})[VARIABLE] for version in ("2.20.0", "2.21.0", "2.21.0")]
    assert folders[0] != folders[1] == folders[2]


def test_a_folder_that_flags_cannot_name_or_an_unknown_processor_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_programs(tmp_path / "my cache", VERSIONS) == {}
    monkeypatch.setattr("grader.training.stored_programs._processor", lambda: "")
    assert kept_programs(tmp_path, VERSIONS) == {}


def test_the_oldest_programs_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.training.stored_programs.MOST_PROGRAMS", 2)
    folder = tmp_path / "programs" / "0123"
    folder.mkdir(parents=True)
    for age, name in enumerate(("new", "old", "oldest")):
        (folder / f"{name}.pb").write_bytes(bytes(10))
        os.utime(folder / f"{name}.pb", (1_000 - age, 1_000 - age))
    make_room(tmp_path)
    assert sorted(path.stem for path in folder.iterdir()) == ["new", "old"]
