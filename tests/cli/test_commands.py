"""Commands, their exit codes, what stdout holds, and what is said meanwhile."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_type_hints

import jsonschema
import pytest

from grader.cli.grading import grade, parse_formats
from grader.cli.progress import TerminalProgress, beginning
from grader.errors import UsageError
from grader.reporting import CHECK_SCHEMA, FORMATS
from grader.submissions.intake import AUTO
from tests.terminal import grader

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
QUICK = ("--isolation", "none", "--jobs", 1)  # by the processes of other tests


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "no/such/file.py"], "no/such/file.py"),
        (["check", ".", "--assignment", "two_input"], "did you mean `two_inputs`"),
        (["check", ".", "--report", "pdf"], "unknown format"),
        (["check", ".", "--isolation", "strong"], "strong"),
        (["check", ".", "--seed", "-1"], "seed"),
        (["show", "nothing"], "no assignment `nothing`"),
        (["explain", "nothing"], "no note `nothing`"),
        (["schema", "nothing"], "no schema `nothing`"),
        (["review", SUBMISSIONS], "not a finished run"),
        (["diff", SUBMISSIONS], "no earlier grades"),
        (["bundle", "gradescop", "-a", "one_input", "--to", "x.zip"], "gradescope"),
        (["bundle", "gradescope", "-a", "one_inputs", "--to", "x.zip"], "one_input"),
        (["bundle", "gradescope", "-a", "one_input", "--to", "x.zip", "--wheel", "no.whl"], "no.whl"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_clear_message(arguments: list[object], words: str) -> None:
    done = grader(*arguments)
    assert done.returncode == 2, done.stderr
    assert words in one_line(done)


@pytest.mark.parametrize("command", ["check", "grade"])
def test_an_empty_folder_is_nothing_to_grade(tmp_path: Path, command: str) -> None:
    done = grader(command, tmp_path, "--isolation", "none")
    assert (done.returncode, "nothing to grade" in one_line(done)) == (4, True)


@pytest.mark.parametrize("name", ["assignment", "grade", "check", "diff"])
def test_schemas_are_json(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(grader("schema", name).stdout))


@pytest.mark.long
def test_full_marks_exit_with_zero_and_every_format_is_written(tmp_path: Path) -> None:
    """stdout is what the schema says, and nothing else."""
    formats = {*FORMATS}
    reports = [part for name in formats for part in ("--report", f"{name}={tmp_path / name}")]
    path = SUBMISSIONS / "class" / "student-02.py"
    done = grader("check", path, "--assignment", "two_inputs", "--isolation", "none", "--json", *reports)
    assert done.returncode == 0
    jsonschema.validate(json.loads(done.stdout), CHECK_SCHEMA)
    assert {path.name for path in tmp_path.iterdir()} == formats


def test_the_help_names_every_layout() -> None:
    option = get_type_hints(grade, include_extras=True)["layout"].__metadata__[0]
    assert set(re.findall(r"[a-z]+", option.help)) - {"or"} == set(AUTO)


def test_a_page_does_not_fill_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(UsageError, match="--report html=PAGE"):
        parse_formats(["html"], as_json=False)
    assert parse_formats(["html=a.html"], as_json=False) == [("html", Path("a.html"))]


@pytest.mark.long
def test_fail_under_is_for_ci(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "anna.py").write_text("print('nothing here')\n", encoding="utf-8")
    arguments = ["grade", tmp_path / "class", "--out", tmp_path / "out", "-a", "one_input", *QUICK]
    assert grader(*arguments).returncode == 0
    assert grader(*arguments, "--fail-under", "50").returncode == 1


@pytest.mark.long
def test_the_page_of_a_zip_shows_its_code(tmp_path: Path) -> None:
    """What is unpacked for the run is gone when the page is opened."""
    (work := tmp_path / "work.zip").touch()
    with zipfile.ZipFile(work, "w") as packed:
        packed.writestr("work.py", "remembered_words = 1\n")
    grader("check", work, "-a", "two_inputs", "--isolation", "none", "--report", f"html={tmp_path / 'page.html'}")
    assert "remembered_words" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_an_unchanged_file_is_not_executed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is graded from what its run left, with the same words; `--fresh` executes it."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    traces, work = tmp_path / "traces", tmp_path / "handed-in" / "work.py"  # what is beside a file would be part of it
    work.parent.mkdir()
    work.write_text(f"open({str(traces)!r}, 'a').write('x')\nprint('no network')\n")
    check = ("check", work, "-a", "one_input", "--isolation", "none")
    first, again, fresh = grader(*check), grader(*check), grader(*check, "--fresh")
    assert first.stdout == again.stdout == fresh.stdout
    assert traces.read_text() == "xx"
    assert "1 checked files remembered" in grader("cache").stdout
    assert "1 checked files removed" in grader("cache", "--clear").stdout
    assert "0 checked files remembered" in grader("cache").stdout


@pytest.mark.parametrize(
    ("done", "kept", "told"),
    [
        (0, 0, ""),
        (30, 0, "30 of 30 already done"),
        (10, 0, "10 of 30 already done, 20 to execute"),
        (0, 10, "10 to grade again from recordings, 20 to execute"),
        (10, 20, "10 of 30 already done, 20 to grade again from recordings"),
    ],
)
def test_what_an_earlier_run_left_is_told_at_the_beginning(done: int, kept: int, told: str) -> None:
    assert beginning(30, done, kept) == told


def test_lines_of_progress_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress(quiet=False) as progress:
        progress.stage("starting TensorFlow")
        progress.begin(3, 0, 0)
        progress.advance(2, "ben", 1)
        progress.advance(3, "anna", 1)
    printed = capsys.readouterr()
    first, *_, done = printed.err.splitlines()
    assert (first, done) == ("starting TensorFlow …", "3 of 3 done (last: anna), 1 to review")
    assert not printed.out
