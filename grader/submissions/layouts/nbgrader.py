"""nbgrader: `submitted/{student}/{assignment}/` after `collect`, `{student}+{assignment}+{time}` in the exchange.

Each student and assignment is a submission of its own. The folders of the exchange are attempts.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.domain import Student
from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, in_order, most

STAMP = "timestamp.txt"
INBOUND = re.compile(r"(?P<student>[^+]+)\+(?P<work>[^+]+)\+(?P<time>[^+]+)(?:\+.+)?")


def recognises(listing: Listing) -> bool:
    if most([name for name in listing.by_folder if INBOUND.fullmatch(name)], [*listing.by_folder, *listing.at_the_top]):
        return True
    deep = _by_work(listing)
    stamped = [key for key, files in deep.items() if STAMP in files]
    code = [name for name in listing.names if name.count("/") < 2 and name.endswith((".ipynb", ".py"))]
    return bool(deep) and not code and (listing.root == "submitted" or most(stamped, list(deep)))


def read(listing: Listing) -> Reading:
    inbound = {name: match for name in listing.by_folder if (match := INBOUND.fullmatch(name))}
    if inbound:
        rest = [name for name in (*listing.by_folder, *listing.at_the_top) if name not in inbound]
        ignored = tuple((name, "it is not named student+assignment+time") for name in rest)
        return Reading(tuple(_of_exchange(listing, match) for match in inbound.values()), ignored)
    works = _by_work(listing)
    several = len({work for _, work in works}) > 1
    shallow = tuple((name, "it is in no assignment's folder") for name in listing.names if name.count("/") < 2)
    return Reading(tuple(_collected(listing, *key, files, several) for key, files in works.items()), shallow)


def _by_work(listing: Listing) -> dict[tuple[str, str], list[str]]:
    """Files by student and assignment."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in listing.names:
        if name.count("/") > 1:
            student, work, rest = name.split("/", 2)
            found[student, work].append(rest)
    return found


def _collected(listing: Listing, student: str, work: str, files: list[str], several: bool) -> Delivery:
    place = f"{student}/{work}"
    return Delivery(
        key=place if several else student,
        files=tuple((f"{place}/{name}", name) for name in files if name != STAMP),
        students=(Student(id=student),),
        place=place,
        submitted=_time(listing.read(f"{place}/{STAMP}")) if STAMP in files else "",
        work=work,
    )


def _of_exchange(listing: Listing, match: re.Match[str]) -> Delivery:
    folder = match.string
    return Delivery(
        key=f"{match['student']}/{match['work']}",
        files=tuple((f"{folder}/{name}", name) for name in listing.by_folder[folder] if name != STAMP),
        students=(Student(id=match["student"]),),
        place=f"{match['student']}/{match['work']}",
        submitted=re.sub(r"(\d\d)_(\d\d)_(\d\d)", r"\1:\2:\3", match["time"].strip()),
        work=match["work"],
        order=in_order(match["time"]),
    )


def _time(text: str) -> str:
    """The first line, if it looks like a time: the file lies in a folder that a student fills."""
    first = text.strip().partition("\n")[0].strip()
    return first if re.fullmatch(r"[\d:.\-+ T]{8,32}( ?[A-Za-z_/+\-\d]{1,40})?", first) else ""


NBGRADER = Layout("nbgrader", "nbgrader", recognises, read)
