"""Layers that prepare data: images of one size, random changes of images, encodings, spectrograms.

They have plain parameters and nothing to learn. What they would find by `adapt` is no parameter, and is not part of a
config: such a layer is refused with what to write instead. Layers that look words up in a vocabulary, or that mix the
samples of a batch, are described only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from grader.domain import Call, Layer, Shape, Value
from grader.graph.reading.parameters import (
    AXES,
    REQUIRED,
    Field,
    Fields,
    Reader,
    Refused,
    flag,
    nested,
    optional,
    real,
    whole,
    word,
)

_NUMBER = real(-1e6, 1e6)
_FACTOR = nested(_NUMBER, depth=1, length=2)
_SIZE = Field(whole(1, 4096))
_FORMAT: Fields = {"data_format": Field(optional(word("channels_last")), "channels_last")}
_RANGE: Fields = {"value_range": Field(_FACTOR, (0.0, 255.0))}
_FILL_MODES = word("constant", "reflect", "wrap", "nearest")
_INTERPOLATIONS = word("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
_MODES = ("int", "one_hot", "multi_hot", "count")


def _found_by_adapt(name: str, read: Reader) -> Field:
    """A parameter without which the layer has to be adapted to data."""

    def needed(value: Any) -> Value:
        if value is None:
            raise Refused(f"it is not given, and what `adapt` finds is not recorded; write `{name}=…`")
        return read(value)

    return Field(needed)


def _shear(value: Any) -> Value:
    """Keras writes the factor 0.1 as (-0.1, 0.1), and accepts nothing below 0 itself."""
    found = _FACTOR(value)
    return found[1] if isinstance(found, tuple) and len(found) == 2 and found == (-found[1], found[1]) else found  # type: ignore[operator]


def _random(*factors: str, default: float | None = None, **more: Field) -> Fields:
    """A random change of an image by factors: one number, or the smallest and the largest."""
    fields = {name: Field(optional(_FACTOR), REQUIRED if default is None else default) for name in factors}
    return {**fields, **_FORMAT, **more}


def _coloured(*factors: str, default: float | None = None, **more: Field) -> Fields:
    return _random(*factors, default=default, **more) | _RANGE


def _moved(*factors: str, default: float | None = None, **more: Field) -> Fields:
    """A change that leaves parts of an image empty, to be filled."""
    fields = _random(*factors, default=default, **more)
    return fields | {
        "fill_mode": Field(_FILL_MODES, "reflect"), "fill_value": Field(_NUMBER, 0.0),
        "interpolation": Field(_INTERPOLATIONS, "bilinear"),
    }  # fmt: skip


_UNCHANGED: Mapping[str, Fields] = {
    "Normalization": {
        "axis": Field(optional(AXES), (-1,)), "invert": Field(flag, False),
        "mean": _found_by_adapt("mean", nested(_NUMBER, length=1024)),
        "variance": _found_by_adapt("variance", nested(real(0.0, 1e12), length=1024)),
    },
    "RandomFlip": {
        "mode": Field(word("horizontal", "vertical", "horizontal_and_vertical"), "horizontal_and_vertical"), **_FORMAT,
    },
    "RandomRotation": _moved("factor"),
    "RandomZoom": _moved("height_factor", width_factor=Field(optional(_FACTOR), None)),
    "RandomTranslation": _moved("height_factor", "width_factor"),
    "RandomShear": _moved() | {name: Field(_shear, 0.0) for name in ("x_factor", "y_factor")},
    "RandomPerspective": _moved("factor", default=1.0, scale=Field(_FACTOR, 1.0)),
    "RandomElasticTransform": _moved("factor", "scale", default=1.0) | _RANGE,
    "RandomContrast": _coloured("factor"),
    "RandomBrightness": _coloured("factor"),
    "RandomColorDegeneration": _coloured("factor"),
    "RandomColorJitter": _coloured() | {
        f"{name}_factor": Field(optional(_FACTOR), None) for name in ("brightness", "contrast", "saturation", "hue")
    },
    "RandomErasing": _coloured("factor", default=1.0, scale=Field(_FACTOR, (0.02, 0.33)),
                               fill_value=Field(optional(_FACTOR), None)),
    "RandomGaussianBlur": _coloured("factor", "sigma", default=1.0,
                                    kernel_size=Field(nested(whole(1, 99), depth=1), 3)),
    "RandomGrayscale": _random("factor", default=0.5),
    "RandomHue": _coloured("factor"),
    "RandomInvert": _coloured("factor", default=1.0),
    "RandomPosterization": _coloured() | {"factor": Field(nested(whole(1, 8), depth=1, length=2))},  # bits
    "RandomSaturation": _coloured("factor"),
    "RandomSharpness": _coloured("factor"),
    "RandAugment": _coloured("factor", default=0.5, num_ops=Field(whole(1, 16), 2),
                             interpolation=Field(_INTERPOLATIONS, "bilinear")),
    "AugMix": _coloured("factor", default=0.3, num_chains=Field(whole(1, 16), 3), chain_depth=Field(whole(-1, 16), 3),
                        alpha=Field(_NUMBER, 1.0), all_ops=Field(flag, True),
                        interpolation=Field(_INTERPOLATIONS, "bilinear")),
    "AutoContrast": {**_FORMAT, **_RANGE},
    "Solarization": _coloured("addition_factor", "threshold_factor", default=0.0),
    "ContrastLimitedAdaptiveHistogramEqualization": {
        "clip_limit": Field(_NUMBER, 4.0), "tile_grid_size": Field(nested(whole(1, 64), depth=1), (8, 8)), **_FORMAT,
        **_RANGE,
    },
}  # fmt: skip
"""Layers that return what they are given in another form, of the same shape."""

_RESIZED: Mapping[str, Fields] = {
    "CenterCrop": {"height": _SIZE, "width": _SIZE, **_FORMAT},
    "Resizing": {
        "height": _SIZE, "width": _SIZE, "interpolation": Field(_INTERPOLATIONS, "bilinear"),
        "crop_to_aspect_ratio": Field(flag, False), "pad_to_aspect_ratio": Field(flag, False),
        "fill_mode": Field(_FILL_MODES, "constant"), "fill_value": Field(_NUMBER, 0.0), "antialias": Field(flag, False),
        **_FORMAT,
    },
}  # fmt: skip

_ENCODED: Mapping[str, Fields] = {
    "CategoryEncoding": {
        "num_tokens": Field(whole(1, 100_000)), "output_mode": Field(word(*_MODES[1:]), "multi_hot"),
    },
    "Discretization": {
        "bin_boundaries": _found_by_adapt("bin_boundaries", nested(_NUMBER, depth=1, length=1024)),
        "epsilon": Field(real(0.0, 1.0), 0.01), "output_mode": Field(word(*_MODES), "int"),
    },
}  # fmt: skip

_SPECTROGRAMS: Mapping[str, Fields] = {
    "STFTSpectrogram": {
        "mode": Field(word("log", "magnitude", "psd", "real", "imag", "angle", "stft"), "log"),
        "frame_length": Field(whole(2, 65_536), 256), "frame_step": Field(optional(whole(1, 65_536)), None),
        "fft_length": Field(optional(whole(2, 65_536)), None),
        "window": Field(optional(word("hann", "hamming")), "hann"),
        "periodic": Field(flag, False), "scaling": Field(optional(word("density", "spectrum")), "density"),
        "padding": Field(word("valid", "same"), "valid"), "expand_dims": Field(flag, False), **_FORMAT,
    },
    "MelSpectrogram": {
        "fft_length": Field(whole(2, 65_536), 2048), "sequence_stride": Field(whole(1, 65_536), 512),
        "sequence_length": Field(optional(whole(1, 65_536)), None),
        "window": Field(optional(word("hann", "hamming")), "hann"), "sampling_rate": Field(whole(1, 1_000_000), 16_000),
        "num_mel_bins": Field(whole(1, 4096), 128), "min_freq": Field(_NUMBER, 20.0),
        "max_freq": Field(optional(_NUMBER), None), "power_to_db": Field(flag, True), "top_db": Field(_NUMBER, 80.0),
        "mag_exp": Field(_NUMBER, 2.0), "min_power": Field(_NUMBER, 1e-10), "ref_power": Field(_NUMBER, 1.0),
    },
}  # fmt: skip

FIELDS: Mapping[str, Fields] = {**_UNCHANGED, **_RESIZED, **_ENCODED, **_SPECTROGRAMS}


def _same(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (inputs[0],)


def _sized(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    *before, _, _, channels = inputs[0]
    return ((*before, cast(int, layer.param("height")), cast(int, layer.param("width")), channels),)


def _encoded(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    shape, mode = inputs[0], layer.param("output_mode", "int" if layer.kind == "Discretization" else "multi_hot")
    if mode == "int":
        return (shape,)
    boundaries = cast("tuple[float, ...]", layer.param("bin_boundaries") or ())
    size = cast(int, layer.param("num_tokens") or len(boundaries) + 1)
    return ((*(shape if mode == "one_hot" and shape[-1] != 1 else shape[:-1]), size),)


def _frames(layer: Layer) -> tuple[int, int, int]:
    """Length and step of a frame, and the frequencies of a transform."""
    length = cast(int, layer.param("frame_length", 256))
    step = cast(int, layer.param("frame_step") or length // 2)
    transformed = layer.param("fft_length") or 2 ** math.ceil(math.log2(length))
    return length, step, cast(int, transformed) // 2 + 1


def _spectrogram(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, time, channels = inputs[0]
    length, step, frequencies = _frames(layer)
    frequencies *= 2 if layer.param("mode") == "stft" else 1
    if time is not None:
        reach = length if layer.param("padding", "valid") == "valid" else 1
        if time < reach:
            raise Refused(f"a frame of {length} does not fit into {time} values")
        time = -(-(time - reach + 1) // step)
    if layer.param("expand_dims"):
        return ((batch, time, frequencies, channels),)
    return ((batch, time, None if channels is None else frequencies * channels),)


def _mel(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, time = inputs[0]
    stride = cast(int, layer.param("sequence_stride", 512))
    frames = None if time is None else (time + stride + 1) // stride
    return ((batch, cast(int, layer.param("num_mel_bins", 128)), frames),)


def _transform(layer: Layer, inputs: Sequence[Shape]) -> int:
    """The fixed kernels of a transform, for the real and the imaginary part."""
    length, _, frequencies = _frames(layer)
    return length * frequencies * (1 if layer.param("mode") in ("real", "imag") else 2)


SHAPES = {
    **dict.fromkeys(_UNCHANGED, _same), **dict.fromkeys(_RESIZED, _sized), **dict.fromkeys(_ENCODED, _encoded),
    "STFTSpectrogram": _spectrogram, "MelSpectrogram": _mel,
}  # fmt: skip
COUNTS = {"STFTSpectrogram": _transform}
