"""What a call that failed had called, and which of its names stand for tensors: the grader concludes what is wrong."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from ..recorder import MOST_NAMES, Recorder
from ..source.rewrite import Said, Written, call_here, call_of_error, corrected, meant, resolved, spelled_part, unparsed
from ..source.statements import inert

Finding = tuple[str, Said]
# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")
Given = dict[str, Any]
MERGING = ("add", "subtract", "multiply", "average", "maximum", "minimum")
# The words of Keras for a list of tensors, and for anything else than a number of units.
ONE_WANTED = re.compile(r"expects 1 input\(s\), but it received \d+")
NO_INTEGER = re.compile(r"`units`, expected a positive integer\. Received: units=[1-9]\d*(\.0)?$")
FEW = 5  # samples
MODEL_FILES = (".keras", ".h5", ".hdf5")
NAMED = ("activations", "initializers", "optimizers")


def failed_call(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """The call that the innermost of the student's frames was making."""
    call = call_of_error(recorder.sources, error)
    if call is None or recorder.keras is None:
        return
    function, name = resolved(call.node.func, call.frame), call.function.rpartition(".")[2]
    names = [one for one in ast.walk(call.node) if isinstance(one, (ast.Name, ast.Attribute))]
    takes = _arguments_of(recorder, function) if isinstance(error, (TypeError, ValueError)) else []
    unknown = [one.arg for one in call.node.keywords if one.arg and one.arg not in takes] if takes else []
    strange = {one: other for one in unknown if (other := _method_that_takes(recorder, function, one))}
    yield (
        "failed_call",
        {
            "call": call.text,
            "kinds": [kind for kind, holds in kinds_of(recorder, call, function, error).items() if holds],
            "keras": _name_of_keras(recorder, call),
            "tensors": [ast.unparse(one) for one in names if is_tensor(recorder, resolved(one, call.frame))],
            "takes": takes if len(takes) < MOST_NAMES else [],
            "home": next(
                (location for location in ("layers", "ops") if hasattr(getattr(recorder.keras, location), name)), ""
            ),
            "inputs": _named(recorder, call, names, lambda layer: isinstance(layer, recorder.keras.layers.InputLayer)),
            "ends": _named(recorder, call, names, lambda layer: not layer._outbound_nodes),
            "strange": list(strange),
            "methods": list(strange.values()),
        },
    )


def _named(recorder: Recorder, call: Written, nodes: Sequence[ast.expr], holds: Callable[[Any], bool]) -> list[str]:
    """The names that stand for tensors, or for lists of them, all of them of layers of that kind."""
    found = []
    for node in nodes:
        value: Any = resolved(node, call.frame)
        tensors = value if isinstance(value, (list, tuple)) and value else [value]
        if all(is_tensor(recorder, one) and holds(one._keras_history.operation) for one in tensors):
            found.append(ast.unparse(node))
    return found


def _name_of_keras(recorder: Recorder, call: Written) -> str:
    scope = call.frame.f_globals if call.frame else {}
    return next((name for name, value in scope.items() if value is recorder.keras), "")


def kinds_of(recorder: Recorder, call: Written, function: Any, error: BaseException) -> dict[str, bool]:
    keras = recorder.keras
    is_class = isinstance(function, type)
    return {
        "merge": joins(call),
        "layer": is_class and issubclass(function, keras.layers.Layer) and not issubclass(function, keras.Model),
        "model": is_class and issubclass(function, keras.Model) and function.__init__ is keras.Model.__init__,
        "tensor": is_tensor(recorder, function),
        "numpy": _is_of(function, "numpy"),
        "tensorflow": _is_of(function, "tensorflow"),
        "listed": ONE_WANTED.search(str(error)) is not None and is_list_of_tensors(recorder, call),
        "no_integer": NO_INTEGER.search(str(error)) is not None,
    }


def joins(call: Written) -> bool:
    """Whether a call is one of `concatenate`, `add` and their kin, or of such a layer."""
    base = importlib.import_module("keras.src.layers.merging.base_merge").Merge
    inner = call.node.func
    made = resolved(inner.func, call.frame) if isinstance(inner, ast.Call) else None
    function = resolved(inner, call.frame)
    if isinstance(made, type) and issubclass(made, base):
        return True
    home = str(getattr(function, "__module__", ""))
    return isinstance(function, base) or home.startswith("keras.src.layers.merging")


