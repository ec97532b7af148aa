"""The settings of the emulated instance: what a Dashboard would set, and how the stand-in answers open questions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from clerkbulk.contract.capability import Capabilities
from clerkbulk.contract.endpoint import MEMBERSHIPS_DEFAULT
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS, unknown, unknown_number
from clerkbulk.emulator.receiver import check_secret, check_url
from clerkbulk.errors import InputError

_T = TypeVar("_T")
_NUMBERS = (
    "max_allowed_memberships", "monthly_emails", "user_quota", "invitation_quota", "webhook_repeats",
    *(question.name for question in UNKNOWN_NUMBERS),
)  # fmt: skip
MOST_ATTEMPTS = 10


def _set(default: _T, says: str, *, shown: bool = True) -> _T:
    made: _T = field(default=default, repr=shown, metadata={"says": says})
    return made


def _assumed(name: str) -> str:
    return unknown(name).assumed


def _assumed_number(name: str) -> int:
    return unknown_number(name).assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulated instance is set up. Raises InputError for a value that is none of those allowed.

    What each setting does stands beside it, as data: it is shown in the account and in docs/emulator.md.
    """

    secret_keys: tuple[str, ...] = _set(
        (),
        "The keys that are known. Empty: every key with the prefix of a secret key (sk_test_, sk_live_, test_, live_).",
        shown=False,
    )
    frontend_api: str = _set(
        "clerkbulk-emulator.accounts.dev", "Host of the url of an invitation. Nothing answers there."
    )
    email_addresses_enabled: bool = _set(
        True,
        "Off: invitations to the application are not supported (400), those to organizations need a feature that is "
        "off (422).",
    )
    organizations_enabled: bool = _set(True, "Off: whatever concerns organizations is 403.")
    exclusive_membership: bool = _set(False, "On: a user can be in one organization only (422).")
    max_allowed_memberships: int = _set(
        MEMBERSHIPS_DEFAULT.number,
        "Members and pending invitations of organizations made through POST /v1/organizations without a number of "
        "their own; 0 is no limit. Seeded organizations have none unless they say so.",
    )
    allowlist: tuple[str, ...] = _set(
        (), "Addresses, `*@domain` or `*@*.domain`. Not empty: nobody else may be invited (403)."
    )
    blocklist: tuple[str, ...] = _set(
        (), "The same forms. The allow list wins where both match; a blocked address blocks its subaddresses, too."
    )
    block_subaddresses: bool = _set(
        False,
        "On: an address with a subaddress is refused when an account of its base exists. Separators are `+`, `=` and "
        "`#`, at Yahoo also `-`; at Gmail dots mean nothing. restrictions_bite says when.",
    )
    disposable_domains: tuple[str, ...] = _set(
        (),
        "Domains whose addresses are refused as disposable; Clerk's list is not known. restrictions_bite says when.",
    )
    monthly_emails: int = _set(
        0,
        "E-mails a calendar month when the key is a development key; 0 is no cap. Clerk's is 100; off unless asked "
        "for, because a rehearsal with a development key would stop at the hundredth person.",
    )
    user_quota: int = _set(
        0,
        "Users the instance may have; beyond it inviting to the application, and making users, is 403. 0 is no quota.",
    )
    invitation_quota: int = _set(
        0,
        "Pending invitations of both kinds the instance may have; beyond it 403 quota_exceeded. 0 is no quota. What "
        "Clerk counts under that code is not known.",
    )
    last_active_by_day: bool = _set(
        False,
        "On: last_active_at is the beginning of its day, UTC, which is how the documented day precision is read here. "
        "Off: it is to the millisecond.",
    )
    webhook_url: str = _set(
        "", "Where events about organization invitations are posted: http:// to this machine. Empty: nowhere."
    )
    webhook_secret: str = _set(
        "", "What they are signed with: whsec_ and base64. Never shown, never saved.", shown=False
    )
    webhook_attempts: int = _set(3, "How often an event is posted until the receiver answers 2xx, 1 to 10.")
    webhook_repeats: int = _set(0, "How often an event is posted again, with the same svix-id, after it has arrived.")

    listing_lag: int = _assumed_number("listing_lag")
    metadata_limit: int = _assumed_number("metadata_limit")

    atomicity: str = _assumed("atomicity")
    quota_half_way: str = _assumed("quota_half_way")
    result_order: str = _assumed("result_order")
    param_name_form: str = _assumed("param_name_form")
    window: str = _assumed("window")
    refused_calls_count: str = _assumed("refused_calls_count")
    hourly_scope: str = _assumed("hourly_scope")
    limit_code: str = _assumed("limit_code")
    resets_in: str = _assumed("resets_in")
    empty_call: str = _assumed("empty_call")
    eleven_items: str = _assumed("eleven_items")
    unknown_keys: str = _assumed("unknown_keys")
    ignore_existing_users: str = _assumed("ignore_existing_users")
    stored_case: str = _assumed("stored_case")
    repeated_address: str = _assumed("repeated_address")
    expired_invitations: str = _assumed("expired_invitations")
    organization_duplicate: str = _assumed("organization_duplicate")
    bulk_total_count: str = _assumed("bulk_total_count")
    non_admin_inviter: str = _assumed("non_admin_inviter")
    unknown_inviter: str = _assumed("unknown_inviter")
    unknown_role: str = _assumed("unknown_role")
    role_outside_set: str = _assumed("role_outside_set")
    unknown_organization: str = _assumed("unknown_organization")
    organization_slug: str = _assumed("organization_slug")
    list_query: str = _assumed("list_query")
    repeated_status: str = _assumed("repeated_status")
    revoked_again: str = _assumed("revoked_again")
    url_of_ended: str = _assumed("url_of_ended")
    others_on_acceptance: str = _assumed("others_on_acceptance")
    metadata_measured: str = _assumed("metadata_measured")
    redirect_path: str = _assumed("redirect_path")
    bad_redirect_url: str = _assumed("bad_redirect_url")
    plain_http_redirect: str = _assumed("plain_http_redirect")
    restrictions_bite: str = _assumed("restrictions_bite")
    user_quota_counts: str = _assumed("user_quota_counts")
    mails_over_cap: str = _assumed("mails_over_cap")
    test_address_mails: str = _assumed("test_address_mails")

    def __post_init__(self) -> None:
        for question in UNKNOWNS:
            given = getattr(self, question.name)
            if given not in question.answers:
                raise InputError(f"{question.name} is {given!r}, and can be: {', '.join(question.answers)}.")
        for name in _NUMBERS:
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}, and can be 0 or more.")
        if not 1 <= self.webhook_attempts <= MOST_ATTEMPTS:
            raise InputError(f"webhook_attempts is {self.webhook_attempts}, and can be 1 to {MOST_ATTEMPTS}.")
        if self.webhook_url:
            check_url(self.webhook_url)
            check_secret(self.webhook_secret)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Settings:
        """Return settings read from JSON or TOML. Raises InputError that names the key and what it can be."""
        return cls().changed(document)

    @classmethod
    def from_capabilities(cls, capabilities: Capabilities) -> Settings:
        """Return settings that give the answers found last, and the assumed ones to the other questions."""
        return cls().changed(capabilities.answers)

    def changed(self, document: Mapping[str, Any]) -> Settings:
        """Return these settings with those of a document in their place. Raises InputError as from_document does."""
        known = {entry.name: entry for entry in fields(self)}
        values: dict[str, Any] = {name: getattr(self, name) for name in known}
        for name, value in document.items():
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f". There are: {', '.join(known)}."
                raise InputError(f"The emulator has no setting {name!r}{hint}")
            values[name] = _read(name, type(known[name].default), value)
        return type(self)(**values)

    def to_document(self) -> dict[str, Any]:
        """Return the settings as JSON; of the keys only how many there are, of the secret only whether there is one."""
        document = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        document = {name: list(value) if isinstance(value, tuple) else value for name, value in document.items()}
        return {**document, "secret_keys": len(self.secret_keys), "webhook_secret": bool(self.webhook_secret)}


def switches() -> dict[str, tuple[Any, str]]:
    """Return default and meaning of each setting that is no open question, by name."""
    return {entry.name: (entry.default, entry.metadata["says"]) for entry in fields(Settings) if entry.metadata}


def read_settings(path: str | Path, over: Settings | None = None) -> Settings:
    """Return the settings in a JSON or TOML file, over others if given. Raises InputError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise InputError(f"The settings {path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise InputError(f"The settings {path} are not {kind}: {error}.") from None
    if not isinstance(document, dict):
        raise InputError(f"The settings {path} must be one JSON object with a key for each setting.")
    return (Settings() if over is None else over).changed(document)


def _read(name: str, wanted: type, value: Any) -> Any:
    if wanted is tuple:
        if isinstance(value, (list, tuple)) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        raise InputError(f"The setting {name} is a list of texts.")
    # bool is an int in Python, and yes is no number.
    if isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
        return value
    words = {bool: "true or false", int: "a whole number", str: "a text"}
    if name == "webhook_secret":
        raise InputError(f"The setting {name} is {words[wanted]}.")
    raise InputError(f"The setting {name} is {words[wanted]}, not {value!r}.")
