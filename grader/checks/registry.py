"""Every kind of check, and how a rubric runs them: each check once, errors of ours twice, points by the rules.

A kind has a spec, a title and a function. The folder of an assignment or of a course may add kinds of its own.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, errored, skipped, too_much, undecided
from grader.checks.kinds import (
    activations,
    compiled,
    dropout,
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
from grader.domain import Assignment, Check, CheckResult, Execution, ModelGraph, RecordedModel, Status, Steps, Subject
from grader.errors import GraderError, InvalidAssignment, TrainerLimit


@dataclass(frozen=True)
class Kind:
    """One kind of check. `whole`: the check must see every layer, so a class that hides some leaves it undecided.

    `structure`: equal networks always get the same verdict, so differences of the network explain why it fails.

    `nameless`: it looks at no name or place of the student's, as no kind of structure does. So what it says of the same
    network without names is true for a whole class, and the expected network passes it, whatever its layers are called.

    `subjects` is what a kind owns: `grader validate` expects it to see mistakes of these subjects, and differences of
    these subjects explain why it fails.

    `network`: it looks at the network, so the trainer must have confirmed it.
    """

    title: str
    spec: type[CheckOptions]
    check: Callable[[Any, Evidence], Finding]
    whole: bool = True
    subjects: tuple[Subject, ...] = ()
    structure: bool = False
    network: bool = True
    nameless: bool = False

    @property
    def ignores_names(self) -> bool:
        return self.structure or self.nameless


def _kind(module: ModuleType, **properties: bool) -> Kind:
    return Kind(module.TITLE, module.Spec, module.check, subjects=getattr(module, "SUBJECTS", ()), **properties)


KINDS: Mapping[str, Kind] = {
    "runs": _kind(runs, whole=False, network=False),
    "functional": _kind(functional, whole=False, network=False, nameless=True),
    "inputs": _kind(inputs, whole=False, structure=True),
    "widths": _kind(widths, structure=True),
    "activations": _kind(activations, structure=True),
    "initializers": _kind(initializers, nameless=True),
    "merge": _kind(merge, structure=True),
    "heads": _kind(heads, whole=False, structure=True),
    "shared": _kind(shared, structure=True),
    "trunk": _kind(trunk, structure=True),
    "layers": _kind(layers, structure=True),
    "order": _kind(order, structure=True),
    "regularisation": _kind(regularisation, structure=True),
    "dropout": _kind(dropout, structure=True),
    "graph": _kind(graph, structure=True),
    "compiled": _kind(compiled, whole=False, network=False, nameless=True),
    "parameters": _kind(parameters, structure=True),
    "learns": _kind(learns, nameless=True),
}


def kinds_of(folder: Path) -> Mapping[str, Kind]:
    """All kinds that an assignment may use: ours, its course's, and its own.

    The files are `checks.py` next to the spec and in the folder above it. They are the author's, hence trusted, and
    define `KINDS`, a dict from name to `Kind`.
    """
    kinds = dict(KINDS)
    for path in files_of_kinds(folder):
        status = path.stat()
        kinds |= _kinds_in(path, (status.st_ino, status.st_size, status.st_mtime_ns))
    return kinds


def looks_at_networks(assignment: Assignment) -> bool:
    """Whether any check of a rubric needs a network that the trainer has confirmed."""
    kinds = kinds_of(assignment.folder)
    return any(kinds[check.kind].network for check in assignment.checks)


def files_of_kinds(folder: Path) -> tuple[Path, ...]:
    """The files with kinds of an assignment's course and of its own that are there, in this order."""
    return tuple(path for path in (folder.parent / "checks.py", folder / "checks.py") if path.is_file())


def every_kind(root: Path) -> Mapping[str, Kind]:
    """The kinds that any assignment below a folder may use; for the schema, which is one for all of them."""
    folders = sorted(path.parent for path in root.glob("*/assignment.toml"))
    return {name: kind for folder in folders or [root / "none"] for name, kind in kinds_of(folder).items()}


