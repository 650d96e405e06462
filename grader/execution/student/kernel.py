"""The kernel of a notebook: ipykernel with the hooks in it and a sense of which cell is running."""

from __future__ import annotations

import ast
import getpass
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from . import around, hooks, imports
from .exported import INSTALLERS, NO_INSTALL, run_command
from .facts import scan
from .module import (
    call_listed,
    failure,
    finish,
    follows,
    is_about_luck,
    is_consequence,
    is_last_word,
    note_missed,
    texts_of,
)
from .recorder import NOWHERE, Recorder
from .source.locate import Source, Sources
from .source.statements import Losses, called_at_once, hand_over, just_failed, parsed
from .source.trained import trained

# What the code inside of `%%time` and its like is compiled as.
MAGIC_FILES = ("<timed exec>", "<timed eval>", "<magic-timeit>")


def serve(job: dict[str, Any], arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    around.seal(job)  # a kernel only waits for who connects to it
    recorder = Recorder(job, Sources(job["work"], tuple(job["marks"])))
    hooks.install(recorder)
    imports.install_grader()
    # As Jupyter has it: helpers beside the notebook can be imported.
    sys.path.insert(0, os.getcwd())
    # Where there is no loopback, what children of the kernel print is not relayed; nobody need hear of it.
    warnings.filterwarnings("ignore", "Couldn't bind IOPub Pipe", UserWarning)
    answer = around.install(recorder, around.INLINE)
    config = Config()
    config.HistoryManager.enabled = False
    # ipykernel reads this when it is imported, which may have been long ago.
    config.IPKernelApp.parent_handle = int(os.environ.get("JPY_PARENT_PID") or 0)
    app: Any = IPKernelApp.instance(config=config)
    app.initialize(arguments)
    sys.argv = ["ipykernel_launcher.py"]  # a program that reads arguments gets none, and no path of this machine
    app.kernel.raw_input, app.kernel.getpass = answer, getpass.getpass
    Cells(recorder, app.shell).attach()
    app.start()


class Cells:
    """Follows the driver from cell to cell."""

    def __init__(self, recorder: Recorder, shell: Any) -> None:
        self.recorder = recorder
        self.shell = shell
        self.about = {cell["number"]: cell for cell in recorder.job["cells"]}
        self.current: int | None = None
        self.ran: dict[int, str] = {}
        self.losses = Losses()
        self.statement: ast.stmt | None = None
        self.errors: list[BaseException] = []  # of the statements of the running cell
        self.raised: list[BaseException] = []  # of the cell that has just run
        self.unread: frozenset[str] = frozenset()  # functions that an error of syntax in it has hidden

    def attach(self) -> None:
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)
        self.cache = self.shell.compile.cache
        self.shell.compile.cache = self.remember
        self.shell.ask_exit = leave
        self.show_traceback = self.shell.showtraceback
        self.shell.showtraceback = self.show_unless_over
        self.run_nodes, self.shell.run_ast_nodes = self.shell.run_ast_nodes, self.go_on
        self.parse, self.shell.compile.ast_parse = self.shell.compile.ast_parse, self.parse_what_can_be
        self.shell.finish_submission = self.finish
        hand_over(self.failed_within)
        sources = {number: self.plain_source(number) for number in self.about}
        whole = [tree for text, _ in sources.values() for tree in _statements_of(text)]
        self.losses.programs = called_at_once(whole, self.recorder.job["functions"])
        self.recorder.cells = {number: text for number, (text, _) in sources.items()}
        texts = texts_of(self.recorder.job, "\n".join(map(_runnable, self.recorder.cells.values())))
        wanted = (*self.recorder.job["functions"], *self.recorder.job["marks"])
        self.recorder.know_trained(trained(texts, wanted))
        scan.on_sources(
            self.recorder,
            [(text, {**NOWHERE, "cell": number, "line": offset}) for number, (text, offset) in sources.items()],
        )
        for name in INSTALLERS:
            self.shell.register_magic_function(lambda line: print(NO_INSTALL), "line", name)
        self.shell.system = self.shell.system_piped = self.run_shell
        # Whatever screen is chosen: pictures go into the notebook.
        self.shell.register_magic_function(lambda line: None, "line", "matplotlib")

    def before(self, info: Any) -> None:
        """Only the driver runs cells with history; magics run cells within cells."""
        if not info.store_history:
            return
        text = Path(self.recorder.job["running"]).read_text("utf-8")
        self.current = int(text) if text else None
        if self.current is not None:
            body = self.about[self.current]["source"].partition("\n")[2]
            for filename in MAGIC_FILES:
                self.recorder.sources.add(filename, self.source(body, offset=1))

    def source(self, text: str, offset: int = 0) -> Source:
        about = self.about[self.current]
        return Source("", text, cell=about["number"], mark=about["mark"], offset=offset)

    def remember(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> Any:
        """Tie the file name that IPython gives to a cell's code to that cell."""
        filename = self.cache(transformed_code, self.current or number, raw_code)
        if self.current is not None:
            whole = self.about[self.current]["source"]
            inner = whole.lstrip().startswith("%%") and not (raw_code or "").lstrip().startswith("%%")
            self.recorder.sources.add(filename, self.source(transformed_code, offset=1 if inner else 0))
        return filename

    def after(self, result: Any) -> None:
        if result.info is None or not result.info.store_history or self.current is None:
            return
        error = result.error_before_exec or result.error_in_exec
        text = self.plain_source(self.current)[0]
        if error is None or self.is_over(error):
            self.ran[self.current] = text
        else:
            # Names bound in a cell that failed for good are not missing because of a cut `fit`.
            errors, self.raised = self.raised or [error], []
            texts = [*self.ran.values(), "_ = 0"]
            recorded = [failure(self.recorder, one, self.current, texts) for one in errors]
            self.recorder.function_failures |= dict.fromkeys(self.unread, recorded[0])
            self.unread = frozenset()
            self.recorder.failures += recorded
            if not all(one["settled"] for one in recorded):
                self.ran[self.current] = text
        self.recorder.name_variables(self.shell.user_ns)
        self.recorder.flush()

    def parse_what_can_be(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        """The code of a cell, up to a statement that is no Python, which fails by itself."""
        try:
            return self.parse(source, filename, symbol)
        except SyntaxError:
            if self.current is None or symbol != "exec":
                raise
            found = parsed(source, filename)
            self.errors = [found.error] if found.error else []
            self.unread = found.lost.intersection(self.recorder.job["functions"])
            self.losses.lost |= dict.fromkeys(found.lost - self.shell.user_ns.keys(), len(self.recorder.failures))
            return ast.Module(found.body, [])

    async def go_on(self, nodes: list[ast.stmt], *args: Any, **kwargs: Any) -> bool:
        """Run the statements of a cell one by one, those after a failing one too; its error is the cell's."""
        result = kwargs.get("result")
        if self.current is None or result is None:
            return bool(await self.run_nodes(nodes, *args, **kwargs))
        for error in self.errors:
            self.show_traceback((type(error), error, None))
        last = nodes[-1] if nodes else None
        for node in self.losses.prepared(nodes):
            if self.losses.passes_over(node, self.shell.user_ns):
                note_missed(self.recorder, self.losses, node, self.at(node))
                continue
            self.statement = node
            shown = kwargs if node is last else {**kwargs, "interactivity": "none"}
            if not await self.run_nodes([node], *args, **shown):
                self.losses.of_run(node)
                continue
            error, result.error_in_exec = result.error_in_exec, None
            if error is not None and not self.is_no_failure(error, node):
                self.errors.append(error)
            number = len(self.recorder.failures) + len(self.errors) - 1
            self.losses.of_failed(node, self.shell.user_ns, error, number)
            note_missed(self.recorder, self.losses, node, self.at(node))
        first = next(iter(self.errors), None)
        self.raised, self.errors, self.statement = self.errors, [], None
        result.error_in_exec = first
        return first is not None

    def at(self, statement: ast.stmt) -> dict[str, Any]:
        return {**NOWHERE, "cell": self.current, "line": statement.lineno}

    def is_no_failure(self, error: BaseException, statement: ast.stmt | None) -> bool:
        """What only follows from another one, and an assertion about what a training gave."""
        consequence = is_consequence(self.recorder, self.losses, error, statement)
        return consequence or is_about_luck(self.recorder, error)

    def run_shell(self, command: str) -> None:
        """`!command`"""
        self.shell.user_ns["_exit_code"] = run_command(self.shell.var_expand(command, depth=1))

    def failed_within(self) -> None:
        """A statement of a function that holds the program has failed."""
        error = just_failed()
        if error is None or is_about_luck(self.recorder, error):
            return
        if isinstance(error, SystemExit):
            raise error
        if not follows(self.recorder, self.losses, error, sys._getframe(1)):
            self.show_traceback()
            self.errors.append(error)

    def is_over(self, error: BaseException) -> bool:
        """Whether this is `exit()` as the last statement of the last cell, which ends nothing early."""
        known = self.recorder.sources.known
        last = self.current == max(self.about)
        return last and any(is_last_word(error, source.text, file) for file, source in known.items() if source.cell)

    def show_unless_over(self, *args: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        self.recorder.make_room(error)
        if error is not None and self.is_no_failure(error, self.statement):
            return
        if error is None or not self.is_over(error):
            self.show_traceback(*args, **kwargs)

    def plain_source(self, number: int) -> tuple[str, int]:
        """The Python of a cell, and how many lines a magic takes up above it."""
        text = self.about[number]["source"]
        magic = text.lstrip().startswith("%%")
        return str(self.shell.transform_cell(text.partition("\n")[2] if magic else text)), int(magic)

    def finish(self) -> None:
        """Called by the driver after the last cell."""
        recorder = self.recorder
        self.current = None
        recorder.flush(everything=True)
        call_listed(recorder, self.shell.user_ns, list(self.ran.values()))
        finish(recorder)


def _statements_of(text: str) -> list[ast.stmt]:
    try:
        return parsed(text, "").body
    except (ValueError, RecursionError, MemoryError):
        return []


def _runnable(text: str) -> str:
    """What of a cell is Python: a cell that is none must not hide those below it."""
    statements = _statements_of(text)
    return "\n".join(text.split("\n")[: statements[-1].end_lineno]) if statements else ""


def leave() -> None:
    """What `exit()` does instead of stopping the kernel under the driver's feet."""
    raise SystemExit
