"""Calls that fail deep within Keras, and why: concluded where it still has their arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import operator
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from ..recorder import Recorder
from ..source.layer_origins import operation_of
from ..source.places import Source, in_words
from ..source.rewrite import (
    Finding,
    Key,
    Said,
    Written,
    across,
    corrected,
    elsewhere,
    exchanged,
    in_two_brackets,
    instead,
    meant,
    one_or_list,
    spelled_part,
    unparsed,
    without_name,
)
from ..source.statements import Place, inert, last_name, own_parts
from .failed_calls import Failed, Rule, computed_from, inputs_behind
from .names import unread

MOST_NAMED = 3
MOST_TOLD = 8
COPYING = ("clone_model", "deepcopy", "from_config")
NAMED = ("activations", "initializers", "optimizers")


def _number_as_shape(failed: Failed) -> Iterator[Finding]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same; and an `Input` without a shape."""
    shape = failed.given.get("shape")
    if not isinstance(shape, (tuple, list)) and (shape is None or hasattr(shape, "__index__")):
        written = failed.call.argument(0, "shape")
        key = "shape" if written.key is None else written.key
        yield "input-shape-number", corrected(failed.call, {key: f"shape=({written.text or 1},)"})


def _another_width(failed: Failed) -> Iterator[Finding]:
    """A layer that was called before on a tensor of another width."""
    layer, call = failed.given["self"], failed.call
    tensors = [*map(operator.attrgetter("input_tensors"), layer._inbound_nodes), failed.given["args"]]
    widths = [tensor.shape[-1] for (tensor, *_) in tensors if hasattr(tensor, "_keras_history")]  # and no data of `fit`
    if widths[0] != widths[-1]:
        said = {"name": call.function, "before": widths[0], "now": widths[-1]}
        left = [one for one in unread(failed) if [*failed.scope[one].shape][-1:] == widths[:1]]
        if alike := _uncalled_twin(failed, layer):
            yield "layer-again", {"case": "uncalled", **said, "left": alike, **corrected(call, {}, alike)}
        elif len(left) == 1:
            yield "layer-again", {"case": "unread", **said, "left": left[0], **corrected(call, {0: left[0]})}
        else:
            another = _another_like(failed, layer)
            yield "layer-again", {**said, **(corrected(call, {}, another) if another else {})}


def _another_like(failed: Failed, layer: Any) -> str:
    """The code that creates a layer, to be written once more where it is called: with values for what a loop knows."""
    origin = failed.recorder.created.origin_of(layer)
    calls = [(source, one) for source in failed.recorder.program for one in source.calls.get(type(layer).__name__, ())]
    made = [(source, one) for source, one in calls if origin and source.location(one.lineno) == origin.places[0]]
    if origin is None or len(made) != 1:
        return ""
    source, call = made[0]
    values = {(one.argument.node.lineno, one.argument.node.col_offset): one.value for one in origin.values.values()}

    def written(part: ast.expr) -> ast.expr:
        """Raises `ValueError` or `SyntaxError` for what is no literal, and known elsewhere."""
        names = {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
        if names <= failed.scope.keys() - source.reused:
            return part
        return ast.Constant(ast.literal_eval(values.get((part.lineno, part.col_offset), "")))

    with contextlib.suppress(ValueError, SyntaxError):
        keywords = [ast.keyword(one.arg, written(one.value)) for one in call.keywords]
        return without_name(ast.Call(written(call.func), [*map(written, call.args)], keywords))
    return ""


def _uncalled_twin(failed: Failed, layer: Any) -> str:
    """The first variable with a layer of the same settings that the program never calls."""

    def settings(one: Any) -> dict[str, Any]:
        return {**one.get_config(), "name": ""}

    own = getattr(failed.scope.get("self"), "__dict__", {})
    named = {**failed.scope, **{f"self.{name}": one for name, one in own.items() if name[:1] != "_"}}
    others = [(name, one) for name, one in named.items() if type(one) is type(layer) and not one._inbound_nodes]
    others = [(name, one) for name, one in others if name.rpartition(".")[2] not in failed.source.calls]
    return next((name for name, one in others if settings(one) == settings(layer)), "")


def _layer_as_tensor(failed: Failed) -> Iterator[Finding]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    given, call = failed.given, failed.call
    if "args" in given:
        pairs: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, given["args"], strict=False))
    else:
        pairs = [(call.argument(n, name).node, given[name]) for n, name in enumerate(("inputs", "outputs"))]
    for name, layer in islice((one for pair in pairs for one in _uncalled(*pair)), 1):
        said = {"name": name, "kind": type(layer).__name__}
        yield "layer-not-called", {**said, **_instead_of(failed, layer, name)}


