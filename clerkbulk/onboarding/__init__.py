"""Who has onboarded: looks at Clerk kept over days, one journey a person, and numbers, plots and a report of them.

The room is called as its function, ``cb.onboarding(ledger, client)``: Python puts a package that was imported in the
place of whatever its parent had under that name, so the package itself can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding


class _Room(ModuleType):
    def __call__(self, *given: Any, **named: Any) -> Onboarding:
        """See clerkbulk.onboarding.opening.onboarding."""
        from clerkbulk.onboarding.opening import onboarding

        return onboarding(*given, **named)


sys.modules[__name__].__class__ = _Room
