"""nbgrader: `submitted/{student}/{assignment}/` after `collect`, each student and assignment a submission."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.filesystem import CODE
from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing, most

STAMP = "timestamp.txt"


def plausible(listing: Listing) -> bool:
    """Each folder at the top has one vote, however much is in it; one with plain files is no student's."""
    stamped = listing.root != "submitted"
    collected = [files for files in listing.by_folder.values() if _looks_collected(files, stamped=stamped)]
    return most(collected, [*listing.by_folder, *listing.at_the_top])


def _looks_collected(files: Sequence[str], *, stamped: bool) -> bool:
    """Whether a student's folder holds nothing but folders of assignments; `stamped`, if nothing else shows it."""
    stamps = [name for name in files if name.count("/") == 1 and name.endswith(f"/{STAMP}")]
    deep = any("/" in name for name in files)
    return deep and bool(stamps or not stamped) and not any("/" not in name and name.endswith(CODE) for name in files)


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    """With the time that nbgrader wrote into a file, which a student can change."""
    for one, (match, *_) in found:
        files = tuple(pair for pair in one.files if pair[1] != STAMP)
        time = _time(listing.read(f"{match['id']}/{one.work}/{STAMP}")) if len(files) < len(one.files) else ""
        yield replace(one, files=files, submitted=time)


def _time(text: str) -> str:
    """The first line, if it looks like a time: the file lies in a folder that a student fills."""
    first = text.strip().partition("\n")[0].strip()
    return first if re.fullmatch(r"[\d:.\-+ T]{8,32}( ?[A-Za-z_/+\-\d]{1,40})?", first) else ""


COLLECTED = r"(?P<id>[^/]+)/(?P<work>[^/]+)/(?P<file>.+)"
NBGRADER = Layout("nbgrader", "nbgrader", COLLECTED, "it is in no student's work", complete, plausible)
