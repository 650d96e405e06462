"""Grades one submission for Classroom 50.

Put this file into CLASSROOM/autograders/ASSIGNMENT/ of your classroom50 repository. The runner starts it in the
student's checkout and reads ./result.json. A course of your own goes into the folder `course` next to this file. Exit
code 0 says that the work was graded, whatever the score; anything else is an error of the grader, which costs the
student nothing.
"""

import os
import subprocess
import sys
from pathlib import Path

EXERCISES: list[str] = []  # ids of exercises that must be there; by default the one that is called as the assignment
INSTALL = "keras-grader[cpu]"  # what pip installs; "" if the image has it
ISOLATION = "container"  # a runner's machine is disposable

HERE = Path(__file__).resolve().parent
TO_THE_GRADER = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "GRADER_CACHE")
ABOUT_THE_SUBMISSION = (
    "CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL",
)  # fmt: skip


def main() -> int:
    for name in ("result.json", "release-body.md"):  # which a student could have committed
        Path(name).unlink(missing_ok=True)
    if INSTALL:  # -P: nothing is imported from the current folder, which is the student's
        pip = [sys.executable, "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", INSTALL]
        if subprocess.run(pip, check=False).returncode:
            print("::error::pip could not install the grader")
            return 1
    command = [sys.executable, "-P", "-m", "grader", "check", ".", "--quiet", "--isolation", ISOLATION]
    for exercise in EXERCISES or [os.environ["ASSIGNMENT"].replace("-", "_")]:
        command += ["--assignment", exercise]
    if (HERE / "course").is_dir():
        command += ["--course", str(HERE / "course")]
    command += ["--report", "classroom50=result.json", "--report", "markdown=release-body.md"]
    # No token of the job is in the process that grades, nor in the ones that it starts.
    kept = {name: os.environ[name] for name in (*TO_THE_GRADER, *ABOUT_THE_SUBMISSION) if name in os.environ}
    code = subprocess.run(command, env=kept, check=False).returncode
    if code in (0, 1):
        return 0
    Path("result.json").unlink(missing_ok=True)
    print("There is no notebook or module in this submission." if code == 4 else "::error::The grader failed.")
    return code


if __name__ == "__main__":
    sys.exit(main())
