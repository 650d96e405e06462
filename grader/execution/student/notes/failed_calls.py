"""Calls that failed, and why: concluded from what they called, and from what they were given."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..recorder import Recorder
from ..source.handed_on import handed_on
from ..source.sources import Source, Spot
from ..source.statements import last_name
from ..source.written_calls import (
    Conclusion,
    NoteValues,
    Written,
    corrected,
    inserted,
    instead,
    list_of,
    spelled_part,
    unparsed,
)


@dataclass(frozen=True, kw_only=True)
class Failed(Spot):
    """The innermost of the student's frames when an error was raised.

    The running `cell`, if there is one; and what the function was given in which Keras raised it, where that is known.
    """

    recorder: Recorder
    error: BaseException
    cell: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> list[ast.AST]:
        return self.source.nodes

    @property
    def call(self) -> Written:
        """Raises `LookupError` where no call failed: then a rule about calls knows nothing."""
        if (node := self.node(ast.Call)) is None:
            raise LookupError
        return Written(node, self, self.around)

    @property
    def called(self) -> Any:
        return self.value(self.call.node.func)

    @property
    def keras(self) -> Any:
        return self.recorder.keras

    @property
    def around(self) -> list[Spot]:
        """The frames that called its function, and so on."""
        return self.recorder.sources.traced(self.error)[-2::-1]

    def handed(self, name: str) -> tuple[Spot, ast.expr] | None:
        """The line that calls the function in which it failed, and what that has for this parameter."""
        outer, *_ = [*self.around, None]
        value = handed_on(self, outer).values.get(name) if outer else None
        return (outer, value) if outer and value else None


def assigning(failed: Failed, name: str) -> list[tuple[Source, ast.Assign]]:
    """The statements of the whole program that give a name a value."""
    return [(source, node) for source in failed.recorder.program for node in source.assigning(name)]


Rule = Callable[[Failed], Iterator[Conclusion]]  # of whose findings only the first counts


def joined(failed: Failed) -> Iterator[Conclusion]:
    """`concatenate(a, b)`, `concatenate([a, b], axis=0)`, and `add([a, b])` of tensors of different widths."""
    call, callee = failed.call, failed.call.node.func
    maker = Written(callee, failed) if isinstance(callee, ast.Call) else call  # of `Concatenate()(…)`, the first call
    kind, args = failed.value(maker.node.func), call.node.args
    if not str(getattr(kind, "__module__", "")).startswith("keras.src.layers.merging"):
        return
    if "incompatible shapes" in str(failed.error):
        yield "merge-arguments", {"case": "widths", "function": maker.function}
    elif args and all(_are_tensors(failed, node) for node in args):
        if len(args) > 1 or isinstance(args[0], ast.Starred):
            yield "merge-arguments", _in_one_list(call, is_class=maker is call and isinstance(kind, type))
        elif "axis" in maker.parts:
            yield "merge-arguments", {"case": "axis", **corrected(maker, {"axis": None})}


def _are_tensors(failed: Failed, node: ast.expr) -> bool:
    """Whether it is a tensor or a list of them, with the likes of `Dense(3)(x)` among them."""
    node = node.value if isinstance(node, ast.Starred) else node
    entries = getattr(node, "elts", [node])
    known = [failed.value(entry) for entry in entries if not isinstance(getattr(entry, "func", None), ast.Call)]
    tensors = [part for value in known for part in (value if isinstance(value, (list, tuple)) else [value])]
    return bool(entries) and all(isinstance(part, failed.keras.KerasTensor) for part in tensors)


def _in_one_list(call: Written, *, is_class: bool) -> NoteValues:
    """A call with its positional arguments in a list, which what a class makes is called with: `Concatenate()([a, b])`
    for `Concatenate(a, b)`."""
    first, *others = call.node.args
    is_one = not others and isinstance(first, ast.Starred)  # `concatenate(*parts)`
    whole = unparsed(first.value) if is_one else list_of(map(unparsed, call.node.args))  # type: ignore[attr-defined]
    words = [spelled_part(key, unparsed(value)) for key, value in call.parts.items() if isinstance(key, str)]
    parts = f"({', '.join(words)})({whole})" if is_class else f"({', '.join([whole, *words])})"
    return instead(f"{call.function}{parts}", " ".join(call.text.split()))


def not_two_for_model(failed: Failed) -> Iterator[Conclusion]:
    """`Model([i, h, o])` and `Model(i, h, o)`, where `Model(i, o)` is meant."""
    keys = {word.arg for word in failed.call.node.keywords} - {"name"}
    count = len(failed.call.node.args) + len(keys)
    if failed.called is failed.keras.Model and count != 2 and keys <= {"inputs", "outputs"}:
        yield "model-arguments", {}


def not_compiled(failed: Failed) -> Iterator[Conclusion]:
    """`fit` of a model that nothing has compiled: the call of `compile` is below, or of another model of this name; not
    where that call has failed, which is the cause, or is about a variable of a function."""
    model, call = getattr(failed.called, "__self__", None), failed.call.node
    if last_name(call.func) in ("fit", "evaluate") and not getattr(model, "compiled", True):
        name = f"{unparsed(call.func).rpartition('.')[0]}.compile"
        calls = [(source, node) for source in failed.recorder.program for node in source.calls.get("compile", ())]
        here = failed.source.function_at(failed.line)
        own = [(source, node) for source, node in calls
               if unparsed(node.func) == name and source.function_at(node.lineno) is here]  # fmt: skip
        wrong = [failure["location"] for failure in failed.recorder.failures]
        if own and not any(source.location(node.lineno) in wrong for source, node in own):
            yield "not-compiled", inserted(ast.unparse(own[-1][1]))
