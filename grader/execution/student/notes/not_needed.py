"""Statements that fail and that nothing needs which is graded: they may go, with those that only use what they give."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..source.sources import Source
from ..source.statements import bound_by, last_name, reads
from ..source.written_calls import Conclusion, elsewhere
from .failed_calls import Failed
from .keras2 import MODELS

GRADED = (*MODELS, "Input", "compile", "fit", "add")
MOST_GONE = 6
Placed = tuple[Source, ast.stmt]


def not_needed(failed: Failed) -> Iterator[Conclusion]:
    """Where a model has been built, and nothing else is known of the line: what shows or uses it, and counts for
    nothing."""
    around, recorder = failed.source.statements_at(failed.line), failed.recorder
    place = recorder.sources.location_of_error(failed.error)
    if not recorder.records or not around or any(note["location"] == place for note in recorder.notes):
        return
    block = _block(failed.source, around[-1])
    gone = [(failed.source, around[-1])]
    later = [(failed.source, statement) for statement in block if statement.lineno > around[-1].lineno]
    if around[-1] in failed.source.tree.body:
        cells = sorted((number, part) for number, part in recorder.cells.items() if number > (failed.cell or 0))
        later += [(part, statement) for _, part in cells for statement in part.tree.body]
    names = bound_by([*ast.walk(around[-1])])
    for part, statement in later:
        if names & reads(statement):
            gone.append((part, statement))
            names |= bound_by([*ast.walk(statement)])
    is_whole = len(block) == len([statement for _, statement in gone if statement in block])
    if len(gone) <= MOST_GONE and not is_whole and not any(map(_is_graded, gone)):
        yield "not-needed", elsewhere((part, entry.lineno, "", ast.unparse(entry)) for part, entry in gone)


def _block(source: Source, statement: ast.stmt) -> Sequence[ast.stmt]:
    """The statements among which one stands."""
    parts = [getattr(node, name, None) for node in source.nodes for name in ("body", "orelse", "finalbody")]
    return next((part for part in parts if isinstance(part, list) and statement in part), [])


def _is_graded(placed: Placed) -> bool:
    """Whether a statement does more than give names something, or builds, compiles or trains a network."""
    calls = [node for node in ast.walk(placed[1]) if isinstance(node, ast.Call)]
    is_other = not isinstance(placed[1], (ast.Expr, ast.Assign))
    return is_other or any(last_name(call.func) in GRADED or isinstance(call.func, ast.Call) for call in calls)
