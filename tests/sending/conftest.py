"""What the tests of sending share: a place for a ledger, on both databases; a PostgreSQL server for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import HOW_TO_GET_ONE, Server, binaries
from stage import FilePlace, Place, ServerPlace


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return a PostgreSQL server that lasts as long as the tests. Machines without one skip, CI fails."""
    programs = binaries()
    if programs is None and os.environ.get("CI") == "true":
        pytest.fail(HOW_TO_GET_ONE)
    if programs is None:
        pytest.skip(HOW_TO_GET_ONE)
    with Server(programs) as server:
        yield server


@pytest.fixture
def on_server(server: Server) -> Iterator[ServerPlace]:
    """Return a place for a ledger: an empty database on the server."""
    with server.lent() as url, closing(ServerPlace(url)) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return a place for a ledger, first a file and then a fresh database on a server."""
    if request.param == "sqlite":
        return FilePlace(tmp_path)
    return request.getfixturevalue("on_server")  # type: ignore[no-any-return]
