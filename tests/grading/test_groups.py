"""Answer groups: the same mistake is one group, however it is named and spelled, and another mistake is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from grader.assignments.course import load_course
from grader.checks import Evidence, run_checks, without_model
from grader.domain import (
    AnswerGroup,
    Check,
    CompileCall,
    Diagnosis,
    Execution,
    Failure,
    Grade,
    HeadTraining,
    Location,
    ModelMatch,
    Note,
    Outcome,
    RecordedModel,
    Submission,
    Training,
)
from grader.grading.groups import answer_group
from tests.checks.students import LEARNED, compile_call
from tests.graph import networks
from tests.graph.networks import read

COURSE = load_course(["two_inputs", "three_inputs", "two_outputs", "better_two_outputs"])
ASSIGNMENTS = {assignment.id: assignment for assignment in COURSE.assignments}
ANNA = Submission("s", "Anna", Path("anna.py"), None, "0")
RAN = Execution(Outcome.OK, 1.0, "none")
dense = partial(networks.dense, kernel_initializer="uniform")
linear = partial(layers.Dense, kernel_initializer="uniform")


def grade(
    model: Any, name: str = "two_inputs", *, call: CompileCall | None = None, training: Training = LEARNED,
    ran: Execution = RAN, reveal: str = "difference", **recorded: Any,
) -> Grade:  # fmt: skip
    """The grade of a Keras model, as far as no process is needed."""
    assignment, graph, compiles = replace(ASSIGNMENTS[name], reveal=reveal), read(model), (call or compile_call(),)
    record = RecordedModel(
        0, "functional", "Functional", ("anna",), "", False, Location(1, 1), (), {}, "", compiles, **recorded
    )
    reference = COURSE.references.get(name) if assignment.fixed else None
    moves = tuple((True,) * len(graph.inputs) for _ in graph.outputs)
    results = run_checks(Evidence(assignment, ran, record, graph, reference, lambda: training, lambda: moves))
    match = ModelMatch("found", "name", "anna", record, graph)
    return Grade(ANNA, assignment, ran, match, results, training)


def group(model: Any, name: str = "two_inputs", **options: Any) -> AnswerGroup:
    answer = answer_group(grade(model, name, **options), COURSE.references.get(name))
    assert answer is not None
    return answer


def two_inputs(
    widths: tuple[int, int, int] = (32, 20, 32), activation: str = "sigmoid", *, head: Any = None, names: str = "",
    turned: bool = False, separate: bool = False, extra: int = 0, initializer: str = "uniform",
) -> Any:  # fmt: skip
    """The network of the task in some spelling, with some mistakes."""

    def layer(units: int, source: Any, number: int) -> Any:
        own = {"kernel_initializer": initializer, **({"name": f"{names}_{number}"} if names else {})}
        if separate:
            return layers.Activation(activation)(layers.Dense(units, **own)(source))
        return layers.Dense(units, activation=activation, **own)(source)

    x, y = keras.Input((1,)), keras.Input((1,))
    left = layer(widths[0], x, 0)
    right = layer(widths[1], y, 1)
    joined = layers.concatenate([right, left] if turned else [left, right])
    top = layer(widths[2], joined, 2)
    top = layer(extra, top, 3) if extra else top
    return keras.Model([y, x] if turned else [x, y], layers.Dense(1, head, kernel_initializer=initializer)(top))


SPELLINGS: tuple[Mapping[str, Any], ...] = ({}, {"names": "x", "turned": True, "separate": True})
MISTAKES: Mapping[str, Mapping[str, Any]] = {
    "width": {"widths": (32, 32, 32)},
    "other width": {"widths": (32, 16, 32)},
    "activation": {"activation": "tanh"},
    "head": {"head": "sigmoid"},
    "extra": {"extra": 8},
    "initializer": {"initializer": "normal"},
    "two at once": {"widths": (32, 32, 32), "head": "sigmoid"},
}


def test_a_mistake_is_one_group_in_every_spelling_and_no_other_mistake_is_in_it() -> None:
    digests = {
        name: {group(two_inputs(**{**mistake, **spelling})).digest for spelling in SPELLINGS}
        for name, mistake in MISTAKES.items()
    }
    assert [len(hashes) for hashes in digests.values()] == [1] * len(MISTAKES)
    assert len(set.union(*digests.values())) == len(MISTAKES)


def test_a_right_network_has_no_group() -> None:
    """And no file that cannot be read: an empty one or a PDF is no mistake that a class can learn from."""
    assert answer_group(grade(two_inputs()), COURSE.references["two_inputs"]) is None
    unreadable = Execution(Outcome.UNREADABLE, 0.0, "none")
    assert answer_group(Grade(ANNA, None, unreadable, ModelMatch("unreadable"))) is None


def test_what_is_said_has_no_name_or_line_of_the_students() -> None:
    answer = group(two_inputs((32, 32, 32), head="sigmoid", names="berta"))
    assert answer.causes[0] in ("Layer `sine`: expected no activation, found `sigmoid`.",
                               "Layer `dense on right`: expected 20 units, found 32.")  # fmt: skip
    assert len(answer.causes) == 2
    text = repr(replace(answer, network=None)) + repr(answer.network) + repr(answer.expected)
    assert "berta" not in text
    assert "anna" not in text


def test_consequences_are_folded_under_their_cause() -> None:
    """The whole network fails because one layer is wrong, and so does what it cannot learn."""
    training = Training("missed", (0.01,), (), 400, heads=(HeadTraining(False, 0, None, 0.2),))
    answer = group(two_inputs(head="sigmoid"), training=training)
    assert answer.causes == ("Layer `sine`: expected no activation, found `sigmoid`.",)
    assert "The whole network" in answer.consequences
    assert answer.kind == "network"
    assert answer.marked == answer.expected_marked == ("sine",)


def test_what_is_free_makes_no_group_of_its_own() -> None:
    """The third branch may have any width and activation; the mistake is elsewhere."""

    def network(free: int, activation: str) -> Any:
        inputs = [keras.Input((1,)) for _ in range(3)]
        branches = [dense(32)(inputs[0]), dense(20)(inputs[1]), dense(free, activation)(inputs[2])]
        return keras.Model(inputs, linear(1)(dense(16)(layers.concatenate(branches))))

    assert len({group(network(*free), "three_inputs").digest for free in ((7, "relu"), (100, "sigmoid"))}) == 1


def test_a_layer_that_is_built_but_not_used_is_another_mistake_than_one_that_is_missing() -> None:
    x, y = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(32)(x), dense(20)(y)])
    model = keras.Model([x, y], linear(1)(joined))
    unused = {**networks.plain(keras.layers.serialize(dense(32, name="carla"))), "name": "carla"}
    without, idle = group(model), group(model, unused=(unused,))
    assert without.digest != idle.digest
    assert "carla" not in repr(idle)


@pytest.mark.parametrize("loss", [{"first": "mse", "second": "mae"}, ["mse", "mae"]], ids=["by name", "in a list"])
def test_a_wrong_loss_is_a_group_of_settings(loss: Any) -> None:
    x = keras.Input((1,))
    trunk = dense(20)(dense(20)(x))
    ends = [linear(1, name=name)(dense(30)(dense(20)(trunk))) for name in ("first", "second")]
    answer = group(keras.Model(x, ends), "two_outputs", call=compile_call(loss=loss))
    expected = group(keras.Model(x, ends[:]), "two_outputs", call=compile_call(loss=["mse", "mae"]))
    assert answer.digest == expected.digest
    assert "mae" in " ".join(answer.causes)


def failed(kind: str, message: str, notes: tuple[Note, ...] = (), line: int = 3) -> Execution:
    failure = Failure(kind, message, Location(2, line), f"    anna = Dense(3)({message})\n")
    return Execution(Outcome.ERROR, 1.0, "none", failures=(failure,), notes=notes)


def absent(execution: Execution) -> AnswerGroup:
    assignment = ASSIGNMENTS["two_inputs"]
    results = without_model(assignment, execution, "none")
    answer = answer_group(Grade(ANNA, assignment, execution, ModelMatch("no_model"), results))
    assert answer is not None
    return answer


def test_a_program_without_a_network_is_grouped_by_the_kind_and_place_of_its_error() -> None:
    """Its message has names of the student's, and its line is anybody's."""
    first, second = absent(failed("NameError", "berta")), absent(failed("NameError", "carla", line=9))
    assert first.digest == second.digest
    assert first.kind == "error"
    assert first.title == "`NameError` before the network is built."
    assert absent(failed("TypeError", "berta")).digest != first.digest
    note = Note("not-imported", "`berta`", Location(2, 3))
    assert absent(failed("NameError", "berta", (note,))).digest != first.digest
    assert "Anna" not in absent(failed("AnnasError", "berta")).title
    assert absent(RAN).kind == "absent"


def test_causes_have_topics_whatever_layers_they_are_in() -> None:
    """And the layers of a setting are marked, as those of a difference are."""
    relu = group(two_inputs(activation="relu"))
    assert set(relu.topics) == {"Activations"}
    assert len(relu.topics) == len(relu.causes)
    some = group(two_inputs(initializer="glorot_uniform"))
    assert some.topics == ("Initializers",)
    assert len(some.marked) == 4


def test_a_missing_package_is_the_graders() -> None:
    """Installed where the student worked, and not where it is graded: the first error, or what follows from it."""
    ran = failed("NameError", "pandas", (Note("missing-package", "pandas", Location(1, 3)),))
    for execution in (ran, replace(RAN, notes=ran.notes)):
        answer = absent(execution)
        assert (answer.kind, answer.title) == ("grader", "The package `pandas` is not installed where this was graded.")


def test_a_right_network_that_does_not_learn_is_grouped_by_its_diagnosis() -> None:
    heads = [HeadTraining(False, 0, None, 0.2, Diagnosis(name, f"`anna` {n}", "")) for n, name in
             enumerate(("plateau", "plateau", "diverged"))]  # fmt: skip
    answers = [group(two_inputs(), training=Training("missed", (0.01,), (), 400, heads=(head,))) for head in heads]
    assert [answer.kind for answer in answers] == ["learning"] * 3
    assert answers[0] == answers[1]
    assert answers[0].digest != answers[2].digest


def test_an_open_task_is_grouped_by_what_its_checks_found() -> None:
    """There is no expected network: two designs that lack an output are in one group."""

    def design(units: int) -> Any:
        x = keras.Input((1,))
        return keras.Model(x, layers.Dense(1)(layers.Dense(units, "tanh")(x)))

    first, second = (group(design(units), "better_two_outputs") for units in (12, 40))
    assert first.digest == second.digest
    assert first.expected is None
    assert first.title == "The model has 1 output; the exercise asks for 2."


NAMED = """
from typing import Literal
from grader.checks import CheckOptions, Evidence, Finding, Kind, failed
class Spec(CheckOptions):
    kind: Literal["named"]
def check(spec: Spec, evidence: Evidence) -> Finding:
    return failed(f"`{evidence.graph.layers[-1].name}` is no name.", expected="", actual="", hint="")
KINDS = {"named": Kind("Names of the layers", Spec, check)}
"""


def test_what_a_check_says_of_names_is_said_of_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checks.py").write_text(NAMED, "utf-8")
    check = Check("named", "named", "Names of the layers", 1)
    monkeypatch.setitem(ASSIGNMENTS, "two_inputs", replace(ASSIGNMENTS["two_inputs"], folder=tmp_path, checks=(check,)))
    first, second = (group(two_inputs(names=name)) for name in ("a", "b"))
    assert first.digest == second.digest
    assert first.title == "“Names of the layers” failed."


def test_a_hint_reveals_no_expected_network() -> None:
    answer = group(two_inputs((32, 32, 32)), reveal="hint")
    assert answer.expected is None
    assert not answer.expected_marked
    assert "20" not in answer.title
    assert answer.digest == group(two_inputs((32, 32, 32))).digest
