"""What the grader itself notes of a grade."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from grader.course import load_course
from grader.domain import FitCall, Place, RecordedModel, Training
from grader.settling import own_notes, swapped_targets
from tests.checks.students import dense
from tests.graph.networks import read

CALIBRATION = load_course(["two_outputs"]).calibrations["two_outputs"]
TRAINED = Training("learned", (0.045, 0.003), (), 300)


def fitted(*ranges: tuple[float, float]) -> RecordedModel:
    fit = FitCall(2, Place(1, 9), 300, 32, (), (), True, True, ranges)
    return RecordedModel(0, "functional", "Functional", (), "", False, Place(), (), None, "", (), (fit,))


SINE, EXP = (-1.0, 1.0), (1.0, 2.718)


@pytest.mark.parametrize(
    ("ranges", "codes"),
    [
        ((SINE, EXP), []),
        ((EXP, SINE), ["targets-swapped"]),
        ((EXP, EXP), []),
        ((EXP, (0.0, 5.0)), []),
        ((EXP,), []),
        ((), []),
    ],
    ids=str,
)
def test_targets_in_another_order_are_noted(ranges: tuple[tuple[float, float], ...], codes: list[str]) -> None:
    """Only where each is certain to be the other's."""
    course = load_course(["two_outputs"])
    x = keras.Input((1,))
    graph = read(keras.Model(x, [dense(1, None)(x), dense(1, None)(x)]))
    notes = swapped_targets(fitted(*ranges), graph, course.assignments[0].data, CALIBRATION)
    assert [(note.code, note.place) for note in notes] == [(code, Place(1, 9)) for code in codes]


def test_targets_of_outputs_in_a_dict_have_no_order() -> None:
    """Keras sorts them by name, and their targets with them."""
    data = load_course(["two_outputs"]).assignments[0].data
    assert swapped_targets(fitted(EXP, SINE), named("sine", "exponential"), data, CALIBRATION) == []


class Versions:
    """A trainer of these versions."""

    def __init__(self, **versions: str) -> None:
        self.own = versions

    def versions(self) -> dict[str, str]:
        return self.own


HERE: Any = Versions(**CALIBRATION.versions)


def named(*names: str) -> Any:
    """A model whose outputs were given as a dict."""
    x = keras.Input((1,))
    return read(keras.Model(x, {name: dense(1, None)(x) for name in names}))


@pytest.mark.parametrize(("names", "codes"), [(["a", "b"], ["model-unordered"]), (["a"], [])], ids=["two", "one"])
def test_outputs_in_a_dict_are_noted_where_there_is_an_order_to_find(names: list[str], codes: list[str]) -> None:
    """With their names; a single output has no order."""
    notes = own_notes(named(*names), CALIBRATION, HERE, TRAINED)
    assert [note.code for note in notes] == codes
    assert all(note.detail == ", ".join(names) for note in notes)


def test_another_version_than_the_calibrations_is_noted_where_something_was_trained() -> None:
    """With the versions of the calibration."""
    elsewhere: Any = Versions(**{**CALIBRATION.versions, "keras": "9.9"})
    (note,) = own_notes(named("a"), CALIBRATION, elsewhere, TRAINED)
    assert (note.code, CALIBRATION.versions["keras"] in note.detail) == ("keras-versions", True)
    assert own_notes(named("a"), CALIBRATION, elsewhere, None) == ()
    assert own_notes(named("a"), CALIBRATION, HERE, TRAINED) == ()
