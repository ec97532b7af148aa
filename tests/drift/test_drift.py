"""Clerk's published document beside what we believe: no drift, and what is known is told; ours is what we do."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from clerks_spec import BULK, SCHEMAS, at, needs_spec, put, spec_copy

from clerkbulk.contract.endpoint import API_PREFIX, ENDPOINTS, Lane
from clerkbulk.contract.target import Application, Organization
from clerkbulk.drift.accepted import ACCEPTED
from clerkbulk.drift.believed import CALLS, Call
from clerkbulk.drift.compare import compare
from clerkbulk.drift.difference import Grade
from clerkbulk.drift.texts import TEXTS
from clerkbulk.sending.client import Client
from clerkbulk.sending.lists import membership_list, organization_invitation_list, user_list

ROWS = {
    "clerk-contract 1.2", "clerk-contract 2.2", "clerk-contract 2.3", "clerk-contract, sources",
    *(f"clerk-contract 8.1 row {row}" for row in (1, 2, 3, 4, 5, 6, 7, 8, 15, 18)),
}  # fmt: skip


@needs_spec
def test_the_published_document_is_no_drift() -> None:
    """On the document we built on nothing differs but what is known, and every known row is met."""
    drift = compare(spec_copy())
    assert drift.differences == ()
    assert {known.row for known in drift.known} == ROWS == {accepted.row for accepted in ACCEPTED}
    assert drift.sentence == "No drift: Clerk's document 2026-05-12 says what we believe (31 known differences)."


@needs_spec
def test_a_known_difference_says_its_row_and_what_we_do() -> None:
    """The known ones carry no grade: they are decided."""
    (paginated,) = [known.to_json() for known in compare(spec_copy()).known if known.row == "clerk-contract 8.1 row 2"]
    assert paginated == {
        "kind": "form",
        "where": "ListInvitations, reply",
        "operations": ["ListInvitations"],
        "field": "reply",
        "pointer": "#/components/responses/Invitation.List/content/application~1json/schema",
        "what": "Ours expects an object with data; Clerk's document answers a bare array. We read both.",
        "row": "clerk-contract 8.1 row 2",
        "because": "The document answers paginated=true with an array as well; Clerk's SDKs read an object. We ask for "
        "the object and read both.",
    }


@needs_spec
def test_a_drift_shows_itself_gravest_first() -> None:
    """JSON has the counts and every difference; the notebook gets a table, escaped; the sentence sums up."""
    document = spec_copy()
    put("info version", "2026-09-01")(document)
    put(f"{BULK} requestBody content application/json schema maxItems", 5)(document)
    put(f"{SCHEMAS} Invitation properties <b>", {"type": "string"})(document)
    drift = compare(document)
    assert [each.grade for each in drift.differences] == [Grade.BREAKING, Grade.NEW, Grade.NEW]
    written = json.loads(json.dumps(drift.to_json()))
    assert written["version"] == "2026-09-01"
    assert written["counts"] == {"breaking": 1, "new": 2, "wording": 0}
    assert written["differences"][0] == {
        "grade": "breaking",
        "kind": "maxItems",
        "where": "CreateBulkInvitations, body",
        "operations": ["CreateBulkInvitations"],
        "field": "body",
        "pointer": "#/paths/~1invitations~1bulk/post/requestBody/content/application~1json/schema",
        "what": "The maxItems is 10 with us and 5 in Clerk's document. Keep to it.",
    }
    assert repr(drift) == (
        "<Drift: Clerk's document 2026-09-01 differs from what we believe: 1 breaking, 2 new (31 known).>"
    )
    page = drift._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == 1 + 3 + 31


@needs_spec
def test_openapi_3_1_says_the_same_in_its_own_words() -> None:
    """Null as a type or a choice, an excluded bound as a number, const: no difference from 3.0's words."""
    document = spec_copy()
    document["openapi"] = "3.1.0"
    fields = at(document, f"{BULK} requestBody content application/json schema items properties")
    fields["notify"] |= {"type": ["boolean", "null"]}
    del fields["notify"]["nullable"]
    fields["redirect_url"] |= {"anyOf": [{"type": "string"}, {"type": "null"}]}
    del fields["redirect_url"]["nullable"], fields["redirect_url"]["type"]
    fields["expires_in_days"] |= {"exclusiveMaximum": 366}
    del fields["expires_in_days"]["maximum"]
    fields["ignore_existing"] |= {"allOf": [{"type": ["boolean", "null"]}, {"type": ["boolean", "string", "null"]}]}
    del fields["ignore_existing"]["type"], fields["ignore_existing"]["nullable"]
    at(document, f"{SCHEMAS} Invitation properties object").pop("enum")
    at(document, f"{SCHEMAS} Invitation properties object")["const"] = "invitation"
    assert compare(document).differences == ()


