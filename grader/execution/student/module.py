"""Runs a module as `__main__`, with its folder as current folder and first on the path.

After that, and after a notebook in its kernel, come the functions that the assignment lists. Of every failure it is
recorded whether no training can have caused it.
"""

from __future__ import annotations
import __future__ as future

import ast
import builtins
import codecs
import contextlib
import inspect
import io
import json
import os
import sys
import tokenize
import types
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from . import around, candidates, exported, hooks, imports
from .facts import missing_files, mistakes, scan
from .recorder import NOWHERE, Recorder, write_json
from .source.locate import Source, Sources, calls_of_error
from .source.rewrite import bound_names
from .source.statements import Losses, called_at_once, hand_over, inert, just_failed, parsed, values_at
from .source.trained import is_verdict, may_explain, statement_at, trained

MOST_HELPERS = 20
NOTEBOOK = "the file is a notebook: give it a name that ends in .ipynb"
# A history has the same keys after any training, and what it holds is of the same types.
NEVER_BY_TRAINING = (SyntaxError, ImportError, EOFError, KeyError, TypeError, AttributeError)


def drive(job: dict[str, Any]) -> None:
    around.seal(job)
    path = Path(job["work"]) / job["entry"]
    progress = Progress(job)
    progress.problem = NOTEBOOK if is_notebook(path) else ""
    progress.write()
    if progress.problem:
        return
    sources = Sources(job["work"], tuple(job["marks"]))
    text = read(path)
    sources.add(str(path), Source(job["entry"], text))
    recorder = Recorder(job, sources)
    recorder.know_trained(trained(texts_of(job, text), (*job["functions"], *job["marks"])))
    if recorder.trained.chosen == "loop" and not job["full_fit"]:
        progress.needs_training = "loop"  # it would not end
        progress.write()
        return
    prepare(path)
    around.install(recorder, "agg")
    hooks.install(recorder)
    scan.on_sources(recorder, [(text, {**NOWHERE, "file": job["entry"]})])
    namespace = _new_main(path)
    exported.offer(text, namespace)
    program = Program(recorder, str(path), text, namespace)
    program.run()
    progress.failures = recorder.told_failures()
    recorder.name_variables(namespace)
    recorder.flush(everything=True)
    call_listed(recorder, namespace, [text])
    finish(recorder)
    progress.finished = True
    progress.write()


def finish(recorder: Recorder) -> None:
    """What is known once everything has run."""
    scan.on_helpers(recorder)
    recorder.flush(everything=True)
    if recorder.needs_training == "choice" and candidates.are_equal(recorder):
        recorder.needs_training = ""
        recorder.flush()


def texts_of(job: dict[str, Any], text: str) -> list[str]:
    """The text that is run, and those of the modules that travel with it."""
    beside = sorted(Path(job["work"]).rglob("*.py"))[:MOST_HELPERS]
    entry = Path(job["work"]) / job["entry"]
    return [text, *(read(path) for path in beside if path != entry and path.is_file() and not path.is_symlink())]


def read(path: Path) -> str:
    """The text of a module, in the encoding that it declares; in that of older editors, where this is none of it."""
    content = path.read_bytes()
    if wide := wide_encoding(content):
        return content.decode(wide, "replace").replace("\r\n", "\n")
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        return content.decode(encoding).replace("\r\n", "\n")
    except (SyntaxError, UnicodeDecodeError):
        return content.decode("cp1252", "replace").replace("\r\n", "\n")


def is_notebook(path: Path) -> bool:
    """Whether a module is a notebook under a wrong name."""
    content = path.read_bytes()
    if not content.lstrip().startswith(b"{"):
        return False
    with contextlib.suppress(ValueError):
        return "nbformat" in json.loads(content)
    return False


def wide_encoding(content: bytes) -> str:
    """The encoding of a text in which every letter takes two bytes, which some editors write; or nothing."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    half = max(len(content) // 2, 1)
    nulls = {"utf-16-le": content[1::2].count(0), "utf-16-be": content[::2].count(0)}
    return next((name for name, count in nulls.items() if count > half / 2), "")


def refused(path: Path) -> SyntaxError | None:
    """Why Python reads no line of a file: it holds bytes that are not of its encoding."""
    content = path.read_bytes()
    encoding, words, line = "utf-8", "", 1
    if wide_encoding(content):
        words = "this file is UTF-16, which Python does not read: save it as UTF-8"
        return SyntaxError(words, (str(path), 1, None, None))
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except SyntaxError as error:
        words = error.msg
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        words = f"Python reads this file as {encoding}, but this line is not: save the file as UTF-8"
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
        except (ValueError, RecursionError, MemoryError) as error:
            self.failed(error)
            return
        for unreadable in (refused(Path(self.filename)), found.error):
            if unreadable is not None:
                self.failed(unreadable)
        for name in found.lost.intersection(self.recorder.job["functions"]):  # an exercise's function is in the rest
            self.recorder.function_failures[name] = self.recorder.failures[-1]
        self.losses.programs = called_at_once(found.body, self.recorder.job["functions"])
        hand_over(self.failed_within)
        for statement in self.losses.prepared(found.body):
            if self.losses.passes_over(statement, self.namespace):
                note_missed(self.recorder, self.losses, statement, self.at(statement))
            else:
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
            self.recorder.make_room(error)
            told_apart = is_consequence(self.recorder, self.losses, error, statement)
            told_apart = told_apart or is_about_luck(self.recorder, error)
            if not told_apart and not is_last_word(error, self.text, self.filename):
                self.failed(error)
            self.losses.of_failed(statement, self.namespace, error, len(self.recorder.failures) - 1)
            note_missed(self.recorder, self.losses, statement, self.at(statement))
        else:
            self.losses.of_run(statement)

    def failed_within(self) -> None:
        """A statement of a function that is the whole program has failed."""
        error = just_failed()
        if error is None or is_about_luck(self.recorder, error):
            return
        if isinstance(error, SystemExit):
            raise error
        if not follows(self.recorder, self.losses, error, sys._getframe(1)):
            self.failed(error)

    def at(self, statement: ast.stmt) -> dict[str, Any]:
        return {**NOWHERE, "file": self.recorder.job["entry"], "line": statement.lineno}

    def failed(self, error: BaseException) -> None:
        self.recorder.failures.append(failure(self.recorder, error, None, [self.text]))


class Progress:
    """The content of run.json."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.path = Path(job["out"]) / "run.json"
        self.pid = os.getpid()
        self.nonce = job["nonce"]
        self.finished = False
        self.needs_training = ""
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
    imports.install_grader()


