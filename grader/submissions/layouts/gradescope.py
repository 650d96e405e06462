"""Gradescope's "Export Submissions": folders `submission_123`, and the students in `submission_metadata.yml`.

Only the file at the top of the export is read, and of it only what Gradescope itself wrote about a submission: outputs
of tests, which students choose, are further to the right than anything that is used here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.domain import Student
from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, most

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"submission_\d+")
PROPERTY = re.compile(r" {2}:(?P<key>\w+):(?: (?P<value>.*))?")
SUBMITTER = re.compile(r" {2}(?P<new>- |  ):(?P<key>name|sid|email): ?(?P<value>.*)")


@dataclass
class Entry:
    """What the metadata say about one folder."""

    submitters: list[dict[str, str]] = field(default_factory=list)
    created: str = ""


def recognises(listing: Listing) -> bool:
    named = [name for name in listing.by_folder if FOLDER.fullmatch(name)]
    return METADATA in listing.at_the_top and most(named, list(listing.by_folder))


def read(listing: Listing) -> Reading:
    entries = metadata(listing.read(METADATA))
    ignored = [(name, "it is next to the folders of submissions") for name in listing.at_the_top if name != METADATA]
    deliveries = []
    for folder, inside in listing.by_folder.items():
        if FOLDER.fullmatch(folder):
            deliveries.append(_delivery(folder, inside, entries.get(folder, Entry())))
        else:
            ignored.append((f"{folder}/", "it is not the folder of a submission"))
    return Reading(tuple(deliveries), tuple(ignored))


def _delivery(folder: str, inside: tuple[str, ...], entry: Entry) -> Delivery:
    students = tuple(Student(one.get("name", ""), one.get("sid", ""), one.get("email", "")) for one in entry.submitters)
    unknown = () if students else (f"`{METADATA}` does not say which student `{folder}` belongs to",)
    return Delivery(
        key=folder,
        files=tuple((f"{folder}/{name}", name) for name in inside),
        students=students,
        place=folder,
        group=", ".join(one.shown for one in students) if len(students) > 1 else "",
        submitted=entry.created,
        decisions=unknown,
    )


def metadata(text: str) -> Mapping[str, Entry]:
    """The folders in the metadata: YAML as Ruby writes it, read line by line."""
    found: dict[str, Entry] = {}
    entry, key = Entry(), ""
    for line in text.splitlines():
        if FOLDER.fullmatch(line.partition(":")[0]):
            entry, key = found.setdefault(line.partition(":")[0], Entry()), ""
        elif line[:1] not in (" ", "", "#"):
            entry, key = Entry(), ""  # something else: nothing of it belongs to the folder before
        elif match := PROPERTY.fullmatch(line):
            key = match["key"]
            if key == "created_at" and not entry.created:
                entry.created = _scalar(match["value"] or "")
        elif key == "submitters" and (match := SUBMITTER.fullmatch(line)):
            if match["new"] == "- ":
                entry.submitters.append({})
            if entry.submitters:
                entry.submitters[-1].setdefault(match["key"], _scalar(match["value"]))
    return found


def _scalar(text: str) -> str:
    """A name, a number or a time, with or without quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            escaped = re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", re.sub(r"\\U0001([0-9A-Fa-f]{4})", "?", text))
            return str(json.loads(escaped.replace(r"\e", "")))
        except ValueError:
            return text[1:-1]
    return "" if text in ("null", "~", "|-", ">-") else text


GRADESCOPE = Layout("gradescope", "Gradescope", recognises, read)
