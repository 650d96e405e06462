"""Runs a program past its errors, so that there is a network to compare, in whose program lines can be written.

A layer that is called on an array is called on an input; a `Model(…)` that Keras refuses is made of what its outputs
are computed from; for what else a failing statement should have built there is a `Gap`, a layer that is called on what
the statement reads. Only runs that decide nothing go on like this.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import FrameType
from typing import Any

from .describe import computed_from, inputs_behind, is_unread, results
from .recorder import Recorder
from .source.sources import Spot
from .source.statements import given_to, last_name, stands_at_the_top

GOES_ON = "_goes_on"  # what failing statements call
MOST_TIMES = 50
MOST_TENSORS = 8
MOST_CALLERS = 8
GIVING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
TRY = (ast.Try, ast.TryStar)
DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal)
AS_THEY_ARE = (ast.Pass, ast.Break, ast.Continue, ast.Raise, *TRY, *DEFINING)


def going_on(statement: ast.stmt) -> ast.stmt:
    """The statement, and all within it, each going on where it fails; a `try` of the program's own stays as it is."""
    changed: ast.stmt = _GoingOn().visit(copy.deepcopy(statement))
    return ast.fix_missing_locations(changed)


class _GoingOn(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, (ast.expr, *TRY)):
            return node
        self.generic_visit(node)
        if not isinstance(node, ast.stmt) or isinstance(node, AS_THEY_ARE) or stands_at_the_top(node):
            return node
        return _tried(node)


def _tried(statement: ast.stmt) -> ast.Try:
    """`try: x = f(y)`, and `x = _goes_on(0)` where that fails, in the same place."""
    value, targets = getattr(statement, "value", None), getattr(statement, "targets", None)
    parts = targets[0].elts if targets and isinstance(targets[0], (ast.Tuple, ast.List)) else []
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)] if isinstance(value, ast.expr) else []
    call = ast.Call(ast.Name(GOES_ON, ast.Load()), [ast.Constant(len(parts))], [])
    ast.copy_location(call, calls[0] if calls else statement)
    instead: ast.stmt = ast.Expr(call)
    if isinstance(statement, ast.Return):
        instead = ast.Return(call)
    elif isinstance(statement, ast.Assign):
        instead = ast.Assign(copy.deepcopy(statement.targets), call)
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        instead = ast.Assign([copy.deepcopy(statement.target)], call)
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.copy_location(instead, statement)])
    return ast.copy_location(ast.Try([statement], [ast.copy_location(handler, statement)], [], []), statement)


