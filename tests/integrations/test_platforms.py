"""GitLab, Classroom 50, Gradescope and PrairieLearn: each script in a folder tree like its place's."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.integrations.places import CLASSROOM50, REPOSITORY, Machine, assert_started_safely, validated
from tests.terminal import grader

INTEGRATIONS = REPOSITORY / "integrations"
EXAMPLES = REPOSITORY / "examples"

METADATA = {"id": 1, "created_at": "2026-06-01T14:32:05-07:00", "assignment": {"title": "HW 2", "total_points": "10.0"},
            "users": [{"name": "Grace Hopper", "id": 7, "email": "grace@example.org"}], "previous_submissions": []}  # fmt: skip


def on_gitlab(machine: Machine, **variables: str) -> tuple[int, dict[str, Path]]:
    """Runs the template's job in one shell, as a runner does; its code, and where GitLab looks for reports."""
    job = yaml.safe_load((INTEGRATIONS / "gitlab" / "keras-grader.gitlab-ci.yml").read_text("utf-8"))[".keras-grader"]
    script = machine.home / "script.sh"
    script.write_text("\n".join(["set -eo pipefail", *job["before_script"], *job["script"]]))
    done = machine.run(["bash", str(script)], machine.checkout, CI="true", **job["variables"] | variables)
    return done.returncode, {name: machine.checkout / path for name, path in job["artifacts"]["reports"].items()}


def on_classroom50(machine: Machine) -> int:
    """The runner starts the autograder of the bundle in the student's checkout."""
    bundle = machine.home / "autograders" / "two-inputs"
    bundle.mkdir(parents=True)
    text = (INTEGRATIONS / "classroom50" / "autograder.py").read_text("utf-8")
    (bundle / "autograder.py").write_text(text.replace('INSTALL = "keras-grader[cpu]"', 'INSTALL = ""'), "utf-8")
    return machine.run([sys.executable, str(bundle / "autograder.py")], machine.checkout, **CLASSROOM50).returncode


def on_prairielearn(machine: Machine) -> dict[str, Any]:
    """What is in /grade/results/results.json after the entry point has run."""
    root = machine.home / "grade"
    (root / "data").mkdir(parents=True)
    (root / "data" / "data.json").write_text("{}")
    shutil.copytree(machine.checkout, root / "student")
    files = root / "serverFilesCourse" / "keras_grader"
    shutil.copytree(INTEGRATIONS / "prairielearn", files)
    options = json.loads((files / "info.json").read_text("utf-8"))["externalGradingOptions"]
    entry, *arguments = options["entrypoint"]
    command = [str(root / Path(entry).relative_to("/grade")), *arguments]
    assert machine.run(command, root, GRADE_ROOT=root).returncode == 0
    result: dict[str, Any] = validated("prairielearn-results", (root / "results" / "results.json").read_text("utf-8"))
    return result


