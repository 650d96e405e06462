"""Calls that failed, and why: concluded from what they called, and from what they were given."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, TypeVar

from ..describe import operation_of
from ..recorder import Recorder
from ..source.flows import passed
from ..source.layer_origins import prefix_of
from ..source.places import Source, Spot, in_words
from ..source.rewrite import (
    ArgumentKey,
    Conclusion,
    NoteValues,
    Written,
    across,
    corrected,
    instead,
    list_of,
    one_or_list,
    reads_of,
    renamed,
    spelled_part,
    unparsed,
)
from ..source.statements import Place, last_name

Node = TypeVar("Node", ast.Call, ast.Assign)
# The words of Keras for a list of tensors.
ONE_WANTED = re.compile(r"expects 1 input\(s\), but it received \d+")
NAME = re.compile(r"[Nn]ame ['\"]([^'\"]+)['\"]")
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


def standing_at(failed: Failed, kind: type[Node], places: Sequence[Place]) -> list[tuple[Source, Node]]:
    """The statements or expressions of a kind in the program that begin on these lines."""
    nodes = [(source, node) for source in failed.recorder.program for node in source.nodes if isinstance(node, kind)]
    return [(source, node) for source, node in nodes if source.location(node.lineno) in places]


def assigning(failed: Failed, name: str) -> list[tuple[Source, ast.Assign]]:
    """The statements of the whole program that give a name a value."""
    return [(source, node) for source in failed.recorder.program for node in source.assigning(name)]


Rule = Callable[[Failed], Iterator[Conclusion]]  # of whose findings only the first counts


def failed_call(failed: Failed) -> Iterator[Conclusion]:
    """Why the call failed that the innermost of the student's frames was making, by the first rule that knows."""
    if failed.node(ast.Call) is not None and failed.keras is not None:
        yield from (finding for rule in RULES for finding in rule(failed))


def _tensors_in_a_row(failed: Failed) -> Iterator[Conclusion]:
    """`shared(left, right)`."""
    args = failed.call.node.args
    if len(args) == 2 and _takes_one_tensor(failed) and all(map(failed.is_tensor, args)):
        yield "list-for-tensor", _by_itself(failed, args)


def _along_samples(failed: Failed) -> Iterator[Conclusion]:
    """`concatenate([a, b], axis=0)` and `Concatenate(axis=0)([a, b])`; `keras.ops` does so by itself."""
    node = failed.call.node.func if isinstance(failed.call.node.func, ast.Call) else failed.call.node
    keywords = [keyword for keyword in node.keywords if keyword.arg != "axis" or unparsed(keyword.value) != "0"]
    if joins(failed, failed.call.node) and len(keywords) < len(node.keywords):
        yield "merge-axis", instead(unparsed(ast.Call(node.func, node.args, keywords)), unparsed(node))
    elif failed.called is failed.keras.ops.concatenate and len(node.args) == 1 and not node.keywords:
        yield "merge-axis", corrected(failed.call, {"axis": "axis=-1"})


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


def _name_again(failed: Failed) -> Iterator[Conclusion]:
    """Two layers of one name, in `Model(…)` or in a `Sequential`."""
    if "unique" in (words := str(failed.error)) and (name := NAME.search(words)):
        yield "layer-names", {"names": [name[1]]}


def _name_called(failed: Failed) -> Iterator[Conclusion]:
    """`Dense(20, activation='relu'(x))`, where `Dense(20, activation='relu')(x)` is meant; and `activation=relu()`."""
    node, call = failed.call.node, failed.call
    is_activation = str(getattr(failed.called, "__module__", "")).startswith("keras.src.activations")
    if not isinstance(node.func, ast.Constant) and not (is_activation and not call.parts):
        return
    for outer in (Written(part, call.spot) for part in failed.nodes if isinstance(part, ast.Call)):
        for key in (key for key, part in outer.parts.items() if part is node):
            change = corrected(outer, {key: spelled_part(key, unparsed(node.func))})
            brackets = f"({', '.join(map(unparsed, node.args))})" if node.args else ""
            yield "tensor-as-setting", {**change, "new": f"{change['new']}{brackets}"}


