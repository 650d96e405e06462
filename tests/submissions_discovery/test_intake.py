"""Downloads of learning platforms as they come, as a folder and as a zip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import NothingToGrade, UsageError
from grader.execution.workspace import copy_submission
from grader.submissions import Reader, opened
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import NETWORK, taken, tree, who, zipped

CLASS = {f"{name}/hw1/work.py": NETWORK + f"# {name}\n" for name in ("alice", "bob", "carl")}
STAMPED = {name.replace("work.py", "timestamp.txt"): "2026-10-01 12:30:00 UTC\n" for name in CLASS}
MANY = {f"eve/w{n}/{name}": text for n in range(30) for name, text in (("work.py", NETWORK), ("timestamp.txt", "x"))}


@pytest.mark.parametrize(
    ("files", "eves"),
    [(CLASS | MANY, 20), (CLASS | STAMPED | MANY, 20), (CLASS | STAMPED | {"eve/work.py": NETWORK}, 0)],
    ids=["stamps in a plain folder", "many works among those of nbgrader", "no work among those of nbgrader"],
)
def test_nobody_chooses_the_layout_of_a_class(tmp_path: Path, files: Mapping[str, str], eves: int) -> None:
    """Each folder at the top has one vote; what one student hands in changes no other's id, and is bounded."""
    honest = dict(list(files.items())[:-1]) if not eves else {k: v for k, v in files.items() if k not in MANY}
    with taken(tree(tmp_path / "honest", honest)) as intake:
        before = {submission.id: intake.layout for submission in intake.submissions}
    with taken(tree(tmp_path / "with eve", files)) as intake:
        after = {submission.id: intake.layout for submission in intake.submissions}
    assert {name: after.get(name) for name in before} == before
    assert {name.removesuffix("-hw1") for name in before} == {"alice", "bob", "carl"}
    assert len(after) - len(before) <= eves


def by_id(path: Path, **options: str) -> dict[str, Submission]:
    with taken(path, **options) as intake:
        return {submission.id: submission for submission in intake.submissions}


