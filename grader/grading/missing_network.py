"""Why a submission has no network for an exercise, and which networks that its file has the code for were not built.

That is read off its text and its recording. The text is searched and never parsed, since it is a student's. What stands
in a function or a class that nothing mentions is never called. Anything else is lost by an error on its own lines, or
perhaps by one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.checks import ended, in_location, without_model
from grader.domain import (
    Assignment,
    Execution,
    Failure,
    Grade,
    Location,
    ModelMatch,
    Outcome,
    RecordedModel,
    SourceFile,
    Step,
    Steps,
    Submission,
)
from grader.domain.words import listed
from grader.execution.recording import packages_missing
from grader.grading.matching import GENERIC_NAMES, Candidate
from grader.hints import remedy
from grader.submissions.source_text import STRING_OR_COMMENT, read_source

UNREAD = ("SyntaxError", "IndentationError", "TabError")
NEVER_CALLED = "nothing calls it"
MOST_NAMED = 4
MOST_TEXT = 500_000  # characters of code, which nobody writes by hand
_DEFINITION = re.compile(r"(?:async +)?(?:def|class) +(\w+)")
_OWN_CLASS = re.compile(r"class +(\w+) *\( *(?:\w+\.)*(?:Model|Sequential) *[,)]")
_PLAIN_FUNCTION = re.compile(r"def +\w+ *\( *\)")
_CALLED = r"(?<![\w.])(?:\w+\.)*(?:{}) *\("
_TARGET = re.compile(r"\s*(?:self\.)?(\w+) *=[^=]")
_WORD = re.compile(r"[^\W\d]\w*")


def failed_function(assignment: Assignment, execution: Execution) -> str | None:
    """The exercise's own function, where calling it raised."""
    return next((name for name in assignment.names if name in execution.function_failures), None)


def remnants(execution: Execution, entry: Path) -> frozenset[int]:
    """Models, by index, whose function raised, and would have built another network, for which it has the code."""
    begun = [(model, error) for model in execution.models if (error := failure_after(model, execution))]
    statements = _statements_of(read_source(entry) if begun else None)
    functions = {statement.name: statement for statement in statements if statement.name}
    calls, built = (
        _construction(statements, execution),
        {(model.location.cell, model.location.line) for model in execution.models},
    )

    def goes_on(function: _Statement | None, location: Location) -> bool:
        """Whether it has a construction, from where it failed on, that has built nothing."""
        if function is None or location.line is None:
            return False
        last = function.first + len(function.lines)
        is_inside = function.cell == location.cell and function.first <= location.line < last
        start = location.line if is_inside else function.first
        lines = enumerate(function.lines[start - function.first :], start)
        return any(calls.search(text) and (function.cell, line) not in built for line, text in lines)

    return frozenset(model.index for model, error in begun if goes_on(functions.get(model.function), error.location))


def _lost_under_its_name(assignment: Assignment, execution: Execution, source: SourceFile | None) -> Unbuilt | None:
    return next((network for network in unbuilt(source, execution) if network.name in assignment.called), None)


def failure_after(model: RecordedModel, execution: Execution) -> Failure | None:
    """What the function that built a network raised before it returned it.

    If the network was trained, the program itself had it before the grader called the function once more.
    """
    return None if model.returned or model.fits else execution.function_failures.get(model.function)


def with_failure_after(model: RecordedModel, execution: Execution) -> Execution:
    """The execution with that failure, unless the program met it by itself."""
    failure = failure_after(model, execution)
    errors = {(error.type, error.location) for error in execution.failures}
    if failure is None or (failure.type, failure.location) in errors:
        return execution
    return replace(execution, failures=(*execution.failures, failure))


def hidden_names(execution: Execution, entry: Path) -> set[str]:
    """The functions of errors, the names of what would have been built without them, and, if there is any, their marks:
    below the comment of an exercise that nobody has begun there may be other code."""
    networks = unbuilt(read_source(entry) if execution.failures else None, execution)
    names = {network.name for network in networks if network.reason != NEVER_CALLED}
    marks = {mark for failure in execution.failures for mark in failure.marks if names}
    return names | marks | {failure.function for failure in execution.failures}


