"""A name, or an import, that is not known: what was probably meant, or where it gets its value."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import re
import types
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from ..source.layer_origins import operation_of
from ..source.rewrite import Finding, Said, elsewhere, imported, instead, nearest, unparsed
from ..source.statements import bound_by, last_name, reads, returned
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
OF_PYTHON = [
    one for one, value in vars(builtins).items() if type(value).__module__ != "_sitebuiltins"
]  # not `copyright`
NUMBERS = ("pi", "linspace", "sin", "exp")  # of NumPy, as the exercises need them
OF_NOTEBOOKS = ("In", "Out", "exit", "quit", "get_ipython", "open")
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")


def unknown_name(failed: Failed) -> Iterator[Finding]:
    """A name that is assigned further down, not imported, or misspelt."""
    if name := _name_of(failed.error):
        yield from _defined_later(failed, name)
        yield from _not_imported(failed, name)
        yield from _misspelt(failed, name)


def _defined_later(failed: Failed, name: str) -> Iterator[Finding]:
    cells, cell = failed.recorder.cells, failed.cell
    if below := _line_below(failed, name):
        yield "defined-later", {"case": "line", "name": name, "moved": below}
    later = [number for number, source in cells.items() if number > (cell or 0) and name in source.bound]
    if cell and later and not isinstance(failed.error, UnboundLocalError):
        bound = cells[cell].bound
        between = [source.used for number, source in cells.items() if cell < number < later[0]]
        case = "needed" if any(used & {name, *bound} for used in between) else ""
        case = "each" if cells[later[0]].used & bound else case
        yield "defined-later", {"case": case, "name": name, "later": later[0], "cell": cell}


def _not_imported(failed: Failed, name: str) -> Iterator[Finding]:
    modules = {one: value for one, value in failed.scope.items() if isinstance(value, types.ModuleType)}
    if of_numpy := next((one for one, value in modules.items() if value.__name__ == "numpy" and name in NUMBERS), ""):
        yield "not-imported", instead(f"{of_numpy}.{name}", name)
    elif line := _import_of(name):
        of_keras = {one: value for one, value in modules.items() if value.__name__.startswith("keras")}
        home = next((one for one, value in of_keras.items() if hasattr(value, name)), "")
        yield "not-imported", instead(f"{home}.{name}", name) if home else {"line": line}
    elif _is_activation(failed, name):
        yield "not-imported", {"case": "quoted", **instead(f"activation='{name}'", f"activation={name}")}


def _misspelt(failed: Failed, name: str) -> Iterator[Finding]:
    is_object, scope, program = _is_object(failed, name), failed.scope, failed.recorder.program
    known = [one for one in scope if not one.startswith("_") and one not in OF_NOTEBOOKS]
    known = [one for one in known if not (is_object and isinstance(scope[one], type))]
    is_bound = any(name in source.bound for source in program)  # in a part that did not run or in a function
    called = {unparsed(one.func) for one in failed.source.nodes if isinstance(one, ast.Call)}
    near = "" if is_bound else nearest(name, known) or nearest(name, OF_PYTHON if name in called else ())
    left = [] if near else unread(failed)
    if twice := _given_twice(failed, name):
        yield "misspelt-name", {"case": "twice", **twice}
    elif near:
        yield "misspelt-name", instead(near, name)
    elif len(left) == 1 and (call := _call_on(failed, name)):
        written = ast.unparse(call)
        for one in ast.walk(renamed := ast.parse(written)):
            if isinstance(one, ast.Name) and one.id == name:
                one.id = left[0]
        yield "misspelt-name", instead(ast.unparse(renamed), written)
    elif not (is_object or is_bound) and (line := _import_of(name, str.lower)):
        yield "not-imported", {"line": line, **instead(line.split()[-1], name)}
    elif isinstance(failed.error, NameError) and (inside := _binding(failed, name)):
        given = _given_by_call(failed, name, inside[0])
        yield "misspelt-name", {"case": "not_kept" if given else "inside", "name": name, "function": inside[0], **given}
    else:
        yield "misspelt-name", {"case": "unlike", "name": name}


def _given_twice(failed: Failed, name: str) -> Said:
    """A line that gives another name a value before its last one was read: of the two, one is about this name."""
    parts = {*name.split("_")}
    for other in (one for one in failed.scope if one != name and parts & {*one.split("_")}):
        found = [(source, one) for source in failed.recorder.program for one in source.named(other)]
        unread = [both for both in pairwise(found) if all(isinstance(one.ctx, ast.Store) for _, one in both)]
        for source, one in [place for both in unread[:1] for place in reversed(both)]:
            lines = [line for line in source.assigning(other) if one in line.targets]
            told = {word for line in lines for word in re.split(r"\W|_", unparsed(line.value))}
            if (parts - {*other.split("_")}) & told:
                return {"given": other, **elsewhere(source, [(one.lineno, name, other)])}
    return {}


def _binding(failed: Failed, name: str) -> list[str]:
    """The other functions of the program that give the name a value, where nothing else does."""
    functions = [one for source in failed.recorder.program for one in source.functions.values()]
    binding = [one for one in functions if name in bound_by(ast.walk(one))]
    within = {id(part) for one in binding for part in ast.walk(one)}
    found = [part for source in failed.recorder.program for part in source.named(name) if id(part) not in within]
    is_local = isinstance(failed.error, UnboundLocalError) or any(isinstance(one.ctx, ast.Store) for one in found)
    return [] if is_local else [one.name for one in binding]


def _given_by_call(failed: Failed, name: str, function: str) -> Said:
    """The only call of a function, whose result goes nowhere, with the name for it; and the function's `return`."""
    alone = [(source, one) for source in failed.recorder.program for one in source.nodes if isinstance(one, ast.Expr)]
    calls = [(source, one) for source, one in alone
             if isinstance(one.value, ast.Call) and last_name(one.value.func) == function]  # fmt: skip
    defined = [source.functions[function] for source in failed.recorder.program if function in source.functions]
    if len(calls) != 1:
        return {}
    given = [ast.unparse(one) for made in defined for one in returned(made)]
    if {*given} - {name}:
        return {}
    source, line = calls[0]
    kept = elsewhere(source, [(line.lineno, f"{name} = {ast.unparse(line)}", ast.unparse(line))])
    return kept if given else {**kept, "line": f"return {name}", "within": function}


