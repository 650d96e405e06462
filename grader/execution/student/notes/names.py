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

from ..describe import operation_of
from ..source.rewrite import Conclusion, NoteValues, elsewhere, imported, instead, nearest, unparsed
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
    name for name, value in vars(builtins).items() if type(value).__module__ != "_sitebuiltins"
]  # not `copyright`
NUMBERS = ("pi", "linspace", "sin", "exp")  # of NumPy, as the exercises need them
OF_NOTEBOOKS = ("In", "Out", "exit", "quit", "get_ipython", "open")
PACKAGES = ("keras", "tensorflow", "numpy", "matplotlib", "pandas", "sklearn")
HOMES = ("keras.layers", "keras.models", "keras.optimizers", "keras.losses", "keras.utils", "keras.initializers")


def unknown_name(failed: Failed) -> Iterator[Conclusion]:
    """A name that is assigned further down, not imported, or misspelt."""
    if name := _name_of(failed.error):
        yield from _made_local(failed, name)
        yield from _defined_later(failed, name)
        yield from _not_imported(failed, name)
        yield from _misspelt(failed, name)


def _made_local(failed: Failed, name: str) -> Iterator[Conclusion]:
    """`layer = layer(x)` in a function, which makes a variable of its own of what others know by that name."""
    source, own = failed.source, failed.own_nodes if isinstance(failed.error, UnboundLocalError) else []
    lines = [line for line in source.assigning(name) if line in own]
    lines = [line for line in lines if line.lineno <= failed.line <= (line.end_lineno or 0)]
    if lines and any(line not in own for line in source.assigning(name)):
        result, line = f"{name}_{lines[0].lineno}", lines[0]
        reads_below = [node for node in source.named(name) if node in own and node.lineno > (line.end_lineno or 0)]
        uses = [(node.lineno, result, name) for node in reads_below if isinstance(node.ctx, ast.Load)]
        edits = [(line.lineno, f"{result} = {unparsed(line.value)}", ast.unparse(line)), *uses]
        yield "misspelt-name", {"case": "local", "name": name, "function": failed.function, **elsewhere(source, edits)}


def _defined_later(failed: Failed, name: str) -> Iterator[Conclusion]:
    cells, cell = failed.recorder.cells, failed.cell
    if line := _line_below(failed, name):
        yield "defined-later", {"case": "line", "name": name, "moved": line}
    here = cells.get(cell or 0)
    if here is None or isinstance(failed.error, UnboundLocalError):
        return
    read = set[str]().union(*map(reads, here.tree.body))  # by all of the cell, which is moved at once
    needed = {name, *read - here.bound} - failed.scope.keys()
    below = [(number, source) for number, source in cells.items() if number > (cell or 0)]
    givers = {label: number for number, source in reversed(below) for label in needed & source.bound}
    if name in givers:
        last = max(sorted(givers), key=lambda label: givers[label])
        between = [source.used for number, source in below if number < givers[last]]
        case = "needed" if any(used & {last, *here.bound} for used in between) else ""
        case = "each" if cells[givers[last]].used & here.bound else case
        yield "defined-later", {"case": case, "name": last, "later": givers[last], "cell": cell or 0}


def _not_imported(failed: Failed, name: str) -> Iterator[Conclusion]:
    modules = {key: value for key, value in failed.scope.items() if isinstance(value, types.ModuleType)}
    if of_numpy := next((key for key, value in modules.items() if value.__name__ == "numpy" and name in NUMBERS), ""):
        yield "not-imported", instead(f"{of_numpy}.{name}", name)
    elif line := _import_of(name):
        of_keras = {key: value for key, value in modules.items() if value.__name__.startswith("keras")}
        home = next((key for key, value in of_keras.items() if hasattr(value, name)), "")
        yield "not-imported", instead(f"{home}.{name}", name) if home else {"line": line}
    elif _is_activation(failed, name):
        yield "not-imported", {"case": "quoted", **instead(f"activation='{name}'", f"activation={name}")}


def _misspelt(failed: Failed, name: str) -> Iterator[Conclusion]:
    is_object, scope, program = _is_object(failed, name), failed.scope, failed.recorder.program
    names = [label for label in scope if not label.startswith("_") and label not in OF_NOTEBOOKS]
    names = [label for label in names if not (is_object and isinstance(scope[label], type))]
    is_bound = any(name in source.bound for source in program)  # in a part that did not run or in a function
    callees = {unparsed(node.func) for node in failed.source.nodes if isinstance(node, ast.Call)}
    near = "" if is_bound else nearest(name, names) or nearest(name, OF_PYTHON if name in callees else ())
    unread_names = [] if near else unread(failed)
    if twice := _given_twice(failed, name):
        yield "misspelt-name", {"case": "twice", **twice}
    elif near:
        yield "misspelt-name", instead(near, name)
    elif len(unread_names) == 1 and (call := _call_on(failed, name)):
        old = ast.unparse(call)
        for part in ast.walk(renamed := ast.parse(old)):
            if isinstance(part, ast.Name) and part.id == name:
                part.id = unread_names[0]
        yield "misspelt-name", instead(ast.unparse(renamed), old)
    elif not (is_object or is_bound) and (line := _import_of(name, str.lower)):
        yield "not-imported", {"line": line, **instead(line.split()[-1], name)}
    elif isinstance(failed.error, NameError) and (inside := _binding(failed, name)):
        edits = _given_by_call(failed, name, inside[0])
        yield "misspelt-name", {"case": "not_kept" if edits else "inside", "name": name, "function": inside[0], **edits}
    else:
        yield "misspelt-name", {"case": "unlike", "name": name}


