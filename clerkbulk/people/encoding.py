"""Which encoding a text is in: decided over all of its bytes before the first line is believed.

A wrong guess turns Müller into MÃ¼ller and sends it out, so nothing is guessed from a sample: a mark at the beginning,
else UTF-8 to the last byte, else the pattern of UTF-16, else Windows-1252 with a note. Text that is mostly UTF-8 but
not quite is refused with the place, because then two encodings were mixed and only its owner knows how.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from clerkbulk.errors import InputError
from clerkbulk.people.origin import Origin

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),  # before UTF-16, whose mark is how this one begins
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
_GUARDED = re.compile(rb"'['=+\-@\t\r\n\xef]")
"""An apostrophe that may be a guard (see guard.py): a superset is enough, it only chooses the slower path."""


@dataclass(frozen=True, slots=True)
class Text:
    """An origin whose encoding is known to fit every byte of it."""

    origin: Origin
    codec: str
    encoding: str
    """The encoding as shown to people."""
    notes: tuple[str, ...] = ()
    holds_nul: bool = False
    may_hold_guards: bool = False

    @property
    def name(self) -> str:
        """The name of the origin."""
        return self.origin.name

    def open(self) -> TextIO:
        """Open the text from its beginning, line ends untouched."""
        errors = "surrogatepass" if self.origin.typed else "strict"
        return io.TextIOWrapper(self.origin.open(), encoding=self.codec, errors=errors, newline="")


def decoded(origin: Origin, encoding: str | None = None) -> Text:
    """Find the encoding of an origin, or hold it to the one that was named.

    Raises InputError where the bytes do not fit, naming the line and the byte, and where they are no text at all.
    """
    head = origin.head()
    if origin.typed:
        codec, shown = "utf-8-sig", "utf-8"
    elif encoding is not None:
        codec, shown = _named(encoding, head)
    else:
        codec, shown = _marked(head)
    nul, guards, bad = _survey(origin, codec)
    notes: tuple[str, ...] = ()
    if bad is not None and encoding is not None:
        raise InputError(
            f"{origin.name} is not {encoding}: {_place(origin, bad)} does not fit. Leave out encoding= "
            f"(--encoding) to have it found, or name another one."
        )
    if bad is not None and codec != "utf-8":
        raise InputError(f"{origin.name} begins like {shown}, but {_place(origin, bad)} does not fit: fetch it again.")
    if bad is not None:
        codec, shown, notes = _eight_bit(origin, bad)
        nul, guards, undefined = _survey(origin, codec)
        if undefined is not None:
            raise InputError(
                f"{origin.name} is neither UTF-8 nor Windows-1252: {_place(origin, undefined)} exists in neither. "
                f"Name its encoding with encoding= (--encoding), for instance mac_roman, cp850 or shift_jis."
            )
    if nul and not _wide(codec):
        _refuse_binary(origin, head)
    return Text(origin, codec, shown, notes, holds_nul=nul, may_hold_guards=guards or _wide(codec))


def _named(encoding: str, head: bytes) -> tuple[str, str]:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise InputError(f"There is no text encoding called {encoding!r}; try utf-8, utf-16 or cp1252.") from error
    if name == "utf-8" and head.startswith(codecs.BOM_UTF8):
        name = "utf-8-sig"
    return name, encoding


def _marked(head: bytes) -> tuple[str, str]:
    for mark, codec, shown in _MARKS:
        if head.startswith(mark):
            return codec, shown
    half = len(head) // 2
    if half >= 2:
        # Text in a Latin script has a NUL in nearly every other place, on one side only.
        even, odd = head[: half * 2 : 2].count(0), head[1 : half * 2 : 2].count(0)
        if odd > 0.6 * half and even < 0.1 * half:
            return "utf-16-le", "utf-16-le without BOM"
        if even > 0.6 * half and odd < 0.1 * half:
            return "utf-16-be", "utf-16-be without BOM"
    return "utf-8", "utf-8"


def _wide(codec: str) -> bool:
    return codec.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))


def _blocks(origin: Origin) -> Iterator[bytes]:
    with origin.open() as stream:
        while block := stream.read(_BLOCK):
            yield block


def _survey(origin: Origin, codec: str) -> tuple[bool, bool, int | None]:
    """Go over all bytes once: is there a NUL, may there be guards, and where is the first byte that does not fit."""
    errors = "surrogatepass" if origin.typed else "strict"
    decoder = codecs.getincrementaldecoder(codec)(errors)
    ascii_alike = not _wide(codec) and "7" not in codec and "hz" not in codec and "2022" not in codec
    nul = guards = False
    start = 0
    last = b""
    for block in _blocks(origin):
        pending = decoder.getstate()[0]
        nul = nul or b"\0" in block
        guards = guards or _GUARDED.search(block) is not None or _GUARDED.match(last + block[:1]) is not None
        last = block[-1:]
        if pending or start == 0 or not ascii_alike or not block.isascii():
            try:
                decoder.decode(block)
            except UnicodeError as error:
                return nul, guards, start - len(pending) + getattr(error, "start", 0)
        start += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return nul, guards, start - len(decoder.getstate()[0])
    return nul, guards, None


def _eight_bit(origin: Origin, bad: int) -> tuple[str, str, tuple[str, ...]]:
    """Take Windows-1252 for a text that is no UTF-8, unless most of it is."""
    good, wrong = _tally(origin)
    # Pairs that happen to be UTF-8 turn up in Windows-1252 by chance, but rarely; one in ten is no chance.
    if good * 10 >= wrong:
        raise InputError(
            f"{origin.name} is UTF-8 in {good} {'place' if good == 1 else 'places'} and something else in {wrong}: the "
            f"first is {_place(origin, bad)}. Two encodings were mixed; repair the file, or name one with encoding= "
            f"(--encoding): cp1252 reads every byte, and shows the UTF-8 places as Ã¼ and the like."
        )
    line, word = _example(origin, bad)
    note = (
        f"Read as Windows-1252 (cp1252), since it is not UTF-8: line {line} has {word!r}. If that looks wrong, name "
        f"the encoding with encoding= (--encoding)."
    )
    return "cp1252", "cp1252", (note,)


def _tally(origin: Origin) -> tuple[int, int]:
    """Count the characters beyond ASCII that are UTF-8, and the bytes that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = wrong = 0
    for block in (*_blocks(origin), b""):
        text = decoder.decode(block, final=not block)
        if text.isascii():
            continue
        beyond = sum(1 for sign in text if sign > "\x7f")
        escaped = sum(1 for sign in text if "\udc80" <= sign <= "\udcff")
        good += beyond - escaped
        wrong += escaped
    return good, wrong


