"""Looking again: as few reads as can be, gone on with after a cut, and nothing lost in lists that move meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lookout import ACME, APP, DAY, INSTANCE, NOON, Cut, Died, Lookout, Meanwhile

from clerkbulk.contract.target import Target
from clerkbulk.onboarding.looking.look import complete_looks, part_of
from clerkbulk.sending import seen

BOTH = pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])
HOUR = 3600.0


def crowded(target: Target, pending: int = 1500, accepted: int = 600) -> Lookout:
    """Return an instance with so many invitations, made ten at a time as bulk calls make them."""
    out = Lookout()
    there = {} if target == APP else {"organization_id": "org_acme"}
    invitations = [
        {"email_address": f"p{number}@example.com", "created_at": int((NOON - DAY) * 1000) + number // 10 * 1000,
         "status": "pending" if number < pending else "accepted", **there}
        for number in range(pending + accepted)
    ]  # fmt: skip
    out.backend.seed({"invitations": invitations})
    return out


def ids(out: Lookout) -> dict[str, str]:
    """Return the id of each address's invitation."""
    state = out.backend.state()
    return {one["email_address"]: one["id"] for one in state["invitations"] + state["organization_invitations"]}


@BOTH
def test_a_look_without_change_costs_a_page_a_list(target: Target) -> None:
    """However many are pending: lists that are as long as before have lost nobody; all of it is noted."""
    out = crowded(target)
    first = out.look(target)
    assert first.reads > 12
    out.clock.advance(DAY)
    second = out.look(target)
    assert second.reads == (4 + 3 if target == APP else 4 + 3 + 1)
    began = out.clock.now() - 5
    pending = [row for row in out.table(seen.status) if row["status"] == "pending"]
    assert len(pending) == 1500
    assert all(row["last_seen_at"] >= began for row in pending)
    assert all(row["last_seen_at"] >= began for row in out.table(seen.invitation) if row["status"] == "pending")


@BOTH
@pytest.mark.parametrize("changed", [1, 10, 11, 200])
def test_who_is_pending_no_more_is_found(target: Target, changed: int) -> None:
    """A few are read by id, many out of the lists that have grown. All statuses are right, all times in between."""
    out = crowded(target)
    out.look(target)
    out.clock.advance(DAY)
    by_address = ids(out)
    for number in range(changed):
        address = f"p{number * 7 % 1500}@example.com"
        if number % 2:
            out.client.revoke(target, by_address[address])
        else:
            out.backend.accept({"id": by_address[address]})
    truth = out.clock.now()
    out.clock.advance(DAY)
    second = out.look(target)
    assert out.statuses() == out.truth()
    ended = [row for row in out.table(seen.status) if row["first_seen_at"] > truth]
    assert len(ended) == changed
    by_id = {address: out.bracket(address, after="accepted") for address in ["p0@example.com"]}
    assert by_id["p0@example.com"][0] <= truth <= by_id["p0@example.com"][1]
    # Four lists, the pending one whole, users and members; then ids, or pages of the lists that have grown.
    assert second.reads <= 4 + 4 + 3 + 1 + (2 * min(changed, 10) if changed <= 20 else 4)


def test_an_expired_invitation_that_is_revoked_is_revoked() -> None:
    """The application's can be revoked after they have expired."""
    out = Lookout()
    out.invite("ada@example.com", expires_in_days=1)
    out.backend.seed({"invitations": [{"email_address": f"r{n}@example.com", "status": "revoked"} for n in range(600)]})
    out.clock.advance(2 * DAY)
    out.look()
    assert out.by_address()["ada@example.com"] == "expired"
    out.client.revoke(APP, ids(out)["ada@example.com"])
    out.clock.advance(DAY)
    out.look()
    assert out.statuses() == out.truth()


@BOTH
def test_an_invitation_that_clerk_lists_no_more_stays_as_it_was_seen(target: Target) -> None:
    """Pending, and not seen at the complete look after: that is how it is told. The others were seen."""
    out = crowded(target, pending=30, accepted=0)
    out.look(target)
    gone = ids(out)["p7@example.com"]
    out.clock.advance(DAY)
    kind = out.backend._world.invitations if target == APP else out.backend._world.organization_invitations
    left = [one for one in kind if one.id != gone]
    kind.__init__()  # type: ignore[misc] - nothing else takes an invitation out of the emulator
    for one in left:
        kind.put(one)
    for _ in range(2):
        out.look(target)
        with out.begin() as connection:
            began, _ = complete_looks(connection, INSTANCE, part_of(target))[-1]
        unseen = [row["id"] for row in out.table(seen.invitation) if row["last_seen_at"] < began]
        assert unseen == [gone]
        assert out.statuses()[gone] == "pending"
        out.clock.advance(DAY)


