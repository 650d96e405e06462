"""Zips of unknown origin."""

from __future__ import annotations

import errno
import random
import re
import stat
import struct
import time
import zipfile
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import GraderFault, UsageError
from grader.submissions import archives, staging
from grader.submissions.archives import Bounds, safe_name, unpack
from tests.attacks.costly import listing_one_file
from tests.submissions_discovery.downloads import NETWORK, taken, zipped

SMALL = Bounds(20, 2**20)


LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def patch(path: Path, record: bytes, at: int, form: str, value: int, which: slice = slice(None)) -> None:
    """Another number in the records of this kind of a zip, at this place in each."""
    content = bytearray(path.read_bytes())
    for match in list(re.finditer(re.escape(record), content))[which]:
        struct.pack_into(form, content, match.start() + at, value)
    path.write_bytes(content)


def refused(path: Path, target: Path, bounds: Bounds = SMALL) -> dict[str, str]:
    return dict(unpack(path, target, bounds).refused)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.py", "points outside the archive"),
        ("a/../../evil.py", "points outside the archive"),
        ("/etc/evil.py", "points outside the archive"),
        ("C:\\evil.py", "points outside the archive"),
        ("..\\evil.py", "points outside the archive"),
        ("a\x1b[2Jb.py", "control characters"),
        ("a\u202eyp.py", "control characters"),
        ("d/" * 30 + "x.py", "folders deep"),
        ("x" * 250 + ".py", "too long"),
    ],
)
def test_a_bad_name_costs_its_member(tmp_path: Path, name: str, why: str) -> None:
    target = tmp_path / "in" / "side"
    target.mkdir(parents=True)
    result = unpack(zipped(tmp_path / "a.zip", {name: "x", "good.py": "y"}), target, SMALL)
    assert why in result.refused[0][1]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip", "good.py"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("aux.py", "_aux.py"),
        ("what?.ipynb", "what_.ipynb"),
        ("Q. /a.py", "Q__/a.py"),
        ("a\\b.py", "a/b.py"),
        ("./a.py", "a.py"),
    ],
)
def test_names_are_possible_everywhere(name: str, safe: str) -> None:
    assert safe_name(name.replace("\\", "/")) == safe


