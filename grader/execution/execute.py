"""Runs one submission: the outcome, the limits by name, and the words in which they are reported."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any, Protocol

from grader.domain import Edit, Execution, Failure, Limits, Location, Note, Outcome, Output, Step, Submission
from grader.domain.bounds import shown
from grader.execution.recording import Recording, read_recording
from grader.execution.recordings import Runs
from grader.execution.student.source.marks import Marks
from grader.execution.supervisor import RunEnd
from grader.filesystem import regular_size
from grader.hints import explaining

OUTCOMES = {"timeout": Outcome.TIMEOUT, "cpu": Outcome.TIMEOUT, "memory": Outcome.MEMORY}
"""Of runs that were stopped; the others count as crashed."""
FINISHED = (Outcome.OK, Outcome.ERROR)

LIMITS = {
    "timeout": ("after", "{seconds:.0f} s of wall-clock time"),
    "cpu": ("after", "{cpu_seconds:.0f} s of processor time"),
    "memory": ("for using more than", "{memory_mb} MB of memory"),
    "processes": ("for starting more than", "{processes} processes and threads"),
    "disk": ("for storing more than", "{disk_mb} MB on disk, or too many files"),
    "file": ("for writing a file of more than", "{file_mb} MB in one file"),
    "abandoned": ("together with the grader", ""),
}
"""By name, the words for what was stopped, and for the limit."""
BY_SIGNAL: Mapping[int, str] = {
    -int(getattr(signal, name)): limit
    for name, limit in (("SIGXCPU", "cpu"), ("SIGXFSZ", "file"))
    if hasattr(signal, name)
}
"""By negative exit code, the limits that the system itself enforces."""

_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL")
_SIGNS = (
    ("memory", ("MemoryError", "ResourceExhaustedError", "Cannot allocate memory")),
    ("processes", ("BlockingIOError", "can't start new thread", "Resource temporarily unavailable")),
    ("file", ("File too large",)),
    ("disk", ("No space left on device", "Disk quota exceeded")),
)
NEARLY = 0.8  # of the memory that a run may have: the next allocation can fail, and not all code of C looks
FAILED_ALLOCATION = {1, *(-int(getattr(signal, name)) for name in _CRASHES if hasattr(signal, name))}
IN_FULL = {
    "loop": "a loop goes on until a result of training ends it",
    "network": "results of training decide which network is built or kept",
    "error": "an error may have come from a `fit` that was cut short",
}
"""Why `fit` runs in full, by what a run says or leaves."""
UNFINISHED = "{}, and with full training the program takes longer than it may"
ENDS = ("SystemExit", "SyntaxError", "IndentationError", "TabError")
LATE = "the program did not end with the steps that were done"
LEAST_SECONDS = 1.0  # of a run, when the time for all is nearly used up
BUSY = "the program reached its time limit while the machine was busy with other work"


class Executor(Protocol):
    """Executes a submission within so many seconds, perhaps with steps done to it."""

    def __call__(
        self, submission: Submission, within: float, done: Sequence[Step] = (), goes_on: bool = False
    ) -> Execution: ...


def _limit_in_words(name: str, limits: Limits, seconds: float) -> str:
    """A limit with its value; `seconds` is the wall-clock time of this run."""
    times = {"seconds": seconds, "cpu_seconds": max(limits.cpu_seconds, seconds)}
    return LIMITS[name][1].format(**{**asdict(limits), **times})


def _limit_met(failure: Failure) -> str:
    """The limit that an exception of the student indicates, or nothing."""
    text = f"{failure.type}: {failure.message}"
    return next((limit for limit, signs in _SIGNS if any(sign in text for sign in signs)), "")


def execute(
    submission: Submission,
    supervisor: Runs,
    *,
    functions: tuple[str, ...],
    marks: Marks,
    limits: Limits,
    full_fit: bool = False,
    within: float | None = None,
    done: Sequence[Step] = (),
    goes_on: bool = False,
    announce: Callable[[str], None] = lambda text: None,
) -> Execution:
    """What running the submission left behind.

    A `fit` is cut short. Only if trainings decide which network there is, or the cut may have caused an error, the
    submission runs once more with full trainings, and `announce` is told; all together end `within` so many seconds,
    by default `most_seconds`. If that is too short, a person decides, and sees what the cut run, or else the full one,
    built. With steps `done` to the program, or if it `goes_on` after errors, it runs once, and decides nothing.
    """
    within = most_seconds(limits) if within is None else within

    if submission.problem or regular_size(submission.entry) is None:
        problem = submission.problem or "the file cannot be read"
        return Execution(Outcome.UNREADABLE, 0.0, supervisor.isolation, problem)

    def run(seconds: float, full: bool) -> tuple[Execution, Recording]:
        job = job_of(functions, marks, full=full, done=done, goes_on=goes_on)
        ending = supervisor.run(submission, job, limits, seconds)
        recording, unusable = read_recording(ending.recording, ending.nonce)
        ending = replace(ending, refused=ending.refused or unusable)
        execution = judge(ending, recording, supervisor.isolation, limits, seconds, full)
        return replace(execution, followed=tuple(done), went_on=goes_on), recording

    if not (done or goes_on):
        return _in_full_where_needed(run, limits, within, full_fit, announce)
    execution, recording = run(min(limits.seconds, within), False)
    is_explained = any(note.code != "not-needed" for note in explaining(execution))  # by what no training changes
    why = recording.needs_training or ("" if is_explained else may_be_due_to_the_cut(execution, recording))
    is_late = execution.outcome not in FINISHED
    return replace(execution, undecided=LATE if is_late else "" if goes_on else IN_FULL.get(why, ""))


def can_go_on(execution: Execution) -> bool:
    """Whether a program ended at errors beyond which it says what it means: not where text was left unread, nor where
    statements stand in another order than was meant."""
    failures = (*execution.failures, *execution.function_failures.values())
    is_whole = not any(failure.type in ENDS for failure in failures)
    return bool(failures) and is_whole and all(note.code != "defined-later" for note in explaining(execution))


def _in_full_where_needed(
    run: Callable[[float, bool], tuple[Execution, Recording]],
    limits: Limits,
    within: float,
    full_fit: bool,
    announce: Callable[[str], None],
) -> Execution:
    if full_fit:
        return run(min(limits.full_fit_seconds, within), True)[0]
    cut, recording = run(min(limits.seconds, within), False)
    why = IN_FULL.get(recording.needs_training or may_be_due_to_the_cut(cut, recording), "")
    if not why:
        return cut
    announce(f"`fit` runs in full, since {why}")
    full, _ = run(max(min(within - cut.seconds, limits.full_fit_seconds), LEAST_SECONDS), True)
    late = full.outcome is Outcome.TIMEOUT
    result = max(cut, full, key=lambda execution: len(execution.models)) if late else full
    note = Note("full-fit", f"This is because {why}.", Location())
    undecided = result.undecided or (UNFINISHED.format(why) if late else "")
    return replace(
        result, seconds=round(cut.seconds + full.seconds, 3), notes=(*result.notes, note), undecided=undecided
    )


def job_of(
    functions: tuple[str, ...], marks: Marks, *, full: bool, done: Sequence[Step] = (), goes_on: bool = False
) -> dict[str, Any]:
    """What a run is asked to do, perhaps with steps `done` to the program, and perhaps to go on after errors."""
    steps = [
        {"file": file, "cell": cell or None, "edits": [edit.change for edit in edits]}
        for step in done
        for (file, cell), edits in groupby(sorted(step.edits, key=_text_of), _text_of)
    ]
    return {"functions": functions, "marks": marks, "full_fit": full, "steps": steps, "goes_on": goes_on}


def _text_of(edit: Edit) -> tuple[str, int]:
    """The file and the cell that an edit is about."""
    return edit.file, edit.cell or 0


def judge(
    ending: RunEnd, recording: Recording, isolation: str, limits: Limits, seconds: float, full_fit: bool
) -> Execution:
    """The outcome follows first from how the process ended, then from what the recording says."""
    outcome, message, limit = how_it_ended(ending, recording, limits, seconds)
    return Execution(
        outcome=outcome,
        seconds=round(ending.seconds, 3),
        isolation=isolation,
        message=message,
        limit=limit,
        models=recording.models,
        failures=recording.failures,
        function_failures=recording.function_failures,
        outputs=outputs(ending, recording),
        notes=(*recording.notes, *_notes_on_output(ending, recording, limits)),
        versions=recording.versions,
        full_fit=full_fit,
        undecided=BUSY if outcome is Outcome.TIMEOUT and ending.was_busy(seconds) else "",
    )


def how_it_ended(
    ending: RunEnd, recording: Recording, limits: Limits, seconds: float
) -> tuple[Outcome, str, str | None]:
    code = ending.exit_code
    if broken := ending.stopped or BY_SIGNAL.get(code or 0, "") or _ran_out(ending, code, limits):
        outcome = OUTCOMES.get(broken, Outcome.CRASHED)
        words = _limit_in_words(broken, limits, seconds)
        why = f"{LIMITS[broken][0]} {words}".strip()
        return outcome, f"it was stopped {why}{_while_running(recording)}", words
    if ending.refused:
        return Outcome.UNREADABLE, f"the recording cannot be used: {ending.refused}", None
    if recording.problem:
        return Outcome.UNREADABLE, recording.problem, None
    if not recording.finished or code:
        return Outcome.CRASHED, _how_it_crashed(code) + _while_running(recording), None
    if failures := recording.failures:
        met = next((limit for failure in failures if (limit := _limit_met(failure))), None)
        outcome = Outcome.MEMORY if met == "memory" else Outcome.ERROR
        return outcome, describe(failures[0]), _limit_in_words(met, limits, seconds) if met else None
    return Outcome.OK, "", None


def _ran_out(ending: RunEnd, code: int | None, limits: Limits) -> str:
    """Whether a program ended as one does whose allocation failed, while it held nearly all that it may have."""
    nearly = ending.data > NEARLY * limits.memory_mb * 2**20
    return "memory" if code in FAILED_ALLOCATION and nearly else ""


def _while_running(recording: Recording) -> str:
    if recording.calling:
        return f", during the call of `{recording.calling}`"
    return f", while cell {recording.running} was running" if recording.running else ""


def _how_it_crashed(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            return f"the program was ended by signal {-code}"
        verb = "crashed" if name in _CRASHES else "was ended"
        return f"the program {verb} ({(signal.strsignal(-code) or 'signal').lower()}, {name})"
    status = f" (exit status {code})" if code else ""
    return f"the program exited{status} before its last line"


def describe(failure: Failure) -> str:
    """One line for people; its location is given separately."""
    return f"{failure.type}: {failure.message}".strip().splitlines()[0][:300]


def outputs(ending: RunEnd, recording: Recording) -> tuple[Output, ...]:
    """A notebook's by cell; of a module, all that it printed."""
    text = shown(ending.output).strip("\n")
    return recording.outputs or ((Output("text", text),) if text else ())


