"""Which model is which exercise's: marks before names, names before elimination, elimination before structure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from grader.assignments.course import Course, load_course
from grader.domain import (
    CompileCall,
    Execution,
    Failure,
    FitCall,
    Location,
    ModelMatch,
    Outcome,
    RecordedModel,
    Submission,
)
from grader.grading.matching import match, read_models
from tests.checks.students import compile_call, dense, two_branches
from tests.graph import networks


@pytest.fixture(scope="module")
def everything() -> Course:
    return load_course()


def one_input(first: int = 32) -> Any:
    x = keras.Input((1,))
    return keras.Model(x, dense(1, None)(dense(32)(dense(first)(x))))


def two_outputs(first: int = 20) -> Any:
    x = keras.Input((1,))
    trunk = dense(20)(dense(first)(x))
    heads = [dense(1, None)(dense(units)(dense(units)(trunk))) for units in (20, 30)]
    return keras.Model(x, heads)


def recorded(model: Any, index: int = 0, **more: Any) -> RecordedModel:
    location = Location(index + 1, 1)
    record = RecordedModel(index, "functional", "Functional", (), "", False, location, (), networks.recorded(model), "")
    return replace(record, **more)


def matched(
    course: Course,
    *models: RecordedModel,
    entry: str = "work.ipynb",
    lost: frozenset[str] = frozenset(),
    failures: tuple[Failure, ...] = (),
) -> dict[str, ModelMatch]:
    submission = Submission("s", "s", Path(entry), None, "")
    of_functions = dict.fromkeys(lost, Failure("NameError", "x", Location()))
    execution = Execution(Outcome.OK, 1.0, "none", models=models, failures=failures, function_failures=of_functions)
    candidates = read_models(execution, course.assignments, course.others)
    return match(submission, candidates, course.assignments, course.references, asked=course.asked, lost=lost)


def fit(order: int) -> FitCall:
    return FitCall(order, Location(), 400, 32, True, True)


def two_by_two(left: int, right: int, top: int = 0) -> Any:
    """Two inputs, and the same chain of layers behind each of them."""
    inputs = [keras.Input((1,)), keras.Input((1,))]
    branches = [dense(width)(x) for width, x in zip((left, right), inputs, strict=True)]
    branches = [dense(top)(branch) for branch in branches] if top else branches
    return keras.Model(inputs, dense(1, None)(layers.concatenate(branches)))


MODEL = {"variables": ("model",)}
OWN = {"marks": ("one_input",), "variables": ("model",)}
WEIGHTED = compile_call(loss=["mse", "mae"], weights=[0.1, 0.9])

narrower = cache(partial(two_outputs, 19))  # one network
AGAIN = {"compiles": (WEIGHTED,), "is_again": True}


@pytest.mark.parametrize(
    ("built", "entry", "expected"),
    [
        # A mark beats a name, and a name beats structure; so does the file's name.
        ([(one_input, {"marks": ("two_inputs",), "variables": ("one_input",)})], "work.ipynb", {"two_inputs"}),
        ([(one_input, {"variables": ("two_inputs",)})], "work.ipynb", {"two_inputs"}),
        ([(one_input, MODEL)], "two_inputs.py", {"two_inputs"}),
        ([(one_input, MODEL), (two_branches, MODEL)], "work.ipynb", {"one_input", "two_inputs"}),
        ([(two_outputs, MODEL | {"compiles": (compile_call(),)})], "work.ipynb", {"two_outputs"}),
        ([(two_outputs, MODEL | {"compiles": (WEIGHTED,)})], "work.ipynb", {"weighted_losses"}),
        # Where a file says what a network is for, an experiment is no other exercise; else the nearest may be meant.
        ([(two_branches, {"marks": ("two_inputs",)}), (lambda: two_by_two(64, 64), {})], "work.ipynb", {"two_inputs"}),
        ([(two_branches, {}), (lambda: two_by_two(64, 64), {})], "work.ipynb", {"two_inputs", "shared_layer"}),
        # A model that is loaded again, or built once more, is no try at an exercise that the file does not hold.
        ([(one_input, OWN), (one_input, {"variables": ("best",)})], "work.ipynb", {"one_input"}),
        ([(one_input, OWN), (lambda: one_input(16), {"function": "build_one_input"})], "work.ipynb", {"one_input"}),
        # What is rather like an exercise that has its network than like one that lacks it belongs to neither.
        ([(lambda: two_by_two(31, 31, 20), {"variables": ("draft",)}),
          (lambda: two_by_two(32, 32, 20), {"variables": ("two_inputs",)})], "work.ipynb", {"two_inputs"}),
        # The network of one exercise, compiled again below the mark of another: where that asks for the same network.
        ([(narrower, {"marks": ("two_outputs",)}),
          (narrower, AGAIN | {"marks": ("weighted_losses",)})], "work.ipynb", {"two_outputs", "weighted_losses"}),
        ([(one_input, OWN), (one_input, AGAIN | {"marks": ("two_inputs",)})], "work.ipynb", {"one_input"}),
        # The reach of the last mark has no end, but the network of another exercise is none of its tries.
        ([(one_input, OWN), (two_branches, OWN)], "work.ipynb", {"one_input", "two_inputs"}),
    ],
    ids=["a mark", "a name", "the file's name", "structure", "losses", "loss weights", "an experiment", "or an exercise",
         "loaded again", "built again", "a draft", "compiled again", "compiled again by mistake", "below the last mark"],
)  # fmt: skip
def test_which_exercises_a_file_holds(
    everything: Course, built: list[tuple[Any, dict[str, Any]]], entry: str, expected: set[str]
) -> None:
    models = [recorded(build(), number, **more) for number, (build, more) in enumerate(built)]
    assert set(matched(everything, *models, entry=entry)) == expected


MARKED = {"marks": ("two_inputs",)}
CALLED = {"marks": ("", "two_inputs")}  # a cell without a mark calls a function of the exercise's cell
LATER = {"marks": ("three_inputs", "two_inputs")}  # one of a later exercise calls a function of its cell
# Several models and the exercise; which of them counts, and by what.
ROWS: dict[str, tuple[list[tuple[Any, dict[str, Any]]], str, int, str]] = {
    "the exercise's own, not an experiment with its helper": (
        [(two_branches, MARKED), (lambda: two_branches(right=64), CALLED)], "two_inputs", 0, "mark",
    ),
    "the one that is trained, not the one that was built to look at it": (
        [(two_branches, MARKED), (two_branches, CALLED | {"compiles": (CompileCall(1, Location(2, 2)),)})],
        "two_inputs", 1, "mark",
    ),
    "the one that a later exercise's cell builds with a helper of an earlier one": (
        [(one_input, MARKED), (one_input, LATER)], "three_inputs", 1, "mark",
    ),
    "the one in the reach of its mark, not what calls every exercise's function below it": (
        [(one_input, LATER), (one_input, {"marks": ("three_inputs",)})], "three_inputs", 1, "mark",
    ),
    "a general name, if there is one exercise": ([(one_input, MODEL)], "two_inputs", 0, "generic"),
    "of several with a general name the right one": (
        [(one_input, MODEL), *((lambda: two_branches(right=21), MODEL) for _ in range(2))], "one_input", 0, "generic",
    ),
    "or the last, if none is right": (
        [(partial(two_branches, right=right), MODEL) for right in (20, 21)], "one_input", 1, "generic",
    ),
    "the last one that was fitted": (
        [(one_input, {"variables": ("one_input",), "fits": (fit(5),)}), (one_input, {"variables": ("one_input",)})],
        "one_input", 0, "name",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("built", "exercise", "number", "by"), ROWS.values(), ids=ROWS)
def test_which_model_is_the_exercises(
    built: list[tuple[Any, dict[str, Any]]], exercise: str, number: int, by: str
) -> None:
    models = [recorded(build(), index, **more) for index, (build, more) in enumerate(built)]
    match = matched(load_course([exercise] if by == "generic" else ()), *models)[exercise]
    assert (match.model, match.matched_by, match.review) == (models[number], by, "")


BELOW = ("shared_layer", "one_input")  # below all exercises a function of one of them is called
ALSO = ("shared_layer", "weighted_losses", "two_outputs")  # and one that calls that of another


FAILED = Failure("NameError", "x", Location(None, 9), marks=BELOW[:1])


@pytest.mark.parametrize(
    "errors",
    [{}, {"lost": frozenset({"build_shared_layer"})}, {"failures": (FAILED,)}],
    ids=["built", "lost by its name", "or by its mark"],
)
def test_what_is_built_below_all_exercises_is_of_those_whose_functions_build_it(
    everything: Course, errors: dict[str, Any]
) -> None:
    """Whether the last one has its network, or an error has kept that from being built."""
    entries = [(one_input(), BELOW), (two_outputs(), BELOW[:1] + ALSO[2:]), (two_outputs(), ALSO)]
    entries += [] if errors else [(two_by_two(32, 32, 20), BELOW[:1])]
    models = [
        recorded(model, number, marks=marks, compiles=(compile_call(),))
        for number, (model, marks) in enumerate(entries)
    ]
    found = matched(everything, *models, **errors)
    expected = {"one_input": 0, "two_outputs": 1, "weighted_losses": 2} | ({} if errors else {"shared_layer": 3})
    assert {name: entry.model.index for name, entry in found.items() if entry.model} == expected


def test_a_network_of_several_names_is_called_by_the_one_that_counts() -> None:
    model = recorded(one_input(), 0, variables=("m", "model"))
    assert matched(load_course(["one_input"]), model)["one_input"].name == "model"


def test_a_model_that_only_looks_like_an_exercise_is_confirmed(everything: Course) -> None:
    match = matched(everything, recorded(two_branches(right=21), 0, variables=("model",)))["two_inputs"]
    assert match.review.startswith("it is not certain that `model` (")
    assert "is the answer to `two_inputs`: no name or comment says so, and it was chosen only because" in match.review


def test_a_part_of_a_model_is_no_candidate(everything: Course) -> None:
    a, b = keras.Input((1,)), keras.Input((1,))
    branch = keras.Sequential([keras.Input((1,)), dense(32)], name="branch")
    whole = keras.Model([a, b], dense(1, None)(dense(32)(layers.concatenate([branch(a), dense(20)(b)]))))
    matches = matched(everything, recorded(branch, 0, kind="sequential"), recorded(whole, 1))
    assert matches["two_inputs"].model is not None
    assert matches["two_inputs"].model.index == 1


def test_a_subclassed_model_is_named_as_what_it_is(everything: Course) -> None:
    hidden = recorded(one_input(), variables=("one_input",), kind="subclass", config=None, class_name="MyNet")
    match = matched(everything, hidden)["one_input"]
    assert match.outcome == "unreadable"
    assert "`MyNet` is a subclass of `keras.Model`" in match.reason


@pytest.mark.parametrize("lost", ["one_input", "model"])
def test_a_part_is_no_answer_in_place_of_the_network_that_was_lost(lost: str) -> None:
    """What was compiled was meant to be one."""
    x = keras.Input((1,))
    part, course = recorded(keras.Model(x, dense(32)(x)), variables=("tower",)), load_course(["one_input"])
    assert {*matched(course, part)} == {"one_input"}
    assert matched(course, part, lost=frozenset({lost})) == {}
    marked = replace(part, marks=("one_input",))  # beside which another exercise has lost its `model`
    assert {*matched(course, marked, lost=frozenset({lost}))} == ({"one_input"} if lost == "model" else set())
    compiled = replace(part, compiles=(compile_call(),))
    assert {*matched(course, compiled, lost=frozenset({lost}))} == {"one_input"}
