"""A grade and a class on a terminal: compact, readable in 80 columns, without colour, and in plain ASCII.

Student text goes into `Text` objects, never through rich's markup, and is cleaned before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.domain import ClassReport
from grader.domain.words import counted, listed
from grader.reporting import wording
from grader.reporting.changes import changes_of
from grader.reporting.class_view import ClassView, Issue, SubmissionRow
from grader.reporting.safe_text import LONGEST, clean, one_line, without_commands
from grader.reporting.story import CheckBlock, Line, NextSteps, NoteBlock, Story, SubmissionStory
from grader.reporting.wording import Mark

_LABELS = {"Expected": "expected:", "Found": "found:", "Step": "step:", "Steps": "steps:"}
_STYLES = {"good": "green", "bad": "red", "review": "yellow", "ours": "magenta", "quiet": "dim", "plain": ""}
MOST_WHOLE = 20  # submissions of which every one has a line
MOST_LOWEST = 10
MOST_ISSUES = 20
MOST_CHANGES = 12
MOST_TOPICS = 3
MOST_NAMES = 12


def print_submission(console: Console, told: SubmissionStory) -> None:
    """What to do in each file, and the exercises."""
    for steps in told.steps:
        print_steps(console, steps, 0)
        console.print()
    for number, story in enumerate(told.exercises):
        if number:
            console.print()
        print_grade(console, story, is_one_of_several=len(told.exercises) > 1)


def print_grade(console: Console, story: Story, *, is_one_of_several: bool = False) -> None:
    """One grade: score, how the model was found, what to do next, every check, how it learned, notes.

    Of several exercises, the checks that did not pass, and how many did.
    """
    _print_head(console, story, story.points)
    _say(console, "" if story.checks else story.verdict)
    for sentence in (story.found, story.ran):
        _say(console, sentence, style="dim")
    print_steps(console, story.steps)
    shown = [check for check in story.checks if not is_one_of_several or check.lines or check.about.review]
    if passed := len(story.checks) - len(shown):
        all_of_them = "All" if not shown else "The other"
        _say(console, f"{all_of_them} {counted(passed, 'check')} passed.", style="dim")
    _print_checks(console, story, shown)
    print_notes(console, story.remarks)


def print_submission_since(console: Console, before: Sequence[Story | None], told: SubmissionStory) -> None:
    """What has changed in each exercise, and then the next steps, last, since a terminal shows its end; an exercise
    that is new, with nothing before, is printed whole."""
    for earlier, story in zip(before, told.exercises, strict=True):
        console.print()
        if earlier:
            print_since(console, earlier, story)
        else:
            print_grade(console, story, is_one_of_several=len(told.exercises) > 1)
    for steps in told.steps:
        console.print()
        print_steps(console, steps, 0)


def print_since(console: Console, before: Story, after: Story) -> None:
    """What has changed since an earlier check of the same exercise, then what is still open, the next step first."""
    is_equal = before.score == after.score
    _print_head(console, after, after.points if is_equal else f"{before.score or '–'} → {after.points or '–'}")
    _say(console, _changed(console, before, after) or ("no check has changed" if is_equal else ""))
    _say(console, "" if after.checks else after.verdict)
    print_steps(console, after.steps)
    _print_checks(console, after, [check for check in after.checks if check.about.status != "passed"])


def _print_head(console: Console, story: Story, points: str) -> None:
    symbol, style = _marked(console, story.mark)
    text = f"  {_fit(points)}" if points else ""
    head = Text.assemble((_fit(story.title), "bold"), (text, "bold"), "  ", (symbol, style))
    console.print(head, highlight=False)


def print_steps(console: Console, steps: NextSteps, indent: int = 2) -> None:
    """What to do next, numbered if it is more than one thing."""
    if steps.lines:
        _say(console, f"{steps.heading}{f'. {steps.about}' if steps.about else ':'}", indent, "bold")
    for number, line in enumerate(steps.lines, start=1):
        _print_line(console, line, indent + 2, f"{number}. " if len(steps.lines) > 1 else "")


def _print_checks(console: Console, story: Story, checks: Iterable[CheckBlock]) -> None:
    for check in checks:
        _print_check(console, check)
    _say(console, story.learned)
    for reason in story.review:
        _say(console, f"Needs review: {reason}", style="yellow")


def _changed(console: Console, before: Story, after: Story) -> str:
    """`widths ✗ → ✓`."""
    earlier = {check.about.id: check.mark for check in before.checks}
    return ", ".join(
        f"{check.about.id} {_symbol(console, old)} → {_symbol(console, check.mark)}"
        for check in after.checks
        if (old := earlier.get(check.about.id)) and old != check.mark
    )


def print_notes(console: Console, notes: Iterable[NoteBlock]) -> None:
    """Notes with their places."""
    for note in notes:
        _say(console, str(note), style="dim")


def print_summary(console: Console, report: ClassReport) -> None:
    """A class: who is worth reading about, then what is absent, what has changed, and what to teach next.

    A small class has a line for each submission; of a large one, those with the lowest scores. The report has all.
    """
    view = ClassView.of(report)
    rows = view.rows if len(view.rows) <= MOST_WHOLE else _lowest(view.rows)
    if len(rows) < len(view.rows):
        counts = [f"{number} {noun}" for number, noun, _ in view.counts if number]
        _say(console, f"{', '.join(counts)}. The {len(rows)} lowest; the report lists all.", 0, "bold")
    if rows:
        _print_rows(console, rows, view.assignments)
    _print_absent(console, view)
    print_changes(console, report.provenance)
    if topics := view.topics[:MOST_TOPICS]:
        _say(console, "What to teach next:", 0, "bold")
    for topic in topics:
        often = f"{topic.count} of {counted(topic.seen, 'answer')}"
        example = next((group.about.title for group in topic.groups if group.about.title != topic.title), "")
        _say(console, f"{topic.exercise} ({often}): {topic.title}{f': {example}' if example else ''}")


def _print_rows(console: Console, rows: Sequence[SubmissionRow], names: Sequence[str]) -> None:
    """With a column for each assignment; of very many, only the totals fit."""
    names = names if len(names) * 11 + 36 <= console.width else ()
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column("submission", overflow="fold", max_width=24)
    for name in names:
        table.add_column(_fit(name.replace("_", " ")), overflow="fold")
    table.add_column("total", justify="right")
    for row in rows:
        cells = [
            Text(f"{_symbol(console, cell.mark)} {cell.score or cell.mark.word}", style=_STYLES[cell.mark.tone])
            for cell in row.cells[: len(names)]
        ]
        table.add_row(Text(_fit(row.who, 60)), *cells, Text(row.total))
    console.print(table)


def _lowest(rows: Sequence[SubmissionRow]) -> Sequence[SubmissionRow]:
    """Settled submissions with fewer than all points, the lowest totals first."""
    below = [row for row in rows if any(grade.score < grade.max_score for grade in row.settled)]
    return sorted(below, key=lambda row: row.total_sort)[:MOST_LOWEST]


def print_changes(console: Console, provenance: Mapping[str, Any], most: int = MOST_CHANGES) -> None:
    """Whose score went up or down since the last grading, in which check, and why."""
    changes = changes_of(provenance)
    if changes.headline:
        _say(console, f"What changed: {changes.headline}.", 0, "bold")
    for group in changes.groups[:most]:
        why = f", because of {group.why}" if group.why else ""
        _say(console, f"{group.title} in {group.assignment}: {group.what}{why}")
        if group.direction != "same":
            _say(console, listed([text for _, text in group.who], most=MOST_NAMES), 4, "dim")
    if len(changes.groups) > most:
        _say(console, f"and {len(changes.groups) - most} more kinds of change, in the report", style="dim")
    for flag in changes.flags:
        _say(console, f"look again: {flag}", 0, "yellow")


def _print_absent(console: Console, view: ClassView) -> None:
    review, ungraded = view.issues("needs_review"), view.issues("unreadable")
    for issue in review[:MOST_ISSUES]:
        _say(console, f"needs review: {_people(issue)}, {issue.assignment}: {'; '.join(issue.reasons)}", 0, "yellow")
    for issue in ungraded[:MOST_ISSUES]:
        _say(console, f"not graded: {_people(issue)}: {' '.join(issue.reasons)}", 0)
    if missing := view.report.missing:
        _say(console, f"not submitted: {listed(missing, most=MOST_ISSUES)}", 0)
    if max(len(review), len(ungraded)) > MOST_ISSUES:
        _say(console, "The report lists all that need review or were not graded.", 0)
    if review:
        how = "Decide the grades that need review with `grader review`, followed by the folder of the report."
        _say(console, how, 0, "dim")


def _people(issue: Issue) -> str:
    return listed([who for _, who in issue.people], most=MOST_NAMES)


def _print_check(console: Console, check: CheckBlock) -> None:
    symbol, style = _marked(console, check.mark)
    title = _fit(check.about.title, max(20, console.width - 28))
    head = Text.assemble("  ", (f"{symbol:<14}", style), f"{wording.points(check.about, '/'):>6}  ", title)
    console.print(head, highlight=False, overflow="fold")
    for line in check.lines:
        label = f"{_LABELS[line.label]:<10}" if line.label else ""
        _print_line(console, line, 6, label, "dim" if check.repeats else "")


def _print_line(console: Console, line: Line, indent: int, label: str, style: str = "") -> None:
    _say(console, line.text, indent, style, label)
    for code in line.code:  # in one piece, to be copied
        told = f"{' ' * (indent + len(label) + 4)}{without_commands(clean(code))[:LONGEST]}"
        console.print(Text(told.rstrip()), highlight=False, soft_wrap=True)


def _say(console: Console, text: str, indent: int = 2, style: str = "", label: str = "") -> None:
    """Wrapped lines under one another, without the trailing spaces that a padded block would have."""
    if not text:
        return
    margin = " " * (indent + len(label))
    wrapped = Text(_fit(text, LONGEST), style=style).wrap(console, max(20, console.width - len(margin)))
    for number, line in enumerate(wrapped):
        line.rstrip()
        before = " " * indent + label if number == 0 and label else margin
        console.print(Text(before, style=style) + line, highlight=False, soft_wrap=True)


def _marked(console: Console, mark: Mark) -> tuple[str, str]:
    return f"{_symbol(console, mark)} {mark.word}", _STYLES[mark.tone]


def _symbol(console: Console, mark: Mark) -> str:
    return mark.symbol if console.encoding.lower().startswith("utf") else mark.ascii


def _fit(text: object, limit: int = 200) -> str:
    """One clean line without commands."""
    return without_commands(one_line(text, limit))
