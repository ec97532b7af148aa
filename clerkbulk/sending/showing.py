"""How a job shows itself in a notebook."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.people.showing import counts_html, page

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import JobRecord
    from clerkbulk.sending.plan import Plan
    from clerkbulk.sending.state import Sum

MOST_BURSTS = 24


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


def plan_html(plan: Plan) -> str:
    """Return the plan's sentence, its bursts of calls with their times, and the limits that apply."""
    zone, bursts = plan.pace.schedule.zone, plan.bursts()
    waves = bool(bursts) and bursts[-1].wave > 1
    names = ("from", *(["wave"] if waves else []), "calls", "people", "so far")
    rows = [
        (
            f"{datetime.fromtimestamp(burst.at, zone):%a %Y-%m-%d %H:%M %Z}",
            *([str(burst.wave)] if waves else []),
            burst.words,
            f"{burst.people:,}",
            f"{burst.so_far:,}",
        )
        for burst in bursts
    ]
    shown = [*rows[:MOST_BURSTS], (f"… {len(rows) - MOST_BURSTS:,} more",)] if len(rows) > MOST_BURSTS else rows
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in shown)
    said = "".join(f"<li>{escape(text)}</li>" for text in (*plan.limits, *(f"Faster: {way}" for way in plan.faster)))
    table = f'<div class="cb-scroll"><table><tr>{head}</tr>{body}</table></div>' if rows else ""
    return page(f"<div><b>{escape(plan.sentence)}</b></div>", table, f"<ul>{said}</ul>" if said else "")
