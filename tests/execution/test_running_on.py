"""What a run builds that goes on where a program ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.domain import Edit, Execution, RecordedModel, Step
from grader.execution import Supervisor
from grader.execution.execute import can_go_on
from tests.execution.running import executed, printed
from tests.notebooks import notebook

START = (
    "import keras\nimport numpy as np\nfrom keras import Input, Model\nfrom keras.layers import Dense, concatenate\n"
)
DATA = "data = np.ones((4, 1))\n"


def ran(folder: Path, supervisor: Supervisor, text: str, name: str = "work.py") -> Execution:
    (folder / name).write_text(text, "utf-8")
    return executed(supervisor, folder / name)


def gone_on(folder: Path, supervisor: Supervisor, text: str, name: str = "work.py", **asked: Any) -> Execution:
    (folder / name).write_text(text, "utf-8")
    return executed(supervisor, folder / name, goes_on=True, **asked)


def network(model: RecordedModel) -> list[str]:
    """What the layers of a model read, in their order."""
    layers = (model.config or {})["layers"]
    return [f"{layer['class_name']}({_read(layer)})" for layer in layers]


def _read(layer: dict[str, object]) -> str:
    text = str(layer["inbound_nodes"])
    names = [part.partition("'")[0] for part in text.split("'keras_history': ['")[1:]]
    return ", ".join(names)


def test_of_a_program_that_ends_the_network_is_that_of_the_run_that_counts(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    text = f"{START}x = Input((1,))\nh = Dense('a')(x)\nmodel = Model(x, h)\n"
    execution = ran(tmp_path, supervisor, text)
    assert execution.models == ()
    assert len(gone_on(tmp_path, supervisor, text).models) == 1


def test_a_statement_that_fails_is_a_layer_on_what_it_reads(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"{START}x = Input((1,), name='x')\nh = Dense('a')(x)\ny = Dense(1, name='y')(h)\nmodel = Model(x, y)\n"
    (model,) = gone_on(tmp_path, supervisor, text).models
    assert network(model) == ["InputLayer()", "Gap(x)", "Dense(gap)"]
    assert [statement.failed for statement in model.statements] == [False, True, False, False]


def test_a_function_goes_on_where_it_fails(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"""{START}def side(t):
    return Dense('a')(t)
def build():
    x = Input((1,), name='x')
    a, b = side(x), Dense(2, name='b')(x)
    return Model(x, concatenate([a, b], name='both'))
model = build()
"""
    (model,) = gone_on(tmp_path, supervisor, text).models
    assert network(model) == ["InputLayer()", "Gap(x)", "Dense(x)", "Concatenate(gap, b)"]
    assert model.variables == ("model",)


@pytest.mark.parametrize(
    "call",
    ["Model(a, out)", "Model([a, a], out)", "Model(a, b, out)", "Model([a, b, out])", "Model(outputs=out)",
     "Model([a, b])", "Model(out, [a, b])", "Model([data, data], out)", "Model([a, b], data)", "Model([a, b], end)"],
)  # fmt: skip
def test_a_model_that_is_refused_is_made_of_what_its_outputs_are_computed_from(
    call: str, tmp_path: Path, supervisor: Supervisor
) -> None:
    text = f"""{START}{DATA}a, b = Input((1,), name='a'), Input((1,), name='b')
both, end = concatenate([a, b], name='both'), Dense(1, name='end')
out = end(both)
model = {call}
"""
    (model,) = gone_on(tmp_path, supervisor, text).models
    assert network(model) == ["InputLayer()", "InputLayer()", "Concatenate(a, b)", "Dense(both)"]
    assert model.statements[-1].failed
    assert model.statements[-1].model == ("model = Model(", ")")


@pytest.mark.parametrize(
    "call",
    ["Model([Input((1,), name='x'), Dense(2, name='h'), Dense(1)])", "Model(x, [Dense(2, name='h'), Dense(1)])",
     "Model(parts)", "Model(inputs=x, outputs=parts)"],
)  # fmt: skip
def test_layers_in_a_list_are_called_one_after_another(call: str, tmp_path: Path, supervisor: Supervisor) -> None:
    parts = "x = Input((1,), name='x')\nparts = [Dense(2, name='h'), Dense(1)]\n"
    (model,) = gone_on(tmp_path, supervisor, f"{START}{parts}model = {call}\n").models
    assert network(model) == ["InputLayer()", "Dense(x)", "Dense(h)"]


def test_data_that_are_written_alike_are_one_input(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"{START}{DATA}other = data\na, b, c = Dense(1)(data), Dense(2)(other), Dense(3)(data)\n"
    (model,) = gone_on(tmp_path, supervisor, f"{text}model = Model(data, concatenate([a, b, c]))\n").models
    assert [name.partition("(")[0] for name in network(model)].count("InputLayer") == 2


def test_a_try_of_the_programs_own_catches_its_error(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"{START}try:\n    Dense('a')\nexcept ValueError:\n    print('caught')\nmissing\n"
    execution = ran(tmp_path, supervisor, text)
    assert printed(gone_on(tmp_path, supervisor, text)) == printed(execution) == "caught"


def test_what_only_an_error_ends_does_not_go_on_without_end(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"{START}x, n = Input((1,)), 0\nwhile True:\n    n += 1\n    x = Dense('a')(x)\nprint(n)\n"
    execution = ran(tmp_path, supervisor, text)
    assert gone_on(tmp_path, supervisor, text).outcome == execution.outcome


def test_the_cells_of_a_notebook_go_on(tmp_path: Path, supervisor: Supervisor) -> None:
    cells = [START, "x = Input((1,), name='x')\nh = Dense('a')(x)", "model = Model(x, Dense(1, name='y')(h))"]
    (model,) = gone_on(tmp_path, supervisor, notebook(*cells), "work.ipynb").models
    assert network(model) == ["InputLayer()", "Gap(x)", "Dense(gap)"]
    assert [(entry.location.cell, entry.failed) for entry in model.statements] == [(2, False), (2, True), (3, False)]


def test_steps_are_done_before_it_goes_on(tmp_path: Path, supervisor: Supervisor) -> None:
    text = f"{START}x = Inptu((1,), name='x')\nh = Dense('a')(x)\nmodel = Model(x, h)\n"
    steps = [Step("Write `Input`.", (Edit(5, "Input", "Inptu", file="work.py"),))]
    (model,) = gone_on(tmp_path, supervisor, text, done=steps).models
    assert network(model) == ["InputLayer()", "Gap(x)"]


@pytest.mark.parametrize(
    ("cells", "name"),
    [(["x = 1 $ 2", "y = x"], "work.py"), (["x = 1\nprint(later)", "later = x"], "work.ipynb")],
    ids=["text that is left unread", "cells in another order"],
)
def test_nothing_goes_on_where_the_program_does_not_say_what_it_means(
    cells: list[str], name: str, tmp_path: Path, supervisor: Supervisor
) -> None:
    text = notebook(*cells) if name.endswith("ipynb") else "\n".join(cells)
    execution = ran(tmp_path, supervisor, text, name)
    assert execution.failures
    assert not can_go_on(execution)
