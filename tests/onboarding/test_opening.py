"""cb.onboarding: a look at Clerk, a journey a person, and what is told of them, at the seam of an emulated instance."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from town import ACME, DAY, NOON, Town, address

import clerkbulk as cb
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import InputError, KeyRefused, LedgerError
from clerkbulk.onboarding.journey import Source, Stage
from clerkbulk.sending.client import Client


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def stages(told: object) -> dict[str, str]:
    return {one.email: one.stage.value for one in told.journeys}  # type: ignore[attr-defined]


def test_a_ledger_and_a_client_tell_who_is_in(town: Town) -> None:
    """Who accepted is in, who did not is open, and who expired is told so: as the instance has it now."""
    town.send([1, 2, 3], expires_in_days=7)
    town.days(1)
    town.accept(2)
    town.days(1)
    told = cb.onboarding(town.ledger, town.client)
    assert stages(told) == {address(1): "open", address(2): "accepted", address(3): "open"}
    town.days(10)
    assert stages(cb.onboarding(town.ledger, town.client)) == {
        address(1): "expired", address(2): "accepted", address(3): "expired",
    }  # fmt: skip


def test_without_a_client_what_was_seen_before_is_told_again(town: Town) -> None:
    """The ledger keeps what looks have shown: no key and no network are needed to read the numbers again."""
    town.send([1, 2])
    town.accept(1)
    cb.onboarding(town.ledger, town.client)
    reads = town.client.reads
    told = cb.onboarding(town.ledger)
    assert stages(told) == {address(1): "accepted", address(2): "open"}
    assert town.client.reads == reads
    assert told.looked_at == pytest.approx(town.clock.now(), abs=2)


def test_a_ledger_that_never_looked_says_so(town: Town) -> None:
    """What was sent is known without a look, and that nobody looked is not hidden."""
    town.send([1, 2])
    town.accept(1)
    told = cb.onboarding(town.ledger)
    assert told.looked_at is None
    assert stages(told) == {address(1): "open", address(2): "open"}
    assert "Clerk was never looked at" in told._repr_html_()


def test_without_a_ledger_everything_at_clerk_is_told(town: Town) -> None:
    """Whoever was invited, by whatever program, is read from Clerk; nothing is kept."""
    town.client.create(ACME, [{"email_address": address(1), "role": "org:member"}])
    town.client.create(ACME, [{"email_address": address(2), "role": "org:admin"}])
    town.accept(2, ACME)
    told = cb.onboarding(client=town.client, target=ACME)
    assert stages(told) == {address(1): "open", address(2): "accepted"}
    assert {one.role for one in told.journeys} == {"org:member", "org:admin"}
    assert [one.line for one in told.journeys] == [None, None]


def test_going_back_tells_what_was_then(town: Town) -> None:
    """now= an earlier moment tells the same people as they stood then."""
    town.send([1, 2])
    town.days(2)
    town.accept(1)
    town.days(2)
    then = datetime.fromtimestamp(NOON + DAY, UTC)
    assert stages(cb.onboarding(town.ledger, town.client, now=then)) == {address(1): "open", address(2): "open"}
    assert stages(cb.onboarding(town.ledger, now=NOON + 3 * DAY)) == {address(1): "accepted", address(2): "open"}
    with pytest.raises(InputError, match="nothing is known of it"):
        cb.onboarding(town.ledger, now=NOON + 30 * DAY)


def test_a_reminder_is_part_of_the_person_it_reminds(town: Town) -> None:
    """A job, named or not, tells each person once: the reminder's invitation belongs to the first one's journey."""
    job = town.send([1, 2])
    town.days(8)
    reminder = town.remind(job)
    town.days(1)
    town.accept(2)
    for named in (None, job, reminder):
        told = cb.onboarding(town.ledger, town.client, job=named)
        assert stages(told) == {address(1): "open", address(2): "accepted"}
        assert [len(one.links) for one in told.journeys] == [2, 2]


def test_two_targets_are_told_together_or_one_by_one(town: Town) -> None:
    """A ledger with jobs for the application and an organization tells both; target= narrows to one."""
    town.send([1, 2])
    town.send([2, 3], ACME)
    town.days(1)
    town.accept(3, ACME)
    both = cb.onboarding(town.ledger, town.client)
    assert sorted((one.email, str(one.target.kind), one.stage.value) for one in both.journeys) == [
        (address(1), "application", "open"),
        (address(2), "application", "open"),
        (address(2), "organization", "open"),
        (address(3), "organization", "accepted"),
    ]
    acme = cb.onboarding(town.ledger, target=ACME)
    assert stages(acme) == {address(2): "open", address(3): "accepted"}
    assert acme.looked_at is not None


def test_it_says_whom_it_cannot_tell_of(town: Town) -> None:
    """No ledger and no client, a ledger of nobody, another instance's key and no such zone: each says what to do."""
    with pytest.raises(InputError, match="give a ledger or a client"):
        cb.onboarding()
    with pytest.raises(LedgerError, match="has invited anybody yet"):
        cb.onboarding(town.ledger)
    town.send([1])
    elsewhere = Backend(clock=town.clock, seed=7)
    with pytest.raises(InputError, match="belong to another instance than the key opens"):
        cb.onboarding(town.ledger, Client("sk_test_other", transport=elsewhere.transport(), clock=town.clock))
    with pytest.raises(InputError, match="There is no time zone 'Mars'"):
        cb.onboarding(town.ledger, zone="Mars")


