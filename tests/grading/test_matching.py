"""Which model is which exercise's: marks before names, names before elimination, elimination before structure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from grader.assignments.course import Course, load_course
from grader.domain import Execution, FitCall, Location, ModelMatch, Outcome, RecordedModel, Submission
from grader.grading.matching import match, read_models
from tests.checks.students import compile_call, dense, two_branches
from tests.graph import networks


@pytest.fixture(scope="module")
def everything() -> Course:
    return load_course()


def one_input() -> Any:
    x = keras.Input((1,))
    return keras.Model(x, dense(1, None)(dense(32)(dense(32)(x))))


def two_outputs() -> Any:
    x = keras.Input((1,))
    trunk = dense(20)(dense(20)(x))
    heads = [dense(1, None)(dense(units)(dense(units)(trunk))) for units in (20, 30)]
    return keras.Model(x, heads)


def recorded(model: Any, index: int = 0, **more: Any) -> RecordedModel:
    location = Location(index + 1, 1)
    found = RecordedModel(index, "functional", "Functional", (), "", False, location, (), networks.recorded(model), "")
    return replace(found, **more)


def matched(course: Course, *models: RecordedModel, entry: str = "work.ipynb") -> dict[str, ModelMatch]:
    submission = Submission("s", "s", Path(entry), None, "")
    candidates = read_models(Execution(Outcome.OK, 1.0, "none", models=models), course.other_names)
    return match(submission, candidates, course.assignments, course.references, asked=course.asked)


def fit(order: int) -> FitCall:
    return FitCall(order, Location(), 400, 32, (), (), True, True)


@pytest.mark.parametrize(
    ("more", "by"),
    [({"marks": ("two_inputs",), "variables": ("one_input",)}, "mark"), ({"variables": ("two_inputs",)}, "name")],
)
def test_a_mark_beats_a_name_and_a_name_beats_structure(everything: Course, more: dict[str, Any], by: str) -> None:
    found = matched(everything, recorded(one_input(), **more))
    assert {name: one.matched_by for name, one in found.items()} == {"two_inputs": by}


@pytest.mark.parametrize(
    ("asked", "marks", "other_marks"),
    [
        # A helper that stands in one exercise's cell builds the next one's model where that one's cell calls it.
        (None, ("two_inputs",), ("three_inputs", "two_inputs")),
        # Asked for the second exercise alone, the model that its cell builds with the first one's helper is there.
        (["three_inputs"], ("two_inputs",), ("three_inputs", "two_inputs")),
        # What calls every exercise's function in its last lines stands in the reach of the last one's mark.
        (None, ("three_inputs", "two_inputs"), ("three_inputs",)),
    ],
)
def test_the_running_cell_decides_over_a_helper_of_an_earlier_exercise(
    asked: list[str] | None, marks: tuple[str, ...], other_marks: tuple[str, ...]
) -> None:
    first, second = recorded(one_input(), 0, marks=marks), recorded(one_input(), 1, marks=other_marks)
    found = {name: one.model for name, one in matched(load_course(asked or ()), first, second).items()}
    assert found == {name: one for name, one in (("two_inputs", first), ("three_inputs", second)) if name in found}
    assert found["three_inputs"] == second


def test_an_experiment_with_a_helper_is_not_the_exercises(everything: Course) -> None:
    """A cell without a mark that calls a marked helper builds nobody's model, where the exercise has its own."""
    own = recorded(two_branches(), 0, marks=("two_inputs",))
    experiment = recorded(two_branches(right=64), 1, marks=("", "two_inputs"))
    assert matched(everything, own, experiment)["two_inputs"].model == own


@pytest.mark.parametrize(("more", "expected"), [({"marks": ("two_inputs",)}, {"two_inputs"}), ({}, {"two_inputs", "shared_layer"})])
def test_where_a_file_says_what_a_network_is_for_an_experiment_is_no_other_exercise(
    everything: Course, more: dict[str, Any], expected: set[str]
) -> None:
    """Where it does not, the nearest exercise may be meant, and a person decides."""
    a, b = keras.Input((1,)), keras.Input((1,))
    experiment = keras.Model([a, b], dense(1, None)(layers.concatenate([dense(64)(a), dense(64)(b)])))
    found = matched(everything, recorded(two_branches(), 0, **more), recorded(experiment, 1))
    assert found.keys() == expected


def test_a_general_name_needs_one_exercise() -> None:
    found = matched(load_course(["two_inputs"]), recorded(one_input(), variables=("model",)))
    assert found["two_inputs"].matched_by == "generic"
    assert not found["two_inputs"].review


