"""Whose errors they are, in a file that several exercises share.

The file has to run as a whole, so each exercise loses its points for that; but only the one whose network an error is
about knows what to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set

from grader.domain import Assignment, Execution, Location
from grader.hints import cause, failing_to_fit

NOT_NEEDED = "not-needed"  # by one exercise, but perhaps by the other


def error_owners(execution: Execution, exercises: Sequence[Assignment], there: Set[str]) -> Mapping[Location, Set[str]]:
    """The ids of the exercises that each error is the matter of, if there are any: that of the network whose training
    it ended, or, of those that are `there`, the one in whose part of the file it is, where it is not known what to
    write."""
    owners = defaultdict[Location, set[str]](set)
    for failure in execution.failures:
        fitted = failing_to_fit(failure, execution)
        names = {name for model in fitted for name in model.marks or (*model.variables, model.function)}
        note = None if fitted else cause(failure, execution)
        if not fitted and not (note and note.edits and note.code != NOT_NEEDED):
            names = {failure.function, *failure.marks}
        ids = {exercise.id for exercise in exercises if exercise.called & names and (fitted or exercise.id in there)}
        owners[failure.location] |= ids
    return owners


def of_others(assignment: Assignment, owners: Mapping[Location, Set[str]]) -> frozenset[Location]:
    """The places of errors that are not the matter of this exercise."""
    return frozenset(place for place, ids in owners.items() if ids and assignment.id not in ids)
