"""Something to read while a check takes its time: in a notebook a line of the cell, which goes when it is done."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from typing import Any

AFTER = 0.5  # seconds


@contextmanager
def shown_meanwhile(text: str) -> Iterator[None]:
    """Show `text` while this goes on, once it takes longer than half a second; on a terminal, it stays."""
    updates: list[Callable[[str], None]] = []

    def show() -> None:
        if update := _line_of_the_cell(text):
            updates.append(update)
        elif sys.stderr is not None and sys.stderr.isatty():
            print(text, file=sys.stderr, flush=True)

    # Kernels know by a context variable which cell an output belongs to.
    timer = threading.Timer(AFTER, contextvars.copy_context().run, (show,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for update in updates:
            update("")


def _line_of_the_cell(text: str) -> Callable[[str], None] | None:
    """Show a text in the running cell; how to replace it, or nothing outside of a notebook."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython
    from IPython.display import display

    if getattr(get_ipython(), "kernel", None) is None:
        return None
    handle: Any = display(_bundle(text), raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def update(later: str) -> None:
        with suppress(Exception):  # a front end that cannot be reached must not cost the verdict
            handle.update(_bundle(later), raw=True)

    return update if handle is not None else None


def _bundle(text: str) -> dict[str, Any]:
    html = f'<div role="status" style="opacity:.75">{escape(text)}</div>' if text else ""
    return {"text/plain": text, "text/html": html}
