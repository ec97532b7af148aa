"""The demo's instance: an emulator in this process, on virtual time, that knows some of the people already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clerkbulk.contract.target import Organization
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.people.checked import Checked
from clerkbulk.rehearsal.mortal import Fate, MortalBackend, MortalLedger
from clerkbulk.rehearsal.trouble import Death, Where
from clerkbulk.sending.client import Client
from clerkbulk.sending.ledger import Ledger

START = 1_803_907_800.0
"""When the demo begins: Monday 1 March 2027, 13:30 UTC."""
INVITER = "user_2demoAda"
"""The administrator in whose name the organization invites."""
KEY = "sk_live_demo"
"""A production key, to the emulator, which takes no other: a development instance mails a hundred people a month."""
_LOOPBACK = "http://127.0.0.1"
_SECONDS_A_CALL = 0.9
_CALLS_BEFORE_THE_LOST_REPLY = 7
_CALLS_BEFORE_THE_CRASH = 14

# Which of the good rows Clerk knows already, by their place: mixed into several calls.
_USERS = (36, 38)
_INVITED = (102, 105, 106)
_MEMBERS = (54,)
_INVITED_TO_ORGANIZATION = (143, 146)


def instance(clock: VirtualClock, fate: Fate) -> Backend:
    """Return an empty instance with Clerk's documented limits, and two domains it lets nobody in from.

    Every call takes a moment, and its caller dies as fate says.
    """
    blocked = ("*@gesperrt.example.net", "*@sperrzone.example.net")
    settings = Settings(secret_keys=(KEY,), blocklist=blocked)
    return MortalBackend(fate, _SECONDS_A_CALL, clock=clock, settings=settings)


def one_crash() -> Fate:
    """Return what befalls the senders: the first one dies once, when a call has done its work and nobody wrote it."""
    fate = Fate()
    fate.expect([Death(_CALLS_BEFORE_THE_CRASH, Where.AFTER_CALL)])
    return fate


def client(backend: Backend) -> Client:
    """Return a client that reaches the instance without any network, with a key of its own and no environment."""
    return Client(KEY, api_url=_LOOPBACK, transport=backend.transport(), clock=backend.clock)


def ledger(fate: Fate, path: Path, clock: VirtualClock) -> Ledger:
    """Open the ledger as a process does that has just begun, perhaps after one that died."""
    fate.be_born()
    return MortalLedger(fate, path, clock=clock)


def settle_people(backend: Backend, checked: Sequence[Checked]) -> None:
    """Put there what an instance in use has: users, members, pending invitations, the organization and its inviter."""
    yesterday = backend.now() - 86_400_000
    seed: dict[str, list[dict[str, Any]]] = {"users": [], "memberships": [], "invitations": []}
    for one in checked:
        if isinstance(one.target, Organization):
            organization_id = one.target.organization_id
            seed["organizations"] = [{"id": organization_id, "name": "Wheels & Co", "created_at": yesterday}]
            seed["roles"] = [{"key": "org:billing", "name": "Billing"}]
            seed["users"].append({"id": INVITER, "email_address": "ada.lovelace@example.org", "first_name": "Ada"})
            seed["memberships"].append({"organization_id": organization_id, "user_id": INVITER, "role": "org:admin"})
            seed["memberships"] += [
                {"organization_id": organization_id, "email_address": address} for address in _at(one, _MEMBERS)
            ]
            seed["invitations"] += [
                {"organization_id": organization_id, "email_address": address, "created_at": yesterday}
                for address in _at(one, _INVITED_TO_ORGANIZATION)
            ]
        else:
            seed["users"] += [{"email_address": address, "created_at": yesterday} for address in _at(one, _USERS)]
            seed["invitations"] += [
                {"email_address": address, "created_at": yesterday} for address in _at(one, _INVITED)
            ]
    backend.seed(seed)
    # One reply never arrives although the call has done its work.
    backend.faults(
        [
            {"do": "pass", "method": "POST", "times": _CALLS_BEFORE_THE_LOST_REPLY},
            {"do": "drop", "when": "after", "method": "POST"},
        ]
    )


def _at(checked: Checked, places: Sequence[int]) -> list[str]:
    return [checked.items[place]["email_address"] for place in places]
