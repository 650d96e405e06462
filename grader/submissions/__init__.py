"""From a path to submissions: a file, a folder of files, a folder of folders, a repository."""

from grader.submissions.discover import LAYOUTS, discover
from grader.submissions.roster import read_roster

__all__ = ["LAYOUTS", "discover", "read_roster"]
