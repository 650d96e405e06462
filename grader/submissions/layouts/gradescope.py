"""Gradescope's "Export Submissions": folders `submission_123`, and the students in `submission_metadata.yml`.

Only the file at the top of the export is read, and of it only what Gradescope itself wrote about a submission: outputs
of tests, which students choose, are further to the right than anything that is used here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.domain import Student
from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"submission_\d+")
PROPERTY = re.compile(r" {2}:(?P<key>\w+):(?: (?P<value>.*))?")
SUBMITTER = re.compile(r" {2}(?P<new>- |  ):(?P<key>name|sid|email): ?(?P<value>.*)")


@dataclass
class Entry:
    """What the metadata say about one folder."""

    submitters: list[dict[str, str]] = field(default_factory=list)
    created: str = ""


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    entries = metadata(listing.read(METADATA))
    for one, _ in found:
        entry = entries.get(one.place, Entry())
        each = [Student(of.get("name", ""), of.get("sid", ""), of.get("email", "")) for of in entry.submitters]
        unknown = () if each else (f"`{METADATA}` does not say which student `{one.place}` belongs to",)
        group = ", ".join(student.shown for student in each) if len(each) > 1 else ""
        yield replace(one, students=tuple(each), group=group, submitted=entry.created, decisions=unknown)


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


GRADESCOPE = Layout(
    "gradescope", "Gradescope", r"(?P<key>submission_\d+)/(?P<file>.+)", "it is in no submission's folder", complete,
    lambda listing: METADATA in listing.at_the_top, frozenset({METADATA}),
)  # fmt: skip
