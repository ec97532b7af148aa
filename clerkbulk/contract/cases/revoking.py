"""Revoking invitations: what comes back, what it frees, and which ones cannot be revoked."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.calls import ERROR_LIST, ORG_SINGLE, SINGLE, SPEC, refused
from clerkbulk.contract.cases.case import NOTHING, Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.inviting import invited, joined, read, revoked, status
from clerkbulk.contract.cases.match import DAY, Absent, Addresses, After
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_APPLICATION: Final = "1.4 POST /invitations/{id}/revoke"
_ORGANIZATION: Final = "1.4 POST /organizations/{id}/invitations/{inv}/revoke"
_REVOKE: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, RevokeInvitation; {ERROR_LIST}")
_REVOKE_ORGANIZATION: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, RevokeOrganizationInvitation; {ERROR_LIST}")
_ORG: Final = frozenset({Need.ORGANIZATION})
_NOT_PENDING: Final = refused(404, "organization_invitation_not_pending")


def _revoke(path: str, expect: Any, keep: str = "{id}", body: Any = NOTHING, wait: float = 0.0) -> Step:
    return Step(Ask("POST", f"{path}/{keep}/revoke", body), expect, wait)


def _requested_by(name: str, promise: str, user_id: str | None, needs: frozenset[Need]) -> Case:
    """Return the case of a revocation that says who asks for it."""
    return Case(
        name=name,
        promise=promise,
        fact=_REVOKE_ORGANIZATION,
        rows=(_ORGANIZATION,),
        needs=needs,
        steps=(
            joined("ada"),
            _revoke(
                ORG_SINGLE,
                Expect(200, SchemaName.ORGANIZATION_REPLY_ITEM, holds={"id": "{id}", "status": status("revoked")}),
                body={"requesting_user_id": user_id},
            ),
        ),
    )


_APPLICATION_CASES: Final = (
    Case(
        name="revoke-answer",
        promise="A revocation answers with the invitation: revoked is true, the url is gone, updated_at is later.",
        fact=Fact(Mark.RECORDED, "clerk-contract 2.1: recorded by rec-A"),
        rows=(_APPLICATION, "2.1 revoked", "2.1 url", "2.1 updated_at"),
        steps=(
            invited("ada", public_metadata={"team": "blue"}),
            _revoke(
                SINGLE,
                Expect(
                    200,
                    SchemaName.APPLICATION_REPLY_ITEM,
                    holds={
                        "id": "{id}",
                        "email_address": "{ada}",
                        "public_metadata": {"team": "blue"},
                        "status": "revoked",
                        "revoked": True,
                        "url": Absent(),
                        "expires_at": After("created_at", 30 * DAY),
                        "updated_at": After("created_at", 10_000, within=9),
                    },
                ),
                wait=10.0,
            ),
            read(
                SINGLE,
                {"query": "{id}", "status": "revoked"},
                schema=SchemaName.APPLICATION_REPLY,
                holds={"0/id": "{id}", "0/revoked": True, "0/url": Absent(), "1": Absent()},
            ),
        ),
    ),
    Case(
        name="revoke-frees-the-address",
        promise="A revocation frees the address: a new invitation to it is made, and is another one.",
        fact=Fact(Mark.RECORDED, "clerk-contract 4.2: recorded by rec-A"),
        rows=(_APPLICATION,),
        steps=(
            invited("ada", keep="old"),
            revoked(SINGLE, "old"),
            invited("ada", keep="new"),
            read(SINGLE, {"query": "{ada}"}, holds={"0/id": "{new}", "1": Absent()}),
            read(SINGLE, {"query": "{ada}", "status": "revoked"}, holds={"0/id": "{old}", "1": Absent()}),
        ),
    ),
    Case(
        name="revoke-one-of-several",
        promise="A revocation ends one invitation: others to the same address stay pending.",
        fact=_REVOKE,
        rows=(_APPLICATION,),
        steps=(
            invited("ada", keep="one"),
            invited("ada", keep="other", ignore_existing=True),
            revoked(SINGLE, "one"),
            read(SINGLE, {"query": "{ada}"}, holds={"0/id": "{other}", "0/status": "pending", "1": Absent()}),
        ),
    ),
    Case(
        name="open-question-revoked-again",
        promise="A revoked invitation cannot be revoked again; the error list has two codes for it.",
        fact=Fact(Mark.UNKNOWN, "clerk-contract 3.3"),
        rows=(_APPLICATION, "3.3 invitation_already_revoked", "3.3 revoked_invitation"),
        question="revoked_again",
        steps=(
            invited("ada"),
            revoked(SINGLE),
            _revoke(
                SINGLE,
                {
                    "400 invitation_already_revoked": refused(400, "invitation_already_revoked"),
                    "400 revoked_invitation": refused(400, "revoked_invitation"),
                },
            ),
        ),
    ),
    Case(
        name="revoke-accepted",
        promise="An accepted invitation to the application cannot be revoked: 400, and it stays accepted.",
        fact=Fact(Mark.DOCUMENTED, f"{ERROR_LIST}; that a revocation answers with it is inferred"),
        rows=(_APPLICATION, "3.3 invitation_already_accepted"),
        stage=Stage(
            seed={"invitations": [{"id": "inv_in", "email_address": "guest@example.com", "status": "accepted"}]}
        ),
        steps=(
            _revoke(SINGLE, refused(400, "invitation_already_accepted"), "inv_in"),
            read(SINGLE, {"query": "inv_in"}, holds={"0/status": "accepted"}),
        ),
    ),
    Case(
        name="revoke-unknown",
        promise="Revoking an invitation nobody made is answered 404.",
        fact=_REVOKE,
        rows=(_APPLICATION, "3.3 resource_not_found"),
        steps=(_revoke(SINGLE, refused(404, "resource_not_found"), "inv_000000000000000000000000000"),),
    ),
)

_ORGANIZATION_CASES: Final = (
    Case(
        name="revoke-organization-answer",
        promise="A revocation without a body answers with the invitation to the organization, revoked.",
        fact=_REVOKE_ORGANIZATION,
        rows=(_ORGANIZATION, "2.2 status"),
        needs=_ORG,
        steps=(
            joined("ada"),
            _revoke(
                ORG_SINGLE,
                Expect(
                    200,
                    SchemaName.ORGANIZATION_REPLY_ITEM,
                    holds={
                        "id": "{id}",
                        "email_address": "{ada}",
                        "role": "org:member",
                        "status": status("revoked"),
                    },
                ),
            ),
            read(
                ORG_SINGLE,
                {"email_address": "{ada}", "status": "revoked"},
                holds={"data/0/id": "{id}", "total_count": 1},
            ),
            read(ORG_SINGLE, {"email_address": "{ada}", "status": "pending"}, holds={"data": Addresses(())}),
        ),
    ),
    _requested_by(
        "revoke-organization-by-administrator",
        "A revocation can name the administrator who asks for it.",
        "{admin_id}",
        frozenset({Need.ORGANIZATION, Need.ADMIN}),
    ),
    _requested_by(
        "revoke-organization-by-nobody", "A revocation can name null as the one who asks for it.", None, _ORG
    ),
    Case(
        name="revoke-organization-by-outsider",
        promise="A revocation for a user who is no administrator is refused, and the invitation stays pending.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, RevokeOrganizationInvitation: must be an administrator; no code is named"),
        rows=(_ORGANIZATION,),
        needs=frozenset({Need.ORGANIZATION, Need.OUTSIDER}),
        steps=(
            joined("ada"),
            _revoke(ORG_SINGLE, refused((400, 403, 404)), body={"requesting_user_id": "{outsider_id}"}),
            read(f"{ORG_SINGLE}/{{id}}", holds={"status": status("pending")}),
        ),
    ),
    Case(
        name="revoke-organization-frees-the-address",
        promise="A revocation frees the address in the organization: a new invitation to it is made.",
        fact=Fact(Mark.INFERRED, "clerk-contract 4.2: recorded of invitations to the application"),
        rows=(_ORGANIZATION,),
        needs=_ORG,
        steps=(
            joined("ada", keep="old"),
            revoked(ORG_SINGLE, "old"),
            joined("ada", keep="new"),
            read(
                ORG_SINGLE,
                {"email_address": "{ada}", "status": "pending"},
                holds={"data/0/id": "{new}", "data/1": Absent(), "total_count": 1},
            ),
        ),
    ),
    Case(
        name="revoke-organization-again",
        promise="A revoked invitation to an organization is not pending, and revoking it again is 404, not 400.",
        fact=_REVOKE_ORGANIZATION,
        rows=(_ORGANIZATION, "3.3 organization_invitation_not_pending"),
        needs=_ORG,
        steps=(joined("ada"), revoked(ORG_SINGLE), _revoke(ORG_SINGLE, _NOT_PENDING)),
    ),
    Case(
        name="revoke-organization-accepted",
        promise="An accepted invitation to an organization is not pending, and revoking it is 404, not 400.",
        fact=_REVOKE_ORGANIZATION,
        rows=(_ORGANIZATION, "3.3 organization_invitation_not_pending"),
        needs=_ORG,
        stage=Stage(
            seed={
                "invitations": [
                    {
                        "id": "orginv_in",
                        "organization_id": "org_acme",
                        "email_address": "guest@example.com",
                        "status": "accepted",
                    }
                ]
            }
        ),
        steps=(
            _revoke(ORG_SINGLE, _NOT_PENDING, "orginv_in"),
            read(f"{ORG_SINGLE}/orginv_in", holds={"status": "accepted"}),
        ),
    ),
    Case(
        name="revoke-organization-unknown",
        promise="Revoking an invitation the organization does not have is answered 404, an application's too.",
        fact=_REVOKE_ORGANIZATION,
        rows=(_ORGANIZATION, "3.3 resource_not_found"),
        needs=_ORG,
        steps=(
            _revoke(ORG_SINGLE, refused(404, "resource_not_found"), "orginv_000000000000000000000000000"),
            invited("ada"),
            _revoke(ORG_SINGLE, refused(404)),
            read(SINGLE, {"query": "{id}"}, holds={"0/status": "pending"}),
        ),
    ),
    Case(
        name="revoke-organization-elsewhere",
        promise="An invitation is revoked in its own organization only; elsewhere it is 404, and stays pending.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, RevokeOrganizationInvitation: 404 is listed"),
        rows=(_ORGANIZATION,),
        needs=_ORG,
        stage=Stage(seed={"organizations": [{"id": "org_globex", "name": "Globex"}]}),
        steps=(
            joined("ada"),
            _revoke("/v1/organizations/org_globex/invitations", refused(404)),
            read(f"{ORG_SINGLE}/{{id}}", holds={"status": "pending"}),
        ),
    ),
)

CASES: Final = (*_APPLICATION_CASES, *_ORGANIZATION_CASES)
