"""What is told of a grade, in blocks: head, verdict, what to do next, review, checks, network, learning and notes.

Pages, the terminal, cells of a notebook and the platforms of others render these blocks, so that what is shown of a
check, what is told only once, and in which words, is decided here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from grader.domain import Location
from grader.domain.words import INDENT, code_below, in_location, listed, steps_of
from grader.reporting import wording
from grader.reporting.document import CheckPart, DifferencePart, GradeDocument, ModelPart, NotePart
from grader.reporting.wording import Mark

GRADER_FAULT = "The grader could not finish this check. This is not your fault; a person will look at it."
MOST_PLACES = 6  # of one note
AT_THE_TOP = " at the top."  # where imports go
# A step, and by exercise the ids of the checks that ask for it.
Told: TypeAlias = "tuple[Line, Mapping[int, Sequence[str]]]"
OF_CELL = re.compile(r"\bcell \d", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A sentence about a check, what stands behind a label, or a step; perhaps with lines of code below it."""

    text: str
    label: str = ""
    code: tuple[str, ...] = ()

    @classmethod
    def of_step(cls, sentence: str, label: str = "") -> Line:
        text, *code = sentence.splitlines()
        return cls(text, label, tuple(line.removeprefix(INDENT) for line in code))

    def __str__(self) -> str:
        return code_below(f"{self.label}: {self.text}" if self.label else self.text, self.code)


@dataclass(frozen=True)
class CheckBlock:
    """One check with its lines: none where it passed, and one where earlier checks told why it failed (`repeats`)."""

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
class NextSteps:
    """What to do next, in this order, and what is said of all of it; `file` is what the file at `path` is called among
    several."""

    lines: tuple[Line, ...] = ()
    about: str = ""
    path: str = ""
    file: str = ""

    @property
    def heading(self) -> str:
        return f"What to do next{in_location(Location(file=self.file))}"


@dataclass(frozen=True)
class Story:
    """All of it. A sentence is empty where there is nothing to say, or where something else says it."""

    title: str
    score: str
    max_score: str
    mark: Mark
    verdict: str
    steps: NextSteps
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


@dataclass(frozen=True)
class SubmissionStory:
    """The stories of a submission's exercises.

    A file is changed as a whole, so `steps` are those of each file with several exercises; they are told before these.
    """

    steps: tuple[NextSteps, ...]
    exercises: tuple[Story, ...]


def story_of(document: GradeDocument) -> Story:
    """What is told of one grade by itself."""
    return submission_story([document]).exercises[0]


def submission_story(documents: Sequence[GradeDocument]) -> SubmissionStory:
    """What is told of the grades of one submission."""
    shared, stories = list[NextSteps](), dict[tuple[str, str | None], Story]()
    for path, file in _names(dict.fromkeys(document.submission.path for document in documents)).items():
        own = [document for document in documents if document.submission.path == path]
        told = _steps(own)
        steps = NextSteps(tuple(line for line, _ in told), _about_steps(own, file, len(told) > 1), path)
        if len(own) > 1:
            shared, steps = [*shared, replace(steps, file=file)], NextSteps()
        for number, document in enumerate(own):
            stories[path, document.assignment] = _story(own, number, told, steps, file)
    exercises = (stories[document.submission.path, document.assignment] for document in documents)
    return SubmissionStory(tuple(steps for steps in shared if steps.lines), tuple(exercises))


def _names(paths: Collection[str]) -> dict[str, str]:
    """What tells several files apart: the ends of their paths; of one, nothing."""
    if len(paths) == 1:
        return dict.fromkeys(paths, "")
    lengths = range(1, max((path.count("/") for path in paths), default=0) + 2)
    names = ({path: "/".join(path.split("/")[-length:]) for path in paths} for length in lengths)
    return next((each for each in names if len({*each.values()}) == len(each)), {})


