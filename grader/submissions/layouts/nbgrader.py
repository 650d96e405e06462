"""nbgrader: `submitted/{student}/{assignment}/` after `collect`, `{student}+{assignment}+{time}` in the exchange.

Each student and assignment is a submission of its own. The folders of the exchange are attempts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.filesystem import CODE
from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing, most

STAMP = "timestamp.txt"
INBOUND = r"(?P<key>(?P<id>[^+/]+)\+(?P<work>[^+/]+))\+(?P<time>[^+/]+)(?:\+[^/]+)?/(?P<file>.+)"
COLLECTED = r"(?P<id>[^/]+)/(?P<work>[^/]+)/(?P<file>.+)"


def pattern(listing: Listing) -> str:
    return INBOUND if any(re.fullmatch(INBOUND, f"{name}/x") for name in listing.by_folder) else COLLECTED


def plausible(listing: Listing) -> bool:
    """Each folder at the top has one vote, however much is in it; one with plain files is no student's."""
    if pattern(listing) == INBOUND:
        return True
    stamped = listing.root != "submitted"
    collected = [files for files in listing.by_folder.values() if _looks_collected(files, stamped=stamped)]
    return most(collected, [*listing.by_folder, *listing.at_the_top])


def _looks_collected(files: Sequence[str], *, stamped: bool) -> bool:
    """Whether a student's folder holds nothing but folders of assignments; `stamped`, if nothing else shows it."""
    stamps = [name for name in files if name.count("/") == 1 and name.endswith(f"/{STAMP}")]
    deep = any("/" in name for name in files)
    return deep and bool(stamps or not stamped) and not any("/" not in name and name.endswith(CODE) for name in files)


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    """Of the exchange, the name of the folder says the time; else a file in it, which a student can change."""
    for one, (match, *_) in found:
        files = tuple(pair for pair in one.files if pair[1] != STAMP)
        place = f"{match['id']}/{one.work}"
        if match.re.pattern == INBOUND:
            time = re.sub(r"(\d\d)_(\d\d)_(\d\d)", r"\1:\2:\3", match["time"].strip())
            yield replace(one, key=place, files=files, place=place, submitted=time)
        else:
            stamped = len(files) < len(one.files)
            yield replace(one, files=files, submitted=_time(listing.read(f"{place}/{STAMP}")) if stamped else "")


def _time(text: str) -> str:
    """The first line, if it looks like a time: the file lies in a folder that a student fills."""
    first = text.strip().partition("\n")[0].strip()
    return first if re.fullmatch(r"[\d:.\-+ T]{8,32}( ?[A-Za-z_/+\-\d]{1,40})?", first) else ""


NBGRADER = Layout("nbgrader", "nbgrader", pattern, "it is in no student's work", complete, plausible)
