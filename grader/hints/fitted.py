"""What `fit` is fed: arrays that the model cannot take, or takes in another sense without a warning.

The fact `fitted` holds `call`, the source of the call, and `numpy`, the name that NumPy has there. Of `x` and of `y` it
holds the kind (array, list, dict, numbers for a list of plain numbers, none), the keys of a dict and those in use, the
shape of each array and its form; of the model, the names and shapes that it has for them.
Of the part of `validation_data` that is for the inputs it holds the kind, as `validated`.
Of outputs it holds their `units` and `losses` too, and whether one stands `alone`, so that Keras takes no dict.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.hints.calls import Call, Finding, Key, Said, corrected, list_of, names, read_call

Shape = tuple[int | None, ...]
SIZE = re.compile(r"None|\d{1,12}")
# Losses that compare targets and predictions element by element, and so broadcast without a warning.
ELEMENTWISE = ("squared", "absolute", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")
POSITIONS = {"x": 0, "y": 1}


@dataclass(frozen=True)
class Fed:
    """One of the two things that `fit` is given, and what the model has for it."""

    name: str
    kind: str
    given: tuple[str, ...]  # all keys of a dict
    keys: tuple[str, ...]  # those of the arrays, in the order of the model
    shapes: tuple[Shape, ...]
    forms: tuple[str, ...]  # of each array: array, numbers for a plain list of them, or single for one number
    names: tuple[str, ...]
    tensors: tuple[Shape, ...]
    call: Call | None
    numpy: str

    @property
    def key(self) -> Key | None:
        """How it is given in the call; none where it is not, or only by unpacking."""
        position, node = POSITIONS[self.name], self.call.node if self.call else None
        if self.call and self.name in self.call.parts:
            return self.name
        args = node.args[: position + 1] if node else []
        return position if len(args) > position and not any(isinstance(one, ast.Starred) for one in args) else None

    @property
    def value(self) -> ast.expr | None:
        if self.call is None or self.key is None:
            return None
        named = {one.arg: one.value for one in self.call.node.keywords}
        return self.call.node.args[self.key] if isinstance(self.key, int) else named[self.key]

    @cached_property
    def text(self) -> str:
        return ast.unparse(self.value) if self.value is not None else self.name

    @cached_property
    def written(self) -> dict[str, str]:
        """The arrays as they stand in the call, by key, where it lists them."""
        value = self.value
        if isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == len(self.keys):
            return {str(number): ast.unparse(one) for number, one in enumerate(value.elts)}
        if isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            return {str(one.value): ast.unparse(item) for one, item in pairs if isinstance(one, ast.Constant)}
        return {}

    def text_of(self, index: int) -> str:
        """One of the arrays, as it stands in the call."""
        if self.kind == "array":
            return self.text
        key = self.keys[index]
        return self.written.get(key) or f"{self.text}[{key if self.kind == 'list' else repr(key)}]"

    def array_of(self, text: str) -> str:
        return f"{self.numpy}.array({text})"

    def put(self, old: str, new: str) -> Said:
        """Another array in place of one: alone where it can be found in the call, else with the whole call."""
        return self.instead(new) if old == self.text and old.isidentifier() else {"new": new, "old": old}

    def instead(self, new: str) -> Said:
        """The call of `fit` with another text for this argument."""
        key = self.key
        if self.call is None or key is None:
            return {"new": new, "old": self.text}
        return corrected(self.call, {key: new if isinstance(key, int) else f"{key}={new}"})


def concluded(said: Said) -> Iterator[Finding]:
    """What is wrong with the data; of each argument the first thing, since the others follow from it."""
    call, numpy = read_call(said.get("call")), str(said.get("numpy") or "np")
    x, y = (_fed(said, name, call, numpy) for name in ("x", "y"))
    alone = said.get("alone") == 1
    specific = {"x": _input_shapes(x, y), "y": _broadcasts(y, names(said, "losses"), names(said, "units"))}
    for fed in (x, y):
        if fed.kind != "none":
            counted = count(fed, _rows(y) if fed is x else None)
            yield from [*keys(fed, alone and fed is y), *_plain_numbers(fed), *counted, *specific[fed.name]][:1]
    if said.get("validated") == "array":
        yield from _validated(len(x.tensors), call)


def _fed(said: Said, name: str, call: Call | None, numpy: str) -> Fed:
    def of(what: str) -> tuple[str, ...]:
        return names(said, f"{name}_{what}")

    shapes, forms, used = tuple(map(_shape, of("shapes"))), of("forms"), of("keys")
    kind = str(said.get(f"{name}_kind", "none"))
    if not len(shapes) == len(forms) == len(used) or not shapes:
        kind = "none"
    tensors = tuple(map(_shape, of("tensors")))
    return Fed(name, kind, of("given"), used, shapes, forms, of("names"), tensors, call, numpy)


def _shape(text: str) -> Shape:
    return tuple(None if size == "None" else int(size) for size in SIZE.findall(text)[:16])


def keys(fed: Fed, alone: bool) -> Iterator[Finding]:
    """A dict whose keys are not the names of the model; or any at all for the one output that Keras takes plain."""
    needed = len(fed.tensors)
    if fed.kind != "dict" or not needed or len(fed.names) != needed:
        return
    strange = [key for key in fed.given if key not in fed.names]
    if not strange and not alone:
        return
    in_order = [name if name in fed.given else strange.pop(0) for name in fed.names if name in fed.given or strange]
    if len(in_order) == len(fed.given) == needed and set(in_order) <= fed.written.keys():
        plain = [fed.written[key] for key in in_order]
        yield "data-names", {"names": fed.names, **fed.instead(list_of(plain) if needed > 1 else plain[0])}
    else:
        yield "data-names", {"case": "list" if needed > 1 else "array", "names": fed.names}


def _plain_numbers(fed: Fed) -> Iterator[Finding]:
    """A list of numbers, or a single one, where Keras takes arrays."""
    if fed.kind == "list" and len(fed.tensors) == len(fed.shapes) > 1 and "numbers" in fed.forms:
        yield "data-not-array", fed.instead(list_of([fed.array_of(fed.text_of(n)) for n in range(len(fed.shapes))]))
    elif fed.kind == "numbers":
        yield "data-not-array", fed.instead(fed.array_of(fed.text))
    elif "single" in fed.forms:
        said = fed.instead(fed.array_of(f"[{fed.text}]"))
        yield "data-not-array", {"case": "single", "text": fed.text, **said}


def _rows(y: Fed) -> int | None:
    """How many samples the targets are of."""
    return next((shape[0] for shape in y.shapes if shape), None) if y.kind != "none" else None


def _validated(needed: int, call: Call | None) -> Iterator[Finding]:
    """One array for two inputs in `validation_data`."""
    if needed < 2 or call is None:
        return
    given = next((one.value for one in call.node.keywords if one.arg == "validation_data"), None)
    if isinstance(given, (ast.Tuple, ast.List)) and len(given.elts) > 1:
        first, *others = map(ast.unparse, given.elts)
        parts = ", ".join([list_of([first] * needed), *others])
        change = corrected(call, {"validation_data": f"validation_data=({parts})"})
        yield "arrays-for-inputs", {"case": "validation", **change}


def count(fed: Fed, rows: int | None = None) -> Iterator[Finding]:
    """One array for two inputs, or for two outputs; `rows` is how many samples there should be."""
    needed, given = len(fed.tensors), len(fed.shapes)
    if not needed or needed == given or fed.kind == "dict":
        return
    code = "arrays-for-inputs" if fed.name == "x" else "arrays-for-outputs"
    if given > 1:
        yield code, {"case": "count", "wanted": needed, "given": given}
        return
    text = fed.text if fed.kind == "array" else f"{fed.text}[0]"
    shape = fed.shapes[0]
    if len(shape) == 2 and shape[1] == needed:
        yield code, fed.instead(list_of([f"{text}[:, {index}]" for index in range(needed)]))
    elif fed.name == "x" and len(shape) > 1 and shape[:2] == (needed, rows):
        yield code, fed.instead(f"list({text})")  # the inputs lie below each other
    elif fed.name == "x":
        yield code, fed.instead(list_of([text] * needed))
    else:
        others: Said = {"case": "others", "others": fed.names[1:]} if len(fed.names) == needed else {}
        yield code, {**others, **fed.instead(list_of([text, *["…"] * (needed - 1)]))}


def _input_shapes(x: Fed, y: Fed) -> Iterator[Finding]:
    """An array whose columns are not those of its `Input`. (N,) and (N, 1) are the same to Keras, and to us."""
    rows = next((shape[:1] for shape in y.shapes if shape), ()) if y.kind != "none" else ()
    for index, (tensor, array) in enumerate(zip(x.tensors, x.shapes, strict=False)):
        needed, given, text = tensor[1:], array[1:], x.text_of(index)
        if fits(needed, given) or fits(needed, (*given, 1)) or (given[-1:] == (1,) and fits(needed, given[:-1])):
            continue
        found = {"text": text, "found_shape": str(array), "wanted_shape": str((None, *needed))}
        columns = needed[0] if len(needed) == 1 else None
        flat = bool(rows) and columns is not None and array == ((rows[0] or 0) * columns,)
        other = {"new": f"Input(shape={given or (1,)})", "old": f"Input(shape={needed})"}
        if columns and (flat or _is_one_row(array, columns)):
            yield "input-shape", {**found, **x.put(text, reshaped(text, columns))}
        elif columns and len(given) == 1 and (given[0] or 0) > columns:
            more: Said = {"case": "columns", "columns": given[0] or 0}
            others = {"other_new": other["new"], "other_old": other["old"]}
            yield "input-shape", {**found, **more, **others, **x.put(text, columns_of(text, columns))}
        else:
            yield "input-shape", {**found, **other}


def _broadcasts(y: Fed, losses: Sequence[str], units: Sequence[str]) -> Iterator[Finding]:
    """Targets whose shape differs from the output's train all the same, each against all."""
    for index, (tensor, array, loss) in enumerate(zip(y.tensors, y.shapes, losses, strict=False)):
        needed, given = tensor[1:], array[1:] or (1,)
        elementwise = any(part in loss.lower() for part in ELEMENTWISE)
        if elementwise and None not in needed and needed != given:
            shapes = {"targets_shape": str(array), "output_shape": str((None, *needed))}
            own = units[index] if index < len(units) else ""
            yield "target-shape-broadcast", {**shapes, **_corrected_targets(y, y.text_of(index), needed, array, own)}


