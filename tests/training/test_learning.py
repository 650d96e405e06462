"""The verdicts, with a scripted trainer where training would take minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import pytest

from grader.assignments.course import load_course
from grader.domain import Calibration, DataSpec, ModelGraph, Recipe, Training, TrainingRun
from grader.training.messages import TrainingJob
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import form_digest, is_calibrated, judge
from tests.training.networks import CALIBRATION, CASE, SINE, SINE_AND_EXP, chain, recipe, two_outputs

GRAPH = chain(4)
HOW = recipe()


@dataclass
class Scripted:
    """A trainer that gives each seed the errors of its checkpoints, and remembers what it was asked."""

    errors: dict[int, list[float | None]]
    after_doubling: list[float | None] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    reason: str = ""
    excess: str = ""
    solved: bool = False  # whether every seed begins at the threshold
    heads: dict[int, set[int]] | None = None  # of two heads, which seeds bring which to its threshold

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe) -> str:
        return self.reason

    def excessive(self, job: TrainingJob) -> str:
        return self.excess

    def train(self, job: TrainingJob) -> TrainingRun:
        assert job.thresholds
        seed = job.seed
        self.asked.append((seed, job.epochs))
        if self.heads:
            point = tuple(0.005 if seed in self.heads[head] else 0.17 for head in (1, 2))
            return TrainingRun(seed, point, (point,) * 16, 400, 25 if max(point) < 0.01 else None)
        errors = self.after_doubling if job.epochs > 400 else self.errors.get(seed, [0.17] * 16)
        hits = [25 * (i + 1) for i, error in enumerate(errors) if error is not None and error <= job.thresholds[0]]
        finite = [error for error in errors if error is not None]
        best = min(finite) if finite else None
        hit = hits[0] if hits and not self.solved else None
        start = (1e-14,) if self.solved else ()
        return TrainingRun(seed, (best,), tuple((e,) for e in errors), job.epochs, hit, start=start)


def calibration(mode: str = "reaches") -> Calibration:
    case = replace(CASE, graph=GRAPH)
    easier = (
        replace(case, name="other end", epochs=300, tries=2) if mode == "reaches" else replace(case, name="baseline")
    )
    return replace(CALIBRATION, mode=mode, floors=({},), cases=(case, easier))


def verdict(trainer: Scripted, mode: str = "reaches", *, is_reference: bool = False, first_seed: int = 1) -> Training:
    return judge(GRAPH, HOW, SINE, calibration(mode), trainer, first_seed=first_seed, is_reference=is_reference)


def hitting(*seeds: int) -> dict[int, list[float | None]]:
    return {seed: [0.2, 0.005] for seed in seeds}


def test_the_first_hit_settles_it() -> None:
    """The network learned; no further seed is trained, and the worst case's length and tries are used."""
    trainer = Scripted(hitting(2, 3))
    training = verdict(trainer)
    assert (training.outcome, len(training.runs)) == ("learned", 2)
    assert training.message == "The network learned in 1 of 2 runs, at about epoch 50."
    assert trainer.asked == [(1, 400), (2, 400)]


@pytest.mark.parametrize("mode", ["reaches", "beats"])
def test_a_network_that_begins_as_the_solution_is_missed(mode: str) -> None:
    """However near its runs are, nothing is borderline, and it gets no second chance."""
    trainer = Scripted({seed: [1e-6] * 16 for seed in range(1, 30)}, solved=True)
    training = verdict(trainer, mode)
    assert (training.outcome, {epochs for _, epochs in trainer.asked}) == ("missed", {400})
    assert re.match("computed: .*1e-14 before any training", training.diagnosis or "")


@pytest.mark.parametrize(
    ("seeds", "first_seed", "asked"), [((1, 2, 3), 50, (50, 51, 52)), ((11, 12, 13), 1, (11, 12, 13))]
)
def test_seeds_are_those_of_the_calibration(seeds: tuple[int, ...], first_seed: int, asked: tuple[int, ...]) -> None:
    """`--seed` moves the seeds and nothing else."""
    trainer = Scripted({})
    calibrated = replace(calibration(), seeds=seeds)
    judge(GRAPH, HOW, SINE, calibrated, trainer, first_seed=first_seed, is_reference=False)
    assert trainer.asked == [(seed, 400) for seed in asked]


