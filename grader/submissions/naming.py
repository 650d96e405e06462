"""What the name of a file or folder says: a helper, data, a gradebook, or one of a numbered class."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

HELPERS = frozenset(
    {"helper", "helpers", "util", "utils", "utility", "utilities", "tool", "tools", "common", "shared", "lib", "libs"}
    | {"library", "plotting", "loader", "loaders", "dataloader", "config", "constants", "settings", "functions"}
)
FOLDERS = HELPERS | {"data", "dataset", "datasets", "csv", "images", "img", "pictures", "assets", "src", "modules"}
# What a helper may be called besides, and what says nothing about whose it is.
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
    """Whether a name says nothing but that the file is a helper: `plot_utils`, but not `anna_utils`."""
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
