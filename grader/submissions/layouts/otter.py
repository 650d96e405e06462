"""Otter's exports: `hw2_2026_10_01T12_30_00_123456.zip`, made by each student with the notebook and its files in it.

The name is the notebook's, so it does not name the student.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.submissions.layouts.layout import Layout, Matched
from grader.submissions.layouts.listing import Delivery, Listing

EXPORT = r"(?P<key>[^/]+_(?P<day>\d{4}_\d\d_\d\d)T(?P<clock>\d\d_\d\d_\d\d)_\d{6}[^/]*)\.zip"


def complete(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    for one, (match, *_) in found:
        submitted = f"{match['day'].replace('_', '-')} {match['clock'].replace('_', ':')}"
        yield replace(one, submitted=submitted, called=one.key)


OTTER = Layout("otter", "Otter", EXPORT, "it is not an Otter export", complete)
