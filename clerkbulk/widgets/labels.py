"""Labels: parameters in words, as a form calls them."""

from __future__ import annotations

from typing import Final

_LABELS: Final = {
    "email_address": "E-mail address",
    "redirect_url": "Redirect URL",
    "notify": "Send the mail",
    "expires_in_days": "Expires after (days)",
    "ignore_existing": "Ignore existing invitations",
    "template_slug": "Mail template",
    "inviter_user_id": "Inviter (user id)",
}


def label_of(parameter: str) -> str:
    """Return a parameter in words; a new one gets its own name."""
    return _LABELS.get(parameter, parameter.replace("_", " ").capitalize())
