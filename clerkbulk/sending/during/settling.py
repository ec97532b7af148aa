"""Settling: finding out by reading what became of rows whose call has no clear outcome. Never by posting again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clerkbulk.contract.target import Organization, Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.looking import who_is_in
from clerkbulk.sending.before.preflight import MEANINGS, Bucket
from clerkbulk.sending.before.spelling import invitations_to
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.attempts import tell
from clerkbulk.sending.during.call import LONGEST, Begin, Unsettled
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.transition import change_batch, change_rows
from clerkbulk.sending.verdict import Found, RowVerdict, judge_alone, judge_found

SETTLE = 60.0
"""Seconds after a call until an invitation that no list shows is taken not to exist. How long Clerk's lists lag behind
is not documented; a minute is ours."""
AT_WORK = 60.0
"""Seconds after its intent for which Clerk may be at work on a call without an answer: as long as the client would have
waited for one (client.TIMEOUT), had it not been cut off or killed."""


def sure_at(call: Unsettled) -> float:
    """Return from when on an invitation that no list shows does not exist; at once if Clerk answered by refusing.

    But for rows that ignore what exists: should a refused call make some of its invitations after all, and the lists
    lag behind (neither is documented), Clerk would take such a row a second time. It refuses the others.
    """
    if call.refused:
        twice = any(passenger.item.get("ignore_existing") for passenger in call.passengers)
        return call.ended_at + (SETTLE if twice else 0)
    over_at = call.ended_at if call.answered else max(call.ended_at, call.intent_at + AT_WORK)
    return over_at + SETTLE


def end_lost_calls(begin: Begin, job_id: str, now: float) -> bool:
    """Write an end to calls whose process is gone; return whether others are still in flight elsewhere."""
    attempt = tables.attempt
    reason = "the process that made the call ended before the answer came"
    in_flight = False
    ended: list[int] = []
    with begin() as connection:
        lock_job(connection, job_id)
        for record in connection.execute(
            sa.select(attempt.c.id, attempt.c.batch_id, attempt.c.owner, attempt.c.intent_at).where(
                attempt.c.job_id == job_id, attempt.c.ended_at.is_(None)
            )
        ).all():
            if not _is_over(Owner.read(record.owner), record.intent_at, now):
                in_flight = True
                continue
            ended_at = min(now, record.intent_at + LONGEST)
            connection.execute(
                attempt.update()
                .where(attempt.c.id == record.id)
                .values(ended_at=ended_at, outcome="unsure", reason=reason, to_blame=False)
            )
            change_batch(connection, job_id, record.batch_id, BatchState.UNSURE, reason, now)
            ended.append(record.id)
    tell(begin, ended)
    return in_flight


def settle(begin: Begin, job_id: str, batch_id: int, verdicts: Sequence[RowVerdict], now: float) -> None:
    """Write what reading found out about unknown rows."""
    if verdicts:
        with begin() as connection:
            lock_job(connection, job_id)
            change_rows(connection, job_id, batch_id, verdicts, now)


def look(client: Client, target: Target, call: Unsettled, now: float) -> list[RowVerdict]:
    """Read what Clerk has of each row's address and say what the rows are. Rows that stay unknown are left out.

    A dozen reads for a full call: one a row, one for all users or members. Raises what the client's reads raise.
    """
    surely = now >= sure_at(call)
    emails = [str(passenger.item["email_address"]) for passenger in call.passengers]
    present = who_is_in(client, target, emails) if call.refused else frozenset()
    bucket = Bucket.ALREADY_MEMBER if isinstance(target, Organization) else Bucket.ALREADY_USER
    verdicts = []
    for passenger, email in zip(call.passengers, emails, strict=True):
        found = Found(
            tuple(invitations_to(client, target, email)),
            MEANINGS[bucket].reason if passenger.key in present else None,
            call.taken,
        )
        if verdict := judge_found(passenger, found, call.clerk_at, surely=surely):
            verdicts.append(verdict)
    nobody_found = all(verdict.state is RowState.LEFT for verdict in verdicts)
    return _smaller(call) if call.to_blame and nobody_found else verdicts


def _smaller(call: Unsettled) -> list[RowVerdict]:
    """Send the rows of a refused call in smaller company: neither Clerk nor the look said whose fault it was."""
    lines = [passenger.line for passenger in call.passengers]
    if call.size == 1:
        return [judge_alone(line, call.code, call.reason) for line in lines]
    return [RowVerdict(line, RowState.LEFT, at_most=-(-call.size // 2)) for line in lines]


def _is_over(owner: Owner, intent_at: float, now: float) -> bool:
    """Whether a call without an end is: its run says so where it can be asked, and time where it cannot."""
    if owner.is_of_this_machine:
        return not owner.is_at_work()
    return now >= intent_at + LONGEST
