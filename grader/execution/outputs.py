"""What the code showed, as a report can hold it: pictures of a bearable size, and texts as a terminal would end up."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from grader.domain import Output
from grader.execution.strict_json import shown

PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
MOST_SIDE = 16_384
MOST_PIXELS = 2**24
MOST_PICTURES = 50


def tidied(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """At most as many pictures as somebody would look at, and neighbouring texts as one."""
    beyond = {id(one) for one in [one for one in outputs if one.kind == "png"][MOST_PICTURES:]}
    return _joined([one for one in outputs if id(one) not in beyond])


def _joined(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Neighbouring texts of one cell as one, so that a progress bar ends as its last line."""
    together: list[Output] = []
    for (kind, cell), group in groupby(outputs, lambda one: (one.kind, one.cell)):
        found = [one.content for one in group]
        together += [Output(kind, content, cell) for content in (["".join(found)] if kind == "text" else found)]
    cleaned = (replace(one, content=(picture if one.kind == "png" else shown)(one.content)) for one in together)
    return tuple(one for one in cleaned if one.content)


def picture(content: str) -> str:
    """Base64 of a PNG, encoded again; empty if it is anything else, or would need too much memory to be shown.

    A few kilobytes can hold a picture of billions of pixels, and crash the browser of a reader of the report.
    """
    try:
        data = base64.b64decode(content, validate=False)
    except (binascii.Error, ValueError):
        return ""
    if not data.startswith(PNG_START) or len(data) < len(PNG_START) + 8:
        return ""
    width, height = struct.unpack_from(">II", data, len(PNG_START))
    fits = 0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and width * height <= MOST_PIXELS
    return base64.b64encode(data).decode("ascii") if fits else ""
