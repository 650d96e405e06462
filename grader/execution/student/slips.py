"""Errors that tell a slip: a name, an attribute or a `return` that is not there, and what was probably meant.

What is looked at is the line that failed and what its names stand for, for the words of errors change with versions.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
import sys
import types
from collections.abc import Callable, Iterator

from . import failed_calls
from .bindings import bound_names, nearest
from .locate import place
from .recorder import Recorder
from .rewrite import instead, unparsed

Finding = tuple[str, str]
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
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")
# Attributes of layers that Keras 3 does not have; models still have some of them.
SHAPES = {
    "input_shape": "input.shape",
    "output_shape": "output.shape",
    "get_input_shape_at": "input.shape",
    "get_output_shape_at": "output.shape",
}


def on_failure(recorder: Recorder, error: BaseException, cell: int | None) -> None:
    """Explain an error that nothing has explained yet, where its line is recorded."""
    where = recorder.sources.place_of_error(error, cell)
    inner = recorder.sources.place_of_error(error)
    known = [note for note in recorder.notes if note["place"] == inner]
    if known and inner != where:
        for note in known:  # about a function of another cell, and as true where that is called
            recorder.note(note["code"], note["detail"], where)
    # An explanation that fails must not stand in for the student's own error.
    with contextlib.suppress(Exception):
        for explain in EXPLANATIONS if not known else ():
            for code, detail in explain(recorder, error, cell):
                recorder.note(code, detail, where)
                return


def unknown_name(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A name that is misspelt, not imported, or assigned in a cell further down."""
    if not isinstance(error, NameError) or isinstance(error, UnboundLocalError) or not error.name:
        return
    name = error.name
    later = [number for number, text in recorder.cells.items() if number > (cell or 0) and name in bound_names(text)]
    if cell and later:
        yield "defined-later", f"`{name}` gets its value in cell {later[0]}: move that cell above cell {cell}."
        return
    if line := import_of(name):
        yield "not-imported", f"Write `{line}` above it."
        return
    frame = recorder.sources.frame_of_error(error)
    scope = {**frame.f_builtins, **frame.f_globals, **frame.f_locals} if frame else {}
    if near := nearest(name, [one for one in scope if not one.startswith("_")]):
        yield "misspelt-name", instead(near, name)
    elif line := import_of(name, str.lower):
        yield "not-imported", f"Write `{line}` above it, and `{line.split()[-1]}` in place of `{name}`."


def import_of(name: str, alike: Callable[[str], str] = str) -> str:
    """The line that imports a name of Keras, or one that everybody uses; `str.lower` lets capitals go."""
    if name in USUAL:
        return USUAL[name]
    for home in HOMES:
        for public, value in vars(importlib.import_module(home)).items():
            if alike(public) == alike(name) and getattr(value, "__name__", "") == public and callable(value):
                return f"from {home} import {public}"
    return ""


def unknown_import(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A module, or a name in one, that is nearly the name of one that exists."""
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        parent, _, name = error.name.rpartition(".")
        if not parent and name in USUAL:
            yield "misspelt-name", f"Write `{USUAL[name]}`."
        elif near := nearest(name, modules_in(parent) if parent else one_letter_off(name)):
            yield "misspelt-name", instead(f"{parent}.{near}" if parent else near, error.name)
    elif isinstance(error, ImportError) and isinstance(error.name, str):
        found = re.search(r"cannot import name '(\w+)'", str(error))
        name = getattr(error, "name_from", None) or (found[1] if found else "")
        if not name:
            return
        line = import_of(name) or import_of(name, str.lower)
        if line.startswith("from"):
            yield "misspelt-name", f"Write `{line}`."
        elif near := nearest(name, members_of(error.name)):
            yield "misspelt-name", instead(near, name)


def modules_in(package: str) -> list[str]:
    return [name for name in members_of(package) if isinstance(getattr(sys.modules[package], name), types.ModuleType)]


def one_letter_off(name: str) -> list[str]:
    """The usual packages of nearly that length; `numpyro` is a package of its own."""
    return [one for one in PACKAGES if abs(len(one) - len(name)) < 2]


def members_of(module: str) -> list[str]:
    return [name for name in dir(importlib.import_module(module)) if not name.startswith("_")]


def missing_attribute(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """An attribute of a layer that has moved, of nothing at all, or one that is misspelt."""
    name = getattr(error, "name", None)
    if not isinstance(error, AttributeError) or not isinstance(name, str):
        return
    owner = owner_in_source(recorder, error, name)
    keras = recorder.keras
    if error.obj is None:
        yield from returned_nothing(recorder, error, owner)
    elif keras is not None and name in SHAPES and isinstance(error.obj, keras.layers.Layer):
        yield "layer-shape-attribute", instead(f"{owner}.{SHAPES[name]}", f"{owner}.{name}")
    elif near := nearest(name, [one for one in dir(error.obj) if not one.startswith("_")]):
        yield "misspelt-name", instead(f"{owner}.{near}", f"{owner}.{name}")


def owner_in_source(recorder: Recorder, error: BaseException, attribute: str) -> str:
    """What stands before the attribute in the line that failed."""
    owner = "…"
    for source, line in recorder.sources.lines_of_error(error):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(ast.parse(source.text)):
                if isinstance(node, ast.Attribute) and (node.attr, node.end_lineno) == (attribute, line):
                    owner = ast.unparse(node.value)
    return owner


def returned_nothing(recorder: Recorder, error: BaseException, owner: str) -> Iterator[Finding]:
    """A name that was given what a function returns, where that function returns nothing."""
    for source, _ in recorder.sources.lines_of_error(error):
        for node in ast.walk(ast.parse(source.text)):
            named = isinstance(node, ast.Assign) and any(unparsed(target) == owner for target in node.targets)
            if named and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield "none-returned", without_return(unparsed(node.value.func), owner)
                return


def returns_nothing(recorder: Recorder, name: str, function: types.FunctionType) -> None:
    """A function of the exercise that builds a model and keeps it."""
    code = function.__code__
    source = recorder.sources.find(code.co_filename)
    if source is None:
        return
    model = next((one for one in code.co_varnames if "model" in one.lower()), "model")
    recorder.note("none-returned", without_return(name, model), place(source, code.co_firstlineno + source.offset))


def without_return(function: str, value: str) -> str:
    return f"Write `return {value}` as the last line of `{function}`."


EXPLANATIONS: tuple[Callable[[Recorder, BaseException, int | None], Iterator[Finding]], ...] = (
    unknown_name,
    unknown_import,
    missing_attribute,
    *failed_calls.EXPLANATIONS,
)
