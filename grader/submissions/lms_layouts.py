"""How platforms and tools pack a class: a pattern of names that say who, when and which files, for each of them.

`LAYOUTS` is the table, in the order in which they are tried. A layout recognises a download only if most of what is at
its top fits, so that no single submission decides how the others are read. What students call their files, and what is
in their folders, says nothing about which student that is.

`PLAIN` is what no platform made: `files` of a class, `folders` of its students, or one `repository`. Of a class, there
is one repository only if a single file can be run: what is at the top of it, how files are called, and what they import
is up to those who hand in.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from grader.domain import Student
from grader.filesystem import CODE
from grader.submissions.archives import JUNK, OTHER_ARCHIVES, is_zip
from grader.submissions.identity import natural
from grader.submissions.layout import Delivery, Layout, Listing, Reading, most
from grader.submissions.source_text import is_example, is_runnable

# Moodle

# The name is as short as possible: what a student's file is called cannot be taken for somebody's name.
PLACE = (
    r"(?P<place>(?P<key>(?P<name>[^/]+?)(?:_(?P<id>\d+))?)_assignsubmission_(?P<plugin>[a-z]+)(?P<old>_(?=/))?)"
    r"(?:[_/](?P<file>.*))?"
)
OWN_TEXT = "what was typed into Moodle's text field is not graded"


def _of_moodle(listing: Listing, deliveries: Sequence[Delivery]) -> Iterable[Delivery]:
    """The number is Moodle's id of the participant, as in `Identifier` of its grading worksheet.

    With teams it is the group's, as the name is; the default group has none. With blind marking, all are called by one
    word, in the language of the site.
    """
    names = {delivery.matches[0]["name"] for delivery in deliveries}
    blind = len(names) == 1 and len(deliveries) > 1 and " " not in min(names)
    return [_participant(delivery, blind=blind) for delivery in deliveries]


def _participant(delivery: Delivery, *, blind: bool) -> Delivery:
    """Files and text of one participant are one delivery."""
    first = delivery.matches[0]
    typed = [match.string for match in delivery.matches if match["plugin"] == "onlinetext"]
    uploaded = tuple(file for file in delivery.files if file[0] not in typed)
    anonymous = blind or first["name"] == "Participant"
    name, number = first["name"].strip(), first["id"] or ""
    problem = "" if uploaded else "only text was typed into Moodle (onlinetext), and no file was submitted"
    result = replace(delivery, files=uploaded, called=f"{name} {number}" if anonymous else "", problem=problem)
    return result.known(
        students=(Student("" if anonymous else name, number),) if number else (),
        place=first["place"] if uploaded or not typed else f"{delivery.key}_assignsubmission_file",
        group="" if number else name,
        decisions=tuple(f"`{text}`: {OWN_TEXT}" for text in typed) if uploaded else (),
    )


# Canvas

# The name is as short as possible: what a student's file is called cannot be taken for an id. Whoever is called `x_12`
# makes it look like user 12's; so a gradebook takes a score only if it has the same name for that id.
FILE = (
    r"(?:(?P<name>(?!LATE_|anon_)\w{1,200}?)_)?(?:(?P<late>LATE)_)?(?:anon_(?P<anon>[^_/]+)|(?P<id>\d{1,40}))_"
    r"(?:(?P<attachment>\d+)_(?P<file>[^/]+)|(?P<kind>text|link)\.html)"
)
KINDS = {"text": "text was typed into Canvas", "link": "a link was submitted to Canvas"}


def _is_of_canvas(listing: Listing) -> bool:
    """Each file has a number of its own, and each user one name: dates in names of files are no such numbers."""
    matches = LAYOUTS["canvas"].matches(listing).values()
    attachments = [match["attachment"] for match in matches if match["attachment"]]
    names: dict[str, set[str]] = defaultdict(set)
    for match in matches:
        names[match["anon"] or match["id"]].add(match["name"] or "")
    return len(set(attachments)) == len(attachments) and all(len(spellings) == 1 for spellings in names.values())


def _of_canvas(listing: Listing, deliveries: Sequence[Delivery]) -> Iterable[Delivery]:
    """All files of one user are one delivery, under the names that they had; the id is that of Canvas's gradebook.

    With groups, the name is the group's and the id one member's.
    """
    for delivery in deliveries:
        files: dict[str, str] = {}
        uploaded = [match for match in delivery.matches if match["file"]]
        for match in sorted(uploaded, key=lambda match: natural(match["attachment"])):
            again = match["file"] in files.values()
            files[match.string] = f"{match['attachment']}-{match['file']}" if again else match["file"]
        rest = [match for match in delivery.matches if not match["file"]]
        decisions = [f"`{match.string}` is not graded: {KINDS[match['kind']]}" for match in rest]
        name, anon = delivery.matches[0]["name"] or "", delivery.matches[0]["anon"]
        problem = "" if files else f"{KINDS[rest[0]['kind']]}, and no file was submitted"
        yield replace(delivery, files=tuple(files.items()), problem=problem).known(
            students=(Student("" if anon else name, delivery.key),),
            place="_".join(part for part in (name, f"anon_{anon}" if anon else delivery.key) if part),
            decisions=tuple(decisions) if files else (),
        )


# Gradescope

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"^(?=[^\s#])", re.MULTILINE)
CREATED = re.compile(r"^ {2}:created_at: (.*)", re.MULTILINE)
SUBMITTERS = re.compile(r"^ {2}:submitters:\s*\n((?: {2}[- ] .*\n)*+)", re.MULTILINE)
SUBMITTER = re.compile(r"^ {2}- ", re.MULTILINE)
PROPERTY = re.compile(r"^(?: {4})?:(name|sid|email): ?(.*)", re.MULTILINE)


def _of_gradescope(listing: Listing, deliveries: Sequence[Delivery]) -> Iterable[Delivery]:
    """Students are in the metadata at the top of the export: YAML as Ruby writes it.

    Only what Gradescope itself wrote about a submission is read: outputs of tests, which students choose, are further
    to the right.
    """
    folders = {text.partition(":")[0]: text for text in FOLDER.split(listing.read(METADATA))}
    for delivery in deliveries:
        text = folders.get(delivery.origin.place, "")
        created, submitters = CREATED.search(text), SUBMITTERS.search(text)
        students = [_submitter(part) for part in SUBMITTER.split(submitters[1])[1:]] if submitters else []
        unknown = () if students else (f"`{METADATA}` does not say which student `{delivery.origin.place}` belongs to",)
        group = ", ".join(student.shown for student in students) if len(students) > 1 else ""
        when = _scalar(created[1]) if created else ""
        yield delivery.known(students=tuple(students), group=group, submitted=when, decisions=unknown)


def _submitter(text: str) -> Student:
    fields = {key: _scalar(value) for key, value in PROPERTY.findall(text)}
    return Student(fields.get("name", ""), fields.get("sid", ""), fields.get("email", ""))


def _scalar(text: str) -> str:
    """A name, a number or a time, with or without quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", text)))
        except ValueError:
            return text[1:-1]
    return "" if text in ("null", "~", "|-", ">-") else text


