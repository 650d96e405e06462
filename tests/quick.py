"""Lint, types, and the tests of the rooms that changed or of one room: `make quick`, or `make quick ROOM=checks`.

What takes long by what it starts (`long`, see conftest.py) is left to `make test`, so that an answer is there within a
minute.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).parents[1]
ALWAYS = ("tests/test_imports.py", "tests/test_patterns.py")
ELSEWHERE = {  # rooms whose tests are in a folder of another name, or in those of their neighbours
    "submissions": ("tests/submissions_discovery",),
    "domain": ("tests/graph", "tests/grading", "tests/authoring/test_mutants.py"),
    "pipeline": ("tests/grading",),
    "api": ("tests/test_same_verdict.py",),
}


def main() -> int:
    chosen = chosen_for(sys.argv[1:] or map(room, changed()))
    print("Tests:", *chosen, flush=True)
    commands = (["ruff", "check", "."], ["mypy"], ["pytest", "-q", "-m", "not slow and not long", *chosen])
    started = [subprocess.Popen([sys.executable, "-m", *command], cwd=REPOSITORY) for command in commands]
    print("`make test` runs the tests that take longer.")
    return int(any(process.wait() for process in started))


def changed() -> list[str]:
    """Files that differ from where the branch left `main`, those that nobody has added yet among them."""
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return [*_git("diff", "--name-only", base[0]), *_git("ls-files", "--others", "--exclude-standard")]


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def room(path: str) -> str:
    """`checks` for a file of the room or of its tests; `docs`, `assignments`, `benchmarks` are rooms too."""
    first, *rest = PurePosixPath(path).parts
    return rest[0].removesuffix(".py").removeprefix("test_") if rest and first in ("grader", "tests") else first


def chosen_for(rooms: Iterable[str]) -> list[str]:
    places = [place for room in rooms for place in ELSEWHERE.get(room, (f"tests/{room}", f"tests/test_{room}.py"))]
    return sorted({*ALWAYS, *(place for place in places if (REPOSITORY / place).exists())})


if __name__ == "__main__":
    sys.exit(main())
