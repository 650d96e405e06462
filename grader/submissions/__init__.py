"""From a path to submissions: a file, a folder of files, a folder of folders, a repository.

Imports `filesystem` and the domain; `authoring`, `cli`, `pipeline` and `runs` import it.
"""

from grader.submissions.discover import LAYOUTS, chosen, discover, passed_over
from grader.submissions.identity import natural, read_roster

__all__ = ["LAYOUTS", "chosen", "discover", "natural", "passed_over", "read_roster"]
