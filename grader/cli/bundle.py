"""`bundle`: the file that an autograder platform takes for an exercise."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.assignments.folder import SETTINGS, CourseFolder, find_course
from grader.cli.common import CourseOption
from grader.domain.words import suggestion
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.assignments.course import Course

app = typer.Typer()
PLACES = ("gradescope",)
SCRIPTS = ("setup.sh", "run_autograder")
# Of an assignment, next to its data. Students' code may be able to read a bundle: no solution is in it.
NEEDED = ("assignment.toml", "calibration.json", "checks.py", "README.md", "starter.ipynb", "starter.py")


@app.command()
def bundle(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="gradescope.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The zip to write.")],
    assignment: Annotated[
        list[str], typer.Option("--assignment", "-a", metavar="ID", help="An exercise that it grades; repeatable.")
    ],
    course: CourseOption = None,
    wheel: Annotated[
        Path | None, typer.Option(help="Install the grader from this wheel, not from the package index.")
    ] = None,
) -> None:
    """Write the zip of an autograder, to upload as it is.

    It contains the scripts of the platform, the exercises, and the files of a course that grading needs, but no
    reference solution.

    Exit code: 0 written, 2 usage.
    """
    from grader.assignments.course import load_course
    from grader.filesystem import replace_durably

    if place not in PLACES:
        raise UsageError(f"bundle {place}: unknown platform. {suggestion(place, PLACES)}")
    if wheel is not None and not (wheel.suffix == ".whl" and wheel.is_file()):
        raise UsageError(f"--wheel {wheel}: this is not a wheel. `pip wheel --no-deps .` in a checkout makes one.")
    folder = find_course(course)
    against = load_course(assignment, folder)
    content = zipped(dict(_files(folder, against, wheel)))
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        replace_durably(to, content, f"{to.name}.grader-part")
    except OSError as error:
        raise UsageError(f"--to {to}: cannot be written ({error.strerror}); choose another location") from None
    points = sum(one.max_score for one in against.assignments)
    print(f"{to}: grades {', '.join(one.id for one in against.assignments)}")
    print(
        f"In Gradescope: {points} autograder points, a container with 2 GB of memory or more, this zip as autograder."
    )


def zipped(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A zip with permissions; the same files make the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in sorted(files.items()):
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o100000 | mode) << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def templates(place: str) -> Path:
    """The folder of a platform's scripts: next to the package in a checkout, inside it in an installation."""
    package = Path(__file__).parents[1]
    installed = package / "_integrations"
    return (installed if installed.is_dir() else package.parent / "integrations") / place


def _files(folder: CourseFolder, against: Course, wheel: Path | None) -> Iterator[tuple[str, tuple[bytes, int]]]:
    from importlib.metadata import version

    for name in SCRIPTS:
        yield name, ((templates("gradescope") / name).read_bytes(), 0o755)
    yield "requirements.txt", (f"keras-grader[cpu]=={version('keras-grader')}\n".encode(), 0o644)
    yield "exercises.txt", ("".join(f"{one.id}\n" for one in against.assignments).encode(), 0o644)
    if wheel is not None:
        yield wheel.name, (wheel.read_bytes(), 0o644)
    if folder.root is not None:
        for path in _of_course(folder.root, against):
            yield f"course/{path.relative_to(folder.root).as_posix()}", (path.read_bytes(), 0o644)


def _of_course(root: Path, against: Course) -> Iterator[Path]:
    """Settings, checks that all assignments share, and these assignments. Raises `UsageError` for data elsewhere."""

    wanted = [root / SETTINGS, root / "assignments" / "checks.py"]
    for one in against.assignments:
        wanted += [one.folder / name for name in NEEDED]
    for data in against.data_files:
        if not data.is_relative_to(root):
            raise UsageError(
                f"{data}: this data file is outside the course, so it cannot be bundled; move it into the course."
            )
    yield from dict.fromkeys(path for path in (*wanted, *against.data_files) if path.is_file())
