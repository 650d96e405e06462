"""How the code builds a model: statement by statement, what each calls, and what variables hold before it."""

from __future__ import annotations

import ast
import contextlib
import itertools
import re
import sys
import weakref
from collections import Counter, deque
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from types import CodeType, FrameType
from typing import Any

from ..describe import functional_class, kept_nodes, operation_of
from .data_flow import FUNCTIONS, arguments
from .followed_steps import extent, offset
from .handed_on import handed_on
from .sources import Source, Sources, Spot
from .statements import binds, bound_by, last_name, reads
from .written_reads import Moment, Tensor, written_reads

MOST_CALLS = 500  # of layers, that are remembered
MOST_FRAMES = 4
MOST_VARIABLES = 2_000
MOST_ENTRIES = 100
MOST_HELD = 100  # tensors and layers that a frame holds
MOST_STATEMENTS = 100
MOST_CODE = 20_000  # characters of all of them, with the lines between them
MOST_NAMES = 100
ADDED = re.compile(r"(net|shared)\d+")  # what a step may call a variable that it adds
LONGEST_PATH = 80
ENDS = ("inputs", "outputs")
KEPT = ("name", "trainable")  # of what a `Model(…)` is given beside inputs and outputs
MOST_MODELS = 100
MOST_TIMES = 20  # that a line calls layers, while nothing else does