def test_a_refused_key_ends_the_look_and_loses_nothing(town: Town) -> None:
    """Clerk refusing the key is an error; what was seen before is still told without it."""
    town.send([1])
    cb.onboarding(town.ledger, town.client)
    town.backend.change_settings({"secret_keys": ["sk_test_other"]})
    stranger = Client("sk_test_fake", transport=town.backend.transport(), clock=town.clock)
    with pytest.raises(KeyRefused):
        cb.onboarding(town.ledger, stranger)
    assert stages(cb.onboarding(town.ledger)) == {address(1): "open"}


def test_progress_is_told_page_by_page(town: Town) -> None:
    """Whoever waits for a look can be told what is being read, and that each part came to its end."""
    town.send([1, 2, 3])
    steps = []
    cb.onboarding(town.ledger, town.client, progress=steps.append)
    assert {step.part for step in steps if step.finished} == {"invitations", "users"}


def test_frames_come_in_the_library_that_was_asked_for(town: Town) -> None:
    """library="polars" makes every frame a polars frame."""
    town.send([1, 2])
    told = cb.onboarding(town.ledger, town.client, library="polars")
    assert isinstance(told.funnel(), pl.DataFrame)
    assert told.funnel()["people"].to_list() == [2, 2, 0, 0, 0, 0]
    assert told.table()["person"].to_list() == [address(1), address(2)]


def test_days_are_those_of_the_zone(town: Town) -> None:
    """An invitation at noon UTC of the 15th is of the 16th in Auckland, and today's zone shows in what is told."""
    town.send([1])
    told = cb.onboarding(town.ledger, town.client, library="none", zone="Pacific/Auckland")
    assert told.over_time()["date"] == [date(2027, 1, 16)]
    assert len(told.invited_between(date(2027, 1, 16), date(2027, 1, 16)).journeys) == 1
    assert len(told.invited_between(last=date(2027, 1, 15)).journeys) == 0


def test_the_table_hides_people_when_asked(town: Town) -> None:
    """A keyed hash is the same whenever the ledger is asked, another in another ledger, and no line leads back."""
    town.send([1, 2], public_metadata={"team": "sales"})
    told = cb.onboarding(town.ledger, town.client, library="none")
    hashed, again = told.table("hash"), cb.onboarding(town.ledger, library="none").table("hash")
    assert hashed["person"] == again["person"]
    assert len(set(hashed["person"])) == 2
    assert all(one.startswith("p_") and len(one) == 22 for one in hashed["person"])
    assert "line" not in hashed
    assert "metadata.team" not in hashed
    assert told.table("hash", metadata=["team"])["metadata.team"] == ["sales", "sales"]
    with pytest.raises(InputError, match="Nobody has the metadata 'teem'; there is: team"):
        told.table("hash", metadata=["teem"])
    assert "person" not in told.table("omit")
    assert told.table("show")["metadata.team"] == ["sales", "sales"]
    assert address(1) not in str(hashed)


def test_it_can_be_narrowed_to_a_group(town: Town) -> None:
    """only() keeps a group's people, and names the groups there are for one that is not."""
    town.send([1, 2], ACME)
    town.send([3], ACME, role="org:admin")
    told = cb.onboarding(town.ledger, town.client)
    assert stages(told.only("role", "org:admin")) == {address(3): "open"}
    with pytest.raises(InputError, match="there are: org:admin, org:member"):
        told.only("role", "org:owner")


def test_each_acceptance_says_what_dates_it(town: Town) -> None:
    """An account made with the link dates an acceptance of the application, a membership one of an organization."""
    town.send([1])
    town.send([2], ACME)
    town.days(1)
    town.accept(1)
    town.accept(2, ACME)
    told = cb.onboarding(town.ledger, town.client, library="none")
    by = {one.email: one.acceptance.source for one in told.journeys if one.acceptance}
    assert by == {address(1): Source.USER, address(2): Source.MEMBERSHIP}
    assert dict(zip(told.sources()["source"], told.sources()["people"], strict=True)) == {
        "webhook": 0, "membership": 1, "user": 1, "snapshot": 0, "updated_at": 0,
    }  # fmt: skip


