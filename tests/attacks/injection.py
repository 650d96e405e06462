"""Whether a text that a grader shows does anything but show: each format as its own readers take it.

What attackers write has their token in it, as `x-TOKEN` where it would be an element, and `pwnTOKEN` in a script. What
no page or table of ours has is found without it.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import struct
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from xml.etree import ElementTree

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FOREIGN = {"iframe", "object", "embed", "base", "foreignobject", "audio", "video"}
FORMULA = re.compile(r"^[\s'\"]*[=+\-@＝＋－＠]")
MOST_PICTURES, MOST_PIXELS = 2_000, 50_000_000
PROPERTIES = {"file", "line", "title", "col", "endLine", "endColumn"}


def active(texts: Mapping[str, str], token: str) -> list[str]:
    """What of the texts, by the names of their files, would act."""
    findings = []
    for name, text in texts.items():
        if control := CONTROLS.search(text.replace("\r\n", "\n")):
            findings.append(f"{name}: the control character {control.group()!r}")
        kind = name.rpartition("/")[2].rpartition(".")[2]
        if kind in KINDS:
            findings += [f"{name}: {why}" for why in dict.fromkeys(KINDS[kind](text, token))]
    return findings


class Page(HTMLParser):
    """Elements and attributes that have the token in them, or that no page of ours has."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.found: list[str] = []
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open = tag
        acts = [name for name, value in attrs if self.token in name or self.acts(name, (value or "").strip().lower())]
        if self.token in tag or tag in FOREIGN or acts:
            self.found.append(f"an element <{tag} {' '.join(acts)}>")

    def acts(self, name: str, value: str) -> bool:
        """Whatever runs or loads something; a page of ours has pictures in it, and an empty icon."""
        if name in ("href", "xlink:href"):
            return ":" in value.partition("/")[0] and value != "data:,"
        if name == "src":
            return not value.startswith("data:image/png;base64,")
        return name.startswith("on") or (name in ("style", "srcdoc") and self.token in value)

    def handle_data(self, data: str) -> None:
        if self.open in ("script", "style") and re.match(rf"\s*pwn{self.token}", data):
            self.found.append(f"a {self.open}")

    def handle_endtag(self, tag: str) -> None:
        self.open = ""


def html(text: str, token: str) -> Iterator[str]:
    page = Page(token)
    page.feed(text)
    page.close()
    yield from page.found
    yield from of_pictures(text)


def of_pictures(text: str) -> Iterator[str]:
    """Pictures that would take more memory, or more places of a page, than any reader has to spare."""
    pictures = re.findall(r"data:image/png;base64,([\w+/=]{40,})", text)
    if len(pictures) > MOST_PICTURES:
        yield f"{len(pictures)} pictures"
    for content in set(pictures):
        start = base64.b64decode(content[:40])
        width, height = struct.unpack(">II", start[16:24])
        if width * height > MOST_PIXELS:
            yield f"a picture of {width} by {height}"


def comma_separated(text: str, token: str) -> Iterator[str]:
    """An apostrophe in front is what keeps a spreadsheet from computing."""
    rows: list[list[str]] = []
    for strict in (True, False):  # where a strict reader gives up, a lenient one may still compute
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=strict))
        except csv.Error as error:
            yield f"no CSV any more: {error}"
    if len({len(row) for row in rows}) > 1:
        yield "rows of different lengths"
    for cell in (cell for row in rows for cell in row):
        if FORMULA.match(cell) and not cell.startswith("'"):
            yield f"the formula {cell[:40]!r}"


def xml(text: str, token: str) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        yield f"no XML any more: {error}"
        return
    for element in root.iter():
        forged = element.tag == "testcase" and element.get("name", "").startswith(f"pwn{token}")
        if token in element.tag or forged:
            yield f"an element <{element.tag}>"


def markdown(text: str, token: str) -> Iterator[str]:
    """Odd backslashes escape; a line that starts with markup is a block of its own."""
    for pattern, label in (
        (rf"(?<!\\)(?:\\\\)*<(?:x-{token}|script|img)", "an element"),
        (rf"(?<!\\)(?:\\\\)*\[pwn{token}\]\(", "a link"),
        (rf"^\s*(?:#+|\||>|[-*+]|```)\s*pwn{token}", "a block"),
    ):
        if re.search(pattern, text, re.MULTILINE):
            yield label


def workflow(text: str, token: str) -> Iterator[str]:
    """As GitHub's runner reads a log: `::` where a line starts, behind spaces too, and `##[` anywhere."""
    for line in text.splitlines():
        command = re.match(r"\s*::([^:\s]+)(?: (.*?))?::", line)
        if command is None and re.search(r"##\[[\w-]+\]", line):
            yield f"the command {line.strip()[:40]!r}"
        if command is None:
            continue
        names = {part.partition("=")[0] for part in (command[2] or "").split(",") if part}
        is_own = command[1] in ("error", "warning", "notice") and names and names <= PROPERTIES
        if not is_own and not line.startswith("::error title=More"):
            yield f"the command {line.strip()[:40]!r}"


def document(text: str, token: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError as error:
        yield f"no JSON any more: {error}"


KINDS = {
    "html": html, "csv": comma_separated, "xml": xml, "md": markdown, "github": workflow, "terminal": workflow,
    "json": document,
}  # fmt: skip
