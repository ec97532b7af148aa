"""Desk: the step that sends, over a table, an emulator and a ledger; its buttons are pressed as a person does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from seeing import press, sees

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.sending.job import Job
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.send_step import SendPart

LIVE = "sk_live_fakeplanted"
TEST = "sk_test_fakeplanted"


def people(number: int) -> str:
    return "email_address\n" + "".join(f"p{place}@example.com\n" for place in range(1, number + 1))


class Desk:
    """A send step over a table, an emulator and a ledger; what it starts is ended with the test."""

    def __init__(
        self, clerk: cb.Emulator, folder: Path, people: str, target: Target | None = None, **given: Any
    ) -> None:
        self.clerk, self.where = clerk, folder / "onboarding.db"
        self.started: list[Job] = []
        self.draft = Draft(target)
        self.draft.take(people)
        key = given.pop("key", TEST)
        access = Access(environ={"CLERK_SECRET_KEY": key, "CLERK_API_URL": clerk.url})
        self.part = SendPart(
            self.draft, access, str(self.where), on_started=self.started.append, limits="off", **given
        )  # fmt: skip
        self.part.errands.wait()

    def hear(self, name: str, value: Any = True) -> None:
        self.part.hear(name, value)
        self.part.errands.wait()

    def press(self, label: str) -> None:
        press(self.part, label)
        self.part.errands.wait()

    def see(self, text: str) -> bool:
        return sees(self.part, text)

    def invited(self) -> Counter[str]:
        state = self.clerk.state()
        return Counter(one["email_address"] for one in state["invitations"] + state["organization_invitations"])

    def posts(self) -> int:
        return sum(call["method"] == "POST" for call in self.clerk.calls())

    def to_the_end(self) -> None:
        for job in self.started:
            for _ in job.watch(poll=0.05):
                pass
