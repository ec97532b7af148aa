"""How invitations end by themselves: they expire. It takes a day at least, so none of this is asked of a live one."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases.calls import ORG_SINGLE, SINGLE, SPEC, refused
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.inviting import invited, joined, read
from clerkbulk.contract.cases.match import DAY, Absent, Addresses, After, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_A_DAY: Final = 86_400.0
"""Seconds."""
_TOO_LONG: Final = "it waits for a day, the shortest life of an invitation"
_LIST: Final = "1.4 GET /invitations"
_ORG_LIST: Final = "1.4 GET /organizations/{id}/invitations"
_ORG: Final = frozenset({Need.ORGANIZATION})
_LIVES: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, expires_in_days, and status expired of the lists")


def _ended(status: str) -> Step:
    return Step(
        Ask("GET", SINGLE, query=(("status", status),)),
        {
            "absent": Expect(200, holds={"0/status": status, "0/url": Absent(), "1": Absent()}),
            "kept": Expect(200, holds={"0/status": status, "0/url": Text("https://.+ticket=.+"), "1": Absent()}),
        },
        wait=_A_DAY,
    )


CASES: Final = (
    Case(
        name="expiry-application",
        promise="An invitation is pending until its days are over, and expired from then on.",
        fact=_LIVES,
        rows=("1.2 expires_in_days", "2.1 status", "2.1 expires_at", _LIST),
        not_live=_TOO_LONG,
        steps=(
            invited("ada", keep="short", expires_in_days=1),
            invited("bob", keep="long"),
            read(SINGLE, {"query": "{ada}"}, holds={"0/expires_at": After("created_at", DAY)}),
            read(SINGLE, {"status": "pending"}, wait=_A_DAY - 1, holds={"": Addresses(("{ada}", "{bob}"))}),
            read(SINGLE, {"status": "pending"}, wait=1, holds={"": Addresses(("{bob}",))}),
            read(
                SINGLE,
                {"status": "expired"},
                schema=SchemaName.APPLICATION_REPLY,
                holds={"": Addresses(("{ada}",)), "0/id": "{short}", "0/status": "expired"},
            ),
            read(SINGLE, holds={"": Addresses(("{ada}", "{bob}"))}),
            read(SINGLE, {"status": "expired"}, wait=28 * _A_DAY, holds={"": Addresses(("{ada}",))}),
            read(SINGLE, {"status": "expired"}, wait=_A_DAY, holds={"": Addresses(("{ada}", "{bob}"))}),
        ),
    ),
    Case(
        name="expiry-organization",
        promise="An invitation to an organization expires, too: it is no longer among the pending ones.",
        fact=_LIVES,
        rows=("1.3 expires_in_days", "2.2 status", "2.2 expires_at", _ORG_LIST),
        needs=_ORG,
        not_live=_TOO_LONG,
        steps=(
            joined("ada", expires_in_days=1),
            joined("bob", keep="other"),
            read(ORG_SINGLE, {"status": "pending"}, wait=_A_DAY - 1, holds={"data": Addresses(("{ada}", "{bob}"))}),
            read(ORG_SINGLE, {"status": "pending"}, wait=1, holds={"data": Addresses(("{bob}",)), "total_count": 1}),
            read(f"{ORG_SINGLE}/pending", holds={"data": Addresses(("{bob}",)), "total_count": 1}),
            read(
                ORG_SINGLE,
                {"status": "expired"},
                each=SchemaName.ORGANIZATION_REPLY_ITEM,
                holds={"data/0/id": "{id}", "data/0/status": "expired", "total_count": 1},
            ),
            read(f"{ORG_SINGLE}/{{id}}", holds={"status": "expired", "expires_at": After("created_at", DAY)}),
        ),
    ),
    Case(
        name="expiry-revoke-organization",
        promise="An expired invitation to an organization is not pending, and revoking it is 404.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC}, RevokeOrganizationInvitation: only those with status pending"),
        rows=("1.4 POST /organizations/{id}/invitations/{inv}/revoke", "3.3 organization_invitation_not_pending"),
        needs=_ORG,
        not_live=_TOO_LONG,
        steps=(
            joined("ada", expires_in_days=1),
            Step(
                Ask("POST", f"{ORG_SINGLE}/{{id}}/revoke"),
                refused(404, "organization_invitation_not_pending"),
                wait=_A_DAY,
            ),
        ),
    ),
    Case(
        name="expiry-revoke-application",
        promise="An expired invitation to the application can be revoked: it is not a revoked one.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, RevokeInvitation: active means non-revoked there"),
        rows=("1.4 POST /invitations/{id}/revoke",),
        not_live=_TOO_LONG,
        steps=(
            invited("ada", expires_in_days=1),
            Step(
                Ask("POST", f"{SINGLE}/{{id}}/revoke"),
                {
                    "revoked": Expect(200, SchemaName.APPLICATION_REPLY_ITEM, holds={"status": "revoked"}),
                    "refused": refused((400, 404)),
                },
                wait=_A_DAY,
            ),
        ),
    ),
    Case(
        name="open-question-url-of-ended",
        promise="An accepted or expired invitation still shows its url, or does not: not documented.",
        fact=Fact(Mark.UNKNOWN, "clerk-contract 2.1"),
        rows=("2.1 url",),
        question="url_of_ended",
        stage=Stage(
            seed={
                "invitations": [
                    {"id": "inv_in", "email_address": "guest@example.com", "status": "accepted"},
                    {"id": "inv_due", "email_address": "guest2@example.com", "expires_in_days": 1},
                ]
            }
        ),
        steps=(_ended("accepted"), _ended("expired")),
    ),
)
