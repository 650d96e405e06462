"""Whether an attack succeeded: judged by the world, the process table and the grade, never by what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.domain import Execution
from tests.attacks.cases import Case

OVERSHOOT = 1.2  # times a limit, before it counts as passed
SLACK_SECONDS = 5.0  # for starting, copying and killing
POLLED = 4.0  # where a monitor counts ten times a second, a bomb is named and killed, though not at once
READ_SECONDS = 1.0
GRADE_SECONDS = 60.0


@dataclass(frozen=True)
class Evidence:
    """One run of an attack, as the oracles see it. Where nothing was graded or executed, that is None."""

    case: Case
    level: str
    execution: Execution | None = None
    leaks: tuple[str, ...] = ()
    hurt: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    survivors: tuple[str, ...] = ()
    fault: str = ""
    seconds: float = 0.0
    allowed_seconds: float = 0.0
    memory_mb: float = 0.0
    shared_mb: float = 0.0
    kernel_mb: float = 0.0
    tasks: int = 0
    gained_capabilities: bool = False
    output_bytes: int = 0
    read_seconds: float = 0.0
    verdict: tuple[object, ...] | None = None
    twin: tuple[object, ...] | None = None
    others: tuple[str, ...] = ()  # of the honest, whose grade changed
    residue: tuple[str, ...] = ()  # what the next ones find of it
    starved: tuple[str, ...] = ()  # what nobody else can have while it lasts
    said: tuple[str, ...] = ()  # what only the grader may say, and a report says for it
    grade_seconds: float = 0.0
    keras_in_coordinator: bool = False
    active: tuple[str, ...] = ()  # what reports do with a student's words, other than showing them

    @property
    def most_mb(self) -> float:
        """Memory of its own, or shared, or what the kernel keeps for it."""
        return max(self.memory_mb, self.shared_mb, self.kernel_mb)

    @property
    def gain(self) -> int | None:
        """Points more than the honest twin has."""
        if self.verdict is None or self.twin is None:
            return None
        return int(str(self.verdict[0])) - int(str(self.twin[0]))


def _told(field: str, words: str) -> Callable[[Evidence], Iterator[str]]:
    """An oracle that looks at one field of the evidence."""

    def oracle(e: Evidence) -> Iterator[str]:
        if value := getattr(e, field):
            yield words.format(", ".join(value[:6]) if isinstance(value, tuple) else value)

    return oracle


canary = _told("leaks", "the secret was found in what the run left: {}")
changed_victim = _told("hurt", "of the victim, this changed: {}")
fault = _told("fault", "the grader itself was hit: {}")
listener = _told("heard", "it was heard over {}")
tree = _told("changed", "files of others changed: {}")
survivors = _told("survivors", "processes outlived the run: {}")
capabilities = _told("gained_capabilities", "it got capabilities")
contamination = _told("others", "others' grades changed: {}")
residue = _told("residue", "it left something: {}")
starved = _told("starved", "while it ran, nobody else could have {}")


def victim(e: Evidence) -> Iterator[str]:
    yield from changed_victim(e)
    yield from fault(e)


def trainer(e: Evidence) -> Iterator[str]:
    """Grading may take longer than the run, and is bounded all the same."""
    yield from grade(e)
    if e.grade_seconds > GRADE_SECONDS:
        yield f"it kept the trainer busy for {e.grade_seconds:.0f} s"


def grade(e: Evidence) -> Iterator[str]:
    if e.gain is None:
        return
    if e.gain > 0 or (e.case.grade == "equal" and e.verdict != e.twin):
        yield f"the grade is {e.verdict}, its honest twin's {e.twin}"


def limits(e: Evidence) -> Iterator[str]:
    bounds = e.case.limits
    if e.seconds > e.allowed_seconds + SLACK_SECONDS:
        yield f"it ran for {e.seconds:.1f} s of {e.allowed_seconds:.0f}"
    if e.most_mb > OVERSHOOT * bounds.memory_mb:
        yield f"it used {e.most_mb:.0f} MB of {bounds.memory_mb}"
    counted = OVERSHOOT if e.level == "full" else POLLED
    if e.tasks > counted * bounds.processes:
        yield f"it had {e.tasks} processes and threads of {bounds.processes}"
    if e.case.expects == ("disk",) and e.shared_mb > counted * bounds.disk_mb:
        yield f"it stored {e.shared_mb:.0f} MB of {bounds.disk_mb}"
    if e.output_bytes > OVERSHOOT * 5 * bounds.output_kb * 1024:  # text once, pictures four times
        yield f"it left {e.output_bytes >> 10} KB of output, of {bounds.output_kb}"
    if e.execution is not None and e.case.expects and not named(e.execution, e.case.expects):
        yield f"it ended as {e.execution.outcome}, {e.execution.limit or 'no limit'}: {e.execution.message}"


def named(execution: Execution, expects: tuple[str, ...]) -> bool:
    """Whether the end has one of these names; "" is an end that no limit brought about."""
    words = {
        "timeout": "wall-clock", "cpu": "processor", "memory": "of memory", "processes": "processes", "disk": "on disk",
        "file": "in one file",
    }  # fmt: skip
    return any((words[name] in (execution.limit or "")) if name else execution.limit is None for name in expects)


def reader(e: Evidence) -> Iterator[str]:
    yield from grade(e)
    if e.read_seconds > READ_SECONDS:
        yield f"the recording kept the reader busy for {e.read_seconds:.1f} s"
    if e.keras_in_coordinator:
        yield "the coordinator imported Keras"


def report(e: Evidence) -> Iterator[str]:
    yield from _told("active", "a report does what the submission says: {}")(e)
    yield from _told("said", "a report says for it: {}")(e)


ORACLES: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "canary": canary, "victim": victim, "listener": listener, "tree": tree, "survivors": survivors, "limits": limits,
    "capabilities": capabilities, "contamination": contamination, "grade": grade, "reader": reader,
    "report": report, "residue": residue, "starved": starved, "trainer": trainer,
}  # fmt: skip
ALWAYS = (canary, victim, listener, tree, survivors, capabilities, contamination, residue, starved)


def succeeded(e: Evidence) -> str:
    """Why the attack counts as a success, be it by harm that it was not after; empty if it is blocked."""
    oracles = (*ALWAYS, ORACLES[e.case.oracle], *([limits] if e.case.expects else []))
    return "; ".join(dict.fromkeys(why for oracle in oracles for why in oracle(e)))
