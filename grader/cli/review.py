"""`review`: walk through the grades that need a person, and write what is decided into `overrides.toml`."""

from __future__ import annotations

import datetime
import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.cli.common import console

app = typer.Typer()
AROUND = 2  # lines before and after the one in question
MOST_DRAWN = 40
Ask = Callable[[str, Sequence[str], str], str]
"""A question, the answers that it has (or none), and the answer that Enter gives."""
STEPS = {
    "a": "accept the scores as they are",
    "s": "set the score of a check",
    "c": "write a comment",
    "n": "next, decide later",
    "q": "end",
}


@dataclass(frozen=True)
class Case:
    """Grades that need a person for the same mistakes; the first is shown."""

    grades: tuple[Mapping[str, Any], ...]

    @property
    def shown(self) -> Mapping[str, Any]:
        return self.grades[0]

    @property
    def group(self) -> str:
        return str((self.shown.get("group") or {}).get("digest", ""))


def cases(grades: Sequence[Mapping[str, Any]]) -> list[Case]:
    """Those that need a person, the largest group first; what has no group is by itself."""
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for one in grades:
        if one["status"] == "needs_review" and one["assignment"]:
            group = (one.get("group") or {}).get("digest")
            found[(one["assignment"], group or f"alone {one['submission']['id']}")].append(one)
    return sorted((Case(tuple(every)) for every in found.values()), key=lambda case: -len(case.grades))


@app.command()
def review(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `grade --out` wrote.")],
    who: Annotated[str, typer.Option(help="Who decides; you are asked if this is not given.")] = "",
) -> None:
    """Decide the grades that need review.

    Shows each grade that needs review with its reasons, the code and the network, and asks: accept, set a score,
    comment, for one submission or for all with the same mistakes. Decisions are added to RUN/overrides.toml at once;
    at the end, the class is graded again from the recordings.

    Exit code: 0 done, 2 usage, for instance if there is no terminal.
    """
    from grader.errors import UsageError
    from grader.runs.merge import read_run

    report = read_run(run)
    if report.provenance.get("commands"):
        raise UsageError(f"{run}: this was joined by `merge`; review the folders of its parts, then merge again.")
    found = cases(list(report.grades))
    if not found:
        print("Nothing needs review.")
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            f"`review` asks questions and needs a terminal (decisions to make: {len(found)}). Without one, write them "
            f"into {run / 'overrides.toml'} (docs/instructors.md shows how) and grade again."
        )
    ask = _ask_on(console())
    me = who or ask("Your name, for the report", (), "")
    decided = Reviewer(run, report.provenance, me, ask, console(), tuple(report.grades)).walk(found)
    if decided:
        print(f"{decided} added to {run / 'overrides.toml'}")
        _grade_again(run, report.provenance, ask)


