"""Turns: one invitation's share of a journey, from its sending to the next one's, its end or now. For forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple

from clerkbulk.onboarding.journey import DAY, Journey, Link, Stage

_ACCEPTED = Stage.ACCEPTED


class Turn(NamedTuple):
    """How long a link could be accepted, and what came of it. Whoever is reminded has a turn with each invitation."""

    days: float
    is_first: bool
    accepted: bool
    left: bool
    """It ended with the person in another way, or with the link revoked for good; not by running out."""


class Waiting(NamedTuple):
    """Somebody with a link that works: its age now, and its age when it runs out (infinite where Clerk says none)."""

    is_first: bool
    age: float
    runs_out: float


class Turns(NamedTuple):
    """All turns as of a moment, who is waiting in one, and how many have accepted and were invited."""

    over: list[Turn]
    waiting: list[Waiting]
    accepted: int
    invited: int
    lifetime: float
    """Days a link works, by the newest one that says so; infinite where none does."""


def turns(journeys: Iterable[Journey], now: float) -> Turns:
    """Return what is known of every link as of now, as ``Journey.as_of(now)`` knows it. Days are from its sending.

    Those of who still waits are among ``over``, too: unanswered until now.
    """
    over: list[Turn] = []
    waiting: list[Waiting] = []
    accepted = invited = 0
    newest, lifetime = -inf, inf
    for journey in journeys:
        links: Sequence[Link] = journey.links
        if not links or links[-1].sent_at > now:
            links = [link for link in links if link.sent_at <= now]
            if not links:
                continue
        invited += 1
        last = links[-1]
        if last.sent_at > newest and last.expires_at is not None:
            newest, lifetime = last.sent_at, (last.expires_at - last.sent_at) / DAY
        in_at = journey.in_at if journey.is_in else None
        is_in = in_at is not None and in_at <= now
        accepted += is_in and journey.stage is _ACCEPTED
        if len(links) == 1 and (is_in or last.ended_at is None or last.ended_at > now):
            # Nearly everybody: one link, accepted or still waiting.
            until = in_at if is_in and in_at is not None else now
            by_link = journey.stage is _ACCEPTED
            over.append(Turn(max(0.0, until - last.sent_at) / DAY, True, is_in and by_link, is_in and not by_link))
            if not is_in:
                runs_out = inf if last.expires_at is None else last.expires_at
                waiting.append(Waiting(True, (now - last.sent_at) / DAY, (runs_out - last.sent_at) / DAY))
            continue
        works = [link for link in links if link.ended_at is None or link.ended_at > now]
        for i, link in enumerate(links):
            stop = links[i + 1].sent_at if i + 1 < len(links) else now
            if is_in and in_at is not None and (in_at <= stop or i + 1 == len(links)):
                by_link = journey.stage is _ACCEPTED
                over.append(Turn(max(0.0, in_at - link.sent_at) / DAY, i == 0, by_link, not by_link))
                break
            revoked = False
            if link.ended_at is not None and link.ended_at <= stop:
                stop = link.ended_at
                is_last = i + 1 == len(links) and not works
                revoked = is_last and not link.replaced and link.status in {"revoked", "missing"}
            over.append(Turn(max(0.0, stop - link.sent_at) / DAY, i == 0, False, revoked))
        if works and not is_in:
            sent, is_first = works[-1].sent_at, works[-1] is links[0]
            runs_out = max((inf if one.expires_at is None else one.expires_at for one in works), default=inf)
            waiting.append(Waiting(is_first, (now - sent) / DAY, (runs_out - sent) / DAY))
    return Turns(over, waiting, accepted, invited, lifetime)
