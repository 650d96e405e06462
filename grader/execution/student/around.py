"""What stands around a network and is not there while the grader runs it: screens, people, time to wait, the internet.

None of it decides about a network, so none of it may stop the program that builds one.
"""

from __future__ import annotations

import builtins
import functools
import getpass
import os
import socket
import sys
import time
import webbrowser
from collections.abc import Callable
from typing import Any, NoReturn

from .imports import when_imported
from .recorder import Recorder
from .statements import NoArguments

NO_NETWORK = "there is no network while the grader runs this file"
LONGEST_SLEEP = 0.05
HEADLESS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")
INLINE = "module://matplotlib_inline.backend_inline"


def install(recorder: Recorder, backend: str) -> Callable[..., str]:
    """Returns what answers in place of a person."""
    draw_with(backend)
    when_imported({"matplotlib": no_window, "matplotlib.pyplot": no_window_later})
    close_network()
    shorten_sleep(recorder)
    when_imported({"argparse": nobody_gives_arguments})
    webbrowser.open = webbrowser.open_new = webbrowser.open_new_tab = lambda *args, **kwargs: True  # type: ignore[assignment]
    answer = nobody_types(recorder)
    builtins.input = answer
    getpass.getpass = answer
    return answer


def nobody_types(recorder: Recorder) -> Callable[..., str]:
    """An empty line for whatever is asked."""

    def answer(prompt: object = "", *args: object, **kwargs: object) -> str:
        print(prompt, flush=True)
        recorder.note("input-answered", "")
        return ""

    answer.__name__ = answer.__qualname__ = "input"
    return answer


def nobody_gives_arguments(argparse: Any) -> None:
    """A program that needs arguments on its command line says which, and what follows goes on."""

    def error(self: Any, message: str) -> NoReturn:
        __tracebackhide__ = True
        self.print_usage(sys.stderr)
        raise NoArguments(message)

    argparse.ArgumentParser.error = error


# Screens


def draw_with(backend: str) -> None:
    """Matplotlib's backend, also where Matplotlib was imported before this run began."""
    os.environ["MPLBACKEND"] = backend
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend


def draws_nowhere(backend: object) -> bool:
    return str(backend).lower() in HEADLESS or str(backend) == INLINE


def no_window(matplotlib: Any) -> None:
    """`matplotlib.use` of a backend that needs a screen keeps the one that needs none."""
    original = matplotlib.use

    @functools.wraps(original)
    def use(backend: Any, *args: Any, **kwargs: Any) -> None:
        if draws_nowhere(backend):
            original(backend, *args, **kwargs)

    matplotlib.use = use


def no_window_later(pyplot: Any) -> None:
    """The same where the backend is chosen by a setting, or when it is first needed."""
    original = pyplot.switch_backend

    @functools.wraps(original)
    def switch_backend(newbackend: Any) -> None:
        original(newbackend if draws_nowhere(newbackend) else os.environ.get("MPLBACKEND", "agg"))

    pyplot.switch_backend = switch_backend


# The internet


def close_network() -> None:
    """Refuse at once, in words, what would otherwise be tried again and again, or refused in the words of a kernel."""

    def refuse(*args: object, **kwargs: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, NO_NETWORK)

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        setattr(socket, name, refuse)


# Time


def shorten_sleep(recorder: Recorder) -> None:
    """The student's own waits, for something that does not come here; those of libraries are theirs."""
    original = time.sleep

    @functools.wraps(original)
    def sleep(seconds: Any) -> None:
        __tracebackhide__ = True
        student = recorder.sources.is_students(sys._getframe(1))
        original(min(seconds, LONGEST_SLEEP) if student and isinstance(seconds, (int, float)) else seconds)

    time.sleep = sleep
