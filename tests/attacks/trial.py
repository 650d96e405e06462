"""One attack, run through the grader's own code in a world where it could do harm."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from grader.domain import Execution, Submission
from grader.grading.matching import read_models
from tests.attacks import residue
from tests.attacks.bench import FORMS, Bench, Honest, Verdict, verdict
from tests.attacks.cases import Case
from tests.attacks.command import commanded
from tests.attacks.oracles import ORACLES, Evidence, succeeded
from tests.attacks.watch import Watch, processes
from tests.attacks.world import World
from tests.pythons import new_python

GRADED = ("grade", "reader", "trainer")
STAYS = ("residue", "contamination")
HARNESS = "the harness failed: "  # no gap of the machine, and no success either


@dataclass(frozen=True)
class Trial:
    """What came of it. `why` says how an attack succeeded, or what kept the case from being tried."""

    case: str
    form: str
    level: str
    succeeded: bool
    why: str = ""
    proven: bool = True
    promised: bool = True
    ended: str = ""


def trial(case: Case, form: str, level: str, bench: Bench | None = None) -> Trial:
    """Run one attack on one level. On level `none`, in a disposable place, this is the control."""
    if bench is None:  # no such case uses Keras, and a Python without it starts at once; but a notebook needs a kernel
        python = new_python(Path(tempfile.mkdtemp(prefix="python-")))[0] if form == "module" else None
        with Bench(level, python) as fresh:
            return trial(case, form, level, fresh)
    if case.grouped and level != "none" and not bench.is_grouped:
        return unproven(case, form, level, "no control group for memory can be made here")
    with World() as world:
        evidence = (commanded if case.commands else attacked)(case, form, world, bench)
    why = "; ".join(ORACLES[case.oracle](evidence)) if level == "none" else succeeded(evidence)
    execution, ended = evidence.execution, ""
    if execution:
        ended = f"{execution.outcome}, {execution.limit}" if execution.limit else str(execution.outcome)
    promised = level == "none" or level in case.promised
    return Trial(case.name, form, level, succeeded=bool(why), why=why, promised=promised, ended=ended)


def attacked(case: Case, form: str, world: World, bench: Bench) -> Evidence:
    restricted = bench.level != "none"
    bench.supervisor.left = ()
    submission = case.hand_in_to(world, form)
    twin = grade_of_twin(case, form, world, bench) if case.oracle in GRADED else None
    running = bench.warm_up() if restricted else processes()
    was = residue.before(bench, world) if restricted and case.oracle in STAYS else None
    bench.supervisor.left = ()
    beside = bench.neighbour() if restricted and case.category == "resources" else None
    if beside:
        running = {**running, **processes()}
    fault, execution, judged, parse_seconds = "", None, None, 0.0
    started = time.monotonic()
    with Watch(running, world.token, beside[0] if beside else None) as watch:
        try:
            execution = bench.execute(submission, case.limits)
        except BaseException as error:
            fault = f"{type(error).__name__}: {error}"[:300]
        seconds = time.monotonic() - started
    survivors = tuple(watch.survivors()) if restricted and not fault else ()
    grading = time.monotonic()
    if execution is not None and case.oracle in GRADED:
        judged, fault, parse_seconds = graded(bench, submission, execution, case)
    grade_seconds = time.monotonic() - grading
    runs = bench.supervisor.left
    text = "\n".join([*(run.text for run in runs), repr(execution)])
    traces = tuple(residue.after(case, submission, bench, world, was)) if was else ()
    contaminated = honest_others(bench, beside) if restricted else ()
    return Evidence(
        case, bench.level, execution, fault=fault, seconds=seconds, survivors=survivors, verdict=judged, twin=twin,
        **world.seen(), **watch.seen(), grade_seconds=grade_seconds, keras_in_coordinator="keras" in sys.modules,
        leaks=tuple(world.stolen(text)), others=contaminated, residue=traces,
        output_bytes=sum(len(output.content) for output in execution.outputs) if execution else 0,
        allowed_seconds=sum(run.allowed_seconds for run in runs) or case.limits.seconds,
        read_seconds=max((run.read_seconds for run in runs), default=0.0) + parse_seconds,
    )  # fmt: skip


def grade_of_twin(case: Case, form: str, world: World, bench: Bench) -> Verdict:
    twin = case.hand_in(form, world.known(), world.folder / "twin", twin=True)
    return verdict(bench.grade(twin, bench.execute(twin, case.limits)))


def graded(bench: Bench, submission: Submission, execution: Execution, case: Case) -> tuple[Verdict | None, str, float]:
    """The verdict, or the exception that a recording made the grader raise; and how long its configs took to parse.

    The trainer has no sandbox here: if it loaded what was recorded, that would be seen; unless its time is the point.
    """
    try:
        started = time.monotonic()
        read_models(execution, bench.course.assignments, bench.course.others)
        parse_seconds = time.monotonic() - started
        place = bench.trainer if case.oracle == "trainer" else bench.unrestricted
        return verdict(bench.grade(submission, execution, place)), "", parse_seconds
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"[:300], 0.0


def honest_others(bench: Bench, beside: tuple[int | None, Future[Honest]] | None) -> tuple[str, ...]:
    """Who is graded next in the same place, and who was graded at the same time."""
    names = bench.harmed(*FORMS)
    if beside and beside[1].result() != bench.alone():
        names.append("whoever ran beside it")
    return tuple(names)


def unproven(case: Case, form: str, level: str, why: str) -> Trial:
    return Trial(case.name, form, level, succeeded=False, why=why, proven=False)
