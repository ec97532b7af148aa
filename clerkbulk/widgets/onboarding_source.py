"""OnboardingSource: where onboarding is told from: a ledger, everything at Clerk, or what was told already."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from clerkbulk.contract.target import Target
from clerkbulk.sending.client import Client
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.progress import Stop

if TYPE_CHECKING:
    from clerkbulk.onboarding.looking.look import Looked
    from clerkbulk.onboarding.onboarding import Onboarding

Where = Ledger | str | os.PathLike[str]


@dataclass
class OnboardingSource:
    """A ledger (or the way to one), or None for everything at Clerk; the rest as cb.onboarding takes it."""

    ledger: Where | None
    job: str | None = None
    target: Target | None = None
    zone: str | tzinfo = "UTC"
    share: float = 0.5

    @property
    def is_there(self) -> bool:
        """Whether there is a ledger to tell from without looking at Clerk. A file that is not there is not made."""
        where = self.ledger
        if where is None or isinstance(where, Ledger):
            return where is not None
        return "://" in str(where) or Path(where).exists()

    def tell(
        self,
        client: Client | None = None,
        progress: Callable[[Looked], None] | None = None,
        stop: Stop | None = None,
    ) -> Onboarding:
        """Return how onboarding goes; look at Clerk first if there is a client. Raises what cb.onboarding raises."""
        from clerkbulk.onboarding.opening import onboarding

        if self.ledger is not None and not isinstance(self.ledger, Ledger):
            self.ledger = Ledger(self.ledger)
        return onboarding(
            self.ledger, client, job=self.job, target=self.target, zone=self.zone, progress=progress, stop=stop,
            share=self.share,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<OnboardingSource: {'Clerk' if self.ledger is None else self.ledger!r}>"
