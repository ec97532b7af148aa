"""Before anybody is asked: who is about to be given which role, those who could manage the organization first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program

import clerkbulk as cb


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> Iterator[cb.Emulator]:
    """Return an emulator with an organization and a role for its treasurers."""
    with cb.Emulator(limits="off") as running:
        running.seed(
            {
                "organizations": [{"id": "org_acme", "name": "Acme"}],
                "roles": [{"key": "org:money", "permissions": ["org:sys_billing:manage", "org:sys_domains:manage"]}],
            }
        )
        monkeypatch.setenv("CLERK_API_URL", running.url)
        monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
        yield running


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    roles = {4: "org:admin", 18: "org:admin", 33: "org:admin", 7: "org:money"}
    lines = [f"p{line}@example.com,{roles.get(line, 'org:member')}\n" for line in range(2, 42)]
    path.write_text("email,role\n" + "".join(lines))
    return path


SAID = """\
  Privileged: 3 people as org:admin, who can manage members: lines 4, 18, 33.
  Privileged: 1 person as org:money, who can manage billing and manage domains: line 7.
  36 people as org:member.
"""


@pytest.mark.parametrize(
    ("key", "arguments", "typed", "status"),
    [
        ("sk_test_fake", ["--yes"], None, 0),
        ("sk_test_fake", [], "y\n", 0),
        ("sk_test_fake", [], "n\n", 3),
        ("sk_live_fake", [], "40\n", 0),
        ("sk_live_fake", [], "4\n", 2),
        ("sk_live_fake", ["--confirm", "40"], None, 0),
        ("sk_live_fake", ["--confirm", "40", "--no-preflight"], None, 0),
        ("sk_live_fake", ["--yes"], None, 2),
    ],
)
def test_privileged_roles_are_listed_before_anybody_is_asked(
    program: Program,
    clerk: cb.Emulator,
    people: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    arguments: list[str],
    typed: str | None,
    status: int,
) -> None:
    """With every key and however it is answered; nothing leaves without the answer."""
    monkeypatch.setenv("CLERK_SECRET_KEY", key)
    send = ("send", people, "--org", "org_acme", "--ledger", tmp_path / "a.db", *arguments)
    said = program(*send, typed=typed)
    assert said.status == status
    assert SAID in said.err
    asked = [said.err.find(question) for question in ("Type the number", "Send the invitations?", "running:")]
    assert all(place == -1 or place > said.err.find("Privileged") for place in asked)
    assert len(clerk.state()["organization_invitations"]) == (40 if status == 0 else 0)


def test_many_lines_are_counted_and_the_application_has_no_roles(
    program: Program, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """Twenty are shown; how many more there are is said. Without an organization roles are not even read."""
    people = tmp_path / "people.csv"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(30)))
    said = program("send", people, "--org", "org_acme", "--default", "role=org:admin", "--ledger", tmp_path / "a.db",
                   "--yes")  # fmt: skip
    lines = ", ".join(map(str, range(2, 22)))
    assert f"Privileged: 30 people as org:admin, who can manage members: lines {lines} and 10 more.\n" in said.err
    before = len(clerk.calls())
    said = program("send", people, "--ledger", tmp_path / "b.db", "--yes")
    assert (said.status, "Privileged" in said.err, " as org:" in said.err) == (0, False, False)
    assert not [call for call in clerk.calls()[before:] if "organization_roles" in call["path"]]
