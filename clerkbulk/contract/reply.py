"""What a reply to a creating call means: Sent, Refused, Wait or Unsure. A pure reading, lenient wherever it can be.

Results meet rows by address key, never by position: no source documents an order (clerk-contract 2.3). No field but the
address is needed; a field too many or too few never turns a sent invitation into a failure (clerk-contract section 10).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.error_code import Concern, ErrorCode, error_code

_BETWEEN_WORDS = re.compile(r"[\s,;<>()\[\]\"]+")
_AROUND_WORDS = ".:!?'`\u2018\u2019\u201c\u201d"


@dataclass(frozen=True, slots=True)
class Created:
    """One invitation that exists because of the call. Times are milliseconds since 1970, as Clerk writes them.

    The invitation's ``url`` is left out on purpose: it is a credential.
    """

    key: str
    invitation_id: str | None
    email_address: str
    status: str | None = None
    created_at: int | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of Clerk's error envelope, with everything that helps a person or its support."""

    code: str | None
    message: str
    long_message: str
    meta: Mapping[str, Any]
    concern: Concern
    keys: tuple[str, ...] = ()
    """Address keys of the call's items that this problem names."""

    @property
    def known(self) -> ErrorCode | None:
        """What the catalogue says of the code."""
        return error_code(self.code)

    @property
    def sentence(self) -> str:
        """What Clerk says, in its own words where it has more than one."""
        return self.long_message or self.message or (self.known.says if self.known else "") or "no reason given"


