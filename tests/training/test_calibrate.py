"""The method of calibration, with scripted hits where 300 trainings would take minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from grader.assignments.calibration import changed_source, load_calibration, save_calibration, source_digest
from grader.domain import (
    METRICS,
    Assignment,
    Calibration,
    Check,
    DataSpec,
    HeadPicture,
    Limits,
    ModelGraph,
    Recipe,
    TrainingRun,
)
from grader.errors import CalibrationDrift, InvalidAssignment
from grader.training.calibration.calibrate import UncalibratableError, calibrate
from grader.training.calibration.decoys import decoys
from grader.training.calibration.drift import holds
from grader.training.calibration.plan import CONFIRMATION_SEEDS, DECOY_SEEDS, PILOT_SEEDS, Plan, quick_plan
from grader.training.calibration.thresholds import ThresholdMissing, ThresholdTooEasy, proposed
from grader.training.job import Stop, TrainingJob
from grader.training.trainer import Trainer
from grader.training.trials import run_trials
from grader.training.verdicts.rules import upper_bound
from tests.training.networks import SINE, SINE_AND_EXP, chain, recipe, two_outputs

REFERENCE, BASELINE = chain(4), chain(2)
FLOORS = {"constant": 0.48, "non_negative": 0.26, "straight_line": 0.176, "monotone": 0.0487}
Hits = Callable[[TrainingJob, int], int | None]


@dataclass
class Scripted:
    """A trainer whose seeds hit when the script says."""

    hits: Hits
    keras: str = "3.15.1"
    easy_head: int | None = None  # a head that is always at its threshold
    unsuited: str = ""  # why a network does not fit the data
    asked: list[TrainingJob] = field(default_factory=list)

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        self.asked.append(job)
        return tuple(self._run(job, seed) for seed in job.seeds)

    def _run(self, job: TrainingJob, seed: int) -> TrainingRun:
        hit = self.hits(job, seed)
        hit = None if hit is None or hit > job.epochs else hit
        epochs = job.epochs if hit is None or job.stop is Stop.END else hit
        thresholds = job.thresholds or (0.0123,) * len(job.data.targets)
        heads = len(thresholds)
        plateau = tuple(thresholds[head] if head == self.easy_head else 0.17 for head in range(heads))
        every = range(job.every, epochs + 1, job.every)
        curve = [thresholds if hit and epoch >= hit else plateau for epoch in every]
        return TrainingRun(seed, (0.123456789,) * heads, tuple(curve), epochs, hit, every=job.every)

    def floors(self, data: DataSpec, recipe: Recipe) -> tuple[Mapping[str, float], ...]:
        return (FLOORS,) * len(data.targets)

    def pictures(self, data: DataSpec, recipe: Recipe) -> tuple[tuple[float, ...], tuple[HeadPicture, ...]]:
        return (0.0, 0.5, 1.0), (HeadPicture("values", (3, 1), (0.0, 0.0, 0.0)),) * len(data.targets)

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe) -> str:
        return self.unsuited

    def versions(self) -> dict[str, str]:
        return {"keras": self.keras, "tensorflow": "2.21.0", "program": "1"}


def usual(job: TrainingJob, seed: int) -> int | None:
    """The reference hits between 500 and 700 epochs, except every hundredth seed; nothing else ever does."""
    if job.graph != REFERENCE:
        return None
    return None if seed % 100 == 0 else 500 + 25 * (seed % 9)


def assignment(
    data: DataSpec = SINE, how: Recipe | None = None, mode: str = "reaches", threshold: list[float] | None = None
) -> Assignment:
    options: dict[str, Any] = {"mode": mode, "threshold": threshold}
    check = Check("learns", "learns", "Learns", 1, options=options)
    return Assignment(
        "sample", "Sample", "1", (), data, how or recipe(), (check,), Limits(), Path("assignments/sample")
    )  # fmt: skip


def calibrated(
    hits: Hits = usual,
    task: Assignment | None = None,
    cases: list[tuple[str, ModelGraph]] | None = None,
    easy_head: int | None = None,
) -> Calibration:
    trainers = [Scripted(hits, easy_head=easy_head) for _ in range(2)]
    return calibrate(task or assignment(), cases or [("", REFERENCE)], cast("list[Trainer]", trainers), lambda _: None)


def test_a_calibration_follows_the_method() -> None:
    """Length from the pilot, rate of misses from fresh seeds, tries from its bound."""
    (case,) = calibrated().cases
    assert (case.epochs, case.tries) == (700, 3)
    assert (case.details["seeds"], case.details["misses"], case.details["pilot"]["epochs"]) == (300, 3, 1200)
    assert case.miss_upper == pytest.approx(0.0256, abs=1e-4)
    assert case.bound == case.miss_upper**case.tries


def test_decoys_are_proven_or_trained() -> None:
    """A floor above the threshold proves; the others are stated with their chance."""
    decoys = {decoy["name"]: decoy for decoy in calibrated(task=assignment(threshold=[0.1])).decoys}
    assert decoys["no hidden layer"] == {
        "name": "no hidden layer", "proven": True, "head": 1, "floor": "straight_line", "error": 0.176, "chance": 0.0,
    }  # fmt: skip
    trained = decoys["one hidden unit"]
    assert (trained["proven"], trained["seeds"], trained["hits"]) == (False, 100, 0)
    assert 0 < trained["chance"] < 0.1


def test_seeds_are_never_used_twice() -> None:
    """Pilot, confirmation, decoys and grading each have their own."""
    trainer = Scripted(usual)
    found = calibrate(assignment(), [("", REFERENCE)], cast("list[Trainer]", [trainer]), lambda _: None)
    reference = [job for job in trainer.asked if job.graph == REFERENCE and usual(job, 1)]
    seeds = [seed for job in reference for seed in job.seeds]
    assert len(seeds) == len(set(seeds)) == 340
    assert not set(seeds) & set(found.seeds)


def test_both_trainers_work() -> None:
    """Two batches are trained at the same time, and their runs come in the order of the seeds."""
    meeting = threading.Barrier(2, timeout=20)

    def meet(_: TrainingJob, seed: int) -> int:
        if seed % 10 == 0:
            meeting.wait()
        return 100

    job = TrainingJob(REFERENCE, recipe(), SINE, tuple(range(20)), 400, (0.01,))
    runs = run_trials(job, [Scripted(meet), Scripted(meet)], "pilot", lambda _: None)
    assert [run.seed for run in runs] == list(range(20))


def test_stuck_seeds_ask_for_tries_and_not_for_epochs() -> None:
    """Where a tenth never hits, more epochs would be wasted: the length is that of the others."""
    (case,) = calibrated(lambda job, seed: 450 if usual(job, 1) and seed % 10 else None).cases
    assert (case.epochs, case.tries, case.details["misses"]) == (500, 5, 30)


def test_a_reference_that_does_not_learn_is_refused() -> None:
    """The text says how many missed, and what to change."""
    with pytest.raises(UncalibratableError, match=r"20 of 40 runs missed.*loosen the threshold"):
        calibrated(lambda _, seed: 100 if seed % 2 else None)


def test_either_order_of_losses_is_calibrated() -> None:
    """The two differ widely, so that each has a case of its own."""
    how = replace(recipe("mse", "mae", weights=(0.1, 0.9)), any_loss_order=True)
    task = assignment(SINE_AND_EXP, how, threshold=[0.15, 0.003])
    found = calibrated(lambda *_: 100, task, [("", two_outputs())])
    assert [case.loss for case in found.cases] == [("mse", "mae"), ("mae", "mse")]
    assert found.thresholds == (0.15, 0.003)


def test_thresholds_are_fixed_beforehand() -> None:
    """By target, or by the spec; a target without either is the author's to settle."""
    how = recipe("mse", "mse")
    assert calibrated(lambda *_: 100, assignment(SINE_AND_EXP, how), [("", two_outputs())]).thresholds == (0.01, 0.003)


