"""The statements of a program, one by one: what fails is recorded, and what follows from that is passed over.

It is the same for a module and for a notebook in its kernel. After the last statement come the functions that the
assignment lists. Of every failure it is recorded whether no training can have caused it.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .notes import on_errors
from .recorder import NOWHERE, Recorder
from .running_on import RunningOn, going_on
from .source.depends_on_training import is_verdict, may_explain, trained
from .source.sources import Source, read
from .source.statements import Losses, Parsed, flattened, inert, values_at

MOST_HELPERS = 20
# A history has the same keys after any training, and what it holds is of the same types.
NEVER_BY_TRAINING = (SyntaxError, ImportError, EOFError, KeyError, TypeError, AttributeError)


def know_trained(recorder: Recorder, sources: Iterable[Source]) -> None:
    """What trainings decide in sources that are run, and in the modules that travel with them.

    Of a cut run, also why it may have to run in full.
    """
    paths = sorted(Path(recorder.job["work"]).rglob("*.py"))[:MOST_HELPERS]
    helpers = [path for path in paths if path != recorder.entry and path.is_file() and not path.is_symlink()]
    recorder.trained = trained([*sources, *(read(path, path.name) for path in helpers)])
    recorder.needs_training = "" if recorder.job["full_fit"] else recorder.trained.chosen


class Runner:
    """`cell` is the one that is running."""

    def __init__(self, recorder: Recorder, namespace: dict[str, Any]) -> None:
        self.recorder = recorder
        self.namespace = namespace
        self.losses = Losses()
        self.cell: int | None = None
        self.last: ast.stmt | None = None
        self.goes_on = bool(recorder.job["goes_on"])
        if self.goes_on:
            RunningOn(recorder, lambda error: None if self.is_no_failure(error, None) else self.failed(error))

    def cannot_read(self, found: Parsed) -> None:
        """What comes after an error of syntax is lost: perhaps a function of the exercise."""
        if found.error is not None:
            self.failed(found.error)
            for name in found.lost.intersection(self.recorder.job["functions"]):
                self.recorder.function_failures[name] = self.recorder.failures[-1]
        self.losses.lost |= dict.fromkeys(found.lost - self.namespace.keys(), len(self.recorder.failures) - 1)

    def to_run(self, body: Iterable[ast.stmt], *, ends: bool) -> Iterator[ast.stmt]:
        """The statements that need nothing that is lost; the last one `ends` the program, or only a cell.

        None where a loop waits for what no cut training gives.
        """
        statements = [] if self.recorder.needs_training == "loop" else list(flattened(body))
        self.last = statements[-1] if ends and statements else None
        for statement in statements:
            if not self.goes_on and self.losses.passes_over(statement, self.namespace):
                self._note_missed(statement)
            else:
                yield statement

    def as_run(self, statement: ast.stmt) -> ast.stmt:
        """The statement, going on where it fails if the run is to."""
        return going_on(statement) if self.goes_on else statement

    def has_run(self, statement: ast.stmt) -> None:
        self.losses.of_run(statement)

    def has_failed(self, statement: ast.stmt, error: BaseException | None) -> None:
        self.recorder.make_room(error)
        if error is not None and not self.is_no_failure(error, statement):
            self.failed(error)
        self.losses.of_failed(statement, self.namespace, error, len(self.recorder.failures) - 1)
        self._note_missed(statement)

    def failed(self, error: BaseException) -> None:
        self.recorder.failures.append(failure(self.recorder, error, self.cell))

    def is_no_failure(self, error: BaseException, statement: ast.stmt | None) -> bool:
        """What only follows from another one, an assertion about what a training gave, and an end at the end."""
        return self._follows(error, statement) or self._is_about_luck(error) or self._ends(error, statement)

    def _follows(self, error: BaseException, statement: ast.stmt | None) -> bool:
        """Whether an error only follows from another; then what was concluded from its values is taken back."""
        place, stand_ins = self.recorder.sources.location_of_error(error), inert(values_at(error))
        for stand_in in stand_ins:
            stand_in.is_wanted(place)
        follows = bool(stand_ins) or self.losses.is_consequence(error, statement)
        if follows:
            self.recorder.retract(place)
        return follows

    def _is_about_luck(self, error: BaseException) -> bool:
        """Whether a failed assertion, or an early end, is about what a training gave: luck, and here not even that."""
        spots = self.recorder.sources.traced(error)
        if not spots or not is_verdict(self.recorder.trained, spots[-1].source, spots[-1].line):
            return False
        self.recorder.note("assertion-about-training", location=self.recorder.sources.location_of_error(error))
        return True

    def _ends(self, error: BaseException, statement: ast.stmt | None) -> bool:
        """Whether this is `sys.exit()` as the last statement of all, which ends nothing early."""
        clean = isinstance(error, SystemExit) and error.code in (None, 0)
        alone = len(self.recorder.sources.traced(error)) == 1
        return clean and statement is not None and statement is self.last and alone

    def _note_missed(self, statement: ast.stmt) -> None:
        """Say of a network that an assignment may look for that it was not built."""
        job = self.recorder.job
        where = {**NOWHERE, "cell": self.cell, "line": statement.lineno, "file": "" if self.cell else job["entry"]}
        for name in sorted(self.losses.missed(statement, (*job["functions"], *job["marks"].values(), "model"))):
            self.recorder.note("never-built", name, where)
            self.recorder.decisive.append(self.losses.lost[name])

    def finish(self) -> None:
        """Call the listed functions, and say what is known once everything has run."""
        recorder = self.recorder
        recorder.running = None
        recorder.flush(everything=True)
        call_listed(recorder, self.namespace)
        on_errors.on_helpers(recorder)
        recorder.finished = recorder.needs_training != "loop"
        recorder.flush(everything=True)


def call_listed(recorder: Recorder, namespace: dict[str, Any]) -> None:
    """Each listed function that needs no argument, in turn, after everything else has run."""
    for name in recorder.job["functions"]:
        function = namespace.get(name)
        if not isinstance(function, types.FunctionType) or _needs_arguments(function):
            continue
        recorder.calling = name
        name_own_calls(recorder, name, function)
        recorder.flush()
        call(recorder, name, function)
        recorder.calling = ""


def name_own_calls(recorder: Recorder, name: str, function: types.FunctionType) -> None:
    """What the student built with the function under its first name counts as built with it: it may be fitted."""
    for record in recorder.records:
        if record.data["function"] == function.__name__ not in recorder.job["functions"]:
            record.data["function"] = name


def _needs_arguments(function: Any) -> bool:
    parameters = inspect.signature(function).parameters.values()
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(parameter.default is parameter.empty and parameter.kind not in free for parameter in parameters)


def call(recorder: Recorder, name: str, function: Any) -> None:
    built = len(recorder.records)
    try:
        result = function()
    except BaseException as error:
        recorder.function_failures[name] = failure(recorder, error, None)
    else:
        if result is None and len(recorder.records) > built:
            on_errors.returns_nothing(recorder, function)
        for model in result if isinstance(result, (list, tuple)) else [result]:
            record = recorder.claim(model) if recorder.is_model(model) else None
            if record is not None:
                record.data.update(returned=True, function=name)


def failure(recorder: Recorder, error: BaseException, cell: int | None) -> dict[str, Any]:
    """The failure as it is recorded, with a note where its cause is known."""
    on_errors.on_failure(recorder, error, cell)
    return recorder.failure(error, cell, never_depends_on_training(recorder, error))


def never_depends_on_training(recorder: Recorder, error: BaseException) -> bool:
    """Whether the error would have been the same after any training."""
    spots = recorder.sources.traced(error)
    if spots and not any(may_explain(recorder.trained, spot) for spot in spots):
        return True
    if isinstance(error, NEVER_BY_TRAINING):
        return True
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError) and error.name:
        sources = recorder.sources.known.values()  # all that ran before it: a name that is bound nowhere there is wrong
        return bool(sources) and not any({error.name, "*"} & source.bound for source in sources)
    return False
