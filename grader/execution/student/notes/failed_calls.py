"""Calls that failed, and why: concluded from what they called, and from what they were given."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..recorder import Recorder
from ..source.flows import passed
from ..source.places import Source, Spot, in_words
from ..source.rewrite import ArgumentKey, Conclusion, Written, corrected, in_two_brackets, instead, list_of, unparsed
from ..source.statements import last_name

# The words of Keras for a list of tensors.
ONE_WANTED = re.compile(r"expects 1 input\(s\), but it received [1-9]")
# What TensorFlow calls otherwise.
IN_KERAS_OPS = {"concat": "concatenate", "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max"}


@dataclass(frozen=True, kw_only=True)
class Failed(Spot):
    """The innermost of the student's frames when an error was raised.

    The running `cell`, if there is one; and what the function was given in which Keras raised it, where that is known.
    """

    recorder: Recorder
    error: BaseException
    cell: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> list[ast.AST]:
        return self.source.nodes

    @property
    def call(self) -> Written:
        """Raises `LookupError` where no call failed."""
        if (node := self.node(ast.Call)) is None:
            raise LookupError
        return Written(node, self)

    @property
    def called(self) -> Any:
        return self.value(self.call.node.func)

    @property
    def keras(self) -> Any:
        return self.recorder.keras

    def is_tensor(self, node: ast.expr) -> bool:
        return isinstance(self.value(node), self.keras.KerasTensor)

    def argument_for(self, name: str) -> tuple[Written, ast.expr] | None:
        """The call of the function in which it failed, and what that has for this parameter."""
        spots = self.recorder.sources.traced(self.error)[-2:]
        node = spots[0].node(ast.Call)
        function = spots[-1].source.functions.get(spots[-1].function)
        arguments = passed(node, function) if len(spots) == 2 and node and function else {}
        return (Written(node, spots[0]), arguments[name]) if node and name in arguments else None


def assigning(failed: Failed, name: str) -> list[tuple[Source, ast.Assign]]:
    """The statements of the whole program that give a name a value."""
    return [(source, node) for source in failed.recorder.program for node in source.assigning(name)]


Rule = Callable[[Failed], Iterator[Conclusion]]  # of whose findings only the first counts


def failed_call(failed: Failed) -> Iterator[Conclusion]:
    """Why the call failed that the innermost of the student's frames was making, by the first rule that knows."""
    if failed.node(ast.Call) is not None and failed.keras is not None:
        yield from (finding for rule in RULES for finding in rule(failed))


def _several_tensors(failed: Failed) -> Iterator[Conclusion]:
    """`shared(left, right)` and `Dense(32)([a, b])`."""
    args = failed.call.node.args
    in_a_row = len(args) == 2 and _takes_one_tensor(failed) and all(map(failed.is_tensor, args))
    if in_a_row or (len(args) == 1 and ONE_WANTED.search(str(failed.error))):
        yield "list-for-tensor", {}


def _not_in_a_list(failed: Failed) -> Iterator[Conclusion]:
    """`concatenate(a, b)`."""
    node = failed.call.node
    parts = [part for value in node.args for part in (value.elts if isinstance(value, ast.List) else [value])]
    if len(node.args) > 1 and joins(failed, node) and all(map(failed.is_tensor, parts)):
        function = f"{failed.call.function}()" if isinstance(failed.called, type) else failed.call.function
        new = f"{function}({list_of(map(unparsed, parts))})"
        yield "merge-needs-list", instead(new, failed.call.text)


def _along_samples(failed: Failed) -> Iterator[Conclusion]:
    """`concatenate([a, b], axis=0)` and `Concatenate(axis=0)([a, b])`; `keras.ops` does so by itself."""
    node = failed.call.node.func if isinstance(failed.call.node.func, ast.Call) else failed.call.node
    is_first = any(word.arg == "axis" and unparsed(word.value) == "0" for word in node.keywords)
    of_ops = failed.called is failed.keras.ops.concatenate and len(node.args) == 1 and not node.keywords
    if of_ops or (joins(failed, failed.call.node) and is_first):
        yield "merge-axis", {}


def _of_another_library(failed: Failed) -> Iterator[Conclusion]:
    """`tf.concat([a, b], 1)` and `np.sin(x)` of what is not computed yet; `keras.ops` has nearly all of them."""
    name = failed.call.function.rpartition(".")[2]
    home = getattr(failed.called, "__module__", type(failed.called).__module__)
    of_keras = IN_KERAS_OPS.get(name, name)
    if "KerasTensor" not in str(failed.error) or home.partition(".")[0] not in ("numpy", "tensorflow"):
        return
    keras = next((label for label, value in failed.scope.items() if value is failed.keras), "")
    function = getattr(failed.keras.ops, of_keras, None)
    names = {keyword.arg for keyword in failed.call.node.keywords}
    if function and names <= inspect.signature(function).parameters.keys():
        alone = of_keras == "concatenate" and len(failed.call.parts) == 1
        changes: dict[ArgumentKey, str | None] = {"axis": "axis=-1"} if alone else {}
        imported = {} if keras else {"line": "import keras"}
        yield "keras2-removed", {**imported, **corrected(failed.call, changes, f"{keras or 'keras'}.ops.{of_keras}")}


