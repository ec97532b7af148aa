"""clerkbulk app: the forms as a page of their own, for whoever has its address and for nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from form import Form
from playwright.sync_api import Page, expect

CLERKBULK = [sys.executable, "-m", "clerkbulk", "app", "--no-browser"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Return the address that the command prints, and the process."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CLERK", "JUPYTER"))}
    command = [*CLERKBULK, "--ledger", str(tmp_path / "onboarding.db")]
    with subprocess.Popen(command, env=kept, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("clerkbulk app ready on http://127.0.0.1:")
            yield said.split()[-1], process
        finally:
            process.kill()


def children(process: subprocess.Popen[str]) -> list[int]:
    """Return the processes that a process has started."""
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return [int(line) for line in told.stdout.split()]


def ask(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=60, headers=headers)


def test_nobody_gets_the_page_or_a_kernel_without_the_token(started: tuple[str, subprocess.Popen[str]]) -> None:
    """Without it, with another one, or under another name than this machine's there is no page, and nothing starts."""
    address, process = started
    place = address.partition("/?token=")[0]
    for url in (place, f"{place}/?token=guessed", f"{place}/voila/render/forms.ipynb"):
        answer = ask(url)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (302, "/login")
    assert ask(address, host="clerkbulk.example.com").status_code == 403
    assert ask(f"{place}/api/kernels").status_code in {302, 403, 404}
    assert children(process) == []
    assert ask(address).status_code == 200
    assert len(children(process)) == 1


def test_the_page_shows_the_five_steps_and_the_address_loses_the_token(
    started: tuple[str, subprocess.Popen[str]], page: Page
) -> None:
    """A cookie stands for the token afterwards; a page that is closed or loaded again leaves no kernel behind."""
    address, process = started
    page.goto(address)
    Form(page).is_there().sees("Who is to be invited?")
    assert "token" not in page.url
    page.reload()
    Form(page).is_there()
    expect(page).to_have_title("clerkbulk")
    deadline = time.monotonic() + 30
    while len(children(process)) > 1:
        assert time.monotonic() < deadline, "the first page's kernel is still there"
        page.wait_for_timeout(100)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_and_its_kernels(started: tuple[str, subprocess.Popen[str]], number: int) -> None:
    """Exit 0, and nothing is left running."""
    address, process = started
    assert ask(address).status_code == 200
    (kernel,) = children(process)
    process.send_signal(number)
    assert process.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


def test_a_port_that_is_taken_is_exit_2(started: tuple[str, subprocess.Popen[str]]) -> None:
    """With a sentence."""
    port = started[0].partition("/?")[0].rpartition(":")[2]
    done = subprocess.run([*CLERKBULK, "--port", port], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be used" in done.stderr
    assert "--port" in done.stderr