class Building:
    """What was called, in order; bounded, since code may call without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.muted = False
        self.is_unwritten = False  # a call that is no call of the code, see `running_on`
        self.calls: deque[Moment] = deque(maxlen=MOST_CALLS)
        # By model, as long as that lives: where it was built, and what its function called, whose locals are gone soon.
        self.models: dict[int, tuple[weakref.ref[Any], list[Moment], list[Any]]] = {}
        self.times = Counter[tuple[Any, ...]]()  # that each line of an owner has called since the last model
        self.failed = set[tuple[int, int]]()  # sources and lines that something else stands for, see `running_on`

    def note_call(self, node: Any, frame: FrameType | None) -> None:
        """Remember where the code is calling a layer."""
        with contextlib.suppress(Exception):  # objects of the code may raise anything when they are looked at
            if self.muted:
                return
            call = (weakref.ref(node.operation), len(node.operation._inbound_nodes) - 1)
            self.calls.extend(self._moments(frame, call))

    def note_model(self, model: Any, frame: FrameType | None) -> None:
        """Remember where the code has built a model."""
        with contextlib.suppress(Exception):
            moments, key = [*self._moments(frame)], id(model)
            owners = {moment.owner for moment in moments[:1] if moment.owner[1]}
            kept = [moment.call[0]() for moment in self.calls if moment.call and moment.owner in owners]
            self.models[key] = (weakref.ref(model, lambda _: self.models.pop(key, None)), moments, kept)
            self.models = dict([*self.models.items()][-MOST_MODELS:])
            self.calls.extend(moments)
            self.times.clear()

    def _moments(self, frame: FrameType | None, call: Tensor | None = None) -> Iterator[Moment]:
        for number, spot in enumerate(itertools.islice(self.sources.spots(frame), MOST_FRAMES)):
            is_function = isinstance(spot.owner, CodeType)
            owner = (id(spot.owner), id(spot.frame) if is_function else 0)
            key = owner, id(spot.source), spot.line
            if len(self.times) > MOST_CALLS:  # functions that are called without end
                self.times.clear()
            self.times[key] += 1
            is_again = call is not None and self.times[key] > MOST_TIMES
            held, layers, keys = ({}, {}, {}) if is_again else _held(spot)
            is_own = number == 0 and not self.is_unwritten
            own = frozenset(spot.variables) if is_function else frozenset[str]()
            yield Moment(owner, spot.source, spot.line, spot.span, held, layers, keys, own, call, is_own)

    def around(self, model: Any, idle: Sequence[Any]) -> dict[str, Any]:
        """The statements that led to a model, the one with its `Model(…)` last, none where that is not known; and what
        stands for its inputs where it was given results of layers, since Keras makes an `Input` for each.

        Of tensors they name the layer and which of its calls, as the config of the model counts them, and for `idle`
        layers, which no model holds, as `unused` does.
        """
        if not isinstance(model, functional_class()):
            is_chain = isinstance(model, sys.modules["keras"].Sequential)
            return {"statements": self._chain(model) if is_chain else []}
        results = [*given_results(model)]
        numbers = _numbers(model, idle, is_copy=bool(results))
        told = {str(layer.name)[:80]: _number(numbers, tensor) for layer, tensor in results}
        known = {name: number for name, number in told.items() if number}
        reads = list[dict[str, Any]]()
        with contextlib.suppress(Exception):  # a source that is not what runs
            reads = written_reads(self.calls, partial(_number, numbers))
        return {"statements": self._statements(model, numbers), "results": known, "reads": reads}

    def called_for_others(self, model: Any) -> Iterator[Any]:
        """What functions have called that built other models."""
        for key, (_, _, kept) in [*self.models.items()]:
            yield from kept if key != id(model) else ()

    @property
    def built(self) -> set[tuple[int, int]]:
        """The sources and lines that have built models."""
        return {(id(moment.source), moment.line) for _, moments, _ in self.models.values() for moment in moments}

    def built_at(self, model: Any) -> Sequence[Moment]:
        known, moments, _ = self.models.get(id(model), (lambda: None, [], []))
        return moments if known() is model else []

    def _statements(self, model: Any, numbers: _Numbers) -> list[dict[str, Any]]:
        chain = self.built_at(model)
        for number, moment in enumerate(chain, start=1):
            if calls := self._calls_for(moment, numbers):
                sources = [*self.sources.known.values()]
                with contextlib.suppress(Exception):  # a source that is not what runs
                    return _Account(chain[:number], calls, numbers, sources, self.failed).statements()
        return []

    def _chain(self, model: Any) -> list[dict[str, Any]]:
        """The lines that make a `Sequential` and add its layers, as one statement; none where they serve more."""
        for moment in self.built_at(model)[:1]:
            source = moment.source
            others = set().union(*(other.used for other in self.sources.known.values() if other is not source))
            if lines := _of_chain(moment, others):
                first, last = lines[0].lineno, lines[-1].end_lineno
                binds = [ast.unparse(target) for target in getattr(lines[0], "targets", [])]
                told = {"location": source.location(first), "code": "\n".join(source.lines[first - 1 : last])}
                nothing: dict[str, Any] = {key: [] for key in ("above", "reads", "calls", "model", "below")}
                return [{**told, **nothing, "binds": binds, "held": None, "layers": {}, "failed": False}]
        return []

    def _calls_for(self, model: Moment, numbers: _Numbers) -> list[Moment]:
        """The calls that a frame made for a model: those after another model that it built before, if there are any."""
        own = [moment for moment in self.calls if moment.owner == model.owner]
        calls: list[Moment] = []
        for moment in reversed(own[: own.index(model)] if model in own else []):
            if moment.call is None and any(_number(numbers, call.call) for call in calls):
                break
            calls += [moment] * (moment.call is not None)
        return calls[::-1]


def _of_chain(moment: Moment, others: Set[str]) -> list[ast.stmt]:
    """What makes a model in a statement of its own, and all up to what is last added to it, as far as that does nothing
    else with the model, and gives nothing to what comes after, or to `others`."""
    source, around = moment.source, moment.source.statements_at(moment.line)
    body = next((getattr(part, "body", []) for part in around[-2:-1]), source.tree.body)
    make = around[-1] if around and around[-1] in body else None
    call = make.value if isinstance(make, (ast.Assign, ast.Return)) else None
    name, *more = [ast.unparse(target) for target in getattr(make, "targets", [])] or [""]
    if make is None or call is None or call is not source.at(moment.span, ast.Call) or more:
        return []
    if source.lines[make.lineno - 1].encode()[: make.col_offset].strip():  # after `def f():`, or `if x:`
        return []
    rest = body[body.index(make) :]
    last = max((number for number, part in enumerate(rest) if "add" in _asked_of(name, part)), default=0)
    lines, below = rest[: last + 1], rest[last + 1 :]
    later = [call for call in source.calls.get("add", ()) if call.lineno > (lines[-1].end_lineno or 0)]
    given = set().union(*map(binds, lines[1:])) & {*others}.union(*map(reads, below))
    is_alone = all(_only_adds(name, part) for part in lines[1:]) and not given
    return lines if is_alone and not any(ast.unparse(call.func) == f"{name}.add" for call in later) else []


def _only_adds(name: str, statement: ast.stmt) -> bool:
    """Whether a statement does nothing but add to what has a name, or give names something, perhaps in a loop."""
    if isinstance(statement, (ast.For, ast.If)):
        return all(_only_adds(name, part) for part in (*statement.body, *statement.orelse))
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets)
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == f"{name}.add"


def _asked_of(name: str, statement: ast.stmt) -> set[str]:
    """The methods of what has a name that a statement calls."""
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute) and ast.unparse(call.value) == name}


def _held(spot: Spot) -> tuple[dict[str, Tensor], dict[str, weakref.ref[Any]], dict[str, str]]:
    """The tensors and layers that the variables of a frame hold, as the code can write them, and their keys."""
    keras, scope = sys.modules["keras"], spot.scope
    values = [(label, value) for label, value in named_values(scope) if len(label) <= LONGEST_PATH]
    tensors = [(label, value) for label, value in values if issubclass(type(value), keras.KerasTensor)]
    histories = {label: value._keras_history for label, value in tensors[:MOST_HELD]}
    held = {
        label: (weakref.ref(history.operation), history.node_index)
        for label, history in histories.items() if history.tensor_index == 0
    }  # fmt: skip
    layers = [(label, value) for label, value in values if issubclass(type(value), keras.layers.Layer)]
    known = {label.rpartition("[")[2] for label in held if "[" in label}
    plain = {name: value for name, value in scope.items() if type(value) in (int, str) and _is_short(value)}
    keys = {name: repr(value) for name, value in plain.items() if f"{value!r}]" in known}
    return held, {label: weakref.ref(layer) for label, layer in layers[:MOST_HELD]}, keys


def calling(spot: Spot) -> dict[str, Any] | None:
    """The statement that gives a name, or returns, what a function gives; nothing where its lines have more."""
    with contextlib.suppress(Exception):  # a source that is not what runs
        node, source = spot.source.statements_at(spot.line, spot.span[2])[-1], spot.source
        code = "\n".join(source.lines[node.lineno - 1 : node.end_lineno])
        is_whole = isinstance(node, (ast.Assign, ast.Return)) and code.strip() == source.code_of(node)
        if is_whole and node.value is spot.node(ast.Call):
            return {"location": source.location(node.lineno), "code": code, "binds": sorted(binds(node))}
    return None


def _is_short(key: int | str) -> bool:
    return len(key) < LONGEST_PATH if isinstance(key, str) else 0 <= key < MOST_ENTRIES


def named_values(namespace: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What variables hold, and what stands in lists, dicts and objects that they hold, as the code can write it."""
    values = [item for item in list(namespace.items())[:MOST_VARIABLES] if not str(item[0]).startswith("_")]
    return values + [entry for label, value in values for entry in entries(label, value)][:MOST_VARIABLES]


