"""`pytest --grader`, in processes of its own: what users of `-k`, `-x` and `--junitxml` expect."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest

from grader.pytest_plugin import Grading
from tests.reporting.grades import grade_document, grade_of

pytest_plugins = ["pytester"]
REPOSITORY = Path(__file__).parents[1]
# Put in front of the real one: grades that were invented.
INVENTED = """
import json, pathlib
import grader.pytest_plugin as plugin

def grades(self, path):
    from grader.reporting.document import GradeDocument
    return list(map(GradeDocument.model_validate, json.loads((pathlib.Path(__file__).parent / "grades.json").read_text())[path.stem]))

plugin.Grading.grades = grades
"""
SITUATIONS = ("good", "wrong", "review", "decide", "unreadable")
Run = Callable[..., pytest.RunResult]


def documents(situation: str) -> list[dict[str, Any]]:
    if situation == "decide":  # every check passed
        return [grade_document(grade_of("good")) | {"status": "needs_review", "reasons": ["Two models fit."]}]
    return [grade_document(grade_of(situation))]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """pytest, where a file is graded by the situation that it is called after."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), str(pytester.path)]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(invented=INVENTED, wrong="open('imported', 'w').close()\n")
    pytester.path.joinpath("grades.json").write_text(json.dumps({name: documents(name) for name in SITUATIONS}))

    def of(*arguments: str) -> pytest.RunResult:
        plugins = ("-p", "grader.pytest_plugin", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*plugins, "-W", "error", *arguments, timeout=300)

    return of


def case(file: str, check: str) -> str:
    """The path of a check in JUnit."""
    return f".//testcase[@classname='{file}.ipynb.two_inputs'][@name='{check}']"


def test_each_check_is_a_test(run: Run, pytester: pytest.Pytester) -> None:
    """Notebooks of a folder next to its tests: each situation is what it is, in the words of the check, with its points.

    What is the grader's fault, and what a person must decide, is an error and no failure. No module is imported.
    """
    for name in SITUATIONS:
        pytester.path.joinpath(f"{name}.ipynb").write_text("{}")
    pytester.makepyfile(test_other="def test_true(): pass\n")
    done = run("-p", "invented", "--grader", ".", "-v", "--junitxml=junit.xml")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.assert_outcomes(passed=1 + 5 + 2 + 3 + 5, failed=3 + 1, skipped=1, errors=1 + 1)
    for line in (
        "wrong.ipynb::two_inputs::runs FAILED*",
        "wrong.ipynb::two_inputs::inputs PASSED*",
        "*not your fault*",
        "Needs review: The trainer ended twice.",
        "Needs review: Two models fit.",
        "Next step: Plot as many epochs as ran.",
        "*it is not JSON (line 1)*",
        "wrong.ipynb::two_inputs: 5 of 10 points",
        "review.ipynb::two_inputs: 8 of 10 points, needs review",
        "FAILED*wrong.ipynb::two_inputs::runs - *Cell 5 raised an error*",
        "ERROR decide.ipynb::two_inputs::review - *Two models fit.",
    ):
        done.stdout.fnmatch_lines([line])
    assert not [word for word in ("Traceback", "pytest_plugin.py", "work.py") if word in done.stdout.str()]
    assert not pytester.path.joinpath("imported").exists()
    junit = ElementTree.parse(pytester.path / "junit.xml")
    assert junit.find(case("wrong", "inputs") + "//property[@name='points'][@value='4']") is not None
    assert junit.find(case("wrong", "inputs") + "//property[@name='max_points'][@value='4']") is not None
    assert junit.find(case("wrong", "runs") + "/failure") is not None
    assert junit.find(case("review", "learns") + "/error") is not None


def test_checks_are_chosen_and_the_first_failure_ends_it(run: Run) -> None:
    run("-p", "invented", "--grader", "wrong.py", "-k", "widths or graph", "-x").assert_outcomes(failed=1, deselected=3)


def test_nothing_happens_without_the_option(run: Run, pytester: pytest.Pytester) -> None:
    """No notebook is collected, and no more of the grader is imported than the plugin."""
    pytester.path.joinpath("wrong.ipynb").write_text("{}")
    pytester.makepyfile(
        test_it="""
        import sys
        def test_it():
            assert {name for name in sys.modules if name.startswith("grader.")} == {"grader.pytest_plugin"}
        """
    )
    run().assert_outcomes(passed=1)


def test_what_cannot_be_graded_is_a_message(run: Run) -> None:
    done = run("--grader", "wrong.py", "--grader-assignment", "two_input")
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["grader: *did you mean `two_inputs`*"])
    assert "Traceback" not in done.stdout.str()


@pytest.mark.slow
def test_the_real_grader_says_the_same(run: Run, pytester: pytest.Pytester) -> None:
    text = (REPOSITORY / "tests" / "submissions" / "class" / "student-05.py").read_text("utf-8")
    pytester.path.joinpath("work.py").write_text(text, "utf-8")
    done = run("--grader", "work.py", "--grader-assignment", "two_inputs")
    done.assert_outcomes(passed=7, failed=2)
    done.stdout.fnmatch_lines(["Next step: Write `32` in place of `52` on line 12.", "*9 of 10 points"])


def test_keras_is_imported_once_for_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = SimpleNamespace(report=SimpleNamespace(grades=documents("good")))
    check_path = Mock(return_value=checked)
    monkeypatch.setattr("grader.pipeline.check_path", check_path)
    options = {"--grader-assignment": ["one_input"], "--grader-isolation": "none"}
    grading = Grading(Mock(getoption=options.get))
    results = [grading.grades(Path(name)) for name in ("a.py", "b.py", "a.py")]
    grading.pytest_unconfigure()
    assert [grades[0].assignment for grades in results] == ["two_inputs"] * 3
    assert {call.args[2].isolation for call in check_path.mock_calls} == {"none"}
    assert len({id(call.kwargs["processes"]) for call in check_path.mock_calls}) == 1
