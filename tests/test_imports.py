"""Imports point one way, and the coordinator stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "grader"
LEVELS = {
    "domain": 0,
    "errors": 0,
    "files": 0,
    "lifeline": 0,
    "graph": 1,
    "hints": 1,
    "isolation": 1,
    "training": 1,
    "submissions": 2,
    "execution": 2,
    "checks": 2,
    "reporting": 2,
}
TOP = 3  # pipeline, cli and what they are made of


def level(module: str) -> int:
    return LEVELS.get(module.split(".")[1] if "." in module else "", TOP)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


BY_PATH = ("student", "inside")  # what runs on the other side of the wall, by path
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not set(BY_PATH).intersection(path.parts))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """cli → pipeline → {submissions, execution, checks, reporting} → {graph, training} → domain."""
    own = ".".join(["grader", *path.relative_to(PACKAGE).with_suffix("").parts])
    package = own.split(".")[1]
    for imported in imports(path):
        if not imported.startswith("grader"):
            continue
        other = imported.split(".")[1] if "." in imported else ""
        same = other == package
        siblings = level(own) == level(imported) and level(own) in (1, TOP)
        assert same or siblings or level(imported) < level(own), f"{own} imports {imported}"


@pytest.mark.parametrize("path", [p for p in MODULES if "reporting" in p.parts], ids=lambda path: path.name)
def test_reporting_sees_only_the_domain(path: Path) -> None:
    """Renderers are functions of data."""
    inner = {name for name in imports(path) if name.startswith("grader.")}
    assert all(name.startswith(("grader.domain", "grader.reporting")) for name in inner)


@pytest.mark.parametrize("path", [p for p in MODULES if "hints" in p.parts], ids=lambda path: path.name)
def test_hints_see_only_the_domain(path: Path) -> None:
    """Rules are functions of what a run recorded."""
    inner = {name for name in imports(path) if name.startswith("grader.")}
    assert all(name.startswith(("grader.domain", "grader.hints")) for name in inner)


BESIDE_STUDENTS = sorted(path for folder in BY_PATH for path in PACKAGE.rglob(f"{folder}/*.py"))


@pytest.mark.parametrize("path", BESIDE_STUDENTS, ids=lambda path: path.name)
def test_the_students_side_imports_nothing_of_ours(path: Path) -> None:
    """What runs beside student code is run by path, and knows no grader."""
    assert not {name for name in imports(path) if name.split(".")[0] == "grader"}


HEAVY = ("tensorflow", "keras", "numpy", "networkx", "matplotlib", "nbclient")


@pytest.mark.parametrize(
    "arguments", [["list"], ["--help"], ["show", "one_input"], ["schema"], ["explain", "numpy-seed"]], ids=" ".join
)
def test_coordinator_commands_import_nothing_heavy(arguments: list[str]) -> None:
    """Answers that need no training load no TensorFlow."""
    program = (
        "import sys, runpy\n"
        f"sys.argv = ['grader', *{arguments!r}]\n"
        "try:\n"
        "    from grader.cli import main\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "HEAVY []" in done.stdout


def test_grading_imports_no_tensorflow_in_the_coordinator() -> None:
    """The whole line can be imported without Keras: it runs in the trainer and beside the student's code only."""
    program = f"import sys, grader.pipeline, grader.authoring\nprint([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    """One idea, one module; what has grown past this holds two."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
