"""What stands around a network and is not there while the grader runs it: screens, people, time to wait, the internet.

None of it decides about a network, so none of it may stop the program that builds one.

The data sets that Keras downloads are made up: as many samples, of the same shapes and types. A few are
drawn and repeated. Of the reviews of IMDB there are fewer than the true 50,000: programs make ten thousand numbers of
each, which would not fit in the memory of a run. Pretrained weights are not downloaded either: the networks of
`keras.applications` start with their own. The grader trains with data of its own, so all that these are for is that a
program goes on as it would with the real ones.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import getpass
import importlib
import json
import os
import shutil
import socket
import sys
import time
import types
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from .facts.missing_files import NO_NETWORK
from .imports import when_imported
from .recorder import Recorder
from .source.statements import Inert

LONGEST_SLEEP = 0.05
HEADLESS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")
INLINE = "module://matplotlib_inline.backend_inline"
DRAWN = 40
ROOTS = ("keras.datasets", "keras.src.datasets", "keras._tf_keras.keras.datasets")
APPLICATIONS = "keras.src.applications."
UNTRAINED = "weights that are not downloaded.h5"
CLASSES = "imagenet_class_index.json"
IMAGES = {
    "mnist": ((28, 28), 60_000, 10_000, 10),
    "fashion_mnist": ((28, 28), 60_000, 10_000, 10),
    "cifar10": ((32, 32, 3), 50_000, 10_000, 10),
    "cifar100": ((32, 32, 3), 50_000, 10_000, 100),
}
"""Shape of one, number in training and in test, classes."""
TEXTS = {"imdb": (11_000, 1_000, 2), "reuters": (8_982, 2_246, 46)}
"""Number in training and in test, classes. Programs cut off the first 10,000 of IMDB, and need some to be left."""
TABLES = {"boston_housing": (13, 404, 102), "california_housing": (8, 16_512, 4_128)}
WORDS = 10_000
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_FILTER, ALL_THREADS = 1, 1
NO_NEW_PRIVILEGES = 38
INSTRUCTION_BYTES = 8


def install(recorder: Recorder, backend: str) -> Callable[..., str]:
    """Returns what answers in place of a person."""
    _draw_with(backend)
    when_imported({"matplotlib": _no_window, "matplotlib.pyplot": _no_window_later})
    when_imported({"matplotlib.backend_bases": _no_events, "matplotlib.style": _older_styles})
    when_imported({"tensorboard.notebook": lambda notebook: setattr(notebook, "start", lambda line: None)})
    _close_network()
    _shorten_sleep(recorder)
    _no_browser()
    answer = _nobody_types(recorder)
    builtins.input = answer
    getpass.getpass = lambda prompt="", stream=None: answer(prompt)
    return answer


def _nobody_types(recorder: Recorder) -> Callable[..., str]:
    """An empty line for whatever is asked."""

    def answer(prompt: object = "", /) -> str:
        print(prompt, flush=True)
        recorder.note("input-answered", "")
        return ""

    answer.__name__ = answer.__qualname__ = "input"
    return answer


# Screens


def _draw_with(backend: str) -> None:
    """Matplotlib's backend, also where Matplotlib was imported before this run began."""
    os.environ["MPLBACKEND"] = backend
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend


def _draws_nowhere(backend: object) -> bool:
    return str(backend).lower() in HEADLESS or str(backend) == INLINE


def _no_window(matplotlib: Any) -> None:
    """`matplotlib.use` of a backend that needs a screen keeps the one that needs none."""
    original = matplotlib.use
    if not shutil.which("latex"):
        matplotlib.RcParams.validate["text.usetex"] = lambda wanted: False

    @functools.wraps(original)
    def use(backend: Any, *args: Any, **kwargs: Any) -> None:
        if _draws_nowhere(backend):
            original(backend, *args, **kwargs)

    matplotlib.use = use


def _no_window_later(pyplot: Any) -> None:
    """The same where the backend is chosen by a setting, or when it is first needed."""
    original = pyplot.switch_backend

    @functools.wraps(original)
    def switch_backend(newbackend: Any) -> None:
        original(newbackend if _draws_nowhere(newbackend) else os.environ.get("MPLBACKEND", "agg"))

    pyplot.switch_backend = switch_backend
    pause = pyplot.pause
    pyplot.pause = functools.wraps(pause)(lambda interval: pause(min(interval, LONGEST_SLEEP)))


def _no_events(bases: Any) -> None:
    """`ginput`, `waitforbuttonpress` and the like wait for a hand that is not here, some without an end."""
    bases.FigureCanvasBase.start_event_loop = lambda self, timeout=0: None
    bases.FigureCanvasBase.set_window_title = lambda self, title: None
    bases.FigureManagerBase.window = bases.FigureManagerBase.frame = Window()


class Window(Inert):
    """A window that nobody sees, of whatever toolkit: what it is told to do is nothing, and its size is none."""

    def __getattr__(self, name: str) -> Window:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: object, **kwargs: object) -> Window:
        return self

    def __iter__(self) -> Iterator[int]:
        return iter((0, 0))


def _older_styles(style: Any) -> None:
    """`seaborn-whitegrid` and its kin are there under a name of their version."""
    for name, settings in list(style.library.items()):
        style.library.setdefault(name.replace("seaborn-v0_8", "seaborn"), settings)


def _no_browser() -> None:
    """Pages open nowhere; Plotly would wait for the browser to ask for its page."""

    def opened(*args: object, **kwargs: object) -> bool:
        return True

    nowhere: Any = types.SimpleNamespace(open=opened, open_new=opened, open_new_tab=opened)
    webbrowser.open = webbrowser.open_new = webbrowser.open_new_tab = opened
    webbrowser.get = lambda using=None: nowhere
    when_imported({"plotly.io._base_renderers": lambda renderers: setattr(renderers, "open_html_in_browser", opened)})


