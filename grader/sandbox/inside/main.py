"""Entry of what runs inside a sandbox; see the package docstring for the protocol."""

import importlib
import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OWN, STUDENTS = "_inside", "_student_side"  # names of packages that no submission can collide with


def load(name: str, package: str = OWN, folder: Path = HERE) -> Any:
    """A module of a folder that is a package."""
    if package not in sys.modules:
        places = [str(folder)]
        spec = importlib.util.spec_from_file_location(
            package, folder / "__init__.py", submodule_search_locations=places
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot load {folder}")
        sys.modules[package] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[package])
    return importlib.import_module(f"{package}.{name}")


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
        case ["serve" | "serve-one" as verb, folder]:
            student = load("main", STUDENTS, Path(folder))
            load("server").serve(socket.socket(fileno=0), student, ahead=verb == "serve")
        case ["student", folder, *rest]:
            itself = (sys.executable, "-X", "utf8", "-P", __file__, "student", folder)
            load("main", STUDENTS, Path(folder)).main(rest, itself=itself)
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