def test_thresholds_that_are_missing_are_proposed() -> None:
    """With what the reference reached and what poor models reach; nothing is calibrated by them."""
    with pytest.raises(ThresholdMissing) as caught:
        calibrated(lambda *_: 100, assignment(DataSpec(("x",), ("cos",))))
    text = str(caught.value)
    assert "20 runs reach from 0.0123 to 0.0123" in text
    assert "the best straight line 0.176" in text
    assert "threshold = [0.019]" in text


def test_a_proposal_is_below_what_the_network_to_beat_reaches() -> None:
    """It is trained as the reference is; poor models alone say nothing about it."""
    with pytest.raises(ThresholdMissing) as caught:
        calibrated(lambda *_: 100, assignment(DataSpec(("x",), ("cos",))), [("", REFERENCE), ("baseline", BASELINE)])
    assert "the network to beat 0.0123" in str(caught.value)


@pytest.mark.parametrize(
    ("metric", "runs", "floors", "figure"),
    [
        ("mse", [0.01] * 9 + [0.5], {"constant": 0.48}, 0.015),
        ("mse", [0.04] * 10, {"straight_line": 0.05, "constant": 0.48}, 0.045),
        ("mse", [0.17] * 10, {"straight_line": 0.176}, 0.173),
        ("mse", [1e-5] * 10, {"constant": 0.5}, 0.0023),  # however good the reference gets, that is enough
        ("mse", [1e-6] * 10, {"constant": 0.5, "linear_model": 1e-5}, 0.00071),  # which solves the task as well
        ("mse", [1e-6] * 10, {"constant": 0.5, "linear_model": 0.1}, 0.00032),
        ("accuracy", [0.06] * 10, {"constant": 0.5}, 0.91),
        ("accuracy", [0.0] * 10, {"constant": 0.5}, 0.98),  # which leaves room for luck
        ("accuracy", [0.0] * 10, {"constant": 0.5, "linear_model": 0.01}, 0.992),
        ("mse", [0.01] * 10, {"constant": 0.5, "to beat": 0.012}, 0.011),
        ("mse", [1e-4] * 10, {"constant": 0.5, "to beat": 2e-4}, 0.00015),  # although both solve the task
        ("mse", [None] * 10, {}, None),
    ],
)
def test_a_proposal_lies_between_the_reference_and_the_poor(
    metric: str, runs: list[float | None], floors: dict[str, float], figure: float | None
) -> None:
    """Nine of ten runs reach it, and no poor model does."""
    found = proposed(METRICS[metric], runs, floors)
    assert METRICS[metric].value(found) == (None if figure is None else pytest.approx(figure))


