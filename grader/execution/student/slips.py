"""Errors that tell a slip: a name, an attribute or a `return` that is not there, and what was probably meant.

What is looked at is the line that failed and what its names stand for, for the words of errors change with versions.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import failed_calls
from .bindings import bound_names, nearest
from .locate import place
from .recorder import Recorder
from .rewrite import instead, resolved, unparsed

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
OF_NOTEBOOKS = ("In", "Out", "exit", "quit", "get_ipython", "open")
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")
# Attributes of layers that Keras 3 does not have; models still have some of them.
SHAPES = {
    "input_shape": "input.shape",
    "output_shape": "output.shape",
    "get_input_shape_at": "input.shape",
    "get_output_shape_at": "output.shape",
}


# What only a layer that was called has.
TENSORS = ("input", "output", "inputs", "outputs")


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
    texts = [*recorder.cells.values(), *(source.text for source in recorder.sources.known.values())]
    if any(name in bound_names(text) for text in texts):
        return  # spelt as it is assigned, in a part that did not run or in a function
    trace = recorder.sources.trace_of_error(error)
    frame = trace.tb_frame if trace else None
    scope = {**frame.f_globals, **frame.f_locals} if frame else {}
    known = [one for one in scope if not one.startswith("_") and one not in OF_NOTEBOOKS]
    if near := nearest(name, known) or nearest(name, list(frame.f_builtins) if frame else []):
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
        if parent and (near := nearest(name, modules_in(parent))):
            yield "misspelt-name", instead(f"{parent}.{near}", error.name)
        elif not parent and (line := import_meant(name)):
            meant = line.removeprefix("import ")
            yield "misspelt-name", f"Write `{line}`." if name in USUAL else instead(meant, name)
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


def import_meant(name: str) -> str:
    """The import that was meant by one of a name that nobody has: of nearly that name, or the usual one of an alias.

    `numpyro` is a package of its own, and what is not installed is not meant.
    """
    usual = USUAL.get(name, "")
    near = usual.split()[1] if usual else nearest(name, [one for one in PACKAGES if abs(len(one) - len(name)) < 2])
    there = bool(near) and near != name and importlib.util.find_spec(near.partition(".")[0]) is not None
    return (usual or f"import {near}") if there else ""


def members_of(module: str) -> list[str]:
    return [name for name in dir(importlib.import_module(module)) if not name.startswith("_")]


def missing_attribute(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """An attribute of a layer that has moved, of nothing at all, or one that is misspelt."""
    name = getattr(error, "name", None)
    if not isinstance(error, AttributeError) or not isinstance(name, str):
        return
    owner, following = owner_in_source(recorder, error, name)
    keras = recorder.keras
    if error.obj is None:
        yield from returned_nothing(recorder, error, owner)
    elif isinstance(error.obj, types.FunctionType):
        yield "function-not-called", instead(f"{error.obj.__name__}()", error.obj.__name__)
    elif keras is not None and name in TENSORS and isinstance(error.obj, keras.layers.Layer):
        first = "make `keras.Input(…)` its first layer, or " if isinstance(error.obj, keras.Sequential) else ""
        yield "never-called", f"For `{owner}`, {first}call it on a tensor and use the result."
    elif keras is not None and name in SHAPES and isinstance(error.obj, keras.layers.Layer):
        yield "layer-shape-attribute", instead(f"{owner}.{SHAPES[name]}", f"{owner}.{name}")
    elif near := nearest(name, [one for one in public(error.obj) if hasattr(getattr(error.obj, one), following)]):
        yield "misspelt-name", instead(f"{owner}.{near}", f"{owner}.{name}")


def public(owner: Any) -> list[str]:
    """The attributes that an object does have."""
    return [name for name in dir(owner) if not name.startswith("_") and hasattr(owner, name)]


def owner_in_source(recorder: Recorder, error: BaseException, attribute: str) -> tuple[str, str]:
    """What stands before the attribute in the line that failed, and the attribute that is asked of it in turn."""
    owner, following = "…", "__class__"
    for source, line in recorder.sources.lines_of_error(error):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            nodes = [node for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.Attribute)]
            for node in nodes:
                if (node.attr, node.end_lineno) == (attribute, line):
                    owner = ast.unparse(node.value)
                    following = next((one.attr for one in nodes if one.value is node), "__class__")
    return owner, following


def returned_nothing(recorder: Recorder, error: BaseException, owner: str) -> Iterator[Finding]:
    """A name that was given what a function returns, where that function returns nothing."""
    trace = recorder.sources.trace_of_error(error)
    frame = trace.tb_frame if trace else None
    for source in {id(source): source for source, _ in recorder.sources.lines_of_error(error)}.values():
        for node in ast.walk(ast.parse(source.text)):
            named = isinstance(node, ast.Assign) and any(unparsed(target) == owner for target in node.targets)
            if named and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield from of_call(recorder, node.value, owner, function_of(node.value.func, frame))


def function_of(called: ast.expr, frame: types.FrameType | None) -> Any:
    """What is called; a method of an object that is made in the same line, by its class."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Call):
        return getattr(resolved(called.value.func, frame), called.attr, None)
    return resolved(called, frame)


def of_call(recorder: Recorder, call: ast.Call, owner: str, function: Any) -> Iterator[Finding]:
    function = getattr(function, "__func__", function)  # of a method
    if isinstance(function, types.FunctionType) and recorder.sources.find(function.__code__.co_filename):
        detail = without_return(recorder, function)
        yield from [("none-returned", detail)] if detail else []
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        made = f"`{owner} = {unparsed(call.func.value)}`, then `{owner}.{call.func.attr}(…)`"
        yield "none-returned", f"Write it in two lines: {made}."
    elif isinstance(call.func, ast.Attribute):
        yield "none-returned", f"Leave out `{owner} =`: `{unparsed(call.func)}` changes what stands before the dot."


def returns_nothing(recorder: Recorder, function: types.FunctionType) -> None:
    """A function of the exercise that builds a model and keeps it."""
    code = function.__code__
    source = recorder.sources.find(code.co_filename)
    if source is not None and (detail := without_return(recorder, function)):
        recorder.note("none-returned", detail, place(source, code.co_firstlineno + source.offset))


def without_return(recorder: Recorder, function: types.FunctionType) -> str:
    """What to write into a function that returns nothing anywhere; empty where it does."""
    code = function.__code__
    source = recorder.sources.find(code.co_filename)
    for node in ast.walk(ast.parse(source.text if source else "")):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and gives(node):
            return ""
    value = next((one for one in code.co_varnames if "model" in one.lower()), "…")
    return f"Write `return {value}` as the last line of `{code.co_name}`."


def gives(function: ast.FunctionDef) -> bool:
    """Whether it returns anything; what a function within it returns is not its own."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return False


EXPLANATIONS: tuple[Callable[[Recorder, BaseException, int | None], Iterator[Finding]], ...] = (
    unknown_name,
    unknown_import,
    missing_attribute,
    *failed_calls.EXPLANATIONS,
)
