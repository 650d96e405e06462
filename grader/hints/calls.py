"""Calls of a student: one as a run quotes it, the same as it should stand, and why one failed.

The fact `failed_call` holds `call`, its source; `kinds` of what it called: merge, layer, model, tensor, numpy,
tensorflow, and of what was wrong: listed (a list of tensors for one), no_integer (as units); `keras`, the name that
Keras has there, if any; `tensors`, the names in it that stand for tensors of a network; `inputs`, the names of inputs
or of lists of them, and `ends`, of tensors that no layer is called on; `takes`, the arguments that the function has,
empty where it takes any; `home`, where Keras has a function of that name; `strange`, arguments of another method of a
model, and `methods`, which one takes each.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from grader.domain.words import nearest

MOST_SOURCE = 2_000  # characters that are read of a text; one of this length may have been cut
MOST_NESTED = 60  # levels of a call that is read: a layer called on what another one gave takes two
MOST_NODES = 200  # of the arguments among which a tensor is looked for
MOST_SHOWN = 90  # characters of a call that is shown as a whole
OTHER_LIBRARIES = {"numpy": "numpy-on-tensors", "tensorflow": "tensorflow-on-tensors"}
# What Keras has under another name, and functions of which `keras.layers` has one that takes a list.
OF_TENSORFLOW = {
    "concat": "layers.concatenate", "reduce_max": "ops.max", "reduce_mean": "ops.mean", "reduce_min": "ops.min",
    "reduce_sum": "ops.sum", "pow": "ops.power",
}  # fmt: skip
ELEMENTWISE = ("add", "maximum", "minimum", "multiply", "subtract", "average", "dot")
Key = int | str
# What a run said: of a note what its words name, of a fact what its rules look at.
Said = Mapping[str, str | int | Sequence[str]]
Finding = tuple[str, Said]


@dataclass(frozen=True)
class Call:
    """`parts` are the arguments, by position or by keyword; what is unpacked has no key of its own."""

    text: str
    node: ast.Call
    function: str
    parts: Mapping[Key, str]


def read_call(text: object) -> Call | None:
    """The call that a text is; nothing for any other text, however deep it is nested."""
    if not isinstance(text, str) or len(text) >= MOST_SOURCE:
        return None
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if not isinstance(node, ast.Call) or _is_deep(node):
            return None
        parts: dict[Key, str] = {number: ast.unparse(value) for number, value in enumerate(node.args)}
        parts |= {one.arg or "**": ast.unparse(one.value) for one in node.keywords}
        return Call(text, node, ast.unparse(node.func), parts)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_deep(node: ast.AST) -> bool:
    """Whether it is nested more deeply than anybody writes: to spell it takes stack, and part by part much time."""
    level: list[ast.AST] = [node]
    for _ in range(MOST_NESTED):
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
    return bool(level)


def corrected(call: Call, changes: Mapping[Key, str | None], function: str = "") -> dict[str, str]:
    """New and old: some arguments changed, added or (with `None`) left out, and perhaps another function.

    Of a long call only what changes is shown.
    """
    old = {key: _spelled(key, text) for key, text in call.parts.items()}
    new = {key: text for key, text in ({**old, **changes}).items() if text is not None}
    callee, written = function or call.function, " ".join(call.text.split())
    whole = _joined(callee, new, new)
    if len(written) > MOST_SHOWN:
        return {"new": _joined(callee, new, changes), "old": _joined(call.function, old, changes)}
    return {"new": whole if len(whole) <= MOST_SHOWN + 30 else _joined(callee, new, changes), "old": written}


def _spelled(key: Key, text: str) -> str:
    if key == "**":
        return f"**{text}"
    return text if isinstance(key, int) else f"{key}={text}"


def _joined(function: str, parts: Mapping[Key, str], kept: Mapping[Key, object]) -> str:
    """A call of which only some arguments are shown; an ellipsis stands for the others."""
    shown: list[str] = []
    for key, text in parts.items():
        if key in kept:
            shown.append(text)
        elif shown[-1:] != ["…"]:
            shown.append("…")
    return f"{function}({', '.join(shown)})"


def list_of(texts: Sequence[str]) -> str:
    """A list as one would write it, of entries as one would write them."""
    return f"[{', '.join(texts)}]"


def names(said: Said, key: str) -> tuple[str, ...]:
    """A list of texts, whatever a run said there."""
    value = said.get(key, ())
    return () if isinstance(value, (str, int)) else tuple(value)


@dataclass(frozen=True)
class FailedCall:
    """A call that failed, and what its names stood for."""

    call: Call
    kinds: frozenset[str]
    tensors: frozenset[str]
    takes: tuple[str, ...]
    home: str
    strange: dict[str, str]  # argument to the method that takes it
    keras: str = ""
    inputs: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()

    def is_tensor(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in self.tensors


def explained(said: Said) -> Iterator[Finding]:
    """The note that tells why a call failed, by the first rule that knows."""
    call = read_call(said.get("call"))
    if call is None:
        return
    fact = FailedCall(
        call,
        frozenset(names(said, "kinds")),
        frozenset(names(said, "tensors")),
        names(said, "takes"),
        str(said.get("home", "")),
        dict(zip(names(said, "strange"), names(said, "methods"), strict=False)),
        str(said.get("keras", "")),
        frozenset(names(said, "inputs")),
        frozenset(names(said, "ends")),
    )
    yield from islice((found for rule in RULES for found in rule(fact)), 1)


def tensors_in_a_row(fact: FailedCall) -> Iterator[Finding]:
    """`concatenate(a, b)`, where one list is wanted."""
    node, args = fact.call.node, fact.call.node.args
    if "merge" not in fact.kinds or len(args) < 2 or isinstance(args[0], (ast.List, ast.Tuple)):
        return
    if all(isinstance(one, ast.Call) or fact.is_tensor(one) for one in args):
        parts = [f"[{', '.join(map(ast.unparse, args))}]", *map(ast.unparse, node.keywords)]
        yield "merge-needs-list", {"new": f"{fact.call.function}({', '.join(parts)})", "old": ast.unparse(node)}


def _tensor_as_setting(fact: FailedCall) -> Iterator[Finding]:
    """`Dense(20, x)`, where `Dense(20)(x)` is meant."""
    node = fact.call.node
    parts: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    values = [one.value if isinstance(one, ast.keyword) else one for one in parts]
    tensors = [number for number, value in enumerate(values) if fact.is_tensor(value)]
    if "layer" in fact.kinds and len(tensors) == 1:
        settings = ", ".join(ast.unparse(one) for number, one in enumerate(parts) if number != tensors[0])
        new = f"{fact.call.function}({settings})({ast.unparse(values[tensors[0]])})"
        yield "tensor-as-setting", {"new": new, "old": ast.unparse(node)}


def _tensor_called(fact: FailedCall) -> Iterator[Finding]:
    """`shared(left)`, where `shared` is what a layer gave."""
    if "tensor" in fact.kinds:
        yield "tensor-called", {"name": fact.call.function}


def _not_two_for_model(fact: FailedCall) -> Iterator[Finding]:
    """`Model([i, h, o])` and `Model(i, h, o)`, where `Model(i, o)` is meant."""
    node = fact.call.node
    ends = [one.value for one in node.keywords if one.arg in ("inputs", "outputs")]
    others = [one for one in node.keywords if one.value not in ends]
    if "model" not in fact.kinds or any(one.arg != "name" for one in others) or len(node.args) + len(ends) == 2:
        return
    given = [one for value in (*node.args, *ends) for one in (value.elts if isinstance(value, ast.List) else [value])]
    texts = [ast.unparse(one) for one in given]
    inputs = [text for text in texts if text in fact.inputs]
    outputs = [text for text in texts if text in fact.ends - fact.inputs]
    if not inputs or not outputs:
        yield "model-takes-two", {}
        return
    parts = [one[0] if len(one) == 1 else list_of(one) for one in (inputs, outputs)]
    new = ", ".join([*parts, *map(ast.unparse, others)])
    yield "model-takes-two", {"new": f"{fact.call.function}({new})", "old": ast.unparse(node)}


def _other_library(fact: FailedCall) -> Iterator[Finding]:
    """`np.concatenate([a, b])` and `tf.concat([a, b], axis=1)`, where the tensors are a network's."""
    library = next((one for one in OTHER_LIBRARIES if one in fact.kinds), "")
    if library and any(map(fact.is_tensor, _expressions(fact.call.node.args))):
        new = _name_in_keras(fact, library)
        said = {"new": f"{fact.keras or 'keras'}.{new}", "old": fact.call.function} if new else {}
        yield OTHER_LIBRARIES[library], said if fact.keras or not new else {"case": "import", **said}


