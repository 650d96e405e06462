"""What is shown while a check takes its time."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest

from grader.notebook import progress
from grader.notebook.progress import shown_meanwhile


class Kernel:
    """A shell of a notebook, which keeps what a cell shows."""

    kernel = object()

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_shown = threading.Event()

    def display(self, bundle: dict[str, Any], **options: Any) -> Kernel:
        assert options == {"raw": True, "display_id": True}
        self.update(bundle)
        return self

    def update(self, bundle: dict[str, Any], **options: Any) -> None:
        self.shown.append(bundle["text/plain"])
        self.is_shown.set()


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    import IPython
    import IPython.display

    shell = Kernel()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", shell.display)
    monkeypatch.setattr(progress, "AFTER", 0.0)
    return shell


def test_a_cell_shows_it_and_clears_it_also_when_the_check_is_interrupted(kernel: Kernel) -> None:
    with suppress(KeyboardInterrupt), shown_meanwhile("Checking."):
        assert kernel.is_shown.wait(60)
        raise KeyboardInterrupt
    assert kernel.shown == ["Checking.", ""]


def test_what_is_done_at_once_shows_nothing(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER", 60.0)
    with shown_meanwhile("Checking."):
        pass
    assert kernel.shown == []


def test_a_front_end_that_is_gone_costs_nothing(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_meanwhile("Checking."):
        assert kernel.is_shown.wait(60)
        monkeypatch.setattr(kernel, "update", None)


class Screen(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal, self.is_asked = is_terminal, threading.Event()

    def isatty(self) -> bool:
        self.is_asked.set()
        return self.is_terminal


@pytest.mark.parametrize(("is_terminal", "printed"), [(True, "Checking.\n"), (False, "")])
def test_a_terminal_gets_one_plain_line_and_a_program_nothing(
    is_terminal: bool, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "AFTER", 0.0)
    with shown_meanwhile("Checking."):
        assert screen.is_asked.wait(60)
    assert screen.getvalue() == printed
