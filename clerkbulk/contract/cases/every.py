"""Every case, in the order in which they are run and shown."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases import (
    application,
    door,
    ending,
    envelope,
    inputs,
    lists,
    neighbours,
    organization,
    organization_lists,
    questions,
    refusals,
    revoking,
    staged,
    states,
    throttling,
)
from clerkbulk.contract.cases.case import Case

CASES: Final[tuple[Case, ...]] = (
    *application.CASES,
    *organization.CASES,
    # Before what is better known: a live instance grants a run only so many calls, and they are what it is for.
    *questions.CASES,
    *staged.CASES,
    *refusals.CASES,
    *states.CASES,
    *throttling.CASES,
    *lists.CASES,
    *organization_lists.CASES,
    *revoking.CASES,
    *ending.CASES,
    *neighbours.CASES,
    *door.CASES,
    *envelope.CASES,
    # Many, each a call that is only refused: they are what a run may best do without.
    *inputs.CASES,
)
