"""What no platform made: `files` of a class, `folders` of its students, or one `repository`.

Nobody's file decides for the others. Of a class, there is one repository only if a single file can be run: what is at
the top of it, how files are called, and what they import is up to those who hand in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from grader.filesystem import own_status
from grader.submissions.archives import JUNK, OTHER_ARCHIVES, is_zip
from grader.submissions.entry import is_example, is_runnable, look_at, named_as_entry, without_helpers
from grader.submissions.identity import natural
from grader.submissions.layout import Delivery, Listing, Reading

# Kinds of files that are meant as submissions, whatever their name.
REPORTS = OTHER_ARCHIVES | {".zip", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages"}
DOCUMENTS = REPORTS | {".html", ".htm", ".keras", ".h5", ".r", ".m"}
# Never a submission.
FURNITURE = re.compile(r"(readme|license|requirements|overrides|roster|grades|makefile|index)\b", re.IGNORECASE)
REPOSITORY_SIGNS = (".git", ".github", "pyproject.toml", "classroom.json")
CONFIG = re.compile(r"(nbgrader|jupyter)_\w*config\.py|conftest\.py|setup\.py")  # of nbgrader, of a test run
ODD = "it is neither a notebook (.ipynb) nor a module (.py)"
OF_THE_COURSE = "it looks like a file of the course, and its name contains no student's; `--layout files` grades it too"


def read(listing: Listing, wanted: str, *, of_one: bool) -> Reading:
    """One delivery for each file or folder. Without a `wanted` layout, files of the course are nobody's."""
    layout = wanted if wanted in PLAIN else _guess(listing, of_one=of_one)
    found = sorted(PLAIN[layout](listing), key=lambda one: natural(one.who))
    if wanted in PLAIN or of_one:
        return Reading(tuple(found))
    examples = [one for one in found if _is_of_the_course(one)]
    examples = examples if len(found) - len(examples) > 1 else []
    delivered = {path for one in found for path, _ in one.files}
    odd = [name for name in _files_at_the_top(listing) if name not in delivered and not _is_furniture(name)]
    ignored = [*((one.key, OF_THE_COURSE) for one in examples), *((name, ODD) for name in odd)]
    return Reading(tuple(one for one in found if one not in examples), tuple(ignored))


def _is_of_the_course(one: Delivery) -> bool:
    """`starter.ipynb` among the files of a class."""
    bare = one.alone or not any(is_runnable(name) or name.lower().endswith(".zip") for _, name in one.files)
    return bare and (is_example(PurePosixPath(one.key).stem) or CONFIG.fullmatch(one.key) is not None)


def _guess(listing: Listing, *, of_one: bool) -> str:
    """A repository if one file is to be run in it; a folder of files if several are; otherwise a folder of folders."""
    files, folders = _files_at_the_top(listing), listing.by_folder
    runnable, strays = list(filter(is_runnable, files)), _strays(files)
    if of_one and any(own_status(listing.base / sign) for sign in REPOSITORY_SIGNS):
        return "repository"
    if not runnable:
        return "files" if strays and not folders else "folders"
    # What is in a folder that is a link, nobody knows.
    links = {one for one in folders if (listing.base / one).is_symlink()}
    with_entries = sum(one in links or any(map(is_runnable, names)) for one, names in folders.items())
    if not of_one:
        return "repository" if len(runnable) == 1 and not strays and not with_entries else "files"
    paths = [listing.base / name for name in runnable]
    lone = named_as_entry(paths, listing.base) or len(without_helpers(paths, paths, look_at(paths))) == 1
    return "repository" if lone and not strays and with_entries < 2 else "files"


def _files_at_the_top(listing: Listing) -> list[str]:
    return [name for name in listing.at_the_top if not JUNK.fullmatch(name)]


def alone(listing: Listing, name: str, problem: str = "") -> Delivery:
    """One file, or what is in it if it is a zip."""
    own = not is_zip(listing.base / name)
    return Delivery(name, ((name, name),), problem=problem if own else "", called=PurePosixPath(name).stem, alone=own)


def _loose(listing: Listing) -> list[Delivery]:
    """What is in no folder; a folder that is a link is a submission too, and must not be lost."""
    files = _files_at_the_top(listing)
    return [
        *(alone(listing, name) for name in files if is_runnable(name)),
        *(alone(listing, name, ODD.replace("it", f"`{name}`", 1)) for name in _strays(files)),
    ]


def _folder(listing: Listing, name: str, files: Sequence[str]) -> Delivery:
    return Delivery(name, tuple((f"{name}/{file}", file) for file in files), called=name)


def _as_files(listing: Listing) -> list[Delivery]:
    """Folders beside the files are submissions if anything was handed in there; a folder of data is none."""
    folders = {
        name: files
        for name, files in listing.by_folder.items()
        if (listing.base / name).is_symlink()
        or any(is_runnable(one) or PurePosixPath(one).suffix.lower() in REPORTS for one in files)
    }
    return [*_loose(listing), *(_folder(listing, name, files) for name, files in folders.items())]


def _as_folders(listing: Listing) -> list[Delivery]:
    """One for each folder, including those without anything to run."""
    folders = listing.by_folder
    return [*(_folder(listing, name, files) for name, files in folders.items()), *_loose(listing)]


def _as_repository(listing: Listing) -> list[Delivery]:
    """The whole folder, if there is anything to run or to unpack in it."""
    files = tuple((name, name) for name in listing.names)
    some = any(is_runnable(name) or name.lower().endswith(".zip") for name in listing.names)
    return [Delivery(".", files, called=listing.root, whole=True)] if some else []


PLAIN: Mapping[str, Callable[[Listing], list[Delivery]]] = {
    "files": _as_files,
    "folders": _as_folders,
    "repository": _as_repository,
}


def _strays(names: Iterable[str]) -> list[str]:
    """The files that cannot be run, but were meant as submissions: documents and archives."""
    return [name for name in names if PurePosixPath(name).suffix.lower() in DOCUMENTS and not _is_furniture(name)]


def _is_furniture(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in (".csv", ".toml", ".json", ".py") or (FURNITURE.match(name) is not None and suffix != ".zip")
