"""The line that makes a model, where a program compiles or trains what no line has made one of."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..describe import inputs_behind, is_unread, results
from ..source.model_statements import named_values
from ..source.sources import Source
from ..source.statements import last_name, own_parts, returned
from ..source.written_calls import Conclusion, NoteValues, elsewhere, inserted, list_of, one_or_list, unparsed
from .failed_calls import Failed, assigning
from .fit_calls import METHODS
from .keras2 import MODELS

ENDS = ("inputs", "outputs")


def model_of_all(failed: Failed, name: str) -> str:
    """The line that makes a model of all that variables hold and nothing reads."""
    labels = _labels(failed)
    return _line(failed, name, labels, results([tensor for tensor in labels.values() if is_unread(tensor)]))


def without_model(failed: Failed) -> Iterator[Conclusion]:
    """`model.compile(…)`, where `model` is a tensor, or nothing, since a function makes no model of what it builds."""
    error, node = failed.error, failed.node(ast.Attribute)
    if not isinstance(error, AttributeError) or error.name not in METHODS or node is None or failed.keras is None:
        return
    owner = ast.unparse(node.value)
    is_tensor = isinstance(error.obj, failed.keras.KerasTensor)
    if is_tensor and (line := _line(failed, owner, _labels(failed), [error.obj])):
        yield "misspelt-name", {"case": "unbuilt", **inserted(line)}
    for source, statement in assigning(failed, owner) if is_tensor or error.obj is None else ():
        function = source.functions.get(last_name(getattr(statement.value, "func", statement.value)))
        ends = returned(function)[-1:] if function else []
        given = statement.value.args if function and isinstance(statement.value, ast.Call) else []
        if function and ends and is_tensor and (new := _model_in(failed, function, ast.unparse(ends[0]), given)):
            edit = (source, ends[0].lineno, f"return {new}", f"return {ast.unparse(ends[0])}")
            yield "misspelt-name", {"case": "unbuilt", **elsewhere([edit])}
        elif function and not ends and (new := _model_in(failed, function, what_is_made(function))):
            yield "none-returned", inserted(f"return {new}", function.name)


def unconnected(failed: Failed) -> Iterator[Conclusion]:
    """`Model(x, z)`, where `z` is computed from more inputs than `x`, or has nothing to do with it."""
    starts, ends = ({id(part): part for part in failed.keras.tree.flatten(failed.given.get(side))} for side in ENDS)
    labels, behind = _labels(failed), inputs_behind([*ends.values()]).keys()
    left_out = behind - starts.keys()
    if starts.keys() < behind and left_out.isdisjoint(_of_models(failed, "inputs")):
        held = [label for label, tensor in labels.items() if id(tensor) in left_out]
        yield from _inputs_left_out(failed, held) if len(held) == len(left_out) else ()
    else:
        yield from _another_read(failed, labels, starts, ends)


def _inputs_left_out(failed: Failed, left: Sequence[str]) -> Iterator[Conclusion]:
    """All inputs, with the names of those that `Model` is not given, where it is given one or a list of them."""
    given, value = failed.call.argument(0, "inputs"), failed.given["inputs"]
    is_list = isinstance(given.node, (ast.List, ast.Tuple))
    nodes = getattr(given.node, "elts", ()) if is_list else [given.node]
    if len(nodes) == len(failed.keras.tree.flatten(value)) and is_list == isinstance(value, (list, tuple)):
        yield "model-arguments", given.instead(list_of([*map(unparsed, nodes), *left]))


def _another_read(
    failed: Failed, labels: Mapping[str, Any], starts: Mapping[int, Any], ends: Mapping[int, Any]
) -> Iterator[Conclusion]:
    """What nothing has made use of, where something that has nothing to do with the inputs is read first."""
    used = {*ends, *_of_models(failed, "outputs")}

    def is_computed(tensor: Any) -> bool:
        return inputs_behind([tensor]).keys() <= starts.keys()

    names = [label for label, tensor in labels.items() if id(tensor) in starts]
    above = [line.lineno for name in names for line in failed.source.assigning(name) if line.lineno < failed.line]
    read = [node for node in failed.own_nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    read = [node for node in read if max(above, default=0) < node.lineno <= failed.line and node.id in labels]
    wrong = sorted((node.lineno, node.id) for node in read if not is_computed(labels[node.id]))
    line = wrong[0][0] if wrong else 0
    first = [name for number, name in wrong if number == line]
    free = [label for label, tensor in labels.items() if id(tensor) not in used and is_unread(tensor)]
    free = [label for label in free if results([labels[label]]) and is_computed(labels[label])]
    there = [label for label in free if any(given.lineno < line for given in failed.source.assigning(label))]
    if first and len(there) == len(free) == len(first):
        yield "model-arguments", elsewhere((failed.source, line, *pair) for pair in zip(free, first, strict=True))


def _of_models(failed: Failed, side: str) -> set[int]:
    """The inputs, or the outputs, of the models that there are, by identity."""
    models = [record.model for record in failed.recorder.records]
    return {id(tensor) for model in models for tensor in getattr(model, side, None) or ()}


def _model_in(failed: Failed, function: Any, result: str, given: Sequence[ast.expr] = ()) -> str:
    """The model of what a function has for its result, if it has an `Input`, or is given one, and makes no model
    itself."""
    parts = [*own_parts(function)]
    made = {last_name(part.func) for part in parts if isinstance(part, ast.Call)}
    calls = [part for part in parts if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call)]
    calls.sort(key=lambda part: part.lineno)
    inputs = [ast.unparse(part.targets[0]) for part in calls if last_name(part.value.func) == "Input"]  # type: ignore[attr-defined]
    pairs = zip(function.args.args, given, strict=False)
    inputs += [name.arg for name, part in pairs if isinstance(part, ast.Call) and last_name(part.func) == "Input"]
    return _model(failed, inputs, [result]) if inputs and result and made.isdisjoint(MODELS) else ""


def returning(source: Source, function: Any) -> NoteValues:
    """The line that returns what a function makes: its last one, which does so already, or one more."""
    last, result = function.body[-1], what_is_made(function)
    if isinstance(last, ast.Expr) and ast.unparse(last) == result:
        return elsewhere([(source, last.lineno, f"return {result}", result)])
    return inserted(f"return {result}", function.name) if result else {}


def what_is_made(function: Any) -> str:
    """What a function that returns nothing makes: its model, or what its last line computes, or gives a name; else what
    it gives a value last."""
    last, lines = function.body[-1], [line for line in function.body if isinstance(line, ast.Assign)]
    models = [line for line in lines if isinstance(line.value, ast.Call) and last_name(line.value.func) in MODELS]
    end = last.body[-1] if isinstance(last, (ast.For, ast.While)) else last
    value = end.value if isinstance(end, ast.Expr) else None
    if isinstance(value, ast.Call) and _makes_object(value) and not models:
        return ast.unparse(value)
    made = [*lines[-1:], *([end] if isinstance(end, ast.Assign) else []), *models[-1:]]
    return ast.unparse(made[-1].targets[0]) if made else ""


def _makes_object(call: ast.Call) -> bool:
    """Whether it is `Dense(1)(x)`, `Dense(1)` or `Model(x, y)`: of a class, by its name, or of what a call gives."""
    return isinstance(call.func, ast.Call) or last_name(call.func)[:1].isupper()


def _labels(failed: Failed) -> Mapping[str, Any]:
    """The tensors of all variables, each once; of several names, one in a list: others may be of a loop."""
    keras = failed.keras
    values = [(label, value) for label, value in named_values(failed.scope) if isinstance(value, keras.KerasTensor)]
    last = {id(value): label for label, value in values}
    return {label: value for label, value in values if last[id(value)] == label}


def _line(failed: Failed, name: str, labels: Mapping[str, Any], ends: Sequence[Any]) -> str:
    """The statement that makes a model of these tensors; empty where no variable holds one of its inputs."""
    starts = inputs_behind(ends)
    inputs = [label for label, tensor in labels.items() if id(tensor) in starts]
    outputs = [label for label, tensor in labels.items() if any(tensor is end for end in ends)]
    model = _model(failed, inputs, outputs) if ends and len(inputs) == len(starts) else ""
    return f"{name} = {model}" if model else ""


def _model(failed: Failed, inputs: Sequence[str], outputs: Sequence[str]) -> str:
    scope, keras = failed.scope, failed.keras
    models = [label for label, value in scope.items() if value is keras.Model]
    models += [f"{label}.Model" for label, value in scope.items() if value is keras]
    return f"{models[0]}(inputs={one_or_list(inputs)}, outputs={one_or_list(outputs)})" if models else ""
