"""Finds submissions: what to run, which files go along, and a reason for everything that cannot be run."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.domain import Origin, Submission
from grader.domain.words import listed, nearest, suggestion
from grader.errors import NothingToGrade, UsageError
from grader.filesystem import CODE, MOST_BYTES, entries, files_below, names_in, own_status, regular_size, travels
from grader.submissions.archives import JUNK
from grader.submissions.companions import reached_by
from grader.submissions.entry import choose, has_entries, is_runnable, look_at, named_as_entry, without_helpers
from grader.submissions.identity import Found, identified
from grader.submissions.names import natural

# Kinds of files that are meant as submissions, whatever their name.
REPORTS = frozenset({".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".zip", ".rar", ".7z"})
DOCUMENTS = REPORTS | {".tar", ".gz", ".tgz", ".html", ".htm", ".keras", ".h5", ".r", ".m"}
# Never a submission.
FURNITURE = re.compile(r"(readme|license|requirements|overrides|roster|grades|makefile|index)\b", re.IGNORECASE)
MOST_NAMED = 20
WRITTEN = ("journal", "results", "feedback")  # made by every run, from its first submission on
DEEPEST_AROUND = 3  # folders around a download
NOT_SUBMITTED = frozenset({"source", "release", "autograded", "feedback", "outbound", "cache", "docs", "reports"})
REPOSITORY_SIGNS = (".git", ".github", "pyproject.toml", "classroom.json")


def discover(path: Path, *, layout: str = "auto", of_one: bool = False) -> tuple[Submission, ...]:
    """All submissions under a path that no learning platform made, in natural order of their names.

    `of_one` says that they belong to one person, as a single file does. `intake` takes zips and downloads too.
    """
    return identified(find(path, layout=layout, of_one=of_one or path.is_file())).submissions


def find(
    path: Path, *, layout: str = "auto", of_one: bool = False, companions: Collection[Path] = frozenset()
) -> list[Found]:
    """The same before they have ids and hashes. `companions` are files and folders that nobody has submitted."""
    if layout not in (*LAYOUTS, "auto"):
        raise UsageError(f"--layout {layout}: unknown layout. {suggestion(layout, ('auto', *LAYOUTS))}")
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder. {_resembling(path)}".rstrip())
    if path.is_file():
        found = [_single_file(path)]
    else:
        found = (LAYOUTS[layout] if layout != "auto" else LAYOUTS[_guess_layout(path, of_one=of_one)])(path)
        found = [one for one in found if not {one.entry, *one.entry.parents} & set(companions)]
    if not found:
        raise nothing_to_grade(path)
    around = path if path.is_dir() else path.parent
    return [_with_reached(one) for one in found] if of_one else _with_left_behind(found, around, companions)


def _resembling(path: Path) -> str:
    """The name beside it that was probably meant: one that differs in a few letters, or in its ending."""
    stems = {one.name: one.stem if one.suffix.lower() in CODE else one.name for one in entries(path.parent)}
    near = nearest(path.stem, stems.values(), 0.7)
    name = nearest(path.name, [name for name, stem in stems.items() if stem == near], 0.0)
    return f"Did you mean `{name}`?" if name else ""


def nothing_to_grade(path: Path) -> NothingToGrade:
    return NothingToGrade(
        f"{path}: nothing to grade. Give a notebook (.ipynb), a module (.py), a folder of them, "
        "a folder with one folder for each student, or what an LMS lets you download, as a zip or unpacked."
    )


def _single_file(path: Path) -> Found:
    if path.suffix.lower() not in (".ipynb", ".py"):
        raise UsageError(f"{path}: this is neither a notebook (.ipynb) nor a module (.py).")
    return Found(path.stem, path, None, problem_of(path))


def _with_reached(one: Found) -> Found:
    """One person's own file, with what it reaches in its folder."""
    if one.folder is not None or one.problem:
        return one
    reached = reached_by(one.entry)
    said = []
    if reached.files:
        said.append(f"copied along: {_named(reached.files)}")
    if reached.left_behind:
        said.append(
            f"not copied, since a gradebook, a roster or what `grade` wrote never is: {_named(reached.left_behind)}; "
            "if it is data of yours, give it another name"
        )
    return replace(one, folder=one.entry.parent, files=reached.files, origin=Origin(decisions=tuple(said)))


