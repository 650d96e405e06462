"""A network as Keras code, and its parts: parameters, layers, losses and optimizers, and the arguments of `compile`.

What is written here is shown to students or run as a program. `reporting/network/text.py` writes each call with it in
a line, and shortens and cleans what strangers chose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from grader.domain import (
    Argument,
    Array,
    Call,
    CompileCall,
    Configured,
    Layer,
    ModelGraph,
    Setting,
    Settings,
    Slice,
    Tensor,
    tensors,
)
from grader.graph.reading.catalogue import OBJECTS, OWN, losses_by_head, optimizer_name, weights_by_head
from grader.graph.reading.layers import operation_name, snake_case

LONGEST_METRICS = 100
Spell: TypeAlias = Callable[[str], str]
_SPELL: Spell = "keras.layers.{}".format  # nothing that a program is likely to call something else
_READ = re.compile(r"\b[^\W\d]\w*\b(?!\s*=(?!=))")  # and not given, as `model` and `inputs` in `model = Model(inputs=x`
_TEXT = re.compile(r"""(['"]).*?\1|#.*""")
_FIRST = {"Dropout": "rate", "Activation": "activation", "Reshape": "target_shape"}


class UnwritableError(Exception):
    """A network, or a spelling of it, that cannot be written as a program."""


def value(item: Any, keras: str = "") -> str:
    """A parameter: `'sigmoid'`, `0.5`, `L2(l2=0.01)`; `keras` is what a program calls the package."""
    if isinstance(item, Configured):
        module = next((name for name, kinds in OBJECTS.items() if item.kind in kinds), "layers")
        if keras and not item.params and module != "layers":
            return repr(snake_case(item.kind))
        texts = {name: value(part, keras) for name, part in item.params}
        return f"{f'{keras}.{module}.' if keras else ''}{item.kind}({arguments(texts)})"
    if isinstance(item, tuple):
        inner = ", ".join(value(part, keras) for part in item)
        return f"({inner},)" if len(item) == 1 else f"({inner})"
    if isinstance(item, Array | Slice):
        raise UnwritableError("an array or a slice")
    return repr(item)


def arguments(texts: Mapping[str, str], kind: str = "") -> str:
    """`20, activation='relu'`: what a layer's constructor, or another call, is given; nothing for an empty text."""
    first = next((name for name in ("units", "filters") if name in texts), _FIRST.get(kind))
    ordered = sorted(texts.items(), key=lambda entry: entry[0] != first)
    return ", ".join(text if name == first else f"{name}={text}" for name, text in ordered if text)


def program(
    graph: ModelGraph,
    compiled: CompileCall | None,
    *,
    sequential: bool = False,
    start: str = "model = ",
    around: Sequence[str] = (),
) -> str:
    """A network as a program, with its names and a statement for each call; a chain may be `sequential`. `start` is
    what stands before what makes the model, or else what stands `around` its inputs and outputs; to be compiled it is
    called `model`."""
    lines = ["import keras"]
    optimizer = compiled.optimizer if compiled else None
    if isinstance(optimizer, Setting) and optimizer.config and not optimizer.config.get("custom"):
        lines.append(f"from keras.optimizers import {optimizer.name}")
    if sequential:
        texts = [_input(graph.layers[0]), *(constructed(graph.layers[call.layer]) for call in graph.calls[1:])]
        lines.append(f"{start}keras.Sequential([\n" + "".join(f"    {text},\n" for text in texts) + "])")
    else:
        lines += _statements(graph)
        ends = ([_variable(graph, tensor) for tensor in end] for end in (graph.inputs, graph.outputs))
        lines.append(with_ends(around, *ends) if around else f"{start}keras.Model({model_arguments(*ends)})")
    if compiled:
        names = graph.output_names[: len(compiled.loss) if isinstance(compiled.loss, tuple) else None]
        lines.append(f"model.compile({arguments(compile_arguments(compiled, names))})")
    return "\n".join(lines) + "\n"


def model_arguments(inputs: Sequence[str], outputs: Sequence[str]) -> str:
    """`inputs=net0, outputs=[net3, net4]`."""
    return f"inputs={one_or_list(inputs)}, outputs={one_or_list(outputs)}"


def with_ends(around: Sequence[str], inputs: Sequence[str], outputs: Sequence[str], keys: Sequence[str] = ()) -> str:
    """The code of a statement with these in their places: what stands `around` them is before, between and after."""
    before, between, after = around
    code = f"{before}{one_or_list(inputs)}{between}{one_or_list(outputs, keys)}{after}"
    return "\n".join(dedented(code))


def names_around(around: Sequence[str]) -> set[str]:
    """The names in such code, but for those that it gives something."""
    return {*_READ.findall(_TEXT.sub("", "".join(around)))}


def dedented(code: str, first: str = "") -> list[str]:
    """Lines without the spaces that the first of them begins with, or another one."""
    spaces = (first or code)[: len(first or code) - len((first or code).lstrip())]
    return [line.removeprefix(spaces) for line in code.splitlines()]


def _statements(graph: ModelGraph) -> Iterator[str]:
    """The calls of a network, one in each line; a layer that is called several times is created once, above."""
    counts, created = Counter(call.layer for call in graph.calls), set[int]()
    for number, call in enumerate(graph.calls):
        own = f"shared_{call.layer}" if counts[call.layer] > 1 else ""
        if own and call.layer not in created:
            created.add(call.layer)
            yield f"{own} = {constructed(graph.layers[call.layer])}"
        target = _variable(graph, Tensor(number)).partition("[")[0]
        yield f"{target} = {called(graph, number, partial(_variable, graph), _SPELL, own)}"


def called(graph: ModelGraph, number: int, variable: Callable[[Tensor], str], spell: Spell, callee: str = "") -> str:
    """A call as an expression; `variable` holds a tensor, and `callee` the layer, if that is not created in place."""
    call = graph.calls[number]
    layer = graph.layers[call.layer]
    if layer.kind == "InputLayer":
        return _input(layer, spell)
    given = _call_args(call, variable)
    if layer.kind.startswith("ops."):
        more = [f"{name}={value(item, 'keras')}" for name, item in layer.params]
        return f"keras.ops.{operation_name(layer.kind)}({', '.join([given, *more])})"
    return f"{callee or constructed(layer, spell)}({given})"


def constructed(layer: Layer, spell: Spell = _SPELL) -> str:
    """`keras.layers.Dense(20, activation='relu')`"""
    texts = {name: value(item, "keras") for name, item in layer.params}
    inner = arguments(texts | ({"trainable": "False"} if layer.frozen else {}), layer.kind)
    return f"{spell(layer.kind)}({inner})"


def _input(layer: Layer, spell: Spell = _SPELL) -> str:
    shape, dtype = layer.param("batch_shape"), layer.param("dtype", "float32")
    own = f", dtype={dtype!r}" if dtype != "float32" else ""
    own += f", name={value(layer.param('name'))}" if layer.param("name") else ""
    return f"{spell('Input')}(shape={value(shape[1:] if isinstance(shape, tuple) else (1,))}{own})"


def _variable(graph: ModelGraph, tensor: Tensor) -> str:
    """`net3`, which hides nothing of a program, such as its data; of a call with several results, one of them."""
    several = len(graph.calls[tensor.call].shapes) > 1 or tensor.output
    return f"net{tensor.call}[{tensor.output}]" if several else f"net{tensor.call}"


def _call_args(call: Call, variable: Callable[[Tensor], str]) -> str:
    def text(part: Argument) -> str:
        if isinstance(part, Tensor):
            return variable(part)
        is_list = isinstance(part, tuple) and any(True for _ in tensors(part))
        return f"[{', '.join(map(text, part))}]" if is_list and isinstance(part, tuple) else value(part)

    return ", ".join([*map(text, call.args), *(f"{name}={text(part)}" for name, part in call.kwargs)])


def one_or_list(texts: Sequence[str], keys: Sequence[str] = ()) -> str:
    """A single expression by itself, several as a list; or a dict, with a key for each."""
    if len(texts) == len(keys):
        return f"{{{', '.join(f'{key!r}: {text}' for key, text in zip(keys, texts, strict=True))}}}"
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def compile_arguments(call: CompileCall, names: Sequence[str]) -> Mapping[str, str]:
    """What `compile` is given, by keyword; `names` are the outputs in order, each of which needs a loss."""
    loss_names = losses_by_head(call, names)
    usual = next((name for name in loss_names if name is not None), None)
    losses = [_loss(name or usual) for name in loss_names]
    single = isinstance(call.loss, Setting) and call.loss_weights is None
    weights = [f"{weight or 0.0:g}" for weight in weights_by_head(call, names)]
    metrics = _metrics(call.metrics, len(names))
    return {
        "optimizer": _optimizer(call.optimizer) if call.optimizer else "",
        "loss": "" if call.loss is None else losses[0] if single else _by_output(losses, names, call.loss),
        "loss_weights": "" if call.loss_weights is None else _by_output(weights, names, call.loss_weights),
        "metrics": metrics if len(metrics) <= LONGEST_METRICS else "",
    }


def _by_output(texts: Sequence[str], names: Sequence[str], settings: Settings) -> str:
    """As a dict where the student wrote one, as a list otherwise; one output needs neither."""
    if isinstance(settings, Mapping):
        return "{" + ", ".join(f"{name!r}: {text}" for name, text in zip(names, texts, strict=True)) + "}"
    return texts[0] if len(texts) == 1 and not isinstance(settings, tuple) else f"[{', '.join(texts)}]"


def _optimizer(setting: Settings) -> str:
    name = optimizer_name(setting)
    if not isinstance(setting, Setting) or name is None:
        return "'rmsprop'"
    rate = setting.config.get("learning_rate")
    if setting.config.get("custom") or isinstance(rate, int | float):
        return f"{setting.name}(learning_rate={rate:g})" if isinstance(rate, int | float) else f"{setting.name}()"
    return repr(name)


def _loss(name: str | None) -> str:
    """A loss by its name; a student's own function is no text."""
    if name is None:
        return "…"
    own = name.removeprefix(OWN)
    return own if own != name else repr(name.partition(" with ")[0])


def _metrics(settings: Settings, outputs: int) -> str:
    """As the student gave them; of several outputs each needs a list of its own, or a list has an entry for each."""
    entries = settings if isinstance(settings, tuple) else ()
    flat = 0 < len(entries) != outputs > 1 and all(isinstance(entry, Setting) for entry in entries)
    if isinstance(settings, Setting) or flat:
        text = f"[{_metric(settings)}]" if isinstance(settings, Setting) else _metric(settings)
        return text if outputs == 1 else f"[{', '.join([text] * outputs)}]"
    return _metric(settings) if settings else ""


def _metric(settings: Settings) -> str:
    if isinstance(settings, Setting):
        return settings.name if settings.config.get("custom") else repr(settings.name)
    if isinstance(settings, Mapping):
        return "{" + ", ".join(f"{name!r}: {_metric(item)}" for name, item in settings.items()) + "}"
    return f"[{', '.join(_metric(item) for item in settings)}]" if isinstance(settings, tuple) else repr(settings)
