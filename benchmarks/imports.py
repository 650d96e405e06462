"""Which packages the notebooks and scripts below some folders import, and what the grader does about each.

    python -m benchmarks.imports FOLDER...

Counts files, not statements: the extra `courses` of pyproject.toml is chosen from it.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
# What is imported under another name than it is installed by.
MODULES = {"scikit-learn": "sklearn"}
OURS = {"grader"}
COLAB = "google"  # `google.colab`, which is inert in the grader


def texts(folders: Iterable[Path]) -> Iterator[tuple[str, set[str]]]:
    """The Python of each file, with the modules that stand beside it."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".ipynb", ".py") and path.is_file() and ".ipynb_checkpoints" not in path.parts:
                beside = list(path.parent.iterdir())
                yield python_of(path), {one.stem for one in beside if one.suffix == ".py" or one.is_dir()}


def python_of(path: Path) -> str:
    """Of a notebook, its code cells without lines for the shell or for IPython."""
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".py":
        return text
    try:
        cells = json.loads(text).get("cells", [])
    except (json.JSONDecodeError, AttributeError):
        return ""
    sources = ["".join(cell.get("source", "")) for cell in cells if cell.get("cell_type") == "code"]
    return "\n".join(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE) for source in sources)


def packages(text: str, own: set[str]) -> set[str]:
    """The packages of others that a text imports; of a text that is no Python, by its lines."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        found = set(re.findall(r"^\s*(?:import|from)\s+(\w+)", text, re.MULTILINE))
    else:
        found = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        found |= {
            node.module.split(".")[0]
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module and not node.level
        }
    return found - set(sys.stdlib_module_names) - own - OURS


def of_extra(name: str) -> set[str]:
    """The modules of one of the project's extras."""
    needs = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["optional-dependencies"][name]
    names = [re.split(r"[<>=!~;\[ ]", need, maxsplit=1)[0] for need in needs]
    return {MODULES.get(name, name.replace("-", "_")) for name in names}


def fate(package: str, extra: set[str]) -> str:
    """What a submission gets that imports it; the packages of others come with what the grader needs itself."""
    if package in extra:
        return "extra `courses`"
    if package == COLAB:
        return "inert"
    return "installed" if importlib.util.find_spec(package) else "stand-in"


def table(folders: Iterable[Path]) -> Iterator[str]:
    """Sorted by the number of files, the most frequent first."""
    files, counts = 0, Counter[str]()
    for text, own in texts(folders):
        files += 1
        counts.update(packages(text, own))
    extra = of_extra("courses")
    yield f"{files} files"
    yield f"{'package':<24}{'files':>6}  in the grader"
    for package, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{package:<24}{count:>6}  {fate(package, extra)}"


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]]
    if not folders or not all(folder.is_dir() for folder in folders):
        sys.exit(__doc__)
    print(*table(folders), sep="\n")


if __name__ == "__main__":
    main()
