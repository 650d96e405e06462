"""The controls: the same attacks without a sandbox. A control that does not succeed proves nothing about a block."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks import groups, injection
from tests.attacks.cases import Case
from tests.attacks.disposable import slowness
from tests.attacks.oracles import ORACLES, Evidence
from tests.attacks.residue import FINDINGS, seeker
from tests.attacks.trial import Trial, trial, unproven
from tests.attacks.watch import Watch, processes
from tests.attacks.world import World

PATIENCE_SECONDS = 6.0
GRADER_SECONDS = 60.0
HANGS_SECONDS = 8.0
MOST_OUTPUT = 64 * 2**20


def control(case: Case, form: str) -> Trial:
    """Whether the attack works without a sandbox, as a trial of level `none`."""
    if case.grouped and groups.own() is None:
        return unproven(case, form, "none", "no control group for memory can be made here")
    if case.control == "none":
        return trial(case, form, "none")
    with World() as world:
        submission = case.hand_in_to(world, form).entry
        if case.control == "plain":
            why = unbounded(case, submission, world)
        elif case.control == "reused":
            why = reused(submission, world)
        elif case.shows:
            why = tripped(case, submission, world)
        else:
            twin = case.hand_in(form, world.known(), world.folder / "twin", twin=True).entry
            why = fooled(case.control, submission, twin, world)
    is_shown = bool(why) and re.search(case.shows, why) is not None
    return Trial(case.name, form, "none", succeeded=is_shown, why=why)


@dataclass(frozen=True)
class Done:
    """A process that was given time, and maybe not enough. Only this very process was ended, as simple graders do."""

    code: int | None
    output: str
    seconds: float


def finish(command: list[str], seconds: float, folder: Path, **environment: str) -> Done:
    """Standard output goes to a file, so that whoever holds it keeps nobody."""
    started = time.monotonic()
    log = Path(tempfile.mkdtemp(prefix="log-"), "log")  # not where an attack may have shut the door
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **environment},
            close_fds=False,
        )  # fmt: skip
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(seconds * slowness())
        if code is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(2)
    with log.open("rb") as file:
        text = file.read(MOST_OUTPUT).decode("utf-8", "replace")
    return Done(code, text, time.monotonic() - started)


def python(*arguments: object) -> list[str]:
    return [sys.executable, *map(str, arguments)]


def place(world: World, name: str) -> Path:
    """A folder of a naive grader, with the places that a submission expects."""
    folder = world.folder / name
    for part in ("out", "box/home", "box/tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def fooled(mode: str, attack: Path, twin: Path, world: World) -> str:
    """A grader that gives the honest twin nothing, and the attack all that there is; or loses its secret."""
    scores, outputs = {}, {}
    for path in (twin, attack):
        folder = place(world, f"naive-{path.stem}")
        scores[path], outputs[path] = believed(mode, path, folder, world)
    if stolen := world.stolen(outputs[attack]):
        return f"the grader's secret was printed: {', '.join(stolen)}"
    if scores[twin] == 0 and scores[attack] == 10:
        return f"a naive grader ({mode}) gave it 10, and its honest twin 0"
    if scores[attack] is None and scores[twin] is not None:
        return f"a naive grader ({mode}) did not live to see the end"
    print(outputs[attack][-2000:], file=sys.stderr)
    return ""


def believed(mode: str, path: Path, folder: Path, world: World) -> tuple[int | None, str]:
    result, verdict = naive(mode, path, folder, ANSWER=world.secrets["memory"])
    if "late" in verdict:
        return read(folder / verdict["late"]).get("score", 0), result.output
    return (verdict.get("score") if result.code == 0 else None if "score" not in verdict else 0), result.output


def naive(
    mode: str, path: Path, folder: Path, seconds: float = GRADER_SECONDS, **environment: str
) -> tuple[Done, dict[str, Any]]:
    """How a naive grader ended, and what it said."""
    command = python("-P", "-m", "tests.attacks.naive", mode, path, folder)
    result = finish(command, seconds, folder, PYTHONPATH=os.environ["PYTHONPATH"], **environment)
    return result, read(folder / "verdict.json")


def tripped(case: Case, attack: Path, world: World) -> str:
    """A grader that reads what the attack left, and stumbles over it."""
    folder = place(world, "naive")
    ran = finish(python(attack), GRADER_SECONDS, folder, HOME=f"{folder}/box/home", PYTHONPATH=os.environ["PYTHONPATH"])
    result, verdict = naive(case.control, attack, folder, HANGS_SECONDS if case.shows == "hung" else GRADER_SECONDS)
    if findings := injection.active(verdict.get("texts", {}), world.token):
        return "; ".join(findings)
    if stolen := world.stolen(result.output):
        return f"the grader read the secret: {', '.join(stolen)}"
    if world.marker.exists():
        return "the grader ran the attacker's code"
    if changed := world.changed():
        return f"the grader let it change {', '.join(changed)}"
    if result.code != 0:
        return f"the grader {'hung' if result.code is None else 'fell'}: {result.output.strip()[-400:]}"
    if verdict.get("odd") or verdict.get("score") == 10:
        return verdict.get("odd") or "it got full marks"
    print(ran.output[-1000:], result.output[-1000:], file=sys.stderr)
    return ""


def reused(attack: Path, world: World) -> str:
    """A grader that runs everybody in one place: what the next one finds there."""
    folder = place(world, "naive")
    places = {"HOME": f"{folder}/box/home", "IPYTHONDIR": f"{folder}/box/ipython"}

    def ran(path: Path) -> str:
        return finish(line_for(path), GRADER_SECONDS, folder / "box", **places).output

    def found() -> list[str]:
        lines = [line for line in ran(looks).splitlines() if line.startswith(FINDINGS)]
        return [line for line in lines if str(attack) not in line and "/log-" not in line]

    looks = seeker(folder, world.token, "module")
    if before := found():
        raise RuntimeError(f"nothing is proven where {before} before the attack")
    output = ran(attack)
    if not (after := found()):
        print(output[-2000:], file=sys.stderr)
    return "; ".join(after[:4])


def line_for(path: Path) -> list[str]:
    """A module, or the cells of a notebook."""
    if path.suffix == ".py":
        return python(path)
    program = "import sys, nbformat as n, nbclient; print(n.writes(nbclient.execute(n.read(sys.argv[1], 4))))"
    return python("-c", program, path)


def unbounded(case: Case, attack: Path, world: World) -> str:
    """Started, waited for and ended as one process, without limits: what it used, and what stayed of it."""
    folder = place(world, "naive")
    descriptor = os.open(world.answers, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    seconds = case.limits.seconds + PATIENCE_SECONDS
    with Watch(processes(), world.token) as watch:
        result = finish(line_for(attack), seconds, folder, HOME=f"{folder}/box/home")
    os.close(descriptor)
    crashed = case.expects == ("",) and result.code is not None and result.code < 0
    evidence = Evidence(
        case, "none", leaks=tuple(world.stolen(result.output)), seconds=result.seconds, allowed_seconds=case.limits.seconds,
        survivors=tuple(watch.survivors()), output_bytes=len(result.output), **watch.seen(), **world.seen(),
        fault=f"ended by signal {-result.code}" if crashed and result.code else "",
    )  # fmt: skip
    problems = "; ".join(ORACLES[case.oracle](evidence)) or evidence.fault
    if not problems:
        print(f"{result} {watch.__dict__}"[:2000], file=sys.stderr)
    return problems


def read(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        return dict(json.loads(path.read_text("utf-8")))
    return {}
