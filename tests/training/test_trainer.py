"""The coordinator's end of the trainer process, with a real process at the other end."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psutil
import pytest

from grader.domain import Configured, DataSpec, TrainingRun
from grader.errors import SubmissionLimit, TrainerFault, TrainerLimit
from grader.graph.codec import decode_graph
from grader.graph.edits import unshaped, with_params
from grader.training.engine.build import describe
from grader.training.host import TrainerHost
from grader.training.memo import Memo
from grader.training.messages import TrainingJob, encode_run
from grader.training.trainer import Trainer
from tests.graph.networks import confirmed
from tests.training.networks import (
    SINE,
    SINE_AND_EXP,
    SINE_TWICE,
    Drawing,
    chain,
    example,
    recipe,
    two_inputs,
    two_outputs,
    with_hidden,
)

EASY = TrainingJob(chain(16, activation="tanh"), recipe(), SINE, 1, 100, (0.3,))


def test_seeds_are_reproducible(trainer: Trainer) -> None:
    """Those of random layers too."""
    job = TrainingJob(with_hidden("Dropout", rate=0.5), recipe(), SINE, 1, 25, None)
    first, second, again = (trainer.train(replace(job, seed=seed)) for seed in (1, 2, 1))
    assert first == again
    assert first.predictions != second.predictions


def test_training_stops_at_the_hit(trainer: Trainer) -> None:
    run = trainer.train(EASY)
    assert run.hit_epoch == run.epochs < 100
    assert run.errors == run.curve[-1]
    assert (run.errors[0] or 1.0) <= 0.3
    assert (len(run.curve), len(run.predictions[0])) == (run.epochs // 25, 100)


def test_a_length_that_is_no_multiple_of_the_checkpoint_is_kept(trainer: Trainer) -> None:
    run = trainer.train(replace(EASY, epochs=30, to_the_end=True))
    assert (run.epochs, len(run.curve)) == (30, 2)


def test_every_head_has_to_hit(trainer: Trainer) -> None:
    run = trainer.train(TrainingJob(two_outputs(), recipe("mse", "mae"), SINE_AND_EXP, 1, 50, (1e-9, 10.0)))
    assert run.hit_epoch is None
    assert len(run.errors) == 2


def test_the_solution_as_a_start_is_no_hit(trainer: Trainer) -> None:
    """A network that begins as the exponential itself has learned nothing, however small its error stays."""
    drawing = Drawing()
    start = drawing.input()
    ready = drawing.graph([start], [drawing.dense(start, 1, "exponential", kernel_initializer=Configured("Ones"))])
    run = trainer.train(TrainingJob(ready, recipe(), DataSpec(("x",), ("exp",)), 1, 50, (0.003,)))
    assert (run.start[0] or 1.0) < 1e-6
    assert (run.errors[0] or 1.0) < 0.003
    assert run.hit_epoch is None


def test_nan_never_hits(trainer: Trainer) -> None:
    """Neither of a network that diverges, which is stopped early, nor in one validation point of finite weights."""
    how = replace(recipe(), optimizer="sgd", settings=(("learning_rate", 1e12),))
    run = trainer.train(TrainingJob(chain(32, activation="relu"), how, SINE, 1, 400, (1e300,)))
    assert (run.hit_epoch, run.curve[-1]) == (None, (None,))
    assert run.epochs < 400
    drawing = Drawing()
    start = drawing.input()
    head = drawing.add("ops.Log", (drawing.add("ops.Negative", (start,), 1),), 1)
    run = trainer.train(TrainingJob(drawing.graph([start], [head]), recipe(), SINE, 1, 25, (1e9,)))
    assert (run.hit_epoch, run.errors) == (None, (None,))


@pytest.fixture
def fresh(host: TrainerHost) -> TrainerHost:
    """The host with nothing but its server, which has imported Keras: who asks is answered by a new fork."""
    host.ask({"do": "nothing"}, 60)
    host._end_all()
    return host


ENDLESS = TrainingJob(chain(64, 64), recipe(), SINE, 1, 100_000, (1e-12,))


def test_what_is_interrupted_is_a_fault_and_costs_no_import(fresh: TrainerHost) -> None:
    """The next training begins in a process that is forked at once."""
    server = fresh._server
    threading.Timer(0.5, fresh.interrupt).start()
    with pytest.raises(TrainerFault, match="interrupted"):
        Trainer(ask=fresh.ask).train(ENDLESS)
    assert Trainer(ask=fresh.ask).train(EASY).hit_epoch
    assert fresh._server is server


def test_a_process_that_has_compiled_many_programs_is_replaced(
    fresh: TrainerHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow never gives back what it compiled, so that a long run needs fresh processes."""
    Trainer(ask=fresh.ask).train(EASY)
    assert fresh._processes
    monkeypatch.setattr("grader.training.host.PROGRAMS_PER_PROCESS", 1)
    Trainer(ask=fresh.ask).train(replace(EASY, seed=2))
    assert not fresh._processes


