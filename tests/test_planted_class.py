"""A class with planted mistakes, graded by the command that an instructor gives: each mistake is one group."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.planted import MISTAKES, RIGHT, write

pytestmark = [pytest.mark.long, pytest.mark.slow]


def test_each_planted_mistake_is_one_group_with_its_members(tmp_path: Path) -> None:
    """Notebooks and modules, five sets of names, and every spelling; and what is shown of it names nobody."""
    mistakes = write(tmp_path / "class", 36)
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path / "class"), "--out", str(tmp_path / "run"), "-a",
               "two_inputs", "--quiet"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    digests: dict[str, set[str]] = defaultdict(set)
    for path in (tmp_path / "run" / "results").glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        group = document["group"]
        digests[mistakes[document["submission"]["id"]]].add(group["digest"] if group else "")
    assert digests.pop(RIGHT) == {""}
    assert {name: len(found) for name, found in digests.items()} == dict.fromkeys(MISTAKES, 1)
    assert len(set.union(*digests.values())) == len(MISTAKES)
    pages = list((tmp_path / "run" / "groups").glob("*.html"))
    assert len(pages) == len(MISTAKES)
    for page in pages:
        text, who, _ = page.read_text(encoding="utf-8").partition("<h2>Who</h2>")
        assert who
        assert not [word for word in ("student-0", "anna", "berta", "Anna") if word in text]
