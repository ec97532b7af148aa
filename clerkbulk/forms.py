"""The forms as users call them: ``cb.BulkInvite()`` with its dry run, which stands on the emulator."""

from __future__ import annotations

from typing import Any

from clerkbulk.widgets.bulk_invite import BulkInvite as _BulkInvite
from clerkbulk.widgets.invitation_form import InvitationForm


class BulkInvite(_BulkInvite):
    """From a file to everybody invited; see clerkbulk.widgets.bulk_invite. The dry run is clerkbulk.rehearse."""

    def __init__(self, *people: Any, **given: Any) -> None:
        from clerkbulk.rehearsal.rehearsing import rehearse

        super().__init__(*people, **{"rehearse": rehearse, **given})


__all__ = ["BulkInvite", "InvitationForm"]
