"""Kinds of an author's own: in a folder, of a course; known to the spec, the schema and `validate`."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from grader.assignments.folder import tutorial
from grader.assignments.spec import load_assignment, spec_schema
from grader.checks import kinds_of, run_checks
from grader.checks.registry import files_of_kinds
from grader.domain import Location, Status
from grader.errors import InvalidAssignment
from tests.checks.students import evidence, hidden_layers
from tests.graph.networks import read

AUTHORS = Path(__file__).parents[2] / "docs" / "authors.md"
FUNNEL = '\n[[checks]]\nkind = "funnel"\npoints = 2\nnarrowest = 4\n'


def example() -> str:
    """The worked example of the authors' page."""
    (code,) = re.findall(r"```python\n(from typing.*?)```", AUTHORS.read_text("utf-8"), re.DOTALL)
    return str(code)


def folder_with(tmp_path: Path, code: str, where: str = ".") -> Path:
    folder = tmp_path / "one_input"
    shutil.copytree(tutorial().assignments / "one_input", folder)
    (folder / where / "checks.py").resolve().write_text(code, "utf-8")
    spec = folder / "assignment.toml"
    spec.write_text(spec.read_text("utf-8") + FUNNEL, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("where", "code", "is_structure"),
    [(".", example(), True), ("..", example().replace(", structure=True", ""), False)],
    ids=["assignment", "course"],
)
def test_the_worked_example_works(tmp_path: Path, where: str, code: str, is_structure: bool) -> None:
    """As it stands in the authors' page: next to the spec, or above it for the whole course.

    The expected network passes every kind of structure, so the lines that write it take the place of its step.
    """
    folder = folder_with(tmp_path, code, where)
    assignment = load_assignment(folder)
    kind = kinds_of(folder)["funnel"]
    spec = kind.spec.model_validate(dict(assignment.checks[-1].options) | {"kind": "funnel", "points": 2})
    assert kind.check(spec, evidence(hidden_layers(8, 4))).status is Status.PASSED
    finding = kind.check(spec, evidence(hidden_layers(4, 8)))
    assert "has 8 units; " in finding.message
    assert kind.check(spec, evidence(hidden_layers(8, 2))).message.startswith("The narrowest layer has width 2")
    facts = evidence(hidden_layers(4, 8), assignment="one_input", reference=read(hidden_layers(32, 32)))
    facts = replace(facts, assignment=assignment)
    own = {result.check.kind: result for result in run_checks(facts)}["funnel"]
    assert (own.status, own.check.title, own.score) == (Status.FAILED, "A funnel", 0)
    together = {layer.name: Location(None, 5) for layer in facts.graph.layers if layer.kind == "Dense"}
    facts = replace(facts, model=replace(facts.model, layer_locations=together))
    hints = {result.check.kind: result.hint for result in run_checks(facts)}
    assert hints["graph"].startswith("Write these lines in place of")
    assert hints["funnel"] == (hints["graph"] if is_structure else own.hint)


def test_the_schema_knows_it(tmp_path: Path) -> None:
    """So that editors complete its options, and a wrong one is an error of the spec."""
    folder = folder_with(tmp_path, example())
    schema = json.loads(json.dumps(spec_schema(tmp_path)))
    spec = tomllib.loads((folder / "assignment.toml").read_text("utf-8"))
    jsonschema.validate(spec, schema)
    assert "narrowest" in json.dumps(schema)
    path = folder / "assignment.toml"
    path.write_text(path.read_text("utf-8").replace("narrowest", "narowest"), "utf-8")
    with pytest.raises(InvalidAssignment, match="did you mean `narrowest`"):
        load_assignment(folder)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        *((code, "must define `KINDS`, a dict from name to `Kind`") for code in ("KINDS = []", "KINDS = {'funnel': 3}", "KIND = {}")),
        ("import no_such_package", "cannot be imported: ModuleNotFoundError"),
        (None, 'the `Spec` of `tunnel` must declare `kind: Literal["tunnel"]`'),
        (example().replace("(CheckOptions)", ""), "`spec` of a `Kind`: Input should be a subclass of CheckOptions"),
        (example().replace('("width",)', '"width"'), "`subjects` of a `Kind`: Input should be a valid tuple"),
        (example().replace('("width",)', '("widht",)'), "`subjects` of a `Kind`: Input should be 'input count', "),
    ],
)  # fmt: skip
def test_a_file_that_defines_no_kinds_is_the_authors_mistake(tmp_path: Path, code: str | None, words: str) -> None:
    folder = folder_with(tmp_path, code or example().replace('{"funnel":', '{"tunnel":'))
    with pytest.raises(InvalidAssignment, match=re.escape(words)) as caught:
        load_assignment(folder)
    assert "checks.py" in str(caught.value)


def test_a_file_that_imports_keras_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would cost every command seconds; where Keras is loaded already, nothing is lost."""
    code = "import sys\nsys.modules.setdefault('keras', sys)\n" + example()
    folder = folder_with(tmp_path, code)
    monkeypatch.setitem(sys.modules, "keras", sys)
    load_assignment(folder)
    monkeypatch.delitem(sys.modules, "keras")
    (folder / "checks.py").write_text(f"{code}\n", "utf-8")
    with pytest.raises(InvalidAssignment, match=r"checks\.py: imports Keras"):
        load_assignment(folder)


def test_a_file_is_executed_once_until_it_changes(tmp_path: Path) -> None:
    count = "from pathlib import Path\nwith Path(__file__).with_name('ran').open('a') as ran:\n    ran.write('x')\n"
    code = count + example()
    folder = folder_with(tmp_path, code)
    for _ in range(3):
        kinds_of(folder)
    assert (folder / "ran").read_text() == "x"

    (folder / "checks.py").write_text(f"{code}\n", "utf-8")
    kinds_of(folder)
    assert (folder / "ran").read_text() == "xx"


def test_the_files_of_a_course_and_of_an_assignment_decide_its_kinds(tmp_path: Path) -> None:
    """Both are part of what grades depend on: a change of either grades a class again."""
    (folder := tmp_path / "assignments" / "small").mkdir(parents=True)
    assert files_of_kinds(folder) == ()
    for path in (folder.parent / "checks.py", folder / "checks.py"):
        path.write_text("KINDS = {}")
    assert files_of_kinds(folder) == (folder.parent / "checks.py", folder / "checks.py")
