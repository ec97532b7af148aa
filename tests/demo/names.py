"""Made-up people of many languages for the demo's files, and how their names look in an address."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "å": "a", "æ": "ae", "ł": "l", "ı": "i",
                        "ð": "d", "þ": "th", "đ": "d", "'": None, " ": None})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language with names that go together; spelled gives the ASCII form of names in other scripts."""

    code: str
    first: tuple[str, ...]
    last: tuple[str, ...]


def _tongue(code: str, first: str, last: str) -> Tongue:
    return Tongue(code, tuple(first.split()), tuple(name.replace("_", " ") for name in last.split()))


WESTERN = (
    _tongue("de", "Anna Jürgen Björn Käthe Götz Mareike Till Änne Rüdiger Sören",
            "Müller Weiß Schäfer Größe Krüger Vogel Jäger Böhm Straßer Lüders Nowak Köhler"),
    _tongue("en", "Grace Oliver Maya Theo Imogen Callum Ruby Idris Nora Felix",
            "Hughes O'Neill Clarke Whitmore Achebe Patel Sinclair Doyle Marsh Bennett Okafor"),
    _tongue("fr", "Zoé François Hélène Loïc Chloé Jérôme Inès Maël Anaïs Étienne",
            "Lefèvre Garçon Dubois Gauthier Benoît Noël Moreau Château Roux Fontaine Marçal"),
    _tongue("es", "Íñigo Lucía Joaquín Begoña Andrés Sofía Martín Noa Ángel Inés",
            "Núñez García Ibáñez Peña Muñoz Ortega Castaño Ríos Vega Quintana Solís"),
    _tongue("pt", "João Conceição Tomás Beatriz Luís Inês Gonçalo Rita Simão Graça",
            "Araújo Magalhães Simões Conceição Guimarães Brandão Leitão Sá Prates Falcão"),
    _tongue("it", "Niccolò Chiara Matteo Giulia Noè Elisa Dario Marta Ugo Serena",
            "Rossi Libertà D'Angelo Cossu Ferrari Mannì Greco Serra Fabbri Conti"),
    _tongue("nl", "Daan Anneloes Loïs Joost Fenna Zoë Ruben Maartje Pim Reneé",
            "de_Vries Jansen van_den_Berg Smit Dekker Bakker Brouwer Kuipers Vos Prins"),
    _tongue("da", "Søren Åse Mikkel Freja Jørgen Astrid Bjørn Signe Nils Kirstine",
            "Sørensen Østergaard Kjær Bøgh Lund Holm Møller Skov Nygård Thygesen"),
)  # fmt: skip
"""Languages whose letters are all in Windows' code page 1252."""

EASTERN = (
    _tongue("pl", "Łukasz Małgorzata Zbigniew Świętosława Kacper Żaneta",
            "Wiśniewski Dąbrowska Wójcik Łęcki Źrebiec Kość"),
    _tongue("cs", "Řehoř Žofie Matěj Eliška Ondřej Běla", "Dvořák Šťastná Růžička Kučera Větrovec Ječný"),
    _tongue("tr", "Şule Çağlar Işıl Ömer Gülşen Yiğit", "Yıldız Özgür Şahin Çelik Kılıç Güneş"),
    _tongue("hu", "Győző Zsófia Ákos Tünde Levente Boróka", "Szűcs Kőműves Nagy Tóth Fekete Őri"),
    _tongue("ro", "Ștefan Ilinca Răzvan Măriuca Dănuț Anca", "Țurcanu Popescu Bălan Stănescu Ioniță Lupu"),
)  # fmt: skip

OTHER_SCRIPTS = (
    ("el", "Ελένη Παπαδοπούλου", "eleni.papadopoulou"),
    ("ja", "佐藤 花子", "hanako.sato"),
    ("uk", "Олена Шевченко", "olena.shevchenko"),
    ("ar", "ليلى حداد", "layla.haddad"),
    ("ko", "김민준", "minjun.kim"),
    ("he", "נועה לוי", "noa.levi"),
    ("hi", "अनन्या शर्मा", "ananya.sharma"),
    ("zh", "王小明", "xiaoming.wang"),
)


def people(tongues: tuple[Tongue, ...], count: int) -> list[tuple[str, str, str]]:
    """Return (language, first name, last name), nobody twice, the languages mixed."""
    found: dict[tuple[str, str, str], None] = {}
    step = 0
    while len(found) < count:
        tongue = tongues[step % len(tongues)]
        turn = step // len(tongues)
        # Both lists are walked at once; a shift after each round through the first names makes new pairs.
        last = tongue.last[(turn + turn // len(tongue.first)) % len(tongue.last)]
        found[tongue.code, tongue.first[turn % len(tongue.first)], last] = None
        step += 1
    return list(found)


def ascii_name(name: str) -> str:
    """Return a name as it stands in an address."""
    spelled = name.lower().translate(_ASCII)
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