@BOTH
@pytest.mark.parametrize("again", [False, True], ids=["first look", "later look"])
def test_a_look_that_was_cut_off_goes_on_where_it_was(target: Target, again: bool) -> None:
    """Killed before any of its reads: what was read is not read again, and it ends as one that was not cut."""
    after = 0
    while True:
        out = crowded(target)
        by_address = ids(out)
        if again:
            out.look(target)
            out.clock.advance(DAY)
            for number in range(0, 60, 3):
                out.backend.accept({"id": by_address[f"p{number}@example.com"]})
        whole = len([call for call in out.backend.calls() if call["path"] != "/v1/instance"])
        cut = out.client_through(Cut(out.backend.transport(), after))
        try:
            list(out.looking((target,), client=cut))
        except Died:
            pass
        else:
            break
        made = len([call for call in out.backend.calls() if call["path"] != "/v1/instance"]) - whole
        out.clock.advance(HOUR / 2)
        rest = out.look(target)
        assert out.statuses() == out.truth()
        interrupted = [row for row in out.table(seen.look) if row["ended_at"] is None]
        assert interrupted == []
        # Parts that were complete are looked at again, for what has changed: a page a list.
        assert made + rest.reads <= 40
        after += 5
    assert after >= 5


def test_the_reads_of_one_part_are_not_made_twice_by_a_cut() -> None:
    """Cut in the middle of the list of pending ones, the first pages of it are not read again."""
    out = crowded(APP)
    whole = out.look().queries("/v1/invitations")
    out = crowded(APP)
    walk = out.looking()
    for _ in range(6):
        next(walk)
    walk.close()
    rest = out.look().queries("/v1/invitations")
    assert rest[: len(whole) - 6] == whole[6:]
    # Then what has changed since that look began.
    assert [query["order_by"] for query in rest[len(whole) - 6 :]] == ["-created_at"] * 4
    assert out.statuses() == out.truth()


def test_after_more_than_an_hour_it_begins_again() -> None:
    """Too much has moved. What was begun leaves nothing behind."""
    out = crowded(APP)
    walk = out.looking()
    for _ in range(6):
        next(walk)
    walk.close()
    out.clock.advance(2 * HOUR)
    assert out.look().queries("/v1/invitations")[0]["order_by"] == "-created_at"
    looks = [(row["part"], row["ended_at"] is not None, row["began_at"] > NOON + HOUR) for row in out.table(seen.look)]
    assert looks == [("invitations", True, True), ("users", True, True)]
    assert [row["reads"] for row in out.table(seen.look)] == [13, 1]


def test_stop_is_heeded_between_two_pages() -> None:
    """No further page is read; the next call goes on."""
    out = crowded(APP)

    class After:
        reads = 0

        def is_set(self) -> bool:
            return out.client.reads >= 5

    steps = list(out.looking((APP,), stop=After()))
    assert len(steps) == 4
    assert not any(step.finished for step in steps)
    out.look()
    assert out.statuses() == out.truth()


def moved(out: Lookout, target: Target, numbers: range, how: str) -> Callable[[], None]:
    """Return what accepts or revokes the invitations of some people."""
    by_address = ids(out)

    def happens() -> None:
        for number in numbers:
            one = by_address[f"p{number}@example.com"]
            if how == "accept":
                out.backend.accept({"id": one})
            else:
                out.client.revoke(target, one)

    return happens


@BOTH
@pytest.mark.parametrize("how", ["accept", "revoke"])
@pytest.mark.parametrize("number", [3, 6])
@pytest.mark.parametrize("some", [range(5), range(600), range(480, 520)], ids=str)
def test_nobody_is_lost_in_a_list_that_moves(target: Target, how: str, number: int, some: range) -> None:
    """Whoever accepts between two pages moves the rest forward: all are seen, in the status before or after."""
    out = crowded(target)
    before = out.truth()
    meanwhile = Meanwhile(out.backend.transport(), {number: moved(out, target, some, how)})
    out.look(target, client=out.client_through(meanwhile))
    after = out.truth()
    seen_now = out.statuses()
    assert seen_now.keys() == after.keys()
    assert all(seen_now[one] in {before[one], after[one]} for one in after)
    out.clock.advance(DAY)
    out.look(target)
    assert out.statuses() == out.truth()


@BOTH
def test_acceptance_in_the_middle_of_a_later_look_is_not_taken_for_a_disappearance(target: Target) -> None:
    """Before several of its reads, once each: everybody pending was seen at that look, or is known to have accepted."""
    for number in (2, 5, 6, 7, 8):
        out = crowded(target)
        out.look(target)
        out.clock.advance(DAY)
        moved(out, target, range(100, 130), "revoke")()
        happenings: dict[int, Any] = {number: moved(out, target, range(470, 530), "accept")}
        out.look(target, client=out.client_through(Meanwhile(out.backend.transport(), happenings)))
        with out.begin() as connection:
            began, _ = complete_looks(connection, INSTANCE, part_of(target))[-1]
        rows = [row for row in out.table(seen.invitation) if row["status"] == "pending"]
        assert [row["key"] for row in rows if row["last_seen_at"] < began] == []
        assert len(rows) in {1500 - 30, 1500 - 30 - 60}


def test_a_user_who_is_gone_does_not_end_the_walk() -> None:
    """The list goes on after the last user of a page; where that one was deleted, it begins again."""
    out = Lookout()
    users = [{"id": f"user_{number:04}", "email_address": f"p{number}@example.com",
              "created_at": int(NOON * 1000) + number} for number in range(1200)]  # fmt: skip
    out.backend.seed({"users": users})

    def deleted() -> None:
        del out.backend._world.users["user_0499"]

    out.look(client=out.client_through(Meanwhile(out.backend.transport(), {2: deleted}, path="users")))
    assert len(out.table(seen.user)) == 1200
    assert [row["ended_at"] is not None for row in out.table(seen.look)] == [True, True]
