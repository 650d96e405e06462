"""What is recorded of the statements that build a model."""

from __future__ import annotations

import pytest

from grader.domain import RecordedModel
from grader.execution.student.source.model_statements import MOST_MODELS
from tests.execution.conftest import Built, Left

START = "import keras\nfrom keras import Input, layers\nfrom keras.layers import Dense\n"
BUILDER = """\
def dense(units, t):
    return Dense(units)(t)

def build():
    x = Input((1,), name='x')
    h = dense(3, x)  # a helper makes it

    # two at once
    for units in (4, 5):
        h = Dense(units, name=f'h{units}')(h)
    shared = Dense(2, name='shared')
    ends = [shared(h), Dense(1, name='end')(x)]
    sizes = [layer.units for layer in (shared,)]
    return keras.Model(
        x, ends, name='net')

build()
"""


OWN = {  # the programs of two models, with the statements of the second one
    "what another model was built of is no part of it": (
        "a = Input((1,))\nb = Dense(2)(a)\nkeras.Model(a, b)\n",
        "c = Input((1,))\nd = Dense(2)(c)\nkeras.Model([a, c], layers.add([b, d]))",
    ),
    "two models of the same layers have the same": (
        "",
        "a = Input((1,))\nb = Dense(2)(a)\nc = Dense(3)(a)\nkeras.Model(a, b)\nkeras.Model(a, c)",
    ),
}
CHAINS = {
    "a list": ("plain = keras.Sequential([\n  Dense(2)])\nplain.compile('sgd')\n", "plain = keras.Sequential([\n  Dense(2)])"),
    "added one by one": ("plain = keras.Sequential()\nplain.add(Dense(2))\n\nplain.add(Dense(\n  3))\nplain.summary()\n",
                         "plain = keras.Sequential()\nplain.add(Dense(2))\n\nplain.add(Dense(\n  3))"),
    "in a function": ("def f():\n  m = keras.Sequential()\n  m.add(Dense(2))\n  return m\nplain = f()\n",
                      "  m = keras.Sequential()\n  m.add(Dense(2))"),
    "in a loop": ("plain = keras.Sequential()\nfor n in (2, 3):\n    plain.add(Dense(n))\nplain.summary()\n",
                  "plain = keras.Sequential()\nfor n in (2, 3):\n    plain.add(Dense(n))"),
    "in an object": ("class A:\n  def f(self):\n    self.m = keras.Sequential()\n    self.m.add(Dense(2))\na = A()\na.f()\n",
                     "    self.m = keras.Sequential()\n    self.m.add(Dense(2))"),
    "that is returned": ("def f():\n  return keras.Sequential([Dense(2)])\nplain = f()\n", "  return keras.Sequential([Dense(2)])"),
    "beside what it depends on": ("def f(): return keras.Sequential([Dense(2)])\nplain = f()\n", ""),
    "given to a function": ("plain = str(keras.Sequential([Dense(2)]))\n", ""),
    "with others between": ("plain = keras.Sequential()\nj = 3\nplain.add(Dense(j))\n", "plain = keras.Sequential()\nj = 3\nplain.add(Dense(j))"),
    "with what others read between": ("plain = keras.Sequential()\nk = 3\nplain.add(Dense(k))\nprint(k)\n", ""),
    "with another use between": ("plain = keras.Sequential()\nplain.add(Dense(2))\nplain.get_weights()\nplain.add(Dense(2))\n", ""),
    "with what something else keeps between": ("sizes = {}\nplain = keras.Sequential()\nsizes['a'] = 2\nplain.add(Dense(2))\n", ""),
    "without a name": ("[keras.Sequential([Dense(2)])]\n", ""),
}  # fmt: skip
PROGRAMS = {
    "a function": BUILDER,
    "results in place of inputs": (
        "a = Input((1,))\nb = Dense(2, name='b')(a)\nc = Dense(3, name='c')(b)\nmodel = keras.Model(b, c)\n"
    ),
    "a subclass": "class Net(keras.Model):\n    def call(self, x):\n        return x\nnet = Net()\n",
    "another name": ("from keras.layers import concatenate as join\na = Input((1,))\nkeras.Model(a, Dense(2)(a))\n"),
    **{name: before + own for name, (before, own) in OWN.items()},
    **{name: program for name, (program, _) in CHAINS.items()},
}


def codes(model: RecordedModel) -> list[str]:
    return [statement.code.strip().partition("\n")[0] for statement in model.statements]


