"""A ledger on PostgreSQL: opened by its URL, at full durability or not at all, and never with the password shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from postgres_server import PASSWORD, USER, Server
from stage import NOON, Between, ServerPlace, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import Sum

SECRETS = (PASSWORD, PASSWORD.replace("/", "%2F"))


def refusal(url: str) -> str:
    """Return the sentence with which a ledger is refused; the password is nowhere in what is shown of it."""
    with pytest.raises(LedgerError) as caught:
        Ledger(url)
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in shown for secret in SECRETS)
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_every_spelling_of_the_url_opens_the_same_ledger_and_shows_no_password(
    on_server: ServerPlace, scheme: str
) -> None:
    """What commands print can be called as it stands, with the password in PGPASSWORD or ~/.pgpass."""
    with on_server.open() as ledger:
        job = ledger.job(checked(people(3)))
    url = on_server.where.replace("postgresql+psycopg", scheme)
    with Ledger(f"{url}?sslpassword={PASSWORD}&connect_timeout=3") as ledger:
        assert ledger.find().id == job.id
        assert ledger.where == url.replace(f":{SECRETS[1]}@", "@") + "?connect_timeout=3"
        assert repr(ledger) == f"<Ledger {ledger.where}>"
        assert not any(secret in f"{vars(ledger)} {ledger.find()!r}" for secret in SECRETS)


def test_without_psycopg_the_error_says_what_to_install() -> None:
    """It is an extra: files need nothing."""
    code = "import sys; sys.modules['psycopg'] = None; import clerkbulk as cb; cb.Ledger('postgresql://h/d')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.splitlines()[-1] == (
        "clerkbulk.errors.LedgerError: A ledger on PostgreSQL needs psycopg, which is not installed: "
        "pip install 'clerkbulk[postgres]'."
    )


def test_a_server_out_of_reach_is_a_sentence(server: Server) -> None:
    """Nobody listens; the name is nobody's; the password is wrong; the database is not there."""
    way_out = (
        "See that the server runs and can be reached, and that the URL's host, port, user and database and the "
        "password (in the URL, PGPASSWORD or ~/.pgpass) are right. Nothing is lost: then go on with clerkbulk resume."
    )
    said = refusal(f"postgresql://ada:{SECRETS[1]}@127.0.0.1:1/x")
    assert said == (
        "The ledger postgresql://ada@127.0.0.1:1/x cannot be reached (connection failed: connection to server at "
        f'"127.0.0.1", port 1 failed: Connection refused). {way_out}'
    )
    assert "failed to resolve host" in refusal(f"postgresql://ada:{SECRETS[1]}@nowhere.invalid/x")
    wrong = server.url("postgres").replace(SECRETS[1], "fake-pass%2Fwrong")
    assert f'password authentication failed for user "{USER}"). {way_out}' in refusal(wrong)
    assert refusal(server.url("nowhere")) == (
        f"There is no such database (postgresql+psycopg://{USER}@127.0.0.1:{server.port}/nowhere): make it with "
        "createdb, or correct the URL."
    )
    said = refusal(server.url("postgres") + "?no_such=1")
    assert "cannot be reached (invalid connection option" in said