def _comma_at_the_end(failed: Failed) -> Iterator[Conclusion]:
    """`x = Dense(20)(x),`, which makes a tuple of one tensor."""
    for name in (argument.id for argument in failed.call.node.args if isinstance(argument, ast.Name)):
        lines = failed.source.assigning(name)
        tuples = [line for line in lines if isinstance(line.value, ast.Tuple) and len(line.value.elts) == 1]
        if tuples and isinstance(failed.scope.get(name), tuple):
            source, node = failed.source, tuples[-1]
            old = ast.get_source_segment(source.text, node) or ast.unparse(node)
            new = ast.unparse(ast.Assign(node.targets, node.value.elts[0], lineno=node.lineno))  # type: ignore[attr-defined]
            details = {"case": "comma", "name": name, "at": source.location(node.lineno)["line"]}
            yield "list-for-tensor", {**details, **instead(new, old)}


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
        name = failed.call.function
        lines = failed.source.assigning(name)
        call_lines = [line for line in lines if isinstance(line.value, ast.Call) and unparsed(line.value.func) == name]
        change = _as_layer(failed, lines[0]) if len(lines) == 1 else {}
        change = _as_result(failed, call_lines[0]) if len(call_lines) == 1 else change
        yield "tensor-called", {"name": name, **change}


def _as_result(failed: Failed, line: ast.Assign) -> NoteValues:
    """The line that calls a layer, `shared = shared(x)`, with another name for the result, wherever that is read."""
    return {"case": "again", **renamed(failed.recorder.program, failed.call.function, failed.source, line)}


def _as_layer(failed: Failed, line: ast.Assign) -> NoteValues:
    """The line that makes a tensor, with the layer alone, and this called where the tensor is used."""
    name, call = failed.call.function, line.value
    numbers = [node.lineno for node in failed.nodes if isinstance(node, ast.Call) and unparsed(node.func) == name]
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Call):
        return {}
    result = ast.unparse(ast.Call(ast.Name(name), call.args, call.keywords))
    uses = [(source, node.lineno, result, name) for source, node in reads_of(failed.recorder.program, name)]
    if any(source is failed.source and number in numbers for source, number, _, _ in uses):
        return {}  # which of the two is meant would be open
    edit = (failed.source, line.lineno, f"{name} = {ast.unparse(call.func)}", ast.unparse(line))
    return {"case": "made", **across([edit, *uses])}


def _not_two_for_model(failed: Failed) -> Iterator[Conclusion]:
    """`Model([i, h, o])` and `Model(i, h, o)`, where `Model(i, o)` is meant; `Model(i, o, p)` for two outputs."""
    keys = [keyword.arg for keyword in failed.call.node.keywords if keyword.arg != "name"]
    count = len(failed.call.node.args) + len(keys)
    if failed.called is not failed.keras.Model or count == 2 or not {*keys} <= {"inputs", "outputs"}:
        return
    args = [] if failed.call.node.keywords else failed.call.node.args
    args = _each(args[0]) if len(args) == 1 else args
    outputs = [node for key, node in failed.call.parts.items() if key != "name"]
    arguments = [(node, operation_of(failed.value(node))) for node in args]
    inputs = [node for node, layer in arguments if isinstance(layer, failed.keras.layers.InputLayer)]
    unread = [node for node, layer in arguments if layer is not None and not layer._outbound_nodes]
    ends = [node for node in args if node in unread or isinstance(node, ast.Call)]
    if inputs and ends and [*inputs, *ends] == [node for node in args if node in inputs or node in ends]:
        sides = [one_or_list([*map(unparsed, side)]) for side in (inputs, ends)]
        change = corrected(failed.call, dict(enumerate([*sides, *[None] * (count - 2)])))
        yield "model-arguments", {"case": "several", **change}
    elif len(outputs) == 1 and not inputs and (names := _names_behind(failed, _each(outputs[0]))):
        text = one_or_list(names)
        changes: dict[ArgumentKey, str | None] = {0: text, 1: unparsed(outputs[0])}
        if failed.call.node.keywords:
            changes = {0: None, "inputs": f"inputs={text}", "outputs": f"outputs={unparsed(outputs[0])}"}
        change = corrected(failed.call, changes)
        yield "model-arguments", {"case": "left_out", "names": names, **change}
    else:
        yield "model-arguments", {}


