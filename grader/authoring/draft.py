"""`grader new`: a complete assignment from a file with `build_model()`, ready to be calibrated.

What can be read from the network, its `compile` and the data is written; what only an author can say is marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.assignments.folder import SETTINGS, CourseFolder
from grader.assignments.spec import settings_of
from grader.assignments.toml import toml
from grader.authoring.lint import array_shapes
from grader.authoring.references import author_code, read_reference
from grader.authoring.rubric import Rubric, rubric
from grader.authoring.validate import calibrate_assignments
from grader.domain import CompileCall, DataSpec, Layer, ModelGraph, Setting, Subject
from grader.domain.metrics import BINARY, CLASSES, ONE_HOT, kind_of, metric_of
from grader.errors import UsageError
from grader.filesystem import write
from grader.graph import losses_by_head, optimizer_name, weights_by_head
from grader.graph.keras_code import value as written
from grader.graph.reading.layers import operation_name
from grader.reporting.network.text import call_names, worth_saying
from grader.training.calibration.calibrate import DecoysPassError
from grader.training.calibration.thresholds import ThresholdMissing

TEMPLATES = Path(__file__).parent / "templates"
BUILT_IN = ("sin", "exp")
USUAL_EPOCHS = 100
USUAL_BATCH = 32
_EPOCHS = re.compile(r"\bepochs\s*=\s*(\d+)")
_BATCH = re.compile(r"\bbatch_size\s*=\s*(\d+)")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Draft:
    """A new assignment: its files by name, data among them, and what the author should look at."""

    name: str
    files: Mapping[str, str | bytes]
    rubric: Rubric


def draft(name: str, source: Path, data: Path | None) -> Draft:
    """The assignment whose reference is in `source`.

    Raises `UsageError` for a name, a file or data of which no assignment can be made.
    """
    if not _ID.fullmatch(name):
        raise UsageError(f"`{name}` cannot name an assignment: use small letters, digits and `_`, as in two_towers")
    if not source.is_file():
        raise UsageError(f"--from {source}: there is no such file; give a module with a function build_model()")
    arrays = None if data is None else _arrays(data)  # before Keras, which takes seconds
    with author_code({}) as supervisor:
        graph, call = read_reference(source, {}, supervisor)
    names = _built_in(graph) if arrays is None else names_of_data(graph, list(arrays), Path(f"{name}.npz"))
    text = source.read_text(encoding="utf-8")
    training = _training(graph, call, text)
    training["metric"] = _metrics(training["loss"], names, data)
    new_rubric = rubric(graph, _compiled(training))
    types = [input_type(graph.layer_of(tensor.call)) for tensor in graph.inputs]
    values = {
        "id": name,
        "title": name.replace("_", " ").capitalize(),
        "function": f"build_{name}",
        "data": names,
        "training": training,
        "rubric": new_rubric,
        "steps": list(steps(graph, new_rubric.free)),
        "samples": {} if arrays is None else {array: shape[1:] for array, shape in arrays.items()},
        "types": types,
        "shapes": {
            "inputs": [f"{graph.shape(tensor)[1:]}{kind}" for tensor, kind in zip(graph.inputs, types, strict=True)],
            "outputs": [graph.shape(tensor)[1:] for tensor in graph.outputs],
        },
    }
    return Draft(
        name,
        {
            "assignment.toml": rendered("assignment.toml.jinja", values),
            "README.md": rendered("README.md.jinja", values),
            "starter.py": (starter := rendered("starter.py.jinja", values)),
            "starter.ipynb": notebook(starter, values),
            "reference.py": text,
            **({f"{name}.npz": data.read_bytes()} if data else {}),
        },
        new_rubric,
    )


def _compiled(training: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a check of `compile`; an optimizer with settings of its own is left to the student."""
    options = {"losses": training["loss"]}
    if len(training["optimizer"]) == 1:
        options |= {"optimizer": training["optimizer"]["name"]}
    return options | ({"weights": training["loss_weights"]} if training["loss_weights"] else {})


def _metrics(losses: Sequence[str], names: DataSpec, data: Path | None) -> list[str]:
    """What each output is measured by, if that is not what its loss suggests: classes by their accuracy."""
    import numpy as np

    metrics = []
    with np.load(data, allow_pickle=False) if data is not None else nullcontext({}) as arrays:
        for loss, target in zip(losses, names.targets, strict=True):
            kind = kind_of(loss)
            is_binary = kind == BINARY and target in arrays and bool(np.isin(arrays[target], (0, 1)).all())
            is_label = kind in (ONE_HOT, CLASSES) or is_binary
            metrics.append("accuracy" if is_label and target not in names.inputs else metric_of(loss))
    return metrics if metrics != [metric_of(loss) for loss in losses] else []


