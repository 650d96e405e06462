"""Several attempts of one student: which one is graded, and which file of it is run, each with a sentence.

Attempts are deliveries of one student at several times, or copies of one file in the student's own folder: `hw
(1).ipynb`, `Copy of hw.ipynb`. In a flat folder of a class, copies are not attempts, since they may be from several
students.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.domain.words import counted
from grader.filesystem import own_status
from grader.submissions.entry import Choice, choose
from grader.submissions.layouts.listing import Delivery
from grader.submissions.stage import Staged

RULES = ("latest", "first", "best")
EACH = "each"  # of the files of somebody who checks their own
BEFORE = re.compile(r"(copy of|kopie von|copie de|copia de)\s+", re.IGNORECASE)
AFTER = re.compile(r"\s{0,9}(\((?P<number>\d+)\)|[ _-]{1,9}(copy|kopie)( ?\(?\d+\)?)?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """What is graded, in order; `attempt` is which one of `attempts`, or 0 if all are; and the sentences about it."""

    attempt: int
    attempts: int
    decisions: tuple[str, ...] = ()


def grouped(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those of one student in the order of their times."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        found[one.key].append(one)
    return [sorted(each, key=lambda one: one.order) for each in found.values()]


def graded(each: Sequence[Delivery], rule: str) -> tuple[list[Delivery], Chosen]:
    """The deliveries of one student to grade."""
    count = len(each)
    if count == 1:
        return list(each), Chosen(1, 1)
    if rule == "best":
        said = f"{count} attempts; each is graded, and the best counts for each exercise"
        return list(each), Chosen(0, count, (said,))
    number = 1 if rule == "first" else count
    one = each[number - 1]
    when = f" of {one.submitted}" if one.submitted else ""
    return [one], Chosen(number, count, (f"{count} attempts; graded the {rule}{when}",))


def to_run(staged: Staged, rule: str, which: Chosen) -> tuple[list[Path], Chosen]:
    """The files to run. If all attempts are, each is in a folder of its own; of copies, those that the rule says."""
    if which.attempts > 1 and which.attempt == 0:
        folders: dict[str, list[str]] = defaultdict(list)
        for name in sorted(staged.shown):
            folders[name.partition("/")[0] if "/" in name else ""].append(name)
        return [entry for names in folders.values() for entry in choose(staged.folder, names).entries], which
    found = choose(staged.folder, staged.shown)
    if rule == EACH:
        return list(found.entries), Chosen(0, 0, tuple(_about_files(found.entries, found, 0)))
    names = {one.name.casefold() for one in found.entries}
    copies: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(found.entries, key=_age):
        name = f"{_copied_stem(path.stem)}{path.suffix}".casefold()
        copies[name if name in names else path.name.casefold()].append(path)
    said, kept = [], []
    for each in copies.values():
        kept += {"latest": each[-1:], "first": each[:1], "best": each}[rule]
        if len(each) > 1:
            what = "each is run, and the best counts" if rule == "best" else f"graded `{kept[-1].name}`, the {rule}"
            said.append(f"{len(each)} copies of one file; {what}")
    said += _about_files(kept, found, len(copies))
    most = max((len(each) for each in copies.values()), default=1)
    number = {"latest": most, "first": 1, "best": 0}[rule] if most > 1 else 1
    number = number if which.attempts <= 1 else which.attempt
    return kept, Chosen(number, max(which.attempts, most), tuple(said))


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
