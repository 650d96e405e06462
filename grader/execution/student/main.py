"""Entry of the student's side; see the package docstring for the protocol."""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

PACKAGE = "_student_side"


def load(name: str) -> Any:
    """A module of this folder, under a package name that no submission can collide with."""
    if PACKAGE not in sys.modules:
        here = Path(__file__).resolve().parent
        spec = importlib.util.spec_from_file_location(
            PACKAGE, here / "__init__.py", submodule_search_locations=[str(here)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot load {here}")
        package = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.{name}")


def preload() -> None:
    """Compile what runs will need, in the process that forks them; a Python without Jupyter has no notebooks."""
    load("module")
    with suppress(ImportError):
        for name in ("kernel", "notebook"):
            load(name)


def main(arguments: list[str], *, forked: bool = False, seal: Callable[[], None] = lambda: None) -> None:
    """`forked` says that this process has imported Keras, so that a kernel is better forked than started. `seal` is
    called once a process has all the connections that it needs, and before it runs any code of the submission."""
    job = json.loads(Path(arguments[0]).read_text("utf-8"))
    if arguments[1:2] == ["kernel"]:
        seal()  # it only waits for who connects to it
        load("kernel").serve(job, arguments[2:])
    elif job["entry"].lower().endswith(".ipynb"):
        itself = (sys.executable, "-X", "utf8", "-P", __file__)
        load("notebook").drive(job, itself, partial(main, seal=seal) if forked else None, seal)
    else:
        seal()
        load("module").drive(job)
    # Threads and exit handlers of the submission do not influence how its run ends.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
