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

from ..describe import results
from ..source.sources import Source
from ..source.statements import binds, bound_by, last_name, own_parts, reads, returned
from ..source.written_calls import (
    Conclusion,
    NoteValues,
    Written,
    corrected,
    elsewhere,
    imported,
    inserted,
    instead,
    nearest,
    together,
    unparsed,
)
from .failed_calls import Failed
from .fed_arrays import shape_of
from .fit_calls import METHODS, VALIDATION
from .without_model import model_of_all

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
OF_PYTHON = [
    name for name, value in vars(builtins).items() if type(value).__module__ != "_sitebuiltins"
]  # not `copyright`
OF_PYTHON_CUTOFF = 0.8  # `dict` is no slip of `edit`
NUMBERS = ("pi", "linspace", "sin", "exp")  # of NumPy, as the exercises need them
OF_NOTEBOOKS = ("In", "Out", "exit", "quit", "get_ipython", "open")
MAKERS = ("keras.src.layers", "keras.src.models")  # where classes and functions come from that nobody gives to a call
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")


def unknown_name(failed: Failed) -> Iterator[Conclusion]:
    """A name that is assigned further down, not imported, or misspelt."""
    name = _name_of(failed.error)
    if name:
        yield from _defined_later(failed, name)
        yield from _left_in_its_function(failed, name)
        yield from _not_imported(failed, name)
        yield from _misspelt(failed, name)
        yield from _for_validation(failed, name)


def _defined_later(failed: Failed, name: str) -> Iterator[Conclusion]:
    cells, cell = failed.recorder.cells, failed.cell
    if line := _line_below(failed, name):
        move = {"line": line, "above": failed.place["line"]}
        yield "defined-later", {"case": "line", "name": name, "moved": line, "edits": [move]}
    here = cells.get(cell or 0)
    if here is None or isinstance(failed.error, UnboundLocalError):
        return
    read = set[str]().union(*map(reads, here.tree.body))  # by all of the cell, which is moved at once
    needed = {name, *read - here.bound} - failed.scope.keys()
    below = [(number, source) for number, source in cells.items() if number > (cell or 0)]
    givers = {label: number for number, source in reversed(below) for label in needed & source.bound}
    if name in givers and not _is_imported(cells[givers[name]], name):
        last = max(sorted(givers), key=lambda label: givers[label])
        between = [source.used for number, source in below if number < givers[last]]
        case = "needed" if any(used & {last, *here.bound} for used in between) else ""
        is_other = cells[givers[last]].mark != here.mark  # under a heading that moves with no cell
        case = "each" if is_other or cells[givers[last]].used & here.bound else case
        later = givers[last]
        moved, above = {"": (cell, later + 1), "needed": (later, cell)}.get(case, (0, 0))
        moves: NoteValues = {"edits": [{"line": 0, "cell": moved, "above": above}]} if moved and above else {}
        if case == "each":
            giving = next(node for node in cells[later].tree.body if last in binds(node))
            moves = together(
                inserted(ast.unparse(giving)), elsewhere([(cells[later], giving.lineno, "", ast.unparse(giving))])
            )
        yield "defined-later", {"case": case, "name": last, "later": later, "cell": cell or 0, **moves}


