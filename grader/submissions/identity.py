"""Ids and hashes of what was found: which submission is which, and whether it has changed."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.domain import Submission
from grader.files import fingerprint, regular_size, travelling_files
from grader.submissions.names import natural, slug, unique


@dataclass(frozen=True)
class Found:
    """A submission before it has its id and its hash."""

    who: str
    entry: Path
    folder: Path | None
    problem: str = ""
    files: tuple[str, ...] | None = None
    left_behind: tuple[str, ...] = ()


def identified(found: Sequence[Found]) -> list[Submission]:
    """With unique ids, and a hash over entry and folder; what cannot be read is a problem, not an error."""
    ordered = sorted(found, key=lambda one: natural(one.who))
    submissions = []
    whole = Counter(one.who for one in ordered if one.files is None and one.folder)
    names = [f"{one.who} {one.entry.stem}" if whole[one.who] > 1 and one.files is None else one.who for one in ordered]
    for one, name in zip(ordered, unique([slug(name) for name in names]), strict=True):
        submission = Submission(
            name, one.who, one.entry, one.folder, "", one.problem, files=one.files, left_behind=one.left_behind
        )
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


def digest(found: Found, *, named: bool = True) -> str:
    """One hash over all that would be copied into the run, with names or without."""
    files = {found.entry.name: found.entry} if regular_size(found.entry) is not None else {}
    if found.folder is not None:
        travelling = travelling_files(found.folder, found.files)
        files |= {one.relative_to(found.folder).as_posix(): one for one in travelling}
    total = hashlib.sha256(os.fsencode(found.entry.name) if named else b"")
    for name, path in sorted(files.items()):
        total.update(b"\0" + (os.fsencode(name) if named else b"") + b"\0")
        total.update(fingerprint(path))
    return total.hexdigest()
