"""The log of the calls: one JSON object each, whatever became of it, and nothing secret or personal in any."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import NOON, Between, Crash, CrashingLedger, Stage, checked, people

from clerkbulk.contract.endpoint import Lane
from clerkbulk.sending import tables
from clerkbulk.sending.during.attempts import Attempt, read_attempt, tell
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return what the logger says, once it is listened to."""
    caplog.set_level(logging.INFO, logger="clerkbulk.attempts")
    return caplog


def said(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the logged attempts; every message is one JSON object."""
    return [json.loads(message) for message in log.messages]


TURNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sent": ({"do": "pass"}, {"status": 200, "outcome": "sent", "code": None, "counts": True}),
    "refused": (
        {"do": "status", "status": 422, "code": "form_param_format_invalid"},
        {"status": 422, "outcome": "refused", "code": "form_param_format_invalid", "counts": True},
    ),
    "wait": (
        {"do": "status", "status": 429, "headers": {"retry-after": "600"}},
        {"status": 429, "outcome": "wait", "code": None, "counts": True, "blocked_until": "2027-01-15T12:10:00.000Z"},
    ),
    "no answer": ({"do": "drop", "when": "after"}, {"status": None, "outcome": "unsure", "counts": True}),
}


@pytest.mark.parametrize(("fault", "expected"), TURNS.values(), ids=TURNS)
def test_every_attempt_is_logged_whatever_becomes_of_it(
    tmp_path: Path, log: pytest.LogCaptureFixture, fault: dict[str, Any], expected: dict[str, Any]
) -> None:
    """One message when it is over; the job has the same ones at any time, in the order in which they were made."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", **fault}])
    job = stage.send(checked(people(12)))
    with stage.ledger() as ledger:
        attempts = ledger.find(job.id).attempts()
    assert said(log) == [json.loads(json.dumps(attempt.to_json())) for attempt in attempts]
    first = said(log)[0]
    assert first.items() >= expected.items()
    assert first.items() >= {
        "attempt": 1, "job": job.id, "batch": 1, "operation": "CreateBulkInvitations", "lane": "bulk", "items": 10,
        "intent_at": "2027-01-15T12:00:00.000Z",
    }.items()  # fmt: skip
    assert first["lines"] == list(range(1, 11))
    assert first["instance"].startswith("ins_")
    assert bool(first["trace_id"]) is (expected["status"] is not None)
    assert len(attempts) == len(stage.posts())


def test_an_attempt_that_never_left_is_logged_too(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    """And does not count for the hour."""
    stage = Stage(tmp_path)
    posts: list[str] = []

    def refuse_the_first(request: httpx.Request) -> None:
        if request.method == "POST":
            posts.append(request.url.path)
            if len(posts) == 1:
                raise httpx.ConnectError("refused", request=request)

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), refuse_the_first)) as client:
        job = ledger.job(checked(people(3)))
        stage.steps(job, client)
    assert [(entry["outcome"], entry["counts"], entry["status"]) for entry in said(log)] == [
        ("not_sent", False, None), ("sent", True, 200),
    ]  # fmt: skip


def test_an_attempt_is_plain_data(tmp_path: Path) -> None:
    """For a notebook: frozen, with the times as seconds."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(1)))
    with stage.ledger() as ledger:
        (attempt,) = ledger.find(job.id).attempts()
    assert attempt == Attempt(
        id=1, job_id=job.id, batch_id=1, instance_id=attempt.instance_id, operation="CreateBulkInvitations",
        lane=Lane.BULK, lines=(1,), intent_at=NOON, ended_at=NOON, counts=True, status=200, outcome="sent", code=None,
        trace_id=attempt.trace_id, blocked_until=None,
    )  # fmt: skip


@pytest.mark.parametrize("after", [False, True])
def test_an_attempt_whose_process_died_is_logged_when_that_is_noticed(
    tmp_path: Path, log: pytest.LogCaptureFixture, after: bool
) -> None:
    """Nobody was left to say it: the next run does, once."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger:
        job = ledger.job(checked(people(5)))
        steps, in_flight = 0, list[Attempt]()
        while not in_flight:
            steps += 1
            dying = CrashingLedger(stage.path, clock=stage.clock, dies_at=steps, after=after)
            with stage.client() as client, pytest.raises(Crash):
                list(dying.find(job.id).run(client))
            in_flight = [attempt for attempt in job.attempts() if attempt.ended_at is None]
        assert [entry["attempt"] for entry in said(log)].count(in_flight[0].id) == 0
        with stage.client() as client:
            stage.steps(job, client)
    assert [entry["outcome"] for entry in said(log) if entry["attempt"] == in_flight[0].id] == ["unsure"]


