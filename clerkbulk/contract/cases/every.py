"""Every case, in the order in which they are run and shown."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases import (
    application,
    inputs,
    organization,
    questions,
    refusals,
    staged,
    states,
    throttling,
)
from clerkbulk.contract.cases.case import Case

CASES: Final[tuple[Case, ...]] = (
    *application.CASES,
    *organization.CASES,
    *refusals.CASES,
    *inputs.CASES,
    *states.CASES,
    *throttling.CASES,
    *questions.CASES,
    *staged.CASES,
)
