"""A part of a class as it travels to another machine: a manifest, and files by their paths in the class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.domain import Submission
from grader.filesystem import travelling_files
from grader.provenance import Options
from grader.publishing import run_key

MANIFEST, FILES, OUT = "manifest.json", "files", "out"


def manifest(
    submissions: Iterable[Submission], source: Path, course: Course, options: Options
) -> tuple[dict[str, Any], dict[str, Path]]:
    """The manifest of a part, and its files by their place in FOLDER."""
    told, files = [], {}
    for one in submissions:
        paths = [one.entry] if one.entry.is_file() and not one.entry.is_symlink() else []
        paths += travelling_files(one.folder, one.files) if one.folder else []
        files.update({f"{FILES}/{path.relative_to(source).as_posix()}": path for path in paths})
        places = {
            "entry": one.entry.relative_to(source).as_posix(),
            "folder": one.folder.relative_to(source).as_posix() if one.folder else None,
            "others": [other.relative_to(source).as_posix() for other in one.others],
        }
        told.append({**asdict(one), **places})
    asked = {**asdict(options), "python": str(options.python) if options.python else None}
    ids = [assignment.id for assignment in course.assignments] if course.asked else []
    return {"submissions": told, "assignments": ids, "options": asked, "key": run_key(course, options)}, files


def submission_of(told: Mapping[str, Any], source: Path) -> Submission:
    """A submission of a manifest, where its files arrived."""
    folder = None if told["folder"] is None else source / told["folder"]
    lists = {name: told[name] and tuple(told[name]) for name in ("files", "left_behind")}
    others = tuple(source / other for other in told["others"])
    return Submission(**{**told, **lists, "entry": source / told["entry"], "folder": folder, "others": others})
