"""A Python of a test's own: what is installed there changes the environment of no other test."""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path


def new_python(folder: Path, *, as_here: bool = False) -> tuple[Path, Path]:
    """An interpreter, and the folder of its packages: none, or by a `.pth` file also those of this Python."""
    venv.create(folder, symlinks=True)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if as_here:
        (packages / "as_here.pth").write_text(sysconfig.get_paths()["purelib"], "utf-8")
    return folder / "bin" / "python", packages
