"""Imports point one way, and the coordinator stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "grader"
ORDER = (  # from the ground up: each floor imports only floors below it, and two names on one floor are strangers
    ("grader.domain", "grader.errors"),
    ("grader.filesystem", "grader.graph.codec", "grader.graph.edits", "grader.hints"),
    ("grader.graph.reading",),
    ("grader.graph.equality", "grader.graph.keras_code"),
    ("grader.graph.differences",),
    ("grader.graph", "grader.sandbox"),
    ("grader.training",),
    ("grader.training.verdicts", "grader.training.engine"),
    ("grader.submissions", "grader.execution", "grader.checks"),
    ("grader.assignments",),
    ("grader.training.calibration",),
    ("grader.grading",),
    ("grader.reporting.safe_text",),
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


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The module itself, and all nodes below it."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def imports(path: Path) -> frozenset[str]:
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return frozenset(names)


def of_ours(path: Path) -> list[str]:
    return sorted(name for name in imports(path) if name.split(".")[0] == "grader")


BY_PATH = ("student", "inside")  # what runs on the other side of the trust boundary, by path
EVERY = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in EVERY if not set(BY_PATH).intersection(path.parts)]


def test_imports_point_down() -> None:
    for path in MODULES:
        own = ".".join(["grader", *path.relative_to(PACKAGE).with_suffix("").parts])
        for imported in of_ours(path):
            below = floor("grader.__init__" if imported == "grader" else imported)
            assert below[0] < floor(own)[0] or below == floor(own), f"{own} imports {imported}"


def test_the_root_tells_the_story_and_nothing_else() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 7


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    """About a dozen modules; more only where there is one file for each kind of something."""
    count = Counter(path.parent for path in EVERY if path.name != "__init__.py" and path.parent.name != "kinds")
    assert {folder: number for folder, number in count.items() if number > 13} == {}


SEES_ONLY = {  # renderers are functions of data, and rules of what a run recorded
    "reporting": (
        "grader.domain", "grader.graph.codec", "grader.graph.keras_code", "grader.graph.reading.layers", "grader.hints",
        "grader.reporting",
    ),
    "hints": ("grader.domain", "grader.hints"),
}  # fmt: skip


def test_a_room_sees_only_what_it_may() -> None:
    """Keras runs in the trainer's process and beside the student's code, and nowhere else."""
    for path in MODULES:
        if "engine" not in path.parts:
            assert not {name.split(".")[0] for name in imports(path)} & {"keras", "tensorflow"}, path
        allowed = SEES_ONLY.get(path.relative_to(PACKAGE).parts[0], ("grader",))
        assert all(name.startswith(allowed) for name in of_ours(path)), path


def test_the_students_side_imports_nothing_of_ours() -> None:
    """What runs beside student code is run by path, and knows no grader."""
    beside = [path for path in EVERY if path not in MODULES]
    assert beside
    assert {path: of_ours(path) for path in beside if of_ours(path)} == {}


STUDENTS_SIDE = PACKAGE / "execution" / "student"
STUDENTS_ORDER = (
    "describe", "unused_layers", "source", "recorder", "cut_fit", "notes", "imports", "surroundings", "hooks", "running_on", "runner",
    "module", "kernel", "notebook", "main",
)  # fmt: skip


def test_imports_of_the_students_side_point_down() -> None:
    """What reads the source stands below what records, and that below what runs the program."""
    for path in STUDENTS_SIDE.rglob("*.py"):
        folder = path.relative_to(STUDENTS_SIDE).parent.parts
        own = (*folder, path.stem)[0]
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.level:
                above = folder[: len(folder) - node.level + 1]
                for name in [node.module] if node.module else [alias.name for alias in node.names]:
                    imported = (*above, *name.split("."))[0]
                    assert imported == own or STUDENTS_ORDER.index(imported) < STUDENTS_ORDER.index(own), path


HEAVY = ("tensorflow", "keras", "numpy", "networkx", "matplotlib", "nbclient")
LIGHT = (["list"], ["--help"], ["show", "one_input"], ["schema"], ["explain", "misspelt-name"])


def test_the_coordinator_imports_nothing_heavy() -> None:
    """Neither its commands, one after the other in one process, nor all of grading: Keras runs elsewhere."""
    program = (
        "import sys\n"
        "from grader.cli import main\n"
        f"for arguments in {LIGHT!r}:\n"
        "    sys.argv = ['grader', *arguments]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit:\n"
        "        pass\n"
        f"    print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
        "import grader.pipeline, grader.authoring\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in done.stdout.splitlines() if line.startswith("HEAVY")] == ["HEAVY []"] * (len(LIGHT) + 1)


def test_the_name_of_a_class_stands_for_one_thing() -> None:
    """But for `Spec`, the options of a kind of check, of which each kind has its own."""
    modules = [node for path in EVERY for node in nodes(path)[:1] if isinstance(node, ast.Module)]
    classes = [node.name for module in modules for node in module.body if isinstance(node, ast.ClassDef)]
    assert [name for name, count in Counter(classes).items() if count > 1 and name[0] != "_"] == ["Spec"]


def test_no_variable_is_called_one() -> None:
    """Its noun says what it holds: a layer, a call, a finding."""
    for path in EVERY:
        names = {node.id for node in nodes(path) if isinstance(node, ast.Name)}
        names |= {node.arg for node in nodes(path) if isinstance(node, ast.arg)}
        assert "one" not in names, path


def test_modules_stay_small() -> None:
    """One idea, one module; what has grown past this holds two."""
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in EVERY}
    assert {path: size for path, size in sizes.items() if size > 450} == {}
