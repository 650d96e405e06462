"""One rendered sample of each format that is text; `python -m tests.reporting.samples` writes them again.

Whoever changes what is told looks at the difference.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.domain import Grade
from grader.reporting import CHECK_SCHEMA, FORMATS, GRADE_SCHEMA, class_page, student_page
from grader.reporting.document import GradeDocument
from grader.reporting.formats.as_tests import classroom50_json
from grader.reporting.story import story_of
from grader.reporting.terminal import print_grade, print_summary
from tests.reporting.grades import grade_document, grade_of, report_of
from tests.reporting.markup import Page
from tests.reporting.sample_pages import source, wrong_with_code

FOLDER = Path(__file__).parent / "published"
AS_JSON = ("classroom50", "gradescope", "prairielearn")
GRADES = tuple(map(grade_of, ("wrong", "review", "unreadable", "good", "empty")))


def printed(show: Callable[[Console], None], encoding: str = "utf-8", width: int = 80, color: bool = False) -> str:
    """What a terminal of that encoding and width receives, as the command line opens it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    show(Console(file=stream, width=width, force_terminal=color, color_system="truecolor" if color else None))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined, no-any-return]


def flat(value: Any, place: str = "", whole: int = 0) -> str:
    """A line for each value of a JSON document: where it is, and what it is. A list of plain values is one value.

    So is whatever takes no more than `whole` columns, such as the type of a property.
    """
    parts, text = value, json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        parts = dict(enumerate(value))
    if not isinstance(parts, dict) or len(text) <= whole:
        return f"{place}: {text}\n"
    return "".join(flat(part, f"{place}.{key}".lstrip("."), whole) for key, part in parts.items())


def bare(schema: Any) -> Any:
    """What of a schema decides whether a value is accepted: later graders read what earlier ones wrote."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    words = {"title", "description", "default"} if isinstance(schema.get("title", ""), str) else ()
    return {key: bare(part) for key, part in schema.items() if key not in words}


def only(grade: Grade, *checks: str) -> Grade:
    """The same grade with these checks alone: what a machine reads is alike for each."""
    return replace(grade, results=tuple(result for result in grade.results if result.check.id in checks))


def samples() -> dict[str, str]:
    """Each by its name; times that differ are left out."""
    wrong, review, unreadable, good, empty = GRADES
    short = (only(wrong, "runs", "inputs"), only(review, "graph", "learns"), unreadable)
    report = report_of(*short)
    texts = {name: FORMATS[name](report) for name in FORMATS if name not in (*AS_JSON, "html", "json")}
    texts |= {name: flat(json.loads(FORMATS[name](report))) for name in AS_JSON}
    texts["classroom50"] = re.sub(r"20\d\d-.*Z", "…", flat(json.loads(classroom50_json(report, {}))))
    noted = replace(only(wrong, "graph"), notes=good.notes)
    schemas = {"grade-1": GRADE_SCHEMA, "check-1": CHECK_SCHEMA["properties"]}
    texts |= {name: flat(bare(schema), whole=70) for name, schema in schemas.items()}
    texts["document"] = flat(grade_document(noted))
    grades = (*short, only(good, "runs"), only(empty, "runs", "inputs"))
    stories = [story_of(GradeDocument.model_validate(grade_document(grade))) for grade in grades]
    texts["terminal"] = "\n".join(
        printed(lambda console, story=story: print_grade(console, story)) for story in stories
    )
    texts["summary"] = printed(lambda console: print_summary(console, report_of(*GRADES)))
    coded = only(wrong_with_code(), "runs", "inputs", "graph")
    page = student_page([coded], sources={coded.submission.entry: source()})
    several = (replace(short[1], match=replace(review.match, graph=None)), only(empty, "inputs", "graph"))
    pages = [page, student_page([unreadable]), student_page(several, not_found=["shared_layer"])]
    texts["pages"] = "\n\n".join(map(shown, pages))
    texts["class"] = shown(class_page(report_of(*GRADES)))
    return texts


def shown(page: str) -> str:
    """The text of a page, without empty lines."""
    return "\n".join(line for raw in Page(page).text.splitlines() if (line := " ".join(raw.split())))


if __name__ == "__main__":
    for name, text in samples().items():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
