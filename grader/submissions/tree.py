"""What was handed over becomes one listing, whether it is a folder or an archive; nothing looks at the disk for names.

Each student's part is bounded by itself, however much is in another, and what cannot be used is listed with the reason.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from grader.filesystem import files_below, names_in, own_status, travels
from grader.submissions.archives import JUNK, Unpacked
from grader.submissions.entry import is_runnable
from grader.submissions.layouts.listing import Listing

DEEPEST_AROUND = 3  # folders around a download
NOT_SUBMITTED = frozenset({"source", "release", "autograded", "feedback", "outbound", "cache", "docs", "reports"})
WRITTEN = ("journal", "results", "feedback")  # made by every run, from its first submission on


def listed(folder: Path, done: Unpacked | None = None, *, of_one: bool = False) -> Listing:
    """The files in a folder, with those that were to be unpacked into it and were not."""
    found = files_below(folder) if of_one else files_of_class(folder)
    done = done or Unpacked()
    names = [path.relative_to(folder).as_posix() for path in found]
    return Listing((*names, *done.lost), folder.resolve().name, folder, done.lost)


def files_of_class(folder: Path, around: int = DEEPEST_AROUND) -> Iterator[Path]:
    """Files in and below the folders of a class, each within the bounds of one student, however much is in another.

    A folder that may be around the class is no student's.
    """
    files, folders, _ = names_in(folder)
    yield from (folder / name for names in files for name in names)
    several = len([name for name in folders if name.casefold() not in NOT_SUBMITTED]) > 1
    for name in folders:
        around_class = around and not several and name.casefold() not in NOT_SUBMITTED
        yield from files_of_class(folder / name, around - 1) if around_class else files_below(folder / name)


def with_the_top(listing: Listing) -> Listing:
    """With links, pipes and folders without files at the top: nobody's disappears. Without results of a run."""
    with os.scandir(listing.base) as found:
        tops = sorted((one for one in found if travels(one.name)), key=lambda one: one.name)
    earlier = tuple(one.name for one in tops if _is_earlier_run(listing, one.name))
    there = {name.partition("/")[0] for name in listing.names} | {*earlier}
    odd = [one for one in tops if one.name not in there and not JUNK.fullmatch(one.name)]
    empty = {f"{one.name}/": _why_empty(one) for one in odd if one.is_dir()}
    names = [name for name in listing.names if name.partition("/")[0] not in earlier]
    names += [one.name for one in odd if not one.is_dir()]
    return replace(listing, names=(*names, *empty), lost={**listing.lost, **empty}, earlier=earlier)


def _is_earlier_run(listing: Listing, folder: str) -> bool:
    """Whether a folder contains the results of a run, finished or not: its folders, and nothing that could be run.

    Its run.json proves nothing: a student can write one, and a run that was killed has none yet.
    """
    statuses = [own_status(listing.base / folder / name) for name in WRITTEN]
    whole = all(one is not None and stat.S_ISDIR(one.st_mode) for one in statuses)
    return whole and not any(map(is_runnable, listing.by_folder.get(folder, ())))


def _why_empty(folder: os.DirEntry[str]) -> str:
    """The reason why there are no files in a folder."""
    if folder.is_symlink():
        return f"`{folder.name}` is a link, and links are not followed"
    try:
        os.scandir(folder.path).close()
    except OSError as error:
        return f"the folder cannot be read: {error.strerror}"
    return "the folder is empty"
