"""What always holds of looking: whatever happens and wherever it is cut, the tables say what is true."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lookout import ACME, APP, DAY, INSTANCE, Cut, Died, Lookout

from clerkbulk.contract.target import Target
from clerkbulk.onboarding.looking import invitations, memberships, users, walk
from clerkbulk.onboarding.looking.look import complete_looks, part_of
from clerkbulk.sending import seen

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("invite"), st.integers(1, 12)),
        st.tuples(st.just("accept"), st.integers(0, 40)),
        st.tuples(st.just("revoke"), st.integers(0, 40)),
        st.tuples(st.just("pass"), st.sampled_from([0.4, 30.0, 3000.0, 7200.0, DAY, 3 * DAY])),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("cut"), st.integers(0, 12)),
    ),
    min_size=3,
    max_size=25,
)


class Story:
    """An instance to which things happen, and when they did."""

    def __init__(self, target: Target, whom: list[str] | None) -> None:
        self.out, self.target, self.whom, self.people = Lookout(), target, whom, 0
        self.ended_at: dict[str, float] = {}

    def happen(self, what: str, amount: Any) -> None:
        out = self.out
        if what == "invite":
            made = [f"p{self.people + number}@example.com" for number in range(amount)]
            self.people += amount
            out.invite(*made, target=self.target, expires_in_days=2)
        elif what == "pass":
            out.clock.advance(amount)
        elif what == "look":
            out.look(self.target, whom=self.whom)
        elif what == "cut":
            with suppress(Died):
                client = out.client_through(Cut(out.backend.transport(), amount))
                list(out.looking((self.target,), self.whom, client=client))
        else:
            self.end(what, amount)

    def end(self, what: str, which: int) -> None:
        pending = [one for one, status in sorted(self.out.truth().items()) if status == "pending"]
        if not pending:
            return
        one = pending[which % len(pending)]
        if what == "accept":
            self.out.backend.accept({"id": one})
        else:
            self.out.client.revoke(self.target, one)
        self.ended_at[one] = self.out.clock.now()


def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page hold seven, of which the next one shows two again: a few people make many pages."""
    for module in (walk, invitations, users, memberships):
        monkeypatch.setattr(module, "SIZE", 7)
    for module in (walk, invitations, memberships):
        monkeypatch.setattr(module, "OVERLAP", 2)


@pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])
@pytest.mark.parametrize("some", [False, True], ids=["everybody", "some"])
def test_after_a_complete_look_everything_is_as_it_is(
    target: Target, some: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statuses are Clerk's own, every end lies in its bracket, who is pending was seen, who accepted is known."""
    small_pages(monkeypatch)
    whom = [f"p{number}@example.com" for number in range(0, 200, 2)] if some else None

    @settings(max_examples=25)
    @given(EVENTS)
    def holds(events: list[tuple[str, Any]]) -> None:
        story = Story(target, whom)
        for what, amount in events:
            story.happen(what, amount)
        story.out.clock.advance(1)
        story.happen("look", 0)
        check(story)

    holds()


def check(story: Story) -> None:
    out = story.out
    state = out.backend.state()
    every = state["invitations"] + state["organization_invitations"]
    meant = {one["id"]: one for one in every if story.whom is None or one["email_address"] in story.whom}
    assert out.statuses() == {one: found["status"] for one, found in meant.items()}
    with out.begin() as connection:
        began, ended = complete_looks(connection, INSTANCE, part_of(story.target), story.whom)[-1]
    assert began <= ended
    for row in out.table(seen.invitation):
        assert row["status"] != "pending" or row["last_seen_at"] >= began
        assert row["created_at"] * 1000 == pytest.approx(meant[row["id"]]["created_at"])
    for row in out.table(seen.status):
        one = meant[row["invitation_id"]]
        over = story.ended_at.get(one["id"]) if one["status"] in {"accepted", "revoked"} else one["expires_at"] / 1000
        if row["status"] == "pending":
            assert row["last_seen_at"] <= (over if one["status"] != "pending" else out.clock.now())
        elif row["status"] == one["status"]:
            assert row["first_seen_at"] >= over
    accounts = {entry["email_address"]: user["id"] for user in state["users"] for entry in user["email_addresses"]}
    wanted = accounts.keys() if story.whom is None else accounts.keys() & set(story.whom)
    assert {row["key"]: row["user_id"] for row in out.table(seen.address)} == {key: accounts[key] for key in wanted}
    signed_in = {user["id"]: user["last_sign_in_at"] / 1000 for user in state["users"]}
    newest: dict[str, float] = {}
    for row in out.table(seen.activity):
        if row["kind"] == "sign_in":
            newest[row["user_id"]] = max(newest.get(row["user_id"], 0), row["at"])
            assert row["last_seen_at"] >= began - 5 or row["at"] < signed_in[row["user_id"]]
    assert newest == {accounts[key]: pytest.approx(signed_in[accounts[key]]) for key in wanted}
    if story.target == ACME:
        assert {row["user_id"] for row in out.table(seen.membership)} == {accounts[key] for key in wanted}
