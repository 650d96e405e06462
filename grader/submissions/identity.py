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
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.domain import Origin, Submission
from grader.domain.words import counted
from grader.errors import UsageError
from grader.filesystem import fingerprint, read_regular, regular_size, travelling_files, write
from grader.submissions.entry import Choice
from grader.submissions.names import natural, slug

IDS = "ids.json"
SCHEMA = "grader.ids/1"
MOST_IDS_BYTES = 64 * 2**20
MOST_ENTRIES = 20  # of one student's files, each of which is run by itself
MOST_NAMED = 50
ID = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


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
    place: str = ""  # what identifies it from run to run
    origin: Origin = field(default_factory=Origin)
    choice: Choice | None = None  # of what is run in the folder, if it was made


@dataclass(frozen=True)
class Identified:
    """Submissions, `ids` by what identifies them, those of earlier runs too, and what was left out."""

    submissions: tuple[Submission, ...]
    ids: Mapping[str, str]
    remarks: tuple[str, ...] = ()


def identified(found: Sequence[Found], kept: Mapping[str, str] | None = None) -> Identified:
    """With unique ids, and a hash over entry and folder; an unreadable file is recorded as a problem, not raised.

    Files of one student's folder are one submission; the first that can be run is the main one. `kept` are ids of
    earlier runs.
    """
    kept = kept or {}
    together = by_student(found)
    places = [one.place or str(one.entry) for one, *_ in together]
    names = with_ids(places, [one.key or one.who for one, *_ in together], kept)
    submissions, remarks = [], []
    for name, (one, *rest) in zip(names, together, strict=True):
        others = [other for other in rest if not other.problem]
        said = _left_out(others[MOST_ENTRIES - 1 :])
        remarks += [f"`{name}`: {said}"] if said else []
        submissions.append(_submission(name, one, others[: MOST_ENTRIES - 1], said))
    return Identified(tuple(submissions), {**kept, **dict(zip(places, names, strict=True))}, tuple(remarks))


def _submission(name: str, one: Found, others: Sequence[Found], left_out: str) -> Submission:
    submission = Submission(
        name, one.who, one.entry, one.folder, "", one.problem, files=one.files, left_behind=one.left_behind,
        others=tuple(other.entry for other in others), origin=_origin_of([one, *others], left_out),
    )  # fmt: skip
    try:
        hashed = digest(one)
        alone = one.folder is None or one.files == ()
        content = f"{one.entry.suffix} {digest(one, named=False)}" if alone else hashed
        return replace(submission, sha256=hashed, content=content)
    except OSError as error:
        unreadable = Path(error.filename or one.entry).name
        return replace(submission, problem=one.problem or f"`{unreadable}` cannot be read: {error.strerror}")


def _origin_of(together: Sequence[Found], left_out: str) -> Origin:
    """What they have in common, with the paths of all that are run."""
    first = together[0].origin
    paths = tuple(path for one in together for path in one.origin.paths)
    return replace(first, paths=paths, decisions=(*([left_out] if left_out else []), *first.decisions))


def _left_out(found: Sequence[Found]) -> str:
    """That these are not run, by name; nothing if there are none."""
    if not found:
        return ""
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    named = ", ".join(f"`{one.entry.name}`" for one in found[:MOST_NAMED])
    what = f"{counted(len(found), 'file')} {'is' if len(found) == 1 else 'are'} not run"
    return f"{what}, since at most {MOST_ENTRIES} files of a submission are: {named}{more}"


def by_student(found: Sequence[Found]) -> list[list[Found]]:
    """Those of one folder and one name together, in natural order of names."""
    groups: dict[tuple[str, Path | None, str], list[Found]] = {}
    for one in sorted(found, key=lambda one: (natural(one.who), one.place)):
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


def with_ids(places: Sequence[str], names: Sequence[str], kept: Mapping[str, str]) -> list[str]:
    """An id for each submission: the one that it had; else that of its name; else the same with -2, -3 and so on.

    Where names collide, the one that is written like the id comes first, then the order of names and places counts.
    Ids that differ only in case are the same, since they become names of files.
    """
    taken = {one.casefold() for one in kept.values()}
    given = {number: kept[place] for number, place in enumerate(places) if place in kept}
    new = [number for number in range(len(places)) if number not in given]
    slugs = {number: slug(names[number]) for number in new}
    colliding = []
    for number in sorted(new, key=lambda one: (names[one] != slugs[one], natural(names[one]), names[one], places[one])):
        if slugs[number].casefold() in taken:
            colliding.append(number)
        else:
            given[number] = slugs[number]
            taken.add(slugs[number].casefold())
    last: dict[str, int] = defaultdict(lambda: 1)
    for number in colliding:
        name = slugs[number]
        while name.casefold() in taken:
            last[slugs[number]] += 1
            name = f"{slugs[number]}-{last[slugs[number]]}"
        given[number] = name
        taken.add(name.casefold())
    return [given[number] for number in range(len(places))]


def read_ids(folder: Path) -> dict[str, str]:
    """Which submission had which id in the report in a folder; nothing if there is none. Raises `UsageError`."""
    path = folder / IDS
    if not os.path.lexists(path):
        return {}
    try:
        found = json.loads(read_regular(path, MOST_IDS_BYTES))
        ids = found["ids"]
        if found["schema"] != SCHEMA or not all(map(ID.fullmatch, ids.values())):
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
