"""Pasted text: addresses as people copy them out of mails, chats and address books."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clerkbulk.people import header
from clerkbulk.people.column_names import address_header
from clerkbulk.people.encoding import Text
from clerkbulk.people.records import ADDRESSES
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Source

_PART = re.compile(
    r"""
      "(?:[^"\\]|\\.)*"     # a name in quotation marks, with whatever it holds
    | <[^<>]*>              # an address in angle brackets
    | [,;\t]                # what sets people apart
    | [^",;\t<]+ | ["<]
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*\.?")  # noqa: RUF001 - the apostrophe people have in names
_WORD = re.compile(r"[^\W\d_][\w-]*:?")
_ONLY_NAME = re.compile(r"\s*e-?mail(?:s|[ _-]?address(?:es)?)?\s*:?\s*|\s*addresses\s*:?\s*", re.IGNORECASE)


def is_list_of_addresses(sample: Sequence[Sequence[str]]) -> bool:
    """Say whether records, as a table would have them, are really addresses side by side.

    A table has its addresses below one another, with a header above them or always in the same of several places.
    """
    filled = [record for record in sample if not all(map(header.is_blank, record))]
    if max(map(len, filled), default=0) < 2:
        return not _has_name_on_top([record[0] for record in filled])
    if len(filled) < 2:
        return any("@" in cell for record in filled for cell in record)  # else it is a header with nobody below it
    places = [[at for at, cell in enumerate(record) if header.is_address(cell)] for record in filled]
    several = sum(1 for here in places if len(here) > 1)
    same_width = len({len(record) for record in filled}) == 1
    if header.find(sample) is not None and filled[0] and several * 2 < len(filled):
        return False
    below_one_another = bool(places[0]) and all(here == places[0] and len(here) == 1 for here in places)
    return not (same_width and below_one_another)


def _has_name_on_top(cells: Sequence[str]) -> bool:
    """Say whether the lines of a text are one column: its name, then addresses, one a line."""
    if not cells or "@" in cells[0] or any(cell.count("@") > 1 for cell in cells):
        return False
    if address_header(cells[0]) is not None:
        return True
    below = ["@" in cell for cell in cells[1:]]
    return _WORD.fullmatch(cells[0].strip()) is not None and below[:1] == [True] and sum(below) * 2 > len(below)


def holds_only_addresses(sample: Sequence[Sequence[str]]) -> bool:
    """Say whether every cell is an address, several to a line: that is a list, whatever the file's name."""
    filled = [[cell for cell in record if not header.is_blank(cell)] for record in sample]
    return any(len(cells) > 1 for cells in filled) and all(
        header.is_address(cell) for cells in filled for cell in cells
    )


def scan_pasted(text: Text) -> Scan:
    """Read one person from every piece of the text, also from pieces that hold no address, so that nobody is lost.

    Pieces are set apart by line ends, commas, semicolons and tabs, and by spaces between bare addresses; a comma inside
    quotation marks or in ``Byron, Ann <ann@example.com>`` sets nothing apart. The cell is the piece as typed. The line
    is that of the text; where one holds several people they are numbered in their order, since no two rows may share a
    line. A first line such as "E-mail" is the column's name.
    """
    title, name, several = _looked_over(text)

    def walk(found: Findings) -> Iterator[Chunk]:
        count = 0
        with text.open() as stream:
            for number, line in enumerate(stream, start=1):
                if number == title:
                    continue
                pieces = people_in(line)
                found.blank += not line.strip()
                lines = [count + at for at in range(1, len(pieces) + 1)] if several else [number] * len(pieces)
                count += len(pieces)
                if pieces:
                    yield Chunk(lines, [[piece] for piece in pieces])

    how = "several stand in one line, so they are numbered in their order" if several else "one a line"
    source = Source(
        name=text.name,
        kind="text",
        encoding=None if text.origin.typed else text.encoding,
        header_line=title,
        notes=(*text.notes, f"Read as a list of addresses: {how}."),
    )
    return Scan((name,), source, walk)


def _looked_over(text: Text) -> tuple[int | None, str, bool]:
    """Return the line that only names what follows, if there is one, the column's name, and if a line holds several."""
    title: int | None = None
    name = ADDRESSES
    first, several = True, False
    with text.open() as stream:
        for number, line in enumerate(stream, start=1):
            if first and line.strip():
                if _ONLY_NAME.fullmatch(header.clean_name(line)):
                    title, name = number, header.clean_name(line)
                first = False
            several = several or len(people_in(line)) > 1
    return title, name, several


def people_in(line: str) -> list[str]:
    """Split one line of pasted text into people, each as typed."""
    pieces: list[str] = []
    part = ""
    for match in _PART.finditer(line.strip("\ufeff \t\r\n")):
        sign = match.group()
        if sign in (",", ";", "\t"):
            pieces.append(part + sign)
            part = ""
        else:
            part += sign
            # "Ada <ada@example.com> Bob <bob@example.com>": what follows a bracket is the next person.
            if sign.startswith("<") and "@" in sign:
                pieces.append(part + " ")
                part = ""
    pieces.append(part + " ")
    return [person for piece in _with_their_names(pieces) for person in _bare(piece)]


def _with_their_names(pieces: list[str]) -> Iterator[str]:
    """Join ``Byron,`` and ``Ann <ann@example.com>``; the last character of each piece is what ended it."""
    held = ""
    for piece in pieces:
        body, end = piece[:-1], piece[-1]
        if held and "<" in body and "@" in body and '"' not in body and body.strip()[0] != "<":
            yield held + body
            held = ""
            continue
        if held:
            yield held[:-1]
            held = ""
        if end == "," and _NAME.fullmatch(body.strip()):
            held = piece
        else:
            yield body
    if held:
        yield held[:-1]


def _bare(piece: str) -> list[str]:
    piece = piece.strip()
    words = piece.split()
    if len(words) > 1 and all("@" in word and "<" not in word and '"' not in word for word in words):
        return words
    return [piece] if piece else []
