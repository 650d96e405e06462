"""Data, built in and of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.domain import DataSpec
from grader.training.engine.data import InvalidDataError, make_data, measure


def test_data_are_the_tutorials() -> None:
    """1000 even points to train on, 100 sorted ones to validate on, one array for each input and target."""
    data = make_data(DataSpec(("x", "x"), ("sin", "exp")))
    x = data.x_train[1][:, 0]
    np.testing.assert_array_equal(x, np.linspace(0, 1, 1000))
    np.testing.assert_allclose(data.y_train[0][:, 0], np.sin(2 * np.pi * x))
    np.testing.assert_allclose(data.y_train[1][:, 0], np.exp(x))
    assert data.x_val[0].shape == (100, 1)
    assert (np.diff(data.x_val[0][:, 0]) > 0).all()


def test_arrays_of_a_file_keep_the_numbers_that_they_have(tmp_path: Path) -> None:
    """Indices stay whole, bytes stay bytes; only yes and no, and halves, become numbers that all can use."""
    path = tmp_path / "data.npz"
    arrays = {
        "text": np.ones((4, 3), np.int32), "image": np.ones((4, 8, 8), np.uint8), "half": np.ones(4, np.float16),
        "yes": np.ones(4, bool),
    }  # fmt: skip
    np.savez(path, **arrays, **{f"{name}_val": values[:2] for name, values in arrays.items()})
    data = make_data(DataSpec(tuple(arrays), ("yes",), path))
    assert [values.shape for values in (*data.x_train, data.x_val[0])] == [(4, 3), (4, 8, 8), (4, 1), (4, 1), (2, 3)]
    assert [values.dtype for values in data.x_train] == [np.int32, np.uint8, np.float32, np.int8]
    assert measure(data)["inputs"][:2] == [{"shape": [3], "limits": [1, 1]}, {"shape": [8, 8], "limits": [1, 1]}]


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"a": np.ones(3)}, "a_val|name_val"),
        ({"a": np.ones((3, 2)), "a_val": np.ones((3, 4))}, r"\(2,\) for training and \(4,\) for validation"),
        ({"a": np.array(["x"]), "a_val": np.array(["y"])}, "array of finite numbers"),
        ({"a": np.ones(3), "a_val": np.array([np.nan])}, "finite"),
        ({"a": np.ones(3), "a_val": np.ones(2), "b": np.ones(4), "b_val": np.ones(2)}, "number of samples"),
        ({"a": np.array([{}], dtype=object), "a_val": np.ones(2)}, "cannot be read"),
    ],
    ids=["no validation", "two shapes", "words", "not finite", "uneven", "pickled"],
)
def test_a_bad_file_is_refused(arrays: dict[str, object], why: str, tmp_path: Path) -> None:
    """Objects are never unpickled; every other fault is named too."""
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(InvalidDataError, match=why):
        make_data(DataSpec(("a",), ("a",), path))