def test_links_and_devices_are_not_made(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, kind in (("link.py", stat.S_IFLNK), ("pipe.py", stat.S_IFIFO)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    assert refused(tmp_path / "a.zip", tmp_path) == {
        "link.py": "it is a link, and links are not followed",
        "pipe.py": "it is not a regular file",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_bombs_cost_themselves(tmp_path: Path) -> None:
    zeros = b"\0" * (archives.RATIO_FROM + 2**20)
    path = zipped(tmp_path / "a.zip", {"bomb.py": zeros, "good.py": "x"})
    assert "times its size" in refused(path, tmp_path / "1", archives.OF_A_STUDENT)["bomb.py"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "MOST_BYTES", 2**20)
        assert "larger than" in refused(path, tmp_path / "2", archives.OF_A_STUDENT)["bomb.py"]
    assert "all files together" in refused(path, tmp_path / "3", Bounds(20, 2**20))["bomb.py"]
    assert sorted(path.name for path in tmp_path.rglob("*.py")) == ["good.py"] * 3
    many = zipped(tmp_path / "b.zip", {f"{number}.py": "x" for number in range(30)})
    assert refused(many, tmp_path / "4") == {"10 further files": "the archive has more than 20 members"}
    assert len(list((tmp_path / "4").iterdir())) == 20


def test_a_size_in_a_header_is_not_relied_on(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"bomb.py": b"\1\2" * 2**20})
    patch(path, LOCAL, 22, "<L", 10)
    patch(path, CENTRAL, 24, "<L", 10)
    assert set(refused(path, tmp_path / "out")) == {"bomb.py"}
    assert list((tmp_path / "out").iterdir()) == []


def test_no_list_of_members_keeps_anybody_waiting(tmp_path: Path) -> None:
    """Whichever record says how long it is; of those that are short enough, all members of all zips count once."""
    for name in ("anna", "eve"):
        (tmp_path / "class" / name).mkdir(parents=True)
    (tmp_path / "class" / "anna" / "work.py").write_text(NETWORK)
    for number in range(6):
        content = listing_one_file(60_000 if number < 2 else 15_000, zip64=bool(number % 2))
        (tmp_path / "class" / "eve" / f"{number}.zip").write_bytes(content)
    started = time.process_time()
    with taken(tmp_path / "class") as intake:
        anna, eve = intake.submissions
    assert time.process_time() - started < 10
    assert (anna.problem, bool(eve.problem)) == ("", True)
    too_long = [decision for decision in eve.origin.decisions if "its list of members is too long" in decision]
    assert [name in decision for name, decision in zip(("0.zip", "1.zip"), too_long, strict=True)] == [True, True]
    assert sum("was unpacked" in decision for decision in eve.origin.decisions) == 1
    assert len(eve.origin.decisions) < 20


def test_what_is_given_up_counts_too(tmp_path: Path) -> None:
    """A zip of files that are damaged at their ends leaves as much for the next one as if it were good."""
    path = zipped(tmp_path / "a.zip", {f"{number}.bin": noise(100_000) for number in range(5)})
    patch(path, CENTRAL, 16, "<L", 1)
    done = unpack(path, tmp_path / "out", SMALL)
    assert {why for _, why in done.refused} == {"it is damaged"}
    assert (SMALL.after(done).members, SMALL.after(done).total) == (15, 2**20 - 500_000)


def test_damaged_and_encrypted_members_are_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"one.py": "abcdefgh" * 50, "two.py": "x", "three.py": "y"})
    patch(path, b"one.py", 6, "<L", 0xFFFFFFFF, slice(1))
    patch(path, CENTRAL, 8, "<H", 1, slice(1, 2))
    refusals = refused(path, tmp_path / "out")
    assert "damaged" in refusals["one.py"]
    assert refusals["two.py"] == "it is encrypted"
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["three.py"]


