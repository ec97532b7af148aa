"""Reading what became of a call when Clerk's list is awkward: other spellings, late news, invitations of other rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from reminders import by_address, invitations, remind, sent_long_ago
from stage import ACME, Stage, checked, people
from withdrawals import revocations, statuses, sum_of, withdraw

import clerkbulk as cb
from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.after.standing import Standing, standing_of
from clerkbulk.sending.before.looking import who_is_in
from clerkbulk.sending.state import Sum

BUECHER = "ada@bücher.example"
TARGETS = [cb.Application(), ACME]
LOST = {"do": "drop", "method": "POST", "when": "before"}
"""A call that is lost before it reaches Clerk."""


def bulk(target: Target) -> str:
    return "/v1/organizations/org_acme/invitations/bulk" if target == ACME else "/v1/invitations/bulk"


class Rewriting(httpx.BaseTransport):
    """An instance that answers what somebody makes of its answers; the request may be rewritten, too."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        asked: Callable[[httpx.Request], httpx.Request] | None = None,
        answered: Callable[[httpx.Request, Any], Any] | None = None,
    ) -> None:
        self._inner, self._asked, self._answered = inner, asked, answered

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request = self._asked(request) if self._asked else request
        response = self._inner.handle_request(request)
        if self._answered is None or response.status_code != 200:
            return response
        content = self._answered(request, json.loads(response.read()))
        headers = {name: value for name, value in response.headers.items() if name == "date"}
        return httpx.Response(response.status_code, json=content, headers=headers)


def in_ascii(request: httpx.Request) -> httpx.Request:
    """Let Clerk keep domains in ASCII: its list then finds what is kept, and nothing else."""
    if request.method != "POST" or not request.content:
        return request
    body = json.loads(request.content)
    for item in body if isinstance(body, list) else [body]:
        if "email_address" in item:
            item["email_address"] = address_key(item["email_address"])
    content = json.dumps(body).encode()
    headers = [(name, value) for name, value in request.headers.items() if name != "content-length"]
    return httpx.Request(request.method, request.url, headers=headers, content=content)


@pytest.mark.parametrize(
    ("target", "options"),
    [(cb.Application(), {}), (cb.Application(), {"ignore_existing": True}), (ACME, {})],
    ids=["application", "application, ignoring", "organization"],
)
def test_a_lost_answer_is_found_whichever_spelling_clerk_keeps(
    tmp_path: Path, target: Target, options: dict[str, Any]
) -> None:
    """The invitation is ours: nobody is invited twice, and the row does not say that somebody else had invited."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"do": "drop", "method": "POST", "when": "after"}])
    with stage.ledger() as ledger, stage.client(Rewriting(stage.backend.transport(), in_ascii)) as client:
        job = ledger.job(checked([BUECHER], target, **options))
        stage.steps(job, client)
        assert job.sum() == Sum(1, sent=1)
    assert by_address(stage, target) == {"ada@xn--bcher-kva.example": ["pending"]}


def test_an_answer_without_an_id_is_named_whichever_spelling_clerk_keeps(tmp_path: Path) -> None:
    """Withdrawing finds the invitation by its address and revokes it."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client(Rewriting(stage.backend.transport(), in_ascii)) as client:
        job = ledger.job(checked([BUECHER]))
        stage.steps(job, client)
        with ledger.begin() as connection:
            connection.execute(tables.row.update().values(invitation_id=None))
    withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(1, withdrawn=1)
    assert statuses(stage) == {"revoked": 1}


def test_an_invitation_that_no_id_finds_stands_under_either_spelling(tmp_path: Path) -> None:
    """What the list of the address shows is not said to be missing."""
    stage = Stage(tmp_path)
    with stage.client(Rewriting(stage.backend.transport(), in_ascii)) as client, stage.ledger() as ledger:
        stage.steps(ledger.job(checked([BUECHER])), client)
    invitation_id = invitations(stage)[0]["id"]

    def no_id_finds(request: httpx.Request, found: Any) -> Any:
        return {"data": [], "total_count": 0} if request.url.params.get("query") == invitation_id else found

    with stage.client(Rewriting(stage.backend.transport(), answered=no_id_finds)) as client:
        assert standing_of(client, cb.Application(), invitation_id, BUECHER) is Standing.PENDING


