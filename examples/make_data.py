"""Writes the data of the examples again, the same at each run: `python examples/make_data.py [FOLDER]`.

Each exercise's arrays go to FOLDER/<id>.npz, or without FOLDER to the file in the exercise.
"""

import sys
from pathlib import Path

import numpy as np

SAMPLES, VALIDATION = 320, 96
COUNT = SAMPLES + VALIDATION


def three_widths(draw):
    """Soil (4), weather (2) and slope (1), and two targets of width 2 that need all of them."""
    soil, weather, slope = (draw.uniform(-1, 1, (COUNT, width)).astype(np.float32) for width in (4, 2, 1))
    growth = np.stack([2 * soil[:, 0] * weather[:, 0], 2 * np.abs(soil[:, 1]) + slope[:, 0]], axis=1)
    water = np.stack([np.sin(3 * slope[:, 0]) + soil[:, 2], 3 * weather[:, 1] ** 2 - soil[:, 3]], axis=1)
    return {"soil": soil, "weather": weather, "slope": slope, "growth": growth, "water": water}


def words_and_numbers(draw):
    """Words by their index, and numbers; whether most words are odd, and one of three topics."""
    text = draw.integers(1, 20, (COUNT, 6), dtype=np.int32)
    numbers = draw.normal(size=(COUNT, 2)).astype(np.float32)
    kind = ((text % 2).sum(axis=1) >= 3).astype(np.int32)
    topic = np.digitize(numbers[:, 0] * numbers[:, 1], [-0.25, 0.25]).astype(np.int32)
    return {"text": text, "numbers": numbers, "kind": kind, "topic": topic}


def small_images(draw):
    """A lying, a standing or a slanted bar of 4 pixels anywhere in 8 by 8; bytes, as image files have them."""
    shape = draw.integers(0, 3, COUNT)
    pixels = draw.integers(0, 30, (COUNT, 8, 8))
    for image, which in zip(pixels, shape, strict=True):
        row, column = draw.integers(0, 5, 2)
        for step in range(4):
            image[row + step * (which != 0), column + step * (which != 1)] = 230
    return {"image": pixels.astype(np.uint8)[..., None], "bar": np.eye(3, dtype=np.float32)[shape]}


def shared_autoencoder(draw):
    """Two signals of 16 values, each a curve that follows from two numbers, so that a code of 4 can hold it."""
    time = np.linspace(0, 1, 16)

    def curves(speed):
        phase, height = draw.uniform(0, 1, (2, COUNT, 1))
        return ((0.5 + height) * np.sin(speed * time + 2 * phase)).astype(np.float32)

    return {"left": curves(3), "right": curves(6)}


def small_transformer(draw):
    """Six steps of eight values: whether the two marked steps point the same way."""
    signal = draw.normal(size=(COUNT, 6, 8)).astype(np.float32) * 0.3
    signs = draw.choice([-1.0, 1.0], (COUNT, 2))
    for sample, pair in zip(signal, signs, strict=True):
        first, second = draw.choice(6, 2, replace=False)
        sample[first, :2] = 2, 2 * pair[0]
        sample[second, 2:4] = 2, 2 * pair[1]
    return {"signal": signal, "matches": (signs[:, 0] == signs[:, 1]).astype(np.int32)}


def other_figure(draw):
    """A wave of two frequencies."""
    x = draw.uniform(-1, 1, (COUNT, 1)).astype(np.float32)
    return {"x": x, "wave": np.sin(4 * x) + 0.3 * np.cos(7 * x)}


EXERCISES = (three_widths, words_and_numbers, small_images, shared_autoencoder, small_transformer, other_figure)


def main():
    for number, exercise in enumerate(EXERCISES, start=1):
        arrays = exercise(np.random.default_rng(number))
        name = exercise.__name__
        folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "assignments" / name
        folder.mkdir(parents=True, exist_ok=True)
        train = {key: values[:SAMPLES] for key, values in arrays.items()}
        validation = {f"{key}_val": values[SAMPLES:] for key, values in arrays.items()}
        np.savez_compressed(folder / f"{name}.npz", **train, **validation)


if __name__ == "__main__":
    main()