def _names_behind(failed: Failed, results: Sequence[ast.expr]) -> list[str]:
    """The variables of all inputs that these are computed from; none if one has none, or if one is an input itself."""
    tensors = [failed.value(result) for result in results]
    input_layers = inputs_behind(tensors) if all(map(failed.is_tensor, results)) else {}
    if any(id(tensor) in input_layers for tensor in tensors):
        return []
    labels = {id(value): name for name, value in reversed(failed.scope.items()) if id(value) in input_layers}
    return list(reversed(labels.values())) if len(labels) == len(input_layers) else []


def closed_too_early(failed: Failed) -> NoteValues:
    """`sigmoid(Dense(4))(x)`, with the second pair of brackets where it belongs."""
    call = failed.call.node
    outer = next((node for node in failed.nodes if isinstance(node, ast.Call) and node.func is call), None)
    if outer is None or len(call.args) != 1 or not isinstance(call.args[0], ast.Call):
        return {}
    inner = ast.Call(call.args[0], outer.args, outer.keywords)
    new = ast.unparse(ast.Call(call.func, [inner], call.keywords))
    return {"case": "too_early", **instead(new, ast.unparse(outer))}


def _closed_too_early(failed: Failed) -> Iterator[Conclusion]:
    """An activation as a function, given a layer, and what it gives called."""
    of_layers = [failed.value(node.func) for node in failed.call.node.args if isinstance(node, ast.Call)]
    makes_layer = any(isinstance(kind, type) and issubclass(kind, failed.keras.layers.Layer) for kind in of_layers)
    is_activation = isinstance(failed.called, FunctionType) and ".activations" in failed.called.__module__
    if makes_layer and is_activation and (change := closed_too_early(failed)):
        yield "layer-not-called", change


def _each(node: ast.expr | None) -> list[ast.expr]:
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node] if node else []


