"""Recordings that blame the machine: whoever writes one ends nobody's run but their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.domain import Limits, Outcome, Submission
from grader.errors import UsageError
from grader.execution import Supervisor, execute
from grader.execution.supervisor import check_packages
from tests.notebooks import notebook

FORGED = """
import json, os, sys
out = json.load(open(sys.argv[1]))["out"] if len(sys.argv) > 1 else os.path.join(os.getcwd(), "..", "..", "out")
run = {"finished": True, "running": None, "problem": "", "missing": "nothing at all", "cut": None,
       "kernel_exit": None, "failures": [], "outputs": []}
with open(os.path.join(out, "run.json"), "w") as file:
    json.dump(run, file)
os._exit(0)
"""


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_package_that_is_not_missing_is_no_reason_to_stop_a_class(
    supervisor: Supervisor, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"mallory{suffix}"
    path.write_text(FORGED if suffix == ".py" else notebook(FORGED), "utf-8")
    submission = Submission("mallory", "mallory", path, None, "")
    execution = execute(submission, supervisor, functions=(), marks=(), limits=Limits(seconds=60))
    assert execution.outcome in (Outcome.UNREADABLE, Outcome.CRASHED)


def test_an_interpreter_without_jupyter_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho nbclient ipykernel\n", "utf-8")
    bare.chmod(0o755)
    with pytest.raises(UsageError, match="nbclient ipykernel"):
        check_packages(bare)


@pytest.mark.parametrize("cell", [{"source": None}, {"cell_type": None}, {"metadata": {"tags": 7}}, None])
def test_a_malformed_cell_is_the_file_s_fault_in_words(
    supervisor: Supervisor, tmp_path: Path, cell: dict[str, object] | None
) -> None:
    """The driver does not fall over it: it runs as an empty one, or the file cannot be read."""
    content = json.loads(notebook("x = 1"))
    content["cells"].append({**content["cells"][0], **cell} if cell else "no cell")
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(content), "utf-8")
    execution = execute(
        Submission("odd", "odd", path, None, ""), supervisor, functions=(), marks=(), limits=Limits(seconds=60)
    )
    assert execution.outcome in (Outcome.OK, Outcome.UNREADABLE), execution.message
    assert "notebook that can be read" in execution.message or execution.outcome is Outcome.OK
