"""A network after its changes have been made literally, one by one, as whoever follows the next steps makes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Call, Layer, ModelGraph, Tensor
from grader.graph.differences.blocks import MERGES, Block
from grader.graph.differences.changes import Change
from grader.graph.differences.explain import Diff
from grader.graph.edits import pruned, sorted_calls
from grader.graph.reading.parameters import width_parameter


@dataclass
class Work:
    """The student's blocks while they are changed; `partner` says which of them each expected block is."""

    diff: Diff
    blocks: dict[int, Block]
    partner: dict[int, int]
    inputs: list[int]
    outputs: list[int]

    def expected(self, number: int) -> Block:
        return self.diff.expected[number]

    def rewire(self, number: int, sources: list[int]) -> None:
        self.blocks[number] = replace(self.blocks[number], sources=tuple(sources))

    def change(self, number: int, change: Callable[[Block], Block]) -> None:
        """A change of a layer is one of all its calls."""
        layer = self.blocks[number].layer
        for call in [call for call, block in self.blocks.items() if block.layer == layer]:
            self.blocks[call] = change(self.blocks[call])

    def made(self, number: int) -> int:
        """The student's block for an expected one, which is built where there is none."""
        if number not in self.partner:
            block, new = self.expected(number), max(self.blocks) + 1
            calls = [self.partner[call] for call in self.diff.expected.calls[block.layer] if call in self.partner]
            own = (
                replace(self.blocks[calls[0]], shape=block.shape) if calls else replace(block, layer=1000 + block.layer)
            )
            self.partner[number] = new
            self.blocks[new] = own
            self.rewire(new, [self.made(source) for source in block.sources])
        return self.partner[number]

    def connect(self, number: int) -> None:
        """What should read an expected block reads it, and is built where there is nothing."""
        new, where = self.made(number), self.diff.expected
        for reader in dict.fromkeys(where.readers[number]):
            if reader not in self.partner:
                self.connect(reader)
                continue
            own, block = self.partner[reader], self.expected(reader)
            partners = {*self.partner.values()}
            read = Counter(source for source in self.blocks[own].sources if source in partners)
            asked = Counter(map(self.partner.get, block.sources))
            if new in read:
                continue
            if block.joins:
                wrong = list(read - asked)
                close = [source for source in wrong if source in self.blocks[new].sources or len(wrong) == 1]
                sources = list(self.blocks[own].sources)
                if close:
                    sources.remove(close[0])
                sources.insert(block.sources.index(number), new)
                self.rewire(own, sources)
            else:
                self.rewire(own, [new])
        if number in where.outputs:
            self.list(self.outputs, where.outputs, number)

    def list(self, ends: list[int], asked: Sequence[int], number: int) -> None:
        """What is new takes the place of an end that should be none and leads to it, else its own after those before."""
        own, new = {self.partner.get(end) for end in asked}, self.partner[number]
        gone = [end for end in ends if end not in own and end in self.before(new)]
        if gone:
            ends[ends.index(gone[0])] = new
        elif new not in ends:
            earlier = [self.partner.get(end) for end in asked[: asked.index(number)]]
            ends.insert(max((ends.index(end) + 1 for end in earlier if end in ends), default=0), new)

    def before(self, number: int) -> set[int]:
        """All that leads to a block."""
        sources = self.blocks[number].sources
        return {*sources}.union(*(self.before(source) for source in sources))

    def contract(self, numbers: tuple[int, ...]) -> None:
        """Layers are gone; what read them reads what the step says, else what they read."""
        back = {partner: number for number, partner in self.partner.items()}

        def before(call: int) -> list[int]:
            return [call] if call not in numbers else [b for s in self.blocks[call].sources for b in before(s)]

        for number, block in self.blocks.items():
            if {*block.sources} & {*numbers} and number not in numbers:
                asked = self.expected(back[number]).sources if number in back else ()
                whole = bool(asked) and all(source in self.partner for source in asked)
                read = (
                    [self.partner[source] for source in asked]
                    if whole
                    else [b for s in block.sources for b in before(s)]
                )
                self.rewire(number, read)
        self.inputs = [number for number in self.inputs if number not in numbers]
        ends, passed_on = {self.partner.get(output) for output in self.diff.expected.outputs}, self.outputs
        self.outputs = [output for output in passed_on if output not in numbers]
        for place, output in enumerate(passed_on):
            instead = [b for b in before(output) if b in ends and b not in self.outputs] if output in numbers else []
            self.outputs[place:place] = instead
        for number in numbers:
            del self.blocks[number]

    def graph(self) -> ModelGraph:
        numbers = {layer: place for place, layer in enumerate(dict.fromkeys(b.layer for b in self.blocks.values()))}
        owners = {block.layer: block for block in reversed(self.blocks.values())}
        place = {number: position for position, number in enumerate(self.blocks)}
        calls = []
        for block in self.blocks.values():
            read = tuple(Tensor(place[source]) for source in block.sources)
            args = (read,) if block.kind in MERGES else read
            calls.append(Call(numbers[block.layer], args, (), (block.shape,) if block.shape else ()))
        graph = replace(
            self.diff.form, layers=tuple(layer_of(owners[layer], layer) for layer in numbers), calls=tuple(calls),
            inputs=tuple(Tensor(place[number]) for number in self.inputs), input_names=(),
            outputs=tuple(Tensor(place[number]) for number in self.outputs),
            output_names=tuple(f"y{n}" for n, _ in enumerate(self.outputs)),
        )  # fmt: skip
        names = tuple(f"x{number}" for number, _ in enumerate(self.inputs))
        return resized(pruned(sorted_calls(replace(graph, input_names=names))))


