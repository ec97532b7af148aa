"""What this stand-in imitates, what it assumes where Clerk is silent, and what it does not imitate. One place.

Calls, codes, settings and open questions are told from the data it runs on; only what has no data is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clerkbulk.contract.endpoint import API_PREFIX, Lane
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.emulator.checks import APPLICATION_CHECKS, ORGANIZATION_CHECKS
from clerkbulk.emulator.circumstances import Check
from clerkbulk.emulator.codes import PRODUCED
from clerkbulk.emulator.doors import DOORS
from clerkbulk.emulator.instance import Settings, switches
from clerkbulk.emulator.routes import ROUTES, Route

IMITATED = (
    "the shapes of Clerk's OpenAPI document of 2026-05-12, millisecond times, ids, expiry, Date from the clock",
    "the error envelope, codes, statuses and meta of Clerk's error list; the trace id in body and header",
    "authentication before routing; Clerk-API-Version; content types",
    "the hourly limits of the four creating calls and the 10-second limit of everything, with Retry-After",
    "accepting: the user or the membership is made, metadata moves over, times are set",
    "signing up without a link (the allow and block lists hold), signing in and being active, by the control door",
    "organizationInvitation.created, .accepted and .revoked as webhooks, with the headers Svix signs them by",
)


def _named(checks: Sequence[Check]) -> str:
    return ", ".join(getattr(check, "__name__", "").replace("_", " ") for check in checks)


ASSUMED = (
    "A creating call is checked in this order: key, version, organization, body, number of items, rate limit, items; "
    f"then for the application {_named(APPLICATION_CHECKS)}; for an organization {_named(ORGANIZATION_CHECKS)}.",
    "Every malformed parameter is listed; of the refusals after that, the first kind is answered with all its items.",
    "An absolute URL, an own scheme or a path is a usable redirect_url.",
    "limit above 500 is 422 form_param_value_too_large; a status, an order or a number that is none is "
    "422 form_param_value_invalid; more than 100 values of one parameter are 422 form_param_array_size_exceeded.",
    "An unknown path is 404 resource_not_found; a known path with another method is 405, under a code of our own.",
    "A call cut off or answered by a fault before it reaches the instance uses up no limit.",
    "Administrators are members whose role has org:sys_memberships:manage.",
    "A pending invitation to an organization is accepted by the user with its address, who is made if there is none.",
    "Who has become a member meanwhile and then accepts keeps the membership there is.",
    "An expired or revoked invitation cannot be accepted; an expired one to the application can be revoked.",
    "Who signs up without a link has an address verified by email_code; invitations to it stay as they are.",
    "Accepting is a sign-in, too. Signing in and being active set last_sign_in_at and last_active_at, and leave "
    "updated_at.",
    "seats_quantity is the number of seats that would be needed.",
    "Every organization may give every role, unless it is seeded with a role set.",
    "All secret keys belong to the one instance; the prefix of the key says which environment it is.",
    "An organization made by POST /_emulator/seed without max_allowed_memberships has no limit (0).",
    "A webhook's data is the invitation as the API shows it; the envelope's timestamp is in milliseconds.",
)

NOT_IMITATED = (
    "No e-mail is sent, no link works: url leads nowhere.",
    "Updating and deleting, metadata calls, waitlist, domains, calls for role sets and permissions, billing, sessions.",
    "Webhooks other than the three named; Svix's hours of retrying, its own order, and its dashboard.",
    "Phone numbers, web3 wallets, passwords, external accounts: lists are empty, filters for them match nobody.",
    "Suppression lists; Clerk's list of disposable domains; an organization's own restrictions.",
    "Restricted sign-up and the waitlist: by the control door everybody can sign up; an organization that is exclusive "
    "by itself.",
    "Clerk's latency, and its spelling of JSON (escapes, order of keys).",
)


def calls() -> list[tuple[str, str]]:
    """Return method and path of every call that is imitated, and what is to be said of it."""
    return [(f"{route.method} {API_PREFIX}/{'/'.join(route.pattern)}", _said(route)) for route in ROUTES]


def _said(route: Route) -> str:
    if route.endpoint is not None:
        items = "one to ten invitations" if route.endpoint.lane is Lane.BULK else "one invitation"
        return f"creates {items}; {route.endpoint.calls_per_hour} calls an hour"
    # The docstring of an operation begins with its method and path.
    first = (route.operation.__doc__ or "").partition("\n")[0]
    return first.partition(": ")[2].rstrip(".")


def questions() -> list[dict[str, Any]]:
    """Return every open question: name, question, answers, the one assumed and why, mark and source."""
    numbers = [(one, [f"whole number of {one.unit}, 0 or more"], one.assumed) for one in UNKNOWN_NUMBERS]
    texts: list[tuple[Any, list[str], Any]] = [(one, list(one.answers), one.assumed) for one in UNKNOWNS]
    return [
        {
            "name": question.name,
            "question": question.question,
            "answers": answers,
            "assumed": assumed,
            "because": question.because,
            "mark": question.fact.mark.value,
            "source": question.fact.source,
        }
        for question, answers, assumed in [*texts, *numbers]
    ]


def describe(settings: Settings, limits: str) -> dict[str, Any]:
    """Return the whole account as JSON: what GET /_emulator/settings answers."""
    return {
        "limits": limits,
        "settings": settings.to_document(),
        "imitated": [*(f"{call}: {said}" if said else call for call, said in calls()), *IMITATED],
        "open_questions": [{**one, "set_to": getattr(settings, one["name"])} for one in questions()],
        "assumed": list(ASSUMED),
        "not_imitated": list(NOT_IMITATED),
        "codes": [{"code": one.code, "status": one.status, "by": one.by.value, "how": one.how} for one in PRODUCED],
    }


def to_markdown() -> str:
    """Return the account as Markdown: docs/emulator.md, and what ``clerkbulk emulate --describe`` prints."""
    return "\n".join([*_page()]) + "\n"


def _page() -> Iterator[str]:
    yield "# The emulator: what is imitated, what is assumed, what is not"
    yield ""
    yield "Written by `clerkbulk emulate --describe` from the data the emulator runs on; do not edit."
    yield from _section("Imitated")
    yield from _table(("call", "what"), [(f"`{call}`", said) for call, said in calls()])
    yield ""
    yield from (f"- {one}" for one in IMITATED)
    yield from _section("Not imitated")
    yield from (f"- {one}" for one in NOT_IMITATED)
    yield from _section("Assumed")
    yield "Where Clerk is silent and nothing is to be switched:"
    yield ""
    yield from (f"- {one}" for one in ASSUMED)
    yield from _section("Open questions")
    yield "What Clerk does not document. Each is a setting; the answer in bold is the one taken unless set."
    yield ""
    rows = [(f"`{one['name']}`", one["question"], _answers(one), one["because"], _source(one)) for one in questions()]
    yield from _table(("setting", "question", "answers", "why that one", "mark"), rows)
    yield from _section("Other settings")
    yield "In a JSON or TOML file (`clerkbulk emulate --settings FILE`), or while it runs (`POST /_emulator/settings`)."
    yield ""
    found = switches().items()
    yield from _table(
        ("setting", "unless set", "does"), [(f"`{name}`", _value(value), says) for name, (value, says) in found]
    )
    yield from _section("Error codes")
    yield "How each code of Clerk's that these calls can answer with is had here. By a fault: `POST /_emulator/faults`"
    yield 'with `[{"do": "status", "status": 409, "code": "conflict"}]`.'
    yield ""
    yield from _table(
        ("code", "status", "by", "how"), [(f"`{one.code}`", str(one.status), one.by.value, one.how) for one in PRODUCED]
    )
    yield from _section("The control door")
    yield "For tests in any language, without a key, on this machine only:"
    yield ""
    yield from _table(("request", "does"), [(f"`{one.method} /_emulator/{one.path}`", one.says) for one in DOORS])
    yield ""
    yield "```sh"
    yield from (_curl(one.method, one.path, one.example) for one in DOORS if one.method != "GET")
    yield "curl http://127.0.0.1:4010/_emulator/state"
    yield "```"


def _section(title: str) -> Iterator[str]:
    yield from ("", f"## {title}", "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        cells = (cell.replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def _answers(question: dict[str, Any]) -> str:
    taken = question["assumed"]
    if isinstance(taken, int):
        return f"**{taken}**, or another {question['answers'][0]}"
    return ", ".join(f"**`{answer}`**" if answer == taken else f"`{answer}`" for answer in question["answers"])


def _source(question: dict[str, Any]) -> str:
    mark, source = question["mark"], question["source"]
    return f"{mark} ({source})"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`" if value or isinstance(value, int) else "none"


def _curl(method: str, path: str, example: str) -> str:
    data = f" \\\n  -d '{example}'" if example else ""
    return f"curl -X {method} http://127.0.0.1:4010/_emulator/{path}{data}"
