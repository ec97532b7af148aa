"""Write the people of ``clerkbulk demo``. Run it after a change here: ``python tests/demo/make.py [FOLDER]``.

Two files as they come in real life, with everybody and every address made up. What is odd stands in the tables ODD_*,
by the line a spreadsheet shows; everything else is regular. Nothing is drawn by lot, so the same files come out again.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent))
from names import EASTERN, OTHER_SCRIPTS, WESTERN, ascii_name, people

FOLDER = Path(__file__).parents[2] / "clerkbulk" / "demo"

# The newsletter: what a German Excel writes as CSV, i.e. semicolons and Windows' code page 1252.

SIGNUPS_TITLES = ("Rückenwind – Newsletter-Anmeldungen für die Mitglieder-App", "Stand: 26.02.2027, ohne Gewähr", "")
SIGNUPS_COLUMNS = ("Kundennr.", "Vorname", "Nachname", "E-Mail", "Sprache", "Quelle", "Angemeldet am",
                   "Benachrichtigen", "Gültig Tage", "Weiterleitung", "Telefon", "Notiz")  # fmt: skip
SIGNUPS = 317
SIGNUPS_DOMAINS = ("example.com", "example.com", "example.org", "example.com", "example.net", "mail.example.com",
                   "example.com", "example.org", "post.example.net", "example.com", "example.org")  # fmt: skip
PAGES = {"de": "willkommen", "fr": "bienvenue", "es": "bienvenida", "it": "benvenuto", "pt": "boas-vindas"}

ODD_SIGNUPS: dict[int, dict[str, str]] = {
    # Addresses: unpacked, mended by suggestion, or not to be saved.
    9: {"E-Mail": "Maya Clarke <maya.clarke@example.com>"},
    14: {"E-Mail": "mailto:ines.noel@example.org"},
    17: {"E-Mail": "  Kaethe.SCHAEFER@Example.COM\u00a0"},
    23: {"E-Mail": "t.sinclair@gmial.com"},
    31: {"E-Mail": "lucia.garcia@exmaple.com"},
    38: {"E-Mail": "pierre..roux@example.com"},
    44: {"E-Mail": "ana.pena@example,com"},
    52: {"E-Mail": "sören.böhm@example.com"},
    57: {"E-Mail": "olaf.vogel (at) example.com"},
    61: {"E-Mail": "fenna. bakker@example.org"},
    66: {"E-Mail": ""},
    73: {"E-Mail": "n/a"},
    79: {"E-Mail": "ruby.doyle@@example.net"},
    88: {"E-Mail": "greta@example.com; gustav@example.com"},
    95: {"E-Mail": "chiara.conti@outlok.com"},
    97: {"E-Mail": "niccolo.greco@exampel.com"},
    104: {"E-Mail": "martin.rios@example"},
    109: {"E-Mail": '"Zoë de Vries" <zoe.devries@example.com>'},
    118: {"E-Mail": "kein Internet"},
    126: {"E-Mail": "graca.leitao@hotmail.con"},
    131: {"E-Mail": "idris.achebe@example.com,"},
    # The same people again, spelled otherwise: MAYA, INES and others stand further up.
    143: {"E-Mail": "maya.clarke@EXAMPLE.com"},
    150: {"E-Mail": "Ines Noël <ines.noel@example.org>"},
    158: {"E-Mail": " kaethe.schaefer@example.com"},
    163: {"E-Mail": "MAYA.CLARKE@example.com"},
    201: {"E-Mail": "zoe.devries@example.com"},
    # A redirect URL decides where people land.
    28: {"Weiterleitung": "/willkommen"},
    47: {"Weiterleitung": "www.example.com/willkommen"},
    84: {"Weiterleitung": "javascript:alert(1)"},
    112: {"Weiterleitung": "rueckenwind://start"},
    139: {"Weiterleitung": "https:/app.example.com/bienvenue"},
    176: {"Weiterleitung": "https://app.example.com@example.net/start"},
    # Days and yes-or-no as people type them.
    34: {"Gültig Tage": "14 Tage"},
    91: {"Gültig Tage": "400"},
    123: {"Gültig Tage": "0"},
    168: {"Gültig Tage": "bald"},
    70: {"Benachrichtigen": "vielleicht"},
    188: {"Benachrichtigen": "X"},
    # Odd, and none of our business: it travels along or stays behind.
    41: {"Quelle": '=HYPERLINK("https://example.com";"Messe")'},
    76: {"Notiz": "rief an,\nwill zwei Zugänge"},
    192: {"Notiz": 'sagt: "bitte Du"; Rückruf am 3.'},
    205: {"E-Mail": "ken@gesperrt.example.net"},
}
BLANK_SIGNUPS = (100, 211)
SHORT_SIGNUPS = 240


def signups() -> str:
    """Return the newsletter's file as text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for title in SIGNUPS_TITLES:
        writer.writerow([title] if title else [])
    writer.writerow(SIGNUPS_COLUMNS)
    everyone = iter(people(WESTERN, SIGNUPS))
    line = len(SIGNUPS_TITLES) + 1
    for number, (language, first, last) in enumerate(everyone, 1):
        line += 1
        while line in BLANK_SIGNUPS:
            writer.writerow([])
            line += 1
        row = dict(zip(SIGNUPS_COLUMNS, _signup(number, language, first, last), strict=True))
        row |= ODD_SIGNUPS.get(line, {})
        cells = list(row.values())
        writer.writerow(cells[:10] if line == SHORT_SIGNUPS else cells)
    return out.getvalue()


