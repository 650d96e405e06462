"""`graph`: the whole network against the reference, and what is said of the first difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
from keras import layers

from grader.checks import Evidence
from grader.domain import Location, Status
from tests.checks.students import beside_reference, dense, evidence, hidden_layers, look, two_branches
from tests.graph.networks import read


def test_the_equal_network_passes_and_has_no_difference() -> None:
    """Whatever the branches are called."""
    about = beside_reference(two_branches())
    assert look("graph", about).status is Status.PASSED
    assert about.differences == ()


def test_further_differences_are_listed_after_the_first() -> None:
    """The first is the message, the others are what was found beside it."""
    finding = look("graph", beside_reference(two_branches(right=21, head=dense(1, "tanh", name="head"))))
    assert finding.message.endswith("expected 20 units, found 21.")
    assert finding.actual == "More differences: Layer `head`: expected no activation, found `tanh`."
    assert [one.kind for one in finding.differences] == ["width", "activation"]


def test_a_layer_left_unused_is_read_from_the_recording() -> None:
    """What was built beside the model explains what it lacks; entries that are no layers are passed over."""
    a, b = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(32, name="left")(a), b])
    model = keras.Model([a, b], dense(1, None)(dense(32, name="top")(joined)))
    config = {"units": 20, "activation": "sigmoid"}
    entries = ({"class_name": "Dense", "name": "lost", "config": config}, {"class_name": 3}, {})
    (found,) = beside_reference(model, unused=entries).differences
    assert found.kind == "wiring"
    assert found.layer == "lost"


def test_places_leave_out_the_file_that_the_model_is_in() -> None:
    """Only another file needs a name."""
    about = beside_reference(two_branches(right=21))
    recorded = replace(about.model, location=Location(None, 9, "a.py"), layer_locations={"right": Location(None, 6, "a.py")})
    assert "`right` (line 6)" in look("graph", replace(about, model=recorded)).message
    recorded = replace(recorded, layer_locations={"right": Location(None, 6, "helpers.py")})
    assert "`right` (helpers.py, line 6)" in look("graph", replace(about, model=recorded)).message


def test_the_order_of_a_concatenation_counts_where_the_spec_says_so() -> None:
    """Elsewhere it is one of the spellings of the same network."""
    a, b = keras.Input((1,)), keras.Input((1,))
    left, right = dense(32, name="left")(a), dense(20, name="right")(b)
    model = keras.Model([a, b], dense(1, None)(dense(32)(layers.concatenate([right, left]))))
    about = beside_reference(model)
    assert look("graph", about).status is Status.PASSED
    checks = tuple(
        replace(check, options={**check.options, "concatenate_order": True}) if check.kind == "graph" else check
        for check in about.assignment.checks
    )
    about = replace(about, assignment=replace(about.assignment, checks=checks))
    assert "in this order" in look("graph", about, concatenate_order=True).message


def locations(model: Any, *lines: int) -> dict[str, Location]:
    """The lines of the Dense layers, in the order in which they were made."""
    made = [layer.name for layer in model.layers if isinstance(layer, layers.Dense)]
    return {name: Location(None, line) for name, line in zip(made, lines, strict=True)}


def about(model: Any, reference: Any, **recorded: Any) -> Evidence:
    found = evidence(model, reference=read(reference), assignment="one_input")
    return replace(found, model=replace(found.model, **recorded))


def test_a_made_up_name_has_its_line_beside_it() -> None:
    """`dense_6` stands nowhere in the program; its line does."""
    model = hidden_layers(32, 31)
    last = model.layers[2].name
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=locations(model, 4, 5, 6)))
    assert finding.hint == f"Write `Dense(32, …)` for `{last}` (line 5)."


def test_a_variable_is_better_than_a_made_up_name() -> None:
    """Where the recording knows what holds a layer's result."""
    model = hidden_layers(32, 31)
    last = model.layers[2].name
    given = about(model, hidden_layers(32, 32), layer_locations=locations(model, 4, 5, 6), layer_variables={last: "hidden2"})
    finding = look("graph", given)
    assert finding.message == "Layer `hidden2` (line 5): expected 32 units, found 31."
    assert finding.hint == "Write `Dense(32, …)` for `hidden2`."


def test_a_name_that_the_student_gave_is_left_alone() -> None:
    """A variable does not hide `name='left'`."""
    model = two_branches(left=31)
    given = replace(about(model, two_branches(), layer_variables={"left": "x"}), assignment=evidence(model).assignment)
    assert "`left`" in look("graph", given).hint


def test_a_line_that_makes_many_layers_is_not_the_line_to_change() -> None:
    """A helper function is called for each: which of its layers is meant, and that the others stay."""
    model = hidden_layers(32, 31)
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=locations(model, 3, 3, 6)))
    assert "(2nd layer on line 3)" in finding.message
    assert "the same line creates 1 other layer too" in finding.hint


def test_a_layer_of_a_helper_is_named_by_the_call_of_it() -> None:
    """The line that the student has to look at, beside the line of the helper, which makes others too."""
    model = hidden_layers(32, 31)
    made = locations(model, 3, 3, 9)
    called = {name: replace(where, caller=Location(None, 6 + n)) for n, (name, where) in enumerate(made.items())}
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=called))
    assert "(line 3, called from line 7)" in finding.message
    assert "the same line creates 1 other layer too" in finding.hint


def test_two_layers_of_one_name_are_two() -> None:
    """In two nested models they may have one."""
    inputs = [keras.Input((1,)) for _ in range(2)]

    def tower() -> Any:
        start = keras.Input((1,))
        return keras.Model(start, dense(32, name="enc")(start))

    def joined(*parts: Any) -> Any:
        calls = [part(x) for part, x in zip(parts, inputs, strict=True)]
        return keras.Model(inputs, dense(1, None)(layers.concatenate(calls)))

    shared = dense(32)
    given = evidence(joined(tower(), tower()), reference=read(joined(shared, shared)), assignment="shared_layer")
    assert "are two separate layers; the exercise asks for one layer, called twice" in look("graph", given).message


def test_of_two_equal_layers_the_one_written_first_comes_first() -> None:
    """`hidden2 = Dense(32)(inputs)` should read `hidden1`, which is not used; not the other way round."""
    x = keras.Input((1,), name="inputs")
    used = dense(32, name="hidden2")
    model = keras.Model(x, dense(1, None, name="out")(used(x)))
    config = {"units": 32, "activation": "sigmoid"}
    unused = ({"class_name": "Dense", "module": "keras.layers", "name": "hidden1", "config": config},)
    lines = {"hidden1": Location(None, 4), "hidden2": Location(None, 5), "out": Location(None, 6)}
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=lines, unused=unused))
    assert finding.hint == "Feed `hidden1` into `hidden2`."
    assert "`hidden2` reads `inputs` instead" in finding.message
    turned = {**lines, "hidden1": Location(None, 5), "hidden2": Location(None, 4)}
    finding = look("graph", about(model, hidden_layers(32, 32), layer_locations=turned, unused=unused))
    assert finding.hint == "Feed `hidden2` into `hidden1`, and `hidden1` into `out`."
