"""The method of calibration, with scripted hits where 300 trainings would take minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from grader.training.calibration.calibrate import QUICK_SEEDS, SEEDS, UncalibratableError, calibrate
from grader.training.calibration.decoys import decoys
from grader.training.calibration.thresholds import ThresholdMissing, ThresholdTooEasy, proposed
from grader.training.messages import TrainingJob
from grader.training.trainer import Survey, Trainer
from grader.training.verdicts.learning import holds
from tests.training.networks import FLOORS, SINE, SINE_AND_EXP, chain, recipe, two_outputs

REFERENCE, BASELINE = chain(4), chain(2)
Hits = Callable[[TrainingJob, int], int | None]


@dataclass
class Scripted:
    """A trainer whose seeds hit when the script says."""

    hits: Hits
    keras: str = "3.15.1"
    easy_head: int | None = None  # a head that is always at its threshold
    unsuited: str = ""  # why a network does not fit the data
    asked: list[TrainingJob] = field(default_factory=list)

    def train(self, job: TrainingJob) -> TrainingRun:
        self.asked.append(job)
        hit = self.hits(job, job.seed)
        hit = None if hit is None or hit > job.epochs else hit
        epochs = job.epochs if hit is None or job.to_the_end else hit
        thresholds = job.thresholds or (0.0123,) * len(job.data.targets)
        heads = len(thresholds)
        plateau = tuple(thresholds[head] if head == self.easy_head else 0.17 for head in range(heads))
        every = range(job.every, epochs + 1, job.every)
        curve = [thresholds if hit and epoch >= hit else plateau for epoch in every]
        return TrainingRun(job.seed, (0.123456789,) * heads, tuple(curve), epochs, hit, every=job.every)

    def survey(self, data: DataSpec, recipe: Recipe) -> Survey:
        heads, picture = len(data.targets), HeadPicture("values", (3, 1), (0.0, 0.0, 0.0))
        return (FLOORS,) * heads, (0.0, 0.5, 1.0), (picture,) * heads

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe) -> str:
        return self.unsuited

    def excessive(self, job: TrainingJob) -> str:
        return ""

    def versions(self) -> dict[str, str]:
        return {"keras": self.keras, "tensorflow": "2.21.0", "program": "1"}


def usual(job: TrainingJob, seed: int) -> int | None:
    """The reference hits between 500 and 700 epochs, except every hundredth seed; nothing else ever does."""
    if job.graph != REFERENCE:
        return None
    return None if seed % 100 == 0 else 500 + 25 * (seed % 9)


def assignment(
    data: DataSpec = SINE, how: Recipe | None = None, mode: str = "reaches", threshold: Sequence[float] | None = (0.01,)
) -> Assignment:
    options: dict[str, Any] = {"mode": mode, "threshold": threshold}
    check = Check("learns", "learns", "Learns", 1, options=options)
    return Assignment(
        "sample", "Sample", "1", (), data, how or recipe(), (check,), Limits(), Path("assignments/sample")
    )  # fmt: skip


def calibrated(
    hits: Hits = usual,
    task: Assignment | None = None,
    cases: Sequence[tuple[str, ModelGraph]] = (("", REFERENCE),),
    seeds: int = SEEDS,
    **script: Any,
) -> tuple[Calibration, list[TrainingJob]]:
    """The calibration, and all that it asked the trainer for."""
    jobs: list[TrainingJob] = []
    trainer = cast("Trainer", Scripted(hits, asked=jobs, **script))
    return calibrate(task or assignment(), cases, trainer, lambda _: None, seeds), jobs


def test_a_calibration_follows_the_method() -> None:
    """Length from the pilot, rate of misses from fresh seeds, tries from its bound; no seed is used twice."""
    result, jobs = calibrated()
    (case,) = result.cases
    assert (case.epochs, case.tries) == (700, 3)
    assert (case.details["seeds"], case.details["misses"], case.details["pilot"]["seeds"]) == (300, 3, 40)
    assert case.miss_upper == pytest.approx(0.0256, abs=1e-4)
    assert case.bound == case.miss_upper**case.tries
    assert result.thresholds == (0.01,)  # fixed beforehand
    seeds = [job.seed for job in jobs if job.graph == REFERENCE]
    assert len(seeds) == len(set(seeds)) == 340
    assert not set(seeds) & set(result.seeds)


def test_decoys_are_proven_or_trained() -> None:
    decoys = {decoy["name"]: decoy for decoy in calibrated(task=assignment(threshold=[0.1]))[0].decoys}
    assert decoys["no hidden layer"] == {
        "name": "no hidden layer", "proven": True, "head": 1, "floor": "straight_line", "error": 0.176, "chance": 0.0,
    }  # fmt: skip
    trained = decoys["one hidden unit"]
    assert (trained["proven"], trained["seeds"], trained["hits"]) == (False, 100, 0)
    assert 0 < trained["chance"] < 0.1


def test_stuck_seeds_ask_for_tries_and_not_for_epochs() -> None:
    """Where a tenth never hits, more epochs would be wasted: the length is that of the others."""
    (case,) = calibrated(lambda job, seed: 450 if usual(job, 1) and seed % 10 else None)[0].cases
    assert (case.epochs, case.tries, case.details["misses"]) == (500, 5, 30)


def test_a_reference_that_does_not_learn_is_refused() -> None:
    with pytest.raises(UncalibratableError, match=r"150 of 300 runs missed.*loosen the threshold"):
        calibrated(lambda _, seed: 100 if seed % 2 else None)


def test_either_order_of_losses_is_calibrated() -> None:
    """The two differ widely, so that each has a case of its own."""
    how = replace(recipe("mse", "mae", weights=(0.1, 0.9)), any_loss_order=True)
    task = assignment(SINE_AND_EXP, how, threshold=[0.15, 0.003])
    result, _ = calibrated(lambda *_: 100, task, [("", two_outputs())])
    assert [case.loss for case in result.cases] == [("mse", "mae"), ("mae", "mse")]
    assert result.thresholds == (0.15, 0.003)


def test_thresholds_that_are_missing_are_proposed() -> None:
    """With what the reference, poor models and the network to beat reach; nothing is calibrated by them."""
    task = assignment(DataSpec(("x",), ("cos",)), threshold=None)
    with pytest.raises(ThresholdMissing) as caught:
        calibrated(lambda *_: 100, task)
    text = str(caught.value)
    assert "20 runs reach from 0.0123 to 0.0123" in text
    assert "the best straight line 0.176" in text
    assert "threshold = [0.019]" in text
    with pytest.raises(ThresholdMissing, match=r"the network to beat 0\.0123"):
        calibrated(lambda *_: 100, task, [("", REFERENCE), ("baseline", BASELINE)])


@pytest.mark.parametrize(
    ("metric", "runs", "floors", "figure"),
    [
        ("mse", [0.01] * 9 + [0.5], {"constant": 0.48}, 0.015),
        ("mse", [0.04] * 10, {"straight_line": 0.05, "constant": 0.48}, 0.045),
        ("mse", [0.17] * 10, {"straight_line": 0.176}, 0.173),
        ("mse", [1e-5] * 10, {"constant": 0.5}, 0.0023),  # however good the reference gets, that is enough
        ("mse", [1e-6] * 10, {"constant": 0.5, "monotone": 1e-5}, 0.00071),  # which solves the task as well
        ("mse", [1e-6] * 10, {"constant": 0.5, "monotone": 0.1}, 0.00032),
        ("accuracy", [0.06] * 10, {"constant": 0.5}, 0.91),
        ("accuracy", [0.0] * 10, {"constant": 0.5}, 0.98),  # which leaves room for luck
        ("accuracy", [0.0] * 10, {"constant": 0.5, "monotone": 0.01}, 0.992),
        ("mse", [0.01] * 10, {"constant": 0.5, "to beat": 0.012}, 0.011),
        ("mse", [1e-4] * 10, {"constant": 0.5, "to beat": 2e-4}, 0.00015),  # although both solve the task
        ("mse", [None] * 10, {}, None),
    ],
)
def test_a_proposal_lies_between_the_reference_and_the_poor(
    metric: str, runs: list[float | None], floors: dict[str, float], figure: float | None
) -> None:
    threshold = proposed(METRICS[metric], runs, floors)
    assert figure == (None if threshold is None else pytest.approx(METRICS[metric].turned(threshold)))


@pytest.mark.parametrize(
    ("threshold", "metric", "why"),
    [
        ([0.0], "mse", "above 0"),
        ([1.2], "accuracy", "at most 1"),
        ([0.1, 0.2], "mse", "one number for each"),
        ([0.5], "accuracy", r"accuracy at least 0\.5, which the best constant reaches too \(0\.517\)"),
    ],
)
def test_a_threshold_that_asks_for_nothing_is_refused(threshold: list[float], metric: str, why: str) -> None:
    loss = "mse" if metric == "mse" else "binary_crossentropy"
    how = replace(recipe(loss), metrics=(metric,))
    with pytest.raises((InvalidAssignment, ThresholdTooEasy), match=why):
        calibrated(task=assignment(how=how, threshold=threshold))


def test_poor_networks_that_pass_are_refused() -> None:
    easy = assignment(threshold=[0.2])
    (check,) = easy.checks

    def allowing(*names: str) -> Assignment:
        return replace(easy, checks=(replace(check, options={**check.options, "may_pass": names}),))

    with pytest.raises(UncalibratableError, match=r"`no hidden layer` hits with 100 of 100 seeds"):
        calibrated(lambda *_: 100, easy)
    result, _ = calibrated(lambda *_: 100, allowing("no hidden layer", "linear activations", "one hidden unit"))
    assert [decoy["hits"] for decoy in result.decoys] == [100, 100, 100]
    with pytest.raises(InvalidAssignment, match="there is no decoy `no layer`; available: no hidden layer"):
        calibrated(lambda *_: 100, allowing("no layer"))


@pytest.mark.parametrize(("epochs", "every", "length"), [(10, 1, 10), (120, 12, 168), (130, 13, 130), (430, 25, 530)])
def test_any_number_of_epochs(epochs: int, every: int, length: int) -> None:
    how = replace(recipe(), epochs=epochs)
    late = {120: 150, 430: 500}.get(epochs, epochs)
    hits = late - late % how.checkpoint
    result, _ = calibrated(lambda job, _: hits if job.graph == REFERENCE else None, assignment(how=how))
    assert how.checkpoint == every
    assert result.cases[0].epochs == length


def test_a_quick_look_is_the_beginning_of_a_full_run() -> None:
    """Few seeds of each kind, with the wide bounds that they allow, and marked as such."""
    task = assignment(threshold=[0.1])  # below the floor of one decoy only, so that another is trained
    result, jobs = calibrated(task=task, seeds=QUICK_SEEDS)
    (case,) = result.cases
    assert (case.details["seeds"], case.details["pilot"]["seeds"], result.quick) == (20, 10, True)
    assert (case.miss_upper, case.tries) == (pytest.approx(1 - 0.05 ** (1 / 20)), 5)
    _, all_jobs = calibrated(task=task)
    assert {job.seed for job in jobs} < {job.seed for job in all_jobs}


def test_few_seeds_claim_no_more_than_they_show() -> None:
    """Where only their number makes the bound too wide, all tries are used and the bound is stated as it is."""
    (case,) = calibrated(lambda *_: 100, assignment(threshold=[0.01]), seeds=5)[0].cases
    assert (case.tries, case.bound) == (8, pytest.approx((1 - 0.05 ** (1 / 5)) ** 8))
    assert case.bound > 1e-4


def test_a_reference_that_does_not_fit_its_data_is_refused_first() -> None:
    with pytest.raises(InvalidAssignment, match="the reference does not fit the data: input 1"):
        calibrated(lambda *_: pytest.fail("it is trained"), unsuited="input 1 of the network has shape (2,)")


def test_a_changed_reference_is_noticed(tmp_path: Path) -> None:
    """By a digest of its file, whichever way lines end; an installation without references trusts its calibration."""
    (tmp_path / "sample.py").write_bytes(b"a = 1\nb = 2\n")
    calibration = replace(calibrated()[0], sources={"sample.py": source_digest(tmp_path / "sample.py")})
    for content, changed in ((b"a = 1\nb = 2\n", ""), (b"a = 1\r\nb = 2\r\n", ""), (b"a = 1\nb = 3\n", "sample.py")):
        (tmp_path / "sample.py").write_bytes(content)
        assert changed_source(calibration, tmp_path) == changed
    assert changed_source(calibration, tmp_path / "elsewhere") == ""


def only(graph: ModelGraph) -> Hits:
    return lambda job, _: 200 if job.graph == graph else None


HEADS = assignment(SINE_AND_EXP, recipe("mse", "mse"), mode="beats", threshold=[0.01, 0.003])
RIVALS = [("", two_outputs()), ("baseline", next(decoy.graph for decoy in decoys(two_outputs(), HEADS.recipe)))]


def test_beats_is_calibrated_against_the_baseline() -> None:
    """The reference nearly always wins the vote, the baseline nearly never; so each head does."""
    result, _ = calibrated(only(two_outputs()), HEADS, RIVALS)
    assert (result.mode, result.seeds) == ("beats", tuple(range(1, 18)))
    assert [case.tries for case in result.cases] == [17, 17]
    heads = [case.details["heads"] for case in result.cases]
    assert [[head["hits"] for head in of_case] for of_case in heads] == [[300, 300], [0, 0]]
    assert max(head["bound"] for of_case in heads for head in of_case) < 1e-4
    assert max(case.bound for case in result.cases) < 1e-4
    with pytest.raises(UncalibratableError, match="at output 2, 300 of 300 runs hit, so the baseline passes"):
        calibrated(only(two_outputs()), HEADS, RIVALS, easy_head=1)
    with pytest.raises(UncalibratableError, match="so the reference fails"):
        calibrated(lambda *_: None, HEADS, RIVALS)


def test_checks_of_one_training_must_agree() -> None:
    """Several `learns` checks share their trainings, so that one threshold holds for all."""
    (check,) = HEADS.checks
    other = replace(check, id="other", options={**check.options, "threshold": [0.1, 0.1]})
    with pytest.raises(InvalidAssignment, match="same `threshold`"):
        calibrated(task=replace(HEADS, checks=(check, other)))


def test_decoys_are_graded_like_submissions() -> None:
    """Where cases differ, the longest training and the most tries serve all, decoys too."""

    def hits(job: TrainingJob, seed: int) -> int | None:
        if job.graph == chain(5):
            return 450 if seed % 10 else None
        return 100 if job.graph == REFERENCE else None

    result, _ = calibrated(hits, assignment(threshold=[0.1]), [("", REFERENCE), ("narrow", chain(5))])
    assert [(case.epochs, case.tries) for case in result.cases] == [(400, 2), (500, 5)]
    unit = next(decoy for decoy in result.decoys if decoy["name"] == "one hidden unit")
    assert unit["chance"] == pytest.approx(1 - (1 - unit["hit_upper"]) ** 5)


@pytest.mark.parametrize("mode", ["reaches", "none"])
def test_a_calibration_is_written_and_read_exactly(mode: str, tmp_path: Path) -> None:
    """Without `learns`, nothing is trained, and it holds the reference's network."""
    result, jobs = calibrated(task=assignment() if mode == "reaches" else replace(assignment(), checks=()))
    assert (result.mode, result.reference, bool(jobs)) == (mode, REFERENCE, mode == "reaches")
    save_calibration(result, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == result
    assert [path.name for path in tmp_path.iterdir()] == ["calibration.json"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"grader.calibration/1"', '"grader.calibration/9"', "schema"),
        ('"miss_upper"', '"miss_uper"', "miss_upper: Field required"),
        ("0.176", "NaN", "finite number"),
    ],
)
def test_a_damaged_calibration_is_named(old: str, new: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    save_calibration(calibrated()[0], path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InvalidAssignment, match=f"calibration.json.*({why}).*grader calibrate"):
        load_calibration(path)
    with pytest.raises(InvalidAssignment, match="cannot be read"):
        load_calibration(tmp_path / "other.json")


def test_other_versions_are_tried_before_they_are_trusted() -> None:
    """With the seeds of a grading, which decide; the calibration's own versions are trusted without."""
    result, _ = calibrated()

    def held(hits: Hits, keras: str, easy_head: int | None = None, known: Calibration = result) -> list[TrainingJob]:
        trainer, data = Scripted(hits, keras=keras, easy_head=easy_head), SINE if known is result else HEADS.data
        holds(known, recipe(*known.cases[0].loss), data, cast("Trainer", trainer))
        return trainer.asked

    assert held(lambda *_: None, "3.15.1") == []
    assert [job.seed for job in held(usual, "3.99.0")] == [result.seeds[0]]
    with pytest.raises(CalibrationDrift, match=r"Keras 3\.99\.0.*the reference does not pass: .*none of 3 runs"):
        held(lambda *_: None, "3.99.0")
    rivals, _ = calibrated(only(two_outputs()), replace(HEADS, fixed=True), RIVALS)
    held(only(two_outputs()), "3.99.0", known=rivals)
    with pytest.raises(CalibrationDrift, match="the baseline passes"):
        held(only(two_outputs()), "3.99.0", easy_head=1, known=rivals)
