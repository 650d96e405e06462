"""A file that is no Python and no notebook says what it is; nobody ends a class by a file that blames the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.domain import Outcome
from grader.errors import UsageError
from grader.execution import supervisor
from grader.execution.student.source.statements import parsed
from tests.execution.conftest import Left
from tests.execution.running import printed
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
        ("work.ipynb", "", "the file is empty"),
        ("work.ipynb", "{\n" + CONFLICT, "the file holds the markers of a merge conflict: keep one version, and delete the markers"),
        ("work.ipynb", '{"cells": 3}', "the file is not a notebook that can be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_named(left: Left, name: str, content: str, words: str) -> None:
    execution = left(content, name)
    assert (execution.outcome, execution.message) == (Outcome.UNREADABLE, words)


def test_an_old_format_with_a_byte_order_mark_and_a_name_in_capitals_runs(left: Left) -> None:
    cell = {"cell_type": "code", "language": "python", "metadata": {}, "outputs": [], "input": ["print('old')"]}
    sheets = [
        {"metadata": {}, "cells": [{"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Old"]}, cell]}
    ]
    old = {"metadata": {"name": "old"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    execution = left("\ufeff" + json.dumps(old), "WORK.IPYNB")
    assert (execution.outcome, printed(execution)) == (Outcome.OK, "old\n")


def test_a_module_in_utf_16_runs_and_is_told(left: Left) -> None:
    execution = left(NETWORK.encode("utf-16-le"))
    assert execution.message == "SyntaxError: this file is UTF-16, which Python does not read: save it as UTF-8"
    assert len(execution.models) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CONFLICT, "a merge conflict: keep one version, and delete the markers on lines 2, 4, 6"),
        ("a = 1\nprint(“hi”)\n", "a quotation mark of a word processor"),
    ],
)
def test_what_python_calls_invalid_syntax_is_explained(text: str, words: str) -> None:
    assert words in str(parsed(text, "work.py").error)


EXPORTED = f"""
# In[1]:
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().run_line_magic('pip', 'install keras')
get_ipython().magic('load_ext autoreload')
get_ipython().system('echo from a shell')

# In[ ]:
get_ipython().run_cell_magic('time', '', {NETWORK!r})
get_ipython().run_line_magic('time', 'model.count_params()')
display(3)
"""


def test_an_exported_notebook_has_what_a_notebook_has(left: Left) -> None:
    execution = left(EXPORTED)
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    assert [(model.location.line, model.variables) for model in execution.models] == [(9, ("model",))]
    lines = printed(execution).split("\n")
    assert lines == ["Packages cannot be installed while the grader runs this file.", "from a shell", "3"]


def test_another_module_has_no_more_than_python_gives_it(left: Left) -> None:
    execution = left("try:\n    get_ipython()\nexcept NameError:\n    print('plain')\ndisplay(3)\n")
    assert execution.message == "NameError: name 'display' is not defined"


def test_an_interpreter_without_jupyter_is_named_with_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "has_package", lambda python, name: name == "nbformat")
    with pytest.raises(UsageError, match="nbclient ipykernel"):
        supervisor.check_packages(Path("python"))


@pytest.mark.parametrize("cell", [{"source": None}, {"cell_type": None}, {"metadata": {"tags": 7}}, None])
def test_a_malformed_cell_is_the_file_s_fault_in_words(left: Left, cell: dict[str, object] | None) -> None:
    """The driver does not fall over it: it runs as an empty one, or the file cannot be read."""
    content = json.loads(notebook("x = 1"))
    content["cells"].append({**content["cells"][0], **cell} if cell else "no cell")
    execution = left(json.dumps(content), "odd.ipynb")
    assert execution.outcome in (Outcome.OK, Outcome.UNREADABLE), execution.message
    assert "notebook that can be read" in execution.message or execution.outcome is Outcome.OK
