"""Submissions that are meant to keep the grader busy after their run, among honest ones: `python -m tests.attacks.costly`.

Each stands for one way: a file that is slow to decode or to compare, networks whose training would take days, files that
each claim to depend on it. Single rules have tests: of networks `tests/graph/test_cost.py`, of folders and archives
`tests/submissions_discovery`, of recordings `tests/fuzz/test_bounds.py`. Printed are the seconds of the honest class and
of the same class with these among it, and whether each honest submission got the grade that it gets alone.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from grader.assignments.course import load_course
from tests.attacks.cases import HOSTILE, PRELUDE, whole
from tests.attacks.mixed import compared
from tests.runs.programs import one_input

HONEST = 12
CLAIM = (
    whole(PRELUDE)
    + whole(HOSTILE / "shared" / "forge.py")
    + """
dense = layer("Dense", "d", {"units": 1, "activation": "linear", "use_bias": True})
claim = {**models(dense, end="d", name="one_input"), "finished": False, "needs_training": "network"}
(out / "recording.json").write_text(json.dumps(claim))
while True:
    pass
"""
)
PRODUCTS = """
s = L.Dense(600)(L.RepeatVector(600)(x))
for _ in range(8):
    s = keras.ops.matmul(s, s)
y = L.Dense(1)(L.Flatten()(s))
"""
NETWORK = """
import keras
from keras import layers as L
x = keras.Input((1,))
{network}
one_input = keras.Model(x, y)
one_input.compile("rmsprop", "mse")
"""
CODED: Mapping[str, bytes] = {
    "rot13": b"# -*- coding: rot13 -*-\n" + one_input().encode(),
    "hex": b"# -*- coding: hex -*-\n" + one_input().encode(),
    "punycode": b"#coding:punycode\n" + b"-a" * 200_000,
    "names": f"from {'a' * 250_000} import ".encode() + b",".join(b"n%d" % n for n in range(40_000)) + b"\n",
    "marks": one_input().encode() + b"\n# a" + "\u0301\u0323".encode() * 250_000,
}


def hostile() -> dict[str, dict[str, bytes]]:
    """By submission, the files that are handed in."""
    wide = "s = L.Dense(4096)(x)\ns = L.Dense({})(s)\ny = L.Dense(1)(s)"
    return {
        "matmul": {"work.py": NETWORK.format(network=PRODUCTS).encode()},
        **{name: {"work.py": content} for name, content in CODED.items()},
        # nothing tells these apart, each claims to depend on trainings, and then goes on for ever
        "claims": {f"part{number:03}.py": f"import keras\n# {number}\n{CLAIM}".encode() for number in range(200)},
        # each takes long to train, and is none of the others
        "networks": {
            f"part{number}.py": NETWORK.format(network=wide.format(1000 - 10 * number)).encode() for number in range(5)
        },
    }


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def listing_one_file(times: int, *, zip64: bool = False) -> bytes:
    """A list of members that all are the same file; with `zip64`, one record says that it is short, another how long."""
    content, crc = b"x=1\n", zlib.crc32(b"x=1\n")
    numbers = (20, 0, 0, 0, 0x21, crc, len(content), len(content))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *numbers, 4, 0) + b"a.py" + content
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *numbers, 8, 0, 0, 0, 0, 0, 0)
    members = b"".join(entry + b"%05x.py" % number for number in range(times))
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, times, times, len(members), len(local))
    end += struct.pack("<4sLQL", b"PK\6\7", 0, len(local) + len(members), 1)
    counts = (1, 1, 50) if zip64 else (times % 2**16, times % 2**16, len(members))
    return local + members + end * zip64 + struct.pack("<4s2H2H2LH", b"PK\5\6", 0, 0, *counts, len(local), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--level", default="full")
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    everything = hostile()
    writes = {name: partial(_write, everything[name]) for name in arguments.only or everything}
    with tempfile.TemporaryDirectory(prefix="costly-") as place:
        comparison = compared(arguments.level, load_course(["one_input"]), writes, Path(place), HONEST)
    alone, together = comparison.seconds
    print(f"{HONEST} honest alone: {alone:.1f} s")
    print(f"with {len(writes)} hostile ones: {together:.1f} s, {together / alone:.1f} times")
    print(f"honest ones with another grade: {', '.join(comparison.differing) or 'none'}")
    for name, grades in comparison.together.items():
        if name not in comparison.alone:
            print(f"  {name}: {' '.join(sorted({status for _, status, _ in grades}))}")
    return 1 if comparison.differing else 0


if __name__ == "__main__":
    sys.exit(main())