# nbgrader

STAMP = "timestamp.txt"


def _is_of_nbgrader(listing: Listing) -> bool:
    """Each folder at the top has one vote, however much is in it; one with plain files is no student's."""
    stamped = listing.root != "submitted"
    collected = [files for files in listing.by_folder.values() if _looks_collected(files, stamped=stamped)]
    return most(collected, [*listing.by_folder, *listing.at_the_top])


def _looks_collected(files: Sequence[str], *, stamped: bool) -> bool:
    """Whether a student's folder holds nothing but folders of assignments; `stamped`, if nothing else shows it."""
    stamps = [name for name in files if name.count("/") == 1 and name.endswith(f"/{STAMP}")]
    deep = any("/" in name for name in files)
    return deep and bool(stamps or not stamped) and not any("/" not in name and name.endswith(CODE) for name in files)


def _of_nbgrader(listing: Listing, deliveries: Sequence[Delivery]) -> Iterable[Delivery]:
    """Without the time that nbgrader wrote into a file, which a student can change."""
    return [
        replace(delivery, files=tuple(file for file in delivery.files if file[1] != STAMP)) for delivery in deliveries
    ]


# GitHub Classroom and Classroom 50

AROUND = re.compile(r"(?P<start>.{1,200}?)(?:-submissions|_submissions(?:_.*)?)(?:[- ]?\(?\d{1,9}\)?)?", re.IGNORECASE)
TABLES = frozenset({"scores.csv", "roster.csv"})  # of Classroom 50, next to the repositories