def _name_in_keras(fact: FailedCall, library: str) -> str:
    """What does the same with tensors; of a pair of them, as NumPy takes it, and not of a list."""
    name, first = fact.call.function.rpartition(".")[2], fact.call.node.args[0]
    if library == "tensorflow" and name in OF_TENSORFLOW:
        return OF_TENSORFLOW[name]
    pair = name in ELEMENTWISE and not isinstance(first, (ast.List, ast.Tuple))
    return f"{'ops' if pair else fact.home}.{name}" if fact.home else ""


def _list_of_tensors(fact: FailedCall) -> Iterator[Finding]:
    """`Dense(32)([a, b])`, or of a variable that holds such a list."""
    if "listed" in fact.kinds and 0 in fact.call.parts:
        joined = f"{fact.keras or 'keras'}.layers.concatenate({fact.call.parts[0]})"
        said = corrected(fact.call, {0: joined})
        yield "list-for-tensor", said if fact.keras else {"case": "import", **said}


def _no_integer(fact: FailedCall) -> Iterator[Finding]:
    """`Dense("32")`, and `Dense(np.prod(shape))`, which NumPy's own kind of number is."""
    key: Key = "units" if "units" in fact.call.parts else 0
    text = fact.call.parts.get(key, "") if {"no_integer", "layer"} <= fact.kinds else ""
    if text:
        digits = text.strip("'\"").strip()
        number = digits if digits.isdecimal() else f"int({text})"
        yield "units-no-integer", corrected(fact.call, {key: number if key == 0 else f"units={number}"})


