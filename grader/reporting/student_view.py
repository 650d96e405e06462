"""What a student's page shows of one grade, ready for the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import CheckResult, Grade, HeadPicture, Location, Metric, ModelGraph, Status, TrainingRun, best_run
from grader.domain.words import counted
from grader.reporting import wording
from grader.reporting.charts import (
    capital,
    confusion_chart,
    image_chart,
    learning_chart,
    prediction_chart,
    scatter_chart,
)
from grader.reporting.code.lines import NO_LINES, Lines, Link, Mention
from grader.reporting.display import ShownOutput, last_lines, number, one_line, shorten, shown_outputs
from grader.reporting.document import GradeDocument
from grader.reporting.network.svg import draw_network, layers_named
from grader.reporting.network.text import Row, end_lines, rows
from grader.reporting.story import Story, story_of

MOST_ROWS, MOST_CODE, MOST_OPTIONS = 200, 400, 200
Curve = Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Validation:
    """The validation points of an assignment, for its pictures: x and the target of each head, where these are numbers.

    `pictures` say what is shown of each head.
    """

    x: Sequence[float]
    targets: Sequence[Sequence[float]]
    pictures: Sequence[HeadPicture] = ()


@dataclass(frozen=True)
class Known:
    """What the page may draw next to the student's work, for one assignment; any of it may be absent."""

    graph: ModelGraph | None = None
    curves: Sequence[Curve] = ()
    validation: Validation | None = None


@dataclass(frozen=True)
class Network:
    """One drawing; `svg` is empty for a network too large to draw, and then the table alone stands."""

    title: str
    svg: str
    rows: tuple[Row, ...]
    summary: str
    ends: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """One chart with its caption."""

    svg: str
    caption: str


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
    networks: tuple[Network, ...]
    pictures: tuple[Picture, ...]
    reference_drawn: bool
    measure: str
    lines: Lines
    places: Mapping[str, Sequence[Link]]  # by the id of the check that speaks of them
    findings: tuple[Mention, ...]

    @property
    def differs(self) -> bool:
        return any(row.differs for network in self.networks for row in network.rows)


@dataclass(frozen=True)
class Run:
    """How the file itself ran, which all exercises of a page share. `cut` says that a `fit` was stopped early."""

    sentence: str
    outcome: str
    troubles: tuple[Trouble, ...]
    outputs: tuple[ShownOutput, ...]
    cut: bool
    findings: tuple[Mention, ...]


def exercise(
    grade: Grade,
    known: Known,
    document: GradeDocument,
    number: int = 1,
    lines: Lines = NO_LINES,
    file: str = "",
) -> Exercise:
    """Everything that the page shows of one exercise, the `number`th; `lines` are those of its file on the page.

    `file` is the name of that file, if the exercises of the page come from several.
    """
    story, pictures = story_of(document, file), _pictures(grade, known)
    return Exercise(
        document=document,
        story=story,
        section=grade.assignment.section if grade.assignment else "",
        networks=_networks(grade, known, lines),
        pictures=pictures,
        reference_drawn=bool(known.curves) and bool(pictures),
        measure=_measure(grade),
        lines=lines,
        places={result.check.id: tuple(_places(result, lines)) for result in grade.results},
        findings=tuple(_findings(grade, story, number, lines)),
    )


def run_of(grade: Grade, document: GradeDocument, lines: Lines = NO_LINES) -> Run:
    """How the file ran; the grades of one submission share one execution."""
    execution, troubles = grade.execution, []
    findings: list[Mention] = []
    for order, (raw, failure) in enumerate(zip(execution.failures, document.execution.failures, strict=False), start=1):
        at, end = failure.location, last_lines(raw.traceback, 8, 1500)
        troubles.append(Trouble(str(at), lines.at(at), one_line(failure.message, 400), end))
        findings += lines.mentions([at], Link(f"error-{order}", "the error"))
    sentence = grade.submission.problem or wording.how_it_ran(document)
    cut = any(fit.cut for model in execution.models for fit in model.fits)
    shown = shown_outputs(execution.outputs)
    return Run(sentence, execution.outcome.value, tuple(troubles), shown, cut, tuple(findings))


def _places(result: CheckResult, lines: Lines) -> Iterator[Link]:
    """The lines that the differences of a check name, each once."""
    for one in dict.fromkeys(one.location for one in result.differences if one.location):
        if target := lines.at(one):
            yield Link(target, str(Location(one.cell, one.line)))


def _findings(grade: Grade, story: Story, number: int, lines: Lines) -> Iterator[Mention]:
    """Every line that a check or a note speaks of, by its difference or in its words."""
    for order, (result, check) in enumerate(zip(grade.results, story.checks, strict=True), start=1):
        if check.about.status == "passed" and not check.about.review:
            continue
        back = Link(f"check-{number}-{order}", check.about.title)
        yield from lines.mentions((one.location for one in result.differences), back)
        for text in (check.about.message, check.about.expected, check.about.actual, check.about.hint):
            yield from ((at, back) for *_, at in lines.named_in(text))
    for order, note in enumerate(story.remarks, start=1):
        yield from lines.mentions(note.places, Link(f"note-{number}-{order}", "a note"))


