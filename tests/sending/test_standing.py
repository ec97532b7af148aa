"""What has become of an invitation: read by id, by list, and out of what a refused revocation says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from stage import ACME, KEY, Stage

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, KeyRefused, NotReachable
from clerkbulk.sending.after.standing import Standing, pause_after, revoke, standing_of, standings
from clerkbulk.sending.client import Client

STATUSES = ("pending", "accepted", "revoked", "expired")


def seeded(stage: Stage, target: Target, statuses: tuple[str, ...] = STATUSES) -> dict[str, str]:
    """Put one invitation of each status into the instance; return their ids by address."""
    where = {"organization_id": "org_acme"} if target == ACME else {}
    made = stage.backend.seed(
        {"invitations": [{"email_address": f"{name}@example.com", "status": name, **where} for name in statuses]}
    )
    kind = "organization_invitations" if target == ACME else "invitations"
    return {one["email_address"]: one["id"] for one in made[kind]}


@pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)
def test_one_invitation_is_read_by_its_id(tmp_path: Path, target: Target) -> None:
    """Whatever its status; what Clerk never had is missing."""
    stage = Stage(tmp_path)
    ids = seeded(stage, target)
    with stage.client() as client:
        found = {email: standing_of(client, target, ids[email], email) for email in ids}
        assert standing_of(client, target, "inv_nothing", "nobody@example.com") is Standing.MISSING
    assert found == {f"{name}@example.com": Standing(name) for name in STATUSES}


@pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)
def test_many_are_read_from_the_list_and_not_one_by_one(tmp_path: Path, target: Target) -> None:
    """Forty invitations take a few reads; the one the list does not show is read by itself."""
    stage = Stage(tmp_path)
    ids = seeded(stage, target)
    where = {"organization_id": "org_acme"} if target == ACME else {}
    more = stage.backend.seed(
        {"invitations": [{"email_address": f"p{place}@example.com", **where} for place in range(36)]}
    )
    kind = "organization_invitations" if target == ACME else "invitations"
    emails = {invitation_id: email for email, invitation_id in ids.items()}
    emails |= {one["id"]: one["email_address"] for one in more[kind]} | {"inv_gone": "gone@example.com"}
    with stage.client() as client:
        found = standings(client, target, emails)
        assert client.reads <= 10
    assert found.pop("inv_gone") is Standing.MISSING
    assert [found[ids[f"{name}@example.com"]] for name in STATUSES] == [Standing(name) for name in STATUSES]
    assert list(found.values()).count(Standing.PENDING) == 37


@pytest.mark.parametrize(
    ("target", "before", "after", "stands"),
    [
        (cb.Application(), "pending", Standing.REVOKED, "revoked"),
        (cb.Application(), "accepted", Standing.ACCEPTED, "accepted"),
        (cb.Application(), "revoked", Standing.REVOKED, "revoked"),
        # Only pending organization invitations, and only non-revoked application ones, can be revoked (documented).
        (cb.Application(), "expired", Standing.REVOKED, "revoked"),
        (ACME, "pending", Standing.REVOKED, "revoked"),
        (ACME, "accepted", Standing.ACCEPTED, "accepted"),
        (ACME, "revoked", Standing.REVOKED, "revoked"),
        (ACME, "expired", Standing.EXPIRED, "expired"),
    ],
)
def test_a_revocation_says_how_the_invitation_stands_after_it(
    tmp_path: Path, target: Target, before: str, after: Standing, stands: str
) -> None:
    """Revoked, or what stood in the way; a 404 that does not say what is read up."""
    stage = Stage(tmp_path)
    ((email, invitation_id),) = seeded(stage, target, (before,)).items()
    with stage.client() as client:
        assert revoke(client, target, invitation_id, email) is after
    kind = "organization_invitations" if target == ACME else "invitations"
    assert [one["status"] for one in stage.backend.state()[kind]] == [stands]


@pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)
def test_an_invitation_clerk_does_not_have_is_missing_and_a_missing_organization_is_not(
    tmp_path: Path, target: Target
) -> None:
    """A 404 on a revocation may mean either: the list of the address tells."""
    stage = Stage(tmp_path)
    with stage.client() as client:
        assert revoke(client, target, "inv_gone", "gone@example.com") is Standing.MISSING
        with pytest.raises(ClerkRefused, match="404"):
            revoke(client, cb.Organization("org_gone"), "inv_gone", "gone@example.com")


def answering(*answers: tuple[int, Any]) -> Client:
    """Return a client whose requests get these answers in turn."""
    left = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        status, document = left.pop(0)
        return httpx.Response(status, json=document)

    return Client(KEY, transport=httpx.MockTransport(respond), clock=VirtualClock())


def test_an_answer_that_does_not_say_revoked_is_not_taken_for_it() -> None:
    """A 200 with the invitation as it was is read once more."""
    pending = {"id": "inv_1", "email_address": "ada@example.com", "status": "pending"}
    listed = {"data": [{**pending, "status": "revoked"}], "total_count": 1}
    with answering((200, pending), (200, {"data": [], "total_count": 0}), (200, listed)) as client:
        assert revoke(client, cb.Application(), "inv_1", "ada@example.com") is Standing.REVOKED


def test_refused_as_not_pending_and_listed_as_pending_is_said_and_not_guessed() -> None:
    """The two answers contradict each other: the refusal goes to the caller."""
    refusal = {"errors": [{"code": "organization_invitation_not_pending", "message": "", "long_message": ""}]}
    pending = {"id": "orginv_1", "email_address": "ada@example.com", "status": "pending"}
    with (
        answering((404, refusal), (200, pending)) as client,
        pytest.raises(ClerkRefused, match="organization_invitation_not_pending"),
    ):
        revoke(client, ACME, "orginv_1", "ada@example.com")


def test_a_refusal_says_how_long_clerk_wants_to_be_left_alone() -> None:
    """Retry-After of a refused revocation reaches the caller; None without one."""
    for headers, wait in (({"retry-after": "77"}, 77), ({}, None)):
        transport = httpx.MockTransport(lambda request, headers=headers: httpx.Response(429, json={}, headers=headers))  # type: ignore[misc]
        with Client(KEY, transport=transport, clock=VirtualClock()) as client, pytest.raises(ClerkRefused) as refused:
            client.revoke(cb.Application(), "inv_1")
        assert (refused.value.status, refused.value.retry_after) == (429, wait)


@pytest.mark.parametrize(
    ("error", "consecutive", "seconds"),
    [
        (ClerkRefused("", status=429, retry_after=77), 1, 77),
        (ClerkRefused("", status=429, retry_after=0), 1, 10),
        (ClerkRefused("", status=429), 3, 40),
        (ClerkRefused("", status=503), 1, 30),
        (ClerkRefused("", status=503), 2, 60),
        (NotReachable("", sent=True), 1, 30),
        (ClerkRefused("", status=409), 1, 30),
        (ClerkRefused("", status=408), 1, 30),
        (ClerkRefused("", status=403), 1, None),
        (ClerkRefused("", status=404), 1, None),
        (KeyRefused("", status=401), 1, None),
    ],
)
def test_what_may_pass_is_waited_for(
    error: NotReachable | ClerkRefused, consecutive: int, seconds: float | None
) -> None:
    """Retry-After is obeyed, with a floor that grows; a refusal for good is none to wait for."""
    assert pause_after(error, consecutive) == seconds
