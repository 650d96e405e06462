"""Rosters as spreadsheets export them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submissions import read_roster


@pytest.mark.parametrize(
    "text",
    ["id,mail\nanna,a@b\nbert,b@c\nanna,a@b\n", "\ufeffName;Group\nanna;1\nbert;2\n", "Who\tx\nanna\t1\n\nbert\t\n"],
    ids=["comma", "semicolon with byte order mark", "tab"],
)
def test_names_are_read_whatever_the_separator(tmp_path: Path, text: str) -> None:
    """Each name once, in order."""
    path = tmp_path / "roster.csv"
    path.write_text(text, "utf-8")
    assert read_roster(path) == ("anna", "bert")


def test_header_without_a_known_column_gets_the_near_miss(tmp_path: Path) -> None:
    """The message says which column it took for which."""
    path = tmp_path / "roster.csv"
    path.write_text("nmae,mail\nanna,a@b\n")
    with pytest.raises(UsageError, match="Did you mean `name`"):
        read_roster(path)


def test_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    """Absent, empty or in another encoding."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(UsageError, match="empty"):
        read_roster(tmp_path / "empty.csv")
    (tmp_path / "latin.csv").write_bytes("name\nJosé\n".encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8"):
        read_roster(tmp_path / "latin.csv")