def _call_on(failed: Failed, name: str) -> ast.Call | None:
    """The call of a layer, or of `Model`, that is given what has this name, in the line that failed."""
    layer = failed.keras.layers.Layer if failed.keras else ()
    for call in (one for one in failed.nodes if isinstance(one, ast.Call) and one.lineno == failed.line):
        values = [*call.args, *(one.value for one in call.keywords)]
        parts = [part for one in values for part in (one.elts if isinstance(one, ast.List) else [one])]
        takes = isinstance(call.func, ast.Call) or last_name(call.func) == "Model"
        if name in map(unparsed, parts) and (takes or isinstance(failed.value(call.func), layer)):
            return call
    return None


def unread(failed: Failed) -> list[str]:
    """The variables with tensors that nothing in the program reads; or else the inputs that only a `Model` is given."""
    keras, values = failed.keras, failed.variables.items() if failed.keras else ()
    models = [one for source in failed.recorder.program for one in source.calls.get("Model", ())]
    of_models = {id(part) for one in models for part in ast.walk(one)}
    loads = [one for source in failed.recorder.program for one in source.loads]
    read, computed_with = {one.id for one in loads}, {one.id for one in loads if id(one) not in of_models}
    tensors = {label: operation_of(value) for label, value in values if isinstance(value, keras.KerasTensor)}
    inputs = [label for label, one in tensors.items() if isinstance(one, keras.layers.InputLayer)]
    return [one for one in tensors if one not in read] or [one for one in inputs if one not in computed_with]


def _name_of(error: BaseException) -> str:
    """The name that an error says has no value."""
    found = LOCAL.search(str(error)) if isinstance(error, UnboundLocalError) else None
    return found[1] if found else getattr(error, "name", None) or "" if isinstance(error, NameError) else ""


def _line_below(failed: Failed, name: str) -> int | None:
    """A line further down, in the same block, that gives it a value, and needs nothing that is not there yet."""
    parts = [getattr(one, name, None) for one in failed.nodes for name in ("body", "orelse")]
    blocks: list[list[ast.stmt]] = [one for one in parts if isinstance(one, list)]
    here = [(block, n) for block in blocks for n, one in enumerate(block) if one.lineno == failed.line]
    below = [one for block, n in here[-1:] for one in block[n + 1 :] if isinstance(one, ast.Assign)]
    there = {*failed.scope, *dir(builtins)}
    giving = [one for one in below if name in bound_by([*ast.walk(one)]) and reads(one) <= there]
    return failed.source.location(giving[0].lineno)["line"] if giving else None


def _is_object(failed: Failed, name: str) -> bool:
    """Whether something is asked of what has the name, as of no class."""
    return any(isinstance(one, ast.Attribute) and unparsed(one.value) == name for one in failed.nodes)


def _is_activation(failed: Failed, name: str) -> bool:
    """Whether the name is given as `activation=`, and Keras has an activation that is called so."""
    settings = [one.value for one in failed.nodes if isinstance(one, ast.keyword) and one.arg == "activation"]
    there = any(isinstance(value, ast.Name) and value.id == name for value in settings)
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
            whole = _imported_by(failed, name, line)
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
            yield "misspelt-name", _imported_by(failed, name, line)
        elif near := nearest(name, public(importlib.import_module(error.name))):
            yield "misspelt-name", instead(near, name)


def _imported_by(failed: Failed, name: str, line: str) -> Said:
    """The line that imports a name, in place of the one that failed, or above what that imports besides."""
    imports = [one for one in failed.nodes if isinstance(one, (ast.Import, ast.ImportFrom))]
    for node in (one for one in imports if one.lineno == failed.line):
        if gone := [one for one in node.names if one.name == name]:
            return imported(node, gone, line)
    return {"line": line}


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
