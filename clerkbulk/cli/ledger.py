"""Opening a ledger that must exist already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clerkbulk.errors import LedgerError

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger


def open_ledger(where: str) -> Ledger:
    """Open a ledger to go on with or look at. Raises LedgerError when there is none: a mistyped name makes no file."""
    from clerkbulk.sending.ledger import Ledger

    if "://" not in where and not Path(where).exists():
        raise LedgerError(f"There is no ledger {where}: clerkbulk send PEOPLE --ledger {where} makes one.")
    return Ledger(where)
