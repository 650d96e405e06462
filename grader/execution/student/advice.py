"""Conditions worth a note: what Keras 3 does silently, or says in words that a student cannot use."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from . import describe, shim
from .recorder import Record, Recorder

# Losses that compare targets and predictions element by element, and so broadcast without a word.
ELEMENTWISE = ("squared", "absolute", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")


def output_count(model: Any) -> int:
    return len(getattr(model, "outputs", None) or [None])


def on_compile(recorder: Recorder, model: Any, asked: dict[str, Any]) -> None:
    loss, weights, metrics = asked["loss"], asked["loss_weights"], asked["metrics"]
    outputs = output_count(model)
    if isinstance(metrics, str) or callable(metrics):
        recorder.note("keras2-metrics", metrics if isinstance(metrics, str) else "")
    if outputs > 1 and isinstance(loss, (list, tuple)) and len(loss) < outputs:
        recorder.note("loss-single-for-many", f"{len(loss)} of {outputs}")
    if isinstance(weights, (list, tuple)) and len(weights) > 1 and not isinstance(loss, (list, tuple, dict)):
        recorder.note("loss-weights-need-list", str(len(weights)))
    flat = isinstance(metrics, (list, tuple)) and not any(isinstance(m, (list, tuple, dict)) for m in metrics)
    if outputs > 1 and flat and metrics:
        fewer = len(metrics) < outputs
        recorder.note("metrics-fewer-than-outputs" if fewer else "metrics-by-position", f"{len(metrics)} of {outputs}")
    ignored_input_dims(recorder, model)


def ignored_input_dims(recorder: Recorder, model: Any) -> None:
    """In a functional model `input_dim` says nothing: the `Input` does."""
    if isinstance(model, recorder.keras.Sequential):
        return
    for layer in getattr(model, "layers", ()):
        known = recorder.shaped_layers.get(id(layer))
        if known is not None and known[0] is layer:
            recorder.note("input-dim-ignored", str(layer.name), known[1])


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> None:
    """Targets whose shape differs from the output's train all the same, each against all."""
    outputs = getattr(model, "outputs", None) or []
    targets = describe.shapes(asked["y"], getattr(model, "output_names", None))
    losses = losses_by_output(record, len(outputs))
    for number, (output, target) in enumerate(zip(outputs, targets, strict=False)):
        wanted, given = list(output.shape[1:]), list(target[1:]) or [1]
        elementwise = any(part in losses[number].lower() for part in ELEMENTWISE)
        if elementwise and None not in wanted and wanted != given:
            recorder.note("target-shape-broadcast", f"{tuple(target)} against {tuple(output.shape)}")


def losses_by_output(record: Record, outputs: int) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told by position."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = list(loss["by_name"].values())
    several = loss if isinstance(loss, list) else [loss] * outputs
    names = [str(one.get("setting", "")) if isinstance(one, dict) else "" for one in several]
    return names + [""] * (outputs - len(names))


def on_sources(recorder: Recorder, texts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Notes that need no running: imports that moved, and a seed that Keras 3 does not hear."""
    trees = []
    for text, place in texts:
        try:
            trees.append((ast.parse(text), place))
        except (SyntaxError, ValueError, RecursionError):
            continue
    for tree, place in trees:
        for detail, line in shim.moved_imports(tree):
            recorder.note("keras2-import", detail, {**place, "line": line})
    names = {name for tree, _ in trees for name in called_names(tree)}
    if "set_random_seed" in names:
        return
    for tree, place in trees:
        for line in numpy_seeds(tree):
            recorder.note("numpy-seed", "", {**place, "line": line})


def called_names(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rsplit(".", 1)[-1]


def numpy_seeds(tree: ast.AST) -> Iterable[int]:
    imported = any(isinstance(node, ast.ImportFrom) and node.module == "numpy.random" for node in ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("np.random.seed", "numpy.random.seed") or (imported and called == "seed"):
                yield node.lineno
