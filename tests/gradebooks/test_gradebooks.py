"""Grades go back into files of platforms, and nothing else does."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.domain import ClassReport
from grader.errors import UsageError
from grader.gradebooks.lms_files import fill_gradebook, fill_worksheet, moodle_feedback, read_gradebook
from grader.gradebooks.totals import Filled, exercises, grades_by_check, nbgrader_grades, totals
from grader.reporting import grades_csv
from tests.reporting.grades import grade_document, grade_of

WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Online text,"
    "Last modified (grade),Feedback comments\r\n"
    'Participant 11,Jane Doe,jane@example.edu,Submitted for grading,,20.00,Yes,"Thursday, 1 October 2026",=1+1,-,\r\n'
    "Participant 12,José García,jose@example.edu,Submitted for grading,,20.00,Yes,-,,-,\r\n"
    "Participant 13,Ada Lovelace,ada@example.edu,Submitted for grading,3.00,20.00,No,-,,-,old\r\n"
    "Participant 14,Bo Li,bo@example.edu,No submission,,20.00,Yes,-,,-,\r\n"
)
GERMAN = (
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,Zuletzt geändert\n"
    'Teilnehmer/in 11,Jane Doe,jane@example.edu,Zur Bewertung abgegeben,,"10,00",Ja,-\n'
    'Teilnehmer/in 12,José García,jose@example.edu,Zur Bewertung abgegeben,,"10,00",Ja,-\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,hw1 (87),hw2 (88),Final Score\n"
    ",,,,,Manual Posting,,\n"
    "    Points Possible,,,,,5,10,(read only)\n"
    '"Doe, Jane",1001,s1,jane@example.edu,A,4,,80\n"García, José",1002,s2,jose,A,,,\n"Lovelace, Ada",1003,s3,ada,A,,,\n'
    '"Student, Test",1999,,,A,,,\n'
)


GRADE = grade_document(grade_of("good"))


def grade(
    number: int, score: int = 8, status: str = "graded", name: str | None = "two_inputs", **said: Any
) -> dict[str, Any]:
    """A GRADE document of a rubric with one check."""
    check = {**GRADE["checks"][0], "id": "widths", "score": score, "max_score": 10}
    about = {"id": f"s{number}", "who": f"s{number}", "path": f"s{number}.ipynb", "sha256": "0", **said}
    return {
        **GRADE, "submission": about, "assignment": name, "title": name, "score": score, "max_score": 10 if name else 0,
        "status": status, "reasons": ["ambiguous"] * (status != "graded"), "checks": [check] * bool(name),
    }  # fmt: skip


def moodle(number: int, who: str, *args: Any, layout: str = "Moodle", **said: Any) -> dict[str, Any]:
    place, students = f"{who}_{number}_assignsubmission_file", [{"name": who, "id": str(number)}]
    return grade(number, *args, **{"who": who, "students": students, "layout": layout, "place": place, **said})


canvas = partial(moodle, layout="Canvas", place="")


def report(*grades: dict[str, Any], missing: tuple[str, ...] = (), **facts: Any) -> ClassReport:
    return ClassReport(grades=grades, missing=missing, provenance={"assignments": ["two_inputs"], **facts})


CLASS = report(moodle(11, "Jane Doe"), moodle(12, "José García", 5, "needs_review"), moodle(13, "Ada Lovelace"))


def filled(fill: Any, tmp_path: Path, text: str, found: ClassReport, column: str = "", **options: Any) -> Filled:
    path = tmp_path / "book.csv"
    path.write_bytes(text.encode())
    return fill(read_gradebook(path), totals(found, **options), column)


def column(text: str, name: str) -> list[str]:
    separator = ";" if ";" in text.partition("\n")[0] else ","
    first, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    return [row[first.index(name)] for row in rows]


def test_moodles_worksheet_is_filled_in(tmp_path: Path) -> None:
    """Only settled scores unless others are requested, only where Moodle takes them, scaled to its points; every other cell is as it was."""
    done = filled(fill_worksheet, tmp_path, WORKSHEET, CLASS)
    assert column(done.content, "Grade") == ["16.00", "", "3.00", ""]
    assert done.written == ["Jane Doe"]
    assert dict(done.blank) == {
        "José García": "two_inputs needs review: ambiguous",
        "Ada Lovelace": "Moodle says that this grade cannot be changed",
        "Bo Li": "no submission",
    }
    assert done.remarks == ["points are scaled: 10 here are 20 in the gradebook"]
    before, after = (
        [row[:4] + row[5:] for row in csv.reader(io.StringIO(text, newline=""))] for text in (WORKSHEET, done.content)
    )
    assert before == after
    assert done.content.startswith("\ufeffIdentifier")
    assert done.content.count("\r\n") == WORKSHEET.count("\r\n")
    requested = filled(fill_worksheet, tmp_path, WORKSHEET, CLASS, provisional=True)
    assert column(requested.content, "Grade")[1] == "10.00"


TEAMS = WORKSHEET.replace("Status,", "Status,Group,").replace("grading,", "grading,Owls,").replace("No sub", ",No sub")
LATER = {"id": "s12", "who": "José García", "students": [{"name": "José García", "id": "12", "email": ""}]}
PAIR = [{"name": "Jane Doe"}, {"email": "jose@example.edu"}]
# The gradebook, the report, and the column to fill in; what is in that column then, and some who are left blank.
ROWS: dict[str, tuple[str, ClassReport, str, list[str], list[tuple[str, str]]]] = {
    "a worksheet in another language": (GERMAN, report(moodle(11, "Jane Doe", 7)), "Bewertung", ["7,00", ""], []),
    "a team in a column of its own; its number may be that of another participant, who gets nothing": (
        TEAMS.replace(",No,", ",Yes,"), report(moodle(14, "Owls")), "Grade", ["16.00", "16.00", "16.00", ""], [],
    ),
    "a group, with a score in each row": (
        WORKSHEET, report(grade(1, students=PAIR, group="Team A", layout="Gradescope")), "Grade", ["16.00", "16.00", "3.00", ""], [],
    ),
    "two submissions of one student, which are not added": (
        WORKSHEET, report(moodle(11, "Jane Doe"), grade(2, who="Jane Doe", students=[{"name": "Jane Doe"}])), "Grade",
        ["", "", "3.00", ""], [("Jane Doe", "2 submissions of this student: `s11`, `s2`")],
    ),
    "found and not graded yet, since `--only` graded a part of the class": (
        WORKSHEET, report(moodle(11, "Jane Doe"), not_graded_yet=[LATER]), "Grade", ["16.00", "", "3.00", ""],
        [("José García", "not graded yet"), ("Bo Li", "no submission")],
    ),
    "two rows of one name": (
        CANVAS.replace("García, José", "Doe, Jane"), report(grade(7, who="Jane Doe")), "hw2 (88)", ["", "10", "", "", "", ""],
        [("Jane Doe", "ambiguous: 2 rows of the file are called so")],
    ),
    "Canvas with semicolons and decimal commas": (
        CANVAS.replace(",", ";").replace("Doe; ", "Doe, ").replace("García; ", "García, ").replace(";5;10;", ';"5,0";"4,0";'),
        report(canvas(1001, "doejane", 7)), "hw2 (88)", ["", "4,0", "2,80", "", "", ""], [],
    ),
    "the id of another system, which chooses no row: the name decides": (
        CANVAS, report(grade(1, students=[{"name": "Jane Doe", "id": "1002"}], layout="Gradescope")), "hw2 (88)",
        ["", "10", "8", "", "", ""], [],
    ),
    "an id with another name: `x_1002`, or a group; a person has to say whose it is": (
        CANVAS, report(canvas(1002, "x"), canvas(1001, "doejane")), "hw2 (88)", ["", "10", "8", "", "", ""],
        [("x", "id 1002 is José García's in the file; a group needs a roster with a column `group`")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found", "header", "cells", "blank"), ROWS.values(), ids=ROWS)
def test_each_score_reaches_the_rows_of_its_students_and_no_other(
    tmp_path: Path, text: str, found: ClassReport, header: str, cells: list[str], blank: list[tuple[str, str]]
) -> None:
    fill = fill_gradebook if "hw2" in header else fill_worksheet
    done = filled(fill, tmp_path, text, found, header)
    assert column(done.content, header) == cells
    assert [one for one in blank if done.blank.count(one) != 1] == []


@pytest.mark.parametrize(
    ("fill", "text", "header", "words"),
    [
        (fill_worksheet, CANVAS, "", "no column for grades"),
        (fill_worksheet, WORKSHEET.replace("20.00", "Scale: good"), "", "no column for grades"),
        (fill_worksheet, WORKSHEET, "Grad", "Did you mean `Grade`"),
        (fill_gradebook, WORKSHEET, "", "not what Canvas exports"),
        (fill_gradebook, CANVAS, "", r"say which assignment.*hw1, hw2"),
        (fill_gradebook, CANVAS, "hw22", "Did you mean `hw2`"),
    ],
)
def test_what_is_no_gradebook_or_column_is_refused(
    tmp_path: Path, fill: Any, text: str, header: str, words: str
) -> None:
    """No assignment is ever made in Canvas."""
    with pytest.raises(UsageError, match=words):
        filled(fill, tmp_path, text, CLASS, header)


def test_blank_lines_of_a_worksheet_are_kept(tmp_path: Path) -> None:
    done = filled(fill_worksheet, tmp_path, WORKSHEET.replace("Participant 12", "\r\n,,,,,\r\nParticipant 12"), CLASS)
    plain = filled(fill_worksheet, tmp_path, WORKSHEET, CLASS)
    assert (done.written, len(done.content.splitlines())) == (plain.written, len(plain.content.splitlines()) + 2)


def test_canvas_gets_one_column_of_its_own_gradebook(tmp_path: Path) -> None:
    """By id, with EX for who is excused; grades of other assignments are not sent back."""
    found = report(
        canvas(1001, "doejane"), canvas(1002, "garcajos", 5, "needs_review"), canvas(1003, "lovelaceada"),
        excused=[["s1003", "two_inputs"], ["garcajos", "two_inputs"]],
    )  # fmt: skip
    done = filled(fill_gradebook, tmp_path, CANVAS, found, "hw2")
    assert done.content.splitlines()[0] == "Student,ID,SIS User ID,SIS Login ID,Section,hw2 (88)"
    assert column(done.content, "hw2 (88)") == ["", "10", "8", "", "EX", ""]
    assert ("José García", "two_inputs needs review: ambiguous") in done.blank
    assert done.content.splitlines()[2].startswith("    Points Possible")


def test_a_column_for_each_check(tmp_path: Path) -> None:
    """Settled or blank; formulas are defused; whoever submitted nothing is there."""
    jose, unread = moodle(12, "José", 5, "needs_review", late=True), grade(9, name=None, status="not_graded")
    found = report(moodle(11, "=Jane"), jose, unread, missing=("Bo Li",))
    done = grades_by_check(totals(found), exercises(found))
    rows = list(csv.DictReader(io.StringIO(done.content)))
    assert [row["name"] for row in rows] == ["'=Jane", "José", "s9", "Bo Li"]
    assert [row["two_inputs.widths"] for row in rows] == ["8", "", "", ""]
    assert [row["two_inputs.status"] for row in rows] == ["graded", "needs_review", "not_found", "not_submitted"]
    why = ["settled", "two_inputs needs review: ambiguous", "ambiguous", "not submitted"]
    assert [row["status"] for row in rows] == why
    assert [row["late"] for row in rows] == ["", "late", "", ""]
    assert [who for who, _ in done.blank] == ["José", "s9", "Bo Li"]


def test_who_is_excused_has_one_row_also_if_the_work_was_not_graded() -> None:
    found = report(moodle(11, "Jane"), not_graded_yet=[LATER], excused=[[LATER["id"], "two_inputs"]])
    assert [(total.who, total.blank) for total in totals(found)] == [("Jane", ""), (LATER["who"], "excused")]
    rows = [row for row in csv.reader(io.StringIO(grades_csv(found))) if row[0] == LATER["id"]]
    assert [(row[1], row[5]) for row in rows] == [(LATER["who"], "excused")]
    (unread,) = totals(report(grade(9, name=None, status="not_graded")))
    assert (unread.blank, unread.excused) == ("ambiguous", False)


def test_moodle_feedback_reaches_the_participant_and_nobody_else(tmp_path: Path) -> None:
    """A group's number is not sent, nor a page whose score is not settled."""
    (tmp_path / "book.csv").write_text(WORKSHEET, "utf-8")
    found = totals(
        report(moodle(11, "Jane Doe"), moodle(14, "Owls"), moodle(12, "José García", 5, "needs_review"), grade(5))
    )
    pages = {total.submission.id: tmp_path / f"{total.submission.id}.html" for total in found}
    pages["s11"].write_text("Well done.", "utf-8")
    plan = moodle_feedback(found, read_gradebook(tmp_path / "book.csv"), pages)
    with zipfile.ZipFile(io.BytesIO(plan.content)) as archive:
        assert archive.namelist() == ["Jane Doe_11_assignsubmission_file/feedback.html"]
        assert archive.read(archive.namelist()[0]) == b"Well done."
    assert [who for who, _ in plan.blank] == ["Owls", "José García", "s5"]
    with pytest.raises(UsageError, match="no page that can be returned"):
        moodle_feedback(totals(report(moodle(14, "Owls"))), read_gradebook(tmp_path / "book.csv"), pages)


