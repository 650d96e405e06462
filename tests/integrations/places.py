"""A machine on which the scripts of `integrations/` run as their places would run them, without a network.

`pip`, `apt-get`, `sudo` and `uv` are stubs that record their arguments. The grader is either the real one, or a stub that
records how it was started and hands over invented grades in the real formats.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from grader.domain import ClassReport
from grader.reporting import FORMATS
from tests.reporting.grades import grade_document, grade_of

REPOSITORY = Path(__file__).parents[2]
WRONG = REPOSITORY / "tests" / "submissions" / "class" / "student-05.py"
SECRETS = {
    "GITHUB_TOKEN": "ghs_s3cret", "ACTIONS_RUNTIME_TOKEN": "s3cret-runtime", "CI_JOB_TOKEN": "s3cret-job",
    "CI_REGISTRY_PASSWORD": "s3cret-registry", "AWS_SECRET_ACCESS_KEY": "s3cret-key",
}  # fmt: skip
CLASSROOM50 = {  # what its runner says about a submission
    "CLASSROOM": "cs", "ASSIGNMENT": "two-inputs", "ASSIGNMENT_TYPE": "group", "OWNER": "grace",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r", "REVIEW_URL": "https://example.org/d",
}  # fmt: skip

PYTHON = """#!/bin/sh
case " $* " in *" -m pip "*) echo "pip $*" >> "{log}"; exit 0;; esac
case " $* " in *" -m venv "*)
  for folder; do :; done
  mkdir -p "$folder/bin"; cp "{bin}/uv" "$folder/bin/uv"; cp "{bin}/pip" "$folder/bin/pip"; exit 0;;
esac
exec "{python}" "$@"
"""
UV = """#!/bin/sh
echo "uv $*" >> "{log}"
if [ "$1" = venv ]; then for folder; do :; done; mkdir -p "$folder/bin"; cp "{bin}/python" "$folder/bin/python"; fi
"""
LOGGED = """#!/bin/sh
echo "{name} $*" >> "{log}"
"""
GRADER = '''"""A stub: says how it was started, and writes reports that it was given."""
import json, os, sys
from pathlib import Path
call = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "safe": sys.flags.safe_path, "folder": os.getcwd()}}
with open({calls!r}, "a") as file:
    file.write(json.dumps(call) + "\\n")
if sys.argv[1] == "doctor":
    sys.exit(print({level!r}))
if sys.argv[1] == "list":
    sys.exit()
reports = json.loads(Path({reports!r}).read_text())
for option, value in zip(sys.argv, sys.argv[1:]):
    name, _, path = value.partition("=")
    if option == "--report" and name in reports:
        Path(path).write_text(reports[name])
print({printed!r})
sys.exit({code})
'''


@dataclass
class Machine:
    """`home` has everything, a student's repository too; the stub of the grader finds grades of these situations.

    It ends with `code`; `real` says that there is no stub.
    """

    home: Path
    situations: tuple[str, ...] = ()
    code: int = 0
    level: str = "full"
    printed: str = ""
    real: bool = False

    def __post_init__(self) -> None:
        self.checkout.mkdir()
        (self.home / "log").touch()
        (self.home / "calls").touch()
        shutil.copy(WRONG, self.checkout / "work.py")
        tools, stub = self.home / "bin", self.home / "stub" / "grader"
        tools.mkdir()
        stub.mkdir(parents=True)
        words = {"log": self.home / "log", "bin": tools, "python": sys.executable}
        scripts = {"python": PYTHON, "python3": PYTHON, "uv": UV}
        scripts |= dict.fromkeys(("pip", "sudo", "apt-get"), LOGGED)
        for name, text in scripts.items():
            (tools / name).write_text(text.format(name=name, **words))
            (tools / name).chmod(0o755)
        (stub / "__init__.py").touch()  # without it, an installed grader comes first
        graded = ClassReport(tuple(grade_document(grade_of(name)) for name in self.situations))
        written = {name: write(graded) for name, write in FORMATS.items()} if self.code not in (2, 4) else {}
        reports = self.home / "reports.json"
        reports.write_text(json.dumps(written))
        words = {"calls": str(self.home / "calls"), "reports": str(reports)}
        text = GRADER.format(level=self.level, code=self.code, printed=self.printed, **words)
        (stub / "__main__.py").write_text(text)

    @property
    def checkout(self) -> Path:
        return self.home / "checkout"

    @property
    def environment(self) -> dict[str, str]:
        """Of a job: with secrets, as places have them."""
        packages = REPOSITORY if self.real else self.home / "stub"
        return {
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "PYTHONPATH": str(packages),
            "GRADER_CACHE": os.environ.get("GRADER_CACHE", str(Path.home() / ".cache" / "grader")),
            **SECRETS,
        }

    def run(self, command: list[str], folder: Path, **variables: object) -> subprocess.CompletedProcess[str]:
        environment = self.environment | {name: str(value) for name, value in variables.items()}
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "calls").read_text().splitlines()]


def assert_started_safely(machine: Machine) -> None:
    """No secret in its environment, and nothing imported from the folder of the student."""
    calls = [call for call in machine.calls if call["arguments"][0] == "check"]
    assert calls
    for call in calls:
        assert not set(SECRETS.values()) & set(call["environment"].values())
        assert not [name for name in call["environment"] if "TOKEN" in name]
        assert call["safe"] is True


def validated(name: str, text: str) -> Any:
    """The document, if it is what a place takes: `schemas/` has its formats, written after their documentation."""
    document = json.loads(text)
    schema = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text("utf-8"))
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document