def test_of_several_models_of_one_general_name_the_right_one_counts() -> None:
    fitting = recorded(one_input(), 0, variables=("model",))
    others = [recorded(two_branches(right=right), index, variables=("model",)) for index, right in ((1, 20), (2, 21))]
    found = matched(load_course(["one_input"]), fitting, *others)["one_input"]
    assert (found.model, found.matched_by, found.review) == (fitting, "generic", "")
    last = matched(load_course(["one_input"]), *others)["one_input"]
    assert (last.model, last.review) == (others[-1], "")


def test_a_network_of_several_names_is_called_by_the_one_that_counts() -> None:
    one = recorded(one_input(), 0, variables=("m", "model"))
    assert matched(load_course(["one_input"]), one)["one_input"].name == "model"


def test_the_files_name_asks_for_one_exercise(everything: Course) -> None:
    found = matched(everything, recorded(one_input(), variables=("model",)), entry="two_inputs.py")
    assert list(found) == ["two_inputs"]


def test_structure_tells_exercises_apart(everything: Course) -> None:
    models = (recorded(one_input(), 0, variables=("model",)), recorded(two_branches(), 1, variables=("model",)))
    assert set(matched(everything, *models)) == {"one_input", "two_inputs"}


def test_a_model_that_only_looks_like_an_exercise_is_confirmed(everything: Course) -> None:
    near = recorded(two_branches(right=21), 0, variables=("model",))
    found = matched(everything, near)["two_inputs"]
    assert found.review.startswith("it is not certain that `model` (")
    assert ") is the answer to `two_inputs`: no name or comment says so, and it was chosen only because of its" in found.review


@pytest.mark.parametrize(
    ("weights", "losses", "exercise"), [(None, "mse", "two_outputs"), ([0.1, 0.9], ["mse", "mae"], "weighted_losses")]
)
def test_compile_settings_tell_one_network_apart(everything: Course, weights: Any, losses: Any, exercise: str) -> None:
    call = compile_call(loss=losses, weights=weights)
    assert list(matched(everything, recorded(two_outputs(), compiles=(call,), variables=("model",)))) == [exercise]


def test_the_last_fitted_of_several_builds_counts(everything: Course) -> None:
    fitted = recorded(one_input(), 0, variables=("one_input",), fits=(fit(5),))
    later = recorded(one_input(), 1, variables=("one_input",))
    assert matched(everything, fitted, later)["one_input"].model == fitted


@pytest.mark.parametrize("more", [{"variables": ("best",)}, {"function": "build_one_input"}], ids=["equal", "named"])
def test_one_more_network_of_an_exercise_is_not_the_nearest_to_another(everything: Course, more: dict[str, Any]) -> None:
    """A model that is loaded again, or built once more, is no try at an exercise that the file does not hold."""
    first = recorded(one_input(), 0, marks=("one_input",), variables=("model",))
    x = keras.Input((1,))
    other = keras.Model(x, dense(1, None)(dense(32)(dense(16)(x)))) if "function" in more else one_input()
    assert set(matched(everything, first, recorded(other, 1, **more))) == {"one_input"}


def test_a_model_of_another_exercise_is_not_taken() -> None:
    assert matched(load_course(["two_inputs"]), recorded(two_branches(), variables=("shared_layer",))) == {}


def test_a_part_of_a_model_is_no_candidate(everything: Course) -> None:
    a, b = keras.Input((1,)), keras.Input((1,))
    branch = keras.Sequential([keras.Input((1,)), dense(32)], name="branch")
    whole = keras.Model([a, b], dense(1, None)(dense(32)(layers.concatenate([branch(a), dense(20)(b)]))))
    found = matched(everything, recorded(branch, 0, kind="sequential"), recorded(whole, 1))
    assert found["two_inputs"].model is not None
    assert found["two_inputs"].model.index == 1


def test_a_subclassed_model_is_named_as_what_it_is(everything: Course) -> None:
    hidden = recorded(one_input(), variables=("one_input",), kind="subclass", config=None, class_name="MyNet")
    found = matched(everything, hidden)["one_input"]
    assert found.outcome == "unreadable"
    assert "`MyNet` is a subclass of `keras.Model`" in found.reason


def test_a_draft_is_no_answer_to_another_exercise(everything: Course) -> None:
    """What is rather like an exercise that has its network than like one that lacks it belongs to neither."""
    def network(width: int) -> Any:
        left, right = keras.Input((1,)), keras.Input((1,))
        joined = layers.concatenate([dense(20)(dense(width)(one)) for one in (left, right)])
        return keras.Model([left, right], dense(1, None)(joined))

    final = recorded(network(32), 1, variables=("two_inputs",))
    assert set(matched(everything, recorded(network(31), 0, variables=("draft",)), final)) == {"two_inputs"}
