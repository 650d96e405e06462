"""The recording of a run: both files of it, or the reason why they cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from grader.domain import Failure, Note
from grader.execution import strict_json
from grader.execution.bounded import first_problem
from grader.execution.protocol import ModelsFile, RunFile

MISSING_PACKAGE, ABSENT_PACKAGE = "missing-package", "package-absent"  # with and without consequences for the run
File = TypeVar("File", RunFile, ModelsFile)
NO_MODELS = ModelsFile(versions={}, problem="", calling="", models=(), notes=(), failures=(), function_failures={})


@dataclass(frozen=True)
class Recording:
    """Both files. `unreadable` says why one of them cannot be used."""

    run: RunFile | None
    models: ModelsFile
    unreadable: str = ""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The decisive ones first."""
        return tuple(map(_in_words, self.models.failures))

    @property
    def missing_packages(self) -> frozenset[str]:
        """What the code imported and did not find."""
        return packages_missing(self.models.notes)


def _in_words(failure: Failure) -> Failure:
    """Python explains little about a program that exits, and Jupyter little about one that waits for input."""
    said = {
        "SystemExit": "exit() or sys.exit() ends the program here, before its last line",
        "StdinNotImplementedError": "input() waits for the keyboard, and nobody types while the grader runs",
    }
    return replace(failure, message=said.get(failure.type, failure.message))


def packages_missing(notes: Iterable[Note]) -> frozenset[str]:
    return frozenset(note.detail for note in notes if note.code in (MISSING_PACKAGE, ABSENT_PACKAGE))


def read_recording(out: Path, nonce: str) -> Recording:
    """What the run with this nonce left. A file that is missing or malformed is a reason, never an exception."""
    run, problem = _read(out / "run.json", RunFile, nonce)
    models, models_problem = _read(out / "models.json", ModelsFile, nonce)
    return Recording(run, models or NO_MODELS, problem or models_problem)


def _read(path: Path, file: type[File], nonce: str) -> tuple[File | None, str]:
    # The driver makes no models.json for a file that it cannot run, and a killed one may have made neither.
    if not path.is_symlink() and (not path.exists() or path.stat().st_size == 0):
        return None, ""
    try:
        content = strict_json.load(path)
        if not isinstance(content, dict) or content.get("nonce") != nonce:
            raise strict_json.Unreadable("it is not of this run")
        return file.model_validate(content), ""
    except strict_json.Unreadable as error:
        problem = str(error)
    except ValidationError as error:
        problem = first_problem(error)
    return None, f"the recording `{path.name}` cannot be used: {problem}"
