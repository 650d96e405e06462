"""What `compile` was given, and the notes that it deserves; without compiling anything."""

from __future__ import annotations

from typing import Any

import pytest

from grader.hints import advised


def fact(call: str = "", count: int = 2, outputs: str = "sine exp", **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"version": "3.15.1", "optimizer_class": "", "repeated": "", "same": 0}
    kinds = {f"{name}_kind": "none" for name in ("loss", "loss_weights", "metrics")}
    return {"call": call, "count": count, "outputs": outputs.split(), **plain, **kinds, **more}


def given(name: str, kind: str, *entries: str, keys: str = "", nested: int = 0) -> dict[str, Any]:
    return {f"{name}_kind": kind, name: entries, f"{name}_keys": keys.split(), f"{name}_nested": nested}


MSE = given("loss", "one", "'mse'")


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (fact(**MSE), "", ""),
        (fact("m.compile(metrics=m1)", **given("metrics", "one", "'mse'")), "keras2-metrics", "`metrics=[[m1], [m1]]` in place of `metrics=m1`"),
        (fact(count=1, **given("metrics", "one", "'mse'")), "keras2-metrics", "`metrics=['mse']` in place of `metrics='mse'`"),
        (fact(**given("metrics", "list", "'mse'")), "metrics-count", "`metrics=[['mse'], ['mse']]`"),
        (fact(**given("metrics", "list", "'mse'", "'mae'")), "metrics-by-position", "`metrics=[['mse', 'mae'], ['mse', 'mae']]`"),
        (fact(**given("metrics", "list", "['mse']", "['mae']", nested=1)), "", ""),
        (fact(version="3.14.0", **given("metrics", "list", "['mse']", "['mae']", nested=1)), "metrics-keras-3-14", ""),
        (fact(**given("loss", "list", "'mse'")), "loss-single-for-many", "`loss=['mse', 'mse']` in place of `loss=['mse']`"),
        (fact("m.compile(loss=[a, a])", count=1, **given("loss", "list", "'mse'", "'mse'")), "loss-count", "`loss=a` in place of `loss=[a, a]`"),
        (fact(**MSE, **given("loss_weights", "list", "1", "0.2")), "loss-weights-need-list", "`loss=['mse', 'mse']`"),
        (fact(**MSE, **given("loss_weights", "dict", "1", "2", keys="sine exp")), "loss-weights-need-list", "`loss={'sine': 'mse', 'exp': 'mse'}`"),
        (fact(**given("loss_weights", "list", "0", "1", "0", "9")), "loss-weights-count", "There are 4, but the model has 2."),
        (fact(**given("loss", "dict", "'mse'", "'mae'", keys="sinus exp")), "output-names", "`loss={'sine': 'mse', 'exp': 'mae'}`"),
        (fact(**given("loss", "dict", "'mae'", keys="exp")), "output-names", "`loss={'sine': 'mae', 'exp': 'mae'}`"),
        (fact(**given("metrics", "dict", "'mae'", keys="exp")), "", ""),
        (fact("m.compile(k.Adam, 'mse')", optimizer_class="Adam"), "class-for-object", "`k.Adam()` in place of `k.Adam`"),
        (fact(repeated="out", same=1), "duplicate-outputs", "The output of `out` is listed twice."),
        (fact(count=0, outputs="", **given("loss", "list", "'mse'", "'mae'")), "", ""),  # of a subclass of Model
        (fact(repeated="out"), "duplicate-outputs", "Both outputs are called `out`."),
        ({"call": 1, "count": "many", "loss_kind": 3}, "", ""),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_with_a_compile(said: dict[str, Any], code: str, words: str) -> None:
    """One note, with the argument as it should stand; none where nothing is wrong or what is said makes no sense."""
    found = list(advised("compiled", said))
    assert [one for one, _ in found] == ([code] if code else [])
    assert all(words in told.words for _, told in found)
