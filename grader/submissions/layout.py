"""All that came, by the names of its files, and how a platform packs a class: what came to deliveries.

A folder and an archive become the same listing, in which each student's part is bounded by itself, however much is in
another; what cannot be used is listed with the reason.

A layout is a pattern of paths with named groups, and a few lines for the rest. The groups are fields of a delivery:
`name`, `id`, `email`, `group`, `attempt`, `late`, `time`, `work` and `file`, which is the name in the student's folder.
Files of one `key`, or else of one student, are one delivery. No layout opens a submission. `--pattern` is a layout that
is typed: `{name}_{id}/{file}`, or a regular expression with named groups.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from re import Match
from typing import Any

from grader.domain import Origin, Student
from grader.domain.words import listed
from grader.errors import UsageError
from grader.filesystem import files_below, names_in, read_regular, travels
from grader.submissions.archives import JUNK
from grader.submissions.identity import natural, slug
from grader.submissions.source_text import is_runnable, text_of

MOST_TEXT = 16 * 2**20  # of a file that an LMS writes about a class
NOT_SUBMITTED = frozenset({"source", "release", "autograded", "feedback", "outbound", "cache", "docs", "reports"})
EMPTY = "the folder is empty"
WRITTEN = ("journal", "results", "feedback")  # made by every run, from its first submission on
IDENTITY = ("key", "anon", "id", "email", "group", "name")
FIELDS = ("name", "id", "email", "group", "attempt", "late", "time", "work", "file")
OF_A_FIELD = {"file": ".+", "late": "(?i:late)?"}  # of any other, as little as possible within a folder
MOST_WORKS = 20  # of one student
TOO_MANY = f"at most {MOST_WORKS} works of one student are graded"


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
        folders: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            top, slash, rest = name.partition("/")
            if slash:
                folders[top].append(rest)
        return {top: tuple(rest) for top, rest in folders.items()}

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
        """What is in one of its folders, listed as a class."""
        start = f"{folder}/"
        lost = {name.removeprefix(start): text for name, text in self.lost.items() if name.startswith(start)}
        return listing_of(self.base / folder, lost)


def listing_of(folder: Path, lost: Mapping[str, str] | None = None, *, of_one: bool = False) -> Listing:
    """The files in a folder, with those that are `lost`: they were to be unpacked into it, and were not.

    In a class, each folder at the top is within the bounds of one student, however much is in another.
    """
    files, folders, _ = names_in(folder)
    loose = (folder / name for names in files for name in names)
    inside = (path for name in folders for path in files_below(folder / name))
    paths = files_below(folder) if of_one else chain(loose, inside)
    names = [path.relative_to(folder).as_posix() for path in paths]
    return Listing((*names, *(lost or ())), folder.resolve().name, folder, lost or {})


def with_the_top(listing: Listing) -> tuple[Listing, list[str]]:
    """With links, pipes and folders without files at the top: nobody's disappears. And results of runs, left out."""
    with os.scandir(listing.base) as scan:
        tops = sorted((entry for entry in scan if travels(entry.name)), key=lambda entry: entry.name)
    runs = [entry.name for entry in tops if _is_earlier_run(listing, entry.name)]
    top_names = {name.partition("/")[0] for name in listing.names} | {*runs}
    odd = [entry for entry in tops if entry.name not in top_names and not JUNK.fullmatch(entry.name)]
    folders = [entry for entry in odd if os.path.isdir(entry.path)]  # a link that leads to itself is none
    empty = {f"{entry.name}/": _why_empty(entry) for entry in folders}
    names = [name for name in listing.names if name.partition("/")[0] not in runs]
    names += [entry.name for entry in odd if entry not in folders]
    return replace(listing, names=(*names, *empty), lost={**listing.lost, **empty}), runs


def _is_earlier_run(listing: Listing, folder: str) -> bool:
    """Whether a folder contains the results of a run, finished or not: its folders, and nothing that could be run.

    Its run.json proves nothing: a student can write one, and a run that was killed has none yet.
    """
    places = [listing.base / folder / name for name in WRITTEN]
    whole = all(os.path.isdir(place) and not os.path.islink(place) for place in places)
    return whole and not any(map(is_runnable, listing.by_folder.get(folder, ())))


def _why_empty(folder: os.DirEntry[str]) -> str:
    """The reason why there are no files in a folder."""
    if folder.is_symlink():
        return f"`{folder.name}` is a link, and links are not followed"
    try:
        with os.scandir(folder.path) as scan:
            passed_over = any(True for _ in scan)
    except OSError as error:
        return f"the folder cannot be read: {error.strerror}"
    return "the folder contains no file, apart from hidden ones, links and pipes" if passed_over else EMPTY


@dataclass(frozen=True)
class Delivery:
    """What somebody delivered at one time: pairs of a path in the download and a name in the student's folder.

    Deliveries of one `key` are attempts of the same student or group, and `order` sorts them. `problem` says why there
    can be nothing to run. A file that is `alone` has no folder of its own; `whole` is all of the download. `matches`
    are those of a layout's pattern.
    """

    key: str
    files: tuple[tuple[str, str], ...]
    origin: Origin = field(default_factory=Origin)
    order: tuple[object, ...] = ()
    problem: str = ""
    called: str = ""  # if it has no name
    alone: bool = False
    whole: bool = False
    matches: tuple[Match[str], ...] = ()

    @property
    def who(self) -> str:
        """For people: the group, or the names, or how the LMS calls it."""
        names = [student.shown for student in self.origin.students]
        text = ", ".join(names) if len(names) <= 3 else listed(names, most=3)
        return self.origin.group or self.called or text or self.origin.place or self.key

    @property
    def place(self) -> str:
        """What identifies the student or group in the folder of a report, from run to run."""
        return f"{self.origin.layout}: {self.key}" if self.origin.layout else self.key

    @property
    def name(self) -> str:
        """What an id is made of."""
        if not self.origin.layout:
            return self.who
        return self.key if slug(self.who) in slug(self.key) else f"{self.who} {self.key}"

    def known(self, **facts: Any) -> Delivery:
        """With what a platform says about where it comes from."""
        return replace(self, origin=replace(self.origin, **facts))


