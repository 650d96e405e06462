"""Moodle's "Download all submissions": `Jane Doe_123_assignsubmission_file/hw.ipynb`, as folders or flat.

The number is Moodle's id of the participant, the same as in `Identifier` of its grading worksheet. With blind marking
the name is `Participant`, with teams it is the group's and the number is the group's too; the default group has none.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.domain import Student
from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, most

# The name is as short as possible: what a student's file is called cannot be taken for somebody's name.
PLACE = re.compile(
    r"(?P<who>(?P<name>.+?)(?:_(?P<id>\d+))?)_assignsubmission_(?P<plugin>[a-z]+)(?P<rest>(?:_|/|$).*)", re.S
)
OWN_TEXT = "what was typed into Moodle's text field is not graded"


def recognises(listing: Listing) -> bool:
    tops = [*listing.by_folder, *listing.at_the_top]
    return most([top for top in tops if PLACE.fullmatch(top)], tops)


def read(listing: Listing) -> Reading:
    """Files and text of one participant are one delivery."""
    found: dict[str, list[tuple[str, re.Match[str]]]] = defaultdict(list)
    ignored = []
    for name in listing.names:
        top, _, _ = name.partition("/")
        if match := PLACE.fullmatch(top):
            found[match["who"]].append((name, match))
        else:
            ignored.append((name, "it is in no participant's folder"))
    names = {files[0][1]["name"] for files in found.values()}
    one_word = len(names) == 1 and len(found) > 1 and " " not in min(names)
    blind = names == {"Participant"} or one_word  # the word is in the language of the site
    deliveries = tuple(_delivery(who, files, blind=blind) for who, files in found.items())
    return Reading(deliveries, tuple(ignored))


def _delivery(who: str, files: list[tuple[str, re.Match[str]]], *, blind: bool) -> Delivery:
    match = files[0][1]
    uploaded = [(name, _own_name(name, one)) for name, one in files if one["plugin"] != "onlinetext"]
    typed = [name for name, one in files if one["plugin"] == "onlinetext"]
    anonymous = blind or match["name"] == "Participant"
    name = match["name"].strip()
    person = Student("" if anonymous else name, match["id"] or "")
    place = match.string[: match.end("plugin")] + ("_" if match["rest"] == "_" else "")
    return Delivery(
        key=who,
        files=tuple(uploaded),
        students=(person,) if match["id"] else (),
        place=f"{who}_assignsubmission_file" if typed and not uploaded else place,
        group="" if match["id"] else name,
        called=f"{name} {match['id']}" if anonymous else "",
        decisions=tuple(f"`{one}`: {OWN_TEXT}" for one in typed) if uploaded else (),
        problem="" if uploaded else "only text was typed into Moodle (onlinetext), and no file was submitted",
    )


def _own_name(name: str, match: re.Match[str]) -> str:
    _, slash, inside = name.partition("/")
    return inside if slash else match["rest"].lstrip("_") or name


MOODLE = Layout("moodle", "Moodle", recognises, read)
