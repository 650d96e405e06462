"""Finds submissions: what to run, what travels along, and a word for everything that cannot be run."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.domain import Submission
from grader.errors import NothingToGrade, UsageError
from grader.files import entries, regular_size, travelling_files, travels
from grader.submissions.entry import find_entries, is_runnable, named_as_entry, without_helpers
from grader.submissions.names import did_you_mean, natural, slug, unique

# Hand-ins that somebody meant for grading, whatever their name.
DOCUMENTS = frozenset(
    {".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".html"}
    | {".htm", ".keras", ".h5", ".r", ".m"}
)
# Never a hand-in.
FURNITURE = re.compile(r"(readme|license|requirements|overrides|roster|grades|makefile|index)\b", re.IGNORECASE)
REPOSITORY_SIGNS = (".git", ".github", "pyproject.toml", "classroom.json")


@dataclass(frozen=True)
class Found:
    """A submission before it has its id and its hash."""

    who: str
    entry: Path
    folder: Path | None
    problem: str = ""


def discover(path: Path, *, layout: str = "auto") -> tuple[Submission, ...]:
    """All submissions under a path, in natural order of their names."""
    if layout not in (*LAYOUTS, "auto"):
        raise UsageError(f"--layout {layout}: there is no such layout. {did_you_mean(layout, ('auto', *LAYOUTS))}")
    if not path.exists():
        near = did_you_mean(path.name, [one.name for one in entries(path.parent)])
        raise UsageError(f"{path}: there is no such file or folder. {near}".rstrip())
    if path.is_file():
        found = [single_file(path)]
    else:
        found = (LAYOUTS[layout] if layout != "auto" else LAYOUTS[guess_layout(path)])(path)
    if not found:
        raise NothingToGrade(
            f"{path}: found nothing to grade. Give a notebook (.ipynb), a module (.py), a folder of them, "
            "or a folder with one folder for each student."
        )
    return tuple(identified(found))


def single_file(path: Path) -> Found:
    if path.suffix.lower() not in (".ipynb", ".py"):
        raise UsageError(f"{path}: this is neither a notebook (.ipynb) nor a module (.py).")
    return Found(path.stem, path, path.parent, problem_of(path))


def guess_layout(path: Path) -> str:
    """A repository if one file is to be run in it; a folder of files if several are; else a folder of folders."""
    inside = visible(path)
    runnable = [one for one in inside if is_runnable(one) and one.is_file()]
    folders = [one for one in inside if one.is_dir()]
    if any((path / sign).exists() for sign in REPOSITORY_SIGNS):
        return "repository"
    if not runnable:
        documents = any(is_stray(one, ()) for one in inside)
        return "files" if documents and not folders else "folders"
    strays = any(is_stray(one, runnable) for one in inside)
    lone = len(without_helpers(runnable, runnable)) == 1 or named_as_entry(runnable, path)
    if lone and not strays and sum(bool(find_entries(folder)) for folder in folders) < 2:
        return "repository"
    return "files"


def files_layout(path: Path) -> list[Found]:
    """One submission for each file; folders beside them are submissions of their own."""
    inside = visible(path)
    runnable = [one for one in inside if is_runnable(one) and not one.is_dir()]
    found = [Found(one.stem, one, None, problem_of(one)) for one in runnable]
    found += [
        Found(one.stem, one, None, f"`{one.name}` is neither a notebook (.ipynb) nor a module (.py)")
        for one in inside
        if is_stray(one, runnable)
    ]
    folders = [one for one in inside if one.is_dir() and not one.is_symlink()]
    return found + [one for folder in folders for one in in_folder(folder) if not one.problem]


def folders_layout(path: Path) -> list[Found]:
    """One submission for each folder, those that hold nothing to run included."""
    folders = [one for one in visible(path) if one.is_dir() and not one.is_symlink()]
    strays = [one for one in files_layout(path) if one.folder is None]
    return [one for folder in folders for one in in_folder(folder)] + strays


def repository_layout(path: Path) -> list[Found]:
    """The whole folder is one submission; or several, if it has several files to run."""
    entries_found = find_entries(path)
    if len(entries_found) == 1:
        return [Found(path.resolve().name, entries_found[0], path, problem_of(entries_found[0]))]
    return [Found(one.stem, one, path, problem_of(one)) for one in entries_found]


# The layouts of learning platforms join here, each a function from a folder to what it holds.
LAYOUTS: Mapping[str, Callable[[Path], list[Found]]] = {
    "files": files_layout,
    "folders": folders_layout,
    "repository": repository_layout,
}


def in_folder(folder: Path) -> list[Found]:
    """One student's folder: one submission, or one for each file where no single one is the one to run."""
    found = find_entries(folder)
    if not found:
        empty = next(travelling_files(folder), None) is None
        problem = "the folder is empty" if empty else "the folder holds no notebook (.ipynb) and no module (.py)"
        return [Found(folder.name, folder, folder, problem)]
    return [Found(folder.name, one, folder, problem_of(one)) for one in found]


