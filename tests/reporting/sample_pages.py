"""The pages that tests look at: each situation once, with code, and a class of any size."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

from grader.domain import ClassReport, Grade, Layer, Location, ModelGraph, Note, SourceCell, SourceFile
from grader.reporting import class_page, group_pages, student_page
from tests.reporting.grades import ATTACK, REPORT, WIDE, grade_document, grade_of, graph_of, report_of, two_inputs_graph

CODE = (
    "import keras\nfrom keras.layers import Dense, Input, concatenate\n",
    "",
    "x0_left, x0_right = Input((1,)), Input((1,))\n"
    "dense = Dense(32, activation='sigmoid', kernel_initializer='uniform')(x0_left)\n"
    "# one as wide as the other\n"
    "dense_1 = Dense(32, activation='sigmoid', kernel_initializer='uniform')(x0_right)\n"
    "joined = concatenate([dense, dense_1])\n"
    "output = Dense(1)(Dense(32, activation='sigmoid', kernel_initializer='uniform')(joined))\n"
    "two_inputs = keras.Model([x0_left, x0_right], output)\n",
    "two_inputs.compile(optimizer='rmsprop', loss='mse')\n",
    "import matplotlib.pyplot as plt\nplt.plot(range(1, 401), mse)\n",
)


def source(texts: tuple[str, ...] = CODE, name: str = "student-02.ipynb") -> SourceFile:
    """A notebook with these code cells; empty ones are left out, and count."""
    return SourceFile(name, tuple(SourceCell(number, text) for number, text in enumerate(texts, 1) if text.strip()))


def wrong_with_code() -> Grade:
    """A wrong width whose line and box are known, and what a person wrote about it."""
    grade = grade_of("wrong")
    assert grade.match.model
    lines = {"dense": 2, "dense_1": 4, "concatenate": 5, "x0_left": 1, "x0_right": 1}
    model = replace(grade.match.model, layer_locations={name: Location(3, line) for name, line in lines.items()})
    note = Note("comment", "Dr. Mallory: look at `dense_1` once more (cell 3, line 4).", Location())
    return replace(grade, match=replace(grade.match, model=model), notes=(*grade.notes, note))


def broad_graph(branches: int = 10, depth: int = 5) -> ModelGraph:
    """Branches side by side from one input, added up."""
    rows: list[tuple[Layer, tuple[int, ...], int]] = [(Layer("x", "InputLayer"), (), 1)]
    for number in range(branches * depth):
        branch, step = divmod(number, depth)
        layer = Layer(f"branch_{branch}_{step}", "Dense", (("units", 4 + step),))
        rows.append((layer, (number if step else 0,), 4 + step))
    rows.append((Layer("sum", "Add"), tuple(range(depth, branches * depth + 1, depth)), 4))
    return graph_of("broad", *rows, (Layer("out", "Dense", (("units", 1),)), (len(rows) - 1,), 1))


def big_class(count: int, *assignments: str) -> ClassReport:
    """An invented class: two fifths are wrong, in twelve answer groups; some are late, and some have the same code."""
    bases = [grade_document(grade_of(name)) for name in ("good", "wrong", "good", "wrong", "review")]
    documents = []
    for number, name in product(range(count), assignments):
        kind, base = number % 12, bases[number % len(bases)]
        details = {"assignment": name, "title": name.replace("_", " ").capitalize(), "training": None}
        submission = {"id": f"student-{number:05}", "who": f"Ada O'Brien-Fitzgerald {number}"}
        if number % 17 == 0:
            submission |= {"late": True, "submitted": "2026-11-20 12:00", "attempt": 2, "attempts": 3}
        if number % 40 < 2:
            submission |= {"sketch": f"{number // 40:024x}"}
        if base["group"]:
            title = f"The branch of `second` is missing its Dense({kind})"
            details |= {"group": base["group"] | {"digest": f"{kind:012x}", "title": title}}
        documents.append(base | details | {"submission": base["submission"] | submission})
    return ClassReport(tuple(documents), (), ("Mallory",), {"assignments": list(assignments)})


def wrong_in_groups() -> ClassReport:
    """A class with a group that is drawn."""
    wrong = [grade_of("wrong", f"zuse-{number}", f"Konrad Zuse {number}") for number in range(3)]
    return report_of(*(replace(grade, group=WIDE) for grade in wrong))


def pages() -> dict[str, str]:
    """All situations; none takes long to make."""
    good, hostile, wrong = grade_of("good"), grade_of("hostile"), wrong_with_code()
    reference = {"two_inputs": two_inputs_graph(name="reference")}
    return {
        "good": student_page([good]),
        "wrong": student_page([wrong], references=reference, sources={wrong.submission.entry: source()}),
        "hostile": student_page(
            [hostile], sources={hostile.submission.entry: source((ATTACK, "\n" * 6 + ATTACK * 90, ATTACK * 3), ATTACK)}
        ),
        "unreadable": student_page([grade_of("unreadable")]),
        "broad": student_page([replace(good, match=replace(good.match, graph=broad_graph()))]),
        "class": class_page(REPORT),
        "class-of-300": class_page(big_class(300, "two_inputs", "two_outputs", "shared_layer")),
        "empty-class": class_page(ClassReport(())),
        "class-in-groups": class_page(wrong_in_groups()),
        "group": dict(group_pages(wrong_in_groups()))[WIDE.digest],
    }


def written(folder: Path) -> dict[str, Path]:
    paths = {}
    for name, text in pages().items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(text, encoding="utf-8")
    return paths
