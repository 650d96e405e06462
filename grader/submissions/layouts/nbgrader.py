"""nbgrader: `submitted/{student}/{assignment}/` after `collect`, `{student}+{assignment}+{time}` in the exchange.

Each student and assignment is a submission of its own. The folders of the exchange are attempts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from grader.domain import Student
from grader.filesystem import CODE
from grader.submissions.layouts.listing import TOO_MANY, Delivery, Layout, Listing, Reading, in_order, keys_of, most

STAMP = "timestamp.txt"
INBOUND = re.compile(r"(?P<student>[^+]+)\+(?P<work>[^+]+)\+(?P<time>[^+]+)(?:\+.+)?")


def recognises(listing: Listing) -> bool:
    """Each folder at the top has one vote, however much is in it."""
    tops = [*listing.by_folder, *listing.at_the_top]
    named = listing.root == "submitted"
    collected = [files for files in listing.by_folder.values() if _looks_collected(files, stamped=not named)]
    return most([name for name in tops if INBOUND.fullmatch(name)], tops) or most(collected, tops)


def _looks_collected(files: Sequence[str], *, stamped: bool) -> bool:
    """Whether a student's folder holds nothing but folders of assignments; `stamped`, if nothing else shows it."""
    stamps = [name for name in files if name.count("/") == 1 and name.endswith(f"/{STAMP}")]
    deep = any("/" in name for name in files)
    return deep and bool(stamps or not stamped) and not any("/" not in name and name.endswith(CODE) for name in files)


def read(listing: Listing) -> Reading:
    inbound = {name: match for name in listing.by_folder if (match := INBOUND.fullmatch(name))}
    if inbound:
        rest = [name for name in (*listing.by_folder, *listing.at_the_top) if name not in inbound]
        unnamed = tuple((name, "it is not named student+assignment+time") for name in rest)
        return Reading(tuple(_of_exchange(listing, match) for match in inbound.values()), unnamed)
    works = _by_work(listing)
    keys = keys_of(works)
    ignored = [(name, "it is in no assignment's folder") for name in listing.names if name.count("/") < 2]
    ignored += [("/".join(each), TOO_MANY) for each in works if each not in keys]
    return Reading(tuple(_collected(listing, key, *each, works[each]) for each, key in keys.items()), tuple(ignored))


def _by_work(listing: Listing) -> dict[tuple[str, str], list[str]]:
    """Files by student and assignment."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in listing.names:
        if name.count("/") > 1:
            student, work, rest = name.split("/", 2)
            found[student, work].append(rest)
    return found


def _collected(listing: Listing, key: str, student: str, work: str, files: list[str]) -> Delivery:
    place = f"{student}/{work}"
    return Delivery(
        key=key,
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
