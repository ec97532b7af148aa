"""What we write goes through the official Python SDK unharmed: it sends our items and adds only its own defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk
from generated_items import Item, exactly, good_items, tries
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.endpoint import (
    APPLICATION_BULK,
    APPLICATION_SINGLE,
    ENDPOINTS,
    ORGANIZATION_BULK,
    ORGANIZATION_SINGLE,
    Endpoint,
    Lane,
)
from clerkbulk.contract.invitation import Invitation
from clerkbulk.contract.json_schema import body_faults, faults, reply_schema
from clerkbulk.contract.target import Application, Organization, Target

ORGANIZATION = Organization("org_2abc")
TIMES = {"created_at": 1764633600000, "updated_at": 1764633600000, "expires_at": 1767225600000}

ADDED: dict[Endpoint, Item] = {
    # What the SDK writes out although nobody gave it: Clerk's documented defaults.
    APPLICATION_BULK: {"notify": True, "ignore_existing": False, "template_slug": "invitation"},
    APPLICATION_SINGLE: {"notify": True, "ignore_existing": False},
    ORGANIZATION_BULK: {"notify": True},
    ORGANIZATION_SINGLE: {"notify": True},
}


def target_of(endpoint: Endpoint) -> Target:
    """Return somewhere the endpoint may invite to."""
    return Application() if endpoint.item is Invitation else ORGANIZATION


def reply_item(endpoint: Endpoint, item: Item, number: int) -> Item:
    """Return what Clerk would answer for an item, with every field that the SDK insists on."""
    shared = {"email_address": item["email_address"], "public_metadata": item.get("public_metadata", {}), **TIMES}
    if endpoint.item is Invitation:
        return {"object": "invitation", "id": f"inv_{number}", "status": "pending", **shared}
    return {
        "object": "organization_invitation",
        "id": f"orginv_{number}",
        "role": item["role"],
        "role_name": "Member",
        "inviter_id": item.get("inviter_user_id"),
        "public_inviter_data": None,
        "url": None,
        **shared,
    }


def reply_to(endpoint: Endpoint, body: Any) -> Any:
    """Return the whole answer to a body."""
    if endpoint.lane is Lane.SINGLE:
        return reply_item(endpoint, body, 1)
    data = [reply_item(endpoint, item, number) for number, item in enumerate(body)]
    return data if endpoint.item is Invitation else {"data": data, "total_count": len(data)}


@contextmanager
def sdk(endpoint: Endpoint, calls: list[httpx.Request]) -> Iterator[Clerk]:
    """Yield the SDK on a transport that notes each call and answers as Clerk would."""

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(200, json=reply_to(endpoint, json.loads(request.content)))

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        Clerk(bearer_auth="sk_test_fake", server_url="https://api.example.com/v1", client=http) as clerk,
    ):
        yield clerk


def send(clerk: Clerk, endpoint: Endpoint, items: list[Item]) -> Any:
    """Make the SDK's call of the endpoint, by the name that the endpoint gives it, without its retries."""
    call = attrgetter(endpoint.python.removeprefix("clerk."))(clerk)
    match endpoint.item is Invitation, endpoint.lane:
        case True, Lane.BULK:
            return call(request=items, retries=None)
        case False, Lane.BULK:
            return call(organization_id=ORGANIZATION.organization_id, request_body=items, retries=None)
        case True, _:
            return call(request=items[0], retries=None)
        case _:
            return call(organization_id=ORGANIZATION.organization_id, **items[0], retries=None)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.operation)
@tries(30)
@given(data=st.data())
def test_the_sdk_sends_what_we_write_and_adds_only_its_defaults(endpoint: Endpoint, data: st.DataObject) -> None:
    """Same path, same items, same JSON but for the defaults it writes out; and our schema takes its body, too."""
    drawn = data.draw(st.lists(good_items(endpoint.item), min_size=1, max_size=min(4, endpoint.most_per_call)))
    items = [endpoint.item.model_validate(item).to_wire() for item in drawn]
    calls: list[httpx.Request] = []
    with sdk(endpoint, calls) as clerk:
        send(clerk, endpoint, items)
    (call,) = calls
    sent = json.loads(call.content)
    expected = [{**ADDED[endpoint], **item} for item in items]
    assert call.method == "POST"
    assert call.url.path == endpoint.path_for(target_of(endpoint))
    assert exactly(sent) == exactly(expected if endpoint.lane is Lane.BULK else expected[0])
    assert body_faults(target_of(endpoint), sent, endpoint.lane) == ()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.operation)
def test_the_sdk_reads_a_reply_that_holds_to_our_schema(endpoint: Endpoint) -> None:
    """The reply that our schema describes is one that the SDK takes apart into the same invitations."""
    emails = ["ada@example.com", "grace@example.com"][: endpoint.most_per_call]
    items = [
        {"email_address": email, **({} if endpoint.item is Invitation else {"role": "org:member"})} for email in emails
    ]
    reply = reply_to(endpoint, items if endpoint.lane is Lane.BULK else items[0])
    assert faults(reply_schema(target_of(endpoint), endpoint.lane), reply) == ()
    with sdk(endpoint, []) as clerk:
        read = send(clerk, endpoint, items)
    if endpoint.lane is Lane.SINGLE:
        read = [read]
    elif endpoint.item is not Invitation:
        read = read.data
    assert [(each.email_address, each.created_at) for each in read] == [(email, 1764633600000) for email in emails]


@pytest.mark.parametrize("endpoint", [APPLICATION_BULK, ORGANIZATION_BULK], ids=lambda endpoint: endpoint.operation)
def test_the_sdk_lets_out_what_we_do_not(endpoint: Endpoint) -> None:
    """Why we check: an unknown field vanishes without a word, and a bad address and 400 days are sent as they are."""
    item = {"email_address": "", "expires_in_days": 400, "team": "research"}
    item |= {} if endpoint.item is Invitation else {"role": "org:member"}
    calls: list[httpx.Request] = []
    with sdk(endpoint, calls) as clerk:
        send(clerk, endpoint, [item])
    (sent,) = json.loads(calls[0].content)
    assert (sent["email_address"], sent["expires_in_days"], "team" in sent) == ("", 400, False)
    assert [sentence.partition(":")[0] for sentence in body_faults(target_of(endpoint), [item])] == [
        "[0].team",
        "[0].email_address",
        "[0].expires_in_days",
    ]
