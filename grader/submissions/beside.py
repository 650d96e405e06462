"""Which files go with a single file: what it imports and names, but never what may be somebody else's.

A file that is checked alone, or is in a flat folder of a class, has neighbours. These go with it:

- modules and packages next to it that it imports, and so on for these;
- files and folders next to it that its text, or that of such a module, names: `open("data/train.csv")`,
  `%run plots.py`, `sys.path.append("lib")`. If the folder is one student's, also what a pattern names: `glob("*.csv")`.

Never, whichever file names it:

- another notebook, unless its name is a helper's;
- a gradebook, a roster, `overrides.toml`, or the results of a run of the grader;
- a folder that contains a submission.

In a folder that looks like a class, a module goes along only if named like a helper (`helpers.py`, `plot_utils.py`),
and data only if it carries nobody's name and is not a list of the class. A folder looks like a class if a neighbour is
a notebook or builds a network, if names are numbered alike, or if there is a gradebook or several students' folders.

So a classmate's file stays where it is, even if every string of a submission names it. Files are read as text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from grader.filesystem import entries, open_regular, own_status, regular_size, travelling_files, travels
from grader.submissions.entry import (
    DOCUMENTS,
    FOLDERS,
    GENERIC,
    HELPERS,
    OF_A_CLASS,
    OF_A_RUN,
    USUAL_STEMS,
    find_entries,
    has_entries,
    is_called,
    is_gradebook,
    is_runnable,
    numbered,
    tokens,
)

MOST_PARTS = 500  # of a package or a folder that goes along
MOST_BYTES = 16 * 1024 * 1024  # of a notebook, which may consist mostly of pictures
MOST_TEXT = 1024 * 1024
MOST_STRINGS = 50_000
LONG = 2_000  # a longer string without a space is a picture, not a line of source
# The quote at the end may be missing, so that an unterminated string is scanned only once.
JSON_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"?', re.DOTALL)
WORD = re.compile(r"[\w.\-]+")
QUOTED = re.compile(r"'([^'\\\n]{1,300})'|\"([^\"\\\n]{1,300})\"")
# Lines that import another module, not only at their start.
IMPORTING = re.compile(r"^.{0,300}?(?:\bimport\b|__import__|import_module|%run\b|%load\b|runpy).{0,500}", re.MULTILINE)
NAME = re.compile(r"\w+")
BUILDING = re.compile(r"\b(?:Model|Sequential|Input)\s*\(|\bModel\s*\)")


@dataclass(frozen=True)
class Companions:
    """For one file: what goes with it, by names within its folder; and what it imports but does not get."""

    files: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Neighbourhood:
    """A folder in which a submission is a single file. Examined once, for all the files in it."""

    folder: Path

    @cached_property
    def inside(self) -> tuple[Path, ...]:
        return tuple(one for one in sorted(entries(self.folder)) if travels(one.name) and not one.is_symlink())

    @cached_property
    def by_word(self) -> Mapping[str, tuple[Path, ...]]:
        """What a word may name: a file by its whole name, a module by its stem too, a folder by its name."""
        found: dict[str, tuple[Path, ...]] = {}
        for one in self.inside:
            for word in {one.name, one.stem} if _is_module(one) else {one.name}:
                found[word] = (*found.get(word, ()), one)
        return found

    @cached_property
    def submissions(self) -> frozenset[Path]:
        """Files that look like separate submissions."""
        files = [one for one in self.inside if is_runnable(one) and regular_size(one) is not None]
        alike = Counter(numbered(one.stem) for one in files if re.search(r"\d", one.stem))
        return frozenset(
            one
            for one in files
            if not is_called(one.stem, HELPERS)
            and (one.suffix.lower() == ".ipynb" or alike[numbered(one.stem)] > 1 or _builds_networks(one))
        )

    @cached_property
    def _spaced(self) -> tuple[Path, ...]:
        return tuple(one for one in self.inside if " " in one.name and not is_runnable(one))

    @cached_property
    def students_folders(self) -> frozenset[Path]:
        return frozenset(one for one in self.inside if is_folder(one) and _holds_a_submission(one))

    @cached_property
    def has_gradebook(self) -> bool:
        return any(is_gradebook(one.name) or one.name == "run.json" for one in self.inside)

    def is_class_for(self, entry: Path) -> bool:
        return bool(self.submissions - {entry}) or len(self.students_folders) > 1 or self.has_gradebook

    def companions(self, entry: Path) -> Companions:
        """What goes with one of the files."""
        judge = Judge(self, entry, self.is_class_for(entry))
        chosen: dict[Path, None] = {}
        refused: dict[Path, None] = {}
        waiting = [words_of(entry)]
        while waiting:
            words = waiting.pop()
            for one in self._named(words, patterns=not judge.is_class):
                if one == entry or one in chosen or one in refused:
                    continue
                if not judge.may_travel(one):
                    if _is_module(one) and words.imports(one.stem):
                        refused[one] = None
                    continue
                chosen[one] = None
                waiting += [words_of(part) for part in _parts_of(one) if part.suffix.lower() == ".py"]
        files = [part for one in chosen for part in _parts_of(one)]
        names = sorted(part.relative_to(self.folder).as_posix() for part in files)
        return Companions(tuple(names), tuple(sorted(one.name for one in refused)))

    def _named(self, words: Words, *, patterns: bool) -> Iterator[Path]:
        """In the order of their names, so that each run finds the same."""
        found = {one for word in words.every & self.by_word.keys() for one in self.by_word[word] if names(words, one)}
        found |= {one for one in self._spaced if one.name in words.text}
        if patterns:
            found |= {one for one in self.inside for pattern in words.patterns if fnmatchcase(one.name, pattern)}
        yield from sorted(found)


@dataclass(frozen=True)
class Judge:
    """Whether something next to a file may go with it."""

    around: Neighbourhood
    entry: Path
    is_class: bool

    def may_travel(self, one: Path) -> bool:
        if is_gradebook(one.name) or one.name in OF_A_RUN:
            return False
        if is_folder(one):
            return self._folder_may(one)
        if is_runnable(one) or _is_module(one):
            helper = is_called(one.stem, HELPERS) or self._bears_the_name_of_entry(one)
            return helper or (not self.is_class and one.suffix.lower() == ".py")
        return not self.is_class or self._data_may(one)

    def _folder_may(self, folder: Path) -> bool:
        if _is_of_a_run(folder) or (folder in self.around.students_folders and _has_a_network(folder)):
            return False
        return not self.is_class or is_called(folder.name, FOLDERS)

    def _data_may(self, one: Path) -> bool:
        """In a class: neither a list of the class, nor anything that belongs to others."""
        if self._bears_the_name_of_entry(one):
            return True
        words = tokens(one.stem)
        others = [other for other in (*self.around.submissions, *self.around.students_folders) if other != self.entry]
        somebodys = any(tokens(other.stem) - GENERIC <= words and tokens(other.stem) - GENERIC for other in others)
        numbers = {numbered(other.stem) for other in others} - {other.stem.casefold() for other in others}
        if somebodys or numbered(one.stem) in numbers or words & OF_A_CLASS or one.suffix.lower() in DOCUMENTS:
            return False
        return not lists(one, [other.stem for other in others])

    def _bears_the_name_of_entry(self, one: Path) -> bool:
        """`anna_data.csv` is Anna's, unless somebody else is called `anna_data`."""
        start = re.compile(re.escape(self.entry.stem) + r"[\W_]", re.IGNORECASE)
        others = [other.stem for other in self.around.submissions if other not in (self.entry, one)]
        longer = any(start.match(other) and one.stem.startswith(other) for other in others)
        twin = self.entry.stem in others
        return start.match(one.stem) is not None and not longer and not twin and one not in self.around.submissions


