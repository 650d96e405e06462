"""Why a network that a file has the code for was not built."""

from __future__ import annotations

import time

import pytest

from grader.domain import Execution, Failure, Location, Note, Outcome, RecordedModel, Source, SourceCell
from grader.grading.unbuilt import MOST_TEXT, NEVER_CALLED, blamed_first, no_network, unbuilt, unfinished

FILE = "work.py"


def ended(*failures: Failure, outcome: Outcome = Outcome.OK, built: int = 0, notes: tuple[Note, ...] = ()) -> Execution:
    """A run with these errors, which built a network on the line `built`."""
    where = Location(None, built, FILE)
    model = RecordedModel(0, "functional", "Functional", ("net",), "", False, where, (), None, "")
    models = (model,) if built else ()
    return Execution(outcome, 1.0, "none", models=models, failures=failures, notes=notes)


def error(line: int, kind: str = "FileNotFoundError") -> Failure:
    return Failure(kind, "it is not there", Location(None, line, FILE))


def missing(text: str, execution: Execution) -> list[tuple[str, int | None, str]]:
    found = unbuilt(Source(FILE, (SourceCell(None, text),)), execution)
    return [(one.name, one.location.line, one.reason) for one in found]


def test_a_function_that_nothing_calls_is_named() -> None:
    """Also one that only another such function calls; a mention in a string or a comment calls nothing."""
    text = (
        "def block(x):\n    return keras.Sequential([x])\n"
        "def build():\n# build() is it\n    '''build() is it'''\n    return Model(block(1), 2)\n"
        "print('build()')  # build()\n"
    )
    assert missing(text, ended()) == [("block", 1, NEVER_CALLED), ("build", 3, NEVER_CALLED)]
    source = Source(FILE, (SourceCell(None, text),))
    assert no_network(source, ended()) == "nothing calls `block` on line 1 and `build` on line 3, which would build one"
    assert unbuilt(source, ended(), called=("build",)) == ()


def test_a_class_of_ones_own_counts_if_it_is_a_model() -> None:
    text = "class Net(keras.Model):\n    pass\ndef build():\n    return Net()\nclass Layer(keras.Layer):\n    pass\n"
    assert missing(text, ended()) == [("Net", 1, NEVER_CALLED), ("build", 3, NEVER_CALLED)]


def test_what_needs_a_lost_value_is_lost_by_the_same_error() -> None:
    """By way of other names, and not by an error that took something else."""
    text = (
        "data = read()\n"  # fails
        "words = set(data)\n"
        "first = Model(1, len(words))\n"
        "plot()\n"  # fails
        "second = Model(1, len(words))\n"
        "built = Model(1, 2)\n"
    )
    because = "because of the FileNotFoundError on line 1"
    run = ended(error(1), error(4, "ValueError"), outcome=Outcome.ERROR, built=6)
    assert missing(text, run) == [("first", 3, because), ("second", 5, because)]


def test_a_model_to_which_a_layer_was_not_added_is_unfinished() -> None:
    text = "data = read()\nm = Sequential()\nm.add(Dense(data.size))\nm.add(Dense(no))\nn = Sequential()\nn.add(Dense(1))\n"
    run = ended(error(1), error(4, "NameError"), outcome=Outcome.ERROR)
    found = unfinished(Source(FILE, (SourceCell(None, text),)), run)
    assert found == {"m": "because of the FileNotFoundError on line 1"}
    assert unfinished(Source(FILE, (SourceCell(None, text),)), ended()) == {}


def test_a_name_that_has_a_value_again_is_lost_no_more() -> None:
    text = "data = read()\ndata = [1]\nplot()\nnet = Model(data, 2)\n"
    run = ended(error(1), error(3, "ValueError"), outcome=Outcome.ERROR)
    assert missing(text, run) == [("net", 4, "perhaps because of the ValueError on line 3")]


