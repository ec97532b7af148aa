"""How a job, and what is known about it, shows itself in a notebook. Everything that came from a table is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.people.showing import counts_html, page, text_html
from clerkbulk.sending.before.preflight import MEANINGS, Decision
from clerkbulk.sending.during.at_work import GONE

if TYPE_CHECKING:
    from clerkbulk.sending.after.results import Result, Results
    from clerkbulk.sending.before.changes import Changes, Person
    from clerkbulk.sending.before.plan import Plan
    from clerkbulk.sending.before.preflight import Preflight
    from clerkbulk.sending.during.at_work import Attendance
    from clerkbulk.sending.ledger import JobRecord
    from clerkbulk.sending.state import Sum

MOST_BURSTS = 24
NUMBER = ' class="cb-line"'
MOST_ROWS = 10
"""Rows of results shown of each state, so that thousands of one do not hide the few of another."""
MOST_PEOPLE = 10
MOST_LINES = 20


def job_html(record: JobRecord, sum_: Sum, here: Attendance) -> str:
    """Return what the job does, who is at work on it taken into account, and its sum."""
    state = here.words(record.state, record.waiting_until, _moment)
    said = GONE if here.is_interrupted(record.state) else record.reason
    reason = f"<div>{escape(said)}</div>" if said else ""
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
    # Text to the left, and the two numbers at the end of a row to the right.
    body = "".join(
        "<tr>"
        + "".join(f"<td{NUMBER if at >= len(names) - 2 else ''}>{escape(cell)}</td>" for at, cell in enumerate(row))
        + "</tr>"
        for row in shown
    )
    said = "".join(f"<li>{escape(text)}</li>" for text in (*plan.limits, *(f"Faster: {way}" for way in plan.faster)))
    table = f'<div class="cb-scroll"><table><tr>{head}</tr>{body}</table></div>' if rows else ""
    return page(f"<div><b>{escape(plan.sentence)}</b></div>", table, f"<ul>{said}</ul>" if said else "")


def sum_html(sum_: Sum) -> str:
    """Return how many rows are in each state."""
    return page(_sum_counts(sum_.to_json()))


def preflight_html(found: Preflight) -> str:
    """Return each bucket that holds anybody: how many, what is done about them, and on which lines they stand."""
    rows = []
    for bucket, members in found.buckets.items():
        decision, meaning = found.policy.decision(bucket), MEANINGS[bucket]
        lines = "" if decision is Decision.SEND else _lines(row.line for row in members)
        to_do = meaning.remedy if decision in {Decision.ASK, Decision.STOP} else ""
        rows.append((f"{len(members):,}", meaning.says, decision.value, lines, to_do))
    people = sum(map(len, found.buckets.values()))
    head = f"<div><b>{people:,} {'person' if people == 1 else 'people'}</b>, {found.reads:,} reads</div>"
    return page(
        head, _table({"people": "line", "what was found": "", "decision": "", "lines": "", "what to do": ""}, rows)
    )


def results_html(results: Results) -> str:
    """Return the counts, and the first rows of each state with what became of them."""
    purged = f", purged on {results.purged_at:%Y-%m-%d}" if results.purged_at else ""
    counts: dict[str, int] = {}
    shown: list[Result] = []
    for result in results:
        state = result.state.value
        counts[state] = counts.get(state, 0) + 1
        if counts[state] <= MOST_ROWS:
            shown.append(result)
    more = len(results) - len(shown)
    head = f"<div><b>{text_html(results.source_name)}</b>: what became of each row{purged}</div>"
    names = {"line": "line", "who": "", "state": "name", "reason": "", "what to do": ""}
    table = _table(names, [_result(one) for one in shown])
    rest = f"<div>and {more:,} more: <code>results.to_frame()</code> has all of them.</div>" if more else ""
    return page(head, _sum_counts({"rows": len(results), **counts}), table, rest)


def _result(result: Result) -> tuple[str, ...]:
    who = result.email_address or " · ".join(str(cell) for cell in result.cells if cell not in (None, ""))
    # Of thousands who were invited nobody wants to read that they are, and that nothing is to be done.
    why = ("", "") if result.goes_without_saying else (result.reason, result.remedy)
    return (str(result.line), who, result.state.value.replace("_", " "), *why)


def changes_html(changes: Changes) -> str:
    """Return the counts, and who is new, gone and changed."""
    groups = {"new": changes.new, "gone": changes.gone, "changed": changes.changed, "as before": changes.same}
    at = f"{datetime.fromtimestamp(changes.created_at, UTC):%Y-%m-%d %H:%M} UTC"
    head = f"<div>Compared with <b>{text_html(changes.source_name)}</b> ({changes.job_id}, {at})</div>"
    counts = counts_html((len(people), name) for name, people in groups.items())
    rows = [_person(name, person) for name in ("gone", "changed", "new") for person in groups[name][:MOST_PEOPLE]]
    more = len(changes.new) + len(changes.gone) + len(changes.changed) - len(rows)
    names = {"": "", "who": "", "line": "line", "line there": "line", "state there": "name", "what differs": ""}
    rest = f"<div>and {more:,} more: <code>changes.to_json()</code> has all of them.</div>" if more else ""
    return page(head, counts, _table(names, rows), rest)


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _person(name: str, person: Person) -> tuple[str, ...]:
    state = "" if person.state is None else person.state.value.replace("_", " ")
    lines = ("" if line is None else str(line) for line in (person.line, person.earlier_line))
    return (name, person.email_address, *lines, state, ", ".join(person.parameters))


def _sum_counts(counts: dict[str, int]) -> str:
    """Return the counts by state; a state that nobody is in says nothing."""
    return counts_html(
        (number, name.replace("_", " ")) for name, number in counts.items() if number or name in {"rows", "sent"}
    )


def _table(columns: Mapping[str, str], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table. columns have names, and say what their cells look like: line, name, or anything."""
    if not rows:
        return ""
    looks = [f' class="cb-{look}"' if look else "" for look in columns.values()]
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td{look}>{text_html(cell, 300)}</td>" for look, cell in zip(looks, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="cb-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _lines(lines: Iterable[int]) -> str:
    every = list(lines)
    more = f" and {len(every) - MOST_LINES:,} more" if len(every) > MOST_LINES else ""
    return f"{', '.join(map(str, every[:MOST_LINES]))}{more}"
