"""Runs a program statement by statement, and goes on after one that fails, as a notebook does after a cell.

What a failing statement would have bound is lost, and so is what later statements would have made of it: these are
passed over, and are no errors of their own. A network that does not depend on what failed is built all the same.
"""

from __future__ import annotations

import ast
import codecs
import contextlib
import dis
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType, ModuleType
from typing import Any

# Of a line in the student's source: cell, line and file.
Place = dict[str, Any]
NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
MARKER = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(\s|$)")  # of a merge conflict
CURLY = re.compile("[“”„‟‘’‚‛]")
CONTINUES = re.compile(r"\s|[)\]}]|(?:else|elif|except|finally)\b")  # the statement of the lines above
# What Keras says of a model's file that is not there or is none, `h5py`, and NumPy of a table.
UNREAD = re.compile(
    r"File (?:not found|format not supported): filepath=([^\s,]+?)\.?(?:\s|$)"
    r"|\bname = '([^']+)', errno = 2|^(\S+) not found\.$"
)
MOST_HELD = 100
ASSIGNED = re.compile(r"^(?:async\s+)?(?:def\s+|class\s+)?([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?:=(?!=)|\(|:)")


class Consequence(Exception):
    """Raised by what stands in for something that is not here: no error of the program's."""


class Inert:
    """What stands in for something that is not here."""

    def is_wanted(self, location: Place | None = None) -> None:
        """Something needed a value of it, now or at the place of an error."""


@dataclass
class Losses:
    """What a program has lost, each name with the number of the error that is to blame.

    `hollow` are names of objects that lack something: a failing statement has used them, or would have put something in
    that is not here; and all that comes of them.
    """

    lost: dict[str, int] = field(default_factory=dict)
    hollow: dict[str, int] = field(default_factory=dict)

    def passes_over(self, statement: ast.stmt, bound: Mapping[str, Any]) -> bool:
        """Whether a statement needs what is lost. What that binds is lost, too; `bound` are all names."""
        needed = reads(statement) & self.lost.keys()
        if needed:
            number = min(map(self.lost.__getitem__, needed))
            self.lost |= dict.fromkeys(binds(statement), number)
            self._left_out(ast.walk(statement), bound, number)
        return bool(needed)

    def _left_out(self, nodes: Iterable[ast.AST], bound: Mapping[str, Any], number: int) -> None:
        """What statements would have put into objects is not there."""
        names = set().union(*(owners(node) for node in nodes if isinstance(node, ast.stmt)))
        self.hollow |= {name: number for name in names if not isinstance(bound.get(name), (ModuleType, Inert))}

    def is_consequence(self, error: BaseException, statement: ast.stmt | None) -> bool:
        """Whether an error only says that something is missing, or half done, for which an earlier one is to blame."""
        if isinstance(error, Consequence) or (isinstance(error, NameError) and error.name in self.lost):
            return True
        return statement is not None and bool(reads(statement) & self.hollow.keys())

    def of_failed(
        self, statement: ast.stmt, bound: Mapping[str, Any], error: BaseException | None, number: int
    ) -> None:
        """A statement has failed with the error of a number; `bound` are the names that mean something all the same.

        What an assignment was to replace is not what the lines below are about: it is lost, too.
        """
        numbers = [places[name] for places in (self.lost, self.hollow) for name in reads(statement) & places.keys()]
        number = min([number, *numbers])
        stale = binds(statement) if isinstance(statement, ast.Assign) else binds(statement) - bound.keys()
        self.lost |= dict.fromkeys(stale, number)
        whole = isinstance(error, Consequence) or hasattr(statement, "body")
        if whole:
            self.hollow |= dict.fromkeys(binds(statement) & bound.keys(), number)
        self._left_out(ast.walk(statement) if whole else [statement], bound, number)

    def missed(self, statement: ast.stmt, names: Iterable[str]) -> set[str]:
        """Those of these names that are lost with a statement."""
        return self.lost.keys() & binds(statement) & {*names}

    def of_run(self, statement: ast.stmt) -> None:
        """What is bound again is neither lost nor half done; it lacks what it is made of lacks."""
        if not self.lost and not self.hollow:
            return
        bound = binds(statement)
        numbers = [self.hollow[name] for name in reads(statement) & self.hollow.keys()]
        for name in bound:
            self.lost.pop(name, None)
            self.hollow.pop(name, None)
        if numbers:
            self.hollow |= dict.fromkeys(bound, min(numbers))


