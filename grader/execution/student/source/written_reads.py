"""Where the code says what layers are called on: in these calls, and in those of the functions around them.

What stands there may be another variable of the same frame, so each place comes with what these held.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice, zip_longest
from typing import Any

from .data_flow import passed, turning
from .sources import Source, Span
from .statements import bound_by, own_parts
from .written_calls import Part

MOST_READS = 200
MOST_VARIABLES = 40  # of one frame
Tensor = tuple[weakref.ref[Any], int]  # the operation, and which of its calls


@dataclass(frozen=True, eq=False)
class Moment:
    """A line of a frame, when it calls a layer or builds a model, and what its variables hold: tensors and layers.

    `owner` is whose variables these are: a module's, or those of one call of a function, and `own` are those that have
    a value. `keys` are the variables that hold a key of what holds tensors, and this key as code.
    """

    owner: tuple[int, int]
    source: Source
    line: int
    span: Span
    held: Mapping[str, Tensor]
    layers: Mapping[str, weakref.ref[Any]]
    keys: Mapping[str, str]
    own: Container[str]
    call: Tensor | None = None
    is_own: bool = False  # the frame calls it itself, and no function that it calls

    @cached_property
    def function(self) -> Any:
        """The definition that the line is in."""
        return self.source.function_at(self.line)

    @cached_property
    def entries(self) -> dict[str, Tensor]:
        """What holds a tensor at a key that a loop around the line goes through, `inputs[i]`."""
        targets = turning(self.source.loops, self.line)
        keys = [(name, key) for name, key in self.keys.items() if name in targets]
        return {f"{label.removesuffix(f'[{key}]')}[{name}]": tensor
                for name, key in keys for label, tensor in self.held.items() if label.endswith(f"[{key}]")}  # fmt: skip


Number = Callable[[Tensor | None], list[Any] | None]  # what the recording calls a tensor; nothing of one not in it


def written_reads(moments: Iterable[Moment], number: Number) -> list[dict[str, Any]]:
    """For each tensor that a call reads the places that say so, the innermost first, as the recording has them."""
    chains = [[*chain] for _, chain in groupby((moment for moment in moments if moment.call), lambda part: part.call)]
    return [*islice((read for chain in chains if chain[0].is_own for read in _of_call(chain, number)), MOST_READS)]


def _of_call(chain: Sequence[Moment], number: Number) -> Iterator[dict[str, Any]]:
    """`chain` are the lines of all frames, the innermost first, in one call."""
    operation, index = chain[0].call or (lambda: None, 0)
    call, written = number(chain[0].call), chain[0].source.at(chain[0].span, ast.Call)
    layer = operation()
    if call is None or written is None or layer is None:
        return
    histories = [tensor._keras_history for tensor in layer._inbound_nodes[index].input_tensors]
    for place, (node, history) in enumerate(zip(_given(written, len(histories)), histories, strict=False)):
        tensor = number((weakref.ref(history.operation), history.node_index))
        for moment, part in _places(chain, node):
            if tensor is None or number(moment.held.get(ast.unparse(part))) != tensor:
                break
            others = {name: number(other) for name, other in _variables_there(moment, part)}
            told = {name: other for name, other in others.items() if other}
            yield {
                "call": [*call, place],
                "tensor": tensor,
                "written": Part(part, moment.source).written(),
                "instead": dict(islice(told.items(), MOST_VARIABLES)),
            }


def _given(call: ast.Call, count: int) -> Sequence[ast.expr]:
    """What a call has for each of so many tensors: its arguments, or the entries of its first one."""
    entries = getattr(call.args[0], "elts", call.args[:1]) if call.args else []
    return next((nodes for nodes in (entries, call.args) if len(nodes) == count), [])


def _places(chain: Sequence[Moment], node: ast.expr) -> Iterator[tuple[Moment, ast.expr]]:
    """An expression, and what the calls of functions around it have for the parameter that holds the same."""
    for inner, outer in zip_longest(chain, chain[1:]):
        yield inner, node
        call, function = outer and outer.source.at(outer.span, ast.Call), inner.function
        given = passed(call, function) if call and function else {}
        tensor, name = inner.held.get(ast.unparse(node)), ast.unparse(node)
        alike = [key for key in given if tensor is not None and inner.held.get(key) == tensor]
        if not alike:
            return
        node = given[name if name in alike else alike[0]]


def _variables_there(moment: Moment, node: ast.expr) -> list[tuple[str, Tensor]]:
    """The variables that may stand in place of an expression, those of the function first; only these in place of one
    of them. What the function binds later hides what is outside of it."""
    function, paths = moment.function, {**moment.held, **moment.entries}
    parameters = [part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)] if function else []
    bound = {*parameters, *(bound_by(own_parts(function)) if function else ())}
    paths = {path: tensor for path, tensor in paths.items() if _base(path) not in bound or _base(path) in moment.own}
    if _base(ast.unparse(node)) in bound:
        paths = {path: tensor for path, tensor in paths.items() if _base(path) in bound}
    return sorted(paths.items(), key=lambda entry: (_base(entry[0]) not in bound, len(entry[0])))


def _base(path: str) -> str:
    """`inputs` of `inputs[0]`, and `self` of `self.left`."""
    return path.partition("[")[0].partition(".")[0]