def _with_left_behind(found: Sequence[Found], folder: Path, companions: Collection[Path]) -> list[Found]:
    """Files of a class, each alone, with the names of modules next to them that they import."""
    beside = {one.stem: one for one in visible(folder) if one.suffix == ".py" and one not in companions}

    def with_names(one: Found) -> Found:
        if one.folder is not None or one.problem or not is_runnable(one.entry):
            return one
        (look,) = look_at([one.entry]).values()
        return _left(one, sorted(beside[name].name for name in (look.imports & beside.keys()) - {one.entry.stem}))

    return list(map(with_names, found))


def _left(one: Found, behind: Sequence[str]) -> Found:
    if not behind:
        return one
    said = (
        f"{_named(behind)} {'is' if len(behind) == 1 else 'are'} imported, but not copied, as the file may be somebody "
        "else's: only an instructor can declare what goes along with every submission (`companions` of the course)"
    )
    return replace(one, left_behind=tuple(behind), origin=replace(one.origin, decisions=(said,)))


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    named = [f"`{name}`" for name in files[:MOST_NAMED]]
    return ", ".join(named) + more if more else listed(named)


def files_of_class(folder: Path, around: int = DEEPEST_AROUND) -> Iterator[Path]:
    """Files in and below the folders of a class, each within the bounds of one student, however much is in another.

    A folder that may be around the class is no student's.
    """
    files, folders, _ = names_in(folder)
    yield from (folder / name for names in files for name in names)
    several = len([name for name in folders if name.casefold() not in NOT_SUBMITTED]) > 1
    for name in folders:
        around_class = around and not several and name.casefold() not in NOT_SUBMITTED
        yield from files_of_class(folder / name, around - 1) if around_class else files_below(folder / name)


def _guess_layout(path: Path, *, of_one: bool = False) -> str:
    """A repository if one file is to be run in it; a folder of files if several are; otherwise a folder of folders.

    A class is one repository only if a single file in it can be run: what is at the top of it, how files are called,
    and what they import is up to those who hand in.
    """
    inside = visible(path)
    runnable = [one for one in inside if is_runnable(one) and one.is_file()]
    folders, strays = [one for one in inside if one.is_dir()], _strays(inside, runnable)
    if of_one and any((path / sign).exists() for sign in REPOSITORY_SIGNS):
        return "repository"
    if not runnable:
        return "files" if strays and not folders else "folders"
    with_entries = sum(has_entries(folder) for folder in folders)
    if of_one:
        lone = named_as_entry(runnable, path) or len(without_helpers(runnable, runnable, look_at(runnable))) == 1
        return "repository" if lone and not strays and with_entries < 2 else "files"
    return "repository" if len(runnable) == 1 and not strays and not with_entries else "files"


def _files_layout(path: Path) -> list[Found]:
    """One submission for each file; folders next to them are separate submissions, if anything was submitted."""
    folders = [one for one in visible(path) if one.is_dir() and not one.is_symlink()]
    below = [(folder, one) for folder in folders for one in _in_folder(folder)]
    return _loose(path) + [one for folder, one in below if one.entry != folder or _is_hand_in(folder)]


def _loose(path: Path) -> list[Found]:
    """What is in no folder."""
    inside = visible(path)
    runnable = [one for one in inside if is_runnable(one) and not one.is_dir()]
    found = [Found(one.stem, one, None, problem_of(one)) for one in runnable]
    found += [
        Found(one.stem, one, None, f"`{one.name}` is neither a notebook (.ipynb) nor a module (.py)")
        for one in _strays(inside, runnable)
    ]
    # A folder that is a link is a submission too, and must not be lost.
    return found + [Found(one.name, one, None, problem_of(one)) for one in inside if one.is_dir() and one.is_symlink()]


def _is_hand_in(folder: Path) -> bool:
    """Whether a folder without anything to run is meant as a submission; a folder of data is not."""
    return any(one.suffix.lower() in REPORTS for one in files_below(folder))


def _folders_layout(path: Path) -> list[Found]:
    """One submission for each folder, including those without anything to run."""
    folders = [one for one in visible(path) if one.is_dir() and not one.is_symlink()]
    return [one for folder in folders for one in _in_folder(folder)] + _loose(path)


