"""What happens where a program imports: changes of modules, and stand-ins for packages that are not here.

A module is changed as soon as it is imported, or at once where it was imported long ago. Stand-ins, also for
`google.colab` and `grader`, give nothing, in whatever way they are used. So a program that only decorates its plots
with a package goes on without it. Whatever would need a value of the stand-in fails, and is no error of the program's:
the note says what is missing, and a person looks at the grade.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, FunctionType, ModuleType
from typing import Any, NoReturn

from .facts import mistakes
from .recorder import Recorder
from .source.locate import Sources
from .source.rewrite import bound_names, read_names
from .source.statements import Consequence, Inert

Change = Callable[[Any], None]
# A package of its own, whose name is nearly that of another.
NO_SLIP = "seaborn"
COLAB = "google.colab"
CONTENT = "/content"  # the folder of a file there
# Not Keras 3, whether it is installed or not: a note of its own says so. And what nobody misses.
UNSAID = ("tf_keras", COLAB)
# What opens windows. It may be installed, and can do nothing where nobody looks.
SCREENS = ("tkinter", "turtle")


class WatchedLoader(Loader):
    """A module's own loader, with a word afterwards."""

    def __init__(self, loader: Any, loaded: Change) -> None:
        self.loader = loader
        self.loaded = loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        self.loaded(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


class WatchingFinder(MetaPathFinder):
    """Asked first, answers for the watched modules alone. It may be asked often: TensorFlow looks before it imports."""

    def __init__(self, changes: dict[str, Change]) -> None:
        self.changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.changes:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = WatchedLoader(spec.loader, self.changes[fullname])
        return spec


def when_imported(changes: dict[str, Change]) -> None:
    """Change each of these modules; those that are there already, now."""
    sys.meta_path.insert(0, WatchingFinder(changes))
    for name, change in changes.items():
        if name in sys.modules:
            change(sys.modules[name])


def _importing_frame() -> Any:
    """Who imports, as seen from a finder that is asked."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
        frame = frame.f_back
    return frame


def _is_students_own(sources: Sources, frame: Any) -> bool:
    """Whether an import stands in the student's code, and in no `try`, which finds out whether something is there."""
    source = sources.find(frame.f_code.co_filename) if frame is not None else None
    return source is not None and not source.is_tried(frame.f_lineno)


class NothingThere(Consequence, TypeError):
    """A value was asked of a package that is not there."""


class StandIn(Inert):
    """Whatever is asked of it is one again. It decides nothing: who wants a value of it is told that there is none.

    One that was given a `function` may be that function, compiled or counted, or anything that calls it.
    """

    def __init__(self, package: str, asked: Any, function: Callable[..., Any] | None = None) -> None:
        self.__dict__.update(_package=package, _asked=asked, _function=function)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name, name=name, obj=self)
        if self._function is not None:
            self.is_wanted()  # it would have called the function, and that might have built the network
        return StandIn(self._package, self._asked)

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._function is not None:
            return self._function(*args, **kwargs)
        given = args[0] if len(args) == 1 and not kwargs and not isinstance(args[0], StandIn) else None
        if callable(given):
            return given if _is_decorated(given, sys._getframe(1)) else StandIn(self._package, self._asked, given)
        if any(isinstance(one, FunctionType) for one in (*args, *kwargs.values())):
            self.is_wanted()
        return StandIn(self._package, self._asked)

    def __getitem__(self, key: object) -> Any:
        return StandIn(self._package, self._asked)

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        pass

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """A class that is derived from it is one of nothing."""
        package, asked = self._package, self._asked

        def init(self: Any, *args: object, **kwargs: object) -> None:
            StandIn.__init__(self, package, asked)

        return (type("Nothing", (StandIn,), {"__init__": init}),)

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __or__(self, other: object) -> Any:
        return self  # in an annotation

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<nothing: the package {self._package} is not installed here>"

    def __format__(self, how: str) -> str:
        return repr(self)

    def is_wanted(self, location: dict[str, Any] | None = None) -> None:
        self._asked(self._package, location)

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        self.is_wanted()
        raise NothingThere(f"the package {self._package} is not installed where this is graded")

    __iter__ = __len__ = __bool__ = __index__ = __int__ = __float__ = __array__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse


