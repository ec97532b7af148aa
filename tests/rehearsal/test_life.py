"""Life: people in an emulator act at their own moments, whoever moves the clock, and the same seed lives the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from lived import ACME, DAY, KEY, NOON, Town, names

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import RealClock, VirtualClock
from clerkbulk.errors import InputError
from clerkbulk.rehearsal import Life, Temper, Truth

AT_ONCE = Temper(1, quick=1, quick_hours=1)
NEVER = Temper(0, reminded=0)


def lived(seed: int = 7, steps: int = 1, strangers: int = 0) -> tuple[Truth, ...]:
    """Return the truth of 60 people, invited and reminded within 40 days that pass in so many steps."""
    town = Town(60 + strangers, seed=seed, temper=Temper(0.6, quick=0.4))
    first = names(60 + strangers)
    town.invite(first[60:] + first[:60], expires_in_days=10)
    for step in range(steps):
        town.live(8 * (step + 1) / steps)
    town.remind(expires_in_days=10)
    for step in range(steps):
        town.live(8 + 32 * (step + 1) / steps)
    return town.life.truth()[:60]


def stripped(truth: tuple[Truth, ...]) -> list[object]:
    """Return what people did, without the ids of invitations, which hang on the order of the calls."""
    return [(one.key, one.accepted_at, one.joined_at, one.in_vain_at, one.active_at, one.signed_in_at) for one in truth]


def test_the_same_seed_lives_the_same_life() -> None:
    """Everything of everybody is the same again; with another seed it is not."""
    assert lived() == lived()
    assert stripped(lived()) != stripped(lived(seed=8))


def test_nobodys_life_hangs_on_how_the_clock_is_moved_or_on_others() -> None:
    """In one step or in many, and with others invited before them in the same town: the same moments."""
    assert lived(steps=37) == lived()
    assert stripped(lived(strangers=20)) == stripped(lived())


@pytest.mark.parametrize("organization", [False, True])
def test_the_truth_is_what_the_emulator_has(organization: bool) -> None:
    """Statuses and times of invitations, accounts, how they came into being, activity and memberships: one by one."""
    town = Town(300, temper=Temper(0.7, quick=0.3, tail_days=8, signs_up=0.5))
    town.invite(names(300), organization, expires_in_days=9)
    town.live(5)
    if not organization:
        town.remind(expires_in_days=9)
    truth = town.live(50)
    state = town.backend.state()
    invitations = {one["id"]: one for one in state["organization_invitations" if organization else "invitations"]}
    assert sum(len(one.links) for one in truth) == len(invitations) > (299 if organization else 300)
    users = {one["email_addresses"][0]["email_address"]: one for one in state["users"]}
    members = {one["public_user_data"]["identifier"]: one for one in state["memberships"]}
    for one in truth:
        for link in one.links:
            wire = invitations[link.invitation_id]
            assert (wire["email_address"], wire["status"]) == (one.key, link.status)
            assert (wire["created_at"], wire["expires_at"]) == (link.sent_at * 1000, link.expires_at * 1000)
            assert (link.status == "accepted") == (link.invitation_id == one.accepted_id)
        assert (one.key in users) is (one.in_at is not None)
        if one.in_at is not None:
            user = users.pop(one.key)
            strategy = user["email_addresses"][0]["verification"]["strategy"]
            assert strategy == ("ticket" if one.accepted_at is not None else "email_code")
            assert user["created_at"] == one.in_at * 1000
            assert user["last_active_at"] == one.active_at[-1] * 1000
            assert user["last_sign_in_at"] == one.signed_in_at[-1] * 1000
            assert set(one.signed_in_at) <= set(one.active_at)
            assert (one.key in members) is organization
            assert not organization or members[one.key]["created_at"] == one.in_at * 1000
    assert users == {}
    ends = Counter(one.stage_at(town.clock.now()) for one in truth)
    assert min(ends["accepted"], ends["joined"], ends["expired"]) > 10


def test_people_come_as_often_and_as_late_as_their_temper_says() -> None:
    """The share that has accepted by a day is the temper's, within four standard errors, on each of eight days."""
    temper = Temper(0.7, quick=0.4, quick_hours=6, tail_days=5, tail_spread=0.8)
    town = Town(3000, temper=temper)
    town.invite(names(3000), expires_in_days=365)
    truth = town.live(90)
    waits = [one.accepted_at - one.invited_at[0] for one in truth if one.accepted_at is not None]
    for days in (0.1, 0.25, 1, 3, 5, 10, 30, 80):
        expected = temper.accepted_by(days)
        share = sum(wait <= days * DAY for wait in waits) / 3000
        assert abs(share - expected) < 4 * (expected * (1 - expected) / 3000) ** 0.5, days


