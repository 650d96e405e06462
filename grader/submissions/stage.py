"""A student's files in one folder, where they have to be unpacked, renamed or brought together for that.

Everything is copied into a private folder within the bounds of one submission. `Staged.shown` says how people find a
file: its path in the download, and inside of the student's own zip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.filesystem import CODE, MOST_BYTES, MOST_FILES, copy_regular, regular_size
from grader.submissions.archives import OF_A_STUDENT, Refused, is_zip, left_out, refuse_to_fill, safe_name, unpack
from grader.submissions.entry import is_runnable
from grader.submissions.layouts.listing import Listing

MOST_ZIPS = 20


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
    left = MOST_BYTES
    for number, (path, name) in enumerate(sorted(files, key=lambda one: not one[1].lower().endswith(CODE))):
        size = regular_size(listing.base / path)
        if (size or 0) > left or number >= MOST_FILES:
            staged.decisions.append(f"`{path}` is left out: all files of a submission together are too large")
            continue
        try:
            place = target / safe_name(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            copy_regular(listing.base / path, place, MOST_BYTES)
        except (Refused, OSError) as error:
            if isinstance(error, OSError):
                refuse_to_fill(error, target)
            staged.decisions.append(f"`{path}` cannot be used: {getattr(error, 'strerror', None) or error}")
            continue
        left -= size or 0
        staged.shown[place.relative_to(target).as_posix()] = path
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
        inner = [(name, "it is a zip in a zip, and stays as it is") for name in zipped]
        staged.decisions += left_out([(f"{shown}/{inside}", why) for inside, why in (*done.refused, *inner)])
        inside_folder = place.relative_to(staged.folder)
        staged.shown |= {(inside_folder / path).as_posix(): f"{shown}/{path}" for path in sorted(done.files)}


def only_zips(names: Sequence[str]) -> bool:
    """Whether there is nothing to run but what may be in a zip."""
    return not any(map(is_runnable, names)) and any(name.lower().endswith(".zip") for name in names)
