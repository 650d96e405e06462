"""Which file of a folder to run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.filesystem import CODE, files_below, open_regular
from grader.submissions.identity import slug

RUNNABLE = CODE
USUAL_STEMS = ("main", "submission", "solution")
NOT_ENTRIES = ("__init__", "__main__", "setup", "conftest", "conf")
IMPORT = re.compile(rb"^[^#\n]{0,200}?\b(?:from|import)\s+\.?(\w+)", re.MULTILINE)
LOOK_AT = 200_000
MOST_TEXT = 4 * 2**20
KERAS = re.compile(rb"\b(?:keras|tensorflow)\b")
EXAMPLES = frozenset({"demo", "example", "examples", "sample", "starter", "template", "templates", "blank", "handout"})


def is_runnable(path: Path) -> bool:
    return path.suffix.lower() in RUNNABLE and path.stem not in NOT_ENTRIES and not path.name.startswith("test_")


@dataclass(frozen=True)
class Choice:
    """The files to run, the files that could be run too, and why these were chosen."""

    entries: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    why: str = ""


def _runnable_below(folder: Path) -> list[Path]:
    return [path for path in files_below(folder) if is_runnable(path)]


def has_entries(folder: Path) -> bool:
    """Whether there is anything to run in a folder."""
    return any(is_runnable(path) for path in files_below(folder))


def find_entries(folder: Path) -> list[Path]:
    """The file to run; several if nothing shows which of them, none if there is nothing to run."""
    return list(choose(folder).entries)


def choose(folder: Path) -> Choice:
    """Files with networks come before others, then the nearest, notebooks before modules, usual names before others.

    What another file imports is a helper. The last rule that left out a file is the reason.
    """
    found = left = _runnable_below(folder)
    why = ""
    for reason, rule in CHOOSING:
        kept = rule(left, folder) if len(left) > 1 else left
        if kept and len(kept) < len(left):
            left, why = kept, reason
    others = [one for one in found if one not in left and not is_called(one.stem, HELPERS)]
    return Choice(tuple(left), tuple(without_helpers(others, left)), why)


def _with_networks(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Those that name Keras, or import one that does; read as text."""
    found = {path for path in paths if _names_keras(path)}
    while more := {path for path in paths if path not in found and _names_imported(path) & _importable(found, folder)}:
        found |= more
    return [path for path in paths if path in found]


def _importable(paths: Iterable[Path], folder: Path) -> set[str]:
    return {name for path in paths for name in (path.stem, *path.relative_to(folder).parts[:-1])}


