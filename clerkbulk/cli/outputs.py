"""What is written must not lie on what is read."""

from __future__ import annotations

import os
from collections.abc import Mapping

from clerkbulk.cli.exits import Refusal


def keep_apart(inputs: Mapping[str, str | None], outputs: Mapping[str, str | None]) -> None:
    """Refuse an output that is one of the inputs, or another output, by whatever path. Raises Refusal.

    Both say what a file is to the reader ("PEOPLE", "--issues") and its name; None, ``-`` and a URL are no files.
    """
    known = _files(inputs)
    for option, name in _files(outputs).items():
        for what, other in known.items():
            if _same(name, other):
                raise Refusal(f"{option} {name} is the same file as {what}: name another. Nothing was done.")
        known[option] = name


def _files(named: Mapping[str, str | None]) -> dict[str, str]:
    return {what: name for what, name in named.items() if name is not None and name != "-" and "://" not in name}


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there yet
        return os.path.realpath(one) == os.path.realpath(other)
