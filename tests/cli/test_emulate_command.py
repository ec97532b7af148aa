"""clerkbulk emulate: the stand-in as a process, for tests in any language."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

KEY = "sk_test_fake"
CLERKBULK = [sys.executable, "-c", "from clerkbulk.cli import main; main()"]


@contextmanager
def emulating(*options: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the command, and give its address once it says that it is ready."""
    command = [*CLERKBULK, "emulate", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("clerkbulk emulator ready on http://127.0.0.1:")
            yield said.split()[-1], process
        finally:
            process.kill()


def ask(method: str, url: str, **more: Any) -> Any:
    return httpx.request(method, url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, **more).json()


def invite(url: str, *addresses: str) -> Any:
    return ask("POST", f"{url}/v1/invitations/bulk", json=[{"email_address": address} for address in addresses])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_cleanly_with_its_state_saved(tmp_path: Path, number: int) -> None:
    """Ctrl-C is the way to end it: exit 0, nothing on standard error, and the next one begins where it was."""
    state = tmp_path / "state.json"
    with emulating("--state", state) as (url, process):
        (made,) = invite(url, "ada@example.com")
        process.send_signal(number)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    with emulating("--state", state) as (url, _):
        (found,) = ask("GET", f"{url}/_emulator/state")["invitations"]
        assert found["id"] == made["id"]


def test_an_emulator_that_is_killed_has_saved_what_it_was_asked_before(tmp_path: Path) -> None:
    """A second or so after a change the state is on disk, with no clean end."""
    state = tmp_path / "state.json"
    with emulating("--state", state) as (url, process):
        (made,) = invite(url, "ada@example.com")
        deadline = time.monotonic() + 60
        while not state.exists() or made["id"] not in state.read_text():
            assert time.monotonic() < deadline, "the state was not saved"
            time.sleep(0.05)
        process.kill()
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    with emulating("--state", state) as (url, _):
        (found,) = ask("GET", f"{url}/_emulator/state")["invitations"]
        assert found["id"] == made["id"]


def test_limits_clock_settings_and_seed_are_options(tmp_path: Path) -> None:
    """A virtual clock stands still until it is moved; the settings say what they were set to."""
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"atomicity": "partial"}))
    with emulating("--limits", "off", "--clock", "virtual", "--settings", settings, "--seed", 7) as (url, _):
        about = ask("GET", f"{url}/_emulator/settings")
        assert (about["limits"], about["settings"]["atomicity"]) == ("off", "partial")
        before = ask("GET", f"{url}/_emulator/state")["now"]
        ask("POST", f"{url}/_emulator/clock", json={"advance_seconds": 3600})
        assert ask("GET", f"{url}/_emulator/state")["now"] == before + 3_600_000


def test_the_documented_limits_are_on_unless_switched_off() -> None:
    """The twenty-sixth bulk call of the hour is turned away."""
    with emulating() as (url, _):
        answers = [invite(url, f"p{n}@example.com") for n in range(26)]
    assert [isinstance(answer, list) for answer in answers] == [True] * 25 + [False]
    assert answers[25]["errors"][0]["code"] == "too_many_requests"


def test_what_was_found_live_is_answered_and_settings_have_the_last_word(tmp_path: Path) -> None:
    """A capability file sets the answers to open questions; a setting given beside it stands above it."""
    found, settings = tmp_path / "clerk.toml", tmp_path / "settings.json"
    table = 'answer = "{}"\nat = "2026-11-22T08:00:00Z"\ninstance = "ins_a"\napi_url = "https://api.clerk.com"\n'
    texts = [f"[{name}]\n{table.format(answer)}" for name, answer in (("window", "fixed"), ("stored_case", "as_sent"))]
    found.write_text("clerkbulk_capabilities = 1\n" + "".join(texts))
    settings.write_text(json.dumps({"stored_case": "lower"}))
    with emulating("--capabilities", found, "--settings", settings) as (url, _):
        answers = ask("GET", f"{url}/_emulator/settings")["settings"]
        assert (answers["window"], answers["stored_case"], answers["atomicity"]) == ("fixed", "lower", "all_or_nothing")


def test_a_port_that_is_taken_or_settings_that_are_none_are_exit_2(tmp_path: Path) -> None:
    """With a sentence."""
    (tmp_path / "bad.json").write_text("[]")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for options, words in (
            (["--port", str(taken.getsockname()[1])], "cannot be used"),
            (["--settings", str(tmp_path / "bad.json")], "must be one JSON object"),
        ):
            ended = subprocess.run([*CLERKBULK, "emulate", *options], capture_output=True, text=True, timeout=60)
            assert (ended.returncode, ended.stdout) == (2, "")
            assert words in ended.stderr
