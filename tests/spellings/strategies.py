"""Any spelling of a reference, as strategies of Hypothesis: all that `CHOICES` has, each part chosen by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from grader.graph.source import UnwritableError
from tests.spellings.program import CHOICES, Program, Style
from tests.spellings.trials import Trial
from tests.spellings.variants import Variant, variants
from tests.spellings.writer import write

EDITS = ("as it is", "identity layer", "nested model", "nested merge", "dead end", "freedom")
"""Rules that change more than the text of single statements."""
PLAIN = ("as it is", "freedom")


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """A choice for each part; for all layers alike, or by layer."""
    chosen = {part: draw(st.sampled_from(choices)) for part, choices in CHOICES.items()}
    return Style(**chosen, seed=draw(st.none() | st.integers(1, 1_000_000)))


def spellings(reference: Program) -> st.SearchStrategy[Trial]:
    """A program that builds an equal network, as a notebook or as a module."""
    edited = [one for one in variants(reference.assignment, reference.graph) if one.rule in EDITS]
    made = st.builds(_spelled, st.sampled_from(edited), styles())
    return st.builds(Trial, made.filter(_is_writable), st.sampled_from(("notebook", "module")))


def _spelled(variant: Variant, style: Style) -> Program:
    program = variant.program
    if program.nest:  # which decides itself what is shared, and in which order calls stand
        style = replace(style, sharing=program.style.sharing, statements="as given")
    if variant.rule not in PLAIN and style.seed is None and style.names == "given":
        style = replace(style, names="automatic")  # an inserted layer must not take the name of another one
    return replace(program, style=style)


def _is_writable(program: Program) -> bool:
    try:
        write(program)
    except UnwritableError:
        return False
    return True
