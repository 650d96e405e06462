"""Writes a program as source code that runs, as a module or as a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.authoring.expressions import Names
from grader.authoring.program import Program, TrainingCode
from grader.authoring.statements import Statements, listed_ends
from grader.domain import Layer, ModelGraph, Tensor
from grader.graph.source import UnwritableError

_INDENT = "    "


def write(program: Program) -> str:
    """The source of a program; raises `UnwritableError` if it cannot be written."""
    return "\n\n\n".join(sections(program)) + "\n"


def sections(program: Program) -> list[str]:
    """The source in parts that make sense as the cells of a notebook: imports, data, network, what follows."""
    names = Names(program.style.imports)
    ending = TrainingCode(program, names)
    body = {"functional": _functional, "sequential": _sequential, "subclass": _subclass}[program.form](program, names)
    network = _laid_out(program, body, ending.compile_lines())
    rest = [part for part in ("\n".join(ending.fit_lines()), program.tail) if part]
    lead = [program.lead] if program.lead else []
    return [*lead, "\n".join([*names.lines(), *ending.imports()]), network, *rest]


def _laid_out(program: Program, body: Sequence[str], compiling: Sequence[str]) -> str:
    """The statements that build and compile, as a script or in functions."""
    names = [name for name in program.assignment.names if name.startswith("build_")]
    layout = program.style.layout
    function = "build_model" if layout == "build_model" or not names else names[0]
    inner = [*body, *compiling]
    match layout:
        case "function" | "build_model":
            return f"def {function}():\n" + _indented([*inner, "return model"])
        case "function called":
            return (
                f"def {function}():\n"
                + _indented([*body, "return model"])
                + "\n\n\n"
                + "\n".join([f"model = {function}()", *compiling])
            )
        case "main guard":
            return 'if __name__ == "__main__":\n' + _indented(inner)
        case "overwritten":
            return "\n".join([*inner, "", *inner])
        case _:
            return "\n".join(inner)


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(_INDENT + line if line else line for text in lines for line in text.split("\n"))


def _functional(program: Program, names: Names) -> list[str]:
    writer = Statements(program, names)
    lines = list(writer.all())
    if program.between:
        if program.style.layout != "script":
            raise UnwritableError("inside a function, an error ends the function")
        lines.insert(len(lines) // 2, program.between)
    ends = program.style.ends
    graph = program.graph
    inputs = [writer.name(tensor) for tensor in graph.inputs]
    if program.style.input_order == "reversed":
        inputs.reverse()
    outputs = [writer.name(tensor) for tensor in graph.outputs]
    left = listed_ends(inputs, ends if ends != "dict of outputs" else "plain", "in")
    right = listed_ends(outputs, ends if ends != "dict of inputs" else "plain", "out")
    if ends == "positional":
        return [*lines, f"model = {names.keras}.Model({left}, {right})"]
    return [*lines, f"model = {names.keras}.Model(inputs={left}, outputs={right})"]


def _chain(graph: ModelGraph) -> list[Layer]:
    """The layers of a network that is one chain."""
    calls = graph.calls[1:]
    single = all([tensor.call for tensor in call.sources] == [number] for number, call in enumerate(calls))
    if len(graph.inputs) != 1 or not single:
        raise UnwritableError("a network that branches is no chain")
    return [graph.layers[call.layer] for call in graph.calls]


def _sequential(program: Program, names: Names) -> list[str]:
    source, *rest = _chain(program.graph)
    statements = Statements(replace(program, form="functional"), names)
    made = [statements.constructed(number, layer) for number, layer in enumerate(rest, start=1)]
    parts = [statements.input(0, source), *made]
    inner = ",\n    ".join(parts)
    return [f"model = {names.keras}.Sequential([\n    {inner},\n])"]


def _subclass(program: Program, names: Names) -> list[str]:
    """The network with its layers in a class, and their calls in its `call`."""
    graph = program.graph
    statements = Statements(program, names)
    made, calls = [], []
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        if layer.kind == "InputLayer":
            continue
        line = f"self.layer_{call.layer} = {statements.constructed(number, layer)}"
        made += [] if line in made else [line]
        sources = [statements.name(tensor) for tensor in call.sources]
        several = len(call.args) == 1 and isinstance(call.args[0], tuple)
        argument = f"[{', '.join(sources)}]" if several else ", ".join(sources)
        calls.append(f"{statements.name(Tensor(number))} = self.layer_{call.layer}({argument})")
    inputs = ", ".join(statements.name(tensor) for tensor in graph.inputs)
    outputs = ", ".join(statements.name(tensor) for tensor in graph.outputs)
    init = _indented(["super().__init__()", *dict.fromkeys(made)])
    inner = _indented([f"{inputs} = inputs", *calls, f"return {outputs}"])
    text = f"class Network({names.keras}.Model):\n" + _indented(
        [f"def __init__(self):\n{init}", "", f"def call(self, inputs):\n{inner}"]
    )
    return [text, "", "model = Network()"]
