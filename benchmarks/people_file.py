"""A large CSV of made-up people, one in fifty of them wrong in one of the usual ways."""

from __future__ import annotations

import csv
import random
from pathlib import Path

HEADER = ("email", "role", "team", "office", "redirect_url", "expires_in_days")
_FIRST = ("ada", "alan", "barbara", "donald", "edsger", "grace", "ivan", "john", "li", "mary", "nina", "omar", "zoe")
_LAST = ("dijkstra", "garcia", "hopper", "khan", "knuth", "liskov", "lovelace", "novak", "rossi", "sato", "turing")
_DOMAINS = ("example.com", "example.org", "example.net", *(f"team{i}.example.com" for i in range(40)))
_OFFICES = ("Berlin", "Lisbon", "New York, NY", "Oslo", "Paris", "Zürich")
_BAD_ADDRESSES = (
    "",
    "nobody",
    "ada@example",
    "ada@@example.com",
    "ada@example.com, bob@example.com",
    "ada @example.com",
)


def write_people(path: Path, rows: int) -> None:
    """Write rows people to path; the same file every time."""
    chance = random.Random(1)  # noqa: S311 - the same people each time, and no secret
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        last = "ada@example.com"
        for i in range(rows):
            email = f"{chance.choice(_FIRST)}.{chance.choice(_LAST)}{i}@{chance.choice(_DOMAINS)}"
            role = "org:member" if chance.random() < 0.99 else "org:admin"
            days = chance.choice(("7", "14", "30"))
            if chance.random() < 0.02:
                match chance.choice(("address", "address", "duplicate", "days", "role")):
                    case "address":
                        email = chance.choice(_BAD_ADDRESSES)
                    case "duplicate":
                        email = last.upper()
                    case "days":
                        days = "soon"
                    case "role":
                        role = "org member"
            else:
                last = email
            team, office = f"Team {chance.randrange(60)}", chance.choice(_OFFICES)
            writer.writerow((email, role, team, office, "https://app.example.com/welcome", days))
