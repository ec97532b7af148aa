"""Domains that are probably misspelt: near a well-known mail domain, or near the domain most of this very file uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

# Domains at which many people have mail. Whatever stands here is never taken for a misspelling of another.
WELL_KNOWN = frozenset(
    """
    gmail.com googlemail.com outlook.com outlook.de outlook.fr hotmail.com hotmail.co.uk hotmail.de hotmail.fr
    hotmail.it hotmail.es live.com live.co.uk live.de live.fr live.nl msn.com yahoo.com yahoo.co.uk
    yahoo.co.in yahoo.co.jp yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.com.br ymail.com rocketmail.com
    icloud.com me.com mac.com aol.com aol.de mail.com email.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de
    t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com protonmail.ch pm.me tutanota.com
    fastmail.com hey.com zoho.com yandex.com yandex.ru mail.ru bk.ru qq.com 163.com 126.com naver.com daum.net
    free.fr orange.fr wanadoo.fr laposte.net sfr.fr libero.it virgilio.it alice.it tiscali.it ziggo.nl
    kpnmail.nl telenet.be skynet.be bluewin.ch btinternet.com sky.com comcast.net verizon.net att.net
    sbcglobal.net cox.net charter.net bell.net rogers.com shaw.ca bigpond.com telstra.com uol.com.br
    bol.com.br terra.com.br wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz
    """.split()  # noqa: SIM905 - a hundred names read better without quotes
)
_COMMON = ("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "googlemail.com", "protonmail.com",
           "live.com", "gmx.de", "web.de", "t-online.de", "hotmail.co.uk", "yahoo.co.uk")  # fmt: skip
# None of these is an ending that exists (.om, Oman's, is).
_ENDINGS = dict.fromkeys(("con", "cmo", "ocm", "comm", "vom", "cim", "cpm", "xom", "coom", "c0m"), "com")

OFTEN = 10
"""Rows a domain must have in the file before a rare neighbour of it is taken for a misspelling."""
RARE = 2
"""Rows a misspelling may have at most."""


def misspelt_domains(counts: Mapping[str, int]) -> dict[str, str]:
    """Return {domain: what was probably meant} for the domains of a table, given how many rows each has."""
    often = {domain for domain in counts if counts[domain] >= OFTEN}
    neighbours: dict[str, list[str]] = defaultdict(list)
    for meant in often | set(_COMMON):
        for form in _forms(meant):
            neighbours[form].append(meant)
    found: dict[str, str] = {}
    for domain, count in counts.items():
        if domain in WELL_KNOWN or count >= OFTEN:
            continue
        near = {meant for form in _forms(domain) for meant in neighbours.get(form, ()) if _is_slip(domain, meant)}
        here = near & often if count <= RARE else set()
        everywhere = [meant for meant in _COMMON if meant in near]
        probable = [*sorted(here, key=lambda meant: (-counts[meant], meant)), *everywhere]
        if probable:
            found[domain] = probable[0]
        elif mended := _ending_mended(domain):
            found[domain] = mended
    return found


def _forms(domain: str) -> set[str]:
    """Return a domain with each of its letters left out, and whole: one slip apart, two domains have one in common."""
    return {domain, *(domain[:i] + domain[i + 1 :] for i in range(len(domain)))}


def _ending_mended(domain: str) -> str | None:
    head, _, last = domain.rpartition(".")
    return f"{head}.{_ENDINGS[last]}" if head and last in _ENDINGS else None


def _is_slip(typed: str, meant: str) -> bool:
    """Whether typed is meant with one letter wrong, missing, doubled or swapped with its neighbour.

    Digits and the ending are left alone: team1.example.com and team2.example.com, or .org and .com, are no slips.
    """
    if typed == meant or len(meant) < 6 or abs(len(typed) - len(meant)) > 1:
        return False
    if re.sub(r"\D", "", typed) != re.sub(r"\D", "", meant):
        return False
    if meant not in _COMMON and typed.rpartition(".")[2] != meant.rpartition(".")[2]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, wanted = typed[start:], meant[start:]
    swapped = len(rest) > 1 and rest[1] + rest[0] + rest[2:] == wanted
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
