"""Modules that are loaded when they are used behave as if they had been loaded before."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

import pytest

from grader.sandbox import resolve_isolation
from grader.sandbox.inside.lazy_imports import DEFERRED, defer
from tests.conftest import Supervisors
from tests.execution.running import printed
from tests.sandbox.conftest import Runner

LOADED = "late.loaded"


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A package of one module, which notes in `sys.modules` that it was loaded."""
    (tmp_path / "late.py").write_text(f"import sys\nsys.modules[{LOADED!r}] = sys\nvalue = 3\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    defer(["late"])
    return importlib.import_module("late")


def test_it_is_loaded_when_a_name_is_asked_for(late: object) -> None:
    """`inspect` asks every module for its file at each traceback, which loads nothing."""
    assert late.__file__.endswith("late.py")  # type: ignore[attr-defined]
    assert not hasattr(late, "__wrapped__")
    assert "value = 3" in inspect.getsource(late)  # type: ignore[arg-type]
    assert LOADED not in sys.modules
    assert late.value == 3  # type: ignore[attr-defined]
    assert LOADED in sys.modules
    assert ("value" in dir(late), "__getattr__" in dir(late)) == (True, False)
    with pytest.raises(AttributeError, match="module 'late' has no attribute 'other'"):
        late.other  # type: ignore[attr-defined]  # noqa: B018


def test_keras_works_as_ever_with_all_of_them(behind: Runner, supervisors: Supervisors) -> None:
    """What is deferred is not needed for a network, and is there for whoever uses it."""
    program = f"""
import sys
import keras, numpy, tensorflow as tf
from keras.utils import to_categorical
x = keras.Input((1,))
model = keras.Model(x, keras.layers.Dense(1)(x))
model.compile("rmsprop", "mse")
model.fit(numpy.ones((4, 1)), numpy.ones((4, 1)), verbose=0)
print([name for name in {DEFERRED} if "__getattr__" not in vars(sys.modules[name])])
assert tf.compat.v1.placeholder and tf.compat.v2.constant and tf.compat.v1.logging.ERROR == 40
from keras.wrappers import SKLearnClassifier
print(SKLearnClassifier.__module__.partition(".")[0])
"""
    first, *_, last = printed(behind(resolve_isolation("auto"), program, of=supervisors)).splitlines()
    assert (first, last) == ("[]", "keras")  # between them, joblib may warn that it can make no semaphore


def test_a_module_that_is_absent_is_so_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TensorFlow that does not have one of them."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    defer(["absent_from_here"])
    with pytest.raises(ModuleNotFoundError, match="absent_from_here"):
        importlib.import_module("absent_from_here")
