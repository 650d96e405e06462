"""Every regular expression of the package takes time in proportion to the text that it meets, whatever that text is.

Whoever writes text that we search must not decide how long the search takes. So each pattern is found in the code,
read as the `re` module reads it, and tried on long texts made of what it accepts, ended by something that it does not.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeGuard

import pytest

ROOT = Path(__file__).parent.parent
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
ANCHORED = {"match", "fullmatch"}  # they try the pattern at the start of a text and nowhere else
SIZE = 8_000  # characters: in proportion to them it takes a millisecond, to their square a tenth of a second or more
MOST_SECONDS = 0.05  # of processor time for one text
# Patterns that are made while the program runs, and so cannot be tried here: why they are linear all the same.
MADE = {
    "grader/graph/differences/names.py": "a name that is escaped, at the start of another, and digits",
    "grader/grading/missing_network.py": "names of functions, each tried at the start of a word only",
    "grader/submissions/layout.py": "of platforms and instructors, for names of files, which are short",
}


@dataclass(frozen=True)
class Used:
    """A pattern, where it is written, and the ways in which its module uses it."""

    place: str
    pattern: str | bytes
    flags: int
    ways: frozenset[str]

    @property
    def is_searched(self) -> bool:
        return bool(self.ways - ANCHORED)


def patterns(folder: Path) -> tuple[list[Used], list[str]]:
    """All patterns of the modules in a folder, and the modules that make patterns of what only a run knows."""
    uses, modules = [], []
    for path in sorted(folder.rglob("*.py")):
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        name = path.relative_to(ROOT).as_posix()
        for call in filter(_is_of_re, nodes):
            try:
                values = _values(path, [*call.args, *(keyword.value for keyword in call.keywords)])
            except NameError:
                modules.append(name)
                continue
            flags = next((value for value in values[1:] if isinstance(value, re.RegexFlag)), 0)
            uses.append(Used(f"{name}:{call.lineno}", values[0], int(flags), _ways(nodes, call)))
    return uses, modules


def _is_of_re(node: ast.AST) -> TypeGuard[ast.Call]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name)):
            return name in FUNCTIONS
    return False


def _values(path: Path, arguments: Sequence[ast.expr]) -> list[Any]:
    """The pattern, and the flags among the other arguments. Raises `NameError` where only a run knows the pattern."""
    first, *options = arguments
    plain = {"re": re}
    try:
        pattern = eval(_code(first), plain)
    except NameError:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        pattern = eval(_code(first), dict(vars(import_module(module))))
    flags = [eval(_code(option), plain) for option in options if re.match(r"re\.[A-Z]", ast.unparse(option))]
    return [pattern, *flags]


def _code(node: ast.expr) -> Any:
    return compile(ast.Expression(node), "pattern", "eval")


def _ways(nodes: Sequence[ast.AST], call: ast.Call) -> frozenset[str]:
    """How a pattern is used: by the function itself, or by the methods of the name that it is given."""
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr != "compile":
        return frozenset({call.func.attr})
    assigned = [node for node in nodes if isinstance(node, ast.Assign) and node.value is call]
    names = {target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)}
    methods = [node for node in nodes if isinstance(node, ast.Attribute)]
    found = {node.attr for node in methods if isinstance(node.value, ast.Name) and node.value.id in names}
    return frozenset(found or {"search"})


# Texts


def texts(pattern: str | bytes, flags: int) -> Iterator[str]:
    """Long texts that a pattern accepts for long, and then does not."""
    tree = re._parser.parse(pattern, flags)  # type: ignore[attr-defined]
    letters = list(dict.fromkeys(itertools.chain.from_iterable(_letters(tree))))[:9] or ["a"]
    pumps = {(before, body) for before, body in _repeats(tree, "") if body}
    pumps |= {("", "".join(word)) for word in itertools.product(letters, repeat=2)}
    pumps |= {("", _sample(tree)), *(("", letter) for letter in letters)}
    pumps |= {("", before + body) for before, body in pumps}
    for before, body in sorted(pumps):
        long = before + body * (SIZE // max(len(body), 1))
        yield from (long + spoiler for spoiler in ("\0", "\nx", " !"))


CHARACTERS = {"LITERAL", "NOT_LITERAL", "IN", "ANY"}
REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


def _inside(name: object, value: Any) -> list[Any]:
    """The patterns that one part of a pattern holds."""
    match str(name):
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" | "SUBPATTERN":
            return [value[-1]]
        case "BRANCH":
            return list(value[1])
        case "ASSERT" | "ASSERT_NOT":
            return [value[1]]
        case "ATOMIC_GROUP":
            return [value]
    return []


def _letters(tree: Iterable[Any]) -> Iterator[list[str]]:
    """Letters that stand in a pattern, or for its classes."""
    for name, value in tree:
        if str(name) in CHARACTERS:
            yield _accepted(name, value)
        for body in _inside(name, value):
            yield from _letters(body)


ALPHABET = [*"a1_ (x.-A\\\"'`/:,\n\t<#é", "\u0301", "\0"]


def _accepted(name: Any, value: Any) -> list[str]:
    """A few letters of different kinds that one place of a pattern accepts."""
    if str(name) == "LITERAL":
        return [chr(value)]
    state = re._parser.State()  # type: ignore[attr-defined]
    state.str = ""
    pattern = re._compiler.compile(re._parser.SubPattern(state, [(name, value)]))  # type: ignore[attr-defined]
    letters = [chr(part) for kind, part in value if str(kind) == "LITERAL"] if str(name) == "IN" else []
    letters += [chr(part[0]) for kind, part in value if str(kind) == "RANGE"] if str(name) == "IN" else []
    return [letter for letter in dict.fromkeys([*letters, *ALPHABET]) if pattern.fullmatch(letter)][:4]


def _sample(tree: Iterable[Any]) -> str:
    """A text that a pattern accepts, or nearly so."""
    parts = []
    for name, value in tree:
        if str(name) in CHARACTERS:
            parts += _accepted(name, value)[:1]
        elif "ASSERT" not in str(name):
            times = min(max(value[0], 1), 20) if str(name) in REPEATS else 1
            parts += [_sample(body) * times for body in _inside(name, value)]
    return "".join(parts)


def _repeats(tree: Iterable[Any], before: str) -> Iterator[tuple[str, str]]:
    """What stands before each repetition, and what it repeats."""
    for name, value in tree:
        for body in _inside(name, value):
            if str(name) in REPEATS:
                yield before, _sample(body)
                yield from ((before, letter) for letters in _letters(body) for letter in letters)
            yield from _repeats(body, before)
        before += _sample([(name, value)])


# Trying them, in a process that can be ended


def slow_text(used: Used) -> str:
    """The start of a text that takes a pattern too long; empty if there is none."""
    import signal

    def interrupted(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGVTALRM, interrupted)
    compiled = re.compile(used.pattern, used.flags)
    for text in texts(used.pattern, used.flags):
        content: Any = text.encode() if isinstance(used.pattern, bytes) else text
        signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
        try:
            if used.is_searched:
                for _ in compiled.finditer(content):
                    pass
            else:
                compiled.match(content)
                compiled.fullmatch(content)
        except TimeoutError:
            return repr(f"{text[:30]}…{text[-10:]}")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


BAD = (
    (r"\((?:(?:\d{1,12}|None),? ?){0,16}\)", "fullmatch"), (r"(a+)+$", "match"), (r"\s+$", "search"),
    (r"(\w+)\s*=", "finditer"), (rb"x*y*x*y*z", "match"),
)  # fmt: skip


def main() -> None:
    uses, modules = patterns(ROOT / "grader")
    alike = {(used.pattern, used.flags, used.is_searched): used for used in uses}
    bad = [Used(f"bad {number}", pattern, 0, frozenset({way})) for number, (pattern, way) in enumerate(BAD)]
    slow = {used.place: text for used in (*alike.values(), *bad) if (text := slow_text(used))}
    print(json.dumps({"slow": slow, "made": sorted({*modules})}))


@pytest.fixture(scope="module")
def tried() -> dict[str, Any]:
    """All patterns, tried in one process that can be ended."""
    command = [sys.executable, "-c", "from tests.test_patterns import main; main()"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=True)
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


def test_no_pattern_takes_longer_than_its_text_is_long(tried: dict[str, Any]) -> None:
    assert {place: text for place, text in tried["slow"].items() if not place.startswith("bad")} == {}


def test_patterns_that_are_made_while_running_have_a_reason(tried: dict[str, Any]) -> None:
    assert tried["made"] == sorted(MADE)


def test_a_pattern_that_tries_again_and_again_is_noticed(tried: dict[str, Any]) -> None:
    assert [f"bad {number}" for number, _ in enumerate(BAD)] == [
        place for place in tried["slow"] if place.startswith("bad")
    ]
