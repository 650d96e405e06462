"""Runs a rubric: each check once, errors of ours twice, points by the rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from grader.checks import functional, runs
from grader.checks.evidence import Evidence, Finding, errored, skipped, undecided
from grader.checks.registry import Kind, kinds_of
from grader.domain import Assignment, Check, CheckResult, Execution, RecordedModel, Status
from grader.errors import GraderError


def run_checks(evidence: Evidence) -> tuple[CheckResult, ...]:
    """Results of all checks of the assignment, in the order of its rubric."""
    kinds = kinds_of(evidence.assignment.folder)
    done: dict[str, CheckResult] = {}
    for check in evidence.assignment.checks:
        unmet = [name for name in check.requires if name not in done or done[name].status is not Status.PASSED]
        waiting = next((done[name] for name in unmet if name in done and done[name].review), None)
        if waiting is not None and waiting.status is Status.SKIPPED:
            finding = replace(skipped(waiting.message, hint=waiting.hint), review=waiting.review)
        elif unmet:
            title = next(one.title for one in evidence.assignment.checks if one.id == unmet[0])
            finding = skipped(f"Skipped because “{title}” failed. Fix that first.")
        else:
            finding = _evaluate(check, kinds, evidence)
        done[check.id] = _result(check, finding)
    return tuple(done.values())


def without_model(
    assignment: Assignment, execution: Execution, reason: str, model: RecordedModel | None = None, hint: str = ""
) -> tuple[CheckResult, ...]:
    """Results without a model that can be checked; they name the one thing to fix.

    If there is a model, but hidden in a class of the student, the program did run, and the class is
    what `functional` is about.
    """
    hidden = model is not None and model.kind == "subclass"
    results = []
    for check in assignment.checks:
        finding = skipped(reason, hint=hint)
        if check.kind == "runs":
            verdict = runs.judge(execution)
            finding = verdict if hidden or verdict.status is Status.FAILED else finding
        elif check.kind == "functional" and hidden:
            finding = functional.of_subclass(reason)
        results.append(_result(check, finding))
    return tuple(results)


def _evaluate(check: Check, kinds: Mapping[str, Kind], evidence: Evidence) -> Finding:
    kind = kinds[check.kind]
    spec = kind.spec.model_validate({**check.options, "kind": check.kind, "points": check.points})
    if kind.whole and evidence.opaque is not None:
        return undecided(evidence, evidence.opaque)
    problem = ""
    for _ in range(2):  # an error of ours is retried once before it is reported
        try:
            return kind.check(spec, evidence)
        except GraderError as error:
            problem = str(error)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
    return errored(
        "The grader could not evaluate this check. This is not your fault; your instructor will look at it.",
        review=f"check `{check.id}` failed inside the grader: {problem}",
    )


def _result(check: Check, finding: Finding) -> CheckResult:
    share = finding.share if check.partial else float(finding.status is Status.PASSED)
    earned = finding.status in (Status.PASSED, Status.FAILED)
    score = math.floor(check.points * share + 1e-9) if earned else 0
    if finding.status is Status.FAILED and check.points:
        score = min(score, check.points - 1)  # a failed check always costs something, whatever its share
    return CheckResult(
        check,
        finding.status,
        score,
        finding.message,
        finding.expected,
        finding.actual,
        finding.hint,
        finding.review,
        finding.differences,
    )
