"""The site: `make docs` builds it into docs/_build, and treats every warning as an error."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

with (HERE.parent / "pyproject.toml").open("rb") as file:
    release = version = tomllib.load(file)["project"]["version"]
project = "keras-grader"
author = copyright = "The keras-grader maintainers"  # noqa: A001

extensions = ["myst_parser", "generated"]
exclude_patterns = ["_build", "_ext"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3  # links to headings, `ci.md#pytest`, are those of GitHub
highlight_language = "none"
smartquotes = False  # `--option` stays what can be typed

html_theme = "furo"
html_title = f"keras-grader {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
