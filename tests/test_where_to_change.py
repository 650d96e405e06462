"""CONTRIBUTING.md says where to change what, and its lists are true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
ROWS = dict(
    re.findall(r"^\| (an? [\w ]+?) \| (.*?) \|", (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
)

DEPTH = '''"""`depth`: how many layers the network has."""

from __future__ import annotations

from typing import Literal

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, failed, passed

TITLE = "Not too deep"


class Spec(CheckOptions):
    """At most so many layers."""

    kind: Literal["depth"]
    most: int


def check(spec: Spec, evidence: Evidence) -> Finding:
    found = {"expected": f"at most {spec.most}", "actual": str(len(evidence.graph.layers))}
    return passed("", **found) if len(evidence.graph.layers) <= spec.most else failed("", hint="Remove some.", **found)
'''
TRIED = """
from types import SimpleNamespace
from grader.checks import KINDS
kind, evidence = KINDS["depth"], SimpleNamespace(graph=SimpleNamespace(layers=(1, 2, 3)))
print(*(kind.check(kind.spec(kind="depth", points=1, most=most), evidence).status for most in (9, 2)), kind.structure)
"""

LAYOUT = """        Layout("blackboard", "Blackboard", "As far as this test knows.", r"(?P<id>[^@/]+)@(?P<file>[^/]+)"),
"""
DOWNLOADED = """
from pathlib import Path
from grader.submissions import opened
for name in ("ada@hw.py", "bo@hw.py"):
    Path("class").mkdir(exist_ok=True)
    Path("class", name).write_text(name)
with opened(Path("class")) as intake:
    print(intake.layout, *(f"{one.id}:{one.entry.name}" for one in intake.submissions))
"""

NOTE = """
[loss-in-capitals]
sentence = "The name of the loss is in capitals."
story = "Keras has the names of losses in small letters."
"""
RULE = """def _loss_in_capitals(compiled: Compiled) -> Iterator[Finding]:
    if compiled.loss.text.isupper():
        yield "loss-in-capitals", compiled.loss.instead(compiled.loss.text.lower())


"""
ADVISED = """
import ast
from grader.execution.student.notes.compile_calls import RULES, Compiled
from grader.execution.student.source.written_calls import Argument
from grader.domain import Edit, Location
from grader.hints import note_of
given = {"loss": "MSE", "loss_weights": None, "metrics": None}
compiled = Compiled(None, *(Argument(name, value, ast.Constant(value)) for name, value in given.items()))
for code, said in (finding for rule in RULES for finding in rule(compiled)):
    print(code, note_of(code, {}, Location(line=1), [Edit(1, **edit) for edit in said["edits"]]).detail)
"""

SUBJECT = """
from grader.assignments.course import load_course
from grader.authoring.mutation_table import mutations
from grader.checks import KINDS
from grader.graph import differences
reference = load_course(["one_input"]).references["one_input"]
for mutant in mutations(reference, {}, lambda graph: graph):
    if mutant.subject == "constraint":
        (difference,) = differences(mutant.graph, reference)
        print(mutant.words, difference.subject, difference.hint, sep="; ")
print("constraint" in KINDS["graph"].subjects)
"""


def files_of(change: str) -> list[str]:
    """The files and folders that a row of the table names, in its order."""
    return [re.search(r"`([^`]+)`", step)[1] for step in ROWS[change].split("<br>")]  # type: ignore[index]


@pytest.mark.parametrize("change", ROWS)
def test_a_change_touches_at_most_three_places(change: str) -> None:
    """Beside its tests; and what its row names is there, if it is not the new file itself."""
    files = files_of(change)
    assert 1 <= len(files) <= 3
    for path in files:
        assert (REPOSITORY / path.partition("<")[0]).exists(), path


def test_all_eight_changes_have_a_row() -> None:
    assert set(ROWS) == {
        "a kind of check", "a report format", "a layer that can be trained", "a rule of matching", "a hint",
        "a layout of an LMS", "an assignment", "a subject of difference",
    }  # fmt: skip


def add_line(path: Path, after: str, line: str) -> None:
    """As an author adds a line to a table: behind one that is there."""
    text = path.read_text("utf-8")
    assert text.count(after) == 1, f"{path.name}: {after}"
    path.write_text(text.replace(after, after + line), "utf-8")


def add_all(copy: Path) -> None:
    """A kind, a subject, a layout and a hint, each by its row: about what `compile` was given, the last one."""
    module, registry = (copy / name for name in files_of("a kind of check"))
    module.with_name("depth.py").write_text(DEPTH, "utf-8")
    add_line(registry, "    compiled,\n", "    depth,\n")
    add_line(
        registry,
        '    "parameters": _kind(parameters, structure=True),\n',
        '    "depth": _kind(depth, structure=True),\n',
    )
    names, mistakes, _ = (copy / name for name in files_of("a subject of difference"))
    add_line(names, '"layer class", "layer count", "layer order", "regularisation", "dropout",', ' "constraint",')
    add_line(names, '"rate": "dropout", "noise_shape": "dropout",', ' "kernel_constraint": "constraint",')
    row = '    ("giving {} a constraint", {"kernel_constraint": Configured("NonNeg")}),\n'
    add_line(mistakes, '    ("building {} with rate=0.6", {"rate": 0.6}),\n', row)
    table, _ = (copy / name for name in files_of("a layout of an LMS"))
    add_line(table, "    for layout in (\n", LAYOUT)
    notes, family = (copy / name for name in files_of("a hint"))
    notes.write_text(notes.read_text("utf-8") + NOTE, "utf-8")
    rules = family.with_name("compile_calls.py")
    text, place = rules.read_text("utf-8"), "RULES: tuple["
    rules.write_text(text.replace(place, RULE + place), "utf-8")
    add_line(rules, "    _metric_alone,\n", "    _loss_in_capitals,\n")


def command(*words: str) -> str:
    return f"import sys, grader.cli\nsys.argv[1:] = {words!r}\ngrader.cli.main()"


PROGRAMS = {
    "kind": TRIED, "subject": SUBJECT, "layout": DOWNLOADED, "hint": ADVISED,
    "schema": command("schema", "assignment"), "explain": command("explain", "loss-in-capitals"),
}  # fmt: skip
RUN = """
import contextlib, io, json, sys
said = {}
for name, program in json.loads(sys.argv[1]).items():
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        exec(program, {})
    said[name] = out.getvalue()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What programs and commands print in a copy of the package with all four additions, in one process."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("grader", "assignments"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    add_all(copy)
    command = [sys.executable, "-P", "-W", "ignore", "-c", RUN, json.dumps(PROGRAMS)]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_kind_of_check_is_added_by_its_row(said: dict[str, str]) -> None:
    """With what the groups of a class know of it."""
    assert said["kind"].split() == ["passed", "failed", "True"]
    assert '"depth"' in said["schema"]


def test_a_subject_of_difference_is_added_by_its_row(said: dict[str, str]) -> None:
    """Its next step is that of all parameters."""
    *steps, last = said["subject"].splitlines()
    assert "giving `sine` (1 unit) a constraint; constraint; Write `kernel_constraint=None` in `sine`." in steps
    assert last == "True"


def test_a_layout_is_added_by_its_row(said: dict[str, str]) -> None:
    assert said["layout"] == "Blackboard ada:hw.py bo:hw.py\n"


def test_a_hint_is_added_by_its_row(said: dict[str, str]) -> None:
    assert said["hint"] == "loss-in-capitals Write `loss='mse'` in place of `loss='MSE'`.\n"
    assert "names of losses in small letters" in " ".join(said["explain"].split())
