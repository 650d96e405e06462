"""What a student's page shows of one grade, ready for the template, and the student's own code, line by line.

Each line has an address: whatever speaks of it (a check, an error, a note, a box of the drawing) leads there, and what
is wrong with a line is reached from it. Text is shown as text, never as markup; what is too long is cut, and the page
says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from grader.domain import (
    Calibration,
    Grade,
    HeadPicture,
    Location,
    ModelGraph,
    SourceFile,
    Status,
    best_run,
)
from grader.domain.words import capital
from grader.reporting import wording
from grader.reporting.charts import (
    confusion_chart,
    learning_chart,
    prediction_chart,
    scatter_chart,
)
from grader.reporting.document import GradeDocument
from grader.reporting.network.svg import draw_network, size_of
from grader.reporting.network.text import CallRow, end_lines, rows
from grader.reporting.safe_text import clean, last_lines, one_line, shorten, shown_outputs
from grader.reporting.story import NextSteps, Story

MOST_ROWS, MOST_CODE = 200, 1_000
MOST_LINES = 1500
MOST_CHARACTERS = 300  # of one line
MOST_LINKS = 6  # from one line
_NAMED = re.compile(r"(?:\bcell (?P<cell>\d{1,6}), |(?P<file>[\w./-]{1,200}\.py), )?\bline (?P<line>\d{1,7})\b")
Spot: TypeAlias = tuple[int | None, int]  # a cell, none in a module, and a line of it
Link: TypeAlias = tuple[str, str]  # where in the page, without the `#`, and in which words


@dataclass(frozen=True)
class Lines:
    """The lines of one file that the page shows, by cell; `number` tells the files of a page apart.

    `cut` says what is left out. `back` are links from a line to all that speaks of it, as far as that was gathered.
    """

    name: str = ""
    number: int = 1
    cells: tuple[tuple[int | None, tuple[str, ...]], ...] = ()
    cut: str = ""
    back: dict[Spot, dict[Link, None]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, source: SourceFile, number: int) -> Lines:
        """The lines that a page can show."""
        cells, left_out, room = [], False, MOST_LINES
        for cell in source.cells:
            raw = cell.text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
            kept, room = raw[:room], room - len(raw[:room])
            left_out = left_out or len(raw) > len(kept) or any(len(line) > MOST_CHARACTERS for line in kept)
            cells += [(cell.number, tuple(map(_shown, kept)))] if kept else []
        cut = f"Only {MOST_LINES} lines, and {MOST_CHARACTERS} characters of each, are shown." if left_out else ""
        return cls(one_line(source.name, 120), number, tuple(cells), cut)

    def target(self, cell: int | None, line: int | None, file: str = "") -> str:
        """The address of a line in the page; empty if it is not shown."""
        count = next((len(texts) for number, texts in self.cells if number == cell), 0)
        if line is None or not 0 < line <= count or (file and file != self.name):
            return ""
        before = f"file-{self.number}-" if self.number > 1 else ""
        return f"{before}line-{line}" if cell is None else f"{before}cell-{cell}-line-{line}"

    def at(self, place: Location) -> str:
        """The same of a place in the code."""
        return self.target(place.cell, place.line, place.file)

    def lead_back(self, place: Location | None, link: Link) -> None:
        """From a place that the page shows, to what speaks of it."""
        if place and place.line and self.at(place):
            self.back[place.cell, place.line][link] = None

    def links(self, cell: int | None, line: int) -> list[Link]:
        """The first links from a line."""
        return list(self.back.get((cell, line), ()))[:MOST_LINKS]

    def named_in(self, text: str) -> Iterator[tuple[int, int, Location]]:
        """Each line that a sentence names and the page shows: start and end of the words, and where it is."""
        for match in _NAMED.finditer(text) if self.cells else ():
            place = Location(int(match["cell"]) if match["cell"] else None, int(match["line"]), match["file"] or "")
            if self.at(place):
                yield match.start(), match.end(), place


NO_LINES = Lines()


def _shown(line: str) -> str:
    return shorten(clean(line[: MOST_CHARACTERS * 8]).expandtabs(4).replace("\n", " "), MOST_CHARACTERS)


@dataclass(frozen=True)
class DrawnNetwork:
    """One drawing; `svg` is empty for a network too large to draw, and then the table alone stands."""

    title: str
    svg: str
    rows: tuple[CallRow, ...]
    summary: str
    ends: tuple[str, ...]


@dataclass(frozen=True)
class Trouble:
    """An exception of the student's code, with the end of its traceback. `line` is its address in the page, if any."""

    where: str
    line: str
    message: str
    traceback: str