def _expressions(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    found = (part for node in nodes for part in ast.walk(node) if isinstance(part, ast.expr))
    return islice(found, MOST_NODES)


def _unknown_argument(fact: FailedCall) -> Iterator[Finding]:
    """A keyword that the function does not take."""
    call = fact.call
    for given, value in call.parts.items():
        if not isinstance(given, str) or given in ("**", *fact.takes) or not fact.takes:
            continue
        about = {"function": call.function, "argument": given}
        if other := fact.strange.get(given):
            method = f"{call.function.rpartition('.')[0]}.{other}"
            about |= {"case": "elsewhere", "other": other, "part": f"{given}={value}", "method": method}
            yield "argument-unknown", {**about, **corrected(call, {given: None})}
        elif near := nearest(given, fact.takes, 0.7) or next((one for one in fact.takes if given in one), ""):
            shown = value if len(value) < MOST_SHOWN else "…"
            yield "argument-unknown", {**about, "new": f"{near}={shown}", "old": f"{given}={shown}"}
        else:
            yield "argument-unknown", {**about, "case": "list", "taken": fact.takes[:6]}


RULES: tuple[Callable[[FailedCall], Iterator[Finding]], ...] = (
    tensors_in_a_row,
    _tensor_as_setting,
    _tensor_called,
    _not_two_for_model,
    _other_library,
    _list_of_tensors,
    _no_integer,
    _unknown_argument,
)
