"""What Python code gets instead of a page: a report whose representations notebooks and terminals show.

`report` is the value; `cell` renders HTML with inline styles only, since notebooks strip the rest; `drawing` restyles
the network of the pages for it; `markdown` and the terminal's own words are for front ends without HTML; `hints` reveal
the next step bit by bit.
"""

from grader.reporting.notebook_cell.hints import Hint
from grader.reporting.notebook_cell.report import LATER, Report

__all__ = ["LATER", "Hint", "Report"]
