"""Which packages this Python, or that of a course, can import, and in which version: nothing is imported to find out.

TensorFlow and Keras come from distributions of several names, so that the import decides, never the name. The core of
the grader is installed without them; an extra brings them.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from grader.domain.words import be, listed
from grader.errors import GraderFault, UsageError

DISTRIBUTIONS = {
    "tensorflow": (
        "tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu", "tensorflow-macos", "tensorflow-intel",
        "tensorflow-rocm", "tensorflow-cpu-aws",
    ),
    "keras": ("keras", "keras-nightly"),
}  # fmt: skip
NEEDED = ("keras", "tensorflow", "numpy", "matplotlib", "nbclient", "nbformat", "ipykernel", "pandas")
TRAINING_NEEDS = {"tensorflow": "TensorFlow", "keras": "Keras"}
INSTALL = 'pip install "keras-grader[cpu]"'


def can_import(name: str) -> bool:
    """Whether there is a package of this name. A folder without code, which Python would import too, is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a broken package, or a stand-in without a spec
        return False
    return spec is not None and spec.origin is not None


def distributions(name: str) -> dict[str, str]:
    """The distributions that an import can come from, with their versions. Two of them overwrite each other's files."""
    versions = {}
    for package in DISTRIBUTIONS.get(name, (name,)):
        with suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    if not versions:  # a distribution of another name: slow to find
        versions = {package: metadata.version(package) for package in metadata.packages_distributions().get(name, ())}
    return versions


@cache
def version_of(name: str) -> str:
    """The version of what `import name` finds. Raises `GraderFault` if it finds nothing."""
    if not can_import(name):
        raise GraderFault(f"{name} is not installed in this Python; run `{INSTALL}`.")
    return next(iter(distributions(name).values()), "unknown version")


def require_training() -> None:
    """Raise `GraderFault` with what to install, if this Python cannot run and train networks."""
    if lacking := [title for name, title in TRAINING_NEEDS.items() if not can_import(name)]:
        raise GraderFault(
            f"this command runs networks, and {listed(lacking)} {be(lacking)} not installed here: run `{INSTALL}`."
        )


@dataclass(frozen=True)
class Interpreter:
    """Where a Python is installed, and where it keeps its packages.

    `elsewhere` are folders outside of it from which it takes packages that grading needs: those of a user, or of a
    `.pth` file. `has_keras` says whether it finds Keras at all, `version` which Python it is.
    """

    prefixes: tuple[Path, ...]
    packages: tuple[Path, ...]
    elsewhere: tuple[Path, ...]
    has_keras: bool
    version: str = ""


LOOK = """
import importlib.util, json, os, sys, sysconfig
own = os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))
prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, own]
paths = sysconfig.get_paths()
roots = [os.path.join(os.path.realpath(prefix), "") for prefix in prefixes]
found, elsewhere = {}, []
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
        found[name] = os.path.dirname(list(spec.submodule_search_locations)[0])
    except (ImportError, AttributeError, ValueError, IndexError, TypeError):
        continue
    if not os.path.join(os.path.realpath(found[name]), "").startswith(tuple(roots)):
        elsewhere.append(found[name])
print(json.dumps([prefixes, [paths["purelib"], paths["platlib"]], elsewhere, "keras" in found, sys.version]))
"""


@cache
def interpreter(python: Path) -> Interpreter:
    """Reported by the interpreter itself. Raises `UsageError` if it does not answer."""
    try:
        result = subprocess.run(
            [str(python), "-P", "-c", LOOK, *NEEDED], capture_output=True, timeout=60, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        prefixes, packages, elsewhere, has_keras, version = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UsageError(f"--python {python}: this does not run as a Python interpreter ({error}).") from None
    prefixes, packages, elsewhere = (
        tuple(map(Path, dict.fromkeys(paths))) for paths in (prefixes, [*packages, *elsewhere], elsewhere)
    )
    return Interpreter(prefixes, packages, elsewhere, bool(has_keras), str(version))


def has_package(python: Path, name: str) -> bool:
    """Whether an interpreter has a top-level package or module of this name, by the files that it would import."""
    if not name.isidentifier():
        return False
    patterns = (name, f"{name}.py", f"{name}.*.so")
    return any(True for folder in interpreter(python).packages for pattern in patterns for _ in folder.glob(pattern))
