"""The student's own call, as it stands in the source and as it should stand, and the name that was probably meant."""

from __future__ import annotations

import ast
import contextlib
import copy
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from .handed_on import NOTHING, handed_on
from .sources import MOST_CALLERS, Source, Sources, Spot
from .statements import is_written_out, last_name

MOST_NEAR = 5
GLYPHS = str.maketrans("1IO", "ll0")  # what looks alike
ALIKE = 0.75  # of each word of a name: `sesion` is `session`, `epsilon` is not
ArgumentKey = int | str
# What a note says beside its code: values by name. `edits` are changes of the program as `grader.domain.Edit` has them;
# one without a place is about the line of the note.
NoteValues = dict[str, Any]
Conclusion = tuple[str, NoteValues]
SHORT_NAMES = {
    "losses": ("mse", "mae", "mape", "msle"),
    "metrics": ("mse", "mae", "mape", "msle", "accuracy"),
    "initializers": ("uniform", "normal"),
}
BODIES = ("body", "orelse", "finalbody")
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try)
MOST_SHOWN = 80
# Names that `compile` itself understands.
COMPILE_KNOWS = ("accuracy", "acc", "crossentropy", "ce")


def nearest(name: str, names: Sequence[str], cutoff: float = 0.7) -> str:
    """The name that was probably meant; capitals do not count. Of several that are as near, the first."""
    swapped = [option for option in names if sorted(option.lower()) == sorted(name.lower())]
    if swapped and name not in swapped:
        return min(swapped, key=lambda option: sorted(option) != sorted(name))
    if twins := [option for option in names if option != name and option.translate(GLYPHS) == name.translate(GLYPHS)]:
        return twins[0]
    twice = [n for n, letter in enumerate(name) if name[n + 1 : n + 2] == letter and not letter.isdigit()]
    shorter = [name[:n] + name[n + 1 :] for n in twice]
    if doubled := next((text for text in shorter if text in names), ""):  # half of `xx` is too little to be alike
        return doubled
    abbreviated = [option for option in names if _is_abbreviated(name.lower(), option.lower())]
    if len(abbreviated) == 1:
        return abbreviated[0]
    small = {option.lower(): option for option in reversed(names) if _is_alike(name.lower(), option.lower())}
    near = get_close_matches(name.lower(), small, MOST_NEAR, cutoff)
    ratios = {small[option]: SequenceMatcher(None, option, name.lower()).ratio() for option in near}
    return max((option for option in names if option in ratios), key=ratios.__getitem__, default="")


def _is_alike(name: str, other: str) -> bool:
    """Whether each of several words of one name can be that of the other, perhaps but for a number at its end:
    `set_epsilon` is no slip of `set_session`."""
    words, other_words = name.split("_"), other.split("_")
    if len(words) == 1 or len(words) != len(other_words):
        return True
    pairs = [*zip(words, other_words, strict=True)]
    return all(get_close_matches(word, [twin], 1, ALIKE) or _but_for_digits(word) == _but_for_digits(twin)
               for word, twin in pairs)  # fmt: skip


def _but_for_digits(word: str) -> str:
    return word.rstrip("0123456789") or word


def _is_abbreviated(name: str, other: str) -> bool:
    """Whether one name has shorter words for those of the other: `x_val` for `x_validation`."""
    words, other_words = name.split("_"), other.split("_")
    pairs = [sorted(pair, key=len) for pair in zip(words, other_words, strict=False)]
    fits = all(short == long or (len(short) > 2 and long.startswith(short)) for short, long in pairs)
    return len(words) == len(other_words) > 1 and fits and name != other


@dataclass(frozen=True)
class Part:
    """An expression, and the source that has it."""

    node: Any
    source: Source

    def is_within(self, node: ast.AST, source: Source) -> bool:
        return source is self.source and node.lineno <= self.node.lineno <= node.end_lineno  # type: ignore[attr-defined]

    def text(self) -> str:
        """As it is written, if that is on one line."""
        node, lines = self.node, self.source.lines
        if node.end_lineno != node.lineno or node.lineno > len(lines):
            return ""
        segment = lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
        return str(segment, "utf-8", "replace")[:MOST_SHOWN]

    @property
    def nth(self) -> int:
        """Which it is of several on its line that are written alike, from 1; `followed_steps` counts them so, too."""
        own = ast.unparse(self.node)
        alike = [node for node in self.source.by_line[self.node.lineno] if ast.unparse(node) == own]
        return alike.index(self.node) + 1 if len(alike) > 1 and self.node in alike else 0

    def written(self) -> dict[str, Any]:
        """The text, where it is, and, where its line has it more than once, which of them it is."""
        return {"text": self.text(), "location": self.source.location(self.node.lineno), "ordinal": self.nth}


