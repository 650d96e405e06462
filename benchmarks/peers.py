"""Throughput beside nbgrader and Otter: `python -m benchmarks.peers [--sample N] [--slow-sample N] [--json FILE]`.

All grade the same notebooks on this machine, interleaved in one run. nbgrader and Otter come from PyPI into
environments of their own, with the TensorFlow and Keras of this one. Both work through a class one by one, so that a
sample says what a notebook costs them: nbgrader in one command for its whole sample, as its users run it, Otter in one
for each notebook. The grader's time is that of whole classes, from start to finished report, without anything
remembered; `classes` says what they hold.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from benchmarks.classes import cells, designs, distinct, networks, notebook, repeated, whole_course, write_class
from benchmarks.measure import graded, machine, write_json

PEERS = {"nbgrader": "nbgrader==0.9.6", "otter": "otter-grader==7.0.0"}
TEST = "assert [layer.units for layer in two_inputs.layers if 'dense' in layer.name] == [32, 20, 32, 1]"
CLASSES = {
    "20 networks": (["-a", "two_inputs"], lambda epochs: networks(20, epochs)),
    "20 designs": (["-a", "better_two_outputs"], lambda epochs: designs(20, epochs)),
    "40 distinct": (["-a", "two_inputs"], lambda epochs: distinct(40, epochs)),
    "60 of 8 exercises": ([], lambda epochs: whole_course(60, epochs)),
    "200 of 40 kinds": (["-a", "two_inputs"], lambda epochs: repeated(200, 40, epochs)),
}


def environment_of(peer: str, folder: Path) -> Path:
    """A virtual environment with the peer, which sees what is installed here after its own."""
    place = folder / f"venv-{peer}"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEERS[peer], "ipykernel"], check=True)
        packages = subprocess.run(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        Path(packages, "zz_of_the_grader.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def nbgrader_course(folder: Path, count: int, epochs: int) -> None:
    """A course whose one exercise is a cell for the answer and a cell that tests it."""

    def cell(source: str, name: str, **kind: object) -> dict[str, object]:
        metadata = {"nbgrader": {"grade_id": name, "schema_version": 3, "cell_type": "code", **kind}}
        return {"cell_type": "code", "id": name, "metadata": metadata, "execution_count": None, "outputs": [],
                "source": source}  # fmt: skip

    def whole(answer: str) -> str:
        parts = [
            cell(answer, "answer", grade=False, solution=True, locked=False, task=False),
            cell(TEST, "test", grade=True, solution=False, locked=True, task=False, points=10),
        ]
        return json.dumps({"cells": parts, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3",
                           "language": "python"}}, "nbformat": 4, "nbformat_minor": 5})  # fmt: skip

    (folder / "source" / "ps").mkdir(parents=True)
    (folder / "source" / "ps" / "two_inputs.ipynb").write_text(whole("### BEGIN SOLUTION\npass\n### END SOLUTION"))
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'bench'\nc.ExecutePreprocessor.timeout = 900\n"
    )
    for number in range(count):
        place = folder / "submitted" / f"s{number}" / "ps"
        place.mkdir(parents=True)
        (place / "two_inputs.ipynb").write_text(whole("\n".join(cells(number, epochs))))


def seconds_of(python: Path, folder: Path, *arguments: str) -> float:
    """How long a command of a peer's takes, with its environment first on the path."""
    path = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    started = time.monotonic()
    result = subprocess.run(
        [str(python), "-m", *arguments], cwd=folder, env=path, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {result.stderr[-2000:]}")
    return time.monotonic() - started


def seconds_of_nbgrader(python: Path, folder: Path, count: int) -> float:
    """Of one submission, the whole command shared out."""
    seconds_of(python, folder, "nbgrader", "generate_assignment", "ps")
    return seconds_of(python, folder, "nbgrader", "autograde", "ps") / count


def otter_autograder(python: Path, folder: Path) -> None:
    (folder / "tests").mkdir(parents=True)
    (folder / "results").mkdir()
    case = {"code": f">>> {TEST}\n", "hidden": False}
    test = {"name": "q1", "points": 10, "suites": [{"type": "doctest", "cases": [case]}]}
    (folder / "tests" / "q1.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
    generate = ("otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment", "--no-requirements")
    seconds_of(python, folder, *generate)


def seconds_of_otter(python: Path, folder: Path, number: int, epochs: int) -> float:
    text = notebook([*cells(number, epochs), "import otter\notter.Notebook().check('q1')"])
    (folder / f"s{number}.ipynb").write_text(text)
    return seconds_of(
        python, folder, "otter", "run", "-a", "autograder.zip", "-o", "results", "--no-logo", f"s{number}.ipynb"
    )


def seconds_of_grader(folder: Path, name: str, epochs: int) -> float:
    """Of one submission of a class, the whole run shared out."""
    place = folder / f"class-{name.replace(' ', '-')}-{epochs}"
    shutil.rmtree(place, ignore_errors=True)
    arguments, notebooks = CLASSES[name]
    count = write_class(place / "class", notebooks(epochs))
    return graded(place, *arguments).seconds / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build/peers"), help="for environments and courses")
    parser.add_argument("--sample", type=int, default=5, help="notebooks with one epoch for each peer")
    parser.add_argument("--slow-sample", type=int, default=2, help="notebooks with 400 epochs for each peer")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    pythons = {peer: environment_of(peer, folder) for peer in PEERS}
    rows: list[dict[str, object]] = []
    print(f"{machine()}\n{'epochs':>6} {'tool':<24} {'s for each notebook':>20} {'nbgrader / this':>16}")
    for epochs, sample in ((1, arguments.sample), (400, arguments.slow_sample)):
        rows += measure(folder / f"epochs-{epochs}", pythons, epochs, sample)
        write_json(arguments.json, rows)


def measure(folder: Path, pythons: dict[str, Path], epochs: int, sample: int) -> list[dict[str, object]]:
    """nbgrader before and after the classes, and Otter between them, so that all see the same machine."""
    shutil.rmtree(folder, ignore_errors=True)
    otter_autograder(pythons["otter"], folder / "otter")
    timings: dict[str, list[float]] = {name: [] for name in (*PEERS, *(f"grader, {name}" for name in CLASSES))}

    def nbgrader(part: str) -> None:
        nbgrader_course(folder / part, sample, epochs)
        timings["nbgrader"].append(seconds_of_nbgrader(pythons["nbgrader"], folder / part, sample))

    nbgrader("before")
    for number, name in enumerate(CLASSES):
        timings[f"grader, {name}"].append(seconds_of_grader(folder, name, epochs))
        if number < sample:
            timings["otter"].append(seconds_of_otter(pythons["otter"], folder / "otter", number, epochs))
    nbgrader("after")
    rows: list[dict[str, object]] = []
    for tool, seconds in timings.items():
        ratio = statistics.median(timings["nbgrader"]) / statistics.median(seconds)
        print(f"{epochs:>6} {tool:<24} {statistics.median(seconds):>20.3f} {ratio:>16.1f}", flush=True)
        rows.append({"epochs": epochs, "tool": tool, "seconds": seconds, "nbgrader_by_this": ratio})
    return rows


if __name__ == "__main__":
    main()
