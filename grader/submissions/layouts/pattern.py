"""`--pattern`: names that no layout knows, as `{name}_{id}/{file}` or a regular expression with named groups."""

from __future__ import annotations

import re
from collections import defaultdict

from grader.domain import Student
from grader.errors import UsageError
from grader.submissions.layouts.listing import TOO_MANY, Delivery, Listing, Reading, in_order, keys_of

FIELDS = ("name", "id", "email", "group", "attempt", "late", "time", "work", "file")
IDENTITY = ("id", "email", "name", "group")


def compiled(text: str) -> re.Pattern[str]:
    """A pattern as it is typed. Raises `UsageError` with what is wrong with it."""
    source = text if "(?P<" in text else _from_template(text)
    try:
        pattern = re.compile(source)
    except re.error as error:
        raise UsageError(f"--pattern {text}: this is not a regular expression ({error}).") from None
    unknown = [name for name in pattern.groupindex if name not in FIELDS]
    if unknown or not set(IDENTITY) & set(pattern.groupindex):
        what = f"`{unknown[0]}` is not a field" if unknown else "no field identifies the student"
        raise UsageError(f"--pattern {text}: {what}. Use {{name}}_{{id}}/{{file}}; fields: {', '.join(FIELDS)}.")
    return pattern


def _from_template(text: str) -> str:
    parts = re.split(r"\{(\w+)\}", text)
    source = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            source += re.escape(part)
        elif part == "file":
            source += "(?P<file>.+)"
        elif part == "late":
            source += "(?P<late>(?i:late)?)"
        else:
            source += rf"(?P<{part}>[^/]+?)" if f"(?P<{part}>" not in source else f"(?P={part})"
    return source


def read(pattern: re.Pattern[str], listing: Listing) -> Reading:
    """Files whose whole path fits the pattern; those of one student and one attempt are one delivery."""
    found: dict[tuple[str, str, str], list[re.Match[str]]] = defaultdict(list)
    ignored = []
    for name in listing.names:
        match = pattern.fullmatch(name)
        if match is None:
            ignored.append((name, "it does not fit the pattern"))
            continue
        said = match.groupdict()
        key = said.get("id") or said.get("email") or said.get("group") or said.get("name") or ""
        found[key, said.get("work") or "", said.get("attempt") or said.get("time") or ""].append(match)
    keys = keys_of((who, work) for who, work, _ in found)
    deliveries = []
    for (who, work, attempt), matches in found.items():
        if (who, work) not in keys:
            ignored.append((_start(matches[0]), TOO_MANY))
            continue
        deliveries.append(_delivery(keys[who, work], work, attempt, matches))
    return Reading(tuple(deliveries), tuple(ignored))


def _delivery(key: str, work: str, attempt: str, matches: list[re.Match[str]]) -> Delivery:
    said = {name: value or "" for name, value in matches[0].groupdict().items()}
    person = Student(said.get("name", ""), said.get("id", ""), said.get("email", ""))
    late = None if "late" not in said else any(match["late"] for match in matches)
    return Delivery(
        key=key,
        files=tuple((match.string, match.groupdict().get("file") or _last(match.string)) for match in matches),
        students=(person,) if person != Student() else (),
        place=_start(matches[0]),
        group=said.get("group", ""),
        late=late,
        submitted=said.get("time", ""),
        work=work,
        order=in_order(attempt),
    )


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _start(match: re.Match[str]) -> str:
    """What comes before the file: how the download calls the student."""
    end = match.start("file") if "file" in match.groupdict() else len(match.string)
    return match.string[:end].rstrip("/_- ")