def _instead_of(failed: Failed, layer: Any, name: str) -> Said:
    """What a layer has given; or else its call on the one tensor that is left for it, where it is created."""
    if isinstance(getattr(layer, "axis", None), (list, tuple)):
        return {"case": "merge", **_in_two_brackets(failed, layer, name)}  # it took its tensors for an axis
    source = failed.source
    creating = [one for one in source.assigning(name) if isinstance(one.value, ast.Call)]
    origin = failed.recorder.created.origin_of(layer)
    places = origin.places[:1] if origin else []
    creating = [one for one in creating if source.location(one.lineno) in places] or creating
    if returned := _returned_by(failed, name):
        return {"case": "returned", **returned}
    results = [label for label, value in failed.scope.items() if operation_of(value) is layer]
    written = [unparsed(one) for one in ast.walk(failed.call.node) if isinstance(one, ast.expr)]
    if len(results) == 1 == written.count(name):
        return {"case": "given", **instead(results[0], name)}
    left = [] if layer._inbound_nodes else _left_for_a_layer(failed, layer)
    left = [name] if len(creating) == 1 and _had_a_value(failed, name, creating[0]) else left
    if len(left) == len(creating) == 1:
        later = left[0] != name and any(one.lineno > creating[0].lineno for one in source.assigning(left[0]))
        old = name if later or isinstance(layer, failed.keras.Model) else ast.unparse(creating[0])
        return {"case": "left", **instead(f"{old}({left[0]})", old)}
    return {"case": "named" if creating and not isinstance(layer, failed.keras.Model) else ""}


def _had_a_value(failed: Failed, name: str, line: ast.Assign) -> bool:
    """Whether the function of a line gives its name a value before, `x`, or is called with it."""
    function = failed.source.functions.get(failed.function, failed.source.tree)
    given = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
    lines = [one for one in own_parts(function) if isinstance(one, ast.Assign) and one.lineno < line.lineno]
    return name in given or any(unparsed(target) == name for one in lines for target in one.targets)


def _in_two_brackets(failed: Failed, layer: Any, name: str) -> Said:
    """The call that makes a merge, `Concatenate([a, b])`, with what it was given in a pair of brackets of its own."""
    named = [one.value for one in failed.source.assigning(name)]
    calls = failed.source.calls.get(type(layer).__name__, ())
    found = [one for one in calls if one.args and (one in named or unparsed(one) == name)]
    return in_two_brackets(found[0], found[0].args) if len(found) == 1 else {}


def _returned_by(failed: Failed, name: str) -> Said:
    """The line of a function, which is called as `name`, that returns a layer and not its result."""
    called = name.partition("(")[0]
    defined = [source.functions[called] for source in failed.recorder.program if called in source.functions]
    for function in defined[:1] if called != name else ():
        returned = [one for one in function.body if isinstance(one, ast.Return) and isinstance(one.value, ast.Call)]
        read = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
        unread = [one.arg for one in function.args.args if one.arg not in read]
        if returned and len(unread) == 1:
            line = ast.unparse(returned[0])
            return instead(f"{line}({unread[0]})", line)
    return {}


def _left_for_a_layer(failed: Failed, layer: Any) -> list[str]:
    """What nothing reads; none if other layers wait for a tensor, too."""
    keras, values = failed.keras, failed.variables.values()
    layers = [one for one in values if isinstance(one, keras.layers.Layer) and not isinstance(one, keras.Model)]
    waiting = any(one is not layer and not one._inbound_nodes for one in layers)
    return [] if waiting else unread(failed)


