"""Hooks on Keras, put in place when, and only when, the code imports it."""

from __future__ import annotations

import base64
import contextlib
import functools
import inspect
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Any

from . import absent, compile_and_fit, created, datasets, describe, failed_calls, fitting, old_keras
from .imports import when_imported
from .recorder import Recorder

EMPTY_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"  # one white dot
)


def install(recorder: Recorder) -> None:
    """Watch for Keras, which a forked run has already, and let imports of Keras 2 find what moved."""
    when_imported({"keras": lambda keras: watch(recorder, keras)})
    old_keras.install()
    absent.install_colab(recorder.sources)
    absent.install(recorder)


def watch(recorder: Recorder, keras: Any) -> None:
    """Put the hooks on; a Keras that cannot be watched is our problem and never the student's."""
    try:
        recorder.keras = keras
        failed_calls.watch(recorder, replace)  # beneath the hooks that look at who calls
        for owner in (keras.Model, describe.functional_class(), keras.Sequential):
            replace(owner, "__init__", lambda original: watched_init(recorder, original))
        replace(keras.layers.Layer, "__init__", lambda original: watched_layer_init(recorder, original))
        replace(keras.Operation, "__init__", created.watched(recorder.created.note))
        # On the class that defines it: Keras takes a `compile` of `Model` itself for a student's own, and skips it.
        replace(defining(keras.Model, "compile"), "compile", lambda original: watched_compile(recorder, original))
        replace(keras.Model, "fit", lambda original: fitting.watched_fit(recorder, original))
        watch_plotting(recorder, keras)
        old_keras.add_old_names(keras)
        datasets.install(recorder)
    except Exception as error:
        recorder.problem = f"cannot watch Keras {getattr(keras, '__version__', '?')}: {error}"[:500]


def defining(owner: Any, name: str) -> Any:
    return next(one for one in owner.__mro__ if name in vars(one))


def replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Wrap a function. Keras looks at signatures, with and without what they wrap; both stay the original's."""
    original = getattr(owner, name)
    wrapper: Any = functools.wraps(original)(wrap(original))
    own = inspect.signature(original, follow_wrapped=False)
    if own == inspect.signature(original):
        wrapper.__signature__ = own
    setattr(owner, name, wrapper)


def watched_init(recorder: Recorder, original: Any) -> Any:
    def construct(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        with recorder.construction(args[0], sys._getframe(1)):
            original(*args, **kwargs)

    return construct


def watched_layer_init(recorder: Recorder, original: Any) -> Any:
    def construct(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        if "input_dim" not in kwargs and "input_shape" not in kwargs:
            original(*args, **kwargs)
            return
        compile_and_fit.on_shaped_layer(recorder, args[0], kwargs)
        with warnings.catch_warnings():
            # Keras's warning would point at this file; our note points at the student's line.
            warnings.simplefilter("ignore", UserWarning)
            original(*args, **kwargs)

    return construct


def watched_compile(recorder: Recorder, original: Any) -> Any:
    signature = inspect.signature(original)

    def compile_model(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        record = None if recorder.muted else recorder.claim(self)
        if record is not None:
            args = fitting.in_todays_order(recorder, args)
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError:
            record = None
        if record is None:
            return original(self, *args, **kwargs)
        bound.apply_defaults()
        call = recorder.next_call()
        asked = dict(bound.arguments)
        compile_and_fit.on_compile(recorder, self, asked)
        if isinstance(asked["metrics"], str) or callable(asked["metrics"]):
            bound.arguments["metrics"] = fitting.metrics_per_output(self, asked["metrics"])
        result = original(*bound.args, **bound.kwargs)
        if len(record.data["compiles"]) < 100:
            record.data["compiles"].append({**call, **compile_settings(recorder.keras, self, asked)})
        record.stale = True
        with contextlib.suppress(Exception):  # a guess about speed must not cost anybody anything
            record.plain = fitting.is_plain(self, asked, recorder.keras.tree.flatten)
        recorder.flush()
        return result

    return compile_model


def compile_settings(keras: Any, model: Any, asked: dict[str, Any]) -> dict[str, Any]:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        optimizer = asked["optimizer"]
    if type(optimizer).__name__ == "LossScaleOptimizer":
        optimizer = optimizer.inner_optimizer  # mixed precision puts it around the one that was chosen
    return {
        "optimizer": describe.setting(optimizer, keras.optimizers.get),
        "loss": describe.setting(asked["loss"], keras.losses.get),
        "loss_weights": describe.setting(asked["loss_weights"]),
        "metrics": describe.setting(asked["metrics"]),
    }


def leave_picture(name: str) -> None:
    """An empty one, for the program that opens what it has drawn."""
    if name.endswith(".png"):
        with contextlib.suppress(OSError), open(name, "xb") as file:
            file.write(base64.b64decode(EMPTY_PICTURE))


def watch_plotting(recorder: Recorder, keras: Any) -> None:
    """`plot_model` draws where Graphviz is, and is a note where it is not."""
    from keras.src.utils import model_visualization

    original = keras.utils.plot_model

    @functools.wraps(original)
    def plot_model(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if shutil.which("dot"):
            return original(*args, **kwargs)
        recorder.note("plot-model-graphviz", "")
        given = inspect.signature(original).bind(*args, **kwargs)
        given.apply_defaults()
        leave_picture(str(given.arguments["to_file"]))
        return None

    for module in (keras.utils, model_visualization, sys.modules.get("keras._tf_keras.keras.utils")):
        if module is not None:
            vars(module)["plot_model"] = plot_model