@dataclass(frozen=True, slots=True)
class Sent:
    """The call created invitations. unaccounted are keys the reply does not mention: unsure, not failed."""

    created: tuple[Created, ...]
    unaccounted: tuple[str, ...] = ()
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Clerk refused the call. Whether an item was created all the same is not documented (clerk-contract 4.1).

    named are the keys that Clerk's answer points at; concern is the gravest of the problems'.
    """

    status: int
    problems: tuple[Problem, ...]
    concern: Concern
    named: tuple[str, ...] = ()
    trace_id: str | None = None

    @property
    def sentence(self) -> str:
        """Clerk's words, with the code in front when there is one."""
        return "; ".join(
            f"{problem.code}: {problem.sentence}" if problem.code else problem.sentence for problem in self.problems
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """The hour's budget is used up. seconds is ``Retry-After``; None when absent or unreadable, 0 has been seen."""

    seconds: int | None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether the call did its work: read before anything else. reason is a sentence."""

    reason: str
    status: int | None = None
    trace_id: str | None = None


Outcome = Sent | Refused | Wait | Unsure


def read_reply(keys: Sequence[str], status: int, headers: Mapping[str, str], body: bytes | str) -> Outcome:
    """Say what a reply to a call that carried the items of these address keys means.

    headers may be spelled in any case. Never raises: what cannot be read is Unsure.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    document = _json(body)
    trace_id = _trace_id(document, lowered)
    if status == 429:
        return Wait(retry_after(lowered), trace_id)
    if 200 <= status < 300:
        return _read_success(keys, status, document, trace_id)
    if status >= 500 or status in {408, 409, 425} or status < 400:
        return Unsure(_why_unsure(status, document), status, trace_id)
    problems = _problems(keys, status, document)
    concern = _gravest(problem.concern for problem in problems)
    if concern in {Concern.UNSURE, Concern.WAIT}:
        # A code that contradicts its status: nothing is taken for granted.
        code = next(problem.code for problem in problems if problem.concern is concern)
        return Unsure(f"Clerk answered {status} with {code}", status, trace_id)
    named = {key for problem in problems for key in problem.keys}
    return Refused(status, problems, concern, tuple(key for key in keys if key in named), trace_id)


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds ``Retry-After`` asks for: whole seconds (documented), or a date measured against ``Date``."""
    lowered = {name.lower(): value for name, value in headers.items()}
    value = lowered.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", value):
        return math.ceil(float(value))
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(lowered.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0, int(wait.total_seconds()))


def concern_of(status: int, code: str | None, meta: Mapping[str, object]) -> Concern:
    """Say whom one error of a creating call concerns.

    The status rules where it leaves no choice (401, 429, 5xx: clerk-contract 8.1 rows 6 and 16), then the code, then
    the status again for codes nobody has listed.
    """
    if status == 429:
        return Concern.WAIT
    if status >= 500 or status in {408, 409, 425} or status < 400:
        return Concern.UNSURE
    if status == 401:
        return Concern.JOB
    known = error_code(code)
    if code == "resource_not_found" and _names_an_item_parameter(meta):
        return Concern.BATCH
    if known is not None and known.concern is not Concern.REVOCATION:
        return known.concern
    return Concern.BATCH if status in {400, 413, 422} else Concern.JOB


def _names_an_item_parameter(meta: Mapping[str, object]) -> bool:
    # An unknown role or inviter is 404 with param_name, a missing organization 404 without (clerk-contract 3.3). The
    # form of param_name inside a list is unknown, so only its last word is looked at.
    words = re.split(r"[.\[\]]+", (_text(meta.get("param_name")) or "").strip("[]."))
    return words[-1] in {"role", "inviter_user_id", "email_address"}


def _json(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _trace_id(document: Any, headers: Mapping[str, str]) -> str | None:
    """Top level, then inside an error (before 2025-10), then Clerk's header, then the proxy's (clerk-contract 3.1)."""
    if isinstance(document, dict):
        places = [document, *(error for error in _list(document.get("errors")) if isinstance(error, dict))]
        for place in places:
            if isinstance(found := place.get("clerk_trace_id"), str) and found:
                return found
    return headers.get("x-clerk-trace-id") or headers.get("cf-ray")


def _read_success(keys: Sequence[str], status: int, document: Any, trace_id: str | None) -> Outcome:
    found: dict[str, Created] = {}
    for item in sorted((item for item in map(_created, _items(document)) if item is not None), key=_fullness):
        found[item.key] = item
    created = tuple(found[key] for key in keys if key in found)
    if not created:
        return Unsure(f"the answer {status} names none of the addresses of the call", status, trace_id)
    return Sent(created, tuple(key for key in keys if key not in found), trace_id)


def _items(document: Any) -> list[Any]:
    """Return what may be an item: the application's array, the organization's ``data``, the one object of a single."""
    if isinstance(document, dict):
        inside = document.get("data")
        return [document, *(inside if isinstance(inside, list) else [inside])]
    return _list(document)


def _fullness(item: Created) -> tuple[str, int, int, str, str]:
    """Order items so that of several with one address the last is the one that says most, whatever their order."""
    return item.invitation_id or "", item.created_at or 0, item.expires_at or 0, item.status or "", item.email_address


def _created(item: Any) -> Created | None:
    if not isinstance(item, dict) or not isinstance(item.get("email_address"), str):
        return None
    return Created(
        key=address_key(item["email_address"]),
        invitation_id=_text(item.get("id")),
        email_address=item["email_address"],
        status=_text(item.get("status")),
        created_at=_milliseconds(item.get("created_at")),
        expires_at=_milliseconds(item.get("expires_at")),
    )


def _problems(keys: Sequence[str], status: int, document: Any) -> tuple[Problem, ...]:
    errors = _list(document.get("errors")) if isinstance(document, dict) else []
    read = tuple(_problem(keys, status, error) for error in errors if isinstance(error, dict))
    if read:
        return read
    said = "the answer carries no error that could be read"
    return (Problem(None, f"HTTP {status}", f"HTTP {status}: {said}", {}, concern_of(status, None, {})),)


def _problem(keys: Sequence[str], status: int, error: dict[str, Any]) -> Problem:
    code, meta = _text(error.get("code")), error.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    message, long_message = _text(error.get("message")) or "", _text(error.get("long_message")) or ""
    concern = concern_of(status, code, meta)
    named = [text for name in ("email_addresses", "identifiers") for text in _list(meta.get(name))]
    found = _among(keys, (text for text in named if isinstance(text, str)))
    if not found and concern in {Concern.ROW, Concern.BATCH}:
        # The last resort the contract page allows: some codes name the address in their wording only.
        found = _among(keys, _addresses_in(f"{long_message} {message}"))
    return Problem(code, message, long_message, meta, concern, found)


def _among(keys: Sequence[str], addresses: Iterable[str]) -> tuple[str, ...]:
    wanted = {address_key(text) for text in addresses}
    return tuple(key for key in keys if key in wanted)


def _addresses_in(wording: str) -> Iterator[str]:
    """Yield what may be an address. An apostrophe belongs to it (o'neil@example.com) unless it stands at its edge."""
    for word in _BETWEEN_WORDS.split(wording):
        if "@" in word:
            yield word.strip(_AROUND_WORDS).removesuffix("'s").removesuffix("\u2019s")


def _gravest(concerns: Iterable[Concern]) -> Concern:
    order = (Concern.UNSURE, Concern.WAIT, Concern.JOB, Concern.BATCH, Concern.ROW)
    return min(concerns, key=order.index)


def _why_unsure(status: int, document: Any) -> str:
    errors = _list(document.get("errors")) if isinstance(document, dict) else []
    codes = [code for error in errors if isinstance(error, dict) and (code := _text(error.get("code")))]
    return f"Clerk answered {status}" + (f" ({', '.join(codes)})" if codes else "") + ", which leaves open what it did"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _milliseconds(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
