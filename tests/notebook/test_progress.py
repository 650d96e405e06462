"""What is shown while a check takes its time."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import Any

import pytest

from grader.notebook.verdict import shown_meanwhile


class Kernel:
    """A shell of a notebook, which keeps what a cell shows."""

    kernel = object()

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, bundle: dict[str, Any], **options: Any) -> Kernel:
        assert options == {"raw": True, "display_id": True}
        self.update(bundle)
        return self

    def update(self, bundle: dict[str, Any], **options: Any) -> None:
        self.shown.append(bundle["text/plain"])


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    import IPython
    import IPython.display

    shell = Kernel()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", shell.display)
    return shell


def test_a_cell_shows_it_and_clears_it_also_when_the_check_is_interrupted(kernel: Kernel) -> None:
    with suppress(KeyboardInterrupt), shown_meanwhile("Checking."):
        raise KeyboardInterrupt
    assert kernel.shown == ["Checking.", ""]


def test_a_front_end_that_is_gone_costs_nothing(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_meanwhile("Checking."):
        monkeypatch.setattr(kernel, "update", None)


@pytest.mark.parametrize(("is_terminal", "printed"), [(True, "Checking.\n"), (False, "")])
def test_a_terminal_gets_one_plain_line_and_a_program_nothing(
    is_terminal: bool, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    with shown_meanwhile("Checking."):
        pass
    assert screen.getvalue() == printed
