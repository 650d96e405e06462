"""What happens where a program imports: changes of modules, and stand-ins for packages that are not here.

A module is changed as soon as it is imported, or at once where it was imported long ago. Stand-ins, also for
`google.colab` and `grader`, give nothing, in whatever way they are used. So a program that only decorates its plots
with a package goes on without it. Whatever would need a value of the stand-in fails, and is no error of the program's:
the note says what is missing, and a person looks at the grade.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, FunctionType, ModuleType
from typing import Any, NoReturn

from .notes import unknown_names
from .notes.keras2 import Finder
from .recorder import Recorder
from .source.sources import Sources
from .source.statements import Consequence, Inert, Place, names_in

Patch = Callable[[Any], None]
# A package of its own, whose name is nearly that of another.
NO_SLIP = "seaborn"
COLAB = "google.colab"
CONTENT = "/content"  # the folder of a file there
# Not Keras 3, whether it is installed or not: a note of its own says so. And what nobody misses.
UNSAID = ("tf_keras", COLAB)


class WatchingFinder(MetaPathFinder):
    """Asked first, answers for the watched modules alone. It may be asked often: TensorFlow looks before it imports."""

    def __init__(self, changes: dict[str, Patch]) -> None:
        self.changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.changes:
            return None
        spec = PathFinder.find_spec(fullname, path)
        loader: Any = spec.loader if spec else None
        if loader is not None:
            execute = loader.exec_module

            def execute_and_change(module: ModuleType) -> None:
                execute(module)
                self.changes[fullname](module)

            loader.exec_module = execute_and_change
        return spec


def when_imported(changes: dict[str, Patch]) -> None:
    """Change each of these modules; those that are there already, now."""
    sys.meta_path.insert(0, WatchingFinder(changes))
    for name, change in changes.items():
        if name in sys.modules:
            change(sys.modules[name])


def _is_students_own(sources: Sources) -> bool:
    """Whether the import for which a finder is asked stands in the student's code, and in no `try`, which finds out
    whether something is there."""
    frame: Any = sys._getframe(3)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
        frame = frame.f_back
    source = sources.find(frame.f_code.co_filename) if frame is not None else None
    return source is not None and not source.is_tried(frame.f_lineno)


class NothingThere(Consequence, TypeError):
    """A value was asked of a package that is not there."""


class StandIn(Inert):
    """A module that is not there, and what it would hold: whatever is asked of it is one again.

    It decides nothing: who wants a value of it is told that there is none.
    """

    def __init__(self, package: str, asked: Any) -> None:
        self.__dict__.update(_package=package, _asked=asked)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # nobody knows which names `*` would bind
            self.is_wanted()
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name, name=name, obj=self)
        return StandIn(self._package, self._asked)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("__"):  # what makes it a module
            self.__dict__[name] = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What is given a function may be that function, compiled, or call it: that might have built the network."""
        if len(args) == 1 and isinstance(args[0], (FunctionType, type)) and _is_decorated(args[0], sys._getframe(1)):
            return args[0]
        if any(isinstance(argument, FunctionType) for argument in (*args, *kwargs.values())):
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

    def __repr__(self) -> str:
        return f"<nothing: the package {self._package} is not installed here>"

    def __format__(self, how: str) -> str:
        return repr(self)

    def is_wanted(self, location: Place | None = None) -> None:
        self._asked(self._package, location)

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        self.is_wanted()
        raise NothingThere(f"the package {self._package} is not installed where this is graded")

    __iter__ = __len__ = __bool__ = __index__ = __int__ = __float__ = __array__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse


def _is_decorated(value: Any, frame: FrameType) -> bool:
    """Whether a function or a class is given by `@`: then its name does not stand for it yet."""
    name = getattr(value, "__name__", "<lambda>")
    return name.isidentifier() and names_in(frame).get(name) is not value


def _package(module: str) -> str:
    return COLAB if f"{module}.".startswith(f"{COLAB}.") else module.partition(".")[0]


class AbsentPackages:
    """Asked last, for what nobody has found."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.packages: set[str] = set()

    def knows(self, fullname: str) -> bool:
        package = _package(fullname)
        if package not in self.packages and fullname == package:
            is_own = _is_students_own(self.recorder.sources)
            if not is_own or (package not in (NO_SLIP, COLAB) and unknown_names.import_meant(package)):
                return False
            self.packages.add(package)
            if package not in UNSAID:
                self.recorder.note("package-absent", package)
            if package == COLAB and os.path.realpath(CONTENT) == os.path.realpath(self.recorder.sources.root):
                for drive in ("MyDrive", "My Drive"):  # a mounted one can be written to
                    os.makedirs(f"{CONTENT}/drive/{drive}", exist_ok=True)
        return package in self.packages

    def module(self, name: str) -> StandIn:
        return StandIn(_package(name), self.asked)

    def asked(self, package: str, location: Place | None = None) -> None:
        """A value of it was wanted, so what comes of that is not what the program would do elsewhere."""
        if package not in UNSAID:
            self.recorder.note("missing-package", package, location)


def install(recorder: Recorder) -> None:
    packages = AbsentPackages(recorder)
    sys.meta_path.append(Finder(packages.knows, make=packages.module))
    _install_grader()


TEXT = "The grader checks this model after the whole submission has run; see its report."


class Anything(str):
    """Stands for any result: truthy, printable, and whatever is asked of it is neutral again."""

    __repr__ = str.__str__

    def __call__(self, *args: object, **kwargs: object) -> Anything:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self


def _install_grader() -> None:
    """Put the stand-in where `import grader` finds it; without a `__path__`, `grader.x` does not exist."""
    module = ModuleType("grader", TEXT)
    neutral = Anything(TEXT)
    module.__dict__.update(check=neutral, __all__=["check"], __getattr__=neutral.__getattr__)
    sys.modules["grader"] = module
