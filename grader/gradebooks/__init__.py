"""Grades go back: what `grader export` writes, as functions of a report and of the file that the platform gave.

A gradebook is filled in and never made. Imports `submissions` for who is who, and `reporting` for words; `cli` imports
it.
"""

from grader.gradebooks.platforms import Filled, fill_gradebook, fill_worksheet, moodle_feedback, read_gradebook
from grader.gradebooks.tables import grades_by_check, nbgrader_grades
from grader.gradebooks.totals import Total, totals

__all__ = [
    "Filled",
    "Total",
    "fill_gradebook",
    "fill_worksheet",
    "grades_by_check",
    "moodle_feedback",
    "nbgrader_grades",
    "read_gradebook",
    "totals",
]
