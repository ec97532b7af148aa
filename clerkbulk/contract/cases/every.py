"""Every case, in the order in which they are run and shown."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases import creating
from clerkbulk.contract.cases.case import Case

CASES: Final[tuple[Case, ...]] = (*creating.CASES,)
