"""Codes that concern every call: the job stops with one sentence, loses nobody, and goes on when it is put right.

State, permission, plan and keys of clerk-contract 3.3, and of "Bad input" what no row is to blame for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import ACME, Stage
from stories import APPLICATION, BOTH, EVERYONE, NOBODY, Clerk, Said, any_of, everybody, name_of, tell

import clerkbulk as cb
from clerkbulk.errors import KeyRefused
from clerkbulk.sending import tables
from clerkbulk.sending.state import JobState, Sum


@dataclass(frozen=True, slots=True)
class Story:
    """A refusal of every call, and what a person is told to do."""

    code: str
    status: int
    remedy: str
    meta: Mapping[str, Any] | None = None
    endpoints: tuple[cb.Application | cb.Organization, ...] = BOTH


def the_second(addresses: Sequence[str]) -> Sequence[str]:
    """Refuse the call of the second ten, all of it."""
    return addresses if "p11@example.com" in addresses else []


ORGANIZATION = (ACME,)
ADMINISTRATOR = "Have an administrator of the Clerk instance look at this, then resume."
KEY = "Copy the secret key again from the Clerk Dashboard, API keys."

STORIES: tuple[Story, ...] = (
    Story("organization_membership_quota_exceeded", 403,
          "Raise the organization's membership limit or revoke old invitations, then resume.", None, ORGANIZATION),
    Story("insufficient_seats", 402, "Add seats, then resume.", {"seats_quantity": 12}, ORGANIZATION),
    Story("quota_exceeded", 403, ADMINISTRATOR),
    Story("user_quota_exceeded", 403, ADMINISTRATOR),
    Story("invitations_not_supported", 400, ADMINISTRATOR),
    Story("feature_requires_email_address_enabled", 422, ADMINISTRATOR),
    Story("organization_not_enabled_in_instance", 403, "Switch organizations on in the Clerk Dashboard, then resume.",
          None, ORGANIZATION),
    Story("authorization_invalid", 403, ADMINISTRATOR),
    Story("action_blocked", 403, ADMINISTRATOR),
    Story("dev_monthly_email_limit_exceeded", 400,
          "Wait for the next month, send with notify off, or use a production instance.",
          {"dev_monthly_email_limit": 100}),
    Story("organization_not_found_or_unauthorized", 404,
          "Check the organization id, and that the key belongs to the right instance.", None, ORGANIZATION),
    # At the application; in an organization it may mean a row, see test_codes_of_bad_input.py.
    Story("resource_not_found", 404,
          "Check the organization id, the roles, and that the key belongs to the right instance.", None,
          (APPLICATION,)),
    Story("unsupported_content_type", 415, "Something between here and Clerk changes requests: check the proxy."),
    Story("api_version_invalid", 400, "Check what sits between here and Clerk, and CLERK_API_URL."),
    # Answers to revocations. Should a creating call ever get this one, its status decides.
    Story("organization_invitation_not_pending", 404, "Nothing to do.", None, ORGANIZATION),
    Story("a_code_of_tomorrow", 403, "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."),
    Story("a_code_of_tomorrow", 451, "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."),
)  # fmt: skip
TOLD = [(story, target) for story in STORIES for target in story.endpoints]


@pytest.mark.parametrize(
    ("story", "target"), TOLD, ids=[f"{story.status} {story.code}-{name_of(target)}" for story, target in TOLD]
)
def test_what_concerns_every_call_stops_the_job_and_it_goes_on_afterwards(
    tmp_path: Path, story: Story, target: cb.Application | cb.Organization
) -> None:
    """The second call is refused: one sentence, no further call, nobody lost; and four calls for thirty in the end."""
    stage = Stage(tmp_path)
    said = Said(code=story.code, meta=story.meta)
    clerk = Clerk(stage, story.status, [said], the_second, times=1)
    told = tell(stage, target, clerk)
    assert told.state is JobState.STOPPED
    sentence = f"Clerk refuses every call of this job: In Clerk's words ({story.code}). {story.remedy}"
    assert (told.reason, told.steps[-1].reason) == (sentence, sentence)
    assert told.sum == Sum(30, sent=10, left=20)
    told.assert_once()
    assert told.calls == [10, 10]
    again = tell(stage, target, clerk)
    assert (again.state, again.reason) == (JobState.DONE, None)
    assert again.sum == Sum(30, sent=30)
    again.assert_once()
    assert again.calls == [10, 10]


@pytest.mark.parametrize("made", [NOBODY, EVERYONE])
@pytest.mark.parametrize("target", BOTH, ids=name_of)
@pytest.mark.parametrize(
    "code", ["user_quota_exceeded", "dev_monthly_email_limit_exceeded", "action_blocked", "a_code_of_tomorrow"]
)
def test_a_call_that_stops_the_job_is_looked_up_first(tmp_path: Path, code: str, target: Any, made: str) -> None:
    """A quota may be reached in the middle of a call: whom it has invited all the same is sent, not left."""
    stage = Stage(tmp_path)
    clerk = Clerk(stage, 403, [Said(code=code)], everybody, made, times=1)
    told = tell(stage, target, clerk)
    assert told.state is JobState.STOPPED
    assert told.sum == (Sum(30, sent=10, left=20) if made == EVERYONE else Sum(30, left=30))
    told.assert_once()
    assert told.calls == [10]
    again = tell(stage, target, clerk)
    assert again.sum == Sum(30, sent=30)
    again.assert_once()


# Keys: answered before anything is looked at, so nothing need be looked up.

KEYS: tuple[Story, ...] = (
    Story("authorization_header_format_invalid", 401,
          "Check what sits between here and Clerk: the header was lost on the way."),
    Story("clerk_key_invalid", 401, KEY),
    Story("authentication_invalid", 401, KEY),
    Story("a_code_of_tomorrow", 401, "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."),
)  # fmt: skip


@pytest.mark.parametrize("target", BOTH, ids=name_of)
@pytest.mark.parametrize("story", KEYS, ids=lambda story: story.code)
def test_a_key_refused_in_the_middle_stops_the_job_and_says_so(tmp_path: Path, story: Story, target: Any) -> None:
    """The call's rows wait again, nothing is asked any more, and with a good key the job goes on."""
    stage = Stage(tmp_path)
    clerk = Clerk(stage, 401, [Said(code=story.code)], the_second, times=1)
    told = tell(stage, target, clerk)
    sentence = f"Clerk refuses every call of this job: In Clerk's words ({story.code}). {story.remedy}"
    assert isinstance(told.raised, KeyRefused)
    assert (str(told.raised), told.raised.status, told.raised.trace_id) == (sentence, 401, "0" * 32)
    assert (told.state, told.reason) == (JobState.STOPPED, sentence)
    assert told.sum == Sum(30, sent=10, left=20)
    told.assert_once()
    assert told.calls == [10, 10]
    again = tell(stage, target, clerk)
    assert (again.state, again.sum, again.calls) == (JobState.DONE, Sum(30, sent=30), [10, 10])
    again.assert_once()