def _is_of(function: Any, package: str) -> bool:
    home = str(getattr(function, "__module__", None) or type(function).__module__)
    return callable(function) and home.partition(".")[0] == package


def is_list_of_tensors(recorder: Recorder, call: Written) -> bool:
    """Whether the one thing that is given to a layer is a list of several tensors."""
    given = call.node.args[0] if len(call.node.args) == 1 else None
    if isinstance(given, (ast.List, ast.Tuple)):
        values: Any = [resolved(one, call.frame) for one in given.elts]
    else:
        values = resolved(given, call.frame) if given else None
    several = isinstance(values, (list, tuple)) and len(values) > 1
    return several and all(is_tensor(recorder, one) for one in values)


def is_tensor(recorder: Recorder, value: Any) -> bool:
    return recorder.keras is not None and isinstance(value, recorder.keras.KerasTensor)


def _method_that_takes(recorder: Recorder, function: Any, argument: str) -> str:
    """The method of a model that an argument belongs to, where it was given to another one of the same model."""
    owner = getattr(function, "__self__", None)
    if recorder.keras is None or not isinstance(owner, recorder.keras.Model):
        return ""
    methods = ("compile", "fit", "evaluate", "predict")
    return next((one for one in methods if argument in inspect.signature(getattr(owner, one)).parameters), "")


