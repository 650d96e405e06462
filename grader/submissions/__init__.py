"""From a path to submissions: a file, a folder, a repository, or what an LMS lets one download, as a zip or unpacked.

Imports `filesystem` and the domain; `authoring`, `cli`, `pipeline` and `runs` import it.
"""

from grader.submissions.discover import chosen, discover, passed_over
from grader.submissions.intake import Intake, Reader, enrolled, opened
from grader.submissions.names import natural
from grader.submissions.roster import read_roster

__all__ = ["Intake", "Reader", "chosen", "discover", "enrolled", "natural", "opened", "passed_over", "read_roster"]
