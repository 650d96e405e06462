"""Every next step of a note is true: a program that follows it gets further than before.

Nearly all provoking programs are statements of a few modules, which go on after each that fails; all corrected ones of
others. What is no Python would be the end of a module, and stands in cells of a notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Execution, Failure, Limits, Note
from grader.execution import Supervisor
from grader.execution.execute import job_of, judge
from grader.execution.recording import MOST_NOTES, read_recording
from grader.execution.student.source.followed_steps import followed
from grader.hints import EXPLANATIONS
from tests.execution.running import submission
from tests.execution.wrong_programs import RIGHT, START, WRONG
from tests.notebooks import notebook

# What no program of one cell provokes, and where nothing is to be done.
ELSEWHERE = {"targets-swapped", "defined-later"}
ELSEWHERE |= {
    "plot-model-graphviz", "assertion-about-training", "never-built", "made-up-data", "package-absent", "missing-package",
    "full-fit", "override", "no-exercise", "model-unordered", "limit-output", "limit-models",
}  # fmt: skip
MODULES = 4  # a recording holds so many notes, and each error looks at all that stands above it
IN_CELLS = {number for number, wrong in enumerate(WRONG) if wrong.code == "syntax-error"}
IDS = [f"{wrong.code}: {wrong.program.splitlines()[-1][:50]}" for wrong in WRONG]


@dataclass(frozen=True)
class Part:
    """A program among those of a file: below so many lines of its cell or module, or below none."""

    text: str
    cell: int | None
    above: int
    notes: tuple[Note, ...]
    failures: tuple[Failure, ...]

    @property
    def failing_line(self) -> int | None:
        return next((self.line(failure) for failure in self.failures), None)

    def line(self, item: Note | Failure) -> int:
        return (item.location.line or 0) - self.above

    def edits(self) -> Iterator[dict[str, Any]]:
        """Those of its first note, with lines counted from its own first one; what stands elsewhere is of others."""
        for edit in self.notes[0].edits:
            above = None if edit.above is None else edit.above - self.above
            if self.above < edit.line <= self.above + self.text.count("\n") + 1:
                yield replace(edit, line=edit.line - self.above, above=above).change


def part(execution: Execution, text: str, cell: int | None, above: int) -> Part:
    lines = range(above + 1, above + text.count("\n") + 2)

    def stands_here(item: Note | Failure) -> bool:
        return item.location.cell == cell and item.location.line in lines

    notes, failures = filter(stands_here, execution.notes), filter(stands_here, execution.failures)
    return Part(text, cell, above, tuple(notes), tuple(failures))


def run_once(supervisor: Supervisor, path: Path) -> Execution:
    """And not again as its notes say."""
    limits = Limits(seconds=240)
    ending = supervisor.run(submission(path), job_of((), {}, full=True), limits, limits.seconds)
    recording, _ = read_recording(ending.recording, ending.nonce)
    return judge(ending, recording, supervisor.isolation, limits, limits.seconds, True)


def ran(folder: Path, supervisor: Supervisor, programs: Mapping[int, str]) -> dict[int, Part]:
    """Each `fit` as it is: there is little to train."""
    cells = {number: text for number, text in programs.items() if number in IN_CELLS}
    (folder / "cells.ipynb").write_text(notebook(START, *cells.values()), "utf-8")
    of_cells = run_once(supervisor, folder / "cells.ipynb")
    parts = {number: part(of_cells, text, cell, 0) for cell, (number, text) in enumerate(cells.items(), start=2)}
    statements = [(number, text) for number, text in programs.items() if number not in IN_CELLS]
    for first in range(MODULES):
        share, path = statements[first::MODULES], folder / f"module{first}.py"
        path.write_text(START + "\n".join(text for _, text in share), "utf-8")
        of_share = run_once(supervisor, path)
        assert len(of_share.notes) < MOST_NOTES
        above = START.count("\n")
        for number, text in share:
            parts[number] = part(of_share, text, None, above)
            above += text.count("\n") + 1
    return parts


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, supervisor: Supervisor) -> dict[int, Part]:
    programs = [*(wrong.program for wrong in WRONG), *RIGHT]
    return ran(tmp_path_factory.mktemp("before"), supervisor, dict(enumerate(programs)))


@pytest.fixture(scope="module")
def after(before: dict[int, Part], tmp_path_factory: pytest.TempPathFactory, supervisor: Supervisor) -> dict[int, Part]:
    programs = {number: corrected(before[number], wrong.by_hand) for number, wrong in enumerate(WRONG)}
    return ran(tmp_path_factory.mktemp("after"), supervisor, programs)


def corrected(part: Part, by_hand: str) -> str:
    """The program after its note was followed; as it was where nothing could be done, which a test then finds."""
    if by_hand or not part.notes:
        return by_hand or part.text
    step = {"file": "", "cell": None, "edits": [*part.edits()]}
    return followed(part.text, [step], "")


@pytest.mark.parametrize("number", range(len(WRONG)), ids=IDS)
def test_a_program_that_follows_its_note_gets_further(
    before: dict[int, Part], after: dict[int, Part], number: int
) -> None:
    """The line that failed does so no longer, and the note is not made again."""
    wrong, first, second = WRONG[number], before[number], after[number]
    assert [note.code for note in first.notes] == [wrong.code]
    assert second.text != wrong.program, first.notes[0].detail
    stopped, again = first.failing_line, second.failing_line
    assert again is None or (stopped is not None and again > stopped), (second.text, second.failures)
    assert wrong.code not in {note.code for note in second.notes}, second.text


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_of_what_is_right_nothing_is_noted(before: dict[int, Part], number: int) -> None:
    assert before[len(WRONG) + number].notes == ()


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_every_code_with_a_next_step_has_a_program_that_takes_it(code: str) -> None:
    """As it is quoted, or by hand where words say what to do."""
    assert code in {*ELSEWHERE, *(wrong.code for wrong in WRONG)}
