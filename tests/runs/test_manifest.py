"""What a machine of a cluster is told about submissions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.grading.overrides import Overrides
from grader.runs.dask import FILES, manifest, submission_of
from grader.runs.folder import RunFolder
from grader.runs.options import RunOptions
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import taken, tree, zipped


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_what_was_unpacked_or_renamed_arrives_as_it_was(tmp_path: Path, as_zip: bool) -> None:
    """The key of a submission and all that an LMS said about it are the same on both sides."""
    course, options = load_course([], tutorial()), RunOptions()
    download = zipped(tmp_path / "c.zip", downloads.CANVAS) if as_zip else tree(tmp_path / "c", downloads.CANVAS)
    with taken(download) as intake:
        told, files = manifest(intake.submissions, intake.source, course, options)
        for name, path in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(path.read_bytes())
        folder = RunFolder(tmp_path / "out", intake.source, "key", Overrides())
        for one, again in zip(intake.submissions, json.loads(json.dumps(told))["submissions"], strict=True):
            back = submission_of(again, tmp_path / FILES)
            assert (back.origin, folder._key(back)) == (one.origin, folder._key(one))
            assert back.problem or back.entry.read_bytes() == one.entry.read_bytes()
