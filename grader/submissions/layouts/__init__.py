"""How platforms and tools pack a class: a module each, a pattern of names that say who, when and which files.

`LAYOUTS` is the table, in the order in which they are tried. A layout recognises a download only if most of what is at
its top fits, so that no single submission decides how the others are read.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.submissions.layouts.canvas import CANVAS
from grader.submissions.layouts.classroom import CLASSROOM
from grader.submissions.layouts.gradescope import GRADESCOPE
from grader.submissions.layouts.layout import Layout
from grader.submissions.layouts.listing import Delivery, Listing, Reading
from grader.submissions.layouts.moodle import MOODLE
from grader.submissions.layouts.nbgrader import NBGRADER

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        MOODLE,
        GRADESCOPE,
        NBGRADER,
        CANVAS,
        CLASSROOM,
    )
}


def recognised(listing: Listing) -> Layout | None:
    """The layout of a download, or nothing if it has none of them."""
    return next((layout for layout in LAYOUTS.values() if layout.recognises(listing)), None)


__all__ = ["LAYOUTS", "Delivery", "Layout", "Listing", "Reading", "recognised"]
