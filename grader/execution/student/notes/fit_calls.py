"""What `fit`, `evaluate` and `predict` are fed: arrays that a model cannot take, or in another sense than was meant."""

from __future__ import annotations

import ast
import contextlib
import math
import numbers
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, takewhile
from typing import Any

from ..describe import operation_of
from ..recorder import Record, Recorder, placed
from ..source.sources import Source, Spot
from ..source.statements import bound_by, reads
from ..source.written_calls import (
    Argument,
    ArgumentKey,
    Conclusion,
    NoteValues,
    Written,
    call_here,
    corrected,
    exchanged,
    inserted,
    instead,
    list_of,
    one_or_list,
    together,
    unparsed,
    with_value,
)
from .compile_calls import by_output, has_copies, output_names
from .fed_arrays import MOST_ARRAYS, Fed, has_columns, is_numbers, is_row, shape_of

# Losses that compare targets and predictions element by element, and so broadcast without a warning.
ELEMENTWISE = ("squared", "absolute", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")
VALIDATION = "validation_data"
METHODS = ("compile", "fit", "evaluate", "predict")  # of a model


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any], where: str = "fit") -> None:
    """Note what is wrong with the data; where inputs are copies, that was noted already, and no data would fit."""
    if not has_copies(model):
        recorder.explain(_at_once(_concluded(recorder, model, record, asked, where)), concluded=True)


def _at_once(findings: Iterator[Conclusion]) -> Iterator[Conclusion]:
    """These, but changes that are made for one reason in several places as one."""
    groups: dict[str, list[NoteValues]] = {}
    for code, details in findings:
        if details.get("edits"):
            groups.setdefault(code, []).append(details)
        else:
            yield code, details
    for code, group in groups.items():
        yield code, {**group[0], "edits": together(*group)["edits"]}


def _concluded(
    recorder: Recorder, model: Any, record: Record, asked: dict[str, Any], where: str
) -> Iterator[Conclusion]:
    call, validation = call_here(recorder.sources), asked.get(VALIDATION)
    if tensors := [*_tensors(call, recorder.program)]:
        yield from tensors
        return
    if changes := in_lists(call, model, [*asked.values()][1:], validation):
        yield "arrays-count", corrected(call, changes)
        return
    losses = _losses_by_output(record, output_names(model))
    numpy = next((name for name, value in call.spot.scope.items() if value is sys.modules.get("numpy")), "")
    x, y = (call.argument(n, name, asked[name]) for n, name in enumerate("xy"))
    unmet = _Needs(model, losses, numpy, y.spot or call.spot).unmet
    findings = unmet(where, x, y)
    if findings and x.node and y.node and not unmet(where, replace(y, name="x"), replace(x, name="y")):
        yield "arrays-count", exchanged(call, x, y)
        return
    yield from findings
    if isinstance(validation, (list, tuple)) and 2 <= len(validation) <= MOST_ARRAYS:
        yield from _of_validation(call.argument(7, VALIDATION, validation), unmet, findings)


def _tensors(call: Written, program: Iterable[Source]) -> Iterator[Conclusion]:
    """A tensor of the network in place of data, which its name may have had before."""
    scope = call.spot.scope
    names = dict.fromkeys(part.id for part in ast.walk(call.node) if isinstance(part, ast.Name))
    for name in (name for name in names if operation_of(scope.get(name)) is not None):
        change: NoteValues = {}
        case = "tensor"
        given = call.argument(0, "x").text
        if isinstance(call.node.func, ast.Attribute) and call.node.func.attr == "predict" and given:
            case, change = "call", instead(f"{unparsed(call.node.func.value)}({given})", call.text)
        elif data := _data_before(name, scope, program):
            arguments = (call.argument(number, key) for number, key in enumerate("xy"))
            own = [argument for argument in arguments if argument.node is not None and name in reads(argument.node)]
            changes = (argument.instead(with_value(argument.node, name, data)) for argument in own)
            case, change = "overwritten", together(*changes)
        yield "data-not-array", {"case": case, "name": name, **change}


def _data_before(name: str, scope: Mapping[str, Any], program: Iterable[Source]) -> ast.expr | None:
    """The one expression by which NumPy made the data of this name; nothing if it would give other data now."""
    values = [line.value for source in program for line in source.assigning(name)]
    made = [value for value in values if any(scope.get(part) is sys.modules.get("numpy") for part in reads(value))]
    if len(made) != 1 or any(operation_of(scope.get(part)) for part in reads(made[0])):
        return None
    called = [unparsed(part.func) for part in ast.walk(made[0]) if isinstance(part, ast.Call)]
    homes = [scope.get(path.partition(".")[0]) is sys.modules.get("numpy") for path in called]
    return made[0] if all(homes) and not any("random" in path for path in called) else None


