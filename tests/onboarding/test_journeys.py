"""Everybody's way, gathered from a ledger and from looks: the instance's own record is what journeys are held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from town import ACME, APP, DAY, NOON, Town, address

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import Answer, Between, Source, Stage
from clerkbulk.sending import seen


@pytest.fixture
def town(tmp_path: Path) -> Any:
    town = Town(tmp_path)
    yield town
    town.ledger.close()


def user(town: Town, number: int, **more: Any) -> None:
    """Let somebody sign up without a link."""
    town.backend.seed({"users": [{"email_address": address(number), **more}]})


def test_everybody_is_somewhere_and_with_their_history(town: Town) -> None:
    """Accepted, joined, already there, withdrawn, reminded, silent and expired, each with links and times as it was."""
    user(town, 6)
    town.backend.seed({"invitations": [{"email_address": address(7)}]})
    town.days(1)
    job = town.send([1, 2, 3, 4, 5, 6, 7, "nobody", address(1)], public_metadata={"team": "blue"})
    town.look()
    town.days(1)
    first = town.accept(1)
    town.days(1)
    user(town, 5)
    town.withdraw(job, [4])
    town.look()
    town.days(1)
    reminder = town.remind(job)
    town.days(2)
    town.accept(3)
    town.look()

    found = town.gather()
    assert (found.rows, found.invalid, found.purged, found.again, found.left_out) == (9, 2, 0, 0, 2)
    assert found.rows == len(found.journeys) + found.again + found.left_out
    people = town.all()
    assert {name: one.stage for name, one in people.items()} == {
        "p1": Stage.ACCEPTED,
        "p2": Stage.OPEN,
        "p3": Stage.ACCEPTED,
        "p4": Stage.REVOKED,
        "p5": Stage.JOINED,
        "p6": Stage.ALREADY_THERE,
        "p7": Stage.ALREADY_THERE,
    }
    sent = NOON + DAY
    one = people["p1"]
    assert one.acceptance is not None
    assert one.acceptance.source is Source.USER
    assert one.acceptance.time == Between(NOON + 2 * DAY, NOON + 2 * DAY, NOON + 2 * DAY)
    assert one.first_sign_in == Between(NOON + 2 * DAY, NOON + 2 * DAY, NOON + 2 * DAY)
    assert (one.user_id, one.last_active_at, one.joined_at) == (first["user"]["id"], NOON + 2 * DAY, None)
    assert (one.job_id, one.line, one.wave, one.metadata) == (job, 1, 1, {"team": "blue"})
    assert [(link.status, link.sent_at, link.ended_at) for link in one.links] == [("accepted", sent, NOON + 2 * DAY)]
    two = people["p2"]
    assert [(link.status, link.replaced, link.ended_at) for link in two.links] == [
        ("revoked", True, NOON + 4 * DAY),
        ("pending", False, None),
    ]
    assert (two.invited_at, two.last_invited_at, two.job_id) == (sent, NOON + 4 * DAY, job)
    assert two.job_id != reminder
    three = people["p3"]
    assert [(link.status, link.replaced) for link in three.links] == [("revoked", True), ("accepted", False)]
    assert three.in_at == NOON + 6 * DAY
    assert [(link.status, link.replaced, link.ended_at) for link in people["p4"].links] == [
        ("revoked", False, NOON + 3 * DAY)
    ]
    assert (people["p5"].joined_at, people["p5"].acceptance) == (NOON + 3 * DAY, None)
    assert (people["p6"].links, people["p6"].joined_at, people["p6"].is_in) == ((), NOON, False)
    assert people["p6"].user_id is not None
    assert people["p7"].links == ()
    assert people["p7"].reason is not None
    assert two.seen_at is not None
    assert two.seen_at > NOON + 5 * DAY

    town.days(40)
    town.look()
    assert town.stages() | {"p2": Stage.EXPIRED} == town.stages()
    two = town.all()["p2"]
    assert two.ended_at == two.links[1].expires_at == pytest.approx(NOON + 34 * DAY, abs=1)
    assert (two.links[1].status, town.all()["p1"].stage) == ("expired", Stage.ACCEPTED)


def test_what_was_never_looked_at_is_told_from_what_was_sent(town: Town) -> None:
    """Open until it expires, and seen_at says that nobody looked; revoked by us and reminded are known without."""
    job = town.send([1, 2, 3])
    town.days(1)
    town.withdraw(job, [2])
    town.days(1)
    town.remind(job)
    waiting = town.send([4, 5], public_metadata={"team": "red"}, run=False)
    people = town.all()
    assert {name: (one.stage, one.seen_at) for name, one in people.items()} == {
        "p1": (Stage.OPEN, None),
        "p2": (Stage.REVOKED, None),
        "p3": (Stage.OPEN, None),
    }
    assert [link.replaced for link in people["p1"].links] == [True, False]
    assert people["p2"].ended_at == NOON + DAY
    # A job that has never run is no instance's: it is told of when it is named.
    assert town.stages(job_id=waiting) == {"p4": Stage.WAITING, "p5": Stage.WAITING}
    assert town.all(job_id=waiting)["p4"].metadata == {"team": "red"}
    town.days(31)
    assert town.stages() == {"p1": Stage.EXPIRED, "p2": Stage.REVOKED, "p3": Stage.EXPIRED}


def test_without_a_ledger_everybody_seen_is_told_of(town: Town) -> None:
    """From looks alone: one journey a person and target, every invitation a link, no line and no job."""
    first = {"email_address": address(1), "created_at": int((NOON - 40 * DAY) * 1000), "status": "expired"}
    seeded = {"email_address": address(1).upper(), "public_metadata": {"team": "new"}}
    member = {"email_address": address(1), "organization_id": "org_acme", "role": "org:admin"}
    town.backend.seed({"invitations": [first, seeded, {"email_address": address(2)}, member]})
    town.days(1)
    town.accept(2)
    town.look(APP, ACME)
    found = town.gather(ledger_rows=False).journeys
    told = {(one.key, str(one.target)): one for one in found}
    assert len(told) == len(found) == 3
    one = told[address(1), "the application"]
    assert (one.stage, [link.status for link in one.links]) == (Stage.OPEN, ["expired", "pending"])
    assert (one.line, one.job_id, one.metadata) == (None, None, {"team": "new"})
    assert told[address(1), "organization org_acme"].role == "org:admin"
    assert told[address(2), "the application"].stage is Stage.ACCEPTED
    assert [one.target for one in town.gather(ledger_rows=False, target=ACME).journeys] == [ACME]


def test_a_membership_dates_an_acceptance_and_joins_who_came_otherwise(town: Town) -> None:
    """A membership's time is the acceptance's; made by hand later, it joins; made before, nothing; an event is best."""
    user(town, 3)
    town.backend.seed({"memberships": [{"organization_id": "org_acme", "email_address": address(3)}]})
    town.days(1)
    town.send([1, 2, 3, 4], ACME)
    town.days(1)
    made = town.accept(1, ACME)
    town.days(1)
    town.backend.seed({"memberships": [{"organization_id": "org_acme", "email_address": address(2)}]})
    town.days(1)
    town.look(ACME)
    people = town.all()
    assert {name: one.stage for name, one in people.items()} == {
        "p1": Stage.ACCEPTED,
        "p2": Stage.JOINED,
        "p3": Stage.ALREADY_THERE,
        "p4": Stage.OPEN,
    }
    accepted = people["p1"].acceptance
    assert accepted is not None
    assert (accepted.source, accepted.time.at, accepted.time.uncertainty) == (Source.MEMBERSHIP, NOON + 2 * DAY, 0)
    assert (people["p2"].joined_at, people["p1"].role) == (NOON + 3 * DAY, "org:member")
    with town.ledger.begin() as connection:
        told = {"type": "organizationInvitation.accepted", "invitation_id": made["invitation"]["id"]}
        connection.execute(
            seen.event.insert().values(
                instance_id=town.instance_id, delivery_id="msg_1", at=NOON + 2 * DAY - 0.25, received_at=NOON, **told
            )
        )
    told_by = town.all()["p1"].acceptance
    assert told_by is not None
    assert (told_by.source, told_by.time.at) == (Source.WEBHOOK, NOON + 2 * DAY - 0.25)


def test_an_event_alone_tells_of_an_acceptance_with_another_address(town: Town) -> None:
    """Who followed the link signed in as somebody else is accepted, with the user the event names, before any look."""
    town.send([1], ACME)
    (link,) = town.all()["p1"].links
    with town.ledger.begin() as connection:
        connection.execute(
            seen.event.insert().values(
                instance_id=town.instance_id, delivery_id="msg_1", type="organizationInvitation.accepted",
                at=NOON + 60.5, invitation_id=link.invitation_id, user_id="user_9", received_at=NOON,
            )
        )  # fmt: skip
    town.days(1)
    one = town.all()["p1"]
    assert (one.stage, one.user_id, one.in_at) == (Stage.ACCEPTED, "user_9", NOON + 60.5)


def test_several_jobs_and_strangers_are_one_story(town: Town) -> None:
    """The line is that of the job that invited; a stranger's later invitation is a second live link, an older none."""
    old = {"email_address": address(1), "created_at": int((NOON - 9 * DAY) * 1000), "status": "revoked"}
    town.backend.seed({"invitations": [old]})
    first = town.send([1, 2])
    town.days(1)
    second = town.send([2, 3, 4], public_metadata={"team": "new"})
    town.backend.seed({"invitations": [{"email_address": address(1)}, {"email_address": address(9)}]})
    town.look()
    found = town.gather()
    people = town.all()
    assert sorted(people) == ["p1", "p2", "p3", "p4"]
    assert (found.rows, found.again, len(found.journeys)) == (5, 1, 4)
    assert [link.status for link in people["p1"].links] == ["pending", "pending"]
    assert (people["p2"].job_id, people["p2"].line, len(people["p2"].links)) == (first, 2, 1)
    assert people["p2"].metadata == {"team": "new"}
    assert people["p3"].job_id == second
    # By the second job alone it was somebody else who invited them.
    alone = town.all(job_id=second)
    assert {name: one.stage for name, one in alone.items()} == {
        "p2": Stage.ALREADY_THERE,
        "p3": Stage.OPEN,
        "p4": Stage.OPEN,
    }
    assert alone["p2"].links == ()


