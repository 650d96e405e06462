"""The roster: who should submit."""

from __future__ import annotations

import csv
from pathlib import Path

from grader.domain.words import suggestion
from grader.errors import UsageError

COLUMNS = ("id", "name", "who")
DELIMITERS = (",", ";", "\t")


def read_roster(path: Path) -> tuple[str, ...]:
    """The names in the first of the columns id, name and who that the header has, each once."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"--roster {path}: the file cannot be read ({reason}).") from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    if not rows:
        raise UsageError(f"--roster {path}: the file is empty. Give a header with a column {' or '.join(COLUMNS)}.")
    header = [cell.strip().casefold() for cell in rows[0]]
    column = next((header.index(name) for name in COLUMNS if name in header), None)
    if column is None:
        near = [miss for cell in header if (miss := suggestion(cell, COLUMNS)).startswith("Did")]
        hint = near[0] if near else f"Its columns are: {', '.join(header)}."
        raise UsageError(f"--roster {path}: the header has no column {', '.join(COLUMNS)}. {hint}")
    names = [row[column].strip() for row in rows[1:] if len(row) > column]
    return tuple(dict.fromkeys(name for name in names if name))
