"""From a cell as typed to the value of a parameter.

People type ``ja``, ``30.0`` and text with blanks around it; Clerk takes ``true``, ``30`` and text. What can be read in
one way only is read; everything else is a CellError whose sentence a colleague can act on. Whether a value is *allowed*
(is it an address, are there 1 to 365 days) is the contract's question, not asked here.
"""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.fault import shown
from clerkbulk.errors import InputError
from clerkbulk.people.table import Cell

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What JSON can hold."""


class Absent(Enum):
    """The one value that says: the cell is empty, so the parameter is not given."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class CellError(InputError):
    """A cell that cannot be read as what its parameter needs; suggestion is the cell as it probably should be."""

    def __init__(self, sentence: str, suggestion: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestion = suggestion


class Kind(StrEnum):
    """What a parameter takes."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    OBJECT = "object"


KINDS: Final[Mapping[str, Kind]] = {
    "email_address": Kind.TEXT,
    "role": Kind.TEXT,
    "inviter_user_id": Kind.TEXT,
    "public_metadata": Kind.OBJECT,
    "private_metadata": Kind.OBJECT,
    "redirect_url": Kind.TEXT,
    "notify": Kind.BOOLEAN,
    "ignore_existing": Kind.BOOLEAN,
    "expires_in_days": Kind.INTEGER,
    "template_slug": Kind.TEXT,
}
"""Every documented parameter of both bulk calls by its wire name (clerk-contract 1.2 and 1.3)."""

# By language. `o` (oui, or a zero), `-` and a crossed box can be read both ways and are left out on purpose.
_YES: Final = frozenset(
    word
    for words in (
        ("true", "t", "yes", "y", "on", "1", "1.0", "x", "✓", "✔", "☑", "✅"),
        ("ja", "j", "wahr", "waar", "sant", "sand"),  # German, Dutch, the Nordic languages
        ("oui", "vrai", "si", "sí", "sì", "s", "verdadero", "vero", "sim", "verdadeiro", "da"),
        ("tak", "prawda", "ano", "да", "kyllä", "tosi", "igen", "evet"),
    )
    for word in words
)
_NO: Final = frozenset(
    word
    for words in (
        ("false", "f", "no", "n", "off", "0", "0.0", "☐", "✗", "✘", "❌"),
        ("nein", "falsch", "nee", "onwaar", "nej", "nei", "falskt", "falsk"),
        ("non", "faux", "falso", "não", "nao"),
        ("nie", "fałsz", "ne", "нет", "ei", "nem", "hay\u0131r", "hayir"),
    )
    for word in words
)

# One or two zeros after the point: three may be thousands.
_WHOLE: Final = re.compile(r"([+-]?[0-9]{1,18})(?:\.00?)?")
_DAYS: Final = re.compile(
    r"([0-9]{1,18})(?:[.,]00?)?\s*(?:d|days?|tage?n?|jours?|d[ií]as?|giorn[oi]|dagen|dag|dagar|dni|dzień|päivää)?\.?",
    re.IGNORECASE | re.ASCII,
)
_CURLY: Final = str.maketrans("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b", '"' * 6 + "'" * 4)
_EXAMPLE: Final = '{"team": "core"}'
DEEPEST: Final = 100
"""Levels of nesting in metadata; ours, so that no stack decides whether a row is readable."""
# Above this a number with a fraction part of zero may not be the whole number that was meant.
_EXACT_WHOLE: Final = 2**53
# Above this readers that know floating-point numbers only, JavaScript's among them, see infinity.
_LARGEST_BITS: Final = 1023


def convert(parameter: str, cell: Cell) -> Json | Absent:
    """Read a cell as the value of a parameter (its wire name); ABSENT for an empty cell.

    Raises CellError for a cell that cannot be read as what the parameter takes.
    """
    plain = _unwrapped(cell)
    if _is_empty(plain):
        return ABSENT
    return _READERS[KINDS[parameter]](plain)


def metadata_value(cell: Cell) -> Json | Absent:
    """Read a cell as the value of one metadata key; ABSENT for an empty cell.

    Text stays text (``00042`` is "00042"), typed cells keep their JSON type, dates become ISO 8601 text. A whole number
    that a workbook or frame stored as 42.0 is 42: JSON has one kind of number, and Clerk's own SDK writes it so. Raises
    CellError for what JSON cannot hold.
    """
    plain = _unwrapped(cell)
    if _is_empty(plain):
        return ABSENT
    return _json_of(plain)


def _is_empty(plain: Cell) -> bool:
    return plain is None or (isinstance(plain, str) and not plain)


def _unwrapped(cell: Cell) -> Cell:
    """Trim text and take numpy's scalars and arrays out of their wrapping, without importing numpy."""
    if isinstance(cell, str):
        return cell.strip(PADDING)
    if not (hasattr(cell, "dtype") and hasattr(cell, "tolist")):
        return cell
    # In nanoseconds numpy hands out a bare integer where a moment is meant; in microseconds it hands out a datetime.
    in_python = cell.astype("datetime64[us]") if getattr(cell.dtype, "kind", "") == "M" else cell
    listed = in_python.tolist()
    return listed.strip(PADDING) if isinstance(listed, str) else listed


def _boolean(cell: Cell) -> Json:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float | Decimal) and _whole(cell) in (0, 1):
        return bool(cell)
    if isinstance(cell, str):
        word = unicodedata.normalize("NFC", cell.casefold())
        if word in _YES or word in _NO:
            return word in _YES
    raise CellError(f"{shown(cell)} is neither yes nor no: write yes or no.")


