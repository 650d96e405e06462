"""What is told of a grade, in blocks: head, verdict, review, checks, network, learning and notes.

Pages, the terminal, cells of a notebook and the platforms of others render these blocks, so that what is shown of a
check, what is told only once, and in which words, is decided here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.domain import Location
from grader.domain.words import INDENT, code_below, listed, steps_of
from grader.reporting import wording
from grader.reporting.document import CheckPart, DifferencePart, GradeDocument, ModelPart, NotePart
from grader.reporting.wording import Mark

GRADER_FAULT = "The grader could not finish this check. This is not your fault; a person will look at it."
MOST_PLACES = 6  # of one note
MOVES_LINES = re.compile(r"` above\b|\bDelete\b|at the top\b|as the last line|\bmove only\b")
HAS_LINE = re.compile(r"\blines? \d", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A sentence about a check, or what stands behind a label, perhaps with lines of code below it."""

    text: str
    label: str = ""
    code: tuple[str, ...] = ()

    @classmethod
    def of_step(cls, step: str) -> Line:
        text, *code = step.splitlines()
        return cls(text, "Next step", tuple(line.removeprefix(INDENT) for line in code))

    @property
    def what(self) -> tuple[str, ...]:
        """What it says to write: its last sentence with the code below it, or all of it; nothing where it is no step to
        be done."""
        if self.label != "Next step" or not (self.code or "`" in self.text):
            return ()
        return (self.text.rpartition(". ")[2], *self.code) if self.code else (self.text,)

    def __str__(self) -> str:
        return code_below(f"{self.label}: {self.text}" if self.label else self.text, self.code)


@dataclass(frozen=True)
class CheckBlock:
    """One check with its lines: none where it passed, and one where earlier checks told all of them (`repeats`)."""

    about: CheckPart
    mark: Mark
    points: str
    lines: tuple[Line, ...]
    repeats: bool


@dataclass(frozen=True)
class NoteBlock:
    """A note; those that say the same are one, with several places."""

    code: str
    message: str
    places: tuple[Location, ...]

    @property
    def where(self) -> str:
        more = "; …" if len(self.places) > MOST_PLACES else ""
        return "; ".join(map(str, self.places[:MOST_PLACES])) + more

    def __str__(self) -> str:
        return f"note {self.code}{f' ({self.where})' if self.where else ''}: {self.message}"


@dataclass(frozen=True)
class NoteGroup:
    """Notes with a heading, and a line below it."""

    heading: str
    story: str
    notes: tuple[NoteBlock, ...]


@dataclass(frozen=True)
class Story:
    """All of it. A sentence is empty where there is nothing to say, or where a check says it."""

    title: str
    score: str
    max_score: str
    mark: Mark
    verdict: str
    next_step: str
    about_steps: tuple[str, ...]
    review: tuple[str, ...]
    comments: tuple[str, ...]
    checks: tuple[CheckBlock, ...]
    found: str
    ran: str
    learned: str
    notes: tuple[NoteGroup, ...]

    under_review = "The points shown are your points so far; they can still change. You do not have to do anything."

    @property
    def points(self) -> str:
        return f"{self.score} / {self.max_score}" if self.score else ""

    @property
    def remarks(self) -> Iterator[NoteBlock]:
        """All notes, those that cost points first."""
        return (note for group in self.notes for note in group.notes)


def story_of(document: GradeDocument, file: str = "") -> Story:
    """What is told of a grade; `file` is the name of its file among several."""
    failed = {check.kind for check in document.checks if check.status == "failed"}
    blocks = _checks(document.checks)
    is_graded, ran = document.status != "not_graded", document.execution.outcome == "ok"
    return Story(
        title=document.name,
        score=str(document.score) if is_graded else "",
        max_score=str(document.max_score),
        mark=wording.grade_mark(document),
        verdict=wording.verdict(document),
        next_step=wording.next_step(document),
        about_steps=tuple(_about_steps(document, blocks)),
        review=tuple(map(wording.sentence, document.reasons)) if document.status == "needs_review" else (),
        comments=tuple(note.message for note in document.notes if note.code == "comment"),
        checks=blocks,
        found=_how_found(document, file),
        ran="" if ran or "runs" in failed or not is_graded else wording.how_it_ran(document),
        learned=document.training.message if document.training and "learns" not in failed else "",
        notes=tuple(_note_groups(document)),
    )


def lines_of(check: CheckPart) -> tuple[Line, ...]:
    """What a check says that did not pass: its finding, what was expected and found, and the next step."""
    if check.status == "errored":
        return (Line(GRADER_FAULT),)
    if check.status == "passed":
        return (Line(check.message),) if check.review else ()
    labelled = [("Expected", check.expected), ("Found", check.actual)] if check.status == "failed" else []
    lines = [Line(check.message), *(Line(text, label) for label, text in labelled)]
    return tuple(line for line in (*lines, *map(Line.of_step, steps_of(check.hint))) if line.text)


