"""Opening a ledger that must exist already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger


def open_ledger(where: str) -> Ledger:
    """Open a ledger to go on with or look at. Raises LedgerError when there is none: a mistyped name makes no file."""
    from clerkbulk.sending.database import require_there
    from clerkbulk.sending.ledger import Ledger

    require_there(where)
    return Ledger(where)
