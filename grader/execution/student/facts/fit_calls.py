"""What `fit` is fed: arrays that the model cannot take, or takes in another sense without a warning."""

from __future__ import annotations

import ast
import contextlib
import numbers
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..recorder import Record, Recorder
from ..source import rewrite
from ..source.rewrite import Finding, Key, Said, Written, corrected, instead, list_of, unparsed
from ..source.statements import inert
from .compile_calls import has_copies

Shape = tuple[int | None, ...]
# Losses that compare targets and predictions element by element, and so broadcast without a warning.
ELEMENTWISE = ("squared", "absolute", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")
POSITIONS = {"x": 0, "y": 1}
MOST_ARRAYS = 64


@dataclass(frozen=True)
class Fed:
    """One of the two things that `fit` is given, and what the model has for it: `tensors` and their `names`."""

    name: str
    data: Any
    tensors: tuple[Any, ...]
    names: tuple[str, ...]
    call: Written | None

    @cached_property
    def arrays(self) -> dict[Any, Any]:
        """By their key in a dict or a list, in the order of the model."""
        if not is_data(self.data):
            return {}
        if isinstance(self.data, dict):
            keys = [one for one in self.names if one in self.data] or list(self.data)
            return {key: self.data[key] for key in keys[:MOST_ARRAYS]}
        if isinstance(self.data, (list, tuple)) and not is_numbers(self.data):
            return dict(enumerate(self.data[:MOST_ARRAYS]))
        return {0: self.data}

    @property
    def is_one(self) -> bool:
        """Whether it is a single array, or stands for one."""
        return not isinstance(self.data, (dict, list, tuple)) or is_numbers(self.data)

    @property
    def shapes(self) -> list[Shape]:
        return list(map(shape_of, self.arrays.values()))

    @property
    def needed(self) -> list[Shape]:
        return list(map(shape_of, self.tensors))

    @property
    def key(self) -> Key | None:
        return self.call.key(POSITIONS[self.name], self.name) if self.call else None

    @cached_property
    def text(self) -> str:
        return unparsed(self.call.parts[self.key]) if self.call and self.key is not None else self.name

    @cached_property
    def written(self) -> dict[Any, str]:
        """The arrays as they stand in the call, by key, where it lists them."""
        value = self.call.parts[self.key] if self.call and self.key is not None else None
        if isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == len(self.arrays):
            return dict(enumerate(map(unparsed, value.elts)))
        if isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            return {one.value: unparsed(item) for one, item in pairs if isinstance(one, ast.Constant)}
        return {}

    def text_of(self, index: int) -> str:
        """One of the arrays, as it stands in the call."""
        key = list(self.arrays)[index]
        return self.text if self.is_one else self.written.get(key) or f"{self.text}[{key!r}]"

    def array_of(self, text: str) -> str:
        """A NumPy array of it, by the name that NumPy has where `fit` is called."""
        scope: Any = self.call.frame.f_globals if self.call and self.call.frame else {}
        numpy = next((name for name, value in scope.items() if value is sys.modules.get("numpy")), "np")
        return f"{numpy}.array({text})"

    def put(self, old: str, new: str) -> Said:
        """Another array in place of one: alone where it can be found in the call, else with the whole call."""
        return self.instead(new) if old == self.text and old.isidentifier() else instead(new, old)

    def instead(self, new: str) -> Said:
        """The call of `fit` with another text for this argument."""
        if self.call is None or self.key is None:
            return instead(new, self.text)
        return corrected(self.call, {self.key: rewrite.spelled_part(self.key, new)})


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> None:
    """Note what is wrong with the data. An explanation that fails must not stand in for the student's own error."""
    if has_copies(model):
        return  # that was noted already, and no data would fit
    with contextlib.suppress(Exception):
        recorder.conclude(_concluded(recorder, model, record, asked))


def _concluded(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> Iterator[Finding]:
    """Of each argument the first thing, since the others follow from it."""
    call = rewrite.call_here(recorder.sources)
    inputs, outputs = (tuple(getattr(model, side, None) or ()) for side in ("inputs", "outputs"))
    x = Fed("x", asked["x"], inputs, tuple(map(name_of_input, inputs)), call)
    y = Fed("y", asked["y"], outputs, tuple(getattr(model, "output_names", None) or ()), call)
    alone = len(outputs) == 1 and not isinstance(getattr(model, "_outputs_struct", None), dict)
    losses = _losses_by_output(record, len(outputs))
    if x.arrays:
        yield from [*_keys(x, False), *_plain_numbers(x), *_count(x), *_input_shapes(x)][:1]
    if y.arrays:
        yield from [*_keys(y, alone), *_plain_numbers(y), *_count(y), *_broadcasts(y, losses)][:1]


def name_of_input(tensor: Any) -> str:
    """The name by which `fit` knows an input: its layer's."""
    layer = getattr(getattr(tensor, "_keras_history", None), "operation", tensor)
    return str(getattr(layer, "name", ""))


def is_data(value: Any) -> bool:
    """Arrays, and what stands for arrays; a data set or a generator is not looked into."""
    if inert([value]):
        return False
    return isinstance(value, (list, tuple, dict, numbers.Number)) or (hasattr(value, "shape") and value is not None)


def is_numbers(value: Any) -> bool:
    """A list of plain numbers, however deep: Keras wants an array."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, numbers.Number) or is_numbers(one) for one in value[:100])


def shape_of(array: Any) -> Shape:
    try:
        return tuple(None if size is None else int(size) for size in list(getattr(array, "shape", None) or ())[:16])
    except (TypeError, ValueError):
        return ()


def _losses_by_output(record: Record, outputs: int) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told by position."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = list(loss["by_name"].values())
    several = loss if isinstance(loss, list) else [loss] * outputs
    return [str(one.get("setting", "")) if isinstance(one, dict) else "" for one in several]


def _keys(fed: Fed, alone: bool) -> Iterator[Finding]:
    """A dict whose keys are not the names of the model; or any at all for the one output that Keras takes plain."""
    known = isinstance(fed.data, dict) and len(fed.names) == len(fed.tensors)
    if known and (alone or any(key not in fed.names for key in fed.data)):
        yield "data-names", {"case": "" if len(fed.names) > 1 else "array", "names": fed.names}


def _plain_numbers(fed: Fed) -> Iterator[Finding]:
    """A list of numbers where Keras takes arrays."""
    values = list(fed.arrays.values())
    if is_numbers(fed.data):
        yield "data-not-array", fed.instead(fed.array_of(fed.text))
    elif isinstance(fed.data, (list, tuple)) and len(fed.tensors) == len(values) > 1 and any(map(is_numbers, values)):
        yield "data-not-array", fed.instead(list_of([fed.array_of(fed.text_of(n)) for n in range(len(values))]))


def _count(fed: Fed) -> Iterator[Finding]:
    """One array for two inputs, or for two outputs."""
    needed, given = len(fed.tensors), len(fed.arrays)
    if not needed or needed == given or isinstance(fed.data, dict):
        return
    if given > 1:
        yield "arrays-count", {"case": "count", "wanted": needed, "given": given}
        return
    text, shape = fed.text if fed.is_one else f"{fed.text}[0]", fed.shapes[0]
    if len(shape) == 2 and shape[1] == needed:
        yield "arrays-count", fed.instead(list_of([f"{text}[:, {index}]" for index in range(needed)]))
    elif len(shape) > 1 and shape[0] == needed:  # they lie below each other
        yield "arrays-count", fed.instead(f"list({text})")
    elif fed.name == "x":
        yield "arrays-count", fed.instead(list_of([text] * needed))
    else:
        others: Said = {"case": "others", "others": fed.names[1:]} if len(fed.names) == needed else {}
        yield "arrays-count", {**others, **fed.instead(list_of([text, *["…"] * (needed - 1)]))}


def _input_shapes(x: Fed) -> Iterator[Finding]:
    """An array whose columns are not those of its `Input`. (N,) and (N, 1) are the same to Keras, and to us."""
    for index, (tensor, array) in enumerate(zip(x.needed, x.shapes, strict=False)):
        needed, given, text = tensor[1:], array[1:], x.text_of(index)
        if _fits(needed, given) or _fits(needed, (*given, 1)) or (given[-1:] == (1,) and _fits(needed, given[:-1])):
            continue
        found = {"text": text, "found_shape": str(array), "wanted_shape": str((None, *needed))}
        columns = needed[0] if len(needed) == 1 else None
        if columns and len(given) == 1 and (given[0] or 0) > columns:
            yield "input-shape", {**found, **x.put(text, resized(text, array, columns))}
        else:
            yield "input-shape", {**found, **instead(f"Input(shape={given or (1,)})", f"Input(shape={needed})")}


def _broadcasts(y: Fed, losses: Sequence[str]) -> Iterator[Finding]:
    """Targets whose shape differs from the output's train all the same, each against all."""
    for index, (tensor, array, loss) in enumerate(zip(y.needed, y.shapes, losses, strict=False)):
        needed, given = tensor[1:], array[1:] or (1,)
        elementwise = any(part in loss.lower() for part in ELEMENTWISE)
        if elementwise and None not in needed and needed != given:
            shapes = {"targets_shape": str(array), "output_shape": str((None, *needed))}
            yield "target-shape-broadcast", {**shapes, **_fitting_targets(y, index, needed, array)}


def _fitting_targets(y: Fed, index: int, needed: Shape, array: Shape) -> Said:
    """Targets that fit the output, wherever these can give them: the output is right more often than they are."""
    given, text = array[1:] or (1,), y.text_of(index)
    if not len(needed) == len(given) == 1 or needed[0] is None:
        return {}
    if (given[0] or 0) > needed[0]:
        return y.put(text, resized(text, array, needed[0]))
    units = getattr(getattr(getattr(y.tensors[index], "_keras_history", None), "operation", None), "units", None)
    return {} if units is None else instead(f"Dense({given[0]})", f"Dense({units})")


def resized(text: str, shape: Shape, columns: int) -> str:
    """Its first columns; of one row in which the samples lie side by side, the samples below each other."""
    if shape[0] == 1:
        return f"{text}.reshape(-1, {columns})"
    return f"{text}[:, 0]" if columns == 1 else f"{text}[:, :{columns}]"


def _fits(needed: Shape, given: Shape) -> bool:
    pairs = zip(needed, given, strict=False)
    return len(needed) == len(given) and all(None in pair or pair[0] == pair[1] for pair in pairs)
