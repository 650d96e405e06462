"""Calls that failed, and why: concluded from what they called, and from what their names stand for."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any

from ..recorder import Recorder
from ..source.rewrite import (
    Finding,
    Said,
    Written,
    call_of_error,
    corrected,
    instead,
    list_of,
    nearest,
    resolved,
    spelled_part,
    unparsed,
)
from ..source.statements import tree_of

# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")
MERGING = ("add", "subtract", "multiply", "average", "maximum", "minimum")
# The words of Keras for a list of tensors, and for anything else than a number of units.
ONE_WANTED = re.compile(r"expects 1 input\(s\), but it received \d+")
NO_INTEGER = re.compile(r"`units`, expected a positive integer\. Received: units=[1-9]\d*(\.0)?$")
# What Keras has under another name, and functions of which `keras.layers` has one that takes a list.
OF_TENSORFLOW = {
    "concat": "layers.concatenate", "reduce_max": "ops.max", "reduce_mean": "ops.mean", "reduce_min": "ops.min",
    "reduce_sum": "ops.sum", "pow": "ops.power",
}  # fmt: skip
ELEMENTWISE = (*MERGING, "dot")
# Arguments that had another name before Keras 2, or before Keras 3.
OF_OLDER_KERAS = {
    "border_mode": "padding", "init": "kernel_initializer", "input": "inputs", "lr": "learning_rate",
    "nb_epoch": "epochs", "nb_filter": "filters", "output": "outputs", "output_dim": "units", "p": "rate",
    "subsample": "strides",
}  # fmt: skip
MOST_SHOWN = 90  # characters of an argument that is shown as a whole


@dataclass(frozen=True)
class FailedCall:
    """A call that failed, and what was called."""

    recorder: Recorder
    call: Written
    function: Any
    error: BaseException

    @property
    def keras(self) -> Any:
        return self.recorder.keras

    @property
    def is_layer(self) -> bool:
        """Whether a layer was being created."""
        kind = self.function
        return (
            isinstance(kind, type)
            and issubclass(kind, self.keras.layers.Layer)
            and not issubclass(kind, self.keras.Model)
        )

    def is_tensor(self, node: ast.expr) -> bool:
        return isinstance(self.value(node), self.keras.KerasTensor)

    def value(self, node: ast.expr | None) -> Any:
        return resolved(node, self.call.frame)

    def of_keras(self, function: str, argument: str = "") -> str:
        """A function of Keras by the name that Keras has here."""
        return f"{name_of_keras(self.call.frame) or 'keras'}.{function}{argument}"

    def case(self) -> Said:
        """Where Keras has no name yet, it must be imported, too."""
        return {} if name_of_keras(self.call.frame) else {"case": "import"}


def failed_call(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """Why the call failed that the innermost of the student's frames was making, by the first rule that knows."""
    call = call_of_error(recorder.sources, error)
    if call is not None and recorder.keras is not None:
        failed = FailedCall(recorder, call, resolved(call.node.func, call.frame), error)
        yield from islice((found for rule in RULES for found in rule(failed)), 1)


def name_of_keras(frame: FrameType | None) -> str:
    scope: Any = frame.f_globals if frame else {}
    return next((name for name, value in scope.items() if value is sys.modules.get("keras")), "")


def _tensors_in_a_row(failed: FailedCall) -> Iterator[Finding]:
    """`concatenate(a, b)`, where one list is wanted."""
    node, args = failed.call.node, failed.call.node.args
    if not _joins(failed) or len(args) < 2 or isinstance(args[0], (ast.List, ast.Tuple)):
        return
    if all(isinstance(one, ast.Call) or failed.is_tensor(one) for one in args):
        parts = ", ".join([list_of(map(unparsed, args)), *map(ast.unparse, node.keywords)])
        yield "merge-needs-list", instead(f"{failed.call.function}({parts})", unparsed(node))


def _joins(failed: FailedCall) -> bool:
    """Whether a call is one of `concatenate`, `add` and their kin, or of such a layer."""
    base = importlib.import_module("keras.src.layers.merging.base_merge").Merge
    inner = failed.call.node.func
    made = failed.value(inner.func) if isinstance(inner, ast.Call) else None
    if isinstance(made, type) and issubclass(made, base):
        return True
    home = str(getattr(failed.function, "__module__", ""))
    return isinstance(failed.function, base) or home.startswith("keras.src.layers.merging")


def _tensor_as_setting(failed: FailedCall) -> Iterator[Finding]:
    """`Dense(20, x)`, where `Dense(20)(x)` is meant."""
    node = failed.call.node
    parts: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    values = [one.value if isinstance(one, ast.keyword) else one for one in parts]
    tensors = [number for number, value in enumerate(values) if failed.is_tensor(value)]
    if failed.is_layer and len(tensors) == 1:
        settings = ", ".join(ast.unparse(one) for number, one in enumerate(parts) if number != tensors[0])
        new = f"{failed.call.function}({settings})({unparsed(values[tensors[0]])})"
        yield "tensor-as-setting", instead(new, unparsed(node))