def test_an_invitation_that_is_listed_no_more_is_missing(town: Town) -> None:
    """Since the first complete look that began later; an interrupted look, and one of another list, say nothing."""
    town.send([1])
    town.days(1)
    for part, ended in (("users", 1.0), ("invitations org_acme", 1.0), ("invitations", None)):
        began = NOON + DAY
        with town.ledger.begin() as connection:
            connection.execute(
                seen.look.insert().values(
                    instance_id=town.instance_id, part=part, began_at=began, ended_at=ended and began + ended
                )
            )
    assert town.stages() == {"p1": Stage.OPEN}
    for began in (NOON + 10, NOON + 2 * DAY, NOON + 3 * DAY):
        with town.ledger.begin() as connection:
            connection.execute(
                seen.look.insert().values(
                    instance_id=town.instance_id, part="invitations", began_at=began, ended_at=began + 1
                )
            )
    one = town.all()["p1"]
    assert (one.stage, one.ended_at, one.links[0].status) == (Stage.MISSING, NOON + 2 * DAY, "missing")
    town.days(4)
    town.look()
    assert town.stages() == {"p1": Stage.OPEN}


@pytest.mark.parametrize(
    ("strategy", "born", "stage"),
    [
        ("ticket", NOON + DAY + 300, Stage.ACCEPTED),
        (None, NOON + DAY + 300, Stage.ACCEPTED),
        ("email_code", NOON + DAY + 300, Stage.JOINED),
        ("ticket", NOON + DAY - 300, Stage.JOINED),
        ("ticket", NOON - 1, Stage.OPEN),
        ("ticket", NOON + 60 * DAY, Stage.JOINED),
    ],
)
def test_an_account_that_came_after_the_last_look_at_the_link_came_by_it(
    town: Town, strategy: str | None, born: float, stage: Stage
) -> None:
    """Users are read after invitations: an account of the meantime is an acceptance, if nothing says otherwise."""
    town.send([1])
    town.days(1)
    town.look()
    with town.ledger.begin() as connection:
        there = {"instance_id": town.instance_id}
        at = {"first_seen_at": NOON + 61 * DAY, "last_seen_at": NOON + 61 * DAY}
        connection.execute(seen.user.insert().values(id="user_1", created_at=born, **at, **there))
        connection.execute(seen.address.insert().values(key=address(1), user_id="user_1", strategy=strategy, **there))
    town.clock.advance(max(born - town.clock.now(), 0) + 60)
    found = town.all()["p1"]
    assert found.stage is stage
    assert found.user_id == "user_1"
    if stage is Stage.ACCEPTED:
        assert found.in_at == born
        assert [(link.status, link.ended_at) for link in found.links] == [("accepted", born)]


