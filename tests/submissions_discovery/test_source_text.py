"""The code of a file, as the page shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.submissions.source_text import MOST_PARTS, read_source


def notebook(path: Path, *cells: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({"cells": list(cells), "nbformat": 4, **more}), encoding="utf-8")
    return path


def cells_of(path: Path) -> list[tuple[int | None, str]]:
    source = read_source(path)
    assert source
    return [(cell.number, cell.text) for cell in source.cells]


def test_cells_are_counted_as_everywhere(tmp_path: Path) -> None:
    """Code cells from 1; those of text do not count, empty ones do, and are left out."""
    path = notebook(
        tmp_path / "a.ipynb",
        {"cell_type": "markdown", "source": "# title"},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "code", "source": "  \n"},
        {"cell_type": "code", "source": "z = 3"},
    )
    assert cells_of(path) == [(1, "x = 1\ny = 2"), (3, "z = 3")]


@pytest.mark.parametrize(
    "content",
    [b"# coding: latin-1\nname = '\xe9'\n", "name = 'é'\n".encode(), "\ufeffname = 'é'\n".encode(), b"name = '\xe9'\n"],
)
def test_a_module_is_read_in_its_encoding(tmp_path: Path, content: bytes) -> None:
    """Usual, marked, or that of an old editor; what it declares is not looked at, and so no codec of its choice runs."""
    (tmp_path / "a.py").write_bytes(content)
    ((number, text),) = cells_of(tmp_path / "a.py")
    assert number is None
    assert text.endswith("name = 'é'\n")
    assert text[0] in "n#"


MANY = b'{"cells": [' + b"[]," * MOST_PARTS + b"[]]}"


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[1]", b"{}", b'{"cells": 3}', b"[" * 100_000, MANY, b'"' + b"9" * 9_000_000]
)
def test_what_is_no_notebook_has_no_code(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    assert read_source(tmp_path / "a.ipynb") is None


@pytest.mark.parametrize("cells", [[], [1, None, {"cell_type": "code"}, {"cell_type": "code", "source": [1, {}]}]])
def test_odd_cells_are_passed_over(tmp_path: Path, cells: object) -> None:
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert cells_of(tmp_path / "a.ipynb") == []


def test_a_link_is_not_followed_and_a_document_is_no_code(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret = 1")
    (tmp_path / "a.py").symlink_to(tmp_path / "secret.py")
    assert read_source(tmp_path / "a.py") is None
    assert read_source(tmp_path / "none.py") is None
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    assert read_source(tmp_path / "a.pdf") is None
