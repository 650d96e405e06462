"""All that came, by the names of its files: a folder and an archive become the same listing.

Each student's part is bounded by itself, however much is in another; what cannot be used is listed with the reason.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from grader.filesystem import files_below, names_in, own_status, read_regular, travels
from grader.submissions.archives import JUNK, Unpacked
from grader.submissions.entry import is_runnable
from grader.submissions.source import text_of

MOST_TEXT = 16 * 2**20  # of a file that an LMS writes about a class
DEEPEST_AROUND = 3  # folders around a download
NOT_SUBMITTED = frozenset({"source", "release", "autograded", "feedback", "outbound", "cache", "docs", "reports"})
WRITTEN = ("journal", "results", "feedback")  # made by every run, from its first submission on


@dataclass(frozen=True)
class Listing:
    """All that came, a folder or an archive alike: files by their paths below `base`, and the name of the download.

    `lost` says why some of them cannot be used: members that were not unpacked, and folders without files, as `anna/`.
    """

    names: tuple[str, ...]
    root: str = ""
    base: Path = Path()
    lost: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_folder(self) -> Mapping[str, tuple[str, ...]]:
        """For each folder at the top, the files below it, by their paths in it."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            top, slash, rest = name.partition("/")
            if slash:
                found[top].append(rest)
        return {top: tuple(rest) for top, rest in found.items()}

    @cached_property
    def at_the_top(self) -> tuple[str, ...]:
        """Files that are in no folder."""
        return tuple(name for name in self.names if "/" not in name)

    def read(self, name: str) -> str:
        """The text of a file that the LMS wrote; nothing if it cannot be read."""
        try:
            return text_of(read_regular(self.base / name, MOST_TEXT))
        except OSError:
            return ""

    def below(self, folder: str) -> Listing:
        """The same for one of its folders."""
        start = f"{folder}/"
        lost = {name.removeprefix(start): text for name, text in self.lost.items() if name.startswith(start)}
        inside = tuple(name.removeprefix(start) for name in self.names if name.startswith(start))
        return Listing(inside, folder.rpartition("/")[2], self.base / folder, lost)


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


def with_the_top(listing: Listing) -> tuple[Listing, list[str]]:
    """With links, pipes and folders without files at the top: nobody's disappears. And results of runs, left out."""
    with os.scandir(listing.base) as found:
        tops = sorted((one for one in found if travels(one.name)), key=lambda one: one.name)
    earlier = [one.name for one in tops if _is_earlier_run(listing, one.name)]
    there = {name.partition("/")[0] for name in listing.names} | {*earlier}
    odd = [one for one in tops if one.name not in there and not JUNK.fullmatch(one.name)]
    empty = {f"{one.name}/": _why_empty(one) for one in odd if one.is_dir()}
    names = [name for name in listing.names if name.partition("/")[0] not in earlier]
    names += [one.name for one in odd if not one.is_dir()]
    return replace(listing, names=(*names, *empty), lost={**listing.lost, **empty}), earlier


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
