"""Any spelling of a reference keeps every point: written at random, run by Keras, and graded like a submission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.assignments.course import load_course
from grader.domain import Grade
from grader.execution.execute import BUSY
from grader.graph.keras_code import UnwritableError
from tests.spellings.trials import Trial, run_trials
from tests.spellings.variants import Variant, variants
from tests.spellings.writer import CHOICES, Program, Style, program_of, write

FEW = ("shared_layer", "two_outputs")
ALL = (*FEW, "one_input", "two_inputs", "three_inputs", "weighted_losses", "branching_network")
BATCH = 12
MANY = 16  # batches of each exercise
FORMS = ("module", "module", "module", "notebook")  # of which a kernel takes longer to start
EDITS = (
    "as it is", "identity layer", "operands", "nested model", "nested merge", "dead end", "statements", "input order", "freedom",
)  # fmt: skip
"""Rules that change more than the text of single statements."""
PLAIN = ("as it is", "freedom", "operands", "statements", "input order")


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """A choice for each part; for all layers alike, or by layer."""
    chosen = {part: draw(st.sampled_from(choices)) for part, choices in CHOICES.items()}
    return Style(chosen, draw(st.none() | st.integers(1, 1_000_000)))


def spellings(reference: Program) -> st.SearchStrategy[Trial]:
    """A program that builds an equal network, as a notebook or as a module."""
    edited = [variant for variant in variants(reference.assignment, reference.graph) if variant.rule in EDITS]
    programs = st.builds(_spelled, st.sampled_from(edited), styles())
    return st.builds(Trial, programs.filter(_is_writable), st.sampled_from(FORMS))


def _spelled(variant: Variant, style: Style) -> Program:
    program = replace(variant.program, style=style)
    if variant.rule not in PLAIN and style.seed is None and style.of("names") == "given":
        return program.styled(names="automatic")  # an inserted layer must not take the name of another one
    return program


def _is_writable(program: Program) -> bool:
    try:
        write(program)
    except UnwritableError:
        return False
    return True


def check(name: str, batches: int) -> None:
    """So many batches of spellings of an exercise's reference; one that loses a point is shown."""
    course, reference, failures = load_course([name]), program_of(name), list[str]()

    @settings(max_examples=batches, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(spellings(reference), min_size=BATCH, max_size=BATCH))
    def keeps_every_point(trials: list[Trial]) -> None:
        # Not refused here: it would be tried, and shown, again.
        failures.extend(lost(trials, run_trials(trials, course)))

    keeps_every_point()
    assert not failures, "\n\n".join(failures)


def lost(trials: Sequence[Trial], grades: Sequence[Grade]) -> list[str]:
    """What loses a point, or needs a review, with its program."""
    return [
        f"{[(result.check.id, result.message) for result in grade.results if result.score < result.max_score]} "
        f"{grade.reasons} as a {trial.form}:\n{write(trial.program)}"
        for trial, grade in zip(trials, grades, strict=True)
        if grade.score < grade.max_score or {*grade.reasons} - {BUSY}  # which is of the machine
    ]


@pytest.mark.long
@pytest.mark.parametrize("name", FEW)
def test_any_spelling_keeps_every_point(name: str) -> None:
    check(name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_thousand_spellings_keep_every_point(name: str) -> None:
    check(name, MANY)


def test_every_rule_of_equality_applies_somewhere() -> None:
    programs = map(program_of, ("shared_layer", "three_inputs", "weighted_losses"))
    rules = {variant.rule for program in programs for variant in variants(program.assignment, program.graph)}
    assert rules == {*CHOICES, *EDITS, "everything at once"}