def test_people_come_back_as_often_as_their_temper_says() -> None:
    """Chances of each week, the number of visits, and how many weeks begin with a sign-in; accepting is not counted."""
    temper = Temper(1, quick=1, quick_hours=1, weeks=(0.9, 0.5, 0.2), visits=3, signs_in=0.25)
    town = Town(2000, temper=temper)
    town.invite(names(2000))
    truth = town.live(40)
    weeks = [sum(one.came_back_in_week(week) for one in truth) / 2000 for week in (1, 2, 3, 4)]
    assert weeks == pytest.approx([0.9, 0.5, 0.2, 0.2], abs=0.04)
    began = sum(one.came_back_in_week(week) for one in truth for week in (1, 2, 3, 4))
    within = [
        [at for at in times if one.accepted_at is not None and DAY < at - one.accepted_at < 29 * DAY]
        for one in truth
        for times in (one.active_at, one.signed_in_at)
    ]
    assert sum(map(len, within[0::2])) / began == pytest.approx(3, abs=0.15)
    assert sum(map(len, within[1::2])) / began == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("reminded", "come"), [(1, 40), (0, 0)])
def test_a_reminder_brings_people_in_by_the_new_link(reminded: float, come: int) -> None:
    """Who would never have come accepts the newer invitation, and the older one stays revoked; or ignores both."""
    town = Town(40, temper=Temper(0, reminded=reminded))
    town.invite(names(40))
    assert {one.accepted_at for one in town.live(7)} == {None}
    town.remind(expires_in_days=365)
    truth = town.live(300)
    assert sum(one.accepted_at is not None for one in truth) == come
    for one in truth:
        assert [link.status for link in one.links] == ["revoked", "accepted" if come else "pending"]
        assert one.accepted_id == (one.links[1].invitation_id if come else None)
        assert one.invited_at == (NOON, NOON + 7 * DAY)


def test_a_reminder_makes_nobody_later() -> None:
    """Who meant to come keeps their moment, by the new link, or comes earlier; never later."""
    tempers = [Temper(1, quick=0, tail_days=12, reminded=chance) for chance in (0, 0, 1)]
    plain, unmoved, moved = (Town(100, temper=temper) for temper in tempers)
    for town in (plain, unmoved, moved):
        town.invite(names(100), expires_in_days=365)
        town.live(7)
    unmoved.remind(expires_in_days=365)
    moved.remind(expires_in_days=365)
    expected = [one.in_at or 0 for one in plain.live(200)]
    assert [one.in_at for one in unmoved.live(200)] == expected
    moments = [one.in_at or 0 for one in moved.live(200)]
    assert all(moment <= before for moment, before in zip(moments, expected, strict=True))
    assert sum(moment < before for moment, before in zip(moments, expected, strict=True)) > 10
    assert sum(len(one.links) == 2 for one in unmoved.life.truth()) > 50


def test_who_came_earlier_for_a_reminder_does_not_come_again() -> None:
    """One plan takes the place of the other, also where it comes to nothing."""
    town = Town(60, temper=Temper(1, quick=0, tail_days=12, reminded=1), disposable_domains=("example.com",))
    town.invite(names(60), expires_in_days=365)
    town.live(1)
    town.remind(expires_in_days=365)
    assert {len(one.turned_away_at) for one in town.live(300)} == {1}


def test_letters_from_before_life_began_count_from_their_own_date() -> None:
    """Who would have come meanwhile comes at once, everybody else at the moment they would have come anyway."""
    temper = Temper(1, quick=0, tail_days=3)
    town = Town(100, temper=temper)
    town.invite(names(100))
    moments = [one.accepted_at for one in town.live(29)]
    late = Town({}, temper=temper)
    late.invite(names(100))
    late.clock.advance(2 * DAY)
    late.life = Life(late.backend, town.people, {"all": temper}, seed=7)
    found = [one.accepted_at for one in late.live(29)]
    assert found == [None if at is None else max(at, NOON + 2 * DAY) for at in moments]
    assert 10 < found.count(NOON + 2 * DAY) < 90


