"""Mistakes that can be read off the source, also where the program never gets so far: pattern, code, correction."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..recorder import NOWHERE, Recorder
from ..source.rewrite import corrected, instead
from ..source.statements import tree_of
from .old_keras import (
    OLD_CALLS,
    PUBLIC,
    SESSION,
    STILL_IN_TENSORFLOW,
    Context,
    Finding,
    full_name,
    imported_names,
    is_within,
    last_name,
    old_attributes,
    old_imports,
)

SHORT_INITIALIZERS = {"uniform": "random_uniform", "normal": "random_normal"}
NUMBERED = re.compile(r"(val_)?[a-z0-9_]*?(dense|activation|concatenate|lambda|add)_\d+_(loss|acc|accuracy|mse|mae)")
COLAB = "google.colab"
GENERATOR = ("keras.preprocessing.image.ImageDataGenerator", "keras.preprocessing.ImageDataGenerator")
BACKEND = re.compile(r"(?:tensorflow\.(?:compat\.v1\.)?)?keras\.backend\.(.+)")
OTHER, VARIABLE = "tf_keras", "TF_USE_LEGACY_KERAS"
LONGEST = 200  # of a text that is looked into
MERGE = "keras.layers.merge"  # a function of Keras 1, and a module of Keras 2


def imports(node: ast.AST, context: Context) -> Iterator[Finding]:
    merge_is_called = MERGE in context.called
    if isinstance(node, ast.ImportFrom) and merge_is_called and any(alias.name == "merge" for alias in node.names):
        return
    yield from old_imports(node)


def attributes(node: ast.AST, context: Context) -> Iterator[Finding]:
    called = MERGE in context.called and isinstance(node, ast.Attribute) and full_name(node, context.names) == MERGE
    if not called:
        yield from old_attributes(node, context.names)


def colab(node: ast.AST, context: Context) -> Iterator[Finding]:
    if any(is_within(module, COLAB) for module in _modules_of(node)):
        yield "google-colab", {}


def other_keras(node: ast.AST, context: Context) -> Iterator[Finding]:
    """Keras 2, under the name that it has today, or asked for in place of Keras 3."""
    if any(is_within(module, OTHER) for module in _modules_of(node)):
        old = ast.unparse(node)
        new = old.replace(f"{OTHER} as keras", "keras").replace(OTHER, "keras")
        yield "other-keras", instead(new + (f" as {OTHER}" if old == f"import {OTHER}" else ""), old)
    elif isinstance(node, ast.Constant) and VARIABLE in str(node.value)[:LONGEST]:
        yield "other-keras", {"case": "variable", "name": VARIABLE}


def image_generator(node: ast.AST, context: Context) -> Iterator[Finding]:
    """What Keras 2 read pictures with: `tensorflow.keras` still has it."""
    if set(GENERATOR) & set(_names_in(node, context)):
        yield "image-generator", {}


def session(node: ast.AST, context: Context) -> Iterator[Finding]:
    """What Keras 2 told TensorFlow about its session."""
    parts = [found[1].split(".") for name in _names_in(node, context) if (found := BACKEND.match(name))]
    if any(SESSION.intersection(names) for names in parts):
        yield "keras2-session", {}


def _names_in(node: ast.AST, context: Context) -> list[str]:
    """The full names that an import or an attribute stands for."""
    return [full_name(node, context.names)] if isinstance(node, ast.Attribute) else _modules_of(node)


def _two_kerases(node: ast.AST, context: Context) -> Iterator[Finding]:
    """Imports from `keras` and from `tensorflow.keras` in one program: told once, at the second kind."""
    for module in _modules_of(node):
        kind = next((one for one in (PUBLIC, "keras") if is_within(module, one)), "")
        if not kind:
            continue
        context.first(f"imports {kind}")
        both = {f"imports {PUBLIC}", "imports keras"} <= context.once
        if both and context.first("keras and tensorflow.keras"):
            old = ast.unparse(node)
            if module.removeprefix("tensorflow.").startswith(STILL_IN_TENSORFLOW):
                yield "keras-and-tf-keras", {}  # `keras` may lack it
                continue
            new = old.replace(f"from {PUBLIC}", "from keras").replace("from tensorflow import keras", "import keras")
            new = _of_today(new.replace(f"import {PUBLIC}", "import keras"))
            yield "keras-and-tf-keras", instead(new, old) if new not in ("", old) else {}


def _of_today(line: str) -> str:
    """An import without names of Keras 2; nothing where that takes more than one line."""
    found = [said for _, said in old_imports(ast.parse(line).body[0])]
    if not found:
        return line
    return str(found[0]["new"]) if len(found) == 1 and found[0]["old"] == line else ""


def _modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def initializer(call: ast.Call, context: Context) -> Iterator[Finding]:
    """One initializer under two names; a program that keeps to one of them needs no word about it."""
    for keyword in call.keywords:
        name = text_of(keyword.value)
        long = SHORT_INITIALIZERS.get(name, name)
        if long in SHORT_INITIALIZERS.values() and keyword.arg and keyword.arg.endswith("_initializer"):
            context.once.add(f"initializer {name}")
            short = next(one for one, other in SHORT_INITIALIZERS.items() if other == long)
            if {f"initializer {short}", f"initializer {long}"} <= context.once and context.first(f"both of {long}"):
                yield "initializer-alias", instead(f"{keyword.arg}='{long}'", f"{keyword.arg}='{short}'")


def seed(call: ast.Call, context: Context) -> Iterator[Finding]:
    if full_name(call.func, context.names) == "numpy.random.seed" and "set_random_seed" not in context.called:
        yield "numpy-seed", corrected(context.written(call), {}, "keras.utils.set_random_seed")


def _history_key(node: ast.AST, context: Context) -> Iterator[Finding]:
    """A key of `history.history` that holds the number of a layer without a name."""
    key = text_of(node.slice) if isinstance(node, ast.Subscript) else ""
    if isinstance(node, ast.Subscript) and (match := NUMBERED.fullmatch(key)):
        owner = ast.unparse(node.value)
        said = {"example": f"{owner}['{match[1] or ''}sine_{match[3]}']"}
        measured = match[3] == "loss" or "metrics" in context.keywords
        yield "history-key", said if measured else {"case": "metric", **said}


def text_of(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


ON_NODES: tuple[Callable[[ast.AST, Context], Iterator[Finding]], ...] = (
    imports,
    attributes,
    colab,
    other_keras,
    image_generator,
    session,
    _two_kerases,
    _history_key,
)
ON_CALLS: tuple[Callable[[ast.Call, Context], Iterator[Finding]], ...] = (
    *OLD_CALLS,
    initializer,
    seed,
)


def on_sources(recorder: Recorder, texts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Note what can be read off sources that belong together; each with the location before its first line."""
    trees = []
    for text, location in texts:
        try:
            trees.append((tree_of(text), text, location))
        except (ValueError, RecursionError):
            continue
    names = imported_names(tree for tree, _, _ in trees)
    calls = [node for tree, _, _ in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    context = Context(names, {full_name(call.func, names) for call in calls} | {last_name(call) for call in calls})
    context.keywords = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}
    for tree, context.text, location in trees:
        for node in walk(tree):
            for code, said in _found_in(node, context):
                recorder.note(code, said, {**location, "line": node.lineno + (location["line"] or 0)})


def on_helpers(recorder: Recorder) -> None:
    """The same for modules beside the entry, as far as something happened in them."""
    for source in list(recorder.sources.known.values()):
        if source.cell is None and source.name not in ("", recorder.job["entry"]):
            on_sources(recorder, [(source.text, {**NOWHERE, "file": source.name})])


def walk(tree: ast.AST) -> Iterator[Any]:
    """Nodes that have a line, from the first line to the last; of a dotted name, only the whole."""
    nodes: list[Any] = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    inner = {
        id(node.value) for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    yield from sorted(
        (node for node in nodes if id(node) not in inner), key=lambda node: (node.lineno, node.col_offset)
    )


def _found_in(node: ast.AST, context: Context) -> Iterator[Finding]:
    for pattern in ON_NODES:
        yield from pattern(node, context)
    if isinstance(node, ast.Call):
        for on_call in ON_CALLS:
            yield from on_call(node, context)
