"""Errors that show a mistake: a name, an attribute or a `return` that is missing, and what was probably meant.

What is looked at is the line that failed and what its names stand for, for the words of errors change with versions.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..recorder import Recorder
from ..source.locate import Source, location, name_of
from ..source.rewrite import (
    Finding,
    bound_names,
    failing_node,
    instead,
    nearest,
    resolved,
    unparsed,
)
from ..source.statements import own_parts, tree_of
from . import missing_files
from .failed_calls import failed_call
from .old_keras import gone

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
}
MODELS = ("Model", "Sequential")
ELSEWHERE = "…"  # the owner of an attribute that is not in the line of the student's
# What only a layer that was called has.
TENSORS = ("input", "output", "inputs", "outputs")


def on_failure(recorder: Recorder, error: BaseException, cell: int | None) -> None:
    """Explain an error that nothing has explained yet, where its line is recorded."""
    where = recorder.sources.location_of_error(error, cell)
    inner = recorder.sources.location_of_error(error)
    there = [note for note in recorder.notes if note["location"] == inner]
    if inner != where:
        for note in there:  # about a function of another cell, and as true where that is called
            recorder.note(note["code"], note["said"], where)
    known = [note for note in there if note not in recorder.concluded]  # which may be of something else
    # An explanation that fails must not stand in for the student's own error.
    with contextlib.suppress(Exception):
        for explain in EXPLANATIONS if not known else ():
            for code, said in explain(recorder, error, cell):
                recorder.note(code, said, where)
                return


def unknown_name(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A name that is misspelt, not imported, or assigned in a cell further down."""
    if not isinstance(error, NameError) or isinstance(error, UnboundLocalError) or not error.name:
        return
    name = error.name
    later = [number for number, text in recorder.cells.items() if number > (cell or 0) and name in bound_names(text)]
    if cell and later:
        yield "defined-later", {"name": name, "later": later[0], "cell": cell}
        return
    if line := _import_of(name):
        yield "not-imported", {"line": line}
        return
    if _is_activation(recorder, error, name):
        yield "not-imported", {"case": "quoted", "name": name}
        return
    texts = [*recorder.cells.values(), *(source.text for source in recorder.sources.known.values())]
    if any(name in bound_names(text) for text in texts):
        return  # spelt as it is assigned, in a part that did not run or in a function
    trace = recorder.sources.trace_of_error(error)
    scope = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals} if trace else {}
    known = [one for one in scope if not one.startswith("_") and one not in OF_NOTEBOOKS]
    if near := nearest(name, known) or nearest(name, dir(builtins)):
        yield "misspelt-name", instead(near, name)
    elif line := _import_of(name, str.lower):
        yield "not-imported", {"case": "renamed", "line": line, "right": line.split()[-1], "name": name}


def _is_activation(recorder: Recorder, error: BaseException, name: str) -> bool:
    """Whether the name is given as `activation=`, and Keras has an activation that is called so."""
    given = (
        node.value
        for source, _ in list(recorder.sources.lines_of_error(error))[-1:]
        for node in ast.walk(tree_of(source.text))
        if isinstance(node, ast.keyword) and node.arg == "activation"
    )
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


