"""Whether a rework changed a verdict: record before, record after, compare.

    python -m benchmarks.verdicts record FILE [FOLDER ...]
    python -m benchmarks.verdicts compare BEFORE AFTER

What is recorded of each grade is what a mark rests on: status, points, the match, each check, each difference and each
diagnosis, by its name. Words may change, so they are left out. Without folders, the submissions of the tests are
graded.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import grader

SUBMISSIONS = Path(__file__).parent.parent / "tests" / "submissions"
FOLDERS = tuple(SUBMISSIONS / name for name in ("class", "good", "messy", "wrong", "teaching", "review"))
Verdicts = dict[str, dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record")
    record.add_argument("file", type=Path)
    record.add_argument("folders", type=Path, nargs="*", default=FOLDERS)
    record.add_argument("--isolation", default="auto")
    compare = commands.add_parser("compare")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "record":
        verdicts = recorded(arguments.folders, arguments.isolation)
        arguments.file.write_text(json.dumps(verdicts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(verdicts)} verdicts in {arguments.file}")
    else:
        before, after = (json.loads(path.read_text("utf-8")) for path in (arguments.before, arguments.after))
        changes = list(changed(before, after))
        print("\n".join(changes) or f"{len(after)} verdicts, all equal")
        sys.exit(bool(changes))


def recorded(folders: Sequence[Path], isolation: str) -> Verdicts:
    """Grades every file of these folders, each as a submission of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        everybody, out = Path(scratch) / "class", Path(scratch) / "out"
        for folder in folders:
            for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".ipynb")):
                home = everybody / "-".join((folder.name, *path.relative_to(folder).with_suffix("").parts))
                home.mkdir(parents=True)
                shutil.copyfile(path, home / path.name)
        command = grader("grade", everybody, "--out", out, "--quiet", "--isolation", isolation)
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode not in (0, 1):
            raise SystemExit(result.stdout + result.stderr)
        documents = [json.loads(path.read_text("utf-8")) for path in sorted((out / "results").glob("*.json"))]
    return {f"{grade['submission']['id']} {grade['assignment'] or '-'}": verdict(grade) for grade in documents}


def verdict(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a mark rests on, out of a GRADE document; no words, no times."""
    checks = document["checks"]
    training = document["training"] or {}
    return {
        "status": document["status"],
        "points": [document["score"], document["max_score"]],
        "match": [document["model"].get(key) for key in ("outcome", "matched_by", "name", "cell", "line")],
        "failures": [[failure.get(key) for key in ("cell", "line")] for failure in document["execution"]["failures"]],
        "checks": {check["id"]: [check["status"], check["score"]] for check in checks},
        "differences": [
            [check["id"], *(difference.get(key) for key in ("kind", "layer", "cell", "line"))]
            for check in checks
            for difference in check.get("differences", ())
        ],
        "training": [training.get("outcome"), *(run["hit_epoch"] for run in training.get("runs", ()))],
        "diagnosis": (training.get("diagnosis") or "").split(":")[0],
        "notes": sorted({note["code"] for note in document["notes"]}),
    }


def changed(before: Verdicts, after: Verdicts) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            yield f"{key}: only {'after' if key in after else 'before'}"
            continue
        for part, value in before[key].items():
            if after[key].get(part) != value:
                yield f"{key}: {part}: {value} → {after[key].get(part)}"


if __name__ == "__main__":
    main()
