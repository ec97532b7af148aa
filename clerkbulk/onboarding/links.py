"""Links: how each invitation of a person stands, from what the ledger and the looks say of it. Decisions only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from clerkbulk.onboarding.acceptance import FINISHING, LIST_LAGS, Evidence, Seen, acceptance, change_of
from clerkbulk.onboarding.event import ACCEPTED, REVOKED
from clerkbulk.onboarding.journey import Acceptance, Link, Source
from clerkbulk.onboarding.planned import Person, SentOne
from clerkbulk.onboarding.sight import Shot, Sight, Told


class Arrival(NamedTuple):
    """How somebody got in, whichever way: their user, and what dates it."""

    user_id: str | None = None
    account_at: float | None = None
    strategy: str | None = None
    membership_at: float | None = None
    """In the organization that the person is invited to."""


class Followed(NamedTuple):
    """One invitation: its link as it stands, and when it was accepted if it was."""

    link: Link
    evidence: Evidence
    seen_at: float | None
    """When it was looked at last; None: never."""
    acceptance: Acceptance | None = None

    def perhaps_accepted(self, arrival: Arrival) -> Followed | None:
        """Return it as accepted, if it was open when last heard of and the person has come in since; else None.

        The next look at it will tell for sure. An account that was not made with a link says otherwise.
        """
        came = arrival.account_at if arrival.membership_at is None else arrival.membership_at
        last = self.link.sent_at if self.seen_at is None else self.seen_at
        in_time = self.link.expires_at is None or (came or 0.0) <= self.link.expires_at + FINISHING
        over_before = self.link.ended_at is not None and self.link.status != "expired"
        if came is None or came < last or not in_time or over_before:
            return None
        found = acceptance(self.evidence)
        if found.source not in {Source.MEMBERSHIP, Source.USER}:
            return None
        return self._replace(link=replace(self.link, status="accepted", ended_at=found.time.at), acceptance=found)


def follow(person: Person, sight: Sight, arrival: Arrival, now: float) -> list[Followed]:
    """Return the invitations of a person who was invited, the oldest first; those of others from our first one on."""
    organization_id = person.organization_id
    every = [(one, sight.invitations.get(one.invitation_id or "")) for one in person.sent]
    others = _others(person, sight)
    if others and person.sent:
        every = [(one, _unnamed(one, others) if one.invitation_id is None else shot) for one, shot in every]
        first = min(shot.created_at if shot is not None else one.sent_at for one, shot in every)
        # Older ones belong to another story, which ended before this one began.
        every += [
            (SentOne(shot.id, shot.created_at, shot.expires_at), shot) for shot in others if shot.created_at >= first
        ]
    followed = [_followed(one, shot, sight, organization_id, arrival, now) for one, shot in every]
    return sorted(followed, key=lambda one: one.link.sent_at) if len(followed) > 1 else followed


def _others(person: Person, sight: Sight) -> list[Shot]:
    """Return the invitations of a person that are not known to be ours."""
    known = {one.invitation_id for one in person.sent}
    every = sight.by_person.get((person.organization_id, person.key), ())
    return [sight.invitations[one] for one in every if one not in known]


def _unnamed(one: SentOne, others: list[Shot]) -> Shot | None:
    """Take the invitation out of the others that is ours, of which no answer has told the id: the nearest in time."""
    found = min(others, key=lambda shot: abs(shot.created_at - one.sent_at), default=None)
    if found is not None:
        others.remove(found)
    return found


def _followed(
    one: SentOne, shot: Shot | None, sight: Sight, organization_id: str | None, arrival: Arrival, now: float
) -> Followed:
    invitation_id = shot.id if shot is not None else one.invitation_id or ""
    sent_at = one.sent_at if shot is None else shot.created_at
    expires_at = shot.expires_at if shot is not None and shot.expires_at is not None else one.expires_at
    seen = _seen(one, shot, sight)
    events: Sequence[Told] = sight.events.get(invitation_id, ())
    evidence = Evidence(
        sent_at=sent_at,
        now=now,
        seen=seen,
        updated_at=shot.updated_at if shot is not None and shot.status not in {"pending", "expired"} else None,
        expires_at=expires_at,
        webhook_at=min((told.at for told in events if told.type == ACCEPTED), default=None) if events else None,
        membership_at=arrival.membership_at,
        account_at=arrival.account_at if organization_id is None else None,
        strategy=arrival.strategy,
    )
    seen_at = None if shot is None else shot.last_seen_at
    if evidence.webhook_at is not None or any(spell.status == "accepted" for spell in seen):
        found = acceptance(evidence)
        link = Link(invitation_id, sent_at, expires_at, "accepted", found.time.at)
        return Followed(link, evidence, seen_at, found)
    status, ended_at = _end(one, shot, sight, organization_id, evidence, events)
    replaced = status == "revoked" and one.replaced_at is not None
    return Followed(Link(invitation_id, sent_at, expires_at, status, ended_at, replaced), evidence, seen_at)


def _seen(one: SentOne, shot: Shot | None, sight: Sight) -> list[Seen]:
    """Return the statuses that an invitation was seen in, by looks or when it was to be taken back."""
    if shot is None:
        seen = []
    elif shot.status == "pending":
        seen = [Seen("pending", shot.created_at, shot.last_seen_at)]
    else:
        seen = sight.statuses(shot.id)
    if one.told == "accepted" and one.told_at is not None and one.replaced_at is None:
        seen.append(Seen("accepted", one.told_at + LIST_LAGS, one.told_at))
    return seen


def _end(
    one: SentOne,
    shot: Shot | None,
    sight: Sight,
    organization_id: str | None,
    evidence: Evidence,
    events: Sequence[Told],
) -> tuple[str, float | None]:
    """Return how an invitation that nobody accepted stands, and since when its link does not work any more.

    The first that ended it counts: one that had expired before it was revoked has expired.
    """
    ends: list[tuple[float, str]] = []
    if evidence.expires_at is not None and evidence.expires_at <= evidence.now:
        ends.append((evidence.expires_at, "expired"))
    elif one.told == "expired" and one.told_at is not None:
        ends.append((one.told_at, "expired"))
    elif shot is not None and shot.status == "expired":
        ends.append((change_of(evidence, "expired").at, "expired"))
    revoked = [told.at for told in events if told.type == REVOKED]
    closed = [at for at in (one.replaced_at, one.revoked_at) if at is not None]
    if revoked or closed:
        ends.append((min(revoked or closed), "revoked"))
    elif shot is not None and shot.status == "revoked":
        ends.append((change_of(evidence, "revoked").at, "revoked"))
    elif one.told == "missing" and one.told_at is not None:
        ends.append((one.told_at, "missing"))
    else:
        last = evidence.sent_at if shot is None else shot.last_seen_at
        is_listed = shot.status == "pending" if shot is not None else one.invitation_id is not None
        if is_listed and (gone := sight.gone_since(organization_id, last)) is not None:
            ends.append((gone, "missing"))
    ended_at, status = min(ends, default=(None, "pending"), key=lambda end: end[0] or 0.0)
    return status, ended_at