def steps(graph: ModelGraph, free: Collection[Subject] = ()) -> Iterator[str]:
    """What to build, a line for each call: `dense      Dense, units 16, activation relu      of soil`.

    Of initializers nothing is said that is `free`.
    """
    unsaid = ("dtype", "_initializer") if "initializer" in free else ("dtype",)
    names = call_names(graph)
    lines = []
    for name, call in zip(names, graph.calls, strict=True):
        layer = graph.layers[call.layer]
        shape = written(call.shapes[0][1:]) if call.shapes else ""
        params = [f"{key} {_exact(value)}" for key, value in worth_saying(layer.params) if not key.endswith(unsaid)]
        kind = f"keras.ops.{operation_name(layer.kind)}" if layer.kind.startswith("ops.") else layer.kind
        words = f"input{input_type(layer)}" if layer.kind == "InputLayer" else ", ".join([kind, *params])
        sources = ", ".join(names[tensor.call] for tensor in call.sources)
        lines.append((name, words, f"of {sources}" if sources else "", shape))
    widths = [max(len(line[part]) for line in lines) for part in range(4)]
    for line in lines:
        yield "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()


def input_type(layer: Layer) -> str:
    """`, dtype int32` of an input that does not have the usual type, since a rubric checks it."""
    dtype = layer.param("dtype", "float32")
    return "" if dtype == "float32" else f", dtype {dtype}"


def _exact(value: Any) -> str:
    """A parameter that students can copy: a number with all its digits."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else written(value).strip("'\"")


def save_draft(draft: Draft, course: CourseFolder) -> None:
    """Write an assignment into its course. Raises `UsageError` if it is there already."""
    folder = course.assignments / draft.name
    if folder.exists():
        raise UsageError(f"{folder} exists; choose another name, or remove it")
    for name, content in draft.files.items():
        write(folder / name, content)


def settle_thresholds(name: str, course: CourseFolder, say: Callable[[str], None]) -> None:
    """Train the reference a few times, write what it must reach into the spec, and calibrate for a first look.

    What the functions of the tutorial need is known; for other data, the spec says how its figures were found. Where
    the data are so easy that poor networks learn them too, it names these.
    """
    spec = course.assignments / name / "assignment.toml"
    while True:
        try:
            calibrate_assignments([name], course, say, quick=True)
            return
        except ThresholdMissing as missing:
            if None in missing.figures:
                raise
            why = "Proposed by `grader new`: what most of a few runs of the reference reach, plus a margin. You decide."
            _add(spec, "\n# ".join([why, *missing.evidence]), f"threshold = {toml(list(missing.figures))}")
        except DecoysPassError as easy:
            if "may_pass" in spec.read_text(encoding="utf-8"):
                raise
            why = "These networks lack what the task is about, but learn it all the same; only other checks see that."
            _add(spec, why, f"may_pass = {toml(list(easy.names))}")
            poor = f"the network `{easy.names[0]}` learns the target too"
            say(f"{name}: these data are easy: {poor}, so `may_pass` in {spec.name} now lists it")


def _add(spec: Path, why: str, line: str) -> None:
    """To the last check of a new spec, which is `learns`."""
    write(spec, f"{spec.read_text(encoding='utf-8').rstrip()}\n# {why}\n{line}\n")


def new_course(root: Path) -> None:
    """Make a folder a course, if it is none."""
    (root / "assignments").mkdir(parents=True, exist_ok=True)
    if not (root / SETTINGS).exists():
        write(root / SETTINGS, f"title = {toml(root.resolve().name)}\n")


def names_of_data(graph: ModelGraph, arrays: Sequence[str], file: Path) -> DataSpec:
    """Arrays for inputs and outputs: those of the same name first, then the others in the order of the file.

    An autoencoder needs arrays for its inputs only. Raises `UsageError` if the numbers do not fit.
    """
    inputs = graph.makers(graph.inputs)
    outputs = list(graph.output_names)
    returns_its_inputs = [*map(graph.shape, graph.outputs)] == [*map(graph.shape, graph.inputs)]
    if len(arrays) == len(inputs) and returns_its_inputs:
        names = _in_order(inputs, arrays)
        return DataSpec(names, names, file)
    if len(arrays) != len(inputs) + len(outputs):
        raise UsageError(
            f"--data: the network has {len(inputs)} inputs and {len(outputs)} outputs, so the file needs "
            f"{len(inputs) + len(outputs)} arrays with a `…_val` for each; found {', '.join(arrays) or 'none'}"
        )
    chosen = _in_order([*inputs, *outputs], arrays)
    return DataSpec(chosen[: len(inputs)], chosen[len(inputs) :], file)


def _in_order(names: Sequence[str], arrays: Sequence[str]) -> tuple[str, ...]:
    """The array of each name, and for a name without one the next that is free."""
    free = [array for array in arrays if array not in names]
    return tuple(name if name in arrays else free.pop(0) for name in names)


def _arrays(data: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays that have a validation array, in the order of the file."""
    try:
        names = array_shapes(data)
    except ValueError as error:
        raise UsageError(f"{data}: not an .npz file of arrays ({error})") from None
    alone = [name for name in names if not name.endswith("_val") and f"{name}_val" not in names]
    if alone:
        raise UsageError(f"{data}: `{alone[0]}` has no `{alone[0]}_val`; each array needs one, for validation")
    return {name: shape for name, shape in names.items() if not name.endswith("_val")}


