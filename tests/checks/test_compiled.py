"""`compiled`: optimizer, losses by head, and weights, however they are spelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from grader.checks import Evidence, Finding
from grader.domain import CompileCall, Edit, Failure, FitCall, Location, Setting, Status
from grader.graph import by_name, losses_by_head, weights_by_head
from tests.checks.students import about, compile_call, dense, evidence, hidden_layers, look, two_heads


def test_settings_by_name_move_with_the_outputs() -> None:
    """Where these are in the wrong order, that is the one step: another for their weights would undo it."""
    x = keras.Input((1,), name="x")
    sine, exponential = dense(1, None, name="sine")(dense(2)(x)), dense(1, None, name="exponential")(dense(3)(x))
    student, right = keras.Model(x, [exponential, sine]), keras.Model(x, [sine, exponential])

    def weighted(weights: Any) -> Finding:
        call = compile_call(loss=["mse", "mse"], weights=weights)
        return look("compiled", about(student, right, "two_outputs", compiles=(call,)), larger=2)

    assert weighted({"sine": 0.1, "exponential": 0.9}).hint.startswith("Write these lines")
    assert weighted([0.9, 0.1]).hint.startswith("Write `model.compile(")
    assert "Keys of `loss_weights`" in weighted({"sin": 0.1, "exponential": 0.9}).message


BIASES = {"sine": keras.initializers.Constant(3.0), "exp": keras.initializers.Constant(2.0)}
OWN = Setting("squares", {"custom": True, "computes": "mse"})
WEIGHTED = {"loss": ["mse", "mae"], "weights": [0.8, 0.2]}
BY_NAME = replace(compile_call(loss={"sine": "mae", "exp": "mse"}), metrics=Setting("mse"))


@pytest.mark.parametrize(
    ("call", "options"),
    [
        *(
            (compile_call(loss=loss), {"losses": ["mse", "mae"]})
            for loss in (["mse", "mae"], ["MSE", "mean_absolute_error"], ["MeanSquaredError", "MAE"])
        ),
        (compile_call(loss="mse"), {"losses": ["mse", "mse"]}),
        (compile_call(loss=["mae", "mse"]), {"losses": ["mse", "mae"], "any_order": True}),
        (replace(compile_call(), loss=OWN), {"losses": ["mse", "mse"]}),
        (compile_call(), {"weights": [1.0, 1.0]}),
        (compile_call(weights=[1, 1], loss=["mse", "mse"]), {"weights": [1.0, 1.0]}),
        (compile_call(**WEIGHTED), {"weights": [0.2, 0.8], "weights_any_order": True}),
        (compile_call(**WEIGHTED), {"larger": 1}),
        (compile_call("RMSprop"), {"optimizer": "rmsprop"}),
        *((compile_call(loss=loss), {"losses": [name, name]})  # which the trainer does not train with
          for name, loss in (("dice", "Dice"), ("dice", "dice"), ("tversky", "Tversky"), ("ctc", "CTC"),
                             ("binary_focal_crossentropy", "BinaryFocalCrossentropy"))),
    ],
)  # fmt: skip
def test_settings_are_right_in_any_spelling(call: CompileCall, options: dict[str, Any]) -> None:
    finding = look("compiled", evidence(two_heads(), call=call), **options)
    assert finding.status is Status.PASSED, finding.message


@pytest.mark.parametrize(
    ("call", "options", "message", "hint", "actual"),
    [
        (None, {"optimizer": "rmsprop"}, "The model is not compiled.", "optimizer='rmsprop'", "none"),
        (None, {"larger": 2}, "The model is not compiled.", "loss_weights=[0.1, 0.9]", "none"),
        (compile_call("Adam", "mae", learning_rate=0.5), {"optimizer": "rmsprop"},
         "The optimizer is adam; the exercise asks for rmsprop.", "optimizer='rmsprop', loss='mae'",
         "optimizer adam with learning rate 0.5"),
        (compile_call("RMSprop", learning_rate=1.0), {"optimizer": "rmsprop"},
         "The learning rate of rmsprop is 1; the exercise asks for its default.", "optimizer='rmsprop', loss='mse'",
         "optimizer rmsprop with learning rate 1"),
        (compile_call("RMSprop", learning_rate={"class_name": "Decay"}), {"optimizer": "rmsprop"},
         "The learning rate of rmsprop is a schedule; the exercise asks for its default.", "loss='mse'", "a schedule"),
        *((compile_call("RMSprop", **{name: value}), {"optimizer": "rmsprop"},
           f"The optimizer has `{name}={value}`; the exercise asks for rmsprop with its defaults.", "loss='mse'", "rmsprop")
          for name, value in (("momentum", 0.9), ("clipvalue", 1e-9))),
        (compile_call(loss=["mse"]), {"losses": ["mse", "mse"]},
         "Output 2 has no loss, so it is not trained: give `loss` one entry for each output.",
         "optimizer='rmsprop', loss=['mse', 'mse']", "losses mse and none"),
        (compile_call(loss={"sine": "mse", "expo": "mae"}), {"losses": ["mse", "mae"]},
         "Keys of `loss` without an output: `expo`. Names of the outputs: `sine` and `exp`.",
         "optimizer='rmsprop', loss={'sine': 'mse', 'exp': 'mae'}", "losses mse and none"),
        (compile_call("Adam", ["mae", "mse"], [0.2, 0.8]), {"losses": ["mse", "mae"]},
         "The losses are in the wrong order: output 1 has mae, and the exercise asks for mse there.",
         "optimizer='adam', loss=['mse', 'mae'], loss_weights=[0.2, 0.8]", "losses mae and mse"),
        (compile_call("Adam", ["mae", "mse"], learning_rate=0.5), {"losses": ["mse", "mae"]},
         "The losses are in the wrong order: output 1 has mae, and the exercise asks for mse there.",
         "optimizer=Adam(learning_rate=0.5), loss=['mse', 'mae']", "losses mae and mse"),
        (BY_NAME, {"losses": ["mse", "mae"]},
         "The losses are in the wrong order: output 1 has mae, and the exercise asks for mse there.",
         "optimizer='rmsprop', loss={'sine': 'mse', 'exp': 'mae'}, metrics=[['mse'], ['mse']]", "losses mae and mse"),
        (replace(compile_call(), loss=OWN), {"losses": ["mae", "mae"]},
         "The losses are mse and mse; the exercise asks for mae and mae. Your own `squares` computes mse.",
         "loss=['mae', 'mae']", "losses mse and mse"),
        *((replace(compile_call(), loss=Setting("squares", {"custom": True, "computes": claim})),
           {"losses": ["mse", "mse"]}, "The losses are your own squares and your own squares; the exercise asks for "
           "mse and mse.", "loss=['mse', 'mse']", "your own squares")
          for claim in ("cheating", 3, ["mse"])),
        (compile_call(**WEIGHTED), {"weights": [0.2, 0.8]},
         "The loss weights are in the wrong order: output 1 has 0.8, and the exercise asks for 0.2 there.",
         "optimizer='rmsprop', loss=['mse', 'mae'], loss_weights=[0.2, 0.8]", "loss weights 0.8 and 0.2"),
        (compile_call(**WEIGHTED), {"larger": 2}, "Output 2 must have the larger loss weight; found 0.8 and 0.2.",
         "optimizer='rmsprop', loss=['mse', 'mae'], loss_weights=[0.2, 0.8]", "loss weights 0.8 and 0.2"),
        (compile_call(loss=["mse", "mae"]), {"weights": [0.1, 0.9]},
         "The loss weights are 1 and 1; the exercise asks for 0.1 and 0.9.", "loss_weights=[0.1, 0.9]",
         "no loss weights (so each is 1)"),
        *((compile_call(loss=["mse", "mae"], weights=[0, 1, 0, 9]), options,
           "There are 4 loss weights for 2 outputs; write decimals with a point, such as 0.1.", "loss_weights=[0, 1]",
           "loss weights 0 and 1") for options in ({"larger": 2}, {"weights": [0.0, 1.0]})),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_line_to_write(
    call: CompileCall | None, options: dict[str, Any], message: str, hint: str, actual: str
) -> None:
    """Only what the exercise asks for is put right; the rest stays as the student has it."""
    model = two_heads(dense(1, None, name="sine"), dense(1, None, name="exp"))
    finding = look("compiled", evidence(model, call=call), **options)
    assert (finding.status, finding.message) == (Status.FAILED, message)
    assert f"{hint})`." in finding.hint
    assert finding.actual.endswith(actual)


def test_the_line_to_write_is_right_for_every_check_of_the_exercise() -> None:
    """One line, by the student's name of the model, in which metrics that Keras would refuse have a list for each."""
    facts = evidence(two_heads(), assignment="two_outputs", call=compile_call("sgd", loss=["mae", "mse"]))
    call = replace(compile_call("sgd", loss=["mae", "mse"]), metrics=(Setting("mse"),))
    facts = replace(facts, model=replace(facts.model, variables=("net",), compiles=(call,)))
    line = "Write `net.compile(optimizer='rmsprop', loss=['mse', 'mse'], metrics=[['mse'], ['mse']])`"
    for options in ({"losses": ["mse", "mse"]}, {"optimizer": "rmsprop"}):
        assert look("compiled", facts, **options).hint == f"{line}."


