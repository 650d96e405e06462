"""A course with a layer class of its own: its reference is trained, and submissions are graded like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.calibration import save_calibration, source_digest
from grader.assignments.course import Course, load_course
from grader.assignments.folder import CourseFolder, read_course
from grader.authoring.references import author_code, build_reference, reference_cases
from grader.authoring.release import released
from grader.domain import Grade, GradeStatus
from grader.errors import InvalidAssignment
from grader.pipeline import grade_submission
from grader.runs.basis import run_key
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration.calibrate import calibrate
from grader.training.host import local_trainer
from grader.training.job import TrainingJob
from grader.training.memo import Memo
from grader.training.trainer import Trainer
from tests.nurseries import Nurseries

pytestmark = pytest.mark.long
LAYERS = """import keras
@keras.saving.register_keras_serializable(package="Course")
class Scale(keras.layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
    def build(self, shape):
        self.gain = self.add_weight(shape=(), initializer="ones")
    def call(self, pair, training=False):
        return (pair[0] + pair[1]) * self.gain * self.factor
class Other(Scale):
    pass
@keras.saving.register_keras_serializable(package="Course")
class Gain(keras.layers.Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(self.start))
    def call(self, inputs):
        return inputs * self.gain
    def compute_output_shape(self, shape):
        return shape
@keras.saving.register_keras_serializable(package="Course")
class Leaky(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))
    def call(self, inputs, states):
        state = 0.5 * states[0] + keras.ops.matmul(inputs, self.kernel)
        return state, [state]
    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""
SOLUTION = """from keras import Input, Model, layers
from own_layers import Scale
def build_model():
    x = Input((1,))
    model = Model(x, Scale(2)([layers.Dense(1)(x), x]))
    model.compile("rmsprop", "mse")
    return model
"""
SPEC = """title = "Scaled"
names = ["build_model"]
[data]
inputs = ["x"]
targets = ["sin"]
[training]
optimizer = "rmsprop"
loss = ["mse"]
epochs = 10
batch_size = 32
[[checks]]
kind = "graph"
points = 2
[[checks]]
kind = "layers"
of = "Scale"
exactly = 1
parameters = { factor = 2 }
points = 1
[[checks]]
kind = "order"
first = "Dense"
then = "Scale"
directly = true
points = 1
[[checks]]
kind = "inputs"
count = 1
points = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    root = tmp_path_factory.mktemp("course")
    own = root / "assignments" / "scaled"
    own.mkdir(parents=True)
    (root / "grader.toml").write_text('[layers]\nfile = "own_layers.py"\nclasses = ["Scale", "Gain", "Leaky"]\n')
    (root / "own_layers.py").write_text(LAYERS)
    (own / "assignment.toml").write_text(SPEC)
    (own / "reference.py").write_text(SOLUTION)
    return read_course(root)


@pytest.fixture(scope="module")
def here(folder: CourseFolder, nurseries: Nurseries) -> Iterator[Worker]:
    assert folder.layers.file
    memo = Memo(folder.assignments / "memo")
    with (
        nurseries("none") as nursery,
        local_trainer(memo, own=folder.layers, nursery=nursery) as trainer,
        author_code({one.name: one for one in folder.layers.files}, nursery) as supervisor,
    ):
        yield Worker(supervisor, trainer)


@pytest.fixture(scope="module")
def course(folder: CourseFolder, here: Worker) -> Course:
    """Calibrated without `learns`, and so without training."""
    from grader.assignments.spec import load_assignments

    (assignment,) = load_assignments((), folder)
    cases = reference_cases(assignment, folder, here.supervisor)
    sources = {path.name: source_digest(path) for path in folder.layers.files}
    found = calibrate(assignment, cases, [here.trainer], lambda _: None, sources=sources)
    save_calibration(found, assignment.folder / "calibration.json")
    return load_course((), folder)


def graded(text: str, path: Path, course: Course, here: Worker) -> Grade:
    path.write_text(text)
    (submission,) = discover(path, of_one=True)
    return grade_submission(submission, course, RunOptions(isolation="none"), here).grades[0]


def test_submissions_are_graded_by_the_class_of_the_course(course: Course, here: Worker, tmp_path: Path) -> None:
    """Its file is next to them. A class of it that is not declared is reviewed, as always."""
    assert graded(SOLUTION, tmp_path / "right.py", course, here).score == 5
    wrong = graded(SOLUTION.replace("Scale(2)", "Scale(3)"), tmp_path / "wrong.py", course, here)
    assert wrong.score == 2
    assert "expected `factor=2.0`, found `factor=3.0`" in wrong.results[0].message
    assert "expected `factor=2.0`, found `factor=3.0`" in wrong.results[1].message
    other = SOLUTION.replace("import Scale", "import Other as Scale")
    assert graded(other, tmp_path / "other.py", course, here).status is GradeStatus.NEEDS_REVIEW


def test_the_trainer_builds_it_and_remembers_by_its_file(course: Course, here: Worker) -> None:
    (assignment,) = course.assignments
    graph = course.references["scaled"]
    job = TrainingJob(graph, assignment.recipe, assignment.data, (1,), 10)
    (run,) = here.trainer.train(job)
    assert run.errors[0] is not None
    assert here.trainer.influence(graph) == ((True,),)
    changed = Trainer(here.trainer._memo, ask=here.trainer.ask, own=replace(course.layers, digest="other"))
    assert changed._keys(job) != here.trainer._keys(job)


WRAPPED = """from keras import Input, Model, layers
from own_layers import Gain, Leaky
def build_model():
    x = Input((1,))
    steps = layers.Reshape((4, 1))(layers.Dense(4)(x))
    scaled = layers.TimeDistributed(Gain(2.0))(steps)
    model = Model(x, layers.Dense(1)(layers.RNN(Leaky(3))(scaled)))
    model.compile("rmsprop", "mse")
    return model
"""


def test_wrappers_of_keras_around_its_classes_are_trained(course: Course, here: Worker, tmp_path: Path) -> None:
    """`TimeDistributed` around a layer, and `RNN` around a cell."""
    path = tmp_path / "wrapped.py"
    path.write_text(WRAPPED)
    graph = build_reference(path, {}, here.supervisor, course.layers)
    assert [layer.kind for layer in graph.layers if layer.module] == ["TimeDistributed", "RNN"]
    (assignment,) = course.assignments
    job = TrainingJob(graph, assignment.recipe, assignment.data, (1,), 10)
    (run,) = here.trainer.train(job)
    assert run.errors[0] is not None
    assert here.trainer.influence(graph) == ((True,),)
    changed = Trainer(here.trainer._memo, ask=here.trainer.ask, own=replace(course.layers, digest="other"))
    assert changed._keys(job) != here.trainer._keys(job)


def test_results_depend_on_the_file(course: Course, folder: CourseFolder) -> None:
    options = RunOptions(isolation="none")
    assert run_key(course, options) != run_key(replace(course, layers=replace(course.layers, digest="other")), options)
    assert tuple(course.files_beside.values()) == folder.layers.files
    assert "own_layers.py" in dict(released(course.assignments[0], folder.layers))
    (path,) = folder.layers.files
    path.write_text(LAYERS + "# changed\n")
    with pytest.raises(InvalidAssignment, match=r"own_layers\.py has changed since this calibration"):
        load_course((), read_course(path.parent))
    path.write_text(LAYERS)
