"""ControlError: what somebody asked of the control door cannot be done."""

from __future__ import annotations

from clerkbulk.errors import InputError


class ControlError(InputError):
    """A request at the control door, or the Python method of the same name, is wrong; the message says how."""
