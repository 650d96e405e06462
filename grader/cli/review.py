"""What follows a grading: `review` walks through the grades that need a person, `diff` compares it with another.

What is decided is written into `overrides.toml`.
"""

from __future__ import annotations

import datetime
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.common import JsonOption, console, print_json, say
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.reporting.document import GradeDocument

app = typer.Typer()
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
MOST_GROUPS = 1_000


def cases(grades: Iterable[GradeDocument]) -> list[list[GradeDocument]]:
    """Those that need a person, by mistake, the most common first; what has no group is by itself."""
    groups: dict[tuple[str, str], list[GradeDocument]] = defaultdict(list)
    for grade in grades:
        if grade.status == "needs_review" and grade.assignment:
            groups[grade.assignment, grade.group.digest if grade.group else f"alone {grade.submission.id}"].append(
                grade
            )
    return sorted(groups.values(), key=lambda alike: -len(alike))


@app.command()
def review(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `grade --out` wrote.")],
    who: Annotated[str, typer.Option(help="Who decides; you are asked if this is not given.")] = "",
) -> None:
    """Decide the grades that need review.

    Shows each grade that needs review with its reasons and where its page is, and asks: accept, set a score, comment,
    for one submission or for all with the same mistakes. Decisions are added to RUN/overrides.toml at once, and count
    when `grade` is run again.

    Exit code: 0 done, 2 usage, for instance if there is no terminal.
    """
    from grader.reporting.document import grades_of
    from grader.runs.folder import read_run

    report = read_run(run)
    every = tuple(grades_of(report))
    groups = cases(every)
    if not groups:
        print("Nothing needs review.")
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            f"`review` asks questions and needs a terminal (decisions to make: {len(groups)}). Without one, write them "
            f"into {run / 'overrides.toml'} (docs/instructors.md shows how) and grade again."
        )
    me = who or ask(console(), "Your name, for the report")
    decided = Reviewer(run, me, console(), every).walk(groups)
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
    terminal: Any
    every: tuple[GradeDocument, ...]

    def walk(self, groups: Sequence[Sequence[GradeDocument]]) -> int:
        """How many decisions were written; of each case, the first grade is shown."""
        written = 0
        for number, alike in enumerate(groups, 1):
            self._show(alike, f"{number} of {len(groups)}")
            step = ""
            while step not in (*DECIDED, "n"):
                step = ask(self.terminal, ", ".join(f"{key}: {word}" for key, word in STEPS.items()), tuple(STEPS), "n")
                if step == "q":
                    return written
                if step != "n":
                    decided = self._decide(alike[0], step)
                    written += decided
                    step = step if decided else ""
        return written

    def _decide(self, grade: GradeDocument, step: str) -> int:
        """One entry of overrides.toml, written at once: what is decided is not lost."""
        from grader.grading.overrides import append, entry_text

        check, score = ("", 0) if step == "c" else self._score(grade, step)
        members = self._members(grade)
        reader = "all of them read it on their pages" if members else "the student reads it on the page"
        text = ask(self.terminal, f"{'Comment' if step == 'c' else 'Reason'} ({reader})").strip()
        if not text:
            self.terminal.print("Nothing was entered, so nothing was written.")
            return 0
        whom: dict[str, Any] = {"submission": grade.submission.id, "sha256": grade.submission.sha256}
        if members and grade.group:
            whom = {"group": grade.group.digest, **({} if step == "c" else {"members": members})}
        table = "comments" if step == "c" else "group_overrides" if members else "overrides"
        fields = {"text": text} if step == "c" else {"check": check, "score": score, "reason": text}
        today = datetime.datetime.now(datetime.UTC).date()
        entry = {**whom, "assignment": grade.assignment, **fields, "who": self.who, "when": today}
        append(self.run / "overrides.toml", entry_text(table, entry))
        return 1

    def _score(self, grade: GradeDocument, step: str) -> tuple[str, int]:
        """Which check gets which score; all of them together are one."""
        from rich.text import Text

        from grader.grading.overrides import AS_IT_IS, TOTAL
        from grader.reporting.safe_text import one_line

        if step == "a":
            return AS_IT_IS, grade.score
        if step == "f":
            return TOTAL, grade.max_score
        if step == "t":
            return TOTAL, self._number("Total", grade.max_score)
        for part in grade.checks:
            points = f"{part.score} of {part.max_score}"
            self.terminal.print(Text(f"  {part.id:<16} {points:<9} {one_line(part.title)}"), highlight=False)
        most = {part.id: part.max_score for part in grade.checks}
        questioned = (part.id for part in grade.checks if part.review or part.status == "errored")
        check = ask(self.terminal, "Check", tuple(most), next(questioned, next(iter(most))))
        return check, self._number(f"Score of {check}", most[check])

    def _number(self, label: str, most: int) -> int:
        return int(ask(self.terminal, f"{label}, of {most}", tuple(map(str, range(most + 1))), "0"))

    def _members(self, grade: GradeDocument) -> list[str]:
        """Everybody with the same mistakes, if there are others and the decision is for all of them."""
        alike = [peer for peer in self.every if peer.group and grade.group and peer.group.digest == grade.group.digest]
        if len(alike) < 2:
            return []
        question = f"Apply this to all {len(alike)} with the same mistakes, and to later ones?"
        is_for_all = ask(self.terminal, question, ("y", "n"), "y") == "y"
        return [peer.submission.id for peer in alike] if is_for_all else []

    def _show(self, alike: Sequence[GradeDocument], place: str) -> None:
        from rich.text import Text

        from grader.reporting.safe_text import one_line
        from grader.reporting.story import story_of
        from grader.reporting.terminal import print_grade

        submission = alike[0].submission
        more = f", and {len(alike) - 1} more with the same mistakes" if len(alike) > 1 else ""
        self.terminal.print(Text(f"\n[{place}] {one_line(submission.name)}{more}", style="bold"))
        print_grade(self.terminal, story_of(alike[0]))
        page = self.run / "feedback" / submission.id / "index.html"
        self.terminal.print(Text(f"  The code and the network: {page}"), highlight=False, soft_wrap=True)


def ask(terminal: Any, question: str, choices: Sequence[str] = (), default: str = "") -> str:
    """An answer, one of the choices if there are any; Enter gives the default."""
    from rich.prompt import Prompt

    few = 0 < len(choices) <= len(STEPS)
    answer = Prompt.ask(
        question, console=terminal, choices=[*choices] or None, default=default, show_choices=few,
        show_default=bool(default),
    )  # fmt: skip
    return str(answer)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder of a run, or a folder in its previous/.")],
    new: Annotated[
        Path | None,
        typer.Argument(metavar="[NEW]", help="A second one; without it, OLD is compared with the grading before it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two gradings.

    Reports whose score went up or down, in which check, and why: another version of the file, the rubric, the task,
    the calibration, an override, versions, options, or a change in the grader.

    Exit code: 0 compared, 2 usage.
    """
    from grader.runs.compare import compare
    from grader.runs.previous import read_state, states

    if new is None:
        paths = states(old)
        if not paths:
            raise UsageError(f"{old}: no earlier grades are kept here; name two runs: grader diff OLD NEW")
        old, new = paths[0], old
    comparison = compare(read_state(old), read_state(new))
    if as_json:
        print_json(comparison)
        return
    from grader.reporting.terminal import print_changes

    print_changes(console(), {"changes": comparison}, MOST_GROUPS)
