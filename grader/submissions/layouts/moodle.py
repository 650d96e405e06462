"""Moodle's "Download all submissions": `Jane Doe_123_assignsubmission_file/hw.ipynb`, as folders or flat.

The number is Moodle's id of the participant, the same as in `Identifier` of its grading worksheet. With blind marking
the name is `Participant`, with teams it is the group's and the number is the group's too; the default group has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from re import Match

from grader.domain import Student
from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing

# The name is as short as possible: what a student's file is called cannot be taken for somebody's name.
PLACE = (
    r"(?P<place>(?P<key>(?P<name>[^/]+?)(?:_(?P<id>\d+))?)_assignsubmission_(?P<plugin>[a-z]+)(?P<old>_(?=/))?)"
    r"(?:[_/](?P<file>.*))?"
)
OWN_TEXT = "what was typed into Moodle's text field is not graded"


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    """With blind marking, all are called by one word, in the language of the site."""
    names = {matches[0]["name"] for _, matches in found}
    blind = len(names) == 1 and len(found) > 1 and " " not in min(names)
    return [_delivery(one, matches, blind=blind) for one, matches in found]


def _delivery(one: Delivery, matches: Sequence[Match[str]], *, blind: bool) -> Delivery:
    """Files and text of one participant are one delivery."""
    typed = [match.string for match in matches if match["plugin"] == "onlinetext"]
    uploaded = tuple(pair for pair in one.files if pair[0] not in typed)
    anonymous = blind or matches[0]["name"] == "Participant"
    name, number = matches[0]["name"].strip(), matches[0]["id"] or ""
    return replace(
        one,
        files=uploaded,
        students=(Student("" if anonymous else name, number),) if number else (),
        place=matches[0]["place"] if uploaded or not typed else f"{one.key}_assignsubmission_file",
        group="" if number else name,
        called=f"{name} {number}" if anonymous else "",
        decisions=tuple(f"`{text}`: {OWN_TEXT}" for text in typed) if uploaded else (),
        problem="" if uploaded else "only text was typed into Moodle (onlinetext), and no file was submitted",
    )


MOODLE = Layout("moodle", "Moodle", PLACE, "it is in no participant's folder", complete)
