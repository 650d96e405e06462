"""Calls that failed for a mistake in their arguments: what a run said of such a call in, the note that explains it out.

The fact `failed_call` holds `call`, its source; `kinds` of what it called: merge, layer, tensor, numpy; `tensors`, the
names in it that stand for tensors of a network; `takes`, the arguments that the function has, empty where it takes any;
`home`, where Keras has a function of that name; `strange`, arguments of another method of a model, and `methods`, which
one takes each.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.domain.words import nearest
from grader.hints.calls import MOST_SHOWN, Call, Finding, Said, corrected, names, read_call


@dataclass(frozen=True)
class FailedCall:
    """A call that failed, and what its names stood for."""

    call: Call
    kinds: frozenset[str]
    tensors: frozenset[str]
    takes: tuple[str, ...]
    home: str
    strange: dict[str, str]  # argument to the method that takes it

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
    )
    yield from [found for rule in RULES for found in rule(fact)][:1]


def tensors_in_a_row(fact: FailedCall) -> Iterator[Finding]:
    """`concatenate(a, b)`, where one list is wanted."""
    node, args = fact.call.node, fact.call.node.args
    if "merge" not in fact.kinds or len(args) < 2 or isinstance(args[0], (ast.List, ast.Tuple)):
        return
    if all(isinstance(one, ast.Call) or fact.is_tensor(one) for one in args):
        parts = [f"[{', '.join(map(ast.unparse, args))}]", *map(ast.unparse, node.keywords)]
        yield "merge-needs-list", {"new": f"{fact.call.function}({', '.join(parts)})", "old": ast.unparse(node)}


def tensor_as_setting(fact: FailedCall) -> Iterator[Finding]:
    """`Dense(20, x)`, where `Dense(20)(x)` is meant."""
    node = fact.call.node
    parts: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    values = [one.value if isinstance(one, ast.keyword) else one for one in parts]
    tensors = [number for number, value in enumerate(values) if fact.is_tensor(value)]
    if "layer" in fact.kinds and len(tensors) == 1:
        settings = ", ".join(ast.unparse(one) for number, one in enumerate(parts) if number != tensors[0])
        new = f"{fact.call.function}({settings})({ast.unparse(values[tensors[0]])})"
        yield "tensor-as-setting", {"new": new, "old": ast.unparse(node)}


def tensor_called(fact: FailedCall) -> Iterator[Finding]:
    """`shared(left)`, where `shared` is what a layer gave."""
    if "tensor" in fact.kinds:
        yield "tensor-called", {"name": fact.call.function}


def numpy_on_tensors(fact: FailedCall) -> Iterator[Finding]:
    """`np.concatenate([a, b])`, where the tensors are a network's."""
    if "numpy" in fact.kinds and any(fact.is_tensor(node) for one in fact.call.node.args for node in _expressions(one)):
        new = f"keras.{fact.home}.{fact.call.function.rpartition('.')[2]}"
        yield "numpy-on-tensors", {"new": new, "old": fact.call.function} if fact.home else {}


def _expressions(node: ast.AST) -> list[ast.expr]:
    return [one for one in ast.walk(node) if isinstance(one, ast.expr)]


def unknown_argument(fact: FailedCall) -> Iterator[Finding]:
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
    tensor_as_setting,
    tensor_called,
    numpy_on_tensors,
    unknown_argument,
)
