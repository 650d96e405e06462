"""The journal of a run: what was written about each submission, so that only what is whole counts as done.

    journal/<submission>.json           an `Entry`
    results/<submission>.<assignment>.json, or results/<submission>.json if no exercise was recognised
    feedback/<submission>/index.html    the page, for the student
    cells/<submission>.html             what a notebook's cell shows, if the run is for Python

Anything here may be damaged, or come from another machine. What is not as it was written counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from grader.errors import UsageError
from grader.filesystem import entries, read_regular, write
from grader.reporting import read_grade_document

JOURNAL = "journal"
MOST_BYTES = 64 * 2**20  # of any one of these files


@dataclass(frozen=True)
class Entry:
    """What was found out about one submission, and what it depended on.

    key         digest of all that the results depend on; see `RunFolder._key`
    results     where its GRADE documents are
    not_found   the exercises that it does not hold
    settled     whether another run would give the same
    groups      the answer groups of its grades, about which a person may have decided
    reruns      the words for `--rerun` that apply to it
    lacked      packages that its run lacked and that were not installed
    stopped     the hash of a file whose grading exceeded a limit, and why: {"sha256", "why"}
    review      how many of its grades need a person
    files       a digest of each file as it was written
    """

    key: str
    results: tuple[str, ...]
    not_found: tuple[str, ...]
    settled: bool
    groups: tuple[str, ...] = ()
    reruns: tuple[str, ...] = ()
    lacked: tuple[str, ...] = ()
    stopped: Mapping[str, str] = field(default_factory=dict)
    review: int = 0
    files: Mapping[str, str] = field(default_factory=dict)

    def why_stopped(self, sha256: str) -> str:
        """Why grading this very file was stopped, whatever the rubric was; it would be again."""
        return self.stopped.get("why", "") if self.stopped.get("sha256") == sha256 else ""


_ENTRY = TypeAdapter(Entry)


def ever_graded(out: Path) -> frozenset[str]:
    """The submissions that were graded into a folder, also those that are gone."""
    return frozenset(path.stem for path in entries(out / JOURNAL))


def read_entry(out: Path, submission: str) -> Entry | None:
    """The entry of a submission, whichever version wrote it; nothing if it cannot be read."""
    with suppress(OSError, ValueError):
        return _ENTRY.validate_json(read_regular(out / journal_name(submission), MOST_BYTES), strict=True)
    return None


def install(out: Path, submission: str, files: Mapping[str, str], entry: Entry) -> None:
    """Write one submission's page and results. Its journal entry, which makes them count, comes last.

    What a power cut damages is not what the journal says, and so graded again.
    """
    before = read_entry(out, submission)
    for name, text in files.items():
        write(out / name, text, durable=False)
    for stale in set(before.results if before else ()).difference(files):
        if is_result_of(stale, submission):
            with suppress(OSError, ValueError):
                (out / stale).unlink()
    whole = replace(entry, files={name: digest_of(text) for name, text in files.items()})
    write(out / journal_name(submission), dump(asdict(whole)), durable=False)


def is_whole(out: Path, submission: str, entry: Entry) -> bool:
    """Whether all that an entry names is as it was written."""
    with suppress(UsageError):
        return bool(_read_files(out, submission, entry) and entry.results)
    return False


def files_of(out: Path, submission: str) -> tuple[dict[str, str], Entry]:
    """What `install` takes, from the folder of another run. Raises `UsageError` if it is not complete."""
    entry = read_entry(out, submission)
    if entry is None:
        raise UsageError(f"{out / journal_name(submission)}: this entry cannot be read; grade the class again.")
    return _read_files(out, submission, entry), entry


def _read_files(out: Path, submission: str, entry: Entry) -> dict[str, str]:
    """The page and the results of an entry, as they were written. Raises `UsageError` if one is not."""
    texts = {}
    for name in (*entry.results, page_name(submission)):
        is_result = name in entry.results
        if is_result and not is_result_of(name, submission):
            journal = out / journal_name(submission)
            raise UsageError(f"{journal}: {name!r} is not a result of `{submission}`; grade the class again.")
        try:
            texts[name] = read_regular(out / name, MOST_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise UsageError(f"{out / name}: cannot be used ({error.strerror}); grade the class again.") from None
        if entry.files.get(name) != digest_of(texts[name]):
            raise UsageError(f"{out / name}: its content is not what the run wrote; grade the class again.")
        if is_result and not _is_result(texts[name], name, submission):
            raise UsageError(f"{out / name}: this is not a result of `{submission}`; grade the class again.")
    return texts


def _is_result(text: str, name: str, submission: str) -> bool:
    """Whether a file holds the GRADE document that its name says."""
    grade = read_grade_document(text)
    whose = (grade["submission"]["id"], result_name(submission, grade["assignment"])) if grade else None
    return whose == (submission, name)


def dump(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def digest_of(text: str) -> str:
    """It shows whether a file is still what was written."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def is_result_of(name: str, submission: str) -> bool:
    has_ends = name.startswith(f"results/{submission}.") and name.endswith(".json")
    return has_ends and not set("/\\\0") & set(name.removeprefix("results/"))


def result_name(submission: str, assignment: str | None) -> str:
    return f"results/{submission}.{assignment}.json" if assignment else f"results/{submission}.json"


def page_name(submission: str) -> str:
    return f"feedback/{submission}/index.html"


def cells_name(submission: str) -> str:
    return f"cells/{submission}.html"


def journal_name(submission: str) -> str:
    return f"{JOURNAL}/{submission}.json"
