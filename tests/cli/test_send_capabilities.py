"""clerkbulk send --capabilities: an hour of its own for an organization, in the instance of which that was found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program, Said

import clerkbulk as cb

URL = "https://api.clerk.com"


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> Iterator[cb.Emulator]:
    """Return an emulator with two organizations that the environment points to."""
    with cb.Emulator(limits="off") as emulator:
        emulator.seed({"organizations": [{"id": "org_acme", "name": "Acme"}, {"id": "org_other", "name": "Other"}]})
        monkeypatch.setenv("CLERK_API_URL", emulator.url)
        monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
        yield emulator


def _instance(clerk: cb.Emulator) -> str:
    with cb.Client(KEY, api_url=clerk.url) as client:
        return str(client.instance()["id"])


def _found(folder: Path, question: str, answer: str, instance: str) -> Path:
    path = folder / "clerk.toml"
    path.write_text(
        f'clerkbulk_capabilities = 1\n[{question}]\nanswer = "{answer}"\nat = "2026-11-22T08:00:00Z"\n'
        f'instance = "{instance}"\napi_url = "{URL}"\n'
    )
    return path


def _send(program: Program, folder: Path, organization_id: str, *more: object) -> Said:
    people = folder / f"{organization_id}.csv"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(12)))
    return program("send", people, "--org", organization_id, "--default", "role=org:member",
                   "--ledger", folder / "a.db", "--yes", *more)  # fmt: skip


def test_another_organizations_calls_do_not_count_where_that_was_found(
    program: Program, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """The second organization begins with a whole hour, and what was found is said before anything is sent."""
    found = _found(tmp_path, "hourly_scope", "organization", _instance(clerk))
    assert _send(program, tmp_path, "org_acme", "--capabilities", found).status == 0
    said = _send(program, tmp_path, "org_other", "--capabilities", found)
    assert said.status == 0
    assert f"Found on 2026-11-22 in {_instance(clerk)}: each organization has an hour of its own." in said.err
    assert "0 sent, 12 left; 0 of 50 calls of the hour used" in said.err
    assert "done: 12 sent, 0 left; 2 of 50 calls of the hour used" in said.err


@pytest.mark.parametrize("found_in", ["elsewhere", None])
def test_another_organizations_calls_count_where_it_was_not(
    program: Program, clerk: cb.Emulator, tmp_path: Path, found_in: str | None
) -> None:
    """What was found in another instance, or nothing: the hour is shared, as Clerk's documents have it."""
    more = ["--capabilities", _found(tmp_path, "hourly_scope", "organization", "ins_b")] if found_in else []
    assert _send(program, tmp_path, "org_acme", *more).status == 0
    said = _send(program, tmp_path, "org_other", *more)
    assert said.status == 0
    assert "0 sent, 12 left; 2 of 50 calls of the hour used" in said.err
    words = f"Nothing was found of the hour of {_instance(clerk)}: what is documented is kept to."
    assert (words in said.err) == bool(found_in)


def test_a_file_that_is_none_sends_nothing(program: Program, clerk: cb.Emulator, tmp_path: Path) -> None:
    """A capability file that cannot be read is wrong input, before anything is begun."""
    said = _send(program, tmp_path, "org_acme", "--capabilities", tmp_path / "none.toml")
    assert said.status == 2
    assert "none.toml cannot be read: No such file or directory." in said.err
    assert clerk.calls() == []
    assert not (tmp_path / "a.db").exists()
