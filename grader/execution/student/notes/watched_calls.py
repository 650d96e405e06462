"""Calls that fail deep within Keras, and why: concluded where it still has their arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import itertools
import operator
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ..describe import operation_of
from ..recorder import Recorder
from ..source.places import Source
from ..source.rewrite import (
    ArgumentKey,
    Conclusion,
    NoteValues,
    Written,
    across,
    corrected,
    in_two_brackets,
    instead,
    meant,
    unparsed,
    without_name,
)
from ..source.statements import inert, last_name, own_parts
from .failed_calls import Failed, Rule, assigning, closed_too_early, concatenating, standing_at
from .model_calls import inputs_of_model, names_again
from .names import unread

NAMED = ("activations", "initializers", "optimizers")


def _number_as_shape(failed: Failed) -> Iterator[Conclusion]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same; and an `Input` without a shape."""
    shape = failed.given.get("shape")
    if not isinstance(shape, (tuple, list)) and (shape is None or hasattr(shape, "__index__")):
        written = failed.call.argument(0, "shape")
        key = "shape" if written.key is None else written.key
        yield "input-shape-number", corrected(failed.call, {key: f"shape=({written.text or 1},)"})


def _another_width(failed: Failed) -> Iterator[Conclusion]:
    """A layer that was called before on a tensor of another width."""
    layer, call = failed.given["self"], failed.call
    inputs = [*map(operator.attrgetter("input_tensors"), layer._inbound_nodes), failed.given["args"]]
    tensors = [tensor for (tensor, *_) in inputs if hasattr(tensor, "_keras_history")]  # and no data of `fit`
    widths, input_layer = [tensor.shape[-1] for tensor in tensors], failed.keras.layers.InputLayer
    if widths[0] != widths[-1]:
        details = {"name": call.function, "before": widths[0], "now": widths[-1]}
        names = [label for label in unread(failed) if [*failed.scope[label].shape][-1:] == widths[:1]]
        if all(isinstance(operation_of(tensor), input_layer) for tensor in (tensors[0], tensors[-1])):
            yield "layer-again", {"case": "inputs", **details}
        elif twin := _uncalled_twin(failed, layer):
            yield "layer-again", {"case": "uncalled", **details, "left": twin, **corrected(call, {}, twin)}
        elif len(names) == 1:
            yield "layer-again", {"case": "unread", **details, "left": names[0], **corrected(call, {0: names[0]})}
        else:
            code = _another_like(failed, layer)
            yield "layer-again", {**details, **(corrected(call, {}, code) if code else {})}


def _another_like(failed: Failed, layer: Any) -> str:
    """The code that creates a layer, to be written once more where it is called: with values for what a loop knows."""
    origin = failed.recorder.created.origin_of(layer)
    calls = standing_at(failed, ast.Call, origin.places[:1]) if origin else []
    calls = [(source, call) for source, call in calls if last_name(call.func) == type(layer).__name__]
    if origin is None or len(calls) != 1:
        return ""
    source, call = calls[0]
    values = {(item.argument.node.lineno, item.argument.node.col_offset): item.value for item in origin.values.values()}

    def written(part: ast.expr) -> ast.expr:
        """Raises `ValueError` or `SyntaxError` for what is no literal, and known elsewhere."""
        names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
        if names <= failed.scope.keys() - source.reused:
            return part
        return ast.Constant(ast.literal_eval(values.get((part.lineno, part.col_offset), "")))

    with contextlib.suppress(ValueError, SyntaxError):
        keywords = [ast.keyword(keyword.arg, written(keyword.value)) for keyword in call.keywords]
        return without_name(ast.Call(written(call.func), [*map(written, call.args)], keywords))
    return ""


def _uncalled_twin(failed: Failed, layer: Any) -> str:
    """The first variable with a layer of the same settings that the program never calls."""

    def settings(candidate: Any) -> dict[str, Any]:
        return {**candidate.get_config(), "name": ""}

    own = getattr(failed.scope.get("self"), "__dict__", {})
    scope = {**failed.scope, **{f"self.{name}": value for name, value in own.items() if name[:1] != "_"}}
    layers = [(name, value) for name, value in scope.items() if type(value) is type(layer) and not value._inbound_nodes]
    layers = [(name, value) for name, value in layers if name.rpartition(".")[2] not in failed.source.calls]
    return next((name for name, value in layers if settings(value) == settings(layer)), "")