def test_those_of_the_function_that_calls_model_are_recorded(built: Built) -> None:
    (model,) = built["a function"]
    assert codes(model) == [
        "x = Input((1,), name='x')",
        "h = dense(3, x)  # a helper makes it",
        "for units in (4, 5):",
        "shared = Dense(2, name='shared')",
        "ends = [shared(h), Dense(1, name='end')(x)]",
        "sizes = [layer.units for layer in (shared,)]",
        "return keras.Model(",
    ]
    assert model.statements[2].above == ("", "    # two at once")
    assert [statement.location.line for statement in model.statements[:2]] == [5, 6]


def test_a_statement_has_what_it_calls_and_what_variables_hold_before_it(built: Built) -> None:
    start, helped, loop, shared, ends, sizes, model = built["a function"][0].statements
    (dense, _, code), *_ = helped.calls
    assert (start.held, start.calls) == ({}, (("x", 0, "Input"),))
    assert (helped.held, code) == ({"x": ("x", 0)}, "")  # the helper's call is no code of this statement
    assert loop.held == {"x": ("x", 0), "h": (dense, 0)}
    assert loop.calls == (("h4", 0, ""), ("h5", 0, ""))  # what it calls means something else in each pass
    assert (shared.held, shared.calls, sizes.calls) == (None, (), ())
    assert ends.calls == (("shared", 0, "shared"), ("end", 0, "Dense(1, name='end')"))
    assert (ends.held or {})["h"] == ("h5", 0)
    assert ends.layers == {"shared": "shared"}
    assert model.held == {**(ends.held or {}), "ends[0]": ("shared", 0), "ends[1]": ("end", 0)}
    assert model.model == ("    return keras.Model(inputs=", ", outputs=", ", name='net')")
    assert [{*loop.binds}, {*ends.reads} >= {"shared", "h", "x"}] == [{"units", "h"}, True]


@pytest.mark.parametrize("name", OWN)
def test_the_statements_of_the_last_of_two_models(name: str, built: Built) -> None:
    assert codes(built[name][-1]) == OWN[name][1].splitlines()


def test_results_in_place_of_inputs_are_recorded_as_that(built: Built) -> None:
    (model,) = built["results in place of inputs"]
    assert [*model.results.values()] == [("b", 0)]
    assert [call[:2] for statement in model.statements for call in statement.calls][1:] == [("b", 0), ("c", 0)]
    assert (model.statements[-1].held or {})["c"] == ("c", 0)


def test_what_a_function_builds_beside_its_model_is_not_that_of_another_call(left: Left) -> None:
    body = "  a, b = Input((1,)), Input((1,))\n  c = Dense(2)(a)\n  d = Dense(3)(b)\n  return keras.Model(a, c)\n"
    for model in left(f"{START}def f():\n{body}m = f()\nn = f()\n").models:
        beside = [entry["name"] for entry in model.unused]
        assert len(beside) == 2
        assert sorted(name for name, tensor in (model.statements[-1].held or {}).items() if tensor[0] in beside) == [
            "b",
            "d",
        ]


def test_what_functions_call_is_held_no_longer_than_their_models(left: Left) -> None:
    """Nor beyond those that are remembered: a program may build them without end."""
    body = "  a = Input((1,))\n  d = Flatten()\n  d(a)\n  m = keras.Model(a, Flatten()(a))\n  made.append((ref(d), ref(m)))\n"
    ends = "import gc\ngc.collect(), gc.collect()\nprint([sum(d() is not None for d, m in made if m() is None), any(m() is None for _, m in made)])\n"
    (output,) = left(
        f"{START}from keras.layers import Flatten\nfrom weakref import ref\nmade = []\ndef f():\n{body}for _ in range({MOST_MODELS + 5}):\n  f()\n{ends}"
    ).outputs
    assert output.content == "[0, True]"


def test_a_subclass_has_none(built: Built) -> None:
    (model,) = built["a subclass"]
    assert (model.kind, model.statements, model.config_error) == ("subclass", (), "")


@pytest.mark.parametrize("name", CHAINS)
def test_what_makes_a_chain_is_one_statement(name: str, built: Built) -> None:
    (model,) = built[name]
    assert [statement.code for statement in model.statements] == [CHAINS[name][1]] * bool(CHAINS[name][1])


def test_spellings_of_layers_are_recorded(built: Built) -> None:
    (model,) = built["another name"]
    assert (model.layers_prefix, model.layers_imported) == (
        "layers.", {"keras": "keras", "Input": "Input", "Dense": "Dense", "concatenate": "join"}
    )  # fmt: skip


def test_keras_is_there_if_it_was_when_the_layers_were_made(left: Left) -> None:
    layers, ends = "from keras.layers import Dense, Input\na = Input((1,))\nb = Dense(2)(a)\n", "keras.Model(a, b)\n"
    for text, is_there in ((f"import keras\n{layers}{ends}", True), (f"{layers}import keras\n{ends}", False)):
        assert ("keras" in left(text).models[0].layers_imported) is is_there