def _line_of(origin: Origin, offset: int) -> tuple[int, bytes]:
    """Count lines up to an offset; also return the bytes of that line up to 200 places around it."""
    seen = 0
    breaks = 0
    around = b""
    tail = b""
    for block in _blocks(origin):
        take = block[: max(0, offset - seen)]
        breaks += take.count(b"\n") or take.count(b"\r")
        if seen <= offset < seen + len(block):
            around = (tail + block)[: len(tail) + offset - seen + 100]
            at = len(tail) + offset - seen
            around = re.split(rb"[\r\n]", around[:at])[-1][-100:] + re.split(rb"[\r\n]", around[at:])[0]
            break
        seen += len(block)
        tail = block[-100:]
    return breaks + 1, around


def _place(origin: Origin, offset: int) -> str:
    with origin.open() as stream:
        stream.seek(offset)
        byte = stream.read(1)
    line, around = _line_of(origin, offset)
    shown = around.decode("utf-8", "backslashreplace").strip()
    what = f"byte 0x{byte[0]:02X}" if byte else "the end"
    return f"{what} in line {line} ({shown!r})"


def _example(origin: Origin, offset: int) -> tuple[int, str]:
    line, around = _line_of(origin, offset)
    words = re.split(r"[\s,;|\"]+", around.decode("cp1252", "backslashreplace"))
    return line, next((word for word in words if not word.isascii()), "")


def _refuse_binary(origin: Origin, head: bytes) -> None:
    """Tell a text with a stray NUL from bytes that never were text."""
    control = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\f\v\x1c\x1d\x1e\x1f\x01\x02\x03")
    if control > 0.1 * len(head):
        raise InputError(
            f"{origin.name} is not text and not a kind of file that can be read: save it as .xlsx, CSV, Parquet or "
            f"JSONL."
        )
