"""Refusals: Clerk's error envelope and the entries that go into it.

Codes, statuses and texts as in Clerk's published error list (docs ``data/api_errors.json``); where the list leaves a
text to the server (form_identifier_exists, form_param_nil and the like) the words are ours. Never branch on a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of ``errors``. Without meta the key is absent, not empty (recorded, clerk-contract 3.1)."""

    code: str
    message: str
    long_message: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return the entry as it goes out."""
        wire: dict[str, Any] = {"message": self.message, "long_message": self.long_message, "code": self.code}
        return {**wire, "meta": dict(self.meta)} if self.meta else wire


class Refusal(Exception):  # noqa: N818 - what the server does, not something that went wrong in it
    """The answer is an error. status is the HTTP status; headers come on top of the usual ones."""

    def __init__(self, status: int, entries: Sequence[Entry], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, *(entry.code for entry in entries))
        self.status = status
        self.entries = tuple(entries)
        self.headers = dict(headers or {})


def refused(
    status: int, code: str, message: str, long_message: str = "", meta: Mapping[str, Any] | None = None
) -> Refusal:
    """Return a refusal with one entry; long_message is message again unless given, as for most of Clerk's codes."""
    return Refusal(status, [Entry(code, message, long_message or message, meta or {})])


def envelope(entries: Sequence[Entry], trace_id: str) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {"errors": [entry.to_wire() for entry in entries], "clerk_trace_id": trace_id}


def authorization_header_format_invalid() -> Refusal:
    """No Authorization header, or not ``Bearer ...`` (recorded)."""
    return refused(
        401,
        "authorization_header_format_invalid",
        "Invalid Authorization header format",
        "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
    )


def clerk_key_invalid() -> Refusal:
    """An unknown key (recorded)."""
    return refused(
        401,
        "clerk_key_invalid",
        "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
    )


def api_version_invalid(why: str) -> Refusal:
    """An unknown version, or one given twice."""
    return refused(400, "api_version_invalid", "Invalid API version", why)


def too_many_requests(seconds: int, code: str, resets_in: str) -> Refusal:
    """The budget is used up; ``Retry-After`` in whole seconds until it is not (documented).

    code and resets_in are the settings limit_code and resets_in.
    """
    meta = {"seconds": {"resets_in": seconds}, "milliseconds": {"resets_in": seconds * 1000}}.get(resets_in, {})
    entry = Entry(code, "Too many requests", "Too many requests. Please try again in a bit.", meta)
    return Refusal(429, [entry], {"retry-after": str(seconds)})


def unsupported_content_type(given: str) -> Refusal:
    """A body that does not say it is JSON."""
    return refused(
        415,
        "unsupported_content_type",
        "Content-Type is unsupported",
        f"Content-Type {given or '(none)'} is unsupported. You should use application/json instead.",
    )


def request_body_invalid() -> Refusal:
    """A body that is not JSON."""
    return refused(
        400,
        "request_body_invalid",
        "Request body invalid",
        "The request body is invalid. Please consult the API documentation for more information.",
    )


def body_of_wrong_type(what: str, given: Any, wanted: str) -> Refusal:
    """JSON, but an object where an array belongs, or the other way round. No meta (FailedToParseRequestBody)."""
    return refused(
        422,
        "form_param_value_invalid",
        "is invalid",
        f"{what} is invalid. Received {json_type(given)}, must be of type {wanted}.",
    )


def resource_not_found(long_message: str, param_name: str | None = None) -> Refusal:
    """There is no such thing; param_name only where a parameter named it (documented for roles)."""
    return refused(404, "resource_not_found", "not found", long_message, meta_of(param_name))


def method_not_allowed(method: str, allowed: Sequence[str]) -> Refusal:
    """A known path with another method. The status is recorded; Clerk's list has no code for it, this is ours."""
    said = f"{method} is not allowed here. Allowed: {', '.join(allowed)}."
    return Refusal(405, [Entry("method_not_allowed", "method not allowed", said)], {"allow": ", ".join(allowed)})


def no_organization(answer: str = "404 resource_not_found") -> Refusal:
    """There is no such organization. answer is the setting unknown_organization."""
    if answer == "404 organization_not_found_or_unauthorized":
        said = "Given organization not found, or you don't have permission to access the organization"
        return refused(404, "organization_not_found_or_unauthorized", "not found or unauthorized", said)
    return resource_not_found("Given organization not found.")


def no_user(user_id: str) -> Refusal:
    """There is no such user."""
    return resource_not_found(f"No user was found with id {user_id}")


def no_invitation(invitation_id: str) -> Refusal:
    """There is no such invitation."""
    return resource_not_found(f"No invitation was found with id {invitation_id}.")


def invalid_value(name: str, given: Any, allowed: str) -> Refusal:
    """A query parameter, or a field of a body that is no invitation, has a value that is not allowed."""
    return Refusal(422, [entry_value_invalid(name, name, given, allowed)])


def meta_of(param_name: str | None) -> dict[str, Any]:
    """Return the meta that names a parameter, empty for None."""
    return {} if param_name is None else {"param_name": param_name}


def entry_value_invalid(name: str, param_name: str | None, given: Any, allowed: str) -> Entry:
    """A value that is not allowed; the long text lists those that are."""
    said = f"{_shown(given)} does not match the allowed values for parameter {name}. Allowed values: {allowed}"
    return Entry("form_param_value_invalid", "is invalid", said, meta_of(param_name))


def entry_missing(name: str, param_name: str | None) -> Entry:
    """A required parameter is not there."""
    return Entry("form_param_missing", "is missing", f"{name} must be included.", meta_of(param_name))


def entry_nil(name: str, param_name: str | None) -> Entry:
    """A parameter is null and must not be."""
    return Entry("form_param_nil", "is nil", f"{name} must not be null.", meta_of(param_name))


def entry_unknown(name: str, param_name: str | None) -> Entry:
    """A parameter nobody knows."""
    said = f"{name} is not a valid parameter for this request."
    return Entry("form_param_unknown", "is unknown", said, meta_of(param_name))


def entry_type_invalid(name: str, param_name: str | None, wanted: str) -> Entry:
    """A parameter has the wrong JSON type."""
    return Entry("form_param_type_invalid", "is invalid", f"`{name}` must be a `{wanted}`.", meta_of(param_name))


def entry_format_invalid(name: str, param_name: str | None, wanted: str) -> Entry:
    """A text that is not of the form it must have."""
    return Entry("form_param_format_invalid", "is invalid", f"{name} must be {wanted}.", meta_of(param_name))


def entry_too_large(name: str, param_name: str | None, most: int) -> Entry:
    """A number above its bound."""
    said = f"The value of {name} can't be greater than {most}"
    return Entry("form_param_value_too_large", "Value too large", said, meta_of(param_name))


def json_type(value: Any) -> str:
    """Return JSON's word for the type of a value."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(type(value), "null")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
