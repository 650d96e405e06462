"""A call put otherwise, and calls that failed: facts in, notes out, without running anything."""

from __future__ import annotations

from typing import Any

import pytest

from grader.hints import advised
from grader.hints.calls import Key, corrected, read_call


@pytest.mark.parametrize(
    ("source", "changes", "function", "new", "old"),
    [
        ("Dense( 4, x)", {1: None}, "", "Dense(4)", "Dense( 4, x)"),
        ("Adam(lr=0.1)", {"lr": "learning_rate=0.1"}, "", "Adam(learning_rate=0.1)", "Adam(lr=0.1)"),
        ("layers.add([a, b])", {}, "layers.concatenate", "layers.concatenate([a, b])", "layers.add([a, b])"),
        ("f(*a, **b)", {"c": "c=1"}, "", "f(*a, **b, c=1)", "f(*a, **b)"),
        (f"f(a={'1' * 90}, b=2)", {"b": "c=2"}, "", "f(…, c=2)", "f(…, b=2)"),
    ],
)
def test_a_call_is_put_otherwise(source: str, changes: dict[Key, str | None], function: str, new: str, old: str) -> None:
    """As it stands in the source, and as it should; of a long one only what changes."""
    call = read_call(source)
    assert call is not None
    assert corrected(call, changes, function) == {"new": new, "old": old}


@pytest.mark.parametrize(
    "text", ["", "f", "f(", "f()\ng()", "(" * 1_500, "-" * 1_900 + "1", "f(" + "-" * 1_900 + "1)", "f(" + "a" * 3_000 + ")", 7, None]
)
def test_what_is_no_call_is_none(text: Any) -> None:
    """However deep it is nested, and whatever it is."""
    assert read_call(text) is None


def fact(call: str, kinds: str = "", tensors: str = "", **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"takes": [], "home": "", "strange": [], "methods": []}
    return {"call": call, "kinds": kinds.split(), "tensors": tensors.split(), **empty, **more}


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (fact("add(a, b, name='n')", "merge", "a b"), "merge-needs-list", "`add([a, b], name='n')` in place of `add(a, b, name='n')`"),
        (fact("Add()(f(a), b)", "merge", "b"), "merge-needs-list", "`Add()([f(a), b])`"),
        (fact("add([a, b], c)", "merge", "a b c"), "", ""),
        (fact("add(a, 3)", "merge", "a"), "", ""),
        (fact("Dense(4, x)", "layer", "x"), "tensor-as-setting", "`Dense(4)(x)` in place of `Dense(4, x)`"),
        (fact("Dense(4, activation=self.x)", "layer", "self.x self"), "tensor-as-setting", "`Dense(4)(self.x)`"),
        (fact("Dense(x, y)", "layer", "x y"), "", ""),
        (fact("shared(left)", "tensor", "shared left"), "tensor-called", "`shared` is a tensor"),
        (fact("Model([a, b, h, o])", "model", "a b h o", inputs=["a", "b"], ends=["o"]), "model-takes-two", "`Model([a, b], o)`"),
        (fact("Model(inputs=[i, o], name='n')", "model", "i o", inputs=["i"], ends=["o"]), "model-takes-two", "Write `Model(i, o, name='n')`"),
        (fact("Model(tensors)", "model"), "model-takes-two", ""),
        (fact("Model(i, o, names='n')", "model", "i o", inputs=["i"], ends=["o"], takes=["name"]), "argument-unknown", "`name='n'`"),
        (fact("np.sin(2 * x)", "numpy", "x", home="ops"), "numpy-on-tensors", "`keras.ops.sin` in place of `np.sin`"),
        (fact("np.sin(y)", "numpy", "", home="ops"), "", ""),
        (fact("np.add(a, b)", "numpy", "a b", home="layers", keras="k"), "numpy-on-tensors", "Write `k.ops.add` in place of `np.add`."),
        (fact("tf.concat([a, b], 1)", "tensorflow", "a b", keras="keras"), "tensorflow-on-tensors", "Write `keras.layers.concatenate` in place of `tf.concat`."),
        (fact("tf.concat([a, b], 1)", "tensorflow", "a b"), "tensorflow-on-tensors", "Write `import keras` at the top, too."),
        (fact("tf.nn.strange(a)", "tensorflow", "a"), "tensorflow-on-tensors", ""),
        (fact("Dense(3)(m)", "listed", keras="keras"), "list-for-tensor", "Write `Dense(3)(keras.layers.concatenate(m))` in place of `Dense(3)(m)`."),
        (fact("Dense('32', 'relu')", "no_integer layer"), "units-no-integer", "Write `Dense(32, 'relu')`"),
        (fact("Dense(units=np.prod(s))", "no_integer layer"), "units-no-integer", "Write `Dense(units=int(np.prod(s)))`"),
        (fact("build('32')", "no_integer"), "", ""),
        (fact("Dense(4, activations='relu')", "layer", takes=["units", "activation"]), "argument-unknown", "`activation='relu'` in place of `activations='relu'`"),
        (fact("Dense(4, zzz=1)", "layer", takes=["units", "activation"]), "argument-unknown", "It takes `units` and `activation`."),
        (fact("Dense(4, zzz=1, **more)", "layer"), "", ""),
        (
            fact("m.fit(x, loss_weights=[1, 2])", takes=["x", "y"], strange=["loss_weights"], methods=["compile"]),
            "argument-unknown",
            "Write `m.fit(x)` in place of `m.fit(x, loss_weights=[1, 2])`. Write `loss_weights=[1, 2]` in `m.compile(…)`.",
        ),
        (fact("not a call", "tensor"), "", ""),
        ({"call": 3, "kinds": "tensor"}, "", ""),
    ],
    ids=str,
)  # fmt: skip
def test_a_failed_call_is_explained(said: dict[str, Any], code: str, words: str) -> None:
    """By what it called and what was among its arguments; by nothing where no rule knows."""
    found = list(advised("failed_call", said))
    assert [one for one, _ in found] == ([code] if code else [])
    assert all(words in told.words for _, told in found)