def _built_in(graph: ModelGraph) -> DataSpec:
    """The tutorial's data, if they fit."""
    shapes = [graph.shape(tensor)[1:] for tensor in (*graph.inputs, *graph.outputs)]
    if any(shape not in ((1,), ()) for shape in shapes) or len(graph.outputs) > len(BUILT_IN):
        raise UsageError(
            f"the network has inputs and outputs of shapes {', '.join(map(str, shapes))}: give it data, "
            "--data FILE.npz, with an array for each of them, and another one with `_val` after its name for validation"
        )
    return DataSpec(("x",) * len(graph.inputs), BUILT_IN[: len(graph.outputs)])


def _training(graph: ModelGraph, call: CompileCall | None, text: str) -> dict[str, Any]:
    """Optimizer, losses and weights from `compile`; epochs and batch size from the longest `fit` of the file."""
    if call is None:
        raise UsageError("build_model() returns a network that is not compiled; call compile() in it")
    losses = losses_by_head(call, graph.output_names)
    if None in losses:
        raise UsageError(f"no loss reaches output `{graph.output_names[losses.index(None)]}`; give each output one")
    weights = weights_by_head(call, graph.output_names)
    return {
        "optimizer": optimizer(call),
        "loss": list(losses),
        "loss_weights": [] if set(weights) == {1.0} else [weight or 0.0 for weight in weights],
        "epochs": max(map(int, _EPOCHS.findall(text)), default=USUAL_EPOCHS),
        "batch_size": max(map(int, _BATCH.findall(text)), default=USUAL_BATCH),
    }


def optimizer(call: CompileCall) -> dict[str, Any]:
    """Its name, and the settings that differ from Keras's own, unless they are schedules."""
    name = optimizer_name(call.optimizer) or "rmsprop"
    config = call.optimizer.config if isinstance(call.optimizer, Setting) else {}
    allowed = settings_of(name)
    settings = {key: value for key, value in config.items() if key in allowed and isinstance(value, bool | int | float)}
    return {"name": name, **settings}


def notebook(starter: str, known: Mapping[str, Any]) -> str:
    """The starter as a notebook: the task's name, then a cell for each part of the module."""
    import nbformat

    lead, *rest = [part.strip("\n") for part in starter.split("\n\n\n")]
    imports = lead.split('"""', 2)[-1].strip("\n")
    network = next(number for number, part in enumerate(rest) if part.startswith("def "))
    rest[network] = f"# exercise: {known['id']}\n{rest[network]}"
    rest[-1] = "\n".join(line.removeprefix("    ") for line in rest[-1].split("\n")[1:])
    v4: Any = nbformat.v4
    intro = (
        f"# {known['title']}\n\nThe full task is in `README.md` next to this notebook. Fill in the cell marked "
        f"`# exercise: {known['id']}`, leave that comment where it is, and run everything from the top."
    )
    cells = [v4.new_markdown_cell(intro), *(v4.new_code_cell(text) for text in (imports, *rest))]
    for number, cell in enumerate(cells):
        cell["id"] = f"part-{number}"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps(v4.new_notebook(cells=cells, metadata=kernel), indent=1) + "\n"


def rendered(name: str, known: Mapping[str, Any]) -> str:
    """A file of a new assignment, from its template."""
    environment = Environment(  # of TOML, Markdown and Python, in which HTML's escapes would be wrong
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["toml"] = toml
    return environment.get_template(name).render(known)
