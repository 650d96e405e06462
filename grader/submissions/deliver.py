"""From what one student or group delivered to a submission: the files to run, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.domain import Origin, Submission
from grader.filesystem import MOST_BYTES, regular_size
from grader.submissions.archives import OTHER_ARCHIVES, left_out
from grader.submissions.attempts import EACH, Chosen, graded, to_run
from grader.submissions.companions import with_left_behind, with_reached
from grader.submissions.entry import is_runnable
from grader.submissions.identity import Found, slug
from grader.submissions.layouts.listing import Delivery, Listing
from grader.submissions.stage import Staged, only_zips, stage

EMPTY = "the folder is empty"


@dataclass(frozen=True)
class Desk:
    """Where deliveries of one download are taken in, each by itself; `new_folder` makes a private one by its name.

    `title` is that of the layout, if it is a platform's; `rule` says which attempts count. `decisions` were made about
    all of the download, and `beside` are modules next to files that are alone.
    """

    listing: Listing
    title: str
    rule: str
    of_one: bool
    decisions: Sequence[str]
    beside: Collection[str]
    new_folder: Callable[[str], Path]

    def submission(self, each: Sequence[Delivery]) -> Found:
        """What is graded of all that one student or group delivered."""
        taken, which = graded([_without_lost(one, self.listing) for one in each], self.rule)
        last = taken[-1]
        who = last.who
        origin = Origin(
            self.title, last.place, last.students, last.group, last.late, last.submitted, work=last.work,
            decisions=(*self.decisions, *which.decisions, *last.decisions),
        )  # fmt: skip
        if not self.title:
            name, place = who, last.key
        else:
            name = last.key if slug(who) in slug(last.key) else f"{who} {last.key}"
            place = f"{self.title}: {last.key}"
        if not any(one.files for one in taken):
            origin = replace(origin, paths=(last.place or last.key,))
            entry = self.listing.base / (last.place or last.key)
            return Found(Submission("", who, entry, None, "", last.problem or EMPTY, origin=origin), name, place)
        if last.alone:
            return Found(self._alone(last, origin), name, place)
        return Found(self._of_folder(self._together(taken), last, origin, which), name, place)

    def _alone(self, one: Delivery, origin: Origin) -> Submission:
        ((path, _),) = one.files
        entry = self.listing.base / path
        problem = one.problem or problem_of(entry)
        submission = Submission("", one.who, entry, None, "", problem, origin=replace(origin, paths=(path,)))
        if problem:
            return submission
        if self.of_one:
            return with_reached(submission)
        return with_left_behind(submission, self.beside)

    def _of_folder(self, staged: Staged, last: Delivery, origin: Origin, which: Chosen) -> Submission:
        """The files of one student to run, or the reason why there is none."""
        files, which = to_run(staged, EACH if self.of_one else self.rule, which)
        problems = [problem_of(one) for one in files]
        good = [one for one, problem in zip(files, problems, strict=True) if not problem]
        entry, *others = good or files[:1] or [staged.folder]
        problem = "" if good else (problems[0] if files else _why_nothing(last, staged))
        shown = [staged.path_of(one) for one in (entry, *others)] if files else [_first(last, staged)]
        origin = replace(
            origin,
            attempt=which.attempt,
            attempts=which.attempts,
            paths=tuple(shown),
            decisions=(*origin.decisions, *staged.decisions, *which.decisions),
        )
        return Submission("", last.who, entry, staged.folder, "", problem, others=tuple(others), origin=origin)

    def _together(self, deliveries: Sequence[Delivery]) -> Staged:
        """In place if a folder is what was delivered; otherwise copied, each attempt into a folder of its own."""
        last = deliveries[-1]
        files = list(deliveries[0].files)
        same = all(last.whole or path.endswith(f"/{name}") for path, name in files)
        start = {path.removesuffix(name) for path, name in files} if same and len(deliveries) == 1 else {}
        if len(start) == 1 and not only_zips([name for _, name in files]):
            return Staged(self.listing.base / min(start), {name: path for path, name in files})
        if len(deliveries) > 1:
            files = [(p, f"attempt-{n}/{name}") for n, one in enumerate(deliveries, 1) for p, name in one.files]
        return stage(self.listing, files, self.new_folder(last.place or last.who))


def _without_lost(one: Delivery, listing: Listing) -> Delivery:
    """Without what cannot be used; if there is nothing to run among the rest, that is the reason."""
    lost = [(path, listing.lost[path]) for path, _ in one.files if path in listing.lost]
    if not lost:
        return one
    files = tuple(pair for pair in one.files if pair[0] not in listing.lost)
    empty = [why for name, why in lost if name.endswith("/")]
    said = (*empty, *left_out([(name, why) for name, why in lost if not name.endswith("/")]))
    to_run, left = ([name for _, name in some if is_runnable(name) or only_zips([name])] for some in (one.files, files))
    if left or (files and not to_run):
        return replace(one, files=files, decisions=(*one.decisions, *said))
    return replace(one, files=files, problem="; ".join(said[:3]))


def _first(last: Delivery, staged: Staged) -> str:
    """What is shown of a delivery in which nothing can be run: one of its files, if a platform made its folder."""
    return next(iter(staged.shown.values()), last.place) if last.place else last.key


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
