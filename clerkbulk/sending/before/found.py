"""Found: what live runs have found out of Clerk's hours, held against what a plan assumes.

A plan assumes the strictest answer to each question (budget.py), so that it is right under all of them. What was found
is said beside it; it changes the plan only where that saves time and risks nothing: an hour of its own for each
organization, and only in the very instance of which that was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clerkbulk.contract.capability import Capabilities, Finding
from clerkbulk.contract.target import Organization, Target

_SAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "window": {
        "sliding": "the hour slides, as the plan assumes",
        "fixed": "the hour starts anew at fixed times; the plan keeps to a sliding one, which is stricter",
    },
    "refused_calls_count": {
        "yes": "refused calls use up the hour, a 429 too, as the plan assumes",
        "only_4xx": "refused calls use up the hour, but no 429; the plan counts every call, which is stricter",
        "no": "refused calls do not use up the hour; the plan counts every call, which is stricter",
    },
    "hourly_scope": {
        "instance": "all organizations share one hour, as the plan assumes",
        "organization": "each organization has an hour of its own",
    },
}


def found_limits(target: Target, capabilities: Capabilities, instance: str | None = None) -> list[str]:
    """Say what was found of the hour, a sentence each: in the instance, or where that is not known, in any.

    Where another instance has answered otherwise, that is said too.
    """
    said = []
    for question, meanings in _SAYS.items():
        found = capabilities.of(question, instance)
        if found is None or (question == "hourly_scope" and not isinstance(target, Organization)):
            continue
        others = [one for one in capabilities.others(found) if one.answer != found.answer]
        beside = "".join(f" In {one.instance} it was {_plain(one)}, on {one.at[:10]}." for one in others)
        said.append(f"Found on {found.at[:10]} in {found.instance}: {meanings[str(found.answer)]}.{beside}")
    return said


def has_own_hour(target: Target, capabilities: Capabilities, instance: str) -> bool:
    """Whether calls to a target's organization leave the hour of other organizations alone, as found in an instance."""
    found = capabilities.of("hourly_scope", instance)
    return isinstance(target, Organization) and found is not None and found.answer == "organization"


def _plain(finding: Finding) -> str:
    return str(finding.answer).replace("_", " ")
