"""The lists' indexes against the plainest reading: filter all there is, sort it, cut it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.instance import Settings

NOON = 1_800_014_400_000
DAY = 86_400_000
HEADERS = {"Authorization": "Bearer sk_test_fake", "Content-Type": "application/json"}
ORGANIZATIONS = ("org_a", "org_b")
STATUSES = ("pending", "accepted", "revoked", "expired")
WITHOUT_REVOKED = {"pending", "accepted", "expired"}

PEOPLE = st.builds("{}{}@{}.example.com".format, st.sampled_from("abC"), st.integers(0, 12), st.sampled_from("xyz"))
ORGANIZATION = st.sampled_from([None, *ORGANIZATIONS])
SEEDED = st.fixed_dictionaries(
    {
        "email_address": PEOPLE,
        "status": st.sampled_from(STATUSES),
        "organization_id": ORGANIZATION,
        "created_at": st.integers(0, 4).map(lambda minutes: NOON - minutes * 60_000),
        "expires_in_days": st.integers(1, 4),
    }
)
# A few more than the changes after which a ranking is ordered anew, and many fewer.
CHANGES = st.one_of(
    st.tuples(st.just("seed"), st.lists(SEEDED, min_size=1, max_size=3)),
    st.tuples(st.just("revoke"), st.integers(0, 80)),
    st.tuples(st.just("accept"), st.integers(0, 80)),
    st.tuples(st.just("advance"), st.sampled_from([1, 86_400, 3 * 86_400])),
)
ASKED = st.fixed_dictionaries(
    {
        "status": st.lists(st.sampled_from(STATUSES), max_size=3),
        "order_by": st.sampled_from(
            ["", "created_at", "-created_at", "email_address", "-email_address", "-expires_at"]
        ),
        "query": st.one_of(st.just(""), PEOPLE, st.sampled_from(["x.ex", "a1", "C", "nobody@", "EXAMPLE.com"])),
        "limit": st.integers(1, 8),
        "offset": st.integers(0, 90),
    }
)


def seed(backend: Backend, entries: list[dict[str, Any]]) -> None:
    backend.seed({"invitations": [{key: one for key, one in entry.items() if one is not None} for entry in entries]})


def change(backend: Backend, deed: tuple[str, Any]) -> None:
    """Seed more, move the clock, or end one of the invitations that are pending."""
    verb, what = deed
    if verb == "seed":
        seed(backend, what)
        return
    if verb == "advance":
        backend.advance(what)
        return
    state = backend.state()
    every = [one for one in state["invitations"] + state["organization_invitations"] if one["status"] == "pending"]
    if not every:
        return
    chosen = every[what % len(every)]
    if verb == "accept":
        backend.accept({"id": chosen["id"]})
        return
    organization = f"/organizations/{chosen['organization_id']}" if "organization_id" in chosen else ""
    target = f"/v1{organization}/invitations/{chosen['id']}/revoke"
    assert backend.answer(Request.to("POST", target, HEADERS)).status == 200


def plainly(backend: Backend, organization: str | None, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Filter and sort all there is; organization None is the application, an empty text every organization."""
    state = backend.state()
    every = list(enumerate(state["invitations" if organization is None else "organization_invitations"]))
    wanted = set(asked["status"]) or (WITHOUT_REVOKED if organization is None else set(STATUSES))
    kept = [(number, one) for number, one in every if one["status"] in wanted]
    if organization:
        kept = [(number, one) for number, one in kept if one["organization_id"] == organization]
        if query := asked["query"].lower():
            kept = [(number, one) for number, one in kept if one["email_address"] == query]
    elif query := asked["query"].lower():
        kept = [(number, one) for number, one in kept if query in one["email_address"]]
    order = asked["order_by"] or "-created_at"
    ranked = sorted(kept, key=lambda entry: (entry[1][order.lstrip("-")], entry[0]), reverse=order.startswith("-"))
    return [one for _, one in ranked]


