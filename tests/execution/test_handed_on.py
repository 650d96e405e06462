"""Where the program says what `compile` is given: in that call, or in one of a function that hands it on."""

from __future__ import annotations

import pytest

from tests.execution.conftest import Built

START = """\
import keras
from functools import partial
def new():
    x = keras.Input((1,))
    return keras.Model(x, keras.layers.Dense(1)(x))
"""
# A function, a call of it, and of the edit of `loss` the line, what stands there, and the keyword that is added.
ROWS = {
    "in the call itself": ("def f(m):\n    m.compile('sgd', loss='mse')", "f(new())", (2, "loss='mse'", "")),
    "by place": ("def f(m, loss):\n    m.compile('sgd', loss)", "f(new(), 'mse')", (3, "'mse'", "")),
    "by name": ("def f(m, loss):\n    m.compile('sgd', loss)", "f(loss='mse', m=new())", (3, "loss='mse'", "")),
    "twice": ("def g(m, loss): m.compile('sgd', loss)\ndef f(m, how): g(m, how)", "f(new(), 'mse')", (3, "'mse'", "")),
    "by default": ("def f(m, loss='mse'):\n    m.compile('sgd', loss)", "f(new())", (3, "", "loss")),
    "among keywords": ("def f(m, **k):\n    m.compile('sgd', **k)", "f(new(), loss='mse')", (3, "loss='mse'", "")),
    "left out": ("def f(m, **k):\n    m.compile('sgd', metrics=['mse'])", "f(new())", (2, "", "loss")),
    "by a parameter that is given another value": (
        "def f(m, loss):\n    loss = [loss]\n    m.compile('sgd', loss=loss)", "f(new(), 'mse')", (3, "loss=loss", "")),
    "among keywords that are changed": (
        "def f(m, **k):\n    k['loss'] = 'mse'\n    m.compile('sgd', **k)", "f(new(), loss='mae')", None),
    "in turn": ("def f(m, loss):\n    m.compile('sgd', loss)", "for loss in ['mse']: f(new(), loss)", (2, "loss", "")),
    "unpacked": ("def f(m, loss):\n    m.compile('sgd', loss)", "f(*[new(), 'mse'])", (2, "loss", "")),
    "too deep to be written": (
        "def f(m, w):\n    m.compile('sgd', 'mse', loss_weights=w)", f"f(new(), [1.0{'+0' * 400}])", None),
    "by a method": (
        "class C:\n    def f(self, m, loss): m.compile('sgd', loss)", "C().f(new(), 'mse')", (3, "'mse'", "")),
    "by a method of the class": (
        "class D:\n    @classmethod\n    def f(cls, m, loss): m.compile('sgd', loss)", "D.f(new(), 'mse')", (4, "'mse'", "")),
    "by a static method": (
        "class E:\n    @staticmethod\n    def f(m, loss): m.compile('sgd', loss)", "E.f(new(), 'mse')", (4, "'mse'", "")),
    "beside all others": (
        "def f(m, *names, loss='mse'):\n    m.compile('sgd', loss)", "f(new(), 'a', 'b')", (3, "", "loss")),
    "by one of two functions of a name": (
        "class F:\n    def f(self, m, loss): m.compile('sgd', loss)\nclass G:\n    def f(self, loss, m): pass",
        "F().f(new(), 'mse')", (5, "'mse'", "")),
}  # fmt: skip


TARGETS = """def train(m, x, y, z):
    m.compile('sgd', 'mse')
    m.fit(x, y, validation_data=(x, z), verbose=0)
i, x, d = keras.Input((1,)), keras.ops.zeros((4, 1)).numpy(), keras.layers.Dense
train(keras.Model(i, [d(1)(i), d(1)(i)]), x, [x, x + 1], [x, x + 2])"""
PROGRAMS = {name: f"{function}\n{call}" for name, (function, call, _) in ROWS.items()} | {"targets": TARGETS}


@pytest.mark.parametrize("name", ROWS)
def test_a_setting_is_changed_where_it_is_given(name: str, built: Built) -> None:
    edit = built[name][0].compiles[0].edits.get("loss")
    assert (edit and (edit.line, edit.old, edit.argument)) == ROWS[name][2]
    assert edit is None or edit.new == ("loss=" if edit.old.startswith("loss=") else "")


def test_targets_are_exchanged_where_they_are_given_those_for_validation_too(built: Built) -> None:
    (fit,) = built["targets"][0].fits
    first, second = ((5, "[x + 1, x]", "[x, x + 1]"), (5, "[x + 2, x]", "[x, x + 2]"))
    assert [(edit.line, edit.new, edit.old) for edit in fit.exchange] == [first, second]
