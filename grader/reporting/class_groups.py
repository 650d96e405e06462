"""Answer groups as pages show them: the same mistake once, drawn, counted and worded, with who made it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.domain import ModelGraph, Report
from grader.domain.words import counted
from grader.graph.codec import decode_graph
from grader.reporting.class_table import GroupLabel, group_labels
from grader.reporting.document import GradeDocument, GroupPart, grades_of
from grader.reporting.network.svg import draw_network, layers_named

MOST_PAGES = 500
NO_EXERCISE = "No exercise"


@dataclass(frozen=True)
class Member:
    """A submission of a group."""

    id: str
    who: str
    score: str


@dataclass(frozen=True)
class Drawing:
    """One network of a group, with what differs marked; `said` names the layers that are marked."""

    title: str
    svg: str


@dataclass(frozen=True)
class Group:
    """One mistake, or several that came together, of `count` out of `seen` grades of the exercise.

    `about` is what a GRADE document says of it. `cost` are the points that its members lost, `undecided` those of them
    that a person has yet to decide on. `comments` are those on all members.
    """

    label: GroupLabel
    exercise: str
    about: GroupPart
    count: int
    seen: int
    cost: int
    undecided: int
    members: tuple[Member, ...]
    comments: tuple[str, ...]
    has_page: bool

    @property
    def kind(self) -> str:
        return self.about.kind

    @property
    def title(self) -> str:
        return self.about.title

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(self.about.causes)

    @property
    def consequences(self) -> tuple[str, ...]:
        return tuple(self.about.consequences)

    @property
    def topics(self) -> tuple[str, ...]:
        """What its causes are about, each once; the one that costs most comes first."""
        return tuple(dict.fromkeys(self.about.topics or (self.title,)))

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.seen)

    @cached_property
    def drawings(self) -> tuple[Drawing, ...]:
        return drawings(self.about)

    @property
    def lost(self) -> str:
        """`10 points lost`; while a grade needs review, none of its points are lost."""
        lost = self.cost - self.undecided
        parts = [f"{counted(lost, 'point')} lost"] if lost or not self.undecided else []
        parts += [f"{counted(self.undecided, 'point')} not decided yet"] if self.undecided else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Topic:
    """What several groups got wrong, each in its own way: `groups` lost most points for it, `others` few."""

    title: str
    exercise: str
    groups: tuple[Group, ...]
    others: tuple[Group, ...] = ()

    @property
    def count(self) -> int:
        """Each answer once: it has one group, and a group has a topic once."""
        return sum(group.count for group in (*self.groups, *self.others))

    @property
    def seen(self) -> int:
        return next(group.seen for group in (*self.groups, *self.others))

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.seen)

    @property
    def cost(self) -> int:
        return sum(group.cost for group in self.groups)


def answer_groups(report: Report) -> tuple[Group, ...]:
    """All groups of a class, the largest first."""
    found: dict[str, list[GradeDocument]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for grade in grades_of(report):
        seen[str(grade.assignment)] += 1
        if group := grade.group:
            found[group.digest].append(grade)
    labels = group_labels(report)
    ranked = [(rank, digest) for rank, digest in enumerate(labels) if digest in found]
    return tuple(_group(labels[digest], found[digest], seen, has_page=rank < MOST_PAGES) for rank, digest in ranked)


def _group(label: GroupLabel, grades: Sequence[GradeDocument], seen: Mapping[str, int], *, has_page: bool) -> Group:
    first = grades[0]
    abouts = [one.group for one in grades if one.group]
    return Group(
        label,
        first.title or first.assignment or NO_EXERCISE,
        next((one for one in abouts if one.causes), abouts[0]),
        len(grades),
        seen[str(first.assignment)],
        sum(lost_points(one) for one in grades),
        sum(lost_points(one) for one in grades if one.status == "needs_review"),
        tuple(_member(one) for one in grades),
        _comments(grades),
        has_page,
    )


def topics(groups: Sequence[Group]) -> tuple[Topic, ...]:
    """What to teach next: what most answers got wrong comes first. What a class cannot learn from is left out."""
    main: dict[tuple[str, str], list[Group]] = defaultdict(list)
    besides: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        first, *others = group.topics
        if group.kind != "grader":
            main[group.exercise, first].append(group)
            for other in others:
                besides[group.exercise, other].append(group)
    found = [Topic(title, exercise, tuple(main[exercise, title]), tuple(besides[exercise, title]))
             for exercise, title in dict.fromkeys([*main, *besides])]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.count, -one.cost)))


def lost_points(grade: GradeDocument) -> int:
    """The points that are missing from a grade."""
    return grade.max_score - grade.score


def _member(grade: GradeDocument) -> Member:
    submission = grade.submission
    score = f"{grade.score} / {grade.max_score}" if grade.max_score else ""
    return Member(submission.id, submission.name, score)


def _comments(grades: Sequence[GradeDocument]) -> tuple[str, ...]:
    """What a person wrote to every member of a group; a comment to one of them is nobody else's business."""
    lists = [
        [note.message for note in grade.notes if note.code == "comment"] for grade in grades
    ]  # fmt: skip
    shared = set.intersection(*map(set, lists)) if len(lists) > 1 else set()
    return tuple(one for one in dict.fromkeys(lists[0]) if one in shared)


def drawings(group: GroupPart) -> tuple[Drawing, ...]:
    """The network of the group, and the expected one where it is known; what cannot be read is left out."""
    if group.kind == "error":
        return ()
    built = ("What was built", group.network, group.marked)
    expected = ("What is expected", group.expected, group.expected_marked)
    found = []
    for title, encoded, marked in (built, expected):
        if graph := network_in(encoded):
            found.append(Drawing(title, draw_network(graph, title, layers_named(graph, marked))))
    return tuple(one for one in found if one.svg)


def network_in(encoded: str | None) -> ModelGraph | None:
    """The graph that a document has as text; nothing if it has none that can be read."""
    try:
        return decode_graph(json.loads(encoded)) if encoded else None
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