@dataclass(frozen=True)
class Exercise:
    """One grade on the page: its story, and what is drawn beside it."""

    document: GradeDocument
    story: Story
    section: str
    networks: tuple[DrawnNetwork, ...]
    pictures: tuple[tuple[str, str], ...]  # charts and captions
    reference_drawn: bool
    measure: str
    lines: Lines

    @property
    def differs(self) -> bool:
        return any(row.differs for network in self.networks for row in network.rows)


@dataclass(frozen=True)
class Run:
    """How the file itself ran, which all exercises of a page share. `cut` says that a `fit` was stopped early."""

    sentence: str
    outcome: str
    troubles: tuple[Trouble, ...]
    outputs: tuple[tuple[int | None, str, str], ...]
    cut: bool


def exercise(
    grade: Grade,
    document: GradeDocument,
    story: Story,
    expected: ModelGraph | None = None,
    calibration: Calibration | None = None,
    number: int = 1,
    lines: Lines = NO_LINES,
) -> Exercise:
    """Everything that the page shows of one exercise, the `number`th; `lines` are those of its file on the page.

    The expected network and the calibration may be drawn next to the student's work.
    """
    pictures = tuple(_pictures(grade, calibration))
    _lead_back(grade, story, number, lines)
    nouns = dict.fromkeys(metric.noun for metric in (grade.training.measures if grade.training else ()))
    return Exercise(
        document=document,
        story=story,
        section=grade.assignment.section if grade.assignment else "",
        networks=_networks(grade, expected, lines),
        pictures=pictures,
        reference_drawn=bool(_curves(calibration)) and bool(pictures),
        measure=" or ".join(f"the {noun}" for noun in nouns),
        lines=lines,
    )


def run_of(grade: Grade, document: GradeDocument, lines: Lines = NO_LINES) -> Run:
    """How the file ran; the grades of one submission share one execution."""
    execution, troubles = grade.execution, []
    for order, (raw, failure) in enumerate(zip(execution.failures, document.execution.failures, strict=False), start=1):
        at, end = failure.location, last_lines(raw.traceback, 8, 1500)
        troubles.append(Trouble(str(at), lines.at(at), one_line(failure.message, 400), end))
        lines.lead_back(at, (f"error-{order}", "the error"))
    sentence = grade.submission.problem or wording.how_it_ran(document)
    cut = any(fit.cut for model in execution.models for fit in model.fits)
    return Run(sentence, execution.outcome.value, tuple(troubles), tuple(shown_outputs(execution.outputs)), cut)


def _lead_back(grade: Grade, story: Story, number: int, lines: Lines) -> None:
    """Link every line to the checks, steps and notes that speak of it, by a difference or in their words."""
    for order, (result, check) in enumerate(zip(grade.results, story.checks, strict=True), start=1):
        if check.about.status == "passed" and not check.about.review:
            continue
        back = f"check-{number}-{order}", check.about.title
        texts = (check.about.message, check.about.expected, check.about.actual)
        named = (place for text in texts for *_, place in lines.named_in(text))
        for place in (*(difference.location for difference in result.differences), *named):
            lines.lead_back(place, back)
    lead_to_steps(story.steps, number, lines)
    for order, note in enumerate(story.remarks, start=1):
        for place in note.places:
            lines.lead_back(place, (f"note-{number}-{order}", "a note"))


def lead_to_steps(steps: NextSteps, number: int, lines: Lines) -> None:
    """Link every line to the steps that speak of it, in the list of this number on the page."""
    for order, step in enumerate(steps.lines, start=1):
        for *_, place in lines.named_in(step.text):
            lines.lead_back(place, (f"step-{number}-{order}", "what to do"))


