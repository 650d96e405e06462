"""The layer classes that a course declares, read from its file without running it: the trainer alone does that."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from grader.domain import CourseLayers, LayerClass
from grader.domain.words import suggestion
from grader.errors import InvalidAssignment
from grader.graph.reading.catalogue import IGNORED, LAYERS
from grader.graph.reading.declared import fields_of
from grader.graph.reading.parameters import Refused


def read_layers(root: Path, name: str, classes: Sequence[str]) -> CourseLayers:
    """The classes of a file of the course. Raises `InvalidAssignment`, without the place, for what cannot be used."""
    path = root / name
    if Path(name).name != name or path.suffix != ".py" or not path.stem.isidentifier():
        raise InvalidAssignment(f"file: expected the name of a module next to the settings, found {name!r}")
    try:
        source = path.read_bytes()
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidAssignment(f"file: {path} cannot be read: {error}") from None
    found = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for kind in classes:
        if kind in LAYERS or kind == "InputLayer":
            raise InvalidAssignment(f"classes: Keras has a layer `{kind}`; give the class of the course another name")
        if kind not in found:
            raise InvalidAssignment(f"classes: {name} has no class `{kind}`. {suggestion(kind, found)}")
    declared = {kind: _read_class(found[kind]) for kind in classes}
    return CourseLayers(path.resolve(), hashlib.sha256(source).hexdigest(), declared)


def _read_class(node: ast.ClassDef) -> LayerClass:
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    is_described = "get_config" in methods
    if "__init__" not in methods:
        return LayerClass(is_described=is_described)
    given = methods["__init__"].args
    named = given.args[1:]  # without self
    pairs = list(zip(reversed(named), reversed(given.defaults), strict=False))
    pairs += [(one, value) for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value]
    names = tuple(one.arg for one in (*named, *given.kwonlyargs))
    return LayerClass(names, _usable(names, {one.arg: value for one, value in pairs}), is_described)


def _usable(names: tuple[str, ...], written: Mapping[str, ast.expr]) -> dict[str, Any]:
    """The defaults that are literals, of a kind that a config can have."""
    found = {}
    for name in set(names) & set(written) - IGNORED:
        with suppress(ValueError, Refused):
            value = ast.literal_eval(written[name])
            fields_of(LayerClass((name,), {name: value}))
            found[name] = value
    return found
