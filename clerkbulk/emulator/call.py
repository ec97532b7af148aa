"""Call: one authenticated request as the operations see it, with the readers for its query and body."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clerkbulk.contract.endpoint import ADDRESSES_PER_READ, PAGE_DEFAULT, PAGE_LARGEST
from clerkbulk.emulator.exchange import JSON_TYPE, Request
from clerkbulk.emulator.invitation import STATUSES
from clerkbulk.emulator.refusal import (
    Entry,
    Refusal,
    body_of_wrong_type,
    entry_too_large,
    invalid_value,
    meta_of,
    request_body_invalid,
    unsupported_content_type,
)

_YES, _NO = {"true", "1", "t"}, {"false", "0", "f", ""}


@dataclass(frozen=True)
class Call:
    """A request that has passed the door. now is milliseconds since 1970; parts are what the path's braces hold."""

    request: Request
    now: int
    environment: str
    parts: Mapping[str, str]

    @cached_property
    def document(self) -> Any:
        """The body read as JSON. Raises Refusal: 415 for another content type, 400 for what is not JSON."""
        given = "".join(self.request.header("content-type")[:1])
        if given.partition(";")[0].strip().lower() != JSON_TYPE:
            raise unsupported_content_type(given)
        try:
            return json.loads(self.request.body, parse_constant=_no_constant, parse_float=_finite)
        except (ValueError, RecursionError):
            raise request_body_invalid() from None

    @property
    def fields(self) -> dict[str, Any]:
        """The body as an object. Raises Refusal when it is none."""
        if not isinstance(self.document, dict):
            raise body_of_wrong_type("Request body", self.document, "object")
        return self.document

    def texts(self, name: str) -> list[str]:
        """Return every value of a repeated query parameter; more than 100 are refused (documented)."""
        values = [value for found, value in self.request.query if found == name]
        if len(values) > ADDRESSES_PER_READ.number:
            said = f"{name} should not exceed {ADDRESSES_PER_READ.number} items."
            entry = Entry("form_param_array_size_exceeded", "exceeds maximum size", said, meta_of(name))
            raise Refusal(422, [entry])
        return values

    def text(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return next((value for found, value in self.request.query if found == name), None)

    def number(self, name: str) -> int | None:
        """Return a query parameter as a whole number, 0 or more."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise invalid_value(name, text, "whole numbers from 0")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """Return a query parameter as yes or no."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in _YES | _NO:
            raise invalid_value(name, text, "true, false")
        return text.lower() in _YES

    def page(self) -> slice:
        """Return what limit and offset cut out: limit 1..500, default 10; offset default 0 (documented)."""
        limit, offset = self.number("limit"), self.number("offset") or 0
        limit = PAGE_DEFAULT.number if limit is None else limit
        if limit < 1:
            raise invalid_value("limit", limit, f"1 to {PAGE_LARGEST.number}")
        if limit > PAGE_LARGEST.number:
            raise Refusal(422, [entry_too_large("limit", "limit", PAGE_LARGEST.number)])
        return slice(offset, offset + limit)

    def order(self, allowed: Collection[str], default: str = "-created_at") -> tuple[str, bool]:
        """Return the field to order by and whether downwards.

        Without a sign, ``+`` is implied (documented). A plus sign that was not escaped arrives as a space.
        """
        text = self.text("order_by") or default
        name = text[1:] if text[0] in "+- " else text
        if name not in allowed:
            raise invalid_value("order_by", text, ", ".join(allowed))
        return name, text.startswith("-")

    def statuses(self, repeated: str) -> frozenset[str]:
        """Return the values of status; repeated says which of several count: all, the first or the last."""
        given = self.texts("status")
        for text in sorted(set(given) - set(STATUSES)):
            raise invalid_value("status", text, ", ".join(STATUSES))
        return frozenset({"all": given, "first": given[:1], "last": given[-1:]}[repeated])


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(f"{text} is too large")
    return value
