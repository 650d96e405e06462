"""The site is built without a warning, where Sphinx is installed (`make docs` installs it)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS


@pytest.mark.long
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason="`make docs` installs what builds the site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-E",
        "-b",
        "html",
        "-d",
        str(tmp_path / "doctrees"),
    ]
    done = subprocess.run([*command, str(DOCS), str(tmp_path / "html")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "--fail-under" in (tmp_path / "html" / "reference" / "commands.html").read_text(encoding="utf-8")
