"""Approval: the list somebody said yes to is sent, and no other one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from stage import ACME, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.before.approval import list_fingerprint
from clerkbulk.sending.before.roles import GivenRole, may_do
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import RowState, Sum

Change = Callable[[sa.Connection], object]
row, job = tables.row, tables.job
LINE_3 = row.c.line == 3


def a_role(connection: sa.Connection) -> None:
    item = '{"email_address":"p3@example.com","role":"org:admin"}'
    connection.execute(row.update().where(LINE_3).values(item=item))


def an_address(connection: sa.Connection) -> None:
    connection.execute(row.update().where(LINE_3).values(key="other@example.com"))


def a_cell(connection: sa.Connection) -> None:
    connection.execute(row.update().where(LINE_3).values(cells='["p3@example.org"]'))


def a_cell_of_an_invalid_line(connection: sa.Connection) -> None:
    connection.execute(row.update().where(row.c.state == RowState.INVALID).values(cells='["nobody else"]'))


def a_line_more(connection: sa.Connection) -> None:
    job_id = connection.execute(sa.select(job.c.id)).scalar_one()
    mine = {"job_id": job_id, "line": 99, "state": "left", "key": "p99@example.com", "changed_at": 0}
    item = '{"email_address":"p99@example.com","role":"org:member"}'
    connection.execute(row.insert().values(**mine, cells='["p99@example.com"]', item=item))
    connection.execute(job.update().values(rows=job.c.rows + 1))


def a_line_less(connection: sa.Connection) -> None:
    connection.execute(row.delete().where(LINE_3))
    connection.execute(job.update().values(rows=job.c.rows - 1))


def two_lines_swapped(connection: sa.Connection) -> None:
    for line, to in ((3, 1003), (4, 3), (1003, 4)):
        connection.execute(row.update().where(row.c.line == line).values(line=to))


def the_organization(connection: sa.Connection) -> None:
    connection.execute(job.update().values(organization_id="org_other"))


@pytest.mark.parametrize(
    "change",
    [a_role, an_address, a_cell, a_cell_of_an_invalid_line, a_line_more, a_line_less, two_lines_swapped,
     the_organization],
)  # fmt: skip
def test_a_list_that_was_changed_in_the_ledger_is_not_sent(place: Place, change: Change) -> None:
    """One cell, one item, one address, one line, the target: the job refuses, and nothing leaves."""
    stage = Stage(place)
    stage.backend.seed({"organizations": [{"id": "org_other", "name": "Other"}]})
    with stage.ledger() as ledger, stage.client() as client:
        made = ledger.job(checked([*people(15), "nobody"], ACME))
        made.approve()
        with ledger.begin() as connection:
            change(connection)
        with pytest.raises(LedgerError) as caught:
            list(made.run(client))
        assert str(caught.value) == (
            f"The list of {made.id} in the ledger is not the one that somebody said yes to: a cell, an address or the "
            "target was changed in the ledger itself. Nothing is sent from it. Put the newest good copy of the ledger "
            "back; to send other people, correct the sheet and send that: whoever is invited already is left out."
        )
        with pytest.raises(LedgerError):
            made.approve()
    assert stage.posts() == []


def test_the_first_run_says_yes_and_the_next_one_holds_to_it(place: Place) -> None:
    """Half is sent, a role is changed, and the other half stays where it is."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        made = ledger.job(checked(people(25), ACME))
        run = made.run(client)
        while not stage.posts():
            next(run)
        run.close()  # type: ignore[attr-defined]
        with ledger.begin() as connection:
            item = '{"email_address":"p21@example.com","role":"org:admin"}'
            connection.execute(row.update().where(row.c.line == 21).values(item=item))
        with pytest.raises(LedgerError, match="is not the one that somebody said yes to"):
            list(made.run(client))
    assert len(stage.posts()) == 1