class RunningOn:
    """`tell` records an error, unless it only follows from another one."""

    def __init__(self, recorder: Recorder, tell: Callable[[BaseException], None]) -> None:
        self.recorder, self.tell = recorder, tell
        self.times = 0
        self.inputs: dict[str, Any] = {}  # what stands for arrays, by how they are written
        vars(builtins)[GOES_ON] = self.stand_in
        recorder.instead_of_data = self.on_input

    def stand_in(self, parts: int) -> Any:
        """What a failing statement gives its name, or names. Raises its error where there is nothing to go on with."""
        error, spot = sys.exc_info()[1], next(self.recorder.sources.spots(sys._getframe(1)), None)
        statement = next(reversed(spot.source.statements_at(spot.line)), None) if spot else None
        self.times += 1
        if not isinstance(error, Exception) or spot is None or self.times > MOST_TIMES:
            raise error or RuntimeError
        silent, self.recorder.is_silent = self.recorder.is_silent, self.recorder.is_silent and not _is_of_a_name(error)
        if not self.recorder.is_silent:
            self.tell(error)
        self.recorder.is_silent = silent
        self._note(spot)
        if not isinstance(statement, GIVING) or statement.value is None:
            return None
        value, elements = statement.value, getattr(statement.value, "elts", [])
        nodes = elements if parts and len(elements) == parts else [value]
        given = [self._value(spot, node) for node in nodes] * (1 if len(nodes) > 1 else parts or 1)
        if any(value is None for value in given):
            raise error
        return given if parts else given[0]

    def _value(self, spot: Spot, node: ast.expr) -> Any:
        """What stands for the value of an expression; nothing where there is nothing that it can be made of."""
        if (known := spot.value(node)) is not None:
            return known
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        if models := [call for call in calls if last_name(call.func) == "Model"]:
            return self._model(spot, models[0])
        if calls[:1] == [node] and last_name(calls[0].func) == "Input":
            return self.recorder.keras.Input((1,))
        return self._gap(spot, node)

    def _note(self, spot: Spot) -> None:
        """Remember the statement, and those that call the functions around it, but for those that have built a model
        by then."""
        spots, building = [spot], self.recorder.created.building
        spots = [*islice(self.recorder.sources.spots(spot.frame), MOST_CALLERS)] if spot.frame else spots
        inner, *outer = ((id(around.source), around.line) for around in spots)
        building.failed |= {inner, *{*outer} - building.built}

    def _gap(self, spot: Spot, node: ast.expr) -> Any:
        """What an expression reads, or else what nothing reads yet, joined; or a layer called on it."""
        keras, tensors = self.recorder.keras, self._read(spot, node) or self._unread(spot)
        if not tensors:  # layers that are joined before there is a tensor; a module goes on without what they give
            parts = keras.tree.flatten([*_values(spot, node)]) if spot.function else []
            return keras.Input((1,)) if any(isinstance(part, keras.layers.Layer) for part in parts) else None
        self.recorder.is_silent = True  # from here on, notes may be about what nobody wrote
        with self._unwritten():
            if len(tensors) > 1:
                return keras.layers.concatenate(tensors[:MOST_TENSORS])
            return _gap_class(keras)()(tensors[0])

    def _model(self, spot: Spot, call: ast.Call) -> Any:
        """The model of its outputs, or else of all that it is given, or of what nothing reads."""
        given = [word.value for word in call.keywords if word.arg == "outputs"]
        given += call.args[1:] if len(call.args) == 2 else []
        ends = self._chained(spot, call) or results([t for node in given[:1] for t in self._read(spot, node)])
        if not ends:
            found = results(self._read(spot, call)) or results(self._unread(spot))
            behind = {id(other) for tensor in found for other, _ in [*computed_from([tensor])][1:]}
            ends = [tensor for tensor in found if id(tensor) not in behind]
        if not ends:
            return None
        self._name_apart(ends)
        there = [*map(id, [*self._tensors(spot.scope.values()), *self.inputs.values()])]
        behind_ends = inputs_behind(ends)
        inputs = [behind_ends[key].output for key in sorted(behind_ends, key=lambda key: [*there, key].index(key))]
        return self.recorder.keras.Model(*(side[0] if len(side) == 1 else side for side in (inputs, ends)))

    def _chained(self, spot: Spot, call: ast.Call) -> list[Any]:
        """What layers that were never called give one after another, in a list as `Sequential` takes it."""
        keras, given = self.recorder.keras, given_to(call)
        with self._unwritten():
            values = [self._made(spot, part) for node in given for part in getattr(node, "elts", [node])]
            parts = [part for value in values for part in (value if isinstance(value, list) else [value])]
            layers = [part for part in parts if isinstance(part, keras.layers.Layer) and not part._inbound_nodes]
            if len(layers) < 2 or any(isinstance(layer, keras.Model) for layer in layers):
                return []
            starts = [*self._tensors(parts), *(tensor for tensor in self._unread(spot) if not results([tensor]))]
            end = starts[0] if starts else keras.Input((1,))
            for layer in layers:
                end = layer(end)
        return [end]

    def _made(self, spot: Spot, node: ast.expr) -> Any:
        """The value of an expression; of a call of one that failed with the rest, another one."""
        value = spot.value(node)
        if value is None and isinstance(node, ast.Call) and spot.frame:
            with contextlib.suppress(Exception):
                code = compile(ast.fix_missing_locations(ast.Expression(copy.deepcopy(node))), "", "eval")
                value = eval(code, spot.frame.f_globals, spot.frame.f_locals)
        return value

    def _name_apart(self, ends: Sequence[Any]) -> None:
        """Give layers of one name one of their own: what creates them does not say it."""
        from keras.src.utils.naming import auto_name

        layers = {id(node.operation): node.operation for _, node in computed_from(ends)}
        names, given = set[str](), {layer.name for layer in layers.values()}
        for layer in reversed(layers.values()):
            if layer.name in names:
                while layer.name in given:  # which the program may have given in the way of Keras
                    layer.name = auto_name(type(layer).__name__)
                origin = self.recorder.created.origin_of(layer)
                for spot in filter(None, map(self.recorder.sources.at, origin.places if origin else ())):
                    self._note(spot)
            names.add(layer.name)

    @contextlib.contextmanager
    def _unwritten(self) -> Iterator[None]:
        """Around calls of layers that the code does not make."""
        building = self.recorder.created.building
        building.is_unwritten, before = True, building.is_unwritten
        try:
            yield
        finally:
            building.is_unwritten = before

    # Calls of layers

    def on_input(self, call: Callable[..., Any], layer: Any, args: Sequence[Any], kwargs: Any, frame: FrameType) -> Any:
        """What a layer gives for what it is called on; in place of an array, for an input that stands for it."""
        spot = next(self.recorder.sources.spots(frame), None)
        is_own = spot and self.recorder.sources.is_students(frame) and not isinstance(layer, self.recorder.keras.Model)
        if not spot or not is_own or not args or not self._is_data(args[0]):
            return call(layer, *args, **kwargs)
        self._note(spot)
        return call(layer, self._input_for(args[0], spot), *args[1:], **kwargs)

    def _is_data(self, value: Any) -> bool:
        is_array = hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__array__")
        return is_array and not isinstance(value, (self.recorder.keras.KerasTensor, self.recorder.keras.Variable))

    def _input_for(self, array: Any, spot: Spot) -> Any:
        """An `Input` that nothing reads, or a new one; the same for what is written alike."""
        call = spot.node(ast.Call)
        text = ast.unparse(call.args[0]) if call and call.args else ""
        if text not in self.inputs:
            taken = {*map(id, self.inputs.values())}
            free = [tensor for tensor in self._unread(spot) if not results([tensor]) and id(tensor) not in taken]
            self.inputs[text] = free[0] if free else self.recorder.keras.Input(array.shape[1:] or (1,))
        return self.inputs[text]

    def _called(self, value: Any, unread: Sequence[Any]) -> Any:
        """What layers give, or would give for the one tensor that is left, in place of them, and in place of an object
        of the program's own what it holds and nothing reads; nothing where none are."""
        if isinstance(value, (list, tuple, dict)):
            parts = [*value.values()] if isinstance(value, dict) else [*value]
            meant = [self._called(part, unread) for part in parts]
            pairs = zip(parts, meant, strict=True)
            is_other = any(new is not None for new in meant)
            return [own if new is None else new for own, new in pairs] if is_other else None
        if isinstance(value, self.recorder.keras.layers.Layer):
            calls = value._inbound_nodes[-1:]
            outputs = getattr(value, "outputs", None) or [call.output_tensors[0] for call in calls]
            return outputs[0] if outputs else value(unread[0]) if len(unread) == 1 else None
        if type(value).__module__ == "__main__":
            held = [tensor for tensor in self._tensors(vars(value).values()) if is_unread(tensor)]
            return held[0] if len(held) == 1 else None
        return None

    # Tensors of the program

    def _read(self, spot: Spot, node: ast.AST) -> list[Any]:
        """The tensors that an expression reads, and those that are meant by layers."""
        values, unread = [*_values(spot, node)], self._unread(spot)
        with self._unwritten():
            meant = [self._called(value, unread) for value in values]
        return self._tensors(own if part is None else part for own, part in zip(values, meant, strict=True))

    def _tensors(self, values: Iterable[Any]) -> list[Any]:
        """Each once; those in lists and dicts too."""
        keras = self.recorder.keras
        plain = [
            value for value in values if type(value) in (list, tuple, dict) or isinstance(value, keras.KerasTensor)
        ]
        parts = [part for value in plain for part in keras.tree.flatten(value)]
        return [*{id(part): part for part in parts if isinstance(part, keras.KerasTensor)}.values()]

    def _unread(self, spot: Spot) -> list[Any]:
        """Those of all variables that no layer was called on, or else the last result of which that is true."""
        tensors = self._tensors(value for name, value in spot.scope.items() if name[:1] != "_")
        calls = [moment.call for moment in self.recorder.created.building.calls if moment.call]
        layers = [layer for operation, _ in calls if (layer := operation()) is not None]
        last = [layer.output for layer in layers if len(layer._inbound_nodes) == 1 and not layer._outbound_nodes][-1:]
        return [tensor for tensor in tensors if is_unread(tensor)] or self._tensors(last)


def _is_of_a_name(error: Exception) -> bool:
    """Whether a call is given what it takes none of, whatever stands in for something else."""
    return isinstance(error, TypeError) and "unexpected keyword argument" in str(error)


def _values(spot: Spot, node: ast.AST) -> Iterator[Any]:
    """What the names in an expression stand for, and the entries and attributes that it reads of these; of what is
    called, `parts.values`, what it belongs to."""
    value = spot.value(node) if isinstance(node, ast.expr) else None
    if value is None or (isinstance(node, ast.Attribute) and callable(value) and not hasattr(value, "_inbound_nodes")):
        for part in ast.iter_child_nodes(node):
            yield from _values(spot, part)
    else:
        yield value


@functools.cache
def _gap_class(keras: Any) -> Any:
    class Gap(keras.layers.Layer):  # type: ignore[misc]
        def call(self, tensor: Any) -> Any:
            return tensor

    return Gap
