"""The error tree: exceptions mean that the grader, or what it was given to work with, is wrong.

GraderError
├── UsageError            a path, an option or a combination of them cannot be used (exit 2)
│   └── InvalidAssignment a file of an assignment is not valid (exit 2)
├── NothingToGrade        the path contains no submission (exit 4)
└── GraderFault           the grader itself failed (exit 3)
    ├── TrainerFault      the trainer process died or gave an invalid answer
    │   └── TrainerLimit      or a network cannot be trained within its limits, or at all
    │       └── SubmissionLimit   or all networks of a submission together did
    └── CalibrationDrift  a calibration does not hold for these versions of Keras

What a student did wrong is never an exception: it is a value, an `Execution` or a `CheckResult`.
"""


class GraderError(Exception):
    """Root of everything that the grader raises on purpose; its text is shown to the user as it stands."""

    exit_code = 3


class UsageError(GraderError):
    """A path, an option or a combination of them cannot be used."""

    exit_code = 2


class InvalidAssignment(UsageError):
    """A file of an assignment is not valid; the text names the file, the key and the fix."""


class NothingToGrade(GraderError):
    """The path contains no submission."""

    exit_code = 4


class GraderFault(GraderError):
    """The grader itself failed; never the student's fault."""


class TrainerFault(GraderFault):
    """The trainer process died or gave an invalid answer."""


class TrainerLimit(TrainerFault):
    """A network takes the trainer more time or memory than it may, or Keras fails on it; it would again.

    `seconds` is how long the trainer was busy with it.
    """

    seconds = 0.0


class SubmissionLimit(TrainerLimit):
    """The networks of one submission have taken the trainer all the time that they may; it says nothing of this one."""


class CalibrationDrift(GraderFault):
    """A calibration does not hold for these versions of Keras; recalibrate."""
