"""Trainings that take one step of a few samples: what a training achieves is the trainer's to find out.

`evaluate` sees as few: after a training of one step, nothing that it could say means anything.
"""

from __future__ import annotations

import contextlib
import inspect
import operator
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .describe import is_kerass
from .recorder import Record, Recorder

MOST_EPOCHS = 1_000_000
STEPS_AT_ONCE = 32
MOST_SPLIT = 0.9
FEW = 32
"""Samples that a model sees at once, whatever was asked: Keras makes one step of all of them where no size is given."""


def run(recorder: Recorder, original: Any, bound: inspect.BoundArguments, call: dict[str, Any], *, traced: bool) -> Any:
    """The cut fit, or the full one where that is required or where the cut one fails.

    One step takes TensorFlow five times as long to compile as to take; where all that it would compile is Keras's own,
    it is taken without.
    """
    __tracebackhide__ = True
    asked = dict(bound.arguments)
    epochs = whole_number(asked["epochs"])
    first = whole_number(asked["initial_epoch"])
    failed: Exception | None = None
    if not recorder.job["full_fit"] and epochs is not None and first is not None and epochs > first:
        call["cut"] = True
        model = bound.args[0]
        try:
            bound.arguments |= {"epochs": first + 1, "steps_per_epoch": 1, "validation_steps": 1, "validation_freq": 1}
            bound.arguments |= _few_samples(model, asked)
            with contextlib.nullcontext() if traced else _untraced(model):
                history = original(*bound.args, **bound.kwargs)
            return padded(history, epochs, first)
        except Exception as error:
            # Only a failure of the fit as asked counts, so ask again before blaming anybody.
            failed, call["cut"] = error, False
            bound.arguments.update(asked)
    try:
        with contextlib.nullcontext() if traced or asked["callbacks"] else _many_steps_at_once(bound.args[0]):
            return original(*bound.args, **bound.kwargs)
    except Exception as error:
        raised = failed if failed is not None and tells_more(failed, error, asked["x"]) else error
        recorder.settled_errors.append(raised)
        if raised is error:
            raise
        raise raised from None


def evaluate(recorder: Recorder, record: Record, original: Any, bound: inspect.BoundArguments) -> Any:
    """`evaluate`, of one step where `fit` is cut; not that of a `fit` itself."""
    __tracebackhide__ = True
    asked, model = dict(bound.arguments), bound.args[0]
    if not recorder.job["full_fit"] and not is_within_fit(bound):
        with contextlib.suppress(Exception):  # then it is asked as it was, and fails by itself, or does not
            bound.arguments |= {"steps": 1, **_few_samples(model, asked)}
            with _untraced(model) if record.plain else contextlib.nullcontext():
                return original(*bound.args, **bound.kwargs)
    bound.arguments.update(asked)
    return original(*bound.args, **bound.kwargs)


def is_within_fit(evaluation: inspect.BoundArguments) -> bool:
    """Whether `fit` itself evaluates."""
    return "_use_cached_eval_dataset" in evaluation.kwargs


def _has_fixed_batch(model: Any) -> bool:
    """Whether a network takes batches of one size only, as a recurrent one that remembers."""
    return any(tensor.shape[0] is not None for tensor in getattr(model, "inputs", None) or ())


