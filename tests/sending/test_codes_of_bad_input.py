"""Codes about what was sent: the one row they are about is found and says why, everybody else is invited.

The second table of clerk-contract 3.3, "Bad input", but for 415 and api_version_invalid, which concern every call
(test_codes_that_stop.py). None of these answers names an address, so the call is split until the row travels alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stage import ACME, NOON, Stage
from stories import APPLICATION, BOTH, NOBODY, OTHERS, Clerk, Said, any_of, name_of, tell

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.state import JobState, RowState, Sum

FIX = "Correct the cell and send the row again."
LESS = "Put less into the metadata and send the row again."
REPORT = "Report this, with the trace id."


@dataclass(frozen=True, slots=True)
class Story:
    """A refusal because of one row of thirty: what the row says, and what a person can do."""

    said: Said
    status: int
    says: str
    remedy: str = FIX


def _about(code: str, status: int, says: str, remedy: str = FIX, **meta: Any) -> Story:
    return Story(Said(code=code, meta=meta or None), status, says, remedy)


STORIES: tuple[Story, ...] = (
    _about("form_param_missing", 422, "A parameter is missing", param_name="role"),
    _about("form_param_missing", 422, "A parameter is missing", param_names=["email_address", "role"]),
    _about("form_param_nil", 422, "A parameter is null", param_name="redirect_url"),
    _about(
        "form_param_unknown", 422, "A parameter is unknown, or of a feature that is off",
        "Leave the parameter out, or switch the feature on.", param_name="template_slug",
    ),
    _about("form_param_type_invalid", 422, "A parameter has the wrong type", param_name="notify"),
    _about(
        "form_param_value_invalid", 422, "A value is not allowed (in old instances also: the role is unknown)",
        param_name="role",
    ),
    _about("form_param_value_invalid", 422, "A value is not allowed (in old instances also: the role is unknown)"),
    _about("form_param_value_too_large", 422, "A number is too large", param_name="expires_in_days"),
    _about("form_param_max_length_exceeded", 422, "A text is too long", param_name="redirect_url"),
    _about("form_param_array_size_exceeded", 422, "A list is too long", param_name="params"),
    _about("form_param_duplicate", 422, "A value is repeated", param_name="email_address"),
    _about("form_param_exceeds_allowed_size", 422, "Metadata is too large", LESS, param_name="public_metadata"),
    _about(
        "form_resource_not_found", 422, "Something a parameter names does not exist", param_name="inviter_user_id"
    ),
    _about("insecure_url", 422, "A URL must start with https://", param_name="redirect_url"),
    _about(
        "bulk_size_exceeded", 400, "More items than a bulk call takes",
        "Report this: clerkbulk never sends more than ten.",
    ),
    _about("request_body_invalid", 400, "The body cannot be read", REPORT),
    _about("malformed_request_parameters", 400, "The parameters cannot be read", REPORT),
    _about("bad_request", 400, "The request is not understood", REPORT),
    _about(
        "request_body_too_large", 413, "The body is too large", "Put less into the metadata and send the rows again."
    ),
)  # fmt: skip
TOLD = [(story, target, made) for story in STORIES for target in BOTH for made in (NOBODY, OTHERS)]
HE = "p17@example.com"


@pytest.mark.parametrize(
    ("story", "target", "made"),
    TOLD,
    ids=[f"{story.said.code}-{name_of(target)}-{made} invited" for story, target, made in TOLD],
)
def test_the_row_that_cannot_be_read_is_found_and_everybody_else_is_invited(
    tmp_path: Path, story: Story, target: cb.Application | cb.Organization, made: str
) -> None:
    """One of thirty is refused by this code, unnamed, whether or not the others of its call are invited all the same.

    Eleven calls instead of three: the halves 5 and 5, 3 and 2, 2 and 1, 1 and 1 of the refused call. Five when Clerk
    invites the others: the look finds them, and the one row goes on in other company until it travels alone.
    """
    stage = Stage(tmp_path)
    told = tell(stage, target, Clerk(stage, story.status, [story.said], any_of(HE), made))
    (refused,) = told.became(RowState.REFUSED).items()
    assert told.sum == Sum(30, sent=29, refused=1)
    told.assert_once()
    assert (refused[0], refused[1].code, refused[1].remedy) == (HE, story.said.code, story.remedy)
    assert refused[1].reason == f'{story.says}. Clerk says: "In Clerk\'s words."'
    assert told.state is JobState.DONE
    assert len(told.calls) == {NOBODY: 11, OTHERS: 5}[made], told.calls


@pytest.mark.parametrize("target", BOTH, ids=name_of)
def test_a_body_that_is_too_large_for_ten_is_sent_in_halves(tmp_path: Path, target: Any) -> None:
    """413 for every call of more than six: nobody is to blame, and everybody is invited by calls of five."""
    stage = Stage(tmp_path)
    clerk = Clerk(
        stage, 413, [Said(code="request_body_too_large")], lambda addresses: addresses if len(addresses) > 6 else []
    )
    told = tell(stage, target, clerk)
    assert told.sum == Sum(30, sent=30)
    told.assert_once()
    assert told.calls == [10, 10, 10, 5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("target", BOTH, ids=name_of)
def test_what_one_row_cannot_be_read_for_is_found_in_the_single_lane_as_well(tmp_path: Path, target: Any) -> None:
    """Both lanes: the same row is found, the same people are invited, none by both lanes."""
    stage = Stage(tmp_path)
    clerk = Clerk(stage, 422, [Said(code="form_param_nil", meta={"param_name": "role"})], any_of(HE))
    told = tell(stage, target, clerk, pace=Pace((Lane.SINGLE, Lane.BULK)))
    assert set(told.became(RowState.REFUSED)) == {HE}
    assert told.sum == Sum(30, sent=29, refused=1)
    told.assert_once()


def test_refused_calls_use_up_the_hour(tmp_path: Path) -> None:
    """Whether Clerk counts them is not documented: the twenty-sixth call waits for the hour, and no 429 is met."""
    stage = Stage(tmp_path, refused_calls_count="yes")
    clerk = Clerk(stage, 422, [Said(code="form_param_nil")], any_of("p7@example.com"))
    told = tell(stage, APPLICATION, clerk, number=240)
    assert told.sum == Sum(240, sent=239, refused=1)
    assert [at - NOON for at in clerk.came_at] == [0] * 25 + [3602] * 7
    (wait,) = [step for step in told.steps if step.state is JobState.WAITING]
    assert (wait.calls, wait.reason, wait.waiting_until) == (25, "25 of 25 calls of the hour used", NOON + 3602)


# What the emulated instance refuses by itself.


@dataclass(frozen=True, slots=True)
class Role:
    """How an instance refuses an unknown role or inviter, and what the row says then."""

    settings: Mapping[str, str]
    item: Mapping[str, str]
    code: str


ROLE, INVITER = {"role": "org:pilot"}, {"inviter_user_id": "user_nobody"}
UNFIT = {"inviter_user_id": "user_bob"}
FORMS = ("plain", "dotted", "bracketed", "absent")
UNKNOWN: tuple[Role, ...] = (
    *(Role({"param_name_form": form}, ROLE, "resource_not_found") for form in FORMS),
    *(
        Role(
            {"param_name_form": form, "unknown_role": "422 form_param_value_invalid"},
            ROLE, "form_param_value_invalid",
        )
        for form in FORMS
    ),
    Role({}, INVITER, "resource_not_found"),
    *(
        Role(
            {"param_name_form": form, "unknown_inviter": "404 resource_not_found with param_name"},
            INVITER, "resource_not_found",
        )
        for form in FORMS
    ),
    *(
        Role(
            {"param_name_form": form, "unknown_inviter": "422 form_resource_not_found"},
            INVITER, "form_resource_not_found",
        )
        for form in FORMS
    ),
    Role({"non_admin_inviter": "403 not_an_admin_in_organization"}, UNFIT, "not_an_admin_in_organization"),
    Role({"non_admin_inviter": "403 missing_organization_permission"}, UNFIT, "missing_organization_permission"),
)  # fmt: skip


@pytest.mark.parametrize("atomicity", ["all_or_nothing", "partial"])
@pytest.mark.parametrize("role", UNKNOWN, ids=lambda role: "-".join([role.code, *role.settings.values()]))
def test_one_unknown_role_or_inviter_costs_one_row_whatever_clerk_names(
    tmp_path: Path, role: Role, atomicity: str
) -> None:
    """A 404 without a parameter is no missing organization as long as the organization has a list."""
    stage = Stage(tmp_path, atomicity=atomicity, **role.settings)
    users = [
        {"id": "user_ada", "email_address": "ada@example.org"},
        {"id": "user_bob", "email_address": "bob@example.org"},
    ]
    stage.backend.seed({"users": users})
    members = [("user_ada", "org:admin"), ("user_bob", "org:member")]
    stage.backend.seed(
        {"memberships": [{"organization_id": "org_acme", "user_id": who, "role": what} for who, what in members]}
    )
    rows = [
        {"email_address": f"p{n}@example.com", "role": "org:member", "inviter_user_id": "user_ada"}
        | (role.item if n == 17 else {})
        for n in range(1, 31)
    ]
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(cb.check(rows, ACME))
        assert stage.steps(job, client)[-1].state is JobState.DONE
        assert job.sum() == Sum(30, sent=29, refused=1)
        (refused,) = job.results().only("refused")
        assert (refused.email_address, refused.code) == (HE, role.code)
    assert set(stage.invited("organization_invitations").values()) == {1}
    assert len(stage.posts()) == {"all_or_nothing": 11, "partial": 5}[atomicity]