def _new_main(path: Path) -> dict[str, Any]:
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
    return len(lines) == 1 and _ends_at(statements, lines[0])


def _ends_at(statements: list[ast.stmt], line: int) -> bool:
    last = statements[-1]
    if not last.lineno <= line <= (last.end_lineno or last.lineno):
        return False
    body = getattr(last, "body", None)
    return _ends_at(body, line) if isinstance(body, list) and body else True


def call_listed(recorder: Recorder, namespace: dict[str, Any], texts: list[str]) -> None:
    """Each listed function that needs no argument, in turn, after everything else has run."""
    for name in recorder.job["functions"]:
        function = namespace.get(name)
        if not isinstance(function, types.FunctionType) or _needs_arguments(function):
            continue
        recorder.calling = name
        name_own_calls(recorder, name, function)
        recorder.flush()
        call(recorder, name, function, texts)
        recorder.calling = ""


def name_own_calls(recorder: Recorder, name: str, function: types.FunctionType) -> None:
    """What the student built with the function under its first name counts as built with it: it may be fitted."""
    for record in recorder.records:
        if record.data["function"] == function.__name__ not in recorder.job["functions"]:
            record.data["function"] = name


def _needs_arguments(function: Any) -> bool:
    parameters = inspect.signature(function).parameters.values()
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(one.default is one.empty and one.kind not in free for one in parameters)


def call(recorder: Recorder, name: str, function: Any, texts: list[str]) -> None:
    built = len(recorder.records)
    try:
        result = function()
    except BaseException as error:
        recorder.function_failures[name] = failure(recorder, error, None, texts)
    else:
        if result is None and len(recorder.records) > built:
            mistakes.returns_nothing(recorder, function)
        for model in result if isinstance(result, (list, tuple)) else [result]:
            record = recorder.claim(model) if recorder.is_model(model) else None
            if record is not None:
                record.data.update(returned=True, function=name)
    recorder.flush(everything=True)


def failure(recorder: Recorder, error: BaseException, cell: int | None, texts: Iterable[str]) -> dict[str, Any]:
    """The failure as it is recorded, with a note where its cause is known."""
    mistakes.on_failure(recorder, error, cell)
    return recorder.failure(error, cell, never_depends_on_training(recorder, error, texts))


def is_about_luck(recorder: Recorder, error: BaseException) -> bool:
    """Whether a failed assertion, or an early end, is about what a training gave: luck, and here not even that."""
    lines = list(recorder.sources.lines_of_error(error))
    if not lines or not is_verdict(recorder.trained, lines[-1][0].text, lines[-1][1]):
        return False
    recorder.note("assertion-about-training", "", recorder.sources.location_of_error(error))
    return True


def note_missed(recorder: Recorder, losses: Losses, statement: ast.stmt, where: dict[str, Any]) -> None:
    """Say of a network that an assignment may look for that it was not built."""
    for name in sorted(losses.missed(statement, (*recorder.job["functions"], *recorder.job["marks"], "model"))):
        recorder.note("never-built", name, where)
        recorder.decisive.append(losses.lost[name])


def is_consequence(recorder: Recorder, losses: Losses, error: BaseException, statement: ast.stmt | None) -> bool:
    """Whether an error only follows from something else; then what was concluded from its values is taken back."""
    place, needed = recorder.sources.location_of_error(error), inert(values_at(error))
    for one in needed:
        one.is_wanted(place)
    found = bool(needed) or losses.is_consequence(error, statement)
    if found:
        recorder.retract(place)
    return found


def follows(recorder: Recorder, losses: Losses, error: BaseException, frame: FrameType) -> bool:
    """Whether an error within a function that holds the program only follows from something else."""
    source = recorder.sources.find(frame.f_code.co_filename)
    around = statement_at(source.text, frame.f_lineno) if source else []
    unbound, losses.any_within = losses.any_within and isinstance(error, NameError), True
    return unbound or is_consequence(recorder, losses, error, around[-1] if around else None)


def never_depends_on_training(recorder: Recorder, error: BaseException, texts: Iterable[str]) -> bool:
    """Whether the error would have been the same after any training.

    `texts` is all that ran before it: a name bound nowhere there is not missing because of a cut `fit`.
    """
    lines, raised = list(recorder.sources.lines_of_error(error)), calls_of_error(error)
    if lines and not any(may_explain(recorder.trained, source.text, line, raised) for source, line in lines):
        return True
    if isinstance(error, NEVER_BY_TRAINING) or missing_files.cannot_write(recorder, error):
        return True
    if type(error).__name__ == "StdinNotImplementedError":
        return True
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError) and error.name:
        texts = list(texts)
        bound = {name for text in texts for name in bound_names(text)}
        return bool(texts) and error.name not in bound and "*" not in bound
    return False
