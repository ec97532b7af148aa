"""Journeys: everybody's way, gathered from the ledger's rows and from what looks at Clerk have shown.

Who counts as what:

- Accepted: a look or an event says that one of their invitations was accepted. So does an account by a link, or a
  membership, that came into being after the invitation was last heard of as open: the next look at it will tell.
- Joined: there is an account (of an application) or a membership (of an organization) that came into being after the
  first invitation, and no invitation was accepted. Who had an account before they were invited has not joined by us.
- Open: a link still works. An invitation that was never looked at is taken to be open until it expires; Journey.seen_at
  says when it was looked at last.
- Expired, revoked, missing: by the last of their links to end. A link is missing from the first complete look on that
  does not list it any more. One that was revoked after it had expired has expired.
- Already there, refused, waiting: planned, and never invited by us. They stay so whatever becomes of them: user_id,
  joined_at and the activity tell. An invitation of somebody else's is none of their links.

With a ledger the invitations of somebody else's that count are those sent after our first. Without one, all of them do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.onboarding.acceptance import first_of
from clerkbulk.onboarding.activity import active_weeks, first_sign_in, last_active
from clerkbulk.onboarding.event import ACCEPTED
from clerkbulk.onboarding.journey import Between, Journey, Stage
from clerkbulk.onboarding.links import Arrival, Followed, follow
from clerkbulk.onboarding.planned import Person, Planned, SentOne, read_planned
from clerkbulk.onboarding.sight import Sight, read_newest, read_sight
from clerkbulk.people.pause import collection_paused
from clerkbulk.sending.during.call import Begin

_IN = frozenset({Stage.ACCEPTED, Stage.JOINED})
_ENDS = {"revoked": Stage.REVOKED, "missing": Stage.MISSING}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everybody's journeys, and the rows that are nobody's. rows = people with a line + again + left_out."""

    journeys: tuple[Journey, ...]
    rows: int = 0
    """Of the jobs asked about, without those of their reminders; 0 without a ledger."""
    again: int = 0
    """Rows of people who stand on another row of the same target, too."""
    invalid: int = 0
    """Rows that never were an invitation."""
    purged: int = 0
    """Rows of purged jobs: nobody knows whose they were."""

    @property
    def left_out(self) -> int:
        """Rows that are no person's."""
        return self.invalid + self.purged


def journeys(
    begin: Begin,
    instance_id: str,
    *,
    job_id: str | None = None,
    target: Target | None = None,
    now: float,
    ledger_rows: bool = True,
) -> Gathered:
    """Gather the journeys of the people of a job and its reminders, or of every job that has run in an instance.

    target narrows to one. ledger_rows False: of everybody whom a look has seen invited, whoever did it. now is seconds
    since 1970. Raises InputError for a job that is not there, or has run in another instance.
    """
    with collection_paused():
        with begin() as connection:
            if ledger_rows:
                planned = read_planned(connection, instance_id, job_id, target)
                targets = list(dict.fromkeys(person.target for person in planned.people.values()))
                sight = read_sight(connection, instance_id, targets, planned.job_ids)
            else:
                sight = read_sight(connection, instance_id, None if target is None else [target], None)
                planned = _everybody(sight, read_newest(connection, instance_id), target)
        # Outside of the transaction: who sends must not wait until everybody's story is told. And one by one: what was
        # read of a person is forgotten with the telling.
        people = planned.people
        told = tuple(_journey(people.pop(one), sight, now) for one in list(people))
    return Gathered(told, planned.rows, planned.again, planned.invalid, planned.purged)


def _everybody(
    sight: Sight, newest: Mapping[str, tuple[str, str | None, str | None]], target: Target | None
) -> Planned:
    """Return everybody whom a look has seen invited, with all of their invitations."""
    planned = Planned()
    for (of, key), ids in sight.by_person.items():
        its: Target = Application() if of is None else Organization(of)
        if target is not None and its != target:
            continue
        email, role, told = newest[ids[-1]]
        shots = (sight.invitations[one] for one in ids)
        sent = [SentOne(shot.id, shot.created_at, shot.expires_at) for shot in shots]
        metadata = json.loads(told) or {} if told else {}
        planned.people[of, key] = Person(key, email, its, role=role, metadata=metadata, sent=sent)
    return planned


def _journey(person: Person, sight: Sight, now: float) -> Journey:
    """Tell one person's way."""
    arrival = _arrival(person, sight)
    followed = follow(person, sight, arrival, now)
    came = arrival.account_at if person.organization_id is None else arrival.membership_at
    if followed and (came is None or came < followed[0].link.sent_at):
        came = None
    if came is not None and not any(one.acceptance for one in followed):
        followed = _with_perhaps(followed, arrival)
    accepted = first_of(one.acceptance for one in followed if one.acceptance is not None)
    joined_at = came if accepted is None else None
    stage = _stage(followed, accepted is not None, joined_at is not None) if followed else person.stage
    shown = sight.activity(arrival.user_id)
    activity: dict[str, Any] = {}
    if stage in _IN:
        came_in = accepted.time if accepted is not None else Between(came or 0.0, came or 0.0, came or 0.0)
        activity["first_sign_in"] = first_sign_in(came_in, arrival.account_at, arrival.strategy, shown)
        activity["active_in_week"] = active_weeks(came_in, arrival.account_at, shown, now)
    return Journey(
        person.key,
        person.email,
        person.target,
        stage,
        tuple(one.link for one in followed),
        accepted,
        joined_at,
        arrival.user_id,
        last_active_at=last_active(shown),
        job_id=person.job_id,
        source_name=person.source_name,
        line=person.line,
        wave=person.wave,
        role=person.role,
        metadata=person.metadata,
        reason=None if followed else person.reason,
        seen_at=max((one.seen_at for one in followed if one.seen_at is not None), default=None),
        **activity,
    )


def _stage(followed: Sequence[Followed], has_accepted: bool, has_joined: bool) -> Stage:
    """Say where somebody stands who was invited."""
    if has_accepted:
        return Stage.ACCEPTED
    if has_joined:
        return Stage.JOINED
    if any(one.link.ended_at is None for one in followed):
        return Stage.OPEN
    last = max((one.link for one in followed), key=lambda link: link.ended_at or 0.0)
    return _ENDS.get(last.status, Stage.EXPIRED)


def _with_perhaps(followed: list[Followed], arrival: Arrival) -> list[Followed]:
    """Return the invitations with the newest as accepted that may have been, as far as it was heard of."""
    for place in reversed(range(len(followed))):
        if (accepted := followed[place].perhaps_accepted(arrival)) is not None:
            return [*followed[:place], accepted, *followed[place + 1 :]]
    return followed


def _arrival(person: Person, sight: Sight) -> Arrival:
    """Say what is known of a person's account and membership."""
    of = person.organization_id
    user_id, strategy = sight.addresses.get(person.key, (None, None))
    if of is not None:
        # Who followed the link may have been signed in with another address.
        user_id = next(_who_accepted(person, sight), None) or user_id or sight.members.get((of, person.key))
    if user_id is None:
        return Arrival()
    return Arrival(
        user_id,
        sight.users.get(user_id),
        strategy,
        None if of is None else sight.memberships.get((of, user_id)),
    )


def _who_accepted(person: Person, sight: Sight) -> Iterator[str]:
    for one in person.sent:
        for told in sight.events.get(one.invitation_id or "", ()):
            if told.type == ACCEPTED and told.user_id is not None:
                yield told.user_id
