"""What a recording says of settings, with a real Keras."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checks.known import OPTIMIZERS
from grader.execution.student import describe


@pytest.fixture(scope="module")
def keras() -> Any:
    import keras

    return keras


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_defaults_of_an_optimizer_are_not_recorded(name: str, keras: Any) -> None:
    """So a rubric that asks for them need not know them."""
    assert describe.setting(name, keras.optimizers.get)["config"] == {}


def test_what_was_chosen_is_recorded_as_typed(keras: Any) -> None:
    described = describe.setting(keras.optimizers.AdamW(learning_rate=0.003, weight_decay=0.1, name="mine"))
    assert described == {"setting": "AdamW", "config": {"learning_rate": 0.003, "weight_decay": 0.1}}


def test_a_schedule_is_a_choice(keras: Any) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    assert describe.setting(keras.optimizers.Adam(schedule))["config"].keys() == {"learning_rate"}
