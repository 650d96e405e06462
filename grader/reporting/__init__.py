"""From grades to what people and machines read: pages, a terminal, JSON, CSV, JUnit and other formats.

Everything here is a pure function of grades or GRADE documents. `grader.reporting.terminal` is imported
where it is used, since it alone needs rich.
"""

from grader.reporting.class_view import briefly
from grader.reporting.document import CHECK_SCHEMA, GRADE_SCHEMA, check_document, grade_document, read_grade_document
from grader.reporting.formats import FORMATS, OF_ONE
from grader.reporting.formats.csv_export import grades_csv
from grader.reporting.html import class_page, group_pages, student_page, task_page

__all__ = [
    "CHECK_SCHEMA",
    "FORMATS",
    "GRADE_SCHEMA",
    "OF_ONE",
    "briefly",
    "check_document",
    "class_page",
    "grade_document",
    "grades_csv",
    "group_pages",
    "read_grade_document",
    "student_page",
    "task_page",
]
