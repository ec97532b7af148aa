"""One life of the program, to be ended by a kill. Imported by the fork server, so that lives begin quickly."""

from __future__ import annotations

import os
import sys

import jsonschema  # noqa: F401 - slow to import where extras are installed; kills are meant for the calls
import sqlalchemy.dialects.sqlite  # noqa: F401 - likewise

from clerkbulk.cli import main
from clerkbulk.cli import resume as _resume  # noqa: F401 - likewise
from clerkbulk.cli import send as _send  # noqa: F401 - likewise
from clerkbulk.cli import sending as _sending  # noqa: F401 - likewise
from clerkbulk.cli import tick as _tick  # noqa: F401 - likewise
from clerkbulk.contract import json_schema as _json_schema  # noqa: F401 - likewise
from clerkbulk.people import check as _check  # noqa: F401 - likewise
from clerkbulk.sending import budget
from clerkbulk.sending import ledger as _ledger  # noqa: F401 - likewise
from clerkbulk.sending.during import settling


def live(arguments: list[str], environment: dict[str, str], errors: str) -> None:
    """Be ``clerkbulk ARGUMENTS``, with both outputs in a file, and waits of half a second instead of minutes."""
    out = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(environment)
    settling.SETTLE = settling.AT_WORK = 0.4
    budget.FLOOR = 0.2
    sys.argv = ["clerkbulk", *arguments]
    main()
