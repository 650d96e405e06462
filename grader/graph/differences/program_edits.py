"""The expected network, written into the student's program: what is right there stays as it is.

It goes through the statements that build the model, in their order, and follows what the variables would hold. One
stays if all that it calls is right on what it would read; else its calls are written anew, and given the same names.
What is missing is written before what reads it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from grader.domain import Edit, ModelGraph, Statement, Step
from grader.domain.told_edits import step_in_lines
from grader.domain.words import code_below, listed
from grader.graph.differences.blocks import MERGES, Blocks
from grader.graph.differences.student_program import StudentProgram, base_of, block_of_calls
from grader.graph.differences.words import Words
from grader.graph.keras_code import called, constructed, dedented, names_around, with_ends

_MOST_ROUNDS = 25  # each begins again with one more statement or layer to be written
Lines = list[str]
_Part = tuple[Statement, Lines, Lines | None]


class CannotWriteError(Exception):
    """The program does not build the network in statements that can be followed."""


class _Anew(Exception):
    """What has to be written anew as well: a "statement", or the calls of an expected "layer", and its number."""


@dataclass(frozen=True)
class Rewritten:
    """Statements, and by number the lines to write above them, and those in their place, if they do not stay.

    `unknown` are classes of layers in these lines that the program has not imported.
    """

    statements: Sequence[Statement]
    edits: Mapping[int, tuple[Lines, Lines | None]]
    unknown: frozenset[str]

    @property
    def steps(self) -> tuple[Step, ...]:
        """What to write in place of each run of statements that change; and imports."""

        def run(entry: tuple[int, int]) -> tuple[int | None, str, int]:
            index, number = entry
            place = self.statements[number].location
            return place.cell, place.file, number - index if place.line else 0

        groups = [[number for _, number in members] for _, members in groupby(enumerate(self.edits), run)]
        parts = [self.part(min(group), max(group)) for group in groups]
        if any(not part[0][0].location.line for part in parts):
            return tuple(Step(_told_without_place(part)) for part in parts)
        edits = [_edit(part) for part in parts]
        line = f"from keras.layers import {', '.join(sorted(self.unknown))}"
        imports = [replace(edit, new=line, old="", last=None) for edit in edits[:1] if self.unknown]
        return (step_in_lines([*edits, *imports]),) if edits else ()

    def part(self, first: int, last: int) -> list[_Part]:
        """Statements in a row with what is written above them, and in their place, if they do not stay."""
        return [(self.statements[n], *self.edits.get(n, ([], None))) for n in range(first, last + 1)]


def rewritten(words: Words, student: ModelGraph, network: ModelGraph, built: Blocks) -> Rewritten:
    """The statements that build the student's network, whose blocks were `built`, turned into some of a `network`.

    Raises `CannotWriteError`.
    """
    program = StudentProgram.of(words, student, built)
    expected = block_of_calls(network, words.expected)
    is_made = bool(program.statements) and program.statements[-1].model is not None
    if not is_made or student.kind == "Sequential" or len(expected) < len(network.calls):
        raise CannotWriteError
    failed = {number for number, statement in enumerate(program.statements) if statement.failed}
    anew: dict[str, set[int]] = {"statement": failed, "layer": set()}
    for _ in range(_MOST_ROUNDS):
        try:
            writer = _Writer(program, network, expected, anew["statement"], anew["layer"])
            return Rewritten(program.statements, writer.edits(), frozenset(writer.unknown))
        except _Anew as more:
            kind, number = more.args
            anew[kind].add(number)
    raise CannotWriteError


@dataclass
class _Writer:
    """The statements gone through once; those of `anew`, and the calls of `layers_anew`, are written in any case.

    `expected` are the blocks of the calls of the `network`. `meaning` says which expected block one of the student's
    is, of those that are there so far, `here` which expected blocks variables hold, and `before` what they held before
    each statement. `fresh` are variables that are added, and `shared` those for layers. What is in a `lost` variable
    is not what it was, and `unknown` are classes that the program has not imported.
    """

    program: StudentProgram
    network: ModelGraph
    expected: Mapping[int, int]
    anew: set[int]
    layers_anew: set[int]
    number: int = 0
    meaning: dict[int, int] = field(default_factory=dict)
    here: dict[str, int] = field(default_factory=dict)
    before: list[dict[str, int]] = field(default_factory=list)
    fresh: dict[int, str] = field(default_factory=dict)
    shared: dict[int, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    lines: Lines = field(default_factory=list)
    above: dict[int, Lines] = field(default_factory=dict)
    written: dict[int, Lines] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        return self.program.words

    def edits(self) -> Mapping[int, tuple[Lines, Lines | None]]:
        """By statement, the lines above it, and those in its place, if it does not stay."""
        self._begin()
        for number, statement in enumerate(self.program.statements):
            self.number, self.lines = number, []
            held = (self.program.held[number] or {}).items()
            known = {name: self.meaning[a] for name, a in held if a in self.meaning and base_of(name) not in self.lost}
            self.here = known
            self.before.append(dict(known))
            if statement.model is not None:
                self._write_model(statement.model)
            elif self.program.calls[number]:
                self._write_calls(statement)
            elif self.lost.intersection(statement.reads) or statement.failed:
                self._drop(statement)
            else:
                self.lost -= {*statement.binds}
        if self.lost.intersection(self.program.statements[-1].below):
            raise CannotWriteError
        changed = sorted(n for n in {*self.above, *self.written} if self.above.get(n) or self._is_new(n))
        return {n: (self.above.get(n, []), self.written.get(n)) for n in changed}

    def _is_new(self, number: int) -> bool:
        code = self.program.statements[number].code
        return self.written.get(number) != dedented(code)

    def _begin(self) -> None:
        """What is made elsewhere is there from the start, as far as it is right."""
        called_here = {a for calls in self.program.calls for a in calls}
        for a in range(len(self.words.student)):
            if a not in called_here and self._is_right(a):
                self.meaning[a] = self.program.pairs[a]

    # Statements that call layers

    def _write_calls(self, statement: Statement) -> None:
        calls, known, pairs = self.program.calls[self.number], dict(self.meaning), self.program.pairs
        stays = self.number not in self.anew and not self.lost.intersection(statement.reads)
        parts = {*calls} & self.program.parts.keys()
        for a in calls:
            stays = stays and (self._is_right(self.program.parts.get(a, a)) or (a not in pairs and not parts))
            self.meaning |= {a: pairs[a]} if stays and a in pairs else {}
        if not any(a in pairs for a in calls) and not (parts and stays):
            self._pass_on(statement)
        elif stays:
            self.lost -= {*statement.binds}
        else:
            self.meaning = known
            self._write_anew(statement)

    def _is_right(self, a: int) -> bool:
        """Whether a call of the student's is what it should be, on what is there now, and is not there already."""
        b = self.program.pairs.get(a)
        if b is None or not self.program.is_block(a) or a in self.program.wrong or self._is_there(b):
            return False
        block, expected = self.words.student[a], self.words.expected[b]
        if self.program.kept.get(block.layer) != expected.layer or expected.layer in self.layers_anew:
            return False
        sources = [self.meaning.get(source, -1) for source in block.sources]
        in_order = block.ordered and expected.ordered
        return sources == [*expected.sources] if in_order else Counter(sources) == Counter(expected.sources)

    def _is_there(self, b: int) -> bool:
        return b in self.fresh or b in self.meaning.values()

    def _pass_on(self, statement: Statement) -> None:
        """Layers that are too many go, and what they read stands for what they give, where something needs that."""
        after, own = self.program.after(self.number), self.program.calls[self.number]
        names = {name: a for name, a in after.items() if name in statement.binds and a in own}
        live = [self.program.parts.get(a, a) in self.words.student.live for a in names.values()]
        later = zip(self.program.statements, self.program.calls, strict=True)
        read = {name for entry, calls in [*later][self.number + 1 :] if not calls and entry.model is None
                for name in entry.reads}  # fmt: skip
        needed = {name for name in names if name in read or base_of(name) != name}  # by what calls no layer
        there = {name: self._origin(a) for name, a in names.items()}
        there = {name: b for name, b in there.items() if b in self.here.values()}
        if not all(live) or not names or not needed <= there.keys():
            if self.lost.intersection(statement.reads) or statement.failed:
                self._drop(statement)
            return
        for name, a in names.items():
            held = self._held(there[name]) if name in there else ""
            if held == name or name in needed:
                self.meaning[a] = there[name]
                self.lines += [f"{name} = {held}"] * (held != name)
            else:
                self.lost.add(name)
        self.lost |= {*statement.binds} - names.keys()
        self.written[self.number] = self.lines

    def _drop(self, statement: Statement) -> None:
        """What it reads is not there any more."""
        self.written[self.number] = []
        self.lost |= {*statement.binds}

    def _origin(self, a: int) -> int:
        """The expected block that a superfluous call of the student's passes on."""
        while a not in self.meaning:
            block = self.program.parts.get(a, a)
            sources = self.words.student[block].sources if self.program.is_block(block) else ()
            if a in self.program.pairs or len(sources) != 1:
                return -1
            a = sources[0]
        return self.meaning[a]

    def _write_anew(self, statement: Statement) -> None:
        """The calls of a statement one by one, those that nothing later is needed for, with the names that it binds."""
        after, calls = self.program.after(self.number), self.program.calls[self.number]
        pairs = {a: b for a, b in self.program.pairs.items() if a in calls and not self._waits(a, b)}
        needed = [pairs[a] for a in calls if a in pairs]
        names: dict[int, list[str]] = {}
        for name, a in after.items():
            if name in statement.binds and a in pairs:
                names.setdefault(pairs[a], []).append(name)
        given = set[str]()
        for b in needed:
            target, *others = names.get(b, [""])
            given |= {target} if self._get(b, target) == target else set()
            self.lines += [f"{name} = {self._held(b)}" for name in others]
            given |= {*others}
        self.meaning |= pairs
        self._lose(statement, after, given)
        self.written[self.number] = self.lines

    def _lose(self, statement: Statement, after: Mapping[str, int], given: set[str]) -> None:
        """What a statement no longer gives to variables, and to lists and dicts."""
        held = self.program.held[self.number] or {}
        filled = {name for name, a in after.items() if base_of(name) != name and held.get(name) != a}
        self.lost = (self.lost | {*statement.binds} | set(map(base_of, filled - given))) - given

    def _waits(self, a: int, b: int) -> bool:
        """Whether a block reads what only a later statement makes, without need of it."""
        later = {partner for calls in self.program.calls[self.number + 1 :] for partner in calls}
        missing = [source for source in self.words.expected[b].sources if not self._is_there(source)]
        partners = {self.program.partners.get(source, -1) for source in missing} & later
        return any(
            self.program.is_block(a) and self.program.is_block(partner) and not self.words.student.is_before(a, partner)
            for partner in partners
        )

    # Expected blocks, and the variables that hold them

    def _paths(self, b: int) -> list[str]:
        """How the code can write an expected block here, the simplest first."""
        own = sorted((name for name, block in self.here.items() if block == b), key=len)
        return [*own, *([self.fresh[b]] if b in self.fresh else [])]

    def _held(self, b: int) -> str:
        """The variable that holds an expected block here, which is there: perhaps one that is added for it above."""
        if paths := self._paths(b):
            return paths[0]
        statements = self.program.statements
        for number, held in reversed([*enumerate(self.before)]):
            is_loop = statements[number].code.lstrip().startswith(("for ", "while "))
            own = {*(statements[number].binds if is_loop else ())}  # as an earlier pass has left them
            own = own.difference(*(entry.binds for entry in statements[:number]))
            if names := [name for name, block in held.items() if block == b and base_of(name) not in own]:
                self.fresh[b] = self._new("net")
                self.above.setdefault(number, []).append(f"{self.fresh[b]} = {names[0]}")
                return self.fresh[b]
        makers = (n for n, calls in enumerate(self.program.calls) if self.program.partners.get(b) in calls)
        maker, layer = next(makers, -1), self.words.expected[b].layer
        if maker in self.anew or (maker < 0 and layer in self.layers_anew):
            raise CannotWriteError
        raise _Anew("statement", maker) if maker >= 0 else _Anew("layer", layer)  # a part of another model has no name

    def _get(self, b: int, name: str = "") -> str:
        """The variable that holds an expected block, which is written if it is not there yet; perhaps of this name."""
        if self._is_there(b):
            held = self._held(b)
            if name in ("", held) or base_of(name) not in self.program.statements[-1].below:
                return held
            self.lines.append(f"{name} = {held}")
            return name
        code = self._code(b)
        if name:
            self.here = {path: block for path, block in self.here.items() if base_of(path) != name} | {name: b}
            self.meaning |= {a: b for a in [self.program.partners.get(b)] if a is not None}
        else:  # what the program calls otherwise, `model.inputs[0]`, is not what is written now
            name = self.fresh[b] = self._new("net")
        self.lines.append(f"{name} = {code}")
        return name

    def _code(self, b: int) -> str:
        """A block as an expression, on variables; with its activation, if that is a layer of its own."""
        text = ""
        for number in (number for number, block in self.expected.items() if block == b):
            call = self.network.calls[number]
            own = {tensor: text if self.expected[tensor.call] == b else self._get(self.expected[tensor.call])
                   for tensor in call.sources}  # fmt: skip
            callee = "" if text else self._callee(call.layer, b)
            text = called(self.network, number, own.__getitem__, self._spelled, callee)
        return text

    def _callee(self, layer: int, b: int) -> str:
        """What is called for a block: the code that does so now, a variable that holds the layer, or a new layer."""
        a, number = self.program.partners.get(b, -1), self.words.expected[b].layer
        kept = [own for own, expected in self.program.kept.items() if expected == number not in self.layers_anew]
        is_kept = self.program.is_block(a) and self.words.student[a].layer in kept
        has_failed = self.program.statements[self.number].failed  # perhaps for what it calls
        code = self.program.callees[self.number].get(a, "") if is_kept and not has_failed else ""
        if code and self.lost.isdisjoint(re.findall(r"\w+", code)):
            return code
        if number in self.shared:
            return self.shared[number]
        apart = self.words.names.activations  # layers whose activation another one applies
        names = {block.name for block in self.words.student.blocks if block.layer in kept and block.name not in apart}
        objects = self.program.statements[self.number].layers.items()
        if paths := [path for path, name in objects if name in names and base_of(path) not in self.lost]:
            return min(paths, key=len)
        if len(self.words.expected.calls[number]) == 1:
            kind, known = self.network.layers[layer].kind, self.words.names.is_known
            function = kind.lower()
            return self._spelled(function) if kind in MERGES and not known(kind) and known(function) else ""
        if kept:
            raise _Anew("layer", number)
        self.shared[number] = self._new("shared")
        self.lines.append(f"{self.shared[number]} = {constructed(self.network.layers[layer], self._spelled)}")
        return self.shared[number]

    def _spelled(self, kind: str) -> str:
        self.unknown |= set() if self.words.names.is_known(kind) else {kind}
        return self.words.names.spelled(kind)

    def _new(self, stem: str) -> str:
        """A name that hides nothing of the program, such as its data."""
        taken = {*self.program.names, *self.fresh.values(), *self.shared.values()}
        return next(name for number in count(1) if (name := f"{stem}{number}") not in taken)

    # The model

    def _write_model(self, around: Sequence[str]) -> None:
        """The statement of `Model(…)`: what it calls, if anything, and what it is given."""
        statement, pairs, known = self.program.statements[self.number], self.program.pairs, dict(self.meaning)
        stays = self.number not in self.anew and not self.lost.intersection(statement.reads)
        stays = stays and not self.words.names.clones
        for a in self.program.calls[self.number] if stays else ():
            self.meaning |= {a: pairs[a]} if self._is_right(a) else {}
        inputs = self.program.inputs if self._fed_alike() else self.words.student.inputs
        own = [[self.meaning.get(a, -1) for a in ends] for ends in (inputs, self.words.student.outputs)]
        expected = [self._inputs(), [*self.words.expected.outputs]]
        if stays and own == expected:
            return
        if len(around) != 3 or self.lost.intersection(names_around(around)):
            raise CannotWriteError
        self.meaning = known
        starts, ends = ([self._get(b) for b in side] for side in expected)
        code = with_ends(around, starts, ends, self.words.names.keys)
        self.written[self.number] = [*self.lines, *code.splitlines()]

    def _inputs(self) -> list[int]:
        """The expected inputs, in the student's order if all are fed with the same."""
        order = [self.program.pairs[a] for a in self.program.inputs if a in self.program.pairs]
        inputs = [*self.words.expected.inputs]
        return sorted(inputs, key=lambda b: [*order, b].index(b)) if self._fed_alike() else inputs

    def _fed_alike(self) -> bool:
        expected = self.words.expected
        return len({expected[b].label for b in expected.inputs}) == 1


