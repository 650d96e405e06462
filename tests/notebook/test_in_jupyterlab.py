"""`check(model)` as a student sees it: a real JupyterLab, driven by a browser. Skipped where one of them is missing.

pip install jupyterlab playwright        # and Chromium from the system
pytest -m slow tests/notebook/test_in_jupyterlab.py
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import notebook
from tests.reporting.browser import MISSING, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.skipif(importlib.util.find_spec("jupyterlab") is None, reason="JupyterLab is not installed"),
]

PATIENCE = 150_000  # milliseconds, for a kernel that imports Keras on a busy machine
BUILD = """
import keras
from keras import layers
from grader import check
left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
hidden = dict(activation="sigmoid", kernel_initializer="uniform")
first = layers.Dense(32, **hidden)(left)
second = layers.Dense(WIDTH, **hidden)(right)
both = layers.concatenate([first, second])
third = layers.Dense(32, **hidden)(both)
two_inputs = keras.Model([left, right], layers.Dense(1, kernel_initializer="uniform")(third))
two_inputs.compile(optimizer="rmsprop", loss="mse")
verdict = check(two_inputs)
verdict
"""
CELLS = (BUILD.replace("WIDTH", "30"), "print(verdict)", BUILD.replace("WIDTH", "20"))
SHOWN = ".jp-OutputArea-output"
FIRST = "The first check takes longest"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one notebook, which knows neither a token nor a browser of its own."""
    folder = tmp_path_factory.mktemp("jupyter")
    (folder / "work").mkdir()
    content = json.loads(notebook(*CELLS))
    content["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / "work" / "work.ipynb").write_text(json.dumps(content), encoding="utf-8")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "GRADER_CACHE")}
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--ServerApp.port={port}"]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder / 'work'}"]
    no_news = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    no_news.parent.mkdir(parents=True)
    no_news.write_text('{"fetchNews": "false"}', encoding="utf-8")
    environment = {**os.environ, **own, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), *sys.path]))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert server.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            time.sleep(0.2)
        else:
            return
    pytest.fail("JupyterLab did not start")


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Any]:
    """The notebook, in a window in which its first cell has just been started."""
    with started() as browser:
        window = browser.chromium.new_page(viewport={"width": 1150, "height": 1500})
        window.set_default_timeout(PATIENCE)
        window.goto(f"{address}/lab/tree/work.ipynb")
        window.locator(".jp-Cell").nth(len(CELLS) - 1).wait_for()
        window.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for()
        yield window


def run_cell(page: Any, number: int) -> Any:
    page.locator(".jp-Cell .cm-content").nth(number).click()
    page.keyboard.press("Control+Enter")
    return page.locator(".jp-Cell").nth(number).locator(SHOWN)


def set_theme(page: Any, name: str) -> None:
    address = page.url.split("/lab/")[0]
    raw = json.dumps({"raw": json.dumps({"theme": name})})
    page.evaluate(
        """async ([url, raw]) => {
            const xsrf = document.cookie.match(/_xsrf=([^;]+)/);
            const headers = {"Content-Type": "application/json", "X-XSRFToken": xsrf ? xsrf[1] : ""};
            await fetch(url, {method: "PUT", body: raw, headers});
        }""",
        [f"{address}/lab/api/settings/@jupyterlab/apputils-extension:themes", raw],
    )
    page.reload()
    page.locator(".jp-Cell").nth(len(CELLS) - 1).wait_for()
    dark = "false" if "Dark" in name else "true"
    page.locator(f"body[data-jp-theme-light='{dark}']").wait_for(state="attached")


def contrasts(page: Any) -> dict[str, float]:
    """The contrast of each text of a verdict with what is behind it, by the text: the formula of WCAG."""
    ratios: dict[str, float] = page.evaluate(
        """() => {
            const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
            const over = (top, below) => {
                const alpha = top.length > 3 ? top[3] : 1;
                return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
            };
            const light = colour => colour.map(v => v / 255)
                .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const result = {};
            for (const root of document.querySelectorAll(".jp-OutputArea-output .jp-RenderedHTMLCommon, .jp-RenderedHTML")) {
                const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
                while (walker.nextNode()) {
                    const text = walker.currentNode.textContent.trim();
                    const element = walker.currentNode.parentElement;
                    if (!text || ["title", "desc"].includes(element.tagName.toLowerCase())) continue;
                    const chain = [];
                    for (let one = element; one; one = one.parentElement) chain.push(one);
                    let behind = [255, 255, 255];
                    for (const one of chain.reverse()) {
                        const colour = parse(getComputedStyle(one).backgroundColor);
                        if (colour.length) behind = over(colour, behind);
                    }
                    const style = getComputedStyle(element);
                    const inSvg = element instanceof SVGElement;
                    let front = parse(inSvg ? style.fill : style.color);
                    let alpha = front.length > 3 ? front[3] : 1;
                    if (inSvg) alpha *= Number(style.fillOpacity);
                    for (let one = element; one; one = one.parentElement) alpha *= Number(getComputedStyle(one).opacity);
                    front = over([...front.slice(0, 3), alpha], behind);
                    const [a, b] = [light(front), light(behind)].sort((x, y) => y - x);
                    result[text] = (a + 0.05) / (b + 0.05);
                }
            }
            return result;
        }"""
    )
    return ratios


def test_something_is_said_at_once(page: Any) -> None:
    """While the first check trains, the cell says so."""
    outputs = run_cell(page, 0)
    page.get_by_text(FIRST).first.wait_for()
    page.get_by_text("What to do next").first.wait_for()
    assert outputs.locator("svg").count() == 2
    assert [outputs.locator("svg").nth(number).get_by_text("≠").count() for number in range(2)] == [1, 1]
    assert "expected 20 units, found 30" in page.locator(".jp-Cell").nth(0).inner_text()


def test_the_cell_after_it_shows_the_words_of_the_terminal(page: Any) -> None:
    run_cell(page, 1)
    page.locator("pre", has_text="✗ failed").first.wait_for()


def test_a_right_model_is_congratulated(page: Any) -> None:
    run_cell(page, 2)
    page.get_by_text("Everything that can be checked without the whole file is correct.").first.wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_every_text_can_be_read(page: Any, theme: str) -> None:
    """Contrast of at least 4.5 to one (3 for the bold sign of a difference), also after a reload of the saved file."""
    page.keyboard.press("Control+s")
    set_theme(page, theme)
    page.locator(f"{SHOWN} svg").first.wait_for()
    ratios = contrasts(page)
    assert len(ratios) > 20
    assert {text: ratio for text, ratio in ratios.items() if ratio < (3 if text == "≠" else 4.5)} == {}