@pytest.mark.parametrize("are_generated", [True, False])
def test_a_line_to_write_has_no_names_that_keras_made(are_generated: bool) -> None:
    """Keras numbers layers without a name anew, and the student's keys are no names yet."""
    facts = evidence(two_heads())
    keys = facts.graph.output_names if are_generated else ("a", "b")
    call = compile_call(loss=dict(zip(keys, ("mae", "mse"), strict=True)))
    call = replace(call, metrics={key: (Setting(name),) for key, name in zip(keys, ("mae", "mse"), strict=True)})
    finding = look("compiled", replace(facts, model=replace(facts.model, compiles=(call,))), losses=["mse", "mae"])
    line = "model.compile(optimizer='rmsprop', loss=['mse', 'mae'], metrics=[['mae'], ['mse']])"
    assert finding.hint == f"Write `{line}`."


def compiles(*calls: CompileCall) -> Evidence:
    facts = evidence(two_heads())
    ordered = tuple(replace(call, order=n, location=Location(None, 10 * n)) for n, call in enumerate(calls, start=1))
    return replace(facts, model=replace(facts.model, compiles=ordered))


def test_a_second_compile_is_named_as_what_replaced_the_first() -> None:
    """The student reads 0.1 and 0.9 in the program, and is told why they do not count."""
    calls = compile_call(loss=["mse", "mae"], weights=[0.1, 0.9]), compile_call(loss=["mse", "mae"])
    finding = look("compiled", compiles(*calls), weights=[0.1, 0.9])
    assert finding.message == (
        "The loss weights are 1 and 1; the exercise asks for 0.1 and 0.9. "
        "This refers to the `compile` on line 20: it replaces all settings of the one on line 10."
    )


