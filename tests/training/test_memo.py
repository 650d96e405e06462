"""What has been trained before."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.domain import TrainingRun
from grader.training import host as host_module
from grader.training.host import scratch_folder
from grader.training.memo import FOLDERS, Memo, _place, memo_key, untrusted
from grader.training.messages import TrainingJob, decode_run, encode_run
from tests.training.networks import SINE, chain, recipe

RUN = TrainingRun(1, (0.1, None), ((0.1, None),), 25, None, ((0.5, None),), start=(0.5, None))
JOB = TrainingJob(chain(4), recipe(), SINE, 1, 50, (0.01,))


def key(keras: str = "3.15.1", digest: str = "", **changes: Any) -> str:
    return memo_key(replace(JOB, **changes), {"keras": keras}, digest)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The file of a run that was stored."""
    Memo(tmp_path / "memo").store(key(), encode_run(RUN))
    (path,) = tmp_path.rglob("*.json")
    return path


def known(stored: Path, seed: int = 1) -> TrainingRun | None:
    return Memo(stored.parents[2]).load(key(seed=seed), decode_run)


def test_what_is_stored_is_read_back_exactly(stored: Path) -> None:
    assert known(stored) == RUN
    assert known(stored, seed=2) is None


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        (',"start":[0.5,null]', "", False),
        ('"epochs":25', '"diagnosis":"plateau: it stays","epochs":25', True),
        ("rmsprop", "sgdsgdx", False),
        ('"errors":[0.1', '"errors":[1e999', False),
    ],
    ids=["a start that an older release did not look at", "what a run means, which is told anew",
         "another key of the same hash", "a number that is none"],
)  # fmt: skip
def test_an_entry_counts_if_it_says_all_of_this_run(stored: Path, old: str, new: str, counts: bool) -> None:
    text = stored.read_text()
    assert old in text
    stored.write_text(text.replace(old, new))
    assert known(stored) == (RUN if counts else None)


def test_everything_that_decides_a_run_is_in_its_key() -> None:
    keys = [
        key(graph=chain(5)),
        key(recipe=replace(JOB.recipe, optimizer="sgd")),
        key(seed=2),
        key(epochs=75),
        key(thresholds=(0.02,)),
        key(to_the_end=True),
        key(keras="3.12.1"),
        key(digest="abc"),
    ]
    assert len({key(), *keys}) == len(keys) + 1


WRONG_RUNS: tuple[dict[str, object], ...] = (
    {"seed": "1"}, {"errors": [10**400, None]}, {"errors": {"0": 0.1}}, {"curve": [0.1]}, {"epochs": -1},
    {"hit_epoch": 2.5}, {"predictions": [["0"]]}, {"start": 0},
)  # fmt: skip


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", "null", "3", '{"key": NaN}', "\xff", "[" * 100_000, *WRONG_RUNS], ids=range(16)
)
def test_a_spoilt_entry_counts_as_absent(spoilt: str | dict[str, object], stored: Path) -> None:
    """Be it no JSON, or of wrong types."""
    entry = json.loads(stored.read_text())
    text = spoilt if isinstance(spoilt, str) else json.dumps({**entry, "run": {**entry["run"], **spoilt}})
    stored.write_text(text, encoding="latin-1")
    assert known(stored) is None
    Memo(stored.parents[2]).store(key(), encode_run(RUN))
    assert known(stored) == RUN


def test_the_oldest_entries_make_room(tmp_path: Path) -> None:
    """What is stored keeps its folder under its share of the bound, and looks at no other folder."""
    first, *rest = _in_one_folder(3)
    memo = Memo(tmp_path)
    memo.store(first, encode_run(RUN))
    size = memo.files.contents()[1]
    os.utime(memo.files.path(*_place(first)), (1e9, 1e9))
    for entry in rest:
        replace(memo, max_bytes=int(2.5 * size) * FOLDERS).store(entry, encode_run(RUN))
    assert [memo.load(key, decode_run) is not None for key in (first, *rest)] == [False, True, True]


def _in_one_folder(count: int) -> list[str]:
    keys = [key(seed=seed) for seed in range(2_000)]
    return [key for key in keys if _place(key)[0] == _place(keys[0])[0]][:count]


def test_what_cannot_be_written_or_removed_costs_only_time(tmp_path: Path) -> None:
    """It may be somebody else's, in a folder that several share."""
    memo = Memo(tmp_path, max_bytes=0)
    stuck = memo.files.path(*_place(key())).with_name("stuck.json")
    stuck.mkdir(parents=True)
    memo.store(key(), encode_run(RUN))
    assert stuck.exists()
    assert memo.load(key(), decode_run) == RUN  # although there is no room: or it would be trained again and again
    blocked = Memo(tmp_path / "file")
    blocked.folder.write_text("")
    blocked.store(key(), encode_run(RUN))
    assert blocked.load(key(), decode_run) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such owners")
def test_a_folder_of_others_is_not_used(
    stored: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody could have put a training into it; one warning says so, and what to do."""
    memo = Memo(stored.parents[2])
    memo.folder.chmod(0o777)
    assert known(stored) is None
    memo.store(key(seed=2), RUN)
    assert len(list(memo.folder.rglob("*.json"))) == 1
    (warning,) = caplog.messages
    assert "GRADER_CACHE" in warning
    assert "chmod" in warning
    monkeypatch.setattr(os, "geteuid", lambda: stored.stat().st_uid + 1)
    assert "another user" in untrusted(memo.folder)


def test_settings_of_the_trainer_do_not_come_from_a_folder_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras and Matplotlib read settings in it."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path))
    assert scratch_folder(os.geteuid()).parent == tmp_path.resolve()
    monkeypatch.setattr(host_module, "untrusted", lambda folder, owners=(): "of others")
    assert scratch_folder(os.geteuid()).parent != tmp_path.resolve()