@pytest.mark.parametrize(
    ("threshold", "metric", "why"),
    [([0.0], "mse", "above 0"), ([1.2], "accuracy", "at most 1"), ([0.1, 0.2], "mse", "one number for each")],
)
def test_a_threshold_that_nothing_can_mean_is_refused(threshold: list[float], metric: str, why: str) -> None:
    """In the direction of the metric."""
    loss = "mse" if metric == "mse" else "binary_crossentropy"
    how = replace(recipe(loss), metrics=(metric,))
    with pytest.raises(InvalidAssignment, match=why):
        calibrated(task=assignment(how=how, threshold=threshold))


def test_a_threshold_that_a_constant_reaches_is_refused() -> None:
    """It asks for nothing; the figures are in the direction of the metric."""
    how = replace(recipe("binary_crossentropy"), metrics=("accuracy",))
    with pytest.raises(ThresholdTooEasy, match=r"accuracy at least 0\.5, which the best constant reaches too \(0\.52\)"):
        calibrated(task=assignment(how=how, threshold=[0.5]))


def test_poor_networks_that_pass_are_refused() -> None:
    """Unless the author says that the task may be solved so."""
    easy = assignment(threshold=[0.2])

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 100

    with pytest.raises(UncalibratableError, match=r"`no hidden layer` hits with 100 of 100 seeds"):
        calibrated(hits, easy)
    (check,) = easy.checks
    named = ["no hidden layer", "linear activations", "one hidden unit"]
    allowed = replace(check, options={**check.options, "may_pass": named})
    found = {one["name"]: one for one in calibrated(hits, replace(easy, checks=(allowed,))).decoys}
    assert found["no hidden layer"]["hits"] == 100
    misspelt = replace(check, options={**check.options, "may_pass": ["no layer"]})
    with pytest.raises(InvalidAssignment, match="there is no decoy `no layer`; available: no hidden layer"):
        calibrated(hits, replace(easy, checks=(misspelt,)))


