"""Small charts as SVG: error over the epochs, the scores of a class, and what a head predicts, drawn for its kind.

Each has a title and says in words what it shows, so that a page needs neither scripts nor fonts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from grader.domain import MSE, Metric, TrainingRun
from grader.domain.words import capital

Series: TypeAlias = "Sequence[tuple[float, float | None]]"

WIDTH, HEIGHT = 340.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 12.0, 34.0
_SMALLEST, _LARGEST = 1e-7, 1e5
_MAX_POINTS = 240  # of a line, and as many again
TABLE = 250.0  # the side of a confusion matrix
MARGIN = 34.0


@dataclass(frozen=True)
class _Axes:
    """Where values go in the frame, by its ends. What is outside is drawn at the edge."""

    x: tuple[float, float]
    y: tuple[float, float]

    def x_of(self, value: float) -> float:
        first, last = self.x
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - first) / ((last - first) or 1.0)

    def y_of(self, value: float) -> float:
        low, high = self.y
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(max(value, low), high)) / ((high - low) or 1.0)

    def line(self, series: Series, role: str) -> str:
        """A line that breaks where there is no value; a value with no neighbour becomes a dot."""
        step = max(1, len(series) // _MAX_POINTS)
        strokes: list[list[str]] = [[]]
        for x, y in series[::step]:
            if y is None:
                strokes.append([])
            else:
                strokes[-1].append(f"{self.x_of(x):.1f} {self.y_of(y):.1f}")
        path = "".join(f"M{'L'.join(stroke if len(stroke) > 1 else stroke * 2)}" for stroke in strokes if stroke)
        return f'<path class="line {role}" d="{path}"/>' if path else ""

    def frame(
        self,
        title: str,
        x_label: str,
        levels: Iterable[tuple[float, str]],
        ticks: Iterable[tuple[float, str]],
        lines: Sequence[str],
        story: str = "",
    ) -> str:
        """Grid, axis and labels around the lines."""
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [_label((LEFT + right) / 2, HEIGHT - 5, x_label, "tick middle")]
        for value, label in levels:
            y = self.y_of(value)
            parts.append(f'<path class="grid" d="M{LEFT:.0f} {y:.1f}H{right:.0f}"/>')
            parts.append(_label(LEFT - 6, y + 4, label, "tick end"))
        for value, label in ticks:
            x = self.x_of(value)
            anchor = "start" if x < LEFT + 5 else "end" if x > right - 5 else "middle"
            parts.append(_label(x, bottom + 15, label, f"tick {anchor}"))
        axis = f'<path class="axis" d="M{LEFT:.0f} {bottom:.0f}H{right:.0f}"/>'
        return _svg(title, HEIGHT, [*parts, *lines, axis], story)


def learning_chart(
    runs: Sequence[TrainingRun],
    head: int,
    threshold: float,
    reference: Sequence[Sequence[Sequence[float | None]]] = (),
    metric: Metric = MSE,
) -> str:
    """Validation error of one head over the epochs, on a logarithmic scale, together with the reference's runs.

    A figure that is better when larger has a plain scale, which ends at 1.
    """
    every, scale = runs[0].every, metric.turned if metric.rises else _exponent
    own = [_curve(run.curve, head, every, scale) for run in runs]
    references = [_curve(curve, head, every, scale) for curve in reference[:20]]
    points = [point for series in (*own, *references) for point in series]
    last = max(x for x, _ in points)
    values = [y for _, y in points if y is not None]
    least, high = min([*values, scale(threshold)]), 1.0
    if metric.rises:
        low = max(0.0, math.floor(10 * max(0.0, least) - 0.5) / 10)
        levels = [(value, f"{value:.2g}") for value in _levels(low, high)]
    else:
        low, high = math.floor(least - 0.05), math.ceil(max([*values, scale(threshold) + 1]))
        apart = max(1, math.ceil((high - low) / 6))
        levels = [(float(power), f"{10.0**power:g}".replace("e-0", "e-")) for power in range(low, high + 1, apart)]
    axes = _Axes((0.0, last), (low, high))
    goal = axes.y_of(scale(threshold))
    lines = [axes.line(series, "reference") for series in references]
    lines += [axes.line(series, f"run run-{min(number, 3)}") for number, series in enumerate(own)]
    lines.append(f'<path class="threshold" d="M{LEFT:.0f} {goal:.1f}H{WIDTH - RIGHT:.0f}"/>')
    lines.append(_label(LEFT + 4, goal - 5, f"threshold: {metric.turned(threshold):g}", "goal"))
    ticks = [(epoch, f"{epoch:g}") for epoch in _levels(0.0, last) if epoch.is_integer()]
    return axes.frame(f"{capital(metric.noun)} over the epochs", "epochs", levels, ticks, lines)


def prediction_chart(x: Sequence[float], target: Sequence[float], prediction: Sequence[float | None]) -> str:
    """The prediction of one head on the validation points, over its target; the frame covers all values."""
    span = (max(target) - min(target)) or 1.0
    values = [y for y in prediction if y is not None]
    low = max(min([*target, *values]), min(target) - span) - 0.06 * span
    high = min(max([*target, *values]), max(target) + span) + 0.06 * span
    first, last = min(x), max(x)
    axes = _Axes((first, last), (low, high))
    levels = [(value, f"{value:.1f}") for value in _levels(low, high)]
    ticks = [(value, f"{value:.1f}") for value in (first, (first + last) / 2, last)]
    drawn = ((target, "target"), (prediction, "run run-0"))
    lines = [axes.line(list(zip(x, values, strict=False)), role) for values, role in drawn]
    return axes.frame("Prediction and target on the validation points", "x", levels, ticks, lines)


def score_chart(scores: Sequence[int], max_score: int) -> str:
    """How many grades have each score, a bar for each point from 0 to full marks, or for a few points."""
    bins = min(max_score, 20) + 1
    counts = [0] * bins
    for score in scores:
        counts[min(score * (bins - 1) // max(max_score, 1), bins - 1)] += 1
    base, step = 92.0, (WIDTH - 20) / bins
    parts = [f'<path class="axis" d="M10 {base:.0f}H{WIDTH - 10:.0f}"/>']
    for index, count in enumerate(counts):
        size, x = (base - 22) * count / max(*counts, 1), 10 + index * step
        parts.append(_rect('class="bar" rx="2"', x + 2, base - size, step - 4, size))
        points = -(-index * max_score // max(bins - 1, 1))  # the lowest score of the bar
        parts.append(_label(x + step / 2, base + 14, str(points), "tick middle"))
        parts += [_label(x + step / 2, base - size - 5, str(count), "count middle")] if count else []
    return _svg("Scores", 110.0, parts)


def scatter_chart(targets: Sequence[float], predictions: Sequence[float | None]) -> str:
    """Prediction against target: a perfect network has all dots on the diagonal."""
    pairs = [(x, y) for x, y in zip(targets, predictions, strict=False) if y is not None]
    low, high = min(targets, default=0.0), max(targets, default=1.0)
    margin = 0.05 * ((high - low) or 1.0)
    low, high = low - margin, high + margin
    axes = _Axes((low, high), (low, high))
    levels = [(value, f"{value:.3g}") for value in _levels(low, high)]
    dots = [f'<circle class="dot" cx="{axes.x_of(x):.1f}" cy="{axes.y_of(y):.1f}" r="2"/>' for x, y in pairs]
    story = f"{len(pairs)} validation targets with the prediction for each; on the diagonal the two are equal."
    lines = [axes.line([(low, low), (high, high)], "target"), *dots]
    return axes.frame("Prediction against target", "target", levels, levels, lines, story)


def confusion_chart(counts: Sequence[float | None], classes: int) -> str:
    """How often each true class (rows) was taken for each class (columns); the diagonal is right."""
    numbers = [int(count or 0) for count in counts]
    rows = [numbers[row * classes : (row + 1) * classes] for row in range(classes)]
    side = TABLE / classes
    parts = [_label(MARGIN + TABLE / 2, TOP + TABLE + 30, "predicted class; rows are true classes", "tick middle")]
    for row, cells in enumerate(rows):
        y = TOP + row * side
        parts.append(_label(MARGIN - 6, y + side / 2 + 4, str(row), "tick end"))
        parts.append(_label(MARGIN + (row + 0.5) * side, TOP + TABLE + 15, str(row), "tick middle"))
        for column, count in enumerate(cells):
            x, role = MARGIN + column * side, "right-cell" if row == column else "wrong-cell"
            share = 0.75 * count / (sum(cells) or 1)
            parts.append(_rect(f'class="cell {role}" fill-opacity="{share:.2f}"', x, y, side - 1, side - 1))
            size = "middle" if classes <= 8 else "tiny"
            parts += [_label(x + side / 2, y + side / 2 + 4, str(count), size)] if count else []
    right = sum(cells[row] for row, cells in enumerate(rows) if row < len(cells))
    story = f"Of {sum(numbers)} validation samples, {right} are in the class that the network predicts. "
    story += " ".join(
        f"Class {row}: {', '.join(f'{count} as {column}' for column, count in enumerate(cells) if count) or 'none'}."
        for row, cells in enumerate(rows)
    )
    return _svg("Confusion matrix", TOP + TABLE + 38, parts, story)


def _curve(
    curve: Sequence[Sequence[float | None]], head: int, every: int, scale: Callable[[float], float]
) -> list[tuple[float, float | None]]:
    """Epochs and the scaled errors of one head."""
    errors = enumerate((row[head] for row in curve), start=1)
    return [(number * every, None if error is None else scale(error)) for number, error in errors]


def _exponent(error: float) -> float:
    return math.log10(min(max(error, _SMALLEST), _LARGEST))


def _levels(low: float, high: float) -> list[float]:
    """Round numbers between the ends, no more than seven."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = next(step for step in (power / 5, power / 2, power, 2 * power, 5 * power) if span / step <= 6.5)
    return [round(index * step, 12) for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _svg(title: str, height: float, parts: Sequence[str], story: str = "") -> str:
    """A drawing with its title and, where lines alone do not say it, what it shows in words."""
    description = f"<desc>{escape(story)}</desc>" if story else ""
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}"'
        f' height="{height:.0f}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{description}'
        f"{''.join(parts)}</svg>"
    )


def _label(x: float, y: float, text: str, role: str) -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _rect(looks: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect {looks} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
