"""Origin: where the bytes of a source are, and what kind of bytes they turn out to be."""

from __future__ import annotations

import difflib
import io
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Literal

from clerkbulk.errors import InputError

Kind = Literal["workbook", "parquet", "text"]

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "text",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xlsb": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
"""What a file's name promises. The content has the last word."""

_HEAD = 4096

_SAVE = "open it in a spreadsheet and save it as .xlsx or CSV"
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "ask for the table it was printed from, as .xlsx or CSV"),
    (b"\x89PNG", "an image (PNG)", "ask for the table itself, as .xlsx or CSV"),
    (b"\xff\xd8\xff", "an image (JPEG)", "ask for the table itself, as .xlsx or CSV"),
    (b"GIF8", "an image (GIF)", "ask for the table itself, as .xlsx or CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"(\xb5/\xfd", "a Zstandard archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV first"),
    (b"ARROW1", "an Arrow (Feather) file", "read it with pandas.read_feather and hand over the frame"),
    (b"FEA1", "a Feather file", "read it with pandas.read_feather and hand over the frame"),
    (b"Obj\x01", "an Avro file", "convert it to Parquet or CSV first"),
    (b"ORC", "an ORC file", "convert it to Parquet or CSV first"),
    (b"{\\rtf", "a rich text document", "copy the table into a spreadsheet and save it as .xlsx or CSV"),
    (b"BEGIN:VCARD", "a vCard file of contacts", "import it into an address book and export it as CSV"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|table|\?xml|head|meta|style)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """A source that can be opened again and again: a file on disk, or bytes held in memory.

    suffix is the file's ending in lower case with its dot ("" where there is none). typed says that the bytes are
    text that was already decoded once (pasted, or read from a text stream) and holds nothing to guess.
    """

    name: str
    suffix: str = ""
    path: Path | None = None
    data: bytes = b""
    typed: bool = False

    def open(self) -> BinaryIO:
        """Open the bytes from their beginning. Raises InputError where the file cannot be opened."""
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise InputError(f"{self.name} cannot be opened: {error.strerror or error}.") from error

    def head(self) -> bytes:
        """Return the first bytes, enough to see what they are."""
        with self.open() as stream:
            return stream.read(_HEAD)

    def kind(self) -> Kind:
        """Say what the bytes are, by their content. Raises InputError for what is no table, saying what it is."""
        head = self.head()
        if not head.strip(b"\xef\xbb\xbf \t\r\n"):
            raise InputError(f"{self.name} is empty: there is nobody in it.")
        if head.startswith(b"PAR1"):
            return "parquet"
        if head.startswith(b"PK\x03\x04"):
            self._refuse_other_archives()
            return "workbook"
        if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            return "workbook"
        for magic, what, cure in _FOREIGN:
            if head.startswith(magic):
                raise InputError(f"{self.name} is {what}, not a table of people: {cure}.")
        if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
            promised = f", whatever its ending {self.suffix} says" if self.suffix in SUFFIXES else ""
            raise InputError(f"{self.name} is a web page or XML document{promised}: {_SAVE}.")
        return "text"

    def _refuse_other_archives(self) -> None:
        try:
            with self.open() as stream, zipfile.ZipFile(stream) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError) as error:
            raise InputError(
                f"{self.name} begins like a workbook or zip archive but is damaged or cut short: fetch it again."
            ) from error
        if any(name.startswith("xl/") for name in names) or {"content.xml", "mimetype"} <= set(names):
            return
        if any(name.startswith("word/") for name in names):
            raise InputError(f"{self.name} is a Word document: copy its table into a spreadsheet and save that.")
        inside = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        raise InputError(f"{self.name} is a zip archive holding {inside or 'nothing'}: unpack it first.")


def from_path(path: str | os.PathLike[str]) -> Origin:
    """Find the file. Raises InputError, naming files alike, where there is none.

    A pipe or device is read into memory, since it can be read only once.
    """
    place = Path(path)
    if place.is_dir():
        raise InputError(f"{place} is a folder: name one file in it.")
    try:
        place.stat()
    except OSError as error:
        raise InputError(_missing(place)) from error
    if not place.is_file():
        with place.open("rb") as stream:
            return Origin(name=str(place), suffix=place.suffix.lower(), data=stream.read())
    return Origin(name=place.name, suffix=place.suffix.lower(), path=place)


def from_bytes(data: bytes, name: str = "bytes handed in") -> Origin:
    """Hold bytes that came from somewhere else, such as an upload."""
    return Origin(name=name, suffix=Path(name).suffix.lower(), data=data)


def from_text(text: str, name: str = "pasted text") -> Origin:
    """Hold text that was decoded already."""
    return Origin(name=name, data=text.encode("utf-8", "surrogatepass"), typed=True)


def from_stream(stream: IO[bytes] | IO[str]) -> Origin:
    """Read an open file to its end. Of a text stream over bytes the bytes are taken, so that they can be judged."""
    raw = getattr(stream, "buffer", stream)
    label = getattr(raw, "name", None)
    if label in (0, "<stdin>"):
        name = "standard input"
    else:
        name = Path(label).name if isinstance(label, str) else "an open file"
    content = raw.read()
    if isinstance(content, str):
        return from_text(content, name)
    return from_bytes(bytes(content), name)


def _missing(place: Path) -> str:
    folder = place.parent
    here = "this folder" if folder == Path() else str(folder)
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return f"{place} does not exist, and neither does its folder {folder}: check the path."
    lower = {name.lower(): name for name in reversed(names)}
    alike = [lower[name] for name in difflib.get_close_matches(place.name.lower(), lower, n=3, cutoff=0.5)]
    alike += [name for name in names if Path(name).stem.lower() == place.stem.lower() and name not in alike]
    readable = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
    if alike:
        return f"{place} does not exist. Did you mean {' or '.join(alike[:5])}?"
    if readable:
        return f"{place} does not exist. Files of people in {here}: {', '.join(readable[:5])}."
    return f"{place} does not exist, and {here} holds no file that could be a table of people."
