"""Calls of `Model` that fail, and why: which inputs they lack, where these were made, and names that stand twice."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..describe import operation_of
from ..source.places import Source, in_words
from ..source.rewrite import (
    Conclusion,
    NoteValues,
    Written,
    across,
    corrected,
    elsewhere,
    exchanged,
    one_or_list,
    spelled_part,
    unparsed,
    without_name,
)
from ..source.statements import Place, last_name
from .failed_calls import Failed, computed_from, inputs_behind, standing_at
from .names import unread

MOST_NAMED = 3
MOST_TOLD = 8
COPYING = ("clone_model", "deepcopy", "from_config")


def inputs_of_model(failed: Failed) -> Iterator[Conclusion]:
    """A `Model` that is given too few inputs, or its outputs first."""
    flatten = failed.keras.tree.flatten
    inputs, outputs = flatten(failed.given["inputs"]), flatten(failed.given["outputs"])
    if data := [value for value in (*inputs, *outputs) if not hasattr(value, "_keras_history")]:
        yield from _given_data(failed, inputs, outputs) if all(hasattr(value, "shape") for value in data) else ()
        return
    input_layers = inputs_behind(outputs)
    left_out = input_layers.keys() - set(map(id, inputs))
    if left_out and set(map(id, outputs)) <= inputs_behind(inputs).keys():
        arguments = [failed.call.argument(n, name) for n, name in enumerate(("inputs", "outputs"))]
        yield "model-arguments", {"case": "order", **exchanged(failed.call, *arguments)}
    elif left_out:
        variables = [(name, value) for name, value in failed.scope.items() if name[:1] != "_"]
        labels = {id(value): name for name, value in reversed(variables)}  # of several names the first one
        names = [name for name, value in variables if id(value) in left_out and labels[id(value)] == name][:MOST_NAMED]
        repeated = [labels[key] for key, count in Counter(map(id, inputs)).items() if count > 1 and key in labels]
        layers = [input_layers[key] for key in left_out]
        tensors = [tensor for tensor in inputs if id(tensor) in inputs_behind([tensor])]
        for case, find, is_for_unnamed in _CAUSES:
            if not (names and is_for_unnamed) and (details := find(failed, layers)):
                yield "model-arguments", {"case": case, **details}
                return
        places = _places(failed, layers, 2)
        unnamed = {"case": "placed", "input_places": places} if places else {"case": "unnamed"}
        if places and places == _places(failed, [operation_of(tensor) for tensor in tensors], 2):
            unnamed["case"] = "each"
        details = {"case": "again", "name": repeated[0]} if repeated else {"case": "left_out"}
        change = _with_inputs(failed.call, tensors, names) if len(names) == len(left_out) else {}
        yield "model-arguments", {**details, "names": names, **change} if names else unnamed


def _given_data(failed: Failed, inputs: Sequence[Any], outputs: Sequence[Any]) -> Iterator[Conclusion]:
    """`Model(x_train, y_train)`, where the tensors of the network are meant; and a network that was called on data."""
    tensors = [output for output in outputs if hasattr(output, "_keras_history")]
    are_arrays = all(isinstance(output, sys.modules["numpy"].ndarray) for output in outputs)
    given_inputs, given_outputs = map(failed.call.argument, (0, 1), ("inputs", "outputs"))
    ends = [name for name in unread(failed) if not _is_input(failed, failed.scope[name])] if are_arrays else []
    if len(ends) == len(outputs) and given_outputs.key is not None:
        yield "model-arguments", {"case": "targets", **given_outputs.instead(one_or_list(ends))}
    elif not tensors:
        yield "model-arguments", {"case": "no_input", **_with_new_inputs(failed)}
    else:
        input_layers = inputs_behind(tensors)
        names = [name for name, value in failed.scope.items() if id(value) in input_layers]
        if len(names) == len(input_layers) == len(inputs) and given_inputs.key is not None:
            yield "model-arguments", {"case": "data", **given_inputs.instead(one_or_list(names))}
        elif change := _with_another_name(failed, [*input_layers.values()]):
            yield "model-arguments", {"case": "named_again", **change}


def _with_new_inputs(failed: Failed) -> NoteValues:
    """The lines that call layers on arrays, each with an `Input` in its place: one that nothing reads, or a new one."""
    keras, scope = failed.keras, failed.scope
    inputs = [(name, value) for name, value in scope.items() if _is_input(failed, value)]
    waiting = [name for name, value in inputs if not operation_of(value)._outbound_nodes]
    makers = [name for name, value in scope.items() if value is keras.Input]
    makers += [f"{name}.Input" for name, value in scope.items() if value is keras]
    start, maker = ("", makers[0]) if makers else ("from keras import Input; ", "Input")
    names, edits = dict[str, str](), list[tuple[Source, int, str, str]]()
    for source, line, call in _called_on_arrays(failed):
        text, made = unparsed(call.args[0]), ""
        if text not in names and waiting:
            names[text] = waiting.pop(0)
        elif text not in names:
            names[text] = f"input_{len(names) + 1}"
            shapes = [scope[name].shape[1:] for name in _names_in(call.args[0]) if hasattr(scope.get(name), "shape")]
            made = f"{start}{names[text]} = {maker}(shape={tuple(shapes[0]) or (1,)}); "
        new = ast.Assign(line.targets, ast.Call(call.func, [ast.Name(names[text])], call.keywords), lineno=0)
        edits.append((source, line.lineno, f"{made}{ast.unparse(new)}", ast.unparse(line)))
    argument = failed.call.argument(0, "inputs")
    change = argument.instead(one_or_list([*names.values()])) if argument.key is not None else {}
    return {**across(edits), **(change if change.get("new") != change.get("old") else {})} if edits and change else {}


def _is_input(failed: Failed, value: Any) -> bool:
    return isinstance(operation_of(value), failed.keras.layers.InputLayer)


def _called_on_arrays(failed: Failed) -> Iterator[tuple[Source, ast.Assign, ast.Call]]:
    """The statements that keep what a layer gives for an array, or for what is computed from one."""
    layer, array = failed.keras.layers.Layer, sys.modules["numpy"].ndarray
    for source in failed.recorder.program:
        for line in (node for node in source.nodes if isinstance(node, ast.Assign)):
            call = line.value
            if isinstance(call, ast.Call) and len(call.args) == 1:
                is_layer = isinstance(call.func, ast.Call) or isinstance(failed.value(call.func), layer)
                if is_layer and any(isinstance(failed.scope.get(name), array) for name in _names_in(call.args[0])):
                    yield source, line, call


def _names_in(node: ast.expr) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def _with_inputs(call: Written, kept: Sequence[Any], names: Sequence[str]) -> NoteValues:
    """The call with more inputs in its list, or in a list of one; of what it has, only those that are `kept`."""
    inputs = call.argument(0, "inputs")
    nodes = inputs.node.elts if isinstance(inputs.node, ast.List) else [inputs.node]
    values = [call.spot.value(node) for node in nodes]
    if inputs.key is None or any(value is None or isinstance(value, (list, tuple, dict)) for value in values):
        return {}
    texts_by_id = {id(value): unparsed(node) for node, value in reversed([*zip(nodes, values, strict=True)])}
    texts = [text for key, text in reversed(texts_by_id.items()) if key in map(id, kept)]
    # As they were made, if the others are in that order.
    held = [name for name in call.spot.scope if name in {*texts, *names}]
    in_order = [name for name in held if name in texts] == texts
    return corrected(call, {inputs.key: spelled_part(inputs.key, one_or_list(held if in_order else [*texts, *names]))})


def _in_a_list(failed: Failed, layers: Sequence[Any]) -> NoteValues:
    """A list of the program's that has all inputs that the outputs need."""
    argument = failed.call.argument(0, "inputs")
    needed = inputs_behind(failed.keras.tree.flatten(failed.given["outputs"])).keys()
    lists = [(name, value) for name, value in failed.scope.items() if isinstance(value, (list, tuple))]
    names = [name for name, value in lists if {*map(id, value)} == needed and name[:1] != "_"]
    return {"name": names[0], **argument.instead(names[0])} if names and argument.key is not None else {}


