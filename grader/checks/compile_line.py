"""The `compile` line to write: what the exercise asks for in the student's own terms, and the rest as it was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from grader.domain import CompileCall, Setting, Settings
from grader.graph import losses_by_head, optimizer_name, weights_by_head

LEARNING_RATES = {"rmsprop": 0.001, "adam": 0.001, "sgd": 0.01}
LONGEST_METRICS = 100


def compile_line(
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
    parts = [
        f"optimizer={repr(optimizer) if optimizer else _optimizer(call.optimizer)}",
        f"loss={wanted[0] if single and wanted else _by_output(wanted, names, call.loss)}",
    ]
    if weights is not None or call.loss_weights is not None:
        shown = [f"{weight:g}" for weight in weights or [one or 0.0 for one in weights_by_head(call, names)]]
        parts.append(f"loss_weights={_by_output(shown, names, call.loss_weights)}")
    metrics = _metrics(call.metrics, len(names))
    if metrics and len(metrics) <= LONGEST_METRICS:
        parts.append(f"metrics={metrics}")
    return ", ".join(parts)


def usual_rate(name: str, rate: object) -> bool:
    """Whether a learning rate is the optimizer's default, as far as that is known."""
    usual = LEARNING_RATES.get(name)
    if rate is None or usual is None:
        return True
    return isinstance(rate, int | float) and math.isclose(rate, usual, rel_tol=1e-3)


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


def _by_output(texts: Sequence[str], names: Sequence[str], given: Settings) -> str:
    """As a dict where the student wrote one, as a list otherwise; one output needs neither."""
    if isinstance(given, Mapping) and len(texts) == len(names):
        return "{" + ", ".join(f"{name!r}: {text}" for name, text in zip(names, texts, strict=True)) + "}"
    return texts[0] if len(texts) == 1 and not isinstance(given, tuple) else f"[{', '.join(texts)}]"


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
