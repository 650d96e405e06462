"""Where it is recorded what calls read, and what else may stand there."""

from __future__ import annotations

import pytest

from tests.execution.conftest import Left

START = "import keras\nfrom keras.layers import Dense, Input, concatenate\n"
HELPER = "def branch(t, n):\n    h = Dense(n, name=f'd{n}')(t)\n    return h\n"
ENDS = "a, b = Input((1,), name='a'), Input((1,), name='b')\n"
Place = tuple[str, int | None, int]  # text, line, and which of several equal ones


def places(left: Left, text: str) -> dict[str, list[Place]]:
    """By layer, the places that say what its calls read."""
    found: dict[str, list[Place]] = {}
    for read in left(START + text).models[-1].reads:
        written = read.written
        found.setdefault(read.call[0], []).append((written.text, written.location.line, written.ordinal))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ENDS}h = Dense(2, name='h')(a)\nkeras.Model([a, b], h)", [("a", 4, 0)]),
        (f"{ENDS}h = concatenate([a, a], name='h')\nkeras.Model([a, b], h)", [("a", 4, 1), ("a", 4, 2)]),
        (f"{ENDS}ins = [a, b]\nh = Dense(2, name='h')(ins[1])\nkeras.Model(ins, h)", [("ins[1]", 5, 0)]),
        (f"{ENDS}h = Dense(2, name='h')(Dense(3)(a))\nkeras.Model([a, b], h)", []),
        (f"{ENDS}ins = [a, b]\nh = concatenate(ins, name='h')\nkeras.Model(ins, h)", []),
        (f"def join(x, y):\n    return concatenate([y, x], name='h')\n{ENDS}h = join(a, y=b)\nkeras.Model([a, b], h)",
         [("y", 4, 0), ("b", 6, 0), ("x", 4, 0), ("a", 6, 0)]),
        (f"def end(t):\n    t = Dense(3)(t)\n    return Dense(2, name='h')(t)\n{ENDS}h = end(a)\nkeras.Model([a, b], h)",
         [("t", 5, 0)]),
    ],
    ids=["a variable", "one twice", "an entry", "a result without a name", "a list", "parameters", "a parameter that is given another value"],
)  # fmt: skip
def test_what_a_call_reads_is_said_in_it_and_where_its_function_is_called(
    text: str, expected: list[Place], left: Left
) -> None:
    assert places(left, text).get("h", []) == expected


def instead(left: Left, text: str, layer: str) -> list[tuple[str, list[str]]]:
    """What the calls of a layer read, and what may stand there, in this order."""
    reads = left(START + text).models[-1].reads
    return [(read.written.text, [*read.instead]) for read in reads if read.call[0] == layer]


def test_variables_of_a_function_stand_in_for_its_own_and_for_those_around_it(left: Left) -> None:
    text = f"{ENDS}{HELPER}left, right = branch(a, 3), branch(b, 4)\nkeras.Model([a, b], concatenate([left, right]))"
    assert instead(left, text, "d4") == [("t", ["t"]), ("b", ["a", "b"])]
    outer = text.replace("(t)\n", "(a)\n")
    assert instead(left, outer, "d4") == [("a", ["t", "a", "b"])]


def test_a_loop_goes_through_the_entries_of_a_list(left: Left) -> None:
    text = "ins = [Input((1,)) for _ in range(2)]\nends = []\nfor i in range(2):\n    ends.append(Dense(2, name=f'd{i}')(ins[0]))\n"
    text += "keras.Model(ins, concatenate(ends))"
    assert [names for _, names in instead(left, text, "d1")] == [["ins[0]", "ins[1]", "ins[i]", "ends[0]"]]


def test_what_an_object_holds_stands_in_for_what_it_holds(left: Left) -> None:
    text = "class Net:\n    def build(self):\n        self.a, self.b = Input((1,)), Input((1,))\n"
    text += "        h = Dense(2, name='h')(self.a)\n        return keras.Model([self.a, self.b], h)\nNet().build()"
    assert instead(left, text, "h") == [("self.a", ["self.a", "self.b"])]


def test_what_a_function_binds_later_hides_what_is_outside_of_it(left: Left) -> None:
    """It has no value there yet."""
    text = f"{ENDS}def net(t):\n    h = Dense(2, name='h')(t)\n    a = Dense(2)(h)\n    return a\nkeras.Model([a, b], net(b))"
    assert instead(left, text, "h") == [("t", ["t"]), ("b", ["a", "b"])]
