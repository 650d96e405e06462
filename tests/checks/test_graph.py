"""`graph`: the whole network against the reference, and what is said of the first difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Location, Status, WrittenValue
from tests.checks.students import about, beside_reference, chain, dense, hidden_layers, look, two_branches


def test_all_differences_are_told_with_all_next_steps() -> None:
    finding = look("graph", beside_reference(two_branches(right=21, head=dense(1, "tanh", name="head"))))
    first, second = finding.differences
    assert [first.kind, second.kind] == ["width", "activation"]
    assert finding.message == f"{first.message} {second.message}"
    assert finding.hint == f"{first.hint}\n{second.hint}"


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
    about = beside_reference(two_branches(right=21))
    recorded = replace(
        about.model, location=Location(None, 9, "a.py"), layer_locations={"right": Location(None, 6, "a.py")}
    )
    assert "`right` (line 6)" in look("graph", replace(about, model=recorded)).message
    recorded = replace(recorded, layer_locations={"right": Location(None, 6, "helpers.py")})
    assert "`right` (helpers.py, line 6)" in look("graph", replace(about, model=recorded)).message


def locations(model: Any, *lines: int) -> dict[str, Location]:
    """The lines of the Dense layers, in the order in which they were made."""
    made = [layer.name for layer in model.layers if isinstance(layer, layers.Dense)]
    return {name: Location(None, line) for name, line in zip(made, lines, strict=True)}


def test_a_line_stands_for_a_made_up_name_and_a_variable_is_better() -> None:
    """`dense_6` stands nowhere in the program, and a student who writes it there gets an error."""
    model = hidden_layers(32, 31)
    last, lines = model.layers[2].name, locations(model, 4, 5, 6)
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=lines))
    assert finding.hint == "Write `Dense(32, …)` for the layer on line 5."
    finding = look(
        "graph", about(model, hidden_layers(32, 32), layer_locations=lines, layer_variables={last: "hidden2"})
    )
    assert finding.message == "Layer `hidden2` (line 5): expected 32 units, found 31."
    assert finding.hint == "Write `Dense(32, …)` for `hidden2`."


def test_a_variable_that_is_given_a_value_again_has_its_line_beside_it() -> None:
    model = hidden_layers(32, 31)
    last = model.layers[2].name
    given = {"layer_locations": locations(model, 4, 5, 6), "layer_variables": {last: "x"}, "reused_variables": ("x",)}
    assert look("graph", about(model, hidden_layers(32, 32), **given)).hint == "Write `Dense(32, …)` for `x` (line 5)."


def test_a_new_layer_is_written_as_the_code_writes_them() -> None:
    given = about(hidden_layers(), hidden_layers(32), layers_prefix="layers.")
    assert look("graph", given).hint.startswith("Add `layers.Dense(32, activation='sigmoid', ")


def test_a_name_that_the_student_gave_is_left_alone() -> None:
    model = two_branches(left=31)
    given = about(model, two_branches(), "two_inputs", layer_variables={"left": "x"})
    assert "`left`" in look("graph", given).hint


def test_a_next_step_speaks_of_the_variable() -> None:
    """The name of an input is no variable, so whoever writes it gets a NameError."""
    a, b = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    joined = layers.concatenate([dense(32, name="first")(a), dense(20, name="second")(a)])
    model = keras.Model([a, b], dense(1, None)(dense(32)(joined)))
    variables = {"left": "x0_left", "right": "x0_right", "second": "second"}
    finding = look("graph", about(model, two_branches(), "two_inputs", layer_variables=variables))
    assert finding.hint == "Feed `x0_right` (named `right`) into `second`."
    assert "reads `x0_left` (named `left`); expected `x0_right` (named `right`)." in finding.message


PASS = "and on to line 3; where a function on the way has no parameter for the number of units, add one, with what other calls need as default."


@pytest.mark.parametrize(
    ("callers", "place", "hint"),
    [
        ((), "(2nd layer on line 3)", "Line 3 creates 2 layers. Write `32` as `units` of each."),
        ((6, 7), "(line 3, in a function called on line 7)", f"Pass 32 in the call on line 7, {PASS}"),
        (
            (7, 7),
            "(2nd layer on line 3, in a function called on line 7)",
            f"Pass 32 in a call of its own on line 7, {PASS}",
        ),
    ],
    ids=["loop", "helper", "helper in a loop"],
)
def test_a_line_that_makes_many_layers_is_not_the_line_to_change(callers: Sequence[int], place: str, hint: str) -> None:
    model = hidden_layers(32, 31)
    made = locations(model, 3, 3, 9)
    made |= {name: replace(made[name], caller=Location(None, line)) for name, line in zip(made, callers, strict=False)}
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=made))
    assert place in finding.message
    assert finding.hint.endswith(hint)
    assert not callers or finding.hint.startswith("Only the ")
    assert not callers or ": line 3 also creates 1 other layer. Pass" in finding.hint


THERE = Location(None, 2)
VALUE = WrittenValue("31", THERE)


@pytest.mark.parametrize(
    ("widths", "values", "hint"),
    [
        ((32, 31), [{}, {"units": VALUE}], "Write `32` in place of `31` on line 2."),
        ((31, 31), [{"units": VALUE}] * 2, "Write `32` in place of `31` on line 2."),
        ((30, 31), [{"units": VALUE}] * 2, "Take `units` out of the settings on line 2. Line 3 creates 2 layers. Give "),
        ((30, 31), [{"units": replace(VALUE, argument="n")}] * 2,
         "Line 3 creates 2 layers. Give them these values of `units`, in this order: `30` and `32` (in a loop, take them "
         "from a list)."),
        # A line of two layers, one of which has its value from elsewhere.
        ((32, 31), [{"units": WrittenValue("32", THERE)}, {}], "Write `Dense(32, …)` for the 2nd layer on line 3"),
        ((32, 31), [{}, {"units": WrittenValue("", THERE)}], "Line 3 creates 2 layers. Write `32` as `units` of each."),
        ((32, 31), [{}, {"units": replace(VALUE, ordinal=2)}], "Write `32` in place of the 2nd `31` on line 2."),
    ],
)  # fmt: skip
def test_a_value_is_corrected_where_it_is_written(widths: tuple[int, int], values: list[Any], hint: str) -> None:
    model = hidden_layers(*widths)
    names = [layer.name for layer in model.layers[1:]]
    given = dict(zip(names, values, strict=False))
    asked = hidden_layers(30 if widths[0] == 30 else 32, 32)
    finding = look("graph", about(model, asked, layer_locations=locations(model, 3, 3, 9), layer_values=given))
    assert finding.hint.startswith(hint)


@pytest.mark.parametrize("right", [True, False])
def test_an_activation_on_a_line_of_many_layers_is_corrected_as_one(right: bool) -> None:
    model = hidden_layers(32, 31, activation="tanh")
    if right:
        model.layers[1].activation = keras.activations.sigmoid
    finding = look("graph", about(model, hidden_layers(32, 31), layer_locations=locations(model, 3, 3, 9)))
    whole = "Write `Dense(…, activation='sigmoid')` on line 3."
    assert finding.hint == ("Line 3 creates 2 layers. Write `'sigmoid'` as `activation` of each." if right else whole)


def test_what_only_the_call_of_one_layer_says_is_corrected_there() -> None:
    """A constant that sets others too, or an argument without a name."""
    model = hidden_layers(32, 31, activation="tanh")
    (first, second), literal = (layer.name for layer in model.layers[1:3]), ("'tanh'", THERE)
    values = {first: {"activation": WrittenValue(*literal)}, second: {"activation": WrittenValue(*literal, 0, "ACT")}}
    model.layers[1].activation = keras.activations.sigmoid
    made = locations(model, 3, 4, 9)
    finding = look("graph", about(model, hidden_layers(32, 31), layer_locations=made, layer_values=values))
    assert finding.hint == "Write `'sigmoid'` in place of `ACT` on line 4."


def test_layers_of_one_line_change_places_by_the_values_that_it_takes() -> None:
    """In a loop, a layer cannot be fed with that of another round."""
    model = hidden_layers(16, 32)
    made = locations(model, 3, 3, 9)
    finding = look("graph", about(model, hidden_layers(32, 16), layer_locations=made))
    assert finding.hint.startswith(
        "Change the order in which line 3 creates its layers to `Dense(32, activation='sigmoid')`"
    )
    values = {
        layer.name: {"units": WrittenValue(text, THERE)}
        for layer, text in zip(model.layers[1:3], ("16", "32"), strict=True)
    }
    finding = look("graph", about(model, hidden_layers(32, 16), layer_locations=made, layer_values=values))
    assert finding.hint == "Exchange `16` and `32` on line 2."


def test_values_of_one_line_change_at_once() -> None:
    """Where one is written in place of the other, the step for this one no longer finds it."""

    def two(left: int, right: int) -> Any:
        x = keras.Input((1,), name="x")
        heads = [
            dense(1, None, name=name)(dense(units, name=f"{name}_hidden")(x))
            for name, units in (("s", left), ("e", right))
        ]
        return keras.Model(x, heads)

    values = {f"{name}_hidden": {"units": WrittenValue(text, THERE)} for name, text in (("s", "21"), ("e", "31"))}
    finding = look("graph", about(two(21, 31), two(20, 30), "two_outputs", layer_values=values))
    assert finding.hint == "Write `20` in place of `21` and `30` in place of `31` on line 2, both at once."


def test_layers_of_a_helper_change_places_by_what_its_calls_give() -> None:
    model = hidden_layers(16, 32)
    made = {name: replace(one, caller=Location(None, 6 + place)) for place, (name, one) in
            enumerate(locations(model, 3, 3, 3).items())}  # fmt: skip
    values = {layer.name: {"units": WrittenValue(text, Location(None, line))}
              for layer, text, line in zip(model.layers[1:3], ("16", "32"), (6, 7), strict=True)}  # fmt: skip
    finding = look("graph", about(model, hidden_layers(32, 16), layer_locations=made, layer_values=values))
    assert finding.hint == "Write `32` in place of `16` on line 6.\nWrite `16` in place of `32` on line 7."


def test_a_loop_that_goes_on_for_too_long_creates_fewer() -> None:
    model = hidden_layers(32, 32, 32)
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=locations(model, 3, 3, 3, 9)))
    assert finding.hint == "Let line 3 create 2 layers in place of 3."


def three_branches(sources: tuple[int, int, int], inputs: int = 3) -> Any:
    x = [keras.Input((1,), name=f"x{place}") for place in range(inputs)]
    every = [dense(8 + place)(x[source]) for place, source in enumerate(sources)]
    return keras.Model(x, dense(1, None)(layers.concatenate(every)))


def test_layers_of_a_loop_are_told_what_to_be_called_on_all_at_once() -> None:
    """A step about one of them could not be written in their one line."""
    model, right = three_branches((0, 0, 0)), three_branches((0, 1, 2))
    finding = look("graph", about(model, right, "three_inputs", layer_locations=locations(model, 3, 3, 3, 9)))
    assert finding.hint == "Line 3 creates 3 layers. Call them on `x0`, `x1` and `x2`, in this order."


def test_a_loop_creates_an_input_for_each_of_its_layers() -> None:
    model = three_branches((0, 0, 0), inputs=1)
    given = about(model, three_branches((0, 1, 2)), "three_inputs", layer_locations=locations(model, 3, 3, 3, 9))
    assert look("graph", given).hint == (
        "Create an `Input(shape=(1,))` for each layer that line 3 creates, call the layer on it, and list all these inputs in "
        "`inputs=[…]`. Give `fit` and its `validation_data` 3 arrays of inputs."
    )


def test_a_step_about_one_layer_of_a_line_says_what_the_line_creates_besides() -> None:
    model = hidden_layers(32, 7, 20)
    finding = look("graph", about(model, hidden_layers(32, 20), layer_locations=locations(model, 3, 4, 4, 9)))
    assert finding.hint.endswith(". Line 4 also creates 1 other layer: leave it as it is.")


def test_a_layer_that_a_function_creates_again_is_created_outside_of_it() -> None:
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    model = keras.Model([a, b], layers.concatenate([dense(8, name="one")(a), dense(8, name="two")(b)]))
    shared = dense(8)
    right = keras.Model([a, b], layers.concatenate([shared(a), shared(b)]))
    made = {name: Location(None, 3, "", Location(None, line)) for name, line in (("one", 6), ("two", 7))}
    finding = look("graph", about(model, right, "shared_layer", layer_locations=made))
    assert finding.hint.startswith(
        "Create the layer once, outside of the function that contains line 3: write `common = "
    )


def test_a_tensor_is_named_by_the_variable_that_holds_it() -> None:
    x = keras.Input((1,), name="x")
    first, second = dense(8, name="first"), dense(9, name="second")
    first(x)
    model = keras.Model(x, second(x))
    unused = [
        {
            "class_name": "Dense",
            "name": "first",
            "config": first.get_config(),
            "reads": [["x", 0]],
            "shapes": [[None, 8]],
        }
    ]
    right = keras.Model(x, dense(9)(dense(8)(x)))
    names = {"first": "function_1", "second": "function_2"}
    given = about(model, right, unused=unused, layer_variables=names, layer_results={"first": "x1"})
    assert look("graph", given).hint == "Feed `x1` into `function_2` (named `second`)."


def test_what_may_not_be_imported_is_said_to() -> None:
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    both = [dense(8)(a), dense(8)(b)]
    added, joined = (keras.Model([a, b], dense(1)(merge(both))) for merge in (layers.add, layers.concatenate))
    told = [look("graph", about(added, joined, layers_prefix=prefix)).hint for prefix in ("", "layers.")]
    sentence = " Add `from keras.layers import Concatenate, concatenate`, if you have not imported it."
    assert [one.endswith(sentence) for one in told] == [True, False]


def test_values_that_are_written_in_several_places_are_corrected_in_each() -> None:
    model = hidden_layers(32, 31, activation="tanh")
    values = {layer.name: {"activation": WrittenValue("'tanh'", Location(None, number))}
              for number, layer in enumerate(model.layers[1:3], start=5)}  # fmt: skip
    finding = look("graph", about(model, hidden_layers(32, 31), layer_values=values))
    assert finding.hint == "\n".join(f"Write `'sigmoid'` in place of `'tanh'` on line {number}." for number in (5, 6))


WRITTEN = "Dense({}, activation='sigmoid', kernel_initializer='uniform')"  # as the rubric asks for it


def test_missing_layers_that_follow_one_another_are_one_difference() -> None:
    finding = look("graph", about(hidden_layers(), hidden_layers(32, 20)))
    first, last = (f"`Dense({units}, activation='sigmoid')`" for units in (32, 20))
    assert finding.message.startswith("2 layers are missing between ")
    assert finding.message.endswith(f": {first}, then {last}.")
    written = [one.replace(")", ", kernel_initializer='uniform')") for one in (first, last)]
    assert finding.hint.startswith(f"Add {written[0]}, then {written[1]}, after ")
    assert ", and feed the result of the last into `dense" in finding.hint
    assert finding.actual == ""


def test_a_missing_layer_after_a_missing_one_says_so() -> None:
    x = keras.Input((1,), name="x")
    student = keras.Model(x, [dense(1, None, name="a")(x), dense(1, None, name="b")(x)])
    trunk = dense(20)(x)
    expected = keras.Model(x, [dense(1, None, name="a")(dense(21)(trunk)), dense(1, None, name="b")(dense(20)(trunk))])
    first, *others = about(student, expected, "two_outputs").differences
    assert first.message == "`Dense(20, activation='sigmoid')` is missing after `x`."
    assert first.hint == (
        f"Add `{WRITTEN.format(20)}` after `x`, and feed its result into another new `Dense(20, activation='sigmoid')` and "
        "a new `Dense(21, activation='sigmoid')`."
    )
    missing = "is missing after `Dense(20, activation='sigmoid')`, which is missing too."
    assert [one.message.partition(" ")[2].partition(" ")[2] for one in others] == [missing] * 2
    assert sorted(one.hint.partition(", and ")[2] for one in others) == [
        "feed its result into `a`.",
        "feed its result into `b`.",
    ]


def test_a_layer_missing_before_a_merge_takes_the_place_of_what_is_joined() -> None:
    """What the merge reads today is named: to join the new layer besides it makes the network no better."""
    a, b = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    early = layers.concatenate([a, b], name="both")
    student = keras.Model([a, b], dense(1, None)(dense(32)(early)))
    hints = {one.hint for one in beside_reference(student).differences}
    assert hints == {
        f"Add `{WRITTEN.format(units)}` after `{name}`, and feed its result into `both` in place of `{name}`."
        for name, units in (("left", 20), ("right", 32))
    }
    twice = layers.concatenate([a, a], name="both")
    found = beside_reference(keras.Model([a, b], dense(1, None)(dense(32)(twice)))).differences
    assert any(one.hint.endswith("feed its result into `both` in place of one `left`.") for one in found), found


SHARED = "is one layer, called twice: create it once, and call that object in each place."


def test_a_missing_layer_that_is_shared_is_created_once() -> None:
    """Each of its calls is missing: to add a layer for each would make two separate ones."""
    a, b = keras.Input((1,), name="left"), keras.Input((1,), name="right")

    def joined(*branches: Any) -> Any:
        return keras.Model([a, b], dense(1, None)(dense(20)(layers.concatenate(branches, name="both"))))

    one = dense(32)
    given = about(joined(a, b), joined(one(a), one(b)), "shared_layer")
    assert [found.kind for found in given.differences] == ["missing", "missing"]
    assert all(found.hint.endswith(SHARED) for found in given.differences)


def test_a_missing_layer_that_is_called_twice_in_a_row_is_one() -> None:
    x, same = keras.Input((1,), name="x"), dense(32)
    start = dense(32, "tanh", name="h")(x)
    student = keras.Model(x, dense(1, None, name="out")(start))
    (found,) = about(student, keras.Model(x, dense(1, None)(same(same(start))))).differences
    assert found.message == "`Dense(32, activation='sigmoid')` is missing between `h` and `out`."
    assert found.hint == (
        f"Add `{WRITTEN.format(32)}` after `h`, and feed its result into `out`. `Dense(32, activation='sigmoid')` {SHARED}"
    )


def test_a_missing_layer_that_is_an_output_too_is_listed() -> None:
    x = keras.Input((1,), name="x")
    student = keras.Model(x, [dense(1, None, name="a")(x), x])
    middle = dense(20)(x)
    given = about(student, keras.Model(x, [dense(1, None)(middle), middle]), "two_outputs")
    hints = [one.hint for one in given.differences if one.kind == "missing"]
    assert hints == [
        f"Add `{WRITTEN.format(20)}` after `x`, feed its result into `a`, and list its result in place of `x` in "
        "`outputs=[…]`."
    ]


def test_a_missing_last_layer_becomes_the_output() -> None:
    """Nothing reads it, but `Model(…)` has to be given its result."""
    x = keras.Input((1,), name="x")
    student = keras.Model(x, dense(32, name="h")(x))
    finding = look("graph", about(student, hidden_layers(32)))
    assert finding.message == "`Dense(1)` is missing after `h`."
    assert finding.hint == "Add `Dense(1, kernel_initializer='uniform')` after `h`, and pass its result in `outputs=`."


def test_many_layers_with_the_same_mistake_are_all_named_once() -> None:
    """What is not listed again beside the first difference must stand in its message."""
    names = [f"h{number}" for number in range(6)]
    student = chain(*[dense(8, "tanh", name=name) for name in names], dense(1, None))
    finding = look("graph", about(student, chain(*[dense(8) for _ in names], dense(1, None))))
    assert finding.message.endswith("; also wrong in `h1`, `h2`, `h3`, `h4` and `h5`.")
    assert finding.hint == "Write `activation='sigmoid'` in `h0`, and do the same in the other layers named above."
    assert finding.actual == ""
