"""Packages are known by what can be imported, from whichever distribution."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.cli.information import _package
from grader.errors import GraderFault
from grader.sandbox import packages

Place = Callable[..., None]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Makes a Python that has a package called `tensorflow`, from these distributions."""

    def make(*distributions: str, code: bool = True) -> None:
        (tmp_path / "tensorflow").mkdir()
        if code:
            (tmp_path / "tensorflow" / "__init__.py").touch()
        for name in distributions:
            info = tmp_path / f"{name.replace('-', '_')}-2.30.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.30.0\n")
            (info / "top_level.txt").write_text("tensorflow\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        for module in [name for name in sys.modules if name.partition(".")[0] in ("tensorflow", "keras")]:
            monkeypatch.delitem(sys.modules, module)
        packages.version_of.cache_clear()

    return make


@pytest.mark.parametrize("distribution", ["tensorflow", "tensorflow-cpu", "tf-nightly", "somebodys-tensorflow"])
def test_the_import_decides_and_not_the_name(place: Place, distribution: str) -> None:
    """Doctor and trainer ask the same question."""
    place(distribution)
    assert packages.version_of("tensorflow") == "2.30.0"
    assert _package("tensorflow").ok
    packages.version_of.cache_clear()


def test_a_folder_without_code_is_no_package(place: Place) -> None:
    place(code=False)
    with pytest.raises(GraderFault, match=r"keras-grader\[cpu\]"):
        packages.version_of("tensorflow")
    assert not _package("tensorflow").ok


def test_two_distributions_of_one_import_are_named(place: Place) -> None:
    """They overwrite each other's files."""
    place("tensorflow", "tensorflow-cpu")
    assert "tensorflow 2.30.0 and tensorflow-cpu 2.30.0" in _package("tensorflow").found


def test_what_is_missing_is_one_sentence(place: Place) -> None:
    place("tensorflow")
    with pytest.raises(GraderFault, match=r"Keras is not installed here: run `pip install \"keras-grader\[cpu\]\"`\.$"):
        packages.require_training()