def _networks(grade: Grade, known: Known, lines: Lines) -> tuple[Network, ...]:
    """The student's network, and the expected one next to it if the assignment reveals it."""
    own, expected = grade.match.graph, _revealed(grade, known)
    drawn = []
    differences = [one for result in grade.results for one in result.differences]
    if own:
        at = grade.match.model.layer_locations if grade.match.model else {}
        targets = {name: lines.at(one) for name, one in at.items()}
        differing = layers_named(own, (name for one in differences for name in one.layers))
        svg = draw_network(own, "Your network", differing, targets)
        drawn.append(_network("Your network", own, svg, differing))
    if expected:
        differing = layers_named(expected, (name for one in differences for name in one.expected_layers))
        svg = draw_network(expected, "The expected network", differing)
        drawn.append(_network("The expected network", expected, svg, differing))
    return tuple(drawn)


def _revealed(grade: Grade, known: Known) -> ModelGraph | None:
    """The expected network, if this student may see it: always, or where a fixed structure was missed."""
    assignment = grade.assignment
    if assignment is None or known.graph is None or assignment.reveal == "hint":
        return None
    if assignment.reveal == "solution":
        return known.graph
    return known.graph if assignment.fixed and _missed(grade) else None


def _missed(grade: Grade) -> bool:
    """Whether the network, and not just the run of the file, missed something."""
    return any(result.status == Status.FAILED and result.check.kind != "runs" for result in grade.results)


def _network(title: str, graph: ModelGraph, svg: str, differing: frozenset[int]) -> Network:
    parts = [counted(len(graph.layers), "layer"), counted(len(graph.inputs), "input")]
    parts.append(counted(len(graph.outputs), "output"))
    if graph.parameters is not None:
        parts.append(f"{graph.parameters:,} parameters")
    listed = rows(replace(graph, calls=graph.calls[:MOST_ROWS]), None, MOST_OPTIONS, differing)
    listed = [replace(row, code=shorten(row.code, MOST_CODE)) for row in listed]
    ends = tuple(shorten(line, MOST_CODE) for line in end_lines(graph))
    return Network(title, svg, tuple(listed), ", ".join(parts), ends)


def _measure(grade: Grade) -> str:
    """What the chart with the threshold shows."""
    nouns = dict.fromkeys(one.noun for one in (grade.training.measures if grade.training else ()))
    return " or ".join(f"the {noun}" for noun in nouns)


def _pictures(grade: Grade, known: Known) -> tuple[Picture, ...]:
    """For each head: its error over the epochs, and the best run's prediction over the target."""
    training = grade.training
    if training is None or not training.runs:
        return ()
    pictures = []
    heads = min(len(training.thresholds), 4)
    for head in range(heads):
        metric = training.measures[head]
        name = _output(grade, head) if heads > 1 else ""
        noun = f"{name}: {metric.noun}" if name else capital(metric.noun)
        chart = learning_chart(training.runs[:8], head, training.thresholds[head], known.curves, metric)
        pictures.append(Picture(chart, f"{noun} on the validation points during training."))
        picture = _prediction(best_run(training.runs, training.thresholds), head, known.validation, name, metric)
        pictures += [picture] if picture else []
    return tuple(pictures)


def _output(grade: Grade, head: int) -> str:
    """One of several outputs: by its number and layer, as the drawing has them, and by the target it is trained on."""
    graph, targets = grade.match.graph, grade.assignment.data.targets if grade.assignment else ()
    known = graph is not None and head < len(graph.outputs)
    layer = graph.layers[graph.calls[graph.outputs[head].call].layer].name if graph is not None and known else ""
    shown = f"Output {head + 1}" + (f" (`{one_line(layer, 60)}`)" if layer else "")
    return f"{shown}, target `{targets[head]}`" if head < len(targets) else shown


def _prediction(
    run: TrainingRun, head: int, validation: Validation | None, output: str, metric: Metric
) -> Picture | None:
    """The picture that fits a head: a curve where there is one axis, dots, a confusion matrix, or images."""
    if validation is None or head >= len(run.predictions) or not run.predictions[head]:
        return None
    reached = number(metric.value(run.errors[head])) if head < len(run.errors) else "unknown"
    drawn = _drawn(run.predictions[head], head, validation)
    if drawn is None:
        return None
    shown = f"{output}: {drawn[1]}" if output else capital(drawn[1])
    return Picture(drawn[0], f"{shown}. {capital(metric.noun)} of this run: {reached}.")


def _drawn(shown: Sequence[float | None], head: int, validation: Validation) -> tuple[str, str] | None:
    """A chart, and what it shows."""
    targets = validation.targets[head] if head < len(validation.targets) else ()
    if len(validation.x) >= 2 and targets:
        return prediction_chart(validation.x, targets, shown), "prediction (solid) and target (dashed)"
    if head >= len(validation.pictures):
        return None
    one = validation.pictures[head]
    if one.kind == "values":
        return scatter_chart(one.targets, shown), "prediction against target; on the dashed line they are equal"
    if one.kind == "classes":
        return confusion_chart(shown, one.shape[0]), "predicted classes (columns) of the true classes (rows)"
    if one.kind == "images" and len(one.shape) == 3:
        count, rows, columns = one.shape
        chart = image_chart(one.targets, shown, (count, rows, columns))
        return (chart, "predicted images below their targets") if chart else None
    return None