def absent_from(
    submission: Submission, execution: Execution, assignment: Assignment, candidates: Sequence[Candidate]
) -> Grade:
    """The grade, not yet settled, of an exercise of which there is no network."""
    name = failed_function(assignment, execution)
    hint: Steps = ""
    if name is None and not execution.models:  # whatever exercise it is, this is why it has none
        name = next((function for function in sorted(GENERIC_NAMES) if function in execution.function_failures), None)
    if name is not None:
        # A syntax error in the function explains everything else that fails in it.
        unread = next((error for error in execution.failures if error.type in UNREAD), None)
        failure = unread or execution.function_failures[name]
        unknown = f"Correct the error in `{name}()`, and call it yourself to see that it runs."
        hint = remedy([failure], execution) or Step(unknown, is_vague=True)
        problem, place = "has a syntax error" if unread else "raises an error", in_location(failure.location)
        reason = ended(f"`{name}()` {problem}{place}: {failure.type}: {failure.message}")
        if (failure.type, failure.location) in [(error.type, error.location) for error in execution.failures]:
            reason = f"`{name}()` raises the same {failure.type}{place}."  # whose message the check `runs` shows
    elif execution.failures and (network := _lost_under_its_name(assignment, execution, read_source(submission.entry))):
        reason = f"`{network.name}`{in_location(network.location)} was not built, {network.reason}."
    elif execution.models:
        built = [f"`{model.variables[0]}`" for model in execution.models if model.variables]
        shown = [*dict.fromkeys(candidate.shown for candidate in candidates)]
        names = listed(shown or built, "some without a name", most=6)
        reason = f"No model in this submission belongs to `{assignment.id}`; found: {names}."
        hint = (
            f"If you mean one of these, name it `{assignment.id}`, or write `# exercise: {assignment.id}` above the "
            "line that builds it. One that belongs to another exercise, too, is built once more for this one."
        )
    elif execution.outcome is not Outcome.OK:
        first = _ended_by(execution)  # whose message the check `runs` shows
        why = f"{first.type}{in_location(first.location)}" if first else how_it_ended(execution)
        reason = ended(f"No Keras model was built before the program ended: {why}")
    else:
        source = read_source(submission.entry)
        step = _step_to_build(assignment, execution, source)
        reason = f"No Keras model was built: {no_network(source, execution, assignment.names)}. {step}"
    # A small mistake may hide a network that is nearly right, so a person must confirm a zero.
    hidden = name is not None or execution.outcome is Outcome.ERROR
    review = "an error may have prevented the program from building this network" if hidden else ""
    missing = ModelMatch("no_model", reason=reason, review=review)
    results = without_model(assignment, execution, reason, hint=hint)
    return Grade(submission, assignment, execution, missing, results, notes=execution.notes)


def _step_to_build(assignment: Assignment, execution: Execution, source: SourceFile | None) -> str:
    """Where the network is to be built; a function that nothing calls may have the name of another exercise."""
    statements, names = _statements_of(source), assignment.names
    if own := next((statement.name for statement in statements if statement.name in names), ""):
        return f"Build it in `{own}`, compile it there, and return it."
    plain = {statement.name for statement in statements if _PLAIN_FUNCTION.match(statement.lines[0])}
    idle = [network for network in unbuilt(source, execution, names) if network.name in plain]
    if len(idle) == 1 and names:
        where = f"`{idle[0].name}`{in_location(idle[0].location)}"
        return f"If {where} is meant for this exercise, write `{names[0]}` in place of its name."
    return f"Build it, compile it, and name it `{assignment.id}`."


def how_it_ended(execution: Execution) -> str:
    """The first error with its location, or what the supervisor saw."""
    if first := _ended_by(execution):
        return f"{first.type}{in_location(first.location)}: {first.message}"
    return execution.message or execution.outcome.value


def _ended_by(execution: Execution) -> Failure | None:
    """The first error of a program, unless it was stopped for something else."""
    return next(iter(execution.failures), None) if execution.outcome is Outcome.ERROR else None


def nothing_recognised(submission: Submission, execution: Execution, candidates: Sequence[Candidate]) -> str:
    if candidates:
        names = listed([*dict.fromkeys(candidate.shown for candidate in candidates)], most=6)
        advice = "name them after the exercises, or use --assignment"
        return f"none of the models clearly belongs to an exercise: {names}; {advice}"
    return without_network(submission, execution)


def without_network(submission: Submission, execution: Execution) -> str:
    """Why nothing was built at all."""
    if execution.outcome is Outcome.OK:
        return f"no Keras model was built: {no_network(read_source(submission.entry), execution)}"
    first = _ended_by(execution)
    advice = [step.text for step in remedy([first], execution)] if first else []
    return " ".join([f"no model was built before the program ended: {ended(how_it_ended(execution))}", *advice])


@dataclass(frozen=True)
class Unbuilt:
    """A network that was not built: its variable, or the function or class that would build it; where; and why."""

    name: str
    location: Location
    reason: str


@dataclass(frozen=True)
class _Statement:
    """One of the outermost level, without strings and comments; `name` is that of a function or a class."""

    name: str
    cell: int | None
    first: int
    lines: tuple[str, ...]

    def has(self, place: Location) -> bool:
        return place.cell == self.cell and place.line in range(self.first, self.first + len(self.lines))

    @property
    def words(self) -> set[str]:
        """What it mentions."""
        return {word for line in self.lines for word in _WORD.findall(line)}


