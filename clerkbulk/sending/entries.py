"""Entries: the rows of a checked table as the ledger takes them in, and what is said of those that are invalid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import MOST_PER_CALL
from clerkbulk.people.added import AS_READ
from clerkbulk.people.batch import compact_json
from clerkbulk.people.checked import Checked
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.rules import BROKEN_LINES, left_out_by_hand
from clerkbulk.sending import tables
from clerkbulk.sending.state import RowState

LEFT_OUT_BY_HAND = left_out_by_hand.__name__
"""The code of rows that a person took out of the table before it was sent."""


def entries(checked: Checked, job_id: str, now: float) -> Iterator[dict[str, Any]]:
    """Yield the rows of a checked table as the ledger takes them in: to be sent, or invalid and why."""
    items = dict(zip(checked.lines, checked.items, strict=True))
    why: dict[int, Issue] = {}
    broken: dict[int, str] = {}
    for issue in checked.issues:
        if issue.severity is Severity.ERROR and issue.line is not None:
            why.setdefault(issue.line, issue)
            if issue.rule in BROKEN_LINES:
                broken.setdefault(issue.line, issue.cell or "")
    for row in checked.table.rows:
        item = items.get(row.line)
        record: dict[str, Any] = {
            "job_id": job_id,
            "line": row.line,
            # One more than there are columns, where the others do not tell what stood there.
            "cells": kept(as_json([*row.cells, broken[row.line]] if row.line in broken else row.cells)),
            "at_most": MOST_PER_CALL,
            "changed_at": now,
            "state": RowState.LEFT,
            "key": None,
            "item": None,
            "code": None,
            "reason": None,
            "remedy": None,
        }
        if item is None:
            issue = why[row.line]
            record |= {"state": RowState.INVALID, "code": issue.rule, "reason": whole_letters(issue.message)}
            record["remedy"] = whole_letters(_remedy(issue))
        else:
            record |= {"key": address_key(item["email_address"]), "item": compact_json(item)}
        yield record


def tell_anew(connection: sa.Connection, job_id: str, checked: Checked, now: float) -> None:
    """Tell of a job's invalid rows what its table says now: which of them a person left out, or took back in.

    That changes nobody's state: they were invalid for another reason too, or the table would be another job's.
    """
    row = tables.row
    invalid = sa.select(row.c.line, row.c.cells, row.c.code).where(
        row.c.job_id == job_id, row.c.state == RowState.INVALID
    )
    there = {line: (cells, code) for line, cells, code in connection.execute(invalid)}
    left_out = {issue.line for issue in checked.issues if issue.rule == LEFT_OUT_BY_HAND}
    if not left_out and all(code != LEFT_OUT_BY_HAND for _, code in there.values()):
        return
    for entry in entries(checked, job_id, now):
        cells, code = there.get(entry["line"], (None, None))
        is_other = entry["code"] != code and LEFT_OUT_BY_HAND in {entry["code"], code}
        if is_other and entry["state"] is RowState.INVALID and entry["cells"] == cells:
            told = {name: entry[name] for name in ("code", "reason", "remedy")}
            this = sa.and_(row.c.job_id == job_id, row.c.line == entry["line"])
            connection.execute(row.update().where(this).values(**told))


def _remedy(issue: Issue) -> str:
    if issue.rule == LEFT_OUT_BY_HAND:
        return (
            "Nothing to do. To invite the person after all, take the line back and send the list again. "
            "If the results sheet is sent in its turn, leave the line out again."
        )
    if issue.rule == "duplicate_address":
        return "Nothing to do, unless the two lines are two people: then correct the address and send the sheet again."
    meant = f" Probably meant: {issue.suggestion}" if issue.suggestion else ""
    empty = f" In a results sheet, empty its cell under {AS_READ} too." if issue.rule in BROKEN_LINES else ""
    return f"Correct the line and send the sheet again: nobody is invited twice.{empty}{meant}"


def kept(value: list[Any]) -> str:
    """Return JSON in ASCII: half a character in a cell (a lone surrogate) is kept, though no database can hold it."""
    return json.dumps(value, separators=(",", ":"))


def whole_letters(text: str) -> str:
    """Return text with half characters written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def as_json(cells: Sequence[Any]) -> list[Any]:
    """Return cells as JSON can hold them: what it cannot, dates above all, as text."""
    return json.loads(json.dumps(list(cells), default=str))  # type: ignore[no-any-return]
