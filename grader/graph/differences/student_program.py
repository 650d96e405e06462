"""The program that built the student's network, as blocks: what each statement calls, and what variables hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.domain import Layer, Location, ModelGraph, Statement
from grader.graph.differences.blocks import Blocks, own_changes
from grader.graph.differences.changes import Pairs
from grader.graph.differences.words import Words
from grader.graph.keras_code import called, constructed, model_arguments


@dataclass(frozen=True)
class StudentProgram:
    """Statements with what they call, as numbers of the student's blocks, and the expected block that each of these is.

    `calls` are the blocks that each statement calls, `callees` the code of what it calls for each, and `held` those
    that variables hold before it; `inputs` are those that `Model(…)` is given, in order. `wrong` are blocks whose
    layers are not as they should be. Some calls have a number that no block has: each after the first of those that are
    the same, and those that are a part of a block before its last, which `parts` has with this block.
    """

    words: Words
    statements: Sequence[Statement]
    calls: Sequence[Sequence[int]]
    callees: Sequence[Mapping[int, str]]
    held: Sequence[Mapping[str, int] | None]
    inputs: Sequence[int]
    pairs: Pairs
    wrong: frozenset[int]
    parts: Mapping[int, int]

    @classmethod
    def of(cls, words: Words, graph: ModelGraph, built: Blocks) -> StudentProgram:
        """`built` are the blocks of the graph, as long as nothing of them is corrected."""
        statements, own = (
            words.names.statements or made_up_statements(words, graph),
            block_of_calls(graph, built),
        )
        whole = {a: number for number, a in own.items() if not words.student[a].is_input}
        parts = {len(words.student) + number: a for number, a in own.items() if whole.get(a, number) != number}
        own |= {part - len(words.student): part for part in parts}
        pairs = {**words.pairs, **_pairs_of_twins(words, graph, own)}
        blocks = by_layer(graph, own)
        calls = [[(blocks.get(call[:2], -1), call[2]) for call in entry.calls] for entry in statements]
        return cls(
            words,
            statements,
            [[*dict.fromkeys(a for a, _ in row)] for row in calls],
            [{a: code for a, code in row if a not in parts.values()} for row in calls],
            [None if entry.held is None else _held(entry.held, blocks) for entry in statements],
            [own.get(tensor.call, -1) for tensor in graph.inputs],
            pairs,
            frozenset(_wrong(words)),
            parts,
        )

    @cached_property
    def partners(self) -> Mapping[int, int]:
        """Pairs the other way round."""
        return {b: a for a, b in self.pairs.items()}

    @cached_property
    def names(self) -> frozenset[str]:
        """All that the program calls something."""
        return frozenset(
            name for entry in self.statements for name in (*entry.binds, *entry.reads, *map(base_of, entry.held or ()))
        )

    @cached_property
    def kept(self) -> Mapping[int, int]:
        """The student's layers that stay, and which expected ones they are, each once."""
        words, kept = self.words, dict[int, int]()
        objects = {name for entry in self.statements for name in entry.layers.values()}
        for calls in words.expected.calls.values():
            partners = words.there(calls)
            layers = {words.student[a].layer: words.student[a].name for a in partners if a not in self.wrong}
            named = [layer for layer, name in layers.items() if name in objects and layer not in kept]
            free = named or [layer for layer in layers if layer not in kept and len(layers) == 1]
            if free:
                kept[free[0]] = words.expected[calls[0]].layer
        return kept

    def after(self, number: int) -> Mapping[str, int]:
        """What variables hold after a statement."""
        return next((held for held in self.held[number + 1 :] if held is not None), {})

    def is_block(self, a: int) -> bool:
        return 0 <= a < len(self.words.student)


