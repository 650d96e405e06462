"""Canvas's "Download Submissions": `doejane_LATE_12_345_hw.ipynb`, all files of a class in one folder.

The first number is the user's id, the same as `ID` in the exported gradebook; the second is that of the file. Files of
one user belong together. With groups, the name is the group's and the id one member's.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.domain import Student
from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, in_order, most

# The name is as short as possible: what a student's file is called cannot be taken for an id. Whoever is called `x_12`
# makes it look like user 12's; so a gradebook takes a score only if it has the same name for that id.
FILE = re.compile(
    r"(?:(?P<name>(?!LATE_|anon_)\w{1,200}?)_)?(?:(?P<late>LATE)_)?(?:anon_(?P<anon>[^_]+)|(?P<id>\d{1,40}))_"
    r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<kind>text|link)\.html)"
)
KINDS = {"text": "text was typed into Canvas", "link": "a link was submitted to Canvas"}


def recognises(listing: Listing) -> bool:
    """Each file has a number of its own, and each user one name: dates in names of files are no such numbers."""
    found = [match for name in listing.at_the_top if (match := FILE.fullmatch(name))]
    attachments = [match["attachment"] for match in found if match["attachment"]]
    names: dict[str, set[str]] = defaultdict(set)
    for match in found:
        names[match["anon"] or match["id"]].add(match["name"] or "")
    one_to_one = len(set(attachments)) == len(attachments) and all(len(each) == 1 for each in names.values())
    return one_to_one and most(found, [*listing.at_the_top, *listing.by_folder])


def read(listing: Listing) -> Reading:
    """All files of one user are one delivery, under the names that they had."""
    found: dict[str, list[re.Match[str]]] = defaultdict(list)
    ignored = [(f"{name}/", "Canvas makes no folders") for name in listing.by_folder]
    for name in listing.at_the_top:
        if match := FILE.fullmatch(name):
            found[match["anon"] or match["id"]].append(match)
        else:
            ignored.append((name, "it has no user's id in its name"))
    return Reading(tuple(_delivery(who, matches) for who, matches in found.items()), tuple(ignored))


def _delivery(who: str, matches: list[re.Match[str]]) -> Delivery:
    first = matches[0]
    uploaded = sorted((one for one in matches if one["file"]), key=lambda one: in_order(one["attachment"]))
    others = [one for one in matches if not one["file"]]
    said = [f"`{one.string}` is not graded: {KINDS[one['kind']]}" for one in others]
    files: dict[str, str] = {}
    for one in uploaded:
        if other := _other_user(one):
            said.append(f"`{one.string}` could also belong to user {other}: the file name seems to begin with an id")
        name = str(one["file"])
        if name in files.values():
            said.append(f"`{one.string}`: a file of this name was submitted before; both are kept")
            name = f"{one['attachment']}-{name}"
        files[one.string] = name
    name = first["name"] or ""
    return Delivery(
        key=who,
        files=tuple(files.items()),
        students=(Student("" if first["anon"] else name, who),),
        place="_".join(part for part in (name, f"anon_{who}" if first["anon"] else who) if part),
        late=any(one["late"] for one in matches),
        decisions=tuple(said) if uploaded else (),
        problem="" if uploaded else f"{KINDS[others[0]['kind']]}, and no file was submitted",
    )


def _other_user(match: re.Match[str]) -> str:
    """Whose it would be if the name of the student ended in a number, unless that number is too short for an id."""
    longer = re.match(r"(?P<attachment>\d{4,})_.", match["file"])
    return str(match["attachment"]) if longer else ""


CANVAS = Layout("canvas", "Canvas", recognises, read)