def _names_keras(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return KERAS.search(file.read(MOST_TEXT)) is not None
    except OSError:
        return False


def _without_examples(paths: Sequence[Path], folder: Path) -> list[Path]:
    return [path for path in paths if not is_example(path.stem)]


def is_example(stem: str) -> bool:
    """`demo`, `starter_hw2`, `Template (1)`: nobody's name is in it."""
    words = {word for word in tokens(stem) if not word.isdecimal()}
    return bool(words & EXAMPLES) and words <= EXAMPLES | GENERIC | {"hw", "homework", "ex", "copy"}


def _one_kind(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Notebooks, if there are any."""
    for suffix in RUNNABLE:
        if kind := [path for path in paths if path.suffix.lower() == suffix]:
            return kind
    return []


def nearest(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Those at the smallest depth: what is deeper is part of something else."""
    depths = [len(path.relative_to(folder).parts) for path in paths]
    return [path for path, depth in zip(paths, depths, strict=True) if depth == min(depths)]


def named_as_entry(paths: Sequence[Path], folder: Path) -> list[Path]:
    for stem in (*USUAL_STEMS, slug(folder.resolve().name)):
        named = [path for path in paths if slug(path.stem) == stem and any(map(str.isalnum, path.stem))]
        if named:
            return named[:1]
    return []


def without_helpers(paths: Sequence[Path], importers: Sequence[Path]) -> list[Path]:
    """The paths that no other file imports. Read as text: nothing of a student is parsed here."""
    imported: set[str] = set()
    for path in importers:
        imported |= _names_imported(path) - {path.stem}
    return [path for path in paths if path.stem not in imported]


def _names_imported(path: Path) -> set[str]:
    try:
        with open_regular(path) as file:
            text = file.read(LOOK_AT)
    except OSError:
        return set()
    # In a notebook, a line of source follows a quote rather than a line end.
    lines = text.replace(b'"', b"\n") if path.suffix.lower() == ".ipynb" else text
    return {name.decode("ascii", "replace") for name in IMPORT.findall(lines)}


CHOOSING: tuple[tuple[str, Callable[[Sequence[Path], Path], list[Path]]], ...] = (
    ("the one with networks", _with_networks),
    ("because the other looks like an example", _without_examples),
    ("the one in the upper folder", nearest),
    ("because notebooks come before modules", _one_kind),
    ("by its name", named_as_entry),
    ("because the other is imported", lambda paths, folder: without_helpers(paths, _runnable_below(folder))),
)

HELPERS = frozenset(
    {"helper", "helpers", "util", "utils", "utility", "utilities", "tool", "tools", "common", "shared", "lib", "libs"}
    | {"library", "plotting", "loader", "loaders", "dataloader", "config", "constants", "settings", "functions"}
)
FOLDERS = HELPERS | {"data", "dataset", "datasets", "csv", "images", "img", "pictures", "assets", "src", "modules"}
# Further names of helpers, which do not show whose they are.
GENERIC = frozenset(
    {"my", "own", "the", "of", "for", "and", "course", "class", "tutorial", "exercise", "exercises", "lab", "keras"}
    | {"tf", "tensorflow", "numpy", "np", "ml", "nn", "dl", "deep", "learning", "machine", "python", "py", "plot"}
    | {"plots", "data", "dataset", "load", "loading", "train", "training", "test", "model", "models", "layer"}
    | {"layers", "network", "networks", "math", "base", "general", "code", "module", "modules", "image", "images"}
    | {"file", "files", "io"}
)
GRADEBOOKS = frozenset(
    {"grade", "grades", "gradebook", "gradebooks", "grading", "graded", "marks", "roster", "rosters", "classlist"}
    | {"overrides", "noten", "notenliste", "notas", "calificaciones", "voti"}
)
OF_A_CLASS = GRADEBOOKS | frozenset(
    {"score", "scores", "results", "result", "students", "student", "class", "points", "final", "solution", "solutions"}
    | {"answers"}
)
OF_A_RUN = frozenset({"run.json", "feedback", "journal", "classroom.json", "submissions"})
DOCUMENTS = frozenset(
    {".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".html", ".htm"}
    | {".keras", ".h5", ".hdf5", ".pkl", ".pickle", ".xls", ".xlsx", ".ods"}
)


def is_called(name: str, what: Iterable[str]) -> bool:
    """Whether a name shows only that the file is a helper: `plot_utils`, but not `anna_utils`."""
    words = tokens(name)
    return bool(words & frozenset(what)) and words <= HELPERS | FOLDERS | GENERIC


def is_gradebook(name: str) -> bool:
    """`grades_final.csv`, `Gradebook2.xlsx`, `gradesfinal.csv`; a module is judged as one."""
    words = tokens(PurePosixPath(name).stem)
    begins = any(word.startswith(("grade", "roster")) for word in words)
    return (begins or bool(words & GRADEBOOKS)) and not name.lower().endswith(".py")


def numbered(stem: str) -> str:
    """`student-#` for `student-07`."""
    return re.sub(r"\d+", "#", stem.casefold())


def tokens(name: str) -> frozenset[str]:
    """The words in a name: `Plot_utils2` has `plot`, `utils2` and `utils`."""
    found = re.findall(r"[^\W_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name))
    plain = [one.casefold() for one in found]
    return frozenset(word for one in plain for word in (one.rstrip("0123456789") or one,))
