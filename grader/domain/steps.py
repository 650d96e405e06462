"""What to do next: in words, and as changes of the text of a program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Annotated, Any, TypeAlias

from grader.domain.bounds import Cut, FromOne, LineNumber, Quoted, Spaces

IMPORTS = ("import ", "from ")


@dataclass(frozen=True)
class Edit:
    """A change of a program's text: in `line`, counted from 1 in its `cell` or `file`, `new` in place of `old`.

    Of equal literals it may be the `nth`, from 1. What it takes the place of may also be a `call`, by the name of what
    is called there, or one `argument` of it, or all lines up to the `last`, whatever `old` says. Without any of them,
    `new` is a line of its own above, or `below`, or the last one of the function `within`, or, of an import, at the
    top. Without `new`, `old` goes. What is to move stands `above` another line, or, with 0 for `line`, the whole cell
    above another cell; or it begins with so many `spaces`.
    """

    line: LineNumber
    new: Quoted = ""
    old: Quoted = ""
    within: Quoted = ""
    above: LineNumber | None = None
    spaces: Spaces | None = None
    call: Quoted = ""
    argument: Quoted = ""
    nth: LineNumber = 0
    last: LineNumber | None = None
    below: bool = False
    cell: FromOne = None
    file: Annotated[str, Cut(300)] = ""

    @property
    def place(self) -> tuple[str, int | None, int]:
        return self.file, self.cell, self.line

    def beside(self, file: str) -> Edit:
        """The same without the file, if it is this one."""
        return replace(self, file="" if self.file == file else self.file)

    @property
    def moves_cell(self) -> bool:
        """Whether cells have other numbers afterwards."""
        return self.line == 0 and self.above is not None

    @property
    def adds_line(self) -> bool:
        """Whether it is a line more, and nothing else."""
        moves_nothing = self.above is None and self.spaces is None and self.last is None
        return moves_nothing and not (self.old or self.call or self.within)

    @property
    def moves_lines(self) -> bool:
        """Whether lines below it may have other numbers afterwards."""
        if self.last is not None:
            return len(self.new.splitlines()) != self.last - self.line + 1
        is_whole_call = self.call != "" and not self.argument  # which may have several lines
        is_more = self.adds_line or self.above is not None or bool(self.within) or is_whole_call
        return is_more or (self.spaces is None and not self.new)

    @property
    def is_import(self) -> bool:
        """Whether it is a line for the top of the program."""
        return self.adds_line and self.new.startswith(IMPORTS)

    def meets(self, written: Edit) -> bool:
        """Whether it changes one of the lines in whose place others are written."""
        is_here = (self.file, self.cell) == (written.file, written.cell)
        return is_here and self.line <= (written.last or 0) and (self.last or self.line) >= written.line

    def is_at(self, place: tuple[str, int | None, int | None]) -> bool:
        """Whether it changes a line, or writes it anew."""
        is_here = (self.file, self.cell) == place[:2] and not self.adds_line
        return is_here and self.line <= (place[2] or 0) <= (self.last or self.line)

    @property
    def change(self) -> dict[str, Any]:
        """All but the place of its text, in plain data."""
        return {name: value for name, value in vars(self).items() if name not in ("cell", "file")}


@dataclass(frozen=True)
class Step:
    """What to do next: a sentence, perhaps with lines of code below it; perhaps several, of which each has a line.

    `edits` are the same as changes of the program, where that leaves nothing open. Whether `is_advice` helps, only
    trainings can tell. One that `is_vague` says what is to be corrected, and not how. `number` is its place among those
    of all exercises of the file, from 1; 0 where there is no such order.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    is_advice: bool = False
    is_vague: bool = False
    number: int = 0

    def after(self, words: str) -> Step:
        """The step with what is said before it, in one line: some errors of Keras have several."""
        return replace(self, text=f"{' '.join(words.split())} {self.text}".strip())

    @property
    def moves_cell(self) -> bool:
        """Whether cells have other numbers once it is done."""
        return any(edit.moves_cell for edit in self.edits)

    @property
    def moves_lines(self) -> bool:
        """Whether lines may have other numbers once it is done."""
        return any(edit.moves_lines for edit in self.edits)


class WithSteps:
    """What says what to do next."""

    steps: tuple[Step, ...]

    @property
    def hint(self) -> str:
        """The next steps as a text."""
        return "\n".join(step.text for step in self.steps)


def in_order(told: Iterable[Step]) -> list[Step]:
    """As one does them: first what leaves lines where they are, then from the last line to the first, since all count
    lines as they are now; and what is words alone. What moves a cell stays where it is: all after it count anew."""

    def place(step: Step) -> tuple[int, int, int]:
        if not step.edits:
            return 2, 0, 0
        own = [edit for edit in step.edits if not edit.is_import]
        cell, line = max(((edit.cell or 0, edit.line) for edit in own), default=(0, 0))
        is_moving = not own or any(edit.moves_lines for edit in own)
        return (1, -cell, -line) if is_moving else (0, cell, line)

    parts = [list(part) for _, part in groupby(told, key=lambda step: step.moves_cell)]
    return [step for part in parts for step in (part if part[0].moves_cell else sorted(part, key=place))]


Steps: TypeAlias = "str | Step | Iterable[Step]"


def steps(hint: Steps) -> tuple[Step, ...]:
    """Each once; none where nothing is said."""
    given = (Step(hint),) if isinstance(hint, str) else (hint,) if isinstance(hint, Step) else hint
    return tuple(dict.fromkeys(step for step in given if step.text))
