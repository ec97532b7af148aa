"""Answer: what came back, and what it means for a caller who only wanted to read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from clerkbulk.contract.reply import retry_after
from clerkbulk.errors import ClerkRefused, KeyRefused, NotReachable
from clerkbulk.sending.scrub import scrubbed_text


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers in lower case, body as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def date(self) -> float | None:
        """When it was given, by the server's clock: seconds since 1970, whole; None without a ``Date`` header."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except (TypeError, ValueError, OverflowError):
            return None

    def json(self) -> Any:
        """Return the body read as JSON, None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def read_answer(answer: Answer, what: str) -> Any:
    """Return the JSON of a good answer to a read or a revocation.

    what names the request in the error. Raises KeyRefused, ClerkRefused, and NotReachable for what is no answer of
    Clerk's.
    """
    document = answer.json()
    if 200 <= answer.status < 300:
        if isinstance(document, dict | list):
            return document
        raise NotReachable(f"{what}: the answer {answer.status} is not JSON; check CLERK_API_URL.", sent=True)
    envelope = document if isinstance(document, dict) else {}
    errors = envelope.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = _text(first.get("code"))
    trace_id = _text(envelope.get("clerk_trace_id")) or answer.headers.get("x-clerk-trace-id")
    trace_id = trace_id or answer.headers.get("cf-ray")
    says = scrubbed_text(_text(first.get("long_message")) or _text(first.get("message")) or "no reason given")
    if answer.status == 401:
        raise KeyRefused(
            f"Clerk does not accept the secret key ({code or answer.status}). Copy it again from the "
            "Clerk Dashboard, API keys, and set CLERK_SECRET_KEY.",
            status=401, code=code, trace_id=trace_id,
        )  # fmt: skip
    sentence = f"{what}: Clerk answered {answer.status}, {code or 'no code'}: {says}"
    sentence += f" (trace id {trace_id})" if trace_id else ""
    wait = retry_after(answer.headers)
    raise ClerkRefused(sentence, status=answer.status, code=code, trace_id=trace_id, retry_after=wait)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def as_object(document: Any, what: str) -> dict[str, Any]:
    """Return a document that must be an object. Raises NotReachable."""
    if not isinstance(document, dict):
        raise NotReachable(f"{what}: the answer is no object; check CLERK_API_URL.", sent=True)
    return document
