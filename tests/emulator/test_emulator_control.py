"""The control door: state, calls, seeds, the clock, acceptance; and the settings it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import RealClock
from clerkbulk.emulator.control_error import ControlError

NOON = 1_800_014_400_000
DAY = 86_400_000
BULK = "/v1/invitations/bulk"


def _door(clerk: Any, method: str, path: str, document: Any = None) -> Any:
    response = clerk.ask(method, f"/_emulator/{path}", document, key=None)
    assert response.status == 200, response.body
    return response.document()


def test_state_shows_everything_whatever_its_status(acme: Any) -> None:
    """The pinned keys, items in wire shape, the time in milliseconds; no key is asked for."""
    made = acme.post(BULK, [{"email_address": "ada@example.com"}])
    acme.post(f"/v1/invitations/{made[0]['id']}/revoke")
    state = _door(acme, "GET", "state")
    assert list(state) == ["now", "invitations", "organization_invitations", "users", "organizations", "memberships"]
    assert state["now"] == NOON
    assert [one["status"] for one in state["invitations"]] == ["revoked"]
    assert [one["id"] for one in state["organizations"]] == ["org_acme"]
    assert len(state["users"]) == 3
    assert [one["role"] for one in state["memberships"]] == ["org:admin", "org:member"]


def test_calls_are_listed_without_headers_and_bodies(acme: Any) -> None:
    """Method, path, query, status, time and the number of items; nothing else, and nothing of the control door."""
    acme.post(BULK, [{"email_address": "a@example.com"}, {"email_address": "b@example.com"}])
    acme.clock.advance(1.5)
    acme.ask("POST", "/v1/organizations/org_acme/invitations", {"email_address": "c@example.com", "role": "org:member"})
    acme.ask("POST", BULK, body=b"[")
    acme.ask("GET", "/v1/users?limit=1&email_address=a@example.com", key="sk_test_secret")
    acme.ask("GET", "/v1/users", key=None)
    _door(acme, "GET", "state")
    calls = _door(acme, "GET", "calls")
    later = NOON + 1500
    org = "/v1/organizations/org_acme/invitations"
    assert calls == [
        {"method": "POST", "path": BULK, "query": [], "status": 200, "time": NOON, "items": 2},
        {"method": "POST", "path": org, "query": [], "status": 200, "time": later, "items": 1},
        {"method": "POST", "path": BULK, "query": [], "status": 400, "time": later, "items": 0},
        {
            "method": "GET",
            "path": "/v1/users",
            "query": [["limit", "1"], ["email_address", "a@example.com"]],
            "status": 200,
            "time": later,
            "items": 0,
        },
        {"method": "GET", "path": "/v1/users", "query": [], "status": 401, "time": later, "items": 0},
    ]
    assert "secret" not in json.dumps(calls)


def test_a_seed_needs_almost_nothing_and_says_what_it_made(clerk: Any) -> None:
    """Ids, times and roles are filled in; an organization without a limit has none."""
    made = _door(
        clerk,
        "POST",
        "seed",
        {
            "organizations": [{"name": "Acme"}, {"name": "Acme", "max_allowed_memberships": 5}],
            "users": [{"email_address": "ada@example.com"}, {"email_addresses": ["b@example.com", "c@example.com"]}],
            "invitations": [{"email_address": "New@example.com"}],
        },
    )
    assert [(one["slug"], one["max_allowed_memberships"]) for one in made["organizations"]] == [
        ("acme", 0),
        ("acme-2", 5),
    ]
    assert [len(one["email_addresses"]) for one in made["users"]] == [1, 2]
    (invitation,) = made["invitations"]
    assert (invitation["email_address"], invitation["status"]) == ("new@example.com", "pending")
    assert invitation["expires_at"] == NOON + 30 * DAY


def test_a_seeded_organization_takes_three_hundred_people(clerk: Any) -> None:
    """Clerk's default of 5 memberships does not stop a test that never named a limit."""
    clerk.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    for batch in range(30):
        items = [{"email_address": f"p{batch}.{place}@example.com", "role": "org:member"} for place in range(10)]
        clerk.post("/v1/organizations/org_acme/invitations/bulk", items)


