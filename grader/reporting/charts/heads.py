"""What a head predicts, drawn for its kind: numbers against their targets, a confusion matrix, a few images.

Everything is plain SVG with a title and, in words, what it shows, so that a page needs neither scripts nor fonts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.reporting.charts.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, frame, levels, svg

MOST_DOTS = 400
MOST_PIXELS = 16 * 16
TABLE = 250.0  # the side of a confusion matrix
MARGIN = 34.0


def scatter_chart(targets: Sequence[float], predictions: Sequence[float | None]) -> str:
    """Prediction against target: a perfect network has all dots on the diagonal."""
    pairs = [(x, y) for x, y in zip(targets, predictions, strict=False) if y is not None and math.isfinite(y)]
    pairs = pairs[:MOST_DOTS]
    low, high = min(targets, default=0.0), max(targets, default=1.0)
    span = (high - low) or 1.0
    low, high = low - 0.05 * span, high + 0.05 * span

    def x_of(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y_of(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(max(value, low), high)) / (high - low)

    grid = [(y_of(value), f"{value:.3g}") for value in levels(low, high)]
    ticks = [(x_of(value), f"{value:.3g}") for value in levels(low, high)]
    diagonal = f"M{x_of(low):.1f} {y_of(low):.1f}L{x_of(high):.1f} {y_of(high):.1f}"
    dots = [f'<circle class="dot" cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="2"/>' for x, y in pairs]
    story = f"{len(pairs)} validation targets with the prediction for each; on the diagonal the two are equal."
    lines = [f'<path class="line target" d="{diagonal}"/>', *dots]
    return frame("Prediction against target", "target", grid, ticks, lines, story)


def confusion_chart(counts: Sequence[float | None], classes: int) -> str:
    """How often each true class (rows) was taken for each class (columns); the diagonal is right."""
    numbers = [0 if count is None or not math.isfinite(count) else int(count) for count in counts]
    rows = [numbers[row * classes : (row + 1) * classes] for row in range(classes)]
    side = TABLE / classes
    role_of_count = "middle" if classes <= 8 else "tiny"
    cells = []
    for row, found in enumerate(rows):
        total = sum(found) or 1
        y = TOP + row * side
        cells.append(_label(MARGIN - 6, y + side / 2 + 4, str(row), "tick end"))
        cells.append(_label(MARGIN + (row + 0.5) * side, TOP + TABLE + 15, str(row), "tick middle"))
        for column, count in enumerate(found):
            x = MARGIN + column * side
            role = "right-cell" if row == column else "wrong-cell"
            box = f'x="{x:.1f}" y="{y:.1f}" width="{side - 1:.1f}" height="{side - 1:.1f}"'
            cells.append(f'<rect class="cell {role}" fill-opacity="{0.75 * count / total:.2f}" {box}/>')
            if count:
                at = f'x="{x + side / 2:.1f}" y="{y + side / 2 + 4:.1f}"'
                cells.append(f'<text class="{role_of_count}" {at}>{count}</text>')
    cells.append(_label(MARGIN + TABLE / 2, TOP + TABLE + 30, "predicted class; rows are true classes", "tick middle"))
    right = sum(found[row] for row, found in enumerate(rows) if row < len(found))
    story = f"Of {sum(numbers)} validation samples, {right} are in the class that the network predicts. "
    story += " ".join(
        f"Class {row}: {', '.join(f'{count} as {column}' for column, count in enumerate(found) if count) or 'none'}."
        for row, found in enumerate(rows)
    )
    return svg("Confusion matrix", TOP + TABLE + 38, "".join(cells), story)


def image_chart(targets: Sequence[float], predictions: Sequence[float | None], shape: tuple[int, int, int]) -> str:
    """A few images, the targets above what the network gives for them, on one scale of grey."""
    count, height, width = shape
    if height * width > MOST_PIXELS or not count:
        return ""
    low, high = min(targets), max(targets)
    side = min((WIDTH - MARGIN) / count - 8, 90.0)
    pixel = side / max(height, width)
    step, area = side + 8, height * width
    parts = []
    for line, values in enumerate((targets, predictions)):
        y = TOP + 14 + line * (side + 26)
        parts.append(_label(8, y - 4, ("target", "prediction")[line], "tick start"))
        for number in range(count):
            image = values[number * area : (number + 1) * area]
            parts += _pixels(image, 8 + number * step, y, pixel, width, (low, high))
    story = f"{count} validation images, and below each the prediction of the network."
    return svg("Target and predicted images", TOP + 2 * (side + 26) + 8, "".join(parts), story)


def _pixels(
    image: Sequence[float | None], left: float, top: float, pixel: float, width: int, scale: tuple[float, float]
) -> list[str]:
    low, high = scale
    parts = []
    for place, value in enumerate(image):
        share = 0.0 if value is None or not math.isfinite(value) else (value - low) / ((high - low) or 1.0)
        grey = round(255 * min(max(share, 0.0), 1.0))
        x, y = left + place % width * pixel, top + place // width * pixel
        box = f'x="{x:.1f}" y="{y:.1f}" width="{pixel + 0.1:.1f}" height="{pixel + 0.1:.1f}"'
        parts.append(f'<rect fill="#{grey:02x}{grey:02x}{grey:02x}" {box}/>')
    return parts


def _label(x: float, y: float, text: str, role: str) -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}">{text}</text>'
