"""Every next step of a note is true: a program that follows it gets further than before.

All provoking programs are cells of notebooks, which go on after each failure; all corrected ones of others. One notebook
would not hold all: a recording has so many notes and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.domain import Execution, Limits, Submission
from grader.execution import Supervisor
from grader.execution.execute import job_of, judge
from grader.execution.recording import read_recording
from grader.execution.student.source.applied import NotLiteral, applied
from grader.hints import EXPLANATIONS
from tests.execution.wrong_programs import RIGHT, START, WRONG, Wrong
from tests.notebooks import notebook

# Notes that no program of one cell provokes.
ELSEWHERE = {"targets-swapped", "targets-other", "defined-later"}


def run_cells(supervisor: Supervisor, path: Path, cells: Sequence[str]) -> Execution:
    """Once, and each `fit` as it is: there is little to train."""
    path.write_text(notebook(START, *cells), "utf-8")
    handed_in, limits = Submission(path.stem, path.stem, path, None, ""), Limits(seconds=240)
    ending, out = supervisor.run(handed_in, job_of((), (), full=True), limits, limits.seconds)
    recording, _ = read_recording(out, ending.nonce)
    return judge(ending, recording, supervisor.isolation, limits, limits.seconds, True)


MIDDLE = len(WRONG) // 2
PARTS = (WRONG[:MIDDLE], WRONG[MIDDLE:])


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, supervisor: Supervisor) -> list[Execution]:
    folder = tmp_path_factory.mktemp("before")
    return [
        run_cells(supervisor, folder / f"wrong_{number}.ipynb", [*(one.program for one in part), *RIGHT])
        for number, part in enumerate(PARTS)
    ]


@pytest.fixture(scope="module")
def after(before: list[Execution], tmp_path_factory: pytest.TempPathFactory, supervisor: Supervisor) -> list[Execution]:
    folder = tmp_path_factory.mktemp("after")
    return [
        run_cells(
            supervisor,
            folder / f"corrected_{number}.ipynb",
            [corrected(wrong, before[number], cell) for cell, wrong in enumerate(part, start=2)],
        )
        for number, part in enumerate(PARTS)
    ]


def corrected(wrong: Wrong, execution: Execution, cell: int) -> str:
    """The program after its note was followed; as it was where nothing could be done, which a test then finds."""
    notes = [note for note in execution.notes if note.location.cell == cell and note.code == wrong.code]
    if wrong.by_hand or not notes:
        return wrong.by_hand or wrong.program
    try:
        return applied(wrong.program, notes[0].location.line or 1, notes[0].detail)
    except NotLiteral:  # the test that compares says so
        return wrong.program


CASES = [(number, cell, wrong) for number, part in enumerate(PARTS) for cell, wrong in enumerate(part, start=2)]
IDS = [f"{wrong.code}: {wrong.program.splitlines()[-1][:50]}" for wrong in WRONG]


@pytest.mark.parametrize(("part", "cell", "wrong"), CASES, ids=IDS)
def test_a_program_that_follows_its_note_gets_further(
    before: list[Execution], after: list[Execution], part: int, cell: int, wrong: Wrong
) -> None:
    """The line that failed does so no longer, and the note is not made again."""
    first, second = before[part], after[part]
    notes = [note for note in first.notes if note.location.cell == cell]
    assert [note.code for note in notes] == [wrong.code]
    literal = EXPLANATIONS[wrong.code].correction == "line" and not wrong.by_hand
    done = applied(wrong.program, notes[0].location.line or 1, notes[0].detail) if literal else wrong.by_hand
    assert done not in ("", wrong.program)
    stopped = failing_line(first, cell)
    again = failing_line(second, cell)
    assert again is None or (stopped is not None and again > stopped), (notes[0].detail, done, failures(second, cell))
    assert wrong.code not in {note.code for note in second.notes if note.location.cell == cell}, done


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_of_what_is_right_nothing_is_noted(before: list[Execution], number: int) -> None:
    for part, execution in zip(PARTS, before, strict=True):
        assert [note.code for note in execution.notes if note.location.cell == len(part) + 2 + number] == []


def failures(execution: Execution, cell: int) -> list[str]:
    return [f"{one.type}: {one.message}" for one in execution.failures if one.location.cell == cell]


def failing_line(execution: Execution, cell: int) -> int | None:
    return next((one.location.line for one in execution.failures if one.location.cell == cell), None)


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_every_code_with_a_next_step_has_a_program_that_takes_it(code: str) -> None:
    """A line that works as it is quoted, or words that a program by hand follows; nothing where nothing is to do."""
    known = [wrong for wrong in WRONG if wrong.code == code]
    kind = EXPLANATIONS[code].correction
    assert kind in ("line", "words", "none")
    if kind == "line":
        assert any(not wrong.by_hand for wrong in known)
    elif kind == "words":
        assert code in ELSEWHERE or (known and all(wrong.by_hand for wrong in known))
    else:
        assert not known