def _edit(part: Sequence[_Part]) -> Edit:
    """The lines of statements in a row, in place of what they are."""
    (first, *_), (last, *_) = part[0], part[-1]
    start, end, lines = first.location, (last.location.line or 0) + last.code.count("\n"), _lines_of(part)
    old = first.code.strip() if len(part) == len(lines) == 1 and "\n" not in first.code.strip() else ""
    return Edit(start.line or 0, "\n".join(lines), old, last=end, cell=start.cell, file=start.file)


def _told_without_place(part: Sequence[_Part]) -> str:
    made = listed([f"`{name}`" for statement, *_ in part for name in statement.binds])
    return code_below(f"Write these lines in place of what makes {made}:", _lines_of(part))


def _lines_of(part: Sequence[_Part]) -> Lines:
    """All of them, as the first one is indented."""
    first, lines = part[0][0].code, Lines()
    for number, (statement, above, new) in enumerate(part):
        lines += dedented("\n".join(statement.above), first) if number else []
        more = _indent(statement.code).removeprefix(_indent(first))
        lines += [f"{more}{line}" for line in above]
        lines += dedented(statement.code, first) if new is None else [f"{more}{line}" for line in new]
    return lines


def _indent(code: str) -> str:
    return code[: len(code) - len(code.lstrip())]
