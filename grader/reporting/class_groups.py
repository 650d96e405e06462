"""Answer groups as pages show them: the same mistake once, drawn, counted and worded, with who made it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.domain import ModelGraph
from grader.graph.codec import decode_graph
from grader.reporting.document import GradeDocument, GroupPart
from grader.reporting.network.svg import draw_network
from grader.reporting.safe_text import one_line


@dataclass(frozen=True)
class MistakeGroup:
    """One mistake, or several that came together; `seen` are all answers of the exercise. The largest has rank 1."""

    rank: int
    seen: int
    grades: tuple[GradeDocument, ...]

    @property
    def about(self) -> GroupPart:
        """What it is about: the same in the documents of all its members."""
        assert self.grades[0].group
        return self.grades[0].group

    @property
    def exercise(self) -> str:
        return self.grades[0].title or self.grades[0].assignment or "No exercise"

    @property
    def count(self) -> int:
        return len(self.grades)

    @property
    def cost(self) -> int:
        """The points that its members lack, so far if they need review."""
        return _lost(self.grades)

    @property
    def label(self) -> str:
        return f"G{self.rank}"

    @property
    def short(self) -> str:
        """What it is about, in a line: two groups may have the first cause in common."""
        more = len(self.about.causes) - 1
        return one_line(self.about.title + (f" (and {more} more)" if more > 0 else ""), 160)

    @property
    def topics(self) -> tuple[str, ...]:
        """What its causes are about, each once; the one that costs most comes first."""
        return tuple(dict.fromkeys(self.about.topics or (self.about.title,)))

    @cached_property
    def drawings(self) -> tuple[tuple[str, str], ...]:
        """The network of the group, and the expected one where it is known, each with a title and the layers marked.

        What cannot be read is left out.
        """
        about = self.about
        built = ("What was built", about.network, about.marked)
        expected = ("What is expected", about.expected, about.expected_marked)
        drawings = []
        for title, encoded, marked in (built, expected) if about.kind != "error" else ():
            if graph := _decoded(encoded):
                drawings.append((title, draw_network(graph, title, marked)))
        return tuple(drawing for drawing in drawings if drawing[1])


@dataclass(frozen=True)
class Topic:
    """What several groups got wrong, each in its own way; those that lost most points for it come first."""

    title: str
    exercise: str
    groups: tuple[MistakeGroup, ...]

    @property
    def count(self) -> int:
        """Each answer once: it has one group, and a group has a topic once."""
        return sum(group.count for group in self.groups)

    @property
    def seen(self) -> int:
        return self.groups[0].seen

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.seen)


def answer_groups(grades: Iterable[GradeDocument]) -> dict[str, MistakeGroup]:
    """All groups of a class by their digests, the largest first; of equal size, the one that costs more points."""
    members: dict[str, list[GradeDocument]] = defaultdict(list)
    seen: Counter[str | None] = Counter()
    for grade in grades:
        seen[grade.assignment] += 1
        if grade.group:
            members[grade.group.digest].append(grade)
    ranked = sorted(members, key=lambda digest: (-len(members[digest]), -_lost(members[digest]), digest))
    return {
        digest: MistakeGroup(rank, seen[members[digest][0].assignment], tuple(members[digest]))
        for rank, digest in enumerate(ranked, start=1)
    }


def _lost(grades: Iterable[GradeDocument]) -> int:
    return sum(grade.max_score - grade.score for grade in grades)


def topics(groups: Sequence[MistakeGroup]) -> tuple[Topic, ...]:
    """What to teach next: what most answers got wrong comes first. What a class cannot learn from is left out."""
    by_title: dict[tuple[str, str], list[MistakeGroup]] = defaultdict(list)
    for group in groups:
        for title in group.topics if group.about.kind != "grader" else ():
            by_title[group.exercise, title].append(group)
    all_topics = [
        Topic(title, exercise, tuple(sorted(members, key=lambda group: group.topics[0] != title)))
        for (exercise, title), members in by_title.items()
    ]
    return tuple(sorted(all_topics, key=lambda topic: (-topic.count, -sum(group.cost for group in topic.groups))))


def _decoded(encoded: str | None) -> ModelGraph | None:
    """The graph that a document has as text; nothing if it has none that can be read."""
    try:
        return decode_graph(json.loads(encoded)) if encoded else None
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
