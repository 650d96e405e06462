"""A course of one's own from the course that is built in: its rubrics can be changed, an installation cannot.

course/grader.toml
course/assignments/<id>/         all files of the exercise: spec, task, starters, calibration
course/reference_solutions/      only from a checkout: an installation has none
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignments.folder import REFERENCES, SETTINGS, CourseFolder, has_settings
from grader.assignments.spec import load_assignments
from grader.errors import UsageError
from grader.filesystem import write

CACHES = shutil.ignore_patterns("__pycache__", ".*")


@dataclass(frozen=True)
class Copied:
    """Which exercises are in the new course, and those of them without a reference solution."""

    ids: tuple[str, ...]
    without_reference: tuple[str, ...]


def copy_course(ids: Sequence[str], source: CourseFolder, target: Path) -> Copied:
    """Copy these exercises, or all. Raises `UsageError` if one is there already: nobody's changes are overwritten."""
    assignments = load_assignments(ids, source)
    present = [one.id for one in assignments if (target / "assignments" / one.id).exists()]
    if present:
        place = target / "assignments" / present[0]
        raise UsageError(f"{place} exists already, and nothing was copied; remove it, or name another folder.")
    try:
        for one in assignments:
            shutil.copytree(one.folder, target / "assignments" / one.id, ignore=CACHES)
        for path, name in _shared(ids, source):
            if not (target / name).exists():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target / name)
        if not has_settings(target):
            write(target / SETTINGS, f"title = {json.dumps(source.title, ensure_ascii=False)}\n")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror}); name another folder.") from None
    lacking = [one.id for one in assignments if not source.reference(one.id).is_file()]
    return Copied(tuple(one.id for one in assignments), tuple(lacking))


def _shared(ids: Sequence[str], source: CourseFolder) -> Iterator[tuple[Path, str]]:
    """What is beside the folders of the exercises: checks of all of them, and reference solutions, if there are any."""
    yield from ((path, f"assignments/{path.name}") for path in source.assignments.glob("checks.py"))
    for path in sorted(source.references.glob("*.py")):
        if not ids or path.stem in ids:
            yield path, f"{REFERENCES}/{path.name}"
