"""Specs are read strictly; what cannot be used names file, key and the near miss."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pytest

from grader.assignments.folder import tutorial
from grader.assignments.spec import load_assignment, load_assignments, spec_schema
from grader.errors import InvalidAssignment


def edited(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "two_inputs"
    shutil.copytree(tutorial().assignments / "two_inputs", folder)
    spec = folder / "assignment.toml"
    text = spec.read_text()
    assert old in text
    spec.write_text(text.replace(old, new, 1))
    return folder


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title =", "titel =", ["titel", "did you mean `title`?"]),
        ("joins = 2", "join = 2", ["checks[4].join", "did you mean `joins`?"]),
        ('title = "Two inputs, one output"', "", ["assignment.toml: title: this key is required"]),
        ("[data]", "[data", ["assignment.toml"]),
        ("[data]", 'essential = ["mergee"]\n[data]', ["essential[1]", "`mergee`", "did you mean `merge`?"]),
        ("points = 1", 'points = "1"', ["checks[1].points", "found '1'"]),
        ('kind = "widths"', 'kind = "width"', ["checks[3].kind", "did you mean `widths`?"]),
        ('kind = "runs"', 'kind = "functional"\npoints = 0\n[[checks]]\nkind = "functional"',
         ["a second check `functional`"]),
        ('kind = "graph"', 'kind = "graph"\nfree.thrid = {unit = [1, 2]}', ["free.thrid.unit: unknown key", "`units`"]),
        ('kind = "graph"', 'kind = "compiled"\nlosses = ["mee"]', [".losses[1]", "`mee`", "did you mean `mse`?"]),
        ("joins = 2", 'joins = 2\nnode = "Concatenat"', [".node", "did you mean `Concatenate`?"]),
        ('hidden = "sigmoid"', 'hidden = "sigmiod"', ["checks[5].hidden", "`sigmiod`", "did you mean `sigmoid`?"]),
        ('kernel = "uniform"', 'kernel = "unifrom"', [".kernel", "`unifrom`", "did you mean `uniform`?"]),
        ('initializer = "uniform"', 'initializer = "unifrom"', ["training.initializer", "did you mean `uniform`?"]),
        *(('optimizer = "rmsprop"', f"optimizer = {given}", [f"training.optimizer{words}"]) for given, words in (
            ('"adma"', ": unknown optimizer `adma`"),
            ("3", ": expected a table, found 3"),
            ("{rho = 0.5}", ".name: this key is required"),
            ('{name = "adam", rat = 1}', ".rat: unknown key; avail"),
            ('{name = "adam", rho = 0.9}', ": `adam` has no setting `rho`; available: amsgrad, beta_1"))),
        ('loss = ["mse"]', 'loss = ["mse", "mse"]', ["training.loss", "expected 1 entries"]),
        ('loss = ["mse"]', 'loss = ["mes"]', ["training.loss[1]", "`mes`", "did you mean `mse`?"]),
        *(('loss = ["mse"]', f'loss = ["mse"]\nmetric = ["{metric}"]', [why]) for metric, why in (
            ("accuracy", "`accuracy` is not a meaningful metric; choose one of mse, mae, r2"),
            ("accurracy", "did you mean `accuracy`?"))),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(InvalidAssignment) as caught:
        load_assignment(edited(tmp_path, old, new))
    assert all(word in str(caught.value) for word in ["assignment.toml", *words])


def test_the_schema_accepts_our_own_specs() -> None:
    schema = json.loads(json.dumps(spec_schema()))
    specs = list(tutorial().assignments.glob("*/assignment.toml"))
    assert len(specs) >= 7
    for path in specs:
        jsonschema.validate(tomllib.loads(path.read_text()), schema)


def test_a_head_is_measured_by_what_its_loss_asks(tmp_path: Path) -> None:
    """Unless the spec names another measure for it."""
    absolute = load_assignment(edited(tmp_path, 'loss = ["mse"]', 'loss = ["MeanAbsoluteError"]')).recipe
    assert (absolute.loss, absolute.metrics) == (("mae",), ("mae",))
    text = 'loss = ["sparse_categorical_crossentropy"]\nmetric = ["accuracy"]'
    shutil.rmtree(tmp_path / "two_inputs")
    (measure,) = load_assignment(edited(tmp_path, 'loss = ["mse"]', text)).recipe.measures
    assert (measure.name, measure.bound) == ("accuracy", "at least")


def test_an_optimizer_may_have_settings(tmp_path: Path) -> None:
    table = 'optimizer = {name = "adam", learning_rate = 0.01, amsgrad = true}'
    found = load_assignment(edited(tmp_path, 'optimizer = "rmsprop"', table)).recipe
    assert (found.optimizer, found.settings) == ("adam", (("amsgrad", True), ("learning_rate", 0.01)))


def test_the_tutorial_is_measured_by_its_squares() -> None:
    """Also the head with an absolute error, whose threshold was chosen for squares."""
    assert {name for one in load_assignments() for name in one.recipe.metrics} == {"mse"}