def test_what_is_no_zip_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 and nothing else")
    with pytest.raises(UsageError, match=r"cannot be read as a zip.*Download it again"), taken(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize(
    ("raw", "utf8", "name"),
    [("é.py".encode(), True, "é.py"), ("é.py".encode(), False, "é.py"), (b"\x82.py", False, "é.py")],
    ids=["UTF-8", "UTF-8 without a flag", "CP437"],
)
def test_names_in_any_encoding_are_read(tmp_path: Path, raw: bytes, utf8: bool, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {"x" * len(raw): "x"})
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    for record, at in ((LOCAL, 6), (CENTRAL, 8)):
        patch(path, record, at, "<H", 0x800 if utf8 else 0)
    assert unpack(path, tmp_path / "out", SMALL).files == {name}


@pytest.mark.parametrize(("one", "other"), [("bob_.py", "bob?.py"), ("bob/a.py", "bob"), ("bob", "bob/a.py")])
def test_a_name_that_is_taken_costs_the_second_member(tmp_path: Path, one: str, other: str) -> None:
    """It is named, and neither of two people gets the other's file."""
    with taken(zipped(tmp_path / "a.zip", {one: NETWORK, other: NETWORK + "# other\n", "zoe.py": NETWORK})) as intake:
        assert all(
            "# other" not in submission.entry.read_text() for submission in intake.submissions if not submission.problem
        )
        assert any(f"left out `{other}`: " in remark for remark in intake.remarks)


def test_many_bad_members_of_one_hide_no_other(tmp_path: Path) -> None:
    """Files of systems are not even mentioned."""
    path = zipped(tmp_path / "a.zip", {"anna/work.py": NETWORK, "zoe/work.py": NETWORK, "zoe/a\x07.py": "x"})
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("__MACOSX/._hw.py", ".DS_Store", "a/.ipynb_checkpoints/hw.ipynb", "Thumbs.db"):
            archive.writestr(name, "x")
        for number in range(1_000):
            archive.writestr(f"eve/{number}\x07.py", "x")
    with taken(path) as intake:
        (remark,) = intake.remarks
    assert "and 998 more: its name has control characters" in remark


@pytest.mark.parametrize(
    ("good", "bad", "unreadable"),
    [
        (
            ["A B_1_assignsubmission_file/hw.py", "E F_3_assignsubmission_file/~$x.docx"],
            "C D_2_assignsubmission_file/hw.py",
            ["c-d-2", "e-f-3"],
        ),
        (["anna/hw.py", "carl/hw.py"], "bert/hw.py", ["bert"]),
        (["anna.py", "carl.py"], "bert.py", ["bert"]),
    ],
    ids=["Moodle", "folders", "files"],
)
def test_whoever_has_only_bad_members_is_in_the_class(
    tmp_path: Path, good: list[str], bad: str, unreadable: list[str]
) -> None:
    link = zipfile.ZipInfo(bad)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(zipped(tmp_path / "a.zip", dict.fromkeys(good, NETWORK)), "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with taken(tmp_path / "a.zip") as intake:
        problems = {submission.id: submission.problem for submission in intake.submissions}
    assert len(problems) == 3
    assert [key for key, why in problems.items() if why] == unreadable
    assert "it is a link" in problems[unreadable[0]]


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def test_where_all_is_too_large_the_small_ones_are_kept(tmp_path: Path) -> None:
    """Whoever hands in much costs nobody who hands in little, wherever they are in the archive of a class."""
    members = {"mallory/a.bin": noise(900_000), "mallory/b.bin": noise(800_000), "zoe/work.py": noise(300_000)}
    path = zipped(tmp_path / "a.zip", members)
    assert set(refused(path, tmp_path / "out")) == {"mallory/a.bin", "mallory/b.bin"}
    assert (tmp_path / "out" / "zoe" / "work.py").stat().st_size == 300_000


def unpacked_and_left_out(submission: Submission) -> tuple[int, list[str]]:
    size = sum(path.stat().st_size for path in Path(str(submission.folder)).rglob("*.bin"))
    return size, [decision for decision in submission.origin.decisions if "left out" in decision]


def test_all_zips_of_a_student_have_one_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not for each; what is beyond it is named, and costs nobody else anything."""
    monkeypatch.setattr(staging, "OF_A_STUDENT", SMALL)
    for path in ("zoe/0.zip", *(f"mallory/{number}.zip" for number in range(10))):
        (tmp_path / "class" / path).parent.mkdir(parents=True, exist_ok=True)
        members = {"data.bin": noise(300_000)} | ({"work.py": NETWORK} if path.endswith("/0.zip") else {})
        zipped(tmp_path / "class" / path, members)
    with taken(tmp_path / "class") as intake:
        (of_mallory, mallory), (of_zoe, zoe) = map(unpacked_and_left_out, intake.submissions)
    assert (of_mallory <= SMALL.total, of_zoe) == (True, 300_000)
    assert mallory[0].startswith("left out `mallory/3.zip/data.bin`: all files together are larger than the")
    assert zoe == []


def test_archives_never_fill_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = archives.shutil.disk_usage(tmp_path)._replace(free=40 * 2**20)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage)
    path = zipped(tmp_path / "a.zip", {"large.bin": noise(500_000), "work.py": "x"})
    assert set(refused(path, tmp_path / "out", archives.OF_A_STUDENT)) == {"large.bin"}


def test_a_full_disk_of_ours_is_no_fault_of_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = zipped(tmp_path / "a.zip", {"a.py": "x"})
    monkeypatch.setattr(zipfile.ZipFile, "open", fill)
    with pytest.raises(GraderFault, match="Set TMPDIR"):
        unpack(path, tmp_path / "out", SMALL)
