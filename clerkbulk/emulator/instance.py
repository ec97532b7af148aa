"""The settings of the emulated instance: what a Dashboard would set, and how the stand-in answers open questions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from clerkbulk.contract.endpoint import MEMBERSHIPS_DEFAULT
from clerkbulk.contract.unknown import UNKNOWNS, unknown
from clerkbulk.errors import InputError


def _assumed(name: str) -> str:
    return unknown(name).assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulated instance is set up. Raises InputError for a value that is none of those allowed."""

    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """The keys that are known. Empty: every key with the prefix of a secret key (sk_test_, sk_live_, test_, live_)."""
    frontend_api: str = "clerkbulk-emulator.accounts.dev"
    """Host of the url of an invitation. Nothing answers there."""
    email_addresses_enabled: bool = True
    """Off: application invitations are not supported, organization invitations need a feature that is off."""
    organizations_enabled: bool = True
    exclusive_membership: bool = False
    """On: a user can be in one organization only."""
    max_allowed_memberships: int = MEMBERSHIPS_DEFAULT.number
    """Of organizations made through POST /v1/organizations without a number of their own; 0 is unlimited."""
    allowlist: tuple[str, ...] = ()
    """Addresses, ``*@domain`` or ``*@*.domain``. Not empty: nobody else may be invited."""
    blocklist: tuple[str, ...] = ()
    """The same forms. The allowlist wins where both match; a blocked address blocks its subaddresses too."""
    monthly_emails: int = 0
    """E-mails a calendar month when the key is a development key; 0 is no cap. Clerk's is 100; off unless asked for,
    because a rehearsal with a development key would stop at the hundredth person."""

    atomicity: str = _assumed("atomicity")
    result_order: str = _assumed("result_order")
    param_name_form: str = _assumed("param_name_form")
    window: str = _assumed("window")
    refused_calls_count: str = _assumed("refused_calls_count")
    empty_call: str = _assumed("empty_call")
    eleven_items: str = _assumed("eleven_items")
    ignore_existing_users: str = _assumed("ignore_existing_users")
    stored_case: str = _assumed("stored_case")
    repeated_address: str = _assumed("repeated_address")
    non_admin_inviter: str = _assumed("non_admin_inviter")
    hourly_scope: str = _assumed("hourly_scope")
    expired_invitations: str = _assumed("expired_invitations")
    list_query: str = _assumed("list_query")
    unknown_role: str = _assumed("unknown_role")
    unknown_inviter: str = _assumed("unknown_inviter")
    repeated_status: str = _assumed("repeated_status")

    def __post_init__(self) -> None:
        for question in UNKNOWNS:
            given = getattr(self, question.name)
            if given not in question.answers:
                raise InputError(f"{question.name} is {given!r}, and can be: {', '.join(question.answers)}.")
        for name in ("max_allowed_memberships", "monthly_emails"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}, and can be 0 (no limit) or more.")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Settings:
        """Return settings read from JSON or TOML. Raises InputError that names the key and what it can be."""
        known = {entry.name: entry for entry in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in document.items():
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f". There are: {', '.join(known)}."
                raise InputError(f"The emulator has no setting {name!r}{hint}")
            values[name] = _read(name, type(known[name].default), value)
        return cls(**values)

    def to_document(self) -> dict[str, Any]:
        """Return the settings as JSON; of the secret keys only how many there are."""
        document = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        document = {name: list(value) if isinstance(value, tuple) else value for name, value in document.items()}
        return {**document, "secret_keys": len(self.secret_keys)}


def read_settings(path: str | Path) -> Settings:
    """Return the settings in a JSON or TOML file. Raises InputError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise InputError(f"The settings {path} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise InputError(f"The settings {path} are not {kind}: {error}.") from None
    if not isinstance(document, dict):
        raise InputError(f"The settings {path} must be one JSON object with a key for each setting.")
    return Settings.from_document(document)


def _read(name: str, wanted: type, value: Any) -> Any:
    if wanted is tuple:
        if isinstance(value, (list, tuple)) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        raise InputError(f"The setting {name} is a list of texts.")
    # bool is an int in Python, and yes is no number.
    if isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
        return value
    words = {bool: "true or false", int: "a whole number", str: "a text"}
    raise InputError(f"The setting {name} is {words[wanted]}, not {value!r}.")
