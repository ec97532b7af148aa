"""The creating calls of the application: who is invited, with what, and what comes back."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.case import Ask, Case, Expect, Step
from clerkbulk.contract.cases.match import DAY, MISSING, Addresses, After, Now, OneOf, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

BULK: Final = "/v1/invitations/bulk"
SINGLE: Final = "/v1/invitations"
_SPEC = "openapi-specs bapi/2026-05-12.yml"


def _item(name: str, **more: Any) -> dict[str, Any]:
    # Nobody gets mail from a case: it may be run against a live instance.
    return {"email_address": f"{{{name}}}", "notify": False, **more}


CASES: Final = (
    Case(
        name="application-bulk-two",
        promise="Two people are invited in one call; the answer is a bare list of their pending invitations.",
        fact=Fact(Mark.DOCUMENTED, f"{_SPEC}, CreateBulkInvitations"),
        rows=("1.2 email_address", "2.1 object", "2.1 status", "2.3 app bulk"),
        steps=(
            Step(
                Ask("POST", BULK, [_item("ada"), _item("bob")]),
                Expect(
                    200,
                    schema=SchemaName.APPLICATION_REPLY,
                    holds={"": Addresses(("{ada}", "{bob}")), "[{ada}]/status": "pending"},
                ),
            ),
        ),
    ),
    Case(
        name="application-invitation-lasts-thirty-days",
        promise="Made without expires_in_days, an invitation expires thirty days later; times are in milliseconds.",
        fact=Fact(Mark.RECORDED, "clerk-contract 2.1 and 4.3"),
        rows=("2.1 expires_at", "2.1 created_at", "2.1 revoked", "2.1 url"),
        steps=(
            Step(
                Ask("POST", BULK, [_item("ada")]),
                Expect(
                    200,
                    holds={
                        "0/id": Text(r"inv_[A-Za-z0-9]+"),
                        "0/created_at": Now(),
                        "0/expires_at": After("created_at", 30 * DAY),
                        "0/revoked": OneOf((MISSING, False)),
                        "0/url": Text(r"https://.+/v1/tickets/accept\?ticket=.+"),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="open-question-atomicity",
        promise="One refused item of a bulk call keeps the others from being created, or does not: not documented.",
        fact=Fact(Mark.UNKNOWN, "clerk-contract 4.1"),
        rows=(),
        question="atomicity",
        steps=(
            Step(Ask("POST", BULK, [_item("ada")]), Expect(200)),
            Step(Ask("POST", BULK, [_item("ada"), _item("bob")]), Expect(400, code="duplicate_record")),
            Step(
                Ask("GET", SINGLE, query=(("query", "{bob}"), ("limit", "100"))),
                {
                    "all_or_nothing": Expect(200, holds={"": Addresses(())}),
                    "partial": Expect(200, holds={"": Addresses(("{bob}",))}),
                },
            ),
        ),
    ),
)
