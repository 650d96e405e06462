"""What the numbers that a student gave `fit` tell: targets in another order, or other ones than the task's.

Hints and no more: the grader trains with its own data.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.domain import Calibration, DataSpec, FitCall, ModelGraph, Note, RecordedModel

SAME_RANGE = 0.1  # the course's points and a student's own are not the very same
Range = tuple[float, float]


def target_notes(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> tuple[Note, ...]:
    """What the last `fit` was given that is not the task's; of outputs in the targets' order.

    Of outputs in a dict, which Keras puts into an order of its own, nothing is said.
    """
    fit = model.fits[-1] if model.fits else None
    if fit is None or not graph.outputs_ordered or not calibration.validation:
        return ()
    expected = [(min(values), max(values)) for values in calibration.validation[1:]]
    found = _swapped(fit, expected, data) or _other(fit, expected, data)
    return (found,) if found else ()


def _swapped(fit: FitCall, expected: Sequence[Range], data: DataSpec) -> Note | None:
    """Each output was given another one's numbers; where the ranges fit no target well, nothing is said."""
    given = [next((n for n, ends in enumerate(expected) if _alike(ends, found)), None) for found in fit.ranges]
    numbers = list(range(len(expected)))
    if given == numbers or {*given} != {*numbers} or len(given) != len(expected):
        return None
    said = ", ".join(f"`{data.targets[number]}`" for number in given if number is not None)
    right = ", ".join(f"`{name}`" for name in data.targets)
    return Note("targets-swapped", f"`fit` gets {said}, and the outputs are for {right}.", fit.location)


def _other(fit: FitCall, expected: Sequence[Range], data: DataSpec) -> Note | None:
    """The numbers have another range than those of the task."""
    if len(fit.ranges) != len(expected):
        return None
    first = next((number for number, ends in enumerate(fit.ranges) if not _alike(ends, expected[number])), None)
    if first is None:
        return None
    (low, high), (least, most) = fit.ranges[first], expected[first]
    said = f"those of output {first + 1} run" if len(expected) > 1 else "they run"
    found, wanted = f"from {low:.2g} to {high:.2g}", f"from {least:.2g} to {most:.2g}"
    sentence = f"Here {said} {found}; in the task, `{data.targets[first]}` runs {wanted}."
    return Note("targets-other", sentence, fit.location)


def _alike(one: Range, other: Range) -> bool:
    return all(abs(left - right) < SAME_RANGE for left, right in zip(one, other, strict=True))
