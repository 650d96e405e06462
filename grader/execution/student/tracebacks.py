"""Exceptions of the submission in words: message, traceback, and the package that is missing."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path

from .locate import Sources

INSTALLED = re.compile(r" \(/[^()]*\)$")  # where a package lies is nobody's business
HERE = os.path.dirname(os.path.abspath(__file__))


def message_of(error: BaseException) -> str:
    try:
        text = error.msg if isinstance(error, SyntaxError) and error.msg else str(error)
        if isinstance(error, ImportError):
            text = INSTALLED.sub("", text)
        return text[:2_000].encode("utf-8", "replace").decode("utf-8")
    except Exception:
        return ""


def missing_package(error: BaseException, root: str) -> str:
    """The third-party package whose absence raised this, or nothing."""
    if not isinstance(error, ModuleNotFoundError) or not isinstance(error.name, str):
        return ""
    package = error.name.split(".")[0]
    ours = package in sys.stdlib_module_names or package == "grader" or package in sys.modules
    return "" if ours or (Path(root) / package).exists() else package[:100]


def student_traceback(error: BaseException, sources: Sources) -> str:
    """The traceback from the student's first line on, in the student's file names, without this package."""
    try:
        told = traceback.TracebackException.from_exception(error, limit=-40)
        part: traceback.TracebackException | None = told
        while part is not None:
            part.stack = traceback.StackSummary.from_list(frames_of_interest(part.stack, sources))
            if isinstance(error, SyntaxError) and part.filename:
                part.filename = display_name(part.filename, sources)
            part = part.__cause__ or part.__context__
        text = "".join(told.format())
    except Exception:
        text = message_of(error)
    return text[-8_000:].encode("utf-8", "replace").decode("utf-8")


def frames_of_interest(stack: traceback.StackSummary, sources: Sources) -> list[traceback.FrameSummary]:
    frames = [frame for frame in stack if not frame.filename.startswith((HERE, "<frozen"))]
    first = next((number for number, frame in enumerate(frames) if sources.find(frame.filename)), 0)
    return [
        traceback.FrameSummary(display_name(frame.filename, sources), frame.lineno, frame.name, line=frame.line)
        for frame in frames[first:]
    ]


def display_name(filename: str, sources: Sources) -> str:
    source = sources.find(filename)
    if source is None:
        return filename
    return f"cell {source.cell}" if source.cell else source.name
