"""What an error or a habit means, and what to write instead: the code of a note and its values in, words out.

`notes.toml` has every note by its code. The student's side concludes which notes there are, and whatever it says may be
forged: the words are ours, and values are bounded and quoted. Imports `grader.domain` and the standard library;
`execution` and all above may import it.
"""

from __future__ import annotations

from grader.hints.explanations import EXPLANATIONS, SENTENCES, Explanation, NoteValues, note_of
from grader.hints.notes import (
    by_grader,
    cause,
    contradicted,
    explaining,
    failing_to_fit,
    miscounted,
    reconciled,
    relevant_notes,
    remedy,
    steps_for,
    stops,
    target_notes,
    with_costs,
)
