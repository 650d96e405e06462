"""The nouns: frozen, plain data, no behaviour beyond derived properties; imports nothing else of the grader."""

from grader.domain.assignment import (
    SUBJECT_OF,
    Assignment,
    Calibration,
    CalibrationCase,
    Check,
    DataSpec,
    HeadPicture,
    Limits,
    Recipe,
    Subject,
)
from grader.domain.execution import (
    CompileCall,
    Execution,
    Failure,
    FitCall,
    Location,
    Note,
    Outcome,
    Output,
    RecordedModel,
    Setting,
    Settings,
    SourceCell,
    SourceFile,
    Statement,
    Submission,
    WrittenValue,
)
from grader.domain.graph import (
    Argument,
    Array,
    Call,
    Configured,
    Layer,
    ModelGraph,
    Shape,
    Slice,
    Tensor,
    Value,
    ancestors,
    depths,
    readers,
    renumbered,
    tensors,
)
from grader.domain.metrics import METRICS, MSE, Metric
from grader.domain.people import Origin, Student
from grader.domain.results import (
    AnswerGroup,
    CheckResult,
    ClassReport,
    Diagnosis,
    Difference,
    Grade,
    GradeStatus,
    HeadTraining,
    ModelMatch,
    Status,
    Training,
    TrainingRun,
    best_run,
    distance,
    ratio,
)
from grader.domain.steps import Edit, Step, Steps, WithSteps, steps
