"""`compiled`: optimizer, losses by head, and weights, however they are spelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.checks import Evidence
from grader.checks.known import OTHER_LOSSES
from grader.domain import CompileCall, FitCall, Location, Setting, Status
from grader.graph.reading.catalogue import bare
from tests.checks.students import compile_call, dense, evidence, hidden_layers, look, two_heads


def found(call: Any, **options: Any) -> Any:
    return look("compiled", evidence(two_heads(), call=call), **options)


@pytest.mark.parametrize("loss", [["mse", "mae"], ["MSE", "mean_absolute_error"], ["MeanSquaredError", "MAE"]])
def test_losses_by_any_name(loss: list[str]) -> None:
    """Strings, aliases and class names of Keras are one loss each."""
    assert Status.PASSED is found(compile_call(loss=loss), losses=["mse", "mae"]).status


def test_one_loss_for_all_heads() -> None:
    """A single loss applies to every output."""
    assert Status.PASSED is found(compile_call(loss="mse"), losses=["mse", "mse"]).status


def test_a_list_of_one_loss_trains_one_head() -> None:
    """`loss=['mse']` on two outputs leaves the second untrained, and is named so."""
    finding = found(compile_call(loss=["mse"]), losses=["mse", "mse"])
    assert finding.status is Status.FAILED
    assert "Output 2 has no loss" in finding.message


def test_losses_in_either_order_where_the_task_says_so() -> None:
    """The order is free only with `any_order`."""
    call = compile_call(loss=["mae", "mse"])
    assert Status.PASSED is found(call, losses=["mse", "mae"], any_order=True).status
    assert Status.FAILED is found(call, losses=["mse", "mae"]).status


def test_no_weights_are_equal_weights() -> None:
    """`loss_weights=[1, 1]` and none are the same."""
    assert Status.PASSED is found(compile_call(), weights=[1.0, 1.0]).status
    assert Status.PASSED is found(compile_call(weights=[1, 1], loss=["mse", "mse"]), weights=[1.0, 1.0]).status


def test_the_larger_weight_has_a_place() -> None:
    """Swapped weights are the right numbers in the wrong place."""
    call = compile_call(loss=["mse", "mae"], weights=[0.9, 0.1])
    assert Status.PASSED is found(call, weights=[0.1, 0.9], weights_any_order=True).status
    assert Status.FAILED is found(call, larger=2).status


def test_another_learning_rate_fails() -> None:
    """The optimizer asked for has its defaults, of which a recording says nothing."""
    assert Status.PASSED is found(compile_call("RMSprop"), optimizer="rmsprop").status
    assert Status.FAILED is found(compile_call("RMSprop", learning_rate=1.0), optimizer="rmsprop").status


@pytest.mark.parametrize("name", ["Dice", "dice", "BinaryFocalCrossentropy", "binary_focal_crossentropy", "CTC", "Tversky"])
def test_a_loss_that_is_not_trained_with_has_one_name(name: str) -> None:
    """Its class, as a recording has it, and its function, as a rubric asks for it."""
    asked = next(loss for loss in OTHER_LOSSES if bare(loss) == bare(name))
    assert Status.PASSED is found(compile_call("adam", name), losses=[asked, asked]).status


def test_never_compiled_fails() -> None:
    """The call to write is the next step."""
    finding = found(None, optimizer="rmsprop")
    assert finding.status is Status.FAILED
    assert finding.hint == "Write `model.compile(optimizer='rmsprop')`."


@pytest.mark.parametrize(
    "setting", [{"momentum": 0.9}, {"clipvalue": 1e-9}, {"learning_rate": {"class_name": "Decay"}}]
)
def test_an_optimizer_with_other_settings_fails(setting: dict[str, Any]) -> None:
    """What changes the training is not the optimizer asked for."""
    finding = found(compile_call("RMSprop", **setting), optimizer="rmsprop")
    assert finding.status is Status.FAILED
    assert "class_name" not in finding.message


def test_swapped_losses_are_named_as_swapped() -> None:
    """The right losses in the wrong order; the line to write keeps everything else as the student has it."""
    call = compile_call("Adam", loss=["mae", "mse"], weights=[0.2, 0.8])
    finding = found(call, losses=["mse", "mae"])
    assert finding.message == (
        "The losses are in the wrong order: output 1 has mae, and the exercise asks for mse there."
    )
    assert finding.hint == ("Write `model.compile(optimizer='adam', loss=['mse', 'mae'], loss_weights=[0.2, 0.8])`.")


def test_a_dict_of_losses_stays_a_dict() -> None:
    """Entries by name are mended by name, and metrics are kept."""
    model = two_heads(dense(1, None, name="sine"), dense(1, None, name="exp"))
    call = replace(compile_call(loss={"sine": "mae", "exp": "mse"}), metrics=Setting("mse"))
    finding = look("compiled", evidence(model, call=call), losses=["mse", "mae"])
    assert finding.hint == (
        "Write `model.compile(optimizer='rmsprop', loss={'sine': 'mse', 'exp': 'mae'}, metrics=[['mse'], ['mse']])`."
    )


def test_the_line_to_write_is_right_for_every_check_of_the_exercise() -> None:
    """One line, by the student's name of the model, in which metrics that Keras would refuse have a list for each."""
    seen = evidence(two_heads(), assignment="two_outputs", call=compile_call("sgd", loss=["mae", "mse"]))
    call = replace(compile_call("sgd", loss=["mae", "mse"]), metrics=(Setting("mse"),))
    seen = replace(seen, model=replace(seen.model, variables=("net",), compiles=(call,)))
    line = "Write `net.compile(optimizer='rmsprop', loss=['mse', 'mse'], metrics=[['mse'], ['mse']])`"
    assert look("compiled", seen, losses=["mse", "mse"]).hint == f"{line}, which also corrects the optimizer."
    assert look("compiled", seen, optimizer="rmsprop").hint == f"{line}, which also corrects the losses."
    assert look("compiled", seen, optimizer="rmsprop", losses=["mse", "mse"]).hint == f"{line}."


