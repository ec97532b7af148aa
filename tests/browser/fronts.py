"""Fronts: the programs in which a form is shown, each as a server of its own on loopback, in folders of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from form import PATIENCE, Form
from playwright.sync_api import Error, Page

import clerkbulk

BIN = Path(sys.executable).parent
APP = Path(clerkbulk.__file__).parent / "widgets" / "app"
_JUPYTER = (
    "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly",
)  # fmt: skip


class Front:
    """A server, and how a cell of Python comes to be shown by it."""

    name = ""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.work = folder / "work"
        self.work.mkdir()
        self._number = 0

    def command(self) -> Sequence[str]:
        """Return what starts the server."""
        raise TypeError(f"{type(self).__name__} has no command")

    def show(self, page: Page, cell: str) -> Form:
        """Run a cell whose last line is a form; return the form once it is there."""
        raise TypeError(f"{type(self).__name__} shows nothing")

    def come_back(self, page: Page) -> Form:
        """Load the page again, as somebody who had closed it."""
        page.reload()
        return Form(page).is_there()

    def _notebook(self, cell: str) -> Path:
        self._number += 1
        path = self.work / f"{self.name}-{self._number}.ipynb"
        one = {"cell_type": "code", "id": "one", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        about = {"cells": [one], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(about))
        return path

    def environment(self) -> dict[str, str]:
        """Return an environment without anybody's settings: each front has folders of its own."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("JUPYTER", "CLERK", "VOILA"))}
        places = {
            "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "XDG_CONFIG_HOME": "xdg", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state",
        }  # fmt: skip
        for place in places.values():
            (self.folder / place).mkdir(exist_ok=True)
        own = {name: str(self.folder / place) for name, place in places.items()}
        return {**kept, **own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


class Lab(Front):
    """JupyterLab 4."""

    name = "lab"

    def command(self) -> Sequence[str]:
        """Return what starts the server, with widget state saved and no news asked for."""
        self.set_up()
        return [str(BIN / "jupyter"), self.name, *_JUPYTER, f"--ServerApp.port={self.port}",
                f"--ServerApp.root_dir={self.work}"]  # fmt: skip

    def set_up(self) -> None:
        """Write the settings: no news, and the state of widgets saved with the notebook."""
        self.environment()
        config = self.folder / "config" / "labconfig"
        config.mkdir()
        news = "@jupyterlab/apputils-extension:announcements"
        (config / "page_config.json").write_text(json.dumps({"disabledExtensions": {news: True}}))
        self.setting("@jupyter-widgets/jupyterlab-manager", "plugin", {"saveState": True})

    def setting(self, extension: str, name: str, value: object) -> None:
        """Write a setting of an extension; pages that are loaded from now on have it."""
        place = self.folder / "settings" / extension
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.jupyterlab-settings").write_text(json.dumps(value))

    def theme(self, *, dark: bool) -> None:
        """Choose the colours of pages that are loaded from now on."""
        self.setting("@jupyterlab/apputils-extension", "themes", {"theme": f"JupyterLab {'Dark' if dark else 'Light'}"})

    def page_of(self, notebook: Path) -> str:
        """Return the address of a notebook's page, in a workspace of its own: no other notebook is open there."""
        return f"{self.url}/lab/workspaces/{notebook.stem}/tree/{notebook.name}"

    def show(self, page: Page, cell: str) -> Form:
        """Open a notebook with the cell and run it."""
        self.path = self._notebook(cell)
        page.goto(self.page_of(self.path))
        self.run(page)
        return Form(page).is_there()

    def run(self, page: Page) -> None:
        """Run all cells. A page that has only just found its kernel lets that pass, as its prompt shows: once more."""
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=2 * PATIENCE)
        with suppress(Error):
            page.locator("[data-status=idle]").first.wait_for(timeout=PATIENCE)
        taken = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*\d]+\]")).first
        for _ in range(12):
            with suppress(Error):
                if page.locator(".jp-Dialog").count():  # asks for a kernel where the page has none yet
                    page.keyboard.press("Enter")
                page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click(timeout=4000)
                page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click(timeout=4000)
                taken.wait_for(timeout=1500)
                page.locator(".jp-OutputArea-output").first.wait_for(timeout=4000)
                return

    def come_back(self, page: Page) -> Form:
        """Load the page again and run the cell again: the notebook was not saved."""
        page.reload()
        self.run(page)
        return Form(page).is_there()

    def save(self, page: Page) -> str:
        """Save the notebook; return the file's text once it holds the state of widgets."""
        page.locator(".lm-MenuBar-itemLabel", has_text="File").first.click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Save Notebook", exact=True).click()
        deadline = time.monotonic() + PATIENCE / 1000
        while "widget-state+json" not in self.path.read_text():
            assert time.monotonic() < deadline, "no widget state was saved"
            page.wait_for_timeout(100)
        return self.path.read_text()


