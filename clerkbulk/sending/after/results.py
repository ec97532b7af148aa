"""Results: what became of each row, and the sheet back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, overload

import sqlalchemy as sa

from clerkbulk.contract.error_code import error_code
from clerkbulk.people.added import ADDED, AS_READ
from clerkbulk.people.header import unique_names
from clerkbulk.people.sheet import write_sheet
from clerkbulk.people.table import Row, Source, Table
from clerkbulk.sending import tables
from clerkbulk.sending.after.purging import NEVER_SENT
from clerkbulk.sending.after.story import Story, stories
from clerkbulk.sending.before.elsewhere import PERHAPS, invited_elsewhere
from clerkbulk.sending.before.preflight import MEANINGS, Bucket
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.entries import LEFT_OUT_BY_HAND
from clerkbulk.sending.state import RowState
from clerkbulk.sending.verdict import RowVerdict


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row. reason and remedy are sentences; invited_at and expires_at are aware UTC times."""

    line: int
    cells: tuple[Any, ...]
    state: RowState
    email_address: str | None
    reason: str
    remedy: str
    code: str | None
    invitation_id: str | None
    invited_at: datetime | None
    expires_at: datetime | None
    as_read: str | None = None
    """The line as it stood there, where it was broken: its cells do not tell."""

    @property
    def goes_without_saying(self) -> bool:
        """Whether the state says it all: invited, and nothing to do."""
        return self.state is RowState.SENT and self.reason == WORDS[RowState.SENT][0]

    @property
    def is_left_out(self) -> bool:
        """Whether it was we who left the person out, by what preflight was told or found; Clerk has refused nobody."""
        return self.state is RowState.REFUSED and self.code in _BUCKETS

    @property
    def is_open(self) -> bool:
        """Whether the line can still become an invitation, corrected or as it is."""
        return self.is_to_fix or self.is_still_to_do

    @property
    def is_to_fix(self) -> bool:
        """Whether the line must be corrected before its owner can be invited."""
        wrong = self.state in {RowState.REFUSED, RowState.INVALID}
        return wrong and self.code not in _NEEDS_NOTHING | _NEEDS_TIME

    @property
    def is_still_to_do(self) -> bool:
        """Whether the line can be sent as it is, and was not yet."""
        refused_for_now = self.state is RowState.REFUSED and self.code in _NEEDS_TIME
        return refused_for_now or self.state in {RowState.LEFT, RowState.UNKNOWN}


WORDS: Mapping[RowState, tuple[str, str]] = {
    RowState.SENT: ("The person is invited.", "Nothing to do."),
    RowState.ALREADY_THERE: ("The person is invited or has an account already.", "Nothing to do."),
    RowState.REFUSED: ("Clerk refused to invite the person.", "Correct the line and send it again."),
    RowState.WITHDRAWN: ("The invitation was taken back.", "Nothing to do."),
    RowState.INVALID: ("The line is not an invitation.", "Correct the line and send it again."),
    RowState.UNKNOWN: (
        "The invitation was asked for, and whether it went out is not known yet.",
        "Let the job go on (clerkbulk resume): it looks the person up before anything is sent again.",
    ),
    RowState.LEFT: ("Not invited yet.", "Let the job go on: clerkbulk resume."),
}
"""The reason and what to do for rows whose state says it all."""

_NEEDS_NOTHING = frozenset(
    {"duplicate_address", LEFT_OUT_BY_HAND, Bucket.SUPPRESSED, Bucket.INVITED_BEFORE, Bucket.WITHDRAWN_BY_YOU}
)
"""Codes of rows that nobody need correct: they were left out on purpose, or their owner stands on another line."""
_NEEDS_TIME = frozenset({Bucket.COOLING_DOWN, Bucket.NO_SEAT, Bucket.OVER_EMAIL_CAP})
"""Codes of rows about which nothing is wrong: they can be sent as they are when there is room or time."""

