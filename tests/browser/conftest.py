"""Real pages: one browser for a file of tests, one server of each kind for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# What comes from npm is installed in one place for all tests, and people on their way are made up in one.
sys.path.insert(0, str(Path(__file__).parents[1] / "referees"))
sys.path.insert(0, str(Path(__file__).parents[1] / "onboarding"))
sys.path.insert(0, str(Path(__file__).parents[1] / "widgets"))
pytest.importorskip("playwright", reason="pip install --group browser")

import npm_packages
from form import Watch
from fronts import FRONTS, App, Front, free_port, serving
from playwright.sync_api import Browser, Page, sync_playwright

import clerkbulk as cb

HOW_TO_GET_IT = "There is no browser: apt-get install chromium (on Debian)."
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was measured, wherever the tests ran."""
    passed = terminalreporter.getreports("passed")
    told = [text for report in passed for name, text in report.user_properties if name == "on a page"]
    if told:
        terminalreporter.section("Measured on pages")
        for text in told:
            terminalreporter.write_line(str(text))


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


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test has failed, so that its page can be photographed."""
    report = yield
    item.stash[_FAILED] = report.failed
    return report


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """Return a page. Afterwards no request of it has left the machine, and it has thrown nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch = Watch(page)
    yield page
    if request.node.stash.get(_FAILED, False):
        page.screenshot(path=tmp_path / "failed.png")
        where = f"what the page showed: {tmp_path / 'failed.png'}"
        request.node.add_report_section("teardown", "page", where)
    context.close()
    assert watch.outside == []
    assert watch.errors == []


@pytest.fixture(scope="session")
def axe() -> Path:
    """Return axe-core's program for a page. Machines without Node or a registry skip, CI fails."""
    give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    if not npm_packages.has_node():
        give_up(npm_packages.HOW_TO_GET_NODE)
    try:
        return npm_packages.installed() / "node_modules" / "axe-core" / "axe.min.js"
    except subprocess.SubprocessError as error:
        give_up(f"npm could not install {npm_packages.JS / 'package-lock.json'}: {error}")


@pytest.fixture(scope="session")
def emulator() -> Iterator[cb.Emulator]:
    """Return an emulator that no limit holds up."""
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def clerk(emulator: cb.Emulator) -> cb.Emulator:
    """Return the emulator as if it had just been started."""
    emulator.reset()
    return emulator


@pytest.fixture(scope="session")
def _fronts(tmp_path_factory: pytest.TempPathFactory, emulator: cb.Emulator) -> Iterator[dict[str, Front]]:
    class Started(dict[str, Front]):
        def __missing__(self, name: str) -> Front:
            front = FRONTS[name](tmp_path_factory.mktemp(name), free_port())
            if isinstance(front, App):
                front.clerk_url = emulator.url
            self[name] = stack.enter_context(serving(front))
            return front

    with ExitStack() as stack:
        yield Started()


@pytest.fixture
def front(request: pytest.FixtureRequest, _fronts: dict[str, Front]) -> Front:
    """Return a front by its name, started when it is first asked for."""
    return _fronts[request.param]