def test_an_error_within_a_function_is_why_its_network_is_not_there() -> None:
    text = "def build():\n    x = Dense(0)\n    return Model(x, x)\nnet = build()\n"
    run = ended(error(2, "ValueError"), outcome=Outcome.ERROR)
    assert missing(text, run) == [("build", 1, "because of the ValueError on line 2")]


def test_a_package_that_is_not_there_is_a_reason() -> None:
    note = Note("missing-package", "faker", Location(None, 1, FILE))
    text = "names = faker.names()\nnet = Model(len(names), 2)\n"
    because = "because the package `faker` is not installed"
    assert missing(text, ended(notes=(note,))) == [("net", 2, because)]
    assert no_network(Source(FILE, (SourceCell(None, text),)), ended(notes=(note,))) == because


def test_what_a_package_that_is_not_there_would_have_given_is_lost() -> None:
    """The program goes on without it, and nothing else is."""
    note = Note("package-absent", "keras_nlp", Location(None, 1, FILE))
    text = "import keras_nlp as nlp\nx = nlp.Layer()(x)\nfirst = Model(x, x)\nif 0:\n    second = Model(1, 2)\n"
    because = "because the package `keras_nlp` is not installed"
    assert missing(text, ended(notes=(note,))) == [("first", 3, because)]


def test_nothing_is_said_of_what_was_built_or_passed_by() -> None:
    text = "net = Model(1, 2)\nif net is None:\n    other = Model(1, 3)\n"
    assert missing(text, ended(built=1)) == []


def test_a_note_is_a_reason_by_its_name() -> None:
    """Where no error says what is wrong; `grader explain` tells the rest."""
    note = Note("other-keras", "", Location(None, 1, FILE))
    text = "from tensorflow.python.keras import Model\nnet = Model(1, 2)\n"
    because = "because of what the note `other-keras` on line 1 says"
    assert missing(text, ended(notes=(note,))) == [("net", 2, because)]


def test_what_never_ran_is_not_lost_by_what_it_would_have_done() -> None:
    note = Note("keras2-removed", "", Location(None, 2, FILE))
    text = "data = read()\nnet = Model(input=data, output=2)\n"
    run = ended(error(1), outcome=Outcome.ERROR, notes=(note,))
    assert missing(text, run) == [("net", 2, "because of the FileNotFoundError on line 1")]


def test_the_error_to_blame_comes_first() -> None:
    text = "plot()\ndata = read()\nnet = Model(data, 2)\nplot()\n"
    run = ended(error(1, "ValueError"), error(2), error(4, "ValueError"), outcome=Outcome.ERROR)
    found = unbuilt(Source(FILE, (SourceCell(None, text),)), run)
    assert [one.location.line for one in blamed_first(found, run.failures)] == [2, 1, 4]


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.CRASHED])
def test_a_program_that_was_stopped_did_not_get_there(outcome: Outcome) -> None:
    assert missing("wait()\nnet = Model(1, 2)\n", ended(outcome=outcome)) == [("net", 2, "the program ended before it")]


def test_a_program_without_networks_says_so() -> None:
    assert no_network(Source(FILE, (SourceCell(None, "print(1)"),)), ended()) == "no line that ran builds one"
    note = Note("package-absent", "networks", Location(None, 1, FILE))
    perhaps = "no line that ran builds one, perhaps for want of the package `networks`"
    assert no_network(None, ended(notes=(note,))) == perhaps


@pytest.mark.parametrize(
    "piece",
    ['"""', "'''\\", "'", " ", "a.", "a = ", "def f(a):\n", "f(", "class a(b.", "Model ", "a, ", "f = f2; f2\n"],
)
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    """A graded file is a student's."""
    source = Source(FILE, (SourceCell(None, piece * (MOST_TEXT // len(piece))),))
    start = time.process_time()
    unbuilt(source, ended(error(1)))
    assert time.process_time() - start < 20
