"""What is said of a mistake is true, and written for whoever reads the program: its names, its lines, its last word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
from keras import layers

from grader.checks import Evidence
from grader.domain import CompileCall, FitCall, Location, Status
from tests.checks.students import compile_call, dense, evidence, look, two_branches, two_heads
from tests.graph.networks import read


def chain(*units: int) -> Any:
    x = start = keras.Input((1,))
    for number in units:
        x = dense(number)(x)
    return keras.Model(start, dense(1, None)(x))


def locations(model: Any, *lines: int) -> dict[str, Location]:
    """The lines of the Dense layers, in the order in which they were made."""
    made = [layer.name for layer in model.layers if isinstance(layer, layers.Dense)]
    return {name: Location(None, line) for name, line in zip(made, lines, strict=True)}


def about(model: Any, reference: Any, **recorded: Any) -> Evidence:
    found = evidence(model, reference=read(reference), assignment="one_input")
    return replace(found, model=replace(found.model, **recorded))


def test_a_made_up_name_has_its_line_beside_it() -> None:
    """`dense_6` stands nowhere in the program; its line does."""
    model = chain(32, 31)
    last = model.layers[2].name
    finding = look("graph", about(model, chain(32, 32), layer_locations=locations(model, 4, 5, 6)))
    assert finding.hint == f"Write `Dense(32, …)` for `{last}` (line 5)."


def test_a_variable_is_better_than_a_made_up_name() -> None:
    """Where the recording knows what holds a layer's result."""
    model = chain(32, 31)
    last = model.layers[2].name
    given = about(model, chain(32, 32), layer_locations=locations(model, 4, 5, 6), layer_variables={last: "hidden2"})
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
    model = chain(32, 31)
    finding = look("graph", about(model, chain(32, 32), layer_locations=locations(model, 3, 3, 6)))
    assert "(2nd layer of line 3)" in finding.message
    assert "its line makes 1 other layer too" in finding.hint


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


def compiles(*calls: CompileCall) -> Evidence:
    given = evidence(two_heads())
    ordered = tuple(replace(call, order=n, location=Location(None, 10 * n)) for n, call in enumerate(calls, start=1))
    return replace(given, model=replace(given.model, compiles=ordered))


def test_a_second_compile_is_named_as_what_replaced_the_first() -> None:
    """The student reads 0.1 and 0.9 in the program, and is told why they do not count."""
    calls = compile_call(loss=["mse", "mae"], weights=[0.1, 0.9]), compile_call(loss=["mse", "mae"])
    finding = look("compiled", compiles(*calls), weights=[0.1, 0.9])
    assert finding.message == (
        "The loss weights are 1 and 1; the exercise asks for 0.1 and 0.9. "
        "This is about the `compile` in line 20: it replaces all settings of the one in line 10."
    )


def test_a_compile_after_the_training_does_not_count() -> None:
    """And the message says that it is there."""
    calls = compile_call(loss=["mse", "mae"]), compile_call(loss=["mse", "mae"], weights=[0.1, 0.9])
    given = compiles(*calls)
    first, second = given.model.compiles
    fit = FitCall(2, Location(), 400, 32, (), (), True, True, ())
    model = replace(given.model, compiles=(first, replace(second, order=3)), fits=(fit,))
    finding = look("compiled", replace(given, model=model), weights=[0.1, 0.9])
    assert finding.message.endswith("the model was first trained with it, and later ones do not count.")


def test_a_compile_line_that_fits_no_such_model_comes_second() -> None:
    """Two losses for one output are an error; the output comes first."""
    given = evidence(chain(32), call=compile_call())
    finding = look("compiled", given, losses=["mse", "mse"])
    assert finding.message == "The model has 1 output; the exercise has 2, each with its loss."
    assert finding.hint.startswith("Give the model 2 outputs first. Then write `model.compile(")


def test_too_few_outputs_need_layers_and_not_only_a_longer_list() -> None:
    """Listing what is not there is no next step."""
    finding = look("heads", evidence(chain(32)), count=2)
    assert finding.hint == "End each of 2 branches with a `Dense(1)`, and list all of them in `outputs=[…]`."


def test_outputs_that_share_nothing_are_told_what_to_share() -> None:
    """Not which made-up name is called on which other."""
    x = keras.Input((1,))

    def branch(start: Any) -> Any:
        return dense(1, None)(dense(20)(dense(20)(start)))

    trunk = dense(20)(dense(20)(x))
    reference = keras.Model(x, [dense(1, None)(trunk), dense(1, None)(trunk)])
    given = evidence(keras.Model(x, [branch(x), branch(x)]), reference=read(reference), assignment="two_outputs")
    finding = look("trunk", given, units=[20, 20])
    assert (finding.status, finding.message) == (
        Status.FAILED,
        "The outputs share no hidden layer; the exercise asks for 2.",
    )
    assert finding.hint == "Build the layers of 20 and 20 units once, and start each branch from the last of them."


def test_of_two_equal_layers_the_one_written_first_comes_first() -> None:
    """`hidden2 = Dense(32)(inputs)` should read `hidden1`, which is not used; not the other way round."""
    x = keras.Input((1,), name="inputs")
    used = dense(32, name="hidden2")
    model = keras.Model(x, dense(1, None, name="out")(used(x)))
    config = {"units": 32, "activation": "sigmoid"}
    unused = ({"class_name": "Dense", "module": "keras.layers", "name": "hidden1", "config": config},)
    lines = {"hidden1": Location(None, 4), "hidden2": Location(None, 5), "out": Location(None, 6)}
    finding = look("graph", about(model, chain(32, 32), layer_locations=lines, unused=unused))
    assert finding.hint == "Call `hidden2` on the result of `hidden1`."
    assert "`hidden2` is called on `inputs`, not on its result" in finding.message
    turned = {**lines, "hidden1": Location(None, 5), "hidden2": Location(None, 4)}
    finding = look("graph", about(model, chain(32, 32), layer_locations=turned, unused=unused))
    assert finding.hint == "Call `hidden1` on the result of `hidden2`, and `out` on the result of `hidden1`."
