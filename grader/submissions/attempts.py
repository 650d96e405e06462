"""Several attempts of one student: which one is graded, and which file of it is run, each with a sentence.

Attempts are deliveries of one student at several times, or copies of one file in the student's own folder: `hw
(1).ipynb`, `Copy of hw.ipynb`. In a flat folder of a class, copies are not attempts, since they may be from several
students.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.domain import Origin
from grader.domain.words import counted
from grader.filesystem import entries, own_status
from grader.submissions.discover import problem_of, problem_of_folder
from grader.submissions.entry import Choice, choose
from grader.submissions.identity import Found
from grader.submissions.layouts import Delivery
from grader.submissions.names import slug
from grader.submissions.stage import Staged, unusable_archives

RULES = ("latest", "first", "best")
BEFORE = re.compile(r"(copy of|kopie von|copie de|copia de)\s+", re.IGNORECASE)
AFTER = re.compile(r"\s{0,9}(\((?P<number>\d+)\)|[ _-]{1,9}(copy|kopie)( ?\(?\d+\)?)?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """The attempts to grade, in order; `attempt` is which one, or 0 if all are."""

    deliveries: tuple[Delivery, ...]
    attempt: int
    decisions: tuple[str, ...] = ()


def grouped(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those of one student in the order of their times."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        found[one.key].append(one)
    return [sorted(each, key=lambda one: one.order) for each in found.values()]


def chosen(each: Sequence[Delivery], rule: str) -> Chosen:
    if len(each) == 1:
        return Chosen(tuple(each), 1)
    if rule == "best":
        return Chosen(tuple(each), 0, (f"{len(each)} attempts; each is graded, and the best counts for each exercise",))
    number = 1 if rule == "first" else len(each)
    one = each[number - 1]
    when = f" of {one.submitted}" if one.submitted else ""
    return Chosen((one,), number, (f"{len(each)} attempts; graded the {rule}{when}",))


def origin(delivery: Delivery, layout: str) -> Origin:
    """What the layout says about a delivery."""
    return Origin(
        layout=layout,
        place=delivery.place,
        students=delivery.students,
        group=delivery.group,
        late=delivery.late,
        submitted=delivery.submitted,
        work=delivery.work,
    )


def to_run(
    staged: Staged, about: Origin, decisions: Sequence[str], delivery: Delivery, rule: str, place: str
) -> list[Found]:
    """The files of one student to run, or the reason why there is none. `place` identifies it from run to run."""
    who = delivery.who
    key = delivery.key if slug(who) in slug(delivery.key) else f"{who} {delivery.key}"
    folder = staged.folder
    every = about.attempts > 1 and about.attempt == 0
    files, said = _all_attempts(folder) if every else _entries(staged, rule)
    attempts = max(about.attempts, said.attempts)
    about = replace(
        about,
        attempt=said.attempt if about.attempts <= 1 else about.attempt,
        attempts=attempts,
        decisions=(*decisions, *staged.decisions, *said.decisions),
    )
    if not files:
        problem = delivery.problem or unusable_archives(list(staged.shown)) or problem_of_folder(folder)
        shown = next(iter(staged.shown.values()), delivery.place)
        return [Found(who, folder, folder, problem, key=key, place=place, origin=replace(about, paths=(shown,)))]
    return [
        Found(
            who, one, folder, problem_of(one), key=key, place=place,
            origin=replace(about, paths=(staged.path_of(one),)),
        )
        for one in files
    ]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """Which of the copies of a file are run, and the sentences about it."""

    attempt: int = 1
    attempts: int = 1
    decisions: tuple[str, ...] = ()


def _all_attempts(folder: Path) -> tuple[list[Path], Said]:
    """Each attempt is in a folder of its own."""
    return [entry for attempt in sorted(entries(folder)) for entry in choose(attempt).entries], Said()


def _entries(staged: Staged, rule: str) -> tuple[list[Path], Said]:
    """What `choose` finds; of copies of one file, those that the rule says."""
    found = staged.choice or choose(staged.folder)
    names = {one.name.casefold() for one in found.entries}
    copies: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(found.entries, key=_age):
        name = f"{_copied_stem(path.stem)}{path.suffix}".casefold()
        copies[name if name in names else path.name.casefold()].append(path)
    decisions, kept = [], []
    for each in copies.values():
        kept += {"latest": each[-1:], "first": each[:1], "best": each}[rule]
        if len(each) > 1:
            what = "each is run, and the best counts" if rule == "best" else f"graded `{kept[-1].name}`, the {rule}"
            decisions.append(f"{len(each)} copies of one file; {what}")
    decisions += _about_files(kept, found, len(copies))
    most = max((len(each) for each in copies.values()), default=1)
    number = {"latest": most, "first": 1, "best": 0}[rule] if most > 1 else 1
    return kept, Said(number, most, tuple(decisions))


def _about_files(kept: Sequence[Path], found: Choice, different: int) -> list[str]:
    """`2 files; graded `hw2.ipynb`, the one with networks`: staff read it, and students of their own files."""
    if found.others:
        graded = ", ".join(f"`{one.name}`" for one in kept[:3])
        count = counted(len(found.entries) + len(found.others), "file")
        return [f"{count}; graded {graded}, {found.why}"]
    if different > 1:
        return [f"{different} files; each is run, and the best counts for each exercise"]
    return []


def _copied_stem(stem: str) -> str:
    """`hw` for `hw (1)`, `Copy of hw` and `hw - Copy`."""
    return AFTER.sub("", BEFORE.sub("", stem.strip())).strip().casefold() or stem.casefold()


def _age(path: Path) -> tuple[float, int, str]:
    """By time, then by the number that a program gave to a copy."""
    status = own_status(path)
    match = AFTER.search(path.stem)
    number = int(match["number"] or 1) if match else 0
    return (status.st_mtime // 2 if status else 0, number, path.name)
