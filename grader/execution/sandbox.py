"""What a run may see and use. The one seam for isolation: everything else takes a `Sandbox` as given."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

LEVELS = ("auto", "full", "partial", "container", "none")
INSTALLERS = ("pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get", "sudo")
# Windows cannot start a process without these.
INHERITED = ("LANG", "LC_ALL", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT")


@dataclass(frozen=True)
class Sandbox:
    """One run's world: what it may read, what it may write, its environment, its limits."""

    isolation: str
    read_only: tuple[Path, ...]
    writable: tuple[Path, ...]
    environment: Mapping[str, str]
    seconds: float
    memory_mb: int
    output_kb: int

    def command(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """The command that runs `arguments` inside. Without isolation that is the command itself."""
        return arguments


def resolve_isolation(requested: str) -> str:
    """The level that will be used. What is not there is refused, never quietly replaced by less."""
    if requested not in LEVELS:
        raise UsageError(f"--isolation {requested}: there is no such level; choose one of {', '.join(LEVELS)}.")
    if requested in ("full", "partial"):
        raise UsageError(
            f"--isolation {requested} is not available here: this version runs submissions as ordinary processes. "
            "Run the grader in a throw-away container and say --isolation container, "
            "or insist on no isolation with --isolation none."
        )
    return "container" if requested == "container" else "none"


def environment(home: Path, python: Path) -> dict[str, str]:
    """All that a run sees of the outside, and private places for everything that programs leave behind."""
    tools = home / "bin"
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = os.pathsep.join([str(tools), str(python.parent), os.environ.get("PATH", os.defpath)])
    places = {
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
    for place in {*places.values(), "bin"}:
        (home / place).mkdir(exist_ok=True)
    return {
        **inherited,
        **{name: str(home / place) for name, place in places.items()},
        "PATH": path,
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DRY_RUN": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }


def shadow_installers(folder: Path) -> None:
    """A notebook's `!pip uninstall tensorflow` must not reach the environment that grades the others."""
    if sys.platform == "win32":
        return
    for name in INSTALLERS:
        script = folder / name
        script.write_text(f"#!/bin/sh\necho '{name}: nothing can be installed while the grader runs this file.'\n")
        script.chmod(0o755)
