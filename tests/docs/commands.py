"""Whether a command of the documentation can be typed: that it parses, or that its names exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any

import typer

from grader import pytest_plugin
from grader.cli import app
from tests.docs.blocks import REPOSITORY, Command

_END = re.compile(r"^(\||\|\||&&|;|>|>>|2>|<)$")


@cache
def parsers() -> Mapping[str, Any]:
    """Of `grader course copy`, the command has two words."""
    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}": one for part, one in inner.items()} if inner else {name: command}
    return found


def problem(command: Command, *, in_prose: bool = False) -> str:
    """What is wrong with a command, or nothing. In prose, values are often placeholders: only names count there."""
    words = _words(command.text)
    program, given = words[0], [word for word in words[1:] if "…" not in word]
    if program == "make":
        return _of_make(given)
    if program == "pytest":
        return _unknown(given, {*_pytest_options(), *PYTEST})
    if program != "grader" or not given or given[0] in OF_ALL or given[0].isupper():  # `grader COMMAND --help`
        return ""
    pair = " ".join(given[:2])
    if pair in parsers():
        given = [pair, *given[2:]]
        words = words[1:]
    parser = parsers().get(given[0])
    if parser is None:
        return f"there is no command `{given[0]}`"
    options = {name for one in parser.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}
    if in_prose or len(given) < len(words) - 1 or "--help" in given:
        return _unknown(given[1:], {*options, "--help"})
    try:
        parser.make_context(given[0], list(given[1:]))
    except Exception as error:  # the parser's own, whose class depends on the version of typer
        return f"{type(error).__name__}: {error}"
    return ""


OF_ALL = ("--version", "--help", "--install-completion", "--show-completion")
PYTEST = {"-k", "-v", "-x", "-n", "--junitxml", "--collect-only", "--noconftest", "-c", "-q", "-m"}


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in shlex.split(text.replace("\\$", "$"), comments=True):
        if _END.match(word):
            break
        words.append(word)
    return words


def _unknown(given: list[str], known: set[str]) -> str:
    names = [word.partition("=")[0] for word in given if word.startswith("-") and word != "-"]
    missing = [name for name in names if name not in known]
    return f"there is no option {', '.join(missing)}" if missing else ""


def _of_make(given: list[str]) -> str:
    targets = set(re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    missing = [word for word in given if "=" not in word and word not in targets]
    return f"there is no target {', '.join(missing)}" if missing else ""


def _pytest_options() -> set[str]:
    found: set[str] = set()

    class Recorder:
        def addoption(self, *names: str, **_: object) -> None:
            found.update(names)

        def addini(self, *_: object, **__: object) -> None: ...

        def getgroup(self, *_: object, **__: object) -> Recorder:
            return self

    parser: Any = Recorder()
    pytest_plugin.pytest_addoption(parser)
    return found
