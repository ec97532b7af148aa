"""Request and Response: what goes into the stand-in and what comes out, whatever carries it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON_TYPE = "application/json"
"""Clerk's content type, exactly, with no charset behind it (recorded, clerk-contract 1.1)."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request. path is decoded; header names are lower-case; a name may occur more than once."""

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""

    @classmethod
    def to(cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Request:
        """Return a request from a target as it stands in a request line: ``/v1/invitations?limit=10``."""
        parts = urlsplit(target)
        return cls(
            method.upper(),
            unquote(parts.path),
            read_query(parts.query),
            lower_names((headers or {}).items()),
            body,
        )

    def header(self, name: str) -> list[str]:
        """Return every value of a header; name in lower case."""
        return [value for found, value in self.headers if found == name]


@dataclass(frozen=True, slots=True)
class Response:
    """One response. Header names are lower-case.

    cut_after is for faults: the connection ends after so many bytes of the body. None: the whole body goes out.
    0: nothing goes out at all, not even the status.
    """

    status: int
    headers: Pairs = ()
    body: bytes = b""
    cut_after: int | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header; name in lower case."""
        return next((value for found, value in self.headers if found == name), None)

    def document(self) -> Any:
        """Return the body read as JSON. Raises ValueError."""
        return json.loads(self.body)


def read_query(text: str) -> Pairs:
    """Return the pairs of a query string, blank values included."""
    return tuple(parse_qsl(text, keep_blank_values=True))


def lower_names(headers: Iterable[tuple[str, str]]) -> Pairs:
    """Return headers with their names in lower case."""
    return tuple((name.lower(), value) for name, value in headers)


def to_json(document: Any) -> bytes:
    """Return document as compact JSON in UTF-8; half characters, which UTF-8 cannot hold, are escaped."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
