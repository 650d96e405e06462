"""The charts: finite, well-formed, and readable without their numbers being so."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from grader.domain import TrainingRun
from grader.reporting.charts import HEIGHT, WIDTH, learning_chart, prediction_chart, score_chart

SVG = "{http://www.w3.org/2000/svg}"


def run(*errors: float | None) -> TrainingRun:
    """A run with one head and these errors."""
    return TrainingRun(1, (errors[-1],), tuple((error,) for error in errors), 25 * len(errors), None)


def points(drawing: str, role: str) -> list[tuple[float, float]]:
    """The points of the lines of a role."""
    lines = [path.get("d", "") for path in ElementTree.fromstring(drawing) if role in path.get("class", "").split()]
    return [(float(x), float(y)) for line in lines for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", line)]


def test_learning_is_drawn_on_a_logarithmic_scale() -> None:
    drawing = learning_chart([run(1.0, 0.1, 0.01)], 0, 0.01)
    heights = [y for _, y in points(drawing, "run")]

    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)
    assert "threshold: 0.01" in drawing


@pytest.mark.parametrize(
    "errors", [(None, None), (math.nan, math.inf), (0.0, 0.0), (1e300, 1e-300), (0.1, None, 0.05), (0.01,)]
)
def test_any_error_stays_in_the_frame(errors: tuple[float | None, ...]) -> None:
    drawing = learning_chart([run(*errors)], 0, 0.01, [((0.2,), (0.02,))])

    assert "nan" not in drawing
    assert "inf" not in drawing
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(drawing, "run"))


def test_missing_heads_are_left_out() -> None:
    assert points(learning_chart([run(0.1, 0.2)], 3, 0.01), "run") == []


@pytest.mark.parametrize("prediction", [[1.0, 2.0, 3.0], [None, math.nan, math.inf], [1e30, -1e30, 0.0], [5.0] * 3])
def test_predictions_stay_in_the_frame(prediction: list[float | None]) -> None:
    drawing = prediction_chart([0.0, 0.5, 1.0], [0.0, 1.0, 0.0], prediction)

    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(drawing, "run"))
    assert len(points(drawing, "target")) == 3


def test_scores_are_counted() -> None:
    texts = [text.text for text in ElementTree.fromstring(score_chart([0, 10, 10, 7], 10)).iter(f"{SVG}text")]
    assert [texts.count(label) for label in ("0", "10", "2")] == [1, 1, 2]
    empty = ElementTree.fromstring(score_chart([], 0))
    assert [bar.get("height") for bar in empty.iter(f"{SVG}rect")] == ["0.0"]
    assert [text.text for text in empty.iter(f"{SVG}text")] == ["0"]
