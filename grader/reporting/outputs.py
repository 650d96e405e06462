"""What a submission showed while it ran, bounded: a little text and a few PNG pictures, nothing else."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from grader.domain import Output
from grader.reporting.display import first_lines

MAX_OUTPUTS = 30
MAX_PICTURES = 6
MAX_PICTURE_BYTES = 300_000
MAX_PICTURE_SIDE = 4000
MAX_TEXT_LINES, MAX_TEXT = 40, 4000
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@dataclass(frozen=True)
class ShownOutput:
    """One output on the page: `picture` is a data address, or empty where there is `text`."""

    cell: int | None
    text: str
    picture: str


def shown_outputs(outputs: Iterable[Output]) -> tuple[ShownOutput, ...]:
    """The first outputs that are fit to show; of pictures that are no PNG, or too large, only a word."""
    shown: list[ShownOutput] = []
    pictures = 0
    for output in outputs:
        if len(shown) == MAX_OUTPUTS:
            shown.append(ShownOutput(None, "More was shown; it is left out here.", ""))
            break
        if output.kind == "png":
            address = _picture(output.content) if pictures < MAX_PICTURES else ""
            pictures += bool(address)
            shown.append(ShownOutput(output.cell, "" if address else "(a picture, left out)", address))
        elif output.content.strip():
            shown.append(ShownOutput(output.cell, first_lines(output.content, MAX_TEXT_LINES, MAX_TEXT), ""))
    return tuple(shown)


def _picture(content: str) -> str:
    """The picture as a data address, encoded anew from its bytes; empty where it is no acceptable PNG."""
    if len(content) > MAX_PICTURE_BYTES * 3 // 2:
        return ""
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not data.startswith(_PNG_START) or not 24 <= len(data) <= MAX_PICTURE_BYTES:
        return ""
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= MAX_PICTURE_SIDE and 0 < height <= MAX_PICTURE_SIDE):
        return ""
    return f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