def _repository(listing: Listing) -> str:
    """Names begin as the folder around them says, or up to the last hyphen that all have."""
    common = os.path.commonprefix(list(listing.by_folder))  # noqa: RUF071 — names, not paths
    around = AROUND.fullmatch(listing.root)
    start = f"{around['start']}-" if around else common[: common.rfind("-") + 1]
    return rf"{re.escape(start)}(?P<id>[^/]+)/(?P<file>.+)"


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "moodle", "Moodle",
            "Moodle's \"Download all submissions\": `Jane Doe_123_assignsubmission_file/hw.ipynb`, as folders or flat.",
            PLACE, "it is in no participant's folder", _of_moodle,
        ),
        Layout(
            "gradescope", "Gradescope",
            "Gradescope's \"Export Submissions\": folders `submission_123`; students are in `submission_metadata.yml`.",
            r"(?P<key>submission_\d+)/(?P<file>.+)", "it is in no submission's folder", _of_gradescope,
            lambda listing: METADATA in listing.at_the_top, frozenset({METADATA}),
        ),
        Layout(
            "nbgrader", "nbgrader",
            "nbgrader: `submitted/{student}/{assignment}/` after `collect`, each student and assignment a submission.",
            r"(?P<id>[^/]+)/(?P<work>[^/]+)/(?P<file>.+)", "it is in no student's work", _of_nbgrader, _is_of_nbgrader,
        ),
        Layout(
            "canvas", "Canvas",
            "Canvas's \"Download Submissions\": `doejane_LATE_12_345_hw.ipynb`, all files of a class in one folder.",
            FILE, "it has no user's id in its name", _of_canvas, _is_of_canvas,
        ),
        Layout(
            "classroom", "GitHub Classroom or Classroom 50",
            "Repositories: `{assignment}-{user}/` of GitHub Classroom, or `{classroom}-{assignment}-{user}/`.",
            _repository, "it is in no repository of this assignment",
            plausible=lambda listing: AROUND.fullmatch(listing.root) is not None, own=TABLES,
        ),
    )
}  # fmt: skip


def recognised(listing: Listing, layouts: Iterable[Layout] = LAYOUTS.values()) -> Layout | None:
    """The layout of a download, or nothing if it has none of them."""
    return next((layout for layout in layouts if layout.recognises(listing)), None)


# What no platform made

