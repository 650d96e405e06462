"""A grade and a class on a terminal: compact, readable in 80 columns, without colour, and in plain ASCII.

Student text goes into `Text` objects, never through rich's markup, and is cleaned before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.domain import Report
from grader.domain.words import counted
from grader.reporting import changes, class_view, wording
from grader.reporting.class_groups import answer_groups, topics
from grader.reporting.class_table import Cell, Row, assignments, rows
from grader.reporting.display import clean, one_line, without_commands
from grader.reporting.document import grades_of
from grader.reporting.story import CheckBlock, NoteBlock, Story
from grader.reporting.wording import Mark

_LABELS = {"Expected": "expected:", "Found": "found:", "Next step": "next:"}
_STYLES = {"good": "green", "bad": "red", "review": "yellow", "ours": "magenta", "quiet": "dim", "plain": ""}
MAX_NOTES = 8
MOST_WHOLE = 20  # submissions of which every one has a line
MOST_LOWEST = 10
MOST_ISSUES = 20
MOST_CHANGES = 12
MOST_TOPICS = 3


def print_grade(console: Console, story: Story) -> None:
    """One grade: score, how the model was found, every check, what to fix, how it learned, notes."""
    _print_head(console, story, story.points)
    if not story.checks:
        _say(console, story.verdict)
        _say(console, story.next_step, label=f"{_LABELS['Next step']:<10}")
    for sentence in (story.found, story.ran):
        _say(console, sentence, style="dim")
    for check in story.checks:
        _print_check(console, check)
    _say(console, story.learned)
    _print_review(console, story)
    print_notes(console, story.remarks)


def print_since(console: Console, before: Story, after: Story) -> None:
    """What has changed since an earlier check of the same exercise, then what is still open, the next step first."""
    earlier = {check.about.id: check for check in before.checks}
    changed = [
        f"{check.about.id} {_symbol(console, earlier[check.about.id].mark)} → {_symbol(console, check.mark)}"
        for check in after.checks
        if check.about.id in earlier and earlier[check.about.id].mark != check.mark
    ]
    points = after.points if before.score == after.score else f"{before.score or '–'} → {after.points or '–'}"
    told = ", ".join(changed) or ("" if before.score != after.score else "no check has changed")
    _print_head(console, after, points)
    _say(console, told)
    _say(console, after.next_step, label=f"{_LABELS['Next step']:<10}")
    for check in after.checks:
        if check.about.status != "passed":
            _print_check(console, check)
    if not after.checks:
        _say(console, after.verdict)
    _print_review(console, after)


def _print_head(console: Console, story: Story, points: str) -> None:
    symbol, style = _marked(console, story.mark)
    shown = f"  {_fit(console, points)}" if points else ""
    head = Text.assemble((_fit(console, story.title), "bold"), (shown, "bold"), "  ", (symbol, style))
    console.print(head, highlight=False)


def _print_review(console: Console, story: Story) -> None:
    for reason in story.review:
        _say(console, f"Needs review: {reason}", style="yellow")


def print_notes(console: Console, notes: Iterable[NoteBlock], most: int = MAX_NOTES) -> None:
    """Notes with their places."""
    listed = list(notes)
    for note in listed[:most]:
        _say(console, str(note), style="dim")
    if len(listed) > most:
        _say(console, f"and {counted(len(listed) - most, 'more note')}", style="dim")


def print_summary(console: Console, report: Report) -> None:
    """A class: who is worth reading about, then what is absent, what has changed, and what to teach next.

    A small class has a line for each submission; of a large one, those with the lowest scores. The report has all.
    """
    report = class_view.briefly(report)
    names = assignments(report)
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column("submission", overflow="fold", max_width=24)
    wide = len(names) * 11 + 36 > console.width
    for index, name in enumerate(names):
        table.add_column(str(index + 1) if wide else _fit(console, name.replace("_", " ")), overflow="fold")
    table.add_column("total", justify="right")
    listed = rows(report)
    shown = listed if len(listed) <= MOST_WHOLE else _lowest(listed)
    if len(shown) < len(listed):
        _say(console, _in_figures(report, len(listed)), indent=0, style="bold")
    for row in shown:
        cells = [_cell(console, cell, short=wide) for cell in row.cells]
        table.add_row(Text(_fit(console, row.who, 60)), *cells, Text(row.total))
    if shown:
        if len(shown) < len(listed):
            _say(console, f"The {len(shown)} lowest; the report lists all.", indent=0, style="dim")
        console.print(table)
    if wide:
        numbered = ", ".join(f"{index + 1} {name}" for index, name in enumerate(names))
        marks = [wording.GRADE_MARKS[name] for name in ("needs_review", "not_graded", "not_found")]
        legend = ", ".join(f"{_symbol(console, mark)} {mark.word}" for mark in marks)
        _say(console, f"{numbered}; {legend}", indent=0, style="dim")
    _print_absent(console, report)
    print_changes(console, report.provenance)
    taught = topics(answer_groups(report))[:MOST_TOPICS]
    if taught:
        _say(console, "What to teach next:", indent=0, style="bold")
    for topic in taught:
        often = f"{topic.count} of {counted(topic.seen, 'answer')}"
        example = next((group.title for group in topic.groups if group.title != topic.title), "")
        _say(console, f"{topic.exercise} ({often}): {topic.title}{f': {example}' if example else ''}")


def _lowest(listed: tuple[Row, ...]) -> list[Row]:
    """Settled submissions with fewer than all points, the lowest totals first."""
    below = [row for row in listed if row.total_sort >= 0 and row.total.split(" / ")[0] != row.total.split(" / ")[-1]]
    return sorted(below, key=lambda row: row.total_sort)[:MOST_LOWEST]


def _in_figures(report: Report, submissions: int) -> str:
    counts = {"graded": 0, "needs_review": 0, "not_graded": 0}
    for grade in grades_of(report):
        counts[grade.status] += 1
    full = sum(one.status == "graded" and one.score == one.max_score for one in grades_of(report))
    graded = counted(counts["graded"], "exercise")
    told = f"{submissions} submissions: {graded} graded, {full} of these with full marks"
    told += f", {counts['needs_review']} to review" if counts["needs_review"] else ""
    return told + (f", {counts['not_graded']} not graded." if counts["not_graded"] else ".")


def print_changes(console: Console, provenance: Mapping[str, Any], most: int = MOST_CHANGES) -> None:
    """Whose score went up or down since the last grading, in which check, and why."""
    found = provenance.get("changes")
    if found:
        _say(console, f"What changed: {changes.headline(found)}.", indent=0, style="bold")
        for line in changes.version_lines(found):
            _say(console, line, style="dim")
        groups = changes.change_groups(found)
        for group in groups[:most]:
            why = f", because of {group.why}" if group.why else ""
            _say(console, f"{group.title} in {group.assignment}: {group.what}{why}")
            if group.direction != "same":
                _say(console, changes.some([shown for _, shown in group.who]), indent=4, style="dim")
        if len(groups) > most:
            _say(console, f"and {len(groups) - most} more kinds of change, in the report", style="dim")
        _say(console, changes.kept_line(found), indent=0)
    for flag in provenance.get("flags") or ():
        _say(console, f"look again: {flag}", indent=0, style="yellow")


def _print_absent(console: Console, report: Report) -> None:
    review = class_view.issues(report, "needs_review")
    for issue in review[:MOST_ISSUES]:
        why = "; ".join(issue.reasons)
        _say(console, f"needs review: {_people(issue)}, {issue.assignment}: {why}", 0, "yellow")
    ungraded = (*class_view.issues(report, "not_graded"), *class_view.unreadable(report))
    for issue in ungraded[:MOST_ISSUES]:
        _say(console, f"not graded: {_people(issue)}: {' '.join(issue.reasons)}", 0)
    if report.missing:
        more = len(report.missing) - MOST_ISSUES
        names = ", ".join(report.missing[:MOST_ISSUES])
        _say(console, f"not submitted: {names}{f' and {more} more' if more > 0 else ''}", 0)
    if max(len(review), len(ungraded)) > MOST_ISSUES:
        numbers = [sum(len(issue.people) for issue in those) for those in (review, ungraded)]
        _say(console, f"{numbers[0]} need review and {numbers[1]} were not graded; the report lists all.", 0)
    if review:
        how = "Decide the grades that need review with `grader review`, followed by the folder of the report."
        _say(console, how, 0, "dim")


def _people(issue: class_view.Issue) -> str:
    return changes.some([who for _, who in issue.people])


def _print_check(console: Console, check: CheckBlock) -> None:
    symbol, style = _marked(console, check.mark)
    title = _fit(console, check.about.title, max(20, console.width - 28))
    head = Text.assemble("  ", (f"{symbol:<14}", style), f"{wording.points(check.about, '/'):>6}  ", title)
    console.print(head, highlight=False, overflow="fold")
    for line in check.lines:
        label = f"{_LABELS[line.label]:<10}" if line.label else ""
        _say(console, line.text, indent=6, label=label, style="dim" if check.repeats else "")


def _say(console: Console, text: str, indent: int = 2, style: str = "", label: str = "") -> None:
    """Wrapped lines under one another, without the trailing spaces that a padded block would have."""
    if not text:
        return
    margin = " " * (indent + len(label))
    wrapped = Text(_fit(console, text, 600), style=style).wrap(console, max(20, console.width - len(margin)))
    for number, line in enumerate(wrapped):
        line.rstrip()
        before = " " * indent + label if number == 0 and label else margin
        console.print(Text(before, style=style) + line, highlight=False, soft_wrap=True)


def _cell(console: Console, cell: Cell, *, short: bool) -> Text:
    words = cell.score.partition(" ")[0] if short else cell.score or cell.mark.word
    return Text(f"{_symbol(console, cell.mark)} {words}".rstrip(), style=_STYLES[cell.mark.tone])


def _marked(console: Console, mark: Mark) -> tuple[str, str]:
    return f"{_symbol(console, mark)} {mark.word}", _STYLES[mark.tone]


def _symbol(console: Console, mark: Mark) -> str:
    return mark.symbol if console.encoding.lower().startswith("utf") else mark.ascii


def _fit(console: Console, text: object, limit: int = 200) -> str:
    """One clean line without commands, in which every character exists in the terminal's encoding."""
    line = without_commands(one_line(clean(str(text)), limit))
    encoding = console.encoding
    if encoding.lower().startswith("utf"):
        return line
    return line.replace("…", "...").encode(encoding, "backslashreplace").decode(encoding)
