"""What `fit` is fed: arrays that the model cannot take, or takes without a word and in another sense."""

from __future__ import annotations

import ast
import contextlib
import numbers
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import rewrite
from .recorder import Record, Recorder
from .rewrite import Said, Written, corrected, instead

Finding = tuple[str, Said]
# Losses that compare targets and predictions element by element, and so broadcast without a word.
ELEMENTWISE = ("squared", "absolute", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")
POSITIONS = {"x": 0, "y": 1}


@dataclass(frozen=True)
class Fed:
    """One of the two things that `fit` is given: its arrays, and what the model has for them."""

    name: str
    data: Any
    tensors: Sequence[Any]
    names: Sequence[str]
    call: Written | None

    @property
    def arrays(self) -> list[Any]:
        if isinstance(self.data, dict):
            return [self.data[key] for key in self.keys]
        return list(self.data) if is_list_of_data(self.data) else [self.data]

    @property
    def keys(self) -> list[Any]:
        """Of a dict, in the order of the model; of a list, the positions."""
        if isinstance(self.data, dict):
            return [name for name in self.names if name in self.data] or list(self.data)
        return list(range(len(self.data)))

    @property
    def text(self) -> str:
        value = self.call.value(POSITIONS[self.name], self.name) if self.call else None
        return rewrite.unparsed(value) or self.name

    def text_of(self, index: int) -> str:
        """One of the arrays, as it stands in the call."""
        if not isinstance(self.data, (list, tuple, dict)):
            return self.text
        key = self.keys[index]
        return ast.unparse(self.written[key]) if key in self.written else f"{self.text}[{key!r}]"

    @property
    def written(self) -> dict[Any, ast.expr]:
        """The arrays as they stand in the call, where it lists them."""
        value = self.call.value(POSITIONS[self.name], self.name) if self.call else None
        if isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == len(self.data):
            return dict(enumerate(value.elts))
        if isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            return {one.value: item for one, item in pairs if isinstance(one, ast.Constant)}
        return {}

    def array_of(self, text: str) -> str:
        """NumPy's array of it, by the name that NumPy has where `fit` is called."""
        scope = self.call.frame.f_globals if self.call and self.call.frame else {}
        name = next((name for name, value in scope.items() if value is sys.modules.get("numpy")), "np")
        return f"{name}.array({text})"

    def put(self, old: str, new: str) -> Said:
        """One of the arrays put otherwise: alone where it can be found in the call, else with the whole call."""
        return self.instead(new) if old == self.text and old.isidentifier() else instead(new, old)

    def instead(self, new: str) -> Said:
        """The call of `fit` with this argument put otherwise."""
        key = self.call.key(POSITIONS[self.name], self.name) if self.call else None
        if self.call is None or key is None:
            return instead(new, self.text)
        return corrected(self.call, {key: new if isinstance(key, int) else f"{key}={new}"})


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> None:
    """Note what is wrong with the data; of each argument the first thing, since the others follow from it."""
    call = rewrite.call_here(recorder.sources)
    inputs, outputs = (list(getattr(model, side, None) or []) for side in ("inputs", "outputs"))
    if any(map(is_copy, inputs)):
        return  # told already, and no data would fit
    x = Fed("x", asked["x"], inputs, [name_of_input(tensor) for tensor in inputs], call)
    y = Fed("y", asked["y"], outputs, list(getattr(model, "output_names", None) or []), call)
    losses = losses_by_output(record, len(outputs))
    alone = len(outputs) == 1 and not isinstance(getattr(model, "_outputs_struct", None), dict)
    for fed, specific in ((x, input_shapes(x, y)), (y, broadcasts(y, losses))):
        if is_data(fed.data):
            for code, said in [*keys(fed, alone and fed is y), *plain_numbers(fed), *count(fed), *specific][:1]:
                recorder.note(code, said)


def name_of_input(tensor: Any) -> str:
    """The name by which `fit` knows an input: its layer's."""
    layer = getattr(getattr(tensor, "_keras_history", None), "operation", tensor)
    return str(getattr(layer, "name", ""))


def is_copy(tensor: Any) -> bool:
    """Whether Keras made this input itself, where a model was given what a layer had computed."""
    return str(getattr(tensor, "name", "")).endswith("CLONE")


def is_data(value: Any) -> bool:
    """Arrays, and what stands for arrays; a data set or a generator is not looked into."""
    return isinstance(value, (list, tuple, dict, numbers.Number)) or (hasattr(value, "shape") and value is not None)


def is_list_of_data(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not is_numbers(value)


def is_numbers(value: Any) -> bool:
    """A list of plain numbers, however deep: Keras wants an array."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, numbers.Number) or is_numbers(one) for one in value[:100])


def keys(fed: Fed, alone: bool) -> Iterator[Finding]:
    """A dict whose keys are not the names of the model; or any at all for the one output that Keras takes plain."""
    wanted = len(fed.tensors)
    if not isinstance(fed.data, dict) or not wanted or len(fed.names) != wanted:
        return
    strange = [key for key in fed.data if key not in fed.names]
    if not strange and not alone:
        return
    names = {"names": list(map(str, fed.names))}
    in_order = [name if name in fed.data else strange.pop(0) for name in fed.names if name in fed.data or strange]
    if len(in_order) == len(fed.data) == wanted and set(in_order) <= fed.written.keys():
        plain = [ast.unparse(fed.written[key]) for key in in_order]
        yield "data-names", {**names, **fed.instead(f"[{', '.join(plain)}]" if wanted > 1 else plain[0])}
    else:
        yield "data-names", {"case": "list" if wanted > 1 else "array", **names}


def plain_numbers(fed: Fed) -> Iterator[Finding]:
    several = len(fed.tensors) > 1 and isinstance(fed.data, (list, tuple)) and len(fed.data) == len(fed.tensors)
    if several and any(is_numbers(one) for one in fed.data):
        texts = [fed.text_of(index) for index in range(len(fed.data))]
        yield "data-not-array", fed.instead(f"[{', '.join(map(fed.array_of, texts))}]")
    elif is_numbers(fed.data):
        yield "data-not-array", fed.instead(fed.array_of(fed.text))
    elif any(isinstance(one, numbers.Number) or getattr(one, "shape", None) == () for one in fed.arrays):
        said = fed.instead(fed.array_of(f"[{fed.text}]"))
        yield "data-not-array", {"case": "single", "text": fed.text, **said}


def count(fed: Fed) -> Iterator[Finding]:
    """One array for two inputs, or for two outputs."""
    wanted, given = len(fed.tensors), len(fed.arrays)
    if not wanted or wanted == given or isinstance(fed.data, dict):
        return
    code = "arrays-for-inputs" if fed.name == "x" else "arrays-for-outputs"
    if given > 1:
        yield code, {"case": "count", "wanted": wanted, "given": given}
        return
    text = fed.text if not isinstance(fed.data, (list, tuple)) else f"{fed.text}[0]"
    shape = shape_of(fed.arrays[0])
    if len(shape) == 2 and shape[1] == wanted:
        parts = [f"{text}[:, {index}]" for index in range(wanted)]
    elif fed.name == "x":
        parts = [text] * wanted
    else:
        others = {"case": "others", "others": list(fed.names[1:])} if len(fed.names) == wanted else {}
        yield code, {**others, **fed.instead(f"[{', '.join([text, *['…'] * (wanted - 1)])}]")}
        return
    yield code, fed.instead(f"[{', '.join(parts)}]")


def input_shapes(x: Fed, y: Fed) -> Iterator[Finding]:
    """An array whose columns are not those of its `Input`. (N,) and (N, 1) are the same to Keras, and to us."""
    rows = next((shape_of(one)[:1] for one in y.arrays if shape_of(one)), [])
    for index, (tensor, array) in enumerate(zip(x.tensors, x.arrays, strict=False)):
        wanted, given, text = list(tensor.shape[1:]), shape_of(array)[1:], x.text_of(index)
        if fits(wanted, given) or fits(wanted, [*given, 1]) or (given[-1:] == [1] and fits(wanted, given[:-1])):
            continue
        found = {"text": text, "found_shape": told(shape_of(array)), "wanted_shape": told([None, *wanted])}
        columns = wanted[0] if len(wanted) == 1 else None
        flat = bool(rows) and columns is not None and shape_of(array) == [rows[0] * columns]
        other = instead(f"Input(shape={told(given or [1])})", f"Input(shape={told(wanted)})")
        if columns and (flat or is_one_row(array, columns)):
            yield "input-shape", {**found, **x.put(text, reshaped(text, columns))}
        elif columns and len(given) == 1 and given[0] > columns:
            more = {"case": "columns", "columns": given[0], "other_new": other["new"], "other_old": other["old"]}
            yield "input-shape", {**found, **more, **x.put(text, columns_of(text, columns))}
        else:
            yield "input-shape", {**found, **other}


def broadcasts(y: Fed, losses: Sequence[str]) -> Iterator[Finding]:
    """Targets whose shape differs from the output's train all the same, each against all."""
    for index, (tensor, array, loss) in enumerate(zip(y.tensors, y.arrays, losses, strict=False)):
        wanted, given = list(tensor.shape[1:]), shape_of(array)[1:] or [1]
        elementwise = any(part in loss.lower() for part in ELEMENTWISE)
        if elementwise and None not in wanted and wanted != given:
            shapes = {"targets_shape": told(shape_of(array)), "output_shape": told([None, *wanted])}
            yield "target-shape-broadcast", {**shapes, **corrected_targets(y, index, tensor, array)}


def corrected_targets(y: Fed, index: int, tensor: Any, array: Any) -> Said:
    """Targets that fit the output, wherever these can give them: the output is right more often than they are."""
    wanted, given, text = list(tensor.shape[1:]), shape_of(array)[1:] or [1], y.text_of(index)
    if not len(wanted) == len(given) == 1:
        return {}
    if is_one_row(array, wanted[0]):
        return y.put(text, reshaped(text, wanted[0]))
    if given[0] > wanted[0]:
        return y.put(text, columns_of(text, wanted[0]))
    layer = getattr(getattr(tensor, "_keras_history", None), "operation", None)
    units = getattr(layer, "units", None)
    return instead(f"Dense({given[0]})", f"Dense({units})") if units is not None else {}


def is_one_row(array: Any, columns: int) -> bool:
    """Whether all samples lie side by side in one row."""
    shape = shape_of(array)
    return len(shape) == 2 and shape[0] == 1 and shape[1] > columns and shape[1] % columns == 0


def reshaped(text: str, columns: int) -> str:
    """In place of another `reshape`, where the text ends in one."""
    with contextlib.suppress(SyntaxError):
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
            text = ast.unparse(node.func.value)
    return f"{text}.reshape(-1, {columns})"


def columns_of(text: str, columns: int) -> str:
    return f"{text}[:, 0]" if columns == 1 else f"{text}[:, :{columns}]"


def fits(wanted: Sequence[Any], given: Sequence[Any]) -> bool:
    pairs = zip(wanted, given, strict=False)
    return len(wanted) == len(given) and all(None in pair or pair[0] == pair[1] for pair in pairs)


def shape_of(array: Any) -> list[Any]:
    shape = getattr(array, "shape", None)
    try:
        return [None if size is None else int(size) for size in list(shape or ())[:16]]
    except (TypeError, ValueError):
        return []


def told(shape: Sequence[Any]) -> str:
    return str(tuple(shape))


def losses_by_output(record: Record, outputs: int) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told by position."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = list(loss["by_name"].values())
    several = loss if isinstance(loss, list) else [loss] * outputs
    names = [str(one.get("setting", "")) if isinstance(one, dict) else "" for one in several]
    return names + [""] * (outputs - len(names))