def _layer_as_tensor(failed: Failed) -> Iterator[Conclusion]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    values, call = failed.given, failed.call
    if "args" in values:
        arguments: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, values["args"], strict=False))
    else:
        arguments = [(call.argument(n, name).node, values[name]) for n, name in enumerate(("inputs", "outputs"))]
    sides = zip(arguments, ("input", "output") if "outputs" in values else itertools.repeat("output"), strict=False)
    models = [(name, f"{name}.{side}{'' if hasattr(layer, side) else 's[0]'}")  # of a `Sequential`
              for argument, side in sides for name, layer in _uncalled(*argument)
              if isinstance(layer, failed.keras.Model) and layer.built and hasattr(layer, "outputs")]  # fmt: skip
    if models:
        old, new = map(list, zip(*models, strict=True))
        yield "layer-not-called", {"case": "model", "name": old[0], "new": new, "old": old}
        return
    for name, layer in islice((entry for argument in arguments for entry in _uncalled(*argument)), 1):
        details = {"name": name, "kind": type(layer).__name__}
        is_input = "inputs" in values and layer in [item for _, item in _uncalled(*arguments[0])]
        change = _entered(failed, layer, name) if is_input else closed_too_early(failed) if "args" in values else {}
        yield "layer-not-called", {**details, **(change or _instead_of(failed, layer, name))}


def _entered(failed: Failed, layer: Any, name: str) -> NoteValues:
    """What a layer was called on, in its place."""
    read = [tensor for node in layer._inbound_nodes[:1] for tensor in node.input_tensors]
    names = [label for label, value in failed.scope.items() if any(value is tensor for tensor in read)]
    return {"case": "entered", **instead(names[0], name)} if names else {}


def _instead_of(failed: Failed, layer: Any, name: str) -> NoteValues:
    """What a layer has given; or else its call on the one tensor that is left for it, where it is created."""
    if isinstance(getattr(layer, "axis", None), (list, tuple)):
        return {"case": "merge", **_in_two_brackets(failed, layer, name)}  # it took its tensors for an axis
    for case, find in _WAYS:
        if details := find(failed, layer, name):
            return {"case": case, **details}
    is_model = isinstance(layer, failed.keras.Model)
    return {"case": "named" if _creating(failed, layer, name) and not is_model else ""}


def _by_another_name(failed: Failed, layer: Any, name: str) -> NoteValues:
    """`right = shared`, which is one more name for a layer, with its call on the one tensor that is left."""
    lines = [line for line in failed.source.assigning(name) if isinstance(line.value, ast.Name)]
    tensors = _left_for_a_layer(failed, layer)
    if len(lines) == len(tensors) == 1:
        old = ast.unparse(lines[0])
        return across([(failed.source, lines[0].lineno, f"{old}({tensors[0]})", old)])
    return {}


def _given_already(failed: Failed, layer: Any, name: str) -> NoteValues:
    """The variable that holds what the layer has given."""
    results = [label for label, value in failed.scope.items() if operation_of(value) is layer]
    texts = [unparsed(node) for node in ast.walk(failed.call.node) if isinstance(node, ast.expr)]
    return instead(results[0], name) if len(results) == 1 == texts.count(name) else {}


