"""The control door, as data: what can be asked of it, and a body to begin with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """One request at the control door. example is a body as JSON; empty: it takes none."""

    method: str
    path: str
    says: str
    example: str = ""


DOORS: tuple[Door, ...] = (
    Door("GET", "state", "the time and all there is, whatever its status, in wire shape"),
    Door("GET", "calls", "the calls so far: method, path, query, status, time, number of items"),
    Door("GET", "settings", "this account as JSON, with every setting"),
    Door("POST", "settings", "put settings in the place of others; the world stays", '{"atomicity": "partial"}'),
    Door(
        "POST",
        "seed",
        "put organizations, users, roles, role_sets, memberships and invitations there",
        '{"organizations": [{"id": "org_acme", "seats": 20}], "users": [{"email_address": "ada@example.com"}]}',
    ),
    Door("POST", "reset", "forget everything but the settings and the time"),
    Door("GET", "clock", "the time in milliseconds"),
    Door("POST", "clock", "put the clock forward", '{"advance_seconds": 3600}'),
    Door("GET", "faults", "what is left of the script of faults"),
    Door(
        "POST",
        "faults",
        "set what happens to the next calls, in order, or to a share of all calls",
        '{"faults": [{"do": "drop", "method": "POST", "when": "after"}], "rate": [{"do": "status", "status": 503, '
        '"share": 0.1}], "seed": 7}',
    ),
    Door("DELETE", "faults", "end all faults"),
    Door(
        "POST",
        "accept",
        "an invitee accepts; of a list, each: the answers, or error, in the same order",
        '{"email_address": "ada@example.com"}',
    ),
    Door(
        "POST",
        "sign_up",
        "somebody signs up without a link; of a list, each",
        '{"email_address": "bob@example.com"}',
    ),
    Door(
        "POST",
        "activity",
        "a user signs in (sign_in) or is active (active); of a list, each",
        '{"email_address": "ada@example.com", "kind": "sign_in"}',
    ),
    Door("GET", "webhooks", "what was posted to the receiver, or is about to be"),
    Door(
        "POST",
        "webhooks",
        "post events about organization invitations to this machine, signed; an empty url ends it",
        '{"url": "http://127.0.0.1:3000/hooks", "secret": "whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQ="}',
    ),
    Door("POST", "save", "write the state file, if one was named"),
)