def _inputs_of_model(failed: Failed) -> Iterator[Finding]:
    """A `Model` that is given too few inputs, or its outputs first."""
    flatten = failed.keras.tree.flatten
    inputs, outputs = flatten(failed.given["inputs"]), flatten(failed.given["outputs"])
    if not all(hasattr(one, "_keras_history") for one in inputs):
        return  # it is given data
    behind = inputs_behind(outputs)
    left_out = behind.keys() - set(map(id, inputs))
    if left_out and set(map(id, outputs)) <= inputs_behind(inputs).keys():
        ends = [failed.call.argument(n, name) for n, name in enumerate(("inputs", "outputs"))]
        yield "model-arguments", {"case": "order", **exchanged(failed.call, *ends)}
    elif left_out:
        variables = [(name, value) for name, value in failed.scope.items() if name[:1] != "_"]
        named = {id(value): name for name, value in reversed(variables)}  # of several names the first one
        names = [name for name, value in variables if id(value) in left_out and named[id(value)] == name][:MOST_NAMED]
        again = [named[one] for one, many in Counter(map(id, inputs)).items() if many > 1 and one in named]
        made = [behind[one] for one in left_out]
        kept = [one for one in inputs if id(one) in inputs_behind([one])]
        if not names and (overwritten := _overwritten(failed.recorder, made)):
            yield "model-arguments", {"case": "overwritten", **overwritten}
            return
        if not names and (kept_names := _with_another_name(failed, made)):
            yield "model-arguments", {"case": "named_again", **kept_names}
            return
        if stale := _of_another_cell(failed, outputs):
            yield "model-arguments", {"case": "stale", **stale}
            return
        places = _places(failed, made, 2)
        unnamed = {"case": "placed", "input_places": places} if places else {"case": "unnamed"}
        if places and places == _places(failed, [operation_of(one) for one in kept], 2):
            unnamed["case"] = "each"
        told = {"case": "again", "name": again[0]} if again else {"case": "left_out"}
        change = _with_inputs(failed.call, kept, names) if len(names) == len(left_out) else {}
        yield "model-arguments", {**told, "names": names, **change} if names else unnamed


def _with_inputs(call: Written, kept: Sequence[Any], names: Sequence[str]) -> Said:
    """The call with more inputs in its list, or in a list of one; of what it has, only those that are `kept`."""
    given = call.argument(0, "inputs")
    written = given.node.elts if isinstance(given.node, ast.List) else [given.node]
    values = [call.spot.value(one) for one in written]
    if given.key is None or any(value is None or isinstance(value, (list, tuple, dict)) for value in values):
        return {}
    once = {id(value): unparsed(one) for one, value in reversed([*zip(written, values, strict=True)])}
    texts = [text for value, text in reversed(once.items()) if value in map(id, kept)]
    made = [
        name for name in call.spot.scope if name in {*texts, *names}
    ]  # as they were made, where the others stand so
    in_order = [name for name in made if name in texts] == texts
    return corrected(call, {given.key: spelled_part(given.key, one_or_list(made if in_order else [*texts, *names]))})


def _with_another_name(failed: Failed, layers: Sequence[Any]) -> Said:
    """One more name for each input whose name has another value by now, where the input is made and in this call."""
    given, origins = failed.call.argument(0, "inputs"), [*map(failed.recorder.created.origin_of, layers)]
    parts = given.node.elts if isinstance(given.node, (ast.List, ast.Tuple)) else [given.node]
    values, texts, edits = [*map(failed.value, parts)], [*map(unparsed, parts)], list[tuple[Source, int, str, str]]()
    wrong = [place for place, value in enumerate(values) if id(value) not in inputs_behind([value])
             or any(value is one for one in values[place + 1 :])]  # fmt: skip
    lines = [(source, one) for origin in filter(None, origins) for source in failed.recorder.program
             for one in source.nodes if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
             and source.location(one.lineno) == origin.places[0]]  # fmt: skip
    lines.sort(key=lambda pair: (pair[0].cell or 0, pair[1].lineno))
    if given.key is None or not len(wrong) == len(lines) == len(origins) == len({line.lineno for _, line in lines}):
        return {}
    listed = [one for one in map(failed.recorder.created.origin_of, map(operation_of, values)) if one and one.places]
    if any(one.places[0] == origin.places[0] for one in listed for origin in origins if origin):
        return {}  # made by one line in turn, which has the last one only
    for place, (source, line) in zip(wrong, lines, strict=True):
        texts[place] = f"{unparsed(line.targets[0])}_{line.lineno}"
        edits.append((source, line.lineno, f"{texts[place]} = {ast.unparse(line)}", ast.unparse(line)))
    return {**across(edits), **corrected(failed.call, {given.key: spelled_part(given.key, one_or_list(texts))})}