@dataclass(frozen=True)
class Written:
    """A call in a source, which a frame is making; `around` are the frames that called its function, and so on."""

    node: ast.Call
    spot: Spot
    around: Sequence[Spot] = ()

    @property
    def text(self) -> str:
        """What stands there, brackets and spaces included."""
        return self.spot.source.code_of(self.node) if hasattr(self.node, "lineno") else ast.unparse(self.node)

    @property
    def function(self) -> str:
        return ast.unparse(self.node.func)

    @property
    def parts(self) -> dict[ArgumentKey, ast.expr]:
        """The arguments, by position or by keyword; what is unpacked has no key of its own."""
        arguments: dict[ArgumentKey, ast.expr] = dict(enumerate(self.node.args))
        return arguments | {keyword.arg or "**": keyword.value for keyword in self.node.keywords}

    def key(self, position: int | None, name: str) -> ArgumentKey | None:
        """How an argument is given here; none where it is not, or only by unpacking."""
        if name in self.parts or position is None:
            return name if name in self.parts else None
        args = self.node.args
        plain = position < len(args) and not any(isinstance(node, ast.Starred) for node in args[: position + 1])
        return position if plain else None

    def argument(self, position: int | None, name: str, value: Any = None) -> Argument:
        """What is given under a name, or in a position, where the program says it: of what functions only hand on, in
        the call that gives it to them."""
        given = [(call, key) for call, key, _ in self._places(self.key(position, name), name) if key is not None]
        call, key = given[-1] if given else (self, None)
        return self._unpacked(position, name, value) or Argument(
            name, value, None if key is None else call.parts[key], key, call.spot
        )

    def handed(self, part: Argument) -> Argument:
        """A part of an argument of this call, where the program says it."""
        if part.node is None or part.spot is not self.spot:
            return part
        return replace(self, node=ast.Call(ast.Name(""), [part.node], [])).argument(0, part.name, part.value)

    def _unpacked(self, position: int | None, name: str, value: Any) -> Argument | None:
        """The same where a tuple is written out that a call unpacks."""
        star = next((place for place, node in enumerate(self.node.args) if isinstance(node, ast.Starred)), None)
        if position is None or star is None or position < star or name in self.parts:
            return None
        *_, (call, key, _) = self._places(star, "")
        node = None if key is None else _without_star(call.parts[key])
        if isinstance(node, ast.Name) and len(lines := call.spot.source.assigning(node.id)) == 1:
            node = lines[0].value
        entries = getattr(node, "elts", ())[position - star : position - star + 1]
        is_same = all(any(call.spot.value(entry) is held for held in (None, value)) for entry in entries)
        return Argument(name, value, entries[0], position, call.spot) if entries and is_same else None

    def edit_of(self, position: int | None, name: str) -> dict[str, Any]:
        """The edit of such an argument, with no more of what is new than its keyword: of what is left out, where it can
        be added. Nothing where that is unclear."""
        *_, (call, key, name) = self._places(self.key(position, name), name)
        if key is not None:
            (edit,) = Argument(name, None, call.parts[key], key, call.spot).instead("")["edits"]
            return edit if "\n" not in edit["old"] else {}
        if not is_written_out(call.node) or not hasattr(call.node, "lineno"):
            return {}
        place = call.spot.source.location(call.node.lineno)
        return {"call": last_name(call.node.func), "argument": name, **place}

    def _places(self, key: ArgumentKey | None, name: str) -> Iterator[tuple[Written, ArgumentKey | None, str]]:
        """Where an argument is given, and under which key, in this call and in those that hand it on, the last of which
        may leave it out."""
        call: Written = self
        yield call, key, name
        while place := call._given_from(key, name):
            call, key, name = place
            yield place

    def _given_from(self, key: ArgumentKey | None, name: str) -> tuple[Written, ArgumentKey | None, str] | None:
        """The same in the call of the function that makes this one, and only hands the argument on."""
        handed = handed_on(self.spot, self.around[0]) if self.around else NOTHING
        node = _without_star(self.parts.get("**" if key is None else key))
        if handed.call is None or not isinstance(node, ast.Name):
            return None
        if key is not None and node.id in handed.values:
            name, value = node.id, handed.values[node.id]
        elif key is None and node.id == handed.rest:
            value = handed.others.get(name)
        else:
            return None
        outer = Written(handed.call, self.around[0], self.around[1:])
        return outer, next((place for place, part in outer.parts.items() if part is value), None), name


