"""The pages: a student's own, the class's for staff, and that of a task. Each is one file that needs nothing else.

Everything that a template prints is cleaned and escaped; a Content-Security-Policy with hashes lets the
page run only its own style and script, so that even a hole in the escaping would run no code.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from grader.domain import Calibration, ClassReport, Grade, GradeStatus, ModelGraph, SourceFile
from grader.reporting import wording
from grader.reporting.changes import changes_of
from grader.reporting.class_view import ClassView
from grader.reporting.document import GradeDocument
from grader.reporting.safe_text import fragment, one_line, source
from grader.reporting.story import submission_story
from grader.reporting.student_view import NO_LINES, Lines, exercise, lead_to_steps, run_of

MOST_LISTED = 40  # mistakes, and people with the same one; what is rarer has a line
MOST_IN_MENU = 200  # groups that a filter lists; any can be named in the address
_NOTHING: Mapping[str, Any] = {}
_SHOWN_ELSEWHERE = ("excused", "missing", "submissions", "not_graded_yet", "remarks", "changes", "flags")


def student_page(
    grades: Sequence[Grade],
    *,
    references: Mapping[str, ModelGraph] = _NOTHING,
    calibrations: Mapping[str, Calibration] = _NOTHING,
    not_found: Sequence[str] = (),
    provenance: Mapping[str, Any] = _NOTHING,
    sources: Mapping[Path, SourceFile] = MappingProxyType({}),
) -> str:
    """The page of one submission with all its exercises; what may be drawn next to them is by assignment id.

    `sources` have the code of the files that were graded, by their entries.
    """
    files = _files(grades, sources)
    entries = [grade.submission.entry for grade in grades]
    documents = list(map(GradeDocument.of, grades))
    told, exercises, plans = submission_story(documents), [], []
    for number, (grade, document, story) in enumerate(zip(grades, documents, told.exercises, strict=True), start=1):
        key = grade.assignment.id if grade.assignment else ""
        lines = files.get(grade.submission.entry, NO_LINES)
        exercises.append(exercise(grade, document, story, references.get(key), calibrations.get(key), number, lines))
    for number, steps in enumerate(told.steps, start=len(exercises) + 1):
        lines = next(item.lines for item in exercises if item.document.submission.path == steps.path)
        lead_to_steps(steps, number, lines)
        plans.append((number, steps, lines))
    run = run_of(grades[0], documents[0], files.get(entries[0], NO_LINES))
    return _render(
        "student.html",
        submission=documents[0].submission,
        exercises=exercises,
        plans=plans,
        run=run,
        sources=list(files.values()),
        review_mark=wording.GRADE_MARKS["needs_review"],
        about=wording.about_submission(documents[0].submission),
        score=sum(grade.score for grade in grades),
        max_score=sum(grade.max_score for grade in grades),
        in_review=sum(grade.status == GradeStatus.NEEDS_REVIEW for grade in grades),
        not_found=list(not_found),
        to_be_found=wording.to_be_found(not_found),
        raised=any(grade.execution.failures for grade in grades),
        graded=dict.fromkeys((document.submission.path, document.submission.sha256[:12]) for document in documents),
        isolation=grades[0].execution.isolation,
        facts=_facts(provenance),
    )


def _files(grades: Sequence[Grade], sources: Mapping[Path, SourceFile]) -> dict[Path, Lines]:
    """The lines of the files that were graded, in the order of the grades."""
    entries = [entry for entry in dict.fromkeys(grade.submission.entry for grade in grades) if entry in sources]
    return {entry: Lines.of(sources[entry], number) for number, entry in enumerate(entries, start=1)}


def class_page(report: ClassReport | ClassView) -> str:
    """The page for staff, from GRADE documents alone; feedback pages are linked relative to it."""
    view = ClassView.of(report)
    return _render(
        "class.html",
        shown=view,
        most_listed=MOST_LISTED,
        most_in_menu=MOST_IN_MENU,
        changes=changes_of(view.report.provenance),
        facts=_facts(view.report.provenance),
        script=source("class.js"),
    )


def group_pages(report: ClassReport | ClassView) -> Iterator[tuple[str, str]]:
    """The page of each answer group, by its digest; feedback pages are linked relative to it."""
    groups = list(ClassView.of(report).groups.values())
    digests = ["", *(group.about.digest for group in groups), ""]
    for group, before, after in zip(groups, digests, digests[2:], strict=False):
        yield group.about.digest, _render("group.html", group=group, before=before, after=after)


def _facts(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Provenance as pairs of words; nested values are spelled out, excused ones have their own list."""
    return [
        (str(key).replace("_", " "), _fact(value))
        for key, value in provenance.items()
        if key not in _SHOWN_ELSEWHERE and value not in (None, "", (), [], {})
    ]


def _fact(value: object) -> str:
    parts = [f"{key} {item}" for key, item in value.items()] if isinstance(value, Mapping) else value
    return one_line(", ".join(map(str, parts)) if isinstance(parts, (list, tuple)) else parts, 600)


def task_page(title: str, text: str) -> str:
    """The page of a task; `text` is its Markdown, in which HTML is shown, not used."""
    from markdown_it import MarkdownIt  # imported late: only this page needs it

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return _render("task.html", title=title, text=Markup(rendered))


def _render(template: str, **context: Any) -> str:
    style = source("page.css")
    script = str(context.get("script", ""))
    policy = f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src {_digest(style)}"
    if script:
        policy += f"; script-src {_digest(script)}"
    return fragment(template, style=style, policy=policy, **context)


def _digest(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