def _signup(number: int, language: str, first: str, last: str) -> tuple[str, ...]:
    local = (f"{ascii_name(first)}.{ascii_name(last)}", f"{ascii_name(first)[0]}.{ascii_name(last)}{number}",
             f"{ascii_name(first)}.{ascii_name(last)}+news")[(0, 0, 0, 1, 0, 0, 2)[number % 7]]  # fmt: skip
    signed_up = date(2026, 9, 1) + timedelta(days=number * 5 % 170)
    # Telephone numbers of the range that Germany keeps free for films.
    telephone = f"+49 30 23125 {number % 1000:03}" if number % 4 == 0 else ""
    return (
        f"{number * 7 % 10_000:05}",
        first,
        last,
        f"{local}@{SIGNUPS_DOMAINS[number % len(SIGNUPS_DOMAINS)]}",
        language,
        ("Messe", "Webseite", "Ladenkasse", "Empfehlung", "Webseite")[number % 5],
        signed_up.strftime("%d.%m.%Y"),
        ("ja", "ja", "nein", "ja", "Ja", "", "j", "ja")[number % 8],
        ("30", "14", "30", "", "90")[number % 5],
        f"https://app.example.com/{PAGES.get(language, 'welcome')}" if number % 3 else "",
        telephone,
        ("", "", "", "Ladenrad", "", "", "", "", "E-Bike", "", "")[number % 11],
    )


# The colleagues: a workbook as a people department keeps it, with titles, two sheets, typed dates and numbers.

SHEET = "New colleagues"
COLLEAGUES_TITLES = ("Welcome 2027: new colleagues of all sites", "People & Culture, confidential. As of 1 March 2027")
COLLEAGUES_COLUMNS = ("Staff no.", "Name", "Work e-mail", "Private e-mail", "Team", "Site", "Start date",
                      "Role", "Invited by", "Send e-mail", "Expires in")  # fmt: skip
COLLEAGUES = 276
TEAMS = ("Workshop", "Sales", "Engineering", "Logistics", "Finance", "People & Culture", "Workshop", "Sales")
SITES = ("Hamburg", "Łódź", "Lyon", "Malmö", "Göteborg", "Brno", "Porto")
INVITER = "user_2demoAda"