def _is_decorated(given: Any, frame: FrameType) -> bool:
    """Whether a function or a class is given by `@`: then its name does not stand for it yet."""
    name = getattr(given, "__name__", "<lambda>")
    return name.isidentifier() and {**frame.f_globals, **frame.f_locals}.get(name) is not given


class Absent(Inert, ModuleType):
    """A module of a package that is not there."""

    def is_wanted(self, location: dict[str, Any] | None = None) -> None:
        self.__dict__["_stand_in"].is_wanted(location)


def _package(module: str) -> str:
    return COLAB if f"{module}.".startswith(f"{COLAB}.") else module.partition(".")[0]


class AbsentFinder(MetaPathFinder, Loader):
    """Asked last, for what nobody has found. One that answers `only` for some packages is asked first."""

    def __init__(self, recorder: Recorder, only: Sequence[str] = ()) -> None:
        self.recorder = recorder
        self.only = only
        self.packages: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = _package(fullname)
        if package in self.packages:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname != package or (self.only and package not in self.only):
            return None
        if not _is_students_own(self.recorder.sources, _importing_frame()) or _is_misspelt(package):
            return None
        self.packages.add(package)
        if package not in UNSAID:
            self.recorder.note("no-screen" if package in self.only else "package-absent", package)
        if package == COLAB and os.path.realpath(CONTENT) == os.path.realpath(self.recorder.sources.root):
            for drive in ("MyDrive", "My Drive"):  # a mounted one can be written to
                os.makedirs(f"{CONTENT}/drive/{drive}", exist_ok=True)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        stand_in = StandIn(_package(module.__name__), self.asked)

        def give(name: str) -> Any:
            return self.wanted_by_all() if name == "__all__" else getattr(stand_in, name)

        module.__dict__.update(__getattr__=give, __version__=stand_in, _stand_in=stand_in)

    def wanted_by_all(self) -> list[str]:
        """What `from package import *` gives: the names that the student uses, and that nothing else binds."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not self.recorder.sources.is_students(frame):
            frame = frame.f_back
        source = self.recorder.sources.find(frame.f_code.co_filename) if frame else None
        if frame is None or source is None:
            return []
        text = "\n".join([*self.recorder.cells.values(), source.text])
        return sorted(read_names(text) - bound_names(text) - frame.f_globals.keys() - vars(builtins).keys())

    def asked(self, package: str, location: dict[str, Any] | None = None) -> None:
        """A value of it was wanted, so what comes of that is not what the program would do elsewhere."""
        if package not in UNSAID:
            self.recorder.note("missing-package", package, location)


def _is_misspelt(name: str) -> bool:
    """Whether the name is nearly that of something that is there, which was probably meant."""
    return name not in (NO_SLIP, COLAB) and bool(mistakes.import_meant(name))


def install(recorder: Recorder) -> None:
    sys.meta_path.insert(0, AbsentFinder(recorder, SCREENS))
    sys.meta_path.append(AbsentFinder(recorder))


TEXT = "The grader checks this model after the whole submission has run; see its report."


class Neutral:
    """Stands for any result: truthy, printable, and whatever is asked of it is neutral again."""

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return TEXT

    def __call__(self, *args: object, **kwargs: object) -> Neutral:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self


def install_grader() -> None:
    """Put the stand-in where `import grader` finds it; without a `__path__`, `grader.x` does not exist."""
    module = ModuleType("grader", TEXT)
    neutral = Neutral()
    module.__dict__.update(check=neutral, __all__=["check"], __getattr__=neutral.__getattr__)
    sys.modules["grader"] = module
