"""`grader release`: what students get of an assignment, and nothing of its solution.

The task is the README with the rubric that follows from the spec, as Markdown and as a page; with it come the starters
and the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.assignments.folder import CourseFolder
from grader.assignments.spec import load_assignments
from grader.authoring.lint import STARTERS, page_findings
from grader.domain import Assignment
from grader.errors import UsageError
from grader.filesystem import write, zipped
from grader.reporting import task_page

HEADING = "## What is checked"


def release(ids: Sequence[str], course: CourseFolder, to: Path) -> list[Path]:
    """Write a folder for each assignment, or one zip file if `to` ends in `.zip`. Returns what was written.

    Raises `UsageError` for a task that is not finished.
    """
    assignments = load_assignments(ids, course)
    findings = (finding for assignment in assignments for finding in page_findings(assignment))
    if errors := [str(finding) for finding in findings if finding.severity == "error"]:
        raise UsageError("\n".join(["nothing was written, since students would read this:", *errors]))
    files = {f"{assignment.id}/{name}": content for assignment in assignments for name, content in released(assignment)}
    if to.suffix == ".zip":
        write(to, zipped({name: (content, 0o644) for name, content in files.items()}))
        return [to]
    for name, content in files.items():
        write(to / name, content)
    return [to / name for name in files]


def released(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """The files of one assignment that students get, by name."""
    text = task(assignment)
    yield "README.md", text.encode()
    yield "task.html", task_page(assignment.title, text).encode()
    for name in STARTERS:
        if (path := assignment.folder / name).is_file():
            yield name, path.read_bytes()
    if data := assignment.data.file:
        yield data.name, data.read_bytes()


def task(assignment: Assignment) -> str:
    """The text of the task, with its rubric unless the author has written one."""
    readme = assignment.folder / "README.md"
    text = readme.read_text(encoding="utf-8").rstrip() if readme.is_file() else f"# {assignment.title}"
    if HEADING in text:
        return text + "\n"
    rows = [f"| {check.id} | {check.points} | {check.title} |" for check in assignment.checks]
    table = ["| Check | Points | What it checks |", "|---|---|---|", *rows]
    return "\n".join([text, "", HEADING, "", *table, ""])
