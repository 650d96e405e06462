"""Pictures of what a head predicts: well-formed, in the frame, and told in words too."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.domain import METRICS, Grade, HeadPicture, TrainingRun
from grader.reporting import Validation, grade_document, read_grade_document, student_page
from grader.reporting.charts import HEIGHT, WIDTH, confusion_chart, image_chart, learning_chart, scatter_chart
from grader.reporting.document import typed
from grader.reporting.wording import how_it_learned
from tests.reporting.grades import grade_of

SVG = "{http://www.w3.org/2000/svg}"


def described(drawing: str) -> tuple[str, str]:
    """Title and description, which those read who do not see the drawing."""
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    assert "style" not in drawing
    return str(root.findtext(f"{SVG}title")), str(root.findtext(f"{SVG}desc"))


def test_dots_lie_on_the_diagonal_where_a_prediction_is_right() -> None:
    drawing = scatter_chart([0.0, 1.0, 2.0, 3.0], [0.0, None, math.nan, 1e30])
    title, story = described(drawing)
    assert title == "Prediction against target"
    assert story.startswith("2 validation targets")
    dots = [dot.attrib for dot in ElementTree.fromstring(drawing).iter(f"{SVG}circle")]
    assert len(dots) == 2
    assert all(0 <= float(dot["cx"]) <= WIDTH and 0 <= float(dot["cy"]) <= HEIGHT for dot in dots)


def test_a_confusion_matrix_counts_what_was_taken_for_what() -> None:
    drawing = confusion_chart([8.0, 2.0, 0.0, 10.0], 2)
    title, story = described(drawing)
    assert title == "Confusion matrix"
    assert "Of 20 validation samples, 18 are in the class" in story
    assert "Class 0: 8 as 0, 2 as 1." in story
    cells = [cell.get("class") for cell in ElementTree.fromstring(drawing).iter(f"{SVG}rect")]
    assert cells == ["cell right-cell", "cell wrong-cell", "cell wrong-cell", "cell right-cell"]


def test_images_are_drawn_in_grey() -> None:
    drawing = image_chart([0.0, 1.0] * 16, [None, 5.0] * 16, (2, 4, 4))
    fills = [pixel.get("fill") for pixel in ElementTree.fromstring(drawing).iter(f"{SVG}rect")]
    assert (len(fills), set(fills)) == (64, {"#000000", "#ffffff"})
    assert described(drawing)[0] == "Target and predicted images"
    assert image_chart([0.0] * 10_000, [0.0] * 10_000, (1, 100, 100)) == ""


@pytest.mark.parametrize("drawing", [scatter_chart([], []), confusion_chart([], 3), image_chart([0.0] * 16, [], (1, 4, 4))])
def test_nothing_to_show_is_no_error(drawing: str) -> None:
    """A damaged run makes an empty picture, not a broken page."""
    assert "nan" not in drawing
    described(drawing)


def test_an_accuracy_rises_to_one() -> None:
    run = TrainingRun(1, (0.05,), ((0.5,), (0.2,), (0.05,)), 3, 3, every=1)
    drawing = learning_chart([run], 0, METRICS["accuracy"].turned(0.9), [((0.4,), (0.1,))], METRICS["accuracy"])
    assert "<title>Accuracy over the epochs</title>" in drawing
    assert "threshold: 0.9<" in drawing
    line = next(p.get("d", "") for p in ElementTree.fromstring(drawing) if "run-0" in p.get("class", ""))
    heights = [float(point.split()[1]) for point in line.removeprefix("M").split("L")]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("errors", [(None, None), (7.0, -3.0), (0.0,), (1.0, 1.0)])
def test_any_accuracy_stays_in_the_frame(errors: tuple[float | None, ...]) -> None:
    """R² has no lower end; what is below zero is drawn at the edge."""
    run = TrainingRun(1, errors[-1:], tuple((error,) for error in errors), len(errors), None, every=1)
    drawing = learning_chart([run], 0, 0.0, (), METRICS["r2"])
    heights = [float(y) for p in ElementTree.fromstring(drawing) if "run" in p.get("class", "").split()
               for y in p.get("d", "").replace("L", " ").removeprefix("M").split()[1::2]]  # fmt: skip
    assert all(0 <= height <= HEIGHT for height in heights)


KINDS = {
    "Prediction against target": (HeadPicture("values", (2, 2), (0.0, 1.0, 2.0, 3.0)), (0.1, 1.0, 2.0, 2.9)),
    "Confusion matrix": (HeadPicture("classes", (2, 2)), (5.0, 1.0, 0.0, 6.0)),
    "Target and predicted images": (HeadPicture("images", (1, 4, 4), (0.5,) * 16), (0.4,) * 16),
}


@pytest.mark.parametrize("title", KINDS)
def test_a_page_shows_what_fits_the_head(title: str) -> None:
    picture, shown = KINDS[title]
    grade = by_accuracy(grade_of("good"), shown)
    text = student_page([grade], validation={"two_inputs": Validation((), (), (picture,))})
    assert f"<title>{title}</title>" in text
    assert "Accuracy of this run: 0.95." in text
    assert "In the chart of the accuracy, each solid line is one run" in text
    assert " style=" not in text


def by_accuracy(grade: Grade, shown: tuple[float, ...] = ()) -> Grade:
    """The grade as if its head were measured by its accuracy."""
    assert grade.training
    run = TrainingRun(1, (0.05,), ((0.5,), (0.05,)), 20, None, (shown,), every=10)
    return replace(grade, training=replace(grade.training, thresholds=(1.0 - 0.9,), runs=(run,), metrics=("accuracy",)))


def test_documents_speak_in_the_direction_of_the_metric() -> None:
    """What is no mean squared error is not called one; and whoever reads the document says it alike."""
    document = grade_document(by_accuracy(grade_of("good")))
    training = document["training"]
    assert (training["metric"], training["threshold"]) == (["accuracy"], [0.9])
    assert (training["runs"][0]["mse"], training["runs"][0]["values"]) == ([None], [pytest.approx(0.95)])
    assert how_it_learned(typed(document)).startswith("Learned in 0 of 1 run: largest accuracy 0.95, threshold 0.9.")


def test_documents_of_before_there_was_a_choice_are_read() -> None:
    import json

    document = grade_document(grade_of("wrong"))
    old = json.loads(json.dumps(document))
    del old["training"]["metric"]
    for run in old["training"]["runs"]:
        del run["values"]
        run["hit_epoch"] = None
    assert read_grade_document(json.dumps(old)) == old
    assert "smallest error" in how_it_learned(typed(old))
    old["training"]["metric"] = "mse"
    assert read_grade_document(json.dumps(old)) is None
