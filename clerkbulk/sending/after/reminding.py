"""Reminding: the silent people of a job become a job of their own, whose rows replace their older invitations.

A reminder is an ordinary job: claims, budget, settling, results and resume work on it as on any other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import original_of, reminded_lines, reminders_of, unfinished_reminder
from clerkbulk.sending.after.silence import Silent, find_silent
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.client import Client
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import JobState, RowState
from clerkbulk.sending.transition import log

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger


def under_way(ledger: Ledger, job_id: str) -> str | None:
    """Return the reminder of a job (or of the one it reminds of) that is not done yet."""
    with ledger.begin() as connection:
        return unfinished_reminder(connection, original_of(connection, job_id))


def silent_people(
    ledger: Ledger, job_id: str, client: Client, days: float, only: Collection[int | str] | None = None
) -> Silent:
    """Read whom a job can remind now; of a reminder, whom its original can. only narrows it, as in find_silent().

    Raises InputError for a job that was never begun or was purged, and what find_silent() raises.
    """
    with ledger.begin() as connection:
        original = original_of(connection, job_id)
        job = tables.job
        state, purged_at = connection.execute(sa.select(job.c.state, job.c.purged_at).where(job.c.id == original)).one()
    if state == JobState.NEW:
        raise InputError(f"{original} was never begun: nobody can be reminded of it.")
    if purged_at is not None:
        raise InputError(f"{original} was purged: the ledger no longer knows whom it has invited.")
    return find_silent(ledger.begin, client, ledger.record(original).target, original, days, only)


def goes_first(reminder_id: str) -> str:
    """Say why a list cannot be reminded now."""
    return (
        f"{reminder_id}, a reminder of this job, is not finished, and it may remind others than those of the list: "
        f"finish it first with clerkbulk remind {reminder_id}, without the list. Nothing was done."
    )


def make_reminder(ledger: Ledger, silent: Silent) -> str | None:
    """Make the job that reminds the silent people and return its id, or that of the one still under way.

    None when nobody is left to be reminded: who was reminded since the look, or withdrawn, is not. Raises InputError
    when the look was narrowed and a reminder is under way: that one would remind others, too.
    """
    with ledger.begin() as connection:
        lock_job(connection, silent.job_id)
        if (unfinished := unfinished_reminder(connection, silent.job_id)) is not None:
            if silent.only is not None:
                raise InputError(goes_first(unfinished))
            return unfinished
        rows = _rows(connection, silent)
        if not rows:
            return None
        reminder, now = f"job_{secrets.token_hex(4)}", ledger.clock.now()
        connection.execute(tables.job.insert().values(**_job(connection, silent.job_id, reminder, rows, now)))
        log(connection, reminder, now, JobState.NEW, f"reminds {silent.job_id}")
        connection.execute(
            tables.row.insert(),
            [{**row, "job_id": reminder, "changed_at": now, "state": RowState.LEFT} for row in rows],
        )
        return reminder


def _rows(connection: sa.Connection, silent: Silent) -> list[dict[str, object]]:
    row, before = tables.row, reminded_lines(connection, silent.job_id)
    wanted = {one.line: one.invitation_id for one in silent.people if one.line not in before}
    sent = sa.and_(row.c.job_id == silent.job_id, row.c.state == RowState.SENT)
    found = connection.execute(
        sa.select(row.c.line, row.c.key, row.c.cells, row.c.item, row.c.invitation_id).where(sent).order_by(row.c.line)
    )
    return [
        {"line": one.line, "key": one.key, "cells": one.cells, "item": one.item, "replaces": one.invitation_id}
        for one in found
        if wanted.get(one.line) == one.invitation_id
    ]


def _job(
    connection: sa.Connection, original: str, reminder: str, rows: list[dict[str, object]], now: float
) -> dict[str, object]:
    job = tables.job
    kept = (job.c.target_kind, job.c.organization_id, job.c.columns, job.c.api_url, job.c.instance_id)
    its = connection.execute(sa.select(job.c.source_name, job.c.pace, *kept).where(job.c.id == original)).one()
    number = len(reminders_of(connection, original)) + 1
    digest = hashlib.blake2b(original.encode(), digest_size=16, person=b"clerkbulk remind")
    digest.update(repr([(row["line"], row["replaces"]) for row in rows]).encode())
    return {
        **{column.name: its._mapping[column] for column in kept},
        "id": reminder,
        "fingerprint": digest.hexdigest(),
        "source_name": f"{its.source_name} (reminder{'' if number == 1 else f' {number}'})",
        "rows": len(rows),
        "pace": _pace(its.pace),
        "reminds_id": original,
        "state": JobState.NEW,
        "created_at": now,
        "changed_at": now,
    }


def _pace(text: str | None) -> str | None:
    """Return the hours, share and lanes of the original; its start and its waves were for the first time."""
    if text is None:
        return None
    return replace(Pace.from_json(text), start=None, waves=(), gate=None, wave_gap=0.0).to_json()
