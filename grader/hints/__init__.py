"""What an error or a habit means, and what to write instead: facts of a run in, advice out.

`notes.toml` has every note by its code. Rules are pure: they look at what a run recorded, which its student could have
forged, and say what a note says. Imports `grader.domain` and the standard library; `execution` and all above may import
it.
"""

from __future__ import annotations

from grader.hints.advice import EXPLANATIONS, SENTENCES, Advice, Correction, Explanation, advice, advised
from grader.hints.calls import MOST_SOURCE, Said
from grader.hints.notes import cause, contradicted, relevant_notes, remedy, target_notes, with_costs

__all__ = [
    "EXPLANATIONS",
    "MOST_SOURCE",
    "SENTENCES",
    "Advice",
    "Correction",
    "Explanation",
    "Said",
    "advice",
    "advised",
    "cause",
    "contradicted",
    "relevant_notes",
    "remedy",
    "target_notes",
    "with_costs",
]
