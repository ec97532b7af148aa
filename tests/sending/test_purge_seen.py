"""What looks at Clerk have shown of people: the same on both databases, and gone with the job that invited them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from stage import ACME, Place, Stage, checked, people

from clerkbulk.errors import LedgerError
from clerkbulk.onboarding.hiding import kept_secret
from clerkbulk.onboarding.looking.look import look
from clerkbulk.sending import seen
from clerkbulk.sending.after.forgetting import forget
from clerkbulk.sending.instance import instance_of
from clerkbulk.sending.ledger import Ledger

PERSONAL = ("example.com", "inv_", "user_", "org:member")


def look_at(stage: Stage, ledger: Ledger, whom: list[str] | None) -> None:
    with stage.client() as client:
        instance_id = instance_of(client)
        for step in look(ledger.begin, client, instance_id, [ACME], clock=stage.clock, whom=whom):
            assert step.part


def events(stage: Stage, ledger: Ledger) -> None:
    """Put a webhook about every invitation there."""
    with stage.client() as client, ledger.begin() as connection:
        instance_id = instance_of(client)
        for row in connection.execute(sa.select(seen.invitation)).all():
            connection.execute(
                seen.event.insert().values(
                    instance_id=instance_id, delivery_id=f"msg_{row.id}", type="organizationInvitation.created",
                    at=1.0, invitation_id=row.id, organization_id="org_acme", user_id=None, received_at=2.0,
                )
            )  # fmt: skip


def held(stage: Stage) -> list[str]:
    """Return everything that stands in the tables of what was seen."""
    return [str(row) for name in seen.metadata.tables for row in stage.place.ask(f'SELECT * FROM "{name}"')]  # noqa: S608


def accept(stage: Stage, *addresses: str) -> None:
    for address in addresses:
        stage.backend.accept({"email_address": address, "organization_id": "org_acme"})


def test_looks_on_both_databases_show_the_same(place: Place) -> None:
    """Inserted, renewed, told unchanged, and purged to the last line: by PostgreSQL's statements and by SQLite's."""
    stage = Stage(place, limits="off")
    table = checked(people(40), ACME)
    job = stage.send(table)
    with stage.ledger() as ledger:
        look_at(stage, ledger, people(40))
        stage.clock.advance(86_400)
        accept(stage, "p1@example.com", "p2@example.com")
        look_at(stage, ledger, people(40))
        stage.clock.advance(86_400)
        look_at(stage, ledger, people(40))
        statuses = stage.place.ask("SELECT status FROM seen_invitation")
        assert Counter(status for (status,) in statuses) == {"pending": 38, "accepted": 2}
        told = stage.place.ask("SELECT status, COUNT(*) FROM seen_status GROUP BY status ORDER BY status")
        assert told == [("accepted", 2), ("pending", 40)]
        fresh = stage.clock.now() - 5
        assert stage.place.ask(f"SELECT COUNT(*) FROM seen_invitation WHERE last_seen_at > {fresh}")[0] == (40,)  # noqa: S608
        assert stage.place.ask("SELECT COUNT(*) FROM seen_membership") == [(2,)]
        assert stage.place.ask("SELECT COUNT(*) FROM seen_activity") == [(4,)]
        assert stage.place.ask("SELECT COUNT(*) FROM look WHERE ended_at IS NOT NULL") == [(9,)]
        events(stage, ledger)
        ledger.find(job.id).purge()
    assert [word for word in PERSONAL if any(word in row for row in held(stage))] == []
    assert stage.place.ask("SELECT COUNT(*) FROM look") == [(9,)]


def test_who_ask_for_the_secret_of_the_hashes_at_once_get_the_same(place: Place) -> None:
    """It is made by whoever is quickest; two secrets would be two hashes of one person."""
    stage = Stage(place)
    with stage.ledger() as ledger:
        together, found = Barrier(4), list[bytes]()

        def ask() -> None:
            together.wait(30)
            found.append(kept_secret(ledger.begin))

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert (len(found), len(set(found))) == (4, 1)
    assert stage.place.ask("SELECT COUNT(*) FROM pseudonym") == [(1,)]


def test_not_a_byte_of_what_was_seen_is_left_in_the_file(tmp_path: Path) -> None:
    """Invitations, statuses, users, addresses, activity, members, events, and how far an interrupted look had come."""
    stage = Stage(tmp_path, limits="off")
    job = stage.send(checked(people(40), ACME))
    accept(stage, *people(9))
    with stage.ledger() as ledger, stage.client() as client:
        look_at(stage, ledger, people(40))
        stage.clock.advance(86_400)
        cut = look(ledger.begin, client, instance_of(client), [ACME], clock=stage.clock, whom=people(40))
        next(cut)
        cut.close()
        events(stage, ledger)
        ledger.find(job.id).purge()
        content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("onboarding.db"))
    # user_id is the name of a column.
    words = {*PERSONAL, *(user["id"] for user in stage.backend.state()["users"])} - {"user_"}
    assert len(words) == 12
    assert [word for word in words if word.encode() in content] == []


def test_who_is_known_to_another_job_stays_seen(tmp_path: Path) -> None:
    """Until that one is purged, too. The next look reads everything again and finds the same."""
    stage = Stage(tmp_path, limits="off")
    first = stage.send(checked(people(20), ACME))
    second = stage.send(checked(people(20, first=11), ACME))
    everybody = people(30)
    accept(stage, "p1@example.com", "p11@example.com", "p30@example.com")
    with stage.ledger() as ledger:
        look_at(stage, ledger, everybody)
        ledger.find(first.id).purge()
        left = {key for (key,) in stage.place.ask("SELECT key FROM seen_invitation")}
        assert left == set(people(20, first=11))
        assert {key for (key,) in stage.place.ask("SELECT key FROM seen_address")} == {
            "p11@example.com", "p30@example.com",
        }  # fmt: skip
        assert stage.place.ask("SELECT COUNT(*) FROM seen_user") == [(2,)]
        assert stage.place.ask("SELECT COUNT(*) FROM seen_status") == [(20,)]
        look_at(stage, ledger, people(20, first=11))
        assert {key for (key,) in stage.place.ask("SELECT key FROM seen_invitation")} == left
        ledger.find(second.id).purge()
    assert [word for word in PERSONAL if any(word in row for row in held(stage))] == []


def test_an_account_stays_while_another_of_its_addresses_is_known(tmp_path: Path) -> None:
    """One address is forgotten, the other and the account's times are not."""
    stage = Stage(tmp_path, limits="off")
    stage.backend.seed({"users": [{"id": "user_ada", "email_addresses": ["p1@example.com", "p2@example.com"]}]})
    with stage.ledger() as ledger, stage.client() as client:
        look_at(stage, ledger, people(2))
        with ledger.begin() as connection:
            forget(connection, instance_of(client), {"p1@example.com"})
    assert stage.place.ask("SELECT key FROM seen_address") == [("p2@example.com",)]
    assert stage.place.ask("SELECT COUNT(*) FROM seen_user") == [(1,)]
    assert stage.place.ask("SELECT COUNT(*) FROM seen_activity") == [(2,)]


def test_nobody_is_written_down_again_who_was_purged_meanwhile(tmp_path: Path) -> None:
    """A look that was under way fails: it was about people whom nobody may know any more."""
    stage = Stage(tmp_path, limits="off")
    job = stage.send(checked(people(20), ACME))
    with stage.ledger() as ledger, stage.client() as client:
        cut = look(ledger.begin, client, instance_of(client), [ACME], clock=stage.clock, whom=people(20))
        next(cut)
        ledger.find(job.id).purge()
        with pytest.raises(
            LedgerError, match="People were purged from the ledger while Clerk was looked at: look again"
        ):
            list(cut)
    assert [word for word in PERSONAL if any(word in row for row in held(stage))] == []
