"""Real kills on a shared ledger: processes in pairs end by SIGKILL, and so does the server, as far as it can."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import test_kills as kills
from postgres_server import Server
from stage import ServerPlace

from clerkbulk.cli.exits import Exit

_quick_lives = kills._quick_lives
KILLS = 6


def test_killed_in_pairs_and_with_the_server_too_and_everyone_is_invited_exactly_once(
    tmp_path: Path, server: Server, on_server: ServerPlace
) -> None:
    """Clerk's own record is the witness, the same people are in the ledger, and no lock of the dead is left."""
    round_ = next(round_ for round_ in kills.ROUNDS if round_.on_postgres and round_.in_pairs)
    chance = random.Random(kills.SEED)  # noqa: S311 - repeatable, not secret
    with kills.emulating(tmp_path) as url:
        kills.control(url, "faults", kills.script(chance))
        witness = kills.Witness(round_, on_server, tmp_path, url, chance)
        while witness.kills < KILLS:
            witness.kill_once()
        life = witness.life("resume")
        assert life.sends()
        server.stop("immediate")
        assert life.end({Exit.USAGE}) == Exit.USAGE
        assert "Nothing is lost: then go on with clerkbulk resume --ledger " in life.said
        server.start()
        assert on_server.ask("SELECT count(*) FROM row WHERE state IN ('left', 'unknown')") != [(0,)]
        kills.control(url, "faults", [])
        witness.finish()
        invited = Counter(item["email_address"] for item in kills.control(url, "state")[round_.kind])
    assert witness.in_flight > 0, "no kill met a call in flight: the test proves nothing"
    assert Counter(invited.values()) == Counter({1: round_.people})
    assert set(invited) == set(witness.addresses)
    found = on_server.ask("SELECT state, count(*) FROM row GROUP BY state ORDER BY state")
    assert found == [("refused", len(kills.BLOCKED)), ("sent", round_.people)]
