"""The charts: finite, well-formed, told in words too, and readable without their numbers being so."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.domain import METRICS, Grade, HeadPicture, TrainingRun
from grader.reporting import student_page
from grader.reporting.charts import (
    HEIGHT,
    WIDTH,
    confusion_chart,
    learning_chart,
    prediction_chart,
    scatter_chart,
    score_chart,
)
from tests.reporting.grades import calibration, grade_document, grade_of

SVG = "{http://www.w3.org/2000/svg}"


def run(*errors: float | None, every: int = 25, shown: tuple[float, ...] = ()) -> TrainingRun:
    """A run with one head and these errors."""
    return TrainingRun(
        1, errors[-1:], tuple((error,) for error in errors), every * len(errors), None, (shown,), every=every
    )


def points(drawing: str, role: str = "run") -> list[tuple[float, float]]:
    """The points of the lines of a role."""
    lines = [path.get("d", "") for path in ElementTree.fromstring(drawing) if role in path.get("class", "").split()]
    coordinates = [(float(x), float(y)) for line in lines for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", line)]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in coordinates)
    return coordinates


def attributes(drawing: str, tag: str, key: str) -> list[str | None]:
    return [element.get(key) for element in ElementTree.fromstring(drawing).iter(f"{SVG}{tag}")]


def described(drawing: str) -> tuple[str, str]:
    """Title and description, which those read who do not see the drawing."""
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    assert "style" not in drawing
    return str(root.findtext(f"{SVG}title")), str(root.findtext(f"{SVG}desc"))


def test_learning_is_drawn_on_a_logarithmic_scale() -> None:
    drawing = learning_chart([run(1.0, 0.1, 0.01)], 0, 0.01)
    heights = [y for _, y in points(drawing)]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)
    assert "threshold: 0.01<" in drawing


def test_a_long_training_is_drawn_to_its_end() -> None:
    assert ">500</text>" in learning_chart([run(*[0.5] * 500, every=1)], 0, 0.01)


def test_an_accuracy_rises_to_one() -> None:
    """On a plain scale, with the threshold in the author's direction."""
    metric = METRICS["accuracy"]
    drawing = learning_chart([run(0.5, 0.2, 0.05, every=1)], 0, metric.turned(0.9), [((0.4,), (0.1,))], metric)
    assert "<title>Accuracy over the epochs</title>" in drawing
    assert "threshold: 0.9<" in drawing
    heights = [y for _, y in points(drawing)]
    assert heights == sorted(heights, reverse=True)


NUMBER = st.none() | st.floats(-1e300, 1e300) | st.sampled_from([0.0, 0.01, 1e300, 1e-300, -3.0])


@given(errors=st.lists(NUMBER, min_size=1, max_size=5), metric=st.sampled_from(["mse", "r2"]))
def test_any_number_stays_in_the_frame(errors: list[float | None], metric: str) -> None:
    """As an error of training, and as a prediction."""
    drawing = learning_chart([run(*errors)], 0, 0.01, [((0.2,), (0.02,))], METRICS[metric])
    assert "nan" not in drawing
    assert "inf" not in drawing
    points(drawing)
    drawing = prediction_chart([0.0, 0.5, 1.0], [0.0, 1.0, 0.0], (errors * 3)[:3])
    points(drawing)
    assert len(points(drawing, "target")) == 3


def test_dots_lie_on_the_diagonal_where_a_prediction_is_right() -> None:
    drawing = scatter_chart([0.0, 1.0, 2.0, 3.0], [0.0, None, None, 1e30])
    assert described(drawing)[1].startswith("2 validation targets")
    for key, most in (("cx", WIDTH), ("cy", HEIGHT)):
        assert [0 <= float(place or "") <= most for place in attributes(drawing, "circle", key)] == [True, True]


def test_a_confusion_matrix_counts_what_was_taken_for_what() -> None:
    drawing = confusion_chart([8.0, 2.0, 0.0, 10.0], 2)
    story = described(drawing)[1]
    assert "Of 20 validation samples, 18 are in the class" in story
    assert "Class 0: 8 as 0, 2 as 1." in story
    right, wrong = "cell right-cell", "cell wrong-cell"
    assert attributes(drawing, "rect", "class") == [right, wrong, wrong, right]


def test_a_bar_of_several_scores_bears_the_lowest_of_them() -> None:
    """Of 40 points, the bar of full marks stands above 40."""
    labels = re.findall(r'class="tick middle"[^>]*>(\d+)<', score_chart([40, 39, 0], 40))
    assert (labels[0], labels[1], labels[-1]) == ("0", "2", "40")


@pytest.mark.parametrize("drawing", [scatter_chart([], []), confusion_chart([], 3), score_chart([], 0)])
def test_nothing_to_show_is_no_error(drawing: str) -> None:
    assert "nan" not in drawing
    described(drawing)


KINDS = {
    "Prediction against target": (HeadPicture("values", (2, 2), (0.0, 1.0, 2.0, 3.0)), (0.1, 1.0, 2.0, 2.9)),
    "Confusion matrix": (HeadPicture("classes", (2, 2)), (5.0, 1.0, 0.0, 6.0)),
}


def by_accuracy(shown: tuple[float, ...] = ()) -> Grade:
    """A grade whose head is measured by its accuracy."""
    grade = grade_of("good")
    assert grade.training
    runs = (run(0.5, 0.05, every=10, shown=shown),)
    return replace(grade, training=replace(grade.training, thresholds=(1.0 - 0.9,), runs=runs, metrics=("accuracy",)))


@pytest.mark.parametrize("title", KINDS)
def test_a_page_shows_what_fits_the_head(title: str) -> None:
    picture, predictions = KINDS[title]
    text = student_page([by_accuracy(predictions)], calibrations={"two_inputs": calibration(pictures=(picture,))})
    assert f"<title>{title}</title>" in text
    assert "Accuracy of this run: 0.95." in text
    assert "In the chart of the accuracy, each solid line is one run" in text
    assert " style=" not in text
    document = grade_document(by_accuracy(predictions))["training"]
    assert (document["threshold"], document["runs"][0]["mse"]) == ([0.9], [None])
