"""A class as it was downloaded: a zip or a folder, in any layout, to submissions; and what was noticed on the way.

There is one way for all: a listing, a layout that makes deliveries of it, the attempts that count, and the files of
each to run. An LMS says which student a file belongs to, by its names and by files at the top of the download. Nothing
inside a submission does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.domain import Submission
from grader.domain.words import counted, nearest, suggestion
from grader.errors import NothingToGrade, UsageError
from grader.filesystem import CODE, entries, private_folder
from grader.submissions.archives import (
    OF_A_CLASS,
    OF_A_STUDENT,
    MemberRefused,
    by_reason,
    is_zip,
    unpack,
)
from grader.submissions.companions import look_up
from grader.submissions.identity import hashed, natural, with_ids
from grader.submissions.layout import (
    NOT_SUBMITTED,
    Listing,
    Reading,
    layout_of,
    listing_of,
    with_the_top,
)
from grader.submissions.lms_layouts import CONFIG, LAYOUTS, PLAIN, alone, as_repository, read_plain, recognised
from grader.submissions.roster import Person, join, read_roster
from grader.submissions.source_text import is_runnable
from grader.submissions.staging import Desk, grouped

AROUND = re.compile(r"submitted|(.+[ _-])?submissions([ _-].*)?|assignment_\d+_export", re.IGNORECASE | re.DOTALL)
AUTO = ("auto", *PLAIN, *LAYOUTS)


@dataclass(frozen=True)
class Reader:
    """How to read a download. `of_one` says that it is all one person's, and so one submission.

    `companions` are names of what is next to the submissions and goes along with each, `ids` those of earlier runs.
    """

    layout: str = "auto"
    pattern: str = ""
    of_one: bool = False
    companions: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Intake:
    """Submissions with what was noticed. `source` is where their files are now, for paths in reports.

    `companions` are files that go along with each submission, by their names; `ids` is for the next run.
    """

    source: Path
    submissions: tuple[Submission, ...]
    layout: str
    remarks: tuple[str, ...] = ()
    absent: tuple[Person, ...] = ()
    companions: Mapping[str, Path] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """For the report of the run, so that nothing disappears silently."""
        behind = {
            submission.id: list(submission.left_behind) for submission in self.submissions if submission.left_behind
        }
        facts = {"left_behind": behind, "layout": self.layout, "remarks": list(self.remarks)}
        return {name: value for name, value in facts.items() if value}

    def summary(self) -> str:
        """`30 submissions, 2 late, 3 with several attempts, 1 unreadable`."""
        origins = [submission.origin for submission in self.submissions]
        counts = (
            (sum(origin.late is True for origin in origins), "late"),
            (sum(origin.attempts > 1 for origin in origins), "with several attempts"),
            (sum(len(origin.students) > 1 or bool(origin.group) for origin in origins), "by groups"),
            (sum(bool(submission.problem) for submission in self.submissions), "unreadable"),
            (len(self.absent), "on the roster without a submission"),
        )
        parts = [counted(len(origins), "submission"), *(f"{count} {text}" for count, text in counts if count)]
        return ", ".join(parts) + (f"; layout: {self.layout}" if self.layout else "")


@contextmanager
def opened(path: Path, reader: Reader = Reader()) -> Iterator[Intake]:
    """The submissions of a class, or of one student; what had to be unpacked is removed at the end."""
    if reader.layout not in AUTO:
        raise UsageError(f"--layout {reader.layout}: unknown layout. {suggestion(reader.layout, AUTO)}")
    with private_folder("grader-submissions-") as place:
        yield Workshop(path, reader, place).take_in()


def discover(path: Path, *, layout: str = "auto", of_one: bool = False) -> tuple[Submission, ...]:
    """The submissions in a file or folder that is not packed; a file is one person's."""
    with opened(path, Reader(layout, of_one=of_one or path.is_file())) as intake:
        return intake.submissions


