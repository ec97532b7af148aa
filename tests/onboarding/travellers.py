"""Journeys made up for tests: by hand in one line each, or any that hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from clerkbulk.contract.target import Application
from clerkbulk.onboarding.journey import Acceptance, Answer, Between, Journey, Link, Source, Stage

DAY = 86_400.0
T0 = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC, a Monday."""
LIFE = 30 * DAY


def accepted_at(at: float) -> Acceptance:
    return Acceptance(Between(at, at, at), Source.MEMBERSHIP)


def invited(
    number: int,
    sent: float = T0,
    *,
    accepted: float | None = None,
    joined: float | None = None,
    ended: float | None = None,
    stage: Stage | None = None,
    life: float = LIFE,
    **more: Any,
) -> Journey:
    """Return a journey of one link. accepted, joined and ended are days after its sending; sent is seconds."""
    end = None if ended is None else sent + ended * DAY
    status = {Stage.EXPIRED: "expired", Stage.REVOKED: "revoked", Stage.MISSING: "missing"}.get(
        stage or Stage.OPEN, "pending"
    )
    if accepted is not None:
        stage, status, end = Stage.ACCEPTED, "accepted", sent + accepted * DAY
        more["acceptance"] = accepted_at(end)
    elif joined is not None:
        stage, more["joined_at"] = Stage.JOINED, sent + joined * DAY
    link = Link(f"inv_{number}", sent, sent + life, status, end)
    fields: dict[str, Any] = {"links": (link,), "line": number, **more}
    return Journey(f"p{number}@example.com", f"p{number}@example.com", Application(), stage or Stage.OPEN, **fields)


def planned(number: int, stage: Stage = Stage.WAITING, **more: Any) -> Journey:
    """Return a journey of somebody who was never invited."""
    return Journey(f"p{number}@example.com", f"p{number}@example.com", Application(), stage, line=number, **more)


_hours = st.integers(0, 24 * 70)


@st.composite
def journeys_of_any_kind(draw: st.DrawFn) -> Journey:
    """Journeys of up to three links, ended in any way, in any order; hours so that times meet."""
    number = draw(st.integers(1, 9_999))
    sent = sorted(draw(st.lists(_hours, max_size=3)))
    if not sent:
        return planned(number, draw(st.sampled_from([Stage.WAITING, Stage.REFUSED, Stage.ALREADY_THERE])))
    links = []
    for at in sent:
        ended = draw(st.none() | st.integers(0, 24 * 40))
        status = "pending" if ended is None else draw(st.sampled_from(["expired", "revoked", "missing"]))
        end = None if ended is None else T0 + (at + ended) * 3600
        links.append(Link(f"inv_{number}_{len(links)}", T0 + at * 3600, T0 + at * 3600 + LIFE, status, end))
    inside = draw(st.none() | st.integers(0, 24 * 90))
    more: dict[str, Any] = {}
    if inside is not None:
        at = T0 + (sent[0] + inside) * 3600
        stage = draw(st.sampled_from([Stage.ACCEPTED, Stage.JOINED]))
        more = {"acceptance": accepted_at(at)} if stage is Stage.ACCEPTED else {"joined_at": at}
        more["first_sign_in"] = draw(st.none() | st.just(Between(at, at, at)))
        more["user_id"] = draw(st.none() | st.just(f"user_{number}"))
        more["active_in_week"] = tuple(draw(st.sampled_from(list(Answer))) for _ in range(2))
    elif any(link.ended_at is None for link in links):
        stage = Stage.OPEN
    else:
        last = max(links, key=lambda link: link.ended_at or 0.0)
        stage = {"revoked": Stage.REVOKED, "missing": Stage.MISSING}.get(last.status, Stage.EXPIRED)
    email = f"p{number}@example.com"
    return Journey(email, email, Application(), stage, links=tuple(links), line=number, **more)
