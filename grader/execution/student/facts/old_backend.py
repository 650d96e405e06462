"""The functions of the old `keras.backend`: they took the tensors of a network in Keras 2, and do so no longer."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Set
from typing import Any

HOME = "keras.src.legacy.backend"
# Small functions that say what a tensor already says; the others are those of `tensorflow.keras`.
SMALL: dict[str, Callable[[Any], Any]] = {"int_shape": lambda x: tuple(x.shape), "ndim": lambda x: len(x.shape)}
# Those that `keras.ops` has too, but with another axis where none is given.
OTHER_AXIS = frozenset({"argmax", "argmin", "concatenate", "cumprod", "cumsum", "expand_dims"})


def functions(keras: Any, in_ops: Set[str]) -> dict[str, Callable[..., Any]]:
    """By name; `in_ops` are those that `keras.ops` has under the same name."""
    found = dict(SMALL)
    for name, value in vars(importlib.import_module(HOME)).items():
        if callable(value) and getattr(value, "__module__", "") == HOME and name not in found:
            found[name] = _also_symbolic(keras, value) if name in in_ops | OTHER_AXIS else value
    return found


def _also_symbolic(keras: Any, old: Any) -> Any:
    """`old`, with today's function of the same name for the tensors of a network."""
    todays, signature = getattr(keras.ops, old.__name__), inspect.signature(old)
    most = len(inspect.signature(todays).parameters)

    @functools.wraps(old)
    def function(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not any(isinstance(one, keras.KerasTensor) for one in keras.tree.flatten([args, kwargs])):
            return old(*args, **kwargs)
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        return todays(*given.args[:most])

    return function
