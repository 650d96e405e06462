"""What a difference is put into words with: both networks, their pairs, and the student's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.domain import Difference, Layer, Location, Value
from grader.domain.words import listed
from grader.graph.differences.blocks import Blocks
from grader.graph.differences.changes import Change
from grader.graph.differences.names import LayerNames, spelled


@dataclass(frozen=True)
class DifferenceWriter:
    """Two networks, where the student's layers were created, and layers that were built but lead to no output.

    `found` are those of them that were reported in place of a missing block, by the number of that block. `widths` are
    the layers of the student's with a wrong width, and what each should be: the class and the width.
    """

    theirs: Blocks
    ours: Blocks
    partners: Mapping[int, int]  # ours to theirs
    names: LayerNames
    unused: list[Layer]
    found: dict[int, Layer] = field(default_factory=dict)
    widths: Mapping[str, tuple[str, Value]] = field(default_factory=dict)

    def name(self, number: int) -> str:
        return self.names.name(self.theirs[number].name)

    def at(self, number: int) -> str:
        """A layer's name with its location."""
        return self.names.at(self.theirs[number].name)

    def result(self, number: int) -> str:
        """What a call returns: of a layer that is called several times, with what it is called on."""
        block = self.theirs[number]
        if len(self.theirs.calls[block.layer]) == 1 or not block.sources:
            return self.name(number)
        return f"{self.names.called(block.name)} on {listed([self.name(source) for source in block.sources])}"

    def location(self, number: int) -> Location | None:
        return self.names.locations.get(self.theirs[number].name)

    def counterpart(self, number: int) -> str:
        """A block of the reference by the student's name for it, if there is one."""
        return self.name(self.partners[number]) if number in self.partners else f"`{spelled(self.ours[number])}`"

    def difference(
        self, change: Change, message: str, hint: str, expected: str = "", actual: str = "", blame: int | None = None
    ) -> Difference:
        """All that is reported of a change; `blame` is the student's block to name if the change has none."""
        number = change.theirs[0] if change.theirs else blame
        return Difference(
            change.kind,
            message,
            hint,
            self.theirs[number].name if number is not None else "",
            expected,
            actual,
            tuple(dict.fromkeys(self.theirs[one].name for one in change.theirs)),
            tuple(dict.fromkeys(self.ours[one].name for one in change.ours)),
            self.location(number) if number is not None else None,
            change.subject,
        )
