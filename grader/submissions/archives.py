"""Zips are read safely: each member is looked at before it is written, and a bad one costs itself and is named.

A member is refused if its name leaves the folder, if it is a link or a device, is encrypted, is damaged, expands too
much or is larger than what a run may use, or if its name is there twice. Names are made the same on all systems: NFC,
`/` for `\\`, and what Windows cannot have replaced; `Unpacked.names` has the name in the archive for each file.
"""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import time
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from errno import EDQUOT, ENOSPC
from os import utime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from grader.errors import GraderFault
from grader.filesystem import CHUNK, DEEPEST, MOST_BYTES, open_regular, travels

LONGEST = 800  # bytes of a path
LONGEST_PART = 200  # bytes of a folder or a file
RATIO, RATIO_FROM = 200, 8 * 2**20  # nobody's work expands so much; small files of zeros may
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
IMPOSSIBLE = re.compile(r'[<>:"|?*]')
DRIVE = re.compile(r"[A-Za-z]:")
JUNK = re.compile(r"~\$.*|\._.*|thumbs\.db|desktop\.ini|\.ds_store", re.IGNORECASE)
OF_AN_OFFICE = "~$"  # how the lock files of an office program begin
ENCRYPTED = 0x1
MOST_NAMED = 3
BYTES_OF_A_MEMBER = 246  # in the list of members of an archive, on average: 46 and its name
NAMED_IN_UTF8 = 0x800


@dataclass(frozen=True)
class Bounds:
    """Of all that is unpacked for somebody: members, bytes of all together, bytes of one.

    `share` is the part of what is free on the disk that may be used, so that no number of archives fills it. An archive
    of several people keeps all members whose names are alike; in that of one, the first is used.
    """

    members: int
    total: int
    share: float = 1.0
    one: int = MOST_BYTES
    several: bool = False

    def here(self, folder: Path) -> Bounds:
        """As far as the disk of this folder allows."""
        return replace(self, total=min(self.total, int(self.share * shutil.disk_usage(folder).free)))

    def after(self, done: Unpacked) -> Bounds:
        """What is left for the next archive, whether or not anything came of this one."""
        return replace(self, members=self.members - done.members, total=self.total - done.size)


OF_A_CLASS = Bounds(200_000, 20 * 2**30, 0.5, several=True)
OF_A_STUDENT = Bounds(5_000, 200 * 2**20, 0.01)


@dataclass
class Unpacked:
    """What was written: the name in the archive for each path in the folder; and what was not, with the reason.

    `lost` are the paths where refused members would be: they show who submitted something, even if it cannot be used.
    `members` were looked at, and `size` is the bytes that they say they have, as far as anything was unpacked.
    """

    names: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    members: int = 0
    size: int = 0


class Refused(Exception):
    """A member is not unpacked; the text says why."""


