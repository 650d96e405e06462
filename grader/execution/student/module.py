"""Runs a module as `__main__`, with its folder as current folder and first on the path."""

from __future__ import annotations
import __future__ as future

import ast
import builtins
import io
import os
import sys
import tokenize
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from . import absent, around, functions, hooks, scan
from .locate import Source, Sources
from .recorder import NOWHERE, Recorder, write_json
from .seal import seal
from .statements import Losses, called_at_once, hand_over, just_failed, parsed
from .trained import trained

MOST_HELPERS = 20


def drive(job: dict[str, Any]) -> None:
    seal(job)
    path = Path(job["work"]) / job["entry"]
    progress = Progress(job)
    progress.write()
    sources = Sources(job["work"], tuple(job["marks"]))
    text = read(path)
    sources.add(str(path), Source(job["entry"], text))
    recorder = Recorder(job, sources)
    recorder.trained = trained(texts_of(job, text))
    if recorder.trained.chosen and not (job["full_fit"] or job.get("at_random")):
        progress.needs_training = True
        progress.write()
        return
    prepare(path)
    around.install(recorder, "agg")
    hooks.install(recorder)
    scan.on_sources(recorder, [(text, {**NOWHERE, "file": job["entry"]})])
    namespace = new_main(path)
    program = Program(recorder, str(path), text, namespace)
    program.run()
    progress.failures = list(recorder.failures)
    recorder.name_variables(namespace)
    recorder.flush(everything=True)
    functions.call_listed(recorder, namespace, [text])
    scan.on_helpers(recorder)
    recorder.flush(everything=True)
    progress.finished = True
    progress.write()


def texts_of(job: dict[str, Any], text: str) -> list[str]:
    """The text that is run, and those of the modules that travel with it."""
    beside = sorted(Path(job["work"]).rglob("*.py"))[:MOST_HELPERS]
    entry = Path(job["work"]) / job["entry"]
    return [text, *(read(path) for path in beside if path != entry and path.is_file() and not path.is_symlink())]


def read(path: Path) -> str:
    """The text of a module, in the encoding that it declares; in that of older editors, where this is none of it."""
    content = path.read_bytes()
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        return content.decode(encoding).replace("\r\n", "\n")
    except (SyntaxError, UnicodeDecodeError):
        return content.decode("cp1252", "replace").replace("\r\n", "\n")


def refused(path: Path) -> SyntaxError | None:
    """Why Python reads no line of a file: it holds bytes that are not of its encoding."""
    content = path.read_bytes()
    encoding, words, line = "utf-8", "", 1
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except SyntaxError as error:
        words = error.msg
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        words = f"Python reads this file as {encoding}, and this line is not: save the file as UTF-8"
        line = content.count(b"\n", 0, error.start) + 1
    return SyntaxError(words, (str(path), line, None, None)) if words else None


class Program:
    """A module that is run statement by statement, in its namespace; its failures are recorded as they come."""

    def __init__(self, recorder: Recorder, filename: str, text: str, namespace: dict[str, Any]) -> None:
        self.recorder = recorder
        self.filename = filename
        self.text = text
        self.namespace = namespace
        self.losses = Losses()
        self.flags = 0

    def run(self) -> None:
        try:
            found = parsed(self.text, self.filename)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.failed(error)
            return
        unreadable = refused(Path(self.filename))
        for failure in (*([unreadable] if unreadable else []), *found.errors):
            self.failed(failure)
        self.losses.lost |= found.lost
        self.losses.programs = called_at_once(found.body, self.recorder.job["functions"])
        hand_over(self.failed_within)
        for statement in self.losses.prepared(found.body):
            if not self.losses.passes_over(statement):
                self.run_one(statement)

    def run_one(self, statement: ast.stmt) -> None:
        """Whatever a statement raises, `sys.exit()` included, is its own."""
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            self.flags |= sum(getattr(future, alias.name).compiler_flag for alias in statement.names)
        try:
            module = ast.Module([statement], [])
            code: CodeType = compile(module, self.filename, "exec", flags=self.flags, dont_inherit=True)
            exec(code, self.namespace)
        except BaseException as error:
            consequence = self.losses.is_consequence(error, statement, self.namespace)
            told_apart = consequence or functions.is_about_luck(self.recorder, error)
            if not told_apart and not is_last_word(error, self.text, self.filename):
                self.failed(error)
            self.losses.of_failed(statement, self.namespace)
        else:
            self.losses.of_run(statement)

    def failed_within(self) -> None:
        """A statement of a function that is the whole program has failed."""
        error = just_failed()
        if error is None or functions.is_about_luck(self.recorder, error):
            return
        known = bool(self.recorder.failures)
        if not functions.follows(self.recorder, self.losses, error, sys._getframe(1), another=known):
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        self.recorder.failures.append(functions.failure(self.recorder, error, None, [self.text]))


class Progress:
    """The content of run.json."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.path = Path(job["out"]) / "run.json"
        self.pid = os.getpid()
        self.nonce = job["nonce"]
        self.finished = False
        self.needs_training = False
        self.running: int | None = None
        self.problem = ""
        self.missing = ""
        self.cut: int | None = None
        self.kernel_exit: int | None = None
        self.failures: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []

    def write(self) -> None:
        """Also called at the end of a child that the submission forked, which has nothing to say."""
        if os.getpid() == self.pid:
            content = {name: value for name, value in vars(self).items() if name not in ("path", "pid")}
            write_json(self.path, content)


def prepare(path: Path) -> None:
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    absent.install_grader()


def new_main(path: Path) -> dict[str, Any]:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=builtins)
    sys.modules["__main__"] = module
    return module.__dict__


def is_last_word(error: BaseException, text: str, filename: str) -> bool:
    """Whether this is `sys.exit()` as the last statement of the module, which ends nothing early."""
    if not isinstance(error, SystemExit) or error.code not in (None, 0):
        return False
    trace = error.__traceback__
    lines = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return False
    return len(lines) == 1 and ends_at(statements, lines[0])


def ends_at(statements: list[ast.stmt], line: int) -> bool:
    last = statements[-1]
    if not last.lineno <= line <= (last.end_lineno or last.lineno):
        return False
    body = getattr(last, "body", None)
    return ends_at(body, line) if isinstance(body, list) and body else True
