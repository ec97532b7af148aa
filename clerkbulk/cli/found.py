"""What live runs have found, as the commands that plan and send take it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.contract.capability import Capabilities
    from clerkbulk.sending.before.pace import Pace
    from clerkbulk.sending.job import Job


def read_found(file: str | None) -> Capabilities:
    """Return what a capability file holds, nothing without one. Raises InputError."""
    from clerkbulk.contract.capability import Capabilities

    if file is None:
        return Capabilities()
    from clerkbulk.suite.capabilities import read_capabilities

    return read_capabilities(file)


def paced_by(found: Capabilities, job: Job, instance: str, pace: Pace | None) -> Pace | None:
    """Say what was found of the instance's hour, and return the pace under it; None: the job's own will do."""
    from clerkbulk.sending.before.found import found_limits, has_own_hour

    sentences = found_limits(job.target, found, instance)
    for sentence in sentences or [f"Nothing was found of the hour of {instance}: what is documented is kept to."]:
        say(sentence, err=True)
    own, base = has_own_hour(job.target, found, instance), pace or job.timetable().pace
    return pace if base.own_hour is own else replace(base, own_hour=own)
