"""E-mail addresses: what may be sent, and the key under which two spellings are the same person.

Clerk documents no format and no length for ``email_address``; the rules here are the mail standards', stricter than
what Clerk may accept, because a refused item sinks the whole call. No domain is ever looked up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

LONGEST_LOCAL_PART = 64
"""Characters before the @ (RFC 5321, 4.5.3.1.1)."""
LONGEST_ADDRESS = 254
"""Characters in all (RFC 5321, 4.5.3.1.3 with its erratum 1690)."""

SPECIAL_USE = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
"""Last labels that no mail reaches (RFC 6761 and its registry). example.com and its like are not among them."""

# Plain ASCII addresses, most of all there are. Bounded so that whatever matches also keeps the limits on lengths: at
# most three local parts of twenty characters, labels of at most 62. Everything else is email-validator's to decide.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"
_LABEL = r"[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,2}"
is_plain = re.compile(rf"{_ATOM}(?:\.{_ATOM}){{0,2}}@(?:{_LABEL}\.){{1,2}}[A-Za-z]{{2,20}}").fullmatch
"""Match a text that is plainly an address, without surrounding space; no match decides nothing."""

_WRAPPED = re.compile(r"[^<>]*<(?P<address>[^<>]*)>[\s,;]*\Z")
_MAILTO = re.compile(r"mailto:(?P<address>[^?]*)(?P<rest>\?.*)?\Z", re.IGNORECASE | re.DOTALL)
PADDING = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Whitespace of every script, and the invisible characters that copying from mail, chat and web pages leaves around."""
_LONGEST_READ = 1000
"""Characters of a text that is still looked into: 254 of an address, and a name around it."""


class AddressError(ValueError):
    """The text is not an address; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it will be sent.

    email is trimmed, NFC and lower-case (Clerk keeps user identifiers lower-case; for invitations it says nothing, so
    comparing without case is the safe reading: inferred, clerk-contract 4.8). notes are sentences about what was done
    to the text on the way, empty when it was taken as typed.
    """

    email: str
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What two spellings of one person's address have in common."""
        return address_key(self.email)

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.email.rpartition("@")[2]

    @property
    def is_ascii(self) -> bool:
        """Whether no character lies outside ASCII."""
        return self.email.isascii()

    @property
    def is_special_use(self) -> bool:
        """Whether the domain is reserved, so that no mail can arrive."""
        return self.domain.rpartition(".")[2] in SPECIAL_USE

    @property
    def is_quoted(self) -> bool:
        """Whether the local part needs quotes, as in ``"john doe"@example.com``."""
        return self.email.startswith('"')


def normal_form(text: str) -> str:
    """Return text as an address ready to be sent: trimmed, NFC, lower-case. Raises AddressError with a sentence."""
    text = text.strip(PADDING)
    if is_plain(text):
        return text.lower()
    _refuse_the_endless(text)
    return _judged(unicodedata.normalize("NFC", text.lower()))


def address_key(text: str) -> str:
    """Return the comparison key: normal form with the domain in its ASCII (IDNA) spelling.

    Never raises, because replies are read with it too: what is no address is its own key, trimmed and lower-case.
    """
    if is_plain(text):
        return text.lower()
    try:
        email = normal_form(text)
    except AddressError:
        return text.strip(PADDING).lower()
    local, _, domain = email.rpartition("@")
    return email if domain.isascii() else f"{local}@{_ascii_domain(domain)}"


def parse_address(text: str) -> Address:
    """Read an address as people paste it: with spaces around, as ``Name <a@b.co>`` or as a ``mailto:`` link.

    Raises AddressError with a sentence that says what is wrong.
    """
    trimmed = text.strip(PADDING)
    if is_plain(trimmed):
        return Address(trimmed.lower(), _freed(text, trimmed))
    _refuse_the_endless(trimmed)
    address = trimmed
    if wrapped := _WRAPPED.match(address):
        address = wrapped["address"].strip(PADDING)
    if linked := _MAILTO.match(address):
        address = unquote(linked["address"])
    email = normal_form(address)
    return Address(email, (f"taken out of {_shown(text.strip())}",) if wrapped or linked else _freed(text, trimmed))


def _freed(text: str, trimmed: str) -> tuple[str, ...]:
    """Return a note where more than blanks stood around an address."""
    before, _, after = text.partition(trimmed)
    names = [_name(sign) for sign in dict.fromkeys(before + after) if unicodedata.category(sign) == "Cf"]
    if not names:
        return ()
    what = "an invisible character" if len(names) == 1 else "invisible characters"
    return (f"freed of {what} around it ({', '.join(names)})",)


def _name(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def _refuse_the_endless(text: str) -> None:
    """Refuse what is too long to be looked into: the checks' time grows with the square of the length."""
    if len(text) > _LONGEST_READ:
        raise AddressError(f"it has {len(text):,} characters, and an address may have {LONGEST_ADDRESS}")


@lru_cache(maxsize=4096)
def _judged(text: str) -> str:
    """Decide what the plain pattern does not accept. text is trimmed, NFC and lower-case already."""
    from email_validator import EmailNotValidError, validate_email

    _refuse_what_people_mistype(text)
    local, _, domain = text.rpartition("@")
    head, _, last = domain.rpartition(".")
    # email-validator refuses reserved domains outright; here they are a matter for a warning, so the rest is judged
    # under a last label that it does not know.
    asked = f"{local}@{head + '.' if head else ''}example.com" if last in SPECIAL_USE else text
    try:
        judged = validate_email(asked, check_deliverability=False, allow_quoted_local=True)
    except EmailNotValidError as error:
        raise AddressError(_sentence(str(error))) from None
    email = f"{judged.local_part}@{judged.domain}"
    if asked != text:
        email = email.removesuffix("example.com") + last
    if len(email) > LONGEST_ADDRESS:
        raise AddressError(f"it has {len(email)} characters, and an address may have {LONGEST_ADDRESS}")
    last = email.rpartition(".")[2]
    if last.isascii() and len(last) == 1:
        raise AddressError(f"the domain ends in .{last}, and no domain ends in a single letter")
    return email


def _refuse_what_people_mistype(text: str) -> None:
    """Give the commonest slips a sentence of their own, before the standard's wording."""
    if not text:
        raise AddressError("it is empty")
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            raise AddressError(f"it contains an invisible character ({_name(character)})")
    count = text.count("@")
    if count == 0:
        raise AddressError("there is no @ in it")
    if count > 1 and not text.startswith('"'):
        if re.search(r"[,;\s]", text):
            raise AddressError("it holds more than one address; put each on a line of its own")
        raise AddressError(f"it has {count} @ signs")
    if re.search(r"\s", text) and not text.startswith('"'):
        raise AddressError("there is a space in it")
    local, _, _ = text.rpartition("@")
    if len(local) > LONGEST_LOCAL_PART:
        raise AddressError(
            f"the part before the @ has {len(local)} characters, and the mail standard allows {LONGEST_LOCAL_PART}"
        )


def _sentence(words: str) -> str:
    """Fit email-validator's sentence into ours: no leading "The email address", no final full stop."""
    words = re.sub(r"^(The|An) email address (is not valid\. )?", "an address ", words).rstrip(".")
    return words[0].lower() + words[1:] if words else "it is not an address"


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        return domain


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
