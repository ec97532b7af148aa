"""Life: made-up people in an emulator, who accept, ignore, come too late and come back, at their own moments."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from clerkbulk.contract.address import address_key
from clerkbulk.emulator.accepting import accept
from clerkbulk.emulator.activity import note_activity
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.invitation import Invitation
from clerkbulk.emulator.seeding import seed as plant
from clerkbulk.emulator.signing_up import sign_up
from clerkbulk.emulator.world import World
from clerkbulk.errors import InputError
from clerkbulk.rehearsal.temper import DAY, Temper, throw
from clerkbulk.rehearsal.truth import WEEK, Truth, true_link


class _Deed(Enum):
    COME = "come"
    BEGIN_WEEK = "begin_week"
    SIGN_IN = "sign_in"
    BE_ACTIVE = "active"


class _Event(NamedTuple):
    """What somebody will do. number keeps events of one moment in the order in which they were planned."""

    at: float
    number: int
    deed: _Deed
    person: _Person
    organization_id: str | None
    nth: int
    """Of coming: which plan of theirs it is; of a week: which one after coming in, from 0."""


@dataclass(slots=True, eq=False)
class _Way:
    """One person's way to one target."""

    letters: list[str] = field(default_factory=list)
    plan: int = 0
    comes_at: float = math.inf
    accepted_at: float | None = None
    accepted_id: str | None = None
    joined_at: float | None = None
    in_vain_at: list[float] = field(default_factory=list)
    turned_away_at: list[float] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.accepted_at is not None or self.joined_at is not None


@dataclass(slots=True, eq=False)
class _Person:
    key: str
    group: str
    ways: dict[str | None, _Way] = field(default_factory=dict)
    """By organization; None is the application."""
    signed_in_at: list[float] = field(default_factory=list)
    active_at: list[float] = field(default_factory=list)


