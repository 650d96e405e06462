"""Companions of a file: which others are copied next to it. There are two rules, and neither guesses.

In a class, they are the files that the course declares, `companions` in its settings or `--companions`: whatever else
is next to a submission is somebody else's. With one person's own file, they are what it imports from its own folder,
the files and folders there whose names it mentions, and what those need in turn; but never a gradebook, a roster, or
what `grade` wrote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from grader.domain import Submission
from grader.domain.words import listed
from grader.errors import UsageError
from grader.filesystem import (
    CODE,
    MOST_BYTES,
    MOST_FILES,
    entries,
    files_below,
    names_in,
    regular_size,
    travels,
)
from grader.submissions.source_text import LONGEST, STRING_OR_COMMENT, imported, look_at, read_source, words_in

MOST_MODULES = 500  # that are read for what they reach
MOST_NAMED = 20
# How names of gradebooks, rosters and overrides begin, or a word in them.
GRADEBOOKS = (
    "grade", "grading", "marks", "roster", "classlist", "overrides", "noten", "notas", "calificaciones", "voti"
)  # fmt: skip
COMMAND = re.compile(r"^[ \t]*+[%!]([^\n]++)", re.MULTILINE)
ENDING = re.compile(r"[*}](\.\w{1,20})[\"']")  # of data that a program looks for or counts: `*.csv`, `f"{name}.npz"`
WRITTEN_BY_GRADE = frozenset({"run.json", "ids.json", "feedback", "journal"})


def problem_of_name(name: str) -> str:
    """Why a name cannot be that of a companion; nothing if it can."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or set(name) & set("\\:\0"):
        return "expected the name of a file or folder next to the submissions, such as `helpers.py` or `data/train.csv`"
    return "" if all(map(travels, path.parts)) else "hidden files and environments are never copied"


def look_up(names: Iterable[str], folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The declared files that a folder holds, by their names in it, all of a declared folder; and names that it lacks.

    Raises `UsageError` for names that leave the folder, and more than a submission may have. Links are not followed.
    """
    companions: dict[str, Path] = {}
    missing = []
    for name in names:
        if problem := problem_of_name(name):
            raise UsageError(f"companion {name!r}: {problem}.")
        path, depth = folder / name, len(PurePosixPath(name).parts)
        linked = any(map(os.path.islink, [path, *path.parents][:depth]))
        files = {} if linked else {file.relative_to(folder).as_posix(): file for file in _files_of(path)}
        companions |= files
        missing += [] if files else [name]
    size = sum(regular_size(path) or 0 for path in companions.values())
    if len(companions) > MOST_FILES or size > MOST_BYTES:
        raise UsageError(
            f"companions in {folder}: expected at most {MOST_FILES:,} files and {MOST_BYTES / 2**20:.0f} MB, "
            f"found {len(companions):,} and {size / 2**20:,.0f} MB."
        )
    return companions, tuple(missing)


def reached_by(entry: Path) -> tuple[list[str], list[str]]:
    """What goes along with one person's own file, by the paths in its folder, and what is named too but stays there.

    Of a folder that is named, all goes along. Each module that is reached is read once.
    """
    folder = entry.parent
    (code, other_files), folders, _ = names_in(folder)
    neighbours = {*code, *other_files, *folders} - {entry.name}
    waiting, along, staying = [entry], set[str](), set[str]()
    for module in islice(waiting, MOST_MODULES):  # which grows meanwhile
        source = read_source(module)
        text = "\n".join(cell.text for cell in (source.cells if source else ()))
        named, endings = {*parts_of_paths(text)}, {*ENDING.findall(text)} - {*CODE}
        modules = {*imported(text)} | {word for command in COMMAND.findall(text) for word in command.split()}
        reached = {name for name in neighbours if name in named or name.removesuffix(".py") in modules}
        reached |= {name for name in neighbours if PurePosixPath(name).suffix in endings}
        neighbours -= reached
        for path in (path for name in sorted(reached) for path in _files_of(folder / name)):
            if _never_travels(path, folder):
                staying.add(path.relative_to(folder).as_posix())
            elif len(along) < MOST_FILES:
                along.add(path.relative_to(folder).as_posix())
                waiting += [path] if path.name.lower().endswith(CODE) else []
    return sorted(along), sorted(staying)


def parts_of_paths(text: str) -> Iterator[str]:
    """What may name a file or a folder: parts of strings, and of commands such as `%run plots.py`."""
    strings = (match["double"] or match["single"] or match["long"] or "" for match in STRING_OR_COMMENT.finditer(text))
    words = (word for command in COMMAND.findall(text) for word in command.split())
    for path in chain(strings, words):
        if len(path) <= LONGEST:
            yield from re.findall(r"[^/\\]+", path)


def with_reached(submission: Submission) -> Submission:
    """One person's own file, with what it reaches in its folder."""
    files, staying = reached_by(submission.entry)
    decisions = []
    if files:
        decisions.append(f"copied along: {_named(files)}")
    if staying:
        decisions.append(
            f"not copied, since a gradebook, a roster or what `grade` wrote never is: {_named(staying)}; "
            "if it is data of yours, give it another name"
        )
    origin = replace(submission.origin, decisions=(*submission.origin.decisions, *decisions))
    return replace(submission, folder=submission.entry.parent, files=tuple(files), origin=origin)


def with_left_behind(submission: Submission, beside: Collection[str]) -> Submission:
    """One file of a class, alone, with the names of modules `beside` it that it imports."""
    (look,) = look_at([submission.entry]).values()
    behind = sorted(f"{name}.py" for name in look.imports - {submission.entry.stem} if f"{name}.py" in beside)
    if not behind:
        return submission
    decision = (
        f"{_named(behind)} {'is' if len(behind) == 1 else 'are'} imported, but not copied, as the file may be somebody "
        "else's: only an instructor can declare what goes along with every submission (`companions` of the course)"
    )
    origin = replace(submission.origin, decisions=(*submission.origin.decisions, decision))
    return replace(submission, left_behind=tuple(behind), origin=origin)


def _named(files: Sequence[str]) -> str:
    return listed([f"`{name}`" for name in files], most=MOST_NAMED)


def _files_of(path: Path) -> list[Path]:
    """A regular file itself, all files of a folder."""
    return [path] if regular_size(path) is not None else list(islice(files_below(path), MOST_FILES))


def _never_travels(path: Path, folder: Path) -> bool:
    """Grades, a list of the class, and what `grade` wrote, whether or not it could finish."""
    parts = path.relative_to(folder).parts
    top = folder / parts[0]
    return (
        any(_is_gradebook(part) or part in WRITTEN_BY_GRADE for part in parts)
        or ("results" in parts[:-1] and path.suffix == ".json")
        or bool(regular_size(top / "run.json") or entries(top / "journal"))
    )


def _is_gradebook(name: str) -> bool:
    """`grades_final.csv`, `Gradebook2.xlsx`, `gradesfinal.csv`; a module is none."""
    stem = PurePosixPath(name).stem
    return any(word.startswith(GRADEBOOKS) for word in words_in(stem)) and not name.lower().endswith(".py")
