"""`list`, `show`, `explain`, `doctor` and `cache`: information."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.options import JsonOption
from grader.cli.printing import print_json

app = typer.Typer()


@app.command("list")
def list_assignments(as_json: JsonOption = False) -> None:
    """List the assignments."""
    from grader.assignments.spec import load_assignments

    found = load_assignments()
    if as_json:
        print_json([{"id": a.id, "title": a.title, "section": a.section, "points": a.max_score} for a in found])
        return
    width = max(len(assignment.id) for assignment in found)
    for assignment in found:
        print(f"{assignment.id:<{width}}  {assignment.max_score:>3} points  {assignment.title} ({assignment.section})")


@app.command()
def show(assignment: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show the task and the rubric of an assignment."""
    from grader.assignments.spec import load_assignments

    (found,) = load_assignments([assignment])
    readme = found.folder / "README.md"
    if readme.is_file():
        print(readme.read_text(encoding="utf-8").rstrip() + "\n")
    print(f"Rubric of {found.id} ({found.max_score} points):")
    for check in found.checks:
        print(f"  {check.points:>2}  {check.id:<18} {check.title}")


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="[CODE]", show_default=False)] = "") -> None:
    """Explain a note of a report by its code; without a code, list all notes."""
    from textwrap import fill

    from grader.domain.words import did_you_mean
    from grader.errors import UsageError
    from grader.hints import EXPLANATIONS

    if not code:
        width = max(map(len, EXPLANATIONS))
        for known, explanation in EXPLANATIONS.items():
            print(f"{known:<{width}}  {explanation.sentence}")
    elif code in EXPLANATIONS:
        print(f"{code}\n\n{fill(EXPLANATIONS[code].sentence, 100)}\n\n{fill(EXPLANATIONS[code].story, 100)}")
    else:
        known = ", ".join(sorted(EXPLANATIONS))
        raise UsageError(f"there is no note `{code}`{did_you_mean(code, EXPLANATIONS)}\nThere are {known}.")


@app.command()
def doctor(
    as_json: JsonOption = False,
    level: Annotated[bool, typer.Option("--level", help="Print only the strongest isolation available here.")] = False,
) -> None:
    """Report what is missing here, and what to do about it."""
    from grader.cli.doctor import examine
    from grader.sandbox import resolve_isolation

    if level:
        print(resolve_isolation("auto"))
        return
    findings = examine()
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            mark = "ok     " if finding.ok else "MISSING" if finding.needed else "without"
            advice = f"\n         {finding.advice}" if finding.advice else ""
            print(f"{mark}  {finding.name:<20} {finding.found}{advice}")
    raise typer.Exit(0 if all(finding.ok or not finding.needed for finding in findings) else 3)


@app.command()
def cache(clear: Annotated[bool, typer.Option("--clear", help="Remove all entries.")] = False) -> None:
    """Show or clear the cache of trainings."""
    from grader.training.memo import Memo, default_folder

    memo = Memo(default_folder())
    entries, size = memo.contents()
    if clear:
        memo.clear()
    verb = "removed" if clear else "remembered"
    print(f"{entries} trainings {verb}, {size / 2**20:.1f} MB, in {memo.folder}")
