"""Otter's exports: `hw2_2026_10_01T12_30_00_123456.zip`, made by each student with the notebook and its files in it.

The name is the notebook's, so it does not name the student.
"""

from __future__ import annotations

import re

from grader.submissions.layouts.listing import Delivery, Layout, Listing, Reading, most

EXPORT = re.compile(r"(?P<notebook>.+)_(?P<day>\d{4}_\d\d_\d\d)T(?P<time>\d\d_\d\d_\d\d)_\d{6}(?P<copy>.*)\.zip")


def recognises(listing: Listing) -> bool:
    found = [name for name in listing.at_the_top if EXPORT.fullmatch(name)]
    return most(found, [*listing.at_the_top, *listing.by_folder])


def read(listing: Listing) -> Reading:
    found = {name: match for name in listing.at_the_top if (match := EXPORT.fullmatch(name))}
    rest = [name for name in (*listing.at_the_top, *listing.by_folder) if name not in found]
    ignored = tuple((name, "it is not an Otter export") for name in rest)
    return Reading(tuple(_delivery(match) for match in found.values()), ignored)


def _delivery(match: re.Match[str]) -> Delivery:
    name = match.string
    submitted = f"{match['day'].replace('_', '-')} {match['time'].replace('_', ':')}"
    key = name.removesuffix(".zip")
    return Delivery(key=key, files=((name, name),), place=name, submitted=submitted, called=key)


OTTER = Layout("otter", "Otter", recognises, read)
