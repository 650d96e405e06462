"""`list`, `show`, `explain`, `doctor` and `cache`: information.

`doctor` examines what this installation has and lacks, and what to do about it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer

from grader.assignments.folder import find_course
from grader.cli.common import CourseOption, JsonOption, print_json
from grader.domain.words import did_you_mean, listed
from grader.errors import UsageError

app = typer.Typer()
REQUIRED = ("tensorflow", "keras", "numpy", "nbclient", "nbformat", "ipykernel", "jinja2", "networkx", "matplotlib")
FROM_EXTRAS = ("tensorflow", "keras", "matplotlib")


@app.command("list")
def list_assignments(as_json: JsonOption = False, course: CourseOption = None) -> None:
    """List the assignments."""
    from grader.assignments.spec import load_assignments

    assignments = load_assignments((), find_course(course))
    if as_json:
        fields = ("id", "title", "section")
        print_json([
            {name: getattr(assignment, name) for name in fields} | {"points": assignment.max_score}
            for assignment in assignments
        ])  # fmt: skip
        return
    width = max((len(assignment.id) for assignment in assignments), default=0)
    for assignment in assignments:
        section = f" ({assignment.section})" if assignment.section else ""
        print(f"{assignment.id:<{width}}  {assignment.max_score:>3} points  {assignment.title}{section}")


@app.command()
def show(
    assignment: Annotated[str, typer.Argument(metavar="ID")],
    course: CourseOption = None,
) -> None:
    """Show the task and the rubric of an assignment."""
    from grader.assignments.spec import load_assignments

    (exercise,) = load_assignments([assignment], find_course(course))
    readme = exercise.folder / "README.md"
    if readme.is_file():
        print(readme.read_text(encoding="utf-8").rstrip() + "\n")
    print(f"Rubric of {exercise.id} ({exercise.max_score} points):")
    for check in exercise.checks:
        print(f"  {check.points:>2}  {check.id:<18} {check.title}")


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="[CODE]", show_default=False)] = "") -> None:
    """Explain a note of a report by its code; without a code, list all notes."""
    from textwrap import fill

    from grader.hints import EXPLANATIONS

    if not code:
        width = max(map(len, EXPLANATIONS))
        for text, explanation in EXPLANATIONS.items():
            print(f"{text:<{width}}  {explanation.sentence}")
    elif code in EXPLANATIONS:
        print(f"{code}\n\n{fill(EXPLANATIONS[code].sentence, 100)}\n\n{fill(EXPLANATIONS[code].story, 100)}")
    else:
        text = ", ".join(sorted(EXPLANATIONS))
        raise UsageError(f"there is no note `{code}`{did_you_mean(code, EXPLANATIONS)}\nThere are {text}.")


@app.command()
def doctor(
    as_json: JsonOption = False,
    level: Annotated[bool, typer.Option("--level", help="Print only the strongest isolation available here.")] = False,
) -> None:
    """Report what is missing here, and what to do about it."""
    from grader.sandbox import resolve_isolation

    if level:
        print(resolve_isolation("auto"))
        return
    findings = [replace(finding, advice="") if finding.ok else finding for finding in examine()]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "ok     " if finding.ok else "MISSING" if finding.needed else "without"
            advice = f"\n         {finding.advice}" if finding.advice else ""
            print(f"{mark}  {finding.name:<20} {finding.found}{advice}")
    raise typer.Exit(0 if all(finding.ok or not finding.needed for finding in findings) else 3)


@app.command()
def cache(clear: Annotated[bool, typer.Option("--clear", help="Remove all entries.")] = False) -> None:
    """Show or clear the cache: training runs, and what `check` remembers of unchanged files."""
    from grader.execution.recordings import kept_checks
    from grader.training.memo import Memo, default_folder

    memo = Memo(default_folder())
    runs = kept_checks(memo.folder)
    for noun, holder in (("training runs", memo), ("checked files", runs)):
        entries, size = holder.files.contents() if holder else (0, 0)
        print(f"{entries} {noun} {'removed' if clear else 'remembered'}, {size / 2**20:.1f} MB, in {memo.folder}")
        if clear and holder:
            holder.files.clear()


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is examined. `needed` says that the grader cannot work without it; `advice` is for what is not."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    needed: bool = True


def examine() -> Iterator[Diagnostic]:
    """Examine versions and isolation; imports none of the packages."""
    version = platform.python_version()
    is_supported = (3, 11) <= tuple(map(int, version.split(".")[:2])) <= (3, 13)
    yield Diagnostic("python", is_supported, version, "Use Python 3.11, 3.12 or 3.13.")
    yield from map(_package, REQUIRED)
    yield from _isolation()


def _package(name: str) -> Diagnostic:
    """Found as Python would import it, whichever distribution it comes from."""
    from grader.sandbox.packages import INSTALL, can_import, distributions, version_of

    if not can_import(name):
        advice = f"Install it: {INSTALL if name in FROM_EXTRAS else f'pip install {name}'}"
        return Diagnostic(name, False, "not installed", advice, needed=name != "matplotlib")
    versions = distributions(name)
    if len(versions) > 1:
        advice = f"They overwrite each other's files: uninstall {name} and all of these, then install one again."
        text = " and ".join(f"{distribution} {version}" for distribution, version in versions.items())
        return Diagnostic(name, False, text, advice, needed=False)
    version, own = version_of(name), next(iter(versions), name)
    is_sound = not (name == "keras" and version.startswith("3.14.0"))
    advice = "Keras 3.14.0 sends metrics to the wrong heads: install another version."
    return Diagnostic(name, is_sound, version if own == name else f"{version} ({own})", advice)


def _isolation() -> Iterator[Diagnostic]:
    """Each layer that was tried out, control groups by making one, and the level that follows."""
    from grader.sandbox import WORDS, levels, resolve_isolation
    from grader.sandbox.cgroups import TIMES, groups_for

    for layer in (*levels.full(), *levels.partial()):
        yield Diagnostic(layer.name, layer.ok, layer.found, layer.advice, needed=False)
    groups = groups_for(1024, 64)
    for group in groups:
        group.remove()
    words = {"memory": "memory", "pids": "processes", TIMES: "processor time"}
    able = {name for group in groups for name in group.controllers}
    text = listed([word for name, word in words.items() if name in able], "none can be created here")
    advice = "Optional: without them, memory that the kernel keeps for a run has no limit. See docs/security.md."
    yield Diagnostic("control groups", able == set(words), text, advice, needed=False)
    level = resolve_isolation("auto")
    advice = "Grade untrusted code only at level full, or in a container."
    yield Diagnostic("isolation", level == "full", f"{level}: {WORDS[level]}", advice, needed=False)
