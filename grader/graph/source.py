"""Parts of a network as Keras code: parameters, layers, losses and optimizers, and the arguments of `compile`.

What is written here is shown to students or run as a program. `reporting/network/text.py` has a text of its own for
each call: it shortens and cleans what strangers chose, to fit a line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from grader.domain import Array, CompileCall, Configured, Setting, Settings, Slice
from grader.graph.reading.catalogue import (
    CONSTRAINTS,
    INITIALIZERS,
    REGULARIZERS,
    losses_by_head,
    optimizer_name,
    weights_by_head,
)

OPTIMIZERS: Mapping[str, tuple[str, float]] = {
    "rmsprop": ("RMSprop", 0.001), "adam": ("Adam", 0.001), "sgd": ("SGD", 0.01), "adagrad": ("Adagrad", 0.001),
    "nadam": ("Nadam", 0.001),
}  # fmt: skip
"""Keras's class of an optimizer, and its default learning rate."""
LONGEST_METRICS = 100
_FIRST = {"Dropout": "rate", "Activation": "activation", "Reshape": "target_shape"}


_MODULES: Mapping[str, Mapping[str, object]] = {
    "regularizers": REGULARIZERS, "constraints": CONSTRAINTS, "initializers": INITIALIZERS,
}  # fmt: skip


class UnwritableError(Exception):
    """A network, or a spelling of it, that cannot be written as a program."""


def value(item: Any, keras: str = "") -> str:
    """A parameter: `'sigmoid'`, `0.5`, `L2(l2=0.01)`; `keras` is what a program calls the package."""
    if isinstance(item, Configured):
        module = next((name for name, kinds in _MODULES.items() if item.kind in kinds), "layers")
        texts = {name: value(part, keras) for name, part in item.params}
        return f"{f'{keras}.{module}.' if keras else ''}{item.kind}({arguments(texts)})"
    if isinstance(item, tuple):
        inner = ", ".join(value(part, keras) for part in item)
        return f"({inner},)" if len(item) == 1 else f"({inner})"
    if isinstance(item, Array | Slice):
        raise UnwritableError("an array or a slice")
    return repr(item)


def arguments(texts: Mapping[str, str], kind: str = "") -> str:
    """`20, activation='relu'`: what a layer's constructor, or another call, is given; nothing for an empty text."""
    first = next((name for name in ("units", "filters") if name in texts), _FIRST.get(kind))
    ordered = sorted(texts.items(), key=lambda pair: pair[0] != first)
    return ", ".join(text if name == first else f"{name}={text}" for name, text in ordered if text)


def usual_rate(name: str, rate: object) -> bool:
    """Whether a learning rate is the optimizer's default, as far as that is known."""
    if rate is None or name not in OPTIMIZERS:
        return True
    return isinstance(rate, int | float) and math.isclose(rate, OPTIMIZERS[name][1], rel_tol=1e-3)


def compile_arguments(
    call: CompileCall,
    names: Sequence[str],
    optimizer: str | None,
    losses: Sequence[str] | None,
    weights: Sequence[float] | None,
) -> str:
    """The arguments of `compile`. `None` leaves what the student wrote; `names` are the outputs in order."""
    found = losses_by_head(call, names)
    known = next((name for name in found if name is not None), None)
    own = [_loss(name or known) for name in found]  # each output needs one, whatever else is asked
    wanted = [repr(name) for name in losses] if losses is not None else own
    single = losses is None and isinstance(call.loss, Setting) and weights is None and call.loss_weights is None
    shown = ""
    if weights is not None or call.loss_weights is not None:
        given = weights or [one or 0.0 for one in weights_by_head(call, names)]
        shown = by_output([f"{weight:g}" for weight in given], names, call.loss_weights)
    metrics = _metrics(call.metrics, len(names))
    return arguments({
        "optimizer": repr(optimizer) if optimizer else _optimizer(call.optimizer),
        "loss": wanted[0] if single and wanted else by_output(wanted, names, call.loss),
        "loss_weights": shown,
        "metrics": metrics if len(metrics) <= LONGEST_METRICS else "",
    })  # fmt: skip


def by_output(texts: Sequence[str], names: Sequence[str] = (), given: Settings = None) -> str:
    """As a dict where the student wrote one, as a list otherwise; one output needs neither."""
    if isinstance(given, Mapping) and len(texts) == len(names):
        return "{" + ", ".join(f"{name!r}: {text}" for name, text in zip(names, texts, strict=True)) + "}"
    return texts[0] if len(texts) == 1 and not isinstance(given, tuple) else f"[{', '.join(texts)}]"


def _optimizer(setting: Settings) -> str:
    name = optimizer_name(setting)
    if not isinstance(setting, Setting) or name is None:
        return "'rmsprop'"
    rate = setting.config.get("learning_rate")
    if setting.config.get("custom") or (not usual_rate(name, rate) and isinstance(rate, int | float)):
        return f"{setting.name}(learning_rate={rate:g})" if isinstance(rate, int | float) else f"{setting.name}()"
    return repr(name)


def _loss(name: str | None) -> str:
    """A loss by its name; a student's own function is no text."""
    if name is None:
        return "…"
    own = name.removesuffix(" of your own")
    return own if own != name else repr(name.partition(" with ")[0])


def _metrics(given: Settings, outputs: int) -> str:
    """As the student gave them; of several outputs each needs a list of its own, or a list has an entry for each."""
    entries = given if isinstance(given, tuple) else ()
    flat = 0 < len(entries) != outputs > 1 and all(isinstance(one, Setting) for one in entries)
    if isinstance(given, Setting) or flat:
        one = f"[{_metric(given)}]" if isinstance(given, Setting) else _metric(given)
        return one if outputs == 1 else f"[{', '.join([one] * outputs)}]"
    return _metric(given) if given else ""


def _metric(given: Settings) -> str:
    if isinstance(given, Setting):
        return given.name if given.config.get("custom") else repr(given.name)
    if isinstance(given, Mapping):
        return "{" + ", ".join(f"{name!r}: {_metric(one)}" for name, one in given.items()) + "}"
    return f"[{', '.join(_metric(one) for one in given)}]" if isinstance(given, tuple) else repr(given)
