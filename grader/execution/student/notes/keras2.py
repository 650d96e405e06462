"""Keras 2: its modules and second names lead to today's, and imports of them are noted, with today's spelling.

What changes results or the way of calling is not here: it fails as it does in any Keras 3. Arguments such as `lr` and
`nb_epoch` are in `arguments.OF_OTHERS`, since a hint tells them where the call fails.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import groupby
from types import ModuleType
from typing import Any

from ..source.written_calls import Conclusion, imported

LAYERS = (
    "merge", "core", "convolutional", "normalization", "advanced_activations", "recurrent", "pooling", "embeddings",
    "noise", "wrappers", "experimental.preprocessing", "experimental",
)  # fmt: skip
UTILS = ("np_utils", "vis_utils", "data_utils", "generic_utils", "layer_utils")
MOVED: dict[str, tuple[str, ...]] = {
    **{f"layers.{name}": ("layers",) for name in LAYERS},
    **{f"utils.{name}": ("utils",) for name in UTILS},
    **dict.fromkeys(("engine.topology", "engine.training", "engine.base_layer", "engine"), ("layers", "models", "")),
    "objectives": ("losses",),
}
"""Modules of Keras 2, and where their names live today."""
ERRORS = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
ERRORS |= {short.upper(): name for short, name in ERRORS.items()}
OPTIMIZERS = ("Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop", "SGD")
SECOND_NAMES: dict[str, str] = {
    **{f"{module}.{old}": f"{module}.{new}" for module in ("losses", "metrics") for old, new in ERRORS.items()},
    **{f"optimizers.{name.lower()}": f"optimizers.{name}" for name in OPTIMIZERS},
    "initializers.uniform": "initializers.RandomUniform",
    "initializers.normal": "initializers.RandomNormal",
    "models.Input": "layers.Input",
}
"""Of the same function or class."""
GONE = {"layers.Merge": "layers.Concatenate", "optimizers.legacy": "optimizers"}
"""Names without a second life: what is written today takes other arguments, or gives other results."""
STILL_IN_TENSORFLOW = ("keras.losses.", "keras.metrics.", "keras.preprocessing.")  # under their old names
OTHERS = ("tensorflow.python.keras", "tf_keras")
PUBLIC = "tensorflow.keras"
FACES = ("keras", "keras._tf_keras.keras")
MODELS = ("Model", "Sequential")
Renamed = tuple[str, str]  # a code, and today's name


def is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def modern_homes(module: str) -> tuple[str, ...]:
    """Where the names of a module of Keras 2 live today; empty for any other module."""
    root = PUBLIC if is_within(module, PUBLIC) else "keras"
    homes = MOVED.get(module.removeprefix(f"{root}."), ()) if is_within(module, root) else ()
    return tuple(f"{root}.{home}".rstrip(".") for home in homes)


def renamed(full: str) -> Renamed | None:
    """The code that an old name falls under, and today's name."""
    for other in OTHERS:
        if is_within(full, other):
            public = "keras" + full.removeprefix(other)
            return "other-keras", (renamed(public) or ("", public))[1]
    prefix = "tensorflow." if is_within(full, PUBLIC) else ""
    name = full.removeprefix(prefix)
    if not is_within(name, "keras") or (prefix and name.startswith(STILL_IN_TENSORFLOW)):
        return None
    rename = _renamed(name.removeprefix("keras."))
    return rename and (rename[0], f"{prefix}keras.{rename[1]}".rstrip("."))


def _renamed(name: str) -> Renamed | None:
    """The same of a name within Keras."""
    if name in SECOND_NAMES:
        return "keras2-spelling", SECOND_NAMES[name]
    old = next((old for old in (*MOVED, *GONE) if is_within(name, old)), None)
    if old is None:
        return None
    rest = name.removeprefix(old)
    if old in GONE:
        return "keras2-removed", GONE[old] + rest
    home = "models" if "models" in MOVED[old] and rest[1:] in MODELS else MOVED[old][0]
    return "keras2-spelling", home + rest


# Imports, read off the source