def _is_imported(source: Source, name: str) -> bool:
    """Whether a source only imports a name that can be imported in another one as well."""
    lines = [node for node in source.nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return any(name in binds(line) for line in lines) and _import_of(name) != ""


def _left_in_its_function(failed: Failed, name: str) -> Iterator[Conclusion]:
    """A variable of a function that returns nothing, and that is called for itself."""
    calls = [node.value for node in failed.nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    for call in (call for call in calls if call.lineno < failed.line):
        function = failed.source.functions.get(unparsed(call.func))
        if function and name in bound_by([*own_parts(function)]) and not returned(function):
            details: NoteValues = {"case": "left", "name": name, "function": function.name}
            edit = elsewhere([(failed.source, call.lineno, f"{name} = {unparsed(call)}", unparsed(call))])
            yield "misspelt-name", together(details, edit, inserted(f"return {name}", function.name))


def _for_validation(failed: Failed, name: str) -> Iterator[Conclusion]:
    """A name that nothing has, in data for validation: `fit` can do without these."""
    statement = failed.source.statements_at(failed.line)[-1]
    calls = [Written(node, failed) for node in ast.walk(statement) if isinstance(node, ast.Call)]
    for call in (call for call in calls if VALIDATION in call.parts):
        names = {part.id for part in ast.walk(call.parts[VALIDATION]) if isinstance(part, ast.Name)}
        if name in names and not any(name in source.bound for source in failed.recorder.program):
            yield "not-needed", corrected(call, {VALIDATION: None})


def _not_imported(failed: Failed, name: str) -> Iterator[Conclusion]:
    if of_numpy := next((key for key, value in _modules(failed) if value.__name__ == "numpy" and name in NUMBERS), ""):
        yield "not-imported", instead(f"{of_numpy}.{name}", name)
    elif line := _import_of(name):
        home = _home(failed, name)
        yield "not-imported", instead(f"{home}.{name}", name) if home else inserted(line)
    elif _is_activation(failed, name):
        yield "not-imported", {"case": "quoted", **instead(f"activation='{name}'", f"activation={name}")}


def _misspelt(failed: Failed, name: str) -> Iterator[Conclusion]:
    is_object, scope, program = _is_object(failed, name), failed.scope, failed.recorder.program
    is_bound = any(name in source.bound for source in program)  # in a part that did not run or in a function
    callees = {unparsed(node.func) for node in failed.source.nodes if isinstance(node, ast.Call)}
    names = [label for label in scope if not label.startswith("_") and label not in OF_NOTEBOOKS]
    names = [label for label in names if not isinstance(scope[label], type if is_object else types.ModuleType)]
    if not (is_object or name in callees):
        names = [label for label in names if not str(getattr(scope[label], "__module__", "")).startswith(MAKERS)]
    if _is_input(failed, name):
        tensors = [label for label in names if isinstance(scope[label], failed.keras.KerasTensor)]
        names = [label for label in tensors if not results([scope[label]])]
    near = (
        ""
        if is_bound
        else nearest(name, names) or nearest(name, OF_PYTHON if name in callees else (), OF_PYTHON_CUTOFF)
    )
    models = [label for label, value in scope.items() if failed.keras and isinstance(value, failed.keras.Model)]
    asked = {node.attr for node in failed.nodes if isinstance(node, ast.Attribute) and unparsed(node.value) == name}
    if not is_bound and name in getattr(scope.get("self"), "__dict__", {}):
        yield "misspelt-name", instead(f"self.{name}", name)
    elif len(models) == 1 and not is_bound and not asked.isdisjoint(METHODS):
        yield "misspelt-name", instead(models[0], name)
    elif near:
        yield "misspelt-name", instead(near, name)
    elif not is_bound and (array := _array_meant(failed, name)):
        yield "misspelt-name", instead(array, name)
    elif not (models or asked.isdisjoint(METHODS)) and (line := model_of_all(failed, name)):
        yield "misspelt-name", {"case": "unbuilt", **inserted(line)}
    elif not is_bound and _stands_for_tensor(failed, name):
        yield "misspelt-name", {"case": "input", **_input_made(failed, name)}
    elif not (is_object or is_bound) and (line := _import_of(name, str.lower)):
        yield "not-imported", together(inserted(line), instead(line.split()[-1], name))


def _array_meant(failed: Failed, name: str) -> str:
    """What `fit` can be given for a name: the only array that it is not given already, with as many samples, if a word
    of its name is one of this, too."""
    arrays = {label: shape_of(value)[:1] for label, value in failed.scope.items() if type(value).__name__ == "ndarray"}
    statement, words = failed.source.statements_at(failed.line)[-1], {*name.split("_")}
    for node in (node for node in ast.walk(statement) if isinstance(node, ast.Call) and last_name(node.func) == "fit"):
        parts = Written(node, failed).parts
        for group in ([parts.get(key) for key in (0, 1, "x", "y")], [parts.get(VALIDATION)]):
            given = {each.id for part in group if part for each in ast.walk(part) if isinstance(each, ast.Name)}
            counts = {arrays[label] for label in given & arrays.keys()}
            others = [label for label in arrays if label not in given and {arrays[label]} == counts]
            if name in given and len(others) == 1 and words & {*others[0].split("_")}:
                return others[0]
    return ""


def _stands_for_tensor(failed: Failed, name: str) -> bool:
    """Whether a layer is called on it."""
    calls = [node for node in failed.nodes if isinstance(node, ast.Call)]
    calls = [call for call in calls if any(isinstance(part, ast.Name) and part.id == name for part in call.args[:1])]
    layer = failed.keras.layers.Layer if failed.keras else ()
    return any(isinstance(call.func, ast.Call) or isinstance(failed.value(call.func), layer) for call in calls)


def _input_made(failed: Failed, name: str) -> NoteValues:
    """The line that makes an `Input`, of one number, and what it imports."""
    home = _home(failed, "Input")
    line = inserted(f"{name} = {f'{home}.' * bool(home)}Input(shape=(1,))")
    return line if home or "Input" in failed.scope else together(inserted("from keras import Input"), line)


def _home(failed: Failed, name: str) -> str:
    """What the program calls a part of Keras that has this name; nothing where it has it by itself."""
    homes = (key for key, value in _modules(failed) if value.__name__.startswith("keras") and hasattr(value, name))
    return "" if name in failed.scope else next(homes, "")


def _modules(failed: Failed) -> list[tuple[str, types.ModuleType]]:
    """What the program calls its modules."""
    return [(key, value) for key, value in failed.scope.items() if isinstance(value, types.ModuleType)]


def _is_input(failed: Failed, name: str) -> bool:
    """Whether a name is given to `Model` as one of its inputs."""
    calls = failed.source.calls.get("Model", ()) if failed.keras else ()
    calls = [call for call in calls if call.lineno <= failed.line <= (call.end_lineno or 0)]
    given = [part for call in calls for part in call.args[:1]]
    given += [word.value for call in calls for word in call.keywords if word.arg in ("inputs", "input")]
    return any(isinstance(node, ast.Name) and node.id == name for part in given for node in ast.walk(part))


def _name_of(error: BaseException) -> str:
    """The name that an error says has no value."""
    match = LOCAL.search(str(error)) if isinstance(error, UnboundLocalError) else None
    return match[1] if match else getattr(error, "name", None) or "" if isinstance(error, NameError) else ""


def _line_below(failed: Failed, name: str) -> int | None:
    """A line further down, in the same block, that gives it a value, and needs nothing that is not there yet; not in a
    function where the name stands for something outside of it."""
    if failed.frame and name in failed.frame.f_globals:
        return None
    parts = [getattr(node, name, None) for node in failed.nodes for name in ("body", "orelse")]
    blocks: list[list[ast.stmt]] = [part for part in parts if isinstance(part, list)]
    here = [(block, n) for block in blocks for n, statement in enumerate(block) if statement.lineno == failed.line]
    lines = [line for block, n in here[-1:] for line in block[n + 1 :] if isinstance(line, ast.Assign)]
    there = {*failed.scope, *dir(builtins)}
    giving = [line for line in lines if name in bound_by([*ast.walk(line)]) and reads(line) <= there]
    return failed.source.location(giving[0].lineno)["line"] if giving else None


def _is_object(failed: Failed, name: str) -> bool:
    """Whether something is asked of what has the name, as of no class."""
    return any(isinstance(node, ast.Attribute) and unparsed(node.value) == name for node in failed.nodes)


def _is_activation(failed: Failed, name: str) -> bool:
    """Whether the name is given as `activation=`, and Keras has an activation that is called so."""
    settings = [node.value for node in failed.nodes if isinstance(node, ast.keyword) and node.arg == "activation"]
    there = any(isinstance(value, ast.Name) and value.id == name for value in settings)
    return there and hasattr(importlib.import_module("keras.activations"), name)


def _import_of(name: str, alike: Callable[[str], str] = str) -> str:
    """The line that imports a name of Keras, or one that everybody uses; `str.lower` lets capitals go."""
    if name in USUAL:
        return USUAL[name]
    for home in HOMES:
        for key, value in vars(importlib.import_module(home)).items():
            if alike(key) == alike(name) and getattr(value, "__name__", "") == key and callable(value):
                return f"from {home} import {key}"
    return ""


def unknown_import(failed: Failed) -> Iterator[Conclusion]:
    """A module, or a name in one, that is nearly the name of one that exists."""
    error = failed.error
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        parent, _, name = error.name.rpartition(".")
        package = importlib.import_module(parent) if parent else None
        modules = [label for label in public(package) if isinstance(getattr(package, label), types.ModuleType)]
        if parent and (near := nearest(name, modules)):
            yield "misspelt-name", instead(f"{parent}.{near}", error.name)
        elif not parent and (line := import_meant(name)):
            whole = _imported_by(failed, name, line)
            yield "misspelt-name", whole if name in USUAL else instead(line.removeprefix("import "), name)
    elif isinstance(error, ImportError) and isinstance(error.name, str):
        match = re.search(r"cannot import name '(\w+)'", str(error))
        name = getattr(error, "name_from", None) or (match[1] if match else "")
        if not name:
            return
        line = _import_of(name) or _import_of(name, str.lower)
        if line.startswith(f"from {error.name} "):  # of several names, only this one
            yield "misspelt-name", instead(line.split()[-1], name)
        elif line.startswith("from"):
            yield "misspelt-name", _imported_by(failed, name, line)
        elif near := nearest(name, public(importlib.import_module(error.name))):
            yield "misspelt-name", instead(near, name)


def _imported_by(failed: Failed, name: str, line: str) -> NoteValues:
    """The line that imports a name, in place of the one that failed, or above what that imports besides."""
    imports = [part for part in failed.nodes if isinstance(part, (ast.Import, ast.ImportFrom))]
    for node in (part for part in imports if part.lineno == failed.line):
        if aliases := [alias for alias in node.names if alias.name == name]:
            return imported(node, aliases, line)
    return inserted(line)


def import_meant(name: str) -> str:
    """The import that was meant by one of a name that nobody has: of nearly that name, or the usual one of an alias.

    `numpyro` is a package of its own, and what is not installed is not meant.
    """
    usual = USUAL.get(name, "")
    near = usual.split()[1] if usual else nearest(name, [item for item in PACKAGES if abs(len(item) - len(name)) < 2])
    there = bool(near) and near != name and importlib.util.find_spec(near.partition(".")[0]) is not None
    return (usual or f"import {near}") if there else ""


def public(owner: Any) -> list[str]:
    """The attributes that an object does have."""
    return [name for name in dir(owner) if not name.startswith("_") and hasattr(owner, name)]
