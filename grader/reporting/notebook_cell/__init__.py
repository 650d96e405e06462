"""What Python code gets instead of a page: a report whose representations notebooks and terminals show.

`report` is the value; `cell` renders it as HTML or Markdown, and front ends without either show what the terminal
prints.
"""

from grader.reporting.notebook_cell.report import LATER, Hint, Report

__all__ = ["LATER", "Hint", "Report"]
