"""What the tests of living people stand on: an emulator on a virtual clock, people in it, calls that invite them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.instance import Settings
from clerkbulk.rehearsal import Life, Temper, Truth

NOON = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC: the time every test's clock begins at."""
DAY = 86_400.0
KEY = "sk_test_fake"
ACME = "org_acme"


def names(number: int) -> list[str]:
    """Return so many addresses."""
    return [f"p{place}@example.com" for place in range(1, number + 1)]


class Town:
    """People of one temper, or of several by group; settings are the instance's."""

    def __init__(
        self, people: Mapping[str, str] | int, *, seed: int = 7, limits: str = "off",
        tempers: Mapping[str, Temper] | None = None, temper: Temper | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.clock = VirtualClock(NOON)
        self.backend = Backend(limits=limits, clock=self.clock, settings=Settings(**settings))
        self.backend.seed({"organizations": [{"id": ACME, "name": "Acme"}]})
        self.people = dict.fromkeys(names(people), "all") if isinstance(people, int) else dict(people)
        self.life = Life(self.backend, self.people, tempers or {"all": temper or Temper(0.7)}, seed=seed)

    def ask(self, method: str, path: str, document: Any = None) -> Any:
        """Make a call with a key."""
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        response = self.backend.answer(Request.to(method, path, headers, body))
        assert response.status == 200, response.body
        return response.document()

    def invite(self, addresses: Iterable[str], organization: bool = False, **parameters: Any) -> None:
        """Invite in calls of ten."""
        path, more = "/v1/invitations/bulk", parameters
        if organization:
            path, more = f"/v1/organizations/{ACME}/invitations/bulk", {"role": "org:member", **parameters}
        items = [{"email_address": address, **more} for address in addresses]
        for first in range(0, len(items), 10):
            self.ask("POST", path, items[first : first + 10])

    def remind(self, **parameters: Any) -> None:
        """Revoke and invite again everybody whose invitation to the application is pending."""
        pending = [one for one in self.backend.state()["invitations"] if one["status"] == "pending"]
        for one in pending:
            self.ask("POST", f"/v1/invitations/{one['id']}/revoke")
        self.invite([one["email_address"] for one in pending], **parameters)

    def live(self, days: float) -> tuple[Truth, ...]:
        """Let life go on until so many days after the beginning; return the truth."""
        self.life.live(until=datetime.fromtimestamp(NOON + days * DAY, UTC))
        return self.life.truth()
