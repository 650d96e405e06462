"""The compiled training loop: 25 epochs in one XLA program, equal to `fit` for the same order of batches.

`model.fit` spends nearly all of its time between steps. Here the steps are a loop inside one `tf.function`:
the shuffles come in as an array of indices, Keras's own optimizer and losses do the work, and a mask takes
out the rows that pad the last short batch. Layers that mix the rows of a batch get that batch in its true size, and
so does an `Embedding`: its gradient has the rows that were read, and an optimizer leaves the others as they are.
Networks that differ only in their widths share a program; see `widening`.
`Programs` keeps what is compiled and trains it from each seed, to its first hit or to the end.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.framework import ops

from grader.domain import ModelGraph, Recipe, TrainingRun, distance
from grader.domain.assignment import CHECKPOINT_EPOCHS
from grader.graph.codec import serialise
from grader.graph.reading.catalogue import ELEMENTWISE, LOSSES, OPTIMIZERS
from grader.training.engine.build import UnbuildableError, build, layer_name, start_values
from grader.training.engine.data import Array, Data, Floats, make_data
from grader.training.engine.measures import errors
from grader.training.engine.pictures import Pictures
from grader.training.engine.widening import UNITWISE_SETTINGS, Units, Widened, widened
from grader.training.messages import TrainingJob, dumps, encode_job, is_hit, starts_solved
from grader.training.stored_programs import bring_back, set_aside

Order = npt.NDArray[np.int32]

KEPT_PROGRAMS = 16


class Program:
    """One network and recipe, compiled once and trained from any seed, by every network that has the same wide graph.

    It holds the only mutable state of training: the variables of one Keras model, of its optimizer, and the masks of
    its gradients.
    """

    def __init__(
        self,
        network: Widened,
        recipe: Recipe,
        data: Data,
        jit: bool = True,
    ) -> None:
        self.recipe, self.data, self.pictures = recipe, data, Pictures(data, recipe)
        self.model = build(network.graph, 0, recipe.initializer)
        masked = self.model.trainable_variables if network.kernels else ()
        self._masks = [tf.Variable(tf.ones_like(weight)) for weight in masked]
        self._optimizer = optimizer_of(recipe)
        self._optimizer.build(self.model.trainable_variables)
        self._optimizer_start = [variable.numpy() for variable in self._optimizer.variables]
        self._steps = _Steps(len(data.x_train[0]), recipe.batch_size, exact_tail=mixes_rows(network.graph))
        self._chunk = tf.function(self._trace(), jit_compile=jit, autograph=False)

    def start(self, network: Widened, seed: int) -> None:
        """The network's weights as drawn from `seed`, the optimizer as new."""
        masks = {id(weight): mask for weight, mask in zip(self.model.trainable_variables, self._masks, strict=False)}
        drawn = start_values(network.narrow, seed, self.recipe.initializer)
        undrawn = {id(weight) for weight in self.model.trainable_variables}
        for number, values in drawn.items():
            units = network.kernels.get(number)
            for weight, start in zip(self.model.get_layer(layer_name(number)).variables, values, strict=True):
                undrawn.discard(id(weight))
                if units is None:
                    weight.assign(start)
                else:
                    _place(weight, start, units, masks.get(id(weight)))
        if undrawn:  # they would go on from where the last seed ended
            raise UnbuildableError(f"{len(undrawn)} weights of the network were not drawn from the seed")
        for variable, value in zip(self._optimizer.variables, self._optimizer_start, strict=True):
            variable.assign(value)

    def run(self, order: Order) -> tuple[list[Floats], bool]:
        """Train one epoch for each row of `order`; the validation predictions, and whether going on makes sense.

        It does as long as these or the weights are finite. To ask it within the program would take a fifth of its
        compilation.
        """
        padded = self._steps.batches(order)
        outputs = [output.numpy() for output in self._chunk(tf.constant(padded), tf.constant(len(order), tf.int32))]
        finite = _are_finite(outputs) or _are_finite([weight.numpy() for weight in self.model.trainable_variables])
        return [output.astype(np.float64) for output in outputs], finite

    def _trace(self) -> Callable[..., Any]:
        """What TensorFlow traces; the number of epochs is an argument, so that one program serves all."""
        steps, batch = self._steps, self._batch()
        x_val = self._inputs(self.data.x_val)

        def epoch(indices: Any) -> None:
            def step(number: Any) -> Any:
                batch(indices[number], steps.mask[number])
                return number + 1

            tf.while_loop(lambda number: number < steps.looped, step, [tf.constant(0)])
            if steps.tail:
                batch(indices[steps.looped][: steps.tail], tf.ones(steps.tail))

        def chunk(order: Any, epochs: Any) -> Any:
            def body(number: Any) -> Any:
                epoch(order[number])
                return number + 1

            tf.while_loop(lambda number: number < epochs, body, [tf.constant(0)])
            return self._outputs(x_val, training=False)

        return chunk

    def _batch(self) -> Callable[[Any, Any], None]:
        """One gradient step on the rows `indices`; `mask` says which of them count."""
        x_train = self._inputs(self.data.x_train)
        y_train = [tf.constant(values, tf.float32) for values in self.data.y_train]
        weights, masks, optimizer = self.model.trainable_variables, self._masks, self._optimizer
        losses = [getattr(keras.losses, LOSSES[name])(reduction="none") for name in self.recipe.loss]

        def batch(indices: Any, mask: Any) -> None:
            with tf.GradientTape() as tape:
                outputs = self._outputs([tf.gather(values, indices) for values in x_train], training=True)
                total = tf.add_n([tf.constant(0.0), *self.model.losses])
                for loss, factor, values, output in zip(
                    losses, self.recipe.loss_weights, y_train, outputs, strict=True
                ):
                    total += factor * _masked_mean(loss(tf.gather(values, indices), output), mask)
            gradients = tape.gradient(total, weights)
            if masks:  # zeros where nothing is to be learned, also if the gradient is not finite there
                masked = zip(gradients, masks, strict=True)
                gradients = [value if value is None else tf.where(mask > 0, value, 0.0) for value, mask in masked]
            if any(gradient is not None for gradient in gradients):
                optimizer.apply(gradients, weights)

        return batch

    def _inputs(self, arrays: list[Array]) -> list[Any]:
        """Arrays as the network's inputs take them, which is what `fit` makes of them too."""
        tensors = zip(arrays, self.model.inputs, strict=True)
        return [tf.constant(values.astype(tensor.dtype), tensor.dtype) for values, tensor in tensors]

    def _outputs(self, inputs: list[Any], training: bool) -> list[Any]:
        outputs = self.model(inputs if len(inputs) > 1 else inputs[0], training=training)
        outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
        return [output[:, None] if output.shape.rank == 1 else output for output in outputs]


