"""Errors that show a mistake: a name, an attribute, a `return` or a file that is missing, and what was probably meant.

What is looked at is the line that failed and what its names stand for, for the words of errors change with versions.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from ..recorder import Recorder, message_of
from ..source.sources import Source
from ..source.statements import last_name, own_parts, path_not_found, returned
from ..source.written_calls import (
    Conclusion,
    NoteValues,
    elsewhere,
    inserted,
    instead,
    nearest,
    together,
    unparsed,
)
from .arguments import unknown_argument
from .failed_calls import Failed, Rule, assigning, joined, not_compiled, not_two_for_model
from .fit_calls import METHODS
from .keras2 import MODELS, old_imports
from .not_needed import not_needed
from .syntax import unreadable
from .unknown_names import public, unknown_import, unknown_name
from .without_model import returning, without_model

NO_NETWORK = "there is no internet connection while the grader runs this file"
ADDRESS = re.compile(r"\b(?:https?|ftp|gs|s3)://")
UNWRITTEN = re.compile(r"non-existent directory: '([^']+)'$")  # and Pandas of the folder of a table
SHAPES = ("input_shape", "output_shape")  # of layers; models still have them
ELSEWHERE = "…"  # the owner of an attribute that is not in the line of the student's
DEFINITIONS = (ast.ClassDef, ast.FunctionDef)
# What only a layer that was called has.
TENSORS = ("input", "output", "inputs", "outputs")


def on_failure(recorder: Recorder, error: BaseException, cell: int | None) -> None:
    """Explain an error that nothing has explained yet, where its line is recorded."""
    where = recorder.sources.location_of_error(error, cell)
    inner = recorder.sources.location_of_error(error)
    notes = [note for note in recorder.notes if note["location"] == inner]
    if inner != where:
        for note in notes:  # about a function of another cell, and as true where that is called
            recorder.note(note["code"], {**note["said"], "edits": note["edits"]}, where)
    explanations = [note for note in notes if note not in recorder.concluded]  # which may be of something else
    spots = recorder.sources.traced(error)
    if spots and not explanations:
        failed = Failed(**vars(spots[-1]), recorder=recorder, error=error, cell=cell)
        recorder.explain(_first(failed), where)


def _first(failed: Failed) -> list[Conclusion]:
    """What the first rule says that knows the error; one that fails itself knows nothing."""
    for rule in EXPLANATIONS:
        with contextlib.suppress(Exception):
            if findings := [*islice(rule(failed), 1)]:
                return findings
    return []


def on_source(recorder: Recorder, source: Source) -> None:
    """What a source shows before it runs: imports of Keras 2, and layers that are given the weights of others."""
    for node in (part for part in source.nodes if isinstance(part, (ast.Import, ast.ImportFrom))):
        recorder.explain(old_imports(node), source.location(node.lineno))
    for copy in (part for part in source.nodes if isinstance(part, ast.Expr) and _copies_weights(source, part.value)):
        recorder.note("weights-copied", instead("", ast.unparse(copy)), source.location(copy.lineno))


def _copies_weights(source: Source, call: ast.expr) -> bool:
    """`b.set_weights(a.get_weights())` of two layers."""
    calls = [part for part in ast.walk(call) if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)]
    if [last_name(part.func) for part in calls] != ["set_weights", "get_weights"]:
        return False
    owners = [unparsed(part.func.value) for part in calls]  # type: ignore[attr-defined]
    makers = [line.value for owner in owners for line in source.assigning(owner)[-1:]]
    names = [last_name(maker.func) for maker in makers if isinstance(maker, ast.Call)]
    return len(names) == len(owners) and all(name[:1].isupper() and name not in MODELS for name in names)


def on_helpers(recorder: Recorder) -> None:
    """Imports of Keras 2 in modules beside the entry, as far as something happened in them."""
    for source in list(recorder.sources.known.values()):
        if source.cell is None and source.name not in ("", recorder.job["entry"]):
            on_source(recorder, source)


def _missing_attribute(failed: Failed) -> Iterator[Conclusion]:
    """An attribute of a layer that has moved, of nothing at all, or one that is misspelt."""
    error, keras = failed.error, failed.keras
    name = getattr(error, "name", None)
    if not isinstance(error, AttributeError) or not isinstance(name, str):
        return
    node = failed.node(ast.Attribute)
    owner = ast.unparse(node.value) if node and node.attr == name else ELSEWHERE
    statement = failed.source.statements_at(failed.line, failed.span[2])[-1]
    is_chain = _is_chain(getattr(statement, "value", None))
    if error.obj is None:
        if is_chain:
            yield "none-returned", instead(_one_by_one(statement), ast.unparse(statement))
        yield from _returned_nothing(failed, owner)
        yield from _of_an_object(failed, owner, name)
    elif _is_history(error.obj) and is_chain and not isinstance(statement.value.func.value.func.value, ast.Call):
        fit = statement.value.func.value  # `model.fit(…).predict(…)`
        rest = ast.unparse(statement).replace(ast.unparse(fit), ast.unparse(fit.func.value), 1)
        yield "misspelt-name", instead(f"{ast.unparse(fit)}; {rest}", ast.unparse(statement))
    elif keras is not None and name == "add" and _is_functional(error.obj) and owner.isidentifier():
        yield "misspelt-name", {"case": "add", **instead("", ast.unparse(statement))}
    elif details := _given_another(failed, owner, name):
        yield "misspelt-name", details
    elif _is_history(error.obj) and not nearest(name, ["history"]) and name not in METHODS:
        yield from _in_history(f"{owner}.history", name, vars(error.obj)["history"], f"{owner}.{name}")
    elif keras is not None and name in TENSORS and isinstance(error.obj, keras.layers.Layer):
        return  # which was never called, as Keras says
    elif keras is not None and name in SHAPES and isinstance(error.obj, keras.layers.Layer):
        yield "keras2-removed", instead(f"{owner}.{name.replace('_', '.')}", f"{owner}.{name}")
    elif owner == ELSEWHERE:
        return  # nobody wrote it: a library asked for it
    else:
        yield from _of_an_object(failed, owner, name)
        calls = [part for part in ast.walk(statement) if isinstance(part, ast.Call) and part.func is node]
        near = nearest(name, public(error.obj))
        if near and (not calls or callable(getattr(error.obj, near, None))):
            yield "misspelt-name", instead(f"{owner}.{near}", f"{owner}.{name}")


def _of_an_object(failed: Failed, owner: str, name: str) -> Iterator[Conclusion]:
    """A model that an object holds, where the object itself is asked; and what it lacks, since a method gives it to a
    variable of its own: `model = …` in place of `self.model = …`."""
    value, node = failed.error.obj, failed.node(ast.Attribute)  # type: ignore[attr-defined]
    lacks, holder = name, value
    if value is None and node is not None and isinstance(node.value, ast.Attribute):
        lacks, holder = node.value.attr, failed.value(node.value.value)
    if type(holder).__module__ != "__main__" or owner == ELSEWHERE:
        return
    models = [key for key, part in vars(holder).items() if _is_functional(part)] if holder is value else []
    if len(models) == 1 and hasattr(vars(holder)[models[0]], name):
        yield "misspelt-name", instead(f"{owner}.{models[0]}.{name}", f"{owner}.{name}")
    if all(unparsed(line.value) == "None" for _, line in assigning(failed, f"self.{lacks}")):
        for source, line in assigning(failed, lacks):
            names = [node.name for node in source.statements_at(line.lineno) if isinstance(node, DEFINITIONS)]
            is_local = all(isinstance(target, ast.Name) for target in line.targets)
            if is_local and names[-2:-1] == [type(holder).__name__]:  # in one of its methods
                old = ast.unparse(line)
                yield "misspelt-name", elsewhere([(source, line.lineno, f"self.{lacks} = {old}", old)])


def _given_another(failed: Failed, owner: str, attribute: str) -> NoteValues:
    """The line that gives a name something else than was meant: several things, a function, or what `fit` returns."""
    value, new = failed.error.obj, ""  # type: ignore[attr-defined]
    for source, line in assigning(failed, owner):
        call, written = line.value, ast.unparse(line.value)
        if isinstance(value, types.FunctionType) and isinstance(call, ast.Name):  # `model = build_model`
            new = f"{owner} = {written}()"
        elif _is_history(value) and isinstance(call, ast.Call) and unparsed(call.func) == f"{owner}.fit":
            new = f"history = {written}"  # `model = model.fit(…)`
        elif isinstance(value, (dict, tuple)) and isinstance(call, ast.Call):
            new = _one_of(failed, owner, call, attribute)  # `model = build()`, of which one part has what is asked
        if new:
            return elsewhere([(source, line.lineno, new, ast.unparse(line))])
    return {}


def _one_of(failed: Failed, owner: str, call: ast.Call, attribute: str) -> str:
    """The line that keeps of all that a call gives what has an attribute; names for all of a tuple."""
    value = failed.error.obj  # type: ignore[attr-defined]
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    keys = [key for key, part in parts if hasattr(part, attribute)]
    if len(keys) == 1 and isinstance(value, dict):
        return f"{owner} = {ast.unparse(call)}[{keys[0]!r}]"
    definitions = _definitions(failed.recorder, failed.value(call.func)) if len(keys) == 1 else []
    for result in (result for function in definitions for result in returned(function)):
        if isinstance(result, ast.Tuple) and len(result.elts) == len(value):
            names = [part.id if isinstance(part, ast.Name) else "_" for part in result.elts]
            names[keys[0]] = owner
            return f"{', '.join(names)} = {ast.unparse(call)}"
    return ""


def _nothing_given(failed: Failed) -> Iterator[Conclusion]:
    """What a function returns is called, given to a call, or computed with, and that function returns nothing."""
    node, call = failed.node(ast.expr), failed.node(ast.Call)
    values = [call.func, *failed.call.parts.values()] if call else [node] if node else []
    for part in (child for value in values for child in ast.walk(value)):
        if isinstance(part, ast.Call) and _source_of(failed.recorder, failed.value(part.func)):
            yield from _of_own(failed.recorder, failed.value(part.func))
        elif isinstance(part, ast.Name) and failed.scope.get(part.id, node) is None:
            outer, value = failed.handed(part.id) or (None, None)
            if outer and isinstance(value, ast.Call):
                yield from _of_own(failed.recorder, outer.value(value.func))
            elif outer and isinstance(value, ast.Name):
                yield from _returned_nothing(replace(failed, **vars(outer)), value.id)
            else:
                yield from _returned_nothing(failed, part.id)


def _is_functional(value: Any) -> bool:
    """Whether it is a model with inputs and outputs."""
    return hasattr(value, "output_names") and bool(getattr(value, "inputs", None))


def _is_history(value: Any) -> bool:
    """Whether this is what `fit` returns."""
    return hasattr(value, "history") and hasattr(value, "epoch")


def _returned_nothing(failed: Failed, owner: str) -> Iterator[Conclusion]:
    """A name that was given what a function returns, where that function returns nothing."""
    for source, line in _giving(failed, owner):
        call = line.value
        if not isinstance(call, ast.Call):
            continue
        function = failed.value(call.func)
        if _source_of(failed.recorder, function):
            yield from _of_own(failed.recorder, function)
        elif isinstance(call.func, ast.Attribute):
            yield "none-returned", elsewhere([(source, line.lineno, _one_by_one(line), ast.unparse(line))])


def _giving(failed: Failed, name: str) -> list[tuple[Source, ast.Assign]]:
    """The statement that last gave a name its value, in the function of the failing line, or else outside of it; and
    that line itself, if it gives it one: in a loop it may have run before."""
    source, own = failed.source, failed.own_nodes
    lines = [node for node in source.assigning(name) if node in own]
    above = [node for node in lines if (node.end_lineno or 0) < failed.line][-1:]
    here = [node for node in lines if node.lineno <= failed.line <= (node.end_lineno or 0)]
    if not (above or here) and failed.function:
        outside = [*own_parts(source.tree)]
        above = [node for node in source.assigning(name) if node in outside or name.startswith("self.")][-1:]
    if above or here:
        return [(source, node) for node in (*above, *here)]
    cells = [part for number, part in sorted(failed.recorder.cells.items()) if number < (failed.cell or 0)]
    return [(part, node) for part in cells for node in part.assigning(name)][-1:]


def _is_of_method(value: ast.AST) -> bool:
    """Whether this is what a method of a model gives, `model.compile(…)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in METHODS


def _is_chain(value: ast.AST | None) -> bool:
    """Whether this is a method of what another method gives, `model.compile(…).fit(…)`."""
    return value is not None and _is_of_method(value) and _is_of_method(value.func.value)  # type: ignore[attr-defined]


def _one_by_one(statement: Any) -> str:
    """`model = Model(…).compile(…)` as a statement that gives the model its name, and one for each of its methods."""
    name = ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else "model"
    last = [f"return {name}"] if isinstance(statement, ast.Return) else []
    return "; ".join([*_calls_of(statement.value, name), *last])


def _calls_of(value: Any, name: str) -> list[str]:
    if not _is_of_method(value):
        return [] if unparsed(value) == name else [f"{name} = {unparsed(value)}"]
    last = ast.unparse(ast.Call(ast.Attribute(ast.Name(name), value.func.attr), value.args, value.keywords))
    return [*_calls_of(value.func.value, name), last]


def _source_of(recorder: Recorder, function: Any) -> Source | None:
    """Where a function of the student's own is written."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return recorder.sources.find(code.co_filename) if isinstance(code, types.CodeType) else None


def _definitions(recorder: Recorder, function: Any) -> list[ast.FunctionDef]:
    """Where the student defines a function of this name, or the one whose result it only passes on."""
    source = _source_of(recorder, function)
    name = function.__code__.co_name if source else ""
    nodes = [node for node in source.nodes if isinstance(node, ast.FunctionDef) and node.name == name] if source else []
    values = returned(nodes[-1]) if nodes else []
    callee = last_name(values[0].func) if len(values) == 1 and isinstance(values[0], ast.Call) else ""
    return [part.functions[callee] for part in recorder.program if callee in part.functions][:1] or nodes


def _of_own(recorder: Recorder, function: Any) -> Iterator[Conclusion]:
    """A function of the student's that returns nothing anywhere; what to return, as far as it can be told."""
    definitions = _definitions(recorder, function)
    if definitions and not any(map(gives, definitions)):
        name, ends = definitions[-1].name, returned(definitions[-1])
        source, lost = _source_of(recorder, function), _given_nothing(definitions[-1], ends[-1]) if ends else None
        if source and lost:
            yield "none-returned", elsewhere([(source, lost.lineno, _one_by_one(lost), ast.unparse(lost))])
        elif ends:
            model = "model" if isinstance(ends[-1].func.value, ast.Call) else unparsed(ends[-1].func.value)  # type: ignore[attr-defined]
            change = instead("; ".join(_calls_of(ends[-1], model)), f"return {ast.unparse(ends[-1])}")
            yield "none-returned", together(inserted(f"return {model}", name), change)
        else:
            yield "none-returned", returning(source, definitions[-1]) if source else {}


def _given_nothing(function: ast.FunctionDef, value: ast.expr) -> ast.Assign | None:
    """The statement of a function that gives what it returns the result of a method that has none."""
    lines = [part for part in own_parts(function) if isinstance(part, ast.Assign)]
    lines = [line for line in lines if unparsed(line.targets[0]) == unparsed(value)]
    last = max(lines, key=lambda line: line.lineno, default=None)
    return last if last is not None and _is_nothing(last.value) else None


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "attr", "") in ("compile", "summary")


def returns_nothing(recorder: Recorder, function: types.FunctionType) -> None:
    """A function of the exercise that builds a model and keeps it."""
    source = _source_of(recorder, function)
    if source is not None:
        recorder.explain(_of_own(recorder, function), source.location(function.__code__.co_firstlineno))


def gives(function: ast.FunctionDef) -> bool:
    """Whether it returns anything; `compile` gives nothing."""
    return not all(_is_nothing(value) or _given_nothing(function, value) for value in returned(function))


def _unknown_key(failed: Failed) -> Iterator[Conclusion]:
    """A key that a dict or a history has only nearly; or one that is asked of the object around the history."""
    node = failed.node(ast.Subscript)
    if node is None:
        return
    owner, key, text = failed.value(node.value), getattr(node.slice, "value", None), unparsed(node.value)
    if _is_history(owner):
        yield from _in_history(f"{text}.history", key, owner.history, unparsed(node))
    elif not isinstance(failed.error, KeyError) or not isinstance(owner, dict):
        return
    elif type(owner) is dict and "loss" in owner and isinstance(key, str):
        yield from _in_history(text, key, owner, unparsed(node))
    elif near := nearest(str(key), [*map(str, owner)]):
        yield "misspelt-name", instead(f"{text}[{near!r}]", unparsed(node))


def _in_history(owner: str, key: Any, history: Mapping[str, Any], old: str) -> Iterator[Conclusion]:
    """The entry that was meant; where there is none like it and one loss only, that."""
    keys = [str(entry) for entry in history]
    one_loss = not any(entry.endswith("_loss") for entry in keys) and not str(key).startswith("val_")
    near = nearest(str(key), keys) or ("loss" if one_loss else "")
    yield "history-entry", {"keys": keys[:12], **(instead(f"{owner}[{near!r}]", old) if near else {})}


# Files


def nothing_to_read(failed: Failed) -> Iterator[Conclusion]:
    """A file that is not here, a folder that nobody has made, or something that the internet would have."""
    error, call = failed.error, failed.node(ast.Call)
    words = message_of(error)
    if NO_NETWORK in words or (isinstance(error, OSError) and ADDRESS.search(words)):
        yield "no-network", {}
        return
    if missing := UNWRITTEN.search(words):
        yield "missing-file", _without_folder(missing[1])
        return
    path = path_not_found(error)
    unread = path != getattr(error, "filename", None)  # a library says so, in its own words
    if not path:
        return
    name = re.split(r"[\\/]", path)[-1]
    folder = os.path.dirname(os.path.normpath(path))
    if folder and not os.path.isdir(folder) and call is not None and writes(call):
        yield "missing-file", _without_folder(folder)
    elif os.path.isabs(path) and call is not None and unparsed(call.func).endswith("chdir"):
        yield "missing-file", _without_folder(path)
    elif ("." in name.strip(".") or (unread and name)) and not os.path.exists(path):
        yield "missing-file", {"name": name}


def _without_folder(folder: str) -> NoteValues:
    """Nobody can make just any folder of another machine."""
    return {"case": "elsewhere" if os.path.isabs(folder) else "folder", "folder": folder}


def writes(call: ast.Call) -> bool:
    """Whether a call makes a file, by its name, or by its mode."""
    name = unparsed(call.func).rpartition(".")[2]
    modes = [node.value for node in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode"))
             if isinstance(node, ast.Constant)]  # fmt: skip
    return name.startswith(("save", "to_", "imsave", "write")) or (
        name == "open" and any(set("wax") & set(str(mode)) for mode in modes)
    )


EXPLANATIONS: tuple[Rule, ...] = (
    unreadable,
    unknown_name,
    unknown_import,
    without_model,
    _missing_attribute,
    _unknown_key,
    nothing_to_read,
    joined,
    not_two_for_model,
    not_compiled,
    unknown_argument,
    _nothing_given,
    not_needed,
)