def names(words: Words, one: Path) -> bool:
    """Whether the words mean this file or folder: a name without an extension is an ordinary word unless quoted."""
    if is_folder(one):
        return one.name in words.quoted or words.imports(one.name)
    if _is_module(one) and (words.imports(one.stem) or one.stem in words.quoted):
        return True
    return one.name in words.every if one.suffix else one.name in words.quoted


def _parts_of(one: Path) -> list[Path]:
    """A file itself; for a folder, all that goes along, except what never does."""
    if not is_folder(one):
        return [one] if regular_size(one) is not None else []
    found = []
    for path in travelling_files(one):
        inner = path.relative_to(one).parts
        if not any(is_gradebook(part) or part in OF_A_RUN for part in inner):
            found.append(path)
    return found[:MOST_PARTS]


def _is_module(one: Path) -> bool:
    return one.suffix.lower() == ".py"


def is_folder(one: Path) -> bool:
    status = own_status(one)
    return status is not None and one.is_dir() and not one.is_symlink()


def _is_of_a_run(folder: Path) -> bool:
    """Results of `grade`: by their name, by its run.json, or a `results` with GRADE documents."""
    holds_json = folder.name == "results" and any(one.suffix == ".json" for one in entries(folder))
    return holds_json or regular_size(folder / "run.json") is not None


