"""Names that a spec may use: those of Keras. A name that Keras does not have is the author's mistake.

Without this, `hidden = "sigmiod"` would cost every student the point, and no message would say why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from grader.domain.words import counted, did_you_mean, first_of
from grader.graph.reading.catalogue import (
    ACTIVATION_LAYERS,
    ACTIVATIONS,
    ALIASES,
    INITIALIZER_ALIASES,
    LAYERS,
    LOSS_NAMES,
    LOSSES,
    OBJECTS,
    OPTIMIZERS,
    OTHER_LOSSES,
    ValueRefused,
    bare,
)
from grader.graph.reading.layers import snake_case
from grader.graph.reading.parameters import CLASSES_WITH_WIDTH

ANY = "any"


def near(name: object, names: Iterable[object]) -> str:
    """The end of a sentence about a name that is unknown: the nearest known one, or what there is."""
    choices = sorted(map(str, names))
    return did_you_mean(str(name), choices) or (f"; available: {first_of(choices)}" if choices else "")


def unknown(noun: str, name: object, names: Iterable[str]) -> ValueError:
    """The error for a name that nobody knows."""
    return ValueError(f"unknown {noun} `{name}`{near(name, names)}")


class Table(BaseModel):
    """Base of all tables that authors write: strict, and an unknown key is named with the nearest known one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_key", "unknown key{near}", {"key": key, "near": near(key, cls.model_fields)}
                )
        return data


def one_of(
    noun: str, names: Iterable[str], read: Callable[[str], str] = str, also: Iterable[str] = ()
) -> AfterValidator:
    """A validator for a name out of a list; `read` gives spellings of one name the same form, and `also` are others."""
    choices = frozenset(names)
    spellings = frozenset(map(read, (*choices, *also)))

    def check(name: str) -> str:
        if read(name) not in spellings:
            raise unknown(noun, name, choices)
        return name

    return AfterValidator(check)


_ACTIVATIONS = (*ACTIVATIONS, *ALIASES, *ACTIVATION_LAYERS)
_LOSSES = (*LOSSES, *map(snake_case, OTHER_LOSSES))
_canonical = AfterValidator(lambda name: ALIASES.get(name, name))
Activation: TypeAlias = Annotated[str, one_of("activation", _ACTIVATIONS), _canonical]
AnyActivation: TypeAlias = Annotated[str, one_of("activation", (*_ACTIVATIONS, ANY)), _canonical]
Initializer: TypeAlias = Annotated[str, one_of("initializer", (*OBJECTS["initializers"], *INITIALIZER_ALIASES))]
Optimizer: TypeAlias = Annotated[str, one_of("optimizer", OPTIMIZERS, bare), AfterValidator(bare)]
Loss: TypeAlias = Annotated[str, one_of("loss", _LOSSES, bare, LOSS_NAMES)]
WideClass: TypeAlias = Annotated[str, one_of("class of layers with a width", CLASSES_WITH_WIDTH)]
LayerClass: TypeAlias = Annotated[str, one_of("layer class", LAYERS)]


def read_parameters(kinds: Iterable[str], given: dict[str, Any]) -> dict[str, Any]:
    """Parameters of these layer classes as a `Layer` holds them: `3` for `kernel_size` of a `Conv2D` is `(3, 3)`."""
    parameters: dict[str, Any] = {}
    for kind in kinds:
        fields = LAYERS[kind]
        for name, value in given.items():
            if name not in fields:
                raise unknown(f"parameter of `{kind}`", name, fields)
            if isinstance(value, str) and (words := fields[name].words) and value not in words:
                raise unknown(f"`{name}` of `{kind}`", value, words)
            try:
                parameters[name] = fields[name].read(value)
            except ValueRefused as refusal:
                raise ValueError(f"`{name}`: {refusal}") from None
    return parameters


def one_or_each(spec: BaseModel, noun: str, number: int, *lists: str) -> None:
    """That options such as `shapes` have an entry for each input or output, and that `shape` is not given too."""
    for name in lists:
        values, single = getattr(spec, name), name.removesuffix("s")
        if values is not None and len(values) != number:
            raise ValueError(f"`{name}` has {counted(len(values), 'entry', 'entries')} for {number} {noun}")
        if values is not None and getattr(spec, single, None) is not None:
            raise ValueError(f"give `{single}` for all {noun}, or `{name}` with one for each, but not both")


def sizes(shape: Iterable[int]) -> tuple[int | None, ...]:
    """A shape as a network has it: -1 in a spec stands for `None`, any length."""
    return tuple(None if size == -1 else size for size in shape)
