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


def confine(restrictions: dict[str, Any], command: list[str]) -> None:
    """Become the command."""
    try:
        load("restrictions").apply_restrictions(restrictions)
    except Exception as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(125)
    os.execv(command[0], command)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["serve" | "serve-one" as verb]:
            load("server").serve(socket.socket(fileno=0), ahead=verb == "serve")
        case ["confine", restrictions, *command]:
            confine(json.loads(restrictions), command)
        case ["launch", spec, *command]:
            load("restrictions").launch(**json.loads(spec), command=command)
        case ["probe", restrictions]:
            print(json.dumps(load("probe").look(json.loads(restrictions))))
        case _:
            sys.exit(f"unknown arguments: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
