"""Rosters as spreadsheets and learning platforms export them, and who is joined with whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submissions import read_roster
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import NETWORK, WORKSHEET, taken, tree, zipped

GERMAN = (
    WORKSHEET.replace("Participant", "Teilnehmer/in")
    .replace("Identifier", "ID")
    .replace("Full name", "Vollständiger Name")
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,hw2 (88)\n"
    "    Points Possible,,,,,10\n"
    '"Doe, Jane",1001,s1,jane,A,\n"García, José",1002,s2,jose,A,\n"Lovelace, Ada",1003,s3,ada,A,\n"Li, Bo",1004,s4,bo,A,\n'
    '"Student, Test",1999,,,A,\n'
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


# With the name that is shown, the address and the group of each.
TABLES: dict[str, tuple[bytes, list[tuple[str, str, str]]]] = {
    "comma": (b"id,mail\nanna,a@b\nbert,b@c\nanna,a@b\n", [("a@b", "a@b", ""), ("b@c", "b@c", "")]),
    "semicolon with byte order mark": (
        "\ufeffName;Group\nanna;1\nbert;1\nanna;1\n".encode(), [("anna", "", "1"), ("bert", "", "1")],
    ),
    "words with numbers, which are no worksheet": (b"id,mail\nstudent1,a@b\n", [("a@b", "a@b", "")]),
    "tab": (b"Who\tx\nanna\t1\n\nbert\t\n", [("anna", "", ""), ("bert", "", "")]),
    "UTF-16, a spreadsheet's Unicode text": ("id\tname\r\ns1\tJosé\r\n".encode("utf-16"), [("José", "", "")]),
    "German": (
        "Vorname;Nachname;ID-Nummer;E-Mail-Adresse;Gruppen\nJürgen;Müller;a7;jm@x;Eulen\n".encode(),
        [("Jürgen Müller", "jm@x", "Eulen")],
    ),
    "a worksheet in another language, known by what is in it": (
        (
            "\ufeffID;Nom complet;Adresse de courriel;Statut;Note;Note maximale;Modifiable;Autre\n"
            'Participant 11;"Jane ""JD"" Doe";jane@x;Remis;;10,00;Oui;-\nParticipant 12;O\'Neil, Jr.;jo@x;Rien;;10,00;Oui;-\n'
        ).encode(),
        [('Jane "JD" Doe', "jane@x", ""), ("O'Neil, Jr.", "jo@x", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "people"), TABLES.values(), ids=TABLES)
def test_a_table_is_read_as_it_was_exported(tmp_path: Path, content: bytes, people: list[tuple[str, str, str]]) -> None:
    (tmp_path / "roster.csv").write_bytes(content)
    assert [
        (person.shown, person.student.email, person.group) for person in read_roster(tmp_path / "roster.csv")
    ] == people


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nmae,points\nanna,3\n", "Did you mean `name`"),
        (b"", "empty"),
        ("name\nJosé\n".encode("latin-1"), "UTF-8"),
        (None, "read"),
    ],
)
def test_what_is_no_roster_is_a_usage_error(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_a_line_end_ends_a_row(tmp_path: Path, separator: str) -> None:
    """Spreadsheets keep such letters in a cell."""
    text = f'name,id\nJane{separator}Doe,1\n\n,\n"Bo\nLi",2\n'
    assert [person.student.id for person in read_roster(write(tmp_path / "r.csv", text))] == ["1", "2"]


@pytest.mark.parametrize(
    ("files", "roster"),
    [
        (downloads.MOODLE, WORKSHEET),
        (downloads.MOODLE, GERMAN),
        (downloads.MOODLE, GERMAN.replace("Teilnehmer/in ", "Teilnehmer/in")),
        (downloads.MOODLE, "id number,name\n4711,Bo Li\n1,Jane Doe\n2,José García\n3,Ada Lovelace\n"),
        (downloads.MOODLE, "first_name,last_name\nJane,Doe\nJose,Garcia\nAda,Lovelace\nBo,Li\n"),
        (downloads.CANVAS, CANVAS),
        (downloads.CANVAS, "name;e-mail\nDoe, Jane;j@x\nGarcía, José;\nLovelace, Ada;\nLi, Bo;b@x\n"),
        (downloads.GRADESCOPE, "email,name\nJANE@example.edu,Jane Doe\njose@example.edu,José García\nada@example.edu,Ada Lovelace\nb@x,Bo Li\n"),
    ],
    ids=["Moodle's worksheet", "in German", "without the space before the number", "ids of another system",
         "first and last names", "Canvas's gradebook", "names for Canvas", "addresses"],
)  # fmt: skip
def test_a_roster_joins_on_ids_addresses_or_names(tmp_path: Path, files: dict[str, str], roster: str) -> None:
    path = write(tmp_path / "roster.csv", roster)
    with taken(zipped(tmp_path / "d.zip", files), path) as intake:
        assert [person.shown for person in intake.absent] == ["Bo Li"]
        names = " ".join(submission.who for submission in intake.submissions)
        assert "Jane Doe" in names
        assert "Ada Lovelace" in names
        assert intake.remarks == ()


def test_the_id_of_the_platform_stays(tmp_path: Path) -> None:
    """Grades go back by it; the address is the roster's."""
    path = write(tmp_path / "roster.csv", WORKSHEET)
    with taken(zipped(tmp_path / "d.zip", downloads.MOODLE), path) as intake:
        jane = next(submission for submission in intake.submissions if submission.who == "Jane Doe")
        assert (jane.origin.students[0].id, jane.origin.students[0].email) == ("4711", "jane@example.edu")


