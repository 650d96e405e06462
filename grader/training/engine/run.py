"""What the trainer process does with a network: runs by seed, with programs kept for reuse, and which inputs matter."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from grader.domain import ModelGraph, TrainingRun
from grader.training.data import Data, Floats, make_data
from grader.training.engine.build import build
from grader.training.engine.loop import Order, Program
from grader.training.job import CHECKPOINT_EPOCHS, Stop, TrainingJob, dumps, encode_job, starts_solved

KEPT_PROGRAMS = 4
DRAWS = 8
POINTS = 16
NOISE = 1e-4  # of the largest output; normalising a single number leaves about 1e-5
FREE_SIZE = 4  # for an axis of unspecified length


class Programs:
    """Compiled programs by what they train, so that a network compiles once; the oldest are dropped."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()

    def train(self, job: TrainingJob) -> list[TrainingRun]:
        """The job's runs, from a compiled program or, if XLA cannot compile it, from a plain one."""
        key = _key(job)
        if key in self._kept:
            self._kept.move_to_end(key)
            return list(_runs(self._kept[key], job))
        data = make_data(job.data)
        program = Program(job.graph, job.recipe, data, job.learning_rate)
        try:
            _warm_up(program)
        except (tf.errors.OpError, NotImplementedError, TypeError, ValueError):
            program = Program(job.graph, job.recipe, data, job.learning_rate, jit=False)
        while len(self._kept) >= KEPT_PROGRAMS:
            self._kept.popitem(last=False)
        self._kept[key] = program
        return list(_runs(program, job))


def _key(job: TrainingJob) -> str:
    """Everything that a program is compiled from."""
    message = encode_job(job)
    return dumps({name: message[name] for name in ("graph", "recipe", "data", "learning_rate")})


def _warm_up(program: Program) -> None:
    """Compile, by training no epoch at all."""
    program.run(np.zeros((0, len(program.data.x_train[0])), np.int32))


def _runs(program: Program, job: TrainingJob) -> Iterator[TrainingRun]:
    for seed in job.seeds:
        run = _run(program, job, seed)
        yield run
        if job.stop is Stop.FIRST and run.hit_epoch is not None:
            return


def _run(program: Program, job: TrainingJob, seed: int) -> TrainingRun:
    """One seed, from fresh weights to its hit or to the end."""
    program.start(seed)
    shuffles = np.random.default_rng(seed)
    samples = len(program.data.x_train[0])
    curve: list[tuple[float | None, ...]] = []
    hit_epoch, epoch, finite = None, 0, True
    outputs, _ = program.run(np.zeros((0, samples), np.int32))
    start = _errors(program.data, outputs)
    solved = any(starts_solved(start, head, threshold) for head, threshold in enumerate(job.thresholds or ()))
    while epoch < job.epochs and finite and (hit_epoch is None or job.stop is Stop.END):
        epochs = min(CHECKPOINT_EPOCHS, job.epochs - epoch)
        outputs, finite = program.run(_order(shuffles, epochs, samples))
        epoch += epochs
        curve.append(_errors(program.data, outputs))
        if hit_epoch is None and not solved and _hits(curve[-1], job.thresholds):
            hit_epoch = epoch
    best = curve[math.ceil(hit_epoch / CHECKPOINT_EPOCHS) - 1] if hit_epoch else _best(curve, job.thresholds)
    predictions = tuple(_plain(output) for output in outputs)
    return TrainingRun(seed, best, tuple(curve), epoch, hit_epoch, predictions, start=start)


def _order(shuffles: np.random.Generator, epochs: int, samples: int) -> Order:
    return np.stack([shuffles.permutation(samples) for _ in range(epochs)]).astype(np.int32)


def _errors(data: Data, outputs: list[Floats]) -> tuple[float | None, ...]:
    """MSE by head on the validation points; `None` if it is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        errors = [np.mean(np.square(output - target)) for output, target in zip(outputs, data.y_val, strict=True)]
    return tuple(float(error) if np.isfinite(error) else None for error in errors)


def _hits(errors: tuple[float | None, ...], thresholds: tuple[float, ...] | None) -> bool:
    return thresholds is not None and all(
        error is not None and error <= threshold for error, threshold in zip(errors, thresholds, strict=True)
    )


def _best(curve: list[tuple[float | None, ...]], thresholds: tuple[float, ...] | None) -> tuple[float | None, ...]:
    """The checkpoint whose worst head is best, measured in thresholds where there are any."""

    def worst(errors: tuple[float | None, ...]) -> float:
        scales = thresholds or (1.0,) * len(errors)
        return max(math.inf if error is None else error / scale for error, scale in zip(errors, scales, strict=True))

    return min(curve, key=worst)


def _plain(output: Floats) -> tuple[float | None, ...]:
    return tuple(float(value) if np.isfinite(value) else None for value in output.reshape(-1))


def influence(graph: ModelGraph) -> list[list[bool]]:
    """By output, whether each input changes it, for some of several random weights.

    Weights that can be trained are drawn from a normal distribution, so that a start at zero hides nothing, and then
    projected by their constraints as in every step of training; frozen weights stay. An input that changes an output by
    less than the numerical noise counts as having no effect.
    """
    model = build(graph, seed=1)
    generator = np.random.default_rng(1)
    found = [[False] * len(graph.inputs) for _ in graph.outputs]
    for _ in range(DRAWS):
        for variable in model.trainable_variables:
            variable.assign(generator.normal(size=variable.shape))
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        usual = [_sample(tensor, generator) for tensor in model.inputs]
        outputs = _outputs(model, usual)
        for number, tensor in enumerate(model.inputs):
            changed = [*usual[:number], _sample(tensor, generator), *usual[number + 1 :]]
            for head, (before, after) in enumerate(zip(outputs, _outputs(model, changed), strict=True)):
                found[head][number] |= _differ(before, after)
    return found


def _sample(tensor: Any, generator: np.random.Generator) -> Any:
    shape = [POINTS, *(FREE_SIZE if size is None else size for size in tensor.shape[1:])]
    if "int" in str(tensor.dtype):
        return generator.integers(0, 2, shape)
    return generator.normal(size=shape).astype("float32")


def _differ(before: Any, after: Any) -> bool:
    scale = float(np.nanmax(np.abs(before), initial=0.0))
    return not np.allclose(before, after, rtol=0.0, atol=NOISE * scale, equal_nan=True)


def _outputs(model: Any, inputs: list[Any]) -> list[Any]:
    outputs = model(inputs, training=False)
    return [np.asarray(output) for output in (outputs if isinstance(outputs, list | tuple) else [outputs])]
