"""Write the ugly files of this corpus. Run it after a change here: ``python tests/corpus/make.py``.

What a careful person reads in each of them stands in expected.yaml, written by hand.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import xlsxwriter

FILES = Path(__file__).with_name("files")

TEXTS: dict[str, bytes] = {
    "german-excel.csv": (
        "E-Mail;Vorname;Nachname;Umsatz\r\n"
        "mueller@example.com;Jörg;Müller;1,5\r\n"
        "weiss@example.com;Änne;Weiß;2,25\r\n"
        'gruen@example.com;"Grün; Anna";Grün;0\r\n'
    ).encode("cp1252"),
    "excel-unicode-text.txt": (
        'Email\tName\tTeam\r\nada@example.com\tAda Łovelace\t"Research\tLab"\r\nbob@example.com\t王小明\tOps\r\n'
    ).encode("utf-16"),
    "utf16-without-bom.csv": "email,name\r\nada@example.com,Ada\r\nzoe@example.com,Zoë\r\n".encode("utf-16-le"),
    "titles-above.csv": (
        b"Employee export 2026-10,,\nConfidential,,\n,,\nEmail,First name,Team\nada@example.com,Ada,Research\n"
        b"bob@example.com,Bob,Ops\n"
    ),
    "titles-and-contact.csv": (
        b"Export of the staff list\nQuestions to hr@example.com please\n\nName;Work e-mail;Role\n"
        b"Ada;ada@example.com;org:admin\nBob;bob@example.com;org:member\n"
    ),
    "sep-line.csv": b'sep=;\r\nemail;note\r\nada@example.com;"a, b"\r\nbob@example.com;c\r\n',
    "line-breaks-in-cells.csv": (
        b'email,address,team\r\nada@example.com,"1 Main St\r\nLondon",Research\r\n'
        b'bob@example.com,"2 Side St\nParis\nFrance",Ops\r\ncarl@example.com,here,Ops\r\n'
    ),
    "old-mac.csv": b"email,name\rada@example.com,Ada\rbob@example.com,Bob\r",
    "mixed-line-ends.csv": b"email,name\r\nada@example.com,Ada\nbob@example.com,Bob\rcarl@example.com,Carl",
    "bom-quoted-header.csv": b'\xef\xbb\xbf"email","name"\n"ada@example.com","Ada"\n',
    "trailing-delimiters.csv": b"email,name,\nada@example.com,Ada,\nbob@example.com,Bob,\n",
    "extra-commas-at-the-end.csv": b"email,name\nada@example.com,Ada,,\nbob@example.com,Bob\n",
    "apostrophes.csv": b"email,phone,badge\nada@example.com,'+4915112345,'00042\nbob@example.com,''=1+1,O'Neil\n",
    "invisible-characters.csv": (
        "\u200bEmail\u00a0,\u00a0First name ,Team\ufeff\n"
        "ada@example.com\u200b,\u00a0Ada,Research\nbob@example.com,Bob ,\u00a0\n"
    ).encode(),
    "shouting-header.csv": b"EMAIL ADDRESS , FIRST NAME,DEPT.\nada@example.com,Ada,R&D\n",
    "same-names.csv": b"email,team,,team,Team\nada@example.com,a,b,c,d\n",
    "no-header.csv": b"Ada,ada@example.com,Research\nBob,bob@example.com,Ops\n",
    "bare-addresses.csv": b"ada@example.com\nbob@example.com\n\ncarl@example.com\n",
    "one-column.csv": b"email\nada@example.com\nbob@example.com, carl@example.com\ndora@example.com\n",
    "ragged.csv": (
        b"email,name,team\nada@example.com,Ada,Research\nbob@example.com,Bob\ncarl@example.com,Carl,Ops,extra,more\n"
        b"dora@example.com,Dora,Ops,,\n"
    ),
    "excel-drops-empty-cells.csv": (
        b"email,name,note\n"
        + b"".join(b"p%02d@example.com,P,x\n" % n for n in range(2, 17))
        + b"".join(b"p%02d@example.com,P\n" % n for n in range(17, 33))
        + b"".join(b"p%02d@example.com,P,\n" % n for n in range(33, 36))
        + b"p36@example.com,P\n"
    ),
    "totals-row.csv": b"email,name,seats\nada@example.com,Ada,1\nbob@example.com,Bob,1\nTotal,,2\n",
    "blank-lines.csv": b"\n\nemail,name\n\nada@example.com,Ada\n,\n   ,  \nbob@example.com,Bob\n,\n\n",
    "tabs-in.csv": b"email\tname, title\nada@example.com\tLovelace, Ada\nbob@example.com\tByron, Bob\n",
    "pipes.txt": b"email|name|team\nada@example.com|Ada|R, D\nbob@example.com|Bob|Ops\n",
    "colons.csv": b"login:email:shell\nada:ada@example.com:/bin/sh\nbob:bob@example.com:/bin/sh\n",
    "carets.txt": b"email^name^team\nada@example.com^Ada^R\nbob@example.com^Bob^Ops\n",
    "semicolons-and-names.csv": b"Byron, Ann;ann@example.com\nLovelace, Ada;ada@example.com\n",
    "words-that-are-not-missing.csv": (
        b"email,last_name,badge,score,active,born\nada@example.com,Null,00042,1e5,TRUE,2026-01-02\n"
        b"bob@example.com,NA,007,-0,false,03/04/05\n"
    ),
    "doubled-quotes.csv": b'email,nick,json\nada@example.com,"Ada ""Lady"" L","{""a"": [1, 2]}"\n',
    "backslash-quotes.csv": b'email,nick\nada@example.com,"Ada \\"Lady\\", Countess"\nbob@example.com,Bob\n',
    "space-after-comma.csv": b'email, name, team\nada@example.com, "Lovelace, Ada", R\nbob@example.com, "B, Bob", O\n',
    "stray-quotes.csv": b'email,name\nada@example.com,"Ada" Lovelace\nbob@example.com,5" Bob\n',
    "unclosed-quote.csv": (
        b'email,name,team\nada@example.com,"Ada,Research\nbob@example.com,Bob,Ops\ncarl@example.com,"Carl, C.",Ops\n'
    ),
    "unclosed-quote-to-the-end.csv": b'email,name\nada@example.com,Ada\nbob@example.com,"Bob\ncarl@example.com,Carl\n',
    "quote-that-swallows.csv": b'email,name,team\nada@example.com,Ada,"\nbob@example.com,Bob,"\ncarl@example.com,C,O\n',
    "long-cell.csv": b"email,public_metadata\nada@example.com," + b"x" * 300_000 + b"\nbob@example.com,{}\n",
    "emoji-and-right-to-left.csv": (
        "email,name,team\nada@example.com,Ada 👩🏽‍🔬,🚀\nmaryam@example.com,مریم میرزاخانی,"
        "\u200fمعلم\nsara@example.com,שָׂרָה,א\n"
    ).encode(),
    "header-only.csv": b"email,first name,team\n",
    "empty-columns.csv": b"id,email,,name,,\n1,ada@example.com,,Ada,,\n2,bob@example.com,,Bob,,\n",
    "nul-in-a-cell.csv": b"email,name\nada@example.com,A\x00da\nbob@example.com,Bob\n",
    "two-encodings.csv": "email,name\nzoe@example.com,Zoë\nrene@example.com,".encode() + b"Ren\xe9\n",
    "neither-utf8-nor-1252.csv": b"email,name\nada@example.com,Z\x8fe\nbob@example.com,\x81\x9d\n",
    "german-mixed-decimal.csv": b"name;email;rate\nByron, Ann;ann@example.com;1,5\nByron, Bob;bob@example.com;2,5;x\n",
    "two-header-lines.csv": b"Person,,Work,\nE-mail,Name,Team,Role\nada@example.com,Ada,R,org:admin\n",
    "outlook.txt": (
        b'Byron, Ann <ann@example.com>; Lovelace, Ada <ada@example.com>; "Smith, J." <j@example.com>\n\n'
        b"bob@example.com, carl@example.com dora@example.com\nnot an address\n"
    ),
    "one-a-line.txt": b"Email:\nada@example.com\n\nAda Lovelace <ada.l@example.com>\nbob at example.com\n",
    "addresses-side-by-side.csv": b"ada@example.com,bob@example.com\ncarl@example.com,\n",
    "table.txt": b"email,team\nada@example.com,R\nbob@example.com,O\n",
    "wrapper.json": b'{"page": 1, "people": [{"email": "ada@example.com", "age": 36}, {"email": "bob@example.com"}]}',
    "records.json": (
        b'[{"emailAddress": "ada@example.com", "publicMetadata": {"team": "R", "ids": [1, 2]}, "expiresInDays": 30},\n'
        b' {"notify": false, "emailAddress": "bob@example.com", "badge": "00042", "big": 12345678901234567890}]\n'
    ),
    "addresses.json": b'["ada@example.com", " bob@example.com "]',
    "bad-line.jsonl": (
        b'{"email": "ada@example.com", "n": 1}\n{"email": "bob@example.com", "n": \n\n'
        b'{"email": "carl@example.com", "team": null, "email": "carla@example.com"}\n["dora@example.com"]\n'
    ),
    "array-in.jsonl": b'[\n  {"email": "ada@example.com"},\n  {"email": "bob@example.com"}\n]\n',
    "spread-over-lines.jsonl": b'{\n  "email": "ada@example.com"\n}\n{\n  "email": "bob@example.com"\n}\n',
    "csv-in.json": b"email,name\nada@example.com,Ada\n",
    "web-page.xls": b"<html><body><table><tr><td>email</td></tr></table></body></html>",
    "document.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "empty.csv": b"",
    "only-blank-lines.csv": b"\xef\xbb\xbf\r\n ,,\r\n\r\n",
    "old-word.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
}


def workbook(*sheets: tuple[str, tuple[int, int], list[list[Any]]], hidden: str = "") -> bytes:
    """Return a workbook whose sheets begin at the given cell (row, column, from 0)."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name, (top, left), rows in sheets:
        sheet = book.add_worksheet(name)
        if name == hidden:
            sheet.hide()
        else:
            sheet.activate()
        for down, row in enumerate(rows):
            for right, cell in enumerate(row):
                if isinstance(cell, datetime | date):
                    sheet.write_datetime(top + down, left + right, cell, moment if type(cell) is datetime else day)
                elif isinstance(cell, tuple):
                    formula, cached = cell
                    sheet.write_formula(top + down, left + right, formula, None, cached)
                elif cell is not None:
                    sheet.write(top + down, left + right, cell)
    book.close()
    return held.getvalue()


