"""Companions of a file: which others are copied next to it. There are two rules, and neither guesses.

In a class, they are the files that the course declares, `companions` in its settings or `--companions`: whatever else
is next to a submission is somebody else's. With one person's own file, they are what its imports, and the strings in it
that name files, reach in its own folder, and what those files reach in turn; but never a gradebook, a roster, or what
`grade` wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath

from grader.domain import Submission
from grader.domain.words import listed
from grader.errors import UsageError
from grader.filesystem import CODE, MOST_BYTES, MOST_FILES, entries, files_below, own_status, regular_size, travels
from grader.submissions.entry import look_at, words_in
from grader.submissions.mentions import imported, strings
from grader.submissions.source import read_source

MOST_MODULES = 500  # that are read for what they reach
MOST_PATTERNS = 100
MOST_NAMED = 20
# How names of gradebooks, rosters and overrides begin, or a word in them.
GRADEBOOKS = (
    "grade", "grading", "marks", "roster", "classlist", "overrides", "noten", "notas", "calificaciones", "voti"
)  # fmt: skip
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
    found: dict[str, Path] = {}
    missing = []
    for name in names:
        if problem := problem_of_name(name):
            raise UsageError(f"companion {name!r}: {problem}.")
        path = _inside(folder, name)
        files = {one.relative_to(folder).as_posix(): one for one in _files_of(path)} if path else {}
        found |= files
        missing += [] if files else [name]
    size = sum(regular_size(path) or 0 for path in found.values())
    if len(found) > MOST_FILES or size > MOST_BYTES:
        raise UsageError(
            f"companions in {folder}: expected at most {MOST_FILES:,} files and {MOST_BYTES / 2**20:.0f} MB, "
            f"found {len(found):,} and {size / 2**20:,.0f} MB."
        )
    return found, tuple(missing)


@dataclass(frozen=True)
class Reached:
    """What one file reaches: files to copy, by their names in its folder, and others that stay where they are."""

    files: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()


def reached_by(entry: Path) -> Reached:
    """What goes along with one person's own file, over all modules that are reached. Each file is read once."""
    folder = entry.parent
    files_of = cache(_files_of)
    below = cache(lambda: list(islice(files_below(folder), MOST_FILES)))
    waiting, seen, staying = [entry], {entry}, set[Path]()
    for module in islice(waiting, MOST_MODULES):  # which grows meanwhile
        source = read_source(module)
        text = "\n".join(cell.text for cell in source.cells) if source else ""
        roots = [place for place in module.parents if place.is_relative_to(folder)]
        named = {*_modules(text, roots, files_of), *_paths(text, (folder, module.parent))}
        named |= _fitting(text, folder, below)
        for path in sorted({path for one in named for path in files_of(one)} - seen - staying):
            if _never_travels(path, folder):
                staying.add(path)
            elif len(seen) <= MOST_FILES:
                seen.add(path)
                waiting += [path] if path.name.lower().endswith(CODE) else []
    names = [sorted(path.relative_to(folder).as_posix() for path in paths) for paths in (seen - {entry}, staying)]
    return Reached(*map(tuple, names))


def _modules(text: str, roots: Sequence[Path], files_of: Callable[[Path], list[Path]]) -> Iterator[Path]:
    """Modules and packages that the text imports from folders; of a package, the whole folder."""
    for name in {name.lstrip(".") for name in imported(text)} - {""}:
        for root in roots:
            module, package = _inside(root, f"{name}.py"), _inside(root, name)
            if module:
                yield module
            if package and any(path.suffix == ".py" for path in files_of(package)):
                yield package


def _paths(text: str, roots: Sequence[Path]) -> Iterator[Path]:
    """What the strings name, relative to where the program runs or to where the module is."""
    for written in map(_as_path, strings(text)):
        yield from filter(None, (_inside(root, written) for root in dict.fromkeys(roots)))


def _fitting(text: str, folder: Path, below: Callable[[], list[Path]]) -> set[Path]:
    """Files whose names fit patterns among the strings: `data/*.csv`, or `data/{name}.csv` of an f-string."""
    patterns = [re.sub(r"\{[^{}]*+\}", "*", _as_path(string)).removeprefix("./") for string in strings(text)]
    parts = [PurePosixPath(one).parts for one in patterns if "*" in one and re.search(r"\w", PurePosixPath(one).name)]
    return {
        path for pattern in parts[:MOST_PATTERNS] for path in below() if _fits(path.relative_to(folder).parts, pattern)
    }


def _as_path(string: str) -> str:
    return re.sub(r"\\+", "/", string)


def with_reached(one: Submission) -> Submission:
    """One person's own file, with what it reaches in its folder."""
    reached = reached_by(one.entry)
    said = []
    if reached.files:
        said.append(f"copied along: {_named(reached.files)}")
    if reached.left_behind:
        said.append(
            f"not copied, since a gradebook, a roster or what `grade` wrote never is: {_named(reached.left_behind)}; "
            "if it is data of yours, give it another name"
        )
    origin = replace(one.origin, decisions=(*one.origin.decisions, *said))
    return replace(one, folder=one.entry.parent, files=reached.files, origin=origin)


def with_left_behind(one: Submission, beside: Collection[str]) -> Submission:
    """One file of a class, alone, with the names of modules `beside` it that it imports."""
    (look,) = look_at([one.entry]).values()
    behind = sorted(f"{name}.py" for name in look.imports - {one.entry.stem} if f"{name}.py" in beside)
    if not behind:
        return one
    said = (
        f"{_named(behind)} {'is' if len(behind) == 1 else 'are'} imported, but not copied, as the file may be somebody "
        "else's: only an instructor can declare what goes along with every submission (`companions` of the course)"
    )
    origin = replace(one.origin, decisions=(*one.origin.decisions, said))
    return replace(one, left_behind=tuple(behind), origin=origin)


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    named = [f"`{name}`" for name in files[:MOST_NAMED]]
    return ", ".join(named) + more if more else listed(named)


def _inside(root: Path, name: str) -> Path | None:
    """The file or folder of a name in a folder; nothing if there is none, or if its path leaves, hides or is a link."""
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or parts[0].startswith("/") or ".." in parts or not all(map(travels, parts)):
        return None
    paths = [root.joinpath(*parts[: end + 1]) for end in range(len(parts))]
    if any(own_status(path) is None or path.is_symlink() for path in paths):
        return None
    return paths[-1]


def _files_of(path: Path) -> list[Path]:
    """A regular file itself, all files of a folder."""
    return [path] if regular_size(path) is not None else list(islice(files_below(path), MOST_FILES))


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Part by part; `**` stands for any number of folders."""
    if "**" in pattern:
        return fnmatchcase("/".join(path), "/".join(pattern).replace("**/", "*"))
    return len(path) == len(pattern) and all(map(fnmatchcase, path, pattern))


def _never_travels(path: Path, folder: Path) -> bool:
    """Grades, a list of the class, and what `grade` wrote, whether or not it could finish."""
    name = path.relative_to(folder)
    around = [folder / place for place in name.parents[:-1]]
    return (
        any(_is_gradebook(part) or part in WRITTEN_BY_GRADE for part in name.parts)
        or ("results" in name.parts[:-1] and path.suffix == ".json")
        or any(regular_size(place / "run.json") or entries(place / "journal") for place in around)
    )


def _is_gradebook(name: str) -> bool:
    """`grades_final.csv`, `Gradebook2.xlsx`, `gradesfinal.csv`; a module is none."""
    stem = PurePosixPath(name).stem
    return any(word.startswith(GRADEBOOKS) for word in words_in(stem)) and not name.lower().endswith(".py")
