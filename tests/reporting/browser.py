"""Pages in headless Chromium, by Playwright, with all that they complain of or ask for; axe-core looks at each."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOT_INSTALLED = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
MISSING = (
    "Chromium is not installed" if CHROMIUM is None else f"not installed: {NOT_INSTALLED}" if NOT_INSTALLED else ""
)
PATIENCE_MS = 240_000  # for one step, on a machine that has much else to do
WIDTHS = (390, 820, 1280)
SCHEMES = ("light", "dark")
# Runs in the page before anything of it; a page of ours has no way to hear of it.
WATCH = "addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective}`))"


@dataclass
class Opened:
    """A page that was loaded. `complaints` are messages, errors, dialogs, policy violations, and further requests."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        from axe_playwright_python.sync_playwright import Axe

        violations = Axe().run(self.page).response["violations"]
        return [f"{violation['id']}: {node['html'][:120]}" for violation in violations for node in violation["nodes"]]

    def runs_over(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@dataclass
class Browser:
    """One browser; each page gets a context of its own."""

    chromium: Any

    @contextmanager
    def opened(self, path: Path, width: int = 1280, scheme: str = "light", state: str = "") -> Iterator[Opened]:
        """A page from a file at a width and in a colour scheme; `state` follows the `#`."""
        context = self.chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        try:
            page = context.new_page()
            opened = Opened(page)
            complain = opened.complaints.append
            page.on("console", lambda message: complain(message.text))
            page.on("pageerror", lambda error: complain(str(error)))
            page.on("dialog", lambda dialog: (complain(dialog.message), dialog.dismiss()))
            page.on(
                "request",
                lambda request: None if request.is_navigation_request() else complain(f"request: {request.url}"),
            )
            page.add_init_script(WATCH)
            page.goto(path.as_uri() + (f"#{state}" if state else ""))
            yield opened
        finally:
            context.close()


@contextmanager
def started() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=PATIENCE_MS)
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