def _given_twice(failed: Failed, name: str) -> NoteValues:
    """A line that gives another name a value before its last one was read: of the two, one is about this name."""
    parts = {*name.split("_")}
    for label in (entry for entry in failed.scope if entry != name and parts & {*entry.split("_")}):
        nodes = [(source, part) for source in failed.recorder.program for part in source.named(label)]
        stores = [entries for entries in pairwise(nodes) if all(isinstance(part.ctx, ast.Store) for _, part in entries)]
        for source, node in [entry for entries in stores[:1] for entry in reversed(entries)]:
            lines = [line for line in source.assigning(label) if node in line.targets]
            words = {word for line in lines for word in re.split(r"\W|_", unparsed(line.value))}
            if (parts - {*label.split("_")}) & words:
                return {"given": label, **elsewhere(source, [(node.lineno, name, label)])}
    return {}


def _binding(failed: Failed, name: str) -> list[str]:
    """The other functions of the program that give the name a value, where nothing else does."""
    functions = [function for source in failed.recorder.program for function in source.functions.values()]
    binding = [function for function in functions if name in bound_by(ast.walk(function))]
    within = {id(part) for function in binding for part in ast.walk(function)}
    nodes = [part for source in failed.recorder.program for part in source.named(name) if id(part) not in within]
    is_local = isinstance(failed.error, UnboundLocalError) or any(isinstance(part.ctx, ast.Store) for part in nodes)
    return [] if is_local else [function.name for function in binding]


def _given_by_call(failed: Failed, name: str, function: str) -> NoteValues:
    """The only call of a function, whose result goes nowhere, with the name for it; and the function's `return`."""
    lines = [
        (source, node) for source in failed.recorder.program for node in source.nodes if isinstance(node, ast.Expr)
    ]
    calls = [(source, node) for source, node in lines
             if isinstance(node.value, ast.Call) and last_name(node.value.func) == function]  # fmt: skip
    definitions = [source.functions[function] for source in failed.recorder.program if function in source.functions]
    if len(calls) != 1:
        return {}
    results = [ast.unparse(value) for definition in definitions for value in returned(definition)]
    if {*results} - {name}:
        return {}
    source, line = calls[0]
    kept = elsewhere(source, [(line.lineno, f"{name} = {ast.unparse(line)}", ast.unparse(line))])
    return kept if results else {**kept, "line": f"return {name}", "within": function}


def _call_on(failed: Failed, name: str) -> ast.Call | None:
    """The call of a layer, or of `Model`, that is given what has this name, in the line that failed."""
    layer = failed.keras.layers.Layer if failed.keras else ()
    for call in (node for node in failed.nodes if isinstance(node, ast.Call) and node.lineno == failed.line):
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        parts = [part for value in values for part in (value.elts if isinstance(value, ast.List) else [value])]
        takes = isinstance(call.func, ast.Call) or last_name(call.func) == "Model"
        if name in map(unparsed, parts) and (takes or isinstance(failed.value(call.func), layer)):
            return call
    return None


def unread(failed: Failed) -> list[str]:
    """The variables with tensors that nothing in the program reads; or else the inputs that only a `Model` is given."""
    keras, values = failed.keras, failed.variables.items() if failed.keras else ()
    models = [call for source in failed.recorder.program for call in source.calls.get("Model", ())]
    of_models = {id(part) for call in models for part in ast.walk(call)}
    loads = [node for source in failed.recorder.program for node in source.loads]
    read, computed_with = {node.id for node in loads}, {node.id for node in loads if id(node) not in of_models}
    tensors = {name: operation_of(value) for name, value in values if isinstance(value, keras.KerasTensor)}
    inputs = [name for name, layer in tensors.items() if isinstance(layer, keras.layers.InputLayer)]
    return [name for name in tensors if name not in read] or [name for name in inputs if name not in computed_with]


def _name_of(error: BaseException) -> str:
    """The name that an error says has no value."""
    match = LOCAL.search(str(error)) if isinstance(error, UnboundLocalError) else None
    return match[1] if match else getattr(error, "name", None) or "" if isinstance(error, NameError) else ""


def _line_below(failed: Failed, name: str) -> int | None:
    """A line further down, in the same block, that gives it a value, and needs nothing that is not there yet."""
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
    return {"line": line}


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
