"""What models answer that are asked again and again, where what they say decides nothing."""

from __future__ import annotations

import copy
import numbers
from typing import Any

from .recorder import Recorder

MOST_ANSWERS = 64
MOST_BYTES = 1_000_000
REPEATED = ("predict", "predict_on_batch", "evaluate", "test_on_batch", "train_on_batch")


def repeated(recorder: Recorder, original: Any) -> Any:
    """A method that answers from what it has answered before, once it has been asked more often than anybody reads.

    Programs that write a text or paint a picture ask ten thousand times. Where `fit` is cut, so that nothing that is
    built depends on what a model says, an answer is only there for its kind and its shape.
    """

    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        record = None if recorder.muted or recorder.job["full_fit"] else recorder.find(self)
        shapes = None if record is None else _shapes_given(args, kwargs)
        if record is None or shapes is None:
            return original(self, *args, **kwargs)
        answers = record.answers.setdefault((original.__name__, *shapes), [])
        if len(answers) == MOST_ANSWERS:
            answers.append(answers.pop(0))
            return copy.deepcopy(answers[-1])
        answer = original(self, *args, **kwargs)
        if sum(getattr(one, "nbytes", 0) for one in recorder.keras.tree.flatten(answer)) < MOST_BYTES:
            answers.append(copy.deepcopy(answer))
        return answer

    return ask


def _shapes_given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """The arguments of a call, arrays by their shapes; nothing for a data set, which is used up, and within `fit`."""
    if "_use_cached_eval_dataset" in kwargs:
        return None
    found: list[Any] = []
    for name, value in (*enumerate(args), *sorted(kwargs.items())):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            shape = getattr(one, "shape", None)
            if shape is None and not (one is None or isinstance(one, (str, numbers.Number))):
                return None
            found.append((name, one if shape is None else tuple(shape)))
    return tuple(found)
