"""From what one student or group delivered to a submission: the files to run, or the reason why there is none.

A folder is graded where it is. What has to be unpacked, renamed or brought together is copied into a private folder,
within the bounds of one submission; `Staged.shown` says how people find a file: its path in the download, and inside of
the student's own zip. Deliveries of one student at several times are attempts, of which the latest counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from grader.domain import Submission
from grader.domain.words import counted, listed
from grader.filesystem import CODE, MOST_BYTES, MOST_FILES, copy_regular, regular_size
from grader.submissions.archives import (
    OF_A_STUDENT,
    OTHER_ARCHIVES,
    Refused,
    by_reason,
    is_zip,
    refuse_to_fill,
    safe_name,
    unpack,
)
from grader.submissions.companions import with_left_behind, with_reached
from grader.submissions.layout import EMPTY, Delivery, Listing
from grader.submissions.source import choose, is_runnable

MOST_ZIPS = 20
MOST_ENTRIES = 20  # of one student's files, each of which is run by itself


@dataclass(frozen=True)
class Desk:
    """Where deliveries of one download are taken in, each by itself; `place` makes a private folder for copies.

    `beside` are files next to those that are alone.
    """

    listing: Listing
    of_one: bool
    beside: Collection[str]
    place: Callable[[], Path]

    def submission(self, attempts: Sequence[Delivery], name: str) -> Submission:
        """What is graded of all that one student or group delivered; `name` is its id."""
        last, count = _without_lost(attempts[-1], self.listing), len(attempts) if len(attempts) > 1 else 0
        when = f" of {last.origin.submitted}" if last.origin.submitted else ""
        said = [f"{count} attempts; graded the latest{when}"] if count else []
        decisions = (*said, *last.origin.decisions)
        last = last.known(attempt=count, attempts=count, decisions=decisions)
        if not last.files:
            path = last.origin.place or last.key
            origin, entry = replace(last.origin, paths=(path,)), self.listing.base / path
            return Submission(name, last.who, entry, None, "", last.problem or EMPTY, origin=origin)
        return replace(self._alone(last) if last.alone else self._of_folder(last), id=name)

    def _alone(self, one: Delivery) -> Submission:
        ((path, _),) = one.files
        entry = self.listing.base / path
        problem = one.problem or problem_of(entry)
        submission = Submission("", one.who, entry, None, "", problem, origin=replace(one.origin, paths=(path,)))
        if problem:
            return submission
        return with_reached(submission) if self.of_one else with_left_behind(submission, self.beside)

    def _of_folder(self, one: Delivery) -> Submission:
        """The files of one student to run, or the reason why there is none."""
        staged = self._in_a_folder(one)
        choice = choose(staged.folder, staged.shown)
        files, said = list(choice.entries), []
        if choice.others:
            names = ", ".join(f"`{file.name}`" for file in files[:3])
            said = [f"{counted(len(files) + len(choice.others), 'file')}; graded {names}, {choice.why}"]
        elif len(files) > 1:
            said = [f"{len(files)} different files; each is run, and the best counts for each exercise"]
        if more := files[MOST_ENTRIES:]:
            files, named = files[:MOST_ENTRIES], listed([f"`{file.name}`" for file in more], most=MOST_ENTRIES)
            said = [f"at most {MOST_ENTRIES} files of a submission are run, and not {named}"]
        problems = [problem_of(file) for file in files]
        good = [file for file, problem in zip(files, problems, strict=True) if not problem]
        entry, *others = good or files[:1] or [staged.folder]
        problem = "" if good else (problems[0] if files else _why_nothing(one, staged))
        paths = [staged.path_of(file) for file in (entry, *others)] if files else [_first(one, staged)]
        decisions = (*one.origin.decisions, *staged.decisions, *said)
        origin = replace(one.origin, paths=tuple(paths), decisions=decisions)
        return Submission("", one.who, entry, staged.folder, "", problem, others=tuple(others), origin=origin)

    def _in_a_folder(self, one: Delivery) -> Staged:
        """In place if a folder is what was delivered; otherwise copied."""
        as_it_is = one.whole or all(path.endswith(f"/{name}") for path, name in one.files)
        start = {path.removesuffix(name) for path, name in one.files} if as_it_is else set()
        if len(start) == 1 and not only_zips([name for _, name in one.files]):
            return Staged(self.listing.base / min(start), {name: path for path, name in one.files})
        return stage(self.listing, one.files, self._new_folder(one.origin.place or one.who))

    def _new_folder(self, name: str) -> Path:
        try:
            last = safe_name(name.replace("/", "-"))
        except Refused:
            last = "submission"
        return Path(mkdtemp(dir=self.place())) / last


def grouped(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those of one student in the order of their times."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        found[one.key].append(one)
    return [sorted(each, key=lambda one: one.order) for each in found.values()]


def _without_lost(one: Delivery, listing: Listing) -> Delivery:
    """Without what cannot be used; if there is nothing to run among the rest, that is the reason."""
    lost = [(path, listing.lost[path]) for path, _ in one.files if path in listing.lost]
    if not lost:
        return one
    files = tuple(pair for pair in one.files if pair[0] not in listing.lost)
    said = by_reason("left out", lost)
    to_run, left = ([name for _, name in some if is_runnable(name) or only_zips([name])] for some in (one.files, files))
    if left or (files and not to_run):
        return replace(one, files=files).known(decisions=(*one.origin.decisions, *said))
    ((path, why), *others) = lost
    return replace(one, files=files, problem="; ".join(said[:3]) if others or not path.endswith("/") else why)


def _first(last: Delivery, staged: Staged) -> str:
    """What is shown of a delivery in which nothing can be run: one of its files, if a platform made its folder."""
    place = last.origin.place
    return next(iter(staged.shown.values()), place) if place else last.key


def _why_nothing(last: Delivery, staged: Staged) -> str:
    if last.problem or not staged.shown:
        return last.problem or EMPTY
    archives = [name for name in staged.shown if PurePosixPath(name).suffix.lower() in OTHER_ARCHIVES]
    if archives:
        return f"`{archives[0]}` cannot be unpacked: the grader opens .zip only"
    return "the folder contains no notebook (.ipynb) and no module (.py)"


def problem_of(path: Path) -> str:
    """The reason why a file cannot be run."""
    if path.is_symlink():
        return f"`{path.name}` is a link, and links are not followed"
    size = regular_size(path)
    if size is None:
        return f"`{path.name}` is not a regular file"
    if size > MOST_BYTES:
        most = f"at most {MOST_BYTES // 2**20} MB"
        return f"`{path.name}` is too large to be run: expected {most}, found {size / 2**20:,.0f} MB"
    return "" if size else f"`{path.name}` is empty"


# Copies


@dataclass
class Staged:
    """A folder of one student; `shown` has the path in the download for each path in the folder."""

    folder: Path
    shown: dict[str, str] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)

    def path_of(self, path: Path) -> str:
        """How people find one of its files."""
        name = path.relative_to(self.folder).as_posix()
        return self.shown.get(name, name)


def stage(listing: Listing, files: Sequence[tuple[str, str]], target: Path) -> Staged:
    """Copy files of a download, pairs of a path in it and a name in the folder, code first.

    Zips are unpacked if nothing else can be run.
    """
    staged = Staged(target)
    target.mkdir(parents=True)
    left, refused = MOST_BYTES, []
    for number, (path, name) in enumerate(sorted(files, key=lambda one: not one[1].lower().endswith(CODE))):
        size = regular_size(listing.base / path)
        if (size or 0) > left or number >= MOST_FILES:
            refused.append((path, "all files of a submission together are too large"))
            continue
        try:
            place = target / safe_name(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            copy_regular(listing.base / path, place, MOST_BYTES)
        except (Refused, OSError) as error:
            if isinstance(error, OSError):
                refuse_to_fill(error, target)
            refused.append((path, f"it cannot be used: {getattr(error, 'strerror', None) or error}"))
            continue
        left -= size or 0
        staged.shown[place.relative_to(target).as_posix()] = path
    staged.decisions += by_reason("left out", refused)
    if not any(map(is_runnable, staged.shown)):
        _unpack_own_zips(staged)
    return staged


def _unpack_own_zips(staged: Staged) -> None:
    """What a student packed, within bounds for all of it; a zip in a zip stays as it is, and is named."""
    zips = [name for name in list(staged.shown) if is_zip(staged.folder / name)]
    left = OF_A_STUDENT.here(staged.folder)
    for number, name in enumerate(zips):
        shown = staged.shown[name]
        place = staged.folder if len(zips) == 1 else staged.folder / f"zip-{number + 1}"
        try:
            if number >= MOST_ZIPS or left.members <= 0:
                most = f"{MOST_ZIPS} zips with {OF_A_STUDENT.members:,} files"
                raise Refused(f"it is not unpacked: expected at most {most} from one student")
            done = unpack(staged.folder / name, place, left)
        except Refused as error:
            staged.decisions.append(f"`{shown}`: {error}")
            continue
        left = left.after(done)
        staged.decisions.append(f"`{shown}` was unpacked")
        zipped = [name for name in sorted(done.files) if name.lower().endswith(".zip")]
        inner = [(name, "it is a zip in a zip, which stays as it is") for name in zipped]
        staged.decisions += by_reason("left out", [(f"{shown}/{one}", why) for one, why in (*done.refused, *inner)])
        inside_folder = place.relative_to(staged.folder)
        staged.shown |= {(inside_folder / path).as_posix(): f"{shown}/{path}" for path in sorted(done.files)}


def only_zips(names: Sequence[str]) -> bool:
    """Whether there is nothing to run but what may be in a zip."""
    return not any(map(is_runnable, names)) and any(name.lower().endswith(".zip") for name in names)