@dataclass(frozen=True)
class Reading:
    """The deliveries of a download, and files that belong to nobody, each with the reason."""

    deliveries: tuple[Delivery, ...]
    ignored: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Layout:
    """`about` is for the documentation; `complete` adds to deliveries what the pattern cannot say.

    A download is of this layout if most of what is at its top fits, and is `plausible`. Files at the top that the
    platform itself wrote, `own`, count neither way. Whatever else does not fit is ignored, with the reason `unfit`.
    """

    name: str
    title: str
    about: str
    pattern: str | Callable[[Listing], str]
    unfit: str = "it does not fit the pattern"
    complete: Callable[[Listing, Sequence[Delivery]], Iterable[Delivery]] = lambda listing, deliveries: deliveries
    plausible: Callable[[Listing], bool] = lambda listing: True
    own: frozenset[str] = frozenset()

    def matches(self, listing: Listing) -> dict[str, Match[str]]:
        pattern = re.compile(self.pattern if isinstance(self.pattern, str) else self.pattern(listing), re.DOTALL)
        return {name: match for name in listing.names if (match := pattern.fullmatch(name))}

    def recognises(self, listing: Listing) -> bool:
        """Each file and folder at the top has one vote, however much is in it."""
        tops = [top for top in (*listing.by_folder, *listing.at_the_top) if top not in self.own]
        return most({name.partition("/")[0] for name in self.matches(listing)}, tops) and self.plausible(listing)

    def read(self, listing: Listing) -> Reading:
        """Files whose whole path fits the pattern; those of one student, work and attempt are one delivery."""
        matches = self.matches(listing)
        groups: dict[tuple[str, str, str], list[Match[str]]] = defaultdict(list)
        for match in matches.values():
            fields = {name: text or "" for name, text in match.groupdict().items()}
            key = next((fields[field] for field in IDENTITY if fields.get(field)), "")
            groups[key, fields.get("work", ""), fields.get("attempt") or fields.get("time", "")].append(match)
        fitting = {name.partition("/")[0] for name in matches}
        ignored = {
            name if name.partition("/")[0] in fitting or "/" not in name else f"{name.partition('/')[0]}/": self.unfit
            for name in listing.names
            if name not in matches and name not in self.own
        }
        works: dict[str, set[str]] = defaultdict(set)
        deliveries = []
        for (who, work, attempt), group in groups.items():
            if work in works[who] or len(works[who]) < MOST_WORKS:
                works[who].add(work)
                key = f"{who}/{work}" if work else who
                deliveries.append(_delivery(key, work, attempt, group).known(layout=self.title))
            else:
                ignored[_start(group[0])] = TOO_MANY
        return Reading(tuple(self.complete(listing, deliveries)), tuple(ignored.items()))


def _delivery(key: str, work: str, attempt: str, matches: list[Match[str]]) -> Delivery:
    fields = {name: value or "" for name, value in matches[0].groupdict().items()}
    person = Student(fields.get("name", ""), fields.get("id", ""), fields.get("email", ""))
    names = {match.string: match.groupdict().get("file") or match.string.rpartition("/")[2] for match in matches}
    origin = Origin(
        place=_start(matches[0]),
        students=(person,) if person != Student() else (),
        group=fields.get("group", ""),
        late=any(match["late"] for match in matches) if "late" in fields else None,
        submitted=fields.get("time", ""),
        work=work,
    )
    return Delivery(key, tuple(names.items()), origin, natural(attempt), matches=tuple(matches))


def _start(match: Match[str]) -> str:
    """What comes before the file: how the download calls the student."""
    end = match.start("file") if match.groupdict().get("file") else len(match.string)
    return match.string[:end].rstrip("/_- ")


def most(matches: Sized, of: Sized) -> bool:
    """More than half: one student's file or folder with a strange name never decides for a class."""
    return 2 * len(matches) > len(of)


def layout_of(text: str) -> Layout:
    """A pattern as it is typed. Raises `UsageError` with what is wrong with it."""
    source = text if "(?P<" in text else _from_template(text)
    try:
        fields = re.compile(source).groupindex
    except re.error as error:
        raise UsageError(f"--pattern {text}: this is not a regular expression ({error}).") from None
    unknown = [name for name in fields if name not in FIELDS]
    if unknown or not set(IDENTITY) & set(fields):
        problem = f"`{unknown[0]}` is not a field" if unknown else "no field identifies the student"
        raise UsageError(f"--pattern {text}: {problem}. Use {{name}}_{{id}}/{{file}}; fields: {', '.join(FIELDS)}.")
    return Layout("pattern", "pattern", "", source)


def _from_template(text: str) -> str:
    """The regular expression for a template; a field that stands in it again has the same text again."""
    source = ""
    for number, part in enumerate(re.split(r"\{(\w+)\}", text)):
        again = f"(?P<{part}>" in source
        field = f"(?P={part})" if again else f"(?P<{part}>{OF_A_FIELD.get(part, '[^/]+?')})"
        source += field if number % 2 else re.escape(part)
    return source
