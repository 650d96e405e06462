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
from tests.attacks.mixed import Mixed
from tests.attacks.trial import HARNESS, Trial, unproven

SECONDS_EACH = 90
SECONDS_OF_CONTROL = 150
WORKER = [sys.executable, "-P", "-m", "tests.attacks.worker"]
KILLED = 128 + 9


class Session:
    """One worker in a disposable place. Iterating gives its lines; `code` and `complaint` say how it ended."""

    def __init__(
        self, arguments: Sequence[str], seconds: float, *, drop: bool = False, divided: bool = True
    ) -> None:
        self.arguments = arguments
        self.seconds, self.drop, self.divided = seconds, drop, divided
        self.code = 0
        self.complaint = ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with groups.folders() as made:
            yield from self.lines(made)

    def lines(self, made: Sequence[str]) -> Iterator[dict[str, Any]]:
        asked = {"seconds": self.seconds * disposable.slowness(), "drop": self.drop, "groups": made, "divided": self.divided}
        command = disposable.command([*WORKER, *self.arguments], **asked)
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


def trials(
    cases: Sequence[tuple[Case, str]], level: str, *, drop: bool = False, divided: bool = True
) -> Iterator[Trial]:
    """One worker for all, as for a class. If an attack ends it, that attack has succeeded, and another goes on."""
    left = list(cases)
    while left:
        names = [f"{case.name}:{form}" for case, form in left]
        session = Session(["trials", level, *names], SECONDS_EACH * len(left), drop=drop, divided=divided)
        for result in session:
            yield Trial(**result)
            left.pop(0)
        if left and session.code == 0:
            return
        if left:
            case, form = left.pop(0)
            why = f"the process that grades was ended (status {session.code})"
            yield Trial(case.name, form, level, succeeded=True, why=why)


def alone(case: Case, form: str, level: str) -> Trial:
    """A trial in a place of its own, as an ordinary user: for levels that promise little."""
    session = Session(["trials", level, f"{case.name}:{form}"], SECONDS_OF_CONTROL, drop=True)
    return outcome(session, case, form, level)


def control(case: Case, form: str) -> Trial:
    session = Session(["control", case.name, form], SECONDS_OF_CONTROL, drop=True)
    return outcome(session, case, form, "none")


def outcome(session: Session, case: Case, form: str, level: str) -> Trial:
    started = time.monotonic()
    found = list(session)
    if found:
        return Trial(**found[0])
    if session.code == KILLED and time.monotonic() - started < session.seconds:
        return Trial(case.name, form, level, succeeded=True, why="the process that grades was killed")
    return unproven(case, form, level, f"{HARNESS}it ended with status {session.code}, and no result")


def honest(level: str) -> list[dict[str, Any]]:
    session = Session(["honest", level], 1800)
    found = list(session)
    if session.code:
        found.append({"submission": "all", "expected": "an end", "refused": f"it ended with status {session.code}"})
    return found


def residue(level: str, *, drop: bool = False) -> dict[str, Any]:
    """What the next ones find after an attack; see `residue.Found`."""
    session = Session(["residue", level], SECONDS_EACH, drop=drop)
    (found,) = list(session) or [{"findings": [f"{HARNESS}it ended with status {session.code}"], "runs": 0, "user": -1}]
    return found


def mixed(level: str, names: Sequence[str] = ()) -> Mixed:
    """An empty one, in which everybody differs, where it was ended."""
    (found,) = list(Session(["mixed", level, *names], 1800)) or [{}]
    return Mixed(**found) if found else Mixed(0, 0, ("everybody",), 1, 1, 1, 1)