def _story(own: Sequence[GradeDocument], number: int, told: Sequence[Told], steps: NextSteps, file: str) -> Story:
    """What is told of one grade of those of a file."""
    document, same_error = own[number], _same_error(own, number)
    failed = {check.kind for check in document.checks if check.status == "failed"}
    is_graded, ran = document.status != "not_graded", document.execution.outcome == "ok"
    return Story(
        title=document.name,
        score=str(document.score) if is_graded else "",
        max_score=str(document.max_score),
        mark=wording.grade_mark(document),
        verdict=same_error.get(verdict := wording.verdict(document), verdict),
        steps=steps,
        review=tuple(map(wording.sentence, document.reasons)) if document.status == "needs_review" else (),
        comments=tuple(note.message for note in document.notes if note.code == "comment"),
        checks=_checks(document.checks, [askers.get(number, ()) for _, askers in told], same_error),
        found=_how_found(document, file),
        ran="" if ran or "runs" in failed or not is_graded else wording.how_it_ran(document),
        learned=document.training.message if document.training and "learns" not in failed else "",
        notes=tuple(_note_groups(own, number)),
    )


def lines_of(check: CheckPart) -> tuple[Line, ...]:
    """All that a check says that did not pass: why, and what to do next."""
    steps = steps_of(check.hint) if check.status in ("failed", "skipped") else []
    return (*_why(check), *(Line.of_step(step, "Next step") for step in steps))


def _why(check: CheckPart) -> tuple[Line, ...]:
    """The finding of a check that did not pass, and what was expected and found."""
    if check.status == "errored":
        return (Line(GRADER_FAULT),)
    if check.status == "passed":
        return (Line(check.message),) if check.review else ()
    labelled = [("Expected", check.expected), ("Found", check.actual)] if check.status == "failed" else []
    return tuple(line for line in (Line(check.message), *(Line(text, label) for label, text in labelled)) if line.text)


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


def _same_error(own: Sequence[GradeDocument], number: int) -> dict[str, str]:
    """What is said in place of an error of the file, by its words, where an earlier exercise has told it."""
    failed = [
        (check.message, document.name)
        for document in own[: number + 1]
        for check in document.checks
        if check.kind == "runs" and check.status == "failed"
    ]
    tellers = dict(reversed(failed))
    return {words: f'The same error as under "{name}".' for words, name in tellers.items() if name != own[number].name}


def _checks(
    checks: Sequence[CheckPart], askers: Sequence[Container[str]], same_error: Mapping[str, str]
) -> tuple[CheckBlock, ...]:
    """The checks, each with its reasons or those that have told them, and the numbers of its steps among several;
    `askers` are the ids of the checks that ask for each step."""
    told, blocks = told_by(checks), []
    for check in checks:
        lines, mark = _why(check), wording.CHECK_MARKS[check.status]
        numbers = [n for n, ids in enumerate(askers, start=1) if check.id in ids]
        repeats = same_error.get(check.message, "") if check.kind == "runs" else ""
        if titles := told.get(check.id):
            repeats = f"For the same reason{'s' * (len(titles) > 1)} as {listed(titles)}."
        if repeats:
            lines = (Line(repeats),)
        elif numbers and len(askers) > 1:
            lines += (Line(listed(numbers), "Steps" if len(numbers) > 1 else "Step"),)
        blocks.append(CheckBlock(check, mark, wording.points(check), lines, bool(repeats)))
    return tuple(blocks)


def _steps(own: Sequence[GradeDocument]) -> list[Told]:
    """Each sentence that says what to do, with the code below it, and the checks that ask for it, by exercise; what
    several steps import once, and last, since all else counts lines as they are."""
    askers: dict[tuple[int, str], dict[int, Sequence[str]]] = {}
    for number, document in enumerate(own):
        for step in document.steps:
            askers.setdefault((step.number, step.text), {})[number] = step.checks
    told, imports = list[Told](), dict[str, dict[int, Sequence[str]]]()
    for (_, text), ids in sorted(askers.items(), key=lambda entry: entry[0][0]):
        for sentence in steps_of(text):
            if sentence.endswith(AT_THE_TOP):
                known = imports.setdefault(sentence, {})
                known |= {number: [*known.get(number, ()), *names] for number, names in ids.items()}
            else:
                told.append((Line.of_step(sentence), ids))
    return [*told, *((Line.of_step(sentence), ids) for sentence, ids in imports.items())]


