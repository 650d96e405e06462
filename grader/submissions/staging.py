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
    MemberRefused,
    by_reason,
    is_zip,
    refuse_to_fill,
    safe_name,
    unpack,
)
from grader.submissions.companions import with_left_behind, with_reached
from grader.submissions.layout import EMPTY, Delivery, Listing
from grader.submissions.source_text import choose, is_runnable

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
        delivery, count = _without_lost(attempts[-1], self.listing), len(attempts) if len(attempts) > 1 else 0
        when = f" of {delivery.origin.submitted}" if delivery.origin.submitted else ""
        decisions = [f"{count} attempts; graded the latest{when}"] if count else []
        all_decisions = (*decisions, *delivery.origin.decisions)
        delivery = delivery.known(attempt=count, attempts=count, decisions=all_decisions)
        if not delivery.files:
            path = delivery.origin.place or delivery.key
            origin, entry = replace(delivery.origin, paths=(path,)), self.listing.base / path
            return Submission(name, delivery.who, entry, None, "", delivery.problem or EMPTY, origin=origin)
        return replace(self._alone(delivery) if delivery.alone else self._of_folder(delivery), id=name)

    def _alone(self, delivery: Delivery) -> Submission:
        ((path, _),) = delivery.files
        entry = self.listing.base / path
        problem = delivery.problem or problem_of(entry)
        submission = Submission(
            "", delivery.who, entry, None, "", problem, origin=replace(delivery.origin, paths=(path,))
        )
        if problem:
            return submission
        return with_reached(submission) if self.of_one else with_left_behind(submission, self.beside)

    def _of_folder(self, delivery: Delivery) -> Submission:
        """The files of one student to run, or the reason why there is none."""
        staged = self._in_a_folder(delivery)
        choice = choose(staged.folder, staged.shown)
        files, decisions = list(choice.entries), []
        if choice.others:
            names = ", ".join(f"`{file.name}`" for file in files[:3])
            decisions = [f"{counted(len(files) + len(choice.others), 'file')}; graded {names}, {choice.why}"]
        elif len(files) > 1:
            decisions = [f"{len(files)} different files; each is run, and the best counts for each exercise"]
        if more := files[MOST_ENTRIES:]:
            files, named = files[:MOST_ENTRIES], listed([f"`{file.name}`" for file in more], most=MOST_ENTRIES)
            decisions = [f"at most {MOST_ENTRIES} files of a submission are run, and not {named}"]
        problems = [problem_of(file) for file in files]
        good = [file for file, problem in zip(files, problems, strict=True) if not problem]
        entry, *others = good or files[:1] or [staged.folder]
        problem = "" if good else (problems[0] if files else _why_nothing(delivery, staged))
        paths = [staged.path_of(file) for file in (entry, *others)] if files else [_first(delivery, staged)]
        all_decisions = (*delivery.origin.decisions, *staged.decisions, *decisions)
        origin = replace(delivery.origin, paths=tuple(paths), decisions=all_decisions)
        return Submission("", delivery.who, entry, staged.folder, "", problem, others=tuple(others), origin=origin)

    def _in_a_folder(self, delivery: Delivery) -> Staged:
        """In place if a folder is what was delivered; otherwise copied."""
        as_it_is = delivery.whole or all(path.endswith(f"/{name}") for path, name in delivery.files)
        start = {path.removesuffix(name) for path, name in delivery.files} if as_it_is else set()
        if len(start) == 1 and not only_zips([name for _, name in delivery.files]):
            return Staged(self.listing.base / min(start), {name: path for path, name in delivery.files})
        return stage(self.listing, delivery.files, self._new_folder(delivery.origin.place or delivery.who))

    def _new_folder(self, name: str) -> Path:
        try:
            part = safe_name(name.replace("/", "-"))
        except MemberRefused:
            part = "submission"
        return Path(mkdtemp(dir=self.place())) / part


