"""What is said of a path that does not exist, and of a page that has no path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.cli.common import parse_formats
from grader.errors import UsageError
from grader.submissions import discover


@pytest.mark.parametrize(
    ("name", "told"),
    [("erors.py", " Did you mean `errors.py`?"), ("errors.pyy", " Did you mean `errors.py`?"), ("quite_another.py", "")],
)
def test_a_wrong_file_name_is_matched_with_those_that_resemble_it(tmp_path: Path, name: str, told: str) -> None:
    for one in ("errors.py", "errors.ipynb", "vocabulary.py"):
        (tmp_path / one).write_text("")
    with pytest.raises(UsageError) as error:
        discover(tmp_path / name)
    assert str(error.value) == f"{tmp_path / name}: no such file or folder.{told}"


def test_a_page_does_not_fill_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(UsageError, match="--report html=PAGE"):
        parse_formats(["html"], as_json=False)
    assert parse_formats(["html=a.html"], as_json=False) == [("html", Path("a.html"))]
