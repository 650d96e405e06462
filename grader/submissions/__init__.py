"""From a path to submissions: a file, a folder, a repository, or what an LMS lets one download, as a zip or unpacked.

Imports `filesystem` and the domain; `authoring`, `cli`, `pipeline` and `runs` import it.
"""

from grader.submissions.intake import Intake, Reader, chosen, discover, enrolled, opened
from grader.submissions.roster import read_roster

__all__ = ["Intake", "Reader", "chosen", "discover", "enrolled", "opened", "read_roster"]
