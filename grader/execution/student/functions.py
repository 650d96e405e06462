"""Calls the functions that an assignment lists, and tells failures that no training can have caused."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable
from types import FrameType
from typing import Any

from . import mistakes, trained
from .recorder import Recorder
from .rewrite import bound_names
from .statements import Losses

# A history has the same keys after any training, and what it holds is of the same types.
NEVER_BY_TRAINING = (SyntaxError, ImportError, EOFError, KeyError, TypeError, AttributeError)


def call_listed(recorder: Recorder, namespace: dict[str, Any], texts: list[str]) -> None:
    """Each listed function that needs no argument, in turn, after everything else has run."""
    for name in recorder.job["functions"]:
        function = namespace.get(name)
        if not isinstance(function, types.FunctionType) or needs_arguments(function):
            continue
        recorder.calling = name
        name_own_calls(recorder, name, function)
        recorder.flush()
        call(recorder, name, function, texts)
        recorder.calling = ""


def name_own_calls(recorder: Recorder, name: str, function: types.FunctionType) -> None:
    """What the student built with the function under its first name counts as built with it: it may be fitted."""
    for record in recorder.records:
        if record.data["function"] == function.__name__ not in recorder.job["functions"]:
            record.data["function"] = name


def needs_arguments(function: Any) -> bool:
    parameters = inspect.signature(function).parameters.values()
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(one.default is one.empty and one.kind not in free for one in parameters)


def call(recorder: Recorder, name: str, function: Any, texts: list[str]) -> None:
    built = len(recorder.records)
    try:
        result = function()
    except BaseException as error:
        recorder.function_failures[name] = failure(recorder, error, None, texts)
    else:
        if result is None and len(recorder.records) > built:
            mistakes.returns_nothing(recorder, function)
        for model in result if isinstance(result, (list, tuple)) else [result]:
            record = recorder.claim(model) if recorder.is_model(model) else None
            if record is not None:
                record.data.update(returned=True, function=name)
    recorder.flush(everything=True)


def failure(recorder: Recorder, error: BaseException, cell: int | None, texts: Iterable[str]) -> dict[str, Any]:
    """The failure as it is recorded, with a note where its cause is known."""
    mistakes.on_failure(recorder, error, cell)
    return recorder.failure(error, cell, never_depends_on_training(recorder, error, texts))


def is_about_luck(recorder: Recorder, error: BaseException) -> bool:
    """Whether a failed assertion is about what a training gave, which is luck, and here not even that."""
    if not isinstance(error, AssertionError):
        return False
    lines = list(recorder.sources.lines_of_error(error))
    if not lines or not trained.is_assertion(recorder.trained, lines[-1][0].text, lines[-1][1]):
        return False
    recorder.note("assertion-about-training", "", recorder.sources.location_of_error(error))
    return True


def follows(recorder: Recorder, losses: Losses, error: BaseException, frame: FrameType, *, another: bool) -> bool:
    """Whether an error within a function that holds the program only follows from something else."""
    source = recorder.sources.find(frame.f_code.co_filename)
    around = trained.statement_at(source.text, frame.f_lineno) if source else []
    bound = {**frame.f_globals, **frame.f_locals}
    unbound = another and isinstance(error, NameError)
    return unbound or losses.is_consequence(error, around[-1] if around else None, bound)


def never_depends_on_training(recorder: Recorder, error: BaseException, texts: Iterable[str]) -> bool:
    """Whether the error would have been the same after any training.

    `texts` is all that ran before it: a name bound nowhere there is not missing because of a cut `fit`.
    """
    lines = list(recorder.sources.lines_of_error(error))
    if lines and not any(trained.may_explain(recorder.trained, source.text, line) for source, line in lines):
        return True
    if isinstance(error, NEVER_BY_TRAINING):
        return True
    if type(error).__name__ == "StdinNotImplementedError":
        return True
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError) and error.name:
        texts = list(texts)
        bound = {name for text in texts for name in bound_names(text)}
        return bool(texts) and error.name not in bound and "*" not in bound
    return False
