"""Why a network that a file has the code for was not built."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.domain import (
    Execution,
    Failure,
    FitCall,
    Location,
    Note,
    Outcome,
    RecordedModel,
    SourceCell,
    SourceFile,
    Submission,
)
from grader.grading.missing_network import (
    MOST_TEXT,
    NEVER_CALLED,
    absent_from,
    no_network,
    remnants,
    unbuilt,
    with_failure_after,
)

FILE = "work.py"


def ended(*failures: Failure, outcome: Outcome = Outcome.OK, built: int = 0, notes: tuple[Note, ...] = ()) -> Execution:
    """A run with these errors, which built a network on the line `built`."""
    location = Location(None, built, FILE)
    model = RecordedModel(0, "functional", "Functional", ("net",), "make", False, location, (), None, "")
    models = (model,) if built else ()
    return Execution(outcome, 1.0, "none", models=models, failures=failures, notes=notes)


def error(line: int, kind: str = "FileNotFoundError") -> Failure:
    return Failure(kind, "it is not there", Location(None, line, FILE))


def missing(text: str, execution: Execution) -> list[tuple[str, int | None, str]]:
    networks = unbuilt(SourceFile(FILE, (SourceCell(None, text),)), execution)
    return [(network.name, network.location.line, network.reason) for network in networks]


def test_a_function_that_nothing_calls_is_named() -> None:
    """And not what it calls itself; a mention in a string or a comment calls nothing. A class that is a model counts."""
    text = (
        "class Net(keras.Model):\n    pass\nclass Layer(keras.Layer):\n    pass\ndef block(x):\n    return Net([Layer(), x])\n"
        "def build():\n# build() is it\n    '''build() is it'''\n    return Model(block(1), 2)\n"
        "print('build()')  # build()\n"
    )
    assert missing(text, ended()) == [("build", 7, NEVER_CALLED)]
    source = SourceFile(FILE, (SourceCell(None, text),))
    assert no_network(source, ended()) == "nothing calls `build` on line 7, which would build one"
    assert unbuilt(source, ended(), called=("build",)) == ()


def failing(*failures: Failure, built: int = 0, notes: tuple[Note, ...] = ()) -> Execution:
    return ended(*failures, outcome=Outcome.ERROR, built=built, notes=notes)


PERHAPS = "perhaps because of the FileNotFoundError on line 1"


@pytest.mark.parametrize(
    ("text", "run", "expected"),
    [
        ("data = read()\nwords = set(data)\nfirst = Model(1, len(words))\nplot()\nsecond = Model(1, words)\nbuilt = Model(1, 2)\n",
         failing(error(1), error(4, "ValueError"), built=6), [("first", 3, PERHAPS), ("second", 5, PERHAPS)]),
        ("data = read()\nnet = Model(data, 2)\n",
         failing(error(1), error(2, "ValueError")), [("net", 2, "because of the ValueError on line 2")]),
        ("def build():\n    x = Dense(0)\n    return Model(x, x)\nnet = build()\n",
         failing(error(2, "ValueError")), [("build", 1, "because of the ValueError on line 2")]),
        # Whatever had its name before; what a function makes that has made another one, too.
        ("net = Model(1, 2)\nnet = Model(0, 2)\n",
         failing(error(2, "ValueError"), built=1), [("net", 2, "because of the ValueError on line 2")]),
        ("def make(): return Model(1, 2)\nnet = make()\nother = make(0)\n",
         failing(error(3, "ValueError"), built=1), [("other", 3, "because of the ValueError on line 3")]),
        ("net = Model(1, 2)\nif net is None:\n    other = Model(1, 3)\n", ended(built=1), []),
        ("wait()\nnet = Model(1, 2)\n", ended(outcome=Outcome.TIMEOUT), [("net", 2, "the program ended before it")]),
        ("wait()\nnet = Model(1, 2)\n", ended(outcome=Outcome.CRASHED), [("net", 2, "the program ended before it")]),
    ],
    ids=["something before", "its own error", "within a function", "of a name", "by a function", "passed by", "stopped", "crashed"],
)  # fmt: skip
def test_what_keeps_a_network_from_being_built_is_named(
    text: str, run: Execution, expected: list[tuple[str, int, str]]
) -> None:
    assert missing(text, run) == expected


def test_a_program_without_networks_says_so() -> None:
    assert no_network(SourceFile(FILE, (SourceCell(None, "print(1)"),)), ended()) == "no line that ran builds one"
    notes = {
        ("other-keras", ""): "it uses another Keras than Keras 3, and the grader does not see what that builds",
        ("package-absent", "networks"): "no line that ran builds one, perhaps for want of the package `networks`",
    }
    for (code, detail), reason in notes.items():
        assert no_network(None, ended(notes=(Note(code, detail, Location(None, 1, FILE)),))) == reason


@pytest.mark.parametrize(
    "piece",
    ['"""', "'''\\", "'", " ", "a.", "a = ", "def f(a):\n", "f(", "class a(b.", "Model ", "a, ", "f = f2; f2\n"],
)
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    source = SourceFile(FILE, (SourceCell(None, piece * (MOST_TEXT // len(piece))),))
    start = time.process_time()
    unbuilt(source, ended(error(1)))
    assert time.process_time() - start < 20


PART = "def part():\n    return Model(a, b)\ndef build_it():\n    part()\n    m = Model(a, c)\n    m.complie()\n"


@pytest.mark.parametrize(("built", "remnant"), [([2], True), ([2, 5], False)], ids=["a part", "the network"])
def test_what_a_function_built_before_it_raised(tmp_path: Path, built: list[int], *, remnant: bool) -> None:
    """A part of a network that is not there is nobody's answer; a network is, and has the error."""
    entry = tmp_path / FILE
    entry.write_text(PART)
    models = tuple(replace(ended(built=line).models[0], function="build_it") for line in built)
    failure = error(5 if remnant else 6)
    execution = replace(ended(), models=models, function_failures={"build_it": failure})
    assert (models[-1].index in remnants(execution, entry)) is remnant
    assert with_failure_after(models[-1], execution).failures == (failure,)
    met = replace(execution, failures=(failure,))  # by the program itself, which calls the function too
    assert (models[-1].index in remnants(met, entry)) is remnant
    assert with_failure_after(models[-1], met).failures == (failure,)
    fit = FitCall(2, Location(), 1, 32, True, True)  # by the program itself, before the grader called the function
    for changes in ({"function": ""}, {"returned": True}, {"fits": (fit,)}):
        model = replace(models[0], **changes)
        assert not remnants(replace(execution, models=(model,)), entry)
        assert with_failure_after(model, execution).failures == ()


NOTHING = "No Keras model was built: no line that ran builds one."


@pytest.mark.parametrize(
    ("text", "execution", "reason"),
    [
        ("part = Model(a, b)\nopen('no.csv')\none_input = Model(a, part(c))\n", failing(error(2), built=1),
         "`one_input` on line 3 was not built, perhaps because of the FileNotFoundError on line 2."),
        # The function of the starter, which many leave half finished.
        ("def build_one_input():\n    return None\n", ended(),
         f"{NOTHING} Build it in `build_one_input`, compile it there, and return it."),
        ("x = 1\n", ended(), f"{NOTHING} Build it, compile it, and name it `one_input`."),
    ],
    ids=["lost", "a function", "nothing"],
)  # fmt: skip
def test_the_own_network_that_was_lost_is_named_or_where_to_build_it(
    tmp_path: Path, text: str, execution: Execution, reason: str
) -> None:
    (assignment,) = load_course(["one_input"]).assignments
    (entry := tmp_path / FILE).write_text(text, "utf-8")
    assert absent_from(Submission("s", "s", entry, None, ""), execution, assignment, ()).match.reason == reason
