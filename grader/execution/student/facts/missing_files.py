"""Files and folders that are not where a program looks for them, and what only the internet has."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from ..recorder import Recorder, message_of
from ..source.rewrite import Finding, Said, call_of_error, unparsed
from ..source.statements import path_not_found

NO_NETWORK = "there is no internet connection while the grader runs this file"
ADDRESS = re.compile(r"\b(?:https?|ftp|gs|s3)://")
UNWRITTEN = re.compile(r"non-existent directory: '([^']+)'$")  # and Pandas of the folder of a table


def nothing_to_read(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A file that is not here, a folder that nobody has made, or something that the internet would have."""
    words = message_of(error)
    if NO_NETWORK in words or (isinstance(error, OSError) and ADDRESS.search(words)):
        yield "no-network", {}
        return
    if missing := UNWRITTEN.search(words):
        yield "missing-file", _without_folder(missing[1])
        return
    path = path_not_found(error)
    unread = path != getattr(error, "filename", None)  # a library says so, in its own words
    if not path:
        return
    name = re.split(r"[\\/]", path)[-1]
    call = call_of_error(recorder.sources, error)
    folder = os.path.dirname(os.path.normpath(path))
    if folder and not os.path.isdir(folder) and call is not None and writes(call.node):
        yield "missing-file", _without_folder(folder)
    elif os.path.isabs(path) and call is not None and unparsed(call.node.func).endswith("chdir"):
        yield "missing-file", _without_folder(path)
    elif ("." in name.strip(".") or (unread and name)) and not os.path.exists(path):
        yield "missing-file", {"name": name}


def _without_folder(folder: str) -> Said:
    """Nobody can make just any folder of another machine."""
    return {"case": "elsewhere" if os.path.isabs(folder) else "folder", "folder": folder}


def cannot_write(recorder: Recorder, error: BaseException) -> bool:
    """Whether a call that makes a file has failed for want of a folder."""
    call = call_of_error(recorder.sources, error) if isinstance(error, OSError) else None
    return call is not None and writes(call.node)


def writes(call: ast.Call) -> bool:
    """Whether a call makes a file, by its name, or by its mode."""
    name = unparsed(call.func).rpartition(".")[2]
    modes = [one.value for one in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode"))
             if isinstance(one, ast.Constant)]  # fmt: skip
    return name.startswith(("save", "to_", "imsave", "write")) or (
        name == "open" and any(set("wax") & set(str(mode)) for mode in modes)
    )
