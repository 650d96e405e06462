"""Losses, optimizers, initializers and loss weights under one name each, however the student spelled them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.domain import CompileCall, Setting, Settings
from grader.graph.configurables import INITIALIZER_ALIASES

_LOSSES: Mapping[str, str] = {
    "meansquarederror": "mse", "mse": "mse", "meanabsoluteerror": "mae", "mae": "mae",
    "meanabsolutepercentageerror": "mape", "meansquaredlogarithmicerror": "msle", "huber": "huber",
    "huberloss": "huber",
    "logcosh": "log_cosh", "binarycrossentropy": "binary_crossentropy", "bce": "binary_crossentropy",
    "categoricalcrossentropy": "categorical_crossentropy",
    "sparsecategoricalcrossentropy": "sparse_categorical_crossentropy",
}  # fmt: skip


def _bare(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


def loss_name(setting: Settings) -> str | None:
    """`mse` for `"MSE"`, `"mean_squared_error"`, `MeanSquaredError()` and the like; `None` where there is none."""
    if not isinstance(setting, Setting):
        return None
    if setting.config.get("custom"):
        return f"{setting.name} of your own"
    name = _LOSSES.get(_bare(setting.name), setting.name)
    reduction = setting.config.get("reduction", "sum_over_batch_size")
    usual = reduction in ("sum_over_batch_size", "mean", "auto", None)
    return name if usual else f"{name} with reduction {reduction}"


def optimizer_name(setting: Settings) -> str | None:
    """`rmsprop` for `"RMSprop"`, `RMSprop()` and the like."""
    if not isinstance(setting, Setting):
        return None
    return f"{setting.name} of your own" if setting.config.get("custom") else _bare(setting.name)


def initializer_name(name: str) -> str:
    """Keras's class name for an initializer: `RandomUniform` for `uniform`."""
    return INITIALIZER_ALIASES.get(name, name)


def losses_by_head(call: CompileCall, names: Sequence[str]) -> tuple[str | None, ...]:
    """The loss of each head in the order of `names`; `None` for a head that no loss reaches."""
    if isinstance(call.loss, Setting):
        return (loss_name(call.loss),) * len(names)
    return tuple(loss_name(part) for part in _by_head(call.loss, names))


def weights_by_head(call: CompileCall, names: Sequence[str]) -> tuple[float | None, ...]:
    """The loss weight of each head; 1 for each where none were given."""
    if call.loss_weights is None:
        return (1.0,) * len(names)
    if isinstance(call.loss_weights, int | float):
        return (float(call.loss_weights),) * len(names)
    found = _by_head(call.loss_weights, names)
    return tuple(float(part) if isinstance(part, int | float) else None for part in found)


def _by_head(settings: Settings, names: Sequence[str]) -> list[Settings]:
    if isinstance(settings, Mapping):
        return [settings.get(name) for name in names]
    parts = list(settings) if isinstance(settings, tuple) else []
    return [parts[i] if i < len(parts) else None for i in range(len(names))]
