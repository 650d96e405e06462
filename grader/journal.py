"""The journal of a run: an entry for each submission that is finished, and the files that it stands for.

journal/<submission>.json           key, results, not_found, settled, and files: what each file was when it was written
results/…, feedback/…               see `publishing.py`

Everything here may be spoilt, or come from another machine. What is not as it was written counts as absent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.filesystem import read_regular

JOURNAL = "journal"
WRITTEN = ("results", "feedback", JOURNAL)
MOST_BYTES = 64 * 2**20  # of any one of these files


def read_entry(out: Path, submission: str) -> dict[str, Any] | None:
    """The journal's entry, whatever it was made with; what cannot be read was never finished."""
    try:
        entry = json.loads(read_regular(out / journal_name(submission), MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or type(entry.get("settled")) is not bool or not isinstance(entry.get("key"), str):
        return None
    lists = all(_are_texts(entry.get(name)) for name in ("results", "not_found"))
    return entry if lists and isinstance(entry.setdefault("files", {}), dict) else None


def read_files(out: Path, submission: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """The page and the results that an entry stands for, as they were written; `OSError` where one is not."""
    texts = {}
    for name in (page_name(submission), *entry["results"]):
        texts[name] = read_regular(out / name, MOST_BYTES).decode("utf-8", "replace")
        if entry["files"].get(name) != mark(texts[name]):
            raise OSError(0, "it is not what was written", str(out / name))
    return texts


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def mark(text: str) -> str:
    """By which a file is known to be what was written."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def is_result_of(name: str, submission: str) -> bool:
    return re.fullmatch(rf"results/{re.escape(submission)}(\.[^/\\\0]+)?\.json", name) is not None


def page_name(submission: str) -> str:
    return f"feedback/{submission}/index.html"


def journal_name(submission: str) -> str:
    return f"{JOURNAL}/{submission}.json"


def result_name(submission: str, assignment: str | None) -> str:
    """Where a GRADE document is, in the folder of its run."""
    return f"results/{submission}.{assignment}.json" if assignment else f"results/{submission}.json"