_PURGED = "The job was purged: to invite the person, send a sheet of your own with the line in it. It is a new job."
"""What is left to do for rows of which nothing is known any more."""
_BUCKETS = frozenset(bucket.value for bucket in Bucket)
_FIELDS = ("state", "email_address", "reason", "remedy", "code", "invitation_id", "invited_at", "expires_at")


class Results(Sequence[Result]):
    """One result a row, in the order of the table."""

    def __init__(
        self,
        table_columns: Sequence[str],
        source_name: str,
        results: Sequence[Result],
        purged_at: datetime | None = None,
    ) -> None:
        self.columns = tuple(table_columns)
        self.source_name = source_name
        self.purged_at = purged_at
        """Since when nothing personal is in them; None: everything is."""
        self._results = tuple(results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Result | Results:
        if isinstance(index, slice):
            return self._of(self._results[index])
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def only(self, *states: RowState | str) -> Results:
        """Return those in one of the states. Raises ValueError for a state there is not."""
        wanted = {RowState(state) for state in states}
        return self._of([result for result in self._results if result.state in wanted])

    def to_fix(self) -> Results:
        """Return the lines to be corrected: refused and invalid ones.

        Written to a file, corrected and sent to the same ledger, they invite those who were corrected and nobody else.
        Duplicates are not among them, nor is whomever preflight or a person left out on purpose: only() has them too.
        """
        return self._of([result for result in self._results if result.is_to_fix])

    def still_to_do(self) -> Results:
        """Return the lines that can be sent as they are, and were not yet.

        They wait for the job to go on, for a seat, for the end of a cool-down, or for the outcome of a call. Send them
        to the same ledger only: no other knows which calls are not settled.
        """
        return self._of([result for result in self._results if result.is_still_to_do])

    def in_words(self, told: Callable[[str], str]) -> Results:
        """Return the same with every reason and remedy as told makes it."""
        return self._of([replace(one, reason=told(one.reason), remedy=told(one.remedy)) for one in self._results])

    def on_lines(self, lines: Collection[int]) -> Results:
        """Return those of some lines of the table."""
        return self._of([result for result in self._results if result.line in lines])

    def _of(self, results: Sequence[Result]) -> Results:
        return Results(self.columns, self.source_name, results, self.purged_at)

    def to_json(self) -> list[dict[str, Any]]:
        """Return one object a row: line, the cells by column, and what became of it."""
        return [
            {
                "line": result.line,
                "cells": dict(zip(self.columns, result.cells, strict=True)),
                "state": result.state.value,
                "email_address": result.email_address,
                "reason": result.reason,
                "remedy": result.remedy,
                "code": result.code,
                "invitation_id": result.invitation_id,
                "invited_at": _written(result.invited_at),
                "expires_at": _written(result.expires_at),
                **({} if result.as_read is None else {"as_read": result.as_read}),
            }
            for result in self._results
        ]

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame: the table's own columns as typed, then what became of each row; times are aware UTC.

        A column of the table called as one of ours keeps its name, and ours gets a number.
        """
        mine = unique_names((*self.columns, "line", *_FIELDS))[0][len(self.columns) :]
        columns: dict[str, list[Any]] = {
            name: [result.cells[at] for result in self._results] for at, name in enumerate(self.columns)
        }
        columns[mine[0]] = [result.line for result in self._results]
        for name, field in zip(mine[1:], _FIELDS, strict=True):
            columns[name] = [getattr(result, field) for result in self._results]
        columns[mine[1]] = [result.state.value for result in self._results]
        times = mine[-2:]
        if library == "polars":
            import polars

            frame = polars.DataFrame(columns, strict=False)
            return frame.with_columns(polars.col(name).cast(polars.Datetime("us", "UTC")) for name in times)
        import pandas as pd

        return pd.DataFrame(columns).assign(**{name: pd.to_datetime(columns[name], utc=True) for name in times})

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the sheet back (.csv, .tsv, .xlsx, .jsonl, .parquet), with what became of each line in added columns.

        Cells that a spreadsheet would run as formulas are guarded, reversibly. Lines that were broken have what stood
        there in a column of their own, and stay invalid until that is emptied. Raises InputError.
        """
        rows = [Row(result.line, result.cells) for result in self._results]
        table = Table(self.columns, rows, Source(self.source_name, "ledger"))
        values = {result.line: _added(result) for result in self._results}
        if not any(result.as_read for result in self._results):
            write_sheet(path, table, ADDED, values)
            return
        broken = {result.line: (*values[result.line], result.as_read or "") for result in self._results}
        write_sheet(path, table, (*ADDED, AS_READ), broken)

    def __repr__(self) -> str:
        purged = f", purged on {self.purged_at:%Y-%m-%d}" if self.purged_at else ""
        return f"<Results: {len(self)} rows of {self.source_name}{purged}>"

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import results_html

        return results_html(self)


def read_results(begin: Begin, job_id: str) -> Results:
    """Read a job's results.

    Whoever another job had perhaps invited when this one left them out: what that job knows of them by now is told.
    """
    job, row = tables.job, tables.row
    with begin() as connection:
        columns, source_name, purged_at = connection.execute(
            sa.select(job.c.columns, job.c.source_name, job.c.purged_at).where(job.c.id == job_id)
        ).one()
        records = connection.execute(sa.select(row).where(row.c.job_id == job_id).order_by(row.c.line)).all()
        perhaps = any(record.code == PERHAPS for record in records)
        known = invited_elsewhere(connection, job_id, row.c.code == PERHAPS) if perhaps else {}
        reminders = stories(connection, job_id)
    # Outside of the transaction: who sends must not wait until thousands of rows are put into words.
    names = json.loads(columns)
    told = [_result(record, job_id, len(names), reminders.get(record.line)) for record in records]
    if purged_at is not None:
        told = [replace(one, remedy=_PURGED if one.is_open else "Nothing to do.") for one in told]
    results = [_told(one, known.get(one.line)) for one in told]
    return Results(names, source_name, results, _moment(purged_at))


def _result(record: sa.Row[Any], job_id: str, columns: int, story: Story | None) -> Result:
    state, cells = RowState(record.state), json.loads(record.cells)
    reason, remedy = _words(state, record.code)
    remedy = remedy.replace("clerkbulk resume", f"clerkbulk resume {job_id}")
    return Result(
        line=record.line,
        cells=tuple(cells[:columns]),
        state=state,
        email_address=json.loads(record.item)["email_address"] if record.item else None,
        reason=f"{record.reason or reason} {story.sentence}" if story else record.reason or reason,
        remedy=(story.remedy if story else None) or record.remedy or remedy,
        code=record.code,
        invitation_id=record.invitation_id,
        invited_at=_moment(record.invited_at),
        expires_at=_moment(record.expires_at),
        as_read=cells[columns] if len(cells) > columns else None,
    )


def _words(state: RowState, code: str | None) -> tuple[str, str]:
    """Return the reason and the remedy of a row of which only its state and code are known: it was purged."""
    if code is None:
        return WORDS[state]
    if code == NEVER_SENT:
        return "Never sent; the job was purged.", WORDS[state][1]
    if code in _BUCKETS:
        meaning = MEANINGS[Bucket(code)]
        return meaning.told, meaning.remedy
    if known := error_code(code):
        return f"{known.says[:1].upper()}{known.says[1:]}.", known.remedy
    return WORDS[state]


def _told(result: Result, known: RowVerdict | None) -> Result:
    if known is None:
        return result
    return replace(
        result,
        code=known.code,
        reason=str(known.reason),
        remedy=str(known.remedy),
        invitation_id=known.invitation_id,
        invited_at=_moment(known.invited_at),
        expires_at=_moment(known.expires_at),
    )


def _added(result: Result) -> tuple[object, ...]:
    return (
        result.state.value.replace("_", " "),
        result.reason,
        result.remedy,
        result.email_address or "",
        result.invitation_id or "",
        _written(result.invited_at) or "",
        result.line,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