def _repository_layout(path: Path) -> list[Found]:
    """The whole folder is one submission; or several, if it has several files to run."""
    found = choose(path)
    return [Found(path.resolve().name, one, path, problem_of(one), choice=found) for one in found.entries]


# What a folder can look like that no learning platform made; `layouts` has those of the platforms.
LAYOUTS: Mapping[str, Callable[[Path], list[Found]]] = {
    "files": _files_layout,
    "folders": _folders_layout,
    "repository": _repository_layout,
}


def _in_folder(folder: Path) -> list[Found]:
    """One student's folder: one submission, or one for each file if no single one is the one to run."""
    found = choose(folder)
    if not found.entries:
        return [Found(folder.name, folder, folder, problem_of_folder(folder))]
    return [Found(folder.name, one, folder, problem_of(one), choice=found) for one in found.entries]


def problem_of_folder(folder: Path) -> str:
    """The reason why there is nothing to run in it."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return f"the folder cannot be read: {error.strerror}"
    if next(files_below(folder), None) is None:
        return "the folder is empty"
    return "the folder contains no notebook (.ipynb) and no module (.py)"


def visible(path: Path) -> list[Path]:
    """The entries of a folder, without the results of an earlier run."""
    inside = sorted(entries(path), key=lambda one: (natural(one.name), one.name))
    return [one for one in inside if travels(one.name) and not JUNK.fullmatch(one.name) and not _is_earlier_run(one)]


def passed_over(path: Path, found: Sequence[Submission]) -> dict[str, Any]:
    """What a run ignores, for its report, so that nothing disappears silently.

    `skipped` are folders with the results of an earlier run; `left_behind` are files that a submission imports and
    that were not declared as companions.
    """
    inside = entries(path) if path.is_dir() else []
    runs = sorted(one.name for one in inside if travels(one.name) and _is_earlier_run(one))
    behind = {one.id: list(one.left_behind) for one in found if one.left_behind}
    return {**({"skipped": runs} if runs else {}), **({"left_behind": behind} if behind else {})}


def _is_earlier_run(folder: Path) -> bool:
    """Whether a folder contains the results of a run, finished or not: its folders, and nothing that could be run.

    Its run.json proves nothing: a student can write one, and a run that was killed has none yet.
    """
    statuses = [own_status(folder / name) for name in WRITTEN]
    return all(one is not None and stat.S_ISDIR(one.st_mode) for one in statuses) and not has_entries(folder)


def _strays(inside: Sequence[Path], runnable: Sequence[Path]) -> list[Path]:
    """The files that cannot be run, but were meant as submissions."""
    alike = {re.sub(r"\d+", "#", one.stem.casefold()) for one in runnable}
    return [one for one in inside if _is_stray(one, alike)]


def _is_stray(path: Path, alike: Collection[str]) -> bool:
    """Whether a file was meant as a submission: a document, or one that is called as those are, up to numbers."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".toml", ".json", ".py") or FURNITURE.match(path.name):
        return False
    pattern = re.sub(r"\d+", "#", path.name.split(".")[0].casefold())
    wanted = suffix in DOCUMENTS or (pattern in alike and "#" in pattern)
    return wanted and not path.is_dir() and not is_runnable(path)


def problem_of(path: Path) -> str:
    if path.is_symlink():
        return f"`{path.name}` is a link, and links are not followed"
    size = regular_size(path)
    if size is None:
        return f"`{path.name}` is not a regular file"
    if size > MOST_BYTES:
        most = f"at most {MOST_BYTES // 2**20} MB"
        return f"`{path.name}` is too large to be run: expected {most}, found {size / 2**20:,.0f} MB"
    return "" if size else f"`{path.name}` is empty"


def chosen(submissions: tuple[Submission, ...], only: tuple[str, ...]) -> tuple[Submission, ...]:
    """All, or those that were requested by id or by name."""
    if not only:
        return submissions
    known = {key.casefold() for one in submissions for key in (one.id, one.who)}
    for name in only:
        if name.casefold() not in known:
            near = suggestion(name, [one.id for one in submissions])
            raise UsageError(f"--only {name}: no submission has this id. {near}".rstrip())
    wanted = {name.casefold() for name in only}
    return tuple(one for one in submissions if wanted & {one.id.casefold(), one.who.casefold()})
