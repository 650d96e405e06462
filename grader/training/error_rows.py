"""Error rates as rows of a table: words and figures, without any markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.training.error_rates import CaseRates, Chance, Counted, DecoyRates, ErrorRates
from grader.training.learning import BASELINE
from grader.training.rules import Tries, Vote

HEADINGS = ("assignment", "network", "goes wrong if it", "epochs", "rule", "seeds wrong", "95 % interval",
            "grading wrong", "at most", "gradings wrong", "undecided")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line; the fields are those of `HEADINGS`. Where a floor is a proof, `interval` tells it."""

    assignment: str
    network: str
    wrong: str
    epochs: str
    rule: str
    seeds: str
    interval: str
    chance: str
    bound: str
    gradings: str
    undecided: str


def rows(rates: ErrorRates) -> tuple[Row, ...]:
    """The reference in each of its cases, then the decoys."""
    return tuple(
        Row(rates.assignment, *fields)
        for lines in (
            *(_case(case, rates.thresholds) for case in rates.cases),
            *(_decoy(decoy, rates.thresholds) for decoy in rates.decoys),
        )
        for fields in lines
    )


def _case(case: CaseRates, thresholds: tuple[float, ...]) -> Iterator[tuple[str, ...]]:
    name = case.name if case.name == BASELINE else f"reference {case.name}".strip()
    wrong = "passes" if case.name == BASELINE else "fails"
    facts = (wrong, str(case.epochs), _rule(case.rule))
    yield name, *facts, *_figures(case.seeds, case.chance, case.gradings), str(case.undecided)
    for number, head in enumerate(case.heads, start=1):
        figures = _figures(head.seeds, head.chance, head.gradings)
        yield f"{name}, output {number} (at most {thresholds[number - 1]:g})", *facts, *figures, ""


def _decoy(decoy: DecoyRates, thresholds: tuple[float, ...]) -> Iterator[tuple[str, ...]]:
    name = f"decoy: {decoy.name}, {'/'.join(decoy.loss)}"
    if decoy.mse is not None:
        best = f"best {decoy.floor.replace('_', ' ')} {decoy.mse:.3g} > {thresholds[decoy.head - 1]:g}"
        yield name, "passes", str(decoy.epochs), "", "proven", best, "0", "0", "", ""
    elif decoy.seeds and decoy.chance and decoy.gradings:
        figures = _figures(decoy.seeds, decoy.chance, decoy.gradings)
        yield name, "passes", str(decoy.epochs), "", *figures, str(decoy.undecided)


def _figures(seeds: Counted, chance: Chance, gradings: Counted) -> tuple[str, ...]:
    low, high = seeds.interval
    return (
        f"{seeds.count} / {seeds.trials}",
        f"{low:.2%} to {high:.2%}",
        f"{chance.seen:.1e}" if chance.seen else "0",
        f"{chance.bound:.1e}",
        f"{gradings.count} / {gradings.trials}",
    )


def _rule(rule: Tries | Vote) -> str:
    if isinstance(rule, Tries):
        return f"1 of {rule.tries}"
    return f"{rule.needed + 1} of {rule.seeds}"
