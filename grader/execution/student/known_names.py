"""Names that Keras knows losses, metrics, initializers and the like by, and the nearest to one that it does not."""

from __future__ import annotations

import contextlib
from typing import Any

from .bindings import nearest
from .rewrite import Said, instead

SHORT_NAMES = {
    "losses": ("mse", "mae", "mape", "msle"),
    "metrics": ("mse", "mae", "mape", "msle", "accuracy"),
    "initializers": ("uniform", "normal"),
}
# Names that `compile` itself understands.
COMPILE_KNOWS = ("accuracy", "acc", "crossentropy", "ce")


def is_known(keras: Any, section: str, name: str) -> bool:
    with contextlib.suppress(Exception):
        return getattr(keras, section).get(name) is not None
    return False


def meant(keras: Any, section: str, name: str) -> Said:
    """The nearest name that Keras does know."""
    public = [one for one in dir(getattr(keras, section)) if not one.startswith("_")]
    classes = section == "optimizers"
    names = {one.lower(): one.lower() for one in public if classes or one.islower()}
    names |= {short: short for short in SHORT_NAMES.get(section, ())}
    near = nearest(name, [one for one in names if one not in ("get", "serialize", "deserialize")], 0.6)
    return instead(f"'{near}'", f"'{name}'") if near else {"case": "unlike", "name": name}
