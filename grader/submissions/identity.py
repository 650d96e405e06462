"""Who is who: ids, names and hashes of what was found, and whether it has changed."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.domain import Origin, Submission
from grader.filesystem import fingerprint, regular_size, travelling_files

LONGEST = 60
MOST_BYTES = 120  # with the name of an exercise and a temporary suffix, it must fit into a file name
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


@dataclass(frozen=True)
class Found:
    """A submission before it has its id and its hash."""

    who: str
    entry: Path
    folder: Path | None
    problem: str = ""
    files: tuple[str, ...] | None = None
    left_behind: tuple[str, ...] = ()
    key: str = ""  # for its id, if `who` is not enough
    origin: Origin = field(default_factory=Origin)


def identified(found: Sequence[Found]) -> list[Submission]:
    """With unique ids, and a hash over entry and folder; an unreadable file is recorded as a problem, not raised.

    Files of one student's folder are one submission; the first that can be run is the main one.
    """
    submissions = []
    together = by_student(found)
    for (one, *rest), name in zip(together, unique([slug(one.key or one.who) for one, *_ in together]), strict=True):
        submission = Submission(
            name, one.who, one.entry, one.folder, "", one.problem, files=one.files, left_behind=one.left_behind,
            others=tuple(other.entry for other in rest if not other.problem), origin=origin_of([one, *rest]),
        )  # fmt: skip
        try:
            hashed = digest(one)
            alone = one.folder is None or one.files == ()
            content = f"{one.entry.suffix} {digest(one, named=False)}" if alone else hashed
            submissions.append(replace(submission, sha256=hashed, content=content))
        except OSError as error:
            unreadable = Path(error.filename or one.entry).name
            problem = one.problem or f"`{unreadable}` cannot be read: {error.strerror}"
            submissions.append(replace(submission, problem=problem))
    return submissions


def origin_of(together: Sequence[Found]) -> Origin:
    """What they have in common, with the paths of all that are run."""
    first, *rest = together
    paths = [path for one in (first, *(other for other in rest if not other.problem)) for path in one.origin.paths]
    return replace(first.origin, paths=tuple(paths))


def by_student(found: Sequence[Found]) -> list[list[Found]]:
    """Those of one folder and one name together, in natural order of names."""
    groups: dict[tuple[str, Path | None, str], list[Found]] = {}
    for one in sorted(found, key=lambda one: natural(one.who)):
        whole = one.files is None and one.folder is not None
        groups.setdefault((one.who, one.folder, "" if whole else str(one.entry)), []).append(one)
    return [sorted(group, key=lambda one: bool(one.problem)) for group in groups.values()]


def digest(found: Found, *, named: bool = True) -> str:
    """One hash over all that would be copied into the run, with or without names."""
    files = {found.entry.name: found.entry} if regular_size(found.entry) is not None else {}
    if found.folder is not None:
        travelling = travelling_files(found.folder, found.files)
        files |= {one.relative_to(found.folder).as_posix(): one for one in travelling}
    total = hashlib.sha256(os.fsencode(found.entry.name) if named else b"")
    for name, path in sorted(files.items()):
        total.update(b"\0" + (os.fsencode(name) if named else b"") + b"\0")
        total.update(fingerprint(path))
    return total.hexdigest()


def slug(name: str) -> str:
    """Lower-case letters of any script, digits and hyphens, safe as a file name everywhere."""
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).lower())
    short = words.strip("-")[:LONGEST].encode()[:MOST_BYTES].decode("utf-8", "ignore").rstrip("-") or "submission"
    return f"submission-{short}" if RESERVED.fullmatch(short) else short


def unique(slugs: Iterable[str]) -> list[str]:
    """The same slugs, with -2, -3 and so on for repeated ones."""
    taken: set[str] = set()
    result = []
    for one in slugs:
        name, number = one, 1
        while name in taken:
            number += 1
            name = f"{one}-{number}"
        taken.add(name)
        result.append(name)
    return result


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts student-2 before student-10."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