def _of_another_cell(failed: Failed, outputs: Sequence[Any]) -> Said:
    """A call of this cell that reads what an earlier one gave to a variable, where this cell has something unread."""
    here, created = failed.source, failed.recorder.created

    def is_here(layer: Any) -> bool:
        origin = created.origin_of(layer)
        return bool(here.cell and origin and origin.places and origin.places[0]["cell"] == here.cell)

    ends = [(name, value, operation_of(value)) for name, value in failed.scope.items()]
    idle = [
        name
        for name, value, made in ends
        if is_here(made) and not made._outbound_nodes and not any(value is one for one in outputs)
    ]
    calls = [node for _, node in computed_from(outputs) if is_here(node.operation)]
    stale = [(node.operation, tensor) for node in calls for tensor in node.input_tensors
             if not is_here(operation_of(tensor))]  # fmt: skip
    names = [name for _, tensor in stale for name, value in failed.scope.items() if value is tensor]
    if not len(idle) == len(stale) == 1 <= len(names):
        return {}
    reader = created.origin_of(stale[0][0])
    line = [*reader.places[:1], *reader.calls][-1]["line"] if reader else 0
    return {"name": names[0], "left": idle[0], **elsewhere(here, [(line - here.offset, idle[0], names[0])])}


def _overwritten(recorder: Recorder, layers: Sequence[Any]) -> Said:
    """A line that makes one of these inputs, and gives it the name of what its function is called with."""
    places = [place for origin in filter(None, map(recorder.created.origin_of, layers)) for place in origin.places]
    for source in recorder.program:
        for function in source.functions.values():
            given = {one.arg for one in function.args.args}
            for line in (one for one in function.body if isinstance(one, ast.Assign)):
                if unparsed(line.targets[0]) in given and source.location(line.lineno) in places:
                    return {"gone": ast.unparse(line), "name": unparsed(line.targets[0]), "function": function.name}
    return {}


def _places(failed: Failed, layers: Sequence[Any], most: int) -> list[str]:
    """Where layers were created, and called from, as far as this call is not made within the same."""
    here = failed.recorder.sources.callers(failed.frame)
    origins = filter(None, map(failed.recorder.created.origin_of, layers))
    found = [[place for place in one.places if place not in here[1:]][:most] for one in origins]
    found = [places for places in found if places and all(one["file"] == here[0]["file"] for one in places)]
    found.sort(key=lambda places: [(one["cell"] or 0, one["line"]) for one in places])
    texts = [[in_words(place, here[0]["cell"]) for place in places] for places in found]
    return list(dict.fromkeys(map(", in a function called on ".join, texts)))[:MOST_TOLD]


def _names_again(failed: Failed) -> Iterator[Finding]:
    """Layers of one model with the same name: all such names, and where they are given."""
    recorder = failed.recorder
    if "outputs" in failed.given:
        nodes = computed_from(failed.keras.tree.flatten(failed.given["outputs"]))
        found = [*{id(node.operation): node.operation for _, node in nodes}.values()]
    else:
        found = list(failed.given["layers"] or ())
    names = Counter(one.name for one in found)
    again = [one for one in found if names[one.name] > 1]
    origins = filter(None, map(recorder.created.origin_of, again))
    made = [place for one in origins for place in one.places]
    calls = _calls_at(recorder, made)
    if again and all(one.name.endswith("CLONE") for one in again):  # what Keras makes in place of a result
        yield "inputs-are-no-inputs", {}
    elif copying := next((last_name(one.func) for _, one in calls if last_name(one.func) in COPYING), ""):
        yield "layer-names", {"case": "copied", "names": [again[0].name], "function": copying}
    elif again:
        told, naming = sorted({one.name for one in again}), _naming(recorder, again)
        places = _in_words(failed, naming) or _places(failed, again, 1)
        named = [(source, one) for source, one in _calls_at(recorder, naming) if _has_name(one)]
        without = across((source, one.lineno, without_name(one), ast.unparse(one)) for source, one in named)
        placed = {"case": "placed", "name_places": places, **without} if places else {}
        yield "layer-names", {"names": told[:MOST_TOLD], **placed}


def _naming(recorder: Recorder, layers: Sequence[Any]) -> list[Place]:
    """The lines that give these layers their names, from top to bottom."""
    origins = [one for one in map(recorder.created.origin_of, layers) if one]
    named = ([one for one in origin.places if any(_has_name(call) for _, call in _calls_at(recorder, [one]))]
             for origin in origins)  # fmt: skip
    return sorted((one for places in named for one in places[:1]), key=lambda one: (one["cell"] or 0, one["line"]))


