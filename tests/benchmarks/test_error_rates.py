"""Both error rates, with scripted hits where thousands of trainings would take an hour."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from benchmarks.error_rates import (
    DECOY_SEEDS,
    HEADINGS,
    QUICK_SEEDS,
    REFERENCE_SEEDS,
    ErrorRates,
    KnownRuns,
    measure,
    rows,
)
from grader.domain import DataSpec, ModelGraph, Recipe, TrainingRun
from grader.training.calibration.calibrate import calibrate
from grader.training.calibration.decoys import decoys
from grader.training.calibration.drift import DRIFT_SEEDS
from grader.training.calibration.plan import CONFIRMATION_SEEDS, PILOT_SEEDS
from grader.training.calibration.plan import DECOY_SEEDS as CALIBRATION_DECOY_SEEDS
from grader.training.job import Stop, TrainingJob
from grader.training.trainer import Trainer
from tests.training.networks import SINE, SINE_AND_EXP, chain, recipe, two_outputs
from tests.training.test_calibrate import REFERENCE, Hits, Scripted, assignment


class Lenient(Scripted):
    """A scripted trainer that finds every network suitable."""

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe | None = None) -> str:
        return ""

    def excessive(self, job: TrainingJob) -> str:
        return ""


def often(job: TrainingJob, seed: int) -> int | None:
    """The reference misses every hundredth seed; nothing else ever hits."""
    is_reference = job.graph == REFERENCE and job.recipe.optimizer == "rmsprop" and not job.learning_rate
    return 200 if is_reference and seed % 100 else None


def measured(hits: Hits = often) -> tuple[ErrorRates, Lenient]:
    trainer = Lenient(hits)
    trainers = cast("list[Trainer]", [trainer, trainer])
    cases = [("", REFERENCE)]
    known = calibrate(assignment(), cases, trainers, lambda _: None)
    trainer.asked.clear()
    return measure(assignment(), known, cases, trainers, REFERENCE_SEEDS, DECOY_SEEDS[:QUICK_SEEDS]), trainer


@pytest.fixture(scope="module")
def rates() -> ErrorRates:
    return measured()[0]


def test_the_reference_is_measured_from_fresh_seeds(rates: ErrorRates) -> None:
    """Misses of seeds with their interval, what follows for a grading, and gradings that were made."""
    (case,) = rates.cases
    assert (case.seeds.count, case.seeds.trials) == (3, 300)
    assert case.seeds.interval == pytest.approx((0.00207, 0.0289), abs=5e-5)
    assert case.chance.seen == pytest.approx(0.01**3)
    assert case.chance.seen < case.chance.bound < 1e-4
    assert (case.gradings.count, case.gradings.trials, case.undecided) == (0, 100, 0)


def test_decoys_are_proven_or_counted(rates: ErrorRates) -> None:
    """A floor needs no seeds; without one, the bound on passing follows from the seeds."""
    decoys = {decoy.name: decoy for decoy in rates.decoys}
    line, sgd = decoys["linear activations"], decoys["sgd"]
    assert (line.floor, line.head, line.error, line.seeds) == ("straight_line", 1, 0.176, None)
    assert sgd.seeds is not None
    assert sgd.chance is not None
    assert (sgd.seeds.count, sgd.seeds.trials, sgd.chance.seen) == (0, 100, 0.0)
    assert sgd.chance.bound == pytest.approx(1 - (0.05 ** (1 / 100)) ** 3)


def test_a_full_run_bounds_decoys_by_the_designs_figure() -> None:
    """No hit in 900 seeds and four tries: at most 0.013."""
    assert 1 - (0.05 ** (1 / len(DECOY_SEEDS))) ** 4 == pytest.approx(0.0132, abs=5e-5)


def test_no_seed_serves_twice() -> None:
    """What measures was neither calibrated with nor is graded with."""
    ranges = [range(1, 22), PILOT_SEEDS, CONFIRMATION_SEEDS, CALIBRATION_DECOY_SEEDS, DRIFT_SEEDS]
    ranges += [REFERENCE_SEEDS, DECOY_SEEDS]
    assert len(set().union(*ranges)) == sum(map(len, ranges))


def test_gradings_train_no_seed_again() -> None:
    """They are judged from the runs at hand; only second chances are trained."""
    rates, trainer = measured()
    seeds = [seed for job in trainer.asked if job.graph == REFERENCE and often(job, 1) for seed in job.seeds]
    assert sorted(seeds) == list(REFERENCE_SEEDS)
    assert {job.epochs for job in trainer.asked} == {rates.cases[0].epochs}


def test_second_chances_count() -> None:
    """A decoy that needs twice the epochs passes a grading that its single seeds do not."""

    def late(job: TrainingJob, seed: int) -> int | None:
        return 600 if job.recipe.optimizer == "sgd" and job.epochs > 400 else often(job, seed)

    class Near(Lenient):
        def _run(self, job: TrainingJob, seed: int) -> TrainingRun:
            run = super()._run(job, seed)
            return replace(run, errors=(0.02,)) if job.recipe.optimizer == "sgd" else run

    trainers = cast("list[Trainer]", [Near(late)])
    known = calibrate(assignment(), [("", REFERENCE)], trainers, lambda _: None)
    found = measure(assignment(), known, [("", REFERENCE)], trainers, REFERENCE_SEEDS[:20], DECOY_SEEDS[:30])
    sgd = next(decoy for decoy in found.decoys if decoy.name == "sgd")
    assert sgd.seeds is not None
    assert sgd.gradings is not None
    assert (sgd.seeds.count, sgd.gradings.count, sgd.gradings.trials) == (0, 10, 10)


def test_a_vote_is_measured_head_by_head() -> None:
    """For the reference a lost vote is wrong, for the baseline a won one; gradings do not share seeds."""
    task = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
    weaker = next(
        one.graph for one in decoys(two_outputs(), task.recipe, fixed=False) if one.name == "one hidden layer"
    )
    cases = [("", two_outputs()), ("baseline", weaker)]

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 200 if job.graph == two_outputs() and not job.learning_rate else None

    trainers = cast("list[Trainer]", [Lenient(hits)])
    known = calibrate(task, cases, trainers, lambda _: None)
    found = measure(task, known, cases, trainers, REFERENCE_SEEDS, DECOY_SEEDS[:30])
    reference, baseline = found.cases
    assert [head.seeds.count for case in (reference, baseline) for head in case.heads] == [0, 0, 0, 0]
    assert [case.gradings.trials for case in (reference, baseline)] == [14, 14]
    assert (reference.gradings.count, baseline.gradings.count) == (0, 0)


def test_rows_say_the_same_in_words(rates: ErrorRates) -> None:
    """One line for each case and decoy, as many cells as headings."""
    lines = rows(rates)
    assert len(lines) == len(rates.cases) + len(rates.decoys)
    assert len(vars(lines[0])) == len(HEADINGS)
    assert (lines[0].network, lines[0].wrong, lines[0].rule, lines[0].seeds) == (
        "reference",
        "fails",
        "1 of 3",
        "3 / 300",
    )
    line = next(row for row in lines if "linear" in row.network)
    assert (line.seeds, line.interval) == ("proven", "best straight line 0.176 > 0.01")


def test_known_runs_are_served_as_a_trainer_would() -> None:
    """Up to the first hit where the job stops there; other lengths are trained, in the decoy's own way."""
    trainer = Lenient(lambda _, seed: 100 if seed == 2 else None)
    job = TrainingJob(chain(4), recipe(), SINE, (1, 2, 3), 400, (0.01,), learning_rate=1.0)
    known = KnownRuns(trainer, job, trainer.train(job))
    trainer.asked.clear()
    plain = replace(job, learning_rate=None)
    assert [run.seed for run in known.train(replace(plain, stop=Stop.FIRST))] == [1, 2]
    assert trainer.asked == []
    known.train(replace(plain, seeds=(1,), epochs=800))
    assert trainer.asked == [replace(job, seeds=(1,), epochs=800)]