@dataclass(frozen=True)
class _Needs:
    """What a model needs that is trained in a place. `losses` are the names of those of its outputs, and `numpy` what
    the program calls that."""

    model: Any
    losses: Sequence[str]
    numpy: str
    spot: Spot

    def unmet(self, where: str, x: Argument, y: Argument) -> list[Conclusion]:
        """What `x` and `y` do not meet: of each of the two the first, since the others follow from it."""
        inputs, outputs = (tuple(getattr(self.model, side, None) or ()) for side in ("inputs", "outputs"))
        keyed = getattr(self.model, "_inputs_struct", None)  # a dict that `Model` was given, whose keys are the names
        keys = {id(tensor): key for key, tensor in keyed.items()} if type(keyed) is dict else {}
        fed_x = Fed(x, inputs, tuple(keys.get(id(tensor)) or name_of_input(tensor) for tensor in inputs), where)
        fed_y = Fed(y, outputs, tuple(getattr(self.model, "output_names", None) or ()), where)
        plain_x, plain_y = _plain_numbers(fed_x, self.numpy), _plain_numbers(fed_y, self.numpy)
        of_x = chain(_keys(fed_x), plain_x, _count(fed_x), _input_shapes(fed_x))
        counted_y = _count(fed_y, self.targets(fed_x, fed_y))
        of_y = chain(_keys_of_targets(fed_y, self.model), plain_y, counted_y, _broadcasts(fed_y, self.losses))
        findings = [*islice(of_x if fed_x.arrays else (), 1), *islice(of_y if fed_y.arrays else (), 1)]
        return findings or [*_samples(fed_x, fed_y)]

    def targets(self, x: Fed, y: Fed) -> list[str]:
        """The variables of arrays that are no inputs and have a sample for each of theirs, if what is given is one; of
        more than there are outputs, those of the same cell or function."""
        inputs, counts = [*x.arrays.values()], {shape_of(part)[:1] for part in x.arrays.values()}
        arrays = {name: value for name, value in self.spot.scope.items() if type(value).__name__ == "ndarray"}
        alike = {name for name, value in arrays.items() if {shape_of(value)[:1]} == counts}
        names = [name for name in arrays if name in alike and not any(arrays[name] is part for part in inputs)]
        own = bound_by(self.spot.own_nodes) if len(names) > len(y.tensors) else {*names}
        return [name for name in names if name in own] if y.text in names else []


def _of_validation(
    argument: Argument, unmet: Callable[[str, Argument, Argument], list[Conclusion]], earlier: Sequence[Conclusion]
) -> Iterator[Conclusion]:
    """What is wrong with `(x, y)`, as it stands in one place; of what the network may be the cause, nothing again."""
    parts = _entries(argument)
    findings, texts = unmet(VALIDATION, *parts[:2]), [part.text for part in parts]
    edits = [edit for _, entry in findings for edit in entry.get("edits", ())]
    changes = {edit["old"]: edit["new"] for edit in edits if edit.get("old") in texts[:2]}
    whole = argument.instead(f"({', '.join(changes.get(text, text) for text in texts)})")
    for code, details in findings:
        if any(edit.get("old") in changes for edit in details.get("edits", ())):
            yield code, {**details, **whole}
        elif code == "arrays-count" or code not in dict(earlier):
            yield code, details