def test_a_seed_takes_every_status(clerk: Any) -> None:
    """Statuses come out as seeded; an expired one has its end behind it."""
    statuses = ["pending", "accepted", "revoked", "expired"]
    clerk.backend.seed({"invitations": [{"email_address": f"{one}@example.com", "status": one} for one in statuses]})
    found = clerk.backend.state()["invitations"]
    assert [one["status"] for one in found] == statuses
    assert found[3]["expires_at"] <= NOON


def test_a_membership_may_be_seeded_by_address(clerk: Any) -> None:
    """A member nobody knows yet is made a user; one who is known is found, whatever the case."""
    seed = {
        "organizations": [{"id": "org_acme"}],
        "users": [{"id": "user_a", "email_address": "ada@example.com"}],
        "memberships": [
            {"organization_id": "org_acme", "email_address": "ADA@example.com", "role": "org:admin"},
            {"organization_id": "org_acme", "email_address": "new@example.com"},
        ],
    }
    clerk.backend.seed(seed)
    members = [one["public_user_data"]["identifier"] for one in clerk.backend.state()["memberships"]]
    assert members == ["ada@example.com", "new@example.com"]
    assert len(clerk.backend.state()["users"]) == 2


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "A seed is an object with lists: organizations, users, roles, role_sets, memberships, invitations."),
        ({"people": []}, "A seed has no 'people'; it has lists of organizations, users, roles"),
        ({"users": {}}, "users is a list."),
        ({"users": ["ada@example.com"]}, "Seed: users, number 1: it is not an object."),
        ({"users": [{}, {"email_address": "x"}]}, "Seed: users, number 2: email_address 'x': there is no @ in it."),
        ({"users": [{"email": "x"}]}, "Seed: users, number 1: nobody knows what 'email' is; there are: "),
        ({"organizations": [{"id": 7}]}, "Seed: organizations, number 1: id is 7, and should be a text."),
        (
            {"organizations": [{"max_allowed_memberships": True}]},
            "Seed: organizations, number 1: max_allowed_memberships is True, and should be a whole number.",
        ),
        (
            {"memberships": [{"organization_id": "org_none", "user_id": "u"}]},
            "Seed: memberships, number 1: there is no organization 'org_none'; list it under organizations.",
        ),
        (
            {"organizations": [{"id": "org_a"}], "memberships": [{"organization_id": "org_a"}]},
            "Seed: memberships, number 1: a membership has a user_id or an email_address.",
        ),
        (
            {"organizations": [{"id": "org_a"}], "memberships": [{"organization_id": "org_a", "user_id": "user_z"}]},
            "Seed: memberships, number 1: there is no user user_z.",
        ),
        (
            {"invitations": [{"email_address": "a@example.com", "status": "open"}]},
            "status is 'open', and can be pending",
        ),
        (
            {
                "organizations": [{"id": "org_a"}],
                "invitations": [{"email_address": "a@example.com", "organization_id": "org_a", "role": "org:x"}],
            },
            "Seed: invitations, number 1: there is no role 'org:x'; list it under roles.",
        ),
        ({"roles": [{"name": "x"}]}, "Seed: roles, number 1: a role has a key, such as org:guest."),
    ],
)
def test_a_wrong_seed_says_where_and_changes_nothing(clerk: Any, document: Any, words: str) -> None:
    """The sentence names the entry; what came before it in the seed is not put either."""
    response = clerk.ask("POST", "/_emulator/seed", document, key=None)
    assert response.status == 400
    assert words in response.document()["error"]
    state = clerk.backend.state()
    assert [state[kind] for kind in ("organizations", "users", "memberships", "invitations")] == [[], [], [], []]