def _arguments_of(recorder: Recorder, function: Any) -> list[str]:
    """The names that a function takes; empty where it takes any."""
    keras = recorder.keras
    if keras is not None and function is keras.Model:
        return ["inputs", "outputs", "name"]
    if not callable(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        home = str(getattr(function, "__module__", ""))
        if not isinstance(function, type) or not home.startswith("keras."):
            return []
        return [*names, *OF_LAYERS] if issubclass(function, keras.layers.Layer) else names
    return names


def _number_as_shape(given: Given, call: Written | None) -> Iterator[Finding]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same."""
    shape = given.get("shape")
    if call is None or isinstance(shape, (tuple, list)) or not hasattr(shape, "__index__"):
        return
    text = call.value(0, "shape")
    key = call.key(0, "shape")
    if text is not None and key is not None:
        yield "input-shape-number", corrected(call, {key: f"shape=({unparsed(text)},)"})


def _layer_as_tensor(given: Given, call: Written | None) -> Iterator[Finding]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    if call is None:
        return
    if "args" in given:
        pairs: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, given["args"], strict=False))
    else:
        pairs = [(call.value(n, name), given[name]) for n, name in enumerate(("inputs", "outputs"))]
    for expression, value in pairs:
        for name, layer in _uncalled(expression, value):
            merged = isinstance(getattr(layer, "axis", None), (list, tuple))  # a merge took its tensors for an axis
            case = "merge" if merged else "named" if name.isidentifier() else ""
            yield "layer-not-called", {"case": case, "name": name, "kind": type(layer).__name__}
            return


def _inputs_of_model(given: Given, call: Written | None) -> Iterator[Finding]:
    """A `Model` that is given too few inputs, or its outputs first."""
    flatten = sys.modules["keras"].tree.flatten
    inputs, outputs = flatten(given["inputs"]), flatten(given["outputs"])
    wanted = _inputs_behind(outputs)
    first, second = (call.key(0, "inputs"), call.key(1, "outputs")) if call else (None, None)
    if call is None or first is None or second is None or wanted <= set(map(id, inputs)):
        return
    if set(map(id, outputs)) <= _inputs_behind(inputs):
        new = (ast.unparse(call.parts[second]), ast.unparse(call.parts[first]))
        changes = {first: spelled_part(first, new[0]), second: spelled_part(second, new[1])}
        yield "model-inputs-first", corrected(call, changes)
    elif set(map(id, inputs)) < wanted:
        names = names_of(wanted, call.frame)
        changed = {first: spelled_part(first, f"[{', '.join(names)}]")}
        yield "input-left-out", corrected(call, changed) if len(names) == len(wanted) else {}


def _inputs_behind(tensors: Sequence[Any]) -> set[int]:
    """The tensors of `Input`, by identity, that these are computed from."""
    waiting, seen, found = list(tensors), set[int](), set[int]()
    while waiting:
        tensor = waiting.pop()
        history = getattr(tensor, "_keras_history", None)
        if history is None or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = history.operation._inbound_nodes[history.node_index]
        if node.is_input:
            found.add(id(tensor))
        waiting += node.input_tensors
    return found


def names_of(tensors: set[int], frame: FrameType | None) -> list[str]:
    """The variables that hold tensors, in the order in which they were assigned."""
    scope = {**frame.f_globals, **frame.f_locals} if frame else {}
    return list({id(value): name for name, value in scope.items() if id(value) in tensors}.values())


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression) or value.name, value
    if isinstance(value, (list, tuple)):
        written = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(written[position] if len(written) == len(value) else None, item)


def _merged_widths(given: Given, call: Written | None) -> Iterator[Finding]:
    """Tensors of different widths, added or multiplied number by number."""
    left, right = given["shape1"], given["shape2"]
    if call is None or not left or not right or left[:-1] != right[:-1]:
        return
    name = call.function.removesuffix("()").rpartition(".")[2]
    joined = "Concatenate" if name[:1].isupper() else "concatenate"
    # A call that is hidden in a helper of another name has no merge to replace.
    known = name.lower() in MERGING
    start = call.function.removesuffix("()")[: -len(name)]
    scope: Any = call.frame.f_globals if call.frame else {}
    if not start and joined not in scope:
        keras = next((one for one, value in scope.items() if value is sys.modules.get("keras")), "")
        start = f"{keras}.layers." if keras else ""
    function = start + joined + ("()" if call.function.endswith("()") else "")
    known_widths = isinstance(left[-1], int) and isinstance(right[-1], int)
    widths = {"left": left[-1], "right": right[-1]} if known_widths else {"case": "unknown"}
    yield "merge-widths", {**widths, **(corrected(call, {}, function) if known else {})}


def _added_widths(given: Given, call: Written | None) -> Iterator[Finding]:
    """`a + b`, of tensors of different widths."""
    left, right = (getattr(given[name], "shape", ()) for name in ("self", "other"))
    widths = [shape[-1] for shape in (left, right) if shape and isinstance(shape[-1], int)]
    if len(widths) == 2 and widths[0] != widths[1] and left[:-1] == right[:-1]:
        yield "merge-widths", {"left": widths[0], "right": widths[1]}


def _weights_file(given: Given, call: Written | None) -> Iterator[Finding]:
    path = str(given.get("filepath", ""))
    if not path.endswith(".weights.h5"):
        yield "weights-file-name", renamed(call, os.path.splitext(path)[0] + ".weights.h5")


def _model_file(given: Given, call: Written | None) -> Iterator[Finding]:
    path = str(given.get("filepath", ""))
    if not path.endswith(MODEL_FILES):
        yield "model-file-name", renamed(call, path.rstrip("/") + ".keras")


def _checkpoint_file(given: Given, call: Written | None) -> Iterator[Finding]:
    weights = bool(given.get("save_weights_only"))
    path, ending = str(given.get("filepath", "")), ".weights.h5" if weights else ".keras"
    stem, old = os.path.splitext(path)
    if not path.endswith(ending):
        known = old in (*MODEL_FILES, ".ckpt", ".weights", ".tf")
        yield f"{'weights' if weights else 'model'}-file-name", renamed(call, (stem if known else path) + ending)


def renamed(call: Written | None, path: str) -> Said:
    key = call.key(0, "filepath") if call else None
    if call is None or key is None:
        return {"case": "path", "path": path}
    return corrected(call, {key: repr(path) if isinstance(key, int) else f"filepath={path!r}"})


def _other_network(given: Given, call: Written | None) -> Iterator[Finding]:
    if os.path.exists(str(given.get("filepath", ""))):
        yield "weights-do-not-fit", {}


def _compiled_in_file(given: Given, call: Written | None) -> Iterator[Finding]:
    """A model in the old format says its losses in a way that today's Keras cannot read."""
    if given.get("compile", True) and os.path.exists(str(given.get("filepath", ""))):
        yield "load-model-compile", corrected(call, {"compile": "compile=False"}) if call else {}


def _lambda_in_file(given: Given, call: Written | None) -> Iterator[Finding]:
    """Keras loads no function out of a file."""
    with zipfile.ZipFile(str(given.get("filepath", ""))) as file:
        if b'"__lambda__"' in file.read("config.json"):
            yield "lambda-in-file", {}


def _lambda_without_shape(given: Given, call: Written | None) -> Iterator[Finding]:
    """A function whose result Keras cannot tell from tensors without values; a few samples may tell."""
    keras, shape = sys.modules["keras"], None
    with contextlib.suppress(Exception):
        shapes = keras.tree.map_shape_structure(lambda sizes: [one or FEW for one in sizes], given["input_shape"])
        samples = keras.tree.map_shape_structure(keras.ops.ones, shapes)
        shape = tuple(map(int, given["self"].function(samples, **given["self"].arguments).shape[1:]))
    yield "lambda-shape", {} if shape is None else {"case": "known", "result": f"output_shape={shape}"}


def _no_callback(given: Given, call: Written | None) -> Iterator[Finding]:
    """A class, a function or anything else that is no callback."""
    keras = sys.modules["keras"]
    kind = keras.callbacks.Callback
    wrong = next((one for one in keras.tree.flatten(given["callbacks"]) if not isinstance(one, kind)), None)
    if wrong is None:
        return  # a callback itself has raised
    written = [one for one in ast.walk(call.node) if isinstance(one, (ast.Name, ast.Attribute))] if call else []
    names = [ast.unparse(one) for one in written if call and resolved(one, call.frame) is wrong]
    if names and isinstance(wrong, type) and issubclass(wrong, kind) and _needs_nothing(wrong):
        yield "callback-object", {"new": f"{names[0]}()", "old": names[0]}
    else:
        yield "callback-object", {}


def _needs_nothing(function: Callable[..., Any]) -> bool:
    """Whether a call without arguments is enough."""
    with contextlib.suppress(TypeError):
        inspect.signature(function).bind()
        return True
    return False


def unknown_name(recorder: Recorder, section: str, given: Given, call: Written | None) -> Iterator[Finding]:
    name = given.get("identifier")
    if isinstance(name, str):
        yield "unknown-name", meant(recorder.keras, section, name)


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Callable[[Given, Written | None], Iterator[Finding]]], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _inputs_of_model),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _added_widths) for name in ("add", "sub", "mul")),
    ("keras", "Model", "save_weights", _weights_file),
    ("keras", "Model", "save", _model_file),
    ("keras", "Model", "load_weights", _other_network),
    ("keras.callbacks", "ModelCheckpoint", "__init__", _checkpoint_file),
    ("keras.layers", "Lambda", "compute_output_shape", _lambda_without_shape),
    ("keras.callbacks", "CallbackList", "__init__", _no_callback),
    ("keras.src.saving.saving_lib", "", "load_model", _lambda_in_file),
    ("keras.src.legacy.saving.legacy_h5_format", "", "load_model_from_hdf5", _compiled_in_file),
)


def watch(recorder: Recorder, replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    """Explain calls that fail. A Keras that keeps one of these elsewhere goes without that explanation."""
    for module, owner, name, explain in WATCHED:
        try:
            location = importlib.import_module(module)
            replace(getattr(location, owner) if owner else location, name, _told_on_failure(recorder, explain))
        except (ImportError, AttributeError):
            continue
    for section in NAMED:
        explain = functools.partial(unknown_name, recorder, section)
        replace(importlib.import_module(f"keras.src.{section}"), "get", _told_on_failure(recorder, explain))


def _told_on_failure(recorder: Recorder, explain: Callable[[Given, Written | None], Iterator[Finding]]) -> Any:
    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(*args, **kwargs)
            except Exception:
                if not recorder.muted:
                    tell(args, kwargs)
                raise

        def tell(args: tuple[Any, ...], kwargs: Given) -> None:
            # An explanation that fails must not stand in for the student's own error.
            with contextlib.suppress(Exception):
                given = signature.bind(*args, **kwargs)
                given.apply_defaults()
                if inert(given.arguments.values()):
                    return
                for code, said in explain(dict(given.arguments), call_here(recorder.sources)):
                    recorder.note(code, said)

        return call

    return wrap