def _tensor_called(failed: FailedCall) -> Iterator[Finding]:
    """`shared(left)`, where `shared` is what a layer gave."""
    if isinstance(failed.function, failed.keras.KerasTensor):
        yield "tensor-called", {"name": failed.call.function}


def _not_two_for_model(failed: FailedCall) -> Iterator[Finding]:
    """`Model([i, h, o])` and `Model(i, h, o)`, where `Model(i, o)` is meant."""
    node, model = failed.call.node, failed.keras.Model
    ends = [one.value for one in node.keywords if one.arg in ("inputs", "outputs")]
    others = [one for one in node.keywords if one.value not in ends]
    own = isinstance(failed.function, type) and issubclass(failed.function, model)
    if not own or failed.function.__init__ is not model.__init__:
        return
    if any(one.arg != "name" for one in others) or len(node.args) + len(ends) == 2:
        return
    given = [one for value in (*node.args, *ends) for one in (value.elts if isinstance(value, ast.List) else [value])]
    inputs = [
        unparsed(one)
        for one in given
        if _holds(failed, one, lambda layer: isinstance(layer, failed.keras.layers.InputLayer))
    ]
    outputs = [unparsed(one) for one in given if _holds(failed, one, lambda layer: not layer._outbound_nodes)]
    outputs = [one for one in outputs if one not in inputs]
    if not inputs or not outputs:
        yield "model-arguments", {}
        return
    parts = [one[0] if len(one) == 1 else list_of(one) for one in (inputs, outputs)]
    new = ", ".join([*parts, *map(ast.unparse, others)])
    yield "model-arguments", instead(f"{failed.call.function}({new})", unparsed(node))


def _holds(failed: FailedCall, node: ast.expr, holds: Callable[[Any], bool]) -> bool:
    """Whether a name stands for a tensor, or for a list of them, all of them of such layers."""
    value = failed.value(node)
    tensors = value if isinstance(value, (list, tuple)) and value else [value]
    return all(isinstance(one, failed.keras.KerasTensor) and holds(one._keras_history.operation) for one in tensors)


def _other_library(failed: FailedCall) -> Iterator[Finding]:
    """`np.concatenate([a, b])` and `tf.concat([a, b], axis=1)`, where the tensors are a network's."""
    home = str(getattr(failed.function, "__module__", None) or type(failed.function).__module__)
    library, args = home.partition(".")[0], failed.call.node.args
    tensors = [one for arg in args for one in ast.walk(arg) if isinstance(one, ast.expr) and failed.is_tensor(one)]
    if library in ("numpy", "tensorflow", "math") and callable(failed.function) and tensors:
        new = _name_in_keras(failed, library)
        yield "other-library", {**failed.case(), **instead(failed.of_keras(new), failed.call.function)} if new else {}


def _name_in_keras(failed: FailedCall, library: str) -> str:
    """What does the same with tensors; of a pair of them, as NumPy takes it, and not of a list."""
    name, first = failed.call.function.rpartition(".")[2], failed.call.node.args[0]
    if library == "tensorflow" and name in OF_TENSORFLOW:
        return OF_TENSORFLOW[name]
    homes = ("ops",) if name in ELEMENTWISE and not isinstance(first, (ast.List, ast.Tuple)) else ("layers", "ops")
    return next((f"{one}.{name}" for one in homes if hasattr(getattr(failed.keras, one), name)), "")


def _list_of_tensors(failed: FailedCall) -> Iterator[Finding]:
    """`Dense(32)([a, b])`, or of a variable that holds such a list."""
    args = failed.call.node.args
    if len(args) != 1 or not ONE_WANTED.search(str(failed.error)):
        return
    written = args[0].elts if isinstance(args[0], (ast.List, ast.Tuple)) else None
    values = failed.value(args[0]) if written is None else list(map(failed.value, written))
    several = isinstance(values, (list, tuple)) and len(values) > 1
    if several and all(isinstance(one, failed.keras.KerasTensor) for one in values):
        joined = failed.of_keras("layers.concatenate", f"({unparsed(args[0])})")
        yield "list-for-tensor", {**failed.case(), **corrected(failed.call, {0: joined})}


def _no_integer(failed: FailedCall) -> Iterator[Finding]:
    """`Dense("32")`, and `Dense(np.prod(shape))`, which NumPy's own kind of number is."""
    key = failed.call.key(0, "units")
    if failed.is_layer and key is not None and NO_INTEGER.search(str(failed.error)):
        text = unparsed(failed.call.parts[key])
        digits = text.strip("'\"").strip()
        number = digits if digits.isdecimal() else f"int({text})"
        yield "units-no-integer", corrected(failed.call, {key: spelled_part(key, number)})


