"""The kernel of a notebook: ipykernel with the hooks in it and a sense of which cell is running."""

from __future__ import annotations

import ast
import getpass
import os
import re
import sys
import warnings
from dataclasses import replace
from typing import Any

from . import hooks, surroundings
from .module import INSTALLERS, NO_INSTALL, run_command
from .notes import on_errors
from .recorder import Recorder
from .runner import Runner, know_trained
from .source.sources import Source
from .source.statements import parsed

# What the code inside of `%%time` and its like is compiled as.
MAGIC_FILES = ("<timed exec>", "<timed eval>", "<magic-timeit>")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHOWN = ("stream", "display_data", "update_display_data", "execute_result", "error", "clear_output")
MOST_TEXT, MOST_PICTURES, MOST_OUTPUTS = 2**20, 2**22, 2_000


def serve(job: dict[str, Any], arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    recorder = Recorder(job)
    # Where there is no loopback, what children of the kernel print is not relayed; nobody need hear of it.
    warnings.filterwarnings("ignore", "Couldn't bind IOPub Pipe", UserWarning)
    answer = hooks.install(recorder, surroundings.INLINE)
    config = Config()
    config.HistoryManager.enabled = False
    # ipykernel reads this when it is imported, which may have been long ago.
    config.IPKernelApp.parent_handle = int(os.environ.get("JPY_PARENT_PID") or 0)
    app: Any = IPKernelApp.instance(config=config)
    app.initialize(arguments)
    sys.argv = ["ipykernel_launcher.py"]  # a program that reads arguments gets none, and no path of this machine
    app.kernel.raw_input, app.kernel.getpass = answer, getpass.getpass
    Cells(recorder, app.shell).attach(app.session)
    app.start()


class Outputs:
    """What the cells showed, within the limit: text is shortened to what is left, a picture is kept whole or not."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        limit = recorder.job["limits"]["output_bytes"]
        self.left = {"text": min(limit, MOST_TEXT), "png": min(4 * limit, MOST_PICTURES)}

    def add(self, cell: int, kind: str, content: dict[str, Any]) -> None:
        data = content.get("data", {})
        if kind == "clear_output":
            self.recorder.outputs = [output for output in self.recorder.outputs if output["cell"] != cell]
        elif kind == "stream":
            self.keep(cell, "text", str(content["text"]))
        elif kind == "error":
            trace = ANSI.sub("", "\n".join(map(str, content["traceback"])))
            self.keep(cell, "error", trace or f"{content['ename']}: {content['evalue']}")
        elif isinstance(data.get("image/png"), str):
            self.keep(cell, "png", data["image/png"])
        elif "text/plain" in data:
            self.keep(cell, "text", str(data["text/plain"]))

    def keep(self, cell: int, kind: str, content: str) -> None:
        purse, outputs = "png" if kind == "png" else "text", self.recorder.outputs
        goes_on = kind == "text" and bool(outputs) and (outputs[-1]["kind"], outputs[-1]["cell"]) == ("text", cell)
        left = self.left[purse] if goes_on or len(outputs) < MOST_OUTPUTS else 0
        shown = content.encode("utf-8", "replace")
        if len(shown) > left:
            self.recorder.cut = self.recorder.cut or cell
            shown = b"" if kind == "png" else shown[:left]
        self.left[purse] -= len(shown)
        if goes_on:
            outputs[-1]["content"] += shown.decode("utf-8", "ignore")
        elif shown:
            outputs.append({"kind": kind, "content": shown.decode("utf-8", "ignore"), "cell": cell})


class Cells:
    """Follows the driver from cell to cell."""

    def __init__(self, recorder: Recorder, shell: Any) -> None:
        self.recorder = recorder
        self.shell = shell
        self.about = {cell["number"]: cell for cell in recorder.job["cells"]}
        self.waiting = list(self.about)
        self.kept = Outputs(recorder)
        self.runner = Runner(recorder, shell.user_ns)
        self.statement: ast.stmt | None = None

    def attach(self, session: Any) -> None:
        self.send, session.send = session.send, self.keep_or_send
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)
        self.cache = self.shell.compile.cache
        self.shell.compile.cache = self.remember
        self.shell.ask_exit = leave
        self.show_traceback = self.shell.showtraceback
        self.shell.showtraceback = self.show_unless_over
        self.run_nodes, self.shell.run_ast_nodes = self.shell.run_ast_nodes, self.go_on
        self.parse, self.shell.compile.ast_parse = self.shell.compile.ast_parse, self.parse_what_can_be
        self.transform, self.shell.transform_cell = self.shell.transform_cell, self.transform_what_can_be
        self.shell.finish_submission = self.finish
        self.recorder.cells = {number: self.plain_source(number) for number in self.about}
        know_trained(self.recorder, self.recorder.cells.values())
        for source in self.recorder.cells.values():
            on_errors.on_source(self.recorder, source)
        for name in INSTALLERS:
            self.shell.register_magic_function(lambda line: print(NO_INSTALL), "line", name)
        self.shell.system = self.shell.system_piped = self.run_shell
        # Whatever screen is chosen: pictures go into the notebook.
        self.shell.register_magic_function(lambda line: None, "line", "matplotlib")

    def before(self, info: Any) -> None:
        """Only the driver runs cells with history; magics run cells within cells."""
        number = next((cell for cell in self.waiting if self.about[cell]["source"] == info.raw_cell), None)
        if not info.store_history or number is None:
            return
        self.recorder.running, self.waiting = number, [cell for cell in self.waiting if cell > number]
        self.runner.cell = number
        for filename in MAGIC_FILES:
            self.recorder.sources.add(filename, self.recorder.cells[number])
        self.recorder.flush()

    def remember(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> Any:
        """Tie the file name that IPython gives to a cell's code to that cell."""
        filename = self.cache(transformed_code, self.runner.cell or number, raw_code)
        if self.runner.cell is not None:
            cell = self.recorder.cells[self.runner.cell]
            inner = not (raw_code or "").lstrip().startswith("%%")
            source = replace(cell, text=transformed_code, offset=cell.offset if inner else 0)
            self.recorder.sources.add(filename, cell if source == cell else source)
        return filename

    def after(self, result: Any) -> None:
        if result.info is None or not result.info.store_history or self.runner.cell is None:
            return
        if result.error_before_exec:  # of what is no Python, in a way that cannot even be parsed up to a line
            self.runner.failed(result.error_before_exec)
        self.recorder.name_variables(self.shell.user_ns)
        sys.stdout.flush()
        sys.stderr.flush()
        self.recorder.flush()

    def keep_or_send(self, stream: Any, message: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What a cell shows is kept in the recording; everything else is for the driver."""
        kind, content = (message["msg_type"], message["content"]) if isinstance(message, dict) else (message, content)
        if kind not in SHOWN:
            return self.send(stream, message, content, *args, **kwargs)
        if self.runner.cell is not None:
            self.kept.add(self.runner.cell, kind, content)
        return message

    def transform_what_can_be(self, text: str) -> str:
        """The Python of a cell; where lines begin in no column of a block, IPython finds none, and Python says so."""
        try:
            return str(self.transform(text))
        except SyntaxError:
            return re.sub(r"(?m)^([ \t]*)[%!].*", r"\1pass", text)

    def parse_what_can_be(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        """The code of a cell, up to a statement that is no Python, which fails by itself."""
        if self.runner.cell is None or symbol != "exec":
            return self.parse(source, filename, symbol)
        tree = parsed(source, filename)
        if tree.error is None:
            return self.parse(source, filename, symbol)
        self.show_traceback((type(tree.error), tree.error, None))
        self.runner.cannot_read(tree)
        return ast.Module(tree.body, [])

    async def go_on(self, nodes: list[ast.stmt], *args: Any, **kwargs: Any) -> bool:
        """Run the statements of a cell one by one, those after a failing one too."""
        result = kwargs.get("result")
        if self.runner.cell is None or result is None:
            return bool(await self.run_nodes(nodes, *args, **kwargs))
        last = nodes[-1] if nodes else None
        for node in self.runner.to_run(nodes, ends=self.runner.cell == max(self.about)):
            self.statement = node
            options = kwargs if node is last else {**kwargs, "interactivity": "none"}
            if await self.run_nodes([self.runner.as_run(node)], *args, **options):
                error = result.error_in_exec or result.error_before_exec
                result.error_in_exec = result.error_before_exec = None
                self.runner.has_failed(node, error)
            else:
                self.runner.has_run(node)
        self.statement = None
        return False

    def run_shell(self, command: str) -> None:
        """`!command`"""
        self.shell.user_ns["_exit_code"] = run_command(self.shell.var_expand(command, depth=1))

    def show_unless_over(self, *args: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        self.recorder.make_room(error)
        if error is None or not self.runner.is_no_failure(error, self.statement):
            self.show_traceback(*args, **kwargs)

    def plain_source(self, number: int) -> Source:
        """The Python of a cell, without the line of a magic above it."""
        text, mark = self.about[number]["source"], self.about[number]["mark"]
        magic = text.lstrip().startswith("%%")
        plain = self.transform_what_can_be(text.partition("\n")[2] if magic else text)
        return Source("", plain, number, mark, offset=int(magic))

    def finish(self) -> None:
        """Called by the driver after the last cell."""
        self.runner.cell = None
        self.runner.finish()


def leave() -> None:
    """What `exit()` does instead of stopping the kernel under the driver's feet."""
    raise SystemExit
