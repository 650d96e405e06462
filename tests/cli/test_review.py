"""`review`: what needs a person is shown, decided and written, case by case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.cli.review import Reviewer, cases, code_at
from grader.grading.overrides import load_overrides
from grader.reporting import grade_document
from tests.reporting.conftest import WIDE, wrong_grade
from tests.terminal import grader

GROUP = {"digest": "3f2a90c1d4be", "kind": "network", "title": "The merge is missing.", "causes": [], "network": None}


def grade(who: str, group: dict[str, Any] | None = None, status: str = "needs_review") -> dict[str, Any]:
    """A GRADE document of two checks."""
    check = {"kind": "merge", "status": "failed", "score": 0, "message": "Look at it.", "expected": "", "actual": "",
             "hint": "", "max_score": 2, "review": ""}  # fmt: skip
    return {
        "submission": {"id": who, "who": who, "path": f"{who}.py", "sha256": "abc"}, "assignment": "two_inputs",
        "title": "Two inputs", "score": 0, "max_score": 4, "status": status, "reasons": ["too close"], "notes": [],
        "execution": {"outcome": "ok", "message": "", "cell": None, "line": None, "isolation": "none"},
        "model": {"outcome": "found", "matched_by": "name", "name": "m", "cell": None, "line": 2, "reason": ""},
        "checks": [
            {**check, "id": "graph", "title": "Network"},
            {**check, "id": "merge", "title": "Merge", "review": "too close"},
        ],
        "training": None, "group": group,
    }  # fmt: skip


def walk(run: Path, grades: Sequence[dict[str, Any]], *answers: str) -> tuple[int, str]:
    """How many decisions were written, and what was printed; an empty answer is Enter."""
    left, terminal = iter(answers), Console(file=StringIO(), width=100)

    def ask(question: str, choices: Sequence[str], default: str) -> str:
        answer = next(left) or default
        assert not choices or answer in choices
        return answer

    reviewer = Reviewer(run, {"source": str(run)}, "A. Instructor", ask, terminal, tuple(grades))
    return reviewer.walk(cases(grades)), terminal.file.getvalue()  # type: ignore[attr-defined]


def test_equal_mistakes_are_one_case() -> None:
    """The largest group comes first; what needs nobody is not shown."""
    found = cases([grade("anna"), grade("ben", GROUP), grade("cleo", GROUP), grade("dan", GROUP, "graded")])
    assert [[one["submission"]["id"] for one in case.grades] for case in found] == [["ben", "cleo"], ["anna"]]


def test_a_score_for_a_whole_group_is_written_with_its_members(tmp_path: Path) -> None:
    """By default for the check in question, and for all with the same mistakes."""
    grades = [grade("ben", GROUP), grade("cleo", GROUP)]
    written, _ = walk(tmp_path, grades, "s", "", "1", "as agreed", "", "n")
    (one,) = load_overrides(tmp_path / "overrides.toml").groups
    assert (written, one.check, one.score, one.group, one.members) == (1, "merge", 1, GROUP["digest"], ["ben", "cleo"])


def test_a_grade_is_accepted_as_it_stands(tmp_path: Path) -> None:
    walk(tmp_path, [grade("anna")], "a", "looked at it")
    (one,) = load_overrides(tmp_path / "overrides.toml").overrides
    assert (one.submission, one.sha256, one.check, one.who) == ("anna", "abc", "review", "A. Instructor")


def test_a_comment_is_written_for_one_or_for_all(tmp_path: Path) -> None:
    walk(tmp_path, [grade("ben", GROUP), grade("cleo", GROUP)], "c", "Draw it.", "n", "c", "Draw it all.", "y", "q")
    one, every = load_overrides(tmp_path / "overrides.toml").comments
    assert (one.submission, one.group, every.submission, every.group) == ("ben", None, "", GROUP["digest"])


def test_without_a_reason_nothing_is_written(tmp_path: Path) -> None:
    assert walk(tmp_path, [grade("anna")], "s", "", "1", "", "q")[0] == 0
    assert not (tmp_path / "overrides.toml").exists()


def test_the_code_in_question_is_shown(tmp_path: Path) -> None:
    (tmp_path / "anna.py").write_text("a = 1\nmodel = \x1b[2J\nc = 3\n", "utf-8")
    printed = walk(tmp_path, [grade("anna")], "n")[1]
    assert "> line 2  model =" in printed
    assert "\x1b[2J" not in printed


def test_the_network_is_drawn_as_text(tmp_path: Path) -> None:
    """As the document has it, for a group that has one."""
    group = grade_document(replace(wrong_grade(), group=WIDE))["group"]
    printed = walk(tmp_path, [grade("anna", group)], "n")[1]
    assert "Dense" in printed


def test_lines_of_a_cell_are_counted_in_it(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "source": ["a\n", "b\n"]}]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    assert code_at(tmp_path / "n.ipynb", 1, 2) == [(1, "a"), (2, "b")]
    assert code_at(tmp_path / "n.ipynb", 2, 1) == code_at(tmp_path / "none.py", None, 1) == []


@pytest.mark.parametrize(("command", "words"), [("review", "not a finished run"), ("diff", "no earlier grades")])
def test_what_is_no_run_is_a_clear_message(tmp_path: Path, command: str, words: str) -> None:
    done = grader(command, tmp_path)
    assert (done.returncode, words in done.stderr) == (2, True)
