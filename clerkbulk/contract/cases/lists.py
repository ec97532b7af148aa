"""The list of invitations to the application: its filters, its order, its pages.

A live instance has other invitations, too, so each case asks for its own address. ignore_existing gives one address
several invitations, and so a list of a known length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clerkbulk.contract.cases.calls import SINGLE, SPEC
from clerkbulk.contract.cases.case import Ask, Case, Expect, Stage, Step
from clerkbulk.contract.cases.inviting import invited, read, revoked
from clerkbulk.contract.cases.match import Absent, Addresses, AtLeast, Includes, InOrder
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_ROW: Final = "1.4 GET /invitations"
_SPEC: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, ListInvitations")
_ADA: Final = {"query": "{ada}"}
_CROWD: Final = tuple(f"guest{number:02}@example.com" for number in range(1, 12))

_THREE: Final = (
    invited("ada", keep="first", expires_in_days=3),
    invited("ada", keep="second", expires_in_days=1, ignore_existing=True, wait=1.5),
    invited("ada", keep="third", expires_in_days=2, ignore_existing=True, wait=1.5),
)
"""Three invitations to one address, made one after the other, that expire in another order."""


def _list(query: Mapping[str, str], *ids: str) -> Step:
    """Return the step that lists exactly the invitations kept under these names, in this order."""
    holds = {f"{place}/id": f"{{{name}}}" for place, name in enumerate(ids)}
    return read(SINGLE, query, schema=SchemaName.APPLICATION_REPLY, holds={**holds, f"{len(ids)}": Absent()})


def _ordered(order_by: str, *ids: str) -> Step:
    return _list({**_ADA, "order_by": order_by}, *ids)


def _odd(name: str, promise: str, query: Mapping[str, str]) -> Case:
    """Return the case of a query the spec excludes without saying what becomes of it."""
    return Case(
        name=name,
        promise=promise,
        fact=Fact(Mark.INFERRED, f"{SPEC}, ListInvitations: excluded, and no status is listed"),
        rows=(_ROW,),
        steps=(
            Step(
                Ask("GET", SINGLE, query=tuple(query.items())),
                {"refused": Expect((400, 422), SchemaName.ERRORS), "passed over": Expect(200)},
            ),
        ),
    )


CASES: Final = (
    Case(
        name="application-list-bare",
        promise="Without paginated the list is a bare array of invitations.",
        fact=Fact(Mark.RECORDED, "clerk-contract 1.4: recorded by rec-A"),
        rows=(_ROW,),
        steps=(
            invited("ada"),
            read(
                SINGLE,
                _ADA,
                schema=SchemaName.APPLICATION_REPLY,
                holds={"": Addresses(("{ada}",)), "0/id": "{id}", "0/status": "pending"},
            ),
        ),
    ),
    Case(
        name="application-list-paginated",
        promise="With paginated=true the list comes as data, beside total_count; with false it is a bare array.",
        fact=Fact(Mark.DOCUMENTED, "clerk-contract 1.4: both official SDKs read it so"),
        rows=(_ROW,),
        steps=(
            invited("ada"),
            read(
                SINGLE,
                {**_ADA, "paginated": "true"},
                each=SchemaName.APPLICATION_REPLY_ITEM,
                holds={"data": Addresses(("{ada}",)), "total_count": 1},
            ),
            read(SINGLE, {**_ADA, "paginated": "false"}, holds={"": Addresses(("{ada}",))}),
        ),
    ),
    Case(
        name="application-list-query",
        promise="query finds an invitation by its address and by its id; there is no other way to read a single one.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            invited("ada"),
            invited("bob", keep="other"),
            _list(_ADA, "id"),
            _list({"query": "{id}"}, "id"),
            _list({"query": "{other}"}, "other"),
            read(SINGLE, {"query": "{cleo}"}, holds={"": Addresses(())}),
        ),
    ),
    Case(
        name="application-list-status",
        promise="status narrows the list; without it revoked invitations are left out, and all others are there.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            invited("ada"),
            _list({**_ADA, "status": "pending"}, "id"),
            _list({**_ADA, "status": "revoked"}),
            _list({**_ADA, "status": "accepted"}),
            _list({**_ADA, "status": "expired"}),
            revoked(SINGLE),
            _list(_ADA),
            _list({**_ADA, "status": "pending"}),
            _list({**_ADA, "status": "revoked"}, "id"),
        ),
    ),
    Case(
        name="application-list-accepted",
        promise="The list without status has accepted invitations; status=accepted has these alone.",
        fact=_SPEC,
        rows=(_ROW,),
        stage=Stage(
            seed={
                "invitations": [
                    {"id": "inv_in", "email_address": "guest@example.com", "status": "accepted"},
                    {"id": "inv_out", "email_address": "guest2@example.com", "status": "revoked"},
                    {"id": "inv_open", "email_address": "guest3@example.com"},
                ]
            }
        ),
        steps=(
            read(SINGLE, holds={"": Addresses(("guest@example.com", "guest3@example.com"))}),
            read(
                SINGLE,
                {"status": "accepted"},
                schema=SchemaName.APPLICATION_REPLY,
                holds={"": Addresses(("guest@example.com",)), "0/status": "accepted"},
            ),
        ),
    ),
    Case(
        name="application-list-order",
        promise="The newest come first; order_by takes created_at and expires_at, upwards unless there is a minus.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            *_THREE,
            _list(_ADA, "third", "second", "first"),
            _ordered("-created_at", "third", "second", "first"),
            _ordered("created_at", "first", "second", "third"),
            _ordered("+created_at", "first", "second", "third"),
            _ordered("expires_at", "second", "third", "first"),
            _ordered("-expires_at", "first", "third", "second"),
        ),
    ),
    Case(
        name="application-list-order-address",
        promise="order_by=email_address orders by address, upwards unless there is a minus.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            invited("ada"),
            invited("cleo"),
            invited("bob"),
            read(
                SINGLE,
                {"status": "pending", "order_by": "email_address", "limit": "500"},
                holds={"": InOrder(("{ada}", "{bob}", "{cleo}"))},
            ),
            read(
                SINGLE,
                {"status": "pending", "order_by": "-email_address", "limit": "500"},
                holds={"": InOrder(("{cleo}", "{bob}", "{ada}"))},
            ),
        ),
    ),
    Case(
        name="application-list-pages",
        promise="Pages neither repeat nor skip; offset begins at 0, total_count counts all pages, the last are empty.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            *_THREE,
            _list({**_ADA, "limit": "2"}, "third", "second"),
            _list({**_ADA, "limit": "2", "offset": "0"}, "third", "second"),
            _list({**_ADA, "limit": "2", "offset": "1"}, "second", "first"),
            _list({**_ADA, "limit": "2", "offset": "2"}, "first"),
            _list({**_ADA, "limit": "2", "offset": "3"}),
            read(
                SINGLE,
                {**_ADA, "limit": "1", "offset": "1", "paginated": "true"},
                holds={"data/0/id": "{second}", "data/1": Absent(), "total_count": 3},
            ),
        ),
    ),
    Case(
        name="application-list-page-default",
        promise="A page has 10 items when limit is not sent, and 500 at most; offset goes on behind it.",
        fact=_SPEC,
        rows=(_ROW,),
        stage=Stage(seed={"invitations": [{"email_address": address} for address in _CROWD]}),
        steps=(
            read(
                SINGLE,
                {"order_by": "email_address"},
                holds={"": Addresses(_CROWD[:10], in_order=True)},
            ),
            read(
                SINGLE,
                {"order_by": "email_address", "offset": "10"},
                holds={"": Addresses(_CROWD[10:], in_order=True)},
            ),
            read(
                SINGLE,
                {"order_by": "email_address", "limit": "500"},
                holds={"": Addresses(_CROWD, in_order=True)},
            ),
        ),
    ),
    Case(
        name="application-list-newest-on-first-page",
        promise="Who was invited last is on the first page, whoever else there is.",
        fact=_SPEC,
        rows=(_ROW,),
        steps=(
            invited("ada"),
            read(
                SINGLE,
                {"paginated": "true", "limit": "500"},
                holds={"data": Includes(("{ada}",)), "total_count": AtLeast(1)},
            ),
        ),
    ),
    Case(
        name="open-question-list-query",
        promise="query finds an address by a part of it, or only by all of it: not documented.",
        fact=Fact(Mark.UNKNOWN, "clerk-contract 1.4"),
        rows=(_ROW,),
        question="list_query",
        steps=(
            invited("ada"),
            # The first three characters, which are the same at every target.
            Step(
                Ask("GET", SINGLE, query=(("query", "{ada:.3}"), ("limit", "500"))),
                {
                    "partial": Expect(200, holds={"": Includes(("{ada}",))}),
                    "exact": Expect(200, holds={"": Addresses(())}),
                },
            ),
        ),
    ),
    _odd("list-limit-zero", "A limit of 0 is below the bounds; what comes back is not documented.", {"limit": "0"}),
    _odd("list-limit-501", "A limit of 501 is beyond the bounds; what comes back is not documented.", {"limit": "501"}),
    _odd("list-limit-word", "A limit that is no number is none; what comes back is not documented.", {"limit": "ten"}),
    _odd(
        "list-offset-negative",
        "An offset of -1 is below the bounds; what comes back is not documented.",
        {"offset": "-1"},
    ),
    _odd(
        "list-status-unknown",
        "A status nobody knows is none; what comes back is not documented.",
        {"status": "waiting"},
    ),
    _odd(
        "list-order-unknown",
        "A field nobody knows orders nothing; what comes back is not documented.",
        {"order_by": "-mood"},
    ),
)
