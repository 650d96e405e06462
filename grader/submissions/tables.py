"""Tables that people give: rosters, gradebooks and worksheets, as CSV with any separator."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.filesystem import read_regular
from grader.submissions.source import MARKS_OF_UTF_16, text_of

MOST_BYTES = 64 * 2**20
DELIMITERS = (",", ";", "\t")
MARKS = (codecs.BOM_UTF8, *MARKS_OF_UTF_16)


@dataclass(frozen=True)
class Sheet:
    """Rows of a CSV, with what is needed to write it as it was."""

    path: str
    rows: tuple[list[str], ...]
    delimiter: str
    newline: str
    mark: str

    @property
    def header(self) -> list[str]:
        return [cell.strip() for cell in self.rows[0]]

    @property
    def body(self) -> list[list[str]]:
        """The rows below the header that are not blank."""
        return [row for row in self.rows[1:] if any(row)]

    def text(self, rows: Sequence[Sequence[str]]) -> str:
        out = io.StringIO()
        out.write(self.mark)
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline).writerows(rows)
        return out.getvalue()


def read_sheet(path: Path, option: str) -> Sheet:
    """The table in a file; only a line end ends a row. Raises `UsageError`, which names the option that gave it."""
    try:
        content = read_regular(path, MOST_BYTES)
        text = text_of(content, "strict")
        mark = "\ufeff" if content.startswith(MARKS) else ""
        delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
        rows = tuple(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        reason = "it is not UTF-8 text: save it as CSV UTF-8" if isinstance(error, UnicodeDecodeError) else said
        raise UsageError(f"{option} {path}: the file cannot be read ({reason}).") from None
    newline = "\r\n" if "\r\n" in text else "\n"
    return Sheet(str(path), rows, delimiter, newline, mark)
