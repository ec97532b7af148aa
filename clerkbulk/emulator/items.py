"""Items of creating calls: every documented parameter, read and judged one by one.

Which parameters there are, which must be given and which may be null is the spec's (clerk-contract 1.2, 1.3); it is
written down here once more, apart from the models that clients are built on, so that the one can catch the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from clerkbulk.contract.address import AddressError, address_key, normal_form
from clerkbulk.contract.invitation import DEFAULT_EXPIRY, LONGEST_EXPIRY, SHORTEST_EXPIRY
from clerkbulk.contract.metadata import MetadataError, metadata_size
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.refusal import (
    Entry,
    body_of_wrong_type,
    entry_format_invalid,
    entry_missing,
    entry_nil,
    entry_too_large,
    entry_type_invalid,
    entry_unknown,
    entry_value_invalid,
    meta_of,
)

TEMPLATES = ("invitation", "waitlist_invitation")
_UNUSABLE_SCHEMES = {"javascript", "data", "vbscript", "file", "blob", "about"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A documented parameter of an item. type is JSON's word for it."""

    type: str
    required: bool = False
    nullable: bool = True


_SHARED = {"notify": Parameter("boolean"), "expires_in_days": Parameter("integer")}
_ADDRESS = {"email_address": Parameter("string", required=True, nullable=False)}
APPLICATION_BULK_ITEM: Mapping[str, Parameter] = {
    **_ADDRESS,
    **_SHARED,
    "public_metadata": Parameter("object"),
    "redirect_url": Parameter("string"),
    "ignore_existing": Parameter("boolean"),
    "template_slug": Parameter("string", nullable=False),
}
APPLICATION_SINGLE_ITEM: Mapping[str, Parameter] = {
    **APPLICATION_BULK_ITEM,
    "public_metadata": Parameter("object", nullable=False),
    "redirect_url": Parameter("string", nullable=False),
}
ORGANIZATION_ITEM: Mapping[str, Parameter] = {
    **_ADDRESS,
    **_SHARED,
    "role": Parameter("string", required=True, nullable=False),
    "inviter_user_id": Parameter("string"),
    "public_metadata": Parameter("object"),
    "private_metadata": Parameter("object"),
    "redirect_url": Parameter("string"),
}

_PYTHON_TYPES: Mapping[str, type] = {"string": str, "object": dict, "boolean": bool, "integer": int}


@dataclass(frozen=True, slots=True)
class Item:
    """One item that is well-formed. index is its place in the array; None in a single call."""

    index: int | None
    email_address: str
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    private_metadata: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    inviter_user_id: str | None = None
    notify: bool = True
    ignore_existing: bool = False
    expires_in_days: int = DEFAULT_EXPIRY

    @property
    def key(self) -> str:
        """The comparison key of the address."""
        return address_key(self.email_address)


def param_name(form: str, name: str, index: int | None) -> str | None:
    """Return how meta names a field of an item; form is the setting param_name_form."""
    if index is None or form == "plain":
        return name
    return {"dotted": f"{index}.{name}", "bracketed": f"[{index}].{name}", "absent": None}[form]


def read_item(
    given: Any, index: int | None, parameters: Mapping[str, Parameter], settings: Settings, environment: str
) -> tuple[Item | None, list[Entry]]:
    """Return the item, or None and everything that is wrong with it."""
    form = settings.param_name_form
    if not isinstance(given, dict):
        return None, list(body_of_wrong_type("Request body", given, "object").entries)
    found: list[Entry] = []
    for name, parameter in parameters.items():
        called = param_name(form, name, index)
        if name not in given:
            if parameter.required:
                found.append(entry_missing(name, called))
        elif given[name] is None:
            if not parameter.nullable:
                found.append(entry_nil(name, called))
        elif not _is(parameter.type, given[name]):
            found.append(entry_type_invalid(name, called, parameter.type))
        elif entry := _judge(name, called, given[name], settings, environment):
            found.append(entry)
    if parameters is not ORGANIZATION_ITEM or settings.unknown_keys == "refused":
        found += [entry_unknown(name, param_name(form, name, index)) for name in given if name not in parameters]
    if found:
        return None, found
    kept = Item.__dataclass_fields__
    return Item(index, **{name: given[name] for name in parameters if name in kept and given.get(name) is not None}), []


def _is(wanted: str, value: Any) -> bool:
    # bool is an int in Python; 1.0 is a float, and no Go server reads it into a whole number.
    return isinstance(value, _PYTHON_TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _judge(name: str, called: str | None, value: Any, settings: Settings, environment: str) -> Entry | None:
    if name == "email_address" and not _is_address(value):
        return entry_format_invalid(name, called, "a valid email address")
    if name == "expires_in_days" and value > LONGEST_EXPIRY:
        return entry_too_large(name, called, LONGEST_EXPIRY)
    if name == "expires_in_days" and value < SHORTEST_EXPIRY:
        return entry_value_invalid(name, called, value, f"{SHORTEST_EXPIRY} to {LONGEST_EXPIRY}")
    if name == "template_slug" and value not in TEMPLATES:
        return entry_value_invalid(name, called, value, ", ".join(TEMPLATES))
    if name == "redirect_url":
        return _judge_url(called, value, settings, environment)
    return _judge_metadata(name, called, value, settings) if name in {"public_metadata", "private_metadata"} else None


def _judge_url(called: str | None, value: str, settings: Settings, environment: str) -> Entry | None:
    name = "redirect_url"
    if not _is_url(value) or (settings.redirect_path == "refused" and value.startswith("/")):
        if settings.bad_redirect_url.endswith("value_invalid"):
            return entry_value_invalid(name, called, value, "absolute URLs")
        return entry_format_invalid(name, called, "a valid URL")
    if settings.plain_http_redirect == "422 insecure_url" and environment == "production" and _is_insecure(value):
        said = f"{name} must start with https://."
        return Entry("insecure_url", "insecure URL", said, meta_of(called))
    return None


def _is_insecure(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme.lower() == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}


def _judge_metadata(name: str, called: str | None, value: dict[str, Any], settings: Settings) -> Entry | None:
    most = settings.metadata_limit
    try:
        size = metadata_size(value)
    except MetadataError:
        # Half a character, which JSON can spell and UTF-8 cannot hold.
        said = f"{name} contains invalid UTF-8 characters"
        return Entry("form_param_value_invalid", "invalid character encoding", said, meta_of(called))
    if settings.metadata_measured == "ascii":
        size = len(json.dumps(value, separators=(",", ":")))
    if size <= most:
        return None
    said = f"{name} exceeds the maximum allowed size of {most} bytes ({most // 1024}KB)."
    return Entry("form_param_exceeds_allowed_size", "exceeds maximum size", said, meta_of(called))


def _is_address(text: str) -> bool:
    """Whether text is an address as it stands: what would have to be trimmed off first is refused."""
    if not text.isprintable() or text != text.strip():
        return False
    try:
        normal_form(text)
    except AddressError:
        return False
    return True


def _is_url(text: str) -> bool:
    if not text or not text.isprintable() or re.search(r"\s", text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if not parts.scheme:
        return text.startswith("/")
    if not _SCHEME.match(parts.scheme) or parts.scheme.lower() in _UNUSABLE_SCHEMES:
        return False
    return bool(parts.netloc) if parts.scheme.lower() in {"http", "https"} else True
