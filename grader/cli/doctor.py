"""`doctor`: what this installation has and lacks, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import GraderError
from grader.sandbox import WORDS, probes, resolve_isolation

REQUIRED = ("tensorflow", "keras", "numpy", "nbclient", "nbformat", "ipykernel", "jinja2", "networkx", "matplotlib")


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is examined. `needed` says that the grader cannot work without it."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    needed: bool = True


def examine() -> list[Diagnostic]:
    """Examine versions, isolation, memory, Graphviz and calibrations; imports none of the packages."""
    return [_python(), *map(_package, REQUIRED), *_isolation(), _memory(), _graphviz(), _calibrations()]


def _python() -> Diagnostic:
    version = platform.python_version()
    ok = (3, 11) <= tuple(map(int, version.split(".")[:2])) <= (3, 13)
    return Diagnostic("python", ok, version, "" if ok else "Use Python 3.11, 3.12 or 3.13.")


def _package(name: str) -> Diagnostic:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Diagnostic(name, False, "not installed", f"Install it: pip install {name}")
    if name == "keras" and version.startswith("3.14.0"):
        return Diagnostic(
            name, False, version, "Keras 3.14.0 sends metrics to the wrong heads: install another version."
        )
    return Diagnostic(name, True, version)


def _isolation() -> Iterator[Diagnostic]:
    """Each layer that was tried out, and the level that follows."""
    for layer in (*probes.full(), *probes.partial()):
        yield Diagnostic(layer.name, layer.ok, layer.found, layer.advice, needed=False)
    for name in ("full", "partial"):
        if found := probes.inventory(name):
            yield Diagnostic(f"run: {name}", True, found.words, needed=False)
    yield _control_groups()
    level = resolve_isolation("auto")
    advice = "" if level == "full" else "Grade untrusted code only at level full, or in a container."
    yield Diagnostic("isolation", level == "full", f"{level}: {WORDS[level]}", advice, needed=False)


def _control_groups() -> Diagnostic:
    """Tried out by making one."""
    from grader.sandbox.cgroups import groups_for

    groups = groups_for(1024, 64)
    for group in groups:
        group.remove()
    bounded = {"memory": "memory", "pids": "processes"}
    if len(groups) == len(bounded):
        return Diagnostic("control groups", True, "memory and processes", needed=False)
    advice = "Optional: both are counted instead, except kernel memory of a run. See docs/security.md."
    found = ", ".join(bounded[group.controller] for group in groups) or "none can be created here"
    return Diagnostic("control groups", False, found, advice, needed=False)


def _memory() -> Diagnostic:
    import psutil

    free = psutil.virtual_memory().available / 2**30
    cores = os.cpu_count() or 1
    ok = free >= cores
    return Diagnostic(
        "memory", ok, f"{free:.1f} GB free for {cores} jobs", "" if ok else "Use fewer --jobs.", needed=False
    )


def _graphviz() -> Diagnostic:
    ok = shutil.which("dot") is not None
    return Diagnostic(
        "graphviz",
        ok,
        "found" if ok else "not found",
        "" if ok else "Optional: without it, `plot_model` in submissions becomes a note.",
        needed=False,
    )


def _calibrations() -> Diagnostic:
    from grader.assignments.course import load_course

    try:
        course = load_course()
    except GraderError as error:
        return Diagnostic("calibrations", False, str(error), "Run `grader calibrate`.")
    return Diagnostic("calibrations", True, f"{len(course.calibrations)} assignments")
