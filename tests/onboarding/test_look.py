"""Looking at Clerk: everything the first time, what can have changed later, and each time that tells when it was."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest
from lookout import ACME, APP, DAY, INSTANCE, NOON, Lookout

from clerkbulk.contract.target import Target
from clerkbulk.onboarding.looking.look import Looked, complete_looks, part_of
from clerkbulk.sending import seen

EVERY = [f"p{number}@example.com" for number in range(1, 8)]
BOTH = pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])


@BOTH
def test_a_first_look_sees_invitations_of_every_status(target: Target) -> None:
    """Pending, accepted, revoked and expired ones, as Clerk has them, with their times in seconds."""
    out = Lookout()
    for number, status in enumerate(["pending", "accepted", "revoked", "expired"]):
        out.invite(f"p{number}@example.com", target=target, status=status, public_metadata={"team": "red"})
    out.look(target)
    assert out.statuses() == out.truth()
    assert Counter(out.statuses().values()) == dict.fromkeys(["pending", "accepted", "revoked", "expired"], 1)
    row = out.table(seen.invitation)[0]
    assert (row["instance_id"], row["organization_id"], row["role"]) == (
        INSTANCE, None if target == APP else "org_acme", None if target == APP else "org:member",
    )  # fmt: skip
    assert json.loads(row["public_metadata"]) == {"team": "red"}
    pending = next(row for row in out.table(seen.invitation) if row["key"] == "p0@example.com")
    assert (pending["created_at"], pending["expires_at"]) == (NOON, NOON + 30 * DAY)


def test_no_url_and_no_ticket_is_kept() -> None:
    """Clerk's list carries the link of every pending invitation: it is a credential, and no table has it."""
    out = Lookout()
    out.invite(*EVERY)
    list(zip(range(3), out.looking(), strict=False))
    held = [str(row) for table in seen.metadata.sorted_tables for row in out.table(table)]
    assert any("p1@example.com" in row for row in held)
    assert [row for row in held if "ticket=" in row or "http" in row] == []


@BOTH
@pytest.mark.parametrize("happens", ["accepted", "revoked", "expired"])
def test_what_happens_between_two_looks_lies_between_their_times(target: Target, happens: str) -> None:
    """The last time it was seen pending, and the first time it was seen ended, hold the true time."""
    out = Lookout()
    out.invite("ada@example.com", target=target, expires_in_days=2)
    out.look(target)
    out.clock.advance(DAY)
    (invitation,) = out.truth()
    if happens == "accepted":
        out.backend.accept({"id": invitation})
    elif happens == "revoked":
        out.client.revoke(target, invitation)
    truth = out.clock.now() if happens != "expired" else NOON + 2 * DAY
    out.clock.advance(2 * DAY)
    out.look(target)
    assert out.statuses() == out.truth() == {invitation: happens}
    low, high = out.bracket("ada@example.com", after=happens)
    assert NOON - 5 <= low <= truth <= high <= out.clock.now() + 5
    assert {row["status"] for row in out.table(seen.status)} == {"pending", happens}


def test_a_moment_is_not_told_more_exactly_than_clerk_tells_it() -> None:
    """The Date of an answer has whole seconds, and clocks differ: an acceptance within the same second is not lost."""
    out = Lookout()
    out.invite("ada@example.com")
    out.look()
    out.clock.advance(100.75)
    out.backend.accept({"email_address": "ada@example.com"})
    truth = out.clock.now()
    out.look()
    low, high = out.bracket("ada@example.com")
    assert low <= truth <= high


@BOTH
def test_each_complete_look_sees_all_that_is_pending(target: Target) -> None:
    """So that a pending invitation which a complete look has not seen is known to be listed no more."""
    out = Lookout()
    out.invite(*EVERY, target=target)
    for _ in range(3):
        out.look(target)
        out.clock.advance(DAY)
    with out.begin() as connection:
        looks = complete_looks(connection, INSTANCE, part_of(target))
    assert len(looks) == 3
    assert [began <= ended for began, ended in looks] == [True] * 3
    for row in out.table(seen.invitation):
        assert row["last_seen_at"] >= looks[-1][0]
        assert row["first_seen_at"] <= looks[0][1] + 5


