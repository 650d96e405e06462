"""What a run leaves in its folder, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.atomic import PART, lock, tidy, write
from grader.errors import UsageError
from grader.merging import merge_runs
from grader.publishing import files_of, install, journal_name, page_name


def entry(key: str, *results: str) -> dict[str, object]:
    return {"key": key, "results": list(results), "not_found": [], "settled": True}


def run_in(folder: Path, **submissions: str) -> None:
    """The folder of a finished run, in which each of these has a key."""
    for name, key in submissions.items():
        install(folder, name, {page_name(name): "page"}, entry(key))
    facts = {"schema": "grader.run/1", "started": "2026", "seconds": 1.0, "command": "grade"}
    write(folder / "run.json", json.dumps({**facts, "submissions": list(submissions)}))


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second says so, and the folder is free when the first has ended."""
    with lock(tmp_path / "out"), pytest.raises(UsageError, match="another run"), lock(tmp_path / "out"):
        pass
    with lock(tmp_path / "out"):
        pass


def test_scraps_go_and_the_files_of_others_stay(tmp_path: Path) -> None:
    """Also where the report goes into the folder of the class."""
    (tmp_path / "results").mkdir()
    (tmp_path / "anna").mkdir()
    scraps = [tmp_path / f"run.json.1.{PART}", tmp_path / "results" / f"a.json.2.{PART}"]
    kept = [tmp_path / "anna" / "weights.part", tmp_path / "anna" / f"mine.{PART}"]
    for path in (*scraps, *kept):
        path.write_text("x")
    tidy(tmp_path, ("results", "feedback"))
    assert ([path.exists() for path in scraps], [path.exists() for path in kept]) == ([False] * 2, [True] * 2)


def test_what_a_submission_no_longer_has_goes_with_its_new_results(tmp_path: Path) -> None:
    install(tmp_path, "a", {"results/a.one.json": "{}"}, entry("1", "results/a.one.json"))
    install(tmp_path, "a", {"results/a.two.json": "{}"}, entry("2", "results/a.two.json"))
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["a.two.json"]


def test_merge_takes_what_the_last_run_of_a_part_was_about(tmp_path: Path) -> None:
    """Somebody who handed in anew is in another part now, and whoever withdrew is in none."""
    run_in(tmp_path / "1", anna="old", gone="1")
    run_in(tmp_path / "1", ben="1")
    run_in(tmp_path / "2", anna="new")
    merge_runs([tmp_path / "1", tmp_path / "2"], tmp_path / "out", "merge")
    assert sorted(path.stem for path in (tmp_path / "out" / "journal").iterdir()) == ["anna", "ben"]
    assert json.loads((tmp_path / "out" / "journal" / "anna.json").read_text())["key"] == "new"
    assert json.loads((tmp_path / "out" / "run.json").read_text())["submissions"] == ["anna", "ben"]


def test_merge_refuses_overrides_that_it_would_pass_over(tmp_path: Path) -> None:
    run_in(tmp_path / "1", anna="1")
    write(tmp_path / "out" / "overrides.toml", "")
    with pytest.raises(UsageError, match="in the folders of the parts"):
        merge_runs([tmp_path / "1"], tmp_path / "out", "merge")


@pytest.mark.parametrize("name", ["results/b.json", "results/a.x/../../../b.json", "../a.json", "index.html"])
def test_an_entry_names_only_results_of_its_own(tmp_path: Path, name: str) -> None:
    """Also where it comes from another machine."""
    write(tmp_path / journal_name("a"), json.dumps(entry("1", name)))
    write(tmp_path / page_name("a"), "page")
    with pytest.raises(UsageError, match="no result of `a`"):
        files_of(tmp_path, "a")
