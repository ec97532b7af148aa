"""People who live in the emulator: they sign up without a link, sign in, are active; alarms on the virtual clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.server import Emulator

NOON = 1_800_014_400_000
BULK = "/v1/invitations/bulk"


def _door(clerk: Any, path: str, document: Any) -> Any:
    response = clerk.ask("POST", f"/_emulator/{path}", document, key=None)
    assert response.status == 200, response.body
    return response.document()


def _error(clerk: Any, path: str, document: Any) -> str:
    response = clerk.ask("POST", f"/_emulator/{path}", document, key=None)
    assert response.status == 400
    said: str = response.document()["error"]
    return said


def _times(user: dict[str, Any]) -> tuple[int, int, int, int]:
    return user["created_at"], user["updated_at"], user["last_sign_in_at"], user["last_active_at"]


def test_a_sign_in_is_activity_and_activity_is_no_sign_in(clerk: Any) -> None:
    """Each sets its time to now, where every reader of users sees it, and leaves updated_at alone."""
    clerk.post(BULK, [{"email_address": "ada@example.com"}])
    _door(clerk, "accept", {"email_address": "ada@example.com"})
    clerk.clock.advance(60)
    _door(clerk, "activity", {"email_address": "ADA@example.com", "kind": "sign_in"})
    clerk.clock.advance(60)
    user = _door(clerk, "activity", {"email_address": "ada@example.com"})
    assert _times(user) == (NOON, NOON, NOON + 60_000, NOON + 120_000)
    clerk.clock.advance(60)
    _door(clerk, "activity", {"user_id": user["id"], "kind": "active"})
    assert _times(clerk.get(f"/v1/users/{user['id']}")) == (NOON, NOON, NOON + 60_000, NOON + 180_000)
    assert clerk.get(f"/v1/users?last_active_at_after={NOON + 179_999}")[0]["id"] == user["id"]
    assert clerk.get(f"/v1/users?last_active_at_after={NOON + 180_000}") == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"email_address": "no@example.com"}, "There is no user no@example.com."),
        ({"user_id": "user_no"}, "There is no user user_no."),
        ({"kind": "sign_in"}, "Name the user by user_id or by email_address."),
        (
            {"user_id": "user_banned", "kind": "asleep"},
            "The kind of activity is 'asleep', and can be sign_in or active.",
        ),
        ({"user_id": "user_banned"}, "The user user_banned is banned, and cannot do that."),
        ({"user_id": "user_locked", "kind": "sign_in"}, "The user user_locked is locked, and cannot do that."),
        (7, 'Activity is an object: {"email_address": "ada@example.com", "kind": "sign_in"}.'),
    ],
)
def test_who_cannot_be_active_is_told_why(clerk: Any, document: Any, said: str) -> None:
    """A sentence, and nothing changes."""
    clerk.backend.seed({"users": [{"id": "user_banned", "banned": True}, {"id": "user_locked", "locked": True}]})
    assert _error(clerk, "activity", document) == said
    assert [user["last_active_at"] for user in clerk.backend.state()["users"]] == [None, None]


def test_who_is_locked_goes_on_where_they_are_signed_in(clerk: Any) -> None:
    """Locked is said of signing in (spec); who is signed in stays so."""
    clerk.backend.seed({"users": [{"id": "user_locked", "locked": True}]})
    assert _door(clerk, "activity", {"user_id": "user_locked"})["last_active_at"] == NOON


def test_who_signs_up_without_the_link_leaves_the_invitation_as_it_is(acme: Any) -> None:
    """The account is verified by a code, has nothing of the invitation, and is a member of nothing."""
    acme.post(BULK, [{"email_address": "ada@example.com", "public_metadata": {"team": "a"}}])
    acme.post("/v1/organizations/org_acme/invitations", {"email_address": "ada@example.com", "role": "org:member"})
    acme.clock.advance(60)
    user = _door(acme, "sign_up", {"email_address": " Ada@Example.com ", "first_name": "Ada"})
    (address,) = user["email_addresses"]
    assert (address["email_address"], user["first_name"], user["public_metadata"]) == ("ada@example.com", "Ada", {})
    assert (address["verification"]["object"], address["verification"]["strategy"]) == (
        "verification_otp",
        "email_code",
    )
    assert _times(user) == (NOON + 60_000,) * 4
    assert acme.get("/v1/users?email_address=ada@example.com") == [user]
    state = acme.backend.state()
    assert [one["status"] for one in state["invitations"] + state["organization_invitations"]] == ["pending"] * 2
    assert len(state["memberships"]) == 2


@pytest.mark.parametrize(
    ("settings", "address", "said"),
    [
        ({}, "boss@example.com", "boss@example.com is a user's already: it cannot sign up."),
        (
            {"blocklist": ("*@example.com",)},
            "new@example.com",
            "new@example.com cannot sign up: the allow list or the block list keeps it out.",
        ),
        (
            {"disposable_domains": ("example.com",)},
            "new@example.com",
            "new@example.com cannot sign up: the instance blocks disposable addresses.",
        ),
        ({"user_quota": 1}, "new@example.com", "new@example.com cannot sign up: the instance has its 1 users."),
    ],
)
def test_who_is_kept_out_cannot_sign_up_either(make: Any, settings: Any, address: str, said: str) -> None:
    """The restrictions on sign-ups hold for those without a link, too, and the lists with them."""
    clerk = make(**settings)
    clerk.backend.seed({"users": [{"email_address": "boss@example.com"}]})
    assert _error(clerk, "sign_up", {"email_address": address}) == said
    assert len(clerk.backend.state()["users"]) == 1


@pytest.mark.parametrize("document", [None, 7, {}, {"email_address": 7}, {"email_address": "no address"}])
def test_what_is_nobody_cannot_sign_up(clerk: Any, document: Any) -> None:
    """A sentence says so."""
    assert _error(clerk, "sign_up", document)
    assert clerk.backend.state()["users"] == []


def test_of_a_list_each_is_done_and_the_wrong_ones_are_told(clerk: Any) -> None:
    """The answers stand in the order of the list, with a sentence where one could not be done; the others are."""
    clerk.post(BULK, [{"email_address": "a@example.com"}, {"email_address": "b@example.com"}])
    people = [{"email_address": f"{name}@example.com"} for name in "axb"]
    accepted = _door(clerk, "accept", people)
    assert [one["user"]["email_addresses"][0]["email_address"] for one in (accepted[0], accepted[2])] == [
        "a@example.com",
        "b@example.com",
    ]
    assert accepted[1] == {"error": "There is no invitation to x@example.com."}
    clerk.clock.advance(60)
    active = _door(clerk, "activity", [*people, 7])
    assert [one.get("last_active_at") for one in active] == [NOON + 60_000, None, NOON + 60_000, None]
    signed_up = _door(clerk, "sign_up", [{"email_address": "a@example.com"}, {"email_address": "y@example.com"}])
    assert [list(one) == ["error"] for one in signed_up] == [True, False]


def test_who_signed_up_and_was_active_is_so_in_the_saved_state(clerk: Any, tmp_path: Path) -> None:
    """An emulator that is started from the file shows the same user, byte for byte."""
    backend = Backend(clock=clerk.clock, state=tmp_path / "state.json")
    backend.sign_up({"email_address": "ada@example.com"})
    clerk.clock.advance(60)
    backend.activity({"email_address": "ada@example.com", "kind": "sign_in"})
    assert not backend.is_saved
    backend.save()
    again = Backend(clock=clerk.clock, state=tmp_path / "state.json")
    assert json.dumps(again.state()["users"]) == json.dumps(backend.state()["users"])
    assert again.state()["users"][0]["last_sign_in_at"] == NOON + 60_000


def test_the_python_face_lives_as_the_door_does() -> None:
    """sign_up() and activity() of the emulator return the user."""
    with Emulator(clock=VirtualClock(NOON / 1000)) as emulator:
        user = emulator.sign_up("ada@example.com", last_name="Lovelace")
        assert (user["first_name"], user["last_name"]) == (None, "Lovelace")
        emulator.advance(60)
        assert emulator.activity(email_address="ada@example.com")["last_active_at"] == NOON + 60_000
        assert emulator.activity("sign_in", user_id=user["id"])["last_sign_in_at"] == NOON + 60_000


def test_last_active_can_be_told_by_the_day(make: Any) -> None:
    """Midnight UTC, whatever brought the activity; a sign-in keeps its moment."""
    clerk = make(last_active_by_day=True)
    clerk.post(BULK, [{"email_address": "ada@example.com"}])
    accepted = _door(clerk, "accept", {"email_address": "ada@example.com"})["user"]
    midnight = NOON - 12 * 3_600_000
    assert (accepted["created_at"], accepted["last_active_at"]) == (NOON, midnight)
    assert _door(clerk, "sign_up", {"email_address": "bob@example.com"})["last_active_at"] == midnight
    clerk.clock.advance(86_400)
    user = _door(clerk, "activity", {"email_address": "ada@example.com", "kind": "sign_in"})
    assert (user["last_sign_in_at"], user["last_active_at"]) == (NOON + 86_400_000, midnight + 86_400_000)


class Bell:
    """An alarm that writes down when it rang."""

    def __init__(self, clock: VirtualClock, *moments: float) -> None:
        self.clock, self.moments, self.rang = clock, list(moments), list[float]()

    def due(self) -> float | None:
        return self.moments[0] if self.moments else None

    def ring(self) -> None:
        self.moments.pop(0)
        self.rang.append(self.clock.now())


def test_alarms_ring_at_their_own_moments_whoever_moves_the_clock() -> None:
    """Those of two people in order of time, also the one at the very end; none before; late ones at once."""
    clock = VirtualClock(1000)
    first, second = Bell(clock, 990, 1010, 1060), Bell(clock, 1005, 1030, 1030.5)
    clock.set_alarm(first)
    clock.set_alarm(second)
    clock.sleep(0)
    assert (first.rang, second.rang, clock.now()) == ([1000], [], 1000)
    clock.sleep(30)
    assert (first.rang, second.rang, clock.now()) == ([1000, 1010], [1005, 1030], 1030)
    clock.advance(100)
    assert (first.rang, second.rang, clock.now()) == ([1000, 1010, 1060], [1005, 1030, 1030.5], 1130)
