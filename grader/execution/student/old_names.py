"""Imports and dotted names of older Keras in a source, and what they are called today."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import groupby

from .rewrite import Said, instead
from .shim import ELSEWHERE, MOVED, RENAMED, modern_homes

Finding = tuple[str, Said]
Renamed = tuple[str, str]  # a code, and today's name

# Names without a second life: what is written today takes other arguments, or gives other results.
GONE = {
    "keras.layers.Merge": "keras.layers.Concatenate",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.preprocessing.image.ImageDataGenerator": "keras.utils.image_dataset_from_directory",
    "keras.preprocessing.text.Tokenizer": "keras.layers.TextVectorization",
    "keras.wrappers.scikit_learn.KerasClassifier": "keras.wrappers.SKLearnClassifier",
    "keras.wrappers.scikit_learn.KerasRegressor": "keras.wrappers.SKLearnRegressor",
}
# What `tensorflow.keras` still has under its old name.
STILL_IN_TENSORFLOW = ("keras.losses.", "keras.metrics.", "keras.preprocessing.")
PRIVATE = "tensorflow.python.keras"
PUBLIC = "tensorflow.keras"
MODELS = ("Model", "Sequential")


def imported_names(trees: Iterable[ast.AST]) -> dict[str, str]:
    """What each imported name stands for, in full: `tf` for `tensorflow`, `Dense` for `keras.layers.Dense`."""
    names: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def full_name(node: ast.expr, names: dict[str, str]) -> str:
    """`tensorflow.keras.layers.Dense` for `tf.keras.layers.Dense`; nothing where the first name is not imported."""
    text = ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
    first, _, rest = text.partition(".")
    return ".".join(part for part in (names.get(first, ""), rest) if part) if first in names else ""


def renamed(full: str) -> Renamed | None:
    """The code that an old name falls under, and today's name."""
    if is_within(full, PRIVATE):
        public = "keras" + full.removeprefix(PRIVATE)
        return "tensorflow-python-keras", (renamed(public) or ("", public))[1]
    prefix = "tensorflow." if is_within(full, PUBLIC) else ""
    name = full.removeprefix(prefix)
    if not is_within(name, "keras") or (prefix and name.startswith(STILL_IN_TENSORFLOW)):
        return None
    found = moved(name) or second_name(name) or gone(name)
    return found and (found[0], prefix + found[1])


def is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def moved(name: str) -> Renamed | None:
    if elsewhere := ELSEWHERE.get(name.removeprefix("keras.")):
        return "keras2-import", f"keras.{elsewhere}"
    for module in sorted(MOVED, key=len, reverse=True):
        if is_within(name, f"keras.{module}"):
            rest = name.removeprefix(f"keras.{module}")
            homes = modern_homes(f"keras.{module}")
            home = "keras.models" if "keras.models" in homes and rest[1:] in MODELS else homes[0]
            return "keras2-import", home + rest
    return None


def second_name(name: str) -> Renamed | None:
    module, _, last = name.rpartition(".")
    new = RENAMED.get(module.removeprefix("keras."), {}).get(last)
    return ("keras2-name", f"{module}.{new}") if new else None


def gone(name: str) -> Renamed | None:
    for old, new in GONE.items():
        if is_within(name, old):
            return "keras1-merge" if old.endswith(".Merge") else "keras2-removed", new + name.removeprefix(old)
    return None


def old_imports(node: ast.AST) -> Iterator[Finding]:
    """An import statement, put as it is written today: names that go to one home stay together."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if found := renamed(alias.name):
                yield found[0], instead(str_import(found[1], alias.asname), str_import(alias.name, alias.asname))
    if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
        return
    found_all = [(alias, renamed(f"{node.module}.{alias.name}")) for alias in node.names]
    moves = [(alias, *found, found[1].rpartition(".")[0]) for alias, found in found_all if found]
    for (code, home), group in groupby(moves, key=lambda move: (move[1], move[3])):
        together = list(group)
        old = ", ".join(ast.unparse(alias) for alias, *_ in together)
        new = ", ".join(str_alias(full.rpartition(".")[2], alias) for alias, _, full, _ in together)
        yield code, instead(f"from {home} import {new}", f"from {node.module} import {old}")


def str_import(module: str, alias: str | None) -> str:
    return f"import {module}" + (f" as {alias}" if alias else "")


def str_alias(name: str, alias: ast.alias) -> str:
    """Under the name that the rest of the program uses."""
    wanted = alias.asname or alias.name
    return name if name == wanted else f"{name} as {wanted}"


def old_attributes(node: ast.AST, names: dict[str, str]) -> Iterator[Finding]:
    """A dotted name such as `keras.losses.mse`; one whose first part was imported under an old name is told there."""
    if not isinstance(node, ast.Attribute):
        return
    found = renamed(full_name(node, names))
    old = ast.unparse(node)
    first = old.partition(".")[0]
    if found and not renamed(names[first]):
        base = names[first]
        new = first + found[1].removeprefix(base) if is_within(found[1], base) else found[1]
        yield found[0], instead(new, old)
