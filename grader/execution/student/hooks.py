"""Hooks on Keras, put in place when, and only when, the code imports it.

`fit` is recorded as asked and cut to one step: what a training achieves is the trainer's to find out.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import functools
import inspect
import math
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

from . import cut_fit, describe, imports, surroundings
from .notes import compile_calls, fit_calls, keras2, watched_calls
from .recorder import Record, Recorder, keep_call
from .source import written_calls
from .source.layer_origins import watched

Arguments = tuple[Any, ...]
EMPTY_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"  # one white dot
)


def install(recorder: Recorder, backend: str) -> Callable[..., str]:
    """Watch for Keras, which a forked run has already, and for all else that stands around the code; helpers beside it
    can be imported. Returns what answers in place of a person."""
    sys.path.insert(0, os.getcwd())
    answer = surroundings.install(recorder, backend)
    keras2.install()  # before Keras is watched, which imports what moved
    imports.when_imported({"keras": lambda keras: watch(recorder, keras)})
    imports.when_imported({"tensorflow": keras2.show})
    imports.install(recorder)
    return answer


def watch(recorder: Recorder, keras: Any) -> None:
    """Put the hooks on; a Keras that cannot be watched is our problem and never the student's."""
    try:
        recorder.keras = keras
        watched_calls.watch(recorder, replace)  # beneath the hooks that look at who calls
        if recorder.job["goes_on"]:
            replace(keras.layers.Layer, "__call__", lambda original: _instead_of_data(recorder, original))
        for owner in (keras.Model, describe.functional_class(), keras.Sequential):
            replace(owner, "__init__", lambda original: _watched_init(recorder, original))
        replace(keras.Operation, "__init__", watched(recorder.created.note))
        replace(sys.modules["keras.src.ops.node"].Node, "__init__", watched(recorder.created.note_call))
        # On the class that defines it: Keras takes a `compile` of `Model` itself for a student's own, and skips it.
        trainer = next(kind for kind in keras.Model.__mro__ if "compile" in vars(kind))
        replace(trainer, "compile", _watched(recorder, _compile, _in_todays_order))
        replace(keras.Model, "fit", _watched(recorder, _fit))
        replace(keras.Model, "evaluate", _watched(recorder, _evaluate))
        replace(keras.Model, "predict", _watched(recorder, _predict))
        _watch_plotting(recorder, keras)
        keras2.add_old_names(keras)
        surroundings.install_datasets(recorder)
    except Exception as error:
        recorder.problem = f"cannot watch Keras {getattr(keras, '__version__', '?')}: {error}"[:500]


def replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Wrap a function. Keras looks at signatures, with and without what they wrap; both stay the original's."""
    original = getattr(owner, name)
    wrapper: Any = functools.wraps(original)(wrap(original))
    signature = inspect.signature(original, follow_wrapped=False)
    if signature == inspect.signature(original):
        wrapper.__signature__ = signature
    setattr(owner, name, wrapper)


def _instead_of_data(recorder: Recorder, original: Any) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if recorder.muted or recorder.instead_of_data is None:
            return original(self, *args, **kwargs)
        return recorder.instead_of_data(original, self, args, kwargs, sys._getframe(1))

    return call


