"""The code of a file, as the page shows it."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from grader.submissions.source import MOST_PARTS, read_source


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
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}], "nbformat": 3}
    path.write_text(json.dumps(old))
    assert cells_of(path) == [(1, "a = 1")]


@pytest.mark.parametrize(
    "content", [b"# coding: latin-1\nname = '\xe9'\n", "name = 'é'\n".encode(), "\ufeffname = 'é'\n".encode(), b"name = '\xe9'\n"]
)
def test_a_module_is_read_in_its_encoding(tmp_path: Path, content: bytes) -> None:
    """Declared, marked, usual, or that of an old editor."""
    (tmp_path / "a.py").write_bytes(content)
    ((number, text),) = cells_of(tmp_path / "a.py")
    assert number is None
    assert text.endswith("name = 'é'\n")
    assert text[0] in "n#"


@pytest.mark.parametrize(
    "encoding",
    ["rot13", "hex", "base64", "zip", "bz2", "uu", "quopri", "punycode", "idna", "utf-7", "unicode_escape", "undefined",
     "no-such", "mbcs", "utf-16", "raw_unicode_escape", "charmap", "." * 300],
)  # fmt: skip
def test_an_encoding_that_is_none_of_texts_is_passed_over(tmp_path: Path, encoding: str) -> None:
    """A codec may unpack bombs, raise whatever it likes, or take the square of the length of what it is given."""
    (tmp_path / "a.py").write_text(f"# coding: {encoding}\nname = 'é'\n" + "#é" * 200_000, "utf-8")
    started = process_time()
    assert "name = " in cells_of(tmp_path / "a.py")[0][1]
    assert process_time() - started < 5


@pytest.mark.parametrize("encoding", ["shift_jis", "gbk", "euc-kr", "big5", "koi8-r", "iso-8859-15", "Windows-1251"])
def test_an_encoding_of_texts_is_used(tmp_path: Path, encoding: str) -> None:
    text = f"# coding: {encoding}\n# " + {"shift_jis": "日本", "gbk": "中文", "euc-kr": "한국", "big5": "中文"}.get(
        encoding, "€" if encoding.startswith("iso") else "Привет"
    )
    (tmp_path / "a.py").write_bytes(text.encode(encoding))
    assert cells_of(tmp_path / "a.py") == [(None, text)]


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"[1]", b"[" * 100_000, b'{"cells": [' + b"[]," * MOST_PARTS + b"[]]}", b'"' + b"9" * 9_000_000],
)
def test_what_is_no_notebook_has_no_code(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    assert read_source(tmp_path / "a.ipynb") is None


@pytest.mark.parametrize("cells", [None, 3, [1, None, {"cell_type": "code"}, {"cell_type": "code", "source": [1, {}]}]])
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