def test_files_of_a_flat_folder_are_joined_by_what_is_in_their_names(tmp_path: Path) -> None:
    files = {"hw2_s1234.py": NETWORK, "Doe_Jane_hw2.py": NETWORK, "li_bo.py": NETWORK, "hw2_s1234_s1235.py": NETWORK}
    roster = write(tmp_path / "r.csv", "username,name\ns1234,Ada Lovelace\ns1235,Carl Gauß\nx1,Jane Doe\nx2,Bo Li\n")
    with taken(tree(tmp_path / "class", files), roster) as intake:
        assert {submission.id: submission.who for submission in intake.submissions} == {
            "doe-jane-hw2": "Jane Doe", "hw2-s1234": "Ada Lovelace", "hw2-s1234-s1235": "hw2_s1234_s1235", "li-bo": "Bo Li",
        }  # fmt: skip
        assert intake.absent == ()
        assert intake.remarks == (
            "`hw2-s1234-s1235` is ambiguous: it fits Ada Lovelace (s1234) and Carl Gauß (s1235) on the roster",
        )


def test_two_people_of_one_name_are_ambiguous_and_neither_absent_nor_strangers(tmp_path: Path) -> None:
    files = {"Jane Doe_6_assignsubmission_file/hw.py": NETWORK, "Bo Li_7_assignsubmission_file/hw.py": NETWORK}
    roster = write(tmp_path / "r.csv", "id,name\n11,Jane Doe\n12,Jane Doe\n13,Bo Li\n14,Ada Lovelace\n")
    flat = {"Jane Doe.py": NETWORK, "Bo Li.py": NETWORK}
    for path in (zipped(tmp_path / "d.zip", files), tree(tmp_path / "class", flat)):
        with taken(path, roster) as intake:
            assert [person.shown for person in intake.absent] == ["Ada Lovelace"]
            words = "is ambiguous: it fits Jane Doe (11) and Jane Doe (12) on the roster"
            assert [words in remark for remark in intake.remarks] == [True]


def test_the_identifier_of_classroom_is_the_name_where_there_is_none(tmp_path: Path) -> None:
    text = 'identifier,github_username,github_id,name\n"Doe, Jane",jane-doe,1,\nBo Li,,,\nAda L.,octo,3,Ada Lovelace\n'
    with taken(zipped(tmp_path / "d.zip", downloads.CLASSROOM), write(tmp_path / "r.csv", text)) as intake:
        assert {submission.id: submission.who for submission in intake.submissions} == {
            "jane-doe": "Doe, Jane",
            "octo": "Ada Lovelace",
        }
        assert [person.shown for person in intake.absent] == ["Bo Li"]


def test_a_group_of_the_roster_is_present(tmp_path: Path) -> None:
    roster = write(tmp_path / "r.csv", "name,group\nJane Doe,Team A\nBo Li,Team A\nAda Lovelace,Team B\n")
    with taken(zipped(tmp_path / "d.zip", {"Team A_9_assignsubmission_file/hw.py": NETWORK}), roster) as intake:
        assert [person.shown for person in intake.absent] == ["Ada Lovelace"]
        (team,) = intake.submissions
        assert (team.who, [student.name for student in team.origin.students]) == ("Team A", ["Jane Doe", "Bo Li"])


def test_a_roster_of_another_class_stops(tmp_path: Path) -> None:
    """Otherwise everybody who submitted would be listed as not submitted."""
    roster = write(tmp_path / "r.csv", "id,name\nq1,Max Born\nq2,Lise Meitner\n")
    words = r"only 0 of 3 submissions are by somebody.*called `Ada.*roster has `q1 / Max Born`"
    with pytest.raises(UsageError, match=words), taken(zipped(tmp_path / "d.zip", downloads.MOODLE), roster):
        pass


@pytest.mark.parametrize(
    ("files", "first"),
    [
        ({f"Jane Doe_{n}_assignsubmission_file/hw.py": f"# {n}\n{NETWORK}" for n in (1, 2)}, "jane-doe-1"),
        ({"jane_doe.py": NETWORK, "jane_doe_2.py": NETWORK, "bo_li.py": NETWORK}, "jane-doe"),
    ],
    ids=["a name that somebody took", "two files of one person"],
)
def test_two_submissions_that_match_one_person_are_reported(tmp_path: Path, files: dict[str, str], first: str) -> None:
    """In some platforms students choose their names; in a flat folder nobody knows which of two files counts."""
    roster = write(tmp_path / "r.csv", "name\nJane Doe\nBo Li\n")
    with taken(tree(tmp_path / "class", files), roster) as intake:
        assert intake.submissions[-1].id == f"{first.removesuffix('-1')}-2"
        assert f"`{first}`: 2 submissions match Jane Doe on the roster" in intake.remarks
