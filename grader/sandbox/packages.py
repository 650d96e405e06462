"""Which packages this Python can import, and in which version: nothing is imported to find out.

TensorFlow and Keras come from distributions of several names, so that the import decides, never the name. The core of
the grader is installed without them; an extra brings them.
"""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from functools import cache
from importlib import metadata

from grader.errors import GraderFault

DISTRIBUTIONS = {
    "tensorflow": (
        "tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu", "tensorflow-macos", "tensorflow-intel",
        "tensorflow-rocm", "tensorflow-cpu-aws",
    ),
    "keras": ("keras", "keras-nightly"),
}  # fmt: skip
TRAINING_NEEDS = ("tensorflow", "keras")
INSTALL = 'pip install "keras-grader[cpu]"'
UNKNOWN = "unknown version"


def can_import(name: str) -> bool:
    """Whether there is a package of this name. A folder without code, which Python would import too, is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a broken package, or a stand-in without a spec
        return False
    return spec is not None and spec.origin is not None


def distributions(name: str) -> dict[str, str]:
    """The distributions that an import can come from, with their versions. Two of them overwrite each other's files."""
    found = {}
    for one in DISTRIBUTIONS.get(name, (name,)):
        with suppress(metadata.PackageNotFoundError):
            found[one] = metadata.version(one)
    if not found:  # a distribution of another name: slow to find
        found = {one: metadata.version(one) for one in metadata.packages_distributions().get(name, ())}
    return found


@cache
def version_of(name: str) -> str:
    """The version of what `import name` finds. Raises `GraderFault` if it finds nothing."""
    if not can_import(name):
        raise GraderFault(f"{name} is not installed in this Python; run `{INSTALL}`.")
    return next(iter(distributions(name).values()), UNKNOWN)


def require_training() -> None:
    """Raise `GraderFault` with what to install, if this Python cannot run and train networks."""
    if lacking := [name for name in TRAINING_NEEDS if not can_import(name)]:
        names = " and ".join({"tensorflow": "TensorFlow", "keras": "Keras"}[name] for name in lacking)
        raise GraderFault(
            f"this command runs networks, and {names} {'is' if len(lacking) == 1 else 'are'} not installed here: "
            f"run `{INSTALL}`."
        )
