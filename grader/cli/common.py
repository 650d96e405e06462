"""What several commands have in common: their options, and what they print.

That is JSON, grades, and reports in other formats.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TextIO

import typer

from grader.errors import UsageError

AssignmentOption = Annotated[
    list[str] | None,
    typer.Option("--assignment", "-a", metavar="ID", help="An exercise that must be present; repeatable."),
]
CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course", metavar="DIR", envvar="GRADER_COURSE", show_envvar=True,
        help="The course; by default the one that contains the current folder (grader.toml or [tool.grader]), "
        "else the built-in course.",
    ),
]  # fmt: skip
ReportOption = Annotated[
    list[str] | None, typer.Option("--report", metavar="FORMAT[=PATH]", help="Also write this format; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print only one JSON document on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="First seed of the training.")]
FullFitOption = Annotated[bool, typer.Option("--full-fit", help="Let `fit` run for all its epochs.")]
IsolationOption = Annotated[
    str, typer.Option("--isolation", metavar="LEVEL", help="auto, full, partial, container or none.")
]
PythonOption = Annotated[Path | None, typer.Option("--python", help="Run submissions with this Python.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show details when the grader itself fails.")]


def say(text: str, file: TextIO | None = None) -> None:
    """One line, whatever a name or a message of a student has in it; its indentation stays."""
    from grader.reporting.display import one_line, without_commands

    indent = " " * (len(text) - len(text.lstrip(" ")))
    print(indent + without_commands(one_line(text, 400)), file=file)


def parse_formats(wanted: list[str], *, as_json: bool) -> list[tuple[str, Path | None]]:
    from grader.reporting import FORMATS

    parsed = []
    for item in wanted:
        name, _, path = item.partition("=")
        if name not in FORMATS:
            raise UsageError(f"--report {name}: unknown format; choose one of {', '.join(FORMATS)}")
        if as_json and not path:
            raise UsageError(f"--report {name}: stdout is used by --json; write --report {name}=PATH")
        if name == "html" and not path and sys.stdout.isatty():
            raise UsageError("--report html: a page would fill the terminal; write --report html=PAGE.html")
        parsed.append((name, Path(path) if path else None))
    return parsed


def print_outdated(run: Path) -> None:
    """What was exported from a run before its grades changed."""
    from grader.runs.folder import outdated_exports

    for path in outdated_exports(run):
        print(f"{path} is older than the grades: export it again before you use it")


def write_reports(formats: list[tuple[str, Path | None]], report: Any, renderers: Mapping[str, Any]) -> None:
    from grader.filesystem import write

    for name, path in formats:
        text = renderers[name](report)
        if path is None:
            print(text)
        else:
            write(path, text)


def print_grades(documents: Iterable[Mapping[str, Any]]) -> None:
    from grader.reporting.document import typed
    from grader.reporting.story import story_of
    from grader.reporting.terminal import print_grade

    terminal, listed = console(), list(documents)
    several = len({document["submission"]["path"] for document in listed}) > 1
    for number, document in enumerate(listed):
        if number:
            terminal.print()
        file = PurePosixPath(document["submission"]["path"]).name if several else ""
        print_grade(terminal, story_of(typed(document), file))


def print_decisions(documents: Iterable[Mapping[str, Any]]) -> None:
    """What was copied along with a file, and what was chosen or ignored, once for each submission."""
    from grader.reporting.display import without_commands

    of_each = {document["submission"]["id"]: document["submission"].get("decisions", ()) for document in documents}
    for said in (one for decisions in of_each.values() for one in decisions):
        console().print(f"\n{without_commands(said)}", style="dim", highlight=False, markup=False)


def print_not_found(names: Collection[str]) -> None:
    """Exercises that were not requested and are not there: reported, never scored."""
    from grader.reporting.wording import not_found

    if names:
        console().print(f"\n{not_found(names)}", style="dim", highlight=False)


def print_passed_over(facts: Mapping[str, Any]) -> None:
    """On stderr, what a run ignored, and what to do if that was a mistake."""
    from grader.reporting.display import one_line

    for name in facts.get("skipped", ()):
        say(f"skipped `{name}`: it contains the results of an earlier run", sys.stderr)
    for who, names in facts.get("left_behind", {}).items():
        listed = ", ".join(f"`{one_line(name)}`" for name in names)
        print(
            f"{who}: imports {listed} from the folder of the class, which was not copied: it may be somebody else's. "
            f"If everybody needs it, declare it: `--companions {one_line(names[0])}`, or `companions` in grader.toml.",
            file=sys.stderr,
        )


def print_left_out(left_out: Mapping[str, str]) -> None:
    """On stderr, assignments of the course that are not graded because they cannot be."""
    for name, why in left_out.items():
        print(f"{name} is not graded: {why}", file=sys.stderr)


def console() -> Any:
    from rich.console import Console

    return Console()


def print_json(document: Any) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    print(text.replace("##[", "#\\u0023["))  # in the log of a workflow, `##[` would begin a command