def _called_in_vain(failed: Failed, layer: Any, name: str) -> NoteValues:
    """The only line of this function that calls the layer and gives nothing what it returns: that call, in place."""
    lines = [node.value for node in failed.own_nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    calls = [ast.unparse(call) for call in lines if unparsed(call.func) == name]
    return instead(calls[0], name) if len(calls) == 1 else {}


def _called_where_made(failed: Failed, layer: Any, name: str) -> NoteValues:
    """The statement that makes the layer, with a call on what its name held before, or on the one tensor that is left;
    or this call, where the layer is made in it, or that tensor gets another value in between."""
    lines = _creating(failed, layer, name)
    tensors = [] if layer._inbound_nodes else _left_for_a_layer(failed, layer)
    if not lines and len(tensors) == 1 and not name.isidentifier():
        return instead(f"{name}({tensors[0]})", name)
    tensors = [name] if len(lines) == 1 and _had_a_value(failed, name, *lines[0]) else tensors
    if not len(tensors) == len(lines) == 1:
        return {}
    (source, line), tensor = lines[0], tensors[0]
    is_given_later = any(_is_above((source, line), entry) for entry in assigning(failed, tensor))
    if isinstance(layer, failed.keras.Model) or (is_given_later and tensor != name):
        return instead(f"{name}({tensor})", name)
    old = ast.unparse(line)
    return across([(source, line.lineno, f"{old}({tensor})", old)])


def _creating(failed: Failed, layer: Any, name: str) -> list[tuple[Source, ast.Assign]]:
    """The statements that give a name to what creates a layer, its class or a function of the program; where that place
    is unknown, those of its own name."""
    origin = failed.recorder.created.origin_of(layer)
    if origin is None or not origin.places:
        return [(failed.source, line) for line in failed.source.assigning(name) if isinstance(line.value, ast.Call)]
    makers = {type(layer).__name__, *(function for source in failed.recorder.program for function in source.functions)}
    for place in origin.places:
        lines = [(source, line, line.value) for source, line in standing_at(failed, ast.Assign, [place])]
        calls = [(source, line, call) for source, line, call in lines if isinstance(call, ast.Call)]
        if made := [(source, line) for source, line, call in calls if last_name(call.func) in makers]:
            return made
    return []


def _is_above(first: tuple[Source, ast.stmt], second: tuple[Source, ast.stmt]) -> bool:
    return (first[0].cell or 0, first[1].lineno) < (second[0].cell or 0, second[1].lineno)


def _had_a_value(failed: Failed, name: str, source: Source, line: ast.Assign) -> bool:
    """Whether the function of a line gives its name a value before, `x`, or is called with it; or the module does, in a
    cell above with what a layer or `Input` gives."""
    function = source.functions.get(failed.function) if source is failed.source else None
    own, parameters = [*own_parts(function or source.tree)], [*ast.walk(function)] if function else []
    if any(isinstance(node, ast.arg) and node.arg == name for node in parameters):
        return True
    lines = [node for node in source.assigning(name) if node in own and node.lineno < line.lineno]
    above = [node.value for part, node in assigning(failed, name) if (part.cell or 0) < (source.cell or 0)]
    calls = [value for value in above if isinstance(value, ast.Call)]
    tensors = [call for call in calls if isinstance(call.func, ast.Call) or last_name(call.func) == "Input"]
    return bool(lines) or (function is None and bool(tensors))


def _in_two_brackets(failed: Failed, layer: Any, name: str) -> NoteValues:
    """The call that makes a merge, `Concatenate([a, b])`, with what it was given in a pair of brackets of its own."""
    values = [line.value for line in failed.source.assigning(name)]
    calls = failed.source.calls.get(type(layer).__name__, ())
    matches = [call for call in calls if call.args and (call in values or unparsed(call) == name)]
    return in_two_brackets(matches[0], matches[0].args) if len(matches) == 1 else {}


def _returned_by(failed: Failed, layer: Any, name: str) -> NoteValues:
    """The line of a function, which is called as `name`, that returns a layer and not its result."""
    callee = name.partition("(")[0]
    functions = [source.functions[callee] for source in failed.recorder.program if callee in source.functions]
    for function in functions[:1] if callee != name else ():
        returns = [node for node in function.body if isinstance(node, ast.Return) and isinstance(node.value, ast.Call)]
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        parameters = [parameter.arg for parameter in function.args.args if parameter.arg not in names]
        if returns and len(parameters) == 1:
            line = ast.unparse(returns[0])
            return instead(f"{line}({parameters[0]})", line)
    return {}


# By case, what a layer that stands for a tensor gives way to.
_WAYS = (
    ("returned", _returned_by),
    ("left", _by_another_name),
    ("given", _given_already),
    ("in_vain", _called_in_vain),
    ("left", _called_where_made),
)


def _left_for_a_layer(failed: Failed, layer: Any) -> list[str]:
    """What nothing reads; none if other layers wait for a tensor, too."""
    keras, values = failed.keras, failed.variables.values()
    layers = [value for value in values if isinstance(value, keras.layers.Layer) and not isinstance(value, keras.Model)]
    waiting = any(value is not layer and not value._inbound_nodes for value in layers)
    return [] if waiting else unread(failed)


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression) or value.name, value
    if isinstance(value, (list, tuple)):
        nodes = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(nodes[position] if len(nodes) == len(value) else None, item)


