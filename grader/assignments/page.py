"""What is wrong with the page that students read: parts to be written, other figures than the spec, the solution."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from grader.assignments.findings import LintFinding
from grader.domain import Assignment, ModelGraph
from grader.domain.words import counted, did_you_mean, listed
from grader.graph.reading.roles import inner, width_of

_ROW = re.compile(r"^\|\s*`?(?P<id>\w+)`?\s*\|\s*(?P<points>\d+)\s*\|", re.MULTILINE)
_TO_WRITE = re.compile(r"^[\s>*#-]*TODO:")
_EPOCHS = re.compile(r"\b(\d[\d,]{0,12})\s{1,9}epochs?\b|\bepochs\s{0,9}=\s{0,9}(\d{1,9})")


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
    yield from _points(assignment, text)


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


def _points(assignment: Assignment, text: str) -> Iterator[LintFinding]:
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
