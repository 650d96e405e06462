"""One way in which a platform packs a class: a pattern of paths with named groups, and a few lines for the rest.

The groups are fields of a delivery: `name`, `id`, `email`, `group`, `attempt`, `late`, `time`, `work` and `file`, which
is the name in the student's folder. Files of one `key`, or else of one student, are one delivery. No layout opens a
submission.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from re import Match

from grader.domain import Student
from grader.submissions.identity import natural
from grader.submissions.layouts.listing import TOO_MANY, Delivery, Listing, Reading, keys_of, most

IDENTITY = ("key", "anon", "id", "email", "group", "name")
Matched = tuple[Delivery, list[Match[str]]]


def as_they_are(listing: Listing, found: Sequence[Matched]) -> Iterable[Delivery]:
    return [delivery for delivery, _ in found]


@dataclass(frozen=True)
class Layout:
    """`complete` adds to deliveries what the pattern cannot say.

    A download is of this layout if most of what is at its top fits, and is `plausible`. Files at the top that the
    platform itself wrote, `own`, count neither way. Whatever else does not fit is ignored, with the reason `unfit`.
    """

    name: str
    title: str
    pattern: str | Callable[[Listing], str]
    unfit: str = "it does not fit the pattern"
    complete: Callable[[Listing, Sequence[Matched]], Iterable[Delivery]] = as_they_are
    plausible: Callable[[Listing], bool] = lambda listing: True
    own: frozenset[str] = frozenset()

    def matches(self, listing: Listing) -> dict[str, Match[str]]:
        pattern = re.compile(self.pattern if isinstance(self.pattern, str) else self.pattern(listing), re.DOTALL)
        return {name: match for name in listing.names if (match := pattern.fullmatch(name))}

    def recognises(self, listing: Listing) -> bool:
        """Each file and folder at the top has one vote, however much is in it."""
        tops = [top for top in (*listing.by_folder, *listing.at_the_top) if top not in self.own]
        return most({name.partition("/")[0] for name in self.matches(listing)}, tops) and self.plausible(listing)

    def read(self, listing: Listing) -> Reading:
        """Files whose whole path fits the pattern; those of one student and one attempt are one delivery."""
        matches = self.matches(listing)
        found: dict[tuple[str, str, str], list[Match[str]]] = defaultdict(list)
        for match in matches.values():
            said = {name: text or "" for name, text in match.groupdict().items()}
            key = next((said[field] for field in IDENTITY if said.get(field)), "")
            found[key, said.get("work", ""), said.get("attempt") or said.get("time", "")].append(match)
        keys = keys_of((who, work) for who, work, _ in found)
        fitting = {name.partition("/")[0] for name in matches}
        ignored = {
            name if name.partition("/")[0] in fitting or "/" not in name else f"{name.partition('/')[0]}/": self.unfit
            for name in listing.names
            if name not in matches and name not in self.own
        }
        ignored |= {_start(each[0]): TOO_MANY for (who, work, _), each in found.items() if (who, work) not in keys}
        deliveries = [
            (_delivery(keys[who, work], work, attempt, each), each)
            for (who, work, attempt), each in found.items()
            if (who, work) in keys
        ]
        return Reading(tuple(self.complete(listing, deliveries)), tuple(ignored.items()))


def _delivery(key: str, work: str, attempt: str, matches: list[Match[str]]) -> Delivery:
    said = {name: value or "" for name, value in matches[0].groupdict().items()}
    person = Student(said.get("name", ""), said.get("id", ""), said.get("email", ""))
    return Delivery(
        key=key,
        files=tuple((match.string, match.groupdict().get("file") or _last(match.string)) for match in matches),
        students=(person,) if person != Student() else (),
        place=_start(matches[0]),
        group=said.get("group", ""),
        late=any(match["late"] for match in matches) if "late" in said else None,
        submitted=said.get("time", ""),
        work=work,
        order=natural(attempt),
    )


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _start(match: Match[str]) -> str:
    """What comes before the file: how the download calls the student."""
    end = match.start("file") if match.groupdict().get("file") else len(match.string)
    return match.string[:end].rstrip("/_- ")
