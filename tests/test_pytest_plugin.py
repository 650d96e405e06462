"""`pytest --grader`, in processes of its own: what users of `-k`, `-x`, `--junitxml` and xdist expect."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.reporting import grade_document
from tests.reporting import conftest as grades

pytest_plugins = ["pytester"]
REPOSITORY = Path(__file__).parents[1]
# Put in front of the real one: grades that were invented, and a line in a file for each time that something is graded.
INVENTED = """
import json, os, pathlib
import grader.pytest_plugin as plugin

def grades_of(path, config):
    here = pathlib.Path(__file__).parent
    with open(here / "graded", "a") as file:
        file.write(f"{path.name}\\n")
    return json.loads((here / "grades.json").read_text())

plugin.grades_of = grades_of
"""
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """pytest with `--grader` on `work.py` and `work.ipynb`, in a process of its own, on these invented grades."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), str(pytester.path)]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(invented=INVENTED, work="open('imported', 'w').close()\n")
    pytester.path.joinpath("work.ipynb").write_text("{}")

    def of(*arguments: str, found: tuple[str, ...] = ("wrong",), warnings: str = "error") -> pytest.RunResult:
        makers = {"good": grades.good_grade, "wrong": grades.wrong_grade, "review": grades.review_grade}
        makers |= {"unreadable": grades.unreadable_grade}
        documents = [grade_document(makers[name]()) for name in found]
        for document, name in zip(documents, ("two_inputs", "other"), strict=False):
            document["assignment"] = document["assignment"] and name
        pytester.path.joinpath("grades.json").write_text(json.dumps(documents))
        return pytester.runpytest_subprocess(
            *loaded(), "-p", "invented", "-p", "no:cacheprovider", "-W", warnings, "--grader", *arguments, timeout=300
        )

    return of


def loaded() -> tuple[str, ...]:
    """The plugin, where the installed grader does not bring it yet."""
    from importlib.metadata import entry_points

    known = {point.value for point in entry_points(group="pytest11")}
    return () if "grader.pytest_plugin" in known else ("-p", "grader.pytest_plugin")


def graded(pytester: pytest.Pytester) -> list[str]:
    return pytester.path.joinpath("graded").read_text().splitlines()


def test_each_check_is_a_test_with_its_points(run: Run, pytester: pytest.Pytester) -> None:
    """Failures are the check's own words, without a traceback; the module is never imported."""
    done = run("work.py", "-v", "--junitxml=junit.xml")
    assert done.ret == 1
    done.stdout.fnmatch_lines(
        [
            "work.py::two_inputs::runs FAILED (0/1)*",
            "work.py::two_inputs::inputs PASSED (2/2)*",
            "*Two inputs, one output: *",
            "Next step: Plot as many epochs as ran.",
            "work.py::two_inputs: 5 of 10 points",
            "FAILED*work.py::two_inputs::runs*",
        ]
    )
    assert "Traceback" not in done.stdout.str()
    assert "pytest_plugin.py" not in done.stdout.str()
    assert not pytester.path.joinpath("imported").exists()
    cases = {case.get("name"): case for case in ElementTree.parse(pytester.path / "junit.xml").iter("testcase")}
    points = {one.get("name"): one.get("value") for one in cases["inputs"].iter("property")}
    assert (points["points"], points["max_points"]) == ("2", "2")
    assert cases["runs"].find("failure") is not None


def test_checks_can_be_chosen(run: Run, pytester: pytest.Pytester) -> None:
    """By `-k`, and by their ids."""
    run("work.py", "-k", "inputs and merge or widths").assert_outcomes(passed=1, failed=1, deselected=5)
    run("work.py::two_inputs::inputs").assert_outcomes(passed=1)


def test_the_first_failure_can_end_it(run: Run) -> None:
    run("work.py", "-x").assert_outcomes(failed=1)


def test_workers_grade_once(run: Run, pytester: pytest.Pytester) -> None:
    """The first one grades, the other reads what it found; the points are added up all the same."""
    done = run("work.py", "-n", "2")
    assert graded(pytester) == ["work.py"]
    assert done.ret == 1
    done.stdout.fnmatch_lines(["Next step: Plot as many epochs as ran.", "work.py::two_inputs: 5 of 10 points"])


def test_what_is_ours_is_an_error_and_never_a_failure(run: Run) -> None:
    """An errored check in the words of its grade; what was skipped for another check is skipped."""
    done = run("work.py", "-rs", found=("review",))
    done.assert_outcomes(passed=5, skipped=1, errors=1)
    done.stdout.fnmatch_lines(["*not your fault*", "Needs review: The trainer ended twice.", "*needs review*"])


def test_a_grade_that_a_person_must_decide_is_an_error(run: Run, pytester: pytest.Pytester) -> None:
    """Also if every check passed."""
    document = grade_document(grades.good_grade()) | {"status": "needs_review", "reasons": ["Two models fit."]}
    run("work.py", "--collect-only")
    pytester.path.joinpath("fixed.json").write_text(json.dumps([document]))
    pytester.makeconftest("import shutil; shutil.copy('fixed.json', 'grades.json')")
    done = run("work.py")
    done.assert_outcomes(passed=7, errors=1)
    done.stdout.fnmatch_lines(["Needs review: Two models fit."])


def test_a_file_that_cannot_be_read_is_the_students(run: Run) -> None:
    done = run("work.py", found=("unreadable",))
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*it is not JSON (line 1)*"])


def test_a_folder_has_its_notebooks_and_its_tests(run: Run, pytester: pytest.Pytester) -> None:
    """A module is a submission only if it is named; several exercises of a file are apart."""
    pytester.makepyfile(test_other="def test_true(): pass\n")
    done = run(".", "-v", found=("good", "wrong"))
    done.assert_outcomes(passed=7 + 3 + 1, failed=4)
    done.stdout.fnmatch_lines(["work.ipynb::two_inputs::inputs PASSED (2/2)*", "work.ipynb::other::runs FAILED*"])
    assert graded(pytester) == ["work.ipynb"]


def test_nothing_happens_without_the_option(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No notebook is collected, and no more of the grader is imported than the plugin."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    pytester.path.joinpath("work.ipynb").write_text("{}")
    pytester.makepyfile(
        test_it="""
        import sys
        def test_it():
            assert {name for name in sys.modules if name.startswith("grader.")} == {"grader.pytest_plugin"}
        """
    )
    pytester.runpytest_subprocess(*loaded(), "-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_what_cannot_be_graded_is_a_message(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage errors of the real grader, in one line."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    pytester.makepyfile(work="print(1)\n")
    done = pytester.runpytest_subprocess(
        *loaded(), "-p", "no:cacheprovider", "--grader", "work.py", "--grader-assignment", "two_input"
    )
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["grader: *did you mean `two_inputs`*"])
    assert "Traceback" not in done.stdout.str()


@pytest.mark.slow
def test_the_real_grader_says_the_same(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """9 of 10 points, as `grader check` says."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    text = (REPOSITORY / "tests" / "submissions" / "class" / "student-05.py").read_text("utf-8")
    pytester.path.joinpath("work.py").write_text(text, "utf-8")
    done = pytester.runpytest_subprocess(
        *loaded(), "-p", "no:cacheprovider", "-W", "error", "--grader", "work.py", "--grader-assignment", "two_inputs",
        "-n", "2", timeout=500,
    )  # fmt: skip
    done.assert_outcomes(passed=7, failed=2)
    done.stdout.fnmatch_lines(["Next step: Write `Dense(32, …)` for `dense_2` (line 12).", "*9 of 10 points"])


