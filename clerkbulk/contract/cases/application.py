"""Invitations to the application: every parameter that is accepted, and the shapes of what comes back."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.calls import SPEC, TEN, bulk, person, single
from clerkbulk.contract.cases.case import Case, Expect, Stage, Step
from clerkbulk.contract.cases.match import DAY, MISSING, Addresses, After, Now, OneOf, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

ROWS: Final = tuple(
    f"1.2 {name}"
    for name in (
        "email_address",
        "public_metadata",
        "redirect_url",
        "notify",
        "ignore_existing",
        "expires_in_days",
        "template_slug",
    )
)
METADATA: Final[dict[str, Any]] = {"costCentre": 7, "team_name": {"innerKey": [1, 2.5, None, True, "Zoë 🌻"]}}
"""Keys in both spellings, at both depths: nothing on the way may respell them."""
_ONE: Final = SchemaName.APPLICATION_REPLY_ITEM
_SEVERAL: Final = SchemaName.APPLICATION_REPLY
_WOULD_MAIL: Final = "it would send a mail"
_BULK_SHOWS: Final = "one bulk call shows the same, and an instance has 100 single calls an hour"
_CREATE: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, CreateInvitation")
_CREATE_BULK: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, CreateBulkInvitations")

_BULK_CASES: Final = (
    Case(
        name="application-bulk-two",
        promise="Two people are invited in one call; the answer is a bare list of their pending invitations.",
        fact=_CREATE_BULK,
        rows=("1.2 email_address", "2.1 object", "2.1 email_address", "2.1 status", "2.3 app bulk"),
        not_live="ten people in one call show the same, and an instance has 25 bulk calls an hour",
        steps=(
            Step(
                bulk(person("ada"), person("bob")),
                Expect(
                    200,
                    schema=_SEVERAL,
                    holds={"": Addresses(("{ada}", "{bob}")), "[{ada}]/status": "pending"},
                ),
            ),
        ),
    ),
    Case(
        name="application-bulk-ten",
        promise="Ten people, the most one call takes, are all invited.",
        fact=_CREATE_BULK,
        rows=("2.3 app bulk",),
        steps=(
            Step(
                bulk(*(person(name) for name in TEN)),
                Expect(200, schema=_SEVERAL, holds={"": Addresses(tuple(f"{{{name}}}" for name in TEN))}),
            ),
        ),
    ),
    Case(
        name="application-bulk-every-parameter",
        promise="Every item of a bulk call has parameters of its own: given, at their bounds, null or left out.",
        fact=_CREATE_BULK,
        rows=(*ROWS, "2.1 public_metadata", "2.1 expires_at", "2.4 JS"),
        steps=(
            Step(
                bulk(
                    person(
                        "ada",
                        public_metadata=METADATA,
                        redirect_url="https://example.com/welcome?from=mail#top",
                        ignore_existing=True,
                        expires_in_days=7,
                        template_slug="invitation",
                    ),
                    person("bob", expires_in_days=1, ignore_existing=False),
                    person("cleo", expires_in_days=365, public_metadata={}),
                    person("dan", public_metadata=None, redirect_url=None, ignore_existing=None, expires_in_days=None),
                    person("eve"),
                ),
                Expect(
                    200,
                    schema=_SEVERAL,
                    holds={
                        "": Addresses(("{ada}", "{bob}", "{cleo}", "{dan}", "{eve}")),
                        "[{ada}]/public_metadata": METADATA,
                        "[{ada}]/expires_at": After("created_at", 7 * DAY),
                        "[{bob}]/expires_at": After("created_at", DAY),
                        "[{cleo}]/expires_at": After("created_at", 365 * DAY),
                        "[{cleo}]/public_metadata": {},
                        "[{dan}]/expires_at": After("created_at", 30 * DAY),
                        "[{dan}]/public_metadata": {},
                        "[{eve}]/expires_at": After("created_at", 30 * DAY),
                        "[{eve}]/public_metadata": {},
                    },
                ),
            ),
        ),
    ),
    Case(
        name="application-bulk-ignore-existing",
        promise="ignore_existing lets its own item past a pending invitation, in a call with others that have none.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC}, CreateBulkInvitations; clerk-contract 4.2"),
        rows=("1.2 ignore_existing",),
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(
                bulk(person("ada", ignore_existing=True), person("bob")),
                Expect(200, schema=_SEVERAL, holds={"": Addresses(("{ada}", "{bob}"))}),
            ),
        ),
    ),
    Case(
        name="application-bulk-waitlist-template",
        promise="A bulk call takes the template of the waitlist.",
        fact=_CREATE_BULK,
        rows=("1.2 template_slug",),
        not_live="the single call shows the same, and an instance has 25 bulk calls an hour",
        steps=(
            Step(
                bulk(person("ada", template_slug="waitlist_invitation")),
                Expect(200, schema=_SEVERAL, holds={"": Addresses(("{ada}",))}),
            ),
        ),
    ),
    Case(
        name="application-bulk-notify",
        promise="A bulk call takes true and null for notify.",
        fact=_CREATE_BULK,
        rows=("1.2 notify",),
        not_live=_WOULD_MAIL,
        steps=(
            Step(
                bulk(person("ada", notify=True), person("bob", notify=None)),
                Expect(200, schema=_SEVERAL, holds={"": Addresses(("{ada}", "{bob}"))}),
            ),
        ),
    ),
)

_SINGLE_CASES: Final = (
    Case(
        name="application-invitation-lasts-thirty-days",
        promise="Made from an address alone, an invitation expires thirty days later; times are in milliseconds.",
        fact=Fact(Mark.RECORDED, "clerk-contract 2.1 and 4.3"),
        rows=tuple(
            f"2.1 {name}"
            for name in (
                *("object", "id", "email_address", "public_metadata", "status", "revoked", "url"),
                *("expires_at", "created_at", "updated_at"),
            )
        ),
        steps=(
            Step(
                single(person("ada")),
                Expect(
                    200,
                    schema=_ONE,
                    holds={
                        "object": "invitation",
                        "id": Text(r"inv_[A-Za-z0-9]+"),
                        "email_address": "{ada}",
                        "public_metadata": {},
                        "status": "pending",
                        "created_at": Now(),
                        "updated_at": Now(),
                        "expires_at": After("created_at", 30 * DAY),
                        "revoked": OneOf((MISSING, False)),
                        "url": Text(r"https://.+/v1/tickets/accept\?ticket=.+"),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="application-single-every-parameter",
        promise="A single call takes every parameter, and answers with the one invitation it made.",
        fact=_CREATE,
        rows=(*ROWS, "2.1 public_metadata", "2.4 JS"),
        steps=(
            Step(
                single(
                    person(
                        "ada",
                        public_metadata=METADATA,
                        redirect_url="https://example.com/welcome?from=mail#top",
                        ignore_existing=True,
                        expires_in_days=7,
                        template_slug="invitation",
                    )
                ),
                Expect(
                    200,
                    schema=_ONE,
                    holds={
                        "email_address": "{ada}",
                        "public_metadata": METADATA,
                        "expires_at": After("created_at", 7 * DAY),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="application-single-bounds",
        promise="An invitation may last one day, and it may last 365.",
        fact=_CREATE,
        rows=("1.2 expires_in_days",),
        not_live=_BULK_SHOWS,
        steps=(
            Step(single(person("ada", expires_in_days=1)), Expect(200, holds={"expires_at": After("created_at", DAY)})),
            Step(
                single(person("bob", expires_in_days=365)),
                Expect(200, holds={"expires_at": After("created_at", 365 * DAY)}),
            ),
        ),
    ),
    Case(
        name="application-single-nulls",
        promise="In a single call, null for ignore_existing or expires_in_days means what leaving it out means.",
        fact=_CREATE,
        rows=("1.2 ignore_existing", "1.2 expires_in_days"),
        not_live=_BULK_SHOWS,
        steps=(
            Step(
                single(person("ada", ignore_existing=None, expires_in_days=None)),
                Expect(200, schema=_ONE, holds={"expires_at": After("created_at", 30 * DAY)}),
            ),
        ),
    ),
    Case(
        name="application-single-notify",
        promise="A single call takes true and null for notify.",
        fact=_CREATE,
        rows=("1.2 notify",),
        not_live=_WOULD_MAIL,
        steps=(
            Step(single(person("ada", notify=True)), Expect(200, schema=_ONE)),
            Step(single(person("bob", notify=None)), Expect(200, schema=_ONE)),
        ),
    ),
    Case(
        name="application-single-waitlist-template",
        promise="A single call takes the template of the waitlist.",
        fact=_CREATE,
        rows=("1.2 template_slug",),
        steps=(
            Step(
                single(person("ada", template_slug="waitlist_invitation")),
                Expect(200, schema=_ONE, holds={"email_address": "{ada}"}),
            ),
        ),
    ),
    Case(
        name="application-single-ignore-existing",
        promise="ignore_existing makes a second invitation beside a pending one.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC}, CreateInvitation; clerk-contract 4.2"),
        rows=("1.2 ignore_existing",),
        not_live=_BULK_SHOWS,
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(
                single(person("ada", ignore_existing=True)),
                Expect(200, schema=_ONE, holds={"email_address": "{ada}", "status": "pending"}),
            ),
        ),
    ),
    Case(
        name="application-notify-default",
        promise="notify left out is true: the invitation costs one of a development instance's e-mails of the month.",
        fact=_CREATE,
        rows=("1.2 notify",),
        stage=Stage(settings={"monthly_emails": 1, "mails_over_cap": "400 dev_monthly_email_limit_exceeded"}),
        steps=(
            Step(single({"email_address": "{ada}"}), Expect(200)),
            Step(single({"email_address": "{bob}"}), Expect(400, code="dev_monthly_email_limit_exceeded")),
            Step(single(person("bob")), Expect(200)),
        ),
    ),
)

CASES: Final = (*_BULK_CASES, *_SINGLE_CASES)
