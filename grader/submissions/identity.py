"""Who is who: ids, names and hashes of what was found.

A submission keeps its id from run to run: the folder of a report remembers, in `ids.json`, which one has which. A key
identifies a submission there: the place that it has in the download, or the platform's own key for the student. So a
newcomer with a similar name never takes an id that somebody has.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from grader.domain import Submission
from grader.errors import UsageError
from grader.filesystem import fingerprint, read_regular, regular_size, travelling_files, write
from grader.submissions.archives import RESERVED

IDS = "ids.json"
SCHEMA = "grader.ids/1"
MOST_IDS_BYTES = 64 * 2**20
LONGEST_NAME = 400  # letters that are looked at: normalizing takes quadratic time
LONGEST_ID = 60
MOST_BYTES_OF_AN_ID = 120  # with the name of an exercise and a temporary suffix, it must fit into a file name
ID = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def slug(name: str) -> str:
    """Lower-case letters of any script, digits and hyphens, safe as a file name everywhere."""
    parts = unicodedata.normalize("NFKD", name[:LONGEST_NAME])
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).lower())
    cut = words.strip("-")[:LONGEST_ID].encode()[:MOST_BYTES_OF_AN_ID]
    short = cut.decode("utf-8", "ignore").rstrip("-") or "submission"
    return f"submission-{short}" if RESERVED.match(short) else short


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts student-2 before student-10."""
    parts = re.findall(r"\d+|\D+", name[:LONGEST_NAME].casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def hashed(submission: Submission) -> Submission:
    """With hashes of all its files; if one cannot be read, that is a problem of the submission, and not raised."""
    try:
        sha256 = digest(submission)
        alone = submission.folder is None or submission.files == ()
        content = f"{submission.entry.suffix} {digest(submission, named=False)}" if alone else sha256
        return replace(submission, sha256=sha256, content=content)
    except OSError as error:
        unreadable = Path(error.filename or submission.entry).name
        return replace(submission, problem=submission.problem or f"`{unreadable}` cannot be read: {error.strerror}")


def digest(submission: Submission, *, named: bool = True) -> str:
    """One hash over all that would be copied into the run, with or without names."""
    total = hashlib.sha256(os.fsencode(submission.entry.name) if named else b"")
    for name, path in sorted(copied_files(submission).items()):
        total.update(b"\0" + (os.fsencode(name) if named else b"") + b"\0")
        total.update(fingerprint(path))
    return total.hexdigest()


def copied_files(submission: Submission) -> dict[str, Path]:
    """All that would be copied into the run, by its name there."""
    files = {submission.entry.name: submission.entry} if regular_size(submission.entry) is not None else {}
    if submission.folder is not None:
        travelling = travelling_files(submission.folder, submission.files)
        files |= {path.relative_to(submission.folder).as_posix(): path for path in travelling}
    return files


def with_ids(places: Sequence[str], names: Sequence[str], kept: Mapping[str, str]) -> list[str]:
    """An id for each submission: the one that it had; else that of its name; else the same with -2, -3 and so on.

    Where names collide, the one that is written like the id comes first, then the order of names and places counts.
    Ids that differ only in case are the same, since they become names of files.
    """
    taken = {name.casefold() for name in kept.values()}
    ids = {number: kept[place] for number, place in enumerate(places) if place in kept}
    slugs = [slug(name) for name in names]
    new = [number for number in range(len(places)) if number not in ids]
    new.sort(key=lambda number: (names[number] != slugs[number], natural(names[number]), names[number], places[number]))
    for number in new:
        if slugs[number].casefold() not in taken:
            ids[number] = slugs[number]
            taken.add(slugs[number].casefold())
    numbered = {base: map(f"{base}-{{}}".format, count(2)) for base in slugs}
    for number in (number for number in new if number not in ids):
        ids[number] = next(name for name in numbered[slugs[number]] if name.casefold() not in taken)
        taken.add(ids[number].casefold())
    return [ids[number] for number in range(len(places))]


def read_ids(folder: Path) -> dict[str, str]:
    """Which submission had which id in the report in a folder; nothing if there is none. Raises `UsageError`."""
    path = folder / IDS
    if not os.path.lexists(path):
        return {}
    try:
        data = json.loads(read_regular(path, MOST_IDS_BYTES))
        ids = data["ids"]
        if data["schema"] != SCHEMA or not all(map(ID.fullmatch, ids.values())):
            raise ValueError("it is not what `grader grade` writes")
        if len({name.casefold() for name in ids.values()}) < len(ids):
            raise ValueError("an id is in it twice")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path}: this file says which submission has which id, and cannot be read ({error}). Restore it; "
            "or delete it, and submissions whose names are alike may get other ids."
        ) from None
    return dict(ids)


def write_ids(folder: Path, ids: Mapping[str, str]) -> None:
    write(folder / IDS, json.dumps({"schema": SCHEMA, "ids": dict(sorted(ids.items()))}, indent=1) + "\n")
