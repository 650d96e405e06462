"""Repositories: `{assignment}-{user}/` of GitHub Classroom, `{classroom}-{assignment}-{user}/` of Classroom 50.

The folder around them says how their names begin: `hw2-submissions`, or `course-hw2_submissions_2026-10-01`. What is in
a repository, such as `result.json`, is the student's and says nothing about which student that is.
"""

from __future__ import annotations

import re

from grader.domain import Student
from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, most

AROUND = re.compile(r"(?P<start>.{1,200}?)(?:-submissions|_submissions(?:_.*)?)(?:[- ]?\(?\d{1,9}\)?)?", re.IGNORECASE)
TABLES = ("scores.csv", "roster.csv")  # of Classroom 50, next to the repositories


def recognises(listing: Listing) -> bool:
    start = _announced(listing)
    named = [name for name in listing.by_folder if start and name.startswith(start)]
    others = [name for name in listing.at_the_top if name not in TABLES]
    return most(named, [*listing.by_folder, *others])


def read(listing: Listing) -> Reading:
    start = _announced(listing) or _common(sorted(listing.by_folder))
    deliveries, ignored = [], [(name, "it is in no repository") for name in listing.at_the_top]
    for folder, inside in listing.by_folder.items():
        user = folder.removeprefix(start)
        if not folder.startswith(start) or not user:
            ignored.append((f"{folder}/", f"its name does not begin with `{start}`"))
            continue
        files = tuple((f"{folder}/{name}", name) for name in inside)
        deliveries.append(Delivery(key=user, files=files, students=(Student(id=user),), place=folder))
    return Reading(tuple(deliveries), tuple(ignored))


def _common(names: list[str]) -> str:
    """Up to the last hyphen with which all of them begin; the first and the last in order show it."""
    same = [one for one, other in zip(names[0], names[-1], strict=False)] if names else []
    length = next((at for at, letter in enumerate(same) if names[-1][at] != letter), len(same))
    return names[0][: names[0].rfind("-", 0, length) + 1] if names else ""


def _announced(listing: Listing) -> str:
    """How names begin, by the name of the folder around them."""
    match = AROUND.fullmatch(listing.root)
    return f"{match['start']}-" if match else ""


CLASSROOM = Layout("classroom", "GitHub Classroom or Classroom 50", recognises, read)