def test_without_learns_nothing_is_trained(tmp_path: Path) -> None:
    """The calibration holds the reference's network, and survives its file."""
    trainer = Scripted(usual)
    task = replace(assignment(), checks=())
    found = calibrate(task, [("", REFERENCE)], cast("list[Trainer]", [trainer]), lambda _: None)
    assert (found.mode, found.reference, found.thresholds, trainer.asked) == ("none", REFERENCE, (), [])
    save_calibration(found, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == found


@pytest.mark.parametrize(("epochs", "every", "length"), [(10, 1, 10), (120, 12, 168), (130, 13, 130), (430, 25, 530)])
def test_any_number_of_epochs(epochs: int, every: int, length: int) -> None:
    """A short recipe is measured more often, and longer training is tried in steps of four checkpoints."""
    late = {120: 150, 430: 500}.get(epochs, epochs)
    found = calibrated(lambda job, _: late - late % job.every if job.graph == REFERENCE else None,
                       assignment(how=replace(recipe(), epochs=epochs)))  # fmt: skip
    assert recipe_of(epochs).checkpoint == every
    assert found.cases[0].epochs == length


def recipe_of(epochs: int) -> Recipe:
    return replace(recipe(), epochs=epochs)


def test_a_quick_look_is_the_beginning_of_a_full_run() -> None:
    """Few seeds of each kind, with the wide bounds that they allow, and marked as such."""
    trainer = Scripted(usual)
    task = assignment(threshold=[0.1])  # below the floor of one decoy only, so that another is trained
    found = calibrate(task, [("", REFERENCE)], cast("list[Trainer]", [trainer]), lambda _: None, quick_plan())
    (case,) = found.cases
    assert (case.details["seeds"], case.details["pilot"]["seeds"], found.quick) == (20, 10, True)
    assert (case.miss_upper, case.tries) == (pytest.approx(1 - 0.05 ** (1 / 20)), 5)
    asked = {seed for job in trainer.asked for seed in job.seeds}
    assert asked <= {*PILOT_SEEDS, *CONFIRMATION_SEEDS, *DECOY_SEEDS}
    assert {10_001, 20_001, 30_001} <= asked


def test_few_seeds_claim_no_more_than_they_show() -> None:
    """Where only their number makes the bound too wide, all tries are used and the bound is stated as it is."""
    plan = replace(quick_plan(), confirmation=CONFIRMATION_SEEDS[:5])
    found = calibrate(assignment(), [("", REFERENCE)], cast("list[Trainer]", [Scripted(usual)]), lambda _: None, plan)
    (case,) = found.cases
    assert (case.tries, case.bound) == (8, pytest.approx((1 - 0.05 ** (1 / 5)) ** 8))
    assert case.bound > 1e-4


def test_time_that_is_over_leaves_the_seeds_that_were_trained() -> None:
    """The fewest that say anything, in their order, and the bound is theirs."""
    plan = Plan(minutes=0.0)
    found = calibrate(assignment(), [("", REFERENCE)], cast("list[Trainer]", [Scripted(usual)]), lambda _: None, plan)
    (case,) = found.cases
    assert 10 <= case.details["pilot"]["seeds"] < 40
    assert 20 <= case.details["seeds"] < 60
    assert case.miss_upper == upper_bound(0, case.details["seeds"])


def test_trials_end_when_there_are_enough() -> None:
    """The runs are those of the first seeds, and the rest is estimated while it lasts."""
    job = TrainingJob(REFERENCE, recipe(), SINE, tuple(range(20)), 400, (0.01,))
    runs = run_trials(job, [Scripted(usual)], "pilot", lambda _: None, lambda seeds: seeds >= 7)
    assert [run.seed for run in runs] == list(range(len(runs)))
    assert 7 <= len(runs) < 20


def test_a_reference_that_does_not_fit_its_data_is_refused_first() -> None:
    """Before any training."""
    trainer = Scripted(usual, unsuited="input 1 of the network has shape (2,)")
    with pytest.raises(InvalidAssignment, match="the reference does not fit the data: input 1"):
        calibrate(assignment(), [("", REFERENCE)], cast("list[Trainer]", [trainer]), lambda _: None)
    assert trainer.asked == []


def test_a_changed_reference_is_noticed(tmp_path: Path) -> None:
    """By a digest of its file, whichever way lines end; an installation without references trusts its calibration."""
    (tmp_path / "sample.py").write_bytes(b"a = 1\nb = 2\n")
    known = replace(calibrated(), sources={"sample.py": source_digest(tmp_path / "sample.py")})
    assert changed_source(known, tmp_path) == ""
    (tmp_path / "sample.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    assert changed_source(known, tmp_path) == ""
    (tmp_path / "sample.py").write_bytes(b"a = 1\nb = 3\n")
    assert changed_source(known, tmp_path) == "sample.py"
    assert changed_source(known, tmp_path / "elsewhere") == ""


def test_beats_is_calibrated_against_the_baseline() -> None:
    """The reference nearly always wins the vote, the baseline nearly never."""
    task = assignment(mode="beats", how=replace(recipe(), epochs=300))

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 200 if job.graph == REFERENCE or seed % 100 == 0 else None

    cases = [("", REFERENCE), ("baseline", BASELINE)]
    found = calibrated(hits, task, cases)
    assert (found.mode, [case.tries for case in found.cases], found.seeds) == ("beats", [7, 7], tuple(range(1, 22)))
    assert all(case.bound < 1e-4 for case in found.cases)
    with pytest.raises(UncalibratableError, match="baseline passes"):
        calibrated(lambda *_: 200, task, cases)


def test_each_head_has_a_vote_that_is_calibrated() -> None:
    """A baseline that wins one head's vote is refused, however surely it loses the whole."""
    task = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
    cases = [("", two_outputs()), ("baseline", BASELINE)]

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 200 if job.graph == two_outputs() else None

    reference, baseline = calibrated(hits, task, cases).cases
    assert [head["hits"] for head in reference.details["heads"]] == [300, 300]
    assert [head["hits"] for head in baseline.details["heads"]] == [0, 0]
    assert all(head["bound"] < 1e-4 for case in (reference, baseline) for head in case.details["heads"])
    with pytest.raises(UncalibratableError, match="at output 2, 300 of 300 runs hit, so the baseline passes"):
        calibrated(hits, task, cases, easy_head=1)


def test_checks_of_one_training_must_agree() -> None:
    """Several `learns` checks share their trainings, so that one threshold holds for all."""
    task = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
    (check,) = task.checks
    other = replace(check, id="other", options={**check.options, "threshold": [0.1, 0.1]})
    with pytest.raises(InvalidAssignment, match="same `threshold`"):
        calibrated(task=replace(task, checks=(check, other)))


def test_decoys_are_graded_like_submissions() -> None:
    """Where cases differ, the longest training and the most tries serve all, decoys too."""

    def hits(job: TrainingJob, seed: int) -> int | None:
        if job.graph == chain(5):
            return 450 if seed % 10 else None
        return 100 if job.graph == REFERENCE else None

    found = calibrated(hits, assignment(threshold=[0.1]), [("", REFERENCE), ("narrow", chain(5))])
    assert [(case.epochs, case.tries) for case in found.cases] == [(400, 2), (500, 5)]
    unit = next(decoy for decoy in found.decoys if decoy["name"] == "one hidden unit")
    assert unit["chance"] == pytest.approx(1 - (1 - unit["hit_upper"]) ** 5)


def test_a_calibration_is_written_and_read_exactly(tmp_path: Path) -> None:
    """Every figure survives the file."""
    found = calibrated()
    save_calibration(found, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == found
    assert [path.name for path in tmp_path.iterdir()] == ["calibration.json"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"grader.calibration/1"', '"grader.calibration/9"', "schema"),
        ('"mode"', '"mood"', "mode: Field required"),
        ('"miss_upper"', '"miss_uper"', "miss_up"),
        ("0.176", "NaN", "finite number"),
    ],
)
def test_a_damaged_calibration_is_named(old: str, new: str, why: str, tmp_path: Path) -> None:
    """The error says which file, what is wrong, and how to make it anew."""
    path = tmp_path / "calibration.json"
    save_calibration(calibrated(), path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InvalidAssignment, match=f"calibration.json.*({why}).*grader calibrate"):
        load_calibration(path)
    with pytest.raises(InvalidAssignment, match="cannot be read"):
        load_calibration(tmp_path / "other.json")


def test_other_versions_are_tried_before_they_are_trusted() -> None:
    """Twenty seeds that miss implausibly often refuse; the calibration's own versions are trusted without."""
    found = calibrated()
    same, other = Scripted(lambda *_: None), Scripted(usual, keras="3.99.0")
    holds(found, recipe(), SINE, cast("Trainer", same))
    holds(found, recipe(), SINE, cast("Trainer", other))
    assert (len(same.asked), [len(job.seeds) for job in other.asked]) == (0, [1] * 20)
    drifted = Scripted(lambda _, seed: 100 if seed % 2 else None, keras="3.99.0")
    with pytest.raises(CalibrationDrift, match=r"Keras 3\.99\.0.*10 of 20 runs.*missed"):
        holds(found, recipe(), SINE, cast("Trainer", drifted))


def test_a_baseline_that_wins_one_head_elsewhere_is_drift() -> None:
    """With other versions, hits of the baseline are held against the bound of each head."""
    task = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
    weaker = next(one.graph for one in decoys(two_outputs(), task.recipe) if one.name == "one hidden unit")

    def hits(job: TrainingJob, seed: int) -> int | None:
        return 200 if job.graph == two_outputs() else None

    found = calibrated(hits, task, [("", two_outputs()), ("baseline", weaker)])
    same, drifted = (Scripted(hits, keras="3.99.0", easy_head=head) for head in (None, 1))
    holds(found, task.recipe, task.data, cast("Trainer", same))
    with pytest.raises(CalibrationDrift, match="20 of 20 runs of the baseline hit"):
        holds(found, task.recipe, task.data, cast("Trainer", drifted))
