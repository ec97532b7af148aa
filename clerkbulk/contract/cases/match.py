"""What may be expected of a place in an answer: a value, or one of the matchers here. Pure.

A Path names a place: keys and positions with slashes between them, ``data/0/status``; ``""`` is the whole answer. A
part in square brackets picks the item of a list whose address is the one in it, ``[{ada}]/status``: the order of
results is documented nowhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from clerkbulk.contract.address import address_key

Path = str
DAY: Final = 86_400_000
"""Milliseconds."""


class Missing:
    """Stands where nothing stands."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an answer as a matcher sees it: the value there, what is around it, and the time of the answer."""

    value: Any
    around: Any
    """The object the value stands in, for those that compare with a neighbour."""
    time: int
    """The answer's Date, milliseconds since 1970."""
    names: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer, their names in lower case."""


class Matcher(Protocol):
    """Says what is wrong with a place; None for nothing."""

    def fault(self, place: Place) -> str | None:
        """Return what is wrong, after "it": ``is 3, not 4``."""


@dataclass(frozen=True, slots=True)
class Is:
    """The very value; texts in it may hold names."""

    value: Any

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        wanted = filled(self.value, place.names)
        # In Python 1 is True and 1.0, wherever it stands.
        if type(wanted) is type(place.value) and _as_text(wanted) == _as_text(place.value):
            return None
        return f"is {shown(place.value)}, not {shown(wanted)}"


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing stands there: the key is left out."""

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        return None if place.value is MISSING else f"is {shown(place.value)}, and should be left out"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values; None among them is null, MISSING a key left out."""

    values: tuple[Any, ...]

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        faults = [Is(value).fault(place) if value is not MISSING else Absent().fault(place) for value in self.values]
        listed = " or ".join(shown(filled(value, place.names)) for value in self.values)
        return None if None in faults else f"is {shown(place.value)}, not {listed}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a pattern matches whole."""

    pattern: str

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        if isinstance(place.value, str) and re.fullmatch(self.pattern, place.value):
            return None
        return f"is {shown(place.value)}, not a text like {self.pattern}"


@dataclass(frozen=True, slots=True)
class Now:
    """The time of the answer in milliseconds, give or take some seconds for clocks."""

    within: int = 60

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        if type(place.value) is int and abs(place.value - place.time) <= self.within * 1000:
            return None
        return f"is {shown(place.value)}, not the time of the answer in milliseconds ({place.time})"


@dataclass(frozen=True, slots=True)
class After:
    """So many milliseconds after the time under a neighbouring key, give or take some seconds."""

    key: str
    milliseconds: int
    within: int = 5

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        start = place.around.get(self.key, MISSING) if isinstance(place.around, dict) else MISSING
        if type(place.value) is int and type(start) is int:
            if abs(place.value - start - self.milliseconds) <= self.within * 1000:
                return None
            return f"is {place.value - start} ms after {self.key}, not {self.milliseconds}"
        return f"is {shown(place.value)}, and {self.key} is {shown(start)}: both should be times in milliseconds"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A whole number that is no smaller."""

    number: int

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        given = place.value
        if isinstance(given, str) and given.isascii() and given.isdigit():
            given = int(given)
        if type(given) is int and given >= self.number:
            return None
        return f"is {shown(place.value)}, not a whole number from {self.number}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """A list whose items are to these addresses, as often as they are named, in any order (or in this one)."""

    addresses: tuple[str, ...]
    in_order: bool = False

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        if not isinstance(place.value, list):
            return f"is {shown(place.value)}, not a list"
        wanted = [address_key(filled(address, place.names)) for address in self.addresses]
        given = [address_key(str(item.get("email_address"))) for item in place.value if isinstance(item, dict)]
        if given == wanted if self.in_order else Counter(given) == Counter(wanted):
            return None
        return f"lists {', '.join(given) or 'nobody'}, not {', '.join(wanted) or 'nobody'}"


@dataclass(frozen=True, slots=True)
class Includes:
    """A list of texts, or of items with addresses, that has at least these; or a text that contains them."""

    texts: tuple[str, ...]

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        wanted = [filled(text, place.names) for text in self.texts]
        if isinstance(place.value, str):
            missing = [text for text in wanted if text not in place.value]
        elif isinstance(place.value, list):
            given = {str(one.get("email_address")) if isinstance(one, dict) else str(one) for one in place.value}
            missing = [text for text in wanted if text not in given]
        else:
            return f"is {shown(place.value)}, neither a list nor a text"
        return f"is without {', '.join(missing)}" if missing else None


@dataclass(frozen=True, slots=True)
class InOrder:
    """A list whose items to these addresses come in this order, each of them once, whatever stands between them."""

    addresses: tuple[str, ...]

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        if not isinstance(place.value, list):
            return f"is {shown(place.value)}, not a list"
        wanted = [address_key(filled(address, place.names)) for address in self.addresses]
        given = [key for key in map(_key_of, place.value) if key in wanted]
        return None if given == wanted else f"has {', '.join(map(str, given)) or 'nobody'}, not {', '.join(wanted)}"


@dataclass(frozen=True, slots=True)
class SameAsHeader:
    """What a header of the answer holds."""

    header: str

    def fault(self, place: Place) -> str | None:
        """Return what is wrong."""
        given = place.headers.get(self.header.lower())
        if given is not None and given == place.value:
            return None
        return f"is {shown(place.value)}, and the header {self.header} is {shown(MISSING if given is None else given)}"


def as_matcher(value: Any) -> Matcher:
    """Return a matcher as it is, and anything else as the value that must stand there."""
    return value if hasattr(value, "fault") else Is(value)


def find(document: Any, path: Path, names: Mapping[str, str]) -> tuple[Any, Any]:
    """Return what stands at path, or MISSING, and what it stands in."""
    around, value = MISSING, document
    for part in _parts(path):
        around = value
        if part.startswith("["):
            key = address_key(filled(part[1:-1], names))
            found = [one for one in value if _key_of(one) == key] if isinstance(value, list) else []
            value = found[0] if len(found) == 1 else MISSING
        elif isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else MISSING
        elif isinstance(value, Mapping):
            value = value.get(part, MISSING)
        else:
            value = MISSING
    return value, around


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return a JSON document with the names in its texts filled in. Raises KeyError for one that is not known."""
    if isinstance(value, str):
        return value.format_map(names) if "{" in value or "}" in value else value
    if isinstance(value, Mapping):
        return {filled(key, names): filled(inner, names) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [filled(inner, names) for inner in value]
    return value


def shown(value: Any) -> str:
    """Return a value for a sentence, not too long."""
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 100 else f"{text[:98]}…{text[-1]}"


def _as_text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def _parts(path: Path) -> list[str]:
    # A slash inside of brackets belongs to an address.
    return re.findall(r"\[[^\]]*\]|[^/]+", path)


def _key_of(item: Any) -> str | None:
    address = item.get("email_address") if isinstance(item, Mapping) else None
    return address_key(address) if isinstance(address, str) else None