def computed_from(tensors: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """These tensors and all that they are computed from, each with the call of a layer that gave it."""
    waiting, seen = list(tensors), set[int]()
    while waiting:
        tensor = waiting.pop()
        history = getattr(tensor, "_keras_history", None)
        if history is not None and id(tensor) not in seen:
            seen.add(id(tensor))
            node = history.operation._inbound_nodes[history.node_index]
            waiting += node.input_tensors
            yield tensor, node


def inputs_behind(tensors: Sequence[Any]) -> dict[int, Any]:
    """The layers of `Input` that these are computed from, by the identity of the tensor."""
    return {id(tensor): node.operation for tensor, node in computed_from(tensors) if node.is_input}


def _list_of_tensors(failed: Failed) -> Iterator[Conclusion]:
    """`Dense(32)([a, b])`, or of a variable that holds such a list."""
    args = failed.call.node.args
    if len(args) != 1 or not ONE_WANTED.search(str(failed.error)):
        return
    nodes = args[0].elts if isinstance(args[0], (ast.List, ast.Tuple)) else None
    name = unparsed(args[0])
    values = failed.value(args[0]) if nodes is None else list(map(failed.value, nodes))
    several = isinstance(values, (list, tuple)) and len(values) > 1
    if several and all(isinstance(value, failed.keras.KerasTensor) for value in values):
        targets = [
            node.targets[0] for node in failed.nodes if isinstance(node, ast.Assign) and node.value is failed.call.node
        ]
        texts = {
            unparsed(part)
            for node in failed.nodes
            if isinstance(node, ast.Call) and joins(failed, node)
            for part in node.args
        }
        tensors = [*map(unparsed, nodes)] if nodes else [f"{name}[{number}]" for number in range(len(values))]
        each = [f"{failed.call.function}({tensor})" for tensor in tensors]
        if any(isinstance(target, ast.Tuple) for target in targets):
            yield "list-for-tensor", {"case": "one_by_one", **instead(", ".join(each), failed.call.text)}
        elif nodes and texts.intersection(map(unparsed, targets)):
            yield "list-for-tensor", {"case": "one_by_one", **instead(list_of(each), failed.call.text)}
        yield "list-for-tensor", _joined(failed, name)


def _list_called(failed: Failed) -> Iterator[Conclusion]:
    """`layers(x)` of a list of layers, wherever it stands: each is called on the result of the one before, or, of one
    unit each, as of several outputs, all on the same."""
    edits = []
    for call in (node for node in failed.nodes if isinstance(node, ast.Call) and len(node.args) == 1):
        layers, kind = failed.value(call.func), failed.keras.layers.Layer
        if isinstance(layers, list) and layers and all(isinstance(layer, kind) for layer in layers):
            name, new = unparsed(call.func), unparsed(call.args[0])
            for number in range(len(layers)):
                new = f"{name}[{number}]({new})"
            if all(getattr(layer, "units", 0) == 1 for layer in layers):
                new = f"[layer({unparsed(call.args[0])}) for layer in {name}]"
            edits.append((failed.source, call.lineno, new, unparsed(call)))
    if edits and isinstance(failed.called, list):
        yield "small-change", across(edits)


def _key_called(failed: Failed) -> Iterator[Conclusion]:
    """`for layer in layers: x = layer(x)` of a dict, which gives its keys."""
    loops = [node for node in failed.nodes if isinstance(node, (ast.For, ast.comprehension))]
    loops = [loop for loop in loops if unparsed(loop.target) == failed.call.function]
    for iterated in (loop.iter for loop in loops if isinstance(failed.called, str)):
        if isinstance(failed.value(iterated), dict):
            text = unparsed(iterated)
            yield "small-change", across([(failed.source, iterated.lineno, f"{text}.values()", text)])


def _takes_one_tensor(failed: Failed) -> bool:
    """Whether what is called is a layer whose second argument, if it has one, is no tensor."""
    layer = failed.called
    if not isinstance(layer, failed.keras.layers.Layer) or joins(failed, failed.call.node):
        return False
    return {*list(inspect.signature(layer.call).parameters)[1:2]} <= {"training", "mask"}


def _by_itself(failed: Failed, tensors: Sequence[ast.expr]) -> NoteValues:
    """The call on each of two tensors."""
    first, second = (f"{failed.call.function}({unparsed(tensor)})" for tensor in tensors)
    return {"case": "each", "first": first, "second": second}


def _joined(failed: Failed, tensors: str) -> NoteValues:
    """The call with its tensors joined, by what the program has of Keras."""
    if function := concatenating(failed):
        return corrected(failed.call, {0: f"{function}({tensors})"})
    return {"line": "from keras.layers import concatenate", **instead(f"concatenate({tensors})", tensors)}


def concatenating(failed: Failed) -> str:
    """What a program can call to join tensors; empty where it has nothing that does."""
    ways = {"": failed.keras.layers.concatenate, "()": failed.keras.layers.Concatenate}
    functions = [
        f"{label}{brackets}" for brackets, way in ways.items() for label, value in failed.scope.items() if value is way
    ]
    modules = {label: value for label, value in failed.scope.items() if isinstance(value, ModuleType)}
    prefix = prefix_of(failed.keras, modules)
    return functions[0] if functions else f"{prefix}concatenate" if prefix else ""


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
    _tensors_in_a_row,
    _along_samples,
    _name_again,
    _name_called,
    _comma_at_the_end,
    _hidden_class,
    _tensor_called,
    _not_two_for_model,
    _closed_too_early,
    _list_of_tensors,
    _list_called,
    _key_called,
    _not_compiled,
)
