"""`graph`: the whole network against the reference, and what is said of the first difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import keras
import pytest
from keras import layers

from grader.checks import Finding
from grader.domain import Location, Status, WrittenValue
from tests.checks.students import about, beside_reference, chain, dense, hidden_layers, look, two_branches


def test_the_initializers_of_a_layer_that_a_step_uses_are_told_with_it() -> None:
    """Else that step would make the check worse; of what nothing needs they do not matter."""
    a, b = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(32, name="left")(a), b])
    model = keras.Model([a, b], dense(1, None)(dense(32, name="top")(joined)))
    entries = ({"units": 20, "activation": "sigmoid"}, "lost"), ({"units": 7}, "other")
    lost, other = ({"class_name": "Dense", "name": name, "config": config} for config, name in entries)
    finding = look("initializers", beside_reference(model, unused=(lost, other)), kernel="uniform")
    assert finding.hint == "Write `kernel_initializer='uniform'` in `lost`."
    right = beside_reference(two_branches(), unused=(lost, other))
    assert look("initializers", right, kernel="uniform").status is Status.PASSED


def test_places_leave_out_the_file_that_the_model_is_in() -> None:
    for file, place in (("a.py", "line 6"), ("helpers.py", "helpers.py, line 6")):
        places = {"location": Location(None, 9, "a.py"), "layer_locations": {"right": Location(None, 6, file)}}
        finding = look("graph", about(two_branches(right=21), two_branches(), "two_inputs", **places))
        assert f"`right` ({place})" in finding.message


HERE, THERE = Location(None, 5), Location(None, 2)
VALUE = WrittenValue("31", THERE)
SIGMOID = "Write `'sigmoid'` in place of `'tanh'`"
WRITTEN_OUT = "Write these lines in place of what builds it now:…"


def told(
    model: Any, expected: Any, lines: Sequence[int] = (), callers: Sequence[int] = (), values: Sequence[Any] = (),
    assignment: str = "one_input", **recorded: Any,
) -> Finding:  # fmt: skip
    """What is said of a model; lines, callers and values are those of its Dense layers, in the order of their making."""
    names = [layer.name for layer in model.layers if isinstance(layer, layers.Dense)]
    locations, written = {}, {}
    for name, line, caller, value in zip_longest(names, lines, callers, values):
        locations |= {name: Location(None, line, caller=Location(None, caller) if caller else None)} if line else {}
        written[name] = {key: (entry,) for key, entry in (value or {}).items()}
    fields = {"layer_locations": locations, "layer_values": written}
    return look("graph", about(model, expected, assignment, **(fields | recorded)))


def two_ends(left: int, right: int) -> Any:
    x = keras.Input((1,), name="x")
    hidden = [dense(units, name=f"{name}_hidden")(x) for name, units in (("s", left), ("e", right))]
    return keras.Model(x, [dense(1, None, name=name)(tensor) for name, tensor in zip("se", hidden, strict=True)])


@pytest.mark.parametrize(
    ("student", "expected", "recorded", "hint"),
    [
        # `dense_6` stands nowhere in the program: a line stands for it, and beside a variable stands the name.
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 32), {"lines": (4, 5, 6)},
         "Write `units=32` in the call of `Dense` on line 5."),
        (lambda: two_branches(left=31), two_branches, {"assignment": "two_inputs", "layer_variables": {"left": "x"}},
         "Write `units=32` in `x` (named `left`)."),
        # A value is corrected where it is written; a line may have its value from elsewhere for one of its layers.
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 32), {"lines": (3, 3, 9), "values": [{}, {"units": VALUE}]},
         "Write `32` in place of `31` on line 2."),
        (lambda: hidden_layers(31, 31), lambda: hidden_layers(32, 32), {"lines": (3, 3, 9), "values": [{"units": VALUE}] * 2},
         "Write `32` in place of `31` on line 2."),
        # One of `**settings`, which another layer has, too.
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 30), {"lines": (3, 4, 9), "values": [{"units": VALUE}] * 2},
         WRITTEN_OUT),
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 32),
         {"lines": (3, 3, 9), "values": [{"units": WrittenValue("32", THERE)}, {}]},
         "Write `units=32` in the call of `Dense` on line 3."),
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 32),
         {"lines": (3, 3, 9), "values": [{}, {"units": WrittenValue("", THERE)}]},
         WRITTEN_OUT),
        (lambda: hidden_layers(32, 31), lambda: hidden_layers(32, 32),
         {"lines": (3, 3, 9), "values": [{}, {"units": replace(VALUE, ordinal=2)}]},
         "Write `32` in place of the 2nd `31` on line 2."),
        (lambda: hidden_layers(32, 31, activation="tanh"), lambda: hidden_layers(32, 31), {"lines": (3, 3, 9)},
         "Write `activation='sigmoid'` in the call of `Dense` on line 3."),
        (lambda: chain(dense(32), dense(31, "tanh"), dense(1, None)), lambda: hidden_layers(32, 31), {"lines": (3, 3, 9)},
         WRITTEN_OUT),
        (lambda: hidden_layers(32, 31, activation="tanh"), lambda: hidden_layers(32, 31),
         {"values": [{"activation": WrittenValue("'tanh'", place)} for place in (HERE, THERE)]},
         f"{SIGMOID} on line 5.\n{SIGMOID} on line 2."),
        # A constant that sets others too, or an argument without a name, is corrected in the call.
        (lambda: chain(dense(32), dense(31, "tanh"), dense(1, None)), lambda: hidden_layers(32, 31),
         {"lines": (3, 4, 9), "values": [{"activation": WrittenValue("'tanh'", THERE)}] * 2},
         WRITTEN_OUT),
        # In a loop, a layer cannot be fed with that of another round; a step about one cannot be written in its line.
        (lambda: hidden_layers(16, 32), lambda: hidden_layers(32, 16), {"lines": (3, 3, 9)},
         WRITTEN_OUT),
        (lambda: two_ends(21, 31), lambda: two_ends(20, 30),
         {"assignment": "two_outputs", "layer_values": {"s_hidden": {"units": (WrittenValue("21", THERE),)},
                                                        "e_hidden": {"units": (VALUE,)}}},
         "Write `20` in place of `21`, and `30` in place of `31` on line 2."),
    ],
    ids=["a line", "a name of the student's own", "a value", "a value of both", "settings", "of one layer", "no text", "the second on its line",
         "activations", "an activation", "in several places", "an argument without a name", "the order of a loop",
         "both at once"],
)  # fmt: skip
def test_a_step_is_about_what_stands_in_the_program(
    student: Callable[[], Any], expected: Callable[[], Any], recorded: dict[str, Any], hint: str
) -> None:
    step = told(student(), expected(), **recorded).hint
    assert step.startswith(hint[:-1]) if hint[-1] == "…" else step == hint


def test_a_variable_that_is_given_a_value_again_has_its_line_beside_it() -> None:
    model = hidden_layers(32, 31)
    for reused in ((), ("x",)):
        variables = {"layer_variables": {model.layers[2].name: "x"}, "reused_variables": reused}
        finding = told(model, hidden_layers(32, 32), (4, 5, 6), **variables)
        assert finding.message == "Layer `x` (line 5): expected 32 units, found 31."
        assert finding.hint == "Write `units=32` in the call of `Dense` on line 5."


@pytest.mark.parametrize(
    ("callers", "place"),
    [
        ((), "The 2nd layer on line 3: "),
        ((6, 7), "The layer that line 7 makes: "),
        ((7, 7), "The 2nd layer that line 7 makes: "),
    ],
    ids=["loop", "helper", "helper in a loop"],
)
def test_a_call_that_makes_many_layers_is_not_the_one_to_change(callers: Sequence[int], place: str) -> None:
    finding = told(hidden_layers(32, 31), hidden_layers(32, 32), (3, 3, 9), callers)
    assert place in finding.message
    assert finding.hint.startswith(WRITTEN_OUT[:-1])


@pytest.mark.parametrize(
    ("activation", "expected", "line"),
    [
        (layers.Activation("relu", name="act"), "sigmoid", "act = Dense(8, activation='sigmoid', "),
        (layers.Activation("relu", name="act"), None, "act = Dense(8, "),
        (keras.activations.tanh, "sigmoid", "tanh = Dense(8, activation='sigmoid', "),
    ],
)
def test_an_activation_of_its_own_gives_way_to_that_of_its_layer(activation: Any, expected: Any, line: str) -> None:
    """`activation='sigmoid'` in the layer before it alone would be one more."""
    student = chain(lambda x: dense(1, None)(activation(dense(8, None, name="hid")(x))))
    finding = look("graph", about(student, chain(dense(8, expected), dense(1, None))))
    assert finding.hint.endswith(f"    {line}kernel_initializer='uniform')(x)")


def test_an_activation_that_serves_several_layers_is_not_changed_for_all_of_them() -> None:
    active, x = layers.Activation("sigmoid", name="act"), keras.Input((1,))
    model = keras.Model(x, active(dense(1, None)(active(dense(8, None, name="hid")(x)))))
    hint = look("graph", about(model, chain(dense(8), dense(1, None)))).hint
    assert hint.splitlines()[1:] == ["    act_2 = Dense(1, kernel_initializer='uniform')(act_1)"]


def test_an_input_that_is_listed_twice_is_told_as_that() -> None:
    x = keras.Input((1,))
    finding = told(keras.Model([x, x], dense(1, None)(dense(32)(x))), hidden_layers(32))
    assert finding.message == "`Model(…)` is given 2 inputs; the expected one has 1."


def test_several_missing_inputs_are_told_without_names() -> None:
    def built(*inputs: Any) -> Any:
        parts = [dense(units)(x) for units, x in zip((32, 20, 24), inputs, strict=True)]
        return keras.Model([*dict.fromkeys(inputs)], dense(1, None)(layers.concatenate(parts)))

    one, expected = keras.Input((1,)), built(*(keras.Input((1,)) for _ in range(3)))
    assert told(built(one, one, one), expected).message == "`Input(shape=(1,))` is missing."


def test_calls_on_one_line_are_told_apart() -> None:
    places = [Location(None, line, column=column) for line, column in ((3, 1), (4, 1), (4, 9), (9, 1))]
    model = hidden_layers(32, 7, 20)
    locations = dict(zip([layer.name for layer in model.layers[1:]], places, strict=True))
    extra = told(model, hidden_layers(32, 20), layer_locations=locations)
    assert extra.message == "The 1st layer on line 4, `Dense(7, activation='sigmoid')`, is an extra layer."
    wide = told(model, hidden_layers(32, 8, 20), layer_locations=locations)
    assert wide.hint == "Write `units=8` in the 1st layer on line 4."


def test_missing_layers_that_follow_one_another_are_one_difference() -> None:
    finding = look("graph", about(hidden_layers(), hidden_layers(32, 20)))
    first, last = (f"`Dense({units}, activation='sigmoid')`" for units in (32, 20))
    assert finding.message.startswith("2 layers are missing between ")
    assert finding.message.endswith(f": {first}, then {last}.")
    assert "    net2 = Dense(20, activation='sigmoid', kernel_initializer='uniform')(net1)\n" in finding.hint
    assert finding.actual == ""


def test_a_missing_layer_after_a_missing_one_says_so() -> None:
    x = keras.Input((1,), name="x")
    student = keras.Model(x, [dense(1, None, name="a")(x), dense(1, None, name="b")(x)])
    trunk = dense(20)(x)
    expected = keras.Model(x, [dense(1, None, name="a")(dense(21)(trunk)), dense(1, None, name="b")(dense(20)(trunk))])
    first, *differences = about(student, expected, "two_outputs").differences
    assert first.message == "`Dense(20, activation='sigmoid')` is missing after `x`."
    missing = "is missing after `Dense(20, activation='sigmoid')`, which is missing too."
    assert [difference.message.partition(" ")[2].partition(" ")[2] for difference in differences] == [missing] * 2
    assert {difference.hint for difference in differences} == {first.hint}


def test_a_missing_layer_that_is_shared_is_made_once() -> None:
    """Each of its calls is missing: to add a layer for each would make two separate ones."""
    a, b = keras.Input((1,), name="left"), keras.Input((1,), name="right")

    def joined(*branches: Any) -> Any:
        return keras.Model([a, b], dense(1, None)(dense(20)(layers.concatenate(branches, name="both"))))

    shared = dense(32)
    facts = about(joined(a, b), joined(shared(a), shared(b)), "shared_layer")
    assert [difference.kind for difference in facts.differences] == ["missing", "missing"]
    assert all("= shared1(right)\n" in difference.hint for difference in facts.differences)


def test_a_missing_last_layer_becomes_the_output() -> None:
    """Nothing reads it, but `Model(…)` has to be given its result."""
    x = keras.Input((1,), name="x")
    student = keras.Model(x, dense(32, name="h")(x))
    finding = look("graph", about(student, hidden_layers(32)))
    assert finding.message == "`Dense(1)` is missing after `h`."
    net, model = finding.hint.splitlines()[1:]
    assert net == "    net1 = Dense(1, kernel_initializer='uniform')(h)"
    assert model == "    model = keras.Model(inputs=x, outputs=net1)"