def visible(path: Path) -> list[Path]:
    """What a folder shows, without the results of an earlier run."""
    inside = sorted(entries(path), key=lambda one: natural(one.name))
    return [one for one in inside if travels(one.name) and not is_earlier_run(one)]


def is_earlier_run(folder: Path) -> bool:
    """Whether a folder is what a run of the grader left; a student's own `run.json` is not, be it a pipe."""
    if regular_size(folder / "run.json") is None:
        return False
    try:
        with (folder / "run.json").open(encoding="utf-8") as file:
            return '"grader.run/1"' in file.read(400)
    except (OSError, UnicodeDecodeError):
        return False


def is_stray(path: Path, runnable: Sequence[Path]) -> bool:
    """Whether a file that cannot be run was handed in as a submission."""
    if path.is_dir() or is_runnable(path) or FURNITURE.match(path.name):
        return False
    suffix = path.suffix.lower()
    if suffix in (".csv", ".toml", ".json", ".py"):
        return False
    pattern = re.sub(r"\d+", "#", path.name.split(".")[0].casefold())
    alike = {re.sub(r"\d+", "#", one.stem.casefold()) for one in runnable}
    return suffix in DOCUMENTS or (pattern in alike and "#" in pattern)


def problem_of(path: Path) -> str:
    if path.is_symlink():
        return f"`{path.name}` is a link, and links are not followed"
    if path.is_file() and regular_size(path) == 0:
        return f"`{path.name}` is empty"
    return ""


def identified(found: Sequence[Found]) -> list[Submission]:
    """With unique ids, and a hash over entry and folder; what cannot be read is a problem, not an error."""
    ordered = sorted(found, key=lambda one: natural(one.who))
    submissions = []
    several = Counter(one.who for one in ordered if one.folder)
    names = [f"{one.who} {one.entry.stem}" if several[one.who] > 1 and one.folder else one.who for one in ordered]
    for one, name in zip(ordered, unique([slug(name) for name in names]), strict=True):
        submission = Submission(name, one.who, one.entry, one.folder, "", one.problem)
        try:
            whole = digest(one)
            content = whole if one.folder is not None else f"{one.entry.suffix} {digest(one, named=False)}"
            submissions.append(replace(submission, sha256=whole, content=content))
        except OSError as error:
            problem = one.problem or f"`{one.entry.name}` cannot be read: {error.strerror}"
            submissions.append(replace(submission, problem=problem))
    return submissions


def digest(found: Found, *, named: bool = True) -> str:
    """One hash over all that would be copied into the run, with names or without."""
    files = {found.entry.name: found.entry} if found.entry.is_file() and not found.entry.is_symlink() else {}
    if found.folder is not None:
        files |= {one.relative_to(found.folder).as_posix(): one for one in travelling_files(found.folder)}
    total = hashlib.sha256(found.entry.name.encode("utf-8", "surrogateescape") if named else b"")
    for name, path in sorted(files.items()):
        total.update(b"\0" + (name.encode("utf-8", "surrogateescape") if named else b"") + b"\0")
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def chosen(submissions: tuple[Submission, ...], only: tuple[str, ...]) -> tuple[Submission, ...]:
    """All, or those that were asked for by id or by name."""
    if not only:
        return submissions
    known = {key.casefold() for one in submissions for key in (one.id, one.who)}
    for name in only:
        if name.casefold() not in known:
            near = did_you_mean(name, [one.id for one in submissions])
            raise UsageError(f"--only {name}: no submission has this id. {near}".rstrip())
    wanted = {name.casefold() for name in only}
    return tuple(one for one in submissions if wanted & {one.id.casefold(), one.who.casefold()})