@pytest.mark.parametrize(
    "url", ["postgresql://ada:p@ss/word@h/d", "postgresql://ada:pa:ss@word@h:port/d", "postgresql://ada:word@h:99x/d"]
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    """It may hold a password, split at the wrong place."""
    with pytest.raises(LedgerError, match="neither a file nor a URL that can be read") as caught:
        Ledger(url)
    assert not {"ss", "word"} & set(re.split(r"[ /:@]", str(caught.value)))


def test_a_database_that_cannot_be_written_is_refused(on_server: ServerPlace) -> None:
    """A standby, above all."""
    on_server.ask(f"ALTER DATABASE {on_server.name} SET default_transaction_read_only = on")
    said = f"The ledger {on_server.shown} cannot be written. Name the primary server, or make the database writable."
    assert refusal(on_server.where) == said


def test_a_database_that_cannot_hold_every_name_is_refused(server: Server) -> None:
    """In LATIN1 the answer about somebody from Kyiv could not be written down, after the call."""
    url = server.database("ENCODING 'LATIN1'")
    assert refusal(url).endswith(
        "is in LATIN1, which cannot hold every name: make another one with createdb -E UTF8 -T template0."
    )


def test_a_server_that_does_not_wait_for_its_disk_is_refused(server: Server) -> None:
    """After a crash it would have forgotten intents, and their calls would be made again."""
    url = server.database()
    try:
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        assert "runs with fsync off: after a crash it would have forgotten calls" in refusal(url)
    finally:
        server.execute("ALTER SYSTEM RESET fsync")
        server.execute("SELECT pg_reload_conf()")
    Ledger(url).close()


@pytest.mark.parametrize(("configured", "used"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")])
def test_every_commit_is_durable_whatever_is_configured(on_server: ServerPlace, configured: str, used: str) -> None:
    """Off is switched on; what waits for more than the disk stays as it is."""
    on_server.ask(f"ALTER DATABASE {on_server.name} SET synchronous_commit = {configured}")
    on_server.ask(f"ALTER DATABASE {on_server.name} SET default_transaction_isolation = 'repeatable read'")
    with on_server.open() as ledger:
        for _ in range(2):
            with ledger.begin() as connection:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == used
                assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


def test_a_database_of_something_else_is_refused_and_left_as_it_is(on_server: ServerPlace) -> None:
    """A table called job or account may be anybody's. Procrastinate's may lie beside ours; so may another schema."""
    on_server.ask("CREATE TABLE procrastinate_jobs (id int); CREATE TABLE account (id int); CREATE SCHEMA ours")
    assert refusal(on_server.where) == (
        f"{on_server.shown} is a database of something else (it has account). Make one for the ledger (createdb "
        "clerkbulk), or a schema: ?options=-csearch_path%3DSCHEMA at the end of the URL."
    )
    on_server.ask("CREATE TABLE migration (number int)")
    assert "(it has account, migration)" in refusal(on_server.where)
    assert on_server.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(3,)]
    with Ledger(f"{on_server.where}?options=-csearch_path%3Dours,public") as ledger:
        assert ledger.job(checked(people(2))).sum() == Sum(2, left=2)
    assert on_server.ask("SELECT count(*) FROM ours.row") == [(2,)]
    on_server.ask("DROP TABLE migration; DROP TABLE account")
    on_server.open().close()


def test_a_user_without_the_right_to_make_tables_is_told_so_and_can_use_those_that_are_there(
    on_server: ServerPlace,
) -> None:
    """Whoever owns the database makes them, once."""
    role = f"reader_of_{on_server.name}"
    on_server.ask(f"DROP ROLE IF EXISTS {role}")
    on_server.ask(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    url = on_server.where.replace(f"{USER}:", f"{role}:")
    said = refusal(url)
    assert "cannot be used (permission denied for schema public). Let the owner of the database grant it" in said
    on_server.open().close()
    on_server.ask(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    on_server.ask(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    stage = Stage(ServerPlace(url))
    assert stage.send(checked(people(12))).sum() == Sum(12, sent=12)
    on_server.ask(f"REVOKE INSERT ON attempt FROM {role}")
    with pytest.raises(LedgerError, match=r"cannot be used \(permission denied for table attempt\)"):
        stage.send(checked(people(12, first=101)))
    assert sum(stage.invited().values()) == 12
    stage.place.close()  # type: ignore[attr-defined]


def test_a_newer_ledger_is_refused(on_server: ServerPlace) -> None:
    """As a file's is."""
    on_server.open().close()
    on_server.ask("INSERT INTO migration VALUES (9999, 'from the future', 0)")
    assert refusal(on_server.where).endswith(" was written by a newer clerkbulk: upgrade clerkbulk to go on.")


def test_the_same_table_begun_by_many_at_once_is_one_job(on_server: ServerPlace) -> None:
    """Whoever comes second finds the job of the first."""
    stage, table = Stage(on_server), checked(people(400))
    found: list[str] = []
    ledgers = [stage.ledger() for _ in range(6)]
    start = threading.Barrier(len(ledgers))

    def begin(ledger: Ledger) -> None:
        start.wait()
        found.append(ledger.job(table).id)

    run_together(*(lambda ledger=ledger: begin(ledger) for ledger in ledgers))  # type: ignore[misc]
    assert len(found) == 6
    assert len(set(found)) == 1
    assert on_server.ask("SELECT count(*) FROM row") == [(400,)]


def run_together(*deeds: Callable[[], None]) -> None:
    """Do several things at once, each in a thread."""
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_what_no_text_of_postgresql_can_hold_is_written_out(on_server: ServerPlace) -> None:
    """NUL and half characters, in a file's name, a cell, an answer that is no JSON and a sentence of Clerk's."""
    stage = Stage(on_server)
    posts = iter(
        [
            httpx.Response(200, content=b"<p>\0</p>"),
            httpx.Response(400, content=rb'{"errors": [{"code": "a\u0000b", "message": "No\u0000 \ud800"}]}'),
        ]
    )

    class Odd(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = next(posts, None) if request.method == "POST" else None
            return answer or stage.backend.transport().handle_request(request)

    table = cb.check([{"email": "ada@example.com", "x": "a\0b"}, {"email": "bob@example.com", "x": "\ud800"}])
    with stage.ledger() as ledger, stage.client(Odd()) as client:
        job = ledger.job(table)
        stage.steps(job, client)
        assert [result.cells[1] for result in job.results()] == ["a\0b", "\ud800"]
        assert job.sum() == Sum(2, refused=1, invalid=1)
        assert "No\\x00 \\ud800" in job.results()[0].reason
    assert on_server.ask("SELECT reply FROM attempt ORDER BY id")[0] == ("<p>\\x00</p>",)


def test_times_and_numbers_come_back_as_they_were(on_server: ServerPlace) -> None:
    """A time is a double, to the last bit: a batch is due when it says so."""
    moment = NOON + 0.1 + 2**-20
    with on_server.open() as ledger:
        job = ledger.job(checked(people(1)))
        with ledger.begin() as connection:
            connection.execute(tables.job.update().values(waiting_until=moment, rows=2**31 - 1))
        assert (job.record.waiting_until, job.record.rows) == (moment, 2**31 - 1)


def test_the_clock_is_the_servers(on_server: ServerPlace, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is a day behind reads and writes the times that everybody else does."""
    monkeypatch.setattr("clerkbulk.sending.store.server_clock.time.time", lambda: 12.0)
    with Ledger(on_server.where) as ledger:
        ((before,),) = server.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        now = ledger.clock.now()
        ((after,),) = server.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        assert before - 0.5 < now < after + 0.5
        job = ledger.job(checked(people(1)))
        assert before - 0.5 < job.record.created_at < after + 60


def test_a_forked_process_speaks_on_a_connection_of_its_own(on_server: ServerPlace) -> None:
    """Two on one connection would read each other's answers."""
    with on_server.open() as ledger:
        job = ledger.job(checked(people(3)))
        with ledger.begin() as connection:
            mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with ledger.begin() as connection:
                    other = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                status = 0 if other != mine and job.sum() == Sum(3, left=3) else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with ledger.begin() as connection:
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() == mine


def test_a_connection_that_was_dropped_between_two_calls_is_made_again(on_server: ServerPlace) -> None:
    """A job waits for an hour, and whatever lies between it and the server forgets silent connections."""
    stage = Stage(on_server)

    def drop(request: httpx.Request) -> None:
        if request.method == "POST":
            on_server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clerkbulk'")

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), drop)) as client:
        job = ledger.job(checked(people(35)))
        assert stage.steps(job, client)[-1].sum == Sum(35, sent=35)
    assert max(stage.invited().values()) == 1


def test_whoever_falls_asleep_in_a_transaction_does_not_hold_everybody_up(on_server: ServerPlace) -> None:
    """The server ends a transaction in which nothing has happened for half a minute, before others give up waiting."""
    with on_server.open() as ledger, ledger.begin() as connection:
        idle, lock = (
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("idle_in_transaction_session_timeout", "lock_timeout")
        )
    assert (idle, lock) == ("30s", "2min")
    with on_server.open() as ledger:
        with ledger.begin() as connection:
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = '50ms'")
        with pytest.raises(LedgerError, match=r"cannot be reached \(.*idle-in-transaction"):
            asleep(ledger)


def asleep(ledger: Ledger) -> None:
    """Do nothing for a while in the middle of a transaction."""
    with ledger.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        time.sleep(0.4)
        connection.exec_driver_sql("SELECT 1")


def test_two_that_wait_for_each_other_are_told_to_go_on(on_server: ServerPlace) -> None:
    """Nothing of ours locks in a circle; if somebody else's statement does, it is a sentence."""
    with on_server.open() as ledger:
        ledger.job(checked(people(2)))
        locked, errors = threading.Barrier(2), []

        def lock(first: int, second: int) -> None:
            with ledger.begin() as connection:
                connection.execute(sa.update(tables.row).where(tables.row.c.line == first).values(wave=2))
                locked.wait(10)
                connection.execute(sa.update(tables.row).where(tables.row.c.line == second).values(wave=2))

        def told(first: int, second: int) -> None:
            try:
                lock(first, second)
            except LedgerError as error:
                errors.append(str(error))

        run_together(lambda: told(1, 2), lambda: told(2, 1))
    (error,) = errors
    assert "(deadlock detected). Two processes got in each other's way. Nothing is lost: then go on" in error