def test_users_are_seen_with_their_addresses_and_when_they_were_there() -> None:
    """An account of several addresses is one user; who never signed in was never there: 0."""
    out = Lookout()
    at = int((NOON - DAY) * 1000)
    out.backend.seed(
        {
            "users": [
                {"id": "user_ada", "email_addresses": ["Ada@Example.com", "ada@work.example.com"], "created_at": at,
                 "last_sign_in_at": at + 5_000, "last_active_at": at + 9_000},
                {"id": "user_bob", "email_address": "bob@example.com", "created_at": at},
            ]
        }
    )  # fmt: skip
    out.look()
    assert {(row["key"], row["user_id"], row["strategy"]) for row in out.table(seen.address)} == {
        ("ada@example.com", "user_ada", "admin"),
        ("ada@work.example.com", "user_ada", "admin"),
        ("bob@example.com", "user_bob", "admin"),
    }
    assert [(row["id"], row["created_at"]) for row in out.table(seen.user)] == [
        ("user_ada", NOON - DAY), ("user_bob", NOON - DAY),
    ]  # fmt: skip
    assert [(row["user_id"], row["kind"], row["at"]) for row in out.table(seen.activity)] == [
        ("user_ada", "active", NOON - DAY + 9),
        ("user_ada", "sign_in", NOON - DAY + 5),
        ("user_bob", "active", 0.0),
        ("user_bob", "sign_in", 0.0),
    ]


@pytest.mark.parametrize("whom", [None, "everybody named"])
def test_activity_is_an_observation_a_look(whom: str | None) -> None:
    """Each time that was seen stays; of who was not there again it is known until the last look."""
    out = Lookout()
    people = [f"p{number}@example.com" for number in range(400)]
    out.backend.seed({"users": [{"id": f"user_{n}", "email_address": person} for n, person in enumerate(people)]})
    out.invite(*people[:2])
    keys = None if whom is None else people
    out.look(whom=keys)
    out.clock.advance(DAY)
    out.backend.accept({"email_address": people[0]})  # signs in
    came = out.clock.now()
    out.clock.advance(DAY)
    second = out.look(whom=keys)
    assert len(second.queries("/v1/users")) == 3
    began = out.clock.now()
    lines = [row for row in out.table(seen.activity) if row["kind"] == "sign_in"]
    ada = [(row["at"], row["last_seen_at"] > came) for row in lines if row["user_id"] == "user_0"]
    assert ada == [(0.0, False), (came, True)]
    others = [row for row in lines if row["user_id"] != "user_0"]
    assert len(others) == 399
    assert {(row["at"], began - row["last_seen_at"] < 5) for row in others} == {(0.0, True)}


def test_the_day_s_precision_of_last_active_hides_nobody() -> None:
    """Clerk may show the midnight before: who was there an hour ago is found by a look a minute ago all the same."""
    out = Lookout()
    out.look()
    midnight = NOON - NOON % DAY
    out.clock.advance(3600)
    out.backend.seed({"users": [{"id": "user_ada", "email_address": "ada@example.com",
                                 "created_at": int((NOON - 40 * DAY) * 1000),
                                 "last_active_at": int(midnight * 1000)}]})  # fmt: skip
    out.look()
    assert [(row["at"]) for row in out.table(seen.activity) if row["kind"] == "active"] == [midnight]


def test_memberships_are_seen_and_new_ones_later() -> None:
    """With the role, the time, and the address the member is called by; a later look reads one page of the newest."""
    out = Lookout()
    out.invite("ada@example.com", "bob@example.com", target=ACME)
    out.backend.accept({"email_address": "ada@example.com", "organization_id": "org_acme"})
    out.look(ACME)
    out.clock.advance(DAY)
    out.backend.accept({"email_address": "bob@example.com", "organization_id": "org_acme"})
    second = out.look(ACME)
    assert [(row["organization_id"], row["key"], row["role"], row["created_at"]) for row in sorted(
        out.table(seen.membership), key=lambda row: row["created_at"]
    )] == [
        ("org_acme", "ada@example.com", "org:member", NOON),
        ("org_acme", "bob@example.com", "org:member", NOON + DAY),
    ]  # fmt: skip
    assert second.queries("/v1/organizations/org_acme/memberships") == [
        {"order_by": "-created_at", "limit": "500", "offset": "0"}
    ]


