"""Layers and values as a student would write them."""

from __future__ import annotations

from collections.abc import Sequence

from grader.domain import Configured, Place, Value
from grader.graph.catalogue import LAYERS
from grader.graph.differences.blocks import MERGES, Block
from grader.graph.operations import operation_name


def spelled(block: Block) -> str:
    """`Dense(20, activation='sigmoid')`; what is the student's choice is left open."""
    if block.is_input:
        return "Input"
    if block.kind in MERGES:
        return block.kind.lower()
    if block.kind.startswith("ops."):
        return f"keras.ops.{operation_name(block.kind)}"
    parts = []
    if block.units is not None:
        parts.append("…" if block.freedom.units else str(block.units))
    if block.kind == "Activation":
        parts.append(value(block.activation))
    elif "activation" in LAYERS.get(block.kind, {}) and block.activation != "linear" and not block.freedom.activation:
        parts.append(f"activation={value(block.activation)}")
    parts += [f"{name}={value(setting)}" for name, setting in block.rest[:2] if name != "arguments"]
    return f"{block.kind}({', '.join(parts)})"


def value(setting: Value) -> str:
    """A parameter in Python: `'sigmoid'`, `0.5`, `L2(l2=0.01)`."""
    if isinstance(setting, Configured):
        return f"{setting.kind}({', '.join(f'{name}={value(part)}' for name, part in setting.params)})"
    return repr(setting)


def setting_of(name: str, setting: Value) -> str:
    """A parameter in a sentence; one that is not given is as Keras has it, which for a bias is that there is one."""
    if name == "use_bias":
        return "a bias" if setting in (None, True) else "none (`use_bias=False`)"
    return f"no `{name}`" if setting is None else f"`{name}={value(setting)}`"


def activation(setting: Value) -> str:
    """An activation in a sentence: `sigmoid` in backquotes, or none."""
    if setting == "linear":
        return "none"
    return f"`{setting if isinstance(setting, str) else value(setting)}`"


def located(place: Place | None) -> str:
    """` (cell 3, line 7)`; empty where nothing is known."""
    return f" ({place})" if str(place or "") else ""


def listed(words: Sequence[str]) -> str:
    """`a, b and c`; `nothing` for nothing."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0] if words else "nothing"


def counted(number: object, noun: str) -> str:
    """`1 input`, `2 inputs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def times(number: object) -> str:
    """How often something is called: once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times") if isinstance(number, int) else str(number)
