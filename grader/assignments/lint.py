"""What an author may have got wrong although the spec is valid: odd sums, shared names, a README that says otherwise.

`lint` is a pure function of assignments and their references; it reads only the README and the data. An *error*
costs students points or cannot be graded; a *warning* is worth a look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile, is_zipfile

from grader.domain import Assignment, Check, ModelGraph
from grader.domain.words import counted, did_you_mean, listed
from grader.graph.reading.roles import inner, width_of

_ROW = re.compile(r"^\|\s*`?(?P<id>\w+)`?\s*\|\s*(?P<points>\d+)\s*\|", re.MULTILINE)
_TO_WRITE = re.compile(r"^[\s>*#-]*TODO:")
_EPOCHS = re.compile(r"\b(\d[\d,]{0,12})\s{1,9}epochs?\b|\bepochs\s{0,9}=\s{0,9}(\d{1,9})")


@dataclass(frozen=True)
class LintFinding:
    """One thing in a file of an assignment: where it is, what is wrong with it, and what to do."""

    file: Path
    key: str
    what: str
    what_to_do: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else str(self.file)
        return f"{self.severity}: {where}: {self.what} {self.what_to_do}"


def lint(
    assignment: Assignment, others: Sequence[Assignment] = (), reference: ModelGraph | None = None
) -> list[LintFinding]:
    """All that is odd about an assignment of a course; `reference` is its network, if that is known."""
    others = [other for other in others if other.id != assignment.id]
    spec = assignment.folder / "assignment.toml"
    found = [*_points(assignment, others, spec), *_names(assignment, others, spec), *_numbers(assignment, spec)]
    found += _freedoms(assignment, reference, spec) if reference else []
    found += [*_data(assignment, reference, spec), *_subjects(assignment, spec)]
    return [*found, *page_findings(assignment, reference)]


def _key(assignment: Assignment, check: Check, option: str = "") -> str:
    number = assignment.checks.index(check) + 1
    return f"checks[{number}].{option}" if option else f"checks[{number}]"


def _points(assignment: Assignment, others: Sequence[Assignment], file: Path) -> Iterator[LintFinding]:
    total = assignment.max_score
    usual, times = Counter(other.max_score for other in others).most_common(1)[0] if others else (total, 0)
    if total == 0:
        yield LintFinding(file, "checks", "No check is worth any points.", "Give points to what the exercise is about.")
    elif total != usual and times > 1:
        what = f"The points sum to {total}; {counted(times, 'other assignment')} of the course sum to {usual}."
        yield LintFinding(file, "checks", what, "Change the points, or leave them if this is intended.", "warning")


def _names(assignment: Assignment, others: Sequence[Assignment], file: Path) -> Iterator[LintFinding]:
    """Names decide which model is which exercise's: one name for two exercises decides nothing."""
    for number, name in enumerate(assignment.names, start=1):
        key = f"names[{number}]"
        if name in assignment.names[: number - 1]:
            yield LintFinding(file, key, f"`{name}` is listed twice.", "Remove one of them.", "warning")
        for other in others:
            if name in other.names or name == other.id:
                is_what = "is a name of" if name in other.names else "is the id of"
                what = f"`{name}` {is_what} `{other.id}` too, so it cannot say which exercise a model is for."
                yield LintFinding(file, key, what, _another_name(name, assignment, other))


def _another_name(name: str, assignment: Assignment, other: Assignment) -> str:
    """Who is to change: the one whose own name it is keeps it."""
    if name in (assignment.id, f"build_{assignment.id}"):
        return f"Remove it from `names` of `{other.id}`."
    return f"Use a name of its own, such as `build_{assignment.id}`."


def _numbers(assignment: Assignment, file: Path) -> Iterator[LintFinding]:
    """Counts in checks that no network for these data can satisfy."""
    inputs, targets = len(assignment.data.inputs), len(assignment.data.targets)
    for check in assignment.checks:
        options = check.options
        wanted: list[tuple[str, int | None, int, str]] = []
        if check.kind == "inputs":
            wanted = [("count", _number(options, "shapes"), inputs, "data.inputs")]
        elif check.kind == "heads":
            wanted = [("count", _number(options, "widths", "shapes", "activations") or 1, targets, "data.targets")]
        elif check.kind == "compiled":
            given = ((option, options.get(option)) for option in ("losses", "weights"))
            wanted = [(option, len(value), targets, "data.targets") for option, value in given if value]
        for option, found, expected, data in wanted:
            if found is not None and found != expected:
                what = f"{found} expected, but `{data}` has {counted(expected, 'entry', 'entries')}."
                yield LintFinding(file, _key(assignment, check, option), what, f"Make both {expected}.")


def _data(assignment: Assignment, reference: ModelGraph | None, file: Path) -> Iterator[LintFinding]:
    """Names that the data do not have, and arrays that do not fit the inputs of the reference."""
    data = assignment.data
    if data.file is None:
        return
    try:
        shapes = array_shapes(data.file)
    except ValueError as error:
        yield LintFinding(data.file, "", f"This is not an .npz file of arrays ({error}).", "Write it with `np.savez`.")
        return
    parts = (("inputs", data.inputs), ("targets", data.targets))
    for part, place, name in ((part, *pair) for part, names in parts for pair in enumerate(names)):
        key = f"data.{part}[{place + 1}]"
        missing = [one for one in (name, f"{name}_val") if one not in shapes]
        if missing:
            arrays = sorted(one for one in shapes if not one.endswith("_val"))
            near = did_you_mean(name, arrays) if name in missing else ""
            what = f"{data.file.name} has no array `{missing[0]}`{near}"
            todo = f"It has {listed([f'`{one}`' for one in arrays])}; each needs one with `_val` after its name."
            yield LintFinding(file, key, what if near else f"{what}.", todo)
        elif part == "inputs" and reference and place < len(reference.inputs):
            expected, found = reference.shape(reference.inputs[place])[1:], shapes[name][1:]
            if not _fits(found, expected):
                what = f"One sample of `{name}` has shape {found}; input {place + 1} of the reference has {expected}."
                yield LintFinding(file, key, what, "Name another array, or change the `Input` of the reference.")


