"""Every kind of check, and how a rubric runs them: each check once, errors of ours twice, points by the rules.

A kind has a spec, a title and a function. The folder of an assignment may add kinds of its own.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.checks import (
    activations,
    compiled,
    dropout,
    fit,
    functional,
    graph,
    heads,
    initializers,
    inputs,
    layers,
    learns,
    merge,
    order,
    parameters,
    regularisation,
    runs,
    shared,
    trunk,
    widths,
)
from grader.checks.evidence import CheckOptions, Evidence, Finding, errored, skipped, undecided
from grader.domain import Assignment, Check, CheckResult, Execution, RecordedModel, Status
from grader.errors import GraderError, InvalidAssignment


@dataclass(frozen=True)
class Kind:
    """One kind of check. `whole`: the check must see every layer, so a class that hides some leaves it undecided."""

    title: str
    spec: type[CheckOptions]
    check: Callable[[Any, Evidence], Finding]
    whole: bool = True


def _kind(module: ModuleType, *, whole: bool = True) -> Kind:
    return Kind(module.TITLE, module.Spec, module.check, whole)


KINDS: Mapping[str, Kind] = {
    "runs": _kind(runs, whole=False),
    "functional": _kind(functional, whole=False),
    "inputs": _kind(inputs, whole=False),
    "widths": _kind(widths),
    "activations": _kind(activations),
    "initializers": _kind(initializers),
    "merge": _kind(merge),
    "heads": _kind(heads, whole=False),
    "shared": _kind(shared),
    "trunk": _kind(trunk),
    "layers": _kind(layers),
    "order": _kind(order),
    "regularisation": _kind(regularisation),
    "dropout": _kind(dropout),
    "graph": _kind(graph),
    "compiled": _kind(compiled, whole=False),
    "fit": _kind(fit, whole=False),
    "parameters": _kind(parameters),
    "learns": _kind(learns),
}


def kinds_of(folder: Path) -> Mapping[str, Kind]:
    """All kinds that an assignment may use: ours, and those of its own `checks.py`.

    That file is the author's, hence trusted. It defines `KINDS`, a dict from name to `Kind`.
    """
    path = folder / "checks.py"
    if not path.is_file():
        return KINDS
    spec = importlib.util.spec_from_file_location(f"grader_checks_of_{folder.name}", path)
    if spec is None or spec.loader is None:
        raise InvalidAssignment(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        own: Mapping[str, Kind] = module.KINDS
    except Exception as error:
        raise InvalidAssignment(f"{path}: {type(error).__name__}: {error}; it must define `KINDS`") from error
    return {**KINDS, **own}


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
