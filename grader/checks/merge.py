"""`merge`: which node joins the branches, how many it joins, and how wide the result is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, caused, passed
from grader.checks.options import Options
from grader.checks.view import View, counted, listed

TITLE = "Merging the branches"


class Spec(Options):
    """One node of this kind joins so many branches into a tensor of this width."""

    kind: Literal["merge"]
    node: Literal["Concatenate", "Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Dot"] = "Concatenate"
    joins: int = Field(2, ge=2, le=16, description="how many tensors it joins")
    width: int | None = Field(None, description="width of the result; left out where it is free")
    widths: list[int] = Field([], description="widths of tensors that it must join, beside free ones")


def check(spec: Spec, evidence: Evidence) -> Finding:
    seen = evidence.view
    call = _spelled(spec.node)
    expected = f"{call} of {spec.joins} branches" + (f", {spec.width} wide" if spec.width else "")
    actual = listed([f"{_spelled(m.kind)} of {m.joins}, {m.width} wide" for m in seen.merges])
    merges = [merge for merge in seen.merges if merge.kind == spec.node]
    hint = f"Join the branches with `{call}([…])`, and call the next layer on the result."
    if not merges:
        others = f", but {_spelled(seen.merges[0].kind)}" if seen.merges else ""
        message = f"No {call} joins the branches{others}."
        cause = evidence.blame("merge", "sharing", "missing", "wiring", "inputs")
        return caused(cause, message, expected=expected, actual=actual, hint=hint)
    fitting = [
        m
        for m in merges
        if m.joins == spec.joins and spec.width in (None, m.width) and _joins(seen, m.call, spec.widths)
    ]
    if len(fitting) == 1 == len(seen.merges):
        return passed("The branches are joined as asked.", expected=expected, actual=actual)
    if fitting:
        return caused(
            evidence.blame("extra", "wiring"),
            f"Beside the {call} that is asked for there is another merge.",
            expected=expected,
            actual=actual,
            hint="Join the branches at one place only.",
        )
    nearest = merges[0]
    if nearest.joins != spec.joins:
        message = f"{evidence.at(nearest.name)} joins {counted(nearest.joins, 'tensor')}; {spec.joins} are asked for."
        cause = evidence.blame("missing", "wiring", "extra", "sharing", "inputs")
    else:
        message = f"{evidence.at(nearest.name)} makes a tensor of width {nearest.width}, not the one asked for."
        cause = evidence.blame("width", "missing", "extra", "wiring", "sharing", "class")
    share = (
        nearest.joins / spec.joins if nearest.joins < spec.joins and _joins(seen, nearest.call, spec.widths) else 0.0
    )
    return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)


def _joins(seen: View, call: int, widths: list[int]) -> bool:
    """Whether tensors of these widths are among those joined."""
    found = [seen.graph.shape(tensor)[-1:] for tensor in seen.graph.calls[call].sources]
    return all(found.count((width,)) >= widths.count(width) for width in widths)


def _spelled(kind: str) -> str:
    return kind.lower()