def test_the_room_and_the_function_have_one_name(town: Town) -> None:
    """Importing a module of the room does not take the function away: cb.onboarding can be called before and after."""
    import clerkbulk.onboarding.journey  # noqa: F401

    town.send([1])
    assert cb.onboarding(town.ledger).counts()[Stage.OPEN] == 1


def test_hidden_people_are_in_no_order_that_tells_who_they_are(town: Town) -> None:
    """The n-th row would be the n-th line of the sheet, and the n-th to remind the n-th by the alphabet."""
    town.send(range(1, 31))
    town.days(8)
    told = replace(cb.onboarding(town.ledger, town.client, library="none"), secret=b"fake")
    lines = {
        f"p_{hmac.new(b'fake', one.key.encode(), 'sha256').hexdigest()[:20]}": one.line or 0 for one in told.journeys
    }
    for frame in (told.table("hash"), told.open(people="hash")):
        order = [lines[person] for person in frame["person"]]
        assert sorted(order) == list(range(1, 31))
        assert order != sorted(order)
    assert told.table("show")["line"] == list(range(1, 31))
    numbered = tuple(replace(one, wave=one.line) for one in told.journeys)
    waves = replace(told, journeys=numbered).table("omit")["wave"]
    assert sorted(waves) == list(range(1, 31)) != waves


def test_a_moment_says_in_which_zone_it_is(town: Town) -> None:
    """A naive datetime would be taken for the machine's own time."""
    town.send([1])
    naive = datetime.fromtimestamp(NOON, UTC).replace(tzinfo=None)
    with pytest.raises(InputError, match="2027-01-15 12:00:00 may be in any zone: give one that says which, or a day"):
        cb.onboarding(town.ledger, now=naive)


def test_plan_and_sending_are_as_of_then_and_of_everybody(town: Town) -> None:
    """Going back, what was sent later is not known yet; and of a few people apart there is no plan."""
    town.send([1, 2])
    town.days(2)
    town.send([3])
    told = cb.onboarding(town.ledger, town.client, library="none")
    assert told.sending()["actual"][-1] == 3
    then = told.as_of(datetime.fromtimestamp(NOON + DAY, UTC)).sending()
    assert (then["planned"][-1], then["actual"][-1], max(one or 0 for one in then["actual"])) == (3, None, 2)
    assert told.only("domain", "example.com").sending()["at"] == []
    assert told.invited_between(date(2027, 1, 1)).sending()["at"] == []


def test_an_error_names_some_of_many_groups(town: Town) -> None:
    """Not everybody's value of a metadata key."""
    town.send(range(1, 31))
    told = cb.onboarding(town.ledger, town.client)
    each = tuple(replace(one, metadata={"desk": f"d{at:02}"}) for at, one in enumerate(told.journeys))
    with pytest.raises(InputError, match=r"there are: d00, .*, d19 and 10 more\.$"):
        replace(told, journeys=each).only("desk", "x")


def test_whoever_came_while_clerk_was_looked_at_is_in_everywhere(town: Town) -> None:
    """Clerk dates its answers by the second and people by the millisecond, and our own clock may be slow."""
    town.send([1, 2, 3])
    town.days(1)
    town.clock.advance(0.4)
    town.accept(1)
    town.send([4])
    with cb.Ledger(town.ledger.where, clock=VirtualClock(NOON)) as slow:
        told = cb.onboarding(slow, town.client, library="none")
    assert told.counts()[Stage.ACCEPTED] == 1
    assert told.funnel()["people"][:3] == [4, 4, 1]
    forecast = told.forecast_for(date(2027, 1, 20))
    assert (forecast.accepted_now, forecast.open) == (1, 3)
    assert told.open()["person"] == [address(2), address(3), address(4)]


def test_what_is_given_wrongly_is_said_with_what_to_give(town: Town) -> None:
    """The way to a ledger in place of one; people in a fourth way; per cent in place of a share."""
    town.send([1])
    with pytest.raises(InputError, match=r"not from 'my.db': give cb.Ledger\('my.db'\)"):
        cb.onboarding("my.db")  # type: ignore[arg-type]
    told = cb.onboarding(town.ledger)
    with pytest.raises(InputError, match="People are shown as show, hash or omit, not as 'mask'"):
        told.table("mask")
    with pytest.raises(InputError, match=r"not 8000 %: 0\.8 is 80 %"):
        told.report("report.html", goal=80)
