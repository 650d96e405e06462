"""How runs end, and that nothing of them stays."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from grader.domain import Limits, Outcome, Submission
from grader.errors import UsageError
from grader.execution import Supervisor, execute
from tests.execution.conftest import SMALL, Executions, Left
from tests.notebooks import notebook

TOO_MUCH = f"{SMALL.memory_mb} MB of memory"


@pytest.mark.parametrize("name", ["exits_at_the_end.py", "byte_order_mark.py", "round_trip.py"])
def test_what_ends_well_is_no_error(executions: Executions, name: str) -> None:
    """`sys.exit(main())` at the end, a byte order mark, and a loaded model, whose `compile` is not the student's own."""
    assert executions(name).outcome is Outcome.OK, executions(name).message


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("infinite_loop.py", Outcome.TIMEOUT, "2 s of wall-clock time"),
        ("segfault.py", Outcome.CRASHED, "the program crashed (segmentation fault, SIGSEGV)"),
        ("os_exit_after_model.py", Outcome.CRASHED, "the program exited before its last line"),
        ("kernel_dies.ipynb", Outcome.CRASHED, "the program exited before its last line, while cell 2 was running"),
        ("too_much_memory.py", Outcome.MEMORY, TOO_MUCH),
        ("shared_memory.py", Outcome.MEMORY, TOO_MUCH),
        ("killed_for_memory.py", Outcome.MEMORY, TOO_MUCH),
    ],
)
def test_a_bad_end_is_named_with_its_limit(executions: Executions, name: str, outcome: Outcome, words: str) -> None:
    """Private memory fails to be allocated, also in C, which then crashes; shared memory is noticed and stopped."""
    execution = executions(name)
    assert (execution.outcome, execution.limit or execution.message) == (outcome, words)


def test_what_was_printed_and_built_before_a_bad_end_is_there(executions: Executions) -> None:
    assert [output.content for output in executions("infinite_loop.py").outputs] == ["started"]
    assert executions("os_exit_after_model.py").models[0].config is not None


def test_nothing_outlives_its_run(executions: Executions) -> None:
    """A grandchild in a session of its own, deaf to signals, is dead when the run is over."""
    assert executions("forks_and_stays.py").outcome is Outcome.OK
    processes = [
        process for process in psutil.process_iter(["cmdline"]) if "stays-after-its-run" in str(process.info["cmdline"])
    ]
    assert processes == []


@pytest.mark.parametrize("form", ["py", "ipynb"])
def test_too_many_small_objects_are_named(left: Left, form: str) -> None:
    """They leave no room at all, not even to say so, but for what is kept for that."""
    text = "names = {}\nwhile True:\n    names[len(names)] = str(len(names))\n"
    execution = left(text if form == "py" else notebook(text), f"work.{form}", limits=SMALL)
    assert (execution.outcome, execution.limit) == (Outcome.MEMORY, TOO_MUCH)


def test_an_exit_before_the_last_statement_is_an_error_at_its_line(executions: Executions) -> None:
    """Whatever its status."""
    execution = executions("exits_midway.py")
    assert execution.outcome is Outcome.ERROR
    (failure,) = execution.failures
    assert (failure.type, failure.location.file, failure.location.line) == ("SystemExit", "exits_midway.py", 4)
    assert "Traceback" in failure.traceback


def test_an_error_shows_no_folder_of_the_machine(left: Left) -> None:
    """Neither in its message nor in its traceback, whoever raised it."""
    (failure,) = left("import os\nimport numpy as np\nnp.load(os.path.expanduser('~/none.npy'))\n").failures
    assert failure.message.endswith("'~/none.npy'")
    places = failure.traceback.split('"')[1::2]
    assert places[0] == "work.py"
    assert len(places) > 1
    assert not [place for place in places if place.startswith("/")]


def test_megabytes_of_output_keep_beginning_and_end(executions: Executions) -> None:
    execution = executions("big_output.py")
    (output,) = execution.outputs
    assert execution.outcome is Outcome.OK
    assert output.content.startswith("first line")
    assert output.content.endswith("last line")
    assert len(output.content) <= 513 * 1024


def test_what_is_no_program_is_not_run(tmp_path: Path, supervisor: Supervisor) -> None:
    """Nor is a link followed."""
    (tmp_path / "link.py").symlink_to(__file__)
    for name, problem in (("s.pdf", "a PDF is no program"), ("link.py", "")):
        stray = Submission("s", "s", tmp_path / name, None, "", problem)
        execution = execute(stray, supervisor, functions=(), marks={}, limits=Limits())
        assert (execution.outcome, execution.message) == (Outcome.UNREADABLE, problem or "the file cannot be read")


def test_interpreter_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such interpreter"):
        Supervisor("none", tmp_path / "python")


def test_environment_of_the_caller_stays_outside(
    left: Left, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN_OF_THE_GRADER", "secret")
    text = "import os\nassert 'A_TOKEN_OF_THE_GRADER' not in os.environ\nprint(os.environ['HOME'])\n"
    with Supervisor("none", bare_python) as supervisor:
        execution = left(text, runs=supervisor)
    assert execution.outcome is Outcome.OK, execution.message
    assert execution.outputs[0].content != str(Path.home())


def test_a_kernel_that_crashes_ends_its_run_in_the_same_way(left: Left) -> None:
    """What earlier cells showed is there, as far as they have not cleared it themselves."""
    shows = "from IPython.display import clear_output\nprint('first')\nclear_output()\nprint('second')"
    execution = left(notebook(shows, "import os\nos.kill(os.getpid(), 11)", "print('third')"), "work.ipynb")
    assert execution.outcome is Outcome.CRASHED
    assert execution.message == "the program crashed (segmentation fault, SIGSEGV), while cell 2 was running"
    assert [output.content for output in execution.outputs] == ["second\n"]