def test_a_server_that_dies_costs_those_who_wait_only_time(fresh: TrainerHost) -> None:
    """Its forks end too, or go on; both trainings have their answers."""
    trainer, job = Trainer(ask=fresh.ask), replace(ENDLESS, epochs=200)
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(trainer.train, replace(job, graph=chain(*widths))) for widths in ((64, 64), (32,))]
        psutil.Process(fresh._server._process.pid).kill()  # type: ignore[union-attr]
        fresh._end_all()
        assert [future.result().epochs for future in waiting] == [200, 200]


def test_what_does_not_fit_the_data_is_told(trainer: Trainer) -> None:
    assert trainer.unsuitable(two_inputs(), SINE_TWICE, recipe()) == ""
    graph, spec = example("words_and_numbers")
    how = recipe("binary_crossentropy", "sparse_categorical_crossentropy")
    assert trainer.unsuitable(graph, spec, how) == ""
    table = next(number for number, layer in enumerate(graph.layers) if layer.kind == "Embedding")
    few = with_params(graph, table, input_dim=9)
    assert "has `input_dim=9`, but its data go up to index 19" in trainer.unsuitable(few, spec, how)


def test_a_fault_names_its_cause_and_the_process_lives_on(trainer: Trainer) -> None:
    """A graph that Keras contradicts is the grader's fault, and the next job is served."""
    wrong = replace(chain(4), parameters=1)
    with pytest.raises(TrainerFault, match="1 parameters"):
        trainer.train(replace(EASY, graph=wrong))
    with pytest.raises(TrainerFault, match="'cos'"):
        trainer.survey(DataSpec(("x",), ("cos",)), recipe())
    assert trainer.train(EASY).hit_epoch


def test_a_training_that_needs_more_memory_than_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.training.host.MEMORY_MB", 16)
    with TrainerHost() as host, pytest.raises(TrainerLimit, match=r"memory|ended the trainer process twice"):
        Trainer(ask=host.ask).train(EASY)