def joins(spot: Spot, call: ast.Call) -> bool:
    """Whether a call is one of `concatenate`, `add` and their kin, or of such a layer, `Concatenate()(…)`."""
    called = spot.value(call.func.func if isinstance(call.func, ast.Call) else call.func)
    return str(getattr(called, "__module__", "")).startswith("keras.src.layers.merging")


def _name_called(failed: Failed) -> Iterator[Conclusion]:
    """`Dense(20, activation='relu'(x))`, where `Dense(20, activation='relu')(x)` is meant; and `activation=relu()`."""
    is_activation = str(getattr(failed.called, "__module__", "")).startswith("keras.src.activations")
    if isinstance(failed.call.node.func, ast.Constant) or (is_activation and not failed.call.parts):
        yield "tensor-as-setting", {}


def _tensor_as_setting(failed: Failed) -> Iterator[Conclusion]:
    """`Dense(20, x)`, where `Dense(20)(x)` is meant."""
    tensors, kind = [part for part in failed.call.parts.values() if failed.is_tensor(part)], failed.called
    is_layer = isinstance(kind, type) and issubclass(kind, failed.keras.layers.Layer)
    if tensors and is_layer and not issubclass(kind, failed.keras.Model):
        first = failed.call.parts.get(0, failed.call.parts.get("units"))  # in its place it was the width that was meant
        yield "tensor-as-setting", {} if first in tensors else in_two_brackets(failed.call.node, tensors)


def _hidden_class(failed: Failed) -> Iterator[Conclusion]:
    """`Dense = Dense(3)(x)`, and then `Dense(1)`."""
    if isinstance(failed.called, (failed.keras.KerasTensor, failed.keras.layers.Layer)) or not callable(failed.called):
        yield from hidden(failed, failed.call.function, failed.keras.layers)


def hidden(failed: Failed, name: str, home: Any) -> Iterator[Conclusion]:
    """A name of Keras that a line of the program gives to something else."""
    lines = assigning(failed, name) if hasattr(home, name) else []
    for source, line in lines[:1]:
        place = source.location(line.lineno)
        yield "misspelt-name", {"case": "hidden", "name": name, "made_places": [in_words(place, failed.cell)]}


def _tensor_called(failed: Failed) -> Iterator[Conclusion]:
    """`shared(left)`, where `shared` is what a layer gave."""
    if isinstance(failed.called, failed.keras.KerasTensor):
        yield "tensor-called", {"name": failed.call.function}


def _not_two_for_model(failed: Failed) -> Iterator[Conclusion]:
    """`Model([i, h, o])` and `Model(i, h, o)`, where `Model(i, o)` is meant."""
    keys = {word.arg for word in failed.call.node.keywords} - {"name"}
    count = len(failed.call.node.args) + len(keys)
    if failed.called is failed.keras.Model and count != 2 and keys <= {"inputs", "outputs"}:
        yield "model-arguments", {}


def _takes_one_tensor(failed: Failed) -> bool:
    """Whether what is called is a layer whose second argument, if it has one, is no tensor."""
    layer = failed.called
    if not isinstance(layer, failed.keras.layers.Layer) or joins(failed, failed.call.node):
        return False
    return {*list(inspect.signature(layer.call).parameters)[1:2]} <= {"training", "mask"}


def _not_compiled(failed: Failed) -> Iterator[Conclusion]:
    """`fit` of a model that nothing has compiled: the call of `compile` is below, or of another model of this name."""
    model, call = getattr(failed.called, "__self__", None), failed.call.node
    if last_name(call.func) in ("fit", "evaluate") and not getattr(model, "compiled", True):
        name = f"{unparsed(call.func).rpartition('.')[0]}.compile"
        calls = [node for source in failed.recorder.program for node in source.calls.get("compile", ())]
        lines = [ast.unparse(node) for node in calls if unparsed(node.func) == name]
        if lines:
            yield "not-compiled", {"line": lines[-1]}


RULES: tuple[Rule, ...] = (
    _of_another_library,
    _several_tensors,
    _not_in_a_list,
    _along_samples,
    _name_called,
    _tensor_as_setting,
    _hidden_class,
    _tensor_called,
    _not_two_for_model,
    _not_compiled,
)
