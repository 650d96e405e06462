"""What stays of an attack where it ran: the order attack, honest, attack, honest, and then somebody who looks for it.

Whoever looks is a submission too, `seeker.py`, as module and as notebook; what it sees has to be what it saw before the
attack. From outside, all that a place keeps from run to run is compared: modes, attributes and flags.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.domain import Submission
from grader.execution.workspace import MADE_FOR_EACH_RUN
from tests.attacks.bench import FORMS, PATIENT, Bench
from tests.attacks.cases import Case, filled, load_cases
from tests.attacks.world import World, attributes
from tests.notebooks import notebook

SEEKER = Path(__file__).with_name("seeker.py")
FINDINGS = ("found", "cannot")


@dataclass(frozen=True)
class Before:
    """How the place was: by form what the seeker said, and what the place keeps, as seen from outside."""

    seen: dict[str, list[str]]
    kept: dict[str, str]


def before(bench: Bench, world: World) -> Before:
    seen = {form: seek(bench, world, form) for form in FORMS}
    return Before(seen, kept(bench))


def after(case: Case, attack: Submission, bench: Bench, world: World, was: Before) -> Iterator[str]:
    """What an attack left, that has run once already, and somebody honest after it."""
    bench.execute(attack, case.limits)
    for form in FORMS:
        found = seek(bench, world, form)
        yield from dict.fromkeys(f"{line}, seen by the next {form}" for line in found if line.startswith(FINDINGS))
        facts = [line for line in found if not line.startswith(FINDINGS)]
        yield from (f"{form}: {line}, unlike before" for line in facts if line not in was.seen[form])
    now = kept(bench)
    for path in sorted({*was.kept, *now}):
        if was.kept.get(path) != now.get(path):
            yield f"{path} was {was.kept.get(path)}, and is {now.get(path)}"


def seek(bench: Bench, world: World, form: str) -> list[str]:
    """The lines of the seeker; that it cannot run is a finding too."""
    entry = seeker(Path(tempfile.mkdtemp(prefix="seeker-")), world.token, form)
    execution = bench.execute(Submission("seeker", "seeker", entry, None, ""), PATIENT)
    lines = "\n".join(output.content for output in execution.outputs).splitlines()
    if not any(line.startswith("environment") for line in lines):
        return [f"found that nobody can look: {execution.outcome} {execution.message} {lines[-1:]}"]
    return lines


def seeker(folder: Path, token: str, form: str) -> Path:
    text = filled(SEEKER.read_text("utf-8"), {"TOKEN": token})
    path = folder / f"seeker.{'ipynb' if form == 'notebook' else 'py'}"
    path.write_text(notebook(text) if form == "notebook" else text, "utf-8")
    return path


def kept(bench: Bench) -> dict[str, str]:
    """What a place keeps from one run to the next: by path, mode, attributes and flags of each entry."""
    root = bench.supervisor.root
    if root is None:
        return {}
    found = {}
    for path in (root, *sorted(root.rglob("*"))):
        name = str(path.relative_to(root))
        if not any(name.startswith(f"{one}/") for one in MADE_FOR_EACH_RUN):
            with suppress(OSError):
                found[name] = described(path)
    return found


def described(path: Path) -> str:
    """All but times and sizes."""
    status = path.lstat()
    told = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        return f"{told} -> {os.readlink(path)}"
    return f"{told} {attributes(path)}"



@dataclass(frozen=True)
class Found:
    """What the next ones found of the case `leave_everything`, and the runs of those who were to look."""

    level: str
    user: int
    runs: int
    findings: tuple[str, ...]


def everything(level: str) -> Found:
    """The order attack, honest, attack in one worker, with module and notebook; what is recorded is what is graded."""
    (case,) = load_cases(("leave_everything",))
    findings: list[str] = []
    with Bench(level) as bench, World() as world:
        attacks = {form: case.hand_in(form, world.known(), world.folder / form) for form in FORMS}
        alone = {form: bench.recorded(form) for form in FORMS}
        was = before(bench, world)
        bench.execute(attacks["notebook"], case.limits)
        findings += [f"another recording of the {form}" for form in FORMS if bench.recorded(form) != alone[form]]
        findings += after(case, attacks["module"], bench, world, was)
        findings += [f"another recording of the {form}" for form in FORMS if bench.recorded(form) != alone[form]]
        findings += [f"outside, this changed: {path}" for path in world.changed()]
        return Found(level, os.geteuid(), bench.supervisor.runs, tuple(findings))
