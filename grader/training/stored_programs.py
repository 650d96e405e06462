"""Compiled programs outlive their process: a folder from which TensorFlow takes what it has compiled before.

TensorFlow stores a program with all that it was compiled from and compares that when it loads it, names included, but
it does not look at the processor. The folder is therefore one of many, named by all that the machine code depends on.
Only the trainer, who runs none of the students' code, writes to it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "GRADER_PROGRAMS"
MOST_PROGRAMS = 300  # of about half a megabyte each
DESCRIBES_PROCESSOR = ("vendor_id", "model name", "flags", "CPU implementer", "CPU part", "Features")


def kept_programs(folder: Path, versions: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of a process that keeps its programs in `folder`; nothing where that is not safe.

    `versions` are those of the libraries that compile.
    """
    processor = _processor()
    path = folder / "programs" / hashlib.sha256(repr((processor, sorted(versions.items()))).encode()).hexdigest()[:16]
    if not processor or any(letter.isspace() for letter in str(path)):  # spaces separate TensorFlow's flags
        return {}
    return {VARIABLE: str(path), "TF_XLA_FLAGS": f"--tf_xla_persistent_cache_directory={path}"}


def open_folder() -> None:
    """In the process that compiles, before it imports TensorFlow: without a folder to write to, it keeps nothing."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        del os.environ[VARIABLE], os.environ["TF_XLA_FLAGS"]


def _processor() -> str:
    """What the first processor is and can do; empty where that is not known."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").split("\n\n")[0].splitlines()
        fields = (line.partition(":") for line in lines)
        return repr([(name.strip(), value.strip()) for name, _, value in fields if name.strip() in DESCRIBES_PROCESSOR])
    return ""


def make_room(folder: Path) -> None:
    """Delete the oldest programs beneath `folder` if there are too many."""
    with suppress(OSError):  # another process may do the same
        stored = sorted((folder / "programs").glob("*/*.pb*"), key=lambda path: -path.lstat().st_mtime)
        for path in stored[MOST_PROGRAMS:]:
            path.unlink()


def set_aside() -> list[Path]:
    """In a process that keeps programs: hide them all, since one may be spoilt. Where each of them is now."""
    folder = os.environ.get(VARIABLE)
    hidden = []
    for path in Path(folder).glob("*.pb") if folder else ():
        with suppress(OSError):
            hidden.append(path.rename(f"{path}.aside"))
    return hidden


def bring_back(hidden: list[Path]) -> None:
    """What was set aside, when none of it was to blame."""
    for path in hidden:
        with suppress(OSError):
            path.rename(path.with_suffix(""))
