"""How a job shows itself in a notebook."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.people.showing import counts_html, page

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import JobRecord
    from clerkbulk.sending.state import Sum


def job_html(record: JobRecord, sum_: Sum) -> str:
    """Return the job's state and its sum."""
    state = record.state.value
    if record.waiting_until:
        state += f" until {datetime.fromtimestamp(record.waiting_until, UTC):%Y-%m-%d %H:%M:%S} UTC"
    reason = f"<div>{escape(record.reason)}</div>" if record.reason else ""
    counts = [(number, name.replace("_", " ")) for name, number in sum_.to_json().items()]
    head = (
        f"<div><b>{escape(record.source_name)}</b> → {escape(str(record.target))}: {escape(state)} ({record.id})</div>"
    )
    return page(head, counts_html(counts), reason)
