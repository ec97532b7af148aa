"""The page docs/emulator-from-any-language.md is true: its blocks are run in a shell, and print what it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import clerkbulk as cb

PAGE = Path(__file__).parents[2] / "docs" / "emulator-from-any-language.md"
HOW_TO_GET_CURL = "bash and curl (7.84 or newer) are needed; on Debian: apt-get install curl."
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_A_TIME = range(10**12, 10**13)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands, and the block behind it that shows what they print: its kind is text, json, or nothing."""

    commands: str
    kind: str
    shown: str


def steps(page: str) -> list[Step]:
    """Return what the page does and shows, in order; blocks in other languages are not for the shell."""
    blocks = _FENCE.findall(page)
    found = []
    for place, (kind, text) in enumerate(blocks):
        if kind == "sh":
            after, shown = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
            found.append(Step(text, *((after, shown) if after in {"text", "json"} else ("", ""))))
    return found


def fits(shown: Any, given: Any) -> bool:
    """Whether what came has at least what is shown: … is any text, a time is any time, other values are themselves."""
    if isinstance(shown, dict):
        return isinstance(given, dict) and all(name in given and fits(shown[name], given[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(given, list) and len(shown) == len(given) and all(map(fits, shown, given))
    if isinstance(shown, str) and isinstance(given, str):
        return re.fullmatch(re.escape(shown).replace("…", ".*"), given, re.DOTALL) is not None
    if type(shown) is int and type(given) is int and shown in _A_TIME:
        return given in _A_TIME
    return type(shown) is type(given) and bool(shown == given)


@pytest.mark.parametrize(
    ("shown", "given", "verdict"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": True}, False),
        ([{"id": "inv_…"}], [{"id": "inv_2abc"}], True),
        ([{"id": "inv_…"}], [{"id": "orginv_2abc"}], False),
        ([], [1], False),
        ({"now": 1800014400000}, {"now": 1795322519311}, True),
        ({"now": 1800014400000}, {"now": 1795322519}, False),
        ({"status": 200}, {"status": 400}, False),
    ],
)
def test_shown_and_given_are_compared(shown: Any, given: Any, verdict: bool) -> None:
    """The comparison forgives keys that are not shown, ids and times, and nothing else."""
    assert fits(shown, given) is verdict


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    """Every block of the page, in order, in one shell, against a fresh emulator."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HOW_TO_GET_CURL)
    told = steps(PAGE.read_text(encoding="utf-8").replace("4010", str(free_port())))
    said = run([step.commands for step in told], tmp_path)
    assert len(told) >= 20
    for step, printed in zip(told, said, strict=True):
        if step.kind == "json":
            assert fits(json.loads(step.shown), json.loads(printed)), f"{step.commands}\n{printed}"
        else:
            lines = [" ".join(line.split()) for line in printed.splitlines()]
            assert lines == step.shown.splitlines(), step.commands


@pytest.mark.parametrize("language", ["js", "python"])
def test_the_lines_for_the_sdks_work(language: str, from_npm: Path, emulator: cb.Emulator) -> None:
    """The page's lines for the JavaScript and the Python SDK invite Ada, as they stand."""
    ((_, lines),) = [block for block in _FENCE.findall(PAGE.read_text(encoding="utf-8")) if block[0] == language]
    lines = lines.replace("http://127.0.0.1:4010", emulator.url)
    program = ["node", "--input-type=module", "--eval"] if language == "js" else [sys.executable, "-c"]
    done = subprocess.run([*program, lines], cwd=from_npm, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["email_address"] for one in emulator.state()["invitations"]] == ["ada@example.com"]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def run(blocks: list[str], folder: Path) -> list[str]:
    """Run blocks of commands in one shell that stops at the first failure; return what each has printed."""
    mark = "=== next block ==="
    script = "set -euo pipefail\n" + f"echo '{mark}'\n".join(blocks)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    # A group of its own: an emulator that the page has started does not outlive a page that fails.
    shell = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = shell.communicate(timeout=120)
    finally:
        if shell.returncode != 0:
            os.killpg(shell.pid, signal.SIGKILL)
    assert (shell.returncode, err) == (0, ""), out
    return out.split(f"{mark}\n")
