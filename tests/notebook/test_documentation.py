"""What docs/python.md says about the functions and their types holds."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import grader
from grader.reporting.notebook_cell import Report

TEXT = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_documented_signature_is_that_of_the_function() -> None:
    match = re.search(r"`grader\.grade(\(.*?\))` does", TEXT, re.DOTALL)
    assert match is not None
    real = inspect.signature(grader.grade)
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in real.parameters.values()]
    assert " ".join(match[1].split()).replace('"', "'") == str(inspect.Signature(plain))


def test_every_documented_attribute_of_a_report_exists() -> None:
    fields = set(Report.__dataclass_fields__) | set(dir(Report))
    assert set(re.findall(r"`report\.(\w+)", TEXT)) - fields == set()


def test_every_public_name_can_be_imported() -> None:
    """Those that are loaded late too."""
    assert [name for name in grader.__all__ if getattr(grader, name, None) is None] == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Neither the package nor its functions; outside of a notebook, no trainer starts either."""
    program = (
        "import sys; from grader import check, grade; heavy = 'pydantic', 'jinja2', 'rich', 'keras', 'numpy', 'grader.training'\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
