"""A changed table: what it says that the one before did not, and who is invited for it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import ACME, NOON, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.sending import tables
from clerkbulk.sending.before.changes import Changes, Person
from clerkbulk.sending.before.elsewhere import INVITED, PERHAPS
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import RowState, Sum

DAY = 86_400


def table(folder: Path, addresses: list[str], name: str = "people.csv", **teams: str) -> cb.Checked:
    """Return a checked file; a keyword is somebody's team, red otherwise."""
    path = folder / name
    lines = [f"{address},{teams.get(address.partition('@')[0], 'red')}" for address in addresses]
    path.write_text("\n".join(["email,team", *lines]) + "\n")
    return cb.check(path, metadata=["team"])


def of(people: tuple[Person, ...]) -> list[tuple[Any, ...]]:
    """Return who they are in short."""
    return [(one.email_address, one.line, one.earlier_line, one.state and one.state.value) for one in people]


def changes_of(stage: Stage, checked: cb.Checked) -> Changes | None:
    """Return what a table would change, without sending it."""
    stage.clock.advance(3 * DAY)
    with stage.ledger() as ledger:
        return ledger.job(checked).changes()


def test_what_is_new_gone_changed_and_as_before(tmp_path: Path, place: Place) -> None:
    """Two more, one fewer, one with another team; the others on other lines, and one address spelt in capitals."""
    stage = Stage(place)
    first = stage.send(table(tmp_path, [*people(6), "nobody"]))
    found = changes_of(
        stage,
        table(tmp_path, ["new@example.com", *people(5)[::-1], "P7@example.com", "nobody"], p2="blue"),
    )
    assert found is not None
    assert (found.job_id, found.source_name, found.created_at) == (first.id, "people.csv", NOON)
    assert of(found.new) == [("new@example.com", 2, None, None), ("p7@example.com", 8, None, None)]
    assert of(found.gone) == [("p6@example.com", None, 7, "sent")]
    assert of(found.changed) == [("p2@example.com", 6, 3, "sent")]
    assert found.changed[0].parameters == ("public_metadata.team",)
    assert of(found.same) == [(f"p{n}@example.com", 8 - n, n + 1, "sent") for n in (5, 4, 3, 1)]
    assert repr(found) == f"<Changes since {first.id}: 2 new, 1 gone, 1 changed, 4 as before>"
    assert found.sentences(stage.clock.now()) == [
        f"Compared with {first.id} (people.csv, 3 days ago): 2 new, 1 gone, 1 changed, 4 as before. "
        "Only new people are invited.",
        "Of the changed, 1 was invited already (line 3 there): what their invitations say of public_metadata.team "
        f"stays. To change it, withdraw those lines from {first.id} and send again with --decide "
        "withdrawn_by_you=send.",
        "Of the gone, 1 was invited (line 7 there): that is not taken back.",
    ]