FILE = "_assignsubmission_file"
# For each id the name, the file that is run, and words of what is known and said about it.
ROWS: dict[str, tuple[Mapping[str, str], dict[str, tuple[str, str, str]]]] = {
    "text typed into Moodle is no submission of its own": (
        downloads.MOODLE,
        {
            "jane-doe-4711": ("Jane Doe", "hw2.py", "onlinetext"),
            "jose-garcia-4712": ("José García", "hw2.py", ""),
            "ada-lovelace-4713": ("Ada Lovelace", "", "no file was submitted"),
        },
    ),
    "Canvas": (
        downloads.CANVAS,
        {
            "doejane-1001": ("doejane", "hw2.py", "late=False"),
            "garciajose-1002": ("garcíajosé", "hw2.py", "late=True"),
            "lovelaceada-1003": ("lovelaceada", "", "no file was submitted"),
        },
    ),
    "nbgrader": (
        downloads.NBGRADER,
        {
            "bitdiddle-p1": ("bitdiddle", "p1.py", ""),
            "bitdiddle-p2": ("bitdiddle", "p2.py", ""),
            "hacker-p1": ("hacker", "p1.py", ""),
        },
    ),
    "Classroom": (downloads.CLASSROOM, {who: (who, "hw2.py", "") for who in ("jane-doe", "octo")}),
    "Classroom 50": (downloads.CLASSROOM_50, {who: (who, "hw2.py", "") for who in ("jane", "octo")}),
    "Moodle flat, the `_` of old versions, and the default group, which has no id": (
        {f"Jane Doe_1{FILE}_hw_2.py": "1", f"Participant_2{FILE}_/hw2.py": "2", f"Default group{FILE}/hw2.py": "3"},
        {
            "jane-doe-1": ("Jane Doe", "hw_2.py", "students=(Student(name='Jane Doe', id='1', email=''),)"),
            "participant-2": ("Participant 2", "hw2.py", f"place='Participant_2{FILE}_'"),
            "default-group": ("Default group", "hw2.py", "group='Default group'"),
        },
    ),
    "blind marking in another language": (
        {f"Teilnehmerin_{number}{FILE}/hw.py": number for number in "12"},
        {"teilnehmerin-1": ("Teilnehmerin 1", "hw.py", ""), "teilnehmerin-2": ("Teilnehmerin 2", "hw.py", "")},
    ),
    "what follows the platform's part of a name is only a name": (
        {f"Jane Doe_1{FILE}_Bob_2{FILE}_x.py": NETWORK}, {"jane-doe-1": ("Jane Doe", f"Bob_2{FILE}_x.py", "")},
    ),
    "nor is it one in Canvas": (
        {"doejane_12_34_bob_56_78_hw.py": "1", "li_13_35_LATE_14_hw.py": "2"},
        {"doejane-12": ("doejane", "bob_56_78_hw.py", "late=False"), "li-13": ("li", "LATE_14_hw.py", "late=False")},
    ),
    "Canvas calls the files of a user `x_12` like those of user 12": (
        {"x_1001_1002_55503_hw2.py": "1", "li_1003_55504_2_inputs.py": "2"},
        {"x-1001": ("x", "55503_hw2.py", ""), "li-1003": ("li", "2_inputs.py", "decisions=()")},
    ),
    "Canvas without names": (
        {"anon_7abc_55501_hw2.py": "1", "LATE_anon_8abc_55502_hw2.py": "2"},
        {"7abc": ("7abc", "hw2.py", "late=False"), "8abc": ("8abc", "hw2.py", "late=True")},
    ),
    "several files in one student's folder, of which the best counts": (
        {f"Bo Li_2{FILE}/{name}.py": f"{NETWORK}# {name}" for name in ("hw", "hw (1)")} | {f"Jane Doe_1{FILE}/hw.py": "1"},
        {
            "bo-li-2": ("Bo Li", "hw (1).py", "2 different files; each is run, and the best counts for each exercise"),
            "jane-doe-1": ("Jane Doe", "hw.py", "decisions=()"),
        },
    ),
    "Gradescope's metadata at the top; a student's own file of that name, and outputs that look like them, say nothing": (
        downloads.GRADESCOPE,
        {
            "jane-doe-jose-garcia-submission-301": (
                "Jane Doe, José García", "hw2.py",
                "students=(Student(name='Jane Doe', id='0123', email='jane@example.edu'), Student(name='José García', id='0124', "
                "email='jose@example.edu')), group='Jane Doe, José García', late=None, submitted='2026-10-01 12:30:00",
            ),
            "ada-lovelace-submission-302": ("Ada Lovelace", "hw2.py", "id='0125'"),
        },
    ),
    "copies in a class are no attempts": (
        {"anna.py": "1", "anna (1).py": "2", "bert.py": "3"},
        {"anna": ("anna", "anna.py", ""), "anna-1": ("anna (1)", "anna (1).py", ""), "bert": ("bert", "bert.py", "")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(("files", "expected"), ROWS.values(), ids=ROWS)
def test_what_a_download_says(
    tmp_path: Path, files: Mapping[str, str], expected: dict[str, tuple[str, str, str]], as_zip: bool
) -> None:
    submissions = by_id(zipped(tmp_path / "download.zip", files) if as_zip else tree(tmp_path / "download", files))
    assert {
        key: (submission.who, "" if submission.problem else submission.entry.name)
        for key, submission in submissions.items()
    } == {key: (who, entry) for key, (who, entry, _) in expected.items()}
    for key, (*_, words) in expected.items():
        text = f"{submissions[key].origin} {submissions[key].problem}"
        assert words in text


def test_files_of_one_canvas_user_are_one_submission_under_their_own_names(tmp_path: Path) -> None:
    """`import helpers` finds what was uploaded as helpers.py."""
    with taken(zipped(tmp_path / "c.zip", downloads.CANVAS)) as intake:
        jane, *_ = intake.submissions
        copy_submission(jane, tmp_path / "work")
        assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["helpers.py", "hw2.py"]
        assert jane.origin.paths == ("doejane_1001_55501_hw2.py",)
        assert intake.summary() == "3 submissions, 1 late, 1 unreadable; layout: Canvas"


def test_of_several_attempts_the_latest_counts(tmp_path: Path) -> None:
    """Their number is in the report."""
    with taken(zipped(tmp_path / "i.zip", downloads.EXCHANGE), pattern="{id}+{work}+{time}/{file}") as intake:
        submission = intake.submissions[0]
        assert [path.split("+")[2].split(" ")[0] for path in submission.origin.paths] == ["2026-10-02"]
        assert (submission.origin.attempt, submission.origin.attempts, submission.others) == (2, 2, ())
        assert submission.origin.decisions[0].startswith("2 attempts; graded the latest of 2026-10-02")
        assert "1 with several attempts" in intake.summary()


@pytest.mark.parametrize(
    ("files", "graded", "words"),
    [
        ({"demo.py": "import keras\n", "work/hw2.py": NETWORK}, "work/hw2.py", "looks like an example"),
        ({"notes.py": "print(1)\n", "hw2.py": NETWORK}, "hw2.py", "the one with networks"),
        ({"hw2.py": NETWORK, "zwei.ipynb": "{}"}, "hw2.py", "the one with networks"),
        ({"helper.py": NETWORK, "work.ipynb": '{"source": ["import helper\\n"]}'}, "work.ipynb", ""),  # no other work
        ({"hw2.py": NETWORK, "old/hw2.py": NETWORK + "# 2\n"}, "hw2.py", "the one in the upper folder"),
    ],
)
def test_which_file_is_graded_is_said(tmp_path: Path, files: dict[str, str], graded: str, words: str) -> None:
    inside = {f"{name}/{key}": text for name in ("anna", "bert") for key, text in files.items()}
    anna = by_id(tree(tmp_path, inside))["anna"]
    assert anna.origin.paths == (f"anna/{graded}",)
    decisions = [f"2 files; graded `{Path(graded).name}`, {words}"] if words else []
    assert [decision.replace("because the other ", "") for decision in anna.origin.decisions] == decisions


def test_a_students_own_zip_is_unpacked(tmp_path: Path) -> None:
    """In a folder of Moodle, and in a class of zips; a zip that lies next to the work stays one."""
    inner = zipped(tmp_path / "inner.zip", {"work/hw2.py": NETWORK, "work/deep.zip": b"PK\3\4"}).read_bytes()
    files = {
        "Jane Doe_1_assignsubmission_file/jane.zip": inner,
        "Bo Li_2_assignsubmission_file/hw2.py": NETWORK,
        "Bo Li_2_assignsubmission_file/data.zip": inner,
        "Al Ko_3_assignsubmission_file/hw2.rar": b"Rar!",
    }
    submissions = by_id(zipped(tmp_path / "m.zip", files))
    jane = submissions["jane-doe-1"]
    assert jane.origin.paths == ("Jane Doe_1_assignsubmission_file/jane.zip/work/hw2.py",)
    assert jane.origin.decisions[0] == "`Jane Doe_1_assignsubmission_file/jane.zip` was unpacked"
    assert "is a zip in a zip" in jane.origin.decisions[1]
    assert submissions["bo-li-2"].origin.decisions == ()
    assert "opens .zip only" in submissions["al-ko-3"].problem
    class_of_zips = {"anna.zip": inner, "bert.zip": inner}
    assert who(zipped(tmp_path / "zips.zip", class_of_zips)) == {"anna": "anna", "bert": "bert"}


def test_nothing_that_is_odd_disappears(tmp_path: Path) -> None:
    """Links, folders without files and other archives, in a class and in a platform's download."""
    inner = zipped(tmp_path / "inner.zip", {"hw.py": NETWORK}).read_bytes()
    folders = tree(tmp_path / "class", {"anna/hw.rar": "Rar!", "bert/data.csv": "1", "carl/hw.py": NETWORK})
    (folders / "bert" / "hw.zip").write_bytes(inner)
    (folders / "dora").mkdir()
    submissions = by_id(folders)
    assert {key: submission.problem for key, submission in submissions.items()} == {
        "anna": "`hw.rar` cannot be unpacked: the grader opens .zip only", "bert": "", "carl": "", "dora": "the folder is empty",
    }  # fmt: skip
    assert submissions["bert"].origin.paths == ("bert/hw.zip/hw.py",)
    works = {f"{student}{FILE}/hw.py": NETWORK for student in ("A B_1", "C D_2", "E F_3")}
    moodle = tree(tmp_path / "moodle", works)
    (moodle / "G H_4_assignsubmission_file").mkdir()
    (moodle / "eve").symlink_to("/etc")
    with taken(moodle) as intake:
        assert [submission.problem for submission in intake.submissions] == ["", "", "", "the folder is empty"]
        assert intake.remarks == ("ignored `eve/`: it is in no participant's folder",)
    stamped = tree(tmp_path / "submitted", {"ada/p1/timestamp.txt": "2026-10-01 12:30:00 UTC", "bo/p1/hw.py": NETWORK})
    problems = {submission.who: submission.problem for submission in by_id(stamped).values()}
    assert problems == {"ada": "the folder is empty", "bo": ""}


def test_one_folder_too_high(tmp_path: Path) -> None:
    """A folder whose name says what it is; of any other, a person says whether it is one student's."""
    assert who(tree(tmp_path / "a", {"submissions/anna/hw.py": NETWORK, "submissions/bert/hw.py": NETWORK}))
    with taken(tmp_path / "a") as intake:
        assert intake.remarks == ("graded `submissions`, which holds everything",)
    around = "submissions/submissions/submissions/submissions"
    with taken(tree(tmp_path / "d", {f"{around}/{name}": text for name, text in downloads.MOODLE.items()})) as intake:
        assert (intake.layout, intake.remarks[0]) == ("Moodle", f"graded `{around}`, which holds everything")
    tree(tmp_path / "b", {"week 3/anna/hw.py": NETWORK, "week 3/bert/hw.py": NETWORK})
    with pytest.raises(UsageError, match=r"one level too high.*Give .*week 3; .*--layout folders"):
        who(tmp_path / "b")
    assert who(tmp_path / "b", layout="folders") == {"week-3": "week 3"}
    tree(tmp_path / "c", {f"course101/{name}": text for name, text in downloads.NBGRADER.items()})
    with pytest.raises(UsageError, match=r"one level too high.*Give .*course101;"):
        who(tmp_path / "c")


def test_a_folder_with_nothing_but_a_zip(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    zipped(tmp_path / "c" / "jane.zip", {"hw.py": NETWORK, "Bo_1_assignsubmission_file/hw.py": NETWORK})
    with pytest.raises(UsageError, match=r"nothing but `jane\.zip`.*--layout files"):
        who(tmp_path / "c")
    assert who(tmp_path / "c", layout="files") == {"jane": "jane"}
    zipped(tmp_path / "outer.zip", {"jane.zip": (tmp_path / "c" / "jane.zip").read_bytes()})
    with pytest.raises(UsageError, match=r"nothing but `jane\.zip`.*unpack it"):
        who(tmp_path / "outer.zip")
    zipped(tmp_path / "m.zip", {"Bo Li_1_assignsubmission_file/jane.zip": (tmp_path / "c" / "jane.zip").read_bytes()})
    assert who(tmp_path / "m.zip") == {"bo-li-1": "Bo Li"}


def test_a_student_does_not_become_a_class(tmp_path: Path) -> None:
    """Folders that look like a download, in the folder of one student, name nobody."""
    forged = {f"mallory/{name}": text for name, text in downloads.MOODLE.items()}
    with pytest.raises(UsageError, match="one level too high"):
        who(tree(tmp_path / "alone", forged))
    tree(tmp_path / "class", {**forged, "anna/hw.py": NETWORK, "bert/hw.py": NETWORK})
    assert sorted(who(tmp_path / "class")) == ["anna", "bert", "mallory"]
    tree(tmp_path / "flat", {"x_1_assignsubmission_file_y.py": NETWORK, "anna.py": NETWORK, "bert.py": NETWORK})
    assert "anna" in who(tmp_path / "flat")


def test_files_of_the_course_and_of_systems_are_nobodys(tmp_path: Path) -> None:
    modules = dict.fromkeys(("starter.py", "anna.py", "bert.py", "nbgrader_config.py"), NETWORK)
    tree(tmp_path, {**modules, "~$report.docx": "", "Thumbs.db": ""})
    with taken(tmp_path) as intake:
        assert [submission.id for submission in intake.submissions] == ["anna", "bert"]
        assert "ignored `nbgrader_config.py` and `starter.py`" in intake.remarks[0]
    assert sorted(who(tmp_path, layout="files")) == ["anna", "bert", "nbgrader-config", "starter"]


@pytest.mark.parametrize(
    "pattern", ["{name}/{id}-try{attempt}-{file}", r"(?P<name>.+)/(?P<id>\d+)-try(?P<attempt>\d)-(?P<file>.*)"]
)
def test_a_pattern_says_whose_a_file_is(tmp_path: Path, pattern: str) -> None:
    names = ("Jane/7-try1-hw.py", "Jane/7-try2-hw.py", "Bo/8-try1-hw.py", "x.py")
    tree(tmp_path, {name: f"{NETWORK}# {name}\n" for name in names})
    with taken(tmp_path, pattern=pattern) as intake:
        origins = [(submission.who, submission.origin) for submission in intake.submissions]
        assert [(who, origin.students[0].id, origin.attempts) for who, origin in origins] == [
            ("Bo", "8", 0),
            ("Jane", "7", 2),
        ]
        assert intake.remarks == ("ignored `x.py`: it does not fit the pattern",)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"pattern": "{nmae}/{file}"}, "`nmae` is not a field"),
        ({"pattern": "{file}"}, "no field identifies"),
        ({"pattern": "(?P<name>["}, "not a regular expression"),
        ({"layout": "modle"}, "Did you mean `moodle`"),
    ],
)
def test_a_wrong_option_gets_the_right_one(tmp_path: Path, option: dict[str, str], words: str) -> None:
    tree(tmp_path, {"anna.py": NETWORK})
    with pytest.raises(UsageError, match=words):
        who(tmp_path, **option)


def test_nothing_unpacked_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The private folder is removed at the end, also after an error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    zipped(tmp_path / "m.zip", downloads.MOODLE)

    def stumble() -> None:
        with taken(tmp_path / "m.zip"):
            assert len(list(tmp_path.iterdir())) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert [path.name for path in tmp_path.iterdir()] == ["m.zip"]


def test_nothing_to_grade_names_what_was_given(tmp_path: Path) -> None:
    path = zipped(tmp_path / "photos.zip", {"a.jpg": "x", "b.txt": "y"})
    with pytest.raises(NothingToGrade, match=r"photos\.zip: nothing to grade"):
        who(path)
    leaving = zipped(tmp_path / "leaving.zip", {"a/../../hw.py": NETWORK})
    with (
        pytest.raises(NothingToGrade, match="its path points outside the archive"),
        opened(leaving, Reader(of_one=True)),
    ):
        pass
