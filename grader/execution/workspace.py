"""The private folder of one run after another, and the environment that a run finds there.

run/                what a run sees, and may read
    given/          the copy of the submission, where `box` is memory of the sandbox; else it is in box/work/
    box/            what a run may write to, except `out`
    out/            where it leaves its recording
    bin/, job.json, passwd
recording/          what was copied out of `out` after the run had ended completely; no run sees it
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.domain import Limits, Submission
from grader.errors import GraderFault
from grader.execution.recording import RECORDING
from grader.filesystem import MOST_BYTES, copy_regular, discard, read_regular, travelling_files
from grader.sandbox import RECORDING_MB, TENSORFLOW_SETTINGS

MADE_FOR_EACH_RUN = ("run/box", "run/out", "run/given", "recording")
INSTALLERS = ("pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get", "sudo")
DOWNLOADERS = ("wget", "curl", "git", "kaggle", "gdown")
# Windows cannot start a process without these.
INHERITED = ("LANG", "LC_ALL", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
HOMES = {
    "HOME": "home",
    "USERPROFILE": "home",
    "TMPDIR": "tmp",
    "TEMP": "tmp",
    "TMP": "tmp",
    "KERAS_HOME": "keras",
    "MPLCONFIGDIR": "matplotlib",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter",
    "JUPYTER_DATA_DIR": "jupyter",
    "JUPYTER_RUNTIME_DIR": "jupyter",
    "XDG_CACHE_HOME": "cache",
}
FOLDERS = tuple(dict.fromkeys(("work", *HOMES.values())))
"""Folders of a run, of which `work` holds its copy of the submission."""


@dataclass(frozen=True)
class Workspace:
    """`root` is the folder as we see it, `inside` is `run` as the run sees it.

    `apart` says that `box` and `out` belong to the sandbox: the folders here are only their mount points.
    `beside` are files of the course, such as data, that each run finds next to the submission, by these names.
    """

    root: Path
    inside: str
    apart: bool
    beside: Mapping[str, Path] = field(default_factory=dict)

    @property
    def visible(self) -> Path:
        return self.root / "run"

    @property
    def recording(self) -> Path:
        return self.root / "recording"

    def recorded(self) -> tuple[bytes, str]:
        """The recording, and why it cannot be read, if so. Only on Linux a parent of the run has copied it."""
        folder = self.recording if sys.platform == "linux" else self.visible / "out"
        try:
            return read_regular(folder / RECORDING, RECORDING_MB << 20, once=True), ""
        except FileNotFoundError:  # a run that was stopped may have left nothing
            return b"", ""
        except OSError as error:
            return b"", error.strerror or "it cannot be opened"

    def set_up(self, uid: int) -> None:
        """Once: what stays from run to run, and a name for the user."""
        (self.visible / "bin").mkdir(parents=True)
        for name in MADE_FOR_EACH_RUN:
            (self.root / name).mkdir()
        _shadow_installers(self.visible / "bin")
        line = f"student:x:{uid}:{uid}:Student:{self.inside}/box/home:/bin/sh\n"
        (self.visible / "passwd").write_text(line, "ascii")
        for path in (self.visible, *self.visible.rglob("*")):
            path.chmod(0o755)  # root's substitutes read it like any user; the folder above is closed to others

    def prepare(self, submission: Submission, job: Mapping[str, Any], limits: Limits, nonce: str) -> None:
        """For each run: new folders. Raises `GraderFault` if something of the previous run would remain."""
        try:
            for name in MADE_FOR_EACH_RUN:
                if not (self.apart and name in ("run/box", "run/out")):
                    discard(self.root / name)
                    (self.root / name).mkdir()
        except OSError as error:
            raise GraderFault(f"Files of the previous run could not be removed: {error}") from None
        if not self.apart:
            for folder in FOLDERS:
                (self.visible / "box" / folder).mkdir(exist_ok=True)  # a server that imports Keras makes one itself
        work = self.visible / ("given" if self.apart else "box/work")
        entry = copy_submission(submission, work)
        copy_beside(self.beside, (work / entry).parent)
        for path in (work, *work.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        whole = {
            **job,
            "nonce": nonce,
            "work": f"{self.inside}/box/work",
            "entry": entry,
            "out": f"{self.inside}/out",
            "scratch": f"{self.inside}/box",
            "limits": {"output_bytes": limits.output_kb * 1024, "models": limits.models},
        }
        path = self.visible / "job.json"
        path.write_text(json.dumps(whole), "utf-8")
        path.chmod(0o644)


def copy_submission(submission: Submission, work: Path) -> str:
    """Copies the entry and the files that belong to it; returns the entry relative to the copy.

    A folder may change while it is read: what can no longer be copied is not the student's fault.
    """
    folder, entry = submission.folder, submission.entry
    alone = folder is None or not entry.is_relative_to(folder)
    start = entry.parent if folder is None or alone else folder
    for path in [*(() if folder is None or alone else travelling_files(folder, submission.files)), entry]:
        copy = work / path.relative_to(start)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy_regular(path, copy, MOST_BYTES)
        except OSError as error:
            raise GraderFault(f"{path}: cannot be copied ({error.strerror}); grade this submission again") from None
    return entry.relative_to(start).as_posix()


def copy_beside(files: Mapping[str, Path], folder: Path) -> None:
    """Copies files of the course; the student's own of the same name stay."""
    for name, path in files.items():
        if not (folder / name).exists() and not any(parent.is_file() for parent in (folder / name).parents):
            try:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                copy_regular(path, folder / name, MOST_BYTES)
            except OSError as error:
                raise GraderFault(f"{path}: cannot be copied ({error.strerror})") from None


def environment(root: str, python: Path, elsewhere: Sequence[Path] = ()) -> dict[str, str]:
    """All that a run sees of the outside, and private folders for everything that programs leave behind.

    `elsewhere` are folders of packages that its Python finds through something a run lacks, such as a home.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    system = SYSTEM_PATH if os.name == "posix" else os.environ.get("PATH", os.defpath)
    return {
        **inherited,
        **{name: os.path.join(root, "box", place) for name, place in HOMES.items()},
        "PATH": os.pathsep.join([os.path.join(root, "bin"), str(python.parent), system]),
        **({"PYTHONPATH": os.pathsep.join(map(str, elsewhere))} if elsewhere else {}),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DRY_RUN": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **TENSORFLOW_SETTINGS,
    }


def _shadow_installers(folder: Path) -> None:
    """A notebook's `!pip uninstall tensorflow` must not reach the environment that grades the others."""
    if sys.platform == "win32":
        return
    installs = dict.fromkeys(INSTALLERS, ("nothing can be installed", 0))
    downloads = dict.fromkeys(DOWNLOADERS, ("there is no internet connection", 1))
    for name, (why, code) in {**installs, **downloads}.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\necho '{name}: {why} while the grader runs this file.'\nexit {code}\n")
        script.chmod(0o755)