def test_a_line_that_also_corrects_the_weights_says_so() -> None:
    """The message is about the optimizer alone; another check requires the weights."""
    call = compile_call("adam", loss=["mse", "mse"], weights=[0.1, 0.9])
    finding = look("compiled", evidence(two_heads(), assignment="two_outputs", call=call), optimizer="rmsprop")
    assert finding.actual == "optimizer adam"
    assert finding.hint == (
        "Write `model.compile(optimizer='rmsprop', loss=['mse', 'mse'], loss_weights=[1, 1])`, which also corrects the "
        "loss weights."
    )


def test_what_was_found_is_what_the_check_is_about() -> None:
    """Weights that are not given are named where weights are required, and nothing else is."""
    call = compile_call("adam", loss=["mse", "mae"])
    assert found(call, weights=[0.1, 0.9]).actual == "no loss weights (so each is 1)"
    assert found(replace(call, loss_weights=(0.5, 0.5)), larger=2).actual == "loss weights 0.5 and 0.5"
    assert found(call, losses=["mae", "mse"]).actual == "losses mse and mae"
    first = compile_call(loss=["mse"])
    assert found(first, losses=["mse", "mse"], weights=[1, 2]).actual == (
        "output 1: mse, output 2: no loss; no loss weights (so each is 1)"
    )
    assert found(call, metrics=["mse"]).actual == "no metrics"
    slow = compile_call("RMSprop", learning_rate=1.0)
    assert found(slow, optimizer="rmsprop").actual == "optimizer rmsprop with learning rate 1"


def test_more_weights_than_outputs_are_never_right() -> None:
    """`[0,1, 0,9]` is four numbers, of which the first two might do."""
    call = compile_call(loss=["mse", "mae"], weights=[0, 1, 0, 9])
    for options in ({"larger": 2}, {"weights": [0.0, 1.0]}):
        finding = found(call, **options)
        assert finding.status is Status.FAILED
        assert "4 loss weights for 2 outputs" in finding.message


def test_swapped_weights_are_named_as_swapped() -> None:
    """The right weights in the wrong order, and the larger one in the wrong place."""
    call = compile_call(loss=["mse", "mae"], weights=[0.8, 0.2])
    swapped = found(call, weights=[0.2, 0.8])
    larger = found(call, larger=2)
    assert swapped.message.startswith("The loss weights are in the wrong order: output 1 has 0.8")
    assert larger.message == "Output 1 has the larger loss weight, 0.8; in the exercise, output 2 has it."
    line = "Write `model.compile(optimizer='rmsprop', loss=['mse', 'mae'], loss_weights=[0.2, 0.8])`."
    assert swapped.hint == line
    assert larger.hint == line


def test_another_optimizer_keeps_the_losses() -> None:
    """Only what the exercise asks for is put right."""
    finding = found(compile_call("Adam", loss="mae", learning_rate=0.5), optimizer="rmsprop")
    assert finding.hint == "Write `model.compile(optimizer='rmsprop', loss='mae')`."


def test_an_optimizer_of_ones_own_setting_is_kept() -> None:
    """A learning rate that nobody asks about stays."""
    finding = found(compile_call("Adam", loss=["mae", "mse"], learning_rate=0.5), losses=["mse", "mae"])
    assert "optimizer=Adam(learning_rate=0.5)" in finding.hint


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
        "This refers to the `compile` on line 20: it replaces all settings of the one on line 10."
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
    given = evidence(hidden_layers(32), call=compile_call())
    finding = look("compiled", given, losses=["mse", "mse"])
    assert finding.message == "The model has 1 output; the exercise has 2, each with its own loss."
    assert finding.hint.startswith("Give the model 2 outputs first. Then write `model.compile(")


def test_metrics_may_be_required() -> None:
    """In any spelling, for any output; a name that Keras does not have is the author's mistake."""
    call = replace(compile_call(), metrics=((Setting("MeanSquaredError"),), (Setting("acc"),)))
    given = evidence(hidden_layers(3), call=call)
    assert look("compiled", given, metrics=["mse", "accuracy"]).status is Status.PASSED
    finding = look("compiled", given, metrics=["mae"])
    assert finding.message == "`compile` has no metric `mae`."
    assert "metrics=['mae']" in finding.hint
    with pytest.raises(ValueError, match="did you mean `accuracy`"):
        look("compiled", given, metrics=["acuracy"])


def test_a_loss_of_ones_own_counts_as_what_it_computes() -> None:
    own = Setting("squares", {"custom": True, "computes": "mse"})
    call = replace(compile_call(), loss=own, metrics=(own,))
    assert found(call, losses=["mse", "mse"], metrics=["mse"]).status is Status.PASSED
    message = found(call, losses=["mae", "mae"]).message
    assert "The losses are mse and mse; the exercise asks for mae and mae." in message
    assert message.endswith("Your own `squares` computes mse.")


@pytest.mark.parametrize("claim", ["cheating", 3, ["mse"]])
def test_what_a_loss_claims_to_compute_must_be_a_loss(claim: object) -> None:
    call = replace(compile_call(), loss=Setting("squares", {"custom": True, "computes": claim}))
    assert "squares of your own" in found(call, losses=["mse", "mse"]).message