def test_who_is_in_is_asked_for_under_either_spelling(tmp_path: Path) -> None:
    """In one read: a user whose address Clerk keeps in ASCII is the person of the row."""
    stage = Stage(tmp_path)
    stage.backend.seed({"users": [{"email_address": BUECHER}]})
    with stage.client() as client:
        assert who_is_in(client, cb.Application(), [BUECHER]) == {address_key(BUECHER)}
    (call,) = stage.backend.calls()
    asked = [value for name, value in call["query"] if name == "email_address"]
    assert asked == [BUECHER, "ada@xn--bcher-kva.example"]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_reminder_is_sent_although_the_list_shows_the_revoked_invitation_as_open(
    tmp_path: Path, target: Target
) -> None:
    """Clerk's list lags by five seconds, and the reminder's call is lost: the person ends with one open invitation."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 1, target)
    revoked: dict[str, float] = {}

    def lagging(request: httpx.Request, found: Any) -> Any:
        if request.url.path.endswith("/revoke"):
            revoked[found["id"]] = stage.clock.now()
        elif request.method == "GET" and request.url.path.endswith("/invitations"):
            late = {one for one, at in revoked.items() if stage.clock.now() - at < 5}
            items = found["data"] if isinstance(found, dict) else found
            items[:] = [one for one in items if one["id"] not in late]
            if request.url.params.get("status") in {None, "pending"}:
                old = [one for one in invitations(stage, target) if one["id"] in late]
                items += [{**one, "status": "pending", "revoked": False} for one in old]
        return found

    stage.backend.faults([{**LOST, "path": bulk(target)}])
    transport = Rewriting(stage.backend.transport(), answered=lagging)
    with stage.ledger() as ledger, stage.client(transport) as client:
        reminder = ledger.find(job.id).remind(client, 7)
        assert reminder is not None
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(1, sent=1)
    assert by_address(stage, target) == {"p1@example.com": ["revoked", "pending"]}


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_sent_again_just_after_a_withdrawal_what_was_revoked_is_not_taken_for_the_new_invitation(
    tmp_path: Path, seconds: int, target: Target
) -> None:
    """The second job's call is lost before it arrives: everybody holds one open invitation in the end."""
    stage = Stage(tmp_path)
    first = stage.send(checked(people(3), target))
    withdraw(stage, first.id)
    stage.clock.advance(seconds)
    stage.backend.faults([{**LOST, "path": bulk(target)}])
    second = stage.send(checked(people(4), target))
    assert second.sum() == Sum(4, sent=4)
    assert statuses(stage, target) == {"pending": 4, "revoked": 3}


def test_a_reminder_without_an_id_is_not_named_after_the_invitation_it_replaces(tmp_path: Path) -> None:
    """Sent and reminded within one second: what is withdrawn is the reminder's own invitation."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(1)))
    stage.clock.advance(0.4)
    reminder = remind(stage, job.id, silent_for=0)
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.execute(tables.row.update().where(tables.row.c.job_id == reminder).values(invitation_id=None))
    assert by_address(stage) == {"p1@example.com": ["revoked", "pending"]}
    withdraw(stage, job.id)
    assert by_address(stage) == {"p1@example.com": ["revoked", "revoked"]}


def test_a_row_without_an_id_is_not_named_after_the_invitation_of_another_row(tmp_path: Path) -> None:
    """Withdrawn and sent again within one second: what is withdrawn then is the new invitation."""
    stage = Stage(tmp_path)
    withdraw(stage, stage.send(checked(people(1))).id)
    stage.clock.advance(0.4)
    second = stage.send(checked(people(2)))
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.execute(tables.row.update().where(tables.row.c.job_id == second.id).values(invitation_id=None))
    withdraw(stage, second.id)
    assert sum_of(stage, second.id) == Sum(2, withdrawn=2)
    assert statuses(stage) == {"revoked": 3}


def test_a_purged_job_cannot_be_looked_at(tmp_path: Path) -> None:
    """A face that looks without settling is told what a withdrawal is told."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(2)))
    with stage.ledger() as ledger, stage.client() as client:
        ledger.find(job.id).purge()
        with pytest.raises(InputError, match="was purged: the ledger no longer knows whom it has invited"):
            ledger.find(job.id).withdraw(client).look()
    assert revocations(stage) == []