def test_a_link_that_was_revoked_when_it_had_expired_ended_when_it_expired() -> None:
    """Clerk lets an expired invitation to the application be revoked, which says so and changes nothing."""
    town = Town(1, temper=NEVER)
    town.invite(names(1), expires_in_days=2)
    town.live(5)
    (made,) = town.backend.state()["invitations"]
    town.ask("POST", f"/v1/invitations/{made['id']}/revoke")
    (one,) = town.live(6)
    assert [(link.status, link.ended_at) for link in one.links] == [("revoked", NOON + 2 * DAY)]
    assert one.stage_at(NOON + 6 * DAY) == "expired"


@pytest.mark.parametrize(("signs_up", "joined"), [(1, True), (0, False)])
def test_nobody_accepts_what_has_expired(signs_up: float, joined: bool) -> None:
    """Who comes too late signs up without the link, or comes in vain; at no other moment, and nobody earlier."""
    town = Town(200, temper=Temper(1, quick=0, tail_days=3, signs_up=signs_up))
    town.invite(names(200), expires_in_days=3)
    truth = town.live(100)
    in_time = [one for one in truth if one.accepted_at is not None]
    assert 60 < len(in_time) < 140
    assert all(one.accepted_at < NOON + 3 * DAY for one in in_time if one.accepted_at is not None)
    for one in truth:
        if one.accepted_at is None:
            late = one.joined_at if joined else one.in_vain_at[0]
            assert late is not None
            assert late >= NOON + 3 * DAY
            assert (one.joined_at is not None, len(one.in_vain_at)) == (joined, 1 - joined)
            assert one.links[0].ended_at == NOON + 3 * DAY
            assert one.stage_at(late) == ("joined" if joined else "expired")


def test_one_person_has_a_way_to_each_target() -> None:
    """Invited to the application and to an organization: two truths, one activity; each is accepted by itself."""
    town = Town(30, temper=AT_ONCE)
    town.invite(names(10))
    town.invite(names(30), organization=True)
    truth = town.live(4)
    assert Counter(one.organization_id for one in truth if one.accepted_at is not None) == {None: 10, ACME: 30}
    both = [one for one in truth if one.key == "p1@example.com"]
    assert [one.organization_id for one in both] == [None, ACME]
    assert both[0].active_at == both[1].active_at
    assert {both[0].accepted_at, both[1].accepted_at} <= set(both[0].signed_in_at)


def test_strangers_are_left_alone_and_the_uninvited_are_told_of() -> None:
    """An invitation to nobody of this life stays pending; who of this life gets none is waiting, without links."""
    town = Town(3, temper=AT_ONCE)
    town.invite(["stranger@example.com", "P1@example.com"])
    truth = town.live(20)
    assert [(one.key, one.stage_at(NOON), len(one.links)) for one in truth] == [
        ("p1@example.com", "open", 1), ("p2@example.com", "waiting", 0), ("p3@example.com", "waiting", 0),
    ]  # fmt: skip
    assert [one["status"] for one in town.backend.state()["invitations"]] == ["pending", "accepted"]


def test_whom_the_instance_lets_nobody_sign_up_as_is_turned_away() -> None:
    """They came and could not get in; the invitation stays pending, and life goes on."""
    town = Town({"a@example.com": "all", "b@example.org": "all"}, temper=AT_ONCE, disposable_domains=("example.com",))
    town.invite(["a@example.com", "b@example.org"])
    kept_out, let_in = town.live(5)
    assert (len(kept_out.turned_away_at), kept_out.in_at, kept_out.links[0].status) == (1, None, "pending")
    assert (let_in.turned_away_at, let_in.links[0].status) == ((), "accepted")


def test_who_is_banned_comes_back_no_more() -> None:
    """Coming back asks the instance, too."""
    town = Town(1, temper=Temper(1, quick=1, quick_hours=1, weeks=(1,)))
    town.backend.seed({"users": [{"email_address": "p1@example.com", "banned": True}]})
    town.invite(names(1), organization=True)
    (one,) = town.live(30)
    assert one.active_at == (one.accepted_at,)


