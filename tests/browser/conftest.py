"""Real pages: one browser for a file of tests, one server of each kind for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="pip install --group browser")

from form import Watch
from fronts import FRONTS, Front, free_port, serving
from playwright.sync_api import Browser, Page, sync_playwright

HOW_TO_GET_IT = "There is no browser: apt-get install chromium (on Debian)."
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests of one front run in one process, so that its server is started once."""
    for item in items:
        if "browser" in item.path.parts:
            named = getattr(item, "callspec", None)
            front = named.params.get("front", "app") if named else "app"
            item.add_marker(pytest.mark.xdist_group(f"browser-{front}"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium. For one file only: while it is open, this process can run no event loop of its own."""
    program = shutil.which("chromium")
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page. Afterwards no request of it has left the machine, and it has thrown nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch = Watch(page)
    yield page
    context.close()
    assert watch.outside == []
    assert watch.errors == []


@pytest.fixture(scope="session")
def _fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    from contextlib import ExitStack

    class Started(dict[str, Front]):
        def __missing__(self, name: str) -> Front:
            front = FRONTS[name](tmp_path_factory.mktemp(name), free_port())
            self[name] = stack.enter_context(serving(front))
            return front

    with ExitStack() as stack:
        yield Started()


@pytest.fixture
def front(request: pytest.FixtureRequest, _fronts: dict[str, Front]) -> Front:
    """Return a front by its name, started when it is first asked for."""
    return _fronts[request.param]
