"""Sends work into disposable places, and takes the results out: also of those that did not live to give them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.attacks import disposable, groups
from tests.attacks.cases import Case
from tests.attacks.trial import HARNESS, Trial, unproven

SECONDS_EACH = 90
SECONDS_OF_CONTROL = 150
SECONDS_OF_CLASS = 1800
WORKER = [sys.executable, "-P", "-m", "tests.attacks.worker"]
KILLED = 128 + 9


class Session:
    """One worker in a disposable place. Iterating gives its lines; `code` says how it ended."""

    def __init__(self, arguments: Sequence[str], seconds: float, *, drop: bool = False) -> None:
        self.arguments, self.seconds, self.drop = arguments, seconds, drop
        self.code = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with groups.folders() as paths:
            options = {"seconds": self.seconds * disposable.slowness(), "drop": self.drop, "groups": paths}
            command = disposable.command([*WORKER, *self.arguments], **options)
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sys.stderr)
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if line.startswith(b"{"):
                        yield json.loads(line)
                self.code = process.wait()
            finally:
                process.kill()
                process.wait()
                process.stdout.close()


def trials(cases: Sequence[tuple[Case, str]], level: str, *, drop: bool = False) -> Iterator[Trial]:
    """One worker for all, as for a class. If an attack ends it, that attack has succeeded, and another goes on."""
    rest = list(cases)
    while rest:
        names = [f"{case.name}:{form}" for case, form in rest]
        session = Session(["trials", level, *names], SECONDS_EACH * len(rest), drop=drop)
        for result in session:
            yield Trial(**result)
            rest.pop(0)
        if rest and session.code == 0:
            return
        if rest:
            case, form = rest.pop(0)
            why = f"the process that grades was ended (status {session.code})"
            yield Trial(case.name, form, level, succeeded=True, why=why)


def control(case: Case, form: str) -> Trial:
    """In a place of its own, as an ordinary user."""
    session = Session(["control", f"{case.name}:{form}"], SECONDS_OF_CONTROL, drop=True)
    started = time.monotonic()
    if results := list(session):
        return Trial(**results[0])
    if session.code == KILLED and time.monotonic() - started < session.seconds:
        return Trial(case.name, form, "none", succeeded=True, why="the process that grades was killed")
    return unproven(case, form, "none", f"{HARNESS}it ended with status {session.code}, and no result")


def mixed(level: str, names: Sequence[str] = ()) -> tuple[int, tuple[str, ...]]:
    """How many honest ones there are, and whose grade differs; that of everybody, where it was ended."""
    (result,) = list(Session(["mixed", level, *names], SECONDS_OF_CLASS)) or [{"honest": 1, "differing": ["everybody"]}]
    return result["honest"], tuple(result["differing"])
