"""What a run builds that goes on where a program ends."""

from __future__ import annotations

import pytest

from grader.domain import Edit, RecordedModel, Step
from grader.execution.execute import can_go_on
from tests.execution.conftest import Built, Left
from tests.execution.running import printed
from tests.notebooks import notebook

START = (
    "import keras\nimport numpy as np\nfrom keras import Input, Model\nfrom keras.layers import Dense, concatenate\n"
)
ENDS = "a, b = Input((1,), name='a'), Input((1,), name='b')\n"
JOINED = f"""{ENDS}data = np.ones((4, 1))
both, end = concatenate([a, b], name='both'), Dense(1, name='end')
out = end(both)
"""
REFUSED = (
    "Model(a, out)", "Model([a, a], out)", "Model(a, b, out)", "Model([a, b, out])", "Model(outputs=out)",
    "Model([a, b])", "Model(out, [a, b])", "Model([data, data], out)", "Model([a, b], data)", "Model([a, b], end)",
)  # fmt: skip
PARTS = "x = Input((1,), name='x')\nparts = [Dense(2, name='h'), Dense(1)]\n"
LISTED = (
    "Model([Input((1,), name='x'), Dense(2, name='h'), Dense(1)])", "Model(x, [Dense(2, name='h'), Dense(1)])",
    "Model(parts)", "Model(inputs=x, outputs=parts)",
)  # fmt: skip
PROGRAMS = {
    "begun": "x = Input((1,), name='x')\nh = Dense('a')(x)\n",
    "ended": "y = Dense(1, name='y')(h)\nmodel = Model(x, y)\ndel h, y\n",  # which other programs do not read
    "a function": """def side(t):
    return Dense('a')(t)
def build():
    x = Input((1,), name='x')
    a, b = side(x), Dense(2, name='b')(x)
    return Model(x, concatenate([a, b], name='both'))
model = build()
""",
    **{call: f"{JOINED}m{n} = {call}\n" for n, call in enumerate(REFUSED)},
    **{call: f"{PARTS}m = {call}\n" for call in LISTED},
    "data": """data = np.ones((4, 1))
other = data
a, b, c = Dense(1)(data), Dense(2)(other), Dense(3)(data)
model = Model(data, concatenate([a, b, c]))
""",
}
GOES_ON = True


def network(model: RecordedModel) -> list[str]:
    """What the layers of a model read, in their order."""
    layers = (model.config or {})["layers"]
    return [f"{layer['class_name']}({_read(layer)})" for layer in layers]


def _read(layer: dict[str, object]) -> str:
    text = str(layer["inbound_nodes"])
    names = [part.partition("'")[0] for part in text.split("'keras_history': ['")[1:]]
    return ", ".join(names)


def test_of_a_program_that_ends_the_network_is_that_of_the_run_that_counts(left: Left) -> None:
    assert left(f"{START}x = Input((1,))\nh = Dense('a')(x)\nmodel = Model(x, h)\n").models == ()


def test_a_statement_that_fails_is_a_layer_on_what_it_reads(built: Built) -> None:
    """Also in another cell."""
    (model,) = built["ended"]
    assert network(model) == ["InputLayer()", "Gap(x)", "Dense(gap)"]
    places = [(statement.location.cell, statement.failed) for statement in model.statements]
    assert places == [(2, False), (2, True), (3, False), (3, False)]


def test_a_function_goes_on_where_it_fails(built: Built) -> None:
    (model,) = built["a function"]
    assert network(model) == ["InputLayer()", "Gap(x)", "Dense(x)", "Concatenate(gap_1, b)"]
    assert model.variables == ("model",)


@pytest.mark.parametrize("call", REFUSED)
def test_a_model_that_is_refused_is_made_of_what_its_outputs_are_computed_from(call: str, built: Built) -> None:
    (model,) = built[call]
    assert network(model) == ["InputLayer()", "InputLayer()", "Concatenate(a, b)", "Dense(both)"]
    assert model.statements[-1].failed
    assert model.statements[-1].model == (f"m{REFUSED.index(call)} = Model(inputs=", ", outputs=", ")")


@pytest.mark.parametrize("call", LISTED)
def test_layers_in_a_list_are_called_one_after_another(call: str, built: Built) -> None:
    assert [network(model) for model in built[call]] == [["InputLayer()", "Dense(x)", "Dense(h)"]]


def test_data_that_are_written_alike_are_one_input(built: Built) -> None:
    (model,) = built["data"]
    assert [name.partition("(")[0] for name in network(model)].count("InputLayer") == 2


def test_a_try_of_the_programs_own_catches_its_error(left: Left) -> None:
    text = f"{START}try:\n    Dense('a')\nexcept ValueError:\n    print('caught')\nmissing\n"
    assert printed(left(text, goes_on=True)) == "caught"


def test_what_only_an_error_ends_does_not_go_on_without_end(left: Left) -> None:
    text = f"{START}x, n = Input((1,)), 0\nwhile True:\n    n += 1\n    x = Dense('a')(x)\nprint(n)\n"
    execution = left(text)
    assert left(text, goes_on=True).outcome == execution.outcome


def test_steps_are_done_before_it_goes_on(left: Left) -> None:
    text = f"{START}x = Inptu((1,), name='x')\nh = Dense('a')(x)\nmodel = Model(x, h)\n"
    steps = [Step("Write `Input`.", (Edit(5, "Input", "Inptu", file="work.py"),))]
    (model,) = left(text, goes_on=True, done=steps).models
    assert network(model) == ["InputLayer()", "Gap(x)"]


@pytest.mark.parametrize(
    ("cells", "name"),
    [(["x = 1 $ 2", "y = x"], "work.py"), (["x = 1\nprint(later)", "later = x"], "work.ipynb")],
    ids=["text that is left unread", "cells in another order"],
)
def test_nothing_goes_on_where_the_program_does_not_say_what_it_means(cells: list[str], name: str, left: Left) -> None:
    text = notebook(*cells) if name.endswith("ipynb") else "\n".join(cells)
    execution = left(text, name)
    assert execution.failures
    assert not can_go_on(execution)
