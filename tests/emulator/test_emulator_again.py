"""The same again: seed, clock, settings and calls decide every byte, and a restart in between changes none."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.instance import Settings

NOON = 1_800_014_400
ORG = "/v1/organizations/org_acme/invitations"
HEADERS = {"Authorization": "Bearer sk_test_fake", "Content-Type": "application/json"}
ADDRESSES = st.sampled_from([f"{name}@example.com" for name in ("a", "B", "c", "c+x", "d", "user")] + ["nonsense"])
ITEMS = st.fixed_dictionaries(
    {"email_address": ADDRESSES},
    optional={
        "expires_in_days": st.sampled_from([1, 30, 0]),
        "public_metadata": st.sampled_from([{}, {"ü": "é"}, {"a": [1, None]}]),
        "notify": st.booleans(),
        "redirect_url": st.sampled_from(["/in", "http://a.example", "https://a.example/x"]),
    },
)
APPLICATION_ITEMS = st.builds(lambda item, ignore: {**item, "ignore_existing": ignore}, ITEMS, st.booleans())
ROLES = st.sampled_from(["org:member", "org:guest", "org:king"])
ORGANIZATION_ITEMS = st.builds(lambda item, role: {**item, "role": role}, ITEMS, ROLES)
READS = st.sampled_from(
    [
        "/v1/invitations",
        "/v1/invitations?paginated=true&limit=2&offset=1&order_by=email_address",
        "/v1/invitations?query=c&status=revoked&status=pending",
        ORG,
        f"{ORG}?email_address=a@example.com",
        "/v1/organization_invitations?order_by=-email_address",
        "/v1/users?limit=100",
        "/v1/organizations/org_acme/memberships",
        "/v1/organizations/acme?include_members_count=true",
        "/_emulator/state",
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("bulk"), st.lists(APPLICATION_ITEMS, max_size=4)),
    st.tuples(st.just("org_bulk"), st.lists(ORGANIZATION_ITEMS, max_size=4)),
    st.tuples(st.just("read"), READS),
    st.tuples(st.just("revoke"), st.integers(0, 8)),
    st.tuples(st.sampled_from(["accept", "sign_up", "activity"]), ADDRESSES),
    st.tuples(st.just("advance"), st.sampled_from([0.001, 1.5, 30, 90_000, 40 * 86_400])),
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        **{question.name: st.sampled_from(question.answers) for question in UNKNOWNS},
        **{question.name: st.sampled_from([0, 20, 9000]) for question in UNKNOWN_NUMBERS},
        "block_subaddresses": st.booleans(),
        "last_active_by_day": st.booleans(),
        "monthly_emails": st.sampled_from([0, 3]),
        "user_quota": st.sampled_from([0, 3]),
        "invitation_quota": st.sampled_from([0, 4]),
    },
)
WORLD = {
    "roles": [{"key": "org:guest"}],
    "role_sets": [{"key": "role_set:small", "roles": ["org:member"]}],
    "organizations": [{"id": "org_acme", "slug": "acme", "role_set_key": "role_set:small", "seats": 6}],
    "users": [{"email_address": "user@example.com"}],
    "memberships": [{"organization_id": "org_acme", "email_address": "boss@example.com", "role": "org:admin"}],
}


def _play(backend: Backend, step: tuple[str, Any]) -> object:
    """Do one step and return all that came of it: status, headers and bytes."""
    what, value = step
    if what == "advance":
        return backend.advance(value)
    if what == "read":
        return backend.answer(Request.to("GET", value, HEADERS))
    if what == "revoke":
        state = backend.state()
        every = state["invitations"] + state["organization_invitations"]
        if not every:
            return None
        one = every[value % len(every)]
        place = ORG if one["object"] == "organization_invitation" else "/v1/invitations"
        return backend.answer(Request.to("POST", f"{place}/{one['id']}/revoke", HEADERS))
    targets = {"bulk": "/v1/invitations/bulk", "org_bulk": f"{ORG}/bulk"}
    document = value if what in targets else {"email_address": value}
    target = targets.get(what, f"/_emulator/{what}")
    return backend.answer(Request.to("POST", target, HEADERS, json.dumps(document).encode()))


def _run(
    steps: list[tuple[str, Any]], answers: dict[str, Any], seed: int, between: Callable[[int, Backend], Backend]
) -> list[object]:
    backend = Backend(clock=VirtualClock(NOON), settings=Settings(**answers), seed=seed)
    backend.seed(WORLD)
    said: list[object] = []
    for place, step in enumerate(steps):
        backend = between(place, backend)
        said.append(_play(backend, step))
    return [*said, backend.state()]


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=12), ANSWERS, st.integers(0, 3), st.integers(0, 11))
def test_the_same_calls_give_the_same_bytes(
    steps: list[tuple[str, Any]], answers: dict[str, Any], seed: int, restarted_at: int
) -> None:
    """Whatever the settings: a second run says the same, byte for byte, and so does one that is saved and read."""
    first = _run(steps, answers, seed, lambda _, backend: backend)
    assert _run(steps, answers, seed, lambda _, backend: backend) == first

    with tempfile.TemporaryDirectory() as folder:

        def restart(place: int, backend: Backend) -> Backend:
            if place != restarted_at:
                return backend
            backend.state_file = Path(folder) / "state.json"
            backend.save()
            clock = VirtualClock(backend.clock.now())
            return Backend(clock=clock, settings=Settings(**answers), seed=99, state=backend.state_file)

        assert _run(steps, answers, seed, restart) == first