@dataclass(frozen=True)
class Reviewer:
    """One person at one terminal."""

    run: Path
    facts: Mapping[str, Any]
    who: str
    ask: Ask
    terminal: Any
    every: tuple[Mapping[str, Any], ...]

    def walk(self, found: Sequence[Case]) -> int:
        """How many decisions were written."""
        written = 0
        for number, case in enumerate(found, 1):
            self._show(case, f"{number} of {len(found)}")
            while True:
                step = self.ask(", ".join(f"{key}: {word}" for key, word in STEPS.items()), tuple(STEPS), "n")
                if step == "q":
                    return written
                if step == "n":
                    break
                written += self._decide(case, step)
                if step == "a":
                    break
        return written

    def _decide(self, case: Case, step: str) -> int:
        """One entry of overrides.toml, written at once: what is decided is not lost."""
        from grader.grading.overrides import AS_IT_IS, append, entry_text

        check, score = AS_IT_IS, case.shown["score"]
        if step == "s":
            most = {one["id"]: one["max_score"] for one in case.shown["checks"]}
            check = self.ask("Check", tuple(most), _questioned(case.shown) or next(iter(most)))
            score = int(self.ask(f"Score of {check}", tuple(map(str, range(most[check] + 1))), "0"))
        said = self.ask("Comment" if step == "c" else "Reason, for the report", (), "").strip()
        if not said:
            self.terminal.print("Nothing was entered, so nothing was written.")
            return 0
        table, whom = self._whom(case, comment=step == "c")
        what = {"text": said} if step == "c" else {"check": check, "score": score, "reason": said}
        entry = {**whom, "assignment": case.shown["assignment"], **what, "who": self.who, "when": _today()}
        append(self.run / "overrides.toml", entry_text(table, entry))
        return 1

    def _whom(self, case: Case, *, comment: bool) -> tuple[str, dict[str, Any]]:
        members = [
            one["submission"]["id"] for one in self.every
            if case.group and (one.get("group") or {}).get("digest") == case.group
            and one["assignment"] == case.shown["assignment"]
        ]  # fmt: skip
        if case.group:
            question = f"Apply this to all {len(members)} with the same mistakes, and to later ones?"
            if self.ask(question, ("y", "n"), "y" if len(members) > 1 else "n") == "y":
                return ("comments", {"group": case.group}) if comment else (
                    "group_overrides", {"group": case.group, "members": members}
                )  # fmt: skip
        submission = case.shown["submission"]
        if comment:
            return "comments", {"submission": submission["id"], "sha256": submission["sha256"]}
        return "overrides", {"submission": submission["id"], "sha256": submission["sha256"]}

    def _show(self, case: Case, place: str) -> None:
        from rich.text import Text

        from grader.reporting.display import clean, one_line
        from grader.reporting.terminal import print_grade

        grade = case.shown
        who = one_line(grade["submission"].get("who") or grade["submission"]["id"])
        more = f", and {len(case.grades) - 1} more with the same mistakes" if len(case.grades) > 1 else ""
        self.terminal.print(Text(f"\n[{place}] {who}{more}", style="bold"))
        print_grade(self.terminal, grade)
        file = Path(str(self.facts.get("source", ""))) / grade["submission"]["path"]
        for cell, line in _places(grade):
            for number, text in code_at(file, cell, line):
                mark = ">" if number == line else " "
                where = f"cell {cell}, " if cell else ""
                self.terminal.print(Text(f"  {mark} {where}line {number}  {clean(text)[:120]}"), highlight=False)
        for text in drawing(grade):
            self.terminal.print(Text(f"    {clean(text)}"), highlight=False)


def _questioned(grade: Mapping[str, Any]) -> str:
    """The check that a person should look at first."""
    asked = [one["id"] for one in grade["checks"] if one.get("review") or one["status"] == "errored"]
    return str(asked[0]) if asked else ""


def _places(grade: Mapping[str, Any]) -> list[tuple[int | None, int]]:
    """Where to look: the first error, and the model."""
    found = [(grade[part]["cell"], grade[part]["line"]) for part in ("execution", "model")]
    return list(dict.fromkeys((cell, line) for cell, line in found if line))


def code_at(file: Path, cell: int | None, line: int) -> list[tuple[int, str]]:
    """Lines around one, with their numbers; nothing if the file is no longer there."""
    from grader.submissions.source import read_source

    source = read_source(file)
    lines = next((one.text.splitlines() for one in source.cells if one.number == cell), []) if source else []
    first = max(1, line - AROUND)
    return list(enumerate(lines[first - 1 : line + AROUND], first))


def drawing(grade: Mapping[str, Any]) -> list[str]:
    """The network as text, where the grade has one."""
    from grader.reporting.class_groups import network_in
    from grader.reporting.network.text import describe

    network = network_in(grade.get("group") or {}, "network")
    return describe(network)[:MOST_DRAWN] if network else []


def _ask_on(terminal: Any) -> Ask:
    from rich.prompt import Prompt

    def ask(question: str, choices: Sequence[str], default: str) -> str:
        many = len(choices) > len(STEPS)
        answer = Prompt.ask(question, console=terminal, choices=list(choices) or None, default=default,
                            show_choices=bool(choices) and not many, show_default=bool(default))  # fmt: skip
        return str(answer)

    return ask


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _grade_again(run: Path, facts: Mapping[str, Any], ask: Ask) -> None:
    """By the command that made the run, in the folder where it was given."""
    command = [part for part in shlex.split(str(facts.get("command") or "")) if part != "--fresh"]
    directory = Path(str(facts.get("directory") or ""))
    if command[:2] != ["grader", "grade"] or not facts.get("directory") or not directory.is_dir():
        print("Run your `grader grade` command for this class again; only what has changed is executed.")
        return
    if ask(f"Grade again now: {shlex.join(command)}", ("y", "n"), "y") != "y":
        return
    done = subprocess.run([sys.executable, "-P", "-m", "grader", *command[1:]], cwd=directory, check=False)
    raise typer.Exit(done.returncode)
