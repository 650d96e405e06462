"""Repositories: `{assignment}-{user}/` of GitHub Classroom, `{classroom}-{assignment}-{user}/` of Classroom 50.

The folder around them says how their names begin: `hw2-submissions`, or `course-hw2_submissions_2026-10-01`. What is in
a repository, such as `result.json`, is the student's and says nothing about which student that is.
"""

from __future__ import annotations

import os
import re

from grader.submissions.layouts.layout import Layout
from grader.submissions.layouts.listing import Listing

AROUND = re.compile(r"(?P<start>.{1,200}?)(?:-submissions|_submissions(?:_.*)?)(?:[- ]?\(?\d{1,9}\)?)?", re.IGNORECASE)
TABLES = frozenset({"scores.csv", "roster.csv"})  # of Classroom 50, next to the repositories


def pattern(listing: Listing) -> str:
    """Names begin as the folder around them says, or up to the last hyphen that all have."""
    common = os.path.commonprefix(list(listing.by_folder))  # noqa: RUF071 — names, not paths
    start = _announced(listing) or common[: common.rfind("-") + 1]
    return rf"{re.escape(start)}(?P<id>[^/]+)/(?P<file>.+)"


def _announced(listing: Listing) -> str:
    match = AROUND.fullmatch(listing.root)
    return f"{match['start']}-" if match else ""


def announced(listing: Listing) -> bool:
    return bool(_announced(listing))


CLASSROOM = Layout(
    "classroom", "GitHub Classroom or Classroom 50", pattern, "it is in no repository of this assignment",
    plausible=announced, own=TABLES,
)  # fmt: skip