def _merged_widths(failed: Failed) -> Iterator[Conclusion]:
    """Tensors of different widths, added or multiplied number by number; also by `a + b`."""
    values = failed.given
    tensors = [values.get("shape1", values.get("self")), values.get("shape2", values.get("other"))]
    left, right = (tuple(getattr(tensor, "shape", tensor) or ()) for tensor in tensors)
    if left and right and left[:-1] == right[:-1] and left[-1] != right[-1]:
        node, function = failed.node(ast.Call) or failed.node(ast.BinOp), concatenating(failed)
        parts = [node.left, node.right] if isinstance(node, ast.BinOp) else getattr(node, "args", [])
        parts = parts[0].elts if len(parts) == 1 and isinstance(parts[0], ast.List) else parts
        joined = f"{function}([{', '.join(map(unparsed, parts))}])"
        details = {"left": left[-1], "right": right[-1], **instead(joined, unparsed(node))}
        are_numbers = isinstance(left[-1], int) and isinstance(right[-1], int)
        are_tensors = len(parts) > 1 and all(failed.is_tensor(part) or isinstance(part, ast.Call) for part in parts)
        yield "merge-widths", details if function and are_numbers and are_tensors else {"case": "unknown"}


def unknown_name(section: str, failed: Failed) -> Iterator[Conclusion]:
    name = failed.given.get("identifier")
    if isinstance(name, str):
        details = meant(failed.keras, section, name)
        yield "unknown-name", {**details, **(_as_initializer(name, failed.call) if "case" in details else {})}


def _as_initializer(name: str, call: Written) -> NoteValues:
    """The call of a layer in which an initializer stands for the activation, and the activation perhaps behind it."""
    changes: dict[ArgumentKey, str | None] = {}
    for key, node in call.parts.items():
        if key in (1, "activation") and isinstance(node, ast.Constant) and node.value == name:
            changes[key] = f"kernel_initializer='{name}'"
        elif key == 2:
            changes[key] = f"activation={unparsed(node)}"
    return corrected(call, changes) if {1, "activation"} & changes.keys() else {}


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Rule], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.layers", "Layer", "__call__", _another_width),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", inputs_of_model),
    ("keras.src.models.functional", "Functional", "__init__", names_again),
    ("keras", "Sequential", "__init__", names_again),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _merged_widths) for name in ("add", "sub", "mul")),
    *((f"keras.src.{section}", "", "get", functools.partial(unknown_name, section)) for section in NAMED),
)


def watch(recorder: Recorder, replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    """Explain calls that fail. A Keras that keeps one of these elsewhere goes without that explanation."""
    for module, owner, name, explain in WATCHED:
        with contextlib.suppress(ImportError, AttributeError):
            location = importlib.import_module(module)
            replace(getattr(location, owner) if owner else location, name, _explained_on_failure(recorder, explain))


def _explained_on_failure(recorder: Recorder, rule: Rule) -> Any:
    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(*args, **kwargs)
            except Exception as error:
                if not recorder.muted:
                    recorder.explain(found(error, args, kwargs))
                raise

        def found(error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Conclusion]:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            spot = next(recorder.sources.spots(sys._getframe(1)), None)
            if spot and not inert(bound.arguments.values()):
                yield from rule(Failed(**vars(spot), recorder=recorder, error=error, given=bound.arguments))

        return call

    return wrap
