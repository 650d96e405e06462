"""Lint, types, and the tests of what changed or of one room: `make quick`, or `make quick ROOM=checks`.

Every file has its tests in the folder of the same name; the table below has the exceptions. What takes long by what
it starts (`long`, see conftest.py) is left to `make test`, so that an answer is there within a minute.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).parents[1]
ALWAYS = "tests/test_imports.py"
ELSEWHERE = {  # rooms whose tests are in a folder of another name, or in those of their neighbours
    "submissions": ("tests/submissions_discovery",),
    "domain": ("tests/graph", "tests/grading"),
    "pipeline": ("tests/grading",),
    "api": ("tests/test_same_verdict.py",),
}
DATA = PurePosixPath("tests/submissions")
LINT = (["-m", "ruff", "check", "."], ["-m", "mypy"])


def main() -> int:
    started = time.monotonic()
    chosen = for_room(sys.argv[1]) if sys.argv[1:] else for_files(changed(base()))
    print("Tests:", *chosen, flush=True)
    linting = [subprocess.Popen([sys.executable, *one], cwd=REPOSITORY) for one in LINT]
    codes = [run(chosen), *(one.wait() for one in linting)]
    print(f"{time.monotonic() - started:.0f} seconds. `make test` runs the tests that take longer.")
    return int(any(codes))


def run(chosen: Iterable[str]) -> int:
    """Zero if all that ran has passed; that everything chosen takes long is no failure either."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow and not long", *chosen]
    code = subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    return 0 if code == 5 else code


def base() -> str:
    """Where the branch left `main`; on `main` itself, the last commit."""
    found = git("merge-base", "HEAD", "main")
    return found[0] if found else "HEAD"


def changed(since: str) -> list[str]:
    """Files that differ from a commit, those that nobody has added yet among them."""
    return [*git("diff", "--name-only", since), *git("ls-files", "--others", "--exclude-standard")]


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def for_files(paths: Iterable[str]) -> list[str]:
    """The files and folders of tests that speak of these files; no file twice."""
    found = {one for path in paths for one in _belonging_to(PurePosixPath(path))} | {ALWAYS}
    if "tests" in found:
        return ["tests"]
    return sorted(one for one in found if str(PurePosixPath(one).parent) not in found)


def for_room(room: str) -> list[str]:
    found = for_files([f"grader/{room}/__init__.py", f"grader/{room}.py"])
    if found == [ALWAYS]:
        rooms = sorted(path.stem for path in (REPOSITORY / "grader").glob("[a-z]*") if path.suffix in ("", ".py"))
        raise SystemExit(f"no tests of `{room}`: one of {', '.join(rooms)}")
    return found


def _belonging_to(path: PurePosixPath) -> list[str]:
    if path.parts[0] == "grader" and len(path.parts) > 1:  # what a room keeps as data too: notes.toml, templates
        room = path.parts[1].removesuffix(".py")
        own = list(ELSEWHERE.get(room, (f"tests/{room}", f"tests/test_{room}.py")))
    elif path.parts[0] == "docs" or path.name == "README.md":
        own = ["tests/docs"]
    elif path.suffix != ".py" or path.is_relative_to(DATA):
        own = ["tests/assignments"] if path.parts[0] == "assignments" else []
    elif path.parts[0] == "tests":
        is_test = path.name.startswith("test_")
        own = [str(path if is_test else path.parent)]  # what tests share concerns all of its folder
    else:
        own = []
    return [one for one in own if (REPOSITORY / one).exists()]


if __name__ == "__main__":
    sys.exit(main())
