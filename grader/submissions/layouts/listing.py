"""What a layout reads, and what it answers: names of files in, deliveries out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from grader.domain import Student
from grader.filesystem import read_regular
from grader.submissions.source import text_of

MOST_TEXT = 16 * 2**20  # of a file that an LMS writes about a class
MOST_WORKS = 20  # of one student
TOO_MANY = f"at most {MOST_WORKS} works of one student are graded"


@dataclass(frozen=True)
class Listing:
    """All that came, a folder or an archive alike: files by their paths below `base`, and the name of the download.

    `lost` says why some of them cannot be used: members that were not unpacked, and folders without files, as `anna/`.
    `earlier` are folders with the results of a run.
    """

    names: tuple[str, ...]
    root: str = ""
    base: Path = Path()
    lost: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class Delivery:
    """What somebody delivered at one time: pairs of a path in the download and a name in the student's folder.

    Deliveries of one `key` are attempts of the same student or group, and `order` sorts them. `problem` says why there
    can be nothing to run. A file that is `alone` has no folder of its own; `whole` is all of the download.
    """

    key: str
    files: tuple[tuple[str, str], ...]
    students: tuple[Student, ...] = ()
    place: str = ""
    group: str = ""
    late: bool | None = None
    submitted: str = ""
    work: str = ""
    order: tuple[object, ...] = ()
    decisions: tuple[str, ...] = ()
    problem: str = ""
    called: str = ""  # if it has no name
    alone: bool = False
    whole: bool = False

    @property
    def who(self) -> str:
        """For people: the group, or the names, or how the LMS calls it."""
        names = [student.shown for student in self.students]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return self.group or self.called or shown or self.place or self.key


@dataclass(frozen=True)
class Reading:
    """The deliveries of a download, and files that belong to nobody, each with the reason."""

    deliveries: tuple[Delivery, ...]
    ignored: tuple[tuple[str, str], ...] = ()


def most(found: Sized, of: Sized) -> bool:
    """More than half: one student's file or folder with a strange name never decides for a class."""
    return 2 * len(found) > len(of)


def keys_of(works: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A key for each student's work, `MOST_WORKS` of one student: the student, or student and work.

    Whoever hands in several works needs theirs named; if at least half of the students do, all have them named.
    """
    by_student: dict[str, dict[str, None]] = defaultdict(dict)
    for student, work in works:
        by_student[student][work] = None
    busy = {student for student, own in by_student.items() if len(own) > 1}
    named = by_student if 2 * len(busy) >= len(by_student) else busy
    return {
        (student, work): f"{student}/{work}" if student in named else student
        for student, own in by_student.items()
        for work in islice(own, MOST_WORKS)
    }
