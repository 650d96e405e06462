"""From grades to what people and machines read: pages, a terminal, JSON, CSV, JUnit and other formats.

Everything here is a pure function of grades or GRADE documents. `grader.reporting.terminal` is imported
where it is used, since it alone needs rich.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from grader.domain import ClassReport
from grader.reporting.class_view import ClassView
from grader.reporting.document import CHECK_SCHEMA, GRADE_SCHEMA, check_document, read_grade_document
from grader.reporting.formats.as_tests import classroom50_json, gradescope_json, junit_xml, prairielearn_json
from grader.reporting.formats.csv_export import grades_csv
from grader.reporting.formats.github import summary_markdown, workflow_commands
from grader.reporting.html import class_page, group_pages, student_page, task_page


def _report_json(report: ClassReport) -> str:
    """The same document as `check --json`; of an exercise that is not found, its id."""
    return json.dumps(check_document(report), indent=2, allow_nan=False)


OF_ONE = frozenset({"gradescope", "classroom50", "prairielearn"})  # reports that a platform takes for one submission
FORMATS: dict[str, Callable[[ClassReport], str]] = {
    "json": _report_json,
    "html": class_page,
    "csv": grades_csv,
    "junit": junit_xml,
    "markdown": summary_markdown,
    "github": workflow_commands,
    "gradescope": gradescope_json,
    "classroom50": classroom50_json,
    "prairielearn": prairielearn_json,
}
"""The formats of `--report FORMAT[=PATH]`: functions from a report to text."""