def listed(backend: Backend, organization: str | None, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask for the same over the wire."""
    paths = {None: "/v1/invitations", "": "/v1/organization_invitations"}
    path = paths.get(organization, f"/v1/organizations/{organization}/invitations")
    query = {"email_address" if organization else "query": asked["query"], "limit": asked["limit"]}
    query |= {"offset": asked["offset"], "paginated": "true"}
    query |= {"order_by": asked["order_by"]} if asked["order_by"] else {}
    target = f"{path}?{urlencode([*query.items(), *(('status', one) for one in asked['status'])])}"
    response = backend.answer(Request.to("GET", target, HEADERS))
    assert response.status == 200, response.body
    document: dict[str, Any] = response.document()
    return document


@settings(max_examples=150, deadline=None)
@given(
    st.lists(SEEDED, max_size=60),
    st.lists(st.tuples(CHANGES, st.lists(ASKED, min_size=1, max_size=3)), min_size=1, max_size=12),
    st.sampled_from([None, "", *ORGANIZATIONS]),
)
def test_a_list_is_what_filtering_and_sorting_everything_gives(
    first: list[dict[str, Any]], turns: list[tuple[Any, list[dict[str, Any]]]], organization: str | None
) -> None:
    """Whatever is there, whatever changes between two questions, whatever is asked: the same page, the same count."""
    clock = VirtualClock(NOON / 1000)
    backend = Backend(limits="off", clock=clock, settings=Settings(list_query="partial"))
    backend.seed({"organizations": [{"id": one} for one in ORGANIZATIONS]})
    seed(backend, first)
    for deed, questions in turns:
        for asked in questions:
            order = asked["order_by"].replace("expires_at", "created_at") if organization is not None else ""
            asked = {**asked, "order_by": order or asked["order_by"]}
            every = plainly(backend, organization, asked)
            page = every[asked["offset"] : asked["offset"] + asked["limit"]]
            answer = listed(backend, organization, asked)
            ids = [one["id"] for one in answer["data"]]
            assert (answer["total_count"], ids) == (len(every), [one["id"] for one in page])
        change(backend, deed)


def test_a_ranking_takes_each_change_in_without_ordering_all_anew() -> None:
    """One more, one revoked and one accepted among 400 leave every order as it must be."""
    backend = Backend(limits="off", clock=VirtualClock(NOON / 1000))
    entries = [{"email_address": f"p{place:03}@example.com", "created_at": NOON - place} for place in range(400)]
    made = backend.seed({"invitations": entries})["invitations"]
    everyone = {"status": [], "query": "", "limit": 500, "offset": 0}

    def addresses(order: str) -> list[str]:
        return [one["email_address"][:4] for one in listed(backend, None, {**everyone, "order_by": order})["data"]]

    assert addresses("email_address") == [f"p{place:03}" for place in range(400)]
    assert addresses("created_at") == [f"p{place:03}" for place in reversed(range(400))]
    backend.seed({"invitations": [{"email_address": "p050b@example.com", "created_at": NOON - 50}]})
    backend.accept({"id": made[7]["id"]})
    assert backend.answer(Request.to("POST", f"/v1/invitations/{made[9]['id']}/revoke", HEADERS)).status == 200
    numbers = [place for place in range(400) if place != 9]
    expected = [f"p{place:03}" for place in numbers]
    assert addresses("email_address") == sorted([*expected, "p050"])
    assert addresses("-created_at") == sorted([*expected, "p050"])
    assert listed(backend, None, {**everyone, "status": ["accepted"], "order_by": ""})["total_count"] == 1


def test_whoever_is_asked_for_in_many_ways_is_always_found() -> None:
    """More combinations of statuses and orders than are kept ready, in turn, twice."""
    backend = Backend(limits="off", clock=VirtualClock(NOON / 1000))
    backend.seed({"invitations": [{"email_address": f"{one}@example.com", "status": one} for one in STATUSES]})
    for _ in range(2):
        for number in range(1, 16):
            wanted = [status for bit, status in enumerate(STATUSES) if number >> bit & 1]
            for order in ("created_at", "email_address", "expires_at"):
                asked = {"status": wanted, "query": "", "limit": 5, "offset": 0, "order_by": order}
                found = [one["status"] for one in listed(backend, None, asked)["data"]]
                assert sorted(found) == sorted(wanted)
