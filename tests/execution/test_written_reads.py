"""Where it is recorded what calls read, and what else may stand there."""

from __future__ import annotations

import pytest

from tests.execution.conftest import Built

START = "import keras\nfrom keras.layers import Dense, Input, concatenate\n"
HELPER = "def branch(t, n):\n    h = Dense(n, name=f'd{n}')(t)\n    return h\n"
ENDS = "a, b = Input((1,), name='a'), Input((1,), name='b')\n"
BRANCHES = f"{ENDS}{HELPER}left, right = branch(a, 3), branch(b, 4)\nkeras.Model([a, b], concatenate([left, right]))"
Place = tuple[str, int | None, int]  # text, line, and which of several equal ones
PLACES: dict[str, tuple[str, list[Place]]] = {  # those that say what the calls of `h` read
    "a variable": (f"{ENDS}h = Dense(2, name='h')(a)\nkeras.Model([a, b], h)", [("a", 2, 0)]),
    "one twice": (f"{ENDS}h = concatenate([a, a], name='h')\nkeras.Model([a, b], h)", [("a", 2, 1), ("a", 2, 2)]),
    "an entry": (f"{ENDS}ins = [a, b]\nh = Dense(2, name='h')(ins[1])\nkeras.Model(ins, h)", [("ins[1]", 3, 0)]),
    "a result without a name": (f"{ENDS}h = Dense(2, name='h')(Dense(3)(a))\nkeras.Model([a, b], h)", []),
    "a list": (f"{ENDS}ins = [a, b]\nh = concatenate(ins, name='h')\nkeras.Model(ins, h)", []),
    "parameters": (
        f"def join(x, y):\n    return concatenate([y, x], name='h')\n{ENDS}h = join(a, y=b)\nkeras.Model([a, b], h)",
        [("y", 2, 0), ("b", 4, 0), ("x", 2, 0), ("a", 4, 0)],
    ),
    "a parameter that is given another value": (
        f"def end(t):\n    t = Dense(3)(t)\n    return Dense(2, name='h')(t)\n{ENDS}h = end(a)\nkeras.Model([a, b], h)",
        [("t", 3, 0)],
    ),
}
# Each with a layer, what its calls read, and what may stand there.
INSTEAD: dict[str, tuple[str, str, list[tuple[str, list[str]]]]] = {
    "variables of a function for its own": (BRANCHES, "d4", [("t", ["t"]), ("b", ["a", "b"])]),
    "variables of a function for those around it": (BRANCHES.replace("(t)\n", "(a)\n"), "d4", [("a", ["t", "a", "b"])]),
    "the entries of a list, in a loop": (
        "ins = [Input((1,)) for _ in range(2)]\nends = []\nfor i in range(2):\n"
        "    ends.append(Dense(2, name=f'd{i}')(ins[0]))\nkeras.Model(ins, concatenate(ends))",
        "d1", [("ins[0]", ["ins[0]", "ins[1]", "ins[i]", "ends[0]"])],
    ),
    "what an object holds": (
        "class Net:\n    def build(self):\n        self.a, self.b = Input((1,)), Input((1,))\n"
        "        h = Dense(2, name='h')(self.a)\n        return keras.Model([self.a, self.b], h)\nNet().build()",
        "h", [("self.a", ["self.a", "self.b"])],
    ),
    "nothing outside of a function that it binds later": (
        f"{ENDS}def net(t):\n    h = Dense(2, name='h')(t)\n    a = Dense(2)(h)\n    return a\nkeras.Model([a, b], net(b))",
        "h", [("t", ["t"]), ("b", ["a", "b"])],
    ),
}  # fmt: skip
PROGRAMS = {name: text for name, (text, *_) in (PLACES | INSTEAD).items()}


@pytest.mark.parametrize("name", PLACES)
def test_what_a_call_reads_is_said_in_it_and_where_its_function_is_called(name: str, built: Built) -> None:
    reads = [read.written for model in built[name] for read in model.reads if read.call[0] == "h"]
    assert [(written.text, written.location.line, written.ordinal) for written in reads] == PLACES[name][1]


@pytest.mark.parametrize("name", INSTEAD)
def test_what_may_stand_in_place_of_what_a_call_reads(name: str, built: Built) -> None:
    _, layer, expected = INSTEAD[name]
    reads = [read for model in built[name] for read in model.reads if read.call[0] == layer]
    assert [(read.written.text, [*read.instead]) for read in reads] == expected
