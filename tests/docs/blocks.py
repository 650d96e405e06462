"""Fenced blocks of the documentation, and the commands and files in them.

The convention, which `test_pages.py` holds:

- a `console` block is a session: each command begins with `$ `, and what it prints is below it. In what it prints, `…` at
  the end of a line or between words stands for any text of that line, and a line that is `…` alone for any lines;
- an `sh` block, or one of no language, holds commands to copy, one a line, without a prompt, or something else entirely:
  only lines that begin with `grader`, `pytest` or `make` count as commands;
- a block of Python, TOML or CSV whose first line is a comment with a name (`# model.py`) is a file, which later commands of
  the same page find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), REPOSITORY / "README.md"])
COMMANDS = ("grader", "pytest", "make")
_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>\S*)\s*$")
_NAME = re.compile(r"^# (?P<name>[\w-]+\.(?:py|toml|csv))$")


@dataclass(frozen=True)
class Block:
    """`line` is the number of its first line of text, from 1."""

    language: str
    lines: tuple[str, ...]
    line: int

    @property
    def file(self) -> str:
        match = _NAME.match(self.lines[0]) if self.lines and self.language in ("python", "toml", "csv") else None
        return match["name"] if match else ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


@dataclass
class Command:
    """One command of a session, with the output that the page shows."""

    text: str
    line: int
    output: list[str] = field(default_factory=list)


def blocks(text: str) -> Iterator[Block]:
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if fence is None:
            continue
        start = number
        while number < len(lines) and lines[number].strip() != fence["ticks"]:
            number += 1
        inside = [line.removeprefix(fence["indent"]) for line in lines[start:number]]
        number += 1
        yield Block(fence["language"], tuple(inside), start + 1)


def session(block: Block) -> list[Command]:
    """The commands of a `console` block with their output. A command goes on where its line ends with a backslash."""
    commands: list[Command] = []
    open_ = False
    for number, line in enumerate(block.lines, block.line):
        if open_:
            commands[-1].text = f"{commands[-1].text[:-1].rstrip()} {line.removeprefix('>').strip()}"
            open_ = line.endswith("\\")
        elif line.startswith("$ "):
            commands.append(Command(line[2:], number))
            open_ = line.endswith("\\")
        elif commands:
            commands[-1].output.append(line)
        else:
            raise ValueError(f"line {number}: a session begins with a command, `$ …`")
    for command in commands:
        while command.output and not command.output[-1]:
            command.output.pop()
    return commands


def commands(text: str) -> Iterator[Command]:
    """Every command in the blocks of a page: those of sessions, and those to copy."""
    for block in blocks(text):
        if block.language == "console":
            yield from session(block)
        elif block.language in ("", "sh", "yaml"):
            yield from _to_copy(block)


def in_prose(text: str) -> Iterator[Command]:
    """Commands within backquotes: `grader …`, `pytest --grader …` and `make …`."""
    for number, line in enumerate(_without_blocks(text), 1):
        for quoted in re.findall(r"`((?:grader|pytest --grader|make) [^`]+)`", line):
            yield Command(quoted.replace("\\|", "|"), number)


def _to_copy(block: Block) -> Iterator[Command]:
    joined: list[tuple[int, str]] = []
    for number, line in enumerate(block.lines, block.line):
        if joined and joined[-1][1].endswith("\\"):
            joined[-1] = (joined[-1][0], f"{joined[-1][1][:-1].rstrip()} {line.strip()}")
        else:
            joined.append((number, line.strip()))
    for number, line in joined:
        if line.split(" ")[0] in COMMANDS:
            yield Command(line, number)


def _without_blocks(text: str) -> list[str]:
    """The lines of a page, those of blocks empty, so that numbers stay."""
    lines = text.splitlines()
    for block in blocks(text):
        for number in range(block.line - 1, block.line - 1 + len(block.lines)):
            lines[number] = ""
    return lines


def agrees(expected: list[str], real: list[str]) -> bool:
    """Whether a real output is what a page shows; `…` stands for any text, and alone in a line for any lines."""
    pattern = []
    for line in expected:
        if line.strip() == "…":
            pattern.append(r"(?:[^\n]*\n)*?")
        else:
            pattern.append(re.escape(line.rstrip()).replace("…", r"[^\n]*?") + r"\n")
    text = "".join(f"{line.rstrip()}\n" for line in real)
    return re.fullmatch("".join(pattern), text) is not None
