"""The forms as users call them: ``cb.BulkInvite()`` with its dry run, which stands on the emulator, and the others.

Raises ClerkbulkError where the extra ``notebook`` is not installed.
"""

from __future__ import annotations

from typing import Any

from clerkbulk.errors import ClerkbulkError

try:
    from clerkbulk.widgets.bulk_invite import BulkInvite as _BulkInvite
    from clerkbulk.widgets.invitation_form import InvitationForm
    from clerkbulk.widgets.onboarding_view import OnboardingView
except ModuleNotFoundError as missing:
    if str(missing.name).partition(".")[0] == "clerkbulk":
        raise
    _said = f"The forms need {missing.name}, which is not installed: pip install 'clerkbulk[notebook]'."
    raise ClerkbulkError(_said) from None


class BulkInvite(_BulkInvite):
    """From a file to everybody invited; see clerkbulk.widgets.bulk_invite. The dry run is clerkbulk.rehearse."""

    def __init__(self, *people: Any, **given: Any) -> None:
        from clerkbulk.rehearsal.rehearsing import rehearse

        super().__init__(*people, **{"rehearse": rehearse, **given})


__all__ = ["BulkInvite", "InvitationForm", "OnboardingView"]
