"""A class as it was downloaded: a zip or a folder, in any layout, to submissions; and what was noticed on the way.

An LMS says which student a file belongs to, by its names and by files at the top of the download. Nothing inside a
submission does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from grader.domain import Submission
from grader.domain.words import counted, suggestion
from grader.errors import NothingToGrade, UsageError
from grader.filesystem import entries, files_below, private_folder, read_regular
from grader.submissions import attempts
from grader.submissions.archives import (
    OF_A_CLASS,
    OF_A_STUDENT,
    OF_AN_OFFICE,
    Refused,
    by_reason,
    called_in_archive,
    is_zip,
    left_out,
    safe_name,
    unpack,
)
from grader.submissions.companions import look_up
from grader.submissions.discover import (
    DEEPEST_AROUND,
    NOT_SUBMITTED,
    files_of_class,
    find,
    nothing_to_grade,
    passed_over,
)
from grader.submissions.discover import LAYOUTS as PLAIN
from grader.submissions.entry import has_entries, is_example, is_runnable
from grader.submissions.identity import Found, by_student, identified
from grader.submissions.layouts import LAYOUTS, Delivery, Layout, Listing, Reading, recognised
from grader.submissions.layouts import pattern as patterns
from grader.submissions.roster import Person, join, read_roster
from grader.submissions.stage import Staged, stage

MOST_TEXT = 16 * 2**20  # of a file that an LMS writes about a class
AROUND = re.compile(r"submitted|inbound|(.+[ _-])?submissions([ _-].*)?|assignment_\d+_export", re.IGNORECASE)
ZIPPED = "it is a zip"
AUTO = ("auto", *PLAIN, *LAYOUTS)


@dataclass(frozen=True)
class Reader:
    """How to read a download: `attempt` is `latest`, `first` or `best`.

    `companions` are names of what is next to the submissions and goes along with each, `ids` those of earlier runs.
    """

    layout: str = "auto"
    pattern: str = ""
    attempt: str = "latest"
    of_one: bool = False
    companions: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Intake:
    """Submissions with what was noticed. `source` is where their files are now, for paths in reports.

    `companions` are the files that go along with each, by their names; `ids` is for the next run.
    """

    source: Path
    submissions: tuple[Submission, ...]
    layout: str
    remarks: tuple[str, ...] = ()
    skipped: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[Person, ...] = ()
    companions: Mapping[str, Path] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """For the report of the run, so that nothing disappears silently."""
        remarks = {"remarks": list(self.remarks)} if self.remarks else {}
        return {**self.skipped, **({"layout": self.layout} if self.layout else {}), **remarks}

    def summary(self) -> str:
        """`30 submissions, 2 late, 3 with several attempts, 1 unreadable`."""
        origins = [one.origin for one in self.submissions]
        counts = (
            (sum(origin.late is True for origin in origins), "late"),
            (sum(origin.attempts > 1 for origin in origins), "with several attempts"),
            (sum(len(origin.students) > 1 or bool(origin.group) for origin in origins), "by groups"),
            (sum(bool(one.problem) for one in self.submissions), "unreadable"),
            (len(self.absent), "on the roster without a submission"),
        )
        parts = [counted(len(origins), "submission"), *(f"{count} {what}" for count, what in counts if count)]
        return ", ".join(parts) + (f"; layout: {self.layout}" if self.layout else "")


@contextmanager
def opened(path: Path, reader: Reader = Reader()) -> Iterator[Intake]:
    """The submissions of a class, or of one student; what had to be unpacked is removed at the end."""
    if reader.layout not in AUTO:
        raise UsageError(f"--layout {reader.layout}: unknown layout. {suggestion(reader.layout, AUTO)}")
    if reader.attempt not in attempts.RULES:
        raise UsageError(f"--attempt {reader.attempt}: unknown rule. {suggestion(reader.attempt, attempts.RULES)}")
    with private_folder("grader-submissions-") as place:
        yield Workshop(path, reader, place).take_in()


def enrolled(intake: Intake, roster: Path | None) -> Intake:
    """With the names and ids of a roster, and those on it who submitted nothing."""
    if roster is None:
        return intake
    joined = join(intake.submissions, read_roster(roster), roster)
    remarks = (*intake.remarks, *joined.remarks)
    return replace(intake, submissions=joined.submissions, absent=joined.absent, remarks=remarks)


@dataclass
class Workshop:
    """One download: `place` makes a private folder, `base` is where its files are, `names` those in its archive.

    `lost` are members that were not unpacked, by their paths below `base`.
    """

    path: Path
    reader: Reader
    place: Callable[[], Path]
    base: Path = Path()
    names: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    staged: int = 0
    companions: dict[str, Path] = field(default_factory=dict)

    def take_in(self) -> Intake:
        self.base = self.path
        zipped = is_zip(self.path)
        if zipped:
            self._unpack()
        elif not self.path.is_dir():
            self._look_up_companions(self.path.parent)
            return self._intake(find(self.path, of_one=self.reader.of_one), "")
        listing = self._listing(self.base)
        if self.reader.of_one:
            return self._plain(listing)
        if self.reader.pattern:
            self._look_up_companions(self.base)
            reading = patterns.read(patterns.compiled(self.reader.pattern), listing)
            return self._of_layout("pattern", reading)
        if self.reader.layout == "auto" and recognised(listing) is None:
            self._check_for_lone_zip(listing)
        layout, listing = self._layout(listing, zipped=zipped)
        self._look_up_companions(self.base)
        return self._of_layout(layout.title, layout.read(listing)) if layout else self._plain(listing)

    def _look_up_companions(self, folder: Path) -> None:
        """Raises `UsageError` if one is not there: everybody's file would fail without it."""
        if self.reader.of_one:
            return
        self.companions, missing = look_up(self.reader.companions, folder)
        if missing:
            hint = suggestion(missing[0], [one.name for one in entries(folder)])
            raise UsageError(
                f"companion {missing[0]!r} is neither in the course nor next to the submissions, in {folder}. "
                f"Put it into one of them, or declare it no longer. {hint}".rstrip()
            )
        if self.companions:
            names = ", ".join(f"`{name}`" for name in self.reader.companions)
            self.remarks.append(f"copied along with each submission, and none itself: {names}")

    def _unpack(self) -> None:
        """The whole download; a bad member costs itself."""
        stem = self.path.stem.strip(" .") or "download"
        self.base = self.place() / "download" / stem
        self.base.mkdir(parents=True)
        try:
            done = unpack(self.path, self.base, OF_A_STUDENT if self.reader.of_one else OF_A_CLASS)
        except Refused as error:
            raise UsageError(f"{self.path}: {error}. Download it again, or unpack it and give the folder.") from None
        self.names, self.lost = done.names, done.lost
        self.remarks += left_out(done.refused)

    def _listing(self, folder: Path) -> Listing:
        found = [path.relative_to(folder).as_posix() for path in files_of_class(folder)]
        locks = [name for name in found if name.rpartition("/")[2].startswith(OF_AN_OFFICE)]
        self._ignore([(name, "an office program made it while a document was open") for name in locks])
        return Listing((*found, *self.lost), folder.resolve().name, lambda name: read_text(folder / name))

    def _check_for_lone_zip(self, listing: Listing) -> None:
        """It may be the whole class, or one student's: the student has filled it, so a person has to say."""
        if len(listing.names) == 1 and is_zip(self.base / listing.names[0]):
            give = f"give {self.path / listing.names[0]}" if self.path.is_dir() else "unpack it and give that zip"
            raise UsageError(
                f"{self.path} holds nothing but `{listing.names[0]}`. If that is the download of a class, "
                f"{give}; if it is one student's, use --layout files."
            )

    def _layout(self, listing: Listing, *, zipped: bool) -> tuple[Layout | None, Listing]:
        """The layout, at the top or in the one folder that is around everything."""
        wanted = self.reader.layout
        for _ in range(DEEPEST_AROUND):
            found = LAYOUTS[wanted] if wanted in LAYOUTS and LAYOUTS[wanted].recognises(listing) else None
            found = found or (recognised(listing) if wanted == "auto" else None)
            inner = "" if found or wanted in PLAIN else self._only_folder(listing, zipped=zipped)
            if not inner:
                return found or LAYOUTS.get(wanted), listing
            listing = listing.below(inner)
            self.names, self.lost = _below(self.names, inner), _below(self.lost, inner)
            self.base /= inner
            if not zipped:
                self.remarks.append(f"graded `{inner}`, one folder down")
        return None, listing

    def _only_folder(self, listing: Listing, *, zipped: bool) -> str:
        """The folder that holds the class, if the one that was given is one level too high.

        A folder of any name could be one student's, who fills it as he likes: then a person has to say what it is.
        """
        folders = [name for name in listing.by_folder if name.casefold() not in NOT_SUBMITTED]
        loose = [one for one in listing.at_the_top if one.endswith((".ipynb", ".py", ".zip")) and not _is_config(one)]
        if len(folders) != 1 or loose:
            return ""
        (inner,) = folders
        below = listing.below(inner)
        if AROUND.fullmatch(inner) or (zipped and len(below.by_folder) + len(below.at_the_top) > 1):
            return inner if zipped or AROUND.fullmatch(inner) else ""
        students = [name for name in below.by_folder if has_entries(self.base / inner / name)]
        work = [name for name in below.at_the_top if _is_code(name) and not _is_config(name)]
        if recognised(below) or (len(students) > 1 and not work):
            raise UsageError(
                f"{self.path} is one level too high: its only folder, `{inner}`, holds "
                f"{counted(len(below.by_folder), 'folder')}. Give {self.path / inner}; "
                f"or, if `{inner}` is one student, use --layout folders."
            )
        return ""

    def _of_layout(self, title: str, reading: Reading) -> Intake:
        """Deliveries of a layout; several of one key are attempts."""
        self._ignore(reading.ignored)
        found: list[Found] = []
        for each in attempts.grouped(reading.deliveries):
            found += self._delivered(each, title)
        if not found:
            raise nothing_to_grade(self.path)
        return self._intake(found, title)

    def _delivered(self, each: Sequence[Delivery], title: str) -> list[Found]:
        chosen = attempts.chosen([self._without_lost(one) for one in each], self.reader.attempt)
        staged = self._together(chosen.deliveries)
        delivery = chosen.deliveries[-1]
        origin = replace(attempts.origin(delivery, title), attempt=chosen.attempt, attempts=len(each))
        decisions = (*chosen.decisions, *delivery.decisions)
        place = f"{title}: {delivery.key}"
        return attempts.to_run(staged, origin, decisions, delivery, self.reader.attempt, place)

    def _without_lost(self, one: Delivery) -> Delivery:
        """Without members that were not unpacked; if nothing else was delivered, that is the reason to run nothing."""
        lost = [f"`{path}` is left out: {self.lost[path]}" for path, _ in one.files if path in self.lost]
        files = tuple(pair for pair in one.files if pair[0] not in self.lost)
        if not lost or files:
            return replace(one, files=files, decisions=(*one.decisions, *lost))
        return replace(one, files=(), problem=one.problem or "; ".join(lost[:3]))

    def _together(self, deliveries: Sequence[Delivery]) -> Staged:
        """In place if a folder is what was delivered; otherwise copied, each attempt into a folder of its own."""
        files = list(deliveries[0].files)
        start = {path.removesuffix(name) for path, name in files if path.endswith(f"/{name}")}
        in_place = len(deliveries) == 1 and len(start) == 1 and all(path.endswith(f"/{name}") for path, name in files)
        if in_place and not self._only_zips([name for _, name in files]):
            (inner,) = start
            shown = {name: self.names.get(path, path) for path, name in files}
            return Staged(self.base / inner, shown)
        if len(deliveries) > 1:
            files = [(p, f"attempt-{n}/{name}") for n, one in enumerate(deliveries, 1) for p, name in one.files]
        return stage(self.base, files, self._new_folder(deliveries[-1].place), self.names)

    def _only_zips(self, names: Sequence[str]) -> bool:
        return not any(map(_is_code, names)) and any(name.lower().endswith(".zip") for name in names)

    def _new_folder(self, name: str) -> Path:
        self.staged += 1
        try:
            last = safe_name(name.replace("/", "-"))
        except Refused:
            last = "submission"
        return self.place() / "staged" / str(self.staged) / last

    def _plain(self, listing: Listing) -> Intake:
        """A folder that no platform made; zips in it, and examples next to it, are dealt with here."""
        decisions: Sequence[str] = ()
        names = [name for name in listing.names if name not in self.lost]
        if self.reader.of_one and self._only_zips(names):
            staged = self._together([Delivery(listing.root, tuple((name, name) for name in names))])
            self.base, self.names, decisions = staged.folder, staged.shown, staged.decisions
        found = self._find(listing)
        found = [replace(one, who=self._who(one)) for one in found]
        settled = [one for group in by_student(found) for one in self._settle(group)]
        return self._intake(self._without_examples(settled), "", decisions)

    def _find(self, listing: Listing) -> list[Found]:
        zips = [name for name in listing.at_the_top if is_zip(self.base / name)]
        if not self.reader.of_one and zips and set(zips) | set(self.lost) >= set(listing.names):
            return [*(Found(Path(name).stem, self.base / name, None, ZIPPED) for name in zips), *self._lost_files()]
        layout = self.reader.layout if self.reader.layout in PLAIN else "auto"
        lost = self._lost_files()
        try:
            declared = () if self.reader.of_one else [self.base / name for name in self.reader.companions]
            return [*find(self.base, layout=layout, of_one=self.reader.of_one, companions=declared), *lost]
        except NothingToGrade:
            if lost:
                return lost
            if self.remarks:
                raise NothingToGrade(f"{self.path}: nothing to grade. {'; '.join(self.remarks[:3])}.") from None
            raise nothing_to_grade(self.path) from None  # not where it was unpacked

    def _lost_files(self) -> list[Found]:
        """Members at the top of a class that somebody submitted, and that were not unpacked."""
        lost = {self.base / name: why for name, why in self.lost.items() if "/" not in name}
        return [
            Found(path.stem, path, None, f"`{path.name}` is left out: {why}")
            for path, why in lost.items()
            if not self.reader.of_one and (is_runnable(path) or path.suffix.lower() == ".zip")
        ]

    def _why_lost(self, found: Found) -> str:
        """Why a folder is empty whose members were not unpacked."""
        if not found.problem or found.entry != found.folder or found.entry == self.base:
            return ""
        return "; ".join(self._lost_below.get(found.entry.relative_to(self.base).as_posix(), ()))

    @cached_property
    def _lost_below(self) -> Mapping[str, list[str]]:
        """For each folder, the first of what was not unpacked into it."""
        below: dict[str, list[str]] = defaultdict(list)
        for name, why in self.lost.items():
            for folder in PurePosixPath(name).parents:
                if len(first := below[folder.as_posix()]) < 3:
                    first.append(f"`{PurePosixPath(name).relative_to(folder)}` is left out: {why}")
        return below

    def _settle(self, group: Sequence[Found]) -> list[Found]:
        """One student's folder, or one file; if there is nothing to run but a zip, what is in the zip."""
        first = group[0]
        if zips := _zips_instead_of(first):
            files = [(path.relative_to(self.base).as_posix(), path.name) for path in zips]
            staged = stage(self.base, files, self._new_folder(first.who), self.names)
        elif first.folder is not None and first.files is None and not first.problem and not self.reader.of_one:
            staged = Staged(first.folder, self._shown_below(first.folder), choice=first.choice)
        else:
            problem = self._why_lost(first) or first.problem
            group = [replace(first, problem=problem), *group[1:]]
            return [
                replace(one, place=self._place_of(one), origin=replace(one.origin, paths=(self._shown(one.entry),)))
                for one in group
            ]
        delivery = Delivery(first.who, tuple((shown, name) for name, shown in staged.shown.items()))
        return attempts.to_run(staged, first.origin, (), delivery, self.reader.attempt, self._place_of(first))

    def _place_of(self, found: Found) -> str:
        path = found.folder if found.folder and found.files is None else found.entry
        name = path.relative_to(self.base).as_posix() if path.is_relative_to(self.base) else path.name
        return self._written.get(name, name)

    def _who(self, found: Found) -> str:
        """As the archive calls the folder or the file, whatever its name is on our disk."""
        written = PurePosixPath(self._written.get((found.folder or found.entry).relative_to(self.base).as_posix(), ""))
        return (written.name if found.folder else written.stem) or found.who

    @cached_property
    def _written(self) -> dict[str, str]:
        return called_in_archive(self.names)

    def _shown_below(self, folder: Path) -> dict[str, str]:
        return {path.relative_to(folder).as_posix(): self._shown(path) for path in files_below(folder)}

    def _shown(self, path: Path) -> str:
        name = path.relative_to(self.base).as_posix() if path.is_relative_to(self.base) else path.name
        return self.names.get(name, name)

    def _without_examples(self, found: list[Found]) -> list[Found]:
        """Files of the course among those of a class, such as `starter.ipynb`."""
        if self.reader.of_one or self.reader.layout != "auto":
            return found
        loose = [one for one in found if one.entry.parent == self.base]
        examples = [one for one in loose if is_example(one.entry.stem) or _is_config(one.entry.name)]
        rest = [one for one in found if one not in examples]
        if not examples or len(rest) < 2:
            return found
        why = "it looks like a file of the course, and its name contains no student's; `--layout files` grades it too"
        self._ignore([(one.entry.name, why) for one in examples])
        return rest

    def _ignore(self, names: Sequence[tuple[str, str]]) -> None:
        self.remarks += [f"ignored {shown}: {why}" for shown, _, why in by_reason(names)]

    def _intake(self, found: Sequence[Found], title: str, decisions: Sequence[str] = ()) -> Intake:
        named = identified(found, self.reader.ids)
        self.remarks += named.remarks
        submissions = named.submissions
        if decisions:
            submissions = tuple(
                replace(one, origin=replace(one.origin, decisions=(*decisions, *one.origin.decisions)))
                for one in submissions
            )
        source = self.base if self.base.is_dir() else self.base.parent
        skipped = passed_over(self.base, submissions)
        return Intake(
            source, submissions, title, tuple(self.remarks), skipped, companions=self.companions, ids=named.ids
        )


def _zips_instead_of(found: Found) -> list[Path]:
    """Zips of a student who submitted nothing else that could be run."""
    if found.problem and found.entry == found.folder:
        return [path for path in files_below(found.folder) if is_zip(path)]
    return [found.entry] if is_zip(found.entry) else []


def _below(names: Mapping[str, str], folder: str) -> dict[str, str]:
    """What is in a folder, by its paths there."""
    start = f"{folder}/"
    return {name.removeprefix(start): text for name, text in names.items() if name.startswith(start)}


def _is_code(name: str) -> bool:
    return is_runnable(Path(name))


def _is_config(name: str) -> bool:
    """Of nbgrader, of a test run."""
    return re.fullmatch(r"(nbgrader|jupyter)_\w*config\.py|conftest\.py|setup\.py", name) is not None


def read_text(path: Path) -> str:
    """A file that an LMS wrote; nothing if it cannot be read."""
    try:
        return read_regular(path, MOST_TEXT).decode("utf-8-sig", "replace")
    except OSError:
        return ""