def _corrected_targets(y: Fed, text: str, needed: Shape, array: Shape, units: str) -> Said:
    """Targets that fit the output, wherever these can give them: the output is right more often than they are."""
    given = array[1:] or (1,)
    if not len(needed) == len(given) == 1 or needed[0] is None:
        return {}
    if _is_one_row(array, needed[0]):
        return y.put(text, reshaped(text, needed[0]))
    if (given[0] or 0) > needed[0]:
        return y.put(text, columns_of(text, needed[0]))
    return {"new": f"Dense({given[0]})", "old": f"Dense({units})"} if units else {}


def _is_one_row(shape: Shape, columns: int) -> bool:
    """Whether all samples lie side by side in one row."""
    width = shape[1] if len(shape) == 2 else None
    return width is not None and shape[0] == 1 and width > columns and width % columns == 0


def reshaped(text: str, columns: int) -> str:
    """In place of another `reshape`, where the text ends in one."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
            text = ast.unparse(node.func.value)
    return f"{text}.reshape(-1, {columns})"


def columns_of(text: str, columns: int) -> str:
    return f"{text}[:, 0]" if columns == 1 else f"{text}[:, :{columns}]"


def fits(needed: Shape, given: Shape) -> bool:
    pairs = zip(needed, given, strict=False)
    return len(needed) == len(given) and all(None in pair or pair[0] == pair[1] for pair in pairs)