def _watched_init(recorder: Recorder, original: Any) -> Any:
    def construct(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        with recorder.construction(args[0], sys._getframe(1)):
            original(*args, **kwargs)

    return construct


def _watched(
    recorder: Recorder,
    act: Callable[[Recorder, Record, Any, inspect.BoundArguments], Any],
    ordered: Callable[[Recorder, Arguments], Arguments] = lambda recorder, args: args,
) -> Any:
    """A method of a student's model, with its arguments by name; what is called wrongly fails by itself."""

    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            record = None if recorder.muted else recorder.claim(self)
            try:
                bound = signature.bind(self, *(ordered(recorder, args) if record else args), **kwargs)
            except TypeError:
                record = None
            if record is None:
                return original(self, *args, **kwargs)
            bound.apply_defaults()
            return act(recorder, record, original, bound)

        return method

    return wrap


def _compile(recorder: Recorder, record: Record, original: Any, bound: inspect.BoundArguments) -> Any:
    __tracebackhide__ = True
    model, call, asked = bound.args[0], recorder.next_call(), dict(bound.arguments)
    compile_calls.on_compile(recorder, model, asked)
    if isinstance(asked["metrics"], str) or callable(asked["metrics"]):
        bound.arguments["metrics"] = _metrics_per_output(model, asked["metrics"])
    result = original(*bound.args, **bound.kwargs)
    record = recorder.compiled_again(record)
    settings = _compile_settings(recorder.keras, model, asked)
    written = {"model": _called(recorder), "edits": compile_calls.edits_of_settings(recorder)}
    keep_call(record.data["compiles"], {**call, **settings, **written})
    record.stale = True
    with contextlib.suppress(Exception):  # a guess about speed must not cost anybody anything
        record.plain = cut_fit.is_plain(model, asked, recorder.keras.tree.flatten)
    recorder.flush()
    return result


def _called(recorder: Recorder) -> str:
    """What the code calls the model that it compiles; empty where Keras, or the model itself, compiles."""
    with contextlib.suppress(Exception):  # a name for a sentence must not cost anybody anything
        call = written_calls.call_here(recorder.sources)
        match call.node.func:
            case ast.Attribute(owner, "compile") if not isinstance(owner, ast.Call):
                return ast.unparse(owner)
    return ""


def _compile_settings(keras: Any, model: Any, asked: dict[str, Any]) -> dict[str, Any]:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        optimizer = asked["optimizer"]
    if type(optimizer).__name__ == "LossScaleOptimizer":
        optimizer = optimizer.inner_optimizer  # mixed precision puts it around the one that was chosen
    shapes = [tensor.shape[1:] for tensor in getattr(model, "outputs", None) or ()] or [(1,), (3,)]

    def computed(loss: Any) -> str:
        return describe.computes(keras, loss, shapes)

    return {
        "optimizer": describe.setting(optimizer, keras.optimizers.get),
        "loss": describe.setting(asked["loss"], keras.losses.get, computed),
        "loss_weights": describe.setting(asked["loss_weights"]),
        "metrics": describe.setting(asked["metrics"], None, computed),
    }


def _leave_picture(name: str) -> None:
    """An empty one, for the program that opens what it has drawn."""
    if name.endswith(".png"):
        with contextlib.suppress(OSError), open(name, "xb") as file:
            file.write(base64.b64decode(EMPTY_PICTURE))


def _watch_plotting(recorder: Recorder, keras: Any) -> None:
    """`plot_model` draws where Graphviz is, and is a note where it is not."""
    from keras.src.utils import model_visualization

    original = keras.utils.plot_model

    @functools.wraps(original)
    def plot_model(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if shutil.which("dot"):
            return original(*args, **kwargs)
        recorder.note("plot-model-graphviz")
        bound = inspect.signature(original).bind(*args, **kwargs)
        bound.apply_defaults()
        _leave_picture(str(bound.arguments["to_file"]))
        return None

    for module in (keras.utils, model_visualization, sys.modules.get("keras._tf_keras.keras.utils")):
        if module is not None:
            vars(module)["plot_model"] = plot_model


def _fit(recorder: Recorder, record: Record, original: Any, bound: inspect.BoundArguments) -> Any:
    __tracebackhide__ = True
    model, asked = bound.args[0], dict(bound.arguments)
    call = {**recorder.next_call(), **_describe_fit(recorder, model, asked), "cut": False, "finished": False}
    keep_call(record.data["fits"], call)
    fit_calls.on_fit(recorder, model, record, asked)
    recorder.flush()
    try:
        history = cut_fit.run(recorder, original, bound, call, traced=not record.plain)
    finally:
        record.stale = True
    call["finished"] = True
    recorder.flush()
    return history


def _evaluate(recorder: Recorder, record: Record, original: Any, bound: inspect.BoundArguments) -> Any:
    __tracebackhide__ = True
    if not cut_fit.is_within_fit(bound):
        fit_calls.on_fit(recorder, bound.args[0], record, dict(bound.arguments), "evaluate")
    return cut_fit.evaluate(recorder, record, original, bound)


def _predict(recorder: Recorder, record: Record, original: Any, bound: inspect.BoundArguments) -> Any:
    __tracebackhide__ = True
    fit_calls.on_fit(recorder, bound.args[0], record, {**bound.arguments, "y": None}, "predict")
    return original(*bound.args, **bound.kwargs)


def _describe_fit(recorder: Recorder, model: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Epochs, batch size and arrays as asked."""
    batch_size = cut_fit.whole_number(asked["batch_size"])
    epochs = cut_fit.whole_number(asked["epochs"])
    return {
        "epochs": min(max(epochs or 0, 0), 10**9),
        "batch_size": None if batch_size is None else min(max(batch_size, 0), 10**9),
        "ranges": ranges(asked["y"], getattr(model, "output_names", None)),
        "exchange": fit_calls.with_targets_exchanged(recorder, asked),
    }


def ranges(targets: Any, names: list[str] | None) -> list[list[float]]:
    """The least and the greatest number of each target; nothing where one of them is no array of finite numbers."""
    if isinstance(targets, dict):
        targets = [targets[name] for name in names or () if name in targets]
    result = []
    for array in targets if isinstance(targets, (list, tuple)) else [targets]:
        try:
            ends = [float(array.min()), float(array.max())]
        except Exception:  # whatever an object of the student's own may raise
            return []
        if not all(map(math.isfinite, ends)):
            return []
        result.append(ends)
    return result[:64]


def _metrics_per_output(model: Any, metric: Any) -> list[Any]:
    """What Keras 2 made of `metrics="mse"`."""
    outputs = len(getattr(model, "outputs", None) or [None])
    return [metric] if outputs == 1 else [[metric] for _ in range(outputs)]


def _in_todays_order(recorder: Recorder, args: Arguments) -> Arguments:
    """Keras 2 took metrics third and the weights of losses fourth, where Keras 3 takes weights and then metrics."""
    values = recorder.keras.tree.flatten(args[2]) if len(args) > 2 else []
    if not any(isinstance(value, str) or callable(value) for value in values):
        return args
    call = written_calls.call_here(recorder.sources)
    parts, changes = call.parts, dict[written_calls.ArgumentKey, str | None]()
    for key, name in ((2, "metrics"), (3, "loss_weights")):
        if key in parts:
            changes[key] = f"{name}={written_calls.unparsed(parts[key])}"
    recorder.note("keras2-spelling", written_calls.corrected(call, changes) if changes else {})
    return (*args[:2], args[3] if len(args) > 3 else None, args[2], *args[4:])
