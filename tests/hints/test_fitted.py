"""What `fit` is fed, and the note that it deserves; without fitting anything."""

from __future__ import annotations

from typing import Any

import pytest

from grader.hints import advised


def side(name: str, kind: str, *shapes: str, tensors: str = "(None, 1)", names: str = "a", **more: Any) -> dict[str, Any]:
    """One argument of `fit`; tensors of the model are divided by semicolons."""
    keys = more.pop("keys", " ".join(map(str, range(len(shapes))))).split()
    plain = {"given": keys if kind == "dict" else [], "forms": ["array"] * len(shapes), **more}
    found: dict[str, Any] = {"kind": kind, "keys": keys, "shapes": shapes, "names": names.split(), "tensors": tensors.split(";")}
    return {f"{name}_{key}": value for key, value in (found | plain).items()}


X, Y = side("x", "array", "(24,)"), side("y", "array", "(24,)")
TWO = {"tensors": "(None, 1);(None, 1)", "names": "a b"}


def fact(call: str = "m.fit(x, y)", x: dict[str, Any] = X, y: dict[str, Any] = Y, **more: Any) -> dict[str, Any]:
    return {"call": call, "numpy": "np", "alone": 0, "losses": ["mse", "mse"], "units": ["1", "1"], **x, **y, **more}


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (fact(), "", ""),
        (fact(x=side("x", "array", "(24, 1)"), y=side("y", "array", "(24, 1)")), "", ""),
        (fact(x=side("x", "array", "(24,)", **TWO)), "arrays-for-inputs", "`m.fit([x, x], y)` in place of `m.fit(x, y)`"),
        (fact("m.fit(xs, y)", x=side("x", "array", "(24, 2)", **TWO)), "arrays-for-inputs", "`m.fit([xs[:, 0], xs[:, 1]], y)`"),
        (fact("m.fit(both, y)", x=side("x", "array", "(2, 24)", **TWO)), "arrays-for-inputs", "`m.fit(list(both), y)`"),
        (fact("m.fit([x, x], y, validation_data=(v, w))", x=side("x", "list", "(24,)", "(24,)", **TWO), validated="array"), "arrays-for-inputs", "`m.fit([x, x], y, validation_data=([v, v], w))`"),
        (fact("m.fit([x, x], y, validation_data=v)", x=side("x", "list", "(24,)", "(24,)", **TWO), validated="array"), "", ""),
        (fact(x=side("x", "list", "(24,)", "(24,)", "(24,)", **TWO)), "arrays-for-inputs", "The model needs 2, but `fit` got 3."),
        (fact(y=side("y", "array", "(24,)", **TWO)), "arrays-for-outputs", "`m.fit(x, [y, …])` in place of `m.fit(x, y)`. In place of `…`, put the targets of `b`."),
        (fact(x=side("x", "array", "(24,)", tensors="(None, 3)")), "input-shape", "Write `Input(shape=(1,))` in place of `Input(shape=(3,))`."),
        (fact(x=side("x", "array", "(24,)", tensors="(None, 3)"), y=side("y", "array", "(8,)")), "input-shape", "`m.fit(x.reshape(-1, 3), y)`"),
        (fact("m.fit(x.reshape(1, -1), y)", x=side("x", "array", "(1, 24)")), "input-shape", "`x.reshape(-1, 1)` in place of `x.reshape(1, -1)`"),
        (fact(x=side("x", "array", "(24, 2)")), "input-shape", "Only if all 2 columns belong to one input, write `Input(shape=(2,))`"),
        (fact(y=side("y", "array", "(24, 2)")), "target-shape-broadcast", "`m.fit(x, y[:, 0])`"),
        (fact(y=side("y", "array", "(24, 1)", tensors="(None, 3)"), units=["3"]), "target-shape-broadcast", "`Dense(1)` in place of `Dense(3)`"),
        (fact(y=side("y", "array", "(24, 2)"), losses=["categorical_crossentropy"]), "", ""),
        (fact("m.fit([1, 2], y)", x=side("x", "numbers", "()", forms=["numbers"])), "data-not-array", "`m.fit(np.array([1, 2]), y)`"),
        (fact("m.fit(1, y)", x=side("x", "array", "()", forms=["single"])), "data-not-array", "`1` is a single number."),
        (fact("m.fit([[1], x], y)", x=side("x", "list", "()", "(1,)", forms=["numbers", "array"], **TWO)), "data-not-array", "`m.fit([np.array([1]), np.array(x)], y)`"),
        (fact("m.fit({'a': x, 'z': w}, y)", x=side("x", "dict", "(24,)", keys="a", given=["a", "z"], **TWO)), "data-names", "Expected here: `a` and `b`. Write `m.fit([x, w], y)`"),
        (fact("m.fit(x, {'a': y})", y=side("y", "dict", "(24,)", keys="a"), alone=1), "data-names", "Write `m.fit(x, y)`"),
        (fact("m.fit(x, d)", y=side("y", "dict", "(24,)", keys="z"), alone=1), "data-names", "Give the array without a dict."),
        (fact(x={"x_kind": "array", "x_shapes": 3}, y={"y_kind": ["a"]}, losses="mse", units=7), "", ""),
    ],
    ids=lambda value: value["call"] if isinstance(value, dict) else value[:30],
)  # fmt: skip
def test_what_is_wrong_with_the_data(said: dict[str, Any], code: str, words: str) -> None:
    """One note, with what to write; none where nothing is wrong or what is said makes no sense."""
    found = list(advised("fitted", said))
    assert [one for one, _ in found] == ([code] if code else [])
    assert all(words in told.words for _, told in found), [told.words for _, told in found]


def test_both_arguments_are_looked_at() -> None:
    """What is wrong with the inputs does not hide what is wrong with the targets."""
    found = advised("fitted", fact(x=side("x", "array", "(24, 2)"), y=side("y", "array", "(24, 2)")))
    assert [code for code, _ in found] == ["input-shape", "target-shape-broadcast"]
