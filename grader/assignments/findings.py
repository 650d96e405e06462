"""One thing that an author may have got wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class LintFinding:
    """One thing in a file of an assignment: where it is, what is wrong with it, and what to do."""

    file: Path
    key: str
    what: str
    what_to_do: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else str(self.file)
        return f"{self.severity}: {where}: {self.what} {self.what_to_do}"
