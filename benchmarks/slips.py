"""Where next steps fail: right programs with one slip of a student's, and what their pages say.

    python -m benchmarks.slips OUT [--seed N] [--each N] [--assignment ID]

Of each right program of the tests and of the references, a few mutants are checked: a name swapped or misspelt, an
argument, an entry, a statement or a pair of brackets dropped, a number or a word changed, arguments exchanged. Steps
that can be followed to the letter are followed, and the program is checked again. OUT/log.txt has a line for each:

    same    no point was lost
    led     following the page led to full marks
    part    following it led to more points or to as many
    worse   following it lost points: a bug
    false   the page says that it leads to full marks, and it does not: a bug
    words   nothing on the page can be followed to the letter

All but the first two are followed by what the page said, to be read: each sentence that helps nobody is a finding.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from grader.assignments.course import load_course
from grader.domain import Edit, Grade, Status
from grader.execution.student.source.followed_steps import followed, offset
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker
from grader.submissions import discover

HERE = Path(__file__).parent.parent
OTHER_WORDS = {"sigmoid": "relu", "uniform": "normal", "rmsprop": "adam", "mse": "mae", "mae": "mse"}
Slip = tuple[str, ast.AST, str]  # what it is, where it is made, and the text that takes its place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=3, help="mutants of each program")
    parser.add_argument("--assignment", default="*")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng, counts = random.Random(arguments.seed), Counter[str]()
    options = RunOptions(isolation="none")
    with Processes() as processes, (arguments.out / "log.txt").open("w", encoding="utf-8") as log:
        course = load_course()
        here = Worker(processes.supervisor(course, options), processes.trainer(course, options))
        for path in programs(arguments.assignment):
            for number, (kind, text) in enumerate(mutants(path.read_text("utf-8"), rng, arguments.each)):
                place = arguments.out / f"{path.parent.name}-{path.stem}-{number}" / f"{assignment_of(path)}.py"
                verdict, lines = tried(place, text, options, here)
                counts[verdict] += 1
                log.write("\n".join([f"{verdict:6}{place.parent.name}: {kind}", *lines]) + "\n")
                log.flush()
    print(*(f"{count} {verdict}" for verdict, count in counts.most_common()), sep=", ")


def programs(assignment: str) -> Iterator[Path]:
    yield from sorted((HERE / "tests" / "submissions" / "good").glob(f"{assignment}/*.py"))
    yield from sorted((HERE / "reference_solutions").glob(f"{assignment}.py"))


def assignment_of(path: Path) -> str:
    return path.stem if path.parent.name == "reference_solutions" else path.parent.name


def tried(path: Path, text: str, options: RunOptions, here: Worker) -> tuple[str, list[str]]:
    """What becomes of a mutant, and what its page says."""
    path.parent.mkdir(exist_ok=True)
    before = checked(path, text, options, here)
    if before.score == before.max_score:
        return "same", []
    lines = []
    for result in (result for result in before.results if result.status is not Status.PASSED):
        lines += [f"    {result.check.id} {result.score}/{result.max_score}: {result.message}"]
        lines += [f"        > {line}" for line in result.hint.splitlines()]
    corrected = as_told(text, before)
    if corrected == text:
        return "words", lines
    after = checked(path.with_stem("followed"), corrected, options, here, path.stem)
    if after.score == after.max_score:
        return "led", []
    return "worse" if after.score < before.score else "false" if before.leads_to_full_marks else "part", lines


def checked(path: Path, text: str, options: RunOptions, here: Worker, assignment: str = "") -> Grade:
    path.write_text(text, "utf-8")
    (submission,) = discover(path)
    return grade_submission(submission, load_course([assignment or path.stem]), options, here).grades[0]


def as_told(text: str, grade: Grade) -> str:
    """The program after its steps: whole lines come last, whose numbers are those of the program as it is."""
    steps = dict.fromkeys(step.edits for result in grade.results if result.is_open for step in result.steps)
    whole = [edit for edits in steps for edit in edits if edit.last is not None]
    at_the_top = [edit.new for edits in steps if {*whole} & {*edits} for edit in edits if edit.last is None]
    text = followed(text, [as_job(edits) for edits in steps if not {*whole} & {*edits}], "")
    lines, free = text.split("\n"), {edit.line: edit for edit in reversed(whole)}  # the first one for a line
    for _, edit in sorted(free.items(), reverse=True):
        first = lines[edit.line - 1]
        indent = first[: len(first) - len(first.lstrip())]
        rows = edit.new.split("\n") if edit.new else []
        lines[edit.line - 1 : edit.last] = [f"{indent}{row}".rstrip() for row in rows]
    return "\n".join([*at_the_top, *lines])


def as_job(edits: Sequence[Edit]) -> dict[str, Any]:
    return {"file": "", "cell": None, "edits": [edit.change for edit in edits]}


def mutants(text: str, rng: random.Random, number: int) -> Iterator[tuple[str, str]]:
    """So many of the mutants of a program, spread over the kinds of slips."""
    kinds: dict[str, list[Slip]] = {}
    for slip in slips(ast.parse(text), rng):
        kinds.setdefault(slip[0], []).append(slip)
    for _ in range(number):
        kind, node, new = rng.choice(kinds[rng.choice(sorted(kinds))])
        old = ast.get_source_segment(text, node) or ""
        start = offset(text, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        yield f"{kind}, line {node.lineno}: {old[:50]!r} -> {new[:50]!r}", text[:start] + new + text[start + len(old) :]  # type: ignore[attr-defined]


def slips(tree: ast.Module, rng: random.Random) -> Iterator[Slip]:
    names = sorted(
        {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield "another name", node, rng.choice(names)
            yield "a misspelt name", node, misspelt(node.id, rng)
        elif isinstance(node, ast.Attribute):
            yield "a misspelt attribute", node, f"{ast.unparse(node.value)}.{misspelt(node.attr, rng)}"
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield "another number", node, str(rng.choice([node.value + 1, 2 * node.value]))
        elif isinstance(node, ast.Constant) and node.value in OTHER_WORDS:
            yield "another word", node, repr(OTHER_WORDS[node.value])
            yield "a misspelt word", node, repr(misspelt(node.value, rng))
        elif isinstance(node, ast.Call):
            yield from of_call(node, rng)
        elif isinstance(node, ast.List) and len(node.elts) > 1:
            yield from (("a list", node, ast.unparse(ast.List(elts))) for elts in of_list(node.elts, rng))
        elif isinstance(node, ast.Return) and node.value:
            yield "no return", node, ast.unparse(node.value)
        elif isinstance(node, ast.Assign):
            yield "no statement", node, "pass"


def of_call(node: ast.Call, rng: random.Random) -> Iterator[Slip]:
    if isinstance(node.func, ast.Call):
        yield "not called", node, ast.unparse(node.func)
    if len(node.args) > 1:
        yield "arguments exchanged", node, ast.unparse(ast.Call(node.func, node.args[::-1], node.keywords))
    for number, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:number], *node.keywords[number + 1 :]]
        yield "no argument", node, ast.unparse(ast.Call(node.func, node.args, rest))
        if keyword.arg:
            changed = copy.copy(keyword)
            changed.arg = misspelt(keyword.arg, rng)
            yield "a misspelt argument", node, ast.unparse(ast.Call(node.func, node.args, [*rest, changed]))
    if node.args and isinstance(node.args[0], ast.List):
        yield "no list", node, ast.unparse(ast.Call(node.func, [*node.args[0].elts, *node.args[1:]], node.keywords))


def of_list(elts: list[ast.expr], rng: random.Random) -> Iterator[list[ast.expr]]:
    """One entry less, the other way round, and one of them twice."""
    gone = rng.randrange(len(elts))
    yield [entry for number, entry in enumerate(elts) if number != gone]
    yield elts[::-1]
    yield [elts[gone - 1] if number == gone else entry for number, entry in enumerate(elts)]


def misspelt(word: str, rng: random.Random) -> str:
    """With two letters exchanged, or one doubled or missing."""
    place = rng.randrange(max(1, len(word) - 1))
    kinds = [word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]]
    kinds += [word[: place + 1] + word[place:], word[:place] + word[place + 1 :] if len(word) > 2 else word * 2]
    return rng.choice(kinds)


if __name__ == "__main__":
    main()