@pytest.mark.parametrize(("error", "words"), [(0.17, "none of 3 runs"), (None, "no finite error")])
def test_a_plateau_is_missed_without_a_second_chance(error: float | None, words: str) -> None:
    trainer = Scripted({seed: [error] * 16 for seed in (1, 2, 3)})
    training = verdict(trainer)
    assert (training.outcome, len(training.runs)) == ("missed", 3)
    assert trainer.asked == [(1, 400), (2, 400), (3, 400)]
    assert words in training.message


NEAR: list[float | None] = [0.2, 0.025]


@pytest.mark.parametrize(
    ("errors", "after_doubling", "outcome"),
    [
        (NEAR, [0.02, 0.009], "learned"),
        (NEAR, [0.02, 0.02], "borderline"),
        (NEAR, [0.2, 0.2], "missed"),
        ([0.16 - 0.005 * i for i in range(16)], [0.16, 0.005], "learned"),
    ],
    ids=["near, then there", "near, and stays so", "near, then worse", "falling, then there"],
)
def test_a_near_miss_and_a_falling_curve_get_twice_the_epochs_once(
    errors: list[float | None], after_doubling: list[float | None], outcome: str
) -> None:
    """The best seed alone is trained longer; if it stays near, a person must look."""
    trainer = Scripted({2: errors}, after_doubling)
    training = verdict(trainer)
    assert training.outcome == outcome
    assert trainer.asked == [(1, 400), (2, 400), (3, 400), (2, 800)]
    assert [run.epochs for run in training.runs] == [400, 800, 400]


def test_what_is_proven_needs_no_second_chance() -> None:
    """A straight line a little above the threshold is decided, since the graph can draw nothing else."""
    calibrated = replace(calibration(), floors=({"straight_line": 0.012},))
    trainer = Scripted({seed: [0.0121] * 16 for seed in (1, 2, 3)})
    training = judge(chain(8, activation=None), HOW, SINE, calibrated, trainer, is_reference=False)
    assert (training.outcome, {epochs for _, epochs in trainer.asked}) == ("missed", {400})
    assert (training.diagnosis or "").startswith("straight line: without")


def test_what_is_undecided_is_not_diagnosed() -> None:
    """Neither the whole nor any run: perhaps nothing went wrong."""
    training = verdict(Scripted({2: NEAR}, [0.02, 0.02]))
    seen = [training.diagnosis, *(run.diagnosis for run in training.runs), *(head.diagnosis for head in training.heads)]
    assert set(seen) == {None}


def test_the_reference_itself_is_never_the_students_fault() -> None:
    for mode in ("reaches", "beats"):
        training = verdict(Scripted({}), mode, is_reference=True)
        assert training.outcome == "errored"
        assert "drift" in training.message


def test_losses_without_a_calibration_are_the_graders_fault() -> None:
    training = judge(GRAPH, recipe("mae"), SINE, calibration(), Scripted({}), is_reference=False)
    assert training.outcome == "errored"


@pytest.mark.parametrize("why", ["reason", "excess"])
def test_a_network_that_cannot_be_trained_is_not_tried(why: str) -> None:
    """It does not suit the data, or takes too long for certain: the reason is the message."""
    trainer = Scripted({}, **{why: "at most 1e+13 can be graded"})  # type: ignore[arg-type]
    training = verdict(trainer)
    assert (training.outcome, trainer.asked) == ("missed", [])
    assert "at most 1e+13" in training.message


