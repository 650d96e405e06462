"""The error tree: exceptions mean that the grader, or what it was given to work with, is wrong.

GraderError
├── UsageError            a path, an option or a combination of them cannot be used (exit 2)
│   └── InvalidAssignment a file of an assignment does not say what it must say (exit 2)
├── NothingToGrade        the path holds no submission (exit 4)
└── GraderFault           the grader's own machinery failed (exit 3)
    ├── TrainerFault      the trainer process died or answered nonsense
    │   └── TrainerTimeout    or took longer than it may
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
    """A file of an assignment does not say what it must say; the text names file, key and the mend."""


class NothingToGrade(GraderError):
    """The path holds no submission."""

    exit_code = 4


class GraderFault(GraderError):
    """The grader's own machinery failed; never the student's fault."""


class TrainerFault(GraderFault):
    """The trainer process died or answered nonsense."""


class TrainerTimeout(TrainerFault):
    """The trainer process took longer than it may."""


class CalibrationDrift(GraderFault):
    """A calibration does not hold for these versions of Keras; recalibrate."""
