"""Grades as plain data: the GRADE document (`grader.grade/1`) and that of `check --json` (`grader.check/1`).

Every other format is rendered from these documents, so that a run that continues or merges earlier ones renders what it
finds on disk. Texts are cleaned and bounded; floats are finite or `null`. `schema` reads and describes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.domain import (
    AnswerGroup,
    CheckResult,
    Difference,
    Execution,
    Failure,
    Grade,
    Metric,
    ModelGraph,
    ModelMatch,
    Note,
    Origin,
    Submission,
    Training,
)
from grader.graph.codec import encode_graph
from grader.reporting.display import clean, one_line, shorten
from grader.reporting.schema import CHECK_SCHEMA_ID, GRADE_SCHEMA_ID

NO_TEXTS: Mapping[str, str] = MappingProxyType({})

MAX_NAME = 120
MAX_STUDENTS = 200
MAX_TEXT = 2000
MAX_FAILURES = 20
MAX_NOTES = 60
MAX_DIFFERENCES = 20


def grade_document(
    grade: Grade, notes_text: Mapping[str, str] = NO_TEXTS, *, root: Path | None = None, sketch: str = ""
) -> dict[str, Any]:
    """The GRADE document of one grade; paths are relative to `root`, notes are explained by `notes_text`.

    `sketch` is that of the submission's code, by which the page of a class finds equal files.
    """
    reveal = grade.assignment.reveal if grade.assignment else "difference"
    return {
        "schema": GRADE_SCHEMA_ID,
        "submission": {**_submission(grade.submission, root), **({"sketch": sketch} if sketch else {})},
        "assignment": grade.assignment.id if grade.assignment else None,
        "title": one_line(grade.assignment.title, MAX_NAME) if grade.assignment else None,
        "score": grade.score,
        "max_score": grade.max_score,
        "status": grade.status.value,
        "reasons": [_text(reason) for reason in grade.reasons],
        "execution": _execution(grade.execution),
        "model": _model(grade.match),
        "checks": [_check(result, reveal) for result in grade.results],
        "training": _training(grade.training),
        "notes": [note_document(note, notes_text) for note in grade.notes[:MAX_NOTES]],
        "group": _group(grade.group),
    }


def check_document(grades: Iterable[Mapping[str, Any]], not_found: Iterable[str]) -> dict[str, Any]:
    """What `check --json` prints: GRADE documents, and the exercises that the submission does not hold."""
    return {
        "schema": CHECK_SCHEMA_ID,
        "grades": [dict(grade) for grade in grades],
        "not_found": list(not_found),
    }


def finite(value: float | None) -> float | None:
    """The number, or `None` if it is not finite: JSON has no NaN."""
    return value if value is not None and math.isfinite(value) else None


def _submission(submission: Submission, root: Path | None) -> dict[str, Any]:
    entry = submission.entry
    base = root or (submission.folder.parent if submission.folder else entry.parent)
    relative = entry.is_absolute() and entry.is_relative_to(base)
    path = entry.relative_to(base) if relative else Path(entry.name) if entry.is_absolute() else entry
    shown = submission.origin.paths[0] if submission.origin.paths else path.as_posix()
    return {
        "id": submission.id,
        "who": one_line(submission.who, MAX_NAME),
        "path": one_line(shown, 400),
        "sha256": submission.sha256,
        **_origin(submission.origin),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    """What is known from an LMS or a roster; what is not known is omitted."""
    students = [
        {key: one_line(value, MAX_NAME) for key, value in (("name", s.name), ("id", s.id), ("email", s.email)) if value}
        for s in origin.students[:MAX_STUDENTS]
    ]
    texts = {key: getattr(origin, key) for key in ("layout", "place", "group", "submitted", "work")}
    attempts = {"attempt": origin.attempt, "attempts": origin.attempts} if origin.attempts > 1 else {}
    return {
        **({"students": students} if students else {}),
        **{key: one_line(text, 400) for key, text in texts.items() if text},
        **({"late": origin.late} if origin.late is not None else {}),
        **attempts,
        **({"decisions": [_text(one) for one in origin.decisions[:MAX_NOTES]]} if origin.decisions else {}),
    }


def _execution(execution: Execution) -> dict[str, Any]:
    failures = [_failure(failure) for failure in execution.failures[:MAX_FAILURES]]
    first = failures[0] if failures else {"message": "", "cell": None, "line": None}
    return {
        "outcome": execution.outcome.value,
        "seconds": round(finite(execution.seconds) or 0.0, 3),
        "isolation": execution.isolation,
        "message": _text(execution.message) or first["message"],
        "cell": first["cell"],
        "line": first["line"],
        "limit": execution.limit,
        "full_fit": execution.full_fit,
        "failures": failures,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "message": _text(f"{failure.type}: {failure.message}" if failure.message else failure.type),
        "cell": failure.location.cell,
        "line": failure.location.line,
        "file": one_line(failure.location.file, MAX_NAME),
    }


def _model(match: ModelMatch) -> dict[str, Any]:
    location = match.model.location if match.model else None
    return {
        "outcome": match.outcome,
        "matched_by": match.matched_by,
        "name": one_line(match.name, MAX_NAME),
        "cell": location.cell if location else None,
        "line": location.line if location else None,
        "reason": _text(match.reason),
    }


def _check(result: CheckResult, reveal: str) -> dict[str, Any]:
    """A check; `differences` are there where it found any. Students read all of it, in one format or another."""
    found = [_difference(difference) for difference in result.differences[:MAX_DIFFERENCES]]
    return {
        "id": result.check.id,
        "kind": result.check.kind,
        "title": one_line(result.check.title, MAX_NAME),
        "status": result.status.value,
        "score": result.score,
        "max_score": result.max_score,
        "message": _text(result.message),
        "expected": "" if reveal == "hint" else _text(result.expected),
        "actual": _text(result.actual),
        "hint": _text(result.hint),
        "review": _text(result.review),
        **({"differences": found} if found else {}),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind,
        "layer": one_line(difference.layer, MAX_NAME),
        "cell": difference.location.cell if difference.location else None,
        "line": difference.location.line if difference.location else None,
        "message": _text(difference.message),
    }


def _training(training: Training | None) -> dict[str, Any] | None:
    if training is None:
        return None
    return {
        "outcome": training.outcome,
        "metric": [metric.name for metric in training.measures],
        "threshold": [
            finite(metric.turned(threshold))
            for metric, threshold in zip(training.measures, training.thresholds, strict=True)
        ],
        "epochs": training.epochs,
        "message": _text(training.message),
        "diagnosis": _optional(training.diagnosis),
        "runs": [
            {
                "seed": run.seed,
                "mse": _values(run.errors, training.measures, "mse"),
                "values": _values(run.errors, training.measures),
                "diagnosis": _optional(run.diagnosis),
                "epochs": run.epochs,
                "hit_epoch": run.hit_epoch,
            }
            for run in training.runs
        ],
    }


def _values(errors: Sequence[float | None], metrics: Sequence[Metric], only: str = "") -> list[float | None]:
    """What each head reached, in the direction of its metric; with `only`, just where that is the metric."""
    return [
        finite(metric.value(error)) if only in ("", metric.name) else None
        for metric, error in zip(metrics, errors, strict=False)
    ]


def note_document(note: Note, notes_text: Mapping[str, str]) -> dict[str, Any]:
    """A note, with its sentence and what is particular to its case."""
    parts = [part for part in (notes_text.get(note.code, ""), note.detail) if part]
    return {
        "code": one_line(note.code, MAX_NAME),
        "message": _text(" ".join(parts) or note.code),
        "cell": note.location.cell,
        "line": note.location.line,
        **({"costs": True} if note.costs else {}),
    }


def _group(group: AnswerGroup | None) -> dict[str, Any] | None:
    """What is wrong, in words for a class; networks are JSON that `decode_graph` reads."""
    if group is None:
        return None
    return {
        "digest": group.digest,
        "kind": group.kind,
        "title": _text(group.title),
        "causes": [_text(one) for one in group.causes],
        "topics": [_text(one) for one in group.topics],
        "consequences": [one_line(one, MAX_NAME) for one in group.consequences],
        "marked": list(group.marked),
        "expected_marked": list(group.expected_marked),
        "network": _drawn(group.network),
        "expected": _drawn(group.expected),
    }


def _drawn(graph: ModelGraph | None) -> str | None:
    """A network as one text, since a class has it many times and draws it once."""
    return json.dumps(encode_graph(graph), separators=(",", ":"), allow_nan=False) if graph else None


def _optional(text: str | None) -> str | None:
    return _text(text) if text else None


def _text(text: str) -> str:
    return shorten(clean(text[: MAX_TEXT * 8]).strip(), MAX_TEXT)