@lru_cache(maxsize=64)
def _kinds_in(path: Path, status: tuple[int, int, int]) -> Mapping[str, Kind]:
    """What a file defines; it is executed again only after it has changed, which its `status` shows."""
    spec = importlib.util.spec_from_file_location(f"grader_checks_of_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise InvalidAssignment(f"{path}: cannot be imported")
    module, had_keras = importlib.util.module_from_spec(spec), "keras" in sys.modules
    try:
        spec.loader.exec_module(module)
    except ValidationError as error:
        problem = error.errors()[0]
        option = problem["loc"][0]
        name = Kind.__match_args__[option] if isinstance(option, int) else option
        raise InvalidAssignment(f"{path}: `{name}` of a `Kind`: {problem['msg']}") from error
    except Exception as error:
        raise InvalidAssignment(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    if "keras" in sys.modules and not had_keras:
        raise InvalidAssignment(f"{path}: imports Keras, which no check may do; use what `Evidence` holds instead")
    return _checked(getattr(module, "KINDS", None), str(path))


def _checked(kinds: Any, where: str) -> Mapping[str, Kind]:
    """Kinds by name; a name that the spec's `kind` does not accept could never be used."""
    if not isinstance(kinds, Mapping) or not all(isinstance(kind, Kind) for kind in kinds.values()):
        raise InvalidAssignment(f"{where}: must define `KINDS`, a dict from name to `Kind`")
    for name, kind in kinds.items():
        field = kind.spec.model_fields.get("kind")
        if field is None or name not in get_args(field.annotation):
            raise InvalidAssignment(f'{where}: the `Spec` of `{name}` must declare `kind: Literal["{name}"]`')
    return kinds


def run_checks(evidence: Evidence) -> tuple[CheckResult, ...]:
    """Results of all checks of the assignment, in the order of its rubric."""
    kinds = kinds_of(evidence.assignment.folder)
    results: dict[str, CheckResult] = {}
    for check in evidence.assignment.checks:
        unmet = [name for name in check.requires if name not in results or results[name].status is not Status.PASSED]
        waiting = next((results[name] for name in unmet if name in results and results[name].review), None)
        if waiting is not None and waiting.status is Status.SKIPPED:
            finding = replace(skipped(waiting.message, hint=waiting.steps), review=waiting.review)
        elif unmet:
            title = next(required.title for required in evidence.assignment.checks if required.id == unmet[0])
            finding = skipped(f'Skipped because "{title}" failed. Fix that first.')
        else:
            finding = _evaluate(check, kinds, evidence)
        results[check.id] = _result(check, finding)
    return tuple(results.values())


def without_model(
    assignment: Assignment,
    execution: Execution,
    reason: str,
    model: RecordedModel | None = None,
    hint: Steps = "",
    reference: ModelGraph | None = None,
) -> tuple[CheckResult, ...]:
    """Results without a model that can be checked; they name the one thing to fix.

    If there is a model, but hidden in a class of the student, the program did run, and the class is
    what `functional` is about. In place of one that cannot be read, the expected network is written.
    """
    hidden = model is not None and model.kind == "subclass"
    if model is not None and (hidden or reference is not None):
        hint = functional.step(assignment, reference, model, execution)
    results = []
    for check in assignment.checks:
        finding = skipped(reason, hint=hint)
        if check.kind == "runs":
            verdict = runs.judge(execution)
            finding = verdict if hidden or verdict.status is Status.FAILED else finding
        elif check.kind == "functional" and hidden:
            finding = functional.of_subclass(reason, hint)
        results.append(_result(check, finding))
    return tuple(results)


def _evaluate(check: Check, kinds: Mapping[str, Kind], evidence: Evidence) -> Finding:
    kind = kinds[check.kind]
    options = {**check.options, "kind": check.kind, "points": check.points}
    spec = kind.spec.model_validate(options)
    if kind.whole and evidence.opaque is not None:
        return undecided(evidence, evidence.opaque)
    problem = ""
    for _ in range(2):  # an error of ours is retried once before it is reported
        try:
            if kind.network and evidence.problem is not None:
                raise evidence.problem
            return _with_whole_network(kind.check(spec, evidence), kind, evidence)
        except MemoryError:
            raise  # the limit of the process that grades: it is not this check that failed
        except TrainerLimit as limit:
            return too_much(str(limit))
        except GraderError as error:
            problem = str(error)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
    return errored(
        "The grader could not evaluate this check. This is not your fault; your instructor will look at it.",
        review=f"check `{check.id}` failed inside the grader: {problem}",
    )


def _with_whole_network(finding: Finding, kind: Kind, evidence: Evidence) -> Finding:
    """Where a step writes the expected network, which passes, any other would be about lines that go."""
    is_corrected = kind.network and kind.ignores_names and finding.status is Status.FAILED
    whole = evidence.whole_steps if is_corrected else ()
    return replace(finding, steps=whole or finding.steps)


def _result(check: Check, finding: Finding) -> CheckResult:
    share = finding.share if check.partial else float(finding.status is Status.PASSED)
    earned = finding.status in (Status.PASSED, Status.FAILED)
    score = math.floor(check.points * share + 1e-9) if earned else 0
    if finding.status is Status.FAILED and check.points:
        score = min(score, check.points - 1)  # a failed check always costs something, whatever its share
    said = (finding.message, finding.expected, finding.actual, finding.steps, finding.review, finding.differences)
    return CheckResult(check, finding.status, score, *said)