def _with_another_name(failed: Failed, layers: Sequence[Any]) -> NoteValues:
    """One more name for each input whose name has another value by now, where it is made, and all of them listed."""
    inputs, created = failed.call.argument(0, "inputs"), failed.recorder.created
    outputs = failed.keras.tree.flatten(failed.given["outputs"])
    needed = {id(layer): layer for layer in (*inputs_behind(outputs).values(), *layers)}
    names = {id(operation_of(value)): name for name, value in reversed([*failed.scope.items()]) if name[:1] != "_"}
    texts, edits = dict[tuple[int, int], str](), list[tuple[Source, int, str, str]]()
    if inputs.key is None:
        return {}
    for key, layer in needed.items():
        origin = created.origin_of(layer)
        made = standing_at(failed, ast.Assign, origin.places[:1]) if origin else []
        if len(made) != 1:
            return {}
        ((source, line),) = made
        is_own = line in source.tree.body or line in failed.call.spot.own_nodes
        is_input = isinstance(line.value, ast.Call) and last_name(line.value.func) == "Input"
        if not (is_own and is_input and isinstance(line.targets[0], ast.Name)):
            return {}
        if (place := (source.cell or 0, line.lineno)) in texts:
            return {}  # made by one line in turn, which has the last one only
        texts[place] = names.get(key) or f"{unparsed(line.targets[0])}_{line.lineno}"
        if key not in names:
            edits.append((source, line.lineno, f"{texts[place]} = {ast.unparse(line)}", ast.unparse(line)))
    given = one_or_list([texts[place] for place in sorted(texts)])
    return {**across(edits), **corrected(failed.call, {inputs.key: spelled_part(inputs.key, given)})} if edits else {}