def array_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The arrays of an .npz file, in its order. Raises `ValueError` for what is not such a file."""
    import numpy as np

    if not is_zipfile(file):
        raise ValueError("it is not a zip" if file.is_file() else "there is no such file")
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name].shape for name in archive.files}
    except (OSError, EOFError, BadZipFile) as error:
        raise ValueError(str(error)) from None


def _fits(found: Sequence[int], expected: Sequence[int | None]) -> bool:
    """Whether Keras takes such samples; it adds the last axis of a column of numbers."""
    if len(expected) == 1 and not found:
        found = (1,)
    return len(found) == len(expected) and all(b is None or a == b for a, b in zip(found, expected, strict=True))


def _number(options: Mapping[str, Any], *lists: str) -> int | None:
    """How many inputs or outputs a check requires: its `count`, or the entries of one of its lists."""
    return options.get("count") or next((len(options[name]) for name in lists if options.get(name)), None)


def _freedoms(assignment: Assignment, reference: ModelGraph, file: Path) -> Iterator[LintFinding]:
    """A freedom of a layer that the reference lacks makes every student's network a different one."""
    names = [layer.name for layer in reference.layers]
    for check in assignment.checks:
        for name in check.options.get("free", {}) if check.kind == "graph" else ():
            if name not in names:
                what = f"The reference has no layer `{name}`{did_you_mean(name, names)}"
                what += "" if what.endswith("?") else f"; it has {listed([f'`{one}`' for one in names])}."
                todo = f'Give the layer `name="{name}"` in the reference solution, or write its name here.'
                yield LintFinding(file, _key(assignment, check, f"free.{name}"), what, todo)


def _subjects(assignment: Assignment, file: Path) -> Iterator[LintFinding]:
    for subject in assignment.essential:
        if subject in assignment.free:
            what = f"`{subject}` is free, and what is free is never a mistake."
            yield LintFinding(file, "essential", what, "Remove it from `free` or from `essential`.", "warning")


def page_findings(assignment: Assignment, reference: ModelGraph | None = None) -> Iterator[LintFinding]:
    """All of a README that would mislead students; none if there is no README."""
    path = assignment.folder / "README.md"
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if _TO_WRITE.match(line):
            what = f"This is still to be written: {line.strip()[:80]}"
            yield LintFinding(path, f"line {number}", what, "Replace the line, or remove it.")
    yield from _epochs(assignment, text)
    if reference is not None and not assignment.fixed and _shows(text, reference):
        what = "The task is open, but the page lists the layers of the reference."
        yield LintFinding(path, "", what, "Remove them: students are to find a network of their own.")
    yield from _points_told(assignment, text)


def _epochs(assignment: Assignment, text: str) -> Iterator[LintFinding]:
    """A task may mention other numbers, such as those after which something is to be seen, but also the right one."""
    told = [int((one[1] or one[2]).replace(",", "")) for one in _EPOCHS.finditer(text)]
    right = assignment.recipe.epochs
    if told and right not in told:
        what = f"The page asks for {listed([str(one) for one in dict.fromkeys(told)])} epochs; `training.epochs` is"
        path = assignment.folder / "README.md"
        yield LintFinding(path, "", f"{what} {right}.", f"Write {right}, or change the spec.")


def _shows(text: str, reference: ModelGraph) -> bool:
    """Whether each hidden layer with a width has a line of its own with its class and its width."""
    ends = {reference.calls[tensor.call].layer for tensor in reference.outputs}
    hidden = [layer for number, layer in enumerate(reference.layers) if number not in ends]
    wanted = Counter((inner(layer)[0], width) for layer in hidden if (width := width_of(layer)) is not None)
    lines = text.splitlines()
    return bool(wanted) and all(
        sum(bool(re.search(rf"\b{kind}\b.*\b{width}\b", line)) for line in lines) >= number
        for (kind, width), number in wanted.items()
    )


def _points_told(assignment: Assignment, text: str) -> Iterator[LintFinding]:
    """The table of checks, against the rubric."""
    path = assignment.folder / "README.md"
    rows = {row["id"]: int(row["points"]) for row in _ROW.finditer(text)}
    rubric = {check.id: check.points for check in assignment.checks}
    if not set(rows) & set(rubric):
        return  # a README without such a table says nothing wrong
    for name, points in rows.items():
        if name not in rubric:
            what = f"The table has a check `{name}`, which the rubric does not have{did_you_mean(name, rubric) or '.'}"
            yield LintFinding(path, name, what, "Remove the row, or correct its name.")
        elif points != rubric[name]:
            what = f"The table gives {counted(points, 'point')} for `{name}`; the rubric gives {rubric[name]}."
            yield LintFinding(path, name, what, f"Write {rubric[name]}.")
    for name in rubric.keys() - rows.keys():
        what = f"The table lacks the check `{name}`, {counted(rubric[name], 'point')}."
        yield LintFinding(path, name, what, "Add a row.", "error" if rubric[name] else "warning")
