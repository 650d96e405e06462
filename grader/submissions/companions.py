"""Companions of a file: which others are copied next to it. There are two rules, and neither guesses.

In a class, they are the files that the course declares, `companions` in its settings or `--companions`: whatever else
is next to a submission is somebody else's. With one person's own file, they are what its imports, and the strings in it
that name files, reach in its own folder, and what those files reach in turn; but never a gradebook, a roster, or what
`grade` wrote.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath

from grader.domain import Submission
from grader.domain.words import listed
from grader.errors import UsageError
from grader.filesystem import CODE, MOST_BYTES, MOST_FILES, entries, files_below, own_status, regular_size, travels
from grader.submissions.entry import look_at, tokens
from grader.submissions.mentions import imported, strings
from grader.submissions.source import read_source

MOST_MODULES = 500  # that are read for what they reach
MOST_PATTERNS = 100
MOST_NAMED = 20
GRADEBOOKS = frozenset(
    {"grade", "grades", "gradebook", "gradebooks", "grading", "graded", "marks", "roster", "rosters", "classlist"}
    | {"overrides", "noten", "notenliste", "notas", "calificaciones", "voti"}
)
WRITTEN_BY_GRADE = frozenset({"run.json", "ids.json", "feedback", "journal"})
WRITTEN_IN_A_RUN = frozenset({"index.html", "groups", "results", "recordings", "previous", "export"})


def problem_of_name(name: str) -> str:
    """Why a name cannot be that of a companion; nothing if it can."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or set(name) & set("\\:\0"):
        return "expected the name of a file or folder next to the submissions, such as `helpers.py` or `data/train.csv`"
    return "" if all(map(travels, path.parts)) else "hidden files and environments are never copied"


def look_up(names: Iterable[str], folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The declared files that a folder holds, by their names in it, all of a declared folder; and names that it lacks.

    Raises `UsageError` for names that leave the folder, links, and more than a submission may have.
    """
    found: dict[str, Path] = {}
    missing = []
    for name in names:
        if problem := problem_of_name(name):
            raise UsageError(f"companion {name!r}: {problem}.")
        path = _inside(folder, name)
        if path is None and _is_behind_link(folder, name):
            raise UsageError(f"companion {name!r}: {folder / name} is a link, and links are not followed.")
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
    """What goes along with one person's own file. Each file is read once."""
    return _Search(entry).run()


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


@dataclass
class _Search:
    """From the entry over all modules that are reached."""

    entry: Path
    seen: set[Path] = field(default_factory=set)
    staying: set[Path] = field(default_factory=set)
    expanded: set[Path] = field(default_factory=set)
    opened: dict[Path, list[Path]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.entry.parent

    def run(self) -> Reached:
        self.seen = {self.entry}
        waiting, read = deque([self.entry]), 0
        while waiting and read < MOST_MODULES and len(self.seen) <= MOST_FILES:
            module = waiting.popleft()
            read += 1
            waiting += [path for path in self._new_files(module) if path.name.lower().endswith(CODE)]
        files = sorted(map(self._name, self.seen - {self.entry}))
        staying = sorted(map(self._name, self.staying))
        return Reached(tuple(files), tuple(staying))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _new_files(self, module: Path) -> Iterator[Path]:
        source = read_source(module)
        roots = tuple(dict.fromkeys((self.folder, module.parent)))
        for cell in source.cells if source else ():
            for named in (*self._modules(cell.text, roots), *self._paths(cell.text, roots)):
                yield from self._first_seen(named)

    def _first_seen(self, named: Path) -> Iterator[Path]:
        if named in self.expanded:
            return
        self.expanded.add(named)
        for path in self._files_of(named):
            if path not in self.seen and _never_travels(path, self.folder):
                self.staying.add(path)
            elif path not in self.seen:
                self.seen.add(path)
                yield path

    def _files_of(self, path: Path) -> list[Path]:
        if path not in self.opened:
            self.opened[path] = _files_of(path)
        return self.opened[path]

    def _modules(self, text: str, roots: Sequence[Path]) -> Iterator[Path]:
        """Modules and packages that the text imports; of a package, the whole folder."""
        for name in sorted(imported(text)):
            bare = name.lstrip(".")
            up = max(0, len(name) - len(bare) - 1)
            for root in roots:
                start = (root, *root.parents)[up : up + 1]
                if not bare or not start or not start[0].is_relative_to(self.folder):
                    continue
                module, package = _inside(start[0], f"{bare}.py"), _inside(start[0], bare)
                if module:
                    yield module
                if package and any(path.suffix == ".py" for path in self._files_of(package)):
                    yield package

    def _paths(self, text: str, roots: Sequence[Path]) -> Iterator[Path]:
        """What the strings name, relative to where the program runs or to where the module is; and their patterns."""
        patterns = []
        for string in strings(text):
            written = re.sub(r"\\+", "/", string)
            yield from filter(None, (_inside(root, written) for root in roots))
            pattern = re.sub(r"\{[^{}]*+\}", "*", written).removeprefix("./")
            if "*" in pattern and re.search(r"\w", PurePosixPath(pattern).name):
                patterns.append(PurePosixPath(pattern).parts)
        for parts in patterns[:MOST_PATTERNS]:
            yield from (path for path in self._below if _fits(path.relative_to(self.folder).parts, parts))

    @cached_property
    def _below(self) -> tuple[Path, ...]:
        return tuple(islice(files_below(self.folder), MOST_FILES))


def _inside(root: Path, name: str) -> Path | None:
    """The file or folder of a name in a folder; nothing if there is none, or if its path leaves, hides or is a link."""
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or parts[0].startswith("/") or ".." in parts or not all(map(travels, parts)):
        return None
    paths = [root.joinpath(*parts[: end + 1]) for end in range(len(parts))]
    if any(own_status(path) is None or path.is_symlink() for path in paths):
        return None
    return paths[-1]


def _is_behind_link(folder: Path, name: str) -> bool:
    path = folder / name
    return any(one.is_symlink() for one in (path, *path.parents) if one != folder and one.is_relative_to(folder))


def _files_of(path: Path) -> list[Path]:
    """A regular file itself, all files of a folder."""
    return [path] if regular_size(path) is not None else list(islice(files_below(path), MOST_FILES))


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Part by part; `**` stands for any number of folders."""
    if "**" in pattern:
        return fnmatchcase("/".join(path), "/".join(pattern).replace("**/", "*"))
    return len(path) == len(pattern) and all(map(fnmatchcase, path, pattern))


def _never_travels(path: Path, folder: Path) -> bool:
    """Grades, a list of the class, and what `grade` wrote."""
    parts = path.relative_to(folder).parts
    places = [folder.joinpath(*parts[:number]) for number in range(len(parts))]
    return (
        any(_is_gradebook(part) or part in WRITTEN_BY_GRADE for part in parts)
        or ("results" in parts[:-1] and path.suffix == ".json")
        or any(part in WRITTEN_IN_A_RUN and _is_run(place) for place, part in zip(places, parts, strict=True))
    )


def _is_gradebook(name: str) -> bool:
    """`grades_final.csv`, `Gradebook2.xlsx`, `gradesfinal.csv`; a module is none."""
    words = tokens(PurePosixPath(name).stem)
    begins = any(word.startswith(("grade", "roster")) for word in words)
    return (begins or bool(words & GRADEBOOKS)) and not name.lower().endswith(".py")


def _is_run(folder: Path) -> bool:
    """Whether `grade` wrote into a folder, whether or not it could finish."""
    return regular_size(folder / "run.json") is not None or bool(entries(folder / "journal"))