def path_not_found(error: BaseException | None) -> str:
    """The path of what could not be opened because it is not there."""
    unread = UNREAD.search(" ".join(argument for argument in getattr(error, "args", ()) if type(argument) is str))
    path = error.filename if isinstance(error, FileNotFoundError) else None
    path = next(filter(None, unread.groups())) if unread else path
    return path if isinstance(path, str) else ""


def values_at(error: BaseException) -> Iterator[Any]:
    """What the lines that failed name, in every function on the way; of an attribute that something does not have, only
    that."""
    yield (asked := getattr(error, "obj", None))
    trace = error.__traceback__ if asked is None else None
    while trace is not None:
        frame, code = trace.tb_frame, trace.tb_frame.f_code
        scope = names_in(frame)
        first, last = [*code.co_positions()][trace.tb_lasti // 2][:2]
        for instruction in dis.get_instructions(code):
            line = instruction.positions.lineno if instruction.positions else None
            if instruction.opname.startswith("LOAD") and line and first and first <= line <= (last or first):
                for name in instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,):
                    yield scope.get(name) if isinstance(name, str) else None
        trace = trace.tb_next


def names_in(frame: FrameType | None) -> dict[str, Any]:
    """What names stand for in a frame."""
    return {**frame.f_globals, **frame.f_locals} if frame else {}


def inert(values: Iterable[Any]) -> list[Inert]:
    """Those of the values that stand in for something, or hold what does."""
    return [part for value in values for part in held(value) if isinstance(part, Inert)]


def held(value: Any) -> Iterator[Any]:
    """A value, and those in it where it is a container or an object of the program's own."""
    yield value
    if type(value) in (list, tuple, set):
        yield from islice(value, MOST_HELD)
    elif type(value) is dict or type(value).__module__ == "__main__":
        yield from islice((value if type(value) is dict else getattr(value, "__dict__", {})).values(), MOST_HELD)


def walk(node: ast.AST, into: Callable[[ast.AST], Iterable[ast.AST]]) -> Iterator[ast.AST]:
    """A node and what is in it, as far as `into` leads, however deep it is."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += into(part)


def own_parts(function: ast.AST) -> Iterator[ast.AST]:
    """What is in a function, or in a statement, and in no function or class within it."""

    def into(node: ast.AST) -> Iterable[ast.AST]:
        inner = node is not function and isinstance(node, (*NESTED, ast.ClassDef))
        return () if inner else ast.iter_child_nodes(node)

    return walk(function, into)


def given_to(call: ast.Call) -> list[ast.expr]:
    """All that a call has in its brackets, by position or by name."""
    return [*call.args, *(word.value for word in call.keywords)]


def returned(function: ast.AST) -> list[ast.expr]:
    """What a function returns; what a function within it returns is not its own."""
    return [node.value for node in own_parts(function) if isinstance(node, ast.Return) and node.value is not None]


def reads(statement: ast.AST) -> set[str]:
    """The names that a statement needs at once; what functions read in it is read when they are called."""
    nodes = [node for node in walk(statement, _evaluated) if isinstance(node, ast.Name)]
    loaded = {node.id for node in nodes if isinstance(node.ctx, ast.Load)}
    stored = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    return loaded if isinstance(statement, (ast.Assign, ast.AugAssign)) else loaded - stored


def _evaluated(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, NESTED):
        defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
        return [*defaults, *getattr(node, "decorator_list", ())]
    return ast.iter_child_nodes(node)


def binds(statement: ast.AST) -> set[str]:
    """The names that a statement binds around it."""
    scopes = (*NESTED, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    return bound_by(walk(statement, lambda node: () if isinstance(node, scopes) else ast.iter_child_nodes(node)))


BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


def bound_by(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that some nodes bind, each by itself."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, BINDING):
            names.add(node.name or "")
    return names


def owners(statement: ast.stmt) -> set[str]:
    """The names of objects that a statement puts something into: `parts` of `parts["a"] = 1` and of `parts.add(1)`."""
    targets: list[ast.AST] = list(getattr(statement, "targets", (getattr(statement, "target", statement),)))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets = [statement.value.func]
    names = set[str]()
    for target in targets:
        owner = target
        while isinstance(owner, (ast.Attribute, ast.Subscript)):
            owner = owner.value
        names |= {owner.id} if isinstance(owner, ast.Name) and owner is not target else set()
    return names


def is_written_out(call: ast.Call) -> bool:
    """Whether nothing is unpacked in its brackets."""
    return not any(isinstance(node, ast.Starred) for node in call.args) and all(word.arg for word in call.keywords)


def last_name(node: ast.expr) -> str:
    """`fit` of `model.fit`, and of `fit`; empty for what has no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def stands_at_the_top(statement: ast.stmt) -> bool:
    """Whether it is a docstring, or about the future: below another statement it would be something else."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


# Text that cannot be read or parsed as a whole


def decoded(content: bytes, name: str) -> tuple[str, SyntaxError | None]:
    """The text of a file, and why Python reads no line of it where it holds bytes that are not of its encoding."""
    encoding, problem, line = wide_encoding(content), "", 1
    if encoding:
        problem = "this file is UTF-16, which Python does not read: save it as UTF-8"
    else:
        encoding = "utf-8"
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        except SyntaxError as error:
            problem = error.msg
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:
            problem = f"Python reads this file as {encoding}, but this line is not: save the file as UTF-8"
            line = content.count(b"\n", 0, error.start) + 1
            encoding = "cp1252"
    text = content.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text, SyntaxError(problem, (name, line, None, None)) if problem else None


def wide_encoding(content: bytes) -> str:
    """The encoding of a text in which every letter takes two bytes, which some editors write; or nothing."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    half = max(len(content) // 2, 1)
    nulls = {"utf-16-le": content[1::2].count(0), "utf-16-be": content[::2].count(0)}
    return next((name for name, count in nulls.items() if count > half / 2), "")


