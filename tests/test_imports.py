"""Imports point one way, and the coordinator stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "grader"
ORDER = (  # from the ground up: each floor imports only floors below it, and two names on one floor are strangers
    ("grader.domain", "grader.errors"),
    ("grader.filesystem", "grader.graph.codec", "grader.graph.edits", "grader.hints"),
    ("grader.graph.reading",),
    ("grader.graph.equality", "grader.graph.source"),
    ("grader.graph.differences",),
    ("grader.graph", "grader.sandbox"),
    ("grader.training",),
    ("grader.training.verdicts", "grader.training.engine"),
    ("grader.submissions", "grader.execution", "grader.checks"),
    ("grader.assignments",),
    ("grader.training.calibration",),
    ("grader.grading",),
    ("grader.reporting.display",),
    ("grader.reporting.network",),
    ("grader.reporting",),
    ("grader.runs", "grader.gradebooks"),
    ("grader.pipeline", "grader.notebook"),
    ("grader.runs.grading_main", "grader.authoring", "grader.api", "grader.pytest_plugin"),
    ("grader.cli",),
    ("grader.__main__", "grader.__init__"),
)
FLOORS = {name: (floor, name) for floor, names in enumerate(ORDER) for name in names}


def floor(module: str) -> tuple[int, str]:
    """The floor of a module and the name that puts it there: its own, or that of the folder around it."""
    parts = module.split(".")
    return next(
        FLOORS[name] for end in range(len(parts), 0, -1) if (name := ".".join(parts[:end])) in FLOORS
    )  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


BY_PATH = ("student", "inside")  # what runs on the other side of the trust boundary, by path
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not set(BY_PATH).intersection(path.parts))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = ".".join(["grader", *path.relative_to(PACKAGE).with_suffix("").parts])
    for imported in sorted(imports(path)):
        if imported.split(".")[0] != "grader":
            continue
        below = floor("grader.__init__" if imported == "grader" else imported)
        assert below[0] < floor(own)[0] or below == floor(own), f"{own} imports {imported}"


def test_the_root_tells_the_story_and_nothing_else() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 7


@pytest.mark.parametrize("folder", sorted({path.parent for path in PACKAGE.rglob("*.py")}), ids=lambda path: path.name)
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path) -> None:
    """About a dozen modules; more only where there is one file for each kind of something."""
    if folder.name != "checks":
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 13


SEES_ONLY = {  # renderers are functions of data, and rules of what a run recorded
    "reporting": ("grader.domain", "grader.graph.codec", "grader.reporting"),
    "hints": ("grader.domain", "grader.hints"),
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_sees_only_what_it_may(path: Path) -> None:
    """Keras runs in the trainer's process and beside the student's code, and nowhere else."""
    if "engine" not in path.parts:
        assert not {name.split(".")[0] for name in imports(path)} & {"keras", "tensorflow"}
    allowed = SEES_ONLY.get(path.relative_to(PACKAGE).parts[0], ("grader",))
    assert all(name.startswith(allowed) for name in imports(path) if name.startswith("grader."))


BESIDE_STUDENTS = sorted(path for folder in BY_PATH for path in PACKAGE.rglob(f"{folder}/**/*.py"))


@pytest.mark.parametrize("path", BESIDE_STUDENTS, ids=lambda path: path.name)
def test_the_students_side_imports_nothing_of_ours(path: Path) -> None:
    """What runs beside student code is run by path, and knows no grader."""
    assert not {name for name in imports(path) if name.split(".")[0] == "grader"}


STUDENTS_SIDE = PACKAGE / "execution" / "student"
STUDENTS_ORDER = (
    "describe", "source", "recorder", "trainings", "notes", "imports", "around", "hooks", "runner",
    "module", "kernel", "notebook", "main",
)  # fmt: skip


@pytest.mark.parametrize(
    "path", sorted(STUDENTS_SIDE.rglob("*.py")), ids=lambda path: str(path.relative_to(STUDENTS_SIDE))
)
def test_imports_of_the_students_side_point_down(path: Path) -> None:
    """What reads the source stands below what records, and that below what runs the program."""
    folder = path.relative_to(STUDENTS_SIDE).parent.parts
    own = (*folder, path.stem)[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = folder[: len(folder) - node.level + 1]
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                imported = (*above, *name.split("."))[0]
                assert imported == own or STUDENTS_ORDER.index(imported) < STUDENTS_ORDER.index(own)


HEAVY = ("tensorflow", "keras", "numpy", "networkx", "matplotlib", "nbclient")


@pytest.mark.parametrize(
    "arguments", [["list"], ["--help"], ["show", "one_input"], ["schema"], ["explain", "misspelt-name"]], ids=" ".join
)
def test_coordinator_commands_import_nothing_heavy(arguments: list[str]) -> None:
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
