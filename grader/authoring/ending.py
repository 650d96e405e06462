"""How a program ends: it compiles its network, and perhaps makes data and fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.authoring import expressions
from grader.authoring.expressions import UnwritableError
from grader.authoring.names import Names
from grader.authoring.program import Program

_FORMULAS = {"x": "x", "sin": "np.sin(2 * np.pi * x)", "exp": "np.exp(x)"}


class Ending:
    """The statements after the network stands."""

    def __init__(self, program: Program, names: Names) -> None:
        self._program = program
        self._names = names
        self._heads = len(program.graph.outputs)

    def imports(self) -> list[str]:
        return ["import numpy as np"] if self._program.style.fit != "none" else []

    def compile_lines(self) -> list[str]:
        """The call of `compile`, if there is one."""
        compiled, style = self._program.compiled, self._program.style
        if compiled is None:
            return []
        keras = self._names.keras
        parts = [f"optimizer={expressions.optimizer(compiled.optimizer, compiled.rate, style.optimizer, keras)}"]
        losses = [expressions.loss(name, style.loss, keras) for name in compiled.losses]
        parts.append(f"loss={self._losses(losses)}")
        if set(compiled.weights) != {1.0} or style.loss_weights != "as needed":
            parts.append(f"loss_weights={self._by_head([f'{w:g}' for w in compiled.weights], style.loss_weights)}")
        if style.metrics != "none":
            single = {"list": '["mse"]', "list of lists": '[["mse"]]', "Keras 2": '"mse"'}[style.metrics]
            several = style.metrics != "Keras 2" and self._heads > 1
            parts.append(f"metrics={[['mse']] * self._heads if several else single}")
        return [f"model.compile({', '.join(parts)})"]

    def _losses(self, losses: Sequence[str]) -> str:
        style = self._program.style.loss
        if self._heads == 1 and style != "dict":
            return losses[0] if style != "tuple" else f"[{losses[0]}]"
        if style == "one for all":
            if len(set(losses)) > 1 or self._program.style.loss_weights != "as needed":
                raise UnwritableError("different losses, or weights, need a list")
            return losses[0]
        return self._by_head(losses, style)

    def _by_head(self, items: Sequence[str], style: str) -> str:
        if style == "dict" and len(items) == self._heads:
            return "dict(zip(model.output_names, [" + ", ".join(items) + "]))"
        inner = ", ".join(items)
        if style == "tuple" and len(items) > 1:
            return f"({inner})"
        return f"[{inner}]"

    def fit_lines(self) -> Iterator[str]:
        """Data as in the task, and a short fit."""
        data, style = self._program.assignment.data, self._program.style
        if style.fit == "none":
            return
        if data.file is not None or self._program.style.layout in ("function", "build_model"):
            raise UnwritableError("data of a file, or a model that only the grader builds")
        if style.seed is None and style.names == "with spaces and umlauts":
            raise UnwritableError("TensorFlow trains no layers with such names")
        shape = "" if style.fit == "flat" else ".reshape(-1, 1)"
        yield f"x = np.linspace(0, 1, 1000){shape}"
        inputs = [_FORMULAS[name] for name in data.inputs]
        targets = [_FORMULAS[name] for name in data.targets]
        more = ", validation_split=0.1" if style.fit == "with validation" else ""
        fed = f"{self._fed(inputs, 'input')}, {self._fed(targets, 'output')}"
        if style.callbacks == "TensorBoard":
            more += f', callbacks=[{self._names.keras}.callbacks.TensorBoard("logs")]'
        yield f"history = model.fit({fed}, epochs=400, batch_size=32, verbose=0{more})"

    def _fed(self, formulas: Sequence[str], end: str) -> str:
        joined = ", ".join(formulas)
        if self._program.style.fit == "data by name":
            if end == "output" and len(formulas) > 1:
                return f"dict(zip(model.output_names, [{joined}]))"
            if end == "output":
                return joined
            return "{" + ", ".join(f'"in_{i}": {text}' for i, text in enumerate(formulas, start=1)) + "}"
        return formulas[0] if len(formulas) == 1 else f"[{joined}]"
