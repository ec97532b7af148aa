"""Waves: a few people first, then more, then everybody else; between them a gate and a gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import RowState
from clerkbulk.sending.transition import log

_OPEN = (RowState.LEFT, RowState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before the next call of a job in waves: a time, a reason to stop, or neither."""

    opens_at: float | None = None
    stop: str | None = None


def split(people: int, waves: Sequence[int]) -> Iterator[int]:
    """Yield how many people travel in each wave; the last one is everybody else."""
    for size in waves:
        if people <= size:
            break
        yield size
        people -= size
    if people:
        yield people


def number_waves(connection: sa.Connection, job_id: str, waves: Sequence[int]) -> None:
    """Say of every row that waits in which wave it travels, in the order of the table.

    Waves that have travelled keep their numbers; the new ones are counted on from there.
    """
    row, job = tables.row, tables.job
    mine = row.c.job_id == job_id
    travelled = connection.execute(sa.select(sa.func.max(row.c.wave)).where(mine, row.c.batch_id.is_not(None))).scalar()
    waiting = sa.and_(mine, row.c.state == RowState.LEFT)
    lines = connection.execute(sa.select(row.c.line).where(waiting).order_by(row.c.line)).scalars().all()
    before, begins = travelled or 0, 0
    for number, size in enumerate(split(len(lines), waves), before + 1):
        last = lines[begins + size - 1]
        these = sa.and_(waiting, row.c.line >= lines[begins], row.c.line <= last)
        connection.execute(row.update().where(these).values(wave=number))
        begins += size
    connection.execute(job.update().where(job.c.id == job_id).values(wave_passed=before, wave_opens_at=None))


def waves_left(connection: sa.Connection, job_id: str) -> tuple[int, ...]:
    """Return how many people wait in each wave but the last."""
    row = tables.row
    waiting = sa.and_(row.c.job_id == job_id, row.c.state == RowState.LEFT)
    counts = sa.select(sa.func.count()).where(waiting).group_by(row.c.wave).order_by(row.c.wave)
    return tuple(connection.execute(counts).scalars().all()[:-1])


def before_next(begin: Begin, job_id: str, pace: Pace, now: float) -> Before:
    """Look at the waves that are over and say what stands before the next one.

    Each wave is looked at once. A gate that has stopped the job is open when somebody lets it go on.
    """
    job, row = tables.job, tables.row
    with begin() as connection:
        lock_job(connection, job_id)
        passed, opens_at = connection.execute(
            sa.select(job.c.wave_passed, job.c.wave_opens_at).where(job.c.id == job_id)
        ).one()
        current = connection.execute(
            sa.select(sa.func.min(row.c.wave)).where(row.c.job_id == job_id, row.c.state.in_(_OPEN))
        ).scalar()
        if current is None or current <= passed + 1:
            return Before(opens_at)
        stops = [_gate(connection, job_id, wave, pace.gate) for wave in range(passed + 1, current)]
        stop = next(filter(None, stops), None)
        opens_at = now + pace.wave_gap if pace.wave_gap else None
        # The gate is for everybody: whoever else is at work on the job hears of it as of a pause.
        held = {"pause_asked_at": now} if stop else {}
        connection.execute(
            job.update().where(job.c.id == job_id).values(wave_passed=current - 1, wave_opens_at=opens_at, **held)
        )
        log(connection, job_id, now, f"wave {current - 1} is over", None)
    return Before(opens_at, stop)


def _gate(connection: sa.Connection, job_id: str, wave: int, gate: float | None) -> str | None:
    """Return why the job stops behind a wave, None if it goes on. Who was left out by preflight does not count."""
    row = tables.row
    travelled = sa.and_(row.c.job_id == job_id, row.c.wave == wave, row.c.batch_id.is_not(None))
    counts = {
        str(state): int(count)
        for state, count in connection.execute(
            sa.select(row.c.state, sa.func.count()).where(travelled).group_by(row.c.state)
        )
    }
    refused, people = counts.get(RowState.REFUSED, 0), sum(counts.values())
    if gate is None or not people or refused / people <= gate:
        return None
    return (
        f"Clerk refused {refused} of the {people} people of wave {wave}: {refused / people:.0%}, the gate is "
        f"{gate:.0%}. Look at the results; if the others are to be invited all the same, let the job go on."
    )
