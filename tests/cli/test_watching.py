"""`check --watch`: what counts as a save, and what is left when it ends."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from grader.cli.watching import saves
from tests.runs.programs import one_input

PATIENCE = 120.0


class Watched:
    """Saves of one file, as they are seen."""

    def __init__(self, path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        self.path, self.stop = path, threading.Event()
        self.seen: queue.Queue[None] = queue.Queue()
        self.thread = threading.Thread(target=lambda: [self.seen.put(one) for one in saves(path, self.stop)], daemon=True)
        self.thread.start()
        assert self.is_seen()  # it is checked at once

    def is_seen(self, seconds: float = PATIENCE) -> bool:
        try:
            self.seen.get(timeout=seconds)
        except queue.Empty:
            return False
        return True


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[[str, str], Watched]]:
    started: list[Watched] = []
    yield lambda name, text: started.append(Watched(tmp_path / name, text)) or started[-1]  # type: ignore[func-returns-value]
    for one in started:
        one.stop.set()
        one.thread.join(PATIENCE)


def test_an_editor_may_write_in_place_or_rename(watched: Callable[[str, str], Watched]) -> None:
    work = watched("work.py", "a = 1\n")
    work.path.write_text("a = 2\n", "utf-8")
    assert work.is_seen()
    fresh = work.path.with_suffix(".tmp")
    fresh.write_text("a = 3\n", "utf-8")
    fresh.replace(work.path)
    assert work.is_seen()


def test_what_is_no_part_of_the_work_is_no_save(watched: Callable[[str, str], Watched]) -> None:
    """Files of editors, of neighbours and of Jupyter, and the same text once more."""
    work = watched("work.py", "a = 1\n")
    for name in (".work.py.swp", "work.py~", "4913", "other.py"):
        (work.path.parent / name).write_text("b = 1\n", "utf-8")
    work.path.write_text("a = 1\n", "utf-8")
    assert not work.is_seen(seconds=2.5)
    work.path.write_text("a = 2\n", "utf-8")
    assert work.is_seen()
    assert not work.is_seen(seconds=1.5)


def test_a_helper_that_is_imported_is_part_of_it(watched: Callable[[str, str], Watched], tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("n = 1\n", "utf-8")
    work = watched("work.py", "import helper\n")
    (tmp_path / "helper.py").write_text("n = 2\n", "utf-8")
    assert work.is_seen()


@pytest.mark.long
def test_each_save_is_checked_and_nothing_is_left(tmp_path: Path) -> None:
    """A wrong width, then full marks, then an interrupt in the middle of an endless loop."""
    work, scratch, page = tmp_path / "work.py", tmp_path / "scratch", tmp_path / "page.html"
    scratch.mkdir()
    work.write_text(one_input().replace("Dense(32", "Dense(31", 1), "utf-8")
    command = [sys.executable, "-m", "grader", "check", str(work), "--watch", "-a", "one_input", "--isolation", "none"]
    with subprocess.Popen(
        [*command, "--report", f"html={page}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "TMPDIR": str(scratch), "COLUMNS": "100"},
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        said: list[str] = []

        def until(words: str) -> None:
            for line in watching.stdout or ():
                said.append(line)
                if words in line:
                    return
            pytest.fail(f"`{words}` was never said: {said}")

        until("next:")
        until("waiting for the next save")
        assert 'http-equiv="refresh"' in page.read_text("utf-8")
        work.write_text(one_input(), "utf-8")
        until("10 / 10")
        until("waiting for the next save")
        work.write_text(one_input() + "while True: pass\n", "utf-8")
        time.sleep(3)
        below = psutil.Process(watching.pid).children(recursive=True)
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=PATIENCE)
    assert watching.returncode == 0
    assert 'http-equiv="refresh"' not in page.read_text("utf-8")
    _, left = psutil.wait_procs(below, timeout=20)
    assert not [one for one in left if one.status() != psutil.STATUS_ZOMBIE]
    assert not list(scratch.iterdir())