def _of_another_cell(failed: Failed, layers: Sequence[Any]) -> NoteValues:
    """A call of this cell that reads what an earlier one gave to a variable, where this cell has something unread."""
    source, created = failed.source, failed.recorder.created
    outputs = failed.keras.tree.flatten(failed.given["outputs"])

    def is_here(layer: Any) -> bool:
        origin = created.origin_of(layer)
        return bool(source.cell and origin and origin.places and origin.places[0]["cell"] == source.cell)

    variables = [(name, value, operation_of(value)) for name, value in failed.scope.items()]
    idle = [
        name
        for name, value, layer in variables
        if is_here(layer) and not layer._outbound_nodes and not any(value is output for output in outputs)
    ]
    calls = [node for _, node in computed_from(outputs) if is_here(node.operation)]
    stale = [(node.operation, tensor) for node in calls for tensor in node.input_tensors
             if not is_here(operation_of(tensor))]  # fmt: skip
    names = [name for _, tensor in stale for name, value in failed.scope.items() if value is tensor]
    if not len(idle) == len(stale) == 1 <= len(names):
        return {}
    reader = created.origin_of(stale[0][0])
    line = [*reader.places[:1], *reader.calls][-1]["line"] if reader else 0
    return {"name": names[0], "left": idle[0], **elsewhere(source, [(line - source.offset, idle[0], names[0])])}