def _integer(cell: Cell) -> Json:
    if isinstance(cell, bool):
        raise CellError(f"{shown(cell)} is a yes or no, not a whole number: write digits only, such as 30.")
    if isinstance(cell, int):
        return int(cell)
    if isinstance(cell, float | Decimal) and (number := _whole(cell)) is not None:
        return number
    suggestion = None
    if isinstance(cell, str):
        if whole := _WHOLE.fullmatch(cell):
            return int(whole[1])
        if days := _DAYS.fullmatch("".join(map(_ascii_digit, cell))):
            suggestion = str(int(days[1]))
    raise CellError(f"{shown(cell)} is not a whole number: write digits only, such as 30.", suggestion)


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _text(cell: Cell) -> Json:
    if isinstance(cell, str):
        return _writable(cell)
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return str(_number(cell))
    if isinstance(cell, UUID):
        return str(cell)
    raise CellError(f"{shown(cell)} is {_named(cell)}, not text: write it as text.")


def _object(cell: Cell) -> Json:
    value = _parsed(cell) if isinstance(cell, str) else _json_of(cell)
    if isinstance(value, dict):
        return value
    raise CellError(f"{shown(cell)} is {_named(value)}, not an object: write it like {_EXAMPLE}.")


def _strictly_parsed(text: str) -> Json:
    return _json_of(json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant))


def _parsed(text: str) -> Json:
    try:
        return _strictly_parsed(text)
    except CellError:
        raise
    except RecursionError:
        raise CellError(f"{shown(text)} is nested more than {DEEPEST} levels deep: make it flatter.") from None
    except json.JSONDecodeError as error:
        trouble = f"{error.msg} at character {error.pos + 1}"
    except ValueError:
        trouble = "a number in it has too many digits"
    raise _not_json(text, trouble)


def _not_json(text: str, trouble: str) -> CellError:
    if respelled := _respelled_literal(text):
        return CellError(
            f"{shown(text)} is written the Python way; JSON has double quotes, true, false, null.", respelled
        )
    straight = text.translate(_CURLY)
    if straight != text and (mended := straight if _holds_object(straight) else _respelled_literal(straight)):
        return CellError(f"{shown(text)} has curly quotes where JSON needs straight ones.", mended)
    return CellError(f"{shown(text)} is not JSON ({trouble}): write an object like {_EXAMPLE}.")


def _holds_object(text: str) -> bool:
    try:
        return isinstance(_strictly_parsed(text), dict)
    except (ValueError, RecursionError):
        return False


def _respelled_literal(text: str) -> str | None:
    """Return the JSON for what looks like Python's own spelling of an object."""
    try:
        literal = ast.literal_eval(text)
        return json.dumps(_json_of(literal), ensure_ascii=False) if isinstance(literal, dict) else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise CellError(f"The key {shown(key)} stands twice in one object: keep one of them.")
        found[key] = value
    return found


def _no_constant(name: str) -> Json:
    raise CellError(f"{name} is no JSON number: leave it out, or write it as text.")


def _json_of(value: Cell, depth: int = 0) -> Json:
    """Turn any cell, nested ones too, into what JSON can hold. Text inside an object stays exactly as it is."""
    if isinstance(value, str):
        return _writable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if depth > DEEPEST:
        raise CellError(f"The cell is nested more than {DEEPEST} levels deep, or holds itself: make it flatter.")
    if isinstance(value, Mapping):
        if odd := [key for key in value if not isinstance(key, str)]:
            raise CellError(f"The key {shown(odd[0])} is not text: keys of a JSON object are text.")
        return {_writable(key): _json_of(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_of(item, depth + 1) for item in value]
    if isinstance(value, date | time) and value == value:  # pandas' NaT is a date unequal to itself
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    unwrapped = _unwrapped(value)
    if unwrapped is not value:
        return _json_of(unwrapped, depth)
    raise CellError(f"{shown(value)} is {_named(value)}, which JSON cannot hold: leave the cell empty or write text.")


def _number(value: float | Decimal) -> Json:
    if isinstance(value, int):
        if value.bit_length() > _LARGEST_BITS:
            raise CellError(f"{shown(value)} has more digits than JSON's readers keep: write it as text.")
        return int(value)
    if (whole := _whole(value)) is not None:
        return whole
    if isinstance(value, Decimal) and value.is_finite():
        # A JSON number that would round it is no stand-in for it.
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, Decimal) or not math.isfinite(value):
        raise CellError(f"{shown(value)} is no JSON number: leave the cell empty, or write it as text.")
    return float(value)


def _whole(value: float | Decimal) -> int | None:
    if isinstance(value, int):
        return int(value)
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    return int(value) if finite and -_EXACT_WHOLE <= value <= _EXACT_WHOLE and value == int(value) else None


def _writable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CellError(f"{shown(text)} holds half a character (a lone surrogate): type it anew.") from None
    return str(text)


def _named(value: Cell) -> str:
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a yes or no"),
        (str, "text"),
        ((int, float), "a number"),
        (type(None), "null"),
        (Mapping, "an object"),
        ((list, tuple), "a list"),
        ((date, time), "a date or time"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), f"a value of type {type(value).__name__}")


_READERS: Final[Mapping[Kind, Callable[[Cell], Json]]] = {
    Kind.TEXT: _text,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.OBJECT: _object,
}
