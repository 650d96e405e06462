"""Calls that Keras 1 or 2 understood and Keras 3 does not: renamed arguments, methods that went, `merge`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .old_names import Finding, full_name
from .rewrite import Key, Written, corrected, instead
from .shim import OPTIMIZERS

# Arguments of Keras 1, by the function that takes them.
OF_LAYERS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
OF_DENSE = {"output_dim": "units", **OF_LAYERS}
OF_CONVOLUTIONS = {
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    **OF_LAYERS,
}
OF_POOLING = {"border_mode": "padding", "pool_length": "pool_size", "stride": "strides"}
OF_DROPOUT = {"p": "rate"}
OF_FIT = {"nb_epoch": "epochs", "samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps"}
ARGUMENTS: dict[str, dict[str, str]] = {
    "Model": {"input": "inputs", "output": "outputs"},
    **dict.fromkeys(("Dense", "LSTM", "GRU", "SimpleRNN"), OF_DENSE),
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D"), OF_CONVOLUTIONS),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"), OF_POOLING),
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "GaussianDropout"), OF_DROPOUT),
    "GaussianNoise": {"sigma": "stddev"},
    **dict.fromkeys(("fit", "fit_generator"), OF_FIT),
}
METHODS = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
    "predict_proba": "predict",
}
MERGES = {
    "sum": "add",
    "mul": "multiply",
    "concat": "concatenate",
    "ave": "average",
    "max": "maximum",
    "dot": "dot",
}


@dataclass
class Context:
    """What one cell needs to know of the others: imports, and which functions are called."""

    names: dict[str, str]
    called: set[str]
    text: str = ""
    once: set[str] = field(default_factory=set)

    def written(self, node: ast.Call) -> Written:
        return Written(node, ast.get_source_segment(self.text, node) or ast.unparse(node))

    def first(self, what: str) -> bool:
        """Whether this is said for the first time in the submission."""
        known = what in self.once
        self.once.add(what)
        return not known


def last_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2] if isinstance(call.func, (ast.Name, ast.Attribute)) else ""


def merge_function(call: ast.Call, context: Context) -> Iterator[Finding]:
    """`merge([a, b], mode='concat')` of Keras 1, and its layer `Merge`."""
    if full_name(call.func, context.names) not in ("keras.layers.merge", "keras.layers.Merge"):
        return
    written = context.written(call)
    mode, axis = written.value(1, "mode"), written.value(2, "concat_axis")
    name = MERGES.get(str(mode.value), "concatenate") if isinstance(mode, ast.Constant) else "add"
    changes: dict[Key, str | None] = {key: None for key in written.parts if key not in (0, "inputs", "layers")}
    if axis is not None and name == "concatenate":
        changes["axis"] = f"axis={ast.unparse(axis)}"
    home = f"{ast.unparse(call.func.value)}." if isinstance(call.func, ast.Attribute) else ""
    yield "keras1-merge", corrected(written, changes, home + name)


def arguments(call: ast.Call, context: Context) -> Iterator[Finding]:
    renames = ARGUMENTS.get(last_name(call), {})
    changes: dict[Key, str | None] = {
        keyword.arg: f"{renames[keyword.arg]}={ast.unparse(keyword.value)}"
        for keyword in call.keywords
        if keyword.arg in renames
    }
    if changes:
        yield "keras1-argument", corrected(context.written(call), changes)


def optimizer(call: ast.Call, context: Context) -> Written | None:
    return context.written(call) if last_name(call).lower() in map(str.lower, OPTIMIZERS) else None


def learning_rate(call: ast.Call, context: Context) -> Iterator[Finding]:
    written = optimizer(call, context)
    rate = written.parts.get("lr") if written else None
    if written and rate is not None:
        yield "optimizer-lr", corrected(written, {"lr": f"learning_rate={ast.unparse(rate)}"})


def decay(call: ast.Call, context: Context) -> Iterator[Finding]:
    """Keras 2 divided the rate by 1 + decay * step, which is a schedule of Keras 3."""
    written = optimizer(call, context)
    slower = written.parts.get("decay") if written else None
    if written is None or slower is None:
        return
    rate = written.value(0, "learning_rate") or written.parts.get("lr")
    start = "0.001" if rate is None else ast.unparse(rate)
    schedule = f"keras.optimizers.schedules.InverseTimeDecay({start}, 1, {ast.unparse(slower)})"
    changes: dict[Key, str | None] = {"lr": None, "decay": None}
    changes |= {0: schedule} if 0 in written.parts else {"learning_rate": f"learning_rate={schedule}"}
    yield "optimizer-decay", corrected(written, changes)


def methods(call: ast.Call, context: Context) -> Iterator[Finding]:
    """Methods of models that Keras 3 no longer has."""
    if not isinstance(call.func, ast.Attribute):
        return
    written = context.written(call)
    owner, name = ast.unparse(call.func.value), call.func.attr
    if name == "predict_classes":
        given = ", ".join(ast.unparse(argument) for argument in call.args)
        yield "keras2-method", instead(f"{owner}.predict({given}).argmax(axis=-1)", written.text)
    elif name in METHODS:
        data = written.parts.get("generator")
        changes: dict[Key, str | None] = {} if data is None else {"generator": f"x={ast.unparse(data)}"}
        renames = ARGUMENTS.get(name, {})
        changes |= {old: f"{renames[old]}={ast.unparse(written.parts[old])}" for old in renames if old in written.parts}
        yield "keras2-method", corrected(written, changes, f"{owner}.{METHODS[name]}")


def samples_joined(call: ast.Call, context: Context) -> Iterator[Finding]:
    """`concatenate([a, b], axis=0)`, which puts the samples of one input below those of the other."""
    made = call.func if isinstance(call.func, ast.Call) else None
    full = full_name((made or call).func, context.names)
    if not full.startswith(("keras.", "tensorflow.keras.")) or last_name(made or call).lower() != "concatenate":
        return
    holder = context.written(made or call)
    position = 0 if full.endswith(".Concatenate") else 1
    key, axis = holder.key(position, "axis"), holder.value(position, "axis")
    if key is not None and isinstance(axis, ast.Constant) and axis.value == 0 and (made is None) == (position == 1):
        yield "merge-axis", corrected(holder, {key: None})


OLD_CALLS: tuple[Callable[[ast.Call, Context], Iterator[Finding]], ...] = (
    merge_function,
    arguments,
    learning_rate,
    decay,
    methods,
    samples_joined,
)
