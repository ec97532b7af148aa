"""Company: a table of made-up people in three departments, and how each department takes an invitation."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from clerkbulk.errors import InputError
from clerkbulk.rehearsal.temper import Temper


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS = ("Name", "E-mail", "Department", "Office")
DEPARTMENTS: Mapping[str, float] = {"Sales": 0.45, "Engineering": 0.3, "Support": 0.25}
"""Each department's share of the people."""
TEMPERS: Mapping[str, Temper] = {
    # At their desks and curious: most on the first day, and they stay.
    "Engineering": Temper(
        accepts=0.9, quick=0.7, quick_hours=5, tail_days=3, reminded=0.4, signs_up=0.6, weeks=(0.92, 0.85, 0.8)
    ),
    # On the road: they come when a customer leaves them time, and a reminder helps a lot.
    "Sales": Temper(
        accepts=0.6, quick=0.3, quick_hours=10, tail_days=7, reminded=0.5, signs_up=0.5, weeks=(0.7, 0.5, 0.4)
    ),
    # In shifts, at shared screens: few, late, and hardly by a reminder.
    "Support": Temper(
        accepts=0.45, quick=0.15, quick_hours=14, tail_days=10, reminded=0.15, signs_up=0.35, weeks=(0.5, 0.3, 0.2)
    ),
}
_OFFICES = {
    "Sales": ("Hamburg", "Lyon", "Malmö", "Porto"),
    "Engineering": ("Brno", "Hamburg", "Porto"),
    "Support": ("Łódź", "Brno", "Göteborg"),
}
_DOMAINS = {"Sales": "example.com", "Engineering": "example.org", "Support": "support.example.com"}
_FIRST = _names(
    "Ada Anna Anaïs Björn Callum Chloé Daan Eliska Elisa Fenna François Freja Grace Hélène Idris Imogen Inês Íñigo "
    "Jérôme João Joost Jürgen Kacper Käthe Levente Loïc Lucía Łukasz Maya Mikkel Niccolò Noa Nora Oliver Ömer Ondřej "
    "Petra Răzvan Rita Ruby Søren Şule Theo Tünde Ugo Yiğit Zoé Żaneta"
)
_LAST = _names(
    "Achebe Araújo Bakker Bennett Bøgh Böhm Brandão Clarke Conti Dąbrowska Dekker Doyle Dubois Dvořák Fekete Ferrari "
    "García Gauthier Güneş Hughes Ibáñez Jansen Kjær Köhler Krüger Lefèvre Lund Lupu Marsh Moreau Müller Nagy Nowak "
    "Núñez Okafor Ortega Patel Popescu Prates Quintana Rossi Roux Růžička Schäfer Serra Simões Skov Smit Szűcs Tóth "
    "Vega Vogel Weiß Wiśniewski Çelik"
)
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "ł": "l"})
_BROKEN = ("", "n/a", "{local}@", "{local}@@{domain}", "{local} (at) {domain}", "{local}@example,com")
_PEOPLE_PER_ODD_LINE = 250
"""One line in so many repeats somebody in another spelling, and one has a cell that is no address."""


@dataclass(frozen=True, slots=True)
class Company:
    """The table as it came, and what only its maker knows."""

    csv: str
    """UTF-8 text with the columns Name, E-mail, Department and Office; a few lines are odd."""
    departments: Mapping[str, str]
    """The department of everybody whose address is one, by address: the people of a Life."""
    tempers: Mapping[str, Temper]
    duplicates: int
    """Lines that repeat somebody."""
    broken: int
    """Lines whose e-mail cell is no address."""


def company(people: int = 3000, *, seed: int = 0) -> Company:
    """Return a company of so many people with an address, the same one again for the same seed.

    Besides them it has a line that repeats somebody, and one without a usable address, for every 250 people. Raises
    InputError for fewer people than one.
    """
    if people < 1:
        raise InputError(f"A company has one person or more, not {people}.")
    dice = Random(seed)  # noqa: S311 - the same people each time, and no secret
    departments: dict[str, str] = {}
    lines: list[tuple[str, ...]] = []
    for _ in range(people):
        name, local, department = _somebody(dice)
        address = _free(f"{local}@{_DOMAINS[department]}", departments)
        departments[address] = department
        lines.append((name, address, department, dice.choice(_OFFICES[department])))
    odd = people // _PEOPLE_PER_ODD_LINE
    for line in [*_repeated(dice, lines, odd), *_broken(dice, odd)]:
        # Never before the first one: who repeats whom is to be plain.
        lines.insert(dice.randrange(len(lines) // 2, len(lines) + 1), line)
    return Company(_written(lines), departments, TEMPERS, odd, odd)


def _somebody(dice: Random) -> tuple[str, str, str]:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    (department,) = dice.choices(tuple(DEPARTMENTS), tuple(DEPARTMENTS.values()))
    return f"{first} {last}", f"{_ascii(first)}.{_ascii(last)}", department


def _ascii(name: str) -> str:
    spelled = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in spelled if letter.isascii() and letter.isalpha())


def _free(address: str, taken: Mapping[str, str]) -> str:
    local, _, domain = address.partition("@")
    number = 1
    while address in taken:
        number += 1
        address = f"{local}{number}@{domain}"
    return address


def _repeated(dice: Random, lines: list[tuple[str, ...]], number: int) -> Iterator[tuple[str, ...]]:
    spellings = (str.upper, str.title, lambda address: f" {address} ")
    for place in range(number):
        name, address, *others = dice.choice(lines[: len(lines) // 2])
        yield (name, spellings[place % len(spellings)](address), *others)


def _broken(dice: Random, number: int) -> Iterator[tuple[str, ...]]:
    for place in range(number):
        name, local, department = _somebody(dice)
        cell = _BROKEN[place % len(_BROKEN)].format(local=local, domain=_DOMAINS[department])
        yield (name, cell, department, dice.choice(_OFFICES[department]))


def _written(lines: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return text.getvalue()