class Life:
    """People who live in an emulator on a virtual clock, as their groups' tempers are.

    people maps addresses to groups, tempers groups to tempers. Whoever of them is invited, by whatever call, gets to
    know of it and may come: by the newest link that works, else perhaps without one. Whoever moves the clock, such as a
    job that waits for its hour, they act at their own moments on the way. The same seed, people and letters give the
    same lives; what one person does hangs on nobody else.

    From here on the clock belongs to them, too: one Life an emulator, which is not to be reset meanwhile. Raises
    InputError for an emulator that is not on a VirtualClock, people that are the same under two spellings, a group
    without a temper.
    """

    def __init__(
        self, backend: Backend, people: Mapping[str, str], tempers: Mapping[str, Temper], *, seed: int = 0
    ) -> None:
        if not isinstance(backend.clock, VirtualClock):
            raise InputError("People live on a virtual clock: begin with Emulator(clock=VirtualClock()).")
        self._backend, self._clock, self._seed = backend, backend.clock, seed
        self._tempers = dict(tempers)
        self._people: dict[str, _Person] = {}
        for address, group in people.items():
            if group not in self._tempers:
                raise InputError(f"There is no temper for the group {group!r}; there are: {', '.join(self._tempers)}.")
            key = address_key(address)
            if key in self._people:
                raise InputError(f"{address} is there twice: one person has one group.")
            self._people[key] = _Person(key, group)
        self._read = {False: 0, True: 0}
        self._events: list[_Event] = []
        self._planned = 0
        self._clock.set_alarm(self)

    def live(self, until: datetime) -> None:
        """Let life go on until a moment, an aware time: the clock stands there afterwards.

        Raises InputError when the clock is past it already.
        """
        if until.tzinfo is None:
            raise InputError(f"{until} has no time zone: say datetime(..., tzinfo=UTC).")
        ahead = until.timestamp() - self._clock.now()
        if ahead < 0:
            raise InputError(f"Life does not go back: the clock is {-ahead:.0f} seconds past {until} already.")
        self._clock.advance(ahead)

    def due(self) -> float | None:
        """Return when the next of them does something, seconds since 1970; None when nobody has anything in mind."""
        return self._backend.act(lambda world, now: self._look_ahead(world))

    def ring(self) -> None:
        """Let everybody do what is due now."""
        self._backend.act(lambda world, now: self._do_what_is_due(world, now))

    def truth(self) -> tuple[Truth, ...]:
        """Return what became of everybody until now: one a person and target, in the order of people."""
        return self._backend.act(lambda world, now: self._tell(world))

    def _look_ahead(self, world: World) -> float | None:
        self._read_letters(world)
        return self._events[0].at if self._events else None

    def _do_what_is_due(self, world: World, now: int) -> None:
        self._read_letters(world)
        until = self._clock.now()
        while self._events and self._events[0].at <= until:
            event = heapq.heappop(self._events)
            if event.deed is _Deed.COME:
                self._come(world, now, event)
            elif event.deed is _Deed.BEGIN_WEEK:
                self._begin_week(event)
            else:
                self._visit(world, now, event)

    def _read_letters(self, world: World) -> None:
        """Let people know of the invitations made since this was last asked."""
        for is_organizations, kind in ((False, world.invitations), (True, world.organization_invitations)):
            if len(kind) == self._read[is_organizations]:
                continue
            letters = kind.since(self._read[is_organizations])
            self._read[is_organizations] += len(letters)
            for letter in letters:
                if (person := self._people.get(letter.key)) is not None:
                    self._get_letter(person, letter)

    def _get_letter(self, person: _Person, letter: Invitation) -> None:
        way = person.ways.setdefault(letter.organization_id, _Way())
        way.letters.append(letter.id)
        if way.is_over or not letter.is_pending:
            return
        temper, named = self._tempers[person.group], (self._seed, person.key, letter.organization_id, len(way.letters))
        if throw(*named, "comes") >= (temper.accepts if len(way.letters) == 1 else temper.reminded):
            return
        # Whole seconds: the instance counts in milliseconds, and what is between them would be cut off.
        delay = temper.delay(throw(*named, "which"), throw(*named, "how long"))
        comes_at = math.ceil(letter.created_at / 1000 + delay)
        if comes_at < way.comes_at:
            way.plan, way.comes_at = way.plan + 1, comes_at
            self._plan(comes_at, _Deed.COME, person, letter.organization_id, way.plan)

    def _plan(self, at: float, deed: _Deed, person: _Person, organization_id: str | None, nth: int) -> None:
        self._planned += 1
        heapq.heappush(self._events, _Event(at, self._planned, deed, person, organization_id, nth))

    def _come(self, world: World, now: int, event: _Event) -> None:
        person, organization_id = event.person, event.organization_id
        way = person.ways[organization_id]
        if way.is_over or event.nth != way.plan:
            return
        way.comes_at = math.inf
        kind = world.invitations if organization_id is None else world.organization_invitations
        links = kind.pending_to(person.key, organization_id)
        try:
            if links:
                accept(world, now, {"id": links[-1].id})
                way.accepted_at, way.accepted_id = now / 1000, links[-1].id
            elif self._gets_in_without(world, person, organization_id, way):
                _join(world, now, person.key, organization_id, kind.to(person.key, organization_id)[-1].role)
                way.joined_at = now / 1000
            else:
                way.in_vain_at.append(now / 1000)
                return
        except ControlError:
            # The instance's restrictions: not a mistake of anybody's here.
            way.turned_away_at.append(now / 1000)
            return
        if not person.active_at:
            self._plan(now / 1000 + DAY, _Deed.BEGIN_WEEK, person, None, 0)
        person.signed_in_at.append(now / 1000)
        person.active_at.append(now / 1000)

    def _gets_in_without(self, world: World, person: _Person, organization_id: str | None, way: _Way) -> bool:
        if organization_id is None and world.user_with(person.key) is not None:
            # They have an account from elsewhere: there is nothing to sign up for.
            return False
        named = (self._seed, person.key, organization_id, len(way.letters), "without")
        return throw(*named) < self._tempers[person.group].signs_up

    def _begin_week(self, event: _Event) -> None:
        temper, person, week = self._tempers[event.person.group], event.person, event.nth
        named = (self._seed, person.key, "week", week)
        if throw(*named) < temper.returns_in(week):
            number = temper.visits_from(throw(*named, "visits"))
            offsets = {max(1, int(throw(*named, nth) * WEEK)) for nth in range(number)}
            signs_in = throw(*named, "signs in") < temper.signs_in
            for place, offset in enumerate(sorted(offsets)):
                deed = _Deed.SIGN_IN if signs_in and place == 0 else _Deed.BE_ACTIVE
                self._plan(event.at + offset, deed, person, None, week)
        self._plan(event.at + WEEK, _Deed.BEGIN_WEEK, person, None, week + 1)

    def _visit(self, world: World, now: int, event: _Event) -> None:
        person = event.person
        try:
            note_activity(world, now, {"email_address": person.key, "kind": event.deed.value})
        except ControlError:
            # Banned, locked or gone meanwhile.
            return
        person.active_at.append(now / 1000)
        if event.deed is _Deed.SIGN_IN:
            person.signed_in_at.append(now / 1000)

    def _tell(self, world: World) -> tuple[Truth, ...]:
        self._read_letters(world)
        return tuple(
            _told(world, person, organization_id, way)
            for person in self._people.values()
            for organization_id, way in (person.ways or {None: _Way()}).items()
        )


def _join(world: World, now: int, address: str, organization_id: str | None, role: str) -> None:
    """Get into the application by signing up, or into an organization by somebody who makes a member of them."""
    if organization_id is None or world.user_with(address) is None:
        sign_up(world, now, {"email_address": address})
    if organization_id is not None:
        plant(
            world,
            now,
            {"memberships": [{"organization_id": organization_id, "email_address": address, "role": role}]},
        )


def _told(world: World, person: _Person, organization_id: str | None, way: _Way) -> Truth:
    kind = world.invitations if organization_id is None else world.organization_invitations
    found = (kind.get(letter) for letter in way.letters)
    return Truth(
        key=person.key,
        group=person.group,
        organization_id=organization_id,
        links=tuple(true_link(invitation) for invitation in found if invitation is not None),
        accepted_at=way.accepted_at,
        accepted_id=way.accepted_id,
        joined_at=way.joined_at,
        in_vain_at=tuple(way.in_vain_at),
        turned_away_at=tuple(way.turned_away_at),
        signed_in_at=tuple(person.signed_in_at),
        active_at=tuple(person.active_at),
    )
