"""The dashboard in a real browser: every view clicked through, by mouse and by keyboard, without an error, a request or an
obstacle that axe-core finds, in light and dark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.installation import Installation
from reports.registry import make
from tests.real.servers import TOOLS
from warehouse.reading.read import Published

BROWSER, AXE = shutil.which("chromium"), TOOLS / "axe" / "axe.min.js"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="chromium is not installed (tests/real/install.sh)"),
]


EVIL = '</script><img src=x onerror="document.title=1"><b>vet</b>'


def _with_a_past(copy: duckdb.DuckDBPyConnection, original: Path) -> None:
    """A copy of the published file with a run before it in which 5.1 had another status, and tickets with a wicked title."""
    copy.execute(f"ATTACH '{original}' AS real (READ_ONLY)")
    copy.execute("COPY FROM DATABASE real TO copy")
    copy.execute("DETACH real")
    copy.execute("UPDATE ops.run SET run_no = 2")
    copy.execute(
        "INSERT INTO ops.run BY NAME SELECT * REPLACE (1 AS run_no, 'vroeger' AS run_id, as_of - 40 AS as_of) FROM ops.run"
    )
    for table in ("control_status", "principle_status"):
        copy.execute(f"UPDATE assess.{table} SET from_run_no = 1")
    copy.execute("UPDATE assess.control_status SET from_run_no = 2 WHERE norm_id = '5.1'")
    copy.execute(
        "INSERT INTO assess.control_status BY NAME SELECT * REPLACE (1 AS from_run_no, 2 AS until_run_no, "
        "'geen_bewijs' AS status) FROM assess.control_status WHERE norm_id = '5.1'"
    )
    copy.execute("UPDATE evidence.ticket SET title = ?", [EVIL])


@pytest.fixture(scope="module")
def page(example: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The dashboard of the example, open; it fails when the page complained or asked for anything."""
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("dashboard")
    with duckdb.connect(str(folder / "copy.duckdb")) as copy:
        _with_a_past(copy, example.state.published)
        with Published(example.state, copy) as published:
            (file,) = make("dashboard", published, "voorbeeld", folder)
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
        assert set(asked) == {file.as_uri()}
        browser.close()


@pytest.fixture(autouse=True)
def fresh(page: Any) -> None:
    page.evaluate("document.getElementById('detail').close()")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("button[type=reset]")
    page.click("#v-map")
    page.evaluate("delete document.documentElement.dataset.theme; scrollTo(0, 0)")


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
    assert page.url.rpartition("#")[2].startswith("norm=")
    page.click("#back")
    assert page.locator("#detail-title").inner_text().startswith("1 ")
    assert not page.locator("#back").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("!location.hash")  # a dialog tells that it closed a moment later


def test_an_address_leads_to_the_norm(page: Any) -> None:
    page.evaluate("location.hash = 'norm=8.13'")
    page.locator("#detail-title", has_text="8.13").wait_for()
    assert "opzet:" in page.inner_text("#detail .aspects")


def test_a_wicked_title_is_text(page: Any) -> None:
    title = page.title()
    page.fill("#f-text", "tickets.json")
    page.locator(".cell:visible").first.click()
    assert page.locator("#detail-body").inner_text().count("<img src=x") >= 1
    assert page.locator("img, #detail b").count() == 0
    assert page.title() == title


def test_as_a_list(page: Any) -> None:
    page.click("#v-list")
    assert page.locator("#list tbody tr").count() >= 93
    assert not page.locator("#map").is_visible()
    page.select_option("#f-theme", "people")
    assert page.locator("#list tbody tr").count() == 8
    page.locator("#list .link").first.click()
    assert page.locator("#detail-title").inner_text().startswith("6.1 ")
    page.keyboard.press("Escape")
    page.fill("#f-text", "dit staat nergens")
    assert page.inner_text("#list") == "Niets gevonden. Wis een filter."


def test_the_calendar_opens_and_follows_the_filters(page: Any) -> None:
    total = sum(int(text) for text in page.locator("details .count").all_inner_texts())
    assert total > 0
    last = page.locator("[data-month]").count() - 1
    page.click(f'[data-month="{last}"]')
    assert page.locator(f"#month-{last}").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    owner = page.locator("#f-owner option").nth(1).inner_text()
    page.select_option("#f-owner", owner)
    assert sum(int(text) for text in page.locator("details .count").all_inner_texts()) < total


def test_the_trend_and_what_changed(page: Any) -> None:
    assert page.locator("figure .columns").count() == 2
    assert "5.1 " in page.inner_text(".changes")
    page.locator("summary", has_text="De cijfers per run").click()
    assert page.locator("details table", has_text="Run").locator("tbody tr").count() == 2


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_sticks_out_on_a_narrow_screen(page: Any, width: int) -> None:
    """WCAG 2.2, 1.4.10: without scrolling in two directions, down to 320 pixels."""
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click('.cell[data-norm="8.13"]')
    assert (
        page.evaluate("document.getElementById('detail').scrollWidth - document.getElementById('detail').clientWidth")
        <= 0
    )


def test_on_paper_it_is_light_and_everything_is_open(page: Any) -> None:
    page.click("#theme")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('main > section')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert not page.locator("form").is_visible()
    assert page.locator("#list tbody tr").count() >= 93
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
    page.click("#theme")


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
    page.focus("[data-principle='0']")
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.norm"):
            break
    page.keyboard.press("Enter")
    assert page.locator("#detail .measure").count() >= 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#detail-title").inner_text().startswith("1 "), "Back is the first stop in the detail"
    page.keyboard.press("Escape")
    page.focus("#f-text")
    page.keyboard.type("5.1")
    assert 0 < page.locator(".cell:visible").count() < 93
    page.focus("[data-month='1']")
    page.keyboard.press("Enter")
    assert page.locator("#month-1").get_attribute("open") is not None


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (tests/real/install.sh)")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("opened", ["overview", "list", "detail", "principle"])
def test_without_obstacles(page: Any, theme: str, opened: str) -> None:
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    if opened == "list":
        page.click("#v-list")
    elif opened != "overview":
        page.click('.cell[data-norm="8.13"]' if opened == "detail" else "[data-principle='0']")
    page.evaluate(Path(AXE).read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    told = [(item["id"], [node["target"] for node in item["nodes"]][:3]) for item in found["violations"]]
    assert told == []
    assert found["passes"], "axe looked at nothing"
