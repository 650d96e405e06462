"""Marks and names in a student's source, whose a model is, and where layers were created."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.execution.student.recorder import Recorder
from grader.execution.student.runner import never_depends_on_training
from grader.execution.student.source import layer_origins
from grader.execution.student.source.sources import (
    Source,
    Sources,
    Spot,
    location_of_model,
    marks_of,
)


def test_names_are_found_for_every_way_to_assign() -> None:
    text = "a = f()\nb.c = g()\nd['e'] = h()\ni: int = j()\nprint(k := l())\nm = n().o\np, q = r()\n"
    names = [name for names in Source("s.py", text).targets.values() for name in names]
    assert set(names) == {"a", "c", "e", "i", "k"}


def test_name_bound_nowhere_is_not_missing_for_want_of_training() -> None:
    """A name that some earlier code may bind could depend on how well a network learned."""
    error = NameError("name 'best' is not defined", name="best")

    def settled(error: Exception, *texts: str) -> bool:
        recorder = Recorder({"work": "/nowhere", "marks": {}})
        for text in texts:
            recorder.sources.add(text, Source("", text))
        return never_depends_on_training(recorder, error)

    assert settled(error, "x = 1")
    assert not settled(error, "if loss < 0.1:\n    best = 1")
    assert settled(SyntaxError("bad"))
    assert not settled(ValueError("bad"), "x = 1")


def test_lambda_goes_by_the_name_that_it_is_assigned_to() -> None:
    """`build = lambda: …` is a function called `build`; a nameless one is called nothing."""
    text = "\nbuild = lambda: 1\nlist(map(lambda x: x, [1]))"
    codes = [code for code in compile(text, "", "exec").co_consts if hasattr(code, "co_name")]
    source = Source("s.py", text)
    assert [source.function_of(code) for code in codes] == ["build", ""]


def spot(cell: int | None, line: int, mark: str) -> Spot:
    return Spot(Source("", "", cell, mark), line)


@pytest.mark.parametrize(
    ("spots", "marks", "place"),
    [
        ([spot(1, 8, "two_inputs"), spot(2, 2, "three_inputs")], ["three_inputs", "two_inputs"], (2, 2)),
        ([spot(1, 8, "two_inputs"), spot(2, 2, "")], ["", "two_inputs"], (2, 2)),
        ([spot(1, 8, ""), spot(2, 3, ""), spot(2, 9, "")], [], (2, 3)),
        ([spot(1, 8, ""), spot(1, 9, "")], [], (1, 8)),
        ([spot(None, 8, ""), spot(None, 30, "")], [], (None, 8)),
        ([spot(None, 8, ""), spot(2, 1, "")], [], (None, 8)),
    ],
)
def test_the_running_cell_has_the_first_mark_and_the_place(
    spots: list[Spot], marks: list[str], place: tuple[int | None, int]
) -> None:
    """A helper's mark follows; an empty first mark says that only the helper stands in an exercise's reach.

    Two models that one helper builds are told apart by the lines that call it; of a module, the line with `Model`.
    """
    location = location_of_model(spots)
    assert (marks_of(spots), (location["cell"], location["line"])) == (marks, place)


class Thing:
    """Stands for a layer."""

    name = "thing"


def test_layers_without_end_are_not_all_remembered(tmp_path: Path) -> None:
    """A loop that creates layers keeps no more places than the limit; dead layers make room for new ones. Two of one name
    have none."""
    files = Sources(str(tmp_path), ())
    files.add(__file__, Source("work.py", ""))  # this file as the student's own
    log = layer_origins.Created(files)
    alive = [Thing() for _ in range(layer_origins.MOST_ORIGINS + 10)]
    for thing in alive:
        log.note(thing, sys._getframe())
    assert len(log.origins) == layer_origins.MOST_ORIGINS
    assert [len(log.known_of(alive[:count])["layer_locations"]) for count in (1, 2)] == [1, 0]
    del alive, thing
    for _ in range(layer_origins.MOST_ORIGINS):
        log.note(Thing(), sys._getframe())
    assert len(log.origins) <= layer_origins.MOST_ORIGINS
