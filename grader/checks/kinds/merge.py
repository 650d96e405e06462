"""`merge`: which node joins the branches, how many it joins, and how wide the result is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed
from grader.checks.network_view import MergeView, View, view
from grader.domain import Subject
from grader.domain.words import counted, listed

TITLE = "Merging the branches"
SUBJECTS: tuple[Subject, ...] = ("merge",)


class Spec(CheckOptions):
    """A single layer of this kind joins this many branches, each of them once, into a tensor of this width."""

    kind: Literal["merge"]
    node: Literal["Concatenate", "Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Dot"] = "Concatenate"
    joins: int = Field(2, ge=2, le=16, description="the number of tensors that it joins")
    width: int | None = Field(None, description="width of the result; omit it if it is free")
    widths: list[int] = Field([], description="widths of tensors that it must join; the others are free")


def check(spec: Spec, evidence: Evidence) -> Finding:
    seen = evidence.view
    call = spec.node.lower()
    expected = f"`{call}` of {spec.joins} branches" + (f", result of width {spec.width}" if spec.width else "")
    actual = listed([_described(m) for m in seen.merges])
    merges = [merge for merge in seen.merges if merge.kind == spec.node]
    whole = [m for m in merges if m.branches == m.joins == spec.joins]
    fitting = [m for m in whole if _is_wide(spec, evidence, m)]
    if len(fitting) == 1 == len(seen.merges):
        return passed("The branches are joined as expected.", expected=expected, actual=actual)
    share = 0.0
    if merges and not whole:
        absent = spec.joins - merges[0].branches
        counts = absent >= 0 and _lacking(evidence, merges[0], spec.widths) <= absent
        share = merges[0].branches / spec.joins if counts else 0.0
    return caused(
        evidence.root(SUBJECTS, {merges[0].name}.union(*_origins(seen, merges[0])) if merges else ()),
        f"The exercise asks for one merge, {expected}; found: {actual}.",
        expected=expected,
        actual=actual,
        hint=f"Join the branches in one place, with `{call}([…])`, each of the {spec.joins} branches once.",
        share=share,
    )


def _is_wide(spec: Spec, evidence: Evidence, merge: MergeView) -> bool:
    """Whether a merge has the expected width, or would have it with the right width of each branch that it joins.

    A wrong width is the business of `widths` and `graph`; this check only looks at what is joined.
    """
    if _lacking(evidence, merge, spec.widths):
        return False
    return spec.width in (None, merge.width) or not _lacking(evidence, merge, _expected_widths(spec, evidence))


def _expected_widths(spec: Spec, evidence: Evidence) -> tuple[int | None, ...]:
    """The widths that the reference's merge joins; an impossible width if there is no such merge."""
    merges = view(evidence.reference).merges if evidence.reference else ()
    return next((m.widths for m in merges if (m.kind, m.joins) == (spec.node, spec.joins)), (-1,))


def _lacking(evidence: Evidence, merge: MergeView, widths: Sequence[int | None]) -> int:
    """How many tensors of these widths are not joined, not counting branches with only a wrong width."""
    lacking = Counter(widths) - Counter(merge.widths)
    wrong = (
        {difference.layer for difference in evidence.differences if difference.kind in ("width", "inputs")}
        if lacking
        else set()
    )
    return max(0, lacking.total() - sum(bool(wrong & names) for names in _origins(evidence.view, merge)))


def _origins(seen: View, merge: MergeView) -> Iterator[set[str]]:
    """By branch, the layer that decides its width, and all after it, such as a pooling, which keep that width."""
    wide = {layer.name for layer in seen.layers}
    for branch in seen.graph.calls[merge.call].sources:
        names, waiting = set[str](), [branch]
        for tensor in waiting:
            call = seen.graph.calls[tensor.call]
            names.add(name := seen.graph.layers[call.layer].name)
            if name not in wide and len(call.sources) == 1:
                waiting += call.sources
        yield names


def _described(merge: MergeView) -> str:
    branches = f" ({counted(merge.branches, 'branch', 'branches')})" if merge.branches < merge.joins else ""
    return f"`{merge.kind.lower()}` of {merge.joins} tensors{branches}, result of width {merge.width}"