def _small_letters(failed: FailedCall) -> Iterator[Finding]:
    """`input(shape=(1,))`, where `Input` is meant."""
    node, scope = failed.call.node.func, failed.call.frame.f_globals if failed.call.frame else {}
    if isinstance(node, ast.Name) and node.id not in scope:
        alike = [name for name in scope if name.lower() == node.id.lower()]
        if near := next((one for one in alike if str(getattr(scope[one], "__module__", "")).startswith("keras.")), ""):
            yield "misspelt-name", instead(near, node.id)


def _unknown_argument(failed: FailedCall) -> Iterator[Finding]:
    """A keyword that the function does not take, also one out of a dict that is unpacked."""
    call, takes = failed.call, _arguments_of(failed) if isinstance(failed.error, (TypeError, ValueError)) else []
    given = {**{one.arg: one for one in call.node.keywords if one.arg}, **_unpacked(failed)}
    unknown = [one for one in given if takes and one not in takes]
    meant = {name: _meant_argument(name, takes) for name in unknown if not _method_that_takes(failed, name)}
    if len(unknown) > 1 and all(meant.get(name) and name in call.parts for name in unknown):
        changes = {name: f"{near}={unparsed(call.parts[name])}" for name, near in meant.items()}
        yield "argument-unknown", {"function": call.function, "argument": unknown[0], **corrected(call, changes)}
    for name in unknown:
        about, written = {"function": call.function, "argument": name}, given[name]
        value = unparsed(written.value) if len(unparsed(written.value)) < MOST_SHOWN else "…"
        if other := _method_that_takes(failed, name):
            method = f"{call.function.rpartition('.')[0]}.{other}"
            about |= {"case": "elsewhere", "other": other, "part": f"{name}={value}", "method": method}
            yield "argument-unknown", {**about, **corrected(call, {name: None})}
        elif near := _meant_argument(name, takes):
            new, old = f"{near}={value}", f"{name}={value}"
            if isinstance(written, Entry):
                new, old = f"'{near}': {value}", f"'{name}': {value}"
            yield "argument-unknown", {**about, **instead(new, old)}
        else:
            yield "argument-unknown", {**about, "case": "list", "taken": takes[:6]}


def _meant_argument(name: str, takes: Sequence[str]) -> str:
    """What an older Keras called so, or else what is nearest to it."""
    today = OF_OLDER_KERAS.get(name, "")
    return today if today in takes else nearest(name, takes) or next((one for one in takes if name in one), "")


@dataclass(frozen=True)
class Entry:
    """An entry of a dict in the source."""

    value: ast.expr


def _unpacked(failed: FailedCall) -> dict[Any, ast.keyword | Entry]:
    """Where the arguments of `**settings` are written: as entries of a dict, or as keywords of `dict`."""
    found: dict[Any, ast.keyword | Entry] = {}
    source = failed.recorder.sources.find(failed.call.frame.f_code.co_filename) if failed.call.frame else None
    for settings in (failed.value(one.value) for one in failed.call.node.keywords if one.arg is None):
        for node in ast.walk(tree_of(source.text)) if source and isinstance(settings, dict) else ():
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                written: dict[Any, ast.keyword | Entry] = {
                    getattr(key, "value", None): Entry(one) for key, one in pairs
                }
            elif isinstance(node, ast.Call) and unparsed(node.func) == "dict":
                written = {one.arg: one for one in node.keywords}
            else:
                continue
            found |= {key: one for key, one in written.items() if key in settings}
    return found


def _method_that_takes(failed: FailedCall, argument: str) -> str:
    """The method of a model that an argument belongs to, where it was given to another one of the same model."""
    owner = getattr(failed.function, "__self__", None)
    if not isinstance(owner, failed.keras.Model):
        return ""
    methods = ("compile", "fit", "evaluate", "predict")
    return next((one for one in methods if argument in inspect.signature(getattr(owner, one)).parameters), "")


def _arguments_of(failed: FailedCall) -> list[str]:
    """The names that a function takes; empty where it takes any."""
    function, keras = failed.function, failed.keras
    if function is keras.Model:
        return ["inputs", "outputs", "name"]
    if not callable(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        home = str(getattr(function, "__module__", ""))
        if not isinstance(function, type) or not home.startswith("keras."):
            return []
        return [*names, *OF_LAYERS] if issubclass(function, keras.layers.Layer) else names
    return names


RULES: tuple[Callable[[FailedCall], Iterator[Finding]], ...] = (
    _tensors_in_a_row,
    _tensor_as_setting,
    _tensor_called,
    _not_two_for_model,
    _other_library,
    _list_of_tensors,
    _no_integer,
    _small_letters,
    _unknown_argument,
)
