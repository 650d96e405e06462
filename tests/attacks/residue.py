"""What stays of an attack where it ran: the order attack, honest, attack, somebody who looks for it, and the honest again.

Whoever looks is a submission too, `seeker.py`, as module and as notebook; what it sees has to be what it saw before the
attack. From outside, all that a place keeps from run to run is compared: modes, attributes and flags.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.domain import Submission
from grader.execution.workspace import MADE_FOR_EACH_RUN
from tests.attacks.bench import FORMS, PATIENT, Bench
from tests.attacks.cases import Case, filled
from tests.attacks.world import World, described
from tests.notebooks import notebook

SEEKER = Path(__file__).with_name("seeker.py")
FINDINGS = ("found", "cannot")


@dataclass(frozen=True)
class Before:
    """How the place was: by form what the seeker said, and what it keeps, seen from outside."""

    seen: dict[str, list[str]]
    kept: dict[str, str]


def before(bench: Bench, world: World) -> Before:
    return Before({form: seek(bench, world, form) for form in FORMS}, kept(bench))


def after(case: Case, attack: Submission, bench: Bench, world: World, was: Before) -> Iterator[str]:
    """What an attack left, that has run once already."""
    yield from bench.harmed("module")
    bench.execute(attack, case.limits)
    for form in FORMS:
        lines = seek(bench, world, form)
        yield from dict.fromkeys(f"{line}, seen by the next {form}" for line in lines if line.startswith(FINDINGS))
        facts = [line for line in lines if not line.startswith(FINDINGS)]
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
    """What a place keeps from one run to the next, by path: all of each entry but times and sizes."""
    root = bench.supervisor.root
    if root is None:
        return {}
    descriptions = {}
    for path in (root, *sorted(root.rglob("*"))):
        name = str(path.relative_to(root))
        if not any(name.startswith(f"{folder}/") for folder in MADE_FOR_EACH_RUN):
            with suppress(OSError):
                descriptions[name] = described(path, whole=False)
    return descriptions