@dataclass(frozen=True)
class Parsed:
    """The statements before the first that is no Python; its error, and the names that the rest may have bound."""

    body: list[ast.stmt]
    error: SyntaxError | None = None
    lost: frozenset[str] = frozenset()


def _read(text: str, filename: str) -> ast.Module:
    """Raises `SyntaxError`, for a `return` outside of functions too, which is no matter of Python's grammar."""
    tree = ast.parse(text, filename)
    if stray := min((node.lineno for node in own_parts(tree) if isinstance(node, ast.Return)), default=0):
        raise SyntaxError("'return' outside function", (filename, stray, 1, None))
    return tree


def syntax_error(text: str) -> SyntaxError | None:
    """Why Python does not read a text."""
    try:
        _read(text, "")
    except SyntaxError as error:
        return error
    return None


def parsed(text: str, filename: str) -> Parsed:
    """What comes before an error of syntax; a statement is kept whole or not at all."""
    try:
        return Parsed(_read(text, filename).body)
    except SyntaxError as error:
        lines = text.split("\n")
        body, end = _prefix(lines, error, filename)
        matches = [match for line in lines[end:] if (match := ASSIGNED.match(line))]
        names = {name.strip() for match in matches for name in match[1].split(",")}
        return Parsed(body, _in_words(error, text).with_traceback(None), frozenset(names - {*keyword.kwlist}))


def _prefix(lines: list[str], error: SyntaxError, filename: str) -> tuple[list[ast.stmt], int]:
    """The longest run of whole statements from the beginning, and how many lines it may take up."""
    for end in range(min(error.lineno or 1, len(lines)) - 1, 0, -1):
        with contextlib.suppress(SyntaxError):
            body = ast.parse("\n".join(lines[:end]), filename).body
            if body and hasattr(body[-1], "body") and CONTINUES.match(lines[end]):
                return body[:-1], body[-1].lineno - 1
            return body, end
    return [], 0


def _line_of(error: SyntaxError, text: str, pattern: re.Pattern[str]) -> bool:
    """Whether the line of an error is of this kind."""
    lines, number = text.split("\n"), (error.lineno or 0) - 1
    return 0 <= number < len(lines) and pattern.search(lines[number]) is not None


def _in_words(error: SyntaxError, text: str) -> SyntaxError:
    """What Python calls invalid syntax, where it is known what it is."""
    if _line_of(error, text, MARKER):
        numbers = ", ".join(map(str, marker_lines(text)))
        error.msg = f"a merge conflict: keep one version, and delete the markers on lines {numbers}"
    elif _line_of(error, text, CURLY) and "invalid character" in error.msg:
        error.msg += ", a quotation mark of a word processor: write a straight one, \" or '"
    return error


def marker_lines(text: str) -> list[int]:
    """The lines that a merge has left between two versions of a text."""
    return [number for number, line in enumerate(text.split("\n"), start=1) if MARKER.match(line)]


# Statements that are run at once


def flattened(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under `if __name__ == "__main__":` among them."""
    for statement in body:
        if isinstance(statement, ast.If) and _is_main(statement.test):
            yield from flattened(statement.body)
        else:
            yield statement


def _is_main(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = {ast.unparse(test.left), ast.unparse(test.comparators[0])}
    return sides == {"__name__", "'__main__'"}
