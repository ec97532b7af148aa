"""The texts of Clerk's document that we built on. Prose has no counterpart in our code, so its fingerprints are kept.

A fingerprint is of the whole text, so that nothing changes unseen; beside it stand the words that decided something, so
that a change of those can be told from a change of the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from clerkbulk.drift.believed import Call
from clerkbulk.drift.comparing import Spot
from clerkbulk.drift.difference import Difference, Grade
from clerkbulk.drift.openapi import Place
from clerkbulk.drift.shape import shape_of

MOST_SHOWN: Final = 400
"""Characters of a text that a difference shows."""

Read = Mapping[str, tuple[str, str]]
"""By field (``call``, ``notify``, ``query.limit``): the fingerprint of the text, and the words we built on, if any."""

_ORGANIZATION_ITEM: Final[Read] = {
    "email_address": ("ba52f52e6f27", ""),
    "inviter_user_id": ("8686e5ef6d5a", "Must be an administrator in the organization"),
    "role": ("797cfa92f4f0", ""),
    "public_metadata": ("ce7aa052e9b1", ""),
    "private_metadata": ("5cc88bc0105e", ""),
    "redirect_url": ("d60a93a1ba79", ""),
    "expires_in_days": ("28871482a6a3", "30 days expire"),
    "notify": ("ce35ff426a9f", "Defaults to `true`"),
}
"""An item of the bulk call and the body of the single one have the same texts."""

TEXTS: Final[Mapping[str, Read]] = {
    "CreateBulkInvitations": {
        "call": ("6a23fc8e7de5", "limited to a maximum of 10 invitations per API call"),
        "email_address": ("350d6e6cefcd", ""),
        "public_metadata": ("bf22f96011f8", "these metadata will end up in the user's public metadata"),
        "redirect_url": ("397f22e738e6", ""),
        "notify": ("056792a26f1b", "Defaults to true"),
        "ignore_existing": ("1817c2d10277", "or it's claimed by another user"),
        "expires_in_days": ("d9adcac7da98", "expires after 30 days"),
        "template_slug": ("500c3335a877", ""),
    },
    "CreateInvitation": {
        "call": ("6d7954844cbe", "you cannot create an invitation if there is already one for the given email address"),
        "email_address": ("350d6e6cefcd", ""),
        "public_metadata": ("bf22f96011f8", "these metadata will end up in the user's public metadata"),
        "redirect_url": ("35b4fc9e0549", ""),
        "notify": ("ce35ff426a9f", "Defaults to `true`"),
        "ignore_existing": ("1817c2d10277", "or it's claimed by another user"),
        "expires_in_days": ("d9adcac7da98", "expires after 30 days"),
        "template_slug": ("500c3335a877", ""),
    },
    "CreateOrganizationInvitationBulk": {
        "call": ("427154350bdb", "limited to a maximum of 10 invitations per API call"),
        **_ORGANIZATION_ITEM,
    },
    "CreateOrganizationInvitation": {
        "call": ("149a33fc0ba5", ""),
        **_ORGANIZATION_ITEM,
    },
    "ListInvitations": {
        "call": ("fbc46f9631fe", "Returns all non-revoked invitations"),
        "query.status": ("7628d39aca74", ""),
        "query.query": ("ef04c0ca4f50", "based on their `email_address` or `id`"),
        "query.order_by": ("070935b18e68", "either by their `created_at`, `email_address` or `expires_at`"),
        "query.paginated": ("a60d7b6a51a2", ""),
        "query.limit": ("e7ce0ee24e23", ""),
        "query.offset": ("c5cc81f7621c", ""),
    },
    "RevokeInvitation": {
        "call": ("46143a40dbf6", "Only active (i.e. non-revoked) invitations can be revoked."),
    },
    "ListOrganizationInvitations": {
        "call": ("bb48e176bb94", "Any invitations created as a result of an Organization Domain are not included"),
        "query.status": ("6902c87ca78c", ""),
        "query.email_address": ("de842e6b123e", ""),
        "query.order_by": ("324fa5bfe292", "either by their `created_at` or `email_address`"),
        "query.limit": ("e7ce0ee24e23", ""),
        "query.offset": ("c5cc81f7621c", ""),
    },
    "GetOrganizationInvitation": {
        "call": ("dd68de365498", ""),
    },
    "RevokeOrganizationInvitation": {
        "call": ("ab66ef2bfe7a", 'Only organization invitations with "pending" status can be revoked.'),
        "requesting_user_id": ("043ecf808971", "Must be an administrator in the organization"),
    },
}
"""Read in the document of 2026-05-12."""

CONTRADICTIONS: Final = (
    # Where the document contradicts itself: call, field, words, what they come to.
    ("CreateBulkInvitations", "ignore_existing", "claimed by another user", "bypassed"),
    ("CreateInvitation", "ignore_existing", "claimed by another user", "bypassed"),
    ("ListOrganizationInvitations", "call", "accepts multiple values", "several"),
)


def fingerprint(text: str) -> str:
    """Return what tells two texts apart; line ends and indents do not count."""
    return hashlib.sha256(_plain(text).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def text_differences(call: Call, place: Place, parameters: Mapping[tuple[str, str], Place]) -> Iterator[Difference]:
    """Yield each text of a call that is not the one we read. Raises InputError where the document is malformed."""
    said = texts_of(call, place, parameters)
    for name, (known, words) in TEXTS[call.operation].items():
        if name not in said:
            continue  # the field itself is gone, and that is told elsewhere
        pointer, text = said[name]
        spot = Spot(call.operation, _field(call, name))
        for operation, field, phrase, meaning in CONTRADICTIONS:
            if (operation, field) == (call.operation, name) and phrase in text:
                yield spot.differs(
                    Grade.WORDING, "contradiction", pointer, meaning,
                    f"Clerk's document says '{phrase}' and something else elsewhere.",
                )  # fmt: skip
        if fingerprint(text) != known:
            yield spot.differs(Grade.WORDING, "text", pointer, fingerprint(text), _sentence(words, text))


def texts_of(call: Call, place: Place, parameters: Mapping[tuple[str, str], Place]) -> dict[str, tuple[str, str]]:
    """Return the pointer and the text of every field of a call that has a place for one; empty text: none is there."""
    found = {"call": (place.pointer, f"{_text(place, 'summary')} {_text(place, 'description')}".strip())}
    described = place.get("requestBody", "content", "application/json", "schema")
    if described is not None:
        shape = shape_of((described,))
        fields = shape_of(shape.items).properties if shape.items else shape.properties
        for name, places in fields.items():
            found[name] = (places[0].pointer, _text(places[0].resolved(), "description"))
    for (goes, name), parameter in parameters.items():
        if goes == "query":
            found[f"query.{name}"] = (parameter.pointer, _text(parameter, "description"))
    return found


def _text(place: Place, keyword: str) -> str:
    text = place.get(keyword)
    return _plain(text.value) if text is not None and isinstance(text.value, str) else ""


def _plain(text: str) -> str:
    return " ".join(text.split())


def _field(call: Call, name: str) -> str:
    if name == "call" or name.startswith("query."):
        return name
    return f"body[].{name}" if call.body and call.body["type"] == "array" else f"body.{name}"


def _sentence(words: str, text: str) -> str:
    now = f"'{text if len(text) <= MOST_SHOWN else f'{text[: MOST_SHOWN - 3]}...'}'" if text else "nothing"
    if words and words in text:
        return f"ours is built on '{words}', which still stands; the text around it has changed. It says now: {now}."
    built = f"ours is built on '{words}', and Clerk's document no longer says so" if words else "the text has changed"
    return f"{built}. It says now: {now}. Read it again, and look at what rests on it."
