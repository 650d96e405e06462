"""Names, imports and calls of Keras 2: made to work again where they mean the same, with today's spelling.

What changes results or the way of calling is not here: it fails as it does in any Keras 3, and a note explains it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ..source.rewrite import Finding, Written, corrected, instead
from ..source.statements import last_name

LAYERS = (
    "merge",
    "core",
    "convolutional",
    "normalization",
    "advanced_activations",
    "recurrent",
    "pooling",
    "embeddings",
    "noise",
    "wrappers",
    "convolutional_recurrent",
    "local",
    "cudnn_recurrent",
)
ENGINE = ("layers", "models", "")
MOVED: dict[str, tuple[str, ...]] = {
    **{f"layers.{name}": ("layers",) for name in LAYERS},
    "engine": ENGINE,
    "engine.topology": ENGINE,
    "engine.training": ENGINE,
    "engine.base_layer": ENGINE,
    "engine.input_layer": ENGINE,
    **{f"utils.{name}": ("utils",) for name in ("data_utils", "generic_utils", "io_utils", "layer_utils", "np_utils")},
    "utils.vis_utils": ("utils",),
    "objectives": ("losses",),
    "layers.experimental": ("layers",),
    "layers.experimental.preprocessing": ("layers",),
}
# Names that another module of Keras has today.
ELSEWHERE = {"models.Input": "layers.Input"}
PREFIXES = ("tensorflow.keras.", "keras.")

ERRORS = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
ERRORS |= {short.upper(): name for short, name in ERRORS.items()}
OPTIMIZERS = ("Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop", "SGD")
# Second names of the same function or class, by module of Keras.
RENAMED: dict[str, dict[str, str]] = {
    "losses": ERRORS,
    "metrics": ERRORS,
    "optimizers": {name.lower(): name for name in OPTIMIZERS},
    "initializers": {"uniform": "RandomUniform", "normal": "RandomNormal"},
}
Renamed = tuple[str, str]  # a code, and today's name
# Names without a second life: what is written today takes other arguments, or gives other results.
GONE = {
    "keras.layers.Merge": "keras.layers.Concatenate",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.preprocessing.text.Tokenizer": "keras.layers.TextVectorization",
    "keras.wrappers.scikit_learn.KerasClassifier": "keras.wrappers.SKLearnClassifier",
    "keras.wrappers.scikit_learn.KerasRegressor": "keras.wrappers.SKLearnRegressor",
}
# What `tensorflow.keras` still has under its old name.
STILL_IN_TENSORFLOW = ("keras.backend.", "keras.losses.", "keras.metrics.", "keras.preprocessing.")
PRIVATE = "tensorflow.python.keras"
PUBLIC = "tensorflow.keras"
FACES = ("keras", "keras._tf_keras.keras")
MODELS = ("Model", "Sequential")


def modern_homes(module: str) -> tuple[str, ...]:
    """Where the names of a module of Keras 2 live today; empty for any other module."""
    for prefix in PREFIXES:
        if module.startswith(prefix):
            homes = MOVED.get(module.removeprefix(prefix), ())
            return tuple((prefix + home).rstrip(".") for home in homes)
    return ()


def imported_names(trees: Iterable[ast.AST]) -> dict[str, str]:
    """What each imported name stands for, in full: `tf` for `tensorflow`, `Dense` for `keras.layers.Dense`."""
    names: dict[str, str] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
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
        return "other-keras", (renamed(public) or ("", public))[1]
    prefix = "tensorflow." if is_within(full, PUBLIC) else ""
    name = full.removeprefix(prefix)
    if not is_within(name, "keras") or (prefix and name.startswith(STILL_IN_TENSORFLOW)):
        return None
    found = moved(name) or _second_name(name) or gone(name)
    return found and (found[0], prefix + found[1])


def is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def moved(name: str) -> Renamed | None:
    if elsewhere := ELSEWHERE.get(name.removeprefix("keras.")):
        return "keras2-spelling", f"keras.{elsewhere}"
    for module in sorted(MOVED, key=len, reverse=True):
        if is_within(name, f"keras.{module}"):
            rest = name.removeprefix(f"keras.{module}")
            homes = modern_homes(f"keras.{module}")
            home = "keras.models" if "keras.models" in homes and rest[1:] in MODELS else homes[0]
            return "keras2-spelling", home + rest
    return None


def _second_name(name: str) -> Renamed | None:
    module, _, last = name.rpartition(".")
    new = RENAMED.get(module.removeprefix("keras."), {}).get(last)
    return ("keras2-spelling", f"{module}.{new}") if new else None


def gone(name: str) -> Renamed | None:
    for old, new in GONE.items():
        if is_within(name, old):
            return "keras2-removed", new + name.removeprefix(old)
    return None


@dataclass
class Context:
    """What one cell needs to know of the others: imports, and which functions are called."""

    names: dict[str, str]
    called: set[str]
    text: str = ""

    def written(self, node: ast.Call) -> Written:
        return Written(node, ast.get_source_segment(self.text, node) or ast.unparse(node))


def old_imports(node: ast.AST, context: Context) -> Iterator[Finding]:
    """An import statement, put as it is written today: names that go to one home stay together."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if found := renamed(alias.name):
                yield found[0], instead(_str_import(found[1], alias.asname), _str_import(alias.name, alias.asname))
    if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
        return
    full = [(alias, f"{node.module}.{alias.name}") for alias in node.names]
    moves = [(alias, *found, found[1].rpartition(".")[0]) for alias, name in full if (found := renamed(name))]
    for (code, home), group in groupby(moves, key=lambda move: (move[1], move[3])):
        together = list(group)
        old = ", ".join(ast.unparse(alias) for alias, *_ in together)
        new = ", ".join(_str_alias(full.rpartition(".")[2], alias) for alias, _, full, _ in together)
        yield code, instead(f"from {home} import {new}".removeprefix("from  "), f"from {node.module} import {old}")


def _str_import(module: str, alias: str | None) -> str:
    return f"import {module}" + (f" as {alias}" if alias else "")


def _str_alias(name: str, alias: ast.alias) -> str:
    """Under the name that the rest of the program uses."""
    wanted = alias.asname or alias.name
    return name if name == wanted else f"{name} as {wanted}"


def old_attributes(node: ast.AST, context: Context) -> Iterator[Finding]:
    """A dotted name such as `keras.losses.mse`; one whose first part was imported under an old name is told there."""
    if not isinstance(node, ast.Attribute):
        return
    full = full_name(node, context.names)
    found = renamed(full)
    old = ast.unparse(node)
    first = old.partition(".")[0]
    if found and not renamed(context.names[first]):
        base = context.names[first]
        new = first + found[1].removeprefix(base) if is_within(found[1], base) else found[1]
        yield found[0], instead(new, old)


def class_name(call: ast.Call, context: Context) -> str:
    """The name that Keras has for what is called, whatever it was imported as; none for what is of another package."""
    full = full_name(call.func, context.names)
    return (
        full.rpartition(".")[2] if full.startswith(("keras.", "tensorflow.")) else "" if full else last_name(call.func)
    )


def optimizer(call: ast.Call, context: Context) -> Written | None:
    return context.written(call) if class_name(call, context).lower() in map(str.lower, OPTIMIZERS) else None


def learning_rate(call: ast.Call, context: Context) -> Iterator[Finding]:
    written = optimizer(call, context)
    rate = written.parts.get("lr") if written else None
    if written and rate is not None:
        yield "keras2-removed", corrected(written, {"lr": f"learning_rate={ast.unparse(rate)}"})
