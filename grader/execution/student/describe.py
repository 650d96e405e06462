"""Models, losses, optimizers and arrays as bounded, plain JSON."""

from __future__ import annotations

import contextlib
import inspect
import io
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

MAX_NODES = 250_000
MAX_TEXT = 1_000
MAX_ITEMS = 4_096
MAX_DEPTH = 56
MOST_TENSORS = 64
EPSILON = 1e-6
Resolve = Callable[[Any], Any]
COMPARED = {
    "numbers": ("mse", "mae", "mape", "msle", "huber", "log_cosh", "poisson", "cosine_similarity"),
    "yes or no": ("binary_crossentropy", "hinge", "squared_hinge"),
    "classes": ("categorical_crossentropy", "categorical_hinge", "kl_divergence"),
    "class numbers": ("sparse_categorical_crossentropy",),
}
"""The losses of Keras, by what their targets are."""
TOO_LARGE = "the network is too large to be recorded; build a smaller one"
TOO_DEEP = "models are nested too deeply to be recorded; call the layers of the inner ones directly"


class TooLarge(Exception):
    """What is described does not fit into a recording."""


def plain(value: Any, budget: list[int] | None = None, depth: int = 0) -> Any:
    """JSON without code objects, non-finite numbers or anything long."""
    budget = [MAX_NODES] if budget is None else budget
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        raise TooLarge(TOO_LARGE if budget[0] < 0 else TOO_DEEP)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 10**15 else str(value)[:40]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return str(value)[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return _plain_dict(value, budget, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        if _is_long(value):
            return opaque(value)
        return [plain(item, budget, depth + 1) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist(), budget, depth + 1)
    return opaque(value)


def opaque(value: Any) -> dict[str, Any]:
    return {"class_name": "__opaque__", "config": {"type": type(value).__name__[:MAX_TEXT]}}


def _is_long(values: Any) -> bool:
    """Whether this is a vocabulary or an array of weights, which is nothing to look at."""
    first = next(iter(values), None)
    return len(values) * (len(first) if isinstance(first, (list, tuple)) else 1) > MAX_ITEMS


def _plain_dict(value: dict[Any, Any], budget: list[int], depth: int) -> dict[str, Any]:
    if value.get("class_name") == "__lambda__" or _is_bytecode(value):
        # Keras puts marshalled bytecode here, which nobody must ever load.
        return {"class_name": "__lambda__"}
    if len(value) > MAX_ITEMS:
        raise TooLarge(TOO_LARGE)
    return {str(key)[:MAX_TEXT]: plain(item, budget, depth + 1) for key, item in value.items()}


def _is_bytecode(value: dict[Any, Any]) -> bool:
    """Whether this is what `activation=lambda x: …` leaves: code, defaults and closure, and nothing else."""
    dumped = value.get("value") if list(value) == ["value"] else None
    return isinstance(dumped, (list, tuple)) and len(dumped) == 3 and isinstance(dumped[0], str)


def kind_of(keras: Any, model: Any) -> str:
    if isinstance(model, keras.Sequential):
        return "sequential"
    return "functional" if isinstance(model, functional_class()) else "subclass"


def functional_class() -> Any:
    from keras.src.models.functional import Functional

    return Functional


def config_of(keras: Any, model: Any) -> dict[str, Any]:
    """The model's config, whatever its layers think of theirs, with what it leaves out.

    That are the shapes that each call returns, as `shapes` of each node, in a Sequential model of each layer, and how
    many `weights` each layer has. And which layers of nested models are one and the same, as `object`, a number: a
    config describes such a layer once for each model, and names are unique within a model only.
    """
    with _repaired_layers(model):
        config = _own_config(model)
    entries: dict[int, list[dict[str, Any]]] = {}
    for owner, layer, entry in _described_layers(keras, model, config):
        entries.setdefault(id(layer), []).append(entry)
        with contextlib.suppress(Exception):
            entry["weights"] = layer.count_params()
        with contextlib.suppress(Exception):
            _add_shapes(keras, owner, layer, entry)
    for number, group in enumerate(entries.values()):
        for entry in group if len(group) > 1 else ():
            entry["object"] = number
    described: dict[str, Any] = plain(config)
    return described


def _described_layers(keras: Any, model: Any, config: dict[str, Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """The layers of a model and of all models nested in it: owner, layer, and its entry in the config."""
    with contextlib.suppress(Exception):
        sequential = isinstance(model, keras.Sequential)
        layers = model._flatten_layers(include_self=False, recursive=False) if sequential else model.operations
        for layer, entry in list(zip(layers, config["layers"], strict=True)):
            yield model, layer, entry
            if isinstance(layer, keras.Model) and "layers" in entry["config"]:
                yield from _described_layers(keras, layer, entry["config"])


def _add_shapes(keras: Any, owner: Any, layer: Any, entry: dict[str, Any]) -> None:
    sequential = isinstance(owner, keras.Sequential)
    results = [shapes(node.output_tensors) for node in kept_nodes(owner._functional if sequential else owner, layer)]
    if sequential:
        entry["shapes"] = results[0]
    for node, result in zip(entry.get("inbound_nodes", ()), results, strict=True):
        node["shapes"] = result


def kept_nodes(model: Any, layer: Any) -> list[Any]:
    """The calls of a layer that belong to a model, in the order in which its config has them."""
    from keras.src.ops.function import make_node_key

    nodes = enumerate(layer._inbound_nodes)
    return [node for number, node in nodes if make_node_key(layer, number) in model._nodes]


def _own_config(model: Any) -> Any:
    """Of a subclass that is functional, the config of the plain network that it wraps."""
    functional = functional_class()
    if isinstance(model, functional) and type(model) is not functional:
        model = functional(model._inputs_struct, model._outputs_struct, name=model.name)
    return model.get_config()


@contextlib.contextmanager
def _repaired_layers(model: Any) -> Iterator[None]:
    """Layers that cannot say their config say their name instead, as long as this lasts."""
    repaired = []
    for layer in nested_layers(model):
        substitute = _substitute_config(layer)
        if substitute is not None:
            layer.__dict__["get_config"] = substitute
            repaired.append(layer)
    try:
        yield
    finally:
        for layer in repaired:
            del layer.__dict__["get_config"]


def nested_layers(model: Any) -> list[Any]:
    layers = list(model._flatten_layers(include_self=False, recursive=True))
    operations = [op for op in getattr(model, "_operations", ()) if hasattr(op, "get_config")]
    ids = {id(layer) for layer in layers}
    return layers + [op for op in operations if id(op) not in ids]


def _substitute_config(layer: Any) -> Callable[[], Any] | None:
    functional = functional_class()
    if isinstance(layer, functional) and type(layer) is not functional:
        return lambda: _own_config(layer)
    try:
        layer.get_config()
    except Exception:
        return lambda: {"name": layer.name}
    return None


def is_kerass(value: Any) -> bool:
    """Whether a class, function or instance is Keras's own."""
    kind = value if hasattr(value, "__qualname__") else type(value)
    return str(getattr(kind, "__module__", "")).split(".")[0] == "keras"


def setting(
    value: Any, resolve: Resolve | None = None, computed: Callable[[Any], str] | None = None, depth: int = 0
) -> Any:
    """A loss, metric or weight in the shape that the student gave it; see the protocol.

    `resolve` finds what a name stands for, and `computed` the loss of Keras that one of the student's own computes.
    """
    if depth > 4:
        return None
    if hasattr(value, "tolist") and not callable(value):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float)):
        return plain(value)
    if isinstance(value, dict):
        parts = list(value.items())[:64]
        return {"by_name": {str(key)[:200]: setting(item, resolve, computed, depth + 1) for key, item in parts}}
    if isinstance(value, (list, tuple)):
        return [setting(item, resolve, computed, depth + 1) for item in list(value)[:64]]
    if not isinstance(value, str):
        return _object_setting(value, computed)
    with contextlib.suppress(Exception):
        return _object_setting(resolve(value)) if resolve else {"setting": value[:200], "config": {}}
    return {"setting": value[:200], "config": {}}


def _object_setting(value: Any, computed: Resolve | None = None) -> dict[str, Any]:
    """Class or function name and what was chosen of its config; `custom` says that it only is called like Keras's."""
    if isinstance(value, type):
        with contextlib.suppress(Exception):
            value = value()
    name = getattr(value, "__name__", None) or type(value).__name__
    config: dict[str, Any] = {}
    if not hasattr(value, "__name__"):
        with contextlib.suppress(Exception):
            config = _chosen(value)
    if not is_kerass(value):
        loss = computed(value) if computed else ""
        config = {**config, "custom": True, **({"computes": loss} if loss else {})}
    return {"setting": str(name)[:200], "config": config}


def _chosen(value: Any) -> dict[str, Any]:
    """Of the config of a Keras object, what differs from the defaults of its class, in whichever version of Keras."""
    defaults: dict[str, Any] = {}
    for kind in reversed(type(value).__mro__):
        with contextlib.suppress(KeyError, TypeError, ValueError):  # it has none, or none with a signature
            parameters = inspect.signature(vars(kind)["__init__"]).parameters
            defaults |= {name: parameter.default for name, parameter in parameters.items()}
    config = {key: rounded(item) for key, item in plain(value.get_config()).items() if key != "name"}
    return {key: item for key, item in config.items() if (defaults.get(key) or None) != (item or None)}


def computes(keras: Any, loss: Any, outputs: Sequence[Sequence[int | None]]) -> str:
    """The loss of Keras that a student's own computes for outputs of these shapes, as far as a few samples can tell."""
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        own = loss() if isinstance(loss, type) else loss
        for kind, names in COMPARED.items():
            shapes = [shape for shape in outputs if "class" not in kind or shape[-1] != 1]
            samples = [_samples(keras, kind, shape, seed) for shape in shapes for seed in (1, 2)]
            values = _values(keras, own, samples)
            for name in names if any(abs(value) > EPSILON for value in values) else ():
                expected = _values(keras, keras.losses.get(name), samples)
                pairs = zip(values, expected, strict=False)
                if len(expected) == len(values) and all(math.isclose(*pair, rel_tol=1e-4) for pair in pairs):
                    return name
    return ""


def _values(keras: Any, loss: Any, samples: Sequence[tuple[Any, Any]]) -> list[float]:
    """What a loss gives for pairs of targets and predictions; nothing where it takes no such ones."""
    with contextlib.suppress(Exception):
        return [float(keras.ops.mean(loss(*sample))) for sample in samples]
    return []


def _samples(keras: Any, kind: str, shape: Sequence[int | None], seed: int) -> tuple[Any, Any]:
    """Targets of a kind and predictions for them. Numbers lie so far apart that no two losses agree about them."""
    numpy = sys.modules["numpy"]
    random, whole = numpy.random.default_rng(seed), (6, *(size or 3 for size in shape))
    if kind == "numbers":
        arrays = [random.uniform(0.5, 5.0, whole) for _ in range(2)]
    elif kind == "yes or no":
        arrays = [random.integers(0, 2, whole), random.uniform(0.05, 0.95, whole)]
    else:
        classes, parts = random.integers(0, whole[-1], whole[:-1]), random.uniform(0.1, 1.0, whole)
        truth = classes[..., None] if kind == "class numbers" else numpy.eye(whole[-1])[classes]
        arrays = [truth, parts / parts.sum(axis=-1, keepdims=True)]
    truth, prediction = (keras.ops.convert_to_tensor(array, "float32") for array in arrays)
    return truth, prediction


def rounded(value: Any) -> Any:
    """0.001 as typed, not the nearest float32."""
    return float(f"{value:.7g}") if isinstance(value, float) else value


def shapes(tensors: Any) -> list[list[int | None]]:
    """The shapes of the tensors in a structure, in order."""
    if isinstance(tensors, (dict, list, tuple)):
        parts = tensors.values() if isinstance(tensors, dict) else tensors
        return [shape for part in islice(parts, MOST_TENSORS) for shape in shapes(part)]
    shape = getattr(tensors, "shape", None)
    with contextlib.suppress(TypeError, ValueError):
        return [] if shape is None else [[None if size is None else int(size) for size in list(shape)[:16]]]
    return []


def operation_of(value: Any) -> Any:
    """The layer that a tensor comes from; nothing of anything else."""
    return getattr(getattr(value, "_keras_history", None), "operation", None)


def is_unread(tensor: Any) -> bool:
    """Whether no layer was called on what gave a tensor."""
    return not operation_of(tensor)._outbound_nodes


def results(tensors: Sequence[Any]) -> list[Any]:
    """Those tensors that layers give, which are no inputs."""
    return [tensor for tensor in tensors if not operation_of(tensor)._inbound_nodes[0].is_input]


def computed_from(tensors: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """These tensors and all that they are computed from, each with the call of a layer that gave it."""
    waiting, seen = list(tensors), set[int]()
    while waiting:
        tensor = waiting.pop()
        history = getattr(tensor, "_keras_history", None)
        if history is not None and id(tensor) not in seen:
            seen.add(id(tensor))
            node = history.operation._inbound_nodes[history.node_index]
            waiting += node.input_tensors
            yield tensor, node


def inputs_behind(tensors: Sequence[Any]) -> dict[int, Any]:
    """The layers of `Input` that these are computed from, by the identity of the tensor."""
    return {id(tensor): node.operation for tensor, node in computed_from(tensors) if node.is_input}
