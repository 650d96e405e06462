"""What a grade says in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grader.domain import Grade, Location, Note, Status
from grader.reporting import grade_document
from grader.reporting.wording import (
    CHECK_MARKS,
    GRADE_MARKS,
    group_title,
    how_found,
    how_it_learned,
    how_it_ran,
    next_step,
    note_groups,
    other_notes,
    points,
    told_before,
    verdict,
)


def test_verdict_is_the_first_failed_checks_message(grade_of: Callable[..., Grade]) -> None:
    """The cause comes first, then its next step."""
    document = grade_document(grade_of("wrong"))

    assert verdict(document) == "Cell 5 raised an error, line 2."
    assert next_step(document) == "Plot as many epochs as ran."


def test_a_grader_fault_is_never_the_students(grade_of: Callable[..., Grade]) -> None:
    """An errored check is called a grader error."""
    assert "not your fault" in verdict(grade_document(grade_of("review")))


def test_a_package_that_is_missing_where_it_is_graded_is_never_the_students(grade_of: Callable[..., Grade]) -> None:
    """It comes before whatever failed because of it, with no next step."""
    document = grade_document(grade_of("wrong"))
    missing = {"code": "missing-package", "message": "A package is not installed: pandas", "cell": 1, "line": 1}
    document |= {"status": "needs_review", "notes": [missing]}
    assert (verdict(document), next_step(document)) == ("A package is not installed: pandas", "")
    assert verdict({**document, "status": "graded"}) == "Cell 5 raised an error, line 2."


def test_full_marks_by_a_person_are_the_verdict(grade_of: Callable[..., Grade]) -> None:
    document = grade_document(grade_of("wrong"))
    decided = {"code": "override", "message": "Set by a person: total = 10", "cell": None, "line": None}
    assert verdict(document | {"score": document["max_score"], "notes": [decided]}) == "Set by a person: total = 10"


def test_learning_is_told_in_runs_and_epochs(grade_of: Callable[..., Grade]) -> None:
    """Hits are counted over the runs, misses name the smallest error."""
    assert how_it_learned(grade_document(grade_of("wrong"))) == "Learned in 1 of 2 runs, at about epoch 325."
    assert how_it_learned(grade_document(grade_of("hostile"))).startswith("Learned in 0 of 1 run: smallest error not a")
    assert how_it_learned(grade_document(grade_of("unreadable"))) == ""


def test_too_few_hits_and_a_near_miss_are_told_as_such(grade_of: Callable[..., Grade]) -> None:
    """A vote that was lost, a result too near to decide and a diagnosis each have their words."""
    grade = grade_of("wrong")
    assert grade.training
    lost = replace(grade, training=replace(grade.training, outcome="missed"))
    run = replace(grade.training.runs[0], diagnosis="plateau: the error stays at 0.17")
    near = replace(grade, training=replace(grade.training, outcome="borderline", runs=(run,)))

    assert how_it_learned(grade_document(lost)).endswith("at about epoch 325, which is too few.")
    assert how_it_learned(grade_document(near)).endswith(
        "threshold 0.01. This is too close to the threshold to decide. Plateau: the error stays at 0.17."
    )


def test_a_note_that_is_a_next_step_is_not_told_again(grade_of: Callable[..., Grade]) -> None:
    """Notes beside it are."""
    grade = grade_of("good")
    step = replace(grade.results[0], status=Status.FAILED, hint="Name the layer.")
    told = replace(grade, results=(step,), notes=(*grade.notes, Note("history-key", "Name the layer.", Location())))
    assert [note["code"] for note in other_notes(grade_document(told))] == ["keras2-import"]


def test_what_was_skipped_for_a_known_cause_has_a_next_step(grade_of: Callable[..., Grade]) -> None:
    """As where the exercise's own function raises; a fault of the grader's comes first."""
    grade = grade_of("good")
    skipped = replace(grade.results[0], status=Status.SKIPPED, hint="Write `np` in place of `npp`.")
    assert next_step(grade_document(replace(grade, results=(skipped,)))) == "Write `np` in place of `npp`."
    errored = replace(grade.results[1], status=Status.ERRORED)
    assert next_step(grade_document(replace(grade, results=(skipped, errored)))) == ""


def test_locations_are_named(grade_of: Callable[..., Grade]) -> None:
    """The model and the failure are each told with cell and line."""
    document = grade_document(grade_of("wrong"))

    assert how_found(document) == "Graded: the model `two_inputs`, built in cell 3, line 7, chosen by its name."
    assert how_it_ran(document).startswith("The code raised an error in cell 5, line 2: ValueError")


def test_a_reason_is_told_once(grade_of: Callable[..., Grade]) -> None:
    """Of checks that all miss for one reason, the first tells it."""
    checks = grade_document(grade_of("empty"))["checks"]

    sentence = f'For the same reason as "{checks[0]["title"]}".'
    assert told_before(checks) == {check["id"]: sentence for check in checks[1:]}
    assert told_before(grade_document(grade_of("wrong"))["checks"]) == {}


def test_a_check_that_failed_for_two_reasons_names_both() -> None:
    """The whole network repeats what two checks say, and not what a third says."""

    def check(name: str, message: str, *others: str) -> dict[str, Any]:
        differences = [{"message": one} for one in (message, *others)]
        told = {"status": "failed", "message": message, "hint": f"Change {message}", "differences": differences}
        return {"id": name, "kind": name, "title": name.capitalize(), **told}

    checks = [check("inputs", "One."), check("widths", "Two; also wrong in `h`."), check("merge", "Three.")]
    heads = check("heads", "Output `o` (line 9) ends in `relu`; it must be linear.")
    whole = check("graph", "One.", "Two.", "Layer `o` (line 9): expected no activation, found `relu`.")
    sentence = 'For the same reasons as "Inputs", "Widths" and "Heads".'
    assert told_before([*checks, heads, whole]) == {"graph": sentence}
    assert told_before([*checks, check("graph", "One.")]) == {"graph": 'For the same reason as "Inputs".'}
    assert told_before([*checks, check("graph", "One.", "Nobody says this.")]) == {}
    alike = {**check("graph", "One.", "The same in another layer."), "actual": ""}
    assert told_before([*checks, alike]) == {"graph": 'For the same reason as "Inputs".'}
    assert told_before([check("inputs", "It is 0.5."), check("graph", "It is 0.")]) == {}


def test_no_two_statuses_look_alike() -> None:
    """Symbols and words differ from status to status."""
    for marks in (CHECK_MARKS, GRADE_MARKS):
        assert len({mark.word for mark in marks.values()}) == len(marks)
    assert len({mark.symbol for mark in GRADE_MARKS.values()}) == len(GRADE_MARKS)


def test_notes_that_cost_points_are_not_said_to_cost_none() -> None:
    """They stand apart; and where nothing was graded, nothing is said of points."""
    notes = [{"code": "a", "message": "a"}, {"code": "b", "message": "b", "costs": True}]
    document = {"status": "graded", "checks": [], "notes": notes}
    (_, lost, costly), (_, free, rest) = note_groups(document)
    assert ([one["code"] for one in costly], [one["code"] for one in rest]) == (["b"], ["a"])
    assert (lost, free) == ("You lost points above because of these.", "These do not cost points.")
    nothing = {**document, "status": "not_graded", "notes": notes[:1]}
    assert [story for _, story, _ in note_groups(nothing)] == [""]


def test_a_group_of_two_mistakes_is_told_from_one_of_the_first() -> None:
    assert group_title("Too wide.", ["Too wide."]) == "Too wide."
    assert group_title("Too wide.", ["Too wide.", "Not linear."]) == "Too wide. (and 1 more)"


def test_a_check_of_no_points_is_not_scored() -> None:
    assert points({"score": 1, "max_score": 2}) == "1 / 2"
    assert points({"score": 0, "max_score": 0}) == "not scored"
