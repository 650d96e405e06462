"""The files of a submission as text, without running anything: what the page shows of one, and which of them to run.

The text of one is read cell by cell, as its author sees it: a notebook is JSON of bounded size and number of parts. To
find the one to run, the files of a folder are glanced at, each once, and within bounds for the folder.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from grader.domain import SourceCell, SourceFile
from grader.filesystem import CODE, MOST_FILES, open_regular, read_regular, travels
from grader.submissions.identity import slug

MOST_BYTES = 8 * 2**20
MOST_PARTS = 400_000  # lists and objects of a notebook; a large one with its outputs has a few thousand

MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
USUAL_STEMS = ("main", "submission", "solution")
NOT_ENTRIES = ("__init__", "__main__", "setup", "conftest", "conf")
MOST_TEXT = 4 * 2**20  # of one file, in which Keras may be named
MOST_CODE = 500_000  # of one file, in which it may import others
MOST_TEXT_OF_A_FOLDER = 64 * 2**20  # further files count as those that name nothing
MOST_CODE_OF_A_FOLDER = 8 * 2**20  # and as those that import nothing
FRAMEWORKS = (b"keras", b"tensorflow")
KERAS = re.compile(rb"\b(?:%s)\b" % b"|".join(FRAMEWORKS))
EXAMPLES = frozenset({"demo", "example", "examples", "sample", "starter", "template", "templates", "blank", "handout"})
OF_AN_EXERCISE = frozenset(
    {"hw", "homework", "ex", "exercise", "lab", "tutorial", "course", "class", "keras", "copy", "of", "my", "the"}
)
LONGEST = 300  # letters of a module's name, and of a string that may be a path
MOST_IMPORTS = 5_000
# Possessive: each pattern goes through a text once, whatever is in it.
STRING_OR_COMMENT = re.compile(
    r"""
    \#[^\n]*+
    | (?P<quotes>\"{3}|'{3})(?P<long>(?:(?!(?P=quotes))[^\\]|\\.)*+)(?P=quotes)?
    | "(?P<double>(?:[^"\\\n]|\\.)*+)"?
    | '(?P<single>(?:[^'\\\n]|\\.)*+)'?
    """,
    re.VERBOSE | re.DOTALL,
)
IMPORT = re.compile(
    r"\bfrom[ \t]++(?P<start>[\w.]++)[ \t]++import\b[ \t]*+(?P<names>\([^()]*+|[\w \t,]*+)"
    r"|\bimport[ \t]++(?P<modules>[\w., \t]++)"
)
IMPORT_BY_NAME = re.compile(r"""(?:import_module|__import__|run_module)\s*+\(\s*+["'](?P<module>[\w.]++)["']""")


def read_source(entry: Path) -> SourceFile | None:
    """The code of a notebook's cells, or of a module; nothing if it cannot be read as one."""
    if not entry.name.lower().endswith(CODE):
        return None
    try:
        content = read_regular(entry, MOST_BYTES)
        cells = _cells(content) if entry.suffix.lower() == ".ipynb" else (SourceCell(None, _module(content)),)
    except (OSError, ValueError, RecursionError):
        return None
    return SourceFile(entry.name, cells)


def text_of(content: bytes, errors: str = "replace") -> str:
    """UTF-8, or UTF-16 with its mark, as Windows writes it; without a mark at the start."""
    return content.decode("utf-16" if content[:2] in MARKS_OF_UTF_16 else "utf-8-sig", errors)


def _module(content: bytes) -> str:
    """In UTF-8 or UTF-16; in that of older editors, where it is none of it."""
    try:
        return text_of(content, "strict")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(content: bytes) -> tuple[SourceCell, ...]:
    """The code cells of a notebook, numbered from 1 as everywhere; empty ones count, and are left out.

    Raises `ValueError` for what is no notebook.
    """
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise ValueError("it has too many parts")
    notebook = json.loads(text_of(content))
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it is not a notebook")
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    texts = [_text(cell.get("source")) for cell in code]
    return tuple(SourceCell(number, text) for number, text in enumerate(texts, start=1) if text.strip())


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


# Which file to run


def is_runnable(path: str) -> bool:
    """By its name alone, whatever folders it is in."""
    name = path.rpartition("/")[2]
    stem, suffix = os.path.splitext(name)
    return suffix.lower() in CODE and stem not in NOT_ENTRIES and not name.startswith("test_")


@dataclass(frozen=True)
class Look:
    """What a glance at the text of a file shows: whether it names Keras, and modules that it imports."""

    names_keras: bool = False
    imports: frozenset[str] = frozenset()


def look_at(paths: Iterable[Path]) -> dict[Path, Look]:
    """Each file, read once."""
    looks, budget, code_budget = {}, MOST_TEXT_OF_A_FOLDER, MOST_CODE_OF_A_FOLDER
    for path in paths:
        try:
            with open_regular(path) as file:
                content = file.read(min(MOST_TEXT, budget))
        except OSError:
            content = b""
        budget -= len(content)
        code = content[: min(MOST_CODE, code_budget)]
        code_budget -= len(code)
        named = any(name in content for name in FRAMEWORKS) and KERAS.search(content) is not None
        looks[path] = Look(named, imported(_code_in(path, code)))
    return looks


def _code_in(path: Path, content: bytes) -> str:
    """In a notebook, a line of code is a string of JSON, or part of one."""
    if path.suffix.lower() == ".ipynb":
        content = content.replace(b"\\n", b"\n").replace(b'"', b"\n")
    return content.decode("utf-8", "replace")


def imported(text: str) -> frozenset[str]:
    """The first parts of what a program imports: `a` for `a.b.c`, `c` for `.c.d` and for `from . import c`.

    Nothing is parsed: code that Python would not accept is read as far as it looks like Python.
    """
    modules = {match["module"] for match in IMPORT_BY_NAME.finditer(text)}
    for match in IMPORT.finditer(STRING_OR_COMMENT.sub(" ", text)):
        if start := (match["start"] or "").lstrip("."):
            modules.add(start)
        else:
            names = (match["names"] or match["modules"] or "").strip("(").split(",")
            modules |= {name.split(None, 1)[0] for name in names if name.strip()}
        if len(modules) > MOST_IMPORTS:
            break
    firsts = (name.lstrip(".").partition(".")[0] for name in islice(modules, MOST_IMPORTS))
    return frozenset(name for name in firsts if 0 < len(name) <= LONGEST)


@dataclass(frozen=True)
class Choice:
    """The files to run, the files that could be run too, and why these were chosen."""

    entries: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    why: str = ""


def choose(base: Path, names: Iterable[str]) -> Choice:
    """Of these files in a folder, the one to run; several if nothing shows which, none if there is nothing to run.

    What another file imports is a helper. Files with networks come before others, then the nearest, notebooks before
    modules, usual names before others. The last rule that left out a file is the reason.
    """
    travelling = (name for name in names if is_runnable(name) and all(map(travels, name.split("/"))))
    runnable = sorted(travelling, key=_nearness)
    candidates = remaining = [base / name for name in runnable[:MOST_FILES]]
    looks, why = look_at(candidates), ""
    networks = _with_networks(looks, base)
    rules: tuple[tuple[str, Callable[[Sequence[Path]], list[Path]]], ...] = (
        ("because the other is imported", lambda paths: _without_helpers(paths, paths, looks)),
        ("the one with networks", lambda paths: [path for path in paths if path in networks]),
        (
            "because the other looks like an example",
            lambda paths: [path for path in paths if not is_example(path.stem)],
        ),
        ("the one in the upper folder", _nearest),
        ("because notebooks come before modules", _one_kind),
        ("by its name", lambda paths: _named_as_entry(paths, base)),
    )
    for reason, rule in rules:
        kept = rule(remaining) if len(remaining) > 1 else remaining
        if kept and len(kept) < len(remaining):
            remaining, why = kept, reason
    chosen = set(remaining)
    others = [path for path in candidates if path not in chosen]
    return Choice(tuple(remaining), tuple(_without_helpers(others, remaining, looks)), why)


def _nearness(name: str) -> tuple[int, list[str]]:
    parts = name.split("/")
    return len(parts), parts


def _with_networks(looks: Mapping[Path, Look], base: Path) -> set[Path]:
    """Those that name Keras, or import one that does, over any number of steps."""
    importers: dict[str, list[Path]] = defaultdict(list)
    for path, look in looks.items():
        for name in look.imports:
            importers[name].append(path)
    waiting = [path for path, look in looks.items() if look.names_keras]
    networks = set(waiting)
    for path in waiting:  # which grows
        for name in (path.stem, *path.relative_to(base).parts[:-1]):
            more = [importer for importer in importers.pop(name, ()) if importer not in networks]
            networks.update(more)
            waiting += more
    return networks


def is_example(stem: str) -> bool:
    """`demo`, `starter_hw2`, `Template (1)`: nobody's name is in it."""
    words = words_in(stem)
    return bool(words & EXAMPLES) and words <= EXAMPLES | OF_AN_EXERCISE


def words_in(stem: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", stem.casefold()))


def _one_kind(paths: Sequence[Path]) -> list[Path]:
    """Notebooks, if there are any."""
    for suffix in CODE:
        if kind := [path for path in paths if path.suffix.lower() == suffix]:
            return kind
    return []


def _nearest(paths: Sequence[Path]) -> list[Path]:
    """Those at the smallest depth: what is deeper is part of something else."""
    smallest = min(len(path.parts) for path in paths)
    return [path for path in paths if len(path.parts) == smallest]


def _named_as_entry(paths: Sequence[Path], folder: Path) -> list[Path]:
    for stem in (*USUAL_STEMS, slug(folder.resolve().name)):
        named = [path for path in paths if slug(path.stem) == stem and any(map(str.isalnum, path.stem))]
        if named:
            return named[:1]
    return []


def _without_helpers(paths: Sequence[Path], importers: Iterable[Path], looks: Mapping[Path, Look]) -> list[Path]:
    """The paths that no other file imports."""
    imports = {name for path in importers for name in looks[path].imports - {path.stem}}
    return [path for path in paths if path.stem not in imports]
