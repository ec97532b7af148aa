"""Preflight: what Clerk has of the people before anything is sent, and what to do about each of them.

Reads are nearly free (a thousand in ten seconds) and calls are not (25 or 50 an hour), so everything that reading can
find out is found out first. Decisions are pure; look() is the one function that reads.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from clerkbulk.contract.address import AddressError, address_key, normal_form, parse_address
from clerkbulk.contract.endpoint import DEVELOPMENT_EMAILS
from clerkbulk.errors import InputError
from clerkbulk.sending.verdict import Passenger


class Bucket(StrEnum):
    """What preflight found about a row.

    Of those that fit, a row is in the one with the strictest decision (skip, stop, ask, send), in this order among
    equals: whom one finding leaves out needs no seat and raises no question. READY is for whom no other fits.
    """

    OUTSIDE_DOMAINS = "outside_domains"
    SUPPRESSED = "suppressed"
    ALREADY_MEMBER = "already_member"
    ALREADY_USER = "already_user"
    ALREADY_INVITED = "already_invited"
    WITHDRAWN_BY_YOU = "withdrawn_by_you"
    COOLING_DOWN = "cooling_down"
    ROLE_UNKNOWN = "role_unknown"
    INVITER_UNFIT = "inviter_unfit"
    NO_SEAT = "no_seat"
    OVER_EMAIL_CAP = "over_email_cap"
    INVITED_BEFORE = "invited_before"
    READY = "ready"


class Decision(StrEnum):
    """What is done about a bucket, the strictest first."""

    SKIP = "skip"
    STOP = "stop"
    """The job does not begin while anybody is in the bucket."""
    ASK = "ask"
    """A person decides; without one, the job stops."""
    SEND = "send"


_STRICTNESS = {decision: place for place, decision in enumerate(Decision)}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A bucket in words, and what is done about it unless somebody says otherwise."""

    says: str
    """Of everybody in it, as the end of a sentence: 12 people: ..."""
    reason: str
    """Of one row that was left out because of it."""
    default: Decision
    remedy: str
    already_there: bool = False

    @property
    def told(self) -> str:
        """Of one row, who has left it out included: whoever is not there already was not refused by Clerk."""
        return self.reason if self.already_there else left_out(self.reason)


def left_out(reason: str) -> str:
    """Return a reason of ours for leaving somebody out, told so that nobody takes it for Clerk's."""
    return f"Left out by preflight: {reason[:1].lower()}{reason[1:]}"


