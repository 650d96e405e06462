"""The steps of `action.yml`, read from it and run by bash as a runner does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from grader.sandbox import resolve_isolation
from tests.integrations.places import REPOSITORY, SECRETS, Machine, assert_started_safely

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))


class Job:
    """One use of the action in a student's repository, with `inputs` over the defaults."""

    def __init__(self, machine: Machine, **inputs: str) -> None:
        self.machine, self.checkout = machine, machine.checkout
        self.inputs = {name: str(one["default"]) for name, one in ACTION["inputs"].items()}
        self.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
        self.files = {name: machine.home / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in self.files.values():
            path.touch()
        self.log = ""
        self.codes: list[int] = []

    def run(self) -> int:
        """All steps but those of other actions, until one fails; the code of the last."""
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or not self._wanted(step.get("if", "")):
                continue
            script = self.machine.home / "step.sh"
            script.write_text(self._filled(step["run"]))
            done = self.machine.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
                self.checkout,
                GITHUB_ACTION_PATH=REPOSITORY, GITHUB_WORKSPACE=self.checkout, RUNNER_TEMP=self.machine.home,
                GITHUB_ACTIONS="true", CI="true",
                **self.files, **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            )  # fmt: skip
            self.log += done.stdout + done.stderr
            self.codes.append(done.returncode)
            if done.returncode:
                break
        return self.codes[-1]

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.files["GITHUB_OUTPUT"].read_text().splitlines())

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text()

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: self.inputs[match[1]], str(text))

    def _wanted(self, condition: str) -> bool:
        match = re.fullmatch(r"inputs\.([\w-]+) != '(.*)'", condition)
        return match is None or self.inputs[match[1]] != match[2]


def obeyed(log: str) -> list[str]:
    """The commands in a log that a runner obeys: none between `::stop-commands::WORD` and `::WORD::`."""
    found, word = [], ""
    for line in log.splitlines():
        if word:
            word = "" if line == f"::{word}::" else word
        elif line.startswith("::stop-commands::"):
            word = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    return found


def test_a_wrong_answer_is_annotated_and_fails_the_job(tmp_path: Path) -> None:
    """Annotations, a step summary, JUnit, JSON, a page and outputs. A student can command the runner nothing."""
    there = Machine(tmp_path, ("wrong",), code=1, printed="::set-env name=PATH::/evil\n::error::forged")
    job = Job(there, assignment="two_inputs two_outputs", path="work.py")
    assert job.run() == 1
    assert f"pip -P -m pip install --quiet --disable-pip-version-check {REPOSITORY}[cpu]\n" in there.log
    assert "::error::forged" in job.log
    assert obeyed(job.log)
    assert all(re.match("::(error|notice) file=student-02.ipynb,title=", line) for line in obeyed(job.log))
    assert "Grace Hopper" in job.summary
    assert job.outputs == {"exit-code": "1", "score": "5", "max-score": "10"}
    reports = job.checkout / "reports" / "grader"
    assert ElementTree.parse(reports / "junit.xml").getroot().get("failures") == "3"
    assert {path.name for path in reports.iterdir()} == {"junit.xml", "report.json", "index.html"}
    (call,) = [one for one in job.machine.calls if one["arguments"][0] == "check"]
    assert call["arguments"][:5] == ["check", "work.py", "--assignment", "two_inputs", "--assignment"]
    assert_started_safely(job.machine)


@pytest.mark.parametrize(
    ("code", "ends", "title"), [(1, 0, ""), (2, 2, "Not graded"), (3, 3, "Grader error"), (4, 4, "Nothing to grade")]
)
def test_only_a_grade_that_is_not_full_need_not_fail_the_job(tmp_path: Path, code: int, ends: int, title: str) -> None:
    """What is installed can be chosen, too."""
    job = Job(Machine(tmp_path, ("wrong",), code=code), fail="false", install="none")
    assert job.run() == ends
    assert job.outputs["exit-code"] == str(code)
    titled = [line for line in obeyed(job.log) if line.startswith("::error title=")]
    assert [line.partition("::error title=")[2].partition("::")[0] for line in titled] == [title] * bool(title)
    assert "pip" not in job.machine.log


def test_no_sandbox_is_no_grade(tmp_path: Path) -> None:
    """`auto` never falls back to nothing where a job has tokens."""
    job = Job(Machine(tmp_path, level="none"))
    assert job.run() == 2
    assert [call["arguments"][0] for call in job.machine.calls] == ["doctor"]


def test_inputs_are_no_code(tmp_path: Path) -> None:
    job = Job(Machine(tmp_path, code=4), path='"; touch injected; "')
    job.run()
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]
    assert not (job.checkout / "injected").exists()


SPY = """import os, sys
for folder in ("/proc/%d/environ" % os.getppid(), "/proc/self/environ"):
    try:
        print(open(folder, "rb").read())
    except OSError as error:
        print(error)
print(dict(os.environ))
"""


@pytest.mark.slow
def test_the_real_grader_keeps_tokens_from_the_student(tmp_path: Path) -> None:
    """Nothing that the student's code can print is a secret of the job; its modules are not imported outside."""
    if resolve_isolation("auto") == "none":
        pytest.skip("there is no sandbox on this machine, and so the action grades nothing")
    job = Job(Machine(tmp_path, real=True), assignment="two_inputs", path="work.py")
    work = job.checkout / "work.py"
    work.write_text(SPY + work.read_text("utf-8"), "utf-8")
    for name in ("grader", "json", "pip", "secrets"):
        (job.checkout / f"{name}.py").write_text(f"open({str(job.checkout / 'imported')!r}, 'w').close()\n")
    assert job.run() == 1, job.log
    assert not (job.checkout / "imported").exists()
    assert job.outputs == {"exit-code": "1", "score": "9", "max-score": "10"}
    assert any(line.startswith("::error file=work.py,line=") for line in obeyed(job.log))
    page = (job.checkout / "reports/grader/index.html").read_text("utf-8")
    assert "environ" in page or "PATH" in page
    for secret in SECRETS.values():
        assert secret not in page + job.log + job.summary


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    workflow: Any = yaml.safe_load((REPOSITORY / "integrations/github/workflow.yml").read_text("utf-8"))
    (use,) = [step for step in workflow["jobs"]["grade"]["steps"] if "keras-grader" in step.get("uses", "")]
    assert set(use["with"]) <= set(ACTION["inputs"])
