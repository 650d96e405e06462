"""The pages in a real browser: they load without complaint and fit a phone; skipped without Chromium."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Grade, Report
from grader.reporting import class_page, student_page

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

pytestmark = [pytest.mark.long, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


class Browser:
    """One page in headless Chromium, spoken to over the debugging pipe: file descriptors 3 and 4."""

    def __init__(self, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # The descriptors must be 3 and 4 in the browser; a shell renames them wherever ours happen to lie.
        renamed = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                renamed,
                "bash",
                str(CHROMIUM),
                *FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._read, self._write = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self._number, self._session = 0, ""
        self.complaints: list[str] = []
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its result, collecting complaints on the way."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        self._write.flush()
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                return dict(answer["result"])

    def open(self, page: Path, width: int, height: int = 900, scheme: str = "light") -> None:
        """Load a page at a width and in a colour scheme."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """The whole page as a picture."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser that this object started."""
        self._session = ""
        self.call("Browser.close")
        self._process.wait(timeout=20)
        self._read.close()
        self._write.close()

    def _receive(self) -> dict[str, Any]:
        buffer = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            if not byte:
                raise EOFError("Chromium ended")
            buffer += byte
        message: dict[str, Any] = json.loads(buffer)
        method, params = message.get("method"), message.get("params", {})
        if method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        if method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"]["text"])
        if method in ("Runtime.consoleAPICalled", "Page.javascriptDialogOpening"):
            self.complaints.append(f"{method}: {params}")
        return message


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests of this module."""
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def pages(grade_of: Callable[[str], Grade], report: Report, tmp_path: Path) -> dict[str, Path]:
    """Both kinds of page as files."""
    texts = {name: student_page([grade_of(name)]) for name in ("good", "wrong", "hostile", "unreadable")}
    texts["class"] = class_page(report)
    for name, text in texts.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: tmp_path / f"{name}.html" for name in texts}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["good", "wrong", "hostile", "unreadable", "class"])
def test_page_loads_silently_and_fits_a_phone(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    """A page logs nothing, runs nothing of a student's and never scrolls sideways at 390 pixels."""
    browser.complaints.clear()
    browser.open(pages[name], 390, scheme=scheme)

    assert browser.evaluate("document.documentElement.scrollWidth") == 390
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    assert browser.evaluate("document.querySelectorAll('[onerror], [onload], main script').length") == 0
    assert browser.complaints == []


def test_class_page_filters_and_sorts(browser: Browser, pages: dict[str, Path]) -> None:
    """The class's table can be narrowed to what needs review and sorted by a column."""
    browser.open(pages["class"], 1200)
    shown = "[...document.querySelectorAll('#grid tbody tr')].filter(row => !row.hidden)"

    browser.evaluate("show.value = 'needs-review'; show.dispatchEvent(new Event('change'))")
    assert browser.evaluate(f"{shown}.map(row => row.querySelector('a').textContent)") == ["Alan Turing"]

    browser.evaluate("show.value = ''; show.dispatchEvent(new Event('change'))")
    browser.evaluate("document.querySelectorAll('#grid thead button')[0].click()")
    names = browser.evaluate(f"{shown}.map(row => row.cells[0].dataset.sort)")
    assert names[1:3] == ["ada lovelace", "alan turing"]
    heading = "document.querySelector('#grid thead th').getAttribute('aria-sort')"
    assert browser.evaluate(heading) == "ascending"


CONTRAST = """
(() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const c = parts(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return parts(getComputedStyle(document.body).backgroundColor);
  };
  const poor = [];
  for (const node of document.body.querySelectorAll("*:not(svg *):not(script)")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["wrong", "class"])
def test_text_has_enough_contrast(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    """All text reaches WCAG AA contrast in both colour schemes."""
    browser.open(pages[name], 1200, scheme=scheme)

    assert browser.evaluate(CONTRAST) == []
