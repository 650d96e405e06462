"""Names of Keras 2 that Keras 3 moved or renamed and that mean the same: importable again.

What changes results or the way of calling is not here: it fails as it does in any Keras 3, and a note explains it.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LAYERS = (
    "merge",
    "core",
    "convolutional",
    "normalization",
    "advanced_activations",
    "recurrent",
    "pooling",
    "embeddings",
    "noise",
    "wrappers",
    "convolutional_recurrent",
    "local",
    "cudnn_recurrent",
)
ENGINE = ("layers", "models", "")
MOVED: dict[str, tuple[str, ...]] = {
    **{f"layers.{name}": ("layers",) for name in LAYERS},
    "engine": ENGINE,
    "engine.topology": ENGINE,
    "engine.training": ENGINE,
    "engine.base_layer": ENGINE,
    "engine.input_layer": ENGINE,
    **{f"utils.{name}": ("utils",) for name in ("data_utils", "generic_utils", "io_utils", "layer_utils", "np_utils")},
    "utils.vis_utils": ("utils",),
}
# Names that another module of Keras has today.
ELSEWHERE = {"models.Input": "layers.Input"}
# Small functions of the old backend that say what a tensor already says.
BACKEND = {"int_shape": lambda x: tuple(x.shape), "ndim": lambda x: len(x.shape)}
PREFIXES = ("tensorflow.keras.", "keras.")

ERRORS = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
ERRORS |= {short.upper(): name for short, name in ERRORS.items()}
OPTIMIZERS = ("Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop", "SGD")
# Second names of the same function or class, by module of Keras.
RENAMED: dict[str, dict[str, str]] = {
    "losses": ERRORS,
    "metrics": ERRORS,
    "optimizers": {name.lower(): name for name in OPTIMIZERS},
    "initializers": {"uniform": "RandomUniform", "normal": "RandomNormal"},
}


def modern_homes(module: str) -> tuple[str, ...]:
    """Where the names of a module of Keras 2 live today; empty for any other module."""
    for prefix in PREFIXES:
        if module.startswith(prefix):
            homes = MOVED.get(module.removeprefix(prefix), ())
            return tuple((prefix + home).rstrip(".") for home in homes)
    return ()


class MovedModule(Loader):
    """Fills a module with the names of its modern homes."""

    def exec_module(self, module: ModuleType) -> None:
        for home in reversed(modern_homes(module.__name__)):
            names = vars(importlib.import_module(home))
            module.__dict__.update({name: value for name, value in names.items() if not name.startswith("_")})


class Keras2Finder(MetaPathFinder):
    """Asked last, so it sees only modules that the installed Keras does not have."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, MovedModule(), is_package=True) if modern_homes(fullname) else None


def install() -> None:
    sys.meta_path.append(Keras2Finder())


def add_old_names(keras: Any) -> None:
    """Also to what `tensorflow.keras` shows, which are partly modules of its own around the same functions."""
    for section, names in RENAMED.items():
        for old, new in names.items():
            put(f"{section}.{old}", getattr(getattr(keras, section), new))
    for old, new in ELSEWHERE.items():
        section, _, name = new.rpartition(".")
        put(old, getattr(getattr(keras, section), name))
    for name, value in BACKEND.items():
        put(f"backend.{name}", value)
    for module in MOVED:
        with contextlib.suppress(ImportError):
            put(module, importlib.import_module(f"keras.{module}"))


def put(path: str, value: Any) -> None:
    """Make a dotted name of Keras lead to a value, unless it leads somewhere already."""
    section, _, name = path.rpartition(".")
    for root in ("keras", "keras._tf_keras.keras"):
        module = sys.modules.get(f"{root}.{section}".rstrip("."))
        if module is not None and not hasattr(module, name):
            setattr(module, name, value)