def _without_star(node: ast.expr | None) -> ast.expr | None:
    return node.value if isinstance(node, ast.Starred) else node


@dataclass(frozen=True)
class Argument:
    """A value that a call was given; of one that is written out there, how, and under which key."""

    name: str
    value: Any
    node: ast.expr | None = None
    key: ArgumentKey | None = None
    spot: Spot | None = None

    @property
    def text(self) -> str:
        """As it is written, if that is on one line."""
        has_place = self.spot is not None and hasattr(self.node, "lineno")
        code = self.spot.source.code_of(self.node) if has_place and self.spot else "\n"
        return unparsed(self.node) if "\n" in code else code

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, (list, tuple))

    @property
    def is_alone(self) -> bool:
        """Whether it is a name or a function, as one loss or metric for all outputs."""
        return isinstance(self.value, str) or callable(self.value)

    @property
    def entries(self) -> int:
        return len(self.value) if isinstance(self.value, (list, tuple, dict)) else int(self.value is not None)

    def instead(self, new: str) -> NoteValues:
        """What is written for it, on its own line of the call."""
        if self.node is None:
            return {}
        key = self.name if self.key is None else self.key
        texts = spelled_part(key, new), spelled_part(key, self.text)
        if self.spot is None or not hasattr(self.node, "lineno"):
            return instead(*texts)
        source = self.spot.source
        (edit,) = instead(*texts, Part(self.node, source).nth if isinstance(key, int) else 0)["edits"]
        return {"edits": [{**edit, **source.location(self.node.lineno)}]}


