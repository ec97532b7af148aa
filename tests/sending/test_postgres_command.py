"""The command line with a ledger on PostgreSQL: the URL where a file would stand, and no password printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from postgres_server import PASSWORD, Server
from stage import ServerPlace

import clerkbulk as cb
from clerkbulk.cli import main

SECRET = PASSWORD.replace("/", "%2F")


class Program:
    """``clerkbulk ARGUMENTS`` in this process; what it says is looked through for the password."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        self._monkeypatch.setattr(sys, "argv", ["clerkbulk", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as left:
            status = int(left.code or 0)
        self.out, self.err = self._capsys.readouterr()
        assert PASSWORD not in self.out + self.err
        assert SECRET not in self.out + self.err
        return status


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(capsys, monkeypatch)


def test_every_command_takes_the_url_and_prints_one_that_can_be_called(
    program: Program, on_server: ServerPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Send, status, results and resume; with the password in PGPASSWORD the printed commands work as they stand."""
    people = tmp_path / "people.csv"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(25)))
    with cb.Emulator(limits="off") as clerk:
        monkeypatch.setenv("CLERK_API_URL", clerk.url)
        monkeypatch.setenv("CLERK_SECRET_KEY", "sk_test_fake")
        assert program("send", people, "--ledger", on_server.where, "--yes") == 0
        assert f"clerkbulk results --ledger {on_server.shown} job_" in program.out
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        assert program("status", "--ledger", on_server.shown) == 0
        assert "25 sent" in program.out
        assert program("results", "--ledger", on_server.shown, "--out", tmp_path / "out.csv") == 0
        assert (tmp_path / "out.csv").read_text("utf-8-sig").count(",sent,") == 25
        assert program("resume", "--ledger", on_server.shown) == 0
        assert len(clerk.state()["invitations"]) == 25


@pytest.mark.parametrize("command", ["resume", "status", "results"])
def test_a_mistyped_database_is_not_made_a_ledger(
    program: Program, on_server: ServerPlace, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a file: only send makes one."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_test_fake")
    assert program(command, "--ledger", on_server.where) == 2
    assert program.err == (
        f"Error: There is no ledger {on_server.shown}: clerkbulk send PEOPLE --ledger {on_server.shown} makes one.\n"
    )
    assert on_server.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_server_out_of_reach_is_one_sentence(program: Program, server: Server) -> None:
    """Exit 2, no traceback."""
    assert program("status", "--ledger", server.url("nowhere")) == 2
    assert program.err.startswith("Error: There is no such database (postgresql+psycopg://clerkbulk@127.0.0.1:")
    assert program("status", "--ledger", f"postgresql://ada:{SECRET}@127.0.0.1:1/x") == 2
    assert program.err.startswith("Error: The ledger postgresql://ada@127.0.0.1:1/x cannot be reached (")
    assert program.err.count("\n") == 1