ODD_COLLEAGUES: dict[int, dict[str, Any]] = {
    11: {"Work e-mail": "Zsófia Szűcs <zsofia.szucs@example.org>"},
    19: {"Work e-mail": "lukasz.lecki@exmaple.org"},
    26: {"Work e-mail": "ondrej.kucera@example.org\u200b"},
    33: {"Work e-mail": "imogen.marsh@example..org"},
    37: {"Work e-mail": None},
    42: {"Work e-mail": "omer.celik@example,org"},
    48: {"Work e-mail": "mailto:anais.fontaine@example.org"},
    55: {"Work e-mail": "to follow"},
    63: {"Work e-mail": "\u00a0Zsofia.Szucs@Example.org"},
    71: {"Work e-mail": "stefan bălan@example.org"},
    80: {"Work e-mail": "bela.jecny[at]example.org"},
    86: {"Work e-mail": "b.munoz@exampel.org"},
    93: {"Work e-mail": "lukasz.lecki@example.org"},
    105: {"Work e-mail": "anais.fontaine@EXAMPLE.ORG"},
    117: {"Work e-mail": "matej.vetrovec@examplle.org", "Expires in": "14"},
    121: {"Work e-mail": "team-lyon@example.org / office@example.org"},
    129: {"Work e-mail": "ondrej.kucera@example.org"},
    134: {"Work e-mail": "guest@sperrzone.example.net"},
    29: {"Expires in": "14 days"},
    68: {"Expires in": 400},
    99: {"Expires in": 2.5},
    58: {"Send e-mail": "nein"},
    76: {"Send e-mail": "later"},
    112: {"Send e-mail": True},
    84: {"Staff no.": 1084},
    90: {"Staff no.": None},
    101: {"Start date": "as soon as possible"},
    145: {"Team": "-- Sales --"},
}
BLANK_COLLEAGUES = (150,)


def colleagues() -> list[tuple[int, list[Any]]]:
    """Return the rows of the colleagues' sheet with their row numbers, titles and header included."""
    first = len(COLLEAGUES_TITLES) + 2
    rows: list[tuple[int, list[Any]]] = [(at, [title]) for at, title in enumerate(COLLEAGUES_TITLES, 1)]
    rows.append((first, list(COLLEAGUES_COLUMNS)))
    known = [(f"{first} {last}", f"{ascii_name(first)}.{ascii_name(last)}", language)
             for language, first, last in people(WESTERN + EASTERN, COLLEAGUES - len(OTHER_SCRIPTS))]  # fmt: skip
    for at, (language, name, local) in enumerate(OTHER_SCRIPTS):
        known.insert(20 + 30 * at, (name, local, language))
    line = first
    for number, (name, local, _) in enumerate(known, 1):
        line += 1
        while line in BLANK_COLLEAGUES:
            line += 1
        row = dict(zip(COLLEAGUES_COLUMNS, _colleague(number, name, local), strict=True))
        rows.append((line, list((row | ODD_COLLEAGUES.get(line, {})).values())))
    return rows


def _colleague(number: int, name: str, local: str) -> tuple[Any, ...]:
    return (
        f"{number * 13 % 100_000:05}",
        name,
        f"{local}@{'studio.example.org' if number % 9 == 0 else 'example.org'}",
        f"{local}@mail.example.com" if number % 3 == 0 else None,
        TEAMS[number % len(TEAMS)],
        SITES[number * 3 % len(SITES)],
        date(2027, 3, 1) + timedelta(days=number * 11 % 120),
        "org:admin" if number % 12 == 7 else ("org:member", None, "org:member", "org:billing")[number % 4],
        INVITER if number % 5 else None,
        ("yes", "yes", "no", "yes", "ja", None)[number % 6],
        (14, 30, None, 30)[number % 4],
    )


def write_workbook(path: Path) -> None:
    """Write the colleagues as a workbook. The date it carries is fixed, so that it comes out the same again."""
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_urls": False})
    book.set_properties({"title": COLLEAGUES_TITLES[0], "created": datetime(2027, 3, 1)})  # noqa: DTZ001 - as Excel does
    about = book.add_worksheet("Read me")
    for row, text in enumerate(("This workbook lists everyone who joins in 2027.", "Please do not sort the sheet.")):
        about.write_string(row, 0, text)
    sheet = book.add_worksheet(SHEET)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.set_column(0, len(COLLEAGUES_COLUMNS) - 1, 18)
    header = len(COLLEAGUES_TITLES) + 2
    for line, cells in colleagues():
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(line - 1, column, cell, day)
            elif cell is not None:
                sheet.write(line - 1, column, cell, bold if line in (1, header) else None)
    sheet.freeze_panes(header, 0)
    book.close()


def colleagues_text() -> str:
    """Return the same cells as CSV, for whoever has not installed what workbooks need."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    line = 0
    for number, cells in colleagues():
        while (line := line + 1) < number:
            writer.writerow([])
        writer.writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()


def main(folder: Path = FOLDER) -> None:
    """Write all files."""
    (folder / "newsletter-signups.csv").write_bytes(signups().encode("cp1252"))
    write_workbook(folder / "new-colleagues.xlsx")
    (folder / "new-colleagues.csv").write_bytes(colleagues_text().encode("utf-8-sig"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
