"""How long somebody waits: `python -m benchmarks.latency [--runs N] [--json FILE]`.

`check` on one notebook with nothing remembered, on a changed one whose network has been trained before, and on one
that has not changed, beside `otter run` on the notebook; each save of a module and of a notebook under
`check --watch`, beside `python work.py` itself; `check(model)` in a notebook whose cells run one right after the other;
`--help`, and what each level of isolation adds to a module that does nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from benchmarks.classes import distinct, notebook
from benchmarks.measure import grader, run, write_json
from benchmarks.peers import environment_of, otter_autograder, seconds_of_otter
from grader.errors import UsageError
from grader.sandbox import LEVELS, resolve_isolation

WAITS = "waiting for the next save"
PLAIN = 3
TOPOLOGIES = (("tanh",), ("relu", "relu"), ("sigmoid", "tanh"), ("tanh", "relu"), ("relu", "tanh", "relu"))
HOPELESS = tuple(("sigmoid",) * depth for depth in range(4, 7))  # which are trained to the end, again and again
CHECK = "import time\nstarted = time.monotonic()\nverdict = check(one_input)\nprint(time.monotonic() - started)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--peers", type=Path, default=Path("build/peers"), help="for the environment of Otter")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    print(f"{'command':<34} {'median, s':>10} {'smallest':>9} {'largest':>8}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "two_inputs.ipynb").write_text(next(distinct(1, epochs=400)), encoding="utf-8")
        (folder / "nothing.py").write_text("print('nothing')\n", encoding="utf-8")
        check = grader("check", folder / "two_inputs.ipynb", "-a", "two_inputs", "--json")
        for name, command, forget in [
            ("check, nothing remembered", check, True),
            ("check, its network remembered", [*check, "--fresh"], False),
            ("check, an unchanged file", check, False),
            ("--help", grader("--help"), False),
            *(
                (f"inspect nothing, {level}", grader("inspect", folder / "nothing.py", "--isolation", level), False)
                for level in available()
            ),
        ]:
            seconds = []
            for number in range(arguments.runs):
                cache = folder / f"cache-{number}" if forget else folder / "cache-0"
                measured = run(command, folder, {"GRADER_CACHE": str(cache)})
                if measured.code:
                    raise SystemExit((folder / "output.txt").read_text())
                seconds.append(measured.seconds)
            rows.append(_told(name, seconds))
        rows += [_told("otter run", list(otter(folder, arguments.peers.resolve(), arguments.runs)))]
        rows += [_told(name, seconds) for name, seconds in watched(folder, arguments.saves)]
        rows += [_told(name, seconds) for name, seconds in in_a_notebook(folder, arguments.runs)]
    write_json(arguments.json, rows)


def _told(name: str, seconds: list[float]) -> dict[str, object]:
    """The row of one command, once it is printed."""
    print(f"{name:<34} {statistics.median(seconds):>10.2f} {min(seconds):>9.2f} {max(seconds):>8.2f}", flush=True)
    return {"command": name, "seconds": seconds}


def watched(folder: Path, saves: int) -> Iterator[tuple[str, list[float]]]:
    """Seconds from each save to its verdict, by what was saved."""
    (folder / "work.py").write_text(module_of(32), encoding="utf-8")
    plain = [run([sys.executable, str(folder / "work.py")], folder) for _ in range(PLAIN)]
    if any(measured.code for measured in plain):
        raise SystemExit((folder / "output.txt").read_text())
    yield "python work.py", [measured.seconds for measured in plain]
    for suffix in (".py", ".ipynb"):
        path = folder / f"watched{suffix}"
        spell = (lambda text: text) if suffix == ".py" else lambda text: notebook([text])
        path.write_text(spell(module_of(32)), encoding="utf-8")
        command = grader("check", path, "-a", "one_input", "--watch")
        environment = {**os.environ, "GRADER_CACHE": str(folder / f"cache-watch{suffix}"), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder) as watching:
            saved = partial(_saved, path, watching)
            saved(path.read_text("utf-8"))
            repeats = [spell(module_of(32) + f"# {number}\n") for number in range(saves)]
            yield f"save {suffix}, its network known", list(map(saved, repeats))
            widths = [spell(module_of(33 + number)) for number in range(saves)]
            yield f"save {suffix}, other widths", list(map(saved, widths))
            for label, designs in (("another topology", TOPOLOGIES), ("one that never learns", HOPELESS)):
                texts = [spell(module_of(32, design)) for design in designs]
                yield f"save {suffix}, {label}", list(map(saved, texts))
            watching.send_signal(signal.SIGINT)


def otter(folder: Path, peers: Path, runs: int) -> Iterator[float]:
    """Otter on as many notebooks like the one that is checked."""
    python = environment_of("otter", peers)
    otter_autograder(python, folder / "otter")
    for number in range(runs):
        yield seconds_of_otter(python, folder / "otter", number, 400)


def in_a_notebook(folder: Path, runs: int) -> Iterator[tuple[str, list[float]]]:
    """Seconds of `check(model)` in kernels that remember nothing: the first call, and those after it."""
    widths = [module_of(33 + number) for number in range(len(TOPOLOGIES))]
    networks = [module_of(32), *widths, *(module_of(32, design) for design in TOPOLOGIES)]
    cells = ["from grader import check", *(cell for text in networks for cell in (text, CHECK))]
    timed = []
    for number in range(runs):
        content = nbformat.reads(notebook(cells), as_version=4)
        environment = {**os.environ, "GRADER_CACHE": str(folder / f"cache-notebook-{number}")}
        NotebookClient(content, timeout=600, kernel_name="python3").execute(env=environment)
        timed.append([float(cell.outputs[-1].text.split()[-1]) for cell in content.cells if cell.source == CHECK])
    yield "check(model), the first", [seconds[0] for seconds in timed]
    yield "check(model), other widths", [value for seconds in timed for value in seconds[1 : len(widths) + 1]]
    yield "check(model), another topology", [value for seconds in timed for value in seconds[len(widths) + 1 :]]


def _saved(path: Path, watching: subprocess.Popen[str], text: str) -> float:
    """Seconds until the verdict on a text, once it is saved."""
    assert watching.stdout is not None
    started = time.monotonic()
    path.write_text(text, encoding="utf-8")
    while WAITS not in (line := watching.stdout.readline()):
        if not line:
            raise SystemExit("`check --watch` has ended")
    return time.monotonic() - started


def module_of(width: int, activations: Sequence[str] = ("sigmoid", "sigmoid")) -> str:
    """A solution of `one_input` with one layer for each activation; correct as it is, with 32 units."""
    hidden = "".join(
        f'h = Dense({width}, activation="{name}", kernel_initializer="uniform")(h)\n' for name in activations
    )
    return (
        "import numpy as np\nfrom keras import Input, Model\nfrom keras.layers import Dense\n"
        "x = np.linspace(0.0, 1.0, 1000)\ny = np.sin(2 * np.pi * x)\n"
        f'i = h = Input(shape=(1,))\n{hidden}one_input = Model(i, Dense(1, kernel_initializer="uniform")(h))\n'
        'one_input.compile(optimizer="rmsprop", loss="mse")\none_input.fit(x, y, epochs=20, verbose=0)\n'
    )


def available() -> list[str]:
    """Levels that this machine has."""
    levels = []
    for level in LEVELS[1:]:
        try:
            levels.append(resolve_isolation(level))
        except UsageError:
            continue
    return levels


if __name__ == "__main__":
    main()