def bundled(to: Path, *options: object) -> str:
    done = grader("bundle", "gradescope", "--to", to, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def image(machine: Machine, archive: Path) -> Path:
    """Gradescope's build of an image: unpack, install, and copy the script to its place."""
    root = machine.home / "autograder"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(root / "source")
        modes = {member.filename: member.external_attr >> 16 for member in packed.infolist()}
    assert modes["run_autograder"] & 0o111
    for name in ("run_autograder", "setup.sh"):
        (root / "source" / name).chmod(0o755)
    done = machine.run(["bash", str(root / "source" / "setup.sh")], root, AUTOGRADER_ROOT=root)
    assert done.returncode == 0, done.stderr
    shutil.copy2(root / "source" / "run_autograder", root / "run_autograder")
    return root


def on_gradescope(machine: Machine, archive: Path) -> tuple[int, Path]:
    """Builds the image and grades the submission in it; the code, and where Gradescope looks for the result."""
    root = image(machine, archive)
    shutil.copytree(machine.checkout, root / "submission")
    (root / "submission_metadata.json").write_text(json.dumps(METADATA))
    (root / "results").mkdir()
    code = machine.run([str(root / "run_autograder")], root, AUTOGRADER_ROOT=root).returncode
    return code, root / "results" / "results.json"


def test_gitlab_gets_junit(tmp_path: Path) -> None:
    there = Machine(tmp_path, ("wrong",), code=1)
    code, reports = on_gitlab(there, GRADE_ASSIGNMENT="two_inputs")
    assert code == 1
    assert ElementTree.parse(reports["junit"]).getroot().get("failures") == "3"
    assert "keras-grader[cpu]" in there.log
    assert there.calls[0]["arguments"][2:6] == ["--assignment", "two_inputs", "--isolation", "container"]
    assert_started_safely(there)


def test_classroom50_gets_a_result(tmp_path: Path) -> None:
    """Exit 0 though the work is not full; a result that the student committed is gone."""
    there = Machine(tmp_path, ("wrong",), code=1)
    (there.checkout / "result.json").write_text('{"score": 1000}')
    assert on_classroom50(there) == 0
    result = validated("classroom50-result", (there.checkout / "result.json").read_text("utf-8"))
    assert (result["score"], result["max-score"]) == (5, 10)
    assert there.calls[0]["environment"].items() >= CLASSROOM50.items()
    assert "Grace Hopper" in (there.checkout / "release-body.md").read_text("utf-8")
    assert there.calls[0]["arguments"][-6:-4] == ["--assignment", "two_inputs"]
    assert_started_safely(there)


@pytest.mark.parametrize("code", [3, 4])
def test_an_error_gives_classroom50_no_result(code: int, tmp_path: Path) -> None:
    """The runner then reports an error of the infrastructure, and no score."""
    there = Machine(tmp_path, code=code)
    (there.checkout / "result.json").write_text('{"score": 1000}')
    assert on_classroom50(there) == code
    assert not (there.checkout / "result.json").exists()


def test_prairielearn_gets_results(tmp_path: Path) -> None:
    there = Machine(tmp_path, ("wrong",), code=1)
    assert on_prairielearn(there)["score"] == 0.5
    assert there.calls[0]["arguments"][2:4] == ["--assignment", "two_inputs"]
    assert_started_safely(there)


@pytest.mark.parametrize(("code", "words"), [(2, "not your fault"), (4, "no notebook")])
def test_an_error_costs_no_attempt(code: int, words: str, tmp_path: Path) -> None:
    result = on_prairielearn(Machine(tmp_path, code=code))
    assert result["gradable"] is False
    assert words in result["message"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("bundle") / "gs.zip"
    assert "10 autograder points" in bundled(archive, "--assignment", "two_inputs")
    return archive


def test_gradescope_from_the_bundle_to_results(bundle: Path, tmp_path: Path) -> None:
    there = Machine(tmp_path, ("wrong",), code=1)
    code, results = on_gradescope(there, bundle)
    assert code == 0
    assert "--requirement" in there.log
    assert validated("gradescope-results", results.read_text("utf-8"))["score"] == 5
    submission = str(there.home / "autograder" / "submission")
    assert there.calls[-1]["arguments"][1:4] == [submission, "--assignment", "two_inputs"]
    assert_started_safely(there)


@pytest.mark.parametrize(("code", "ends", "scores"), [(4, 0, [0]), (2, 2, [])], ids=["nothing to grade", "a fault"])
def test_gradescope_gets_a_result_of_an_empty_submission_and_none_of_a_fault(
    bundle: Path, tmp_path: Path, code: int, ends: int, scores: list[int]
) -> None:
    """Without a result, Gradescope calls the instructor, and gives no score."""
    ended, results = on_gradescope(Machine(tmp_path, code=code), bundle)
    found = [validated("gradescope-results", path.read_text("utf-8")) for path in results.parent.iterdir()]
    assert (ended, [result["score"] for result in found]) == (ends, scores)


def test_a_bundle_has_what_grading_needs_of_a_course_and_no_solution(tmp_path: Path) -> None:
    """Students' code may be able to read it."""
    course = tmp_path / "course"
    shutil.copytree(EXAMPLES, course)
    (course / "reference_solutions").mkdir(exist_ok=True)
    (course / "reference_solutions" / "other_figure.py").write_text("def build_model(): ...\n")
    wheel = tmp_path / "keras_grader-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    bundled(tmp_path / "gs.zip", "--course", course, "-a", "other_figure", "--wheel", wheel)
    with zipfile.ZipFile(tmp_path / "gs.zip") as packed:
        names = packed.namelist()
        assert packed.read(wheel.name) == b"a wheel"
        packed.extractall(tmp_path / "there")
        assert packed.read("exercises.txt") == b"other_figure\n"
    assert {"course/grader.toml", "course/assignments/other_figure/other_figure.npz"} <= set(names)
    assert not [name for name in names if "reference" in name]
    assert "other_figure" in grader("list", "--course", tmp_path / "there" / "course").stdout


@pytest.mark.slow
def test_all_places_agree_with_the_real_grader(bundle: Path, tmp_path: Path) -> None:
    there = Machine(tmp_path, real=True)
    code, reports = on_gitlab(there, GRADE_ASSIGNMENT="two_inputs")
    assert code == 1
    assert ElementTree.parse(reports["junit"]).getroot().get("failures") != "0"
    assert on_classroom50(there) == 0
    result = validated("classroom50-result", (there.checkout / "result.json").read_text("utf-8"))
    assert (result["score"], result["max-score"]) == (9, 10)
    assert on_prairielearn(there)["score"] == 0.9
    code, results = on_gradescope(there, bundle)
    assert code == 0
    assert validated("gradescope-results", results.read_text("utf-8"))["score"] == 9