def test_what_becomes_of_the_rows_is_no_change_of_the_list(place: Place) -> None:
    """Preflight, waves, refusals, lost answers and pauses: the same list from the first to the last call."""
    stage = Stage(place, blocklist=("p5@example.com",))
    stage.backend.seed({"users": [{"email_address": "p7@example.com"}]})
    stage.backend.faults([{"do": "drop", "method": "POST", "when": "after"}])
    with stage.ledger() as ledger, stage.client() as client:
        made = ledger.job(checked(people(30)))
        before = _fingerprint(ledger, made)
        made.preflight(client)
        for steps in (3, 5, 100):
            run = made.run(client)
            for _, _ in zip(range(steps), run, strict=False):
                pass
            run.close()  # type: ignore[attr-defined]
        assert _fingerprint(ledger, made) == before
        assert made.sum() == Sum(30, sent=28, already_there=1, refused=1)


def test_a_purged_job_has_no_list_that_could_have_changed(tmp_path: Path) -> None:
    """Its cells are gone, and nobody is left to be sent to."""
    stage = Stage(tmp_path)
    made = stage.send(checked(people(12)))
    with stage.ledger() as ledger, stage.client() as client:
        with ledger.begin() as connection:
            connection.execute(row.update().values(cells="[]", item=None, key=None))
            connection.execute(job.update().values(purged_at=1.0))
        stage.steps(ledger.find(made.id), client)
    assert len(stage.posts()) == 2


def test_half_a_character_in_a_cell_is_part_of_the_list(tmp_path: Path) -> None:
    """No cell is too odd for a fingerprint."""
    stage = Stage(tmp_path)
    rows = [{"email_address": "p1@example.com"}, {"email_address": "\ud83d@example.com"}]
    assert stage.send(cb.check(rows)).sum() == Sum(2, sent=1, invalid=1)


def _fingerprint(ledger: Ledger, made: Job) -> str:
    with ledger.begin() as connection:
        return list_fingerprint(connection, made.id)


@pytest.mark.parametrize(
    ("role", "permissions", "may"),
    [
        ("org:member", ["org:sys_memberships:read", "org:sys_profile:read"], ()),
        ("org:admin", [], ("manage members",)),
        ("admin", [], ("manage members",)),
        ("org:hr", ["org:sys_memberships:manage", "org:sys_memberships:read"], ("manage members",)),
        ("org:money", ["org:sys_billing:manage"], ("manage billing",)),
        ("org:owner", ["org:sys_profile:delete", "org:sys_memberships:manage", "org:sys_domains:manage"],
         ("manage members", "delete the organization", "manage domains")),
        ("org:author", ["org:articles:manage", "org:articles:delete"], ()),
    ],
)  # fmt: skip
def test_a_role_is_privileged_by_clerks_own_permissions(
    role: str, permissions: list[str], may: tuple[str, ...]
) -> None:
    """Whatever changes the organization; to read is no privilege, nor is what an application makes up."""
    assert may_do(role, permissions) == may


def test_roles_are_those_of_people_who_wait_the_privileged_ones_first(tmp_path: Path) -> None:
    """With their lines as the spreadsheet shows them; who is sent already is not asked about again."""
    stage = Stage(tmp_path)
    stage.backend.seed({"roles": [{"key": "org:money", "permissions": ["org:sys_billing:manage"]}]})
    roles = ["org:member"] * 5 + ["org:admin", "org:money", "org:money", "org:pilot"]
    rows = [{"email_address": a, "role": role} for a, role in zip(people(9), roles, strict=True)]
    with stage.ledger() as ledger, stage.client() as client:
        made = ledger.job(cb.check(rows, ACME))
        assert made.roles(client) == [
            GivenRole("org:money", (7, 8), ("manage billing",)),
            GivenRole("org:admin", (6,), ("manage members",)),
            GivenRole("org:member", (1, 2, 3, 4, 5), ()),
            GivenRole("org:pilot", (9,), ()),
        ]
        stage.steps(made, client)
        assert made.roles(client) == []
        assert ledger.job(checked(people(3))).roles(client) == []