def grouped(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those of one student in the order of their times."""
    by_key: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        by_key[delivery.key].append(delivery)
    return [sorted(attempts, key=lambda delivery: delivery.order) for attempts in by_key.values()]


def _without_lost(delivery: Delivery, listing: Listing) -> Delivery:
    """Without what cannot be used; if there is nothing to run among the rest, that is the reason."""
    lost = [(path, listing.lost[path]) for path, _ in delivery.files if path in listing.lost]
    if not lost:
        return delivery
    files = tuple(file for file in delivery.files if file[0] not in listing.lost)
    sentences = by_reason("left out", lost)
    to_run, remaining = (
        [name for _, name in part if is_runnable(name) or only_zips([name])] for part in (delivery.files, files)
    )
    if remaining or (files and not to_run):
        return replace(delivery, files=files).known(decisions=(*delivery.origin.decisions, *sentences))
    ((path, why), *rest) = lost
    return replace(delivery, files=files, problem="; ".join(sentences[:3]) if rest or not path.endswith("/") else why)


def _first(delivery: Delivery, staged: Staged) -> str:
    """What is shown of a delivery in which nothing can be run: one of its files, if a platform made its folder."""
    place = delivery.origin.place
    return next(iter(staged.shown.values()), place) if place else delivery.key


def _why_nothing(delivery: Delivery, staged: Staged) -> str:
    if delivery.problem or not staged.shown:
        return delivery.problem or EMPTY
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
    budget, refused = MOST_BYTES, []
    for number, (path, name) in enumerate(sorted(files, key=lambda file: not file[1].lower().endswith(CODE))):
        size = regular_size(listing.base / path)
        if (size or 0) > budget or number >= MOST_FILES:
            refused.append((path, "all files of a submission together are too large"))
            continue
        try:
            place = target / safe_name(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            copy_regular(listing.base / path, place, MOST_BYTES)
        except (MemberRefused, OSError) as error:
            if isinstance(error, OSError):
                refuse_to_fill(error, target)
            refused.append((path, f"it cannot be used: {getattr(error, 'strerror', None) or error}"))
            continue
        budget -= size or 0
        staged.shown[place.relative_to(target).as_posix()] = path
    staged.decisions += by_reason("left out", refused)
    if not any(map(is_runnable, staged.shown)):
        _unpack_own_zips(staged)
    return staged


def _unpack_own_zips(staged: Staged) -> None:
    """What a student packed, within bounds for all of it; a zip in a zip stays as it is, and is named."""
    zips = [name for name in list(staged.shown) if is_zip(staged.folder / name)]
    bounds = OF_A_STUDENT.here(staged.folder)
    for number, name in enumerate(zips):
        zip_path = staged.shown[name]
        place = staged.folder if len(zips) == 1 else staged.folder / f"zip-{number + 1}"
        try:
            if number >= MOST_ZIPS or bounds.members <= 0:
                most = f"{MOST_ZIPS} zips with {OF_A_STUDENT.members:,} files"
                raise MemberRefused(f"it is not unpacked: expected at most {most} from one student")
            unpacked = unpack(staged.folder / name, place, bounds)
        except MemberRefused as error:
            staged.decisions.append(f"`{zip_path}`: {error}")
            continue
        bounds = bounds.after(unpacked)
        staged.decisions.append(f"`{zip_path}` was unpacked")
        zipped = [name for name in sorted(unpacked.files) if name.lower().endswith(".zip")]
        inner = [(name, "it is a zip in a zip, which stays as it is") for name in zipped]
        staged.decisions += by_reason(
            "left out", [(f"{zip_path}/{name}", why) for name, why in (*unpacked.refused, *inner)]
        )
        inside_folder = place.relative_to(staged.folder)
        staged.shown |= {(inside_folder / path).as_posix(): f"{zip_path}/{path}" for path in sorted(unpacked.files)}


def only_zips(names: Sequence[str]) -> bool:
    """Whether there is nothing to run but what may be in a zip."""
    return not any(map(is_runnable, names)) and any(name.lower().endswith(".zip") for name in names)
