"""A Keras model of this process as a recording has it; read by the student's side, so that both say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader.domain import Location, RecordedModel
from grader.execution.recording import compile_call
from grader.execution.student import describe
from grader.execution.student.source.created import Created
from grader.execution.student.source.locate import Sources


def recorded(keras: Any, model: Any, namespace: Mapping[str, Any], *, named: bool) -> RecordedModel:
    """`namespace` are the student's variables. `named`: the names of the model may say which exercise it is.

    Where a layer was created is not known: no run has watched the constructors.
    """
    kind = describe.kind_of(keras, model)
    names = tuple(names_of(model, namespace)) if named else ()
    calls = (compile_call(_compiled(keras, model)),) if getattr(model, "compiled", False) else ()
    plain = kind != "subclass"
    around = _around(keras, model, namespace) if plain else {}
    return RecordedModel(
        index=0,
        kind=kind,
        class_name=type(model).__name__,
        variables=names,
        function="",
        returned=False,
        location=Location(),
        marks=(),
        config=describe.config_of(keras, model) if plain else None,
        config_error="",
        compiles=calls,
        **around,
    )


def names_of(model: Any, namespace: Mapping[str, Any]) -> Iterator[str]:
    """The variables that hold the model."""
    return (name for name, value in list(namespace.items()) if value is model and not name.startswith("_"))


def _around(keras: Any, model: Any, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that hold its layers, and layers that were built for it but lead to no output.

    Of the latter, only what a variable still holds: a cell that ran twice has left layers that nobody can see.
    """
    models = [value for value in list(namespace.values()) if isinstance(value, keras.Model)]
    created = Created(Sources("", ()))  # which has seen no source
    created.name(keras, dict(namespace))
    found = created.around(keras, model, [model, *models])
    held = {layer.name for known, _ in created.variables.values() if (layer := known()) is not None}
    return {
        "layer_variables": found["layer_variables"],
        "unused": tuple(entry for entry in found["unused"] if entry["name"] in held),
    }


def _compiled(keras: Any, model: Any) -> dict[str, Any]:
    asked = model.get_compile_config() or {}
    return {
        "order": 1,
        "location": {"cell": None, "line": None, "file": ""},
        "optimizer": describe.setting(model.optimizer),
        "loss": describe.setting(model.loss, keras.losses.get),
        "loss_weights": describe.setting(asked.get("loss_weights")),
        "metrics": None,
    }
