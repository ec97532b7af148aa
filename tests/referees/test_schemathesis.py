"""Schemathesis asks the emulator whatever Clerk's document allows, and what it forbids: every answer is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from published import DOCUMENT, WHY_NOT, as_on_the_wire
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=WHY_NOT)

NOON = 1_800_014_400
KEY = "sk_test_fake"
EXAMPLES = 100
"""For each operation; about half of them keep to the document."""
JUDGED_BY = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
"""Not whether what fits is accepted: to the document addresses and URLs are any text, and to Clerk they are not."""

ANYWHERE: Mapping[str, str] = {
    "401": "any call without a good key (clerk-contract 3.3, recorded; row 6 of 8.1)",
    "415": "a body of another type (clerk-contract 1.1 and 3.3)",
}
"""Statuses that the document does not list for every operation, and where they stand instead."""
BESIDES: Mapping[str, Mapping[str, str]] = {
    "CreateInvitation": {"403": "the block list (clerk-contract 3.3; row 6 of 8.1)"},
    "CreateBulkInvitations": {"403": "the block list (clerk-contract 3.3; row 6 of 8.1)"},
    "ListInvitations": {"422": "a query that is none; the document lists 200 alone (row 6 of 8.1)"},
    "ListPendingOrganizationInvitations": {"422": "a query that is none (row 6 of 8.1)"},
    "UsersGetOrganizationInvitations": {"422": "a query that is none (row 6 of 8.1)"},
    "RevokeOrganizationInvitation": {"422": "a body that is no object (clerk-contract 3.3: FailedToParseRequestBody)"},
}
REACHED: Mapping[str, str] = {
    "CreateInvitation": "200 400 403 422",
    "CreateBulkInvitations": "200 400 403 422",
    "ListInvitations": "200 422",
    "RevokeInvitation": "200 400 404",
    "CreateOrganizationInvitation": "200 400 403 404 422",
    "CreateOrganizationInvitationBulk": "200 400 403 404 422",
    "ListOrganizationInvitations": "200 404 422",
    "ListPendingOrganizationInvitations": "200 404 422",
    "GetOrganizationInvitation": "200 404",
    "RevokeOrganizationInvitation": "200 404 422",
    "ListInstanceOrganizationInvitations": "200 422",
    "UsersGetOrganizationInvitations": "200 404 422",
}
"""The operations, and the statuses that must be met on the way: a referee who saw only refusals saw little."""
DOCUMENTED = {
    "email_address", "role", "inviter_user_id", "public_metadata", "private_metadata", "redirect_url",
    "expires_in_days", "notify", "ignore_existing", "template_slug",
}  # fmt: skip
ROLES, INVITERS, REDIRECTS = [*9 * ["org:member"], "org:pilot"], ["user_boss"], ["https://app.example.com/"]
PATHS = {"organization_id": ["org_acme"], "user_id": ["user_boss"]}
ADDRESSES = [f"new{number}@example.com" for number in range(6)]
# Each kind often enough to be met by whatever is drawn: that hangs on which modules hypothesis finds loaded, too.
ADDRESSES += ["pending@example.com", "boss@example.com"] * 2
ADDRESSES += [f"somebody{number}@blocked.example.com" for number in range(3)]
STATUSES = ("pending", "accepted", "revoked", "expired")


@cache
def document() -> dict[str, Any]:
    """Return Clerk's document with the statuses above, each answered by the envelope of Clerk's errors."""
    spec = as_on_the_wire()
    for operations in spec["paths"].values():
        for operation in operations.values():
            for status in {**ANYWHERE, **BESIDES.get(operation["operationId"], {})}:
                operation["responses"].setdefault(status, {"$ref": "#/components/responses/ClerkErrors"})
    return spec


def operation_of(backend: Backend, operation_id: str) -> Any:
    """Return an operation whose cases are put to an instance."""
    schema = schemathesis.openapi.from_dict(document())
    # It would draw words from the emulator's own code as well, and other ones whenever that changes.
    schema.config.analysis.constants.enabled = False
    schema.app = backend.app()
    return schema.find_operation_by_id(operation_id)


def furnish(backend: Backend) -> None:
    """Leave nothing in an instance but an organization, its administrator, and invitations in each status."""
    backend.reset()
    entries = [
        {"id": f"inv_{status}", "email_address": f"{status}@example.com", "status": status} for status in STATUSES
    ]
    in_acme = [{**entry, "id": f"org{entry['id']}", "organization_id": "org_acme"} for entry in entries]
    mine = {"email_address": "boss@example.com", "organization_id": "org_acme"}
    backend.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme"}],
            "users": [{"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo"}],
            "memberships": [{"organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"}],
            "invitations": [*entries, *in_acme, mine],
        }
    )


def at_home(case: Any, draw: Any) -> None:
    """Put names that the instance knows in the place of some that nobody knows: in the path, and in a good body."""
    kind = "orginv" if "organization_id" in case.path_parameters else "inv"
    known = {**PATHS, "invitation_id": [f"{kind}_{status}" for status in STATUSES]}
    case.path_parameters = {name: draw(st.sampled_from(known[name])) for name in case.path_parameters}
    for item in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(item, dict) and "email_address" in item:
            # The schema of organization items is open; the emulator, for one, refuses keys that it does not know.
            for name in set(item) - DOCUMENTED:
                del item[name]
            known = {"email_address": ADDRESSES, "role": ROLES, "redirect_url": REDIRECTS, "inviter_user_id": INVITERS}
            item |= {name: draw(st.sampled_from(values)) for name, values in known.items() if name in item}


@pytest.mark.parametrize("operation_id", REACHED)
def test_every_answer_is_published(operation_id: str) -> None:
    """No 5xx; status, type and every field of every answer are as the document or the tables above have them."""
    backend = Backend(limits="off", clock=VirtualClock(NOON), settings=Settings(blocklist=("*@blocked.example.com",)))
    operation = operation_of(backend, operation_id)
    cases = {mode: operation.as_strategy(generation_mode=mode) for mode in GenerationMode}
    met: Counter[int] = Counter()

    @seed(0)
    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(GenerationMode).flatmap(cases.get), st.data())
    def judge(case: schemathesis.Case, data: st.DataObject) -> None:
        furnish(backend)
        if data.draw(st.integers(0, 9)):
            at_home(case, data.draw)
        response = case.call(headers={"Authorization": f"Bearer {KEY}"})
        met[response.status_code] += 1
        case.validate_response(response, checks=JUDGED_BY)

    judge()
    assert {int(status) for status in REACHED[operation_id].split()} <= set(met)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, {"id": "inv_1"}, "Response violates schema"),
        (201, {}, "Undocumented"),
        (500, {"errors": []}, "Server error"),
        (200, "<html></html>", "Content-Type"),
    ],
)
def test_schemathesis_flags_what_is_wrong(status: int, body: Any, words: str) -> None:
    """A referee that can fail: a wrong answer is found by the checks above, each by its own."""
    backend = Backend(limits="off", clock=VirtualClock(NOON))
    operation = operation_of(backend, "RevokeInvitation")
    backend.faults([{"do": "status", "status": status, "body": body}])
    case = operation.Case(path_parameters={"invitation_id": "inv_1"})
    with pytest.raises(FailureGroup) as found:
        case.validate_response(case.call(headers={"Authorization": f"Bearer {KEY}"}), checks=JUDGED_BY)
    assert words in str(found.value)
