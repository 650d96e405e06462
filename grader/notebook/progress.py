"""Something to read while a check takes its time: in a notebook a line of the cell, which goes when it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from typing import Any


@contextmanager
def shown_meanwhile(text: str) -> Iterator[None]:
    """Show `text` until this is done: in a notebook, or on a terminal, where it stays."""
    update = _line_of_the_cell(text)
    if update is None and sys.stderr is not None and sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if update:
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