def test_it_says_nothing_and_reads_nothing_unless_somebody_listens(tmp_path: Path) -> None:
    """Logging as it is without configuration: not a transaction more."""
    stage = Stage(tmp_path)
    stage.send(checked(people(1)))
    opened: list[int] = []

    class Counting(Ledger):
        @contextmanager
        def begin(self) -> Iterator[sa.Connection]:
            opened.append(1)
            with super().begin() as connection:
                yield connection

    with Counting(stage.path, clock=stage.clock) as ledger:
        tell(ledger.begin, [1])
        assert opened == []
        logging.getLogger("clerkbulk.attempts").setLevel(logging.INFO)
        try:
            tell(ledger.begin, [1])
            tell(ledger.begin, [])
        finally:
            logging.getLogger("clerkbulk.attempts").setLevel(logging.NOTSET)
        assert opened == [1]


def test_addresses_and_clerk_s_sentences_are_there_when_they_are_asked_for(tmp_path: Path) -> None:
    """Never by default: a log goes to places where people's addresses do not belong."""
    stage = Stage(tmp_path, blocklist=("p2@example.com",))
    job = stage.send(checked(people(3)))
    with stage.ledger() as ledger:
        plain, asked = ledger.find(job.id).attempts(), ledger.find(job.id).attempts(addresses=True)
    assert "example.com" not in json.dumps([attempt.to_json() for attempt in plain])
    assert asked[0].to_json()["addresses"] == people(3)
    assert asked[0].to_json()["reason"] == "p2@example.com is not allowed to access this application."
    assert [attempt.id for attempt in plain] == [attempt.id for attempt in asked]


SECRETS = (
    "sk_test_abcdefghijklmnop",
    "sk_live_abcdefghijklmnop",
    "live_abcdefghijklmnopqrst",
    "ada@example.com",
    "https://accounts.example.com/v1/tickets/accept?ticket=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.sig",
    "ticket=abcdef",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.sig",
)
anything = st.lists(st.sampled_from([*SECRETS, "code", "_", " ", ".", "-", ":"]) | st.text(max_size=8)).map("".join)


@pytest.fixture(scope="module")
def one_call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Job]]:
    stage = Stage(tmp_path_factory.mktemp("one_call"))
    stage.send(checked(people(3)))
    with stage.ledger() as ledger:
        yield ledger, ledger.find()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, anything, anything, anything)
def test_no_key_ticket_link_or_address_is_ever_logged(
    one_call: tuple[Ledger, Job], log: pytest.LogCaptureFixture, code: str, trace_id: str, reason: str, reply: str
) -> None:
    """Whatever an answer has in the places of code, trace id and sentence."""
    ledger, job = one_call
    log.clear()
    whole = {"code": code, "trace_id": trace_id, "reason": reason, "reply": reply}
    values = {name: text.encode("utf-8", "ignore").decode() for name, text in whole.items()}
    with ledger.begin() as connection:
        connection.execute(tables.attempt.update().values(**values))
    tell(ledger.begin, [1])
    with ledger.begin() as connection:
        asked = read_attempt(connection, 1, addresses=True)
    (message,) = log.messages
    assert [secret for secret in SECRETS if secret in message] == []
    assert "@" not in message
    assert "://" not in message
    shown = json.dumps(asked.to_json())
    assert [secret for secret in SECRETS if secret.startswith("sk_") and secret in shown] == []
    assert job.attempts()[0].id == asked.id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("form_identifier_exists", "form_identifier_exists"), ("e916805833a6f422b0134431664f5d8e",) * 2,
        ("trace-1:2.3", "trace-1:2.3"), (None, None), ("", "[no word]"), ("ada@example.com", "[no word]"),
        ("two words", "[no word]"), ("a" * 200, "[no word]"), ("sk_test_abc", "[no word]"),
        ("task_live_abcdefghijklmnopqrst", "[no word]"), ("reset_task_required",) * 2,
    ],
)  # fmt: skip
def test_only_what_looks_like_a_code_is_repeated(
    one_call: tuple[Ledger, Job], text: str | None, expected: str | None
) -> None:
    """Codes and trace ids of Clerk's are words."""
    ledger, job = one_call
    with ledger.begin() as connection:
        connection.execute(tables.attempt.update().values(code=text, trace_id=text))
    (attempt,) = job.attempts()
    assert (attempt.code, attempt.trace_id) == (expected, expected)
