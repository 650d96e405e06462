"""The recording of a run as typed values; the protocol is in the docstring of `student/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.domain import Failure, Note, Output, RecordedModel


@dataclass(frozen=True)
class RunFile:
    """What the driver says, in run.json."""

    finished: bool
    needs_training: bool
    running: int | None
    cut: int | None
    problem: str
    missing: str
    kernel_exit: int | None
    failures: tuple[Failure, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class ModelsFile:
    """What the process with Keras in it says, in models.json. `settled` are failures that no cut `fit` explains."""

    models: tuple[RecordedModel, ...] = ()
    notes: tuple[Note, ...] = ()
    failures: tuple[Failure, ...] = ()
    settled: frozenset[Failure] = frozenset()
    function_failures: Mapping[str, Failure] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    calling: str = ""


@dataclass(frozen=True)
class Recording:
    """Both files. `unreadable` says why one of them cannot be believed."""

    run: RunFile | None
    models: ModelsFile
    unreadable: str = ""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """One for each failing cell: Keras's process knows the line, the driver knows of every cell."""
        told = first_of_each_cell(self.run.failures) if self.run else {}
        told |= first_of_each_cell(self.models.failures)
        return tuple(in_words(told[cell]) for cell in sorted(told, key=lambda cell: cell or 0))


def first_of_each_cell(failures: Sequence[Failure]) -> dict[int | None, Failure]:
    """What comes after it in its cell, or in the whole of a module, may follow from it."""
    return {failure.place.cell: failure for failure in reversed(failures)}


def in_words(failure: Failure) -> Failure:
    """Python says little about a program that leaves by itself, and Jupyter little about one that asks."""
    said = {
        "SystemExit": "exit() or sys.exit() ends the program here, before its last line",
        "StdinNotImplementedError": "input() waits for somebody to type, and nobody does while the grader runs",
    }
    return replace(failure, message=said.get(failure.type, failure.message))
