"""`check --watch`: what counts as a save, what a save replaces, and what is left when it ends."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from grader.cli import watching
from grader.cli.watching import check_saves, saves
from tests.notebooks import notebook
from tests.runs.programs import one_input

PATIENCE = 120.0


class Watched:
    """Saves of one file, as they are seen."""

    def __init__(self, path: Path) -> None:
        self.path, self.stop = path, threading.Event()
        self.seen: queue.Queue[None] = queue.Queue()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        for _ in saves(self.path, self.stop):
            self.seen.put(None)

    def is_seen(self, seconds: float = PATIENCE) -> bool:
        try:
            self.seen.get(timeout=seconds)
        except queue.Empty:
            return False
        return True


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[[str, str], Watched]]:
    started: list[Watched] = []

    def start(name: str, text: str) -> Watched:
        (tmp_path / name).write_text(text, "utf-8")
        started.append(Watched(tmp_path / name))
        assert started[-1].is_seen()  # it is checked at once
        return started[-1]

    yield start
    for watcher in started:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)


def test_an_editor_may_write_in_place_or_rename(watched: Callable[[str, str], Watched]) -> None:
    work = watched("work.py", "a = 1\n")
    work.path.write_text("a = 2\n", "utf-8")
    assert work.is_seen()
    fresh = work.path.with_suffix(".tmp")
    fresh.write_text("a = 3\n", "utf-8")
    fresh.replace(work.path)
    assert work.is_seen()


def test_what_is_no_part_of_the_work_is_no_save(
    watched: Callable[[str, str], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of editors, of neighbours and of Jupyter, and the same text once more."""
    monkeypatch.setattr(watching, "LOOK_MS", 200)  # so that what is no save need not be waited for long
    work = watched("work.py", "a = 1\n")
    for name in (".work.py.swp", "work.py~", "4913", "other.py"):
        (work.path.parent / name).write_text("b = 1\n", "utf-8")
    work.path.write_text("a = 1\n", "utf-8")
    assert not work.is_seen(seconds=1.0)
    work.path.write_text("a = 2\n", "utf-8")
    assert work.is_seen()
    assert not work.is_seen(seconds=0.5)


def test_a_helper_that_is_imported_is_part_of_it(watched: Callable[[str, str], Watched], tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("n = 1\n", "utf-8")
    work = watched("work.py", "import helper\n")
    (tmp_path / "helper.py").write_text("n = 2\n", "utf-8")
    assert work.is_seen()


def test_a_report_in_the_folder_that_is_watched_is_no_save(tmp_path: Path) -> None:
    """Each check would lead to another one."""
    (tmp_path / "work.py").write_text("a = 1\n", "utf-8")
    (page, stop, checked) = tmp_path / "page.html", threading.Event(), 0
    threading.Timer(1.0, stop.set).start()
    for _ in saves(tmp_path, stop, [page]):
        checked += 1
        page.write_text(f"check {checked}", "utf-8")
    assert checked == 1


def test_a_notebook_that_is_half_written_is_waited_for(
    watched: Callable[[str, str], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_MS", 60_000)  # after which it is checked as it is
    work = watched("work.ipynb", notebook("a = 1\n"))
    whole = notebook("a = 2\n")
    work.path.write_text(whole[: len(whole) // 2], "utf-8")
    assert not work.is_seen(seconds=0.5)
    work.path.write_text(whole, "utf-8")
    assert work.is_seen()


def test_a_save_replaces_the_check_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "work.py"
    path.write_text("1", "utf-8")
    stop, ended = threading.Event(), threading.Event()
    texts: list[str] = []

    def check() -> Callable[[], None]:
        text = path.read_text("utf-8")
        if text == "1":
            path.write_text("2", "utf-8")  # while this is checked
            assert ended.wait(PATIENCE)
            return lambda: texts.append(text)

        def show() -> None:
            texts.append(text)
            stop.set()

        return show

    check_saves(path, check, ended.set, stop)
    assert texts == ["2"]


def test_what_a_check_raises_ends_it(tmp_path: Path) -> None:
    def check() -> Callable[[], None]:
        raise ZeroDivisionError

    path = tmp_path / "work.py"
    path.write_text("1", "utf-8")
    with pytest.raises(ZeroDivisionError):
        check_saves(path, check, lambda: None, threading.Event())


@pytest.mark.long
def test_each_save_is_checked_and_nothing_is_left(tmp_path: Path) -> None:
    """A wrong width, then an endless loop, which the next save replaces; then full marks, and an interrupt."""
    work, scratch, page = tmp_path / "work.py", tmp_path / "scratch", tmp_path / "page.html"
    scratch.mkdir()
    work.write_text(one_input().replace("Dense(32", "Dense(31", 1), "utf-8")
    command = [sys.executable, "-m", "grader", "check", str(work), "--watch", "-a", "one_input", "--isolation", "none"]
    with subprocess.Popen(
        [*command, "--report", f"html={page}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "TMPDIR": str(scratch), "COLUMNS": "100"},
    ) as watcher:  # fmt: skip
        assert watcher.stdout is not None
        lines: list[str] = []

        def until(words: str) -> None:
            for line in watcher.stdout or ():
                lines.append(line)
                if words in line:
                    return
            pytest.fail(f"`{words}` was never said: {lines}")

        until("What to do next")
        assert 'http-equiv="refresh"' in page.read_text("utf-8")
        work.write_text(one_input() + "while True: pass\n", "utf-8")
        below = psutil.Process(watcher.pid).children(recursive=True)
        work.write_text(one_input(), "utf-8")
        until("→ 10")
        watcher.send_signal(signal.SIGINT)
        watcher.communicate(timeout=PATIENCE)
    assert watcher.returncode == 0
    assert 'http-equiv="refresh"' not in page.read_text("utf-8")
    _, alive = psutil.wait_procs(below, timeout=20)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert not list(scratch.iterdir())