def with_targets_exchanged(recorder: Recorder, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """How two targets, and those for validation, are given the other way round."""
    with contextlib.suppress(Exception):  # what a program calls `fit` with may be too deep to be written
        call, validation = call_here(recorder.sources), asked.get(VALIDATION)
        given = [call.argument(1, "y", asked["y"])]
        if isinstance(validation, (list, tuple)) and len(validation) >= 2:
            given += [call.handed(part) for part in _entries(call.argument(7, VALIDATION, validation))[1:2]]
        fed = [Fed(argument, (), (), "") for argument in given if isinstance(argument.value, (list, tuple))]
        pairs = [each for each in fed if len(each.arrays) == 2]
        exchanges = [each.instead([each.text_of(1), each.text_of(0)]) for each in pairs]
        return placed([edit for exchange in exchanges for edit in exchange.get("edits", ())], recorder.here())
    return []


def in_lists(call: Written, model: Any, given: Sequence[Any], validation: Any) -> dict[ArgumentKey, str | None]:
    """How arrays in a row, `x, y1, y2`, stand in a call where the model takes two lists, or an array and a list.

    `given` are the values of what stands there by position, and `validation` that of `validation_data`.
    """
    inputs, outputs = len(model.inputs), len(model.outputs)
    changes: dict[ArgumentKey, str | None] = {}
    if grouped := _grouped(call.node.args, given, inputs, outputs):
        changes |= dict(enumerate([*grouped, *[None] * (inputs + outputs - 2)]))
    node = call.parts.get(VALIDATION)
    are_lists = isinstance(node, (ast.Tuple, ast.List)) and isinstance(validation, (list, tuple))
    if are_lists and (grouped := _grouped(node.elts, validation, inputs, outputs)):  # type: ignore[union-attr]
        changes[VALIDATION] = f"{VALIDATION}=({', '.join(grouped)})"
    return changes


def _grouped(nodes: Sequence[ast.expr], values: Sequence[Any], inputs: int, outputs: int) -> list[str]:
    arrays = [
        *takewhile(lambda value: bool(shape_of(value)) and not hasattr(value, "_keras_history"), values[: len(nodes)])
    ]
    if len(arrays) < 3 or len(arrays) != inputs + outputs:
        return []
    texts = [*map(unparsed, nodes[: len(arrays)])]
    return [one_or_list(texts[:inputs]), one_or_list(texts[inputs:])]


def _entries(argument: Argument) -> list[Argument]:
    """Those of `(x, y)`, each as it is written, or as it can be where the whole has a name."""
    node, values = argument.node, argument.value
    nodes: list[Any] = [None] * len(values)
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(values):
        nodes = node.elts
    elif isinstance(node, (ast.Name, ast.Attribute)):
        nodes = [ast.Subscript(node, ast.Constant(place)) for place in range(len(values))]
    names = ["x", "y", *["sample_weight"] * len(values)]
    rows = zip(names, values, nodes, strict=False)
    return [Argument(name, value, part, 0, argument.spot) for name, value, part in rows]


def name_of_input(tensor: Any) -> str:
    """The name by which `fit` knows an input: its layer's."""
    layer = operation_of(tensor)
    return str(getattr(tensor if layer is None else layer, "name", ""))


def _losses_by_output(record: Record, outputs: Sequence[str]) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = [loss["by_name"].get(name) for name in outputs]
    losses = loss if isinstance(loss, list) else [loss] * len(outputs)
    return [str(entry.get("setting", "")) if isinstance(entry, dict) else "" for entry in losses]


def _keys(x: Fed) -> Iterator[Conclusion]:
    """A dict of inputs that lacks the name of one: what has no such name takes the places that are left, in the order
    of the dict, and what all have takes all of them."""
    if not isinstance(x.data, dict) or {*x.names} <= x.data.keys():
        return
    nodes = getattr(x.argument.node, "values", ())
    texts = {key: unparsed(node) for key, node in zip(x.data, nodes, strict=False)}
    others, left = [key for key in texts if key not in x.names], [name for name in x.names if name not in texts]
    if len({*texts.values()}) == 1 and (others or len(texts) > 1):
        others = [*texts][:1] * len(left)
    texts |= {name: texts[key] for name, key in zip(left, others, strict=False)}
    whole = [texts[name] for name in x.names if name in texts]
    change = x.argument.instead(one_or_list(whole)) if len(whole) == len(x.tensors) else {}
    yield "arrays-count", {"case": "keys", "names": [*x.names], **change}


def _keys_of_targets(y: Fed, model: Any) -> Iterator[Conclusion]:
    """A dict of targets whose keys are not the names of the outputs, in the order of the dict; or one for an
    output that is alone, for which Keras takes the array itself."""
    texts = [unparsed(node) for node in getattr(y.argument.node, "values", ())]
    if len(texts) == len(y.tensors) == 1 and not isinstance(getattr(model, "_outputs_struct", None), dict):
        yield "arrays-count", y.argument.instead(texts[0])
        return
    change = {"case": "list", **y.argument.instead(list_of(texts))} if len(texts) == len(y.tensors) else {}
    yield from ((code, {**details, **change}) for code, details in by_output(y.data, model))


def _plain_numbers(fed: Fed, numpy: str) -> Iterator[Conclusion]:
    """A number, or a list of numbers, where Keras takes arrays."""
    several = isinstance(fed.data, (list, tuple)) and len(fed.tensors) == len(fed.arrays) > 1
    plain = isinstance(fed.data, numbers.Number) or is_numbers(fed.data)
    if plain or (several and any(map(is_numbers, fed.arrays.values()))):
        yield "data-not-array", together(fed.in_form(numpy or "np"), {} if numpy else inserted("import numpy as np"))


def _count(fed: Fed, names: Sequence[str] = ()) -> Iterator[Conclusion]:
    """One array for two inputs, or for two outputs, for which there may be as many variables; or more than there are,
    of which all are the same."""
    needed, count = len(fed.tensors), len(fed.arrays)
    if not needed or needed == count or isinstance(fed.data, dict):
        return
    texts = {unparsed(node) for node in getattr(fed.argument.node, "elts", ())}
    inner, shape = getattr(fed.argument.node, "args", [])[:1], shape_of(fed.data) if fed.is_one else ()
    by_column, by_row = shape[1:] == (needed,), len(shape) > 1 and shape[0] == needed
    if fed.is_one and inner and isinstance(inner[0], ast.List) and len(inner[0].elts) == needed:
        yield "arrays-count", fed.argument.instead(unparsed(inner[0]))  # `np.array([x, x])`
    elif by_column or by_row:  # `np.column_stack([y1, y2])`, or `np.array([y1, y2])`
        text = f"({fed.text})" if isinstance(fed.argument.node, (ast.BinOp, ast.UnaryOp)) else fed.text
        entries = [f"{text}[:, {index}]" if by_column else f"{text}[{index}]" for index in range(needed)]
        yield "arrays-count", fed.argument.instead(list_of(entries))
    elif fed.is_one and len(names) == needed:
        yield "arrays-count", fed.argument.instead(list_of(names))
    elif fed.is_one and fed.argument.name == "x":
        yield "arrays-count", fed.argument.instead(list_of([fed.text] * needed))
    elif len(texts) == 1 and (count > needed or fed.argument.name == "x"):
        yield "arrays-count", fed.argument.instead(one_or_list([*texts] * needed))
    else:
        yield "arrays-count", {"case": fed.argument.name, "wanted": needed, "given": count, "where": fed.where}


def _input_shapes(x: Fed) -> Iterator[Conclusion]:
    """An array that has other columns than its `Input`."""
    for index, (tensor, array) in enumerate(x.shapes):
        needed, shape = tensor[1:], array[1:]
        if has_columns(needed, shape):
            continue
        details = {"text": x.text_of(index), "found_shape": str(array), "wanted_shape": str(tensor)}
        fewer = math.prod(size or 1 for size in shape) < math.prod(size or 1 for size in needed)
        change = instead(f"Input(shape={shape or (1,)})", f"Input(shape={needed})") if fewer else x.in_form()
        yield "input-shape", {**details, **change}


def _samples(x: Fed, y: Fed) -> Iterator[Conclusion]:
    """Arrays of different lengths: what is as long as the shortest once it is cut."""
    shapes = [shape_of(array) for array in (*x.arrays.values(), *y.arrays.values())]
    if len({shape[0] or 0 for shape in shapes if shape}) < 2:  # as in nearly every call, whose code is not looked at
        return
    written = [[fed.text_of(n) for n in range(len(fed.arrays))] for fed in (x, y)]
    counts = {text: shape[0] or 0 for text, shape in zip(chain(*written), shapes, strict=True) if shape}
    most, least = max(counts.values()), min(counts.values())
    longer, shorter = (next(text for text in counts if counts[text] == number) for number in (most, least))
    for fed, texts in zip((x, y), written, strict=True) if most > least else ():  # not of what is written alike
        cut = [f"{text}[:{least}]" if counts.get(text, 0) > least else text for text in texts]
        details = {"longer": longer, "most": most, "shorter": shorter, "least": least}
        yield "sample-count", {**details, **fed.instead(cut)}


def _broadcasts(y: Fed, losses: Sequence[str]) -> Iterator[Conclusion]:
    """Targets whose shape differs from the output's train all the same, each against all."""
    for (tensor, array), loss in zip(y.shapes, losses, strict=False):
        needed, shape = tensor[1:], array[1:] or (1,)
        elementwise = any(part in loss.lower() for part in ELEMENTWISE)
        if elementwise and None not in needed and needed != shape:
            change = y.in_form() if is_row(array) and needed == (1,) else {}
            yield "target-shape-broadcast", {"targets_shape": str(array), "output_shape": str(tensor), **change}
