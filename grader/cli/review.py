"""`review`: walk through the grades that need a person, and write what is decided into `overrides.toml`."""

from __future__ import annotations

import datetime
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.cli.common import console, say
from grader.errors import UsageError

app = typer.Typer()
Ask = Callable[[str, Sequence[str], str], str]
"""A question, the answers that it has (or none), and the answer that Enter gives."""
STEPS = {
    "a": "accept as it stands",
    "f": "full marks",
    "t": "set the total",
    "s": "set the score of a check",
    "c": "write a comment",
    "n": "next, decide later",
    "q": "end",
}
DECIDED = ("a", "f", "t")  # nothing is left to decide after them


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
    comment, for one submission or for all with the same mistakes. Decisions are added to RUN/overrides.toml at once,
    and count when `grade` is run again.

    Exit code: 0 done, 2 usage, for instance if there is no terminal.
    """
    from grader.runs.folder import read_run

    report = read_run(run)
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
    decided = Reviewer(run, me, ask, console(), tuple(report.grades)).walk(found)
    if decided:
        print(f"{decided} added to {run / 'overrides.toml'}")
        print("Run your `grader grade` command for this class again; only what has changed is executed.")
        if command := report.provenance.get("command"):
            say(f"It was: {command}")


@dataclass(frozen=True)
class Reviewer:
    """One person at one terminal."""

    run: Path
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
                decided = self._decide(case, step)
                written += decided
                if decided and step in DECIDED:
                    break
        return written

    def _decide(self, case: Case, step: str) -> int:
        """One entry of overrides.toml, written at once: what is decided is not lost."""
        from grader.grading.overrides import append, entry_text

        check, score = ("", 0) if step == "c" else self._score(case.shown, step)
        about = self._members(case)
        reader = "all of them read it on their pages" if about else "the student reads it on the page"
        said = self.ask(f"{'Comment' if step == 'c' else 'Reason'} ({reader})", (), "").strip()
        if not said:
            self.terminal.print("Nothing was entered, so nothing was written.")
            return 0
        table, whom = self._whom(case, about, comment=step == "c")
        what = {"text": said} if step == "c" else {"check": check, "score": score, "reason": said}
        entry = {**whom, "assignment": case.shown["assignment"], **what, "who": self.who, "when": _today()}
        append(self.run / "overrides.toml", entry_text(table, entry))
        return 1

    def _score(self, grade: Mapping[str, Any], step: str) -> tuple[str, int]:
        """Which check gets which score; all of them together are one."""
        from rich.text import Text

        from grader.grading.overrides import AS_IT_IS, TOTAL
        from grader.reporting.display import one_line

        if step == "a":
            return AS_IT_IS, grade["score"]
        if step == "f":
            return TOTAL, grade["max_score"]
        if step == "t":
            return TOTAL, self._number("Total", grade["max_score"])
        most = {one["id"]: one["max_score"] for one in grade["checks"]}
        for one in grade["checks"]:
            points = f"{one['score']} of {one['max_score']}"
            self.terminal.print(Text(f"  {one['id']:<16} {points:<9} {one_line(one['title'])}"), highlight=False)
        check = self.ask("Check", tuple(most), _questioned(grade) or next(iter(most)))
        return check, self._number(f"Score of {check}", most[check])

    def _number(self, what: str, most: int) -> int:
        return int(self.ask(f"{what}, of {most}", tuple(map(str, range(most + 1))), "0"))

    def _members(self, case: Case) -> list[str]:
        """Everybody with the same mistakes, if there are others and the decision is for all of them."""
        members = [
            one["submission"]["id"] for one in self.every
            if case.group and (one.get("group") or {}).get("digest") == case.group
            and one["assignment"] == case.shown["assignment"]
        ]  # fmt: skip
        if len(members) < 2:
            return []
        question = f"Apply this to all {len(members)} with the same mistakes, and to later ones?"
        return members if self.ask(question, ("y", "n"), "y") == "y" else []

    def _whom(self, case: Case, members: list[str], *, comment: bool) -> tuple[str, dict[str, Any]]:
        if members:
            group = {"group": case.group}
            return ("comments", group) if comment else ("group_overrides", {**group, "members": members})
        submission = case.shown["submission"]
        whom = {"submission": submission["id"], "sha256": submission["sha256"]}
        return "comments" if comment else "overrides", whom

    def _show(self, case: Case, place: str) -> None:
        from rich.text import Text

        from grader.reporting.display import clean, one_line
        from grader.reporting.document import typed
        from grader.reporting.story import story_of
        from grader.reporting.terminal import print_grade
        from grader.runs.folder import RunFolder

        grade = case.shown
        who = one_line(grade["submission"].get("who") or grade["submission"]["id"])
        more = f", and {len(case.grades) - 1} more with the same mistakes" if len(case.grades) > 1 else ""
        self.terminal.print(Text(f"\n[{place}] {who}{more}", style="bold"))
        print_grade(self.terminal, story_of(typed(grade)))
        excerpt = RunFolder(self.run, self.run).excerpt(grade["submission"]["id"], grade["assignment"])
        for line in excerpt.code:
            where = f"cell {line.cell}, " if line.cell else ""
            mark = ">" if line.marked else " "
            self.terminal.print(Text(f"  {mark} {where}line {line.number}  {clean(line.text)[:120]}"), highlight=False)
        for text in excerpt.network:
            self.terminal.print(Text(f"    {clean(text)}"), highlight=False)
        page = self.run / "feedback" / grade["submission"]["id"] / "index.html"
        self.terminal.print(Text(f"  The whole page: {page}"), highlight=False, soft_wrap=True)


def _questioned(grade: Mapping[str, Any]) -> str:
    """The check that a person should look at first."""
    asked = [one["id"] for one in grade["checks"] if one.get("review") or one["status"] == "errored"]
    return str(asked[0]) if asked else ""


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