# The internet


def _close_network() -> None:
    """Refuse at once, in words, what would otherwise be tried again and again, or refused in the words of a kernel."""

    def refuse(*args: object, **kwargs: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, NO_NETWORK)

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        setattr(socket, name, refuse)


def seal(job: dict[str, Any]) -> None:
    """Raises `OSError` where the filter of the job cannot be installed in all threads."""
    steps = bytes.fromhex(job["seal"])
    if not steps:
        return
    libc: Any = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(steps, len(steps))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    program = Program(len(steps) // INSTRUCTION_BYTES, ctypes.addressof(buffer))
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    number = ctypes.c_long(SECCOMP[os.uname().machine])
    if libc.syscall(number, SET_FILTER, ALL_THREADS, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the filter of the job cannot be installed")


# Time


def _shorten_sleep(recorder: Recorder) -> None:
    """The student's own waits, for something that does not come here; those of libraries are theirs."""
    original = time.sleep

    @functools.wraps(original)
    def sleep(seconds: Any) -> None:
        __tracebackhide__ = True
        student = recorder.sources.is_students(sys._getframe(1))
        original(min(seconds, LONGEST_SLEEP) if student and isinstance(seconds, (int, float)) else seconds)

    time.sleep = sleep


def install_datasets(recorder: Recorder) -> None:
    """Put the made-up ones where programs find the others."""
    makers = {**dict.fromkeys(IMAGES, images), **dict.fromkeys(TEXTS, texts), **dict.fromkeys(TABLES, tables)}
    for name, maker in makers.items():
        load = told(recorder, name, maker)
        for root in ROOTS:
            module = sys.modules.get(f"{root}.{name}")
            if module is not None:
                vars(module)["load_data"] = load
                if name in TEXTS:
                    vars(module)["get_word_index"] = _word_index
    file_utils: Any = importlib.import_module("keras.src.utils.file_utils")
    file_utils.get_file = _not_downloaded(recorder, file_utils.get_file)
    recorder.keras.Model.load_weights = _not_loaded(recorder.keras.Model.load_weights)


def _not_downloaded(recorder: Recorder, original: Any) -> Any:
    """What the networks of `keras.applications` would download: by whatever name they are called, all come here."""

    @functools.wraps(original)
    def get_file(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        network = _outermost_within(sys._getframe(1), APPLICATIONS)
        if not network:
            return original(*args, **kwargs)
        if network == "decode_predictions":
            recorder.note("made-up-data", "classes_of_imagenet")
            path = Path(os.environ.get("TMPDIR", "/tmp"), CLASSES)
            path.write_text(json.dumps({number: [f"n{number:08}", f"class_{number}"] for number in range(1_000)}))
            return str(path)
        recorder.note("made-up-data", f"weights_of_{network.lower()}")
        return UNTRAINED

    return get_file


def _not_loaded(original: Any) -> Any:
    """A network without the weights that were not downloaded keeps those that it starts with."""

    @functools.wraps(original)
    def load_weights(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return None if filepath is UNTRAINED else original(self, filepath, *args, **kwargs)

    return load_weights


def _outermost_within(frame: FrameType | None, package: str) -> str:
    """The function of a package that was called from outside of it; nothing where a frame is of none."""
    name = ""
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(package):
        name, frame = frame.f_code.co_name, frame.f_back
    return name


def told(recorder: Recorder, name: str, maker: Callable[..., Any]) -> Callable[..., Any]:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        recorder.note("made-up-data", name)
        return maker(name, **kwargs)

    return load_data


def repeated(block: Any, count: int) -> Any:
    import numpy as np

    return np.resize(block, (count, *block.shape[1:]))


def images(name: str, **kwargs: Any) -> Any:
    import numpy as np

    shape, training, test, classes = IMAGES[name]
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (DRAWN, *shape)).astype("uint8")
    if kwargs.get("label_mode") == "coarse":
        classes = 20
    labels = (np.arange(max(DRAWN, classes)) % classes).astype("int64" if name == "cifar100" else "uint8")
    if len(shape) == 3:
        labels = labels[:, None]
    return tuple((repeated(pictures, count), repeated(labels, count)) for count in (training, test))


def texts(name: str, num_words: int | None = None, test_split: float = 0.2, **kwargs: Any) -> Any:
    import numpy as np

    training, test, classes = TEXTS[name]
    random = np.random.default_rng(0)
    most = min(num_words or WORDS, WORDS)
    lists = [[1, *map(int, random.integers(min(4, most - 1), most, 60 + 5 * n))] for n in range(DRAWN)]
    labels = np.arange(max(DRAWN, classes)) % classes
    parts = []
    for count in (training, test):
        sequences = np.empty(count, dtype=object)
        sequences[:] = [lists[n % DRAWN] for n in range(count)]
        parts.append((sequences, repeated(labels, count)))
    return tuple(parts)


def _word_index(*args: Any, **kwargs: Any) -> dict[str, int]:
    return {f"word{number}": number for number in range(1, WORDS)}


def tables(name: str, **kwargs: Any) -> Any:
    import numpy as np

    columns, training, test = TABLES[name]
    random = np.random.default_rng(0)
    numbers = random.uniform(0.0, 50.0, (DRAWN, columns))
    prices = random.uniform(5.0, 50.0, DRAWN)
    if name == "california_housing":
        numbers, prices = numbers.astype("float32"), (10_000 * prices).astype("float32")
    return tuple((repeated(numbers, count), repeated(prices, count)) for count in (training, test))
