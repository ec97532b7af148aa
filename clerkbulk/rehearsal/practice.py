"""The emulator with a client plugged in: what notebooks, the demo and tests of whole jobs use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerkbulk.emulator.server import Emulator as _Emulator

if TYPE_CHECKING:
    from clerkbulk.sending.client import Client

PRACTICE_KEY = "sk_test_emulator"
"""The key its clients use; the emulator takes any key unless it is told which ones it knows."""


class Emulator(_Emulator):
    """Clerk's Backend API for invitations on a loopback port, and clients for it.

    ``with cb.Emulator() as clerk: job.run(clerk.client())``. With ``clock=VirtualClock(...)``, handed to the ledger
    too, the waits of a day pass at once.
    """

    @property
    def secret_key(self) -> str:
        """A key that opens it, for code that wants one."""
        return next(iter(self.backend.settings.secret_keys), PRACTICE_KEY)

    def client(self, secret_key: str | None = None) -> Client:
        """Return a client for this emulator."""
        from clerkbulk.sending.client import Client

        return Client(secret_key or self.secret_key, api_url=self.url, clock=self.clock)


__all__ = ["PRACTICE_KEY", "Emulator"]