def test_as_json_there_is_everybody_but_those_as_before(tmp_path: Path) -> None:
    """Plain JSON; counts for status, people for whoever looks closer."""
    stage = Stage(tmp_path)
    first = stage.send(table(tmp_path, people(4)))
    found = changes_of(stage, table(tmp_path, [*people(3), "new@example.com"], p3="blue"))
    assert found is not None
    counts = {"job": first.id, "source": "people.csv", "created_at": "2027-01-15T12:00:00Z"}
    assert found.counts() == {**counts, "new": 1, "gone": 1, "changed": 1, "same": 2}
    assert json.loads(json.dumps(found.to_json())) == {
        **counts,
        "new": [{"email_address": "new@example.com", "line": 5, "earlier_line": None, "earlier_state": None,
                 "parameters": []}],
        "gone": [{"email_address": "p4@example.com", "line": None, "earlier_line": 5, "earlier_state": "sent",
                  "parameters": []}],
        "changed": [{"email_address": "p3@example.com", "line": 4, "earlier_line": 4, "earlier_state": "sent",
                     "parameters": ["public_metadata.team"]}],
        "same": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"role": "org:member"}, {"role": "org:admin"}, ("role",)),
        ({"role": "org:member"}, {"role": "org:member", "inviter_user_id": "user_1"}, ("inviter_user_id",)),
        (
            {"role": "org:member", "public_metadata": {"a": 1, "b": {"c": 2}}},
            {"role": "org:member", "public_metadata": {"a": True, "b": {"c": 2}, "d": None}},
            ("public_metadata.a", "public_metadata.d"),
        ),
        ({"role": "org:member", "public_metadata": {"a": 1}}, {"role": "org:member"}, ("public_metadata.a",)),
        (
            {"role": "org:member", "public_metadata": {"a": {"x": 1, "y": 2}}},
            {"role": "org:member", "public_metadata": {"a": {"y": 2, "x": 1}}},
            (),
        ),
    ],
)
def test_which_parameters_differ(
    tmp_path: Path, before: dict[str, Any], now: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """Of metadata every key by itself; 1 and true are two things, the order of keys is none."""
    stage = Stage(tmp_path)
    stage.send(cb.check([{"email_address": "p1@example.com", **before}], ACME))
    rows = [{"email_address": "P1@Example.com", **now}, {"email_address": "p2@example.com", "role": "org:member"}]
    found = changes_of(stage, cb.check(rows, ACME))
    assert found is not None
    assert [one.parameters for one in (*found.changed, *found.same)] == [expected]
    assert bool(found.changed) is bool(expected)


def test_it_is_compared_with_the_table_it_came_of(tmp_path: Path) -> None:
    """Most of the same people; one of the same name before another with a few more; of equals, the newest."""
    stage = Stage(tmp_path)

    def send(number: int, name: str, first: int = 1) -> Job:
        stage.clock.advance(60)
        return stage.send(table(tmp_path, people(number, first), name))

    namesake, _, larger = send(12, "people.csv"), send(3, "people.csv", 18), send(16, "everybody.csv")
    found = changes_of(stage, table(tmp_path, people(17)))
    assert found is not None
    assert found.job_id == namesake.id
    found = changes_of(stage, table(tmp_path, people(19), "other.csv"))
    assert found is not None
    assert found.job_id == larger.id
    newer = send(18, "people.csv")
    found = changes_of(stage, table(tmp_path, people(18), "people.csv", p1="blue"))
    assert found is not None
    assert found.job_id == newer.id
    with stage.ledger() as ledger:
        shared = {one.job_id: (one.people, one.is_earlier) for one in ledger.find(namesake.id).related()}
        assert shared == {larger.id: (12, False), newer.id: (12, False)}
        assert ledger.find(namesake.id).changes() is None


def test_what_is_another_list_is_not_compared(tmp_path: Path) -> None:
    """Another target, another instance, a job nobody began, a list that shares a few people only: nothing to say."""
    stage = Stage(tmp_path)
    rows = [{"email_address": address} for address in people(10)]
    with stage.ledger() as ledger:
        assert ledger.job(cb.check(rows[:9])).changes() is None
        assert ledger.job(cb.check(rows)).changes() is None
    stage.send(cb.check(rows, ACME, defaults={"role": "org:member"}))
    assert changes_of(stage, cb.check(rows[:8])) is None
    stage.send(cb.check(rows))
    assert changes_of(stage, cb.check([{"email_address": address} for address in people(10, first=7)])) is None
    assert changes_of(stage, cb.check([{"email_address": address} for address in people(10, first=6)])) is not None
    other = Stage(tmp_path)
    other.backend._world.ids.instance = lambda: "ins_production"  # type: ignore[method-assign]
    with other.ledger() as ledger, other.client() as client:
        job = ledger.job(cb.check(rows[:7]))
        job.bind(client)
        assert job.changes() is None


def test_what_the_earlier_job_has_not_done_yet_is_said(tmp_path: Path) -> None:
    """Half of it is sent: those who were not are invited now, and going on with the old job would invite the gone."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        first = ledger.job(table(tmp_path, people(30)))
        run = first.run(client)
        next(run), next(run)
        run.close()
    found = changes_of(stage, table(tmp_path, people(29), p1="blue", p20="blue"))
    assert found is not None
    assert found.sentences(stage.clock.now() - 2 * DAY - 82_800) == [
        f"Compared with {first.id} (people.csv, 1 hour ago): 0 new, 1 gone, 2 changed, 27 as before. "
        "Invited are 19 whom that job did not reach.",
        "Of the changed, 1 was invited already (line 2 there): what their invitations say of public_metadata.team "
        f"stays. To change it, withdraw those lines from {first.id} and send again with --decide "
        "withdrawn_by_you=send.",
        f"Of the changed, 1 was not invited yet (line 21 there): going on with {first.id} would invite them as they "
        "were.",
        f"Of the gone, 1 was not invited yet (line 31 there): going on with {first.id} would invite them.",
    ]


def test_half_a_table_then_the_changed_one_then_the_rest_invites_nobody_twice_and_loses_nobody(
    tmp_path: Path, place: Place
) -> None:
    """Clerk's own record is the witness: everyone of both tables once, whoever came first saying what they get."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        first = ledger.job(table(tmp_path, people(40)))
        run = first.run(client)
        next(run), next(run), next(run)
        run.close()
        assert first.sum() == Sum(40, sent=20, left=20)
        changed = [*people(39), "new1@example.com", "new2@example.com"]
        second = ledger.job(table(tmp_path, changed, p30="blue"))
        second.preflight(client)
        stage.steps(second, client)
        assert second.sum() == Sum(41, sent=21, already_there=20)
        stage.steps(first, client)
        assert first.sum() == Sum(40, sent=21, already_there=19)
    assert stage.invited() == Counter({*people(40), *changed})
    teams = {item["email_address"]: item["public_metadata"] for item in stage.backend.state()["invitations"]}
    assert teams["p30@example.com"] == {"team": "blue"}


@pytest.mark.parametrize(
    ("fewer", "more", "expected"),
    [
        (0, 2, "2 new, 0 gone, 0 changed, 12 as before. Only new people are invited."),
        (1, 0, "0 new, 1 gone, 0 changed, 11 as before. Nobody is new: nobody is invited."),
    ],
)
def test_who_will_be_invited_is_said_in_a_sentence(tmp_path: Path, fewer: int, more: int, expected: str) -> None:
    """Two are there already, by an account and by a job before; neither is called new or invited."""
    stage = Stage(tmp_path)
    stage.backend.seed({"users": [{"email_address": "p1@example.com"}]})
    stage.send(table(tmp_path, people(1, first=2), "one.csv"))
    last = stage.send(table(tmp_path, people(12)))
    found = changes_of(stage, table(tmp_path, people(12 - fewer + more)))
    assert found is not None
    assert found.job_id == last.id
    assert found.sentences(stage.clock.now())[0].endswith(expected)
    assert found.summary(stage.clock.now()).endswith("as before.")


def test_the_second_sheet_knows_the_invitations_of_the_first(tmp_path: Path) -> None:
    """Their ids and times stand in its results too, and in its file."""
    stage = Stage(tmp_path)
    first = stage.send(table(tmp_path, people(3)))
    stage.clock.advance(DAY)
    second = stage.send(table(tmp_path, people(4)))
    theirs = {one.email_address: one for one in first.results()}
    for told in second.results()[:3]:
        known = theirs[told.email_address]
        assert (told.state, told.code) == (RowState.ALREADY_THERE, INVITED)
        assert (told.invitation_id, told.invited_at, told.expires_at) == (
            known.invitation_id, known.invited_at, known.expires_at,
        )  # fmt: skip
        assert told.invitation_id
        assert told.invited_at


def a_lost_call(stage: Stage, folder: Path) -> tuple[str, str]:
    """Leave a call of three behind of which nobody knows, and send the same three and one more; return both jobs."""
    with stage.ledger() as ledger, stage.client() as client:
        first = ledger.job(table(folder, people(3)))
        first.bind(client)
        with ledger.begin() as connection:
            connection.execute(tables.row.update().values(state=RowState.UNKNOWN))
        second = ledger.job(table(folder, people(4)))
        stage.steps(second, client)
        assert [one.code for one in second.results()] == [PERHAPS, PERHAPS, PERHAPS, None]
    return first.id, second.id


def test_what_was_perhaps_invited_is_told_once_it_is_known(tmp_path: Path) -> None:
    """The other job settles that all three were invited: the second one's results have the ids without being sent."""
    stage = Stage(tmp_path)
    first, second = a_lost_call(stage, tmp_path)
    with stage.ledger() as ledger:
        assert ledger.find(second).results()[0].reason == f"Perhaps invited by {first} (people.csv, line 2)."
        with ledger.begin() as connection:
            connection.execute(
                tables.row.update()
                .where(tables.row.c.job_id == first)
                .values(state=RowState.SENT, invitation_id="inv_1", invited_at=NOON)
            )
        told = ledger.find(second).results()[0]
    assert (told.reason, told.remedy) == (
        f"Invited by {first} (people.csv, line 2).",
        f"Nothing to do. If that invitation was revoked, withdraw line 2 of {first}, then send again with "
        "--decide withdrawn_by_you=send.",
    )
    assert (told.code, told.invitation_id, told.invited_at and told.invited_at.timestamp()) == (INVITED, "inv_1", NOON)


@pytest.mark.parametrize(
    ("became", "expected"),
    [
        (RowState.LEFT, Sum(4, sent=4)),
        (RowState.REFUSED, Sum(4, sent=4)),
        (RowState.SENT, Sum(4, sent=1, already_there=3)),
        (RowState.UNKNOWN, Sum(4, sent=1, already_there=3)),
        (RowState.WITHDRAWN, Sum(4, sent=1, already_there=3)),
    ],
)
def test_nobody_is_lost_whom_the_other_job_did_not_invite_after_all(
    tmp_path: Path, place: Place, became: RowState, expected: Sum
) -> None:
    """Sent again, the second table invites them; but not whose invitation somebody has taken back."""
    stage = Stage(place)
    first, second = a_lost_call(stage, tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        with ledger.begin() as connection:
            connection.execute(tables.row.update().where(tables.row.c.job_id == first).values(state=became))
        job = ledger.find(second)
        stage.steps(job, client)
        assert job.sum() == expected
        with ledger.begin() as connection:
            dated = connection.execute(
                sa.select(tables.transition.c.state).where(
                    tables.transition.c.job_id == second, tables.transition.c.line == 2
                )
            ).scalars()
            again = ["left", "sent"] if expected.sent == 4 else []
            again = ["left", "already_there"] if became is RowState.SENT else again
            assert list(dated) == ["already_there", *again]


def test_withdrawn_and_sent_again_changes_what_was_sent(tmp_path: Path, place: Place) -> None:
    """As the comparison says: the line is taken back from the first job, and the second sheet asks first."""
    stage = Stage(place)
    first = stage.send(table(tmp_path, people(3)))
    with stage.ledger() as ledger, stage.client() as client:
        second = ledger.job(table(tmp_path, people(3), p2="blue"))
        second.preflight(client)
        stage.steps(second, client)
        assert (second.sum(), second.set_aside()) == (Sum(3, already_there=3), 0)
        client.revoke(first.target, str(first.results()[1].invitation_id))
        with ledger.begin() as connection:
            mine = sa.and_(tables.row.c.job_id == first.id, tables.row.c.line == 3)
            connection.execute(tables.row.update().where(mine).values(state=RowState.WITHDRAWN))
        stage.steps(second, client)
        assert second.sum() == Sum(3, already_there=3)
        assert second.set_aside() == 1
        found = second.preflight(client)
        assert [(bucket.value, [one.line for one in rows]) for bucket, rows in found.buckets.items()] == [
            ("withdrawn_by_you", [3])
        ]
        second.preflight(client, Policy({Bucket.WITHDRAWN_BY_YOU: Decision.SEND}))
        stage.steps(second, client)
        assert second.sum() == Sum(3, sent=1, already_there=2)
    pending = [item for item in stage.backend.state()["invitations"] if item["status"] == "pending"]
    assert {item["email_address"]: item["public_metadata"]["team"] for item in pending} == {
        "p1@example.com": "red", "p2@example.com": "blue", "p3@example.com": "red",
    }  # fmt: skip


@pytest.mark.parametrize("code", [None, "expired"])
def test_an_invitation_that_has_expired_holds_nobody(tmp_path: Path, code: str | None) -> None:
    """Forty days later it is open no more: preflight asks whether to invite the person again, as of any other."""
    stage = Stage(tmp_path)
    first = stage.send(checked(["p1@example.com"]))
    if code:
        with stage.ledger() as ledger, ledger.begin() as connection:
            connection.execute(tables.row.update().values(code=code))
    else:
        stage.clock.advance(40 * 86_400)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(["p1@example.com", "p2@example.com"]))
        job.bind(client)
        assert (job.id != first.id, job.sum().left) == (True, 2)
        if code is None:
            assert [row.line for row in job.preflight(client).in_bucket(Bucket.INVITED_BEFORE)] == [1]


def test_left_out_for_an_invitation_that_expires_later_it_is_looked_at_again(tmp_path: Path) -> None:
    """The same sheet sent again when the invitation by the other job is over: the person is asked about."""
    stage = Stage(tmp_path)
    stage.send(checked(["p1@example.com"]))
    both = checked(["p1@example.com", "p2@example.com"])
    told = stage.send(both).results()[0]
    assert told.remedy.startswith("Nothing to do. If that invitation was revoked, withdraw line 1 of job_")
    stage.clock.advance(40 * 86_400)
    with stage.ledger() as ledger, stage.client() as client:
        found = ledger.job(both).preflight(client)
        assert [row.line for row in found.in_bucket(Bucket.INVITED_BEFORE)] == [1]