def is_zip(path: Path) -> bool:
    """By its name and its first bytes: `.docx` and `.keras` are zips that nobody unpacks."""
    if path.suffix.lower() != ".zip":
        return False
    try:
        with open_regular(path) as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def unpack(archive: Path, target: Path, bounds: Bounds) -> Unpacked:
    """Write the members of a zip into an empty folder. Raises `Refused` if it cannot be read at all.

    Raises `GraderFault` if our disk is full.
    """
    done = Unpacked()
    target.mkdir(parents=True, exist_ok=True)
    bounds = bounds.here(target)
    try:
        with open_regular(archive) as file:
            opened = zipfile.ZipFile(_Bounded(file, bounds.members))
            _write_members(opened, target, bounds, done)
    except OSError as error:
        refuse_to_fill(error, target)
        raise Refused(f"it cannot be read as a zip: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise Refused(f"it cannot be read as a zip: {error}") from None
    return done


def refuse_to_fill(error: OSError, folder: Path) -> None:
    """Raise `GraderFault` if an error says that our disk is full, which is nobody's submission's fault."""
    if error.errno in (ENOSPC, EDQUOT):
        raise GraderFault(f"No space is left to copy submissions to {folder}. Set TMPDIR to a folder on a larger disk.")


def _write_members(opened: zipfile.ZipFile, target: Path, bounds: Bounds, done: Unpacked) -> None:
    places = Places()
    seen: set[str] = set()
    done.members = len(opened.infolist())
    inside = opened.infolist()[: bounds.members]
    if more := done.members - len(inside):
        done.refused.append((f"{more:,} further files", f"the archive has more than {bounds.members:,} members"))
    fit = _that_fit([info.file_size for info in inside], bounds.total)
    for number, info in enumerate(inside):
        written, path = decoded(info), ""
        name = composed(written)
        if info.is_dir() or any(map(_is_nobodys, name.split("/"))):
            continue
        try:
            path = places.of(written) if bounds.several else safe_name(name)
            _check_kind(info)
            if path.casefold() in seen:
                raise Refused("its name is in the archive twice; the first one is used")
            if info.file_size > bounds.one:
                raise Refused(f"it is larger than {bounds.one / 2**20:,.0f} MB")
            if number not in fit:
                most = f"{max(bounds.total, 0) / 2**20:,.0f} MB"
                raise Refused(f"all files together are larger than the {most} that may be unpacked")
            done.size += info.file_size
            _write(opened, info, target / path)
            seen.add(path.casefold())
            done.names[path] = name
            done.lost.pop(path, None)
        except Refused as error:
            done.refused.append((name, str(error)))
            if path and path.casefold() not in seen:
                done.lost[path] = str(error)
                with suppress(OSError):
                    (target / path).parent.mkdir(parents=True, exist_ok=True)


def _that_fit(sizes: Sequence[int], total: int) -> set[int]:
    """Which members may be written, the smallest first: no large one costs a small one its place.

    No more than what its header says is read of any member.
    """
    fit = set()
    for number in sorted(range(len(sizes)), key=sizes.__getitem__):
        total -= sizes[number]
        if total < 0:
            break
        fit.add(number)
    return fit


def _is_nobodys(part: str) -> bool:
    """What systems leave behind. Whoever submitted only the lock file of a document has submitted something."""
    left_behind = JUNK.fullmatch(part) is not None and not part.startswith(OF_AN_OFFICE)
    return part not in ("", ".", "..") and (not travels(part) or left_behind)


class _Bounded:
    """An archive of which no more is read at once than the list of so many members takes.

    That list is read whole before anybody can count it. Several records say how long it is, and need not agree.
    """

    def __init__(self, file: BinaryIO, members: int) -> None:
        self._file, self._members = file, members
        self.seek, self.tell, self.close, self.seekable = file.seek, file.tell, file.close, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > max(self._members * BYTES_OF_A_MEMBER, CHUNK):
            raise Refused(f"its list of members is too long: expected at most {self._members:,}")
        return self._file.read(size)


def decoded(info: zipfile.ZipInfo) -> str:
    """The name of a member. Many programs write UTF-8 without saying so, and Windows `\\` for `/`."""
    name = info.orig_filename if "\0" in info.orig_filename else info.filename
    if not info.flag_bits & NAMED_IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def composed(name: str) -> str:
    """In NFC, as it is shown and written; too long a name is refused anyway."""
    return unicodedata.normalize("NFC", name) if len(name) <= LONGEST else name


def safe_name(name: str) -> str:
    """The path in the folder for a name in the archive. Raises `Refused` if there is none."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise Refused("its path points outside the archive")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter not in "\u200c\u200d" for letter in name):
        raise Refused("its name has control characters")
    if not parts or len(parts) > DEEPEST:
        raise Refused(f"it is more than {DEEPEST} folders deep" if parts else "it has no name")
    safe = "/".join(map(_safe_part, parts))
    if len(safe.encode()) > LONGEST or any(len(part.encode()) > LONGEST_PART for part in safe.split("/")):
        raise Refused("its name is too long")
    return safe


@dataclass
class Places:
    """Where names go that are alike: `jane` beside `Jane` to `jane (2)`, since not every system can have both.

    So does a name that is there again: two people can have given it.
    """

    folders: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The path for the next member. Raises `Refused` if there is none."""
        *folders, last = safe_name(composed(name)).split("/")
        written = [part for part in name.split("/") if part not in ("", ".")]
        place = ""
        for own, part in zip(written, folders, strict=False):
            if (place, own) not in self.folders:
                self.folders[place, own] = self._free(f"{place}{part}")
            place = f"{self.folders[place, own]}/"
        return self._free(f"{place}{last}")

    def _free(self, path: str) -> str:
        """The path itself, or with a number before the ending."""
        first, free = PurePosixPath(path), path
        while free.casefold() in self.taken:
            self.taken[path.casefold()] += 1
            free = first.with_name(f"{first.stem} ({self.taken[path.casefold()]}){first.suffix}").as_posix()
        self.taken[free.casefold()] = 1
        return free


def _safe_part(part: str) -> str:
    """A name that every system can have: `aux.py` becomes `_aux.py`, `what?.ipynb` becomes `what_.ipynb`."""
    possible = IMPOSSIBLE.sub("_", part)
    kept = possible.rstrip(". ")
    possible = kept + "_" * (len(possible) - len(kept))
    return f"_{possible}" if RESERVED.match(possible) else possible


def _check_kind(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused("it is a link, and links are not followed")
    if kind not in (0, stat.S_IFREG):
        raise Refused("it is not a regular file")
    if info.flag_bits & ENCRYPTED:
        raise Refused("it is encrypted")


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    """The bytes of one member. Python reads no more than its header says, and finds out if that is not all."""
    size = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in _chunks(opened, info):
                size += len(chunk)
                _check_ratio(size, info)
                file.write(chunk)
        with suppress(OSError, ValueError, OverflowError):
            when = time.mktime((*info.date_time, 0, 0, -1))
            utime(path, (when, when))
    except Refused:
        _forget(path)
        raise
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError):
        _forget(path)
        raise Refused("it is damaged") from None
    except FileExistsError:
        raise Refused("a file and a folder have its name") from None
    except OSError as error:
        _forget(path)
        refuse_to_fill(error, path)
        raise Refused(f"it cannot be written: {error.strerror or error}") from None


def _chunks(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with opened.open(info) as member:
        while chunk := member.read(CHUNK):
            yield chunk


def _check_ratio(size: int, info: zipfile.ZipInfo) -> None:
    if size > RATIO_FROM and size > RATIO * max(info.compress_size, 1):
        raise Refused(f"it expands to more than {RATIO} times its size")


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def by_reason(refused: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, str]]:
    """A few names for each reason, as a list of words, with their number and the reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, why in refused:
        reasons[why].append(name)
    for why, names in reasons.items():
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        yield ", ".join(f"`{name}`" for name in names[:MOST_NAMED]) + more, len(names), why


def left_out(refused: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Sentences about members that are not used; each folder at the top, or in the one there, has its own."""
    folders: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for name, why in refused:
        folders[tuple(name.split("/")[:-1][:2])].append((name, why))
    for names, number, why in (one for each in folders.values() for one in by_reason(each)):
        yield f"{names} {'is' if number == 1 else 'are'} left out: {why}"


def called_in_archive(names: Mapping[str, str]) -> dict[str, str]:
    """The name in the archive of each file and folder, by its path; not where two of them have the same."""
    called: dict[str, str] = {}
    for path, name in names.items():
        here, parts = PurePosixPath(path), PurePosixPath(name).parts
        written = PurePosixPath(*parts[-len(here.parts) :])
        pairs = zip((here, *here.parents[:-1]), (written, *written.parents), strict=False)
        called |= {one.as_posix(): other.as_posix() for one, other in pairs}
    times = Counter(called.values())
    return {path: name for path, name in called.items() if times[name] == 1}


def shown_inside(archive: str, name: str) -> str:
    """How a file in an archive in a download is called in a report."""
    return (PurePosixPath(archive) / name).as_posix()
