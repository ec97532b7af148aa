"""Misspelt domains: the slips people make, and no false alarm where domains merely resemble each other."""

from __future__ import annotations

import random
import string

import pytest

from clerkbulk.people.domains import OFTEN, RARE, WELL_KNOWN, misspelt_domains


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmailcom", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("outloook.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("yahoo.co.ik", "yahoo.co.uk"),
        ("iclod.com", "icloud.com"),
        ("gmx.dee", "gmx.de"),
        ("t-onlin.de", "t-online.de"),
        ("lovelace.example.con", "lovelace.example.com"),
        ("example.cmo", "example.com"),
    ],
)
def test_a_slip_in_a_well_known_domain_is_found_in_a_table_of_any_size(typed: str, meant: str) -> None:
    """One letter wrong, missing, doubled or swapped, or an ending that does not exist: the domain meant is named."""
    assert misspelt_domains({typed: 1}) == {typed: meant}
    assert misspelt_domains({typed: 1, "example.org": 500}) == {typed: meant}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lovelcae.example", "lovelace.example"),
        ("lovelac.example", "lovelace.example"),
        ("lovellace.example", "lovelace.example"),
        ("lowelace.example", "lovelace.example"),
        ("ovelace.example", "lovelace.example"),
    ],
)
def test_a_rare_neighbour_of_the_files_own_domain_is_a_slip(typed: str, meant: str) -> None:
    """What most of this very file uses is known, too; at most two rows are taken for a misspelling of it."""
    assert misspelt_domains({meant: OFTEN, typed: RARE}) == {typed: meant}
    assert misspelt_domains({meant: OFTEN - 1, typed: 1}) == {}
    assert misspelt_domains({meant: 500, typed: RARE + 1}) == {}


@pytest.mark.parametrize(
    "counts",
    [
        {"example.com": 500, "example.org": 1, "example.net": 1},
        {"example.com": 1, "example.org": 500, "example.net": 1},
        {"team1.example.com": 400, "team2.example.com": 1, "team12.example.com": 1},
        {"acme.example": 60, "acne.example": 40, "acmes.example": 10},
        {"gmail.com": 900, "ymail.com": 1, "mail.com": 1, "email.com": 1, "hotmail.de": 1, "gmx.net": 1},
        {"me.com": 50, "mex.example": 1},
        {"example.om": 1, "example.cm": 1, "example.co": 1},
        {"a.co": 50, "b.co": 1},
        {"": 5, "localhost": 50, "localhots": 1},
    ],
)
def test_what_merely_resembles_another_domain_is_left_alone(counts: dict[str, int]) -> None:
    """Other endings, other numbers, well-known neighbours, short names and domains of many rows are no misspellings."""
    assert misspelt_domains(counts) == {}


def test_no_well_known_domain_is_taken_for_another() -> None:
    """Every well-known domain may stand alone in a table beside all the others."""
    for domain in WELL_KNOWN:
        assert misspelt_domains({**dict.fromkeys(WELL_KNOWN, 50), domain: 1}) == {}


def test_the_domain_with_more_rows_is_meant() -> None:
    """Where two domains of the file are one slip away, the one most people have is named."""
    assert misspelt_domains({"arme.example": 30, "acme.example": 31, "ame.example": 1}) == {
        "ame.example": "acme.example"
    }


def test_thousands_of_domains_are_compared_without_comparing_each_with_each() -> None:
    """Work grows with the number of domains, not with its square: a table of many companies ends at all."""
    chance = random.Random(1)  # noqa: S311 - the same table each time, and no secret
    names = {"".join(chance.choices(string.ascii_lowercase, k=12)) + ".example" for _ in range(20_000)}
    counts = {name: chance.choice((1, OFTEN)) for name in names}
    counts |= {"lovelace-analytics.example": OFTEN, "lovelace-analitycs.example": 1, "lovelace-analytic.example": 1}
    assert misspelt_domains(counts) == {"lovelace-analytic.example": "lovelace-analytics.example"}
