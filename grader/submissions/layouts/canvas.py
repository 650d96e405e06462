"""Canvas's "Download Submissions": `doejane_LATE_12_345_hw.ipynb`, all files of a class in one folder.

The first number is the user's id, the same as `ID` in the exported gradebook; the second is that of the file. Files of
one user belong together. With groups, the name is the group's and the id one member's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from re import Match

from grader.domain import Student
from grader.submissions.identity import natural
from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing

# The name is as short as possible: what a student's file is called cannot be taken for an id. Whoever is called `x_12`
# makes it look like user 12's; so a gradebook takes a score only if it has the same name for that id.
FILE = (
    r"(?:(?P<name>(?!LATE_|anon_)\w{1,200}?)_)?(?:(?P<late>LATE)_)?(?:anon_(?P<anon>[^_/]+)|(?P<id>\d{1,40}))_"
    r"(?:(?P<attachment>\d+)_(?P<file>[^/]+)|(?P<kind>text|link)\.html)"
)
KINDS = {"text": "text was typed into Canvas", "link": "a link was submitted to Canvas"}


def plausible(listing: Listing) -> bool:
    """Each file has a number of its own, and each user one name: dates in names of files are no such numbers."""
    found = CANVAS.matches(listing).values()
    attachments = [match["attachment"] for match in found if match["attachment"]]
    names: dict[str, set[str]] = defaultdict(set)
    for match in found:
        names[match["anon"] or match["id"]].add(match["name"] or "")
    return len(set(attachments)) == len(attachments) and all(len(each) == 1 for each in names.values())


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    """All files of one user are one delivery, under the names that they had."""
    return [_delivery(one, matches) for one, matches in found]


def _delivery(one: Delivery, matches: Sequence[Match[str]]) -> Delivery:
    uploaded = sorted((one for one in matches if one["file"]), key=lambda one: natural(one["attachment"]))
    others = [one for one in matches if not one["file"]]
    said = [f"`{one.string}` is not graded: {KINDS[one['kind']]}" for one in others]
    files: dict[str, str] = {}
    for match in uploaded:
        if other := _other_user(match):
            said.append(f"`{match.string}` could also belong to user {other}: the file name seems to begin with an id")
        name = match["file"]
        if name in files.values():
            said.append(f"`{match.string}`: a file of this name was submitted before; both are kept")
            name = f"{match['attachment']}-{name}"
        files[match.string] = name
    name, anon = matches[0]["name"] or "", matches[0]["anon"]
    return replace(
        one,
        files=tuple(files.items()),
        students=(Student("" if anon else name, one.key),),
        place="_".join(part for part in (name, f"anon_{anon}" if anon else one.key) if part),
        decisions=tuple(said) if uploaded else (),
        problem="" if uploaded else f"{KINDS[others[0]['kind']]}, and no file was submitted",
    )


def _other_user(match: Match[str]) -> str:
    """Whose it would be if the name of the student ended in a number, unless that number is too short for an id."""
    longer = re.match(r"(?P<attachment>\d{4,})_.", match["file"])
    return str(match["attachment"]) if longer else ""


CANVAS = Layout("canvas", "Canvas", FILE, "it has no user's id in its name", complete, plausible)
