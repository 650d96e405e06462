"""`fit`: how the student's own training was started, as recorded: epochs, batches, validation, callbacks.

The grader cuts `fit` short, so what it achieves is not looked at: `learns` trains the network itself.
"""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.evidence import CheckOptions, Evidence, Finding, failed, passed
from grader.checks.known import Callback
from grader.domain import FitCall, Setting
from grader.domain.words import in_location, listed
from grader.graph.source import arguments, value

TITLE = "Trained as required"
USUAL_BATCH = 32
"""What Keras takes if no batch size is given."""


class Spec(CheckOptions):
    """The arguments of the last `fit`; only those that the spec names are checked."""

    kind: Literal["fit"]
    epochs: int | list[int] | None = Field(None, description="number of epochs, or the smallest and the largest")
    batch_size: int | list[int] | None = Field(None, description="size of a batch, or the smallest and the largest")
    validation: Literal["any", "data", "split", "none"] | None = Field(
        None, description='"data" for `validation_data`, "split" for `validation_split`, "any" for either, or "none"'
    )
    callbacks: list[Callback] | None = Field(None, description='callbacks that `fit` must get, such as "EarlyStopping"')
    settings: dict[str, dict[str, bool | int | float | str]] = Field(
        {}, description='settings of these callbacks: { EarlyStopping = { monitor = "val_loss", patience = 5 } }'
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("epochs", "batch_size"):
            given = getattr(self, name)
            if isinstance(given, list) and len(given) != 2:
                raise ValueError(f"`{name}` is one number, or two: the smallest and the largest")
        for name in self.settings:
            if name not in (self.callbacks or ()):
                raise ValueError(f"`settings` names `{name}`, which `callbacks` does not list")
        return self


def check(spec: Spec, evidence: Evidence) -> Finding:
    model = next((name for name in evidence.model.variables if name.isidentifier()), "model")
    expected = _call(spec)
    hint = f"Write `{model}.fit(…, {expected})`." if expected else f"Call `{model}.fit(…)`."
    fits = evidence.model.fits
    if not fits:
        return failed("The model is not trained: `fit` is never called.", expected=expected, actual="none", hint=hint)
    call = fits[-1]
    problems = [one for one in (*_numbers(spec, call), _validation(spec, call), *_callbacks(spec, call)) if one]
    asked = sum(part is not None for part in (spec.epochs, spec.batch_size, spec.validation))
    asked += len(spec.callbacks or ())
    if not problems:
        return passed("The model is trained as required.", expected=expected, actual=_found(call))
    which = f" This is about the last `fit`{in_location(call.location)}." if len(fits) > 1 else ""
    return failed(
        f"{problems[0]}{which}",
        expected=expected,
        actual=_found(call),
        hint=hint,
        share=max(0.0, 1 - len(problems) / max(asked, 1)),
    )


def batch_size(call: FitCall) -> int:
    return USUAL_BATCH if call.batch_size is None else call.batch_size


def _numbers(spec: Spec, call: FitCall) -> list[str]:
    found = []
    for name, wanted, given in (
        ("epochs", spec.epochs, call.epochs), ("batch_size", spec.batch_size, batch_size(call)),
    ):  # fmt: skip
        if wanted is None:
            continue
        low, high = (wanted[0], wanted[1]) if isinstance(wanted, list) else (wanted, wanted)
        if not low <= given <= high:
            asked = str(low) if low == high else f"{low} to {high}"
            found.append(f"`fit` has `{name}={given}`; the exercise asks for {asked}.")
    return found


def _validation(spec: Spec, call: FitCall) -> str | None:
    kind = "data" if call.validation == "data" else "split" if call.validation else "none"
    if spec.validation is None or kind == spec.validation or (spec.validation == "any" and kind != "none"):
        return None
    words = {"data": "`validation_data`", "split": "`validation_split`", "none": "no validation data"}
    words["any"] = "validation data"
    return f"`fit` has {words[kind]}; the exercise asks for {words[spec.validation]}."


def _callbacks(spec: Spec, call: FitCall) -> list[str]:
    found = []
    for name in spec.callbacks or ():
        same = [one for one in call.callbacks if one.name == name and not one.config.get("custom")]
        if not same:
            found.append(f"`fit` has no `{name}` callback.")
        elif odd := _unlike(same[0], spec.settings.get(name, {})):
            asked = spec.settings[name][odd]
            said = same[0].config.get(odd)
            found.append(f"`{name}` has `{odd}={value(said)}`; the exercise asks for {value(asked)}.")
    return found


def _unlike(callback: Setting, wanted: dict[str, bool | int | float | str]) -> str | None:
    """The first setting that is not as required."""
    for name, asked in wanted.items():
        found = callback.config.get(name)
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (asked, found))
        if not (math.isclose(asked, found, rel_tol=1e-6) if numbers else asked == found):  # type: ignore[arg-type]
            return name
    return None


def _call(spec: Spec) -> str:
    """The arguments to write."""
    first = {name: one[0] if isinstance(one, list) else one for name, one in
             (("epochs", spec.epochs), ("batch_size", spec.batch_size))}  # fmt: skip
    validation = {"data": "(x_val, y_val)", "any": "(x_val, y_val)", "split": "0.1"}.get(spec.validation or "", "")
    callbacks = [f"{name}({arguments({key: value(one) for key, one in spec.settings.get(name, {}).items()})})"
                 for name in spec.callbacks or ()]  # fmt: skip
    return arguments({
        **{name: str(number) for name, number in first.items() if number is not None},
        "validation_split" if spec.validation == "split" else "validation_data": validation,
        "callbacks": f"[{', '.join(callbacks)}]" if callbacks else "",
    })  # fmt: skip


def _found(call: FitCall) -> str:
    validation = {"": "no validation data", "data": "`validation_data`"}.get(str(call.validation))
    callbacks = listed([one.name for one in call.callbacks], "none")
    validation = validation or f"validation_split={call.validation}"
    return f"epochs={call.epochs}, batch_size={batch_size(call)}, {validation}, callbacks: {callbacks}"