def _holds_a_submission(folder: Path) -> bool:
    """What may be a student's folder: not a package, not named like helpers, and with something to run in it."""
    named = is_called(folder.name, FOLDERS) or regular_size(folder / "__init__.py") is not None
    return not named and has_entries(folder)


def _has_a_network(folder: Path) -> bool:
    """Whether the file to run in a folder is a submission by its kind, its name or its text."""
    found = find_entries(folder)
    return any(one.suffix.lower() == ".ipynb" or one.stem in USUAL_STEMS or _builds_networks(one) for one in found)


def lists(path: Path, people: list[str]) -> bool:
    """Whether a file names several of these: then it is a table of the class, whatever its name."""
    found = words_of(path).every
    return sum(one in found for one in people) > 1


@dataclass(frozen=True)
class Words:
    """In a text: every word, those between quotes, those on lines that import, and patterns of names."""

    text: str

    @cached_property
    def every(self) -> frozenset[str]:
        return frozenset(word for found in WORD.findall(self.text) for word in (found, *found.split(".")))

    @cached_property
    def quoted(self) -> frozenset[str]:
        return frozenset(part for literal in self._literals for part in re.split(r"[/\\]", literal))

    @cached_property
    def imported(self) -> frozenset[str]:
        return frozenset(name for line in IMPORTING.findall(self.text) for name in NAME.findall(line))

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """`*.csv`, and `part*.csv` for the name that a format string makes; of a path, the first part."""
        found = (re.sub(r"\{[^}]*\}", "*", one.removeprefix("./")).split("/")[0] for one in self._literals)
        return tuple(dict.fromkeys(one for one in found if "*" in one and re.search(r"\w", one)))[:100]

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        return tuple(single or double for single, double in QUOTED.findall(self.text))

    def imports(self, name: str) -> bool:
        return name in self.imported


def words_of(path: Path) -> Words:
    """The text of a module, a notebook or any other text file; empty if it cannot be read."""
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES if path.suffix.lower() == ".ipynb" else MOST_TEXT)
    except OSError:
        return Words("")
    lines = strings(content) if path.suffix.lower() == ".ipynb" else [content.decode("utf-8", "replace")]
    return Words(unicodedata.normalize("NFC", "\n".join(lines)))


def strings(content: bytes) -> Iterator[str]:
    """The strings of a JSON text, as they read, without pictures: the lines of a notebook's cells are among them."""
    left = MOST_TEXT
    for number, match in enumerate(JSON_STRING.finditer(content)):
        line = match[1]
        if len(line) > LONG and b" " not in line:
            continue
        left -= len(line)
        if left < 0 or number > MOST_STRINGS:
            return
        if b"\\" not in line:
            yield line.decode("utf-8", "replace")
        with suppress(ValueError):
            if b"\\" in line:
                yield json.loads(b'"' + line + b'"')


def _builds_networks(path: Path) -> bool:
    """Whether a file builds a network, as a submission does and a helper usually does not."""
    return BUILDING.search(words_of(path).text) is not None
