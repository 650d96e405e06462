"""A student's page."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from grader.domain import FitCall, Grade, Location, RecordedModel, SourceCell, SourceFile, Tensor
from grader.reporting import student_page
from grader.reporting.student_view import MOST_LINES
from tests.reporting.grades import ATTACK, SITUATIONS, calibration, grade_of, two_inputs_graph
from tests.reporting.markup import Page
from tests.reporting.sample_pages import source, wrong_with_code


@pytest.mark.parametrize("name", SITUATIONS)
def test_page_is_whole_and_loads_nothing(name: str) -> None:
    page = Page(student_page([grade_of(name)]))
    assert [page.tags.count(tag) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    addresses = [value for key, value in page.attributes if key in ("src", "href")]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    policy = next(value for key, value in page.attributes if "default-src" in value)
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_hostile_text_stays_text() -> None:
    text = student_page([grade_of("hostile")], not_found=[ATTACK])
    page = Page(text)
    assert not {"script", "img", "red"} & set(page.tags)
    assert not [key for key, _ in page.attributes if key.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "<U+202E>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert len(text) < 300_000


@pytest.mark.parametrize(
    ("reveal", "fixed", "is_shown"),
    [("hint", True, False), ("difference", True, True), ("difference", False, False), ("solution", False, True)],
)
def test_reveal_decides_whether_the_expected_network_is_shown(reveal: str, fixed: bool, is_shown: bool) -> None:
    """Where any design may win, the reference's is not called the expected one."""
    grade = grade_of("wrong", reveal=reveal)
    assert grade.assignment
    grade = replace(grade, assignment=replace(grade.assignment, fixed=fixed))
    page = Page(student_page([grade], references={"two_inputs": two_inputs_graph(name="reference")}))
    assert ("The expected network" in page.text) == is_shown
    assert "Your network" in page.text


def test_differing_boxes_are_marked_and_explained() -> None:
    text = student_page([grade_of("wrong")], references={"two_inputs": two_inputs_graph()})
    assert text.count('class="box differs"') == 2
    assert Page(text).text.count("≠ dense_1") == 2  # the rows of both tables
    assert "show where your network differs" in text
    right = student_page([grade_of("good")], references={"two_inputs": two_inputs_graph()})
    assert "show where your network differs" not in right


def test_training_is_drawn() -> None:
    x = [(i + 0.5) / 100 for i in range(100)]
    measured = calibration((x, [math.sin(2 * math.pi * value) for value in x]), curves=[[(0.1,), (0.01,)]] * 3)
    text = student_page([grade_of("wrong")], calibrations={"two_inputs": measured})
    assert [text.count(f'class="line {role}') for role in ("run", "reference", "target")] == [3, 3, 1]


@pytest.mark.parametrize("cut", [True, False])
def test_the_page_says_where_a_fit_was_cut(cut: bool) -> None:
    grade = grade_of("good")
    fit = FitCall(1, Location(1, 2), 400, 32, cut, True)
    model = RecordedModel(0, "functional", "Functional", ("m",), "", False, Location(1, 1), (), None, "", (), (fit,))
    grade = replace(grade, execution=replace(grade.execution, models=(model,)))
    assert ("after one step, so the numbers" in Page(student_page([grade])).text) is cut
    assert ("It has trained your network itself." in Page(student_page([grade])).text) is cut
    assert "It has trained your network itself." not in Page(student_page([replace(grade, training=None)])).text


def test_a_chart_names_its_output_as_the_drawing_does() -> None:
    grade = grade_of("good")
    graph, assignment, training = grade.match.graph, grade.assignment, grade.training
    assert graph
    assert assignment
    assert training
    run = training.runs[0]
    two_heads = replace(run, curve=tuple((*errors, 0.1) for errors in run.curve), errors=(*run.errors, 0.1))
    training = replace(training, runs=(replace(two_heads, predictions=run.predictions * 2),), thresholds=(0.01, 0.02))
    match = replace(grade.match, graph=replace(graph, outputs=(*graph.outputs, Tensor(5))))
    assignment = replace(assignment, data=replace(assignment.data, targets=("sin", "exp")))
    text = Page(student_page([replace(grade, match=match, assignment=assignment, training=training)])).text
    assert "Output 1 (dense_3), target sin: error on the validation points during training." in text
    assert "Output 2 (dense_2), target exp: error on the validation points during training." in text


def page_with(grade: Grade, code: SourceFile) -> str:
    return student_page([grade], sources={grade.submission.entry: code})


def test_the_code_is_shown_line_by_line_and_what_speaks_of_a_line_leads_to_it() -> None:
    text = page_with(wrong_with_code(), source())
    page = Page(text)

    ids = [value for key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    assert {"cell-1-line-1", "cell-3-line-4", "cell-3-line-7", "cell-5-line-2"} <= set(ids)
    assert "Cell 2" not in page.text
    links = {value for key, value in page.attributes if key == "href" and value.startswith("#")}
    assert links <= {f"#{name}" for name in ids}
    line = text[text.index('id="cell-3-line-4"') :].partition("</li>")[0]
    assert 'class="found"' in line
    assert 'href="#check-1-4"' in line
    for words in (
        'look at <code>dense_1</code> once more (<a href="#cell-3-line-4">cell 3, line 4</a>)',
        'built in <a href="#cell-3-line-7">cell 3, line 7</a>',
        '<b><a href="#cell-5-line-2">cell 5, line 2</a></b>',
        '<a href="#cell-3-line-5" aria-label="concatenate: Concatenate, width 64: to its line">',
    ):
        assert words in text


def test_code_is_text_and_bounded() -> None:
    grade = grade_of("good")
    code = SourceFile("a.py", (SourceCell(None, "\n".join([f"x = '{ATTACK}'", "y" * 5000, *["z"] * MOST_LINES])),))
    text = page_with(grade, code)
    page = Page(text)
    assert not {"script", "img", "red"} & set(page.tags)
    assert "<img src=x" in page.text
    assert "Only 1500 lines, and 300 characters of each, are shown." in page.text
    assert len(text) < 300_000
    assert 'id="line-1500"' in text
    assert 'id="line-1501"' not in text


def test_each_file_of_a_page_has_addresses_of_its_own() -> None:
    first, second = grade_of("good"), wrong_with_code()
    sources = {first.submission.entry: source(), second.submission.entry: source()}
    text = student_page([first, second], sources=sources)
    assert 'id="cell-3-line-4"' in text
    assert 'id="file-2-cell-3-line-4"' in text
    assert 'once more (<a href="#file-2-cell-3-line-4">' in text
