"""The drawing of a network with its looks written into it, for places that know no style sheet of ours.

Text and lines have the colour of the text around them, whatever the theme; colours that mean something have a contrast
of at least three to one on white and on black.
"""

from __future__ import annotations

import re

DIFFERS = "#d73a49"
_STYLES = {
    "network": "display:block;margin:0 auto;max-width:100%;height:auto;"
    "font:12px system-ui,sans-serif;text-anchor:middle",
    "wide": "min-width:26rem",
    "box": "fill:#808080;fill-opacity:.12;stroke:currentColor;stroke-opacity:.6;stroke-width:1.2",
    "input": "stroke-dasharray:4 3",
    "shared": "stroke-opacity:1;stroke-width:3",
    "shared-0": "stroke:#3b82c4",
    "shared-1": "stroke:#b7791f",
    "shared-2": "stroke:#8b6fd6",
    "shared-3": "stroke:#2f9e5b",
    "differs": f"fill:{DIFFERS};fill-opacity:.18;stroke:{DIFFERS};stroke-opacity:1;stroke-width:2.4",
    "edge": "fill:none;stroke:currentColor;stroke-opacity:.6;stroke-width:1.4",
    "tip": "fill:currentColor;fill-opacity:.7",
    "kind": "font-weight:650;font-size:13px",
    "detail": "font-size:12px",
    "name": "font-size:10.5px;fill-opacity:.8",
    "output": "fill:currentColor;font-weight:600;fill-opacity:.85",
    "flag": f"fill:{DIFFERS};font-size:16px;font-weight:700",
}
_TEXT = "stroke:none;fill:currentColor;fill-opacity:1"
_IN_A_BOX = frozenset({"kind", "detail", "name", "flag"})  # they would inherit the looks of the box
_CLASSES = re.compile(r'class="([^"<>]*)"')  # no text of a student has a quotation mark in it: it is escaped


def with_styles(svg: str) -> str:
    """The drawing of `draw_network` with a style in place of each class."""
    return _CLASSES.sub(lambda match: f'style="{_style(match[1].split())}"', svg)


def _style(classes: list[str]) -> str:
    inherited = [_TEXT] if _IN_A_BOX.intersection(classes) else []
    return ";".join([*inherited, *(_STYLES[name] for name in classes)])