def resized(graph: ModelGraph) -> ModelGraph:
    """The network with the shapes that follow from its widths, as the trainer finds them, for the usual classes."""
    calls: list[Call] = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        read = [shape for tensor in call.sources for shape in calls[tensor.call].shapes]
        shapes: Any = call.shapes or (() if not read else (read[0],))
        if layer.kind == "InputLayer":
            shapes = (layer.param("batch_shape"),)
        elif layer.kind == "Dense" and read:
            shapes = ((*read[0][:-1], layer.param("units")),)
        elif layer.kind == "Concatenate" and read:
            shapes = ((*read[0][:-1], sum(shape[-1] or 0 for shape in read)),)
        calls.append(replace(call, shapes=shapes))
    return replace(graph, calls=tuple(calls))


def all_resized(graphs: Sequence[ModelGraph]) -> list[ModelGraph]:
    return list(map(resized, graphs))


def layer_of(block: Block, number: int) -> Layer:
    own = {width_parameter(block.kind) or "units": block.units, "activation": block.activation}
    params = {**({"batch_shape": block.shape, "dtype": "float32"} if block.is_input else own), **dict(block.rest)}
    frozen = params.pop("trainable", True) is False
    params = {name: value for name, value in params.items() if value is not None and name != "arguments"}
    if params.get("activation") == "linear":
        del params["activation"]
    return Layer(f"l{number}", block.kind, tuple(sorted(params.items())), frozen)


def applied(diff: Diff) -> ModelGraph:
    """The student's network after all changes."""
    student, partner = diff.student, {expected: own for own, expected in diff.pairs.items()}
    work = Work(diff, dict(enumerate(student.blocks)), partner, [*student.inputs], [*student.outputs])
    for change in diff.changes:
        _MAKE[change.kind](work, change)
    return work.graph()


def _inputs(work: Work, change: Change) -> None:
    if change.parameter == "shape":
        work.change(change.student[0], lambda block: replace(block, shape=(None, *change.asked)))  # type: ignore[misc]
    elif change.parameter == "type":
        work.change(change.student[0], lambda block: replace(block, rest=work.expected(change.expected[0]).rest))
    else:
        work.inputs = [work.partner[number] for number in work.diff.expected.inputs if number in work.partner]


def _outputs(work: Work, change: Change) -> None:
    work.outputs = [work.partner[number] for number in work.diff.expected.outputs if number in work.partner]


def _sharing(work: Work, change: Change) -> None:
    if change.parameter == "together":
        first = work.blocks[change.student[0]]
        for number in change.student:
            work.blocks[number] = replace(first, sources=work.blocks[number].sources)
    elif change.parameter == "apart":
        for place, number in enumerate(change.student):
            work.blocks[number] = replace(work.blocks[number], layer=2000 + 10 * number + place)
    elif any(number not in work.diff.pairs for number in change.student):
        work.contract(tuple(number for number in change.student if number in work.blocks))
    else:
        for number in change.expected:
            work.connect(number)


def _missing(work: Work, change: Change) -> None:
    for number in change.expected:
        work.made(number)
        if work.expected(number).is_input:
            work.list(work.inputs, work.diff.expected.inputs, number)
    work.connect(change.expected[-1])


def _extra(work: Work, change: Change) -> None:
    work.contract(tuple(number for number in change.student if number in work.blocks))


def _order(work: Work, change: Change) -> None:
    (asked,), (source,) = change.asked_sources, change.found_sources
    if change.parameter == "activation":
        for number, activation in ((source, "linear"), (asked, change.asked)):
            work.change(number, lambda block, to=activation: replace(block, activation=to))  # type: ignore[misc]
        return
    moved, place = change.student[0], change.expected[0]
    for number, block in work.blocks.items():
        if moved in block.sources:
            work.rewire(number, [source if old == moved else old for old in block.sources])
    work.outputs = [source if end == moved else end for end in work.outputs]
    work.partner[place] = moved
    work.rewire(moved, [asked])
    work.connect(place)


def _wiring(work: Work, change: Change) -> None:
    if change.student[0] in work.blocks:
        work.rewire(change.student[0], [work.made(source) for source in work.expected(change.expected[0]).sources])


def _own(work: Work, change: Change) -> None:
    asked = change.asked[0] if change.kind == "width" and isinstance(change.asked, tuple) else change.asked
    expected = work.expected(change.expected[0])

    def changed(block: Block) -> Block:
        if change.kind in ("merge", "class"):
            own = {name: getattr(expected, name) for name in ("kind", "units", "rest", "activation")}
            return replace(block, **own)
        if change.kind in ("width", "activation"):
            return replace(block, **{"units" if change.kind == "width" else "activation": asked})  # type: ignore[arg-type]
        rest = {name: value for name, value in block.rest if name != change.parameter}
        rest |= {change.parameter: asked} if asked is not None else {}
        return replace(block, rest=tuple(rest.items()))

    work.change(change.student[0], changed)


_MAKE: Mapping[str, Callable[[Work, Change], None]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": _missing, "extra": _extra, "order": _order,
    "wiring": _wiring, "merge": _own, "class": _own, "width": _own, "activation": _own, "parameter": _own,
}  # fmt: skip
