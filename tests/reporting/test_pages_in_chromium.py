"""The pages in a real browser: silent, within their window, and without what axe-core objects to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporting.browser import MISSING, SCHEMES, WIDTHS, Browser, started
from tests.reporting.sample_pages import written

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

SHOWN = "[...document.querySelectorAll('#grid tbody tr')].filter((row) => !row.hidden)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written(tmp_path_factory.mktemp("pages"))


def look(browser: Browser, path: Path, width: int, scheme: str) -> None:
    """Nothing logged, asked for or refused; no sideways scrolling; nothing of a student's runs; axe is content."""
    with browser.opened(path, width, scheme) as opened:
        assert opened.runs_over() == 0
        assert opened.violations() == []
        assert opened.page.locator("h1").count() == 1
        assert opened.page.locator("[onerror], [onload], [style]").count() == 0
        assert opened.complaints == []


@pytest.mark.parametrize("name", ["wrong", "hostile", "class"])
def test_page_is_silent_and_accessible_on_a_phone(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """The pages with most in them, at 390 pixels; `slow` has all of them at all widths and in both schemes."""
    look(browser, pages[name], 390, "light")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_silent_and_accessible(browser: Browser, pages: dict[str, Path], width: int, scheme: str) -> None:
    for path in pages.values():
        look(browser, path, width, scheme)


def test_the_address_of_a_page_holds_what_is_shown(browser: Browser, pages: dict[str, Path]) -> None:
    """What one person filters and sorts, another sees from the address: rows, order and the settings themselves."""
    with browser.opened(pages["class"]) as opened:
        opened.page.select_option("select[name=status]", "below")
        opened.page.fill("input[name=find]", "r")
        opened.page.get_by_role("button", name="Submission").click()
        rows = opened.page.evaluate(f"{SHOWN}.map((row) => row.cells[0].textContent)")
        address = opened.page.url.partition("#")[2]

    with browser.opened(pages["class"], state=address) as opened:
        assert opened.page.evaluate(f"{SHOWN}.map((row) => row.cells[0].textContent)") == rows
        assert opened.page.locator("th[aria-sort=ascending]").inner_text().startswith("Submission")
        assert opened.page.input_value("select[name=status]") == "below"
        assert opened.page.input_value("input[name=find]") == "r"
        assert opened.complaints == []
    assert "Ada Lovelace" not in " ".join(rows)
    assert len(rows) > 1


def test_rows_are_filtered(browser: Browser, pages: dict[str, Path]) -> None:
    """By the address of the page; what it does not know shows nobody, or everybody."""
    expected = {
        "status=review": ["Alan Turing"],
        "status=nothing&find=emmy": ["Emmy Noether"],
        "check=two_inputs/widths&find=found 32": ["Grace Hopper"],  # words of a finding
        "find=student-04": ["student-04"],
        "status=not-found&assignment=two_outputs&find=grace": ["Grace Hopper"],
        "check=nonsense&group=nonsense&sort=nonsense": [],
        "assignment=nonsense&find=ada": ["Ada Lovelace"],
        "status=nonsense&find=ada": ["Ada Lovelace"],
    }
    names = {}
    with browser.opened(pages["class"]) as opened:
        for state in expected:
            opened.page.goto(f"{pages['class'].as_uri()}#{state}")
            opened.page.reload()
            names[state] = opened.page.evaluate(f"{SHOWN}.map((row) => row.querySelector('a').textContent)")
        assert opened.complaints == []
    assert names == expected
    with browser.opened(pages["class-of-300"], state="status=late") as opened:
        assert opened.page.locator("#shown").inner_text() == "18 of 300 shown"


def test_what_has_no_figure_is_sorted_last(browser: Browser, pages: dict[str, Path]) -> None:
    totals = []
    for state in ("sort=total", "sort=-total"):
        with browser.opened(pages["class"], state=state) as opened:
            totals.append(opened.page.evaluate(f"{SHOWN}.map((row) => row.cells[3].textContent)"))
    up, down = totals
    assert up[0] == "0 / 10"
    assert up[:-2] == down[:-2][::-1]
    assert up[-2:] == down[-2:] == ["", ""]


def test_findings_boxes_and_lines_lead_to_each_other(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.opened(pages["wrong"]) as opened:
        page = opened.page

        def follow(selector: str) -> str:
            page.locator(selector).first.focus()
            page.keyboard.press("Enter")
            return str(page.evaluate("document.querySelector(':target').id"))

        assert follow(".comment a[href='#cell-3-line-4']") == "cell-3-line-4"
        assert follow("#cell-3-line-4 a[href^='#check-']").startswith("check-1-")
        assert follow(".network a[href='#cell-3-line-4']") == "cell-3-line-4"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wrong", "broad", "class-of-300"])
def test_what_is_printed_is_whole(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with browser.opened(pages[name], 680) as opened:  # A4 without its margins
        opened.page.emulate_media(media="print", color_scheme="dark")
        assert opened.runs_over() <= 0
        assert opened.page.evaluate(
            "[...document.querySelectorAll('.network')].every((one) => one.getBoundingClientRect().height < 900)"
        )
        assert not opened.page.locator("#tools").is_visible()
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
