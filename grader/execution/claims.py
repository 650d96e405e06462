"""What a recording may say in words that a report shows as they stand. The rest, only the grader can know.

Student code can write any recording. So a note is taken only if its code is one that `student/` can emit, and the
sentences that say why a file cannot be run are those of `student/`. What is left of free text is quoted from the
program (its own lines, names and error messages), and stands in reports as that.
"""

from __future__ import annotations

import re

NOTE_CODES = frozenset(
    {
        "argument-unknown",
        "arrays-for-inputs",
        "arrays-for-outputs",
        "assertion-about-training",
        "class-for-object",
        "data-names",
        "data-not-array",
        "defined-later",
        "duplicate-outputs",
        "function-not-called",
        "google-colab",
        "history-entry",
        "history-key",
        "initializer-alias",
        "input-answered",
        "input-dim-ignored",
        "input-left-out",
        "input-shape",
        "input-shape-number",
        "inputs-are-no-inputs",
        "keras-and-tf-keras",
        "keras1-argument",
        "keras1-merge",
        "keras2-import",
        "keras2-method",
        "keras2-metrics",
        "keras2-name",
        "keras2-removed",
        "lambda-in-file",
        "layer-not-called",
        "layer-shape-attribute",
        "limit-models",
        "load-model-compile",
        "loss-count",
        "loss-single-for-many",
        "loss-weights-count",
        "loss-weights-need-list",
        "made-up-data",
        "merge-axis",
        "merge-needs-list",
        "merge-widths",
        "metrics-by-position",
        "metrics-count",
        "metrics-keras-3-14",
        "metrics-third",
        "missing-package",
        "misspelt-name",
        "model-file-name",
        "model-inputs-first",
        "never-called",
        "none-returned",
        "not-imported",
        "numpy-on-tensors",
        "numpy-seed",
        "optimizer-decay",
        "optimizer-lr",
        "output-names",
        "package-absent",
        "plot-model-graphviz",
        "target-shape-broadcast",
        "tensor-as-setting",
        "tensor-called",
        "tensorflow-python-keras",
        "unknown-name",
        "weights-do-not-fit",
        "weights-file-name",
    }
)
# Notes whose sentence says it all, and those whose detail is one word of a known form.
WITHOUT_DETAIL = frozenset(
    {
        "assertion-about-training",
        "google-colab",
        "input-answered",
        "inputs-are-no-inputs",
        "lambda-in-file",
        "metrics-keras-3-14",
        "plot-model-graphviz",
        "weights-do-not-fit",
    }
)
PACKAGE = re.compile(r"\w[\w.-]{0,99}")
DETAILS = {
    "limit-models": re.compile(r"\d{1,4}"),
    "made-up-data": re.compile(r"[a-z0-9_]{1,40}"),
    "missing-package": PACKAGE,
    "package-absent": PACKAGE,
}

NOT_A_NOTEBOOK = "the file is not a notebook that can be read"
PROBLEMS = re.compile(rf"the file is empty|the file holds no list of cells|{NOT_A_NOTEBOOK} \(\w{{1,80}}\)")
UNWATCHED = "Keras could not be watched"
WATCHING = re.compile(r"cannot watch Keras [\w.?+-]{1,40}: [^\n]{0,300}")
PACKAGES = frozenset({"python", "keras", "tensorflow", "numpy"})
VERSION = re.compile(r"[\w.+!-]{1,50}")


def note_detail(code: str, detail: str) -> str | None:
    """What of a note's detail is taken; nothing where the note is not one that a run can know."""
    if code not in NOTE_CODES or (code in DETAILS and not DETAILS[code].fullmatch(detail)):
        return None
    return "" if code in WITHOUT_DETAIL else detail


def run_problem(said: str) -> str:
    """Why a file cannot be run, in the words that the driver has for it."""
    return said if not said or PROBLEMS.fullmatch(said) else NOT_A_NOTEBOOK


def watch_problem(said: str) -> str:
    return said if not said or WATCHING.fullmatch(said) else UNWATCHED


def identifier(said: str) -> str:
    """A name as Python has them, with dots; of anything else, what such a name can hold."""
    return re.sub(r"[^\w.]+", "_", said)[:200]


def versions(said: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in said.items() if name in PACKAGES and VERSION.fullmatch(version)}