def test_a_sign_in_is_the_first_thing_in_its_week() -> None:
    """Nobody is active in a week before they have signed in, where they sign in in every week."""
    town = Town(50, temper=Temper(1, quick=1, quick_hours=1, weeks=(1,), visits=4, signs_in=1))
    town.invite(names(50))
    for one in town.live(20):
        assert one.signed_in_at[:2] == one.active_at[:2]


@pytest.mark.parametrize(("target", "number"), [(cb.Application(), 600), (cb.Organization(ACME), 1100)])
def test_people_act_while_a_job_waits_for_its_hour(tmp_path: Path, target: Target, number: int) -> None:
    """The job moves the clock; people accept on the way, so long after their letter as they do anyway."""
    town = Town(number, limits="documented", temper=AT_ONCE)
    rows = [{"email_address": address} for address in names(number)]
    defaults = {} if target == cb.Application() else {"role": "org:member"}
    kind = "invitations" if target == cb.Application() else "organization_invitations"
    accepted = []
    with (
        cb.Ledger(tmp_path / "ledger.db", clock=town.clock) as ledger,
        cb.Client(KEY, transport=town.backend.transport(), clock=town.clock) as client,
    ):
        for progress in ledger.job(cb.check(rows, target, defaults=defaults)).run(client):
            if progress.waiting_until is not None:
                found = [one for one in town.backend.state()[kind] if one["status"] == "accepted"]
                accepted.append(len(found))
                assert all(one["updated_at"] <= town.clock.now() * 1000 for one in found)
    assert town.clock.now() > NOON + 3600
    assert accepted == sorted(accepted)
    assert accepted[-1] > 100
    truth = town.life.truth()
    assert sum(one.accepted_at is not None for one in truth) >= accepted[-1]
    last = max(one.invited_at[0] for one in truth)
    assert sum(one.accepted_at is not None and one.accepted_at < last for one in truth) > 100
    other = Town(number, temper=AT_ONCE)
    other.invite(names(number), target != cb.Application())
    waits = {one.key: one.accepted_at - NOON for one in other.live(2) if one.accepted_at is not None}
    for one in town.live(2):
        assert one.accepted_at is not None
        assert one.accepted_at - one.invited_at[0] == pytest.approx(waits[one.key], abs=1)


def test_a_call_that_moves_the_clock_lets_people_act() -> None:
    """On a port, by the control door, from another thread than the one that looks."""
    clock = VirtualClock(NOON)
    with cb.Emulator(clock=clock) as clerk:
        life = Life(clerk.backend, {"p1@example.com": "all"}, {"all": AT_ONCE})
        bearer = {"Authorization": f"Bearer {KEY}"}
        made = httpx.post(f"{clerk.url}/v1/invitations", json={"email_address": "p1@example.com"}, headers=bearer)
        assert made.status_code == 200
        now = httpx.post(f"{clerk.url}/_emulator/clock", json={"advance_seconds": 86_400}).json()["now"]
        (one,) = life.truth()
        assert (now, one.links[0].status) == ((NOON + DAY) * 1000, "accepted")
        assert one.accepted_at is not None
        assert NOON < one.accepted_at < NOON + DAY


def test_life_refuses_what_it_cannot_live_by() -> None:
    """A sentence says what is wrong: a clock that cannot be stopped on the way, people, groups, and times."""
    with pytest.raises(InputError, match="virtual clock"):
        Life(Backend(clock=RealClock()), {}, {})
    with pytest.raises(InputError, match="no temper for the group 'sales'; there are: all"):
        Town({"a@example.com": "sales"})
    with pytest.raises(InputError, match=r"A@example\.com is there twice"):
        Town({"a@example.com": "all", "A@example.com": "all"})
    town = Town(1)
    town.live(1)
    with pytest.raises(InputError, match="43200 seconds past"):
        town.live(0.5)
    with pytest.raises(InputError, match="no time zone"):
        town.life.live(datetime(2027, 2, 1))  # noqa: DTZ001 - what is refused
    town.life.live(datetime(2027, 1, 16, 12, tzinfo=UTC))
    assert town.clock.now() == NOON + DAY