def chosen(submissions: tuple[Submission, ...], wanted: tuple[str, ...]) -> tuple[Submission, ...]:
    """All, or those that were requested by id or by name."""
    if not wanted:
        return submissions
    keys = {key.casefold() for submission in submissions for key in (submission.id, submission.who)}
    for name in wanted:
        if name.casefold() not in keys:
            near = suggestion(name, [submission.id for submission in submissions])
            raise UsageError(f"--only {name}: no submission has this id. {near}".rstrip())
    names = {name.casefold() for name in wanted}
    return tuple(
        submission for submission in submissions if names & {submission.id.casefold(), submission.who.casefold()}
    )


def enrolled(intake: Intake, roster: Path | None) -> Intake:
    """With the names and ids of a roster, and those on it who submitted nothing."""
    if roster is None:
        return intake
    submissions, absent, remarks = join(intake.submissions, read_roster(roster), roster)
    return replace(intake, submissions=submissions, absent=absent, remarks=(*intake.remarks, *remarks))


@dataclass
class Workshop:
    """One download; `place` makes a private folder."""

    path: Path
    reader: Reader
    place: Callable[[], Path]
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def packed(self) -> bool:
        return is_zip(self.path)

    @property
    def is_file(self) -> bool:
        """Whether it is nothing but one file to run."""
        return not self.packed and not self.path.is_dir()

    def take_in(self) -> Intake:
        title, listing, read = self._layout(self._listing())
        beside = set(listing.at_the_top)
        if self.is_file:
            beside = {path.name for path in entries(listing.base)}
        else:
            listing, runs = with_the_top(listing)
            self._ignore([(f"{name}/", "it contains the results of an earlier run") for name in runs])
        companions = self._companions(listing.base)
        reading = read(listing)
        self._ignore([(name, why) for name, why in reading.ignored if not self._is_companion(name)])
        beside -= {*self.reader.companions}
        groups = [
            attempts
            for attempts in grouped(reading.deliveries)
            if not attempts[0].files or not all(self._is_companion(path) for path, _ in attempts[0].files)
        ]
        if not groups:
            raise self._nothing()
        groups.sort(key=lambda attempts: (natural(attempts[-1].who), attempts[-1].place))
        places = [attempts[-1].place for attempts in groups]
        names = with_ids(places, [attempts[-1].name for attempts in groups], self.reader.ids)
        desk = Desk(listing, self.reader.of_one, beside, self.place)
        submissions = tuple(
            hashed(desk.submission(attempts, name)) for attempts, name in zip(groups, names, strict=True)
        )
        ids = {**self.reader.ids, **dict(zip(places, names, strict=True))}
        return Intake(listing.base, submissions, title, tuple(self.remarks), companions=companions, ids=ids)

    def _listing(self) -> Listing:
        """All that came; of a zip, a bad member costs itself."""
        of_one = self.reader.of_one
        if self.packed:
            base = self.place() / "download" / (self.path.stem.strip(" .") or "download")
            try:
                unpacked = unpack(self.path, base, OF_A_STUDENT if of_one else OF_A_CLASS)
            except MemberRefused as error:
                advice = "Download it again, or unpack it and give the folder."
                raise UsageError(f"{self.path}: {error}. {advice}") from None
            self.remarks += by_reason("left out", unpacked.refused)
            return listing_of(base, unpacked.lost, of_one=of_one)
        if self.path.is_dir():
            return listing_of(self.path, of_one=of_one)
        if not self.path.exists():
            near = nearest(self.path.name, [path.name for path in entries(self.path.parent)])
            raise UsageError(f"{self.path}: no such file or folder." + (f" Did you mean `{near}`?" if near else ""))
        if self.path.suffix.lower() not in CODE:
            raise UsageError(f"{self.path}: this is neither a notebook (.ipynb) nor a module (.py).")
        return Listing((self.path.name,), self.path.parent.name, self.path.parent)

    def _layout(self, listing: Listing) -> tuple[str, Listing, Callable[[Listing], Reading]]:
        """The title of the layout, what it is to read, and how: at the top, or in the one folder around everything."""
        wanted = self.reader.layout
        if self.is_file:
            return "", listing, lambda listing: Reading((alone(listing, self.path.name),))
        if self.reader.of_one:
            return "", listing, lambda listing: Reading(tuple(as_repository(listing)))
        if self.reader.pattern:
            return "pattern", listing, layout_of(self.reader.pattern).read
        if wanted in PLAIN:
            return "", listing, lambda listing: read_plain(listing, wanted)
        layouts = [LAYOUTS[wanted]] if wanted in LAYOUTS else list(LAYOUTS.values())
        match = recognised(listing, layouts)
        if match is None and wanted == "auto":
            self._check_for_lone_zip(listing)
        folders = []
        while match is None and (inner := self._only_folder(listing)):
            folders.append(inner)
            listing = listing.below(inner)
            match = recognised(listing, layouts)
        if folders and not self.packed:
            self.remarks.append(f"graded `{'/'.join(folders)}`, which holds everything")
        if match or wanted in LAYOUTS:
            layout = match or LAYOUTS[wanted]
            return layout.title, listing, layout.read
        return "", listing, lambda listing: read_plain(listing, wanted)

    def _check_for_lone_zip(self, listing: Listing) -> None:
        """It may be the whole class, or one student's: the student has filled it, so a person has to say."""
        if len(listing.names) == 1 and is_zip(listing.base / listing.names[0]):
            give = f"give {self.path / listing.names[0]}" if self.path.is_dir() else "unpack it and give that zip"
            raise UsageError(
                f"{self.path} holds nothing but `{listing.names[0]}`. If that is the download of a class, "
                f"{give}; if it is one student's, use --layout files."
            )

    def _only_folder(self, listing: Listing) -> str:
        """The folder that holds the class, if the one that was given is one level too high.

        A folder of any name could be one student's, who fills it as he likes: then a person has to say what it is.
        """
        folders = [name for name in listing.by_folder if name.casefold() not in NOT_SUBMITTED]
        loose = [name for name in listing.at_the_top if name.endswith((*CODE, ".zip")) and not CONFIG.fullmatch(name)]
        if len(folders) != 1 or loose or not (listing.base / folders[0]).is_dir():
            return ""
        (inner,) = folders
        below = listing.below(inner)
        if AROUND.fullmatch(inner) or (self.packed and len(below.by_folder) + len(below.at_the_top) > 1):
            return inner
        students = [name for name, files in below.by_folder.items() if any(map(is_runnable, files))]
        work = [name for name in below.at_the_top if is_runnable(name) and not CONFIG.fullmatch(name)]
        if recognised(below) or (len(students) > 1 and not work):
            raise UsageError(
                f"{self.path} is one level too high: its only folder, `{inner}`, holds "
                f"{counted(len(below.by_folder), 'folder')}. Give {self.path / inner}; "
                f"or, if `{inner}` is one student, use --layout folders."
            )
        return ""

    def _companions(self, folder: Path) -> dict[str, Path]:
        """Raises `UsageError` if one is not there: everybody's file would fail without it."""
        companions, missing = look_up(self.reader.companions, folder)
        if missing:
            hint = suggestion(missing[0], [path.name for path in entries(folder)])
            raise UsageError(
                f"companion {missing[0]!r} is neither in the course nor next to the submissions, in {folder} "
                f"(links are not followed). Put it into one of them, or declare it no longer. {hint}".rstrip()
            )
        if companions:
            names = ", ".join(f"`{name}`" for name in self.reader.companions)
            self.remarks.append(f"copied along with each submission, and none itself: {names}")
        return companions

    def _is_companion(self, path: str) -> bool:
        return any(path == name or path.startswith(f"{name}/") for name in self.reader.companions)

    def _ignore(self, names: Sequence[tuple[str, str]]) -> None:
        self.remarks += by_reason("ignored", names)

    def _nothing(self) -> NothingToGrade:
        noticed = f" {'; '.join(self.remarks[:3])}." if self.remarks else ""
        return NothingToGrade(
            f"{self.path}: nothing to grade.{noticed} Give a notebook (.ipynb), a module (.py), a folder of them, "
            "a folder with one folder for each student, or what an LMS lets you download, as a zip or unpacked."
        )