def _has_name(call: ast.Call) -> bool:
    return any(keyword.arg == "name" for keyword in call.keywords)


def _in_words(failed: Failed, places: Iterable[Place]) -> list[str]:
    return list(dict.fromkeys(in_words(place, failed.source.cell) for place in places))[:MOST_TOLD]


def _calls_at(recorder: Recorder, places: Sequence[Place]) -> list[tuple[Source, ast.Call]]:
    nodes = [(source, one) for source in recorder.program for one in source.nodes if isinstance(one, ast.Call)]
    return [(source, one) for source, one in nodes if source.location(one.lineno) in places]


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression) or value.name, value
    if isinstance(value, (list, tuple)):
        written = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(written[position] if len(written) == len(value) else None, item)


def _merged_widths(failed: Failed) -> Iterator[Finding]:
    """Tensors of different widths, added or multiplied number by number; also by `a + b`."""
    given = failed.given
    tensors = [given.get("shape1", given.get("self")), given.get("shape2", given.get("other"))]
    left, right = (tuple(getattr(one, "shape", one) or ()) for one in tensors)
    if left and right and left[:-1] == right[:-1] and left[-1] != right[-1]:
        known = isinstance(left[-1], int) and isinstance(right[-1], int)
        yield "merge-widths", {"left": left[-1], "right": right[-1]} if known else {"case": "unknown"}


def unknown_name(section: str, failed: Failed) -> Iterator[Finding]:
    name = failed.given.get("identifier")
    if isinstance(name, dict) and section == "activations":
        yield from _settings_as_activation(failed)
    if isinstance(name, str):
        found = meant(failed.keras, section, name)
        yield "unknown-name", {**found, **(_as_initializer(name, failed.call) if "case" in found else {})}


def _settings_as_activation(failed: Failed) -> Iterator[Finding]:
    """`Dense(20, SETTINGS)`, where `Dense(20, **SETTINGS)` is meant, here and in other calls."""
    given, edits = failed.call.parts.get(1), list[tuple[int, str, str]]()
    for call in failed.source.calls.get(last_name(failed.call.node.func), ()) if isinstance(given, ast.Name) else ():
        if [*map(unparsed, call.args[1:])] == [unparsed(given)]:
            new = ast.Call(call.func, call.args[:1], [*call.keywords, ast.keyword(None, call.args[1])])
            edits.append((call.lineno, ast.unparse(new), ast.unparse(call)))
    if edits:
        yield "argument-unknown", {"case": "unpack", "name": unparsed(given), **elsewhere(failed.source, edits)}


def _as_initializer(name: str, call: Written) -> Said:
    """The call of a layer in which an initializer stands for the activation, and the activation perhaps behind it."""
    named: dict[Key, str | None] = {}
    for key, one in call.parts.items():
        if key in (1, "activation") and isinstance(one, ast.Constant) and one.value == name:
            named[key] = f"kernel_initializer='{name}'"
        elif key == 2:
            named[key] = f"activation={unparsed(one)}"
    return corrected(call, named) if {1, "activation"} & named.keys() else {}


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Rule], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.layers", "Layer", "__call__", _another_width),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _inputs_of_model),
    ("keras.src.models.functional", "Functional", "__init__", _names_again),
    ("keras", "Sequential", "__init__", _names_again),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _merged_widths) for name in ("add", "sub", "mul")),
    *((f"keras.src.{section}", "", "get", functools.partial(unknown_name, section)) for section in NAMED),
)


def watch(recorder: Recorder, replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    """Explain calls that fail. A Keras that keeps one of these elsewhere goes without that explanation."""
    for module, owner, name, explain in WATCHED:
        with contextlib.suppress(ImportError, AttributeError):
            location = importlib.import_module(module)
            replace(getattr(location, owner) if owner else location, name, _told_on_failure(recorder, explain))


def _told_on_failure(recorder: Recorder, rule: Rule) -> Any:
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

        def found(error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Finding]:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            spot = next(recorder.sources.spots(sys._getframe(1)), None)
            if spot and not inert(given.arguments.values()):
                yield from rule(Failed(**vars(spot), recorder=recorder, error=error, given=given.arguments))

        return call

    return wrap
