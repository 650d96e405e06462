"""Entry of what runs inside a sandbox; see the package docstring for the protocol."""

import importlib
import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

PACKAGE = "_inside"
BEGUN = b"\0"


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


def confine(walls: dict[str, Any], command: list[str]) -> None:
    """Become the command. What goes wrong before is told on the descriptor that the warden reads, or on stderr.

    An end without a word there, not even that the command has begun, is one of what stands around this process.
    """
    report = walls.get("report")
    try:
        if report is not None:
            os.set_inheritable(report, False)
        if walls["root"]:
            load("walls").furnish(walls)
        load("walls").close_off(walls)
        if report is not None:
            os.write(report, BEGUN)
    except Exception as error:
        os.write(2 if report is None else report, f"{type(error).__name__}: {error}\n".encode())
        os._exit(125)
    os.execv(command[0], command)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["serve"]:
            load("server").serve(socket.socket(fileno=0))
        case ["confine", walls, *command]:
            confine(json.loads(walls), command)
        case ["launch", spec, *command]:
            load("launch").launch(**json.loads(spec), command=command)
        case ["probe", walls]:
            print(json.dumps(load("probe").look(json.loads(walls))))
        case _:
            sys.exit(f"unknown arguments: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
