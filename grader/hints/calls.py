"""A student's call as a run quotes it, and the same call as it should stand."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_SOURCE = 2_000  # characters that are read of a text; one of this length may have been cut
MOST_SHOWN = 90  # characters of a call that is shown as a whole
Key = int | str
# What a run said: of a note what its words name, of a fact what its rules look at.
Said = Mapping[str, str | int | Sequence[str]]
Finding = tuple[str, Said]


@dataclass(frozen=True)
class Call:
    """`parts` are the arguments, by position or by keyword; what is unpacked has no key of its own."""

    text: str
    node: ast.Call
    function: str
    parts: Mapping[Key, str]


def read_call(text: object) -> Call | None:
    """The call that a text is; nothing for any other text, however deep it is nested."""
    if not isinstance(text, str) or len(text) >= MOST_SOURCE:
        return None
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if not isinstance(node, ast.Call):
            return None
        parts: dict[Key, str] = {number: ast.unparse(value) for number, value in enumerate(node.args)}
        parts |= {one.arg or "**": ast.unparse(one.value) for one in node.keywords}
        return Call(text, node, ast.unparse(node.func), parts)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def corrected(call: Call, changes: Mapping[Key, str | None], function: str = "") -> dict[str, str]:
    """New and old: some arguments changed, added or (with `None`) left out, and perhaps another function.

    Of a long call only what changes is shown.
    """
    old = {key: _spelled(key, text) for key, text in call.parts.items()}
    new = {key: text for key, text in ({**old, **changes}).items() if text is not None}
    callee, written = function or call.function, " ".join(call.text.split())
    whole = _joined(callee, new, new)
    if len(written) > MOST_SHOWN:
        return {"new": _joined(callee, new, changes), "old": _joined(call.function, old, changes)}
    return {"new": whole if len(whole) <= MOST_SHOWN + 30 else _joined(callee, new, changes), "old": written}


def _spelled(key: Key, text: str) -> str:
    if key == "**":
        return f"**{text}"
    return text if isinstance(key, int) else f"{key}={text}"


def _joined(function: str, parts: Mapping[Key, str], kept: Mapping[Key, object]) -> str:
    """A call of which only some arguments are shown; an ellipsis stands for the others."""
    shown: list[str] = []
    for key, text in parts.items():
        if key in kept:
            shown.append(text)
        elif shown[-1:] != ["…"]:
            shown.append("…")
    return f"{function}({', '.join(shown)})"


def list_of(texts: Sequence[str]) -> str:
    """A list as one would write it, of entries as one would write them."""
    return f"[{', '.join(texts)}]"


def names(said: Said, key: str) -> tuple[str, ...]:
    """A list of texts, whatever a run said there."""
    value = said.get(key, ())
    return () if isinstance(value, (str, int)) else tuple(value)