def test_replies_that_lack_fields_stop_no_look() -> None:
    """A field less is a field that is not known; what has no id cannot be kept; nothing is told on a guess."""
    out = Lookout()
    out.invite("ada@example.com", "bob@example.com", public_metadata={"team": "red"})
    out.backend.seed({"users": [{"id": "user_ada", "email_address": "ada@example.com"}]})
    out.look()

    inner = out.backend.transport()

    class Leaner(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = inner.handle_request(request)
            document: Any = json.loads(response.read())
            items = document.get("data", []) if isinstance(document, dict) else document
            for item in items:
                for field in set(item) - {"id", "status", "email_address"}:
                    del item[field]
            items += [{}, {"id": "inv_only"}, {"email_addresses": [None, {}], "id": "user_only", "last_active_at": "x"}]
            return httpx.Response(200, json=document, headers={"date": response.headers["date"]})

    before = {row["id"]: (row["created_at"], row["expires_at"], row["public_metadata"]) for row in
              out.table(seen.invitation)}  # fmt: skip
    out.clock.advance(DAY)
    finished = [step.part for step in out.looking((APP,), client=out.client_through(Leaner())) if step.finished]
    assert finished == ["invitations", "users"]
    after = {row["id"]: (row["created_at"], row["expires_at"], row["public_metadata"]) for row in
             out.table(seen.invitation)}  # fmt: skip
    assert {one: after[one] for one in before} == before
    assert after["inv_only"][1:] == (None, None)
    assert [row["created_at"] for row in out.table(seen.user) if row["id"] == "user_only"] == [0.0]


def test_progress_names_the_part_and_how_far_it_is() -> None:
    """One line a page, the last of each part finished."""
    out = Lookout()
    out.invite(*[f"p{number}@example.com" for number in range(1200)])
    steps = out.look().steps
    assert [step for step in steps if step.finished] == [
        Looked("invitations", 10, 1200, 1200, finished=True),
        Looked("users", 1, 0, None, finished=True),
    ]
    shown = [step.seen for step in steps if step.part == "invitations"]
    assert shown == sorted(shown)


def test_a_lagging_list_is_no_disappearance() -> None:
    """What is listed late is seen later with its own time; what was seen once and is listed again was never missing."""
    out = Lookout(listing_lag=45)
    out.look()
    out.invite("ada@example.com")
    made = out.clock.now()
    out.clock.advance(5)
    out.look()
    assert out.statuses() == {}
    out.clock.advance(50)
    out.backend.accept({"email_address": "ada@example.com"})
    out.look()
    assert out.statuses() == out.truth()
    (row,) = out.table(seen.invitation)
    assert (row["status"], row["created_at"]) == ("accepted", made)


def test_a_whole_job_that_is_listed_late_is_seen_in_full() -> None:
    """Six hundred that were made in the half minute before a look, and showed only after it: the next one reads on."""
    out = Lookout(listing_lag=45)
    begin = int(out.clock.now() * 1000)
    out.clock.advance(30)
    made = [
        {"email_address": f"p{n}@example.com", "status": "accepted", "created_at": begin + n * 50} for n in range(600)
    ]
    out.backend.seed({"invitations": made})
    out.look()
    assert out.statuses() == {}
    out.clock.advance(60)
    out.look()
    assert len(out.statuses()) == 600


def test_a_list_that_is_behind_takes_no_acceptance_back() -> None:
    """Seen accepted, and once more as pending in an old copy of the list: it stays accepted, and so do its times."""
    out = Lookout()
    out.invite("ada@example.com")
    inner = out.backend.transport()
    old: dict[str, bytes] = {}

    class Behind(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = inner.handle_request(request)
            if request.url.params.get("status") != "pending":
                return response
            before = old.setdefault("pending", response.read())
            return httpx.Response(200, content=before, headers={"date": response.headers["date"]})

    behind = out.client_through(Behind())
    list(out.looking((APP,), client=behind))
    out.clock.advance(DAY)
    out.backend.accept({"email_address": "ada@example.com"})
    out.look()
    bracket = out.bracket("ada@example.com")
    out.clock.advance(DAY)
    list(out.looking((APP,), client=behind))
    assert out.by_address() == {"ada@example.com": "accepted"}
    assert out.bracket("ada@example.com") == bracket


def test_two_instances_share_the_tables_and_nothing_else() -> None:
    """Looks, invitations and users are told apart by the instance."""
    out = Lookout()
    out.invite("ada@example.com")
    out.look()
    with out.begin() as connection:
        assert len(complete_looks(connection, INSTANCE, "users")) == 1
        assert complete_looks(connection, "ins_other", "users") == []