def _are_finite(arrays: list[Any]) -> bool:
    return all(np.isfinite(values).all() for values in arrays)


def _place(weight: Any, start: Array, units: tuple[Units, Units], mask: Any) -> None:
    """Weights of the narrow network where its units are, zeros elsewhere; and gradients for the former only."""
    rows, columns = units
    index = np.ix_(rows, columns) if len(weight.shape) == 2 else columns
    values, counts = np.zeros(weight.shape, np.float32), np.zeros(weight.shape, np.float32)
    values[index], counts[index] = start, 1.0
    weight.assign(values)
    if mask is not None:
        mask.assign(counts)


class _Steps:
    """How the samples of one epoch are cut into batches.

    The first `looped` steps run in the loop; with `exact_tail` a last step of `tail` rows follows.
    """

    def __init__(self, samples: int, batch_size: int, exact_tail: bool) -> None:
        self._samples = samples
        self._size = min(batch_size, samples)
        self._count = math.ceil(samples / self._size)
        rest = samples % self._size
        self.tail = rest if exact_tail else 0
        self.looped = self._count - bool(self.tail)
        mask = np.zeros(self._count * self._size, np.float32)
        mask[:samples] = 1.0
        self.mask = tf.constant(mask.reshape(self._count, self._size))

    def batches(self, order: Order) -> Order:
        """The order of samples for up to 25 epochs as [epoch, step, row]; padding is masked out or never read."""
        padded = np.zeros((CHECKPOINT_EPOCHS, self._count * self._size), np.int32)
        padded[: len(order), : self._samples] = order
        return padded.reshape(CHECKPOINT_EPOCHS, self._count, self._size)


ROW_BY_ROW = frozenset({
    "InputLayer", "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity",
    "Rescaling", "Flatten", "Reshape", "RepeatVector", "Permute", "Concatenate", "Dropout", "GaussianDropout",
    "GaussianNoise", "ops.Add", "ops.Subtract", "ops.Multiply", "ops.Divide", "ops.TrueDivide", "ops.Negative",
    "ops.Abs", "ops.Absolute", "ops.Square", "ops.Sin", "ops.Cos", "ops.Maximum", "ops.Minimum", *ELEMENTWISE,
})  # fmt: skip


def mixes_rows(graph: ModelGraph) -> bool:
    """Whether a row's output may depend on the other rows; true if in doubt."""
    for layer in graph.layers:
        axis = layer.param("axis", -1)
        is_plain = 0 not in (axis if isinstance(axis, tuple) else (axis,))
        if layer.kind not in ROW_BY_ROW or not is_plain or layer.param("activity_regularizer") is not None:
            return True
    return False


def _masked_mean(values: Any, mask: Any) -> Any:
    """The mean over the rows that count. Rows that do not are replaced, since 0 * inf is NaN."""
    if values.shape.rank > 1:
        values = tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))
    return tf.reduce_sum(tf.where(mask > 0, values, 0.0)) / tf.reduce_sum(mask)


