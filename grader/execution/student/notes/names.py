"""A name, or an import, that is not known: what was probably meant, or where it gets its value."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import re
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..source.rewrite import Finding, instead, nearest, unparsed
from ..source.statements import bound_by, own_parts, reads
from .failed_calls import Failed

LOCAL = re.compile(r"local variable '(\w+)'")
# Where names come from that programs use without having imported them.
USUAL = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "pd": "import pandas as pd",
    "tf": "import tensorflow as tf",
    "keras": "import keras",
    "layers": "from keras import layers",
}
NUMBERS = ("pi", "linspace", "sin", "exp")  # of NumPy, as the exercises need them
OF_NOTEBOOKS = ("In", "Out", "exit", "quit", "get_ipython", "open")
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")


def unknown_name(failed: Failed) -> Iterator[Finding]:
    """A name that is misspelt, not imported, or assigned in a cell further down."""
    recorder, error, cell = failed.recorder, failed.error, failed.cell
    name = _name_of(error)
    if not name:
        return
    if below := _line_below(failed, name):
        yield "defined-later", {"case": "line", "name": name, "later": below}
        return
    if isinstance(error, UnboundLocalError):
        return
    later = [number for number, source in recorder.cells.items() if number > (cell or 0) and name in source.bound]
    if cell and later:
        bound = recorder.cells[cell].bound
        between = [source.used for number, source in recorder.cells.items() if cell < number < later[0]]
        case = "needed" if any(used & {name, *bound} for used in between) else ""
        case = "each" if recorder.cells[later[0]].used & bound else case
        yield "defined-later", {"case": case, "name": name, "later": later[0], "cell": cell}
        return
    modules = {one: value for one, value in failed.scope.items() if isinstance(value, types.ModuleType)}
    if of_numpy := next((one for one, value in modules.items() if value.__name__ == "numpy" and name in NUMBERS), ""):
        yield "not-imported", instead(f"{of_numpy}.{name}", name)
        return
    if line := _import_of(name):
        home = next((one for one, value in modules.items() if _is_keras(value) and hasattr(value, name)), "")
        yield "not-imported", instead(f"{home}.{name}", name) if home else {"line": line}
        return
    if _is_activation(failed, name):
        yield "not-imported", {"case": "quoted", "name": name}
        return
    is_object, scope = _is_object(failed, name), failed.scope
    known = [one for one in scope if not one.startswith("_") and one not in OF_NOTEBOOKS]
    known = [one for one in known if not (is_object and isinstance(scope[one], type))]
    if any(name in source.bound for source in recorder.program):
        yield "misspelt-name", {"case": "unlike", "name": name}  # in a part that did not run or in a function
    elif near := nearest(name, known) or nearest(name, dir(builtins)):
        yield "misspelt-name", instead(near, name)
    elif not is_object and (line := _import_of(name, str.lower)):
        yield "not-imported", {"case": "renamed", "line": line, "right": line.split()[-1], "name": name}
    else:
        yield "misspelt-name", {"case": "unlike", "name": name}


def _name_of(error: BaseException) -> str:
    """The name that an error says has no value."""
    found = LOCAL.search(str(error)) if isinstance(error, UnboundLocalError) else None
    return found[1] if found else getattr(error, "name", None) or "" if isinstance(error, NameError) else ""


def _line_below(failed: Failed, name: str) -> int | None:
    """A line further down, in the same block, that gives it a value, and does not need one for it."""
    source, trace = failed.place or (None, None)
    if source is None or trace is None:
        return None
    within = source.functions.get(trace.tb_frame.f_code.co_name, source.tree)
    lines = [one for one in own_parts(within) if isinstance(one, ast.stmt)]
    here = next((one for one in lines if one.lineno == trace.tb_lineno), None)
    below = [one for one in lines if isinstance(one, ast.Assign) and one.lineno > trace.tb_lineno]
    giving = [one for one in below if name in bound_by([*ast.walk(one)]) and name not in reads(one)]
    found = [one.lineno for one in giving if here and one.col_offset == here.col_offset]
    return source.location(found[0])["line"] if found else None


def _is_keras(value: Any) -> bool:
    """Whether this is a module of Keras, under whatever name."""
    return isinstance(value, types.ModuleType) and value.__name__.startswith("keras")


def _is_object(failed: Failed, name: str) -> bool:
    """Whether something is asked of what has the name, as of no class."""
    return any(isinstance(one, ast.Attribute) and unparsed(one.value) == name for one in failed.nodes)


def _is_activation(failed: Failed, name: str) -> bool:
    """Whether the name is given as `activation=`, and Keras has an activation that is called so."""
    given = (one.value for one in failed.nodes if isinstance(one, ast.keyword) and one.arg == "activation")
    there = any(isinstance(value, ast.Name) and value.id == name for value in given)
    return there and hasattr(importlib.import_module("keras.activations"), name)


def _import_of(name: str, alike: Callable[[str], str] = str) -> str:
    """The line that imports a name of Keras, or one that everybody uses; `str.lower` lets capitals go."""
    if name in USUAL:
        return USUAL[name]
    for home in HOMES:
        for public, value in vars(importlib.import_module(home)).items():
            if alike(public) == alike(name) and getattr(value, "__name__", "") == public and callable(value):
                return f"from {home} import {public}"
    return ""


def unknown_import(failed: Failed) -> Iterator[Finding]:
    """A module, or a name in one, that is nearly the name of one that exists."""
    error = failed.error
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        parent, _, name = error.name.rpartition(".")
        package = importlib.import_module(parent) if parent else None
        modules = [one for one in public(package) if isinstance(getattr(package, one), types.ModuleType)]
        if parent and (near := nearest(name, modules)):
            yield "misspelt-name", instead(f"{parent}.{near}", error.name)
        elif not parent and (line := import_meant(name)):
            whole = {"case": "whole", "import_line": line}
            yield "misspelt-name", whole if name in USUAL else instead(line.removeprefix("import "), name)
    elif isinstance(error, ImportError) and isinstance(error.name, str):
        found = re.search(r"cannot import name '(\w+)'", str(error))
        name = getattr(error, "name_from", None) or (found[1] if found else "")
        if not name:
            return
        line = _import_of(name) or _import_of(name, str.lower)
        if line.startswith(f"from {error.name} "):  # of several names, only this one
            yield "misspelt-name", instead(line.split()[-1], name)
        elif line.startswith("from"):
            yield "misspelt-name", {"case": "whole", "import_line": line}
        elif near := nearest(name, public(importlib.import_module(error.name))):
            yield "misspelt-name", instead(near, name)


def import_meant(name: str) -> str:
    """The import that was meant by one of a name that nobody has: of nearly that name, or the usual one of an alias.

    `numpyro` is a package of its own, and what is not installed is not meant.
    """
    usual = USUAL.get(name, "")
    near = usual.split()[1] if usual else nearest(name, [one for one in PACKAGES if abs(len(one) - len(name)) < 2])
    there = bool(near) and near != name and importlib.util.find_spec(near.partition(".")[0]) is not None
    return (usual or f"import {near}") if there else ""


def public(owner: Any) -> list[str]:
    """The attributes that an object does have."""
    return [name for name in dir(owner) if not name.startswith("_") and hasattr(owner, name)]
