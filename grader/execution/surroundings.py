"""What a run finds around it: an environment with nothing of ours in it, and stand-ins for what would reach out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

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


def environment(root: str, python: Path, elsewhere: Sequence[Path] = ()) -> dict[str, str]:
    """All that a run sees of the outside, and private places for everything that programs leave behind.

    `elsewhere` are folders of packages that its Python finds by what is not there in a run, such as a home.
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
    installs = dict.fromkeys(INSTALLERS, ("nothing can be installed", 0))
    downloads = dict.fromkeys(DOWNLOADERS, ("there is no network", 1))
    for name, (why, code) in {**installs, **downloads}.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\necho '{name}: {why} while the grader runs this file.'\nexit {code}\n")
        script.chmod(0o755)
