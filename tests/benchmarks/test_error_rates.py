"""Both error rates, with scripted hits where thousands of trainings would take an hour."""

from __future__ import annotations

from typing import cast

import pytest

from benchmarks.error_rates import (
    DECOY_SEEDS,
    HEADINGS,
    QUICK_SEEDS,
    REFERENCE_SEEDS,
    ErrorRates,
    measure,
    rows,
)
from grader.domain import DataSpec, ModelGraph, Recipe
from grader.training.calibration.calibrate import calibrate
from grader.training.calibration.decoys import decoys
from grader.training.calibration.drift import DRIFT_SEEDS
from grader.training.calibration.plan import CONFIRMATION_SEEDS, PILOT_SEEDS
from grader.training.calibration.plan import DECOY_SEEDS as CALIBRATION_DECOY_SEEDS
from grader.training.job import TrainingJob
from grader.training.trainer import Trainer
from tests.training.networks import SINE_AND_EXP, recipe, two_outputs
from tests.training.test_calibrate import REFERENCE, Hits, Scripted, assignment


class Lenient(Scripted):
    """A scripted trainer that finds every network suitable."""

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe | None = None) -> str:
        return ""

    def excessive(self, job: TrainingJob) -> str:
        return ""


def often(job: TrainingJob, seed: int) -> int | None:
    """The reference misses every hundredth seed; nothing else ever hits."""
    return 200 if job.graph == REFERENCE and seed % 100 else None


def measured(hits: Hits = often) -> tuple[ErrorRates, Lenient]:
    trainer = Lenient(hits)
    trainers = cast("list[Trainer]", [trainer, trainer])
    cases = [("", REFERENCE)]
    task = assignment(threshold=[0.1])  # between the floors of two decoys
    known = calibrate(task, cases, trainers, lambda _: None)
    trainer.asked.clear()
    return measure(task, known, cases, trainers, REFERENCE_SEEDS, DECOY_SEEDS[:QUICK_SEEDS]), trainer


@pytest.fixture(scope="module")
def rates() -> ErrorRates:
    return measured()[0]


def test_the_reference_is_measured_from_fresh_seeds(rates: ErrorRates) -> None:
    """Misses of seeds with their interval, and what follows for a grading."""
    (case,) = rates.cases
    assert (case.seeds.count, case.seeds.trials) == (3, 300)
    assert case.seeds.interval == pytest.approx((0.00207, 0.0289), abs=5e-5)
    assert case.chance.seen == pytest.approx(0.01**3)
    assert case.chance.seen < case.chance.bound < 1e-4


def test_decoys_are_proven_or_counted(rates: ErrorRates) -> None:
    """A floor needs no seeds; without one, the bound on passing follows from the seeds."""
    decoys = {decoy.name: decoy for decoy in rates.decoys}
    line, unit = decoys["linear activations"], decoys["one hidden unit"]
    assert (line.floor, line.head, line.error, line.seeds) == ("straight_line", 1, 0.176, None)
    assert unit.seeds is not None
    assert unit.chance is not None
    assert (unit.seeds.count, unit.seeds.trials, unit.chance.seen) == (0, 100, 0.0)
    assert unit.chance.bound == pytest.approx(1 - (0.05 ** (1 / 100)) ** 3)


def test_a_full_run_bounds_decoys_by_the_designs_figure() -> None:
    """No hit in 900 seeds and four tries: at most 0.013."""
    assert 1 - (0.05 ** (1 / len(DECOY_SEEDS))) ** 4 == pytest.approx(0.0132, abs=5e-5)


def test_no_seed_serves_twice() -> None:
    """What measures was neither calibrated with nor is graded with."""
    ranges = [range(1, 22), PILOT_SEEDS, CONFIRMATION_SEEDS, CALIBRATION_DECOY_SEEDS, DRIFT_SEEDS]
    ranges += [REFERENCE_SEEDS, DECOY_SEEDS]
    assert len(set().union(*ranges)) == sum(map(len, ranges))


def test_a_vote_is_measured_head_by_head() -> None:
    """For the reference a lost vote is wrong, for the baseline a won one."""
    task = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
    weaker = next(one.graph for one in decoys(two_outputs(), task.recipe) if one.name == "one hidden unit")
    cases = [("", two_outputs()), ("baseline", weaker)]

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 200 if job.graph == two_outputs() else None

    trainers = cast("list[Trainer]", [Lenient(hits)])
    known = calibrate(task, cases, trainers, lambda _: None)
    found = measure(task, known, cases, trainers, REFERENCE_SEEDS, DECOY_SEEDS[:30])
    reference, baseline = found.cases
    assert [head.seeds.count for case in (reference, baseline) for head in case.heads] == [0, 0, 0, 0]


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
    assert (line.seeds, line.interval) == ("proven", "best straight line 0.176 > 0.1")