def test_the_clock_goes_forward_only(clerk: Any) -> None:
    """advance_seconds moves the time; anything else is a sentence."""
    assert _door(clerk, "POST", "clock", {"advance_seconds": 90.5}) == {"now": NOON + 90_500}
    assert _door(clerk, "GET", "clock") == {"now": NOON + 90_500}
    for wrong in ({}, {"advance_seconds": "60"}, {"advance_seconds": True}, {"advance_seconds": -1}, [60]):
        assert clerk.ask("POST", "/_emulator/clock", wrong, key=None).status == 400


@pytest.mark.parametrize("seconds", [1e18, 1e300, 10**400, 253_370_764_801 - NOON // 1000])
def test_the_clock_ends_before_the_calendar_does(clerk: Any, seconds: float) -> None:
    """A step beyond it is a 400 with a sentence, and the instance goes on as before; up to it everything answers."""
    refused = clerk.ask("POST", "/_emulator/clock", {"advance_seconds": seconds}, key=None)
    assert refused.status == 400
    assert "the beginning of the year 9999 at most" in refused.document()["error"]
    assert clerk.get("/v1/invitations") == []
    _door(clerk, "POST", "clock", {"advance_seconds": 253_370_764_800 - NOON // 1000})
    assert clerk.post(BULK, [{"email_address": "ada@example.com"}])[0]["status"] == "pending"
    assert _door(clerk, "POST", "reset") == {"now": 253_370_764_800_000}
    assert clerk.get("/v1/invitations") == []


def test_the_real_clock_can_be_put_ahead() -> None:
    """A day put ahead of the machine's clock lets a one-day invitation expire."""
    backend = Backend(limits="off")
    assert isinstance(backend.clock, RealClock)
    backend.seed({"invitations": [{"email_address": "a@example.com", "expires_in_days": 1}]})
    backend.advance(86_400)
    assert backend.state()["invitations"][0]["status"] == "expired"


def test_a_clock_without_advance_is_left_alone() -> None:
    """A clock that cannot be moved is refused with a sentence, not moved by force."""

    class Fixed:
        def now(self) -> float:
            return 1_800_000_000.0

        def sleep(self, seconds: float) -> None:
            raise AssertionError(seconds)

    with pytest.raises(ControlError, match="cannot be put forward"):
        Backend(clock=Fixed()).advance(1)


def test_reset_leaves_an_instance_of_the_first_day(acme: Any) -> None:
    """Everything is forgotten but the time and the settings; the same ids come again."""
    first = acme.post(BULK, [{"email_address": "ada@example.com"}])
    acme.backend.faults([{"do": "drop"}])
    _door(acme, "POST", "reset")
    assert _door(acme, "GET", "calls") == []
    assert _door(acme, "GET", "faults") == {"faults": [], "rate": [], "seed": 0}
    state = _door(acme, "GET", "state")
    assert [state[kind] for kind in list(state)[1:]] == [[], [], [], [], []]
    assert acme.post(BULK, [{"email_address": "ada@example.com"}])[0]["email_address"] == first[0]["email_address"]


def test_accepting_an_application_invitation_makes_a_user(clerk: Any) -> None:
    """The invitation is accepted now, the user has its address verified by ticket and its public metadata."""
    made = clerk.post(BULK, [{"email_address": "ada@example.com", "public_metadata": {"team": "a"}}])
    clerk.clock.advance(60)
    answer = _door(clerk, "POST", "accept", {"email_address": "ADA@example.com", "first_name": "Ada"})
    invitation, user = answer["invitation"], answer["user"]
    assert (invitation["id"], invitation["status"], "url" in invitation) == (made[0]["id"], "accepted", False)
    assert invitation["updated_at"] == NOON + 60_000
    assert (user["public_metadata"], user["first_name"]) == ({"team": "a"}, "Ada")
    assert user["email_addresses"][0]["verification"]["strategy"] == "ticket"
    assert (user["created_at"], user["last_sign_in_at"]) == (NOON + 60_000, NOON + 60_000)
    assert answer["membership"] is None
    assert clerk.get("/v1/users?email_address=ada@example.com")[0]["id"] == user["id"]


@pytest.mark.parametrize("known", [True, False])
def test_accepting_an_organization_invitation_makes_a_member(acme: Any, known: bool) -> None:
    """Role and both metadata go to the membership; a user with the address is taken, or made."""
    address = "stranger@example.com" if known else "new@example.com"
    item = {"email_address": address, "role": "org:admin", "public_metadata": {"a": 1}, "private_metadata": {"b": 2}}
    made = acme.post("/v1/organizations/org_acme/invitations", item)
    answer = _door(acme, "POST", "accept", {"id": made["id"]})
    membership = answer["membership"]
    assert (membership["role"], membership["public_metadata"], membership["private_metadata"]) == (
        "org:admin",
        {"a": 1},
        {"b": 2},
    )
    assert (answer["user"]["id"] == "user_stranger") is known
    assert answer["user"]["public_metadata"] == {}
    counted = acme.get("/v1/organizations/org_acme?include_members_count=true")
    assert (counted["members_count"], counted["pending_invitations_count"]) == (3, 0)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (7, "What to accept is an object"),
        ({}, "Name the invitation by id or by email_address."),
        ({"invitation_id": "inv_none"}, "There is no invitation inv_none."),
        ({"email_address": "none@example.com"}, "There is no invitation to none@example.com."),
        ({"id": "inv_gone"}, "The invitation inv_gone is revoked: it cannot be accepted."),
        ({"email_address": "gone@example.com"}, "The invitation inv_gone is revoked: it cannot be accepted."),
        (
            {"email_address": "two@example.com"},
            "two@example.com is invited to several organizations: add organization_id.",
        ),
    ],
)
def test_what_cannot_be_accepted_is_said(acme: Any, document: Any, words: str) -> None:
    """A missing, an ambiguous or an ended invitation is a 400 with a sentence."""
    acme.backend.seed(
        {
            "organizations": [{"id": "org_b"}],
            "invitations": [
                {"id": "inv_gone", "email_address": "gone@example.com", "status": "revoked"},
                {"email_address": "two@example.com", "organization_id": "org_acme"},
                {"email_address": "two@example.com", "organization_id": "org_b"},
            ],
        }
    )
    response = acme.ask("POST", "/_emulator/accept", document, key=None)
    assert response.status == 400
    assert words in response.document()["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "nothing", b"", 404, "There is no /_emulator/nothing here. There are: /_emulator/state"),
        ("DELETE", "state", b"", 405, "/_emulator/state answers GET, not DELETE."),
        ("POST", "seed", b"{", 400, "The body is not JSON."),
        ("POST", "save", b"", 400, "No state file was named"),
    ],
)
def test_the_door_says_what_it_cannot_do(
    clerk: Any, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    """Wrong requests at the control door are answered with a sentence."""
    response = clerk.ask(method, f"/_emulator/{path}", body=body, key=None)
    assert response.status == status
    assert words in response.document()["error"]


def test_elsewhere_there_is_nothing(clerk: Any) -> None:
    """Outside /v1 and /_emulator a sentence says where to go."""
    response = clerk.ask("GET", "/", key=None)
    assert (response.status, b"/v1" in response.body) == (404, True)


def test_the_account_lists_what_is_true_assumed_and_left_out(make: Any) -> None:
    """One place says what is imitated and what is not, and every open question with its mark and its setting."""
    clerk = make(atomicity="partial")
    account = _door(clerk, "GET", "settings")
    assert list(account) == ["limits", "settings", "imitated", "open_questions", "assumed", "not_imitated", "codes"]
    (atomicity,) = [one for one in account["open_questions"] if one["name"] == "atomicity"]
    assert (atomicity["set_to"], atomicity["assumed"], atomicity["mark"]) == ("partial", "all_or_nothing", "unknown")
    assert account["settings"]["atomicity"] == "partial"
    assert account["not_imitated"]
