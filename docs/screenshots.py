"""Makes the pictures of the documentation: `make docs-pictures`, or `python -m docs.screenshots`.

Grades the practice class in docs/samples, opens the pages in Chromium, and writes docs/images/*.png.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.reporting.browser import MISSING, started

HERE = Path(__file__).parent
IMAGES = HERE / "images"
MOST_BYTES = 150_000
COLOURS = 64
CELL = """
import runpy
from pathlib import Path
from grader import check
model = runpy.run_path("Bruno Costa_4712_assignsubmission_file/hw2.py")["two_inputs"]
page = check(model, "two_inputs")._repr_html_()
Path("cell.html").write_text(f"<!doctype html><meta charset=utf-8><body style='margin:16px'>{page}", encoding="utf-8")
"""


@dataclass(frozen=True)
class Picture:
    """The upper part of a page, of this size; the page is relative to the folder of the run."""

    name: str
    page: str
    width: int = 1000
    height: int = 800


PICTURES = (
    Picture("class-page", "run/index.html", height=1000),
    Picture("student-page", "run/feedback/bruno-costa-4712/index.html", height=1010),
    Picture("task-page", "release/two_inputs/task.html"),
    Picture("notebook-cell", "cell.html", height=1320),
)


def main() -> None:
    if MISSING:
        raise SystemExit(f"no pictures: {MISSING}")
    with tempfile.TemporaryDirectory() as place, started() as browser:
        folder = Path(place)
        prepare(folder)
        for picture in PICTURES:
            with browser.opened(folder / picture.page, picture.width) as opened:
                part = {"x": 0, "y": 0, "width": picture.width, "height": picture.height}
                taken = opened.page.screenshot(full_page=True, clip=part)
            target = IMAGES / f"{picture.name}.png"
            target.write_bytes(small(taken))
            print(f"{target} {target.stat().st_size // 1000} kB")


def prepare(folder: Path) -> None:
    """Everything that is photographed: a graded class, the page of a task, a cell of a notebook."""
    for name in ("hw2.zip", "Grades-hw2.csv"):
        shutil.copy(HERE / "samples" / name, folder)
    grade = ("grade", "hw2.zip", "--assignment", "two_inputs", "--roster", "Grades-hw2.csv", "--out", "run", "--quiet")
    grader(folder, *grade)
    grader(folder, "release", "two_inputs")
    shutil.unpack_archive(folder / "hw2.zip", folder)
    subprocess.run([sys.executable, "-c", CELL], cwd=folder, check=True, capture_output=True)


def grader(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "grader", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def small(taken: bytes) -> bytes:
    """The same in few colours, as pages have. Raises `SystemExit` if it is too large."""
    from PIL import Image  # Matplotlib brings it

    out = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS).save(out, "PNG", optimize=True)
    if len(out.getvalue()) > MOST_BYTES:
        raise SystemExit(f"a picture has {len(out.getvalue())} bytes, {MOST_BYTES} are allowed: use a smaller window")
    return out.getvalue()


if __name__ == "__main__":
    main()