def unbuilt(source: SourceFile | None, execution: Execution, called: Sequence[str] = ()) -> tuple[Unbuilt, ...]:
    """What a file would build and did not, in its order; `called` are functions that the grader itself calls.

    Nothing is said of lines that the program chose not to run.
    """
    if any(note.code == "limit-models" for note in execution.notes):
        return ()
    statements = _statements_of(source)
    needed = {*called, *(word for statement in statements for word in statement.words - {statement.name})}
    calls, failures = _construction(statements, execution), _in_order(execution, source.name if source else "")
    built = {(model.location.cell, model.location.line) for model in execution.models}
    names = {name for model in execution.models for name in (*model.variables, model.function, model.class_name)}
    never_built = {(note.location.cell, note.location.line) for note in execution.notes if note.code == "never-built"}
    missing: dict[str, Unbuilt] = {}
    for statement in statements:
        for line, text in enumerate(statement.lines, start=statement.first):
            target = _TARGET.match(text)
            name = statement.name or (target[1] if target else "")
            if not name or not calls.search(text) or (statement.cell, line) in built:
                continue
            is_idle = statement.name and statement.name not in needed
            reason = NEVER_CALLED if is_idle else _loss(statement, failures, execution.outcome)
            is_lost = name not in names or (statement.cell, line) in never_built or _has_failed(statement, failures)
            if reason and is_lost:
                missing.setdefault(
                    name, Unbuilt(name, Location(statement.cell, statement.first if statement.name else line), reason)
                )
    return tuple(missing.values())


def no_network(source: SourceFile | None, execution: Execution, called: Sequence[str] = ()) -> str:
    """Why a program that ended by itself built no network at all, as the end of a sentence."""
    missing = unbuilt(source, execution, called)
    idle = [f"`{network.name}`{in_location(network.location)}" for network in missing if network.reason == NEVER_CALLED]
    if idle:
        return f"nothing calls {listed(idle, most=MOST_NAMED)}, which would build one"
    if any(note.code == "other-keras" for note in execution.notes):
        return "it uses another Keras than Keras 3, and the grader does not see what that builds"
    absent = [f"`{name}`" for name in sorted(packages_missing(execution.notes))]
    perhaps = f", perhaps for want of the package {' or '.join(absent)}" if absent else ""
    return f"no line that ran builds one{perhaps}"


def _statements_of(source: SourceFile | None) -> list[_Statement]:
    """Those of a file that somebody can have written by hand."""
    cells = source.cells if source else ()
    if sum(len(cell.text) for cell in cells) > MOST_TEXT:
        return []
    return [statement for cell in cells for statement in _statements(cell.number, cell.text)]


def _statements(cell: int | None, text: str) -> Iterator[_Statement]:
    lines = STRING_OR_COMMENT.sub(_emptied, text).split("\n")
    starts = [n for n, line in enumerate(lines) if n == 0 or (line[:1].strip() and line[0] not in ")]}")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        definition = _DEFINITION.match(lines[start])
        yield _Statement(definition[1] if definition else "", cell, start + 1, tuple(lines[start:end]))


def _emptied(match: re.Match[str]) -> str:
    """A string without its characters, on as many lines; of a comment, nothing."""
    return "" if match[0].startswith("#") else '""' + "\n" * match[0].count("\n")


def _construction(statements: Sequence[_Statement], execution: Execution) -> re.Pattern[str]:
    """A call that makes a network: of a class of Keras, of one of the file's own that is derived from it, or of a
    function that has made another one."""
    makers = {"Model", "Sequential", *(model.function for model in execution.models)} - {""}
    makers |= {match[1] for entry in statements if entry.name and (match := _OWN_CLASS.match(entry.lines[0]))}
    return re.compile(_CALLED.format("|".join(map(re.escape, sorted(makers)))))


def _in_order(execution: Execution, file: str) -> list[Failure]:
    """The errors on lines of the file of that name, from the top."""
    failures = [failure for failure in execution.failures if failure.location.file in ("", file)]
    return sorted(failures, key=lambda failure: (failure.location.cell or 0, failure.location.line or 0))


def _has_failed(statement: _Statement, failures: Sequence[Failure]) -> bool:
    """Whether a statement ended by an error, and gives its name nothing, whatever had that name before."""
    return statement.name == "" and any(statement.has(failure.location) for failure in failures)


def _loss(statement: _Statement, failures: Sequence[Failure], outcome: Outcome) -> str:
    """What kept a statement from being run to its end: an error on it, or perhaps one before it, or before its call."""
    for failure in failures:
        if statement.has(failure.location):
            return _because_of(failure)
    if outcome not in (Outcome.OK, Outcome.ERROR):
        return "the program ended before it"
    here = (statement.cell or 0, statement.first)
    before = (f for f in failures if statement.name or (f.location.cell or 0, f.location.line or 0) < here)
    return next((f"perhaps {_because_of(failure)}" for failure in before), "")


def _because_of(failure: Failure) -> str:
    """A failure as the reason of what was not built."""
    where = Location(failure.location.cell, failure.location.line)
    return f"because of the {failure.type}{in_location(where)}"
