"""How a header is read.

A header is compared without case, blanks, underscores, hyphens, accents and invisible marks. Nothing here looks at
cells; that a header *may* mean a parameter is all this file says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import IntEnum, StrEnum
from typing import Final

from pydantic.alias_generators import to_camel

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.people import synonyms
from clerkbulk.people.synonyms import FOREMOST_ADDRESS, SYNONYMS


class Confidence(StrEnum):
    """Why a column feeds a parameter, the surest first."""

    GIVEN = "given"
    """The user said so."""
    EXACT = "exact"
    """The header is the parameter's own name, in either spelling."""
    SYNONYM = "synonym"
    """The header is a word people use for it."""
    TYPO = "typo"
    """The header is nearly one of those words."""
    CONTENT = "content"
    """No header fits, but the cells hold addresses."""


PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    item.kind: item.parameters() for item in (Invitation, OrganizationInvitation)
}
"""The wire names of the documented parameters, by the kind of target."""
EVERY_PARAMETER: Final = tuple(dict.fromkeys(name for names in PARAMETERS.values() for name in names))
METADATA_PARAMETERS: Final = ("public_metadata", "private_metadata")

# Letters that no decomposition takes apart.
_PLAIN_LETTERS: Final = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "\u0131": "i"})


def fold(text: str) -> str:
    """Return what is left of a header when case, blanks, punctuation, accents and invisible marks are ignored."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN_LETTERS)).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def words(header: str) -> list[str]:
    """Split a header into folded words: at blanks, punctuation the humps of camelCase, and before numbers."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])", " ", header.translate(_PLAIN_LETTERS))
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return [folded for word in re.split(r"[\W_]+", bare) if (folded := fold(word))]


def own_name(header: str) -> str | None:
    """Return the parameter whose own name, in either spelling and letter by letter, this header is."""
    return _OWN_NAMES.get(header.strip(PADDING))


def parameter_meant(header: str) -> str | None:
    """Return the parameter this header is a known word for (its own name in another case, or a synonym)."""
    return _SYNONYMS_FOLDED.get(fold(header))


def parameter_misspelled(header: str) -> str | None:
    """Return the parameter whose name or foremost synonym this header misses by a slip or two of the finger."""
    typed = fold(header)
    return next((name for word, name in _FOREMOST.items() if _is_slip(typed, word)), None)


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, or None."""
    by_fold = {fold(name): name for name in known}
    wanted = fold(typed)
    if not wanted:
        return None
    begins = [name for folded, name in by_fold.items() if folded.startswith(wanted)]
    close = get_close_matches(wanted, by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else next(iter(begins), None)


class AddressHeader(IntEnum):
    """How well a header names the column of the people's addresses; the best is the lowest."""

    OWN_NAME = 0
    PLAIN = 1
    WORK = 2
    MISSPELLED = 3
    OTHER = 4
    SECOND = 5
    PRIVATE = 6
    SOMEBODY_ELSE = 7
    """The manager's, the inviter's ...: never guessed, since inviting the wrong people cannot be undone."""


def address_header(header: str) -> AddressHeader | None:
    """Read a header as the name of a column of addresses; None if it is no such name."""
    if own_name(header) == "email_address":
        return AddressHeader.OWN_NAME
    if parameter_meant(header) == "email_address":
        return AddressHeader.PLAIN
    qualifiers = _address_qualifiers(words(header))
    if qualifiers is None:
        return AddressHeader.MISSPELLED if parameter_misspelled(header) == "email_address" else None
    return _judged(qualifiers)


def is_about_somebody_else(header: str) -> bool:
    """Whether a header speaks of a manager, an inviter, a parent: somebody beside the person of the line."""
    return any(_is_about_somebody_else(word) for word in words(header))


def _judged(qualifiers: list[str]) -> AddressHeader | None:
    if any(_is_about_somebody_else(word) for word in qualifiers):
        return AddressHeader.SOMEBODY_ELSE
    if any(word in synonyms.ABOUT_MAIL for word in qualifiers):
        return None
    if any(word in synonyms.SECOND or (word.isdecimal() and int(word) > 1) for word in qualifiers):
        return AddressHeader.SECOND
    if any(word.startswith(synonyms.PRIVATE_STEMS) for word in qualifiers):
        return AddressHeader.PRIVATE
    if any(word in synonyms.WORK or word.startswith(synonyms.WORK_STEMS) for word in qualifiers):
        return AddressHeader.WORK
    return AddressHeader.PLAIN if all(word in synonyms.FIRST for word in qualifiers) else AddressHeader.OTHER


def _is_about_somebody_else(word: str) -> bool:
    return word in synonyms.SOMEBODY_ELSE or word.startswith(synonyms.SOMEBODY_ELSE_STEMS)


def _address_qualifiers(spoken: list[str]) -> list[str] | None:
    """Return the words beside the word for e-mail, what a compound puts before it included; None without one."""
    text = _TWO_WORDS.sub("email", " ".join(spoken))
    qualifiers: list[str] = []
    found = False
    for word in text.split():
        if compound := _COMPOUND.fullmatch(word):
            found = True
            qualifiers += [compound[1]] if compound[1] else []
        elif word not in synonyms.NOTHING:
            qualifiers.append(word)
    return qualifiers if found else None


def _is_slip(typed: str, word: str) -> bool:
    """One slip (a letter too many, too few, another, or two swapped) in five letters or more, two in nine or more."""
    if len(word) < 5 or typed == word:
        return False
    allowed = 2 if len(word) > 8 else 1
    if abs(len(typed) - len(word)) > allowed:
        return False
    before_last: list[int] = []
    last = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, wanted in enumerate(word, 1):
            steps = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == wanted:
                steps = min(steps, before_last[j - 2] + 1)
            row.append(steps)
        before_last, last = last, row
    return last[-1] <= allowed


_OWN_NAMES: Final = {name: wire for wire in EVERY_PARAMETER for name in (wire, to_camel(wire))}
_SYNONYMS_FOLDED: Final = {fold(name): wire for name, wire in _OWN_NAMES.items()} | {
    fold(word): wire for wire, phrases in SYNONYMS.items() for word in phrases
}
_FOREMOST: Final = {
    **{fold(word): "email_address" for word in FOREMOST_ADDRESS},
    **{fold(name): wire for name, wire in _OWN_NAMES.items()},
}

# Two words that together say e-mail, and the endings and openings a compound has around it.
_TWO_WORDS: Final = re.compile(
    r"\be (?:e?mails?|post|posta|poczta)\b|\b(?:adresse|courrier|correo|correio|posta|poczta) "
    r"[eé]le[ck]?t+r?r[oó]?n\w+\b"
)
_COMPOUND: Final = re.compile(
    r"(.*?)(?:e?mail|courriel|correo|correio|epost|eposta|sahkoposti|mejl)"
    r"(?:s|adressen?|address|addresses|adress|adres|adresa|ova|osoite|id)?"
)
