"""The dashboard in a real browser: every view clicked through, by mouse and by keyboard, without an error, a request or an
obstacle that axe-core finds, in light and dark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.installation import Installation
from reports.registry import make
from tests.real.servers import TOOLS
from tests.reports.conftest import example  # noqa: F401 - the fixture
from warehouse.read import Published

BROWSER, AXE = shutil.which("chromium"), TOOLS / "axe" / "axe.min.js"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="chromium is not installed (tests/real/install.sh)"),
]


@pytest.fixture(scope="module")
def page(example: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:  # noqa: F811
    """The dashboard of the example, open; it fails when the page complained or asked for anything."""
    from playwright.sync_api import sync_playwright

    with Published(example.state) as published:
        (file,) = make("dashboard", published, "voorbeeld", tmp_path_factory.mktemp("dashboard"))
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        opened.on(
            "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(file.as_uri())
        opened.wait_for_selector("html[data-ready=yes]")
        yield opened
        assert complaints == []
        assert asked == [file.as_uri()]
        browser.close()


@pytest.fixture(autouse=True)
def fresh(page: Any) -> None:
    page.evaluate("document.getElementById('detail').close()")
    page.click("button[type=reset]")
    page.evaluate("scrollTo(0, 0)")


def test_the_first_view_is_there_soon(page: Any) -> None:
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    print(f"first usable view after {ready:.0f} ms")
    assert page.locator(".card").count() == 10
    assert page.locator(".cell[data-norm]").count() >= 93


def test_from_a_control_to_the_row_that_proves_it(page: Any) -> None:
    page.click('.cell[data-norm="8.13"]')
    detail = page.locator("#detail")
    assert detail.locator("h2").inner_text().startswith("8.13 ")
    assert "8.13.01" in detail.inner_text()
    assert ".xlsx, blad " in detail.inner_text()
    assert ", rij " in detail.inner_text()
    page.click("#close")
    assert not detail.is_visible()


def test_from_a_principle_to_its_controls(page: Any) -> None:
    page.click('[data-principle="0"]')
    assert page.locator("#detail .test").count() >= 3
    page.locator("#detail .link").first.click()
    assert page.locator("#detail .measure").count() >= 1


def test_search_and_filters(page: Any) -> None:
    everything = page.locator(".cell:visible").count()
    page.fill("#f-text", "back-up")
    shown = page.locator(".cell:visible")
    assert 0 < shown.count() < everything
    assert page.locator('.cell[data-norm="8.13"]').is_visible()
    assert page.inner_text("#found").startswith(f"{shown.count()} ")
    page.fill("#f-text", "")
    page.select_option("#f-status", "voldoet_niet")
    classes = page.eval_on_selector_all(".cell", "cells => cells.filter(c => c.offsetParent).map(c => c.className)")
    assert classes
    assert all("voldoet_niet" in name for name in classes)
    page.click("button[type=reset]")
    # the page's own policy forbids evaluated script, so the count is waited for by its text
    page.locator("#found", has_text=re.compile(f"^{everything} ")).wait_for()


def test_by_keyboard_only(page: Any) -> None:
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.norm"):
            break
    norm = page.evaluate("document.activeElement.dataset.norm")
    assert norm, "no control can be reached with Tab"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail-title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.norm") == norm, "the focus did not come back"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (tests/real/install.sh)")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("opened", ["overview", "detail"])
def test_without_obstacles(page: Any, theme: str, opened: str) -> None:
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    if opened == "detail":
        page.click('.cell[data-norm="8.13"]')
    page.evaluate(Path(AXE).read_text("utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    told = [(item["id"], [node["target"] for node in item["nodes"]][:3]) for item in found["violations"]]
    assert told == []
    assert found["passes"], "axe looked at nothing"
