"""Parameters that Keras derives from others: nobody wrote them, and nobody is to be told of them."""

from __future__ import annotations

from collections.abc import Mapping

from grader.domain.graph import Configured, Value


def is_derived(params: Mapping[str, Value], key: str, value: Value) -> bool:
    """Whether Keras derived a parameter from another one."""
    match key:
        case "strides":
            pool = params.get("pool_size", (2,) * len(value) if isinstance(value, tuple) else None)  # 2 by default
            return "kernel_size" not in params and bool(value == pool)
        case "value_dim":
            return bool(value == params.get("key_dim"))
        case "attention_axes":
            return bool(value == (1,))
        case "axis":
            return bool(value == (-1,))
        case "zero_output_for_mask":
            return True
        case "backward_layer":
            return bool(_forward(value) == _forward(params.get("layer")))
    return False


def _forward(layer: Value | None) -> object:
    kept = [pair for pair in getattr(layer, "params", ()) if pair[0] not in ("go_backwards", "zero_output_for_mask")]
    return getattr(layer, "kind", None), kept


def chosen(item: Value) -> Value:
    """A parameter without what Keras derived in it."""
    if not isinstance(item, Configured):
        return item
    params = dict(item.params)
    kept = tuple((name, chosen(part)) for name, part in item.params if not is_derived(params, name, part))
    return Configured(item.kind, kept)