def open_document() -> bytes:
    """Return a small .ods, with a row repeated and a number."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    rows = [
        cell.format("email") + cell.format("seats"),
        cell.format("ada@example.com") + number.format(3),
        cell.format("bob@example.com") + number.format(1.5),
    ]
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        '<office:spreadsheet><table:table table:name="Staff">'
        + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        + "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return held.getvalue()


def parquet_with_nulls() -> bytes:
    """Return a Parquet file as pandas leaves it: whole numbers with gaps as floats, nulls, nested values."""
    table = arrow.table(
        {
            "email": arrow.array(["ada@example.com", "bob@example.com", None]),
            "badge": arrow.array(["00042", None, "7"]),
            "age": arrow.array([36.0, None, 41.0]),
            "rate": arrow.array([1.0, None, 2.5]),
            "meta": arrow.array([{"team": "R"}, None, {"team": "O"}]),
            "login": arrow.array([b"ada", None, b"carl"]),
        }
    )
    held = io.BytesIO()
    parquet.write_table(table, held)
    return held.getvalue()


def archive(name: str) -> bytes:
    """Return a zip archive with one file in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr(name, "email\nada@example.com\n")
    return held.getvalue()


def binaries() -> dict[str, bytes]:
    """Return the files that are not text."""
    staff = [["Email", "Name"], ["ada@example.com", "Ada"], ["bob@example.com", "Bob"]]
    return {
        "two-sheets-from-c5.xlsx": workbook(
            ("Summary", (0, 0), [["People", 2], ["Month", "October"]]),
            (
                "Staff",
                (4, 2),
                [["Email", "Badge", "Seats"], ["ada@example.com", "00042", 3], [], ["bob@example.com", "7", 2.5]],
            ),
        ),
        "titles-and-types.xlsx": workbook(
            (
                "Export",
                (0, 0),
                [
                    ["Employee export 2026-10"],
                    [],
                    ["E-Mail", "Start", "Seen", "Active", "Seats", "Login", "Broken"],
                    [
                        "ada@example.com",
                        date(2026, 1, 2),
                        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - a workbook knows no time zones
                        True,
                        3.0,
                        ("=1+1", 2),
                        ("=NA()", "#N/A"),
                    ],
                    ["bob@example.com", "02.01.2026", None, False, 1e5, "=1+1", "NA"],
                ],
            )
        ),
        "hidden-sheet-first.xlsx": workbook(
            ("Old", (0, 0), [["Email"], ["old@example.com"]]), ("Now", (0, 0), staff), hidden="Old"
        ),
        "workbook-in.csv": workbook(("Staff", (0, 0), staff)),
        "no-cells.xlsx": workbook(("Empty", (0, 0), [])),
        "libre-office.ods": open_document(),
        "with-nulls.parquet": parquet_with_nulls(),
        "cut-short.parquet": parquet_with_nulls()[:-40],
        "archive.zip": archive("people.csv"),
        "letter.docx": archive("word/document.xml"),
    }


def main() -> None:
    """Write every file anew."""
    FILES.mkdir(exist_ok=True)
    for name, content in (TEXTS | binaries()).items():
        (FILES / name).write_bytes(content)


if __name__ == "__main__":
    main()
