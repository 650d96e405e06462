"""Pictures of all pages, and of what is printed of them: `make screenshots`, or `python -m tests.reporting.screenshots`.

They are left in `reports/screenshots` for people to look at; tests assert what can be asserted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.reporting.browser import MISSING, SCHEMES, WIDTHS, started
from tests.reporting.sample_pages import written

TARGET = Path(__file__).parents[2] / "reports" / "screenshots"
VIEW = "check=two_inputs%2Fwidths&sort=-total"


def main() -> int:
    if MISSING:
        print(f"No screenshots: {MISSING}", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        for name, path in written(Path(folder)).items():
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with browser.opened(path, width, scheme) as opened:
                        opened.page.screenshot(path=TARGET / f"{name}-{width}-{scheme}.png", full_page=True)
            with browser.opened(path) as opened:
                opened.page.pdf(path=TARGET / f"{name}.pdf", prefer_css_page_size=True, print_background=True)
            print(f"{TARGET / name}*", flush=True)
        with browser.opened(Path(folder) / "class-of-300.html", state=VIEW) as opened:
            opened.page.screenshot(path=TARGET / "class-of-300-filtered.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