MEANINGS: Mapping[Bucket, Meaning] = {
    Bucket.OUTSIDE_DOMAINS: Meaning(
        "outside the allowed domains",
        "The address is outside the allowed domains.",
        Decision.SKIP,
        "Check the address, or allow its domain.",
    ),
    Bucket.SUPPRESSED: Meaning(
        "on the suppression list",
        "The address or its domain is on the suppression list.",
        Decision.SKIP,
        "Nothing to do: the list says not to write.",
    ),
    Bucket.ALREADY_MEMBER: Meaning(
        "members already",
        "The person is a member of the organization already.",
        Decision.SKIP,
        "Nothing to do.",
        already_there=True,
    ),
    Bucket.ALREADY_USER: Meaning(
        "users already", "The person has an account already.", Decision.SKIP, "Nothing to do.", already_there=True
    ),
    Bucket.ALREADY_INVITED: Meaning(
        "invited already, and the invitation is still open",
        "The person was invited before, and that invitation is still open.",
        Decision.SKIP,
        "Nothing to do. For a new e-mail, revoke it in the Clerk Dashboard and send this line in a new sheet.",
        already_there=True,
    ),
    Bucket.WITHDRAWN_BY_YOU: Meaning(
        "withdrawn by you from an earlier job",
        "The person was invited by an earlier job, and you took the invitation back.",
        Decision.SKIP,
        "Nothing to do. To invite the person again all the same, send with --decide withdrawn_by_you=send.",
    ),
    Bucket.COOLING_DOWN: Meaning(
        "invited by another job of ours lately",
        "The person was invited by another job of ours lately.",
        Decision.SKIP,
        "Send the sheet again when the cool-down is over.",
    ),
    Bucket.ROLE_UNKNOWN: Meaning(
        "the role does not exist in this instance",
        "The role does not exist in this instance.",
        Decision.STOP,
        "Correct the role, or create it in the Clerk Dashboard.",
    ),
    Bucket.INVITER_UNFIT: Meaning(
        "the inviter is no administrator of the organization",
        "The inviter is no administrator of the organization.",
        Decision.STOP,
        "Name another inviter, or none.",
    ),
    Bucket.NO_SEAT: Meaning(
        "no seat left in the organization",
        "The organization has no seat left.",
        Decision.STOP,
        "Raise the organization's membership limit, or revoke old invitations.",
    ),
    Bucket.OVER_EMAIL_CAP: Meaning(
        "beyond the 100 e-mails a month of a development instance",
        "The development instance's 100 e-mails of the month would be used up.",
        Decision.ASK,
        "Send with notify off, or use a production instance.",
    ),
    Bucket.INVITED_BEFORE: Meaning(
        "invited before, and the invitation was revoked or has expired",
        "The person was invited before; the invitation was revoked or has expired.",
        Decision.ASK,
        "Decide whether to invite the person again.",
    ),
    Bucket.READY: Meaning("ready", "Nothing stands in the way.", Decision.SEND, "Nothing to do."),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading found out. Everything by address key; None where it was not looked at or could not be."""

    members: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    before: Mapping[str, str] = field(default_factory=dict)
    """Status of the newest invitation that is no longer pending: revoked or expired."""
    roles: frozenset[str] | None = None
    inviters: frozenset[str] | None = None
    """User ids that may invite."""
    seats: int | None = None
    """Invitations the organization still has room for; None: no limit is known."""
    reads: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What a job's owner says about whom to leave out, and what to do about each bucket."""

    decisions: Mapping[Bucket, Decision] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()
    """Address keys and bare domains that are never written to."""
    allowed_domains: frozenset[str] = frozenset()
    """Empty: every domain."""
    cool_down: float | None = None
    """Days for which whoever another job of the ledger has invited, to whatever target, is in COOLING_DOWN; None: no
    cool-down."""

    def __post_init__(self) -> None:
        """Raise InputError for what makes no sense."""
        if self.decision(Bucket.READY) is not Decision.SEND:
            raise InputError(
                "Those who are ready are sent to: leave people out by the other buckets, by --suppress or "
                "--allow-domain, or take them out of the table."
            )
        if self.cool_down is not None and not (self.cool_down > 0 and math.isfinite(self.cool_down)):
            raise InputError(f"A cool-down takes some days, not {self.cool_down:g}: leave it out for none.")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what to_json() has written down."""
        kept = json.loads(text)
        decisions = {Bucket(name): Decision(word) for name, word in kept["decisions"].items()}
        return cls(decisions, cool_down=kept["cool_down"])

    def to_json(self) -> str:
        """Return what a job remembers: every bucket's decision and the cool-down. The lists are people's: not kept."""
        decisions = {bucket.value: self.decision(bucket).value for bucket in Bucket}
        return json.dumps({"decisions": decisions, "cool_down": self.cool_down})

    def decision(self, bucket: Bucket) -> Decision:
        """Return what is done about a bucket."""
        return self.decisions.get(bucket, MEANINGS[bucket].default)


def suppression_list(text: str) -> frozenset[str]:
    """Read a suppression list: an address or a domain a line, # begins a remark. Raises InputError that names the line.

    A domain stands for those below it too; ``@example.com``, ``*@example.com`` and ``*.example.com`` are the same.
    """
    found: set[str] = set()
    for line, words in enumerate(text.splitlines(), 1):
        # A remark begins a line or follows a space: an address may hold a # itself.
        word = re.split(r"(?:^|\s)#", words, maxsplit=1)[0].strip()
        if not word:
            continue
        try:
            found.add(domain_key(word) if "@" not in word.lstrip("*@.") else parse_address(word).key)
        except AddressError as error:
            raise InputError(
                f"The suppression list, line {line}: {word!r} is neither an address nor a domain ({error})."
            ) from None
    return frozenset(found)


def domain_key(text: str) -> str:
    """Return a domain as address keys spell it: lower-case, IDNA, without what may stand before it (``*@.``).

    Raises AddressError with a sentence.
    """
    normal = normal_form(f"a@{text.strip().lstrip('*@.')}")
    return address_key(normal).rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Preflight:
    """Every row that waits, in its bucket."""

    buckets: Mapping[Bucket, tuple[Passenger, ...]]
    policy: Policy
    reads: int
    again: Mapping[int, tuple[str, float]] = field(default_factory=dict)
    """Rows left out by an earlier look and not by this one, by line: their code, and since when, in seconds since 1970.
    They wait to be sent as soon as somebody says yes (Job.approve(), Job.run()), and until then are as they were."""

    def in_bucket(self, bucket: Bucket) -> tuple[Passenger, ...]:
        """Return the rows of a bucket."""
        return self.buckets.get(bucket, ())

    def to_do(self, decision: Decision) -> tuple[Bucket, ...]:
        """Return the buckets that hold anybody and about which this was decided."""
        return tuple(
            bucket for bucket, rows in self.buckets.items() if rows and self.policy.decision(bucket) is decision
        )

    @property
    def stops(self) -> tuple[Bucket, ...]:
        """Return the buckets that keep the job from beginning."""
        return self.to_do(Decision.STOP)

    @property
    def sendable(self) -> int:
        """Rows that will be sent if every question is answered with yes."""
        return sum(
            len(rows)
            for bucket, rows in self.buckets.items()
            if self.policy.decision(bucket) in {Decision.SEND, Decision.ASK}
        )

    def to_json(self) -> dict[str, Any]:
        """Return buckets with counts, decisions and lines."""
        return {
            "reads": self.reads,
            "buckets": [
                {
                    "bucket": bucket.value,
                    "says": MEANINGS[bucket].says,
                    "count": len(rows),
                    "decision": self.policy.decision(bucket).value,
                    "lines": [row.line for row in rows],
                }
                for bucket, rows in self.buckets.items()
                if rows
            ],
        }

    def __repr__(self) -> str:
        found = ", ".join(f"{len(rows):,} {bucket.value}" for bucket, rows in self.buckets.items() if rows)
        return f"<Preflight: {found or 'nobody'}>"

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import preflight_html

        return preflight_html(self)


def assign(
    rows: Sequence[Passenger],
    seen: Seen,
    policy: Policy,
    *,
    cooling: Collection[str] = (),
    withdrawn: Collection[str] = (),
    listed: Mapping[str, Bucket] | None = None,
    environment: str,
) -> dict[Bucket, tuple[Passenger, ...]]:
    """Put every row into its bucket. Pure: the same rows and the same look give the same buckets.

    cooling are the keys invited by one of our own jobs within the cool-down, withdrawn those whose last invitation we
    have taken back, listed those that a list of an earlier look, which the policy does not have, has put into a bucket:
    they are in it still. Seats and e-mails run out in the order of the rows: the first ones get them, and whoever is
    left out or stops the job takes none.
    """
    found: dict[Bucket, list[Passenger]] = defaultdict(list)
    seats, emails = seen.seats, DEVELOPMENT_EMAILS.number if environment == "development" else None
    cooling, withdrawn = frozenset(cooling), frozenset(withdrawn)
    for row in rows:
        costs_an_email = _costs_an_email(row)
        fitting = [*_listed(row, listed or {}), *_standing(row, seen, policy, cooling, withdrawn)]
        if seats == 0:
            fitting.append(Bucket.NO_SEAT)
        if emails == 0 and costs_an_email:
            fitting.append(Bucket.OVER_EMAIL_CAP)
        if row.key in seen.before and row.key not in withdrawn:
            fitting.append(Bucket.INVITED_BEFORE)
        bucket = min(fitting or [Bucket.READY], key=lambda one: _STRICTNESS[policy.decision(one)])
        found[bucket].append(row)
        if policy.decision(bucket) in {Decision.SEND, Decision.ASK}:
            seats = seats - 1 if seats else seats
            emails = emails - 1 if emails and costs_an_email else emails
    return {bucket: tuple(found[bucket]) for bucket in Bucket if found[bucket]}


def _listed(row: Passenger, listed: Mapping[str, Bucket]) -> Iterator[Bucket]:
    if row.key in listed:
        yield listed[row.key]


def _standing(
    row: Passenger, seen: Seen, policy: Policy, cooling: Collection[str], withdrawn: Collection[str]
) -> Iterator[Bucket]:
    """Yield the buckets that fit a row whatever the rows before it took up."""
    domain = row.key.rpartition("@")[2]
    if policy.allowed_domains and not _within(domain, policy.allowed_domains):
        yield Bucket.OUTSIDE_DOMAINS
    if row.key in policy.suppressed or _within(domain, policy.suppressed):
        yield Bucket.SUPPRESSED
    if row.key in seen.members:
        yield Bucket.ALREADY_MEMBER
    if row.key in seen.users:
        yield Bucket.ALREADY_USER
    if row.key in seen.pending and row.item.get("ignore_existing") is not True:
        yield Bucket.ALREADY_INVITED
    if row.key in withdrawn:
        yield Bucket.WITHDRAWN_BY_YOU
    if row.key in cooling:
        yield Bucket.COOLING_DOWN
    if seen.roles is not None and row.item.get("role") not in seen.roles:
        yield Bucket.ROLE_UNKNOWN
    inviter = row.item.get("inviter_user_id")
    if seen.inviters is not None and inviter is not None and inviter not in seen.inviters:
        yield Bucket.INVITER_UNFIT


def _within(domain: str, domains: Collection[str]) -> bool:
    """Whether a domain, or one above it, is listed."""
    labels = domain.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels)))


def _costs_an_email(row: Passenger) -> bool:
    # Test addresses do not count (documented); without notify there is no mail to count.
    return row.item.get("notify") is not False and "+clerk_test@" not in row.key
