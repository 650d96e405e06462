"""Every kind of check: its spec, its title and its function. An assignment's folder may add its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.checks import (
    activations,
    compiled,
    functional,
    graph,
    heads,
    initializers,
    inputs,
    learns,
    merge,
    parameters,
    runs,
    shared,
    trunk,
    widths,
)
from grader.checks.evidence import CheckOptions, Evidence, Finding
from grader.errors import InvalidAssignment


@dataclass(frozen=True)
class Kind:
    """One kind of check. `whole`: the check must see every layer, so a class that hides some leaves it undecided."""

    title: str
    spec: type[CheckOptions]
    check: Callable[[Any, Evidence], Finding]
    whole: bool = True


def _kind(module: ModuleType, *, whole: bool = True) -> Kind:
    return Kind(module.TITLE, module.Spec, module.check, whole)


KINDS: Mapping[str, Kind] = {
    "runs": _kind(runs, whole=False),
    "functional": _kind(functional, whole=False),
    "inputs": _kind(inputs, whole=False),
    "widths": _kind(widths),
    "activations": _kind(activations),
    "initializers": _kind(initializers),
    "merge": _kind(merge),
    "heads": _kind(heads, whole=False),
    "shared": _kind(shared),
    "trunk": _kind(trunk),
    "graph": _kind(graph),
    "compiled": _kind(compiled, whole=False),
    "parameters": _kind(parameters),
    "learns": _kind(learns),
}


def kinds_of(folder: Path) -> Mapping[str, Kind]:
    """All kinds that an assignment may use: ours, and those of its own `checks.py`.

    That file is the author's, hence trusted. It defines `KINDS`, a dict from name to `Kind`.
    """
    path = folder / "checks.py"
    if not path.is_file():
        return KINDS
    spec = importlib.util.spec_from_file_location(f"grader_checks_of_{folder.name}", path)
    if spec is None or spec.loader is None:
        raise InvalidAssignment(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        own: Mapping[str, Kind] = module.KINDS
    except Exception as error:
        raise InvalidAssignment(f"{path}: {type(error).__name__}: {error}; it must define `KINDS`") from error
    return {**KINDS, **own}
