"""The same workbook as a page under Voilà: nothing without the token, nothing from the internet."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, expect

from tests.widgets.conftest import PATIENCE, Desk, Served


def test_without_the_token_nothing_is_shown(app: Served, chromium: Browser) -> None:
    page = chromium.new_page()
    for address in (app.base, f"{app.base}/?token=wrong", f"{app.base}/voila/files/what_if.ipynb"):
        page.goto(address)
        assert "login" in page.url or page.locator("body").inner_text().strip().startswith(("403", "404"))
        assert "规划" not in page.content()
    page.close()


def test_the_page_appears_without_a_network_and_works(app: Served, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    outside: list[str] = []

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page.route("**/*", only_here)
    page.goto(app.url)
    desk = Desk(page, app.project)
    expect(desk.drawing).to_be_visible()
    desk.nudge("各档处室系数 A档", "ArrowRight", 2)
    desk.shows({"tiers.coefficients": {"A": 1.3, "B": 1.0, "C": 0.8}})
    assert not outside
    page.close()
