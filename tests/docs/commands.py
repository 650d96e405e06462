"""Whether the commands of the documentation can be typed: that they parse, or that their names exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import typer

from grader import pytest_plugin
from grader.cli import app
from tests.docs.blocks import REPOSITORY, Command, commands, in_prose

_END = re.compile(r"^(\||\|\||&&|;|>|>>|2>|<)$")


@cache
def parsers() -> Mapping[str, Any]:
    """Of `grader course copy`, the command has two words."""
    group: Any = typer.main.get_command(app)
    by_name: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        by_name |= {f"{name} {part}": parser for part, parser in inner.items()} if inner else {name: command}
    return by_name


def problems(text: str) -> list[str]:
    """What is wrong with commands of a page, each with its line."""
    faults = [(command, _problem(command)) for command in commands(text)]
    faults += [(command, _problem(command, only_names=True)) for command in in_prose(text)]
    return [f"{command.line}: {command.text}: {fault}" for command, fault in faults if fault]


def _problem(command: Command, *, only_names: bool = False) -> str:
    """What is wrong with a command, or nothing. In prose, values are often placeholders: only names count there."""
    words = _words(command.text)
    program, arguments = words[0], [word for word in words[1:] if "…" not in word]
    if program == "make":
        return _of_make(arguments)
    if program == "pytest":
        return _unknown(arguments, {*_pytest_options(), *PYTEST})
    # `grader COMMAND --help`
    if program != "grader" or not arguments or arguments[0] in OF_ALL or arguments[0].isupper():
        return ""
    full_name = " ".join(arguments[:2])
    if full_name in parsers():
        arguments = [full_name, *arguments[2:]]
        words = words[1:]
    parser = parsers().get(arguments[0])
    if parser is None:
        return f"there is no command `{arguments[0]}`"
    options = {name for param in parser.params for name in (*param.opts, *param.secondary_opts) if name.startswith("-")}
    if only_names or len(arguments) < len(words) - 1 or "--help" in arguments:
        return _unknown(arguments[1:], {*options, "--help"})
    try:
        parser.make_context(arguments[0], list(arguments[1:]))
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


def _unknown(arguments: list[str], options: set[str]) -> str:
    names = [word.partition("=")[0] for word in arguments if word.startswith("-") and word != "-"]
    missing = [name for name in names if name not in options]
    return f"there is no option {', '.join(missing)}" if missing else ""


def _of_make(arguments: list[str]) -> str:
    targets = set(re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    missing = [word for word in arguments if "=" not in word and word not in targets]
    return f"there is no target {', '.join(missing)}" if missing else ""


def _pytest_options() -> set[str]:
    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    return {name for option in parser.getgroup("grader").options for name in option.names()}
