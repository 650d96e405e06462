"""What platforms of tests take: one result for each check, in the words of the story, and the sentences beside them."""

from __future__ import annotations

from dataclasses import dataclass

from grader.domain import Report
from grader.reporting.display import clean, one_line
from grader.reporting.document import CheckPart, GradeDocument, grades_of
from grader.reporting.story import Story, lines_of, story_of
from grader.reporting.wording import CHECK_MARKS


@dataclass(frozen=True)
class TestResult:
    """One check as a test. Each stands alone, so its text repeats what another one says."""

    about: CheckPart
    name: str
    word: str
    text: str


@dataclass(frozen=True)
class GradeResults:
    """One grade as tests. `title` and `name` are lines; `name` says how it ended, `reason` why a person must look."""

    document: GradeDocument
    story: Story
    tests: tuple[TestResult, ...]

    @property
    def title(self) -> str:
        return one_line(self.story.title)

    @property
    def reason(self) -> str:
        return " ".join(self.document.reasons) or self.story.verdict

    @property
    def verdict(self) -> str:
        return f"{self.title}: {self.story.verdict}"

    @property
    def remarks(self) -> list[str]:
        """What is told besides the tests."""
        return [line for line in (self.story.ran, self.story.learned, *map(str, self.story.remarks)) if line]


def results_of(report: Report) -> list[GradeResults]:
    """The grades of a report, each with its tests."""
    return [_results(grade) for grade in grades_of(report)]


def _results(grade: GradeDocument) -> GradeResults:
    tests = (
        TestResult(
            check,
            one_line(f"{grade.name}: {check.title}") or "check",
            CHECK_MARKS[check.status].word,
            clean("\n".join(map(str, lines_of(check) or (check.message,)))),
        )
        for check in grade.checks
    )
    return GradeResults(grade, story_of(grade), tuple(tests))