def _unknown_import(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A module, or a name in one, that is nearly the name of one that exists."""
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        parent, _, name = error.name.rpartition(".")
        if parent and (near := nearest(name, _modules_in(parent))):
            yield "misspelt-name", instead(f"{parent}.{near}", error.name)
        elif not parent and (line := import_meant(name)):
            whole = {"case": "whole", "import_line": line}
            yield "misspelt-name", whole if name in USUAL else instead(line.removeprefix("import "), name)
    elif isinstance(error, ImportError) and isinstance(error.name, str):
        found = re.search(r"cannot import name '(\w+)'", str(error))
        name = getattr(error, "name_from", None) or (found[1] if found else "")
        if not name:
            return
        if old := gone(f"{error.name}.{name}"):
            code, today = old
            home, _, now = today.rpartition(".")
            yield code, instead(f"from {home} import {now} as {name}", f"from {error.name} import {name}")
            return
        line = _import_of(name) or _import_of(name, str.lower)
        if line.startswith("from"):
            yield "misspelt-name", {"case": "whole", "import_line": line}
        elif near := nearest(name, _members_of(error.name)):
            yield "misspelt-name", instead(near, name)


def _modules_in(package: str) -> list[str]:
    return [name for name in _members_of(package) if isinstance(getattr(sys.modules[package], name), types.ModuleType)]


def import_meant(name: str) -> str:
    """The import that was meant by one of a name that nobody has: of nearly that name, or the usual one of an alias.

    `numpyro` is a package of its own, and what is not installed is not meant.
    """
    usual = USUAL.get(name, "")
    near = usual.split()[1] if usual else nearest(name, [one for one in PACKAGES if abs(len(one) - len(name)) < 2])
    there = bool(near) and near != name and importlib.util.find_spec(near.partition(".")[0]) is not None
    return (usual or f"import {near}") if there else ""


def _members_of(module: str) -> list[str]:
    return [name for name in dir(importlib.import_module(module)) if not name.startswith("_")]


def _missing_attribute(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """An attribute of a layer that has moved, of nothing at all, or one that is misspelt."""
    name = getattr(error, "name", None)
    if not isinstance(error, AttributeError) or not isinstance(name, str):
        return
    owner = _owner_in_source(recorder, error, name)
    keras = recorder.keras
    if error.obj is None:
        yield from _returned_nothing(recorder, error, owner)
    elif _is_history(error.obj):
        yield from _of_history(error, owner, error.obj)
    elif isinstance(error.obj, types.FunctionType) and owner != ELSEWHERE:
        yield "class-for-object", instead(f"{error.obj.__name__}()", error.obj.__name__)
    elif keras is not None and name in TENSORS and isinstance(error.obj, keras.layers.Layer):
        part, tensor = (owner if owner.isidentifier() else "part"), ("inputs" if name.startswith("input") else "x")
        yield "layer-not-called", {"case": "attribute", "part": part, "tensor": tensor, "attribute": f"{owner}.{name}"}
    elif keras is not None and name in SHAPES and isinstance(error.obj, keras.layers.Layer):
        yield "keras2-removed", instead(f"{owner}.{SHAPES[name]}", f"{owner}.{name}")
    elif owner == ELSEWHERE:
        return  # nobody wrote it: a library asked for it
    elif near := nearest(name, public(error.obj)):
        yield "misspelt-name", instead(f"{owner}.{near}", f"{owner}.{name}")


def _is_history(value: Any) -> bool:
    """Whether this is what `fit` returns."""
    return hasattr(value, "history") and hasattr(value, "epoch")


def _of_history(error: AttributeError, owner: str, history: Any) -> Iterator[Finding]:
    """`hist.loss`, where the numbers are in `hist.history["loss"]`."""
    name = str(error.name)
    if near := nearest(name, ["history"]):
        yield "misspelt-name", instead(f"{owner}.{near}", f"{owner}.{name}")
    elif entry := nearest(name, keys := [str(one) for one in history.history]):
        yield "history-entry", {"keys": keys[:12], **instead(f"{owner}.history[{entry!r}]", f"{owner}.{name}")}
    else:
        yield "history-entry", {"keys": keys[:12]}


def public(owner: Any) -> list[str]:
    """The attributes that an object does have."""
    return [name for name in dir(owner) if not name.startswith("_") and hasattr(owner, name)]


def _owner_in_source(recorder: Recorder, error: BaseException, attribute: str) -> str:
    """What stands before the attribute that failed."""
    found = failing_node(recorder.sources, error, ast.Attribute)
    if found is None or not isinstance(found.node, ast.Attribute) or found.node.attr != attribute:
        return ELSEWHERE
    return ast.unparse(found.node.value)


def _returned_nothing(recorder: Recorder, error: BaseException, owner: str) -> Iterator[Finding]:
    """A name that was given what a function returns, where that function returns nothing."""
    trace = recorder.sources.trace_of_error(error)
    frame = trace.tb_frame if trace else None
    for source in {id(source): source for source, _ in recorder.sources.lines_of_error(error)}.values():
        for node in ast.walk(tree_of(source.text)):
            named = isinstance(node, ast.Assign) and any(unparsed(target) == owner for target in node.targets)
            if named and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield from _of_call(recorder, node.value, owner, resolved(node.value.func, frame))


def _of_call(recorder: Recorder, call: ast.Call, owner: str, function: Any) -> Iterator[Finding]:
    if _source_of(recorder, function):
        yield from _of_own(recorder, function)
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        made = {"first": f"{owner} = {unparsed(call.func.value)}", "second": f"{owner}.{call.func.attr}"}
        yield "none-returned", {"case": "lines", **made}
    elif isinstance(call.func, ast.Attribute):
        yield "none-returned", {"case": "method", "name": owner, "method": unparsed(call.func)}


def _source_of(recorder: Recorder, function: Any) -> Source | None:
    """Where a function of the student's own is written."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return recorder.sources.find(code.co_filename) if isinstance(code, types.CodeType) else None


def _of_own(recorder: Recorder, function: Any) -> Iterator[Finding]:
    """A function of the student's that returns nothing anywhere; what to return, as far as it can be told."""
    source, name = _source_of(recorder, function), function.__code__.co_name
    definitions = [
        node for node in ast.walk(tree_of(source.text if source else ""))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]  # fmt: skip
    if definitions and not any(map(gives, definitions)):
        body = definitions[-1].body
        assigned = [one for one in body if isinstance(one, ast.Assign)]
        calls = [one for one in assigned if isinstance(one.value, ast.Call)]
        models = [one for one in calls if unparsed(one.value.func).endswith(MODELS)]  # type: ignore[attr-defined]
        made = [name_of(one.targets[0]) for one in (*models[-1:], body[-1]) if isinstance(one, ast.Assign)]
        yield "none-returned", {"line": f"return {next(iter(made), '…')}", "within": name}


def returns_nothing(recorder: Recorder, function: types.FunctionType) -> None:
    """A function of the exercise that builds a model and keeps it."""
    source = _source_of(recorder, function)
    if source is not None:
        for code, said in _of_own(recorder, function):
            recorder.note(code, said, location(source, function.__code__.co_firstlineno + source.offset))


def gives(function: ast.FunctionDef) -> bool:
    """Whether it returns anything; what a function within it returns is not its own."""
    return any(isinstance(one, ast.Return) and one.value is not None for one in own_parts(function))


def _history_entry(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A key that a history does not have, or one that is asked of the wrong object."""
    found = failing_node(recorder.sources, error, ast.Subscript)
    if found is None or not isinstance(found.node, ast.Subscript):
        return
    owner, key = resolved(found.node.value, found.frame), getattr(found.node.slice, "value", None)
    text = unparsed(found.node.value)
    if _is_history(owner):
        keys = [str(one) for one in owner.history]
        yield "history-entry", {"keys": keys[:12], **instead(f"{text}.history[{key!r}]", unparsed(found.node))}
    elif isinstance(error, KeyError) and type(owner) is dict and "loss" in owner and isinstance(key, str):
        keys = [str(one) for one in owner]
        only_loss = not any(one.endswith("_loss") for one in keys) and not key.startswith("val_")
        near = nearest(key, keys) or ("loss" if only_loss else "")
        change = instead(f"{text}[{near!r}]", unparsed(found.node)) if near else {}
        yield "history-entry", {"keys": keys[:12], **change}


EXPLANATIONS: tuple[Callable[[Recorder, BaseException, int | None], Iterator[Finding]], ...] = (
    unknown_name,
    _unknown_import,
    _missing_attribute,
    _history_entry,
    missing_files.nothing_to_read,
    failed_call,
)
