"""clerkbulk contract --target live, ended from outside: whatever ends it, what it has made is revoked first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import clerkbulk as cb

KEY = "sk_test_fake"
COMMAND = [sys.executable, "-c", "from clerkbulk.cli import main; main()", "contract", "--target", "live"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_was_made_is_revoked_before_the_command_ends(number: int) -> None:
    """Ctrl-C, a CI job that is cancelled, a terminal that is closed: nothing stays pending, and the status is 3."""
    with cb.Emulator() as clerk:
        # Between the creating call and its revocation, for as long as it takes to be ended there.
        clerk.faults([{"method": "GET", "path": "/v1/invitations", "do": "delay", "seconds": 60}])
        environment = {**os.environ, "CLERK_SECRET_KEY": KEY, "CLERK_API_URL": clerk.url}
        process = subprocess.Popen(
            [*COMMAND, "--case", "application-bulk-ten"], env=environment, stderr=subprocess.PIPE, text=True
        )
        try:
            deadline = time.monotonic() + 60
            while clerk.faults_now()["faults"] and time.monotonic() < deadline:
                time.sleep(0.01)
            assert {one["status"] for one in clerk.state()["invitations"]} == {"pending"}
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
        assert (process.returncode, errors.strip()) == (3, "Stopped.")
        assert {one["status"] for one in clerk.state()["invitations"]} == {"revoked"}