def test_activity_of_two_weeks_is_told_from_looks(town: Town) -> None:
    """Two people accept; one comes back within a week, as looks each few days have seen."""
    town.send([1, 2])
    ids = [town.accept(number)["user"]["id"] for number in (1, 2)]
    for day in range(0, 19, 3):
        if day == 9:
            with town.ledger.begin() as connection:
                connection.execute(
                    seen.activity.insert().values(
                        instance_id=town.instance_id, user_id=ids[1], kind="active", at=NOON + 6.5 * DAY,
                        first_seen_at=NOON + 9 * DAY, last_seen_at=NOON + 18 * DAY,
                    )
                )  # fmt: skip
        town.look()
        town.days(3)
    people = town.all()
    assert people["p1"].active_in_week == (Answer.NO, Answer.NO)
    assert people["p2"].active_in_week == (Answer.YES, Answer.NO)


def test_of_a_purged_job_only_the_rows_are_counted(town: Town) -> None:
    """Nobody is made up: its rows are left out, and the sum holds."""
    job = town.send([1, 2, "nobody"])
    town.send([2, 3], public_metadata={"team": "new"})
    town.ledger.find(job).purge()
    found = town.gather()
    assert {one.key for one in found.journeys} == {address(2), address(3)}
    assert (found.rows, found.purged, found.invalid, found.left_out) == (5, 2, 1, 3)
    assert found.rows == len(found.journeys) + found.again + found.left_out


def test_a_job_is_named_by_its_reminder_too_and_must_be_of_the_instance(town: Town) -> None:
    """A reminder's people are its original's; a job of another instance, or none, is refused in words."""
    job = town.send([1, 2])
    town.days(1)
    reminder = town.remind(job)
    assert town.gather(job_id=reminder) == town.gather(job_id=job)
    assert town.gather(job_id=job, target=ACME).journeys == ()
    with pytest.raises(InputError, match="There is no job job_none in the ledger"):
        town.gather(job_id="job_none")
    from clerkbulk.onboarding.journeys import journeys

    with pytest.raises(InputError, match="has run in another instance than ins_other"):
        journeys(town.ledger.begin, "ins_other", job_id=job, now=NOON)
    assert journeys(town.ledger.begin, "ins_other", now=NOON).journeys == ()