# What the emulated instance refuses by itself.


@pytest.mark.parametrize(
    ("settings", "target", "sentence"),
    [
        (
            {"email_addresses_enabled": False}, APPLICATION,
            "Invitations are only supported on instances that accept email addresses (invitations_not_supported). "
            + ADMINISTRATOR,
        ),
        (
            {"email_addresses_enabled": False}, ACME,
            "This feature requires email addresses to be enabled for this instance "
            "(feature_requires_email_address_enabled). " + ADMINISTRATOR,
        ),
        (
            {"organizations_enabled": False}, ACME,
            "The organizations feature is not enabled for this instance. You can enable it in the Clerk Dashboard "
            "(organization_not_enabled_in_instance). Switch organizations on in the Clerk Dashboard, then resume.",
        ),
    ],
)  # fmt: skip
def test_an_instance_that_takes_no_invitations_says_so_after_one_call(
    tmp_path: Path, settings: dict[str, Any], target: Any, sentence: str
) -> None:
    """One call, one sentence, everybody left."""
    stage = Stage(tmp_path, **settings)
    told = tell(stage, target, Clerk(stage, 0, [], any_of()))
    assert (told.state, told.sum) == (JobState.STOPPED, Sum(30, left=30))
    assert told.reason == f"Clerk refuses every call of this job: {sentence}"
    assert told.calls == [10]