def old_imports(node: ast.Import | ast.ImportFrom) -> Iterator[Conclusion]:
    """An import statement, put as it is written today: names that go to one home stay together."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if rename := renamed(alias.name):
                yield rename[0], imported(node, [alias], _import(rename[1], alias))
    if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
        return
    # `merge` was a function before it was a module, and says so where it is called.
    full = [(alias, f"{node.module}.{alias.name}") for alias in node.names if alias.name != "merge"]
    moves = [(alias, *rename, rename[1].rpartition(".")[0]) for alias, name in full if (rename := renamed(name))]
    for (code, home), group in groupby(moves, key=lambda move: (move[1], move[3])):
        together = list(group)
        new = ", ".join(_named(full.rpartition(".")[2], alias) for alias, _, full, _ in together)
        line = f"from {home} import {new}".removeprefix("from  ")
        yield code, imported(node, [alias for alias, *_ in together], line)


def _import(module: str, alias: ast.alias) -> str:
    """Under the name that the rest of the program uses, where that is a single one."""
    wanted = alias.asname or (alias.name if "." not in alias.name else "")
    return f"import {module}" + (f" as {wanted}" if wanted and wanted != module else "")


def _named(name: str, alias: ast.alias) -> str:
    wanted = alias.asname or alias.name
    return name if name == wanted else f"{name} as {wanted}"


# The modules themselves


@dataclass(frozen=True)
class Finder(MetaPathFinder, Loader):
    """Finds the modules that it `knows` by name, makes and fills them."""

    knows: Callable[[str], object]
    fill: Callable[[Any], object] = id
    make: Callable[[str], Any] = ModuleType

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if self.knows(fullname) else None

    def create_module(self, spec: ModuleSpec) -> Any:
        return self.make(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self.fill(module)


def install() -> None:
    """One Keras under both names; and last, so only for what the installed Keras does not have, modules of Keras 2."""
    sys.meta_path.insert(0, Finder(_is_behind, _show_behind))
    sys.meta_path.append(Finder(modern_homes, _fill_with_todays))


def _fill_with_todays(module: ModuleType) -> None:
    for home in reversed(modern_homes(module.__name__)):
        names = vars(importlib.import_module(home))
        module.__dict__.update({name: value for name, value in names.items() if not name.startswith("_")})


def _is_behind(name: str) -> bool:
    """`tensorflow.keras.losses` is `keras._tf_keras.keras.losses`, and no second module made from the same file."""
    with contextlib.suppress(ImportError):
        return is_within(name, PUBLIC) and bool(importlib.import_module(_behind(name)))
    return False


def _show_behind(module: ModuleType) -> None:
    sys.modules[module.__name__] = sys.modules[_behind(module.__name__)]


def _behind(name: str) -> str:
    return FACES[1] + name.removeprefix(PUBLIC)


def show(tensorflow: Any) -> None:
    """Its Keras, whichever the program asks for later: Keras 2 would be another package."""
    with contextlib.suppress(ImportError):
        tensorflow.keras = importlib.import_module(FACES[1])


def add_old_names(keras: Any) -> None:
    """Also to what `tensorflow.keras` shows, which are modules of its own around the same functions.

    Each of the two has names of losses and metrics that the other lacks.
    """
    for name in [key for key in sys.modules if is_within(key, PUBLIC) and _behind(key) in sys.modules]:
        sys.modules[name] = sys.modules[_behind(name)]
    for face in FACES:
        for section in ("losses", "metrics"):
            for name, value in list(vars(sys.modules[f"{face}.{section}"]).items()):
                if not name.startswith("_"):
                    _put(f"{section}.{name}", value)
    for old, new in SECOND_NAMES.items():
        section, _, name = new.partition(".")
        _put(old, getattr(getattr(keras, section), name))
    for module in MOVED:
        with contextlib.suppress(ImportError):
            _put(module, importlib.import_module(f"keras.{module}"))


def _put(path: str, value: Any) -> None:
    """Make a dotted name of Keras lead to a value, unless it leads somewhere already."""
    section, _, name = path.rpartition(".")
    for root in FACES:
        module = sys.modules.get(f"{root}.{section}".rstrip("."))
        if module is not None and not hasattr(module, name):
            setattr(module, name, value)