def with_value(node: Any, name: str, value: ast.expr) -> str:
    """An expression with another one wherever it reads a name."""

    class Given(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return value if node.id == name and isinstance(node.ctx, ast.Load) else node

    return ast.unparse(Given().visit(copy.deepcopy(node)))


def unparsed(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""


def instead(new: str, old: str, nth: int = 0) -> NoteValues:
    return {"edits": [{"new": new, "old": old, **({"nth": nth} if nth else {})}]}


def inserted(line: str, within: str = "") -> NoteValues:
    """A line of its own, above that of the note, or as the last one of a function."""
    return {"edits": [{"new": line, "within": within}]}


def elsewhere(edits: Iterable[tuple[Source, int, str, str]]) -> NoteValues:
    """What is to be written on other lines: the source, the line, new code, and the code that stands there."""
    return {"edits": [{**source.location(line), "new": new, "old": old} for source, line, new, old in edits]}


def in_own_place(edit: Mapping[str, Any], program: Iterable[Source], spot: Spot | None) -> Mapping[str, Any]:
    """The edit in the place of the function that it is about, or of the literal, if that stands in one other line."""
    if "line" in edit or spot is None:
        return edit
    sources, name, old = [*program], edit.get("within"), edit.get("old")
    nodes = [(source, source.functions.get(name)) for source in sources] if name else []
    if isinstance(old, str) and old[:1] in ("'", '"'):
        last = spot.source.statements_at(spot.line)[-1:]
        known = {ast.unparse(node) for statement in last for node in ast.walk(statement)}
        literals = [(source, node) for source in sources for node in source.nodes if isinstance(node, ast.Constant)]
        nodes = [] if old in known else [(source, node) for source, node in literals if ast.unparse(node) == old]
    places = [source.location(node.lineno) for source, node in nodes if node is not None]
    return {**edit, **places[0]} if len(places) == 1 else edit


def with_pass(sources: Sources, edit: dict[str, Any]) -> dict[str, Any]:
    """The edit, with `pass` in place of what is deleted in a loop or an `if` that has nothing else."""
    spot = sources.at(edit) if edit.get("old") and not edit["new"] else None
    around = spot.source.statements_at(spot.line)[-2:] if spot else []
    blocks = [getattr(around[0], name, None) for name in BODIES] if around and isinstance(around[0], BLOCKS) else []
    is_all = len(around) == 2 and around[1:] in blocks and ast.unparse(around[1]) == edit["old"]
    return {**edit, "new": "pass"} if is_all else edit


def spaced(source: Source, columns: Mapping[int, int]) -> NoteValues:
    """With how many spaces lines are to begin."""
    return {"edits": [{**source.location(line), "spaces": spaces} for line, spaces in columns.items()]}


def together(*said: NoteValues) -> NoteValues:
    """Several values as one, with the edits of all."""
    edits: list[dict[str, Any]] = []
    for edit in (edit for values in said for edit in values.get("edits", ())):
        edits += [] if edit in edits else [edit]
    return {name: value for values in said for name, value in values.items()} | {"edits": edits}


def corrected(call: Written, changes: Mapping[ArgumentKey, str | None]) -> NoteValues:
    """The call with some arguments changed, added or (with `None`) left out."""
    old = {key: spelled_part(key, unparsed(value)) for key, value in call.parts.items()}
    new = [text for text in {**old, **changes}.values() if text is not None]
    return instead(f"{call.function}({', '.join(new)})", " ".join(call.text.split()))


def imported(node: ast.Import | ast.ImportFrom, gone: Sequence[ast.alias], line: str) -> NoteValues:
    """Another line for some of the names of an import; the others stay where they are."""
    aliases = [alias for alias in node.names if alias not in gone]
    rest = ast.Import(aliases) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, aliases, node.level)
    old = ast.unparse(node)
    return together(inserted(line), instead(ast.unparse(rest), old)) if aliases else instead(line, old)


def exchanged(call: Written, first: Argument, second: Argument) -> NoteValues:
    """The call with two of its arguments the other way round, where both are written out there or in one other call."""
    if first.spot is not call.spot or second.spot is not call.spot:
        swapped = first.instead(second.text), second.instead(first.text)
        return together(*swapped) if first.spot is second.spot and all(swapped) else {}
    swaps = ((first.key, second.text), (second.key, first.text))
    changes = {key: spelled_part(key, text) for key, text in swaps if key is not None}
    return corrected(call, changes) if len(changes) == 2 else {}


def spelled_part(key: ArgumentKey, text: str) -> str:
    if key == "**":
        return f"**{text}"
    return text if isinstance(key, int) else f"{key}={text}"


def list_of(texts: Iterable[str]) -> str:
    """A list as one would write it, of entries as one would write them."""
    return f"[{', '.join(texts)}]"


def one_or_list(texts: Sequence[str]) -> str:
    """What is written for one thing, or a list of several."""
    return list_of(texts) if len(texts) > 1 else texts[0]


def also_on(spot: Spot, edits: Sequence[Mapping[str, Any]]) -> NoteValues:
    """Further lines on which stands what is to be replaced in one; an edit that names its line is about that alone."""
    lines = [
        (line, edit)
        for edit in edits
        if "old" in edit and "line" not in edit
        for line in sorted(_lines_with(spot, edit["old"]))
    ]
    return elsewhere((spot.source, line, edit["new"], edit["old"]) for line, edit in lines)


def _lines_with(spot: Spot, text: str) -> set[int]:
    """Other lines with a name, a call or a keyword, or with a literal for the same keyword; none where a name is a
    parameter, too."""
    is_name, nodes = text.isidentifier(), spot.source.nodes
    literals = [node for node in nodes if isinstance(node, ast.keyword)]
    literals = [node for node in literals if isinstance(node.value, ast.Constant) and repr(node.value.value) == text]
    keywords = {node.arg for node in literals if node.lineno == spot.line}
    if is_name and any(isinstance(node, ast.arg) and node.arg == text for node in nodes):
        return set()
    lines = [node.lineno for node in nodes if is_name and isinstance(node, ast.Name) and node.id == text]
    lines += [node.lineno for node in nodes if isinstance(node, ast.Call) and ast.unparse(node) == text]
    pairs = [(node, f"{node.arg}={ast.unparse(node.value)}") for node in nodes if isinstance(node, ast.keyword)]
    lines += [node.lineno for node, pair in pairs if pair == text or (node in literals and node.arg in keywords)]
    return {*lines} - {spot.line}


def call_here(sources: Sources) -> Written:
    """The call that the innermost of the student's frames is making; one of nothing where none is found."""
    spot, *around = [*itertools.islice(sources.spots(sys._getframe(1)), MOST_CALLERS)] or [Spot(Source("", ""), 0)]
    return Written(spot.node(ast.Call) or ast.Call(ast.Name(""), [], []), spot, around)


def is_known(keras: Any, section: str, name: str) -> bool:
    with contextlib.suppress(Exception):
        return getattr(keras, section).get(name) is not None
    return False


def meant(keras: Any, section: str, name: str) -> NoteValues:
    """The nearest name that Keras does know; none in place of one that it knows as something else."""
    public = [option for option in dir(getattr(keras, section)) if not option.startswith("_")]
    classes = section == "optimizers"
    names = {option.lower(): option.lower() for option in public if classes or option.islower()}
    names |= {short: short for short in SHORT_NAMES.get(section, ())}
    if section == "activations" and is_known(keras, "initializers", name):
        return {}
    near = nearest(name, [option for option in names if option not in ("get", "serialize", "deserialize")])
    return instead(f"'{near}'", f"'{name}'") if near else {}