class Notebook(Lab):
    """Jupyter Notebook 7."""

    name = "notebook"

    def page_of(self, notebook: Path) -> str:
        """Return the address of a notebook's page."""
        return f"{self.url}/notebooks/{notebook.name}"


class Voila(Front):
    """Voila, with the template that ``clerkbulk app`` uses."""

    name = "voila"
    colours = "light"

    def theme(self, *, dark: bool) -> None:
        """Choose the colours of pages that are loaded from now on."""
        self.colours = "dark" if dark else "light"

    def command(self) -> Sequence[str]:
        """Return what starts the server."""
        return [str(BIN / "voila"), str(self.work), "--no-browser", f"--port={self.port}", "--Voila.ip=127.0.0.1",
                "--template=offline"]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Return an environment in which Voila finds the template."""
        return {**super().environment(), "JUPYTER_PATH": str(APP)}

    def show(self, page: Page, cell: str) -> Form:
        """Open a page that has the cell."""
        page.goto(f"{self.url}/voila/render/{self._notebook(cell).name}?theme={self.colours}", timeout=2 * PATIENCE)
        return Form(page).is_there()


class Marimo(Front):
    """marimo, which runs a program of cells as a page."""

    name = "marimo"

    def command(self) -> Sequence[str]:
        """Return what starts the server, for all programs in the folder."""
        self.program = self.work / "page.py"
        self._write("'nothing yet'")
        return [str(BIN / "marimo"), "run", str(self.program), "--headless", "--host=127.0.0.1", f"--port={self.port}",
                "--no-token"]  # fmt: skip

    def show(self, page: Page, cell: str) -> Form:
        """Put the cell into the program, and open its page."""
        *before, last = cell.strip().splitlines()
        self._write("\n".join(["import marimo as mo", *before, f"mo.ui.anywidget({last})"]))
        page.goto(self.url, timeout=2 * PATIENCE)
        return Form(page).is_there()

    def _write(self, cell: str) -> None:
        body = "\n".join(f"    {line}" for line in cell.splitlines())
        head = "import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n"
        self.program.write_text(f'{head}{body}\n    return\n\n\nif __name__ == "__main__":\n    app.run()\n')


class App(Front):
    """``clerkbulk app`` itself: it shows its own form, whatever the cell says."""

    name = "app"
    TOKEN = "not-a-secret"
    clerk_url = ""

    def command(self) -> Sequence[str]:
        """Return what starts it."""
        return [sys.executable, "-m", "clerkbulk", "app", "--no-browser", f"--port={self.port}", "--token", self.TOKEN,
                "--ledger", str(self.folder / "onboarding.db")]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Return an environment that says where the emulator is."""
        return {**super().environment(), "CLERK_API_URL": self.clerk_url}

    def show(self, page: Page, cell: str) -> Form:
        """Open the address that it prints."""
        page.goto(f"{self.url}/?token={self.TOKEN}", timeout=2 * PATIENCE)
        return Form(page).is_there()


FRONTS: dict[str, type[Front]] = {front.name: front for front in (Lab, Notebook, Voila, App, Marimo)}


@contextmanager
def serving(front: Front) -> Iterator[Front]:
    """Start a front's server, wait until it answers, and end it and all that it started."""
    log = front.folder / "server.log"
    environment = front.environment()
    command = front.command()
    with log.open("w") as said, subprocess.Popen(
        command, env=environment, cwd=front.work, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + 90
            while not _answers(front.url):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield front
        finally:
            end(process)


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a server as Ctrl-C does, then with more and more force; also whatever it had started."""
    for number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 15)):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    assert urlsplit(url).hostname == "127.0.0.1"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
