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
from tests.fuzz.generate import generated

Slot = tuple[Any, Any]  # a list or an object, and the place in it
TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b'"', b"\\", b"\\ud800", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 100, b"]" * 3, b"{}", b",", b":",
    b"\x00", b'"a":1,"a":2,', b"9" * 60, b"null", b"true", b'"__lambda__"', b'"<script>"', b"\xef\xbb\xbf", b"-0", b"/**/",
)  # fmt: skip
MOST_SLOTS = 20_000
KINDS = tuple(LAYERS)
OPERATIONS = tuple(label.removeprefix("ops.") for label in OPERATION_FIELDS)


def mutant(random: Random) -> Case:
    """One real recording, spoilt."""
    return _mutant_of(random, random.choice(seeds()))


def offspring(random: Random) -> Case:
    """One that was made, spoilt in turn."""
    return _mutant_of(random, generated(random))


def _mutant_of(random: Random, case: Case) -> Case:
    how, spoilt = _spoilt(random, case.content.decode())
    return Case(spoilt, f"mutation of {case.origin}: {how}")


def _spoilt(random: Random, text: str) -> tuple[str, bytes]:
    if random.random() < 0.15:
        return "bytes", _bytes_changed(random, text.encode())
    content = json.loads(text)
    names = []
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        names.append(random.choice(CHANGES))
        _change(random, content, names[-1])
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


def _names(content: Any) -> list[str]:
    return [holder[key] for holder, key in _slots(content) if key == "name" and isinstance(holder[key], str)]


def _keyed(*keys: str) -> Callable[[Any, Any], bool]:
    return lambda key, value: key in keys


# What is put in the place of a value, and of which: by key and value.
VALUES: Mapping[str, tuple[Callable[[Any, Any], bool], Callable[[Random, Any], Any]]] = {
    "value": (lambda key, value: True, lambda random, _: hostile.value(random)),
    "number": (lambda key, value: type(value) in (int, float), lambda random, _: hostile.number(random)),
    "text": (lambda key, value: isinstance(value, str), lambda random, _: hostile.text(random)),
    "gadget": (lambda key, value: isinstance(value, dict), lambda random, _: hostile.gadget(random)),
    "class": (
        _keyed("class_name"),
        lambda random, _: random.choice(random.choice((KINDS, KINDS, OPERATIONS, hostile.CLASSES))),
    ),
    "module": (
        _keyed("module", "registered_name"), lambda random, _: random.choice((*hostile.MODULES, "os>system", "Dense", 4)),
    ),
    "source": (  # from another layer, a later one, the layer itself, or from none
        _keyed("keras_history", "output_layers", "input_layers"),
        lambda random, content: [
            random.choice([*_names(content), "missing"]), random.choice((0, 0, 0, 1, 2, -1, 10**6, True, "0")),
            random.choice((0, 0, 0, 1, 63, 64, -1, None)),
        ],
    ),
    "shape": (
        _keyed("batch_shape", "shape", "build_input_shape", "target_shape", "shapes"),
        lambda random, _: random.choices((None, 1, 2, 3, 8, 0, 10**6, 2**50, "1"), k=random.choice((0, 1, 2, 3, 4, 5, 17))),
    ),
}  # fmt: skip
HOLDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "removed": lambda key, value: True,
    "moved": lambda key, value: True,
    "repeated": lambda key, value: isinstance(value, list) and bool(value),
    "renamed": lambda key, value: isinstance(key, str),
    "parameter": lambda key, value: key == "config" and isinstance(value, dict),
}
CHANGES = (*VALUES, *HOLDERS, "class", "parameter")


def _change(random: Random, content: Any, how: str) -> None:
    fits = VALUES[how][0] if how in VALUES else HOLDERS[how]
    slots = [(holder, key) for holder, key in _slots(content) if fits(key, holder[key])]
    if not slots:
        return
    holder, key = random.choice(slots)
    match how:
        case "removed":
            del holder[key]
        case "moved":  # a part in the place of another: layers inside layers, models inside models
            source, name = random.choice(slots)
            holder[key] = copy.deepcopy(source[name])
        case "repeated":
            again = random.choice(holder[key])
            room = 20_000_000 // (1 + len(json.dumps(again)))
            holder[key].extend([again] * min(room, random.choice((1, 2, 20, 200))))
        case "renamed":
            holder[random.choice(("config", "layers", "units", "axis", hostile.text(random)))] = holder.pop(key)
        case "parameter":  # one that the layer's class has, with a value that may fit
            fields = LAYERS.get(str(holder.get("class_name")), {}) if isinstance(holder, dict) else {}
            name = random.choice(["units", "axis", "dtype", "trainable", *fields])
            holder[key][name] = copy.deepcopy(random.choice((*hostile.FITTING, hostile.value(random))))
        case _:
            holder[key] = VALUES[how][1](random, content)