def entries(label: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a list, a dict or an object holds, as the code can write it: `inputs[1]`, `heads['sine']`, `self.shared`."""
    if type(value) in (list, tuple) and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{number}]", entry) for number, entry in enumerate(value))
    elif type(value) is dict and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{key!r}]", entry) for key, entry in value.items() if type(key) in (str, int))
    elif label == "self" and isinstance(attributes := getattr(value, "__dict__", None), dict):
        yield from ((f"self.{name}", entry) for name, entry in [*attributes.items()][:MOST_ENTRIES] if name[:1] != "_")


_Numbers = Mapping[int, tuple[str, Mapping[int, int]]]  # by operation: its name, and what each of its calls is called


def given_results(model: Any) -> Iterator[tuple[Any, Tensor]]:
    """The inputs that Keras made of results, each with the result: it has called all that reads them once more."""
    operations = model.operations if isinstance(model, functional_class()) else ()
    if not any(str(operation.name).endswith("CLONE") for operation in operations):
        return
    for operation in operations:
        kept = kept_nodes(model, operation)
        ids = {id(node) for node in kept}
        others = [node for node in operation._inbound_nodes if id(node) not in ids][:MOST_FRAMES]
        pairs = ((node.input_tensors, other.input_tensors) for node in kept[:MOST_FRAMES] for other in others)
        for own, result in (pair for tensors in pairs for pair in zip(*tensors, strict=False)):
            if str(own.name).endswith("CLONE"):
                history = result._keras_history
                yield operation_of(own), (weakref.ref(history.operation), history.node_index)


def _numbers(model: Any, idle: Sequence[Any], *, is_copy: bool) -> _Numbers:
    numbers = {id(layer): (str(layer.name)[:80], {n: n for n in range(len(layer._inbound_nodes))}) for layer in idle}
    for operation in model.operations:
        places = {id(node): place for place, node in enumerate(kept_nodes(model, operation))}
        calls = {n: places[id(node)] for n, node in enumerate(operation._inbound_nodes) if id(node) in places}
        if is_copy and len(places) == 1:
            calls = dict.fromkeys(range(len(operation._inbound_nodes)), 0)
        numbers[id(operation)] = (str(operation.name)[:80], calls)
    return numbers


def _number(numbers: _Numbers, tensor: Tensor | None) -> list[Any] | None:
    """What the recording calls a tensor; nothing of one that is not in it."""
    operation = tensor[0]() if tensor else None
    if tensor is None or id(operation) not in numbers:
        return None
    name, calls = numbers[id(operation)]
    return [name, calls[tensor[1]]] if tensor[1] in calls else None


@dataclass(frozen=True)
class _Account:
    """One model, and the calls that a frame has made for it: the last of the `chain` from its `Model(…)` outwards."""

    chain: Sequence[Moment]
    calls: Sequence[Moment]
    numbers: _Numbers
    others: Sequence[Source]
    failed: Container[tuple[int, int]]

    @property
    def model(self) -> Moment:
        return self.chain[-1]

    def statements(self) -> list[dict[str, Any]]:
        told = [entry for source in self._sources() for entry in self._told(source)]
        bound = {name for entry in told for name in entry["binds"]}
        told[-1]["below"] = sorted(self._read_below() & bound)
        told[-1]["reads"] += sorted(name for source in self.others for name in source.bound if ADDED.fullmatch(name))
        length = sum(len(line) for entry in told for line in (*entry["above"], entry["code"]))
        most = max((len(entry[name]) for entry in told for name in ("above", "binds", "reads", "calls")), default=0)
        return told if len(told) <= MOST_STATEMENTS and length <= MOST_CODE and most <= MOST_NAMES else []

    def _sources(self) -> list[Source]:
        """The model's last."""
        sources = {id(moment.source): moment.source for moment in (*self.calls, self.model)}
        own = self.model.source
        return [*(source for source in sources.values() if source is not own), own]

    def _told(self, source: Source) -> Iterator[dict[str, Any]]:
        """The statements of a source from the first to the last that calls a layer or builds the model."""
        end, own = 0, [moment for moment in (*self.calls, self.model) if moment.source is source]
        for first, last, nodes in _by_lines(self._statements(source)):
            moments = [moment for moment in own if first <= moment.line <= last]
            held = [self._held(moment, _bound_above(moment.line, nodes)) for moment in moments[:1]]
            yield {
                "location": source.location(first),
                "above": source.lines[(end or first - 1) : first - 1],
                "code": "\n".join(source.lines[first - 1 : last]),
                "binds": sorted(set().union(*map(binds, nodes), *map(_targets, nodes))),
                "reads": sorted(set().union(*map(reads, nodes))),
                "calls": [*filter(None, (self._call(moment, nodes) for moment in moments if moment.call))],
                **(held[0] if held else {"held": None, "layers": {}}),
                "model": self._model(first, last) if self.model in moments else None,
                "below": [],
                "failed": any((id(source), line) in self.failed for line in range(first, last + 1)),
            }
            end = last

    def _statements(self, source: Source) -> list[ast.stmt]:
        """Those of the module, or of the function, in whose body the model is built: from the first that calls a layer,
        or that has failed to do something with layers that are no models."""
        lines = [call.line for call in self.calls if call.source is source]
        is_own = source is self.model.source
        lines += [self.model.line] * is_own
        statements = [*_until(self._body(source), lines[-1])] if is_own else source.tree.body
        held = [entry for call in self.calls[:1] for entry in call.layers.items()]
        layers = {re.split(r"[.[]", path)[0] for path, layer in held if not isinstance(layer(), functional_class())}
        failed = [node for node in statements if (id(source), node.lineno) in self.failed]
        lines += [node.lineno for node in failed if layers & reads(node)]
        starts = [node for node in statements if any(node.lineno <= n <= (node.end_lineno or 0) for n in lines)]
        return [node for node in statements if starts and starts[0].lineno <= node.lineno <= starts[-1].lineno]

    def _read_below(self) -> set[str]:
        """The names that what comes after the model reads, in its function, or in the module or notebook."""
        source, end = self.model.source, self.model.line
        body = [node for node in self._body(source) if node.lineno > end]
        if source.cell and not self.model.owner[1]:
            later = [other for other in self.others if (other.cell or 0) > source.cell]
            body += [node for other in later for node in other.tree.body]
        needed, bound = set[str](), set[str]()
        for node in body:
            needed |= reads(node) - bound
            bound |= binds(node)
        return needed

    def _body(self, source: Source) -> list[ast.stmt]:
        around = [node for node in source.statements_at(self.model.line) if isinstance(node, FUNCTIONS)]
        return around[-1].body if self.model.owner[1] and around else source.tree.body

    def _held(self, moment: Moment, new: set[str]) -> dict[str, Any]:
        """What variables hold, but for those that the statement itself has given a value before."""
        tensors = ((name, _number(self.numbers, tensor)) for name, tensor in moment.held.items() if name not in new)
        layers = ((name, id(layer())) for name, layer in moment.layers.items() if name not in new)
        return {
            "held": {name: number for name, number in tensors if number},
            "layers": {name: self.numbers[key][0] for name, key in layers if key in self.numbers},
        }

    def _call(self, moment: Moment, nodes: Sequence[ast.stmt]) -> list[Any] | None:
        """A call, and the code of what it calls, if this means the same wherever it stands in its statement."""
        number, call = _number(self.numbers, moment.call), moment.source.at(moment.span, ast.Call)
        if number is None or call is None or not moment.is_own:
            return number and [*number, ""]
        inner = bound_by(part for node in nodes for part in ast.walk(node) if hasattr(node, "body") or part is not node)
        targets = set().union(*map(binds, (node for node in nodes if isinstance(node, ast.Assign))))
        code = moment.source.code_of(call.func)
        is_plain = not {part.id for part in ast.walk(call.func) if isinstance(part, ast.Name)} & (inner - targets)
        return [*number, code if is_plain and "\n" not in code else ""]

    def _model(self, first: int, last: int) -> list[str]:
        """What stands before, between and after the inputs and outputs of `Model(…)`, or of the call of a function that
        gives these to it; nothing where that is unclear."""
        source = self.model.source
        call, text = source.at(self.model.span, ast.Call), source.text
        start, end = offset(text, first, 0), offset(text, last, 0) + len(source.lines[last - 1])
        if call is not None and len(self.chain) == 1 and last_name(call.func) == "Model":
            opening, closing = text.index("(", extent(text, call.func)[1]) + 1, extent(text, call)[1] - 1
            rest = "".join(f", {source.code_of(word)}" for word in call.keywords if word.arg in KEPT)
            is_plain = not any(isinstance(part, ast.Starred) for part in call.args)
            return [f"{text[start:opening]}inputs=", ", outputs=", rest + text[closing:end]] if is_plain else []
        has_failed = (id(source), self.model.line) in self.failed  # perhaps for what the call gives in which place
        ends = _handed_ends(self.chain) if not has_failed else ()
        places = [place for node in ends for place in extent(text, node)]
        borders = [start, *places, end] if places else []
        parts = zip(borders[::2], borders[1::2], strict=True)
        return [text[slice(*pair)] for pair in parts] if borders == sorted(borders) else []


def _handed_ends(chain: Sequence[Moment]) -> Sequence[ast.expr]:
    """What the call in the last of these lines has for the inputs and the outputs of the `Model(…)` in the first, if
    the functions between them hand both on as they are."""
    call = chain[0].source.at(chain[0].span, ast.Call)
    given = arguments(call, [*ENDS]) if call is not None and last_name(call.func) == "Model" else {}
    nodes = [given.get(name) for name in ENDS]
    for inner, outer in itertools.pairwise(chain):
        values = handed_on(inner, outer).values
        nodes = [values.get(node.id) if isinstance(node, ast.Name) else None for node in nodes]
    return [node for node in nodes if node is not None] if None not in nodes else []


def _bound_above(line: int, statements: Sequence[ast.stmt]) -> set[str]:
    """What loops and other statements with a body have bound when they come to a line."""
    parts = (part for node in statements if hasattr(node, "body") for part in ast.walk(node))
    return bound_by(part for part in parts if getattr(part, "lineno", line) < line)


def _targets(statement: ast.stmt) -> set[str]:
    """`parts['a']` and `self.shared`, to which a statement assigns."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {ast.unparse(target) for target in targets if isinstance(target, (ast.Attribute, ast.Subscript))}


def _until(body: Sequence[ast.stmt], line: int) -> Iterator[ast.stmt]:
    """The statements of a body up to that of a line; of one that the line is within, those of its own body."""
    for node in body:
        inner = [part for name in ("body", "orelse", "finalbody") for part in [getattr(node, name, [])]
                 if any(inside.lineno <= line <= (inside.end_lineno or 0) for inside in part)]  # fmt: skip
        if inner and not isinstance(node, FUNCTIONS):
            yield from _until(inner[0], line)
        elif node.lineno <= line:
            yield node


def _by_lines(statements: Sequence[ast.stmt]) -> Iterator[tuple[int, int, list[ast.stmt]]]:
    """Statements with their first and last lines; those that share a line as one."""
    grouped: list[tuple[int, int, list[ast.stmt]]] = []
    for node in statements:
        first, last = node.lineno, node.end_lineno or node.lineno
        if grouped and first <= grouped[-1][1]:
            start, end, nodes = grouped.pop()
            first, last, own = start, max(end, last), [*nodes, node]
        else:
            own = [node]
        grouped.append((first, last, own))
    yield from grouped
