"""Downloads as learning platforms make them, invented but faithful: trees of small files, or a zip of one."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grader.submissions import Intake, Reader, enrolled, opened

NETWORK = "import keras\nx = keras.Input((1,))\nmodel = keras.Model(x, keras.layers.Dense(1)(x))\n"

MOODLE = {
    "Jane Doe_4711_assignsubmission_file/hw2.py": NETWORK,
    "Jane Doe_4711_assignsubmission_onlinetext/onlinetext.html": "<p>my notes</p>",
    "José García_4712_assignsubmission_file/hw2.py": NETWORK + "# 2\n",
    "José García_4712_assignsubmission_file/helpers.py": "a = 1\n",
    "Ada Lovelace_4713_assignsubmission_onlinetext/onlinetext.html": "<p>I have no file</p>",
}
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission)\n"
    'Participant 4711,Jane Doe,jane@example.edu,Submitted,,10.00,Yes,"Thursday, 1 October 2026"\n'
    "Participant 4712,José García,jose@example.edu,Submitted,,10.00,Yes,-\n"
    "Participant 4713,Ada Lovelace,ada@example.edu,Submitted,,10.00,Yes,-\n"
    "Participant 4714,Bo Li,bo@example.edu,No submission,,10.00,Yes,-\n"
)
CANVAS = {
    "doejane_1001_55501_hw2.py": NETWORK,
    "doejane_1001_55502_helpers.py": "a = 1\n",
    "garcíajosé_LATE_1002_55503_hw2.py": NETWORK + "# 2\n",
    "lovelaceada_1003_text.html": "<p>text</p>",
}
METADATA = """---
submission_301:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jane@example.edu
  - :name: "Jos\\u00e9 Garc\\u00eda"
    :sid: '0124'
    :email: jose@example.edu
  :created_at: 2026-10-01 12:30:00.000000000 Z
  :score: 3.0
  :results:
    tests:
    - output: |-
        submission_302:
          :submitters:
          - :name: Mallory
  :history:
  - :id: 300
    :created_at: 2026-09-30 12:30:00.000000000 Z
submission_302:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0125'
    :email: ada@example.edu
  :created_at: 2026-10-02 08:00:00.000000000 Z
"""
GRADESCOPE = {
    "assignment_77_export/submission_metadata.yml": METADATA,
    "assignment_77_export/submission_301/hw2.py": NETWORK,
    "assignment_77_export/submission_301/submission_metadata.yml": METADATA.replace("Jane Doe", "Mallory"),
    "assignment_77_export/submission_302/hw2.py": NETWORK + "# 2\n",
}
NBGRADER = {
    "nbgrader_config.py": "c = get_config()\n",
    "gradebook.db": "x",
    "source/p1/p1.py": NETWORK,
    "release/p1/p1.py": NETWORK,
    "submitted/bitdiddle/p1/p1.py": NETWORK,
    "submitted/bitdiddle/p1/timestamp.txt": "2026-10-01 12:30:00.123456 UTC\n",
    "submitted/bitdiddle/p2/p2.py": NETWORK + "# 2\n",
    "submitted/bitdiddle/p2/timestamp.txt": "2026-10-08 12:30:00.123456 UTC\n",
    "submitted/hacker/p1/p1.py": NETWORK + "# 3\n",
    "submitted/hacker/p1/timestamp.txt": "2026-10-01 13:30:00.123456 UTC\n",
}
EXCHANGE = {  # of nbgrader, which a pattern reads
    "bitdiddle+p1+2026-10-01 12:30:00.000001 UTC+ab12/p1.py": NETWORK,
    "bitdiddle+p1+2026-10-02 12:30:00.000001 UTC+cd34/p1.py": NETWORK + "# better\n",
    "hacker+p1+2026-10-01 10:00:00.000001 UTC/p1.py": NETWORK + "# 3\n",
}
CLASSROOM = {
    "hw2-submissions/hw2-jane-doe/hw2.py": NETWORK,
    "hw2-submissions/hw2-octo/hw2.py": NETWORK + "# 2\n",
}
CLASSROOM_50 = {
    "course-hw2_submissions_20261001/scores.csv": "username,score\n",
    "course-hw2_submissions_20261001/roster.csv": "username,first_name,last_name,email,section,github_id,role\n",
    "course-hw2_submissions_20261001/course-hw2-jane/hw2.py": NETWORK,
    "course-hw2_submissions_20261001/course-hw2-jane/result.json": '{"owner": "octo"}',
    "course-hw2_submissions_20261001/course-hw2-octo/hw2.py": NETWORK + "# 2\n",
}


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Files with these texts; a name that ends with `/` is that of a folder."""
    for name, text in files.items():
        path = root / name
        folder = path if name.endswith("/") else path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if folder != path:
            path.write_text(text, "utf-8")
    return root


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@contextmanager
def taken(path: Path, roster: Path | None = None, **options: str) -> Iterator[Intake]:
    with opened(path, Reader(**options)) as intake:  # type: ignore[arg-type]
        yield enrolled(intake, roster)


def who(path: Path, roster: Path | None = None, **options: str) -> dict[str, str]:
    with taken(path, roster, **options) as intake:
        return {submission.id: submission.who for submission in intake.submissions}
