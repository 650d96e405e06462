"""Statements that fail and that nothing needs which is graded: they may go, with those that only use what they give."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set

from ..source.sources import Source
from ..source.statements import bound_by, last_name, reads
from ..source.written_calls import Conclusion, elsewhere
from .failed_calls import Failed
from .keras2 import MODELS

GRADED = frozenset({*MODELS, "Input", "compile", "fit", "add"})
# What only shows something, or looks at it.
SHOWING = ("print", "display", "summary", "predict", "evaluate", "score", "round", "sum", "set_random_seed", "normal")
PICTURES = ("plt", "ax", "axes", "fig", "sns")
MOST_GONE = 6
Placed = tuple[Source, ast.stmt]


def not_needed(failed: Failed) -> Iterator[Conclusion]:
    """Where a model has been built, or steps have written what builds it, and nothing else is known of the line: what
    shows or uses it, and counts for nothing."""
    around, recorder = failed.source.statements_at(failed.line, failed.span[2]), failed.recorder
    place = recorder.sources.location_of_error(failed.error)
    noted = [note["location"] for note in recorder.notes]
    lines = [node for node in failed.source.nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = bound_by(line for line in lines if failed.source.location(line.lineno) in noted)
    written = any(edit["last"] for step in recorder.job["steps"] for edit in step["edits"])
    if not (recorder.records or written) or not around or place in noted or imported & reads(around[-1]):
        return
    block = _block(failed.source, around[-1])
    gone = [(failed.source, around[-1])]
    later = [(failed.source, statement) for statement in block[block.index(around[-1]) + 1 :]]
    if around[-1] in failed.source.tree.body:
        cells = sorted((number, part) for number, part in recorder.cells.items() if number > (failed.cell or 0))
        later += [(part, statement) for _, part in cells for statement in part.tree.body]
    names = bound_by([*ast.walk(around[-1])])
    for part, statement in later:
        if names & reads(statement):
            gone.append((part, statement))
            names |= bound_by([*ast.walk(statement)])
    is_whole = len(block) == len([statement for _, statement in gone if statement in block])
    is_function = isinstance(around[-2:][0], (ast.FunctionDef, ast.ClassDef))  # which needs a statement
    needed = [entry for entry in gone[1:] if not _is_compile(entry)]  # which a check writes anew
    is_model = failed.keras is not None and isinstance(getattr(failed.error, "obj", None), failed.keras.Model)
    is_nothing = is_model and isinstance(around[-1], ast.Expr)  # that models can do
    needed += [] if is_nothing else gone[:1]
    builders = GRADED.union(*map(_building, recorder.program))
    is_graded = any(_is_graded(statement, builders) for _, statement in needed)
    if len(gone) <= MOST_GONE and not (is_whole and is_function) and not is_graded:
        yield "not-needed", elsewhere((part, entry.lineno, "", ast.unparse(entry)) for part, entry in gone)


def _block(source: Source, statement: ast.stmt) -> Sequence[ast.stmt]:
    """The statements among which one stands."""
    parts = [getattr(node, name, None) for node in source.nodes for name in ("body", "orelse", "finalbody")]
    return next((part for part in parts if isinstance(part, list) and statement in part), [])


def _is_compile(placed: Placed) -> bool:
    call = placed[1].value if isinstance(placed[1], ast.Expr) else None
    return isinstance(call, ast.Call) and last_name(call.func) == "compile"


def _building(source: Source) -> set[str]:
    """The functions of a program that build or train a network."""
    return {name for name, function in source.functions.items() if _called(function) & GRADED}


def _called(part: ast.AST) -> set[str]:
    return {last_name(node.func) for node in ast.walk(part) if isinstance(node, ast.Call)}


def _is_graded(statement: ast.stmt, builders: Set[str]) -> bool:
    """Whether a statement does more than show something or give names something, or builds or trains a network."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    if _called(statement) & builders or any(isinstance(call.func, ast.Call) for call in calls):
        return True
    if isinstance(statement, ast.Assign):
        targets = [node for target in statement.targets for node in ast.walk(target)]
        return not all(isinstance(node, (ast.Name, ast.Tuple, ast.List, ast.expr_context)) for node in targets)
    return not isinstance(statement, ast.Expr) or (
        isinstance(statement.value, ast.Call) and not _shows(statement.value)
    )


def _shows(call: ast.Call) -> bool:
    return last_name(call.func) in SHOWING or ast.unparse(call.func).split(".")[0] in PICTURES
