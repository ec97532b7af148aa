"""Late answers: a sender that was believed gone comes back with one, and must not undo what others have found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa
from stage import NOON, Between, Place, Stage, checked, people

from clerkbulk.contract.endpoint import APPLICATION_BULK
from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Bucket
from clerkbulk.sending.client import TIMEOUT
from clerkbulk.sending.during.call import LONGEST, PROMPT, Call, Ending, Sender, calls_lately, claim, close
from clerkbulk.sending.during.settling import end_lost_calls, settle
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import BatchState, RowState, Sum
from clerkbulk.sending.verdict import RowVerdict, Verdict, judge_not_sent

ELSEWHERE = "elsewhere/pid:[1] 7 1234 cafe"
TURNED_AWAY = Ending("wait", status=429, retry_after=60)


def claimed(ledger: Ledger, job_id: str, at: float = NOON, owner: str = ELSEWHERE) -> Call:
    """Return the call that a run has claimed, of another machine unless said."""
    call = claim(ledger.begin_to_send, [Sender(job_id, APPLICATION_BULK, "account", owner, None)], at, at)
    assert isinstance(call, Call)
    return call


def states(ledger: Ledger) -> list[tuple[str, int, str | None]]:
    """Return state, batch and invitation of every row."""
    row = tables.row
    with ledger.begin() as connection:
        query = sa.select(row.c.state, row.c.batch_id, row.c.invitation_id).order_by(row.c.line)
        return [tuple(line) for line in connection.execute(query)]


def test_an_answer_does_not_free_rows_that_were_sent_meanwhile(place: Place) -> None:
    """Looked up, not found, and sent by another run: a 429 that arrives now does not make them wait again."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3), ignore_existing=True))
        job.bind(client)
        late = claimed(ledger, job.id)
        stage.clock.advance(300)
        assert stage.steps(job, client)[-1].sum == Sum(3, sent=3)
        before = states(ledger)
        assert {(state, batch) for state, batch, _ in before} == {("sent", 2)}
        close(ledger.begin, late, judge_not_sent(late.passengers), TURNED_AWAY, NOON + 301)
        assert states(ledger) == before
        assert len(stage.posts()) == 1


def test_an_answer_does_not_free_rows_that_are_under_way_in_another_call(place: Place) -> None:
    """The second call is in flight: its rows stay unknown, or a third one would take them."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        job.bind(client)
        late = claimed(ledger, job.id)
        end_lost_calls(ledger.begin, job.id, NOON + 300)
        settle(ledger.begin, job.id, late.batch_id, [RowVerdict(line, RowState.LEFT) for line in (1, 2, 3)], NOON + 300)
        claimed(ledger, job.id, NOON + 301)
        close(ledger.begin, late, judge_not_sent(late.passengers), TURNED_AWAY, NOON + 302)
        assert states(ledger) == [("unknown", 2, None)] * 3


def test_an_answer_does_not_free_rows_that_were_found(place: Place) -> None:
    """Found at Clerk by another run, in this very call: they stay sent, with their invitations."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(2)))
        job.bind(client)
        late = claimed(ledger, job.id)
        end_lost_calls(ledger.begin, job.id, NOON + 300)
        found = [RowVerdict(line, RowState.SENT, invitation_id=f"inv_{line}") for line in (1, 2)]
        settle(ledger.begin, job.id, late.batch_id, found, NOON + 300)
        close(ledger.begin, late, judge_not_sent(late.passengers), TURNED_AWAY, NOON + 302)
        assert states(ledger) == [("sent", 1, "inv_1"), ("sent", 1, "inv_2")]
        # Nor is a refusal written over what was found.
        refused = Verdict(BatchState.REFUSED, tuple(RowVerdict(line, RowState.REFUSED, "x") for line in (1, 2)))
        close(ledger.begin, late, refused, Ending("refused", status=400), NOON + 303)
        assert states(ledger) == [("sent", 1, "inv_1"), ("sent", 1, "inv_2")]


def test_a_call_of_another_machine_is_left_alone_for_three_minutes(place: Place) -> None:
    """As long as it can take, by its own time-outs; until then it counts for the hour as if it arrived last."""
    assert PROMPT + TIMEOUT.connect + TIMEOUT.write + TIMEOUT.read <= LONGEST
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        job.bind(client)
        claimed(ledger, job.id)
        assert end_lost_calls(ledger.begin, job.id, NOON + 179) is True
        with ledger.begin() as connection:
            assert list(calls_lately(connection, "account", NOON + 179)) == [NOON + 180]
        assert end_lost_calls(ledger.begin, job.id, NOON + 180) is False
        with ledger.begin() as connection:
            assert connection.execute(sa.select(tables.attempt.c.ended_at)).scalar() == NOON + 180


def test_a_ledger_whose_lock_does_not_hold_sends_nothing(place: Place) -> None:
    """A row that somebody takes between the look and the claim: an error with what to do, and no intent."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        job.bind(client)

        @contextmanager
        def leaking() -> Iterator[sa.Connection]:
            with ledger.begin_to_send() as connection:
                others: list[str] = []

                def take_one(_: object, __: object, statement: str, *___: object) -> None:
                    if statement.startswith("INSERT INTO batch") and not others:
                        others.append(statement)
                        connection.execute(tables.row.update().where(tables.row.c.line == 2).values(state="sent"))

                sa.event.listen(connection, "before_cursor_execute", take_one)
                yield connection

        with pytest.raises(LedgerError, match="let 1 rows be claimed twice; nothing was sent"):
            claim(leaking, [Sender(job.id, APPLICATION_BULK, "account", ELSEWHERE, None)], NOON, NOON)
        assert states(ledger) == [("left", None, None)] * 3


def test_a_look_ahead_does_not_set_aside_whom_others_have_sent_meanwhile(place: Place) -> None:
    """It reads for a while, and finds invited whom another run of the job has just invited: they stay sent."""
    stage = Stage(place)
    table = checked(people(15))
    met = []

    def meanwhile(request: httpx.Request) -> None:
        if request.url.path == "/v1/invitations" and not met:
            met.append(request)
            with stage.ledger() as ledger, stage.client() as client:
                run = ledger.job(table).run(client)
                while next(run).sum.sent < 10:
                    pass
                run.close()  # type: ignore[attr-defined]

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), meanwhile)) as client:
        job = ledger.job(table)
        found = job.preflight(client)
        assert len(found.in_bucket(Bucket.ALREADY_INVITED)) == 10
        assert job.sum() == Sum(15, sent=10, left=5)
