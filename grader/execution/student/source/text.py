"""The text of a module, in the encoding that it declares; in that of older editors, where this is none of it."""

from __future__ import annotations

import codecs
import io
import tokenize


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
    text = content.decode(encoding, "replace").replace("\r\n", "\n")
    return text, SyntaxError(problem, (name, line, None, None)) if problem else None


def wide_encoding(content: bytes) -> str:
    """The encoding of a text in which every letter takes two bytes, which some editors write; or nothing."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    half = max(len(content) // 2, 1)
    nulls = {"utf-16-le": content[1::2].count(0), "utf-16-be": content[::2].count(0)}
    return next((name for name, count in nulls.items() if count > half / 2), "")
