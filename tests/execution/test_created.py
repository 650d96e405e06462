"""Places of layers are remembered as long as the layers live, and never without bound."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.execution.student import created
from grader.execution.student.locate import Source, Sources


class Thing:
    """Stands for a layer."""

    name = "thing"


def sources(tmp_path: Path) -> Sources:
    """This file as the student's own."""
    found = Sources(str(tmp_path), ())
    found.add(__file__, Source("work.py", ""))
    return found


def test_a_layer_has_the_line_that_created_it(tmp_path: Path) -> None:
    """And another layer, at the same address after it is gone, has none."""
    log = created.Created(sources(tmp_path))
    thing, other = Thing(), Thing()
    log.note(thing, sys._getframe())
    location = log.location_of(thing)
    assert location is not None
    assert (location["file"], location["line"]) == ("work.py", sys._getframe().f_lineno - 3)
    assert log.location_of(other) is None
    assert log.locations_in([thing, other]) == {}  # two layers of one name


def test_layers_without_end_are_not_all_remembered(tmp_path: Path) -> None:
    """A loop that creates layers keeps no more places than the limit; dead layers make room for new ones."""
    log = created.Created(sources(tmp_path))
    alive = [Thing() for _ in range(created.MOST_LOCATIONS + 10)]
    for thing in alive:
        log.note(thing, sys._getframe())
    assert len(log.locations) == created.MOST_LOCATIONS
    del alive, thing
    for _ in range(created.MOST_LOCATIONS):
        log.note(Thing(), sys._getframe())
    assert len(log.locations) <= created.MOST_LOCATIONS
