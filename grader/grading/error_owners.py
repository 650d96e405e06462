"""Whose errors they are, in a file that several exercises share.

The file has to run as a whole, so each exercise loses its points for that; but only the one whose network an error is
about says what to do, and the pages of the others point to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from grader.domain import Assignment, Execution, Location, Step
from grader.hints import cause, failing_to_fit

NOT_NEEDED = "not-needed"  # by one exercise, but perhaps by the other


def error_owners(
    execution: Execution, exercises: Sequence[Assignment], there: Set[str]
) -> dict[Location, tuple[str, ...]]:
    """The ids of the exercises that each error is the matter of, if there are any: that of the network whose training
    it ended, or, of those that are `there`, the one in whose part of the file it is, where it is not known what to
    write."""
    owners = dict[Location, tuple[str, ...]]()
    for failure in execution.failures:
        fitted = failing_to_fit(failure, execution)
        names = {name for model in fitted for name in model.marks or (*model.variables, model.function)}
        note = None if fitted else cause(failure, execution)
        if not fitted and not (note and note.edits and note.code != NOT_NEEDED):
            names = {failure.function, *failure.marks}
        ids = [exercise.id for exercise in exercises if exercise.called & names and (fitted or exercise.id in there)]
        owners[failure.location] = tuple(ids)
    return owners


def of_others(assignment: Assignment, owners: Mapping[Location, Sequence[str]]) -> dict[Location, str]:
    """The places of errors that are not the matter of this exercise, each with the id of one that it is of."""
    return {place: ids[0] for place, ids in owners.items() if ids and assignment.id not in ids}


def steps_of_others(others: Mapping[Location, str], here: Location) -> list[Step]:
    """Where the next steps for these errors are told, for somebody who looks at a place."""
    places = dict[str, Location]()
    for place, name in others.items():
        places.setdefault(name, place)
    return [step_of_other(name, f"{place.beside(here)} belongs to it") for name, place in places.items()]


def step_of_other(exercise: str, why: str = "the file must run as a whole") -> Step:
    """Where the next step is told: on the page of the exercise of this id."""
    return Step(f"Do the steps of `{exercise}` as well: {why}.", of_other=exercise)
