"""What `compile` was given that Keras 3 ignores, reads in another sense, or refuses in words that help nobody.

The fact `compiled` holds `call`, the source of the call; `outputs`, the names by which the model knows its outputs,
and how many there are as `count`, 0 where nobody knows; `version` of Keras; `repeated`, a name that two outputs
share, with `same` where they are one tensor; `optimizer_class`, where a class was given. Of `loss`, `loss_weights`
and `metrics` it holds the kind (none, one, list, dict), the entries as one would write them, the keys of a dict, and
whether a list is nested.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from grader.domain.words import nearest
from grader.hints.calls import Call, Finding, Said, list_of, names, read_call

MISROUTING = "3.14.0"
MOST_NAMED = 8  # outputs among which a wrong name's own is looked for


@dataclass(frozen=True)
class Argument:
    """One argument of `compile`; `text` as it stands in the call, or else as one would write it."""

    name: str
    kind: str
    text: str
    entries: tuple[str, ...]
    keys: tuple[str, ...]
    nested: bool

    def instead(self, new: str) -> dict[str, str]:
        return {"new": f"{self.name}={new}", "old": f"{self.name}={self.text}"}


@dataclass(frozen=True)
class Compiled:
    """A call of `compile`."""

    call: Call | None
    said: Said
    loss: Argument
    weights: Argument
    metrics: Argument

    @property
    def count(self) -> int:
        count = self.said.get("count")
        return count if isinstance(count, int) and 0 < count < 100 else 1

    @property
    def hides_outputs(self) -> bool:
        """Whether nobody knows how many there are: a subclass of Model may return any number."""
        return self.said.get("count") == 0

    @property
    def outputs(self) -> tuple[str, ...]:
        return names(self.said, "outputs")


def concluded(said: Said) -> Iterator[Finding]:
    """Every note that one call of `compile` deserves."""
    call = read_call(said.get("call"))
    loss, weights, metrics = (_argument(said, call, name) for name in ("loss", "loss_weights", "metrics"))
    fact = Compiled(call, said, loss, weights, metrics)
    for rule in RULES:
        yield from rule(fact)


def _argument(said: Said, call: Call | None, name: str) -> Argument:
    kind, entries, keys = str(said.get(f"{name}_kind", "none")), names(said, name), names(said, f"{name}_keys")
    by_key = dict(zip(keys, entries, strict=False))
    plain = {"list": list_of(entries), "dict": _mapping(by_key), "one": "".join(entries)}
    text = call.parts[name] if call and name in call.parts else plain.get(kind, "")
    written = next((one.value for one in call.node.keywords if one.arg == name), None) if call else None
    if isinstance(written, (ast.List, ast.Tuple)) and len(written.elts) == len(entries):
        entries = tuple(map(ast.unparse, written.elts))
    return Argument(name, kind, text, entries, keys, said.get(f"{name}_nested") == 1)


def _metric_alone(fact: Compiled) -> Iterator[Finding]:
    """`metrics='mse'`, which Keras 3 refuses."""
    if fact.metrics.kind == "one":
        one = [fact.metrics.text]
        yield "keras2-metrics", fact.metrics.instead(list_of(one) if fact.count == 1 else each(fact.count, one))


def _metrics_by_output(fact: Compiled) -> Iterator[Finding]:
    """One list of metrics for several outputs."""
    metrics = fact.metrics
    if fact.count == 1 or not metrics.entries:
        return
    if metrics.kind == "list" and not metrics.nested:
        code = "metrics-by-position" if len(metrics.entries) == fact.count else "metrics-count"
        yield code, metrics.instead(each(fact.count, metrics.entries))
    if fact.said.get("version") == MISROUTING:
        yield "metrics-keras-3-14", {}


def _loss_count(fact: Compiled) -> Iterator[Finding]:
    """More or fewer losses than outputs."""
    losses = fact.loss.entries
    if fact.loss.kind != "list" or not losses or len(losses) == fact.count or fact.hides_outputs:
        return
    fitting = (*losses, *losses[-1:] * fact.count)[: fact.count]
    code = "loss-single-for-many" if len(losses) < fact.count else "loss-count"
    yield code, fact.loss.instead(list_of(fitting) if fact.count > 1 else fitting[0])


def _weights_without_losses(fact: Compiled) -> Iterator[Finding]:
    """Keras wants as many losses as weights, and counts a single loss as one."""
    weights, one = fact.weights, fact.loss.text
    if fact.loss.kind != "one" or weights.kind not in ("list", "dict") or len(weights.entries) < 2:
        return
    by_output = dict.fromkeys(fact.outputs, one)
    new = _mapping(by_output) if weights.kind == "dict" else list_of([one] * len(weights.entries))
    yield "loss-weights-need-list", fact.loss.instead(new)


def weight_count(fact: Compiled) -> Iterator[Finding]:
    """`[0,1, 0,9]` is four numbers."""
    given = len(fact.weights.entries)
    if fact.weights.kind == "list" and given > fact.count and not fact.hides_outputs:
        yield "loss-weights-count", {"given": given, "outputs": fact.count}


def _keys_of_outputs(fact: Compiled) -> Iterator[Finding]:
    """Entries by name, where a name is missing or is no output's."""
    for argument in (fact.loss, fact.weights, fact.metrics):
        if argument.kind != "dict" or not 0 < len(fact.outputs) <= MOST_NAMED:
            continue
        strange = set(argument.keys) - {*fact.outputs}
        lacking = {*fact.outputs} - set(argument.keys) if argument is not fact.metrics else set()
        if strange or lacking:
            entries = by_name(argument, fact.outputs)
            if argument is not fact.metrics:
                usual = next(iter(entries.values()), "'mse'") if argument is fact.loss else "…"
                entries = {name: entries.get(name, usual) for name in fact.outputs}
            yield "output-names", {"outputs": fact.outputs, **argument.instead(_mapping(entries))}


def by_name(given: Argument, outputs: Sequence[str]) -> dict[str, str]:
    """The entries under the names of outputs, each under its own or else under the likeliest that is free."""
    free = [name for name in outputs if name not in given.keys]
    found = {}
    for key, entry in zip(given.keys, given.entries, strict=False):
        name = key
        if key not in outputs:
            if not free:
                continue
            name = nearest(key, free, 0.4) or free[0]
            free.remove(name)
        found[name] = entry
    return found


def _class_for_object(fact: Compiled) -> Iterator[Finding]:
    """`optimizer=Adam`, where `Adam()` is meant."""
    if name := fact.said.get("optimizer_class"):
        parts = fact.call.parts if fact.call else {}
        written = parts.get("optimizer", parts.get(0, str(name)))
        yield "class-for-object", {"new": f"{written}()", "old": written}


def _repeated_outputs(fact: Compiled) -> Iterator[Finding]:
    """Outputs that bear one name share one entry of the history, and one of a dict of losses."""
    if name := fact.said.get("repeated"):
        yield "duplicate-outputs", {"case": "" if fact.said.get("same") == 1 else "named", "name": name}


def each(outputs: int, texts: Sequence[str]) -> str:
    return list_of([list_of(texts)] * outputs)


def _mapping(entries: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': {text}" for name, text in entries.items()) + "}"


RULES: tuple[Callable[[Compiled], Iterator[Finding]], ...] = (
    _metric_alone,
    _metrics_by_output,
    _loss_count,
    _weights_without_losses,
    weight_count,
    _keys_of_outputs,
    _class_for_object,
    _repeated_outputs,
)
