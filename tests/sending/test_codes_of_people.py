"""Codes about a person: who is refused says why, everybody else is invited, and the cost in calls is known.

The first table of clerk-contract 3.3, "Items that are refused because of the address".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stage import ACME, NOON, Stage, checked, people
from stories import APPLICATION, BOTH, CLERK_SAYS, NOBODY, OTHERS, THOSE, Clerk, Said, any_of, name_of, tell

import clerkbulk as cb
from clerkbulk.sending.state import JobState, RowState, Sum

THEY = ("p13@example.com", "p17@example.com")
"""Whom Clerk refuses, of thirty people: both travel in the second call."""
OTHER_PEOPLE = tuple(address for address in people(30) if address not in THEY)
YESTERDAY = (NOON - 86_400) * 1000
THERE, REFUSED = RowState.ALREADY_THERE, RowState.REFUSED


@dataclass(frozen=True, slots=True)
class Story:
    """A refusal because of two people, what they become, and the calls it takes to invite the others."""

    title: str
    status: int
    said: Said
    becomes: RowState
    reason: str
    remedy: str
    calls: Mapping[str, int]
    """By whom a refused call has invited all the same."""
    endpoints: tuple[cb.Application | cb.Organization, ...] = BOTH


NAMED = {NOBODY: 4, OTHERS: 3}
"""Three calls for thirty people, and one more for the rest of the refused call."""
SOUGHT = {NOBODY: 14, OTHERS: 7}
"""Nobody is named and no list shows them: the call is split until they travel alone."""
REVOKE_FIRST = "Nothing to do, or revoke the old invitation first to send a new one."
SAYS = f'Clerk says: "{CLERK_SAYS}"'
_NAMED_MEMBERS = f"{THOSE} is already a member of the organization."

STORIES: tuple[Story, ...] = (
    Story(
        "duplicate_record that names them", 400, Said(code="duplicate_record", meta={"email_addresses": THOSE}),
        THERE, f"A pending invitation exists already. {SAYS}", REVOKE_FIRST, NAMED,
    ),
    Story(
        "duplicate_record without meta", 400, Said(code="duplicate_record"),
        THERE, f"A pending invitation exists already. {SAYS}", REVOKE_FIRST, SOUGHT,
    ),
    Story(
        "organization_invitation_not_unique", 400, Said(code="organization_invitation_not_unique"),
        THERE, f"A pending invitation to this organization exists already. {SAYS}", REVOKE_FIRST, SOUGHT,
    ),
    Story(
        "already_a_member_in_organization that names nobody", 400, Said(code="already_a_member_in_organization"),
        THERE, f"The person is a member already. {SAYS}", "Nothing to do.", SOUGHT,
    ),
    Story(
        "already_a_member_in_organization that names them in words", 400,
        Said(code="already_a_member_in_organization", words=_NAMED_MEMBERS),
        THERE,
        'The person is a member already. Clerk says: "p13@example.com, p17@example.com is already a member of the '
        'organization."',
        "Nothing to do.", NAMED,
    ),
    Story(
        "form_identifier_exists", 422, Said(code="form_identifier_exists", meta={"param_name": "email_address"}),
        THERE, f"The address belongs to an existing user. {SAYS}", "Nothing to do: the person has an account.", SOUGHT,
    ),
    Story(
        "form_param_format_invalid", 422,
        Said(code="form_param_format_invalid", meta={"param_name": "email_address"}),
        REFUSED, f"Not a valid e-mail address. {SAYS}", "Correct the cell and send the row again.", SOUGHT,
    ),
    Story(
        "not_allowed_access with identifiers", 403, Said(code="not_allowed_access", meta={"identifiers": THOSE}),
        REFUSED,
        f"The instance's allow or block list, or its block on subaddresses, refuses the address. {SAYS}",
        "Change the address, or the restrictions in the Clerk Dashboard.", NAMED,
    ),
    Story(
        "not_allowed_access for a subaddress, without identifiers", 403, Said(code="not_allowed_access"),
        REFUSED,
        f"The instance's allow or block list, or its block on subaddresses, refuses the address. {SAYS}",
        "Change the address, or the restrictions in the Clerk Dashboard.", SOUGHT,
    ),
    Story(
        "exclusive_organization_membership", 422, Said(code="exclusive_organization_membership"),
        REFUSED,
        f"The instance lets a user be in one organization only, and this one is in another. {SAYS}",
        "Remove the person from the other organization first.", SOUGHT,
    ),
)  # fmt: skip
TOLD = [(story, target, made) for story in STORIES for target in story.endpoints for made in story.calls]


@pytest.mark.parametrize(
    ("story", "target", "made"),
    TOLD,
    ids=[f"{story.title}-{name_of(target)}-{made} invited" for story, target, made in TOLD],
)
def test_who_is_refused_says_why_and_everybody_else_is_invited(
    tmp_path: Path, story: Story, target: cb.Application | cb.Organization, made: str
) -> None:
    """Two of thirty are refused by this code, whether or not Clerk invites the others of the call all the same."""
    stage = Stage(tmp_path)
    told = tell(stage, target, Clerk(stage, story.status, [story.said], any_of(*THEY), made))
    aside = told.became(story.becomes)
    assert set(aside) == set(THEY)
    assert told.sum == Sum(30, sent=28, **{story.becomes.value: 2})
    told.assert_once()
    for result in aside.values():
        assert (result.code, result.remedy) == (story.said.code, story.remedy)
        assert result.reason == story.reason
    assert told.state is JobState.DONE
    assert len(told.calls) == story.calls[made]


# What the emulated instance refuses by itself, in its own words.


@dataclass(frozen=True, slots=True)
class Found:
    """Who is there already, or kept out, of thirty people; what they become; the calls it takes."""

    title: str
    target: cb.Application | cb.Organization
    settings: Mapping[str, Any]
    seed: Mapping[str, Any]
    becomes: RowState
    code: str
    calls: int


USERS = [{"id": f"user_{place}", "email_address": address} for place, address in enumerate(THEY)]
PENDING = [{"email_address": address, "created_at": YESTERDAY} for address in THEY]
IN_ACME = {"organization_id": "org_acme"}
MEMBERS = [{**IN_ACME, "user_id": user["id"]} for user in USERS]
ELSEWHERE = {
    "organizations": [{"id": "org_other", "name": "Other"}],
    "users": USERS,
    "memberships": [{"organization_id": "org_other", "user_id": user["id"]} for user in USERS],
}
EXPIRED = [{**one, "status": "expired", "created_at": YESTERDAY - 40 * 86_400_000} for one in PENDING]

FOUND: tuple[Found, ...] = (
    Found("pending", APPLICATION, {}, {"invitations": PENDING}, THERE, "duplicate_record", 4),
    Found("pending", ACME, {}, {"invitations": [{**IN_ACME, **one} for one in PENDING]}, THERE, "already_invited", 4),
    Found("users", APPLICATION, {}, {"users": USERS}, THERE, "already_present", 4),
    Found("members", ACME, {}, {"users": USERS, "memberships": MEMBERS}, THERE, "already_a_member_in_organization", 4),
    Found("members of another organization", ACME, {"exclusive_membership": True}, ELSEWHERE, REFUSED,
          "exclusive_organization_membership", 14),
    Found("on the block list", APPLICATION, {"blocklist": THEY}, {}, REFUSED, "not_allowed_access", 4),
    Found("on the block list", ACME, {"blocklist": THEY}, {}, REFUSED, "not_allowed_access", 4),
    Found("not on the allow list", APPLICATION, {"allowlist": OTHER_PEOPLE}, {}, REFUSED, "not_allowed_access", 4),
    Found("expired invitations that stand in the way", APPLICATION, {"expired_invitations": "block"},
          {"invitations": EXPIRED}, THERE, "duplicate_record", 4),
    Found("expired invitations that stand in the way", ACME, {"expired_invitations": "block"},
          {"invitations": [{**IN_ACME, **one} for one in EXPIRED]}, THERE, "organization_invitation_not_unique", 14),
)  # fmt: skip


@pytest.mark.parametrize("atomicity", ["all_or_nothing", "partial"])
@pytest.mark.parametrize("found", FOUND, ids=lambda found: f"{found.title}-{name_of(found.target)}")
def test_whom_the_instance_refuses_by_itself(tmp_path: Path, found: Found, atomicity: str) -> None:
    """Users, members, open invitations, lists: the two concerned say so, all others are invited once."""
    stage = Stage(tmp_path, atomicity=atomicity, **found.settings)
    stage.backend.seed(found.seed)
    before = stage.invited("organization_invitations" if found.target == ACME else "invitations")
    told = tell(stage, found.target, Clerk(stage, 400, [], any_of()))
    assert {address: result.code for address, result in told.became(found.becomes).items()} == dict.fromkeys(
        THEY, found.code
    )
    assert told.sum == Sum(30, sent=28, **{found.becomes.value: 2})
    assert told.invited - before == Counter(list(told.became("sent")))
    assert told.state is JobState.DONE
    assert len(told.calls) == (found.calls if atomicity == "all_or_nothing" else {4: 3, 14: 7}[found.calls])


# Several reasons in one table.


@pytest.mark.parametrize("atomicity", ["all_or_nothing", "partial"])
def test_a_refused_call_costs_nobody_their_invitation_who_is_not_to_blame(tmp_path: Path, atomicity: str) -> None:
    """Users, open invitations and a blocked address among thirty: all others are invited, these say why not."""
    stage = Stage(tmp_path, atomicity=atomicity, blocklist=("p27@example.com",))
    stage.backend.seed(
        {
            "users": [{"email_address": "p4@example.com"}],
            "invitations": [
                {"email_address": "p13@example.com", "created_at": YESTERDAY},
                {"email_address": "p14@example.com", "created_at": YESTERDAY},
            ],
        }
    )
    job = stage.send(checked(people(30)))
    assert stage.invited() == Counter(set(people(30)) - {"p4@example.com", "p27@example.com"})
    assert job.sum() == Sum(30, sent=26, already_there=3, refused=1)
    odd = {str(row.email_address): row.state for row in job.results() if row.state != "sent"}
    assert odd == {
        "p4@example.com": "already_there",
        "p13@example.com": "already_there",
        "p14@example.com": "already_there",
        "p27@example.com": "refused",
    }


@pytest.mark.parametrize("atomicity", ["all_or_nothing", "partial"])
def test_in_an_organization_too_where_clerk_does_not_say_which_row_it_refuses(tmp_path: Path, atomicity: str) -> None:
    """Members, open invitations and an unknown role, none of them named in the answer."""
    stage = Stage(tmp_path, atomicity=atomicity)
    stage.backend.seed(
        {
            "users": [{"id": "user_four", "email_address": "p4@example.com"}],
            "memberships": [{"organization_id": "org_acme", "user_id": "user_four"}],
            "invitations": [
                {"organization_id": "org_acme", "email_address": "p13@example.com", "created_at": YESTERDAY}
            ],
        }
    )
    rows = [{"email_address": address, "role": "org:member"} for address in people(30)]
    rows[26]["role"] = "org:pilot"
    job = stage.send(cb.check(rows, ACME))
    assert stage.invited("organization_invitations") == Counter(set(people(30)) - {"p4@example.com", "p27@example.com"})
    assert job.sum() == Sum(30, sent=27, already_there=2, refused=1)
    refused = next(result for result in job.results() if result.state == "refused")
    assert (refused.email_address, refused.code) == ("p27@example.com", "resource_not_found")