@pytest.mark.parametrize(
    ("hits", "outcome", "runs"),
    [
        ({1, 2, 3, 4}, "learned", 4),
        ({5, 6}, "missed", 4),
        ({1, 2, 4, 5, 6}, "learned", 6),
        ({1, 5, 6, 8}, "missed", 12),
        (set(range(1, 18, 2)), "learned", 17),
        (set(range(2, 18, 2)), "missed", 17),
    ],
)
def test_beats_takes_a_lead_of_four_or_the_majority_of_17(hits: set[int], outcome: str, runs: int) -> None:
    """Nothing is trained that changes nothing."""
    trainer = Scripted(hitting(*hits))
    training = verdict(trainer, "beats")
    assert (training.outcome, len(trainer.asked)) == (outcome, runs)


@pytest.mark.parametrize(("hits", "which"), [((), "in a typical run, "), ((1,), "in a run that missed, ")])
def test_what_is_said_of_one_of_several_runs_is_not_said_of_all(hits: tuple[int, ...], which: str) -> None:
    (head,) = verdict(Scripted(hitting(*hits)), "beats").heads
    assert head.diagnosis
    assert head.diagnosis.cause.startswith(which)


def test_each_head_has_a_vote_of_its_own() -> None:
    """By the same rule, and all go on as long as one of them is open; the whole keeps its own verdict."""
    calibrated = replace(calibration("beats"), thresholds=(0.01, 0.01), floors=({}, {}))
    case = replace(calibrated.cases[0], loss=("mse", "mse"))
    trainer = Scripted({}, heads={1: {*range(1, 7), 9, 10}, 2: {*range(3, 9), 11, 12}})
    calibrated = replace(calibrated, cases=(case,))
    training = judge(two_outputs(), recipe("mse", "mse"), SINE_AND_EXP, calibrated, trainer, is_reference=False)
    assert (training.outcome, len(training.runs)) == ("missed", 12)
    assert [(head.learned, head.hits) for head in training.heads] == [(True, 8), (True, 8)]
    assert training.message.startswith(f"Of {len(training.runs)} runs, output `")


def test_the_network_to_beat_is_told_as_such() -> None:
    """Handed in as the better one, it loses its vote, and the page says why."""
    calibrated = calibration("beats")
    details = {"heads": [{"hits": 4}], "seeds": 300}
    baseline = replace(calibrated.cases[1], graph=chain(2), details=details)
    calibrated = replace(calibrated, cases=(replace(calibrated.cases[0], graph=None), baseline))
    for graph, is_told in ((chain(2), True), (chain(3), False)):
        training = judge(graph, HOW, SINE, calibrated, Scripted({}), is_reference=False)
        assert (
            "exactly the network that you have to beat: it reached 0.01 in 4 of 300" in str(training.diagnosis)
        ) is is_told


def test_the_reference_of_an_open_task_is_known_by_its_digest() -> None:
    """The network itself is not published, so that nobody finds the answer in the package."""
    calibrated = calibration("beats")
    hidden = replace(calibrated.cases[0], graph=None, details={"reference": form_digest(GRAPH, HOW, SINE)})
    calibrated = replace(calibrated, cases=(hidden,))
    assert is_calibrated(GRAPH, HOW, SINE, calibrated)
    assert not is_calibrated(chain(5), HOW, SINE, calibrated)


@pytest.mark.parametrize("seeds", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_luck_decides_nothing(trainer: Trainer, seeds: int) -> None:
    """With the real trainer: a right answer learns from other seeds too, and a network without activations never does."""
    course = load_course(["one_input"])
    (task,), calibrated = course.assignments, course.calibrations["one_input"]

    def judged(graph: ModelGraph, seed: int) -> Training:
        return judge(graph, task.recipe, task.data, calibrated, trainer, first_seed=seed, is_reference=False)

    assert {judged(course.references["one_input"], seed).outcome for seed in range(1, seeds + 1)} == {"learned"}
    line = judged(chain(8, activation=None), 1)
    assert (line.outcome, (line.heads[0].best or 0.0) > 0.176) == ("missed", True)
    assert (line.diagnosis or "").startswith("straight line: without `activation=`")
