"""Story: what the results say of a person who was reminded, in the original job and in the reminder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.state import RowState


@dataclass(frozen=True, slots=True)
class Story:
    """A sentence that is added to a row's reason, and what to do now where that has changed."""

    sentence: str
    remedy: str | None = None


def stories(connection: sa.Connection, job_id: str) -> dict[int, Story]:
    """Return by line what is to be added about reminders to the rows of a job."""
    row, job = tables.row, tables.job
    mine = sa.select(row.c.line, row.c.state, row.c.replaces, row.c.replaced_at)
    found = {
        record.line: _of_reminder(record)
        for record in connection.execute(mine.where(row.c.job_id == job_id, row.c.replaced_at.is_not(None)))
    }
    theirs = sa.select(row).join(job, job.c.id == row.c.job_id).where(job.c.reminds_id == job_id)
    found |= {record.line: _of_original(record) for record in connection.execute(theirs)}
    return {line: story for line, story in found.items() if story is not None}


def _of_reminder(record: Any) -> Story | None:
    which = f", {record.replaces}," if record.replaces else ""
    before = f"The invitation before{which} was closed on {_day(record.replaced_at)}"
    match record.state:
        case RowState.SENT:
            return Story(f"{before}.")
        case RowState.LEFT | RowState.UNKNOWN | RowState.REFUSED:
            return Story(f"{before}: the person holds none until this one is sent.")
    return None


def _of_original(record: Any) -> Story | None:
    """Say what became of the reminder's row."""
    by = f"({record.job_id})"
    match record.state:
        case RowState.SENT:
            on = _day(record.invited_at or record.changed_at)
            which = f", {record.invitation_id}" if record.invitation_id else ""
            return Story(f"Reminded on {on}: invited again{which} {by}.")
        case RowState.LEFT:
            return Story(f"A reminder is under way {by}.", f"Let it go on: clerkbulk resume {record.job_id}.")
        case RowState.UNKNOWN:
            way = f"Let it go on: clerkbulk resume {record.job_id}."
            return Story(f"A reminder was asked for, and whether it went out is not known yet {by}.", way)
        case RowState.REFUSED:
            why = f": {record.reason}" if record.reason else "."
            return Story(f"The reminder was refused on {_day(record.changed_at)} {by}{why}", record.remedy)
        case RowState.ALREADY_THERE:
            why = f": {record.reason}" if record.reason else "."
            return Story(f"The reminder was not needed any more on {_day(record.changed_at)} {by}{why}")
    return None


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
