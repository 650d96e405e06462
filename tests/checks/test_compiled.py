"""`compiled`: optimizer, losses by head, and weights, however they are spelled."""

from __future__ import annotations

from typing import Any

import pytest

from grader.domain import Status
from tests.checks.students import compile_call, evidence, look, two_heads


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
    assert (finding.status, "Output 2 has no loss" in finding.message) == (Status.FAILED, True)


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
    """The optimizer asked for has its default learning rate."""
    assert (
        Status.PASSED is found(compile_call("RMSprop", learning_rate=0.0010000000474974513), optimizer="rmsprop").status
    )
    assert Status.FAILED is found(compile_call("RMSprop", learning_rate=1.0), optimizer="rmsprop").status


def test_never_compiled_fails() -> None:
    """The call to write is the next step."""
    finding = found(None, optimizer="rmsprop")
    assert (finding.status, finding.hint) == (Status.FAILED, "Call `model.compile(optimizer='rmsprop')`.")


@pytest.mark.parametrize(
    "setting", [{"momentum": 0.9}, {"clipvalue": 1e-9}, {"learning_rate": {"class_name": "Decay"}}]
)
def test_an_optimizer_with_other_settings_fails(setting: dict[str, Any]) -> None:
    """What changes the training is not the optimizer asked for."""
    finding = found(compile_call("RMSprop", **setting), optimizer="rmsprop")
    assert finding.status is Status.FAILED
    assert "class_name" not in finding.message