def _notes_on_output(ending: RunEnd, recording: Recording, limits: Limits) -> Iterator[Note]:
    """Where more was printed than is kept: the first such cell of a notebook, or the whole module."""
    if ending.cut or recording.cut is not None:
        yield Note("limit-output", f"{limits.output_kb} kB", Location(recording.cut))


def may_be_due_to_the_cut(execution: Execution, recording: Recording) -> str:
    """Whether something went wrong after a `fit` was cut that a full `fit` might have prevented: "error", or ""."""
    fits = [fit for model in execution.models for fit in model.fits if fit.cut]
    if not fits or execution.outcome not in FINISHED:
        return ""
    cell = min(fit.location.cell or 0 for fit in fits)
    later = [failure for failure in recording.failures if (failure.location.cell or 0) >= cell]
    settled = all(failure.settled for failure in (*later, *execution.function_failures.values()))
    return "" if settled else "error"


def most_seconds(limits: Limits) -> float:
    """Of all runs of a submission together, whatever they are for."""
    return max(limits.seconds, limits.full_fit_seconds)


def once(run: Executor) -> Executor:
    """The same runs, which remembers those of the last submission that it executed, and reuses them for an equal one.

    Equal files of other names run again: messages quote the name.
    """
    last: tuple[str, str] | None = None
    known: dict[tuple[tuple[Step, ...], bool], Execution] = {}

    def remembering(
        submission: Submission, within: float, done: Sequence[Step] = (), goes_on: bool = False
    ) -> Execution:
        nonlocal last
        if not submission.content or (submission.content, submission.entry.name) != last:
            last = (submission.content, submission.entry.name)
            known.clear()
        key = (tuple(done), goes_on)
        if key not in known:
            known[key] = run(submission, within, done, goes_on)
        return known[key]

    return remembering
