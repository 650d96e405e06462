"""What the settings of a course say: its title, defaults for all its assignments, and its own layer classes.

The file of these classes is read without running it: the trainer alone does that.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.assignments.validation import validated
from grader.domain import NO_LAYERS, CourseLayers, LayerClass
from grader.domain.words import suggestion
from grader.errors import InvalidAssignment
from grader.graph.reading.catalogue import IGNORED, LAYERS
from grader.graph.reading.declared import fields_of
from grader.graph.reading.parameters import Refused
from grader.submissions.companions import problem_of_name


class Layers(BaseModel):
    """Layer classes of the course. The file is trusted, runs in the trainer, and is next to each submission."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str = Field(description="module next to the settings, such as `layers.py`")
    classes: list[str] = Field(min_length=1, description="names of its classes that networks may contain")


class SettingsFile(BaseModel):
    """A grader.toml, or the table `[tool.grader]`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")
    companions: list[str] = Field(
        [],
        description="files and folders that go along with each submission, in the course or next to the submissions",
    )
    layers: Layers | None = Field(None, description="layer classes of the course: `file` and `classes`")


@dataclass(frozen=True)
class Settings:
    """What a course says: what assignments take that say nothing else, its own layers, and names of companions."""

    title: str
    defaults: Mapping[str, Any]
    layers: CourseLayers
    companions: tuple[str, ...]


def read_settings(table: dict[str, Any], path: Path, inside: str) -> Settings:
    """The settings of a course.

    `table` is what the file at `path` has under the key `inside`, or all of it. Raises `InvalidAssignment`.
    """
    found = validated(SettingsFile, table, path, inside)
    try:
        layers = read_layers(path.parent, found.layers.file, found.layers.classes) if found.layers else NO_LAYERS
    except InvalidAssignment as error:
        raise InvalidAssignment(f"{path}: {f'{inside}.' if inside else ''}layers.{error}") from None
    for name in found.companions:
        if problem := problem_of_name(name):
            raise InvalidAssignment(f"{path}: {f'{inside}.' if inside else ''}companions: {name!r}: {problem}")
    defaults = {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}
    return Settings(found.title, defaults, layers, tuple(found.companions))


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
