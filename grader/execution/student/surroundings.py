"""What stands around a network and is not there while the grader runs it: screens, people, the internet.

None of it decides about a network, so none of it may stop the program that builds one.

The data sets that Keras downloads are made up: as many samples, of the same shapes. A few are
drawn and repeated. Of the reviews of IMDB there are fewer than the true 50,000: programs make ten thousand numbers of
each, which would not fit in the memory of a run. The grader trains with data of its own, so all that these are for is
that a program goes on as it would with the real ones.
"""

from __future__ import annotations

import builtins
import functools
import getpass
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from .imports import when_imported
from .notes.on_errors import NO_NETWORK
from .recorder import Recorder

HEADLESS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")
INLINE = "module://matplotlib_inline.backend_inline"
DRAWN = 40
ROOTS = ("keras.datasets", "keras.src.datasets", "keras._tf_keras.keras.datasets")
SETS: dict[str, tuple[tuple[int, ...] | None, int, int, int]] = {
    "mnist": ((28, 28), 60_000, 10_000, 10),
    "fashion_mnist": ((28, 28), 60_000, 10_000, 10),
    "cifar10": ((32, 32, 3), 50_000, 10_000, 10),
    "cifar100": ((32, 32, 3), 50_000, 10_000, 100),
    "imdb": (None, 11_000, 1_000, 2),
    "reuters": (None, 8_982, 2_246, 46),
    "boston_housing": ((13,), 404, 102, 0),
    "california_housing": ((8,), 16_512, 4_128, 0),
}
"""Shape of one, none for a text; number in training and in test; classes, none where the targets are prices.

Programs cut off the first 10,000 of IMDB, and need some to be left.
"""
WORDS = 10_000


def install(recorder: Recorder, backend: str) -> Callable[..., str]:
    """Returns what answers in place of a person."""
    os.environ["MPLBACKEND"] = backend
    if "matplotlib" in sys.modules:  # it was imported before this run began
        sys.modules["matplotlib"].rcParams["backend"] = backend
    when_imported({"matplotlib": _no_window, "matplotlib.style": _older_styles})
    when_imported({"tensorboard.notebook": lambda notebook: setattr(notebook, "start", lambda line: None)})
    when_imported({"plotly.io._base_renderers": _no_page})
    _close_network()
    answer = _nobody_types(recorder)
    builtins.input = answer
    getpass.getpass = lambda prompt="", stream=None: answer(prompt)
    return answer


def _nobody_types(recorder: Recorder) -> Callable[..., str]:
    """An empty line for whatever is asked."""

    def answer(prompt: object = "", /) -> str:
        print(prompt, flush=True)
        recorder.note("input-answered")
        return ""

    answer.__name__ = answer.__qualname__ = "input"
    return answer


# Screens


def _no_window(matplotlib: Any) -> None:
    """`matplotlib.use` of a backend that needs a screen keeps the one that needs none."""
    original = matplotlib.use

    @functools.wraps(original)
    def use(backend: Any, *args: Any, **kwargs: Any) -> None:
        if str(backend).lower() in HEADLESS or str(backend) == INLINE:
            original(backend, *args, **kwargs)

    matplotlib.use = use


def _no_page(renderers: Any) -> None:
    """Plotly would wait for the browser to ask for its page."""
    renderers.open_html_in_browser = lambda *args, **kwargs: None


def _older_styles(style: Any) -> None:
    """`seaborn-whitegrid` and its kin are there under a name of their version."""
    for name, settings in list(style.library.items()):
        style.library.setdefault(name.replace("seaborn-v0_8", "seaborn"), settings)


# The internet


def _close_network() -> None:
    """Refuse at once, in words, what would otherwise be tried again and again, or refused in the words of a kernel."""

    def refuse(*args: object, **kwargs: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, NO_NETWORK)

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        setattr(socket, name, refuse)


# Data sets


def install_datasets(recorder: Recorder) -> None:
    """Put the made-up ones where programs find the others."""
    for name in SETS:
        for root in ROOTS:
            module = sys.modules.get(f"{root}.{name}")
            if module is not None:
                vars(module)["load_data"] = _loader(recorder, name)
                if hasattr(module, "get_word_index"):
                    vars(module)["get_word_index"] = lambda path="": {f"word{n}": n for n in range(1, WORDS)}


def _loader(recorder: Recorder, name: str) -> Callable[..., Any]:
    def load_data(*args: Any, num_words: int | None = None, **kwargs: Any) -> Any:
        recorder.note("made-up-data", name)
        return made_up(name, min(num_words or WORDS, WORDS))

    return load_data


def made_up(name: str, words: int) -> Any:
    """Samples and targets for training and for tests; those of a text use so many words."""
    import numpy as np

    shape, training, test, classes = SETS[name]
    random = np.random.default_rng(0)
    samples: Any = random.uniform(0.0, 50.0, (DRAWN, *(shape or ())))
    if shape is None:
        samples = np.empty(DRAWN, dtype=object)
        samples[:] = [[1, *map(int, random.integers(min(4, words - 1), words, 60 + 5 * n))] for n in range(DRAWN)]
    elif classes:
        samples = random.integers(0, 256, (DRAWN, *shape)).astype("uint8")
    targets: Any = np.arange(max(DRAWN, classes)) % classes if classes else random.uniform(5.0, 50.0, DRAWN)
    if shape and classes:
        targets = targets.astype("uint8")[:, None] if len(shape) == 3 else targets.astype("uint8")
    sets = [[np.resize(part, (count, *part.shape[1:])) for part in (samples, targets)] for count in (training, test)]
    return tuple(map(tuple, sets))
