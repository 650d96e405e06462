"""Which files travel, and how folders are emptied that somebody did not want to be."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.filesystem import (
    discard,
    fingerprint,
    open_regular,
    private_folder,
    read_regular,
    remove,
    travelling_files,
)


@pytest.mark.skipif(os.name != "posix", reason="needs descriptors of folders")
@pytest.mark.parametrize(("levels", "mode"), [(2_100, 0o700), (2, 0)], ids=["deep", "locked"])
def test_a_folder_is_discarded_whatever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, levels: int, mode: int
) -> None:
    (tmp_path / "top").mkdir()
    monkeypatch.chdir(tmp_path / "top")
    for _ in range(levels):  # each from within, since no path may be as long as that of the last one
        os.mkdir("inner")
        os.chdir("inner")
    Path("file").touch()
    for folder in (Path(".."), Path()):
        folder.chmod(mode)
    discard(tmp_path / "top")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_what_stays_is_an_error(tmp_path: Path) -> None:
    """A link in place of the folder is not followed, and not taken for the folder."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(OSError, match="not a folder"):
        discard(tmp_path / "link")
    with pytest.raises(FileNotFoundError):
        discard(tmp_path / "nowhere")


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    """A folder that is not there is removed already."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "file").write_text("x")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(folder)
    (tmp_path / "gone" / "locked").mkdir(mode=0)
    for name in ("gone", "nowhere"):
        remove(tmp_path / name)
    assert not (tmp_path / "gone").exists()
    assert (folder / "file").read_text() == "x"


def test_code_travels_before_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.filesystem.MOST_FILES", 20)
    for name in (*(f"a{number}.csv" for number in range(30)), "z.py"):
        (tmp_path / name).write_text("")
    files = list(travelling_files(tmp_path))
    assert (files[0], len(files)) == (tmp_path / "z.py", 20)


@pytest.mark.skipif(os.name != "posix", reason="Windows counts names in letters")
def test_a_path_that_is_too_long_in_bytes_does_not_travel(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(5):
        folder = folder / ("𝒳" * 60)
        folder.mkdir()
        (folder / "file").write_text("")
    assert len(list(travelling_files(tmp_path))) == 4


@pytest.mark.skipif(os.name != "posix", reason="needs pipes and sparse files")
def test_only_plain_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link", ".", "nothing", "no\0name"):
        with pytest.raises(OSError, match=r"."):
            open_regular(tmp_path / name)
    (tmp_path / "big").write_text("x")
    os.truncate(tmp_path / "big", 2**42)
    assert len(fingerprint(tmp_path / "big")) == 32
    with pytest.raises(OSError, match="larger"):
        read_regular(tmp_path / "big", 100)


def test_a_private_folder_is_made_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with private_folder("own-"):
        assert list(tmp_path.iterdir()) == []
    with private_folder("own-") as folder:
        (folder() / "file").touch()
        assert list(tmp_path.iterdir()) == [folder()]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_private_folder_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os\nfrom grader.filesystem import private_folder\n"
        "with private_folder('own-') as folder:\n    (folder() / 'file').touch()\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    deadline = time.monotonic() + 30
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