def _few_samples(model: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What to ask in place of the data and of the sizes of batches, so that a step sees a few samples."""
    if _has_fixed_batch(model):
        return {}
    changes = {name: _first_of_each(asked[name]) for name in ("x", "validation_data") if name in asked}
    changes |= _first_of_arrays({name: asked.get(name) for name in ("x", "y", "sample_weight")}, asked)
    if isinstance(validation := asked.get("validation_data"), (tuple, list)):
        few = _first_of_arrays(dict(enumerate(validation)), {})
        changes["validation_data"] = tuple(few.values()) if few else validation
    arrays = changes["x"] is asked["x"] or "y" in changes
    sizes = ("batch_size", "validation_batch_size") if arrays else ("validation_batch_size",)
    for name in sizes:
        size = FEW if asked.get(name) is None else whole_number(asked[name])
        if name in asked and size is not None and size > 0:
            changes[name] = min(size, FEW)
    return changes


def _first_of_arrays(arrays: dict[Any, Any], asked: Mapping[str, Any]) -> dict[Any, Any]:
    """The first samples of arrays that have as many each: to convert all of them may take longer than anything else.

    Nothing where some are no arrays, where Keras has to say that there are not as many, or where too few would be left
    to split off a part for validation.
    """
    tree, numpy = sys.modules["keras"].tree, sys.modules["numpy"]
    parts = [part for part in tree.flatten(arrays) if part is not None]
    split = float(asked.get("validation_split") or 0.0)
    if not all(isinstance(part, numpy.ndarray) and part.ndim for part in parts) or not 0.0 <= split <= MOST_SPLIT:
        return {}
    if len({len(part) for part in parts}) != 1:
        return {}
    return {key: tree.map_structure(lambda part: part if part is None else part[: 2 * FEW], value)
            for key, value in arrays.items()}  # fmt: skip


def _first_of_each(data: Any) -> Any:
    """The same data set, whose batches are its first samples; arrays are cut by the size of batches."""
    if not hasattr(data, "element_spec"):
        return data
    tree = sys.modules["keras"].tree

    def first(*parts: Any) -> Any:
        few = tree.map_structure(lambda part: part[:FEW], parts)
        return few if len(few) > 1 else few[0]

    return data.map(first)


@contextlib.contextmanager
def _compiled_with(model: Any, name: str, value: Any) -> Iterator[None]:
    """The model with another setting of what TensorFlow compiles; afterwards as it was, with nothing of that in it."""
    original = getattr(model, name, None)
    setattr(model, name, value)
    model.train_function = model.test_function = None
    try:
        yield
    finally:
        setattr(model, name, original)
        model.train_function = model.test_function = model.predict_function = None


def _untraced(model: Any) -> contextlib.AbstractContextManager[None]:
    """The model as its own Python, step by step."""
    return _compiled_with(model, "run_eagerly", True)


def _many_steps_at_once(model: Any) -> contextlib.AbstractContextManager[None]:
    """The same steps in a third of the time, where nobody looks at each: a full training takes a minute otherwise."""
    return _compiled_with(model, "steps_per_execution", max(getattr(model, "steps_per_execution", 1), STEPS_AT_ONCE))


def is_plain(model: Any, asked: dict[str, Any], flatten: Any) -> bool:
    """Whether a model, its losses, metrics and optimizer are Keras's own throughout: none runs a student's code."""
    layers = list(model._flatten_layers(include_self=False))
    settings = flatten([asked[name] for name in ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")])
    if type(model).__name__ not in ("Functional", "Model", "Sequential") or asked.get("run_eagerly"):
        return False
    if any(type(layer).__name__ == "Lambda" or _is_recurrent(layer) for layer in layers):
        return False
    values = [value for value in (*layers, *settings) if value is not None]
    return all(isinstance(value, (str, int, float)) or _from_keras(value) for value in values)


def _is_recurrent(layer: Any) -> bool:
    """Whether it takes a step for each entry of a sequence, which is slow but where it is compiled."""
    return hasattr(layer, "cell") or hasattr(layer, "forward_layer")


def _from_keras(value: Any) -> bool:
    """Whether it is Keras's own, with what it wraps."""
    wrapped = getattr(value, "fn", None) or getattr(value, "_fn", None)
    return is_kerass(value) and (wrapped is None or _from_keras(wrapped))


def tells_more(first: Exception, second: Exception, data: Any) -> bool:
    """Whether the error of the cut fit is the one to tell: the second may be about data that the first used up."""
    return type(first) is type(second) or hasattr(data, "__next__")


def padded(history: Any, epochs: int, first: int) -> Any:
    """A history as long as the epochs requested, so that plots against them run."""
    epochs = min(epochs, first + MOST_EPOCHS)
    for name, values in getattr(history, "history", {}).items():
        history.history[name] = (list(values) + values[-1:] * (epochs - first))[: epochs - first]
    history.epoch = list(range(first, epochs))
    return history


def whole_number(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None