def merged_notes(notes: Iterable[NotePart]) -> tuple[NoteBlock, ...]:
    """Notes that say the same are one."""
    places: dict[tuple[str, str], dict[Location, None]] = {}
    for note in notes:
        places.setdefault((note.code, note.message), {})[note.location] = None
    return tuple(
        NoteBlock(*key, tuple(place for place in locations if str(place))) for key, locations in places.items()
    )


def blamed(model: ModelPart, check: CheckPart) -> DifferencePart | ModelPart:
    """Where a failed check points to: its first difference whose place is known, else the model."""
    return next((difference for difference in check.differences if difference.line is not None), model)


def _checks(checks: Sequence[CheckPart]) -> tuple[CheckBlock, ...]:
    repeated, told = repeated_checks(checks), dict[tuple[str, ...], str]()  # by step, the check that has told it first
    blocks = []
    for check in checks:
        lines = repeated.get(check.id) or lines_of(check)
        repeats = check.id in repeated and len(lines) == 1
        again = [line for line in lines if told.get(line.what, check.title) != check.title]
        told |= {line.what: check.title for line in lines if line.what and line.what not in told}
        if again:
            titles = dict.fromkeys(f'"{told[line.what]}"' for line in again)
            told_there = Line(wording.ALREADY.format(listed([*titles])), "Next step")
            lines = (*(line for line in lines if line not in again), told_there)
        blocks.append(CheckBlock(check, wording.CHECK_MARKS[check.status], wording.points(check), lines, repeats))
    return tuple(blocks)


def _about_steps(document: GradeDocument, blocks: Sequence[CheckBlock]) -> Iterator[str]:
    """What is said of all next steps: where they lead, and what the numbers of lines in them mean."""
    if document.leads_to_full_marks:
        yield wording.TRIED.format(document.max_score)
    told = [line for block in blocks for line in block.lines if line.label == "Next step"]
    moving = [line for line in told if line.code or MOVES_LINES.search(line.text)]
    if moving and len({*moving, *(line for line in told if HAS_LINE.search(line.text))}) > 1:
        yield wording.COUNTED


def _how_found(document: GradeDocument, file: str) -> str:
    """How the model was found, where an exercise was looked for."""
    sentence = wording.how_found(document, file) if document.assignment else ""
    return "" if any(sentence == check.message for check in document.checks if check.status != "passed") else sentence


def _note_groups(document: GradeDocument) -> Iterator[NoteGroup]:
    """The notes that no check has as its next step: those that points were lost for, and mere remarks."""
    steps = [step for check in document.checks for step in steps_of(check.hint)]
    untold = [note for note in document.notes if not any(note.message in step for step in steps)]
    notes = [note for note in untold if note.code != "comment"]
    free = "" if document.status == "not_graded" else "These do not cost points."
    cost = "You lost points above because of these."
    for heading, story, costs in (("More about what went wrong", cost, True), ("Worth knowing", free, False)):
        if blocks := merged_notes(note for note in notes if note.costs is costs):
            yield NoteGroup(heading, story, blocks)


def repeated_checks(checks: Sequence[CheckPart]) -> Mapping[str, tuple[Line, ...]]:
    """What to say of checks, by id, in place of what earlier ones told; a failed one is told as a whole, or is not."""
    earlier: list[CheckPart] = []
    repeated: dict[str, tuple[Line, ...]] = {}
    for check in (check for check in checks if check.status in ("failed", "skipped")):
        tellers = [teller for teller in earlier if teller.status == "failed" or check.status == "skipped"]
        sentences = _sentences(check.message)
        tellers.sort(key=lambda teller: -sum(_is_told(text, teller.message) for text in sentences))  # few are named
        matches = [next((teller for teller in tellers if _is_told(text, teller.message)), None) for text in sentences]
        every = steps_of(check.hint)
        steps = [step for step in every if not _are_told(_sentences(step), tellers)]
        is_told = bool(matches) and None not in matches
        titles = list(dict.fromkeys(f'"{teller.title}"' for teller in matches if teller))
        text = f"For the same reason{'s' if len(titles) > 1 else ''} as {listed(titles)}." if is_told else check.message
        if (is_told and not steps) or (check.status == "skipped" and (is_told or steps != every)):
            repeated[check.id] = (Line(text), *map(Line.of_step, steps))
        if steps or not is_told:
            earlier.append(check)
    return repeated


def _are_told(sentences: Iterable[str], earlier: Sequence[CheckPart]) -> bool:
    steps = [step for check in earlier for step in steps_of(check.hint)]
    return all(any(_is_told(text, step) for step in steps) for text in sentences)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!])\s", text) if sentence]


def _is_told(sentence: str, text: str) -> bool:
    """Whether a text has a sentence, or one that begins with it and says more."""
    longer = (f"{sentence[:-1]};", f"{sentence[:-1]},")
    return any(part == sentence or part.startswith(longer) for part in _sentences(text))
