"""Equal submissions run once, and each is told under its own name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.domain import Execution, Outcome, Submission
from grader.execution import once
from grader.execution.execute import renamed


def submission(name: str, content: str) -> Submission:
    return Submission(name, name, Path(f"{name}.py"), None, name, "", content)


def counting() -> tuple[list[str], Callable[[Submission, bool], Execution]]:
    ran: list[str] = []

    def run(one: Submission, full_fit: bool) -> Execution:
        ran.append(f"{one.id} {full_fit}")
        return Execution(Outcome.OK, 1.0, "none", message=f"in {one.entry.name}")

    return ran, run


def test_equal_submissions_in_a_row_run_once() -> None:
    """In each way of running; a different one runs, and so does one whose content is not known."""
    ran, run = counting()
    shared = once(run)
    for name, content in (("a", "x"), ("b", "x"), ("c", "y"), ("d", ""), ("e", "")):
        shared(submission(name, content), False)
    shared(submission("f", ""), True)
    assert ran == ["a False", "c False", "d False", "e False", "f True"]


def test_what_is_told_of_an_equal_one_has_its_name() -> None:
    """Places and texts say the file that was handed in."""
    _, run = counting()
    shared = once(run)
    shared(submission("a", "x"), False)
    assert shared(submission("b", "x"), False).message == "in b.py"


def test_renaming_is_running_under_another_name(run: Callable[..., Execution], tmp_path: Path) -> None:
    """A module that fails after it built a model leaves the same under both names, but for the time it took."""
    text = (
        "import keras\nx = keras.Input((1,))\nmodel = keras.Model(x, keras.layers.Dense(1)(x))\n"
        "model.compile('sgd', 'mse')\nprint(__file__)\n1 / 0\n"
    )
    executions = []
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text(text)
        executions.append(run(tmp_path / name))
    first, second = executions
    told = renamed(first, "first.py", "second.py")
    assert (told.failures, told.models, told.outputs, told.message) == (
        second.failures,
        second.models,
        second.outputs,
        second.message,
    )