def test_feedback_for_a_worksheet_in_another_language_takes_the_column_of_its_grades(tmp_path: Path) -> None:
    """Where grades were written as words, only a person can say in which column they are."""
    words = WORKSHEET.replace(",Grade,", ",Bewertung,").replace(",,20.00", ",gut,20.00")
    (tmp_path / "book.csv").write_text(words, "utf-8")
    found = totals(report(moodle(11, "Jane Doe")))
    (tmp_path / "s11.html").write_text("Well done.", "utf-8")
    book, pages = read_gradebook(tmp_path / "book.csv"), {"s11": tmp_path / "s11.html"}
    with pytest.raises(UsageError, match="--column NAME"):
        moodle_feedback(found, book, pages)
    assert moodle_feedback(found, book, pages, "Bewertung").written == ["Jane Doe"]


def test_nbgrader_gets_its_table() -> None:
    one = grade(1, students=[{"id": "bitdiddle"}], layout="nbgrader", place="bitdiddle/p1", work="p1")
    row = next(csv.DictReader(io.StringIO(nbgrader_grades(totals(report(one))).content)))
    assert (row["assignment"], row["student_id"], row["score"], row["max_score"]) == ("p1", "bitdiddle", "8", "10")


def test_several_exercises_are_one_score(tmp_path: Path) -> None:
    both = report(moodle(11, "Jane Doe"), moodle(11, "Jane Doe", 4, "graded", "one_input"), moodle(12, "José García"))
    jane, jose = totals(both)
    assert (jane.score, jane.max_score, jane.blank) == (12, 20, "")
    assert jose.blank == "one_input is not in the submission"
    assert [(one.score, one.blank) for one in totals(both, ["two_inputs"])] == [(8, ""), (8, "")]
    with pytest.raises(UsageError, match="Did you mean `two_inputs`"):
        totals(both, ["two_input"])
