"""`check --watch`: a submission is checked again each time that it is saved, by processes that stay warm."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.cli.common import print_grades
from grader.domain import Report
from grader.errors import GraderError
from grader.pipeline import Checked
from grader.runs.workers import Processes
from grader.submissions import Reader, opened

QUIET_MS = 100  # an editor writes several files, or one in several steps, within this time
LOOK_MS = 200
RELOAD_SECONDS = 2


def watch(path: Path, check: Callable[[Processes], Checked], write: Callable[[Report, str], None]) -> None:
    """Check now and after each save, until somebody interrupts this process.

    `write` gets each report, and the page of it. Raises what `opened` raises if there is nothing to watch.
    """
    with opened(path, Reader(of_one=True)):
        pass
    last: list[Checked] = []

    def end(*_: object) -> None:
        """At once, as after any interrupt: what runs ends with this process."""
        for one in last:
            write(one.report, one.page)
        os._exit(0)

    signal.signal(signal.SIGINT, end)
    with Processes() as processes:
        for _ in saves(path):
            if sys.stderr.isatty():
                print(f"{time.strftime('%H:%M:%S')}  checking {path.name} …", file=sys.stderr, flush=True)
            try:
                last[:] = [check(processes)]
            except GraderError as error:  # the file is gone, or is no notebook: the next save may mend it
                print(f"grader: {error}", file=sys.stderr)
                continue
            write(last[0].report, reloading(last[0].page))
            print()
            print_grades(last[0].report)
            print(f"{time.strftime('%H:%M:%S')}  waiting for the next save of {path.name}; Ctrl-C ends", flush=True)


def reloading(page: str) -> str:
    """A page that loads itself again, as long as somebody watches."""
    return page.replace("<head>", f'<head>\n<meta http-equiv="refresh" content="{RELOAD_SECONDS}">', 1)


def saves(path: Path, stop: threading.Event | None = None) -> Iterator[None]:
    """Yields at once, and after each change of what is handed in: of the file, or of what goes along with it.

    What an editor or Jupyter leaves beside it is no part of it. What changes during a check comes after it.
    """
    from watchfiles import watch

    is_folder = path.is_dir()
    seen: tuple[str, ...] | None = None
    for changes in watch(
        path if is_folder else path.parent, watch_filter=None, step=QUIET_MS, rust_timeout=LOOK_MS,
        yield_on_timeout=True, stop_event=stop, recursive=is_folder,
    ):  # fmt: skip
        if (changes or seen is None) and (now := _contents(path)) != seen:
            seen = now
            yield


def _contents(path: Path) -> tuple[str, ...]:
    """A digest of all that is handed in; empty while it is not there, as in the middle of renaming."""
    try:
        with opened(path, Reader(of_one=True)) as intake:
            return tuple(one.content for one in intake.submissions)
    except (GraderError, OSError):
        return ()