def optimizer_of(recipe: Recipe) -> Any:
    """With the settings that the recipe gives it; `keras.optimizers.get` does not know all of them by name."""
    return getattr(keras.optimizers, OPTIMIZERS[recipe.optimizer])(**dict(recipe.settings), name="optimizer")


class Programs:
    """Compiled programs by what they train, so that each compiles once; the oldest are dropped.

    `compiled` counts them, those that were dropped included: TensorFlow never frees some 10 MB of each.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()
        self._named: set[str] = set()
        self.compiled = 0

    def train(self, job: TrainingJob) -> TrainingRun:
        """From a compiled program or, if XLA cannot compile it, from a plain one."""
        is_unitwise = all(name in UNITWISE_SETTINGS for name, _ in job.recipe.settings)
        network = widened(job.graph, job.data.inputs, job.recipe.optimizer if is_unitwise else "")
        program = self._program(job, network)
        program.start(network, job.seed)
        return _run(program, job)

    def _program(self, job: TrainingJob, network: Widened) -> Program:
        key = _key(replace(job, graph=network.graph))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self.compiled += 1
        name = f"{key} {self.compiled}" if key in self._named else key  # TensorFlow keeps what a name stood for
        self._named.add(key)
        program = _compiled(name, network, job.recipe, make_data(job.data))
        while len(self._kept) >= KEPT_PROGRAMS:
            self._kept.popitem(last=False)
        self._kept[key] = program
        return program


def _key(job: TrainingJob) -> str:
    """Everything that a program is compiled from, and no names: students' networks differ in them."""
    message = encode_job(job) | {"graph": serialise(job.graph)}
    return dumps({name: message[name] for name in ("graph", "recipe", "data")})


def _compiled(name: str, network: Widened, recipe: Recipe, data: Data) -> Program:
    """A program that XLA has compiled, or a plain one if it cannot."""

    def compiled(name: str) -> Program | None:
        program = Program(network, recipe, data)
        with suppress(tf.errors.OpError, NotImplementedError, TypeError, ValueError), _numbered_by(name):
            program.run(np.zeros((0, len(data.x_train[0])), np.int32))  # compiles, and trains no epoch at all
            return program
        return None

    if program := compiled(name):
        return program
    hidden = set_aside()  # one that was stored may be spoilt
    if hidden and (program := compiled(f"{name} again")):
        return program
    bring_back(hidden)
    return Program(network, recipe, data, jit=False)


@contextmanager
def _numbered_by(program: str) -> Iterator[None]:
    """While a program is traced, TensorFlow numbers its functions by what it is.

    Otherwise it numbers all of a process in turn, and of the programs that are stored finds only those that were
    compiled in the same order.
    """
    first = int(hashlib.sha256(program.encode()).hexdigest()[:12], 16)
    uid, ops.uid = ops.uid, itertools.count(first).__next__
    try:
        yield
    finally:
        ops.uid = uid


def _run(program: Program, job: TrainingJob) -> TrainingRun:
    """From fresh weights to the hit or to the end."""
    shuffles = np.random.default_rng(job.seed)
    samples = len(program.data.x_train[0])
    curve: list[tuple[float | None, ...]] = []
    hit_epoch, epoch, finite = None, 0, True
    outputs, _ = program.run(np.zeros((0, samples), np.int32))
    start = errors(program.recipe, program.data.y_val, outputs)
    solved = any(starts_solved(start, head, threshold) for head, threshold in enumerate(job.thresholds or ()))
    while epoch < job.epochs and finite and (hit_epoch is None or job.to_the_end):
        epochs = min(job.every, job.epochs - epoch)
        outputs, finite = program.run(_order(shuffles, epochs, samples))
        epoch += epochs
        curve.append(errors(program.recipe, program.data.y_val, outputs))
        hits = job.thresholds is not None and all(map(is_hit, curve[-1], job.thresholds))
        if hits and hit_epoch is None and not solved:
            hit_epoch = epoch
    best = curve[math.ceil(hit_epoch / job.every) - 1] if hit_epoch else _best(curve, job.thresholds)
    predictions = tuple(tuple(program.pictures.shown(head, output)) for head, output in enumerate(outputs))
    return TrainingRun(job.seed, best, tuple(curve), epoch, hit_epoch, predictions, start=start, every=job.every)


def _order(shuffles: np.random.Generator, epochs: int, samples: int) -> Order:
    return np.stack([shuffles.permutation(samples) for _ in range(epochs)]).astype(np.int32)


def _best(curve: list[tuple[float | None, ...]], thresholds: tuple[float, ...] | None) -> tuple[float | None, ...]:
    """The checkpoint whose worst head is best, measured in thresholds where there are any."""
    return min(curve, key=lambda errors: distance(errors, thresholds or (1.0,) * len(errors)))