@needs_spec
def test_parameters_may_be_shared_by_the_calls_of_a_path() -> None:
    """What stands beside the calls of a path counts for each of them."""
    document = spec_copy()
    path = at(document, "paths /organizations/{organization_id}/invitations/{invitation_id}")
    path["parameters"] = path["get"].pop("parameters")
    assert compare(document).differences == ()


@needs_spec
def test_a_choice_that_leaves_us_what_we_send_is_only_new() -> None:
    """Of several shapes of a body the one that we send counts."""
    document = spec_copy()
    content = at(document, f"{BULK} requestBody content application/json")
    content["schema"] = {"oneOf": [{"type": "object"}, content["schema"], {"type": "string"}]}
    assert [(each.grade, each.kind) for each in compare(document).differences] == [(Grade.NEW, "choice")]


@needs_spec
def test_a_document_that_was_not_cut_is_no_drift_either() -> None:
    """With the call for the instance in it, as Clerk publishes it, nothing differs and one less is known."""
    document = spec_copy()
    instance = {"type": "object", "properties": {"id": {"type": "string"}, "environment_type": {"type": "string"}}}
    answer = {"content": {"application/json": {"schema": instance}}}
    put("paths /instance", {"get": {"operationId": "GetInstance", "responses": {"200": answer}}})(document)
    drift = compare(document)
    assert drift.differences == ()
    assert len(drift.known) == 30


# Ours is what we do.


def _matching(method: str, path: str) -> Call:
    (found,) = [
        call
        for call in CALLS
        if call.method == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+_[^/]+", call.path), path)
    ]
    return found


def test_the_calls_compared_are_those_the_client_makes() -> None:
    """Every call of the client is compared, with every parameter it sends, and no other is."""
    made: dict[str, set[str]] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        call = _matching(request.method, request.url.path.removeprefix(API_PREFIX))
        made.setdefault(call.operation, set()).update(request.url.params.keys())
        return httpx.Response(200, json={"id": "inv_a", "data": [], "total_count": 0})

    client = Client("sk_test_fake", transport=httpx.MockTransport(answer))
    for target in (Application(), Organization("org_acme")):
        item = {"email_address": "ada@example.com"} | ({"role": "org:member"} if target != Application() else {})
        for lane in Lane:
            client.create(target, [item], lane)
        client.revoke(target, "inv_a")
        list(client.invitations(target, status=["pending"], email_address="ada@example.com", order_by="-created_at"))
    client.invitation(Organization("org_acme"), "inv_a")
    list(client.users(["ada@example.com"], user_ids=["user_a"]))
    list(client.memberships("org_acme", ["ada@example.com"], user_ids=["user_a"]))
    after = {"created_at": 1, "last_active_at": 1, "last_sign_in_at": 1}
    client.page(user_list(after=after, order_by="+created_at", starting_after="user_a"))
    client.page(membership_list("org_acme", order_by="-created_at"), offset=0)
    client.page(organization_invitation_list(), offset=0)
    client.organization("org_acme")
    list(client.roles())
    client.instance()
    assert made == {call.operation: set(call.query) for call in CALLS}


def test_every_public_call_of_the_client_is_tried() -> None:
    """The test above leaves out no method of the client that makes a call."""
    calls = {name for name, made in vars(Client).items() if not name.startswith("_") and callable(made)}
    assert calls == {
        "create", "revoke", "invitations", "invitation", "users", "memberships", "organization", "roles", "instance",
        "every_invitation",  # by way of invitations()
        "time_there",  # by way of /v1/instance
        "page",  # of the lists above
        "heeding", "handed_over", "answered", "close",  # no calls
    }  # fmt: skip


def test_our_side_of_the_bodies_is_our_models_and_endpoints() -> None:
    """The items compared have the parameters of the models, under their names on the wire, ten a bulk call."""
    bodies: dict[str, Any] = {call.operation: call.body for call in CALLS}
    for endpoint in ENDPOINTS:
        body = bodies[endpoint.operation]
        item = body["items"] if endpoint.lane is Lane.BULK else body
        assert set(item["properties"]) == set(endpoint.item.parameters())
        assert endpoint.lane is Lane.SINGLE or body["maxItems"] == endpoint.most_per_call == 10


def test_each_call_about_invitations_has_its_texts() -> None:
    """No call is compared without the texts we read of it."""
    assert set(TEXTS) == {call.operation for call in CALLS if not call.neighbour}
