"""What live runs have found of the hour, said beside the plan that assumes the strictest answer."""

from __future__ import annotations

import pytest

from clerkbulk.contract.capability import Capabilities, Finding
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.contract.unknown import unknown
from clerkbulk.sending.before.found import found_limits, has_own_hour

ACME = Organization("org_acme")
URL = "https://api.clerk.com"


def _found(*findings: tuple[str, str, str]) -> Capabilities:
    return Capabilities().with_findings(
        Finding(question, answer, f"2026-11-{22 + at}T08:00:00Z", instance, URL)
        for at, (question, answer, instance) in enumerate(findings)
    )


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("window", "sliding", "the hour slides, as the plan assumes."),
        (
            "window",
            "fixed",
            "the hour starts anew at fixed times; the plan keeps to a sliding one, which is stricter.",
        ),
        ("refused_calls_count", "yes", "refused calls use up the hour, a 429 too, as the plan assumes."),
        (
            "refused_calls_count",
            "only_4xx",
            "refused calls use up the hour, but no 429; the plan counts every call, which is stricter.",
        ),
        (
            "refused_calls_count",
            "no",
            "refused calls do not use up the hour; the plan counts every call, which is stricter.",
        ),
        ("hourly_scope", "instance", "all organizations share one hour, as the plan assumes."),
        ("hourly_scope", "organization", "each organization has an hour of its own."),
    ],
)
def test_what_was_found_is_said_with_time_and_place(question: str, answer: str, words: str) -> None:
    """Every answer to a question that concerns the hour has its sentence, with the day and the instance."""
    assert found_limits(ACME, _found((question, answer, "ins_a"))) == [f"Found on 2026-11-22 in ins_a: {words}"]


def test_every_answer_about_the_hour_has_words() -> None:
    """No answer that may be found lacks a sentence."""
    for question in ("window", "refused_calls_count", "hourly_scope"):
        for answer in unknown(question).answers:
            assert len(found_limits(ACME, _found((question, answer, "ins_a")))) == 1


def test_an_instance_that_answered_otherwise_is_named() -> None:
    """Of two instances that disagree the newer is the one that is said, and the other is named with its answer."""
    found = _found(("window", "sliding", "ins_a"), ("window", "fixed", "ins_b"))
    assert found_limits(ACME, found) == [
        "Found on 2026-11-23 in ins_b: the hour starts anew at fixed times; the plan keeps to a sliding one, which is "
        "stricter. In ins_a it was sliding, on 2026-11-22."
    ]
    assert found_limits(ACME, found, "ins_a")[0].startswith("Found on 2026-11-22 in ins_a: the hour slides")
    assert found_limits(ACME, found, "ins_c") == []


def test_the_application_has_no_organizations_hour() -> None:
    """Whose hour organizations share does not concern a job for the application."""
    assert found_limits(Application(), _found(("hourly_scope", "organization", "ins_a"))) == []


@pytest.mark.parametrize(
    ("target", "answer", "instance", "own"),
    [
        (ACME, "organization", "ins_a", True),
        (ACME, "organization", "ins_b", False),
        (ACME, "instance", "ins_a", False),
        (Application(), "organization", "ins_a", False),
    ],
)
def test_an_hour_of_its_own_is_believed_of_that_instance_alone(
    target: Target, answer: str, instance: str, own: bool
) -> None:
    """Only what was found in the very instance changes how much an organization may be sent."""
    assert has_own_hour(target, _found(("hourly_scope", answer, "ins_a")), instance) is own


def test_nothing_found_changes_nothing() -> None:
    """Without a finding nothing is said and nothing is assumed anew."""
    assert found_limits(ACME, Capabilities()) == []
    assert not has_own_hour(ACME, Capabilities(), "ins_a")