class Asked:
    """Somebody who answers as a trainer process does, within `seconds` for each seed."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds
        self.requests: list[tuple[dict[str, Any], float]] = []

    def __call__(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self.requests.append((request, seconds))
        if self.seconds > seconds:
            raise TrainerLimit(f"takes longer than {seconds:.0f} s")
        if request["do"] == "describe":
            return {"network": describe(decode_graph(request["graph"]))}
        if request["do"] == "influence":
            return {"moves": [[True]]}
        if request["do"] == "measure":
            return {
                "inputs": [{"shape": [2], "limits": None}],
                "targets": [{"shape": [], "limits": [0, 3]}],
                "samples": 8,
            }
        run = TrainingRun(request["job"]["seed"], (0.5,), ((0.5,),), 25, None, ((0.5,),), start=(0.9,))
        return {"run": encode_run(run), "compiled": 1, "seconds": self.seconds}


LONG = TrainingJob(chain(16), recipe(), SINE, 1, 25, (0.01,))


def test_known_seeds_are_not_trained_again(tmp_path: Path) -> None:
    ask = Asked()
    for seed in (1, 2, 1, 3, 2):
        assert Trainer(Memo(tmp_path), ask=ask).train(replace(EASY, seed=seed)).seed == seed
    assert [request["job"]["seed"] for request, _ in ask.requests] == [1, 2, 3]


def test_a_network_that_takes_too_long_is_settled_for_everything(tmp_path: Path) -> None:
    """By another trainer, after a restart, under other names and for another request: nobody is asked again."""
    ask = Asked(seconds=200)
    renamed = replace(LONG.graph, layers=tuple(replace(layer, name="n") for layer in LONG.graph.layers))
    for graph in (LONG.graph, renamed):
        trainer = Trainer(Memo(tmp_path), ask=ask)
        for asked in (lambda: trainer.train(replace(LONG, graph=graph)), lambda: trainer.influence(graph)):  # noqa: B023
            with pytest.raises(TrainerLimit, match=r"^training this network takes longer than 60 s$"):
                asked()
    assert len(ask.requests) == 1


def test_a_network_is_described_once(tmp_path: Path) -> None:
    """By another trainer and after a restart, too."""
    ask = Asked()
    bare = unshaped(LONG.graph)
    for _ in range(2):
        trainer = Trainer(Memo(tmp_path), ask=ask)
        assert [trainer.described(graph) for graph in (bare, LONG.graph)] == [LONG.graph] * 2
    assert len(ask.requests) == 2


def test_what_is_too_large_is_not_even_described() -> None:
    ask = Asked()
    large = replace(LONG.graph, parameters=10**8)
    assert "parameters" in Trainer(ask=ask).described(large).untrainable[0]
    assert ask.requests == []


def test_a_false_claim_is_nothing_to_believe() -> None:
    """Whoever recorded it, it is no fault of the grader's, and would be the same again."""
    claimed = replace(LONG.graph, calls=tuple(replace(call, shapes=((None, 3),)) for call in LONG.graph.calls))
    with pytest.raises(TrainerLimit, match="the recording is not of this network"):
        Trainer(ask=Asked()).described(claimed)


def test_a_network_that_may_take_longer_is_tried_again(tmp_path: Path) -> None:
    """As after a calibration that knows how slow its reference is."""
    ask = Asked(seconds=200)
    with pytest.raises(TrainerLimit):
        Trainer(Memo(tmp_path), ask=ask).train(LONG)
    Trainer(Memo(tmp_path), ask=ask).train(replace(LONG, patience=150.0))
    assert [seconds for _, seconds in ask.requests] == [60.0, 210.0]


def test_what_a_submission_has_used_up_says_nothing_of_the_network(tmp_path: Path) -> None:
    used_up = Mock(side_effect=SubmissionLimit("training all networks takes too long"))
    with pytest.raises(SubmissionLimit):
        Trainer(Memo(tmp_path), ask=used_up).train(LONG)
    assert Trainer(Memo(tmp_path), ask=Asked()).train(LONG).seed == LONG.seed


def test_data_that_take_too_long_are_no_students_fault() -> None:
    with pytest.raises(TrainerFault, match="reading the data takes longer than 60 s") as caught:
        Trainer(ask=Asked(seconds=2_000)).survey(SINE, recipe())
    assert not isinstance(caught.value, TrainerLimit)


def test_a_training_of_too_many_operations_is_known_before_it_is_asked_for() -> None:
    trainer = Trainer(ask=Asked())
    assert trainer.excessive(replace(LONG, epochs=400)) == ""
    large = replace(LONG, graph=confirmed(chain(4096, 1000)), epochs=4_000)
    assert re.fullmatch(
        r"training it takes .*e\+1\d operations, and at most 6e\+12 can be graded", trainer.excessive(large)
    )
    assert trainer.excessive(replace(large, patience=1e6)) == ""


def test_data_that_were_described_start_no_process(tmp_path: Path) -> None:
    """And a file is read again only if its status changes."""
    file = tmp_path / "data.npz"
    file.write_bytes(b"data")
    data, ask = DataSpec(("x",), ("y",), file), Asked()
    measured = [Trainer(Memo(tmp_path / "memo"), ask=ask).measure(data) for _ in range(2)]
    assert measured[0] == measured[1]
    assert len(ask.requests) == 1
    file.write_bytes(b"others")
    Trainer(Memo(tmp_path / "memo"), ask=ask).measure(data)
    assert len(ask.requests) == 2