def _networks(grade: Grade, expected: ModelGraph | None, lines: Lines) -> tuple[DrawnNetwork, ...]:
    """The student's network, and the expected one next to it if the assignment reveals it."""
    differences = [difference for result in grade.results for difference in result.differences]
    at = grade.match.model.layer_locations if grade.match.model else {}
    targets = {name: lines.at(place) for name, place in at.items()}
    own = [name for difference in differences for name in difference.layers]
    networks = [_network("Your network", grade.match.graph, own, targets)] if grade.match.graph else []
    if expected and _is_revealed(grade):
        marked = [name for difference in differences for name in difference.expected_layers]
        networks.append(_network("The expected network", expected, marked, {}))
    return tuple(networks)


def _is_revealed(grade: Grade) -> bool:
    """Whether this student may see the expected network: always, or where a fixed structure was missed."""
    reveal, fixed = (grade.assignment.reveal, grade.assignment.fixed) if grade.assignment else ("hint", False)
    # The network, and not just the run of the file, missed something.
    missed = any(result.status == Status.FAILED and result.check.kind != "runs" for result in grade.results)
    return reveal == "solution" or (reveal != "hint" and fixed and missed)


def _network(title: str, graph: ModelGraph, names: Sequence[str], targets: Mapping[str, str]) -> DrawnNetwork:
    """With the layers of those names marked, and boxes that lead to lines."""
    weights = "" if graph.parameters is None else f", {graph.parameters:,} parameters"
    listed = rows(replace(graph, calls=graph.calls[:MOST_ROWS]), names)
    return DrawnNetwork(
        title,
        draw_network(graph, title, names, targets),
        tuple(replace(row, code=shorten(row.code, MOST_CODE)) for row in listed),
        size_of(graph) + weights,
        tuple(shorten(line, MOST_CODE) for line in end_lines(graph)),
    )


def _curves(calibration: Calibration | None) -> Sequence[Sequence[Sequence[float | None]]]:
    """Some runs of the reference."""
    return calibration.cases[0].details.get("curves", ()) if calibration and calibration.cases else ()


def _pictures(grade: Grade, calibration: Calibration | None) -> Iterator[tuple[str, str]]:
    """For each head: its error over the epochs, and the best run's prediction over the target; charts and captions."""
    training = grade.training
    if training is None or not training.runs:
        return
    heads = min(len(training.thresholds), 4)
    best = best_run(training.runs, training.thresholds)
    for head, metric in enumerate(training.measures[:heads]):
        output = f"{_output(grade, head)}: " if heads > 1 else ""
        chart = learning_chart(training.runs[:8], head, training.thresholds[head], _curves(calibration), metric)
        yield chart, capital(f"{output}{metric.noun} on the validation points during training.")
        predicted = best.predictions[head] if head < len(best.predictions) else ()
        if predicted and calibration and (drawing := _prediction(predicted, head, calibration)):
            reached = metric.shown(best.errors[head], 2) if head < len(best.errors) else "unknown"
            yield drawing[0], f"{capital(output + drawing[1])}. {capital(metric.noun)} of this run: {reached}."


def _output(grade: Grade, head: int) -> str:
    """One of several outputs: by its number and layer, as the drawing has them, and by the target it is trained on."""
    graph, targets = grade.match.graph, grade.assignment.data.targets if grade.assignment else ()
    text = f"Output {head + 1}"
    if graph is not None and head < len(graph.outputs):
        text += f" (`{one_line(graph.layers[graph.calls[graph.outputs[head].call].layer].name, 60)}`)"
    return f"{text}, target `{targets[head]}`" if head < len(targets) else text


def _prediction(predicted: Sequence[float | None], head: int, calibration: Calibration) -> tuple[str, str] | None:
    """The chart that fits a head, and what it shows: a curve where there is one axis, dots, or a matrix."""
    x, *targets = calibration.validation or ((),)
    if len(x) >= 2 and head < len(targets) and targets[head]:
        return prediction_chart(x, targets[head], predicted), "prediction (solid) and target (dashed)"
    match calibration.pictures[head] if head < len(calibration.pictures) else None:
        case HeadPicture(kind="values", targets=values):
            return scatter_chart(values, predicted), "prediction against target; on the dashed line they are equal"
        case HeadPicture(kind="classes", shape=(classes, *_)):
            return confusion_chart(predicted, classes), "predicted classes (columns) of the true classes (rows)"
    return None
