"""`check --watch`: a submission is checked again each time that it is saved, by processes that stay warm.

What counts as a save, and what a save replaces, is decided here.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from grader.cli.common import print_grades
from grader.domain import ClassReport
from grader.errors import GraderError
from grader.filesystem import fingerprint, regular_size
from grader.pipeline import Checked
from grader.runs.workers import Processes
from grader.submissions import Reader, opened
from grader.submissions.identity import copied_files

QUIET_MS = 50  # an editor writes several files, or one in several steps, within this time
AGAIN_SECONDS = 0.05
RELOAD_SECONDS = 2
LOOK_MS = 1_000  # what is still half written after so long is checked as it is
MOST_NOTEBOOK = 64 * 2**20


def watch(
    path: Path,
    check: Callable[[Processes], Checked],
    write: Callable[[ClassReport, str], None],
    written: Collection[Path] = (),
) -> None:
    """Check now and after each save, until somebody interrupts this process.

    The first result is printed whole, then what has changed. `write` gets each report, and the page of it, and writes
    these files. Raises what `opened` raises if there is nothing to watch.
    """
    with opened(path, Reader(of_one=True)):
        pass
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    results: list[Checked] = []

    def show(checked: Checked) -> None:
        write(checked.report, reloading(checked.page))
        print_grades(checked.report, results[0].report if results else None)
        print(f"{time.strftime('%H:%M:%S')}  waiting for the next save of {path.name}; Ctrl-C ends", flush=True)
        results[:] = [checked]

    with Processes() as processes:

        def checked_now() -> Callable[[], None]:
            if sys.stderr.isatty():
                print(f"{time.strftime('%H:%M:%S')}  checking {path.name} …", file=sys.stderr, flush=True)
            try:
                checked = check(processes)
            except GraderError as error:  # the file is gone, or is no notebook: the next save may mend it
                return partial(print, f"grader: {error}", file=sys.stderr)
            return partial(show, checked)

        check_saves(path, checked_now, processes.interrupt, stop, written)
    for result in results:
        write(result.report, result.page)


def reloading(page: str) -> str:
    """A page that loads itself again, as long as somebody watches."""
    return page.replace("<head>", f'<head>\n<meta http-equiv="refresh" content="{RELOAD_SECONDS}">', 1)


def saves(path: Path, stop: threading.Event, written: Collection[Path] = ()) -> Iterator[None]:
    """Yields at once, and after each change of what is handed in: of the file, or of what goes along with it.

    What an editor or Jupyter leaves beside it is no part of it, nor is a report that was `written` into the folder; and
    a notebook that is half written is waited for.
    """
    from watchfiles import watch

    is_folder, left_out = path.is_dir(), {file.resolve() for file in written}
    seen, is_open = _contents(path, left_out), True  # whether there may be changes that have not been looked at
    yield
    for changes in watch(
        path if is_folder else path.parent, watch_filter=None, step=QUIET_MS, rust_timeout=LOOK_MS,
        yield_on_timeout=True, stop_event=stop, raise_interrupt=False, recursive=is_folder,
    ):  # fmt: skip
        if changes and not is_whole(path):
            is_open = True
        elif changes or is_open:
            is_open, before, seen = False, seen, _contents(path, left_out)
            if seen != before:
                yield


def _contents(path: Path, left_out: Collection[Path]) -> dict[str, bytes]:
    """A digest of each file that is handed in; none while it is not there, as in the middle of renaming."""
    try:
        with opened(path, Reader(of_one=True)) as intake:
            files = [(name, file) for part in intake.submissions for name, file in copied_files(part).items()]
            return {name: fingerprint(file) for name, file in files if file.resolve() not in left_out}
    except (GraderError, OSError):
        return {}


def is_whole(path: Path) -> bool:
    """Whether a file can be what its editor meant to write: a notebook ends, and hardly anybody empties a module."""
    if path.is_dir():
        return True
    size = regular_size(path)
    if not size or path.suffix.lower() != ".ipynb" or size > MOST_NOTEBOOK:
        return bool(size)
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return True


def check_saves(
    path: Path,
    check: Callable[[], Callable[[], None]],
    interrupt: Callable[[], None],
    stop: threading.Event,
    written: Collection[Path] = (),
) -> None:
    """Check what is there, and again after each save until `stop` is set; a save replaces the check that still runs.

    `check` gives what shows its result, which is called unless the check was replaced meanwhile. `interrupt` ends a
    check that runs. Raises what a check raises that was not replaced.
    """
    replaced = threading.Event()

    def checked() -> None:
        try:
            show = check()
        except BaseException:
            if not replaced.is_set():
                stop.set()
                raise
        else:
            if not replaced.is_set():
                show()

    def end(running: Future[None]) -> None:
        replaced.set()
        while not wait([running], AGAIN_SECONDS).done:
            interrupt()  # again, since it may have come before there was anything to end
        replaced.clear()
        running.result()

    with ThreadPoolExecutor(1) as pool:
        running: Future[None] | None = None
        for _ in saves(path, stop, written):
            if running:
                end(running)
            running = pool.submit(checked)
        if running:
            end(running)
