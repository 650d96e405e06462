"""Real recordings, spoilt: in their bytes, in their values, or in what refers to what."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any

from grader.graph.reading.catalogue import LAYERS, OPERATION_FIELDS
from tests.fuzz import hostile
from tests.fuzz.cases import Case, seeds

Slot = tuple[Any, Any]  # a list or an object, and the place in it
TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b'"', b"\\", b"\\ud800", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 100, b"]" * 3, b"{}", b",", b":",
    b"\x00", b'"a":1,"a":2,', b"9" * 60, b"null", b"true", b'"__lambda__"', b'"<script>"', b"\xef\xbb\xbf", b"-0", b"/**/",
)  # fmt: skip
MOST_SLOTS = 20_000
KINDS = tuple(LAYERS)
OPERATIONS = tuple(label.removeprefix("ops.") for label in OPERATION_FIELDS)


def mutant(random: Random) -> Case:
    """One real recording with one of its files spoilt."""
    seed = random.choice(seeds())
    spoils_run = random.random() < 0.15
    text = seed.run if spoils_run else seed.models
    how, spoilt = _spoilt(random, text)
    models, run = (seed.models.encode(), spoilt) if spoils_run else (spoilt, seed.run.encode())
    return Case(models, run, f"mutation of {seed.name}: {how}")


def offspring(random: Random, case: Case) -> Case:
    """A case that was made, spoilt in turn."""
    try:
        how, models = _spoilt(random, case.models.decode())
    except ValueError:
        how, models = "bytes", _bytes_changed(random, case.models)
    return Case(models, case.run, f"{case.origin}, then {how}")


def _spoilt(random: Random, text: str) -> tuple[str, bytes]:
    if random.random() < 0.15:
        return "bytes", _bytes_changed(random, text.encode())
    content = json.loads(text)
    names = []
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        change = random.choice(CHANGES)
        change(random, content)
        names.append(change.__name__.strip("_"))
        if len(list(islice(_slots(content), MOST_SLOTS))) == MOST_SLOTS:
            break  # large enough: changed again, it would grow by the same factor
    return ", ".join(names), dumped(random, content)


def dumped(random: Random, content: Any) -> bytes:
    """JSON as lax as Python writes it; at times with keys that occur twice, or surrogates as bytes."""
    text = json.dumps(content, ensure_ascii=random.random() < 0.05)
    roll = random.random()
    if roll < 0.01:
        key = random.choice(('"name":', '"config":', '"class_name":', '"kind":', '"finished":'))
        text = text.replace(key, f"{key} 1, {key}", 1)
    elif roll < 0.02:
        text = text.replace("20", random.choice(hostile.LONE), 1)
    return text.encode("utf-8", "surrogatepass")


def _bytes_changed(random: Random, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((1, 1, 4, 64, 1_024)))
        match random.randrange(5):
            case 0:
                data[start:end] = b""
            case 1:
                data[start:start] = random.choice(TOKENS)
            case 2:
                data[start:end] = data[start:end] * 2
            case 3:
                data[start:end] = bytes(byte ^ 1 << random.randrange(8) for byte in data[start:end])
            case 4:
                data[start:] = b"" if random.random() < 0.3 else data[start:]
    return bytes(data)


def _slots(part: Any) -> Iterator[Slot]:
    """Every place in a tree of lists and objects."""
    waiting = [part]
    while waiting:
        holder = waiting.pop()
        for key, item in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            yield holder, key
            if isinstance(item, dict | list):
                waiting.append(item)


def _slot(random: Random, content: Any, fits: Callable[[Any, Any], bool] = lambda key, value: True) -> Slot | None:
    found = [(holder, key) for holder, key in _slots(content) if fits(key, holder[key])]
    return random.choice(found) if found else None


def _set(random: Random, content: Any, make: Callable[[Any], Any], fits: Callable[[Any, Any], bool]) -> None:
    slot = _slot(random, content, fits)
    if slot:
        holder, key = slot
        holder[key] = make(holder[key])


def _other_value(random: Random, content: Any) -> None:
    _set(random, content, lambda _: hostile.value(random), lambda key, value: True)


def _other_number(random: Random, content: Any) -> None:
    _set(random, content, lambda _: hostile.number(random), lambda key, value: type(value) in (int, float))


def _other_text(random: Random, content: Any) -> None:
    _set(random, content, lambda _: hostile.text(random), lambda key, value: isinstance(value, str))


def _gadget(random: Random, content: Any) -> None:
    _set(random, content, lambda _: hostile.gadget(random), lambda key, value: isinstance(value, dict))


def _other_class(random: Random, content: Any) -> None:
    pool = random.choice((KINDS, KINDS, OPERATIONS, hostile.CLASSES))
    _set(random, content, lambda _: random.choice(pool), lambda key, value: key == "class_name")


def _other_module(random: Random, content: Any) -> None:
    key = random.choice(("module", "registered_name"))
    pool = hostile.MODULES if key == "module" else ("os>system", "Dense", None, 4)
    _set(random, content, lambda _: random.choice(pool), lambda found, value: found == key)


def _removed(random: Random, content: Any) -> None:
    slot = _slot(random, content)
    if slot:
        del slot[0][slot[1]]


def _moved(random: Random, content: Any) -> None:
    """A part of the recording in the place of another: layers inside layers, models inside models."""
    slots = list(_slots(content))
    if slots:
        (source, name), (holder, key) = random.choice(slots), random.choice(slots)
        holder[key] = copy.deepcopy(source[name])


def _repeated(random: Random, content: Any) -> None:
    slot = _slot(random, content, lambda key, value: isinstance(value, list) and bool(value))
    if slot:
        found = slot[0][slot[1]]
        again = random.choice(found)
        room = 20_000_000 // (1 + len(json.dumps(again)))
        found.extend([again] * min(room, random.choice((1, 2, 20, 200))))


def _renamed(random: Random, content: Any) -> None:
    slot = _slot(random, content, lambda key, value: isinstance(key, str))
    if slot:
        slot[0][random.choice(("config", "layers", "units", "axis", hostile.text(random)))] = slot[0].pop(slot[1])


def _other_source(random: Random, content: Any) -> None:
    """A tensor from elsewhere: from another layer, a later one, the layer itself, or from none."""
    names = [h[k] for h, k in _slots(content) if k == "name" and isinstance(h[k], str)] or ["x"]
    changed = (random.choice([*names, "missing"]), random.choice((0, 0, 0, 1, 2, -1, 10**6, True, "0")),
               random.choice((0, 0, 0, 1, 63, 64, -1, None)))  # fmt: skip
    keys = ("keras_history", "output_layers", "input_layers")
    _set(random, content, lambda _: list(changed), lambda key, value: key in keys)


def _parameter(random: Random, content: Any) -> None:
    """A parameter that the layer's class has, with a value that may fit."""
    slot = _slot(random, content, lambda key, value: key == "config" and isinstance(value, dict))
    if slot:
        holder, key = slot
        fields: Mapping[str, Any] = LAYERS.get(str(holder.get("class_name")), {}) if isinstance(holder, dict) else {}
        name = random.choice(["units", "axis", "dtype", "trainable", *fields])
        pool = (0, 1, 2, 3, 4_096, -1, [1], [2, 2], [[1, 1], [0, 2]], 0.5, "same", "relu", "sum", True, None, [3, 1, 2])
        holder[key][name] = random.choice((*pool, hostile.value(random)))


def _other_shape(random: Random, content: Any) -> None:
    keys = ("batch_shape", "shape", "build_input_shape", "target_shape", "shapes")
    sizes = (None, 1, 2, 3, 8, 0, 10**6, 2**50, "1")
    _set(
        random,
        content,
        lambda _: [random.choice(sizes) for _ in range(random.choice((0, 1, 2, 3, 4, 5, 17)))],
        lambda key, value: key in keys,
    )


CHANGES: tuple[Callable[[Random, Any], None], ...] = (
    _other_value, _other_number, _other_text, _gadget, _other_class, _other_class, _other_module, _removed, _moved,
    _repeated, _renamed, _other_source, _parameter, _parameter, _other_shape,
)  # fmt: skip
