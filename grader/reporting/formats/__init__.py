"""The formats of `--report FORMAT[=PATH]`: functions from a report to text, and their table."""

from __future__ import annotations

import json
from collections.abc import Callable

from grader.domain import Report
from grader.reporting.document import check_document
from grader.reporting.formats.csv_export import grades_csv
from grader.reporting.formats.github import summary_markdown, workflow_commands
from grader.reporting.formats.platforms import classroom50_json, gradescope_json, junit_xml, prairielearn_json
from grader.reporting.html import class_page


def _report_json(report: Report) -> str:
    """The same document as `check --json`; of an exercise that is not found, its id."""
    not_found = dict.fromkeys(assignment for _, assignment in report.not_found)
    return json.dumps(check_document(report.grades, not_found), indent=2, allow_nan=False)


OF_ONE = frozenset({"gradescope", "classroom50", "prairielearn"})  # reports that a platform takes for one submission
FORMATS: dict[str, Callable[[Report], str]] = {
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