def made_up_statements(words: Words, graph: ModelGraph) -> list[Statement]:
    """Statements that would build a network, where those of the program are not known."""
    if words.names.locations or graph.kind == "Sequential":
        return []
    stems = [_variable(words, graph, number) for number in range(len(graph.calls))]
    names = [stem if stems.count(stem) == 1 else f"{stem}_{number}" for number, stem in enumerate(stems)]
    own = [layer if layer.name in words.names.generated else _named(layer) for layer in graph.layers]
    graph = replace(graph, layers=tuple(own))
    seen, held, layers, statements = Counter[str](), dict[str, tuple[str, int]](), dict[str, str](), list[Statement]()
    for number, call in enumerate(graph.calls):
        layer, read = graph.layer_of(number).name, [names[tensor.call] for tensor in call.sources]
        is_shared = sum(other.layer == call.layer for other in graph.calls) > 1
        callee = _identifier(words.names.variables.get(layer, layer)) if is_shared else ""
        if callee and callee not in layers:
            code = f"{callee} = {constructed(graph.layer_of(number), words.names.spelled)}"
            statements.append(Statement(Location(), code, (), (callee,)))
            layers[callee] = layer
        code = called(graph, number, lambda tensor: names[tensor.call], words.names.spelled, callee)
        code = f"{names[number]} = {code}"
        calls = ((layer, seen[layer], callee),)
        statements.append(Statement(Location(), code, (), (names[number],), (*read,), calls, dict(held), dict(layers)))
        held[names[number]] = (layer, seen[layer])
        seen[layer] += 1
    around = ("model = keras.Model(inputs=", ", outputs=", ")")
    ends = [[names[tensor.call] for tensor in side] for side in (graph.inputs, graph.outputs)]
    code = f"model = keras.Model({model_arguments(*ends)})"
    last = Statement(Location(), code, (), ("model",), (*ends[0], *ends[1]), (), held, layers, around)
    return [*statements, last]


def _variable(words: Words, graph: ModelGraph, number: int) -> str:
    """The variable that holds what a call returns, or a name for it."""
    layer = graph.layer_of(number)
    calls = graph.calls_of(graph.calls[number].layer)
    if len(calls) == 1:
        return words.names.results.get(layer.name) or _identifier(layer.name)
    return f"{_identifier(layer.name)}_{calls.index(number) + 1}"


def _named(layer: Layer) -> Layer:
    return layer if layer.kind.startswith("ops.") else replace(layer, params=(*layer.params, ("name", layer.name)))


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


def base_of(path: str) -> str:
    """`inputs` of `inputs[0]`, and `self` of `self.left`."""
    return path.partition("[")[0].partition(".")[0]


def block_of_calls(graph: ModelGraph, side: Blocks) -> dict[int, int]:
    """Which block each call of a network is, or is a part of."""
    numbers: dict[str, list[int]] = {}
    for number, block in enumerate(side.blocks):
        numbers.setdefault(block.name, []).append(number)
    blocks: dict[int, int] = {}
    for number, call in enumerate(graph.calls):
        layer, sources = graph.layers[call.layer], [blocks.get(tensor.call, -1) for tensor in call.sources]
        own = numbers.get(layer.name, [])
        alike = [block for block in own if Counter(side[block].sources) == Counter(sources)]
        if own:
            blocks[number] = (alike or own)[0]
            own.remove(blocks[number])
        elif layer.name not in numbers and len(sources) == 1 and sources[0] >= 0:
            blocks[number] = sources[0]
    return blocks


def by_layer(graph: ModelGraph, blocks: Mapping[int, int]) -> dict[tuple[str, int], int]:
    """The blocks of calls by the names of their layers, and by which of the calls of these they are."""
    seen, named = Counter[str](), dict[tuple[str, int], int]()
    for number, call in enumerate(graph.calls):
        name = graph.layers[call.layer].name
        named |= {(name, seen[name]): blocks[number]} if number in blocks else {}
        seen[name] += 1
    return named


def _pairs_of_twins(words: Words, graph: ModelGraph, blocks: dict[int, int]) -> Pairs:
    """Which missing calls the calls stand for that only repeat another one; they get numbers of their own."""
    pairs: Pairs = {}
    by_name = {block.name: block.layer for block in words.student.blocks}
    for number, call in enumerate(graph.calls):
        layer = by_name.get(graph.layers[call.layer].name) if number not in blocks else None
        if layer is None:
            continue
        blocks[number] = len(words.student) + number
        expected = {words.expected[words.pairs[a]].layer for a in words.student.calls[layer] if a in words.pairs}
        calls = [b for layer in expected for b in words.expected.calls[layer] if b not in words.partners]
        free = [b for b in calls if b not in pairs.values()]
        pairs |= {blocks[number]: free[0]} if free else {}
    return pairs


def _held(held: Mapping[str, tuple[str, int]], blocks: Mapping[tuple[str, int], int]) -> dict[str, int]:
    return {name: blocks[call] for name, call in held.items() if blocks.get(call, -1) >= 0}


def _wrong(words: Words) -> Iterator[int]:
    """The student's blocks whose layers are not as they should be."""
    for a, b in words.pairs.items():
        block, expected = words.student[a], words.expected[b]
        is_other = block.kind != expected.kind or (not block.is_input and any(own_changes(block, expected)))
        is_other = is_other or (block.is_input and (block.shape, block.rest) != (expected.shape, expected.rest))
        if is_other or any(layer == block.name for layer, _ in words.starts):
            yield a