def _overwritten(failed: Failed, layers: Sequence[Any]) -> NoteValues:
    """A line that makes one of these inputs, and gives it the name of what its function is called with."""
    recorder = failed.recorder
    places = [place for origin in filter(None, map(recorder.created.origin_of, layers)) for place in origin.places]
    for source in recorder.program:
        for function in source.functions.values():
            parameters = {parameter.arg for parameter in function.args.args}
            for line in (node for node in function.body if isinstance(node, ast.Assign)):
                if unparsed(line.targets[0]) in parameters and source.location(line.lineno) in places:
                    return {"gone": ast.unparse(line), "name": unparsed(line.targets[0]), "function": function.name}
    return {}


# Of inputs that are left out: the case, what finds it, and whether only inputs without a name have it.
_CAUSES = (
    ("listed", _in_a_list, False),
    ("overwritten", _overwritten, True),
    ("named_again", _with_another_name, True),
    ("stale", _of_another_cell, False),
)


def _places(failed: Failed, layers: Sequence[Any], most: int) -> list[str]:
    """Where layers were created, and called from, as far as this call is not made within the same."""
    callers = failed.recorder.sources.callers(failed.frame)
    origins = filter(None, map(failed.recorder.created.origin_of, layers))
    groups = [[place for place in origin.places if place not in callers[1:]][:most] for origin in origins]
    groups = [places for places in groups if places and all(place["file"] == callers[0]["file"] for place in places)]
    groups.sort(key=lambda places: [(place["cell"] or 0, place["line"]) for place in places])
    texts = [[in_words(place, callers[0]["cell"]) for place in places] for places in groups]
    return list(dict.fromkeys(map(", in a function called on ".join, texts)))[:MOST_TOLD]


def names_again(failed: Failed) -> Iterator[Conclusion]:
    """Layers of one model with the same name: all such names, and where they are given."""
    recorder = failed.recorder
    if "outputs" in failed.given:
        nodes = computed_from(failed.keras.tree.flatten(failed.given["outputs"]))
        layers = [*{id(node.operation): node.operation for _, node in nodes}.values()]
    else:
        layers = list(failed.given["layers"] or ())
    names = Counter(layer.name for layer in layers)
    repeated = [layer for layer in layers if names[layer.name] > 1]
    origins = filter(None, map(recorder.created.origin_of, repeated))
    origin_places = [place for origin in origins for place in origin.places]
    calls = standing_at(failed, ast.Call, origin_places)
    if repeated and all(layer.name.endswith("CLONE") for layer in repeated):  # what Keras makes in place of a result
        yield "inputs-are-no-inputs", {}
    elif copying := next((last_name(call.func) for _, call in calls if last_name(call.func) in COPYING), ""):
        yield "layer-names", {"case": "copied", "names": [repeated[0].name], "function": copying}
    elif repeated:
        repeated_names, name_places = sorted({layer.name for layer in repeated}), _naming(failed, repeated)
        places = _in_words(failed, name_places) or _places(failed, repeated, 1)
        named_calls = [(source, call) for source, call in standing_at(failed, ast.Call, name_places) if _has_name(call)]
        change = across((source, call.lineno, without_name(call), ast.unparse(call)) for source, call in named_calls)
        details = {"case": "placed", "name_places": places, **change} if places else {}
        yield "layer-names", {"names": repeated_names[:MOST_TOLD], **details}


def _naming(failed: Failed, layers: Sequence[Any]) -> list[Place]:
    """The lines that give these layers their names, from top to bottom."""

    def names_one(place: Place) -> bool:
        return any(_has_name(call) for _, call in standing_at(failed, ast.Call, [place]))

    origins = filter(None, map(failed.recorder.created.origin_of, layers))
    places = (next(filter(names_one, origin.places), None) for origin in origins)
    return sorted(filter(None, places), key=lambda place: (place["cell"] or 0, place["line"]))


def _has_name(call: ast.Call) -> bool:
    return any(keyword.arg == "name" for keyword in call.keywords)


def _in_words(failed: Failed, places: Iterable[Place]) -> list[str]:
    return list(dict.fromkeys(in_words(place, failed.source.cell) for place in places))[:MOST_TOLD]
