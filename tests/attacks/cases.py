"""The cases: a folder each, and how an attack becomes a file that somebody hands in.

    title, oracle               in words; a name out of `oracles.ORACLES`, which settles what else is `USUAL`
    category                    a heading of `security.md`
    forms                       "module", "notebook" or, if not said, both; as a notebook it is one cell
    promised, reason            levels that promise to block it (both, if not said), and why not the others
    expects                     limits that may be named when it ends (for the oracle "limits"; "" is none)
    grouped                     whether only a control group for memory bounds it; without one, nothing is promised
    grade                       "equal" to that of its honest twin, or "not above" it (for the oracle "grade")
    quick                       whether `make test` runs it
    program, values             a name of `hostile/shared` in place of attack.py, and what `@NAME@` stands for in it
    student, stem               the name of the folder that is handed in, and of the file without its suffix
    commands                    "grade", "check": what handles the hand-in, in place of one run (for the oracle "report")
    never                       a regular expression: what no report may say
    limits                      what differs from LIMITS
    control                     "none", "plain", or a grader without a trust boundary out of `control` and `naive`
    shows                       a regular expression: what the control must be heard to show, which reads what the attack
                                left; if it shows nothing, it must give the attack full marks, and its honest twin none

In attack.py, `@NAME@` stands for what attackers know of the machine, see `World.known`, and a line `# include: NAME`
for the text of `hostile/shared/NAME.py`, which several attacks begin or end with. `shared/prelude.py`, the modules and
the few functions that most of them need, stands before each. The honest twin is the same file without what stands
between `# --- attack` and `# --- honest`; or twin.py, or `twin` of `hostile/shared`, where a forged recording is
compared with somebody who types the network that it describes, since no more is promised. hand_in.py adds to `place`
what is handed in beside it.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.domain import Limits, Submission
from tests.attacks.world import World
from tests.notebooks import notebook

HOSTILE = Path(__file__).resolve().parents[1] / "submissions" / "hostile"
PRELUDE = HOSTILE / "shared" / "prelude.py"
LIMITS = Limits(
    seconds=10, cpu_seconds=10, full_fit_seconds=20, memory_mb=1024, processes=96, file_mb=32, disk_mb=64, output_kb=128
)
INCLUDE = re.compile(r"^# include: (\w+)$\n?", re.MULTILINE)
ATTACK = re.compile(r"^# --- attack$.*?(?:^# --- honest$\n?|\Z)", re.DOTALL | re.MULTILINE)
RESTRICTED = ("full", "partial")
CLASS = "class"
USUAL: Mapping[str, Mapping[str, Any]] = {
    "canary": {"category": "theft", "control": "none"},
    "capabilities": {"category": "escape", "control": "none"},
    "grade": {"category": "results"},
    "limits": {"category": "resources", "control": "plain"},
    "listener": {"category": "escape", "control": "none"},
    "reader": {"category": "artefacts", "grade": "not above"},
    "report": {"category": "reports", "commands": ["grade"]},
    "residue": {"control": "reused", "shows": "found"},
    "starved": {"category": "resources", "control": "plain"},
    "survivors": {"category": "control", "control": "plain"},
    "trainer": {"category": "resources", "control": "fits", "shows": "hung", "grade": "not above"},
    "tree": {"category": "escape", "control": "none"},
    "victim": {"category": "control", "control": "none"},
}
"""By oracle, what most of its cases are, which do not say so; another case says what differs."""


@dataclass(frozen=True)
class Case:
    """One attack, and what is to be looked at."""

    name: str
    title: str
    category: str
    oracle: str
    control: str
    forms: tuple[str, ...] = ("module", "notebook")
    promised: tuple[str, ...] = RESTRICTED
    reason: str = ""
    shows: str = ""
    expects: tuple[str, ...] = ()
    grouped: bool = False
    grade: str = "equal"
    quick: bool = False
    limits: Limits = LIMITS
    student: str = "mallory"
    stem: str = "attack"
    commands: tuple[str, ...] = ()
    never: str = ""
    program: str = ""
    twin: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return HOSTILE / self.name

    def source(self, name: str, shared: str) -> Path:
        return HOSTILE / "shared" / f"{shared}.py" if shared else self.folder / f"{name}.py"

    def hand_in_to(self, world: World, form: str) -> Submission:
        """Into the class of a world, which counts as it is from then on."""
        known = world.known()
        submission = self.hand_in(form, known, world.folder / CLASS / filled(self.student, known))
        world.before = world.digest()
        return submission

    def hand_in(self, form: str, known: Mapping[str, object], place: Path, *, twin: bool = False) -> Submission:
        """The file as a student would hand it in, with what attackers know filled in; or its honest twin."""
        place.mkdir(parents=True)
        known = {**known, **{name: filled(str(value), known) for name, value in self.values.items()}}
        stem = "twin" if twin else filled(self.stem, known)
        source = self.source("attack", self.program)
        if twin and self.source("twin", self.twin).is_file():
            source = self.source("twin", self.twin)
        text = filled(whole(PRELUDE) + whole(source), known)
        if twin:
            text = ATTACK.sub("", text)
        if form == "notebook":
            text = notebook(text)
        entry = place / f"{stem}.{'ipynb' if form == 'notebook' else 'py'}"
        entry.write_text(text, "utf-8")
        if (self.folder / "hand_in.py").is_file():
            names = {"place": place, "json": json, "os": os, "Path": Path}
            exec(filled((self.folder / "hand_in.py").read_text("utf-8"), known), names)
        return Submission(stem, stem, entry, None, "")


def load_cases(only: tuple[str, ...] = ()) -> list[Case]:
    """All cases, or those that are named. A key that is not known is an error of whoever wrote it."""
    folders = sorted(path.parent for path in HOSTILE.glob("*/case.toml"))
    unknown = set(only) - {folder.name for folder in folders}
    if unknown:
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}")
    return [load_case(folder) for folder in folders if not only or folder.name in only]


def load_case(folder: Path) -> Case:
    spec: dict[str, Any] = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    content = {**USUAL.get(spec["oracle"], {}), **spec}
    limits = replace(LIMITS, **content.pop("limits", {}))
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
    case = Case(name=folder.name, limits=limits, **plain)
    if set(case.promised) != set(RESTRICTED) and not case.reason:
        raise SystemExit(f"{folder.name}: say why a level does not promise to block it")
    return case


def whole(path: Path) -> str:
    """The text of a file, with the texts that it includes."""
    return INCLUDE.sub(lambda match: whole(HOSTILE / "shared" / f"{match[1]}.py"), path.read_text("utf-8"))


def filled(text: str, known: Mapping[str, object]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: str(known.get(match[1], match[0])), text)
