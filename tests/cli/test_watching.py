"""`check --watch`: what counts as a save, what a save replaces, and what is left when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from grader.cli import watching
from grader.cli.watching import check_saves, saves
from tests.notebooks import notebook
from tests.runs.programs import one_input

PATIENCE = 120.0


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Set at last, so that no test waits for ever for a save."""
    event = threading.Event()
    timer = threading.Timer(PATIENCE, event.set)
    timer.start()
    yield event
    timer.cancel()


def watched(work: Path, text: str, stop: threading.Event) -> Iterator[None]:
    """A file, and the saves of it that follow; the first check, at once, is over."""
    work.write_text(text, "utf-8")
    seen = saves(work, stop)
    next(seen)
    return seen


def written_later(*writes: tuple[Path, str]) -> None:
    """Each a moment after the other, while somebody waits for a save."""

    def write() -> None:
        for path, text in writes:
            time.sleep(0.2)
            path.write_text(text, "utf-8")

    threading.Thread(target=write, daemon=True).start()


def test_an_editor_may_write_in_place_or_rename(tmp_path: Path, stop: threading.Event) -> None:
    work, fresh = tmp_path / "work.py", tmp_path / "work.tmp"
    seen = watched(work, "a = 1\n", stop)
    work.write_text("a = 2\n", "utf-8")
    next(seen)
    fresh.write_text("a = 3\n", "utf-8")
    fresh.replace(work)
    next(seen)


def test_what_is_no_part_of_the_work_is_no_save(
    tmp_path: Path, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of editors, of neighbours and of Jupyter, and the same text once more."""
    monkeypatch.setattr(watching, "LOOK_MS", 200)  # so that what is no save need not be waited for long
    work = tmp_path / "work.py"
    seen = watched(work, "a = 1\n", stop)
    others = [tmp_path / name for name in (".work.py.swp", "work.py~", "4913", "other.py")]
    written_later(*((path, "b = 1\n") for path in others), (work, "a = 1\n"), (work, "a = 2\n"))
    next(seen)
    assert work.read_text("utf-8") == "a = 2\n"
    threading.Timer(0.5, stop.set).start()
    assert list(seen) == []


def test_a_helper_that_is_imported_is_part_of_it(tmp_path: Path, stop: threading.Event) -> None:
    (tmp_path / "helper.py").write_text("n = 1\n", "utf-8")
    seen = watched(tmp_path / "work.py", "import helper\n", stop)
    (tmp_path / "helper.py").write_text("n = 2\n", "utf-8")
    next(seen)


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
    tmp_path: Path, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_MS", 60_000)  # after which it is checked as it is
    work, whole = tmp_path / "work.ipynb", notebook("a = 2\n")
    seen = watched(work, notebook("a = 1\n"), stop)
    written_later((work, whole[: len(whole) // 2]), (work, whole))
    next(seen)
    assert work.read_text("utf-8") == whole


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
