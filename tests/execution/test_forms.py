"""A file that is no Python and no notebook says what it is, in words of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.domain import Execution, Outcome
from grader.execution.student.source.statements import parsed
from tests.execution.conftest import Left
from tests.notebooks import notebook

NETWORK = "import keras\nmodel = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
CONFLICT = "a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> other\nc = 3\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("work.py", notebook(NETWORK), "the file is a notebook: give it a name that ends in .ipynb"),
        ("work.ipynb", notebook(NETWORK)[:-20], "the file is cut off before its end: save or download it again"),
        ("work.ipynb", NETWORK, "the file is no notebook; if it is Python code, give it a name that ends in .py"),
        ("work.ipynb", "<!DOCTYPE html>", "the file is a web page"),
        ("work.ipynb", "{\n" + CONFLICT, "the file holds the markers of a merge conflict: keep one version, and delete the markers"),
        ("work.ipynb", '{"cells": 3}', "the file is not a notebook that can be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_named(
    tmp_path: Path, run: Callable[..., Execution], name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    execution = run(path)
    assert (execution.outcome, execution.message) == (Outcome.UNREADABLE, words)


def test_a_notebook_in_capitals_is_one(left: Left) -> None:
    execution = left(notebook(NETWORK), "WORK.IPYNB")
    assert (execution.outcome, len(execution.models)) == (Outcome.OK, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_module_in_utf_16_runs_and_is_told(tmp_path: Path, run: Callable[..., Execution], encoding: str) -> None:
    path = tmp_path / "work.py"
    path.write_bytes(NETWORK.encode(encoding))
    execution = run(path)
    assert execution.message == "SyntaxError: this file is UTF-16, which Python does not read: save it as UTF-8"
    assert len(execution.models) == 1


def test_a_merge_conflict_is_one_error_with_its_lines() -> None:
    error = parsed(CONFLICT, "work.py").error
    assert error
    assert error.msg == "a merge conflict: keep one version, and delete the markers on lines 2, 4, 6"


def test_a_curly_quotation_mark_is_explained() -> None:
    error = parsed("a = 1\nprint(“hi”)\n", "work.py").error
    assert error
    assert "a quotation mark of a word processor" in str(error.msg)


EXPORTED = f"""
# In[1]:
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().run_line_magic('pip', 'install keras')
get_ipython().magic('load_ext autoreload')
get_ipython().system('echo from a shell')

# In[ ]:
get_ipython().run_cell_magic('writefile', 'sizes.py', 'UNITS = 3')
import sizes
get_ipython().run_cell_magic('time', '', {NETWORK!r})
get_ipython().run_line_magic('timeit', '-n 1 -r 1 model.count_params()')
display(sizes.UNITS)
"""


def test_an_exported_notebook_has_what_a_notebook_has(left: Left) -> None:
    execution = left(EXPORTED)
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    assert [(model.location.line, model.variables) for model in execution.models] == [(11, ("model",))]
    printed = "".join(output.content for output in execution.outputs)
    assert printed.split("\n") == ["Packages cannot be installed while the grader runs this file.", "from a shell", "3"]


def test_another_module_has_no_more_than_python_gives_it(left: Left) -> None:
    execution = left("try:\n    get_ipython()\nexcept NameError:\n    print('plain')\ndisplay(3)\n")
    assert execution.message == "NameError: name 'display' is not defined"