ROOM = "Raise the organization's membership limit or revoke old invitations, then resume."
USED_UP: dict[str, tuple[dict[str, Any], dict[str, Any], Any, str]] = {
    "organization_membership_quota_exceeded": (
        {}, {"max_allowed_memberships": 23}, {"max_allowed_memberships": 0},
        "You have reached your limit of 23 organization memberships, including outstanding invitations "
        f"(organization_membership_quota_exceeded). {ROOM}",
    ),
    "insufficient_seats": (
        {}, {"max_allowed_memberships": 0, "seats": 23}, {"seats": 35},
        "You have reached the seat limit for your current plan (insufficient_seats). Add seats, then resume.",
    ),
    "dev_monthly_email_limit_exceeded": (
        {"monthly_emails": 23}, {"max_allowed_memberships": 0}, None,
        "The monthly limit for email messages in development (23) has been reached. Please use test emails "
        "(https://go.clerk.com/test-emails) instead (dev_monthly_email_limit_exceeded). "
        "Wait for the next month, send with notify off, or use a production instance.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("atomicity", "sent"), [("all_or_nothing", 20), ("partial", 23)])
@pytest.mark.parametrize(("settings", "small", "more", "sentence"), USED_UP.values(), ids=USED_UP)
def test_a_quota_reached_in_the_middle_stops_the_job_and_loses_nobody(
    tmp_path: Path, settings: Any, small: Any, more: Any, sentence: str, atomicity: str, sent: int
) -> None:
    """23 seats, members or mails for 35 people: the job stops with a sentence; with more it goes on where it was."""
    stage = Stage(tmp_path, atomicity=atomicity, **settings)
    stage.backend.seed({"organizations": [{"id": "org_small", "name": "Small", **small}]})
    target, clerk = cb.Organization("org_small"), Clerk(stage, 0, [], any_of())
    told = tell(stage, target, clerk, number=35)
    assert (told.state, told.reason) == (JobState.STOPPED, f"Clerk refuses every call of this job: {sentence}")
    assert told.sum == Sum(35, sent=sent, left=35 - sent)
    assert told.calls == [10, 10, 10]
    told.assert_once()
    still = tell(stage, target, clerk, number=35)
    assert (still.state, still.calls) == (JobState.STOPPED, [10])
    before = still.invited
    if more is None:
        stage.clock.advance(31 * 86_400)
    else:
        organization = stage.backend._world.organizations["org_small"]
        stage.backend._world.put_organization(replace(organization, **more))
    done = tell(stage, target, clerk, number=35)
    assert (done.state, done.sum) == (JobState.DONE, Sum(35, sent=35))
    assert before <= done.invited
    done.assert_once()
    with stage.ledger() as ledger, ledger.begin() as connection:
        # Nobody is to blame for a quota: nobody travels in smaller company because of it.
        assert set(connection.execute(sa.select(tables.row.c.at_most)).scalars()) == {10}


@pytest.mark.parametrize("inviter", [{}, {"inviter_user_id": "user_ada"}], ids=["nobody named", "an inviter named"])
def test_a_missing_organization_stops_the_job_even_with_inviters_named(tmp_path: Path, inviter: dict[str, str]) -> None:
    """The look that follows finds no organization either: nothing is split, nothing is lost, one call is spent."""
    stage = Stage(tmp_path)
    told = tell(stage, cb.Organization("org_gone"), Clerk(stage, 0, [], any_of()), **inviter)
    assert isinstance(told.raised, cb.ClerkRefused)
    assert "organization" in str(told.raised)
    assert (told.state, told.sum.sent, told.sum.open, told.calls) == (JobState.STOPPED, 0, 30, [10])
