"""Zips are read safely: each member is looked at before it is written, and a bad one costs itself and is named.

A member is refused if its name leaves the folder, if it is a link or a device, is encrypted, is damaged, expands too
much or is larger than what a run may use, or if the disk has a file of its name already. In names, what Windows cannot
have is replaced.
"""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import BinaryIO

from grader.domain.words import listed
from grader.errors import GraderFault
from grader.filesystem import CHUNK, DEEPEST, MOST_BYTES, open_regular, travels

LONGEST = 800  # bytes of a path
LONGEST_PART = 200  # bytes of a folder or a file
RATIO, RATIO_FROM = 200, 8 * 2**20  # nobody's work expands so much; small files of zeros may
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
IMPOSSIBLE = re.compile(r'[<>:"|?*]')
DRIVE = re.compile(r"[A-Za-z]:")
JUNK = re.compile(r"~\$.*|\._.*|thumbs\.db|desktop\.ini|\.ds_store", re.IGNORECASE)
OTHER_ARCHIVES = frozenset({".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
OF_AN_OFFICE = "~$"  # how the lock files of an office program begin
ENCRYPTED = 0x1
MOST_NAMED = 3
BYTES_OF_A_MEMBER = 246  # in the list of members of an archive, on average: 46 and its name
NAMED_IN_UTF8 = 0x800


@dataclass(frozen=True)
class Bounds:
    """Of all that is unpacked for somebody: members, and bytes of all together.

    `share` is the part of what is free on the disk that may be used, so that no number of archives fills it.
    """

    members: int
    total: int
    share: float = 1.0

    def here(self, folder: Path) -> Bounds:
        """As far as the disk of this folder allows."""
        return replace(self, total=min(self.total, int(self.share * shutil.disk_usage(folder).free)))

    def after(self, unpacked: Unpacked) -> Bounds:
        """What is left for the next archive, whether or not anything came of this one."""
        return replace(self, members=self.members - unpacked.members, total=self.total - unpacked.size)


OF_A_CLASS = Bounds(200_000, 20 * 2**30, 0.5)
OF_A_STUDENT = Bounds(5_000, 200 * 2**20, 0.01)


@dataclass
class Unpacked:
    """The paths of the files that were written; and the members that were not, by their names, with the reason.

    `lost` are the paths where refused members would be: they show who submitted something, even if it cannot be used.
    `members` were looked at, and `size` is the bytes that they say they have, as far as anything was unpacked.
    """

    files: set[str] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    members: int = 0
    size: int = 0


class MemberRefused(Exception):
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
    """Write the members of a zip into an empty folder. Raises `MemberRefused` if it cannot be read at all.

    Raises `GraderFault` if our disk is full.
    """
    unpacked = Unpacked()
    target.mkdir(parents=True, exist_ok=True)
    bounds = bounds.here(target)
    try:
        with open_regular(archive) as file:
            zip_file = zipfile.ZipFile(_Bounded(file, bounds.members))
            _write_members(zip_file, target, bounds, unpacked)
    except OSError as error:
        refuse_to_fill(error, target)
        raise MemberRefused(f"it cannot be read as a zip: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise MemberRefused(f"it cannot be read as a zip: {error}") from None
    return unpacked


def refuse_to_fill(error: OSError, folder: Path) -> None:
    """Raise `GraderFault` if an error says that our disk is full, which is nobody's submission's fault."""
    if error.errno in (ENOSPC, EDQUOT):
        raise GraderFault(f"No space is left to copy submissions to {folder}. Set TMPDIR to a folder on a larger disk.")


def _write_members(zip_file: zipfile.ZipFile, target: Path, bounds: Bounds, unpacked: Unpacked) -> None:
    folders = {"", *(path.relative_to(target).as_posix() for path in target.rglob("*/"))}
    unpacked.members = len(zip_file.infolist())
    infos = zip_file.infolist()[: bounds.members]
    if more := unpacked.members - len(infos):
        unpacked.refused.append((f"{more:,} further files", f"the archive has more than {bounds.members:,} members"))
    first = {info.filename: info for info in reversed(infos)}
    # The smallest first, so that no large one costs a small one its place; of equal names, the first one counts.
    for info in sorted(infos, key=lambda info: (info is not first[info.filename], info.file_size)):
        name, path = decoded(info), ""
        if info.is_dir() or any(map(_is_nobodys, name.split("/"))):
            continue
        try:
            path = safe_name(name)
            _check_kind(info)
            if info.file_size > MOST_BYTES:
                raise MemberRefused(f"it is larger than {MOST_BYTES / 2**20:,.0f} MB")
            if unpacked.size + info.file_size > bounds.total:
                most = f"{max(bounds.total, 0) / 2**20:,.0f} MB"
                raise MemberRefused(f"all files together are larger than the {most} that may be unpacked")
            unpacked.size += info.file_size
            _make_folders(target, path.rpartition("/")[0], folders)
            _write(zip_file, info, target / path)
            unpacked.files.add(path)
            unpacked.lost.pop(path, None)
        except MemberRefused as error:
            unpacked.refused.append((name, str(error)))
            if path and path not in unpacked.files:
                unpacked.lost[path] = str(error)
                with suppress(MemberRefused):
                    _make_folders(target, path.rpartition("/")[0], folders)


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
            raise MemberRefused(f"its list of members is too long: expected at most {self._members:,}")
        return self._file.read(size)


def decoded(info: zipfile.ZipInfo) -> str:
    """The name of a member. Many programs write UTF-8 without saying so, and Windows `\\` for `/`."""
    name = info.orig_filename if "\0" in info.orig_filename else info.filename
    if not info.flag_bits & NAMED_IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def safe_name(name: str) -> str:
    """The path in the folder for a name in the archive. Raises `MemberRefused` if there is none."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise MemberRefused("its path points outside the archive")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter not in "\u200c\u200d" for letter in name):
        raise MemberRefused("its name has control characters")
    if not parts or len(parts) > DEEPEST:
        raise MemberRefused(f"it is more than {DEEPEST} folders deep" if parts else "it has no name")
    safe = "/".join(map(_safe_part, parts))
    if len(safe.encode()) > LONGEST or any(len(part.encode()) > LONGEST_PART for part in safe.split("/")):
        raise MemberRefused("its name is too long")
    return safe


def _safe_part(part: str) -> str:
    """A name that every system can have: `aux.py` becomes `_aux.py`, `what?.ipynb` becomes `what_.ipynb`."""
    possible = IMPOSSIBLE.sub("_", part)
    kept = possible.rstrip(". ")
    possible = kept + "_" * (len(possible) - len(kept))
    return f"_{possible}" if RESERVED.match(possible) else possible


def _check_kind(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise MemberRefused("it is a link, and links are not followed")
    if kind not in (0, stat.S_IFREG):
        raise MemberRefused("it is not a regular file")
    if info.flag_bits & ENCRYPTED:
        raise MemberRefused("it is encrypted")


def _make_folders(target: Path, folder: str, folders: set[str]) -> None:
    """Folders for a member. Names that are one on this disk but not in the archive may be those of two people."""
    parts = folder.split("/") if folder not in folders else []
    for path in ("/".join(parts[: end + 1]) for end in range(len(parts))):
        if path not in folders:
            with _named_when_refused(target):
                (target / path).mkdir()
            folders.add(path)


def _write(zip_file: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    """The bytes of one member. Python reads no more than its header says, and finds out if that is not all."""
    size = 0
    with _named_when_refused(path):
        file = path.open("xb")
        try:
            with file, zip_file.open(info) as member:
                while chunk := member.read(CHUNK):
                    size += len(chunk)
                    if size > RATIO_FROM and size > RATIO * max(info.compress_size, 1):
                        raise MemberRefused(f"it expands to more than {RATIO} times its size")
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextmanager
def _named_when_refused(place: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError):
        raise MemberRefused("it is damaged") from None
    except FileExistsError:
        raise MemberRefused("another file has its name, or one that the disk cannot tell from it") from None
    except OSError as error:
        refuse_to_fill(error, place)
        raise MemberRefused(f"it cannot be written: {error.strerror or error}") from None


def by_reason(verb: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """Sentences about files that are not used, with a few names for each reason: ``left out `a` and `b`: …``."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, why in names:
        reasons[why].append(f"`{name}`")
    return [f"{verb} {listed(items, most=MOST_NAMED)}: {why}" for why, items in reasons.items()]