# Kinds of files that are meant as submissions, whatever their name.
REPORTS = OTHER_ARCHIVES | {".zip", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages"}
DOCUMENTS = REPORTS | {".html", ".htm", ".keras", ".h5", ".r", ".m"}
# Never a submission.
FURNITURE = re.compile(r"(readme|license|requirements|overrides|roster|grades|makefile|index)\b", re.IGNORECASE)
CONFIG = re.compile(r"(nbgrader|jupyter)_\w*config\.py|conftest\.py|setup\.py")  # of nbgrader, of a test run
OF_DATA = "it contains no notebook, no module, and no document or archive"
ODD = "it is neither a notebook (.ipynb) nor a module (.py)"
OF_THE_COURSE = "it looks like a file of the course, and its name contains no student's; `--layout files` grades it too"


def read_plain(listing: Listing, wanted: str) -> Reading:
    """One delivery for each file or folder. Without a `wanted` layout, files of the course are nobody's."""
    layout = wanted if wanted in PLAIN else _guess(listing)
    deliveries = sorted(PLAIN[layout](listing), key=lambda delivery: natural(delivery.who))
    examples = [delivery for delivery in deliveries if _is_of_the_course(delivery)] if wanted not in PLAIN else []
    examples = examples if len(deliveries) - len(examples) > 1 else []
    delivered = {path.partition("/")[0] for delivery in deliveries for path, _ in delivery.files}
    odd = [name for name in _files_at_the_top(listing) if name not in delivered and not _is_furniture(name)]
    data = [f"{name}/" for name in listing.by_folder if name not in delivered]
    ignored = [(delivery.key, OF_THE_COURSE) for delivery in examples]
    ignored += [*((name, ODD) for name in odd), *((name, OF_DATA) for name in data)]
    return Reading(tuple(delivery for delivery in deliveries if delivery not in examples), tuple(ignored))


def _is_of_the_course(delivery: Delivery) -> bool:
    """`starter.ipynb` among the files of a class."""
    bare = delivery.alone or not any(is_runnable(name) or name.lower().endswith(".zip") for _, name in delivery.files)
    return bare and (is_example(PurePosixPath(delivery.key).stem) or CONFIG.fullmatch(delivery.key) is not None)


def _guess(listing: Listing) -> str:
    """A repository if one file is to be run in it; a folder of files if several are; otherwise a folder of folders."""
    files, folders = _files_at_the_top(listing), listing.by_folder
    runnable, strays = list(filter(is_runnable, files)), _strays(files)
    if not runnable:
        return "files" if strays and not folders else "folders"
    # What is in a folder that is a link, nobody knows.
    links = {folder for folder in folders if (listing.base / folder).is_symlink()}
    with_entries = any(folder in links or any(map(is_runnable, names)) for folder, names in folders.items())
    return "repository" if len(runnable) == 1 and not strays and not with_entries else "files"


def _files_at_the_top(listing: Listing) -> list[str]:
    return [name for name in listing.at_the_top if not JUNK.fullmatch(name)]


def alone(listing: Listing, name: str, problem: str = "") -> Delivery:
    """One file, or what is in it if it is a zip."""
    own = not is_zip(listing.base / name)
    return Delivery(name, ((name, name),), problem=problem if own else "", called=PurePosixPath(name).stem, alone=own)


def _loose(listing: Listing) -> list[Delivery]:
    """What is in no folder."""
    files = _files_at_the_top(listing)
    return [
        *(alone(listing, name) for name in files if is_runnable(name)),
        *(alone(listing, name, ODD.replace("it", f"`{name}`", 1)) for name in _strays(files)),
    ]


def _folder(name: str, files: Sequence[str]) -> Delivery:
    return Delivery(name, tuple((f"{name}/{file}", file) for file in files), called=name)


def _as_files(listing: Listing) -> list[Delivery]:
    """Folders beside the files are submissions if anything was handed in there, or nobody can see whether it was."""
    folders = {
        name: files
        for name, files in listing.by_folder.items()
        if f"{name}/" in listing.lost
        or any(is_runnable(file) or PurePosixPath(file).suffix.lower() in REPORTS for file in files)
    }
    return [*_loose(listing), *(_folder(name, files) for name, files in folders.items())]


def _as_folders(listing: Listing) -> list[Delivery]:
    """One for each folder, including those without anything to run."""
    folders = listing.by_folder
    return [*(_folder(name, files) for name, files in folders.items()), *_loose(listing)]


def as_repository(listing: Listing) -> list[Delivery]:
    """The whole folder, if anything in it was meant as a submission."""
    files = tuple((name, name) for name in listing.names)
    some = any(map(is_runnable, listing.names)) or _strays(listing.names)
    return [Delivery(".", files, called=listing.root, whole=True)] if some else []


PLAIN: Mapping[str, Callable[[Listing], list[Delivery]]] = {
    "files": _as_files,
    "folders": _as_folders,
    "repository": as_repository,
}


def _strays(names: Iterable[str]) -> list[str]:
    """The files that cannot be run, but were meant as submissions: documents and archives."""
    return [name for name in names if PurePosixPath(name).suffix.lower() in DOCUMENTS and not _is_furniture(name)]


def _is_furniture(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in (".csv", ".toml", ".json", ".py") or (FURNITURE.match(name) is not None and suffix != ".zip")