def test_a_compile_after_the_training_does_not_count() -> None:
    calls = compile_call(loss=["mse", "mae"]), compile_call(loss=["mse", "mae"], weights=[0.1, 0.9])
    facts = compiles(*calls)
    first, second = facts.model.compiles
    fit = FitCall(2, Location(), 400, 32, True, True, ())
    model = replace(facts.model, compiles=(first, replace(second, order=3)), fits=(fit,))
    finding = look("compiled", replace(facts, model=model), weights=[0.1, 0.9])
    assert finding.message.endswith("the model was first trained with it, and later calls of `compile` do not count.")


@pytest.mark.parametrize("options", [{"losses": ["mse", "mae"]}, {"weights": [0.1, 0.9]}, {"larger": 2}], ids=str)
def test_a_compile_of_too_few_outputs_waits_for_them(options: dict[str, Any]) -> None:
    finding = look("compiled", evidence(hidden_layers(32), call=compile_call()), **options)
    assert finding.message == "The model has 1 output; the exercise has 2, each with its own loss."
    assert finding.hint == "Give the model 2 outputs first."


def test_a_line_has_the_name_that_the_program_has_there() -> None:
    call = replace(compile_call(loss="mae"), location=Location(1, 33), model="fitted")
    line = "Write `fitted.compile(optimizer='rmsprop', loss='mse')` in place of the whole call in cell 1, line 33."
    assert look("compiled", evidence(hidden_layers(3), call=call), losses=["mse"]).hint == line


def test_only_the_loss_is_written_where_an_output_lacks_its_own() -> None:
    edits = {
        name: Edit(5, f"{name}=", f"{name}={code}") for name, code in (("loss", "['mse']"), ("optimizer", "'rmsprop'"))
    }
    call = replace(compile_call(loss=["mse"]), edits=edits)
    hint = look("compiled", evidence(two_heads(), call=call), losses=["mse", "mse"]).hint
    assert hint == "Write `loss=['mse', 'mse']` in place of `loss=['mse']` on line 5."


def test_a_compile_that_failed_is_written_in_its_place() -> None:
    """Below it, the line that fails would still be there."""
    traceback = 'File "work.py", line 21, in build\n    model.compile(RMSprop)\nValueError: no'
    facts = evidence(hidden_layers(3))
    failure = Failure("ValueError", "no", Location(1, 21), traceback)
    changed = replace(facts, execution=replace(facts.execution, failures=(failure,)))
    assert look("compiled", changed, losses=["mse"]).hint.endswith("` in place of the whole call in cell 1, line 21.")
    elsewhere = replace(failure, location=Location(1, 22))
    changed = replace(facts, execution=replace(facts.execution, failures=(elsewhere,)))
    assert look("compiled", changed, losses=["mse"]).hint.endswith(")`.")


def test_lists_for_a_model_that_gives_a_dict_are_read_as_keras_reads_them() -> None:
    x, ones = keras.Input((1,), name="x"), np.ones((4, 1))
    outputs = {name: keras.layers.Dense(1, "linear", True, "zeros", bias)(x) for name, bias in BIASES.items()}
    model = keras.Model(x, outputs)
    model.compile("sgd", ["mse", "mae"], loss_weights=[0.1, 0.9])
    loss, *_ = model.evaluate(ones, dict.fromkeys(outputs, 0 * ones), verbose=0)
    call = by_name(compile_call(loss=["mse", "mae"], weights=[0.1, 0.9]), [*outputs])
    assert losses_by_head(call, [*outputs]) == ("mae", "mse")
    assert weights_by_head(call, [*outputs]) == (0.9, 0.1)
    assert loss == pytest.approx(0.9 * 3 + 0.1 * 2**2)


def test_settings_for_a_model_that_gives_a_dict_are_written_by_name() -> None:
    facts = evidence(two_heads(), call=compile_call(loss="mse"))
    sine, exp = facts.graph.output_names
    model = replace(facts.model, config={"output_layers": {}})
    hint = look("compiled", replace(facts, model=model), losses=["mse", "mae"], weights=[0.1, 0.9]).hint
    assert f"loss={{'{sine}': 'mse', '{exp}': 'mae'}}, loss_weights={{'{sine}': 0.1, '{exp}': 0.9}}" in hint