def _about_steps(own: Sequence[GradeDocument], file: str, are_several: bool) -> str:
    """What is said of all next steps: where they lead, and what the numbers of lines and cells in them mean."""
    steps = [step for document in own for step in document.steps]
    is_moving = are_several and any(step.moves_lines for step in steps)
    of_cells = any(OF_CELL.search(step.text) for step in steps)
    said = ((wording.COUNTED, is_moving), (wording.CELLS, of_cells))
    return " ".join([*_lead(own, file), *(sentence for sentence, applies in said if applies)])


def _lead(own: Sequence[GradeDocument], file: str) -> Iterator[str]:
    """Which exercises have full marks once all is done, where that was tried."""
    leading = [document for document in own if document.leads_to_full_marks]
    others = [document for document in own if wording.grade_mark(document) != wording.GRADE_MARKS["full"]]
    if len(own) == 1:
        yield from (wording.TRIED.format(document.max_score) for document in leading)
    elif leading and not file and all(document in leading for document in others):
        yield wording.ALL_TRIED
    elif leading:
        titles = [f'"{document.name}"' for document in leading]
        yield wording.SOME_TRIED.format(listed(titles), "have" if len(titles) > 1 else "has")


def _how_found(document: GradeDocument, file: str) -> str:
    """How the model was found, where an exercise was looked for."""
    sentence = wording.how_found(document, file) if document.assignment else ""
    return "" if any(sentence == check.message for check in document.checks if check.status != "passed") else sentence


def _note_groups(own: Sequence[GradeDocument], number: int) -> Iterator[NoteGroup]:
    """The notes that are no step, and that no earlier exercise of the file has: those that points were lost for, and
    mere remarks."""
    document, steps = own[number], [step.text for other in own for step in other.steps]
    earlier = [note for other in own[:number] for note in other.notes]
    untold = [note for note in document.notes if not any(note.message in text for text in steps)]
    notes = [note for note in untold if note.code != "comment" and note not in earlier]
    free = "" if document.status == "not_graded" else "These do not cost points."
    cost = "You lost points above because of these."
    for heading, story, costs in (("More about what went wrong", cost, True), ("Worth knowing", free, False)):
        if blocks := merged_notes(note for note in notes if note.costs is costs):
            yield NoteGroup(heading, story, blocks)


def told_by(checks: Sequence[CheckPart]) -> Mapping[str, Sequence[str]]:
    """By its id, for each check whose reasons earlier ones told, the titles of these, in quotes; few are named."""
    earlier: list[CheckPart] = []
    titles: dict[str, Sequence[str]] = {}
    for check in (check for check in checks if check.status in ("failed", "skipped")):
        tellers = [teller for teller in earlier if teller.status == "failed" or check.status == "skipped"]
        sentences = _sentences(check.message)
        tellers.sort(key=lambda teller: -sum(_is_told(text, teller.message) for text in sentences))
        matches = [next((teller for teller in tellers if _is_told(text, teller.message)), None) for text in sentences]
        if matches and None not in matches:
            titles[check.id] = list(dict.fromkeys(f'"{teller.title}"' for teller in matches if teller))
        else:
            earlier.append(check)
    return titles


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!])\s", text) if sentence]


def _is_told(sentence: str, text: str) -> bool:
    """Whether a text has a sentence, or one that begins with it and says more."""
    longer = (f"{sentence[:-1]};", f"{sentence[:-1]},")
    return any(part == sentence or part.startswith(longer) for part in _sentences(text))
